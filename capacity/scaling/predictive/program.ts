/**
 * The cheapest way through the next day: a dynamic program over its parts, the shard counts and the calls.
 */
import { fewestAfterOneCall, mostAfterOneCall } from "../shards";
import { reshardSeconds } from "../times";
import { type OutlookPart } from "./outlook";

export interface ProgramInput {
    readonly parts: readonly OutlookPart[];
    /** Shard counts, lowest first. */
    readonly levels: readonly number[];
    /** Load refused in an average minute of each part at each level, in shards: [part][level] in one array. */
    readonly losses: Float64Array;
    /** Index of the level that is open. */
    readonly start: number;
    /** Shard-minutes that a refused unit-minute costs. */
    readonly price: number;
    /** UpdateShardCount calls that may be planned until the end of each part, those before it included. */
    readonly calls: readonly number[];
    /** Calls that must be left after going to a level, of those: in at any time, out in the first part. */
    readonly callsAfter: readonly number[];
    /** Shard-minutes that a call is worth which leaves so many: the last ones are worth more. */
    readonly callPrices: readonly number[];
    /** Calls that are left in each part, if none is planned. */
    readonly left: readonly number[];
    /** The walks from each level; those of the first part may be others. */
    readonly walks: readonly (readonly WalkTo[])[];
    readonly firstWalks: readonly WalkTo[];
}

/** A way to another level by splits or merges. */
export interface WalkTo {
    /** Index of the level. */
    readonly to: number;
    readonly minutes: number;
    /** Shard-minutes that its splits and merges are worth. */
    readonly price: number;
}

export interface Program {
    /** Index of the level in each part. */
    readonly path: readonly number[];
    /** The first part begins with a walk, not with a call. */
    readonly walksFirst: boolean;
    /** Shard-minutes and the price of what is refused, expected. */
    readonly cost: number;
    readonly costOfStaying: number;
}

const stay = -1;

export function cheapestWay(input: ProgramInput): Program {
    const { parts, levels, losses, price, calls, callPrices, left } = input;
    const count = levels.length;
    const most = Math.max(0, ...calls);
    const states = (most + 1) * count;
    const moves = movesOf(levels);
    /** The lowest level to go to with so many calls left after it: the fewer shards, the more calls the way to the declared peak takes. */
    const lowest = Array.from({ length: most }, (_, spare) => input.callsAfter.filter((calls) => calls > spare).length);
    /** What the minutes of a part cost in which a level is gone to another: [level][to] in one array. */
    const going = new Float64Array(count * count);
    let after = new Float64Array(states);
    const choices = parts.map(() => new Int16Array(states));
    const rate = new Float64Array(count);
    for (let part = parts.length - 1; part >= 0; part--) {
        const { minutes } = parts[part]!;
        for (let level = 0; level < count; level++)
            rate[level] = levels[level]! + price * losses[part * count + level]!;
        for (let level = 0; level < count; level++) {
            for (let to = moves.first[level]!; to <= moves.last[level]!; to++) {
                const takes = Math.min(minutes, moves.minutes[level * count + to]!);
                going[level * count + to] = takes * rate[level]! + (minutes - takes) * rate[to]!;
            }
        }
        const before = new Float64Array(states);
        const allowed = calls[part]!;
        for (let used = 0; used <= most; used++) {
            for (let level = 0; level < count; level++) {
                const state = used * count + level;
                let best = minutes * rate[level]! + after[state]!;
                let choice = stay;
                if (used < allowed) {
                    const callPrice = callPrices[left[part]! - used - 1]!;
                    const afterCall = state - level + count;
                    const row = level * count;
                    const least = lowest[allowed - used - 1]!;
                    const firstIn = Math.max(moves.first[level]!, least);
                    // A small step out takes the call that a rise needs. Those of later parts are planned anew before they are made.
                    const firstOut = part === 0 ? Math.max(level + 1, least) : level + 1;
                    for (let to = firstIn < level ? firstIn : firstOut; to <= moves.last[level]!; to++) {
                        if (to >= level && to < firstOut) continue;
                        const cost = going[row + to]! + callPrice + after[afterCall + to]!;
                        if (cost < best) {
                            best = cost;
                            choice = to;
                        }
                    }
                }
                const walks = part === 0 && level === input.start ? input.firstWalks : input.walks[level]!;
                for (const { to, minutes: takes, price: walkPrice } of walks) {
                    if (to < level && left[part]! - used < input.callsAfter[to]!) continue;
                    // Half-way half of its shards are there, and the widest of them take what the fewer ones took: by the load of its first part, also
                    // where it is longer (through the parts that it takes, replays at 10, 40 and 120 shards cost and refuse the same).
                    const shards = (levels[level]! + levels[to]!) / 2;
                    const lost = price * losses[part * count + Math.min(level, to)]!;
                    const more = takes * (shards + lost - rate[to]!);
                    const cost = minutes * rate[to]! + more + walkPrice + after[state - level + to]!;
                    if (cost < best) {
                        best = cost;
                        choice = to + count;
                    }
                }
                before[state] = best;
                choices[part]![state] = choice;
            }
        }
        after = before;
    }
    return { ...walkThrough(input, choices), cost: after[input.start]!, costOfStaying: costOfStaying(input) };
}

function walkThrough(
    { parts, levels, start }: ProgramInput,
    choices: readonly Int16Array[],
): Pick<Program, "path" | "walksFirst"> {
    const path: number[] = [];
    let [level, used] = [start, 0];
    let walksFirst = false;
    for (let part = 0; part < parts.length; part++) {
        const choice = choices[part]![used * levels.length + level]!;
        if (part === 0) walksFirst = choice >= levels.length;
        if (choice >= levels.length) {
            level = choice - levels.length;
        } else if (choice !== stay) {
            level = choice;
            used++;
        }
        path.push(level);
    }
    return { path, walksFirst };
}

function costOfStaying({ parts, levels, losses, price, start }: ProgramInput): number {
    let cost = 0;
    for (const [part, { minutes }] of parts.entries())
        cost += minutes * (levels[start]! + price * losses[part * levels.length + start]!);
    return cost;
}

/** The levels that one call reaches from each, from the first to the last, and the minutes that it takes: [level][to] in one array. */
interface Moves {
    readonly first: Int32Array;
    readonly last: Int32Array;
    readonly minutes: Float64Array;
}

function movesOf(levels: readonly number[]): Moves {
    const minutes = new Float64Array(levels.length ** 2);
    for (const [from, open] of levels.entries()) {
        for (const [to, target] of levels.entries())
            minutes[from * levels.length + to] = reshardSeconds("update", open, target) / 60;
    }
    const below = (most: number) => levels.filter((target) => target < most).length;
    return {
        first: Int32Array.from(levels, (open) => below(fewestAfterOneCall(open))),
        last: Int32Array.from(levels, (open) => below(mostAfterOneCall(open) + 1) - 1),
        minutes,
    };
}
