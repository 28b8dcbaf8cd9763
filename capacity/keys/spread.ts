/**
 * How many partition keys are enough: how evenly keys fall on shards, and what that asks of a stream.
 *
 * Kinesis hashes each key to a place of its own, so keys fall on uniform shards as balls into bins.
 */
import { fits } from "../checks";
import { limits } from "../limits";
import { refuse } from "../problems";
import { sum } from "../sums";
import { count, formatNumber } from "../text";
import { chanceThatAllFit } from "./bins";
import { evenOverAverageMax } from "./chance";
import { chanceThatWeightsFit, type KeyWeights, roundingSlack, shardsForPlacedKeys } from "./keyWeights";

/** The load of a stream at its peak and the keys that carry it. */
export interface KeyedLoad {
    readonly writeMiBPerSecond: number;
    readonly recordsPerSecond: number;
    /** Keys of equal weight, the hottest included; undefined: so many that they do not matter. */
    readonly distinctKeys?: number | undefined;
    /** Share of the load on one key; undefined: no key stands out. */
    readonly hottestKeyShare?: number | undefined;
    /** Shares of the load on the heaviest keys, as they were measured; undefined: no more than `hottestKeyShare` is known. */
    readonly heaviestKeyShares?: readonly number[] | undefined;
    /** Whether each key is placed on a shard of the program's choice, by ExplicitHashKey; undefined: MD5 places it. */
    readonly explicitHashKeys?: boolean | undefined;
}

/** The chance that a plan leaves no shard over its limits: the 95th percentile of the hottest shard fits. */
export const keyConfidence = 0.95;

/** What to do about a load that needs more shards than a stream is scaled to; undefined where it does not. */
export function moreStreams(shards: number): string | undefined {
    const most = limits.updateShardCountTargetMax;
    if (shards <= most) return undefined;
    return `Divide the load over at least ${count(Math.ceil(shards / most), "stream")}: with room for uneven keys it needs ${count(shards, "shard")}, and UpdateShardCount goes to ${formatNumber(most)} by default.`;
}

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
 * @param most the largest count that is looked at; by default the most that a stream gets (10,000), or twice what the load itself needs
 * @returns undefined if no count up to that does: too few keys, or one key above a shard
 * @throws InvalidInputError where the load is no number: no count would ever be enough
 * @example shardsForKeys({ writeMiBPerSecond: 3.5, recordsPerSecond: 2500, distinctKeys: 20_000 }) // 4
 */
export function shardsForKeys(load: KeyedLoad, most = mostShardsLooked(load)): number | undefined {
    const problems = (["writeMiBPerSecond", "recordsPerSecond"] as const).flatMap((name) => rate(name, load[name]));
    refuse("load", problems);
    const least = shardsOfLoad(load);
    if (most < least) return undefined;
    return smallest(least, most, (shards) => doKeysFit(load, shards));
}

/** The most shards that a stream gets (10,000), or twice what the load itself needs. */
export function mostShardsLooked(load: KeyedLoad): number {
    return Math.max(2 * shardsOfLoad(load), limits.updateShardCountTargetMax);
}

function shardsOfLoad(load: KeyedLoad): number {
    return Math.max(1, Math.ceil(loadInShards(load) - roundingSlack));
}

const rate = fits(Number.isFinite, "a number", "Give the load of the stream at its peak.");

/** The chance that no shard is over its limits when the keys fall on that many uniform shards. */
export function chanceThatKeysFit(load: KeyedLoad, shards: number): number {
    const weights = weightsOf(load);
    const { heavy, rest, restKeys } = weights;
    const hottest = heavy[0] ?? 0;
    const fits = (does: boolean) => (does ? 1 : 0);
    if (load.explicitHashKeys) return fits((shardsForPlacedKeys(weights) ?? Infinity) <= shards);
    if (loadInShards(load) <= 1 + roundingSlack) return 1;
    if (hottest > 1 + roundingSlack) return 0;
    if (heavy.length > 1 && isEqual(heavy) && (restKeys === undefined || rest === 0)) {
        const room = Math.floor((1 - rest / shards) / hottest + roundingSlack);
        return chanceThatAllFit({ keys: heavy.length, shards, room });
    }
    if (heavy.length > 1) return chanceThatWeightsFit(weights, shards);
    if (restKeys === undefined) return fits(hottest + rest / shards <= 1 + roundingSlack);
    if (rest <= 0) return 1;
    const keysIn = (room: number) => Math.floor((room * restKeys) / rest + roundingSlack);
    return chanceThatAllFit({ keys: restKeys, shards, room: keysIn(1), roomBesideHottest: keysIn(1 - hottest) });
}

/** Whether at the 95th percentile of how keys fall no shard is over its limits. */
export function doKeysFit(load: KeyedLoad, shards: number): boolean {
    return chanceThatKeysFit(load, shards) >= keyConfidence;
}

/** What each key carries, of what one shard takes. */
export function weightsOf(load: KeyedLoad): KeyWeights {
    const total = loadInShards(load);
    const { distinctKeys } = load;
    const shares = sharesOf(load);
    const heavyShare = sum(shares);
    const restKeys = distinctKeys === undefined ? undefined : distinctKeys - shares.length;
    // Shares that were rounded, or that are all of the keys, are made to add up to the load.
    const scale = heavyShare > 1 || restKeys === 0 ? total / heavyShare : total;
    const heavy = shares.map((share) => share * scale);
    return { heavy, rest: heavyShare >= 1 || restKeys === 0 ? 0 : total * (1 - heavyShare), restKeys };
}

function sharesOf({ distinctKeys, hottestKeyShare = 0, heaviestKeyShares }: KeyedLoad): number[] {
    if (heaviestKeyShares !== undefined) return [...heaviestKeyShares].sort((left, right) => right - left);
    // The hottest of K keys carries at least a K-th: less declares keys that are all alike.
    return hottestKeyShare * (distinctKeys ?? Infinity) > 1 + roundingSlack ? [hottestKeyShare] : [];
}

function isEqual(weights: readonly number[]): boolean {
    return weights[0]! - weights.at(-1)! <= roundingSlack * weights[0]!;
}

/** How much hotter the hottest shard is than the average one. */
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
    return fewestKeys(shards / (1 + headroom), enough);
}

/** How many keys of equal weight are enough for the shards to count as even. */
export function keysForEvenShards(shards: number): number {
    return keysForShards(shards, evenOverAverageMax - 1) ?? 1;
}

/**
 * The fewest keys with which it holds, and from which on it goes on holding. Rooms are whole, so the chance goes up in a sawtooth: the answer
 * lies above the last tooth that is too low. From where three teeth in a row hold, all later ones do.
 *
 * @param tooth keys by which a shard gets room for one more
 * @returns undefined if none up to `most` do
 */
export function fewestKeys(
    tooth: number,
    enough: (keys: number) => boolean,
    least = 1,
    most = 1e12,
): number | undefined {
    return smallest(least, most, (keys) =>
        [0, 1, 2, 3].every((teeth) => {
            const edge = Math.max(keys, Math.ceil((Math.floor(keys / tooth) + teeth) * tooth) - 1);
            return enough(keys) && enough(edge);
        }),
    );
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

/** The smallest whole number that holds, where all larger ones hold too: by doubling, then by halving the interval. Of what is no number none does. */
export function smallest(least: number, most: number, holds: (value: number) => boolean): number | undefined {
    if (!(least <= most)) return undefined;
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
