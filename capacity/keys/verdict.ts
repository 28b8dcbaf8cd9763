/**
 * The verdict on a sample of partition keys: whether they spread, and if not, why and what to do.
 *
 * What a sample shows is never exactly even. Chance puts a few records, or a few keys, more on one shard than on another; a verdict
 * other than `even` needs more than chance would explain.
 */
import { limits } from "../limits";
import { count, formatNumber, formatPercent } from "../text";
import {
    type Advice,
    fewKeysAdvice,
    hotKeyAdvice,
    type HotKeyFix,
    hotRangeAdvice,
    listed,
    times,
    type TriedFix,
    type Trial,
} from "./advice";
import { evenOverAverageMax } from "./chance";
import { doubtOf, recordDoubt } from "./doubt";
import {
    areFewAndAlike,
    areTooFew,
    contributingKey,
    evennessOf,
    explainingKeys,
    type Facts,
    factsOf,
    heavyKey,
    heavyKeys,
    hotKeyOverAverage,
    isAboveChance,
    isExplainedByFewKeys,
    isWide,
    keyAboveShard,
    oneStandsOut,
    shareOf,
} from "./evidence";
import { uniformRing } from "./hashRing";
import { type KeySample, type SampleKey } from "./sample";
import { type SplitFix } from "./split";
import { hottestOverAverage, keysForShards, loadInShards, moreStreams } from "./spread";
import { type KeysAtOnce, keysAtOnceOf, keysAtOnceText } from "./timeKeys";
import { hottestOf, onRing } from "./tried";

/** What each verdict means. */
export const keyVerdicts = {
    even: "The load spreads over the shards.",
    "hot-key":
        "One partition key carries so much that its shard is hot; splitting cannot help, since a key stays on one shard.",
    "hot-range": "One shard's range gets more than its part from many keys; splitting the shard helps.",
    "too-few-keys": "There are too few partition keys to spread over the shards.",
    "under-capacity": "All shards are full; more shards help.",
    "cannot-tell": "The sample is too small, or not in an order that shows how the load spreads at one moment.",
} as const;

/** What is the matter with the keys; `keyVerdicts` has what each means. */
export type KeyVerdict = keyof typeof keyVerdicts;

/** Whether keys spread, and if not, why and what to do. */
export interface KeyJudgement {
    /** What is the matter. */
    readonly verdict: KeyVerdict;
    /** The numbers behind the verdict. */
    readonly message: string;
    /** What to do. */
    readonly recommendation: string;
    /** Load of each shard as a fraction of all, in the order of the ring. */
    readonly shares: readonly number[];
    /** Standard deviation of the shards' loads over their average, in percent. */
    readonly cv: number;
    /** Load of the hottest shard over the average one. */
    readonly hottestOverAverage: number;
    /** Keys of equal weight that would be enough for that many shards. */
    readonly keysEnough: number;
    /** The keys that are too heavy, and over how many to spread each. */
    readonly hotKeys: readonly HotKeyFix[];
    /** Where to split, where that helps. */
    readonly splits: readonly SplitFix[];
    /** How each fix came out on the sample, those that do not reach the promise too. */
    readonly tried: readonly TriedFix[];
    /** Keys that are written to at one moment, where that was said or they are times. */
    readonly keysAtOnce?: number;
}

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
    /** Records whose key could not be read: where they are the most, the sample is not the whole. */
    readonly recordsLeftOut?: number | undefined;
}

/** Judges a sample of records. */
export function judgeSample(sample: KeySample, given: JudgeOptions = {}): KeyJudgement {
    const facts = factsOf(sample);
    const options = optionsOf(sample, given);
    const cause = causeOf(sample, facts, options);
    const keysEnough = keysForShards(facts.shards, evenOverAverageMax - 1) ?? 1;
    const numbers = { shares: facts.shares, ...evennessOf(facts.shares), keysEnough };
    const doubt = doubtOfCause(sample, facts, given, cause);
    if (doubt !== undefined)
        return { verdict: "cannot-tell", ...doubt, ...numbers, hotKeys: [], splits: [], tried: [] };
    const { keysAtOnce } = options;
    const message = explain[cause.verdict]({ ...numbers, sample, facts, options, cause });
    const advice = adviceOn({ sample, facts, options, cause });
    return { verdict: cause.verdict, message, ...numbers, ...advice, ...(keysAtOnce !== undefined && { keysAtOnce }) };
}

/** The verdict alone, without looking for fixes. */
export function verdictOn(sample: KeySample, given: JudgeOptions = {}): KeyVerdict {
    const facts = factsOf(sample);
    const cause = causeOf(sample, facts, optionsOf(sample, given));
    return doubtOfCause(sample, facts, given, cause) === undefined ? cause.verdict : "cannot-tell";
}

function doubtOfCause(sample: KeySample, facts: Facts, given: JudgeOptions, { verdict, keys }: Cause) {
    if (verdict === "under-capacity") return undefined;
    return doubtOf(sample, facts, given, verdict === "even") ?? recordDoubt(sample, keys);
}

type Options = Omit<JudgeOptions, "keysAtOnce"> & KeysAtOnce;

function optionsOf(sample: KeySample, { keysAtOnce, ...given }: JudgeOptions): Options {
    return { ...given, ...keysAtOnceOf(sample, keysAtOnce) };
}

/** What a sample shows, once it is known to show something. */
type Shown = Exclude<KeyVerdict, "cannot-tell">;

interface Cause {
    readonly verdict: Shown;
    readonly hotShards: readonly number[];
    /** The heavy keys behind a hot-key verdict. */
    readonly keys: readonly SampleKey[];
}

function causeOf(sample: KeySample, facts: Facts, options: Options): Cause {
    const shape = shapeOf(sample, facts, options);
    const loads = loadOfShards(facts, options);
    if (loads === undefined) return shape;
    const full = shape.verdict === "even" ? mean(loads) > 1 : Math.min(...loads) >= 1;
    return full ? { verdict: "under-capacity", hotShards: [], keys: [] } : shape;
}

function shapeOf(sample: KeySample, facts: Facts, { keysAtOnce }: Options): Cause {
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
        const enough = keysForShards(shards, evenOverAverageMax - 1) ?? 1;
        const heaviest = heavyKeys(sample, facts, contributingKey / 2).filter((key) => key.shard === shard);
        if (facts.keysBehind < 2 * enough) return { verdict: "too-few-keys", ...none };
        if (heaviest.length > 0) return { verdict: "hot-key", hotShards: [shard], keys: heaviest };
    }
    return { verdict: "hot-range", hotShards: tooHot.map((hotShard) => hotShard.shard), keys: [] };
}

/** The load in shards, if it is known. */
function loadOf({ writeMiBPerSecond = 0, recordsPerSecond = 0 }: JudgeOptions): number | undefined {
    if (writeMiBPerSecond <= 0 && recordsPerSecond <= 0) return undefined;
    return loadInShards({ writeMiBPerSecond, recordsPerSecond });
}

/** Load of each shard over its limit, if the load is known. */
function loadOfShards(facts: Facts, options: JudgeOptions): number[] | undefined {
    const total = loadOf(options);
    return total === undefined ? undefined : facts.shares.map((share) => share * total);
}

function mean(values: readonly number[]): number {
    return values.reduce((sum, value) => sum + value, 0) / values.length;
}

interface Case {
    readonly sample: KeySample;
    readonly facts: Facts;
    readonly options: Options;
    readonly cause: Cause;
}

/** Fixes, tried on shards that take the load: where there are fewer, they have to be scaled first. */
function adviceOn({ sample, facts, options, cause }: Case): Advice {
    const nothing = { hotKeys: [], splits: [], tried: [] };
    const nothingToDo = facts.shards === 1 ? "Nothing to do." : "Nothing to do: the keys spread.";
    if (cause.verdict === "even") return { recommendation: nothingToDo, ...nothing };
    const load = loadOf(options);
    const isEven = (after: KeySample) => {
        const over = hottestOf(after);
        const isHot = over > evenOverAverageMax && isAboveChance(over, facts);
        return over < hottestOf(sample) && !isHot && shapeOf(after, factsOf(after), options).verdict === "even";
    };
    const needed = Math.ceil((load ?? 0) * evenOverAverageMax);
    if (needed <= facts.shards) return adviceFor[cause.verdict]({ sample, isEven, load }, cause, options);
    const divide = moreStreams(needed);
    if (divide !== undefined) return { recommendation: divide, ...nothing };
    const scaled = onRing(sample, uniformRing(needed));
    const shape = shapeOf(scaled, factsOf(scaled), options);
    const scale = `Scale to at least ${count(needed, "shard")}: the load with room for uneven keys.`;
    if (shape.verdict === "even") return { recommendation: scale, ...nothing };
    const then = adviceFor[shape.verdict]({ sample: scaled, isEven, load }, shape, options);
    return {
        ...then,
        splits: [],
        recommendation: `${scale} On these, the keys are still uneven. ${then.recommendation}`,
    };
}

const adviceFor: Readonly<Record<Exclude<Shown, "even">, (trial: Trial, cause: Cause, options: Options) => Advice>> = {
    "hot-key": (trial, { keys }) => hotKeyAdvice(trial, keys),
    "hot-range": (trial) => hotRangeAdvice(trial),
    "too-few-keys": (trial, _cause, { keysAtOnce }) => fewKeysAdvice(trial, keysAtOnce !== undefined),
    "under-capacity": (trial) => hotRangeAdvice(trial),
};

const explain: Readonly<Record<Shown, (found: Case & { readonly hottestOverAverage: number }) => string>> = {
    even: ({ facts, hottestOverAverage: over }) =>
        facts.shards === 1
            ? "The stream has one shard, which takes every key."
            : `The hottest of ${count(facts.shards, "shard")} has ${times(over)} the average.`,
    "hot-key": (found) => {
        const { sample, facts, cause } = found;
        const [top, ...more] = cause.keys;
        const share = shareOf(top!, sample);
        const shard = cause.hotShards[0]!;
        const others =
            more.length > 0
                ? ` ${count(more.length, "more key")} ${more.length === 1 ? "is" : "are"} heavy too: ${listed(more, sample.weight)}.`
                : "";
        return `Key ${JSON.stringify(top!.key)} carries ${formatPercent(share, 1)} of the load, ${times(share * facts.shards)} an average shard's; its shard ${sample.ring.shardIds[shard]} has ${times(facts.overAverage[shard]!)} the average.${others}${aboveShardText(found)}`;
    },
    "hot-range": ({ sample, facts, cause }) => {
        const shard = cause.hotShards[0]!;
        const width = sample.ring.widths[shard]! * facts.shards;
        const why =
            width > hotKeyOverAverage
                ? `its range is ${times(width)} the average one`
                : "no key stands out in it: many keys lie close together on the ring";
        const more = cause.hotShards.length - 1;
        return `Shard ${sample.ring.shardIds[shard]} has ${times(facts.overAverage[shard]!)} the average; ${why}.${more > 0 ? ` ${count(more, "more shard")} ${more === 1 ? "is" : "are"} hot too.` : ""}`;
    },
    "too-few-keys": (found) => {
        const { sample, facts, hottestOverAverage: over, options } = found;
        const keys = Math.min(facts.keysBehind, options.keysAtOnce ?? Infinity);
        const expected = hottestOverAverage(Math.max(1, Math.min(1e9, Math.round(keys))), facts.shards);
        return `${count(sample.distinctKeys, "key")} on ${count(facts.shards, "shard")}: the hottest has ${times(over)} the average; so few keys put ${times(expected.mean)} on one shard on average, ${times(expected.p95)} in one case of twenty.${keysAtOnceText(options)}${aboveShardText(found)}`;
    },
    "under-capacity": (found) =>
        `The load fills ${formatNumber(loadOf(found.options)!, 1)} shards; there are ${count(found.facts.shards, "shard")}, and all are full.${aboveShardText(found)}`,
};

/** Where the load is known: that the heaviest key is more than any shard takes. */
function aboveShardText({ sample, facts, options }: Case): string {
    const load = loadOf(options) ?? 0;
    const key = keyAboveShard(sample, facts, load);
    if (key === undefined) return "";
    const inShards = shareOf(key, sample) * load;
    return ` Key ${JSON.stringify(key.key)} alone is ${formatNumber(inShards, 2)} times what one shard takes (${limits.shardWriteMiBPerSecond} MiB/s and ${formatNumber(limits.shardWriteRecordsPerSecond)} records/s), whatever the shard count.`;
}
