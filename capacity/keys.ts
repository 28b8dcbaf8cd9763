/**
 * Partition keys: how evenly they spread over shards, and how many shards a population of keys needs.
 */
import { limits } from "./limits";

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
const confidence = 0.95;

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
 * @returns undefined if no count up to the most that a stream gets (10,000) does: too few keys, or one key above a shard
 * @example shardsForKeys({ writeMiBPerSecond: 3.5, recordsPerSecond: 2500, distinctKeys: 20_000 }) // 4
 */
export function shardsForKeys(load: KeyedLoad): number | undefined {
    const least = Math.max(1, Math.ceil(loadInShards(load)));
    const most = Math.max(least, limits.updateShardCountTargetMax);
    const fits = (shards: number) => chanceThatKeysFit(load, shards) >= confidence;
    if (fits(least)) return least;
    let tooFew = least;
    let enough = Math.min(most, least * 2);
    while (!fits(enough)) {
        if (enough === most) return undefined;
        tooFew = enough;
        enough = Math.min(most, enough * 2);
    }
    while (enough - tooFew > 1) {
        const middle = Math.floor((tooFew + enough) / 2);
        if (fits(middle)) enough = middle;
        else tooFew = middle;
    }
    return enough;
}

/**
 * The chance that no shard is over its limits when keys fall on uniform shards at random.
 *
 * Keys are counted per shard as independent binomials; their true counts are negatively associated, so the chance is never overstated by much.
 */
export function chanceThatKeysFit(load: KeyedLoad, shards: number): number {
    const total = loadInShards(load);
    const hottest = total * (load.hottestKeyShare ?? 0);
    const rest = total - hottest;
    if (load.distinctKeys === undefined) return hottest + rest / shards <= 1 ? 1 : 0;
    const otherKeys = load.distinctKeys - (load.hottestKeyShare === undefined ? 0 : 1);
    if (otherKeys <= 0) return total <= 1 ? 1 : 0;
    const perKey = rest / otherKeys;
    const keysThatFit = (room: number) =>
        perKey === 0 ? (room >= 0 ? otherKeys : -1) : Math.floor(room / perKey + 1e-9);
    const besideHottest = binomialAtMost(keysThatFit(1 - hottest), otherKeys, 1 / shards);
    const elsewhere = binomialAtMost(keysThatFit(1), otherKeys, 1 / shards);
    return load.hottestKeyShare === undefined ? elsewhere ** shards : besideHottest * elsewhere ** (shards - 1);
}

/** P(X <= successes) for X binomial over `trials` with probability `chance`. */
export function binomialAtMost(successes: number, trials: number, chance: number): number {
    if (successes < 0) return 0;
    if (successes >= trials) return 1;
    return 1 - regularizedBeta(chance, successes + 1, trials - successes);
}

/** The regularized incomplete beta function I_x(a, b), by its continued fraction (modified Lentz). */
function regularizedBeta(x: number, a: number, b: number): number {
    if (x <= 0) return 0;
    if (x >= 1) return 1;
    // The fraction converges fast only below the mean; above it the symmetry I_x(a,b) = 1 - I_(1-x)(b,a) takes over.
    if (x > (a + 1) / (a + b + 2)) return 1 - regularizedBeta(1 - x, b, a);
    const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x)) / a;
    const tiny = 1e-300;
    let c = 1;
    let d = 1 - ((a + b) * x) / (a + 1);
    d = 1 / (Math.abs(d) < tiny ? tiny : d);
    let fraction = d;
    for (let step = 1; step <= 20_000; step++) {
        const even = (step * (b - step) * x) / ((a + 2 * step - 1) * (a + 2 * step));
        const odd = (-(a + step) * (a + b + step) * x) / ((a + 2 * step) * (a + 2 * step + 1));
        for (const term of [even, odd]) {
            d = 1 + term * d;
            d = 1 / (Math.abs(d) < tiny ? tiny : d);
            c = 1 + term / c;
            if (Math.abs(c) < tiny) c = tiny;
            fraction *= c * d;
        }
        if (Math.abs(c * d - 1) < 1e-14) break;
    }
    return front * fraction;
}

/** ln Γ(x) for x > 0, by Stirling's series after shifting x above 10. */
function logGamma(x: number): number {
    let shift = 0;
    while (x < 10) shift -= Math.log(x++);
    const inverse = 1 / x;
    const square = inverse * inverse;
    const series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1_260 - square / 1_680)));
    return shift + (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series;
}

/** The size of the hash key space: partition keys hash (MD5) to 0 .. 2^128 - 1. */
export const hashKeySpace = 1n << 128n;

/**
 * The first hash key of a uniform shard, as Kinesis cuts the space: as an ExplicitHashKey it gives a lane that shard.
 *
 * @param index 0 for the first of `shards` shards
 * @example explicitHashKey(1, 2) // "170141183460469231731687303715884105728"
 */
export function explicitHashKey(index: number, shards: number): string {
    return ((hashKeySpace / BigInt(shards)) * BigInt(index)).toString();
}

/** The first hash key of every uniform shard. */
export function explicitHashKeys(shards: number): string[] {
    return Array.from({ length: shards }, (_, index) => explicitHashKey(index, shards));
}
