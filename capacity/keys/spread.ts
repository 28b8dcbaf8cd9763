/**
 * How many partition keys are enough: how evenly keys fall on shards, and what that asks of a stream.
 *
 * Kinesis hashes each key to a place of its own, so keys fall on uniform shards as balls into bins. The hottest shard's load is computed
 * from Levin's representation of the multinomial distribution (Annals of Statistics 9, 1981): independent Poisson counts, none above
 * the room of a shard, on the condition that they add up to the number of keys.
 */
import { limits } from "../limits";
import { poissonAbove, poissonAt } from "./poisson";

/** The load of a stream at its peak and the keys that carry it. */
export interface KeyedLoad {
    readonly writeMiBPerSecond: number;
    readonly recordsPerSecond: number;
    /** Keys of equal weight, the hottest included; undefined: so many that they do not matter. */
    readonly distinctKeys?: number | undefined;
    /** Share of the load on one key; undefined: no key stands out. */
    readonly hottestKeyShare?: number | undefined;
}

/** The chance that a plan leaves no shard over its limits: the 95th percentile of the hottest shard fits. */
export const keyConfidence = 0.95;

/** Guards a division that should be whole, such as 1 / 0.1, against being one too few. */
const roundingSlack = 1e-9;

/** The load in shards: the scarcer of bytes and records. */
export function loadInShards(load: Pick<KeyedLoad, "writeMiBPerSecond" | "recordsPerSecond">): number {
    return Math.max(
        load.writeMiBPerSecond / limits.shardWriteMiBPerSecond,
        load.recordsPerSecond / limits.shardWriteRecordsPerSecond,
    );
}

/**
 * The smallest count of uniform shards on which, at the 95th percentile of how keys fall, the hottest shard stays within its limits.
 *
 * @returns undefined if no count up to the most that a stream gets (10,000), or twice what the load itself needs, does: too few keys, or
 *   one key above a shard
 * @example shardsForKeys({ writeMiBPerSecond: 3.5, recordsPerSecond: 2500, distinctKeys: 20_000 }) // 4
 */
export function shardsForKeys(load: KeyedLoad): number | undefined {
    const least = Math.max(1, Math.ceil(loadInShards(load) - roundingSlack));
    const most = Math.max(2 * least, limits.updateShardCountTargetMax);
    return smallest(least, most, (shards) => chanceThatKeysFit(load, shards) >= keyConfidence);
}

/** The chance that no shard is over its limits when the keys fall on that many uniform shards. */
export function chanceThatKeysFit(load: KeyedLoad, shards: number): number {
    const total = loadInShards(load);
    const hottest = total * (load.hottestKeyShare ?? 0);
    const rest = total - hottest;
    if (load.distinctKeys === undefined) return hottest + rest / shards <= 1 + roundingSlack ? 1 : 0;
    const otherKeys = load.distinctKeys - (load.hottestKeyShare === undefined ? 0 : 1);
    if (otherKeys <= 0 || rest <= 0) return total <= 1 + roundingSlack ? 1 : 0;
    const keysIn = (room: number) => Math.floor((room * otherKeys) / rest + roundingSlack);
    return chanceThatAllFit({ keys: otherKeys, shards, room: keysIn(1), roomBesideHottest: keysIn(1 - hottest) });
}

export interface Imbalance {
    /** Load of the hottest shard over the average, expected over many populations of keys. */
    readonly mean: number;
    /** The same at the 95th percentile: one population in twenty is worse. */
    readonly p95: number;
}

/**
 * How uneven that many keys of equal weight fall on uniform shards.
 *
 * @example hottestOverAverage(200, 4) // mean 1.15, p95 1.28
 */
export function hottestOverAverage(keys: number, shards: number): Imbalance {
    if (shards <= 1) return { mean: 1, p95: 1 };
    const average = keys / shards;
    const over = (room: number) => 1 - chanceThatAllFit({ keys, shards, room });
    // The mean is the sum over all rooms of the chance that the hottest shard has more. Among millions of keys the sum goes in strides.
    const stride = Math.max(1, Math.floor(Math.sqrt(average) / 16));
    let room = Math.ceil(average - roundingSlack);
    let mean = room;
    let p95: number | undefined;
    for (let before = over(room); before > 1e-7 && room < keys; room += stride) {
        if (p95 === undefined && before <= 1 - keyConfidence) p95 = room;
        const after = over(room + stride);
        mean += (stride * (before + after)) / 2 + (before - after) / 2;
        before = after;
    }
    return { mean: Math.min(shards, mean / average), p95: Math.min(shards, (p95 ?? room) / average) };
}

/**
 * How many keys of equal weight are enough for a stream of that many shards: with so many or more, at the 95th percentile, the hottest
 * shard has at most `headroom` above the average.
 *
 * @returns undefined without headroom, which no number of keys satisfies; 1 on a single shard
 * @example keysForShards(10, 0.43) // about 400
 */
export function keysForShards(shards: number, headroom: number): number | undefined {
    if (shards <= 1) return 1;
    if (headroom >= shards - 1) return 1;
    if (headroom <= 1e-4) return undefined;
    const room = (keys: number) => Math.floor(((1 + headroom) * keys) / shards + roundingSlack);
    const enough = (keys: number) => chanceThatAllFit({ keys, shards, room: room(keys) }) >= keyConfidence;
    // Rooms are whole, so the chance goes up in a sawtooth: the answer lies above the last tooth that is too low. A tooth lasts
    // shards / (1 + headroom) keys; from where three in a row hold, all later ones do.
    const tooth = shards / (1 + headroom);
    const holds = (keys: number) =>
        [0, 1, 2, 3].every((teeth) => {
            const edge = Math.max(keys, Math.ceil((Math.floor(keys / tooth) + teeth) * tooth) - 1);
            return enough(keys) && enough(edge);
        });
    return smallest(1, 1e12, holds);
}

/**
 * How many suffixes spread a hot key so far that the hottest shard has at most `headroom` above the average: each suffixed key falls
 * on a shard of its own choice, and the rest of the load is even.
 *
 * @returns 1 if the key is no problem as it is
 * @example suffixesForHotKey({ share: 0.5, shards: 4, headroom: 0.43 }) // 17
 */
export function suffixesForHotKey(key: {
    readonly share: number;
    readonly shards: number;
    readonly headroom: number;
}): number {
    if (key.share <= 0) return 1;
    return keysForShards(key.shards, key.headroom / key.share) ?? 1;
}

/**
 * How many suffixes bring a stream whose hottest key is too much for it within its limits, on that many shards.
 *
 * @returns undefined if the shards have no room to spare, so that no number of suffixes does
 */
export function suffixesForDeclaredHottestKey(load: KeyedLoad, shards: number): number | undefined {
    const total = loadInShards(load);
    const hottest = total * (load.hottestKeyShare ?? 0);
    const roomForParts = 1 - (total - hottest) / shards;
    return keysForShards(shards, (roomForParts * shards) / hottest - 1);
}

/** Equal keys on uniform shards that have room for a whole number of them; the hottest key, if one is declared, has taken some of one shard. */
interface Bins {
    readonly keys: number;
    readonly shards: number;
    readonly room: number;
    readonly roomBesideHottest?: number;
}

/** Below this many keys the distribution is computed exactly; above, the sum of Poisson counts is near enough to normal. */
const exactKeysMax = 100;

/** The chance that every shard has room for the keys that fall on it. */
export function chanceThatAllFit({ keys, shards, room, roomBesideHottest = room }: Bins): number {
    if (roomBesideHottest < 0 || room < 0) return 0;
    if (roomBesideHottest + room * (shards - 1) < keys) return 0;
    if (Math.min(room, roomBesideHottest) >= keys) return 1;
    if (keys <= exactKeysMax) return exactChance({ keys, shards, room, roomBesideHottest });
    const average = keys / shards;
    const [plain, beside] = [truncated(room, average), truncated(roomBesideHottest, average)];
    const mean = plain.mean * (shards - 1) + beside.mean;
    const variance = plain.variance * (shards - 1) + beside.variance;
    if (!(variance > 0)) return 0;
    const allBelow = Math.exp(plain.logChance * (shards - 1) + beside.logChance);
    const sumIsRight = Math.exp(-((keys - mean) ** 2) / (2 * variance)) / Math.sqrt(2 * Math.PI * variance);
    return Math.min(1, (allBelow * sumIsRight) / poissonAt(keys, keys));
}

/** A Poisson count on the condition that it is at most `most`. */
function truncated(most: number, average: number): { logChance: number; mean: number; variance: number } {
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

/** The smallest whole number that holds, where all larger ones hold too: by doubling, then by halving the interval. */
function smallest(least: number, most: number, holds: (value: number) => boolean): number | undefined {
    if (holds(least)) return least;
    let tooFew = least;
    let enough = Math.min(most, least * 2);
    while (!holds(enough)) {
        if (enough >= most) return undefined;
        tooFew = enough;
        enough = Math.min(most, enough * 2);
    }
    while (enough - tooFew > 1) {
        const middle = Math.floor((tooFew + enough) / 2);
        if (holds(middle)) enough = middle;
        else tooFew = middle;
    }
    return enough;
}
