/**
 * What is the matter with a sample of partition keys: the causes, in the order in which they are looked for.
 *
 * What a sample shows is never exactly even. Chance puts a few records, or a few keys, more on one shard than on another; a verdict
 * other than `even` needs more than chance would explain.
 */
import { mean } from "../sums";
import { evenOverAverageMax } from "./chance";
import {
    areFewAndAlike,
    areTooFew,
    contributingKey,
    explainingKeys,
    type Facts,
    heavyKey,
    heavyKeys,
    hotKeyOverAverage,
    isAboveChance,
    isExplainedByFewKeys,
    isWide,
    oneStandsOut,
} from "./evidence";
import { roundingSlack } from "./keyWeights";
import { type KeySample, type SampleKey } from "./sample";
import { keysForEvenShards, loadInShards } from "./spread";
import { type KeysAtOnce, keysAtOnceOf } from "./timeKeys";

/** What each verdict means. */
export const keyVerdicts = {
    even: "The load spreads over the shards.",
    "hot-key":
        "One partition key carries so much that its shard is hot; splitting cannot help, since a key stays on one shard.",
    "hot-range": "One shard's range gets more than its part from many keys; splitting the shard helps.",
    "too-few-keys": "There are too few partition keys to spread over the shards.",
    "under-capacity": "All shards are full, or the hottest of even ones is; more shards help.",
    "cannot-tell": "The sample is too small, or not in an order that shows how the load spreads at one moment.",
} as const;

/** What is the matter with the keys; `keyVerdicts` has what each means. */
export type KeyVerdict = keyof typeof keyVerdicts;

/** What a judge is told beside the sample. */
export interface JudgeOptions {
    /** The load that the sample stands for: without it nothing can be said about capacity. */
    readonly writeMiBPerSecond?: number | undefined;
    /** The same in records. */
    readonly recordsPerSecond?: number | undefined;
    /**
     * Keys that are written to at one moment, where that is less than the sample shows: 1 for a key made from the time. Infinity: as many
     * as the sample shows, whatever they look like and in whatever order they come.
     */
    readonly keysAtOnce?: number | undefined;
    /** Records that a sample needs for the verdict `even`; by default so many that chance would not hide a hot shard. Of a table of totals see `wholeOf`. */
    readonly minRecords?: number | undefined;
    /** Records that could not be read: where they are the most, the sample is not the whole. */
    readonly recordsLeftOut?: number | undefined;
}

/** What a judge goes by: what it was told, and what the keys look like. */
export type Options = Omit<JudgeOptions, "keysAtOnce"> & KeysAtOnce;

export function optionsOf(sample: KeySample, { keysAtOnce, ...given }: JudgeOptions): Options {
    return { ...given, ...keysAtOnceOf(sample, keysAtOnce) };
}

/** What a sample shows, once it is known to show something. */
export type Shown = Exclude<KeyVerdict, "cannot-tell">;

export interface Cause {
    readonly verdict: Shown;
    readonly hotShards: readonly number[];
    /** The heavy keys behind a hot-key verdict. */
    readonly keys: readonly SampleKey[];
    /** The load is more than the shards take, whatever the sample shows. */
    readonly areAllFull?: boolean;
}

export function causeOf(sample: KeySample, facts: Facts, options: Options): Cause {
    const shape = shapeOf(sample, facts, options);
    const loads = loadOfShards(facts, options);
    if (loads === undefined) return shape;
    const areAllFull = shape.verdict === "even" ? mean(loads) > 1 + roundingSlack : Math.min(...loads) >= 1;
    return areAllFull || (shape.verdict === "even" && isHottestFull(facts, loads))
        ? { verdict: "under-capacity", hotShards: [], keys: [], areAllFull }
        : shape;
}

/** Keys that count as even are not exactly so: the hottest shard is full before the others are. */
function isHottestFull({ overAverage }: Facts, loads: readonly number[]): boolean {
    return Math.max(...overAverage) <= evenOverAverageMax && Math.max(...loads) > 1 + roundingSlack;
}

export function shapeOf(sample: KeySample, facts: Facts, { keysAtOnce }: Options): Cause {
    const none = { hotShards: [], keys: [] };
    const { shards, overAverage } = facts;
    if (shards === 1 || sample.weight <= 0) return { verdict: "even", ...none };
    const heavy = heavyKeys(sample, facts, heavyKey);
    if (areTooFew(Math.min(facts.keysBehind, keysAtOnce ?? Infinity), shards, sample)) {
        const standsOut = keysAtOnce === undefined && oneStandsOut(heavy, sample, facts);
        if (!standsOut) return { verdict: "too-few-keys", ...none };
    }
    const hot = overAverage
        .map((over, shard) => ({ over, shard }))
        .filter(({ over, shard }) => over >= hotKeyOverAverage && (isWide(sample, shard) || isAboveChance(over, facts)))
        .sort((left, right) => right.over - left.over);
    for (const { over, shard } of hot) {
        const keys = explainingKeys(sample, facts, shard, over);
        if (keys.length > 0) {
            if (areFewAndAlike(sample, facts)) return { verdict: "too-few-keys", ...none };
            const others = heavy.filter((key) => !keys.includes(key));
            return { verdict: "hot-key", hotShards: [shard], keys: [...keys, ...others] };
        }
        // The hottest shard has the say; a cooler one speaks only where no shard is too hot for the stream.
        if (over > evenOverAverageMax) break;
    }
    const tooHot = hot.filter(({ over }) => over > evenOverAverageMax);
    if (tooHot.length === 0) return { verdict: "even", ...none };
    const { over, shard } = tooHot[0]!;
    if (isExplainedByFewKeys(sample, facts, shard, over)) {
        // Enough keys, but of such unequal weight that they count for few: then the heaviest of them are the cause.
        const enough = keysForEvenShards(shards);
        const heaviest = heavyKeys(sample, facts, contributingKey / 2).filter((key) => key.shard === shard);
        if (facts.keysBehind < 2 * enough) return { verdict: "too-few-keys", ...none };
        if (heaviest.length > 0) return { verdict: "hot-key", hotShards: [shard], keys: heaviest };
    }
    return { verdict: "hot-range", hotShards: tooHot.map((hotShard) => hotShard.shard), keys: [] };
}

/** The load in shards, if it is known. */
export function loadOf({ writeMiBPerSecond = 0, recordsPerSecond = 0 }: JudgeOptions): number | undefined {
    if (writeMiBPerSecond <= 0 && recordsPerSecond <= 0) return undefined;
    return loadInShards({ writeMiBPerSecond, recordsPerSecond });
}

/** Load of each shard over its limit, if the load is known. */
function loadOfShards(facts: Facts, options: JudgeOptions): number[] | undefined {
    const total = loadOf(options);
    return total === undefined ? undefined : facts.shares.map((share) => share * total);
}
