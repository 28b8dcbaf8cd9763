/**
 * Somebody who knows every second of the load in advance, and has UpdateShardCount only.
 *
 * The fewest shard-hours with at most a part of the records refused, by a dynamic program over (minute, shards, calls made today) and a price of
 * a refused unit that is found by bisection. Where it departs from the model it is to the clairvoyant's advantage, so that nobody who keeps to
 * the rules is below it: the ten calls count from midnight to midnight and not in every 24 hours, and an update takes whole minutes, rounded
 * down. Counts above twelve stand 5 % apart.
 */
import { limits } from "../../capacity/limits";
import { reshardSeconds, type ReshardTimes, reshardTimes } from "../../capacity/scaling/times";

export interface ClairvoyantModel extends ReshardTimes {
    readonly startShards: number;
    readonly maxShards: number;
    /** The part of the records that may be refused. */
    readonly refusedShare: number;
    /** Splits and merges without a limit, two a minute, each worth a shard at once: more than anybody can. */
    readonly walks: boolean;
}

export const clairvoyantModel = { ...reshardTimes, refusedShare: 0.001, walks: false };

export interface Clairvoyance {
    readonly shardHours: number;
    readonly refusedPercent: number;
    /** No plan whatsoever within the same rules takes less. */
    readonly boundShardHours: number;
    /** Shard-minutes that a refused unit was priced at. */
    readonly price: number;
}

const callsMax: number = limits.updateShardCountCallsPer24Hours;
const dayMinutes = 1_440;

/** Undefined where not even the most shards keep to the refused share. */
export function clairvoyant(loadPerSecond: ArrayLike<number>, model: ClairvoyantModel): Clairvoyance | undefined {
    return clairvoyantOnAverage(Math.floor(loadPerSecond.length / 60), refusedOf(loadPerSecond), model);
}

/** What a minute offers, and what it refuses at each level, in units; both may be expected. */
export type MinuteLoss = (minute: number, levels: ArrayLike<number>, refused: Float64Array) => number;

/** The same where only what a minute offers and refuses on average is known. */
export function clairvoyantOnAverage(
    minutes: number,
    loss: MinuteLoss,
    model: ClairvoyantModel,
): Clairvoyance | undefined {
    const table = tableOf(minutes, loss, model);
    const allowed = model.refusedShare * table.offered;
    // Refusals beyond the most shards are there at any price.
    if (leastRefused(table) > allowed) return undefined;
    let cheap: Point | undefined;
    let dear: Point | undefined;
    let best: Omit<Clairvoyance, "boundShardHours"> | undefined;
    let bound = 0;
    for (let round = 0; round < roundsMax; round++) {
        const price = nextPrice(cheap, dear, allowed);
        const { value, refused } = planned(table, price);
        bound = Math.max(bound, value - price * allowed);
        const point = { price, refused };
        if (refused > allowed) {
            cheap = point;
        } else {
            dear = point;
            const shardHours = (value - price * refused) / 60;
            best = { shardHours, refusedPercent: (100 * refused) / table.offered, price };
            if (refused > 0.98 * allowed) break;
        }
        if (cheap !== undefined && dear !== undefined && dear.price / cheap.price < 1.003) break;
    }
    return best && { ...best, boundShardHours: bound / 60 };
}

const roundsMax = 20;

interface Point {
    readonly price: number;
    readonly refused: number;
}

/** Between the nearest price that refuses too much and the nearest that does not, where a straight line of logarithms meets 99 % of what is allowed. */
function nextPrice(cheap: Point | undefined, dear: Point | undefined, allowed: number): number {
    if (cheap === undefined) return dear === undefined ? 1 : dear.price / 4;
    if (dear === undefined) return cheap.price * 4;
    const [above, below] = [Math.log(cheap.refused / allowed), Math.log(Math.max(dear.refused, 1e-9) / allowed)];
    const part = Math.min(0.9, Math.max(0.1, (above - Math.log(0.99)) / (above - below)));
    return cheap.price * (dear.price / cheap.price) ** part;
}

function leastRefused({ refused, levels, minutes }: Table): number {
    let sum = 0;
    for (let minute = 1; minute <= minutes; minute++) sum += refused[minute * levels.length - 1]!;
    return sum;
}

/** What is worked out once for all prices. */
interface Table {
    readonly levels: Int32Array;
    readonly start: number;
    readonly minutes: number;
    readonly offered: number;
    /** Refused units of a minute at a level: `[minute * levels + level]`. */
    readonly refused: Float64Array;
    /** For an update of so many minutes and less, the first and the last level that it reaches from a level. */
    readonly reach: readonly { readonly first: Int32Array; readonly last: Int32Array }[];
    readonly walks: { readonly first: Int32Array; readonly last: Int32Array } | undefined;
}

function levelsOf({ maxShards, startShards }: ClairvoyantModel): Int32Array {
    const levels = new Set([startShards, maxShards]);
    for (
        let count = 1;
        count <= maxShards;
        count = count < 12 ? count + 1 : Math.max(count + 1, Math.floor(count * 1.05))
    )
        levels.add(count);

    return Int32Array.from(levels).sort();
}

/** Of a load that is known by the second. */
function refusedOf(load: ArrayLike<number>): MinuteLoss {
    return (minute, levels, refused) => {
        let offered = 0;
        for (let second = minute * 60; second < minute * 60 + 60; second++) {
            const units = load[second]!;
            offered += units;
            for (let level = 0; level < levels.length && levels[level]! < units; level++)
                refused[level]! += units - levels[level]!;
        }
        return offered;
    };
}

function tableOf(minutes: number, loss: MinuteLoss, model: ClairvoyantModel): Table {
    const levels = levelsOf(model);
    const refused = new Float64Array(minutes * levels.length);
    let offered = 0;
    for (let minute = 0; minute < minutes; minute++)
        offered += loss(minute, levels, refused.subarray(minute * levels.length, (minute + 1) * levels.length));
    const minutesOf = (from: number, to: number) =>
        Math.max(1, Math.floor(reshardSeconds("update", from, to, model) / 60));
    const longest = minutesOf(1, model.maxShards);
    const reach = Array.from({ length: longest }, (_, index) =>
        windows(levels, (from, to) => to <= 2 * from && 2 * to >= from && minutesOf(from, to) <= index + 1),
    );
    const walks = model.walks ? windows(levels, (from, to) => Math.abs(to - from) <= 2) : undefined;
    return { levels, start: levels.indexOf(model.startShards), minutes, offered, refused, reach, walks };
}

function windows(levels: Int32Array, may: (from: number, to: number) => boolean) {
    const first = levels.map((from) => levels.findIndex((to) => may(from, to)));
    const last = levels.map((from) => levels.reduce((last, to, index) => (may(from, to) ? index : last), 0));
    return { first, last };
}

/** The least of shard-minutes and priced refusals from the start to the end, by going backward. */
function planned(table: Table, price: number): { value: number; refused: number } {
    const { levels, minutes, reach } = table;
    const count = levels.length;
    const slots = reach.length + 1;
    const slotSize = (callsMax + 1) * count;
    const value = new Float64Array(slots * slotSize);
    const refused = new Float64Array(slots * slotSize);
    const step = new Float64Array(count);
    const stepRefused = new Float64Array(count);
    const best = new Int32Array(count);
    for (let minute = minutes - 1; minute >= 0; minute--) {
        const here = (minute % slots) * slotSize;
        const day = Math.floor(minute / dayMinutes);
        // From which state one comes on after so many minutes with so many calls: the next day begins with none.
        const after = (later: number, calls: number) =>
            ((minute + later) % slots) * slotSize +
            (Math.floor((minute + later) / dayMinutes) === day ? calls * count : 0);
        addStep(table, price, minute, step.fill(0), stepRefused.fill(0));
        for (let calls = 0; calls <= callsMax; calls++) {
            const [to, from] = [here + calls * count, after(1, calls)];
            for (let level = 0; level < count; level++) {
                value[to + level] = step[level]! + value[from + level]!;
                refused[to + level] = stepRefused[level]! + refused[from + level]!;
            }
            if (table.walks !== undefined) improve(table.walks, calls, 1, calls);
        }
        for (let later = 1; later <= reach.length; later++) {
            if (later > 1) addStep(table, price, minute + later - 1, step, stepRefused);
            for (let calls = 0; calls < callsMax; calls++) improve(reach[later - 1]!, calls, later, calls + 1);
        }

        function improve(window: Table["reach"][number], calls: number, later: number, callsThen: number): void {
            const [to, from] = [here + calls * count, after(later, callsThen)];
            leastInWindows(value, from, window, best);
            for (let level = 0; level < count; level++) {
                const target = from + best[level]!;
                const through = step[level]! + value[target]!;
                if (through >= value[to + level]!) continue;
                value[to + level] = through;
                refused[to + level] = stepRefused[level]! + refused[target]!;
            }
        }
    }
    return { value: value[table.start]!, refused: refused[table.start]! };
}

function addStep(table: Table, price: number, minute: number, step: Float64Array, stepRefused: Float64Array): void {
    if (minute >= table.minutes) return;
    const count = table.levels.length;
    for (let level = 0; level < count; level++) {
        const refused = table.refused[minute * count + level]!;
        step[level]! += table.levels[level]! + price * refused;
        stepRefused[level]! += refused;
    }
}

const queue = new Int32Array(4_096);

/** Where the least value of each window stands. Both ends of the windows only go up, so each value enters and leaves once. */
function leastInWindows(value: Float64Array, from: number, window: Table["reach"][number], best: Int32Array): void {
    let [head, tail, next] = [0, 0, 0];
    for (let level = 0; level < best.length; level++) {
        const last = window.last[level]!;
        for (; next <= last; next++) {
            const entering = value[from + next]!;
            while (tail > head && value[from + queue[tail - 1]!]! >= entering) tail--;
            queue[tail++] = next;
        }
        const first = window.first[level]!;
        while (queue[head]! < first) head++;
        best[level] = queue[head]!;
    }
}
