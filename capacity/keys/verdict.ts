/**
 * The verdict on a sample of partition keys: whether they spread, and if not, why and what to do.
 */
import { limits } from "../limits";
import { count, formatNumber, formatPercent, formatRateAbove } from "../text";
import {
    type Advice,
    fewKeysAdvice,
    hotKeyAdvice,
    type HotKeyFix,
    hotRangeAdvice,
    listed,
    noFixes,
    times,
    type TriedFix,
    type Trial,
} from "./advice";
import {
    type Cause,
    causeOf,
    type JudgeOptions,
    type KeyVerdict,
    loadOf,
    type Options,
    optionsOf,
    shapeOf,
    type Shown,
} from "./cause";
import { evenOverAverageMax } from "./chance";
import { doubtOf, recordDoubt } from "./doubt";
import { evennessOf, type Facts, factsOf, hotKeyOverAverage, isAboveChance, keyAboveShard, shareOf } from "./evidence";
import { uniformRing } from "./hashRing";
import { type KeySample } from "./sample";
import { type SplitFix } from "./split";
import { hottestOverAverage, keysForEvenShards, moreStreams } from "./spread";
import { keysAtOnceText } from "./timeKeys";
import { hottestOf, onRing } from "./tried";

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

/** Judges a sample of records. */
export function judgeSample(sample: KeySample, given: JudgeOptions = {}): KeyJudgement {
    const facts = factsOf(sample);
    const options = optionsOf(sample, given);
    const cause = causeOf(sample, facts, options);
    const keysEnough = keysForEvenShards(facts.shards);
    const numbers = { shares: facts.shares, ...evennessOf(facts.shares), keysEnough };
    const doubt = doubtOfCause(sample, facts, given, cause);
    if (doubt !== undefined) return { verdict: "cannot-tell", ...doubt, ...numbers, ...noFixes };
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

function doubtOfCause(sample: KeySample, facts: Facts, given: JudgeOptions, { verdict, keys, areAllFull }: Cause) {
    if (areAllFull) return undefined;
    const isEven = verdict === "even" || verdict === "under-capacity";
    return doubtOf(sample, facts, given, isEven) ?? recordDoubt(sample, keys);
}

interface Case {
    readonly sample: KeySample;
    readonly facts: Facts;
    readonly options: Options;
    readonly cause: Cause;
}

/** Fixes, tried on shards that take the load: where there are fewer, they have to be scaled first. */
function adviceOn({ sample, facts, options, cause }: Case): Advice {
    const nothingToDo = facts.shards === 1 ? "Nothing to do." : "Nothing to do: the keys spread.";
    if (cause.verdict === "even") return { recommendation: nothingToDo, ...noFixes };
    const load = loadOf(options);
    const needed = Math.ceil((load ?? 0) * evenOverAverageMax);
    if (needed <= facts.shards)
        return adviceFor[cause.verdict]({ sample, isEven: becomesEven(sample, cause, options), load }, cause, options);
    const divide = moreStreams(needed);
    if (divide !== undefined) return { recommendation: divide, ...noFixes };
    const scaled = onRing(sample, uniformRing(needed));
    const shape = shapeOf(scaled, factsOf(scaled), options);
    const scale = `Scale to at least ${count(needed, "shard")}: the load with room for uneven keys.`;
    if (shape.verdict === "even") return { recommendation: scale, ...noFixes };
    const trial = { sample: scaled, isEven: becomesEven(scaled, shape, options), load };
    const then = adviceFor[shape.verdict](trial, shape, options);
    return {
        ...then,
        splits: [],
        recommendation: `${scale} On these, the keys are still uneven. ${then.recommendation}`,
    };
}

/**
 * Whether a fix makes a sample even that is not. Before and after are on as many shards: one alone has nothing above the average. Too few keys may
 * lie evenly by luck, and no fix is better than that.
 */
function becomesEven(before: KeySample, { verdict }: Cause, options: Options): Trial["isEven"] {
    const facts = factsOf(before);
    const mostOver = verdict === "too-few-keys" ? Infinity : hottestOf(before);
    return (after) => {
        const over = hottestOf(after);
        const isHot = over > evenOverAverageMax && isAboveChance(over, facts);
        return over < mostOver && !isHot && shapeOf(after, factsOf(after), options).verdict === "even";
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
    "under-capacity": (found) => `${fullText(found)}${aboveShardText(found)}`,
};

function fullText({ facts, options, cause, hottestOverAverage: over }: Case & { readonly hottestOverAverage: number }) {
    const { shards } = facts;
    const load = loadOf(options)!;
    if (cause.areAllFull) {
        const there = shards === 1 ? "there is 1, and it is" : `there are ${formatNumber(shards)}, and all are`;
        return `The load fills ${formatRateAbove(load, shards)} shards; ${there} full.`;
    }
    const inShards = (load * over) / shards;
    return `The keys spread, but the hottest of ${count(shards, "shard")} has ${times(over)} the average, which at this load is ${formatRateAbove(inShards, 1)} times what a shard takes.`;
}

/** Where the load is known: that the heaviest key is more than any shard takes. */
function aboveShardText({ sample, facts, options }: Case): string {
    const load = loadOf(options) ?? 0;
    const key = keyAboveShard(sample, facts, load);
    if (key === undefined) return "";
    const inShards = shareOf(key, sample) * load;
    return ` Key ${JSON.stringify(key.key)} alone is ${formatRateAbove(inShards, 1)} times what one shard takes (${limits.shardWriteMiBPerSecond} MiB/s and ${formatNumber(limits.shardWriteRecordsPerSecond)} records/s), whatever the shard count.`;
}
