/**
 * Keys as balls, shards as bins: the chance that no shard gets more keys than it has room for.
 *
 * Computed from Levin's representation of the multinomial distribution (Annals of Statistics 9, 1981): independent Poisson counts, none
 * above the room of its shard, on the condition that they add up to the number of keys.
 */
import { poissonAbove, poissonAt } from "./poisson";

/** Equal keys on uniform shards that have room for a whole number of them; one shard may have less, where another key took some of it. */
export interface Bins {
    readonly keys: number;
    readonly shards: number;
    readonly room: number;
    readonly roomBesideHottest?: number;
}

/** Below this many keys the distribution is computed exactly; above, the sum of Poisson counts is near enough to normal. */
export const exactKeysMax = 100;

/** The chance that every shard has room for the keys that fall on it. */
export function chanceThatAllFit({ keys, shards, room, roomBesideHottest = room }: Bins): number {
    if (roomBesideHottest < 0 || room < 0) return 0;
    if (roomBesideHottest + room * (shards - 1) < keys) return 0;
    if (Math.min(room, roomBesideHottest) >= keys) return 1;
    if (keys <= exactKeysMax) return exactChance({ keys, shards, room, roomBesideHottest });
    const average = keys / shards;
    const [plain, beside] = [truncated(room, average), truncated(roomBesideHottest, average)];
    return chanceOfSum(keys, {
        logChance: plain.logChance * (shards - 1) + beside.logChance,
        mean: plain.mean * (shards - 1) + beside.mean,
        variance: plain.variance * (shards - 1) + beside.variance,
    });
}

/** A Poisson count on the condition that it is at most the room of its shard; or the sum of such counts over all shards. */
export interface TruncatedCount {
    /** Logarithm of the chance that the condition holds. */
    readonly logChance: number;
    readonly mean: number;
    readonly variance: number;
}

/** The chance that many keys fall within the rooms of their shards, from the sum of what each shard may get. */
export function chanceOfSum(keys: number, { logChance, mean, variance }: TruncatedCount): number {
    if (!(variance > 0)) return 0;
    const sumIsRight = Math.exp(-((keys - mean) ** 2) / (2 * variance)) / Math.sqrt(2 * Math.PI * variance);
    return Math.min(1, (Math.exp(logChance) * sumIsRight) / poissonAt(keys, keys));
}

export function truncated(most: number, average: number): TruncatedCount {
    const below = 1 - poissonAbove(most, average);
    // The pmf at the edge, over the chance of being below it, is all that the moments need (E[X] = average * (1 - edge)).
    const edge = below > 0 ? poissonAt(most, average) / below : 1;
    return {
        logChance: Math.log1p(-poissonAbove(most, average)),
        mean: average * (1 - edge),
        variance: average * (edge * (average - most) - average * edge * edge + (1 - edge)),
    };
}

/** By adding up the ways: the Poisson counts of one shard, doubled until there are enough shards. */
function exactChance({ keys, shards, room, roomBesideHottest }: Required<Bins>): number {
    const countsUpTo = (most: number) =>
        Float64Array.from({ length: keys + 1 }, (_, count) => (count <= most ? poissonAt(count, keys / shards) : 0));
    let ways = countsUpTo(roomBesideHottest);
    let power = countsUpTo(room);
    for (let left = shards - 1; left > 0; left = Math.floor(left / 2)) {
        if (left % 2 === 1) ways = convolved(ways, power);
        if (left > 1) power = convolved(power, power);
    }
    return Math.min(1, ways[keys]! / poissonAt(keys, keys));
}

function convolved(left: Float64Array, right: Float64Array): Float64Array<ArrayBuffer> {
    const sum = new Float64Array(left.length);
    for (let i = 0; i < left.length; i++) {
        if (left[i] === 0) continue;
        for (let j = 0; i + j < left.length; j++) sum[i + j]! += left[i]! * right[j]!;
    }
    return sum;
}
