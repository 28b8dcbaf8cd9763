/**
 * The verdict on a sample of partition keys: whether they spread, and if not, why and what to do.
 *
 * What a sample shows is never exactly even. Chance puts a few records, or a few keys, more on one shard than on another; a verdict
 * other than `even` needs more than chance would explain.
 */
import { endOf } from "./hashRing";
import { hottestOverAverage, keysForShards, loadInShards, suffixesForHotKey } from "./spread";
import { type KeySample, type SampleKey } from "./sample";
import { poissonAbove } from "./poisson";
import { count, formatNumber, formatPercent } from "../text";

/** What each verdict means. */
export const keyVerdicts = {
    even: "The load spreads over the shards.",
    "hot-key":
        "One partition key carries so much that its shard is hot; splitting cannot help, since a key stays on one shard.",
    "hot-range": "One shard's range gets more than its part from many keys; splitting the shard helps.",
    "too-few-keys": "There are too few partition keys to spread over the shards.",
    "under-capacity": "All shards are full; more shards help.",
} as const;

export type KeyVerdict = keyof typeof keyVerdicts;

/** A stream sized for 70 % use carries a shard that has this much of the average. About 50 keys a shard stay below it. */
export const evenOverAverageMax = 1 / 0.7;

/** A single key that stands out is named earlier: from here on it costs the stream a quarter of its capacity. */
const hotKeyOverAverage = 1.25;
/** A key is heavy with this part of an average shard's load. */
const heavyKey = 0.5;
/** Beside a shard that is too hot anyway, lighter keys count as its cause too. */
const contributingKey = 0.3;
/** A cause explains a hot shard with this part of what the shard has above the average. */
const explainingPart = 0.6;
/** Chance of calling noise a hot shard. */
const falseAlarm = 0.01;
/** Standard deviations within which a hot shard is explained by how few keys there are. */
const chanceDeviations = 4;
/** A sample that names less than half of the keys it was drawn from does not tell how many there are. */
const unseenPartMax = 0.5;
/** Fewer records than this tell nothing about how many keys there are. */
const recordsMin = 20;
/** With so many keys a shard, their number is no question. */
const keysPerShardPlenty = 1_000;

export interface HotKeyFix {
    readonly key: string;
    readonly share: number;
    /** Suffixes that spread the key, each suffixed key on a shard of its own choice. */
    readonly suffixes: number;
}

export interface SplitFix {
    readonly shardId: string;
    /** The NewStartingHashKey of SplitShard: the first hash key of the second half. */
    readonly newStartingHashKey: string;
    /** Part of the shard's load below that hash key: 0.5 where it halves. */
    readonly leftShare: number;
}

export interface KeyJudgement {
    readonly verdict: KeyVerdict;
    /** The numbers behind the verdict. */
    readonly message: string;
    /** What to do. */
    readonly recommendation: string;
    /** Load of each shard as a fraction of all, in the order of the ring. */
    readonly shares: readonly number[];
    /** Standard deviation of the shards' loads over their average, in percent. */
    readonly cv: number;
    readonly hottestOverAverage: number;
    /** Keys of equal weight that would be enough for that many shards. */
    readonly keysEnough: number;
    readonly hotKeys: readonly HotKeyFix[];
    readonly splits: readonly SplitFix[];
}

export interface JudgeOptions {
    /** The load that the sample stands for: without it nothing can be said about capacity. */
    readonly writeMiBPerSecond?: number | undefined;
    readonly recordsPerSecond?: number | undefined;
    /** Keys that are written to at one moment, where that is less than the sample shows: 1 for a key made from the time. */
    readonly keysAtOnce?: number | undefined;
}

/** Judges a sample of records. */
export function judgeSample(sample: KeySample, options: JudgeOptions = {}): KeyJudgement {
    const facts = factsOf(sample);
    const cause = causeOf(sample, facts, options);
    const keysEnough = keysForShards(facts.shards, evenOverAverageMax - 1) ?? 1;
    const hotKeys =
        cause.verdict === "hot-key"
            ? cause.keys.map((key) => ({ key: key.key, share: shareOf(key, sample), suffixes: suffixes(key, sample) }))
            : [];
    const splits =
        cause.verdict === "hot-range" ? cause.hotShards.flatMap((shard) => splitOf(sample, shard) ?? []) : [];
    const numbers = { shares: facts.shares, ...evennessOf(facts.shares), keysEnough, hotKeys, splits };
    const words = explain[cause.verdict]({ ...numbers, sample, facts, options, cause });
    return { verdict: cause.verdict, ...words, ...numbers };
}

/** How even shares are, over all shards, hit or not: standard deviation over average in percent, hottest over average. */
export function evennessOf(shares: readonly number[]): { cv: number; hottestOverAverage: number } {
    const average = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    if (!(average > 0)) return { cv: 0, hottestOverAverage: 1 };
    const variance = shares.reduce((sum, share) => sum + (share - average) ** 2, 0) / shares.length;
    return { cv: (Math.sqrt(variance) / average) * 100, hottestOverAverage: Math.max(...shares) / average };
}

interface Facts {
    readonly shards: number;
    readonly shares: readonly number[];
    /** Shares as multiples of the average shard's. */
    readonly overAverage: readonly number[];
    /** Records of equal weight that would tell as much as the sample does. */
    readonly effectiveRecords: number;
    /** Keys behind the sample, seen or not; Infinity where the sample is too small to tell. */
    readonly keysBehind: number;
}

function factsOf(sample: KeySample): Facts {
    const shards = sample.ring.starts.length;
    const shares = sample.shardWeights.map((weight) => (sample.weight > 0 ? weight / sample.weight : 0));
    return {
        shards,
        shares,
        overAverage: shares.map((share) => share * shards),
        effectiveRecords: sample.recordWeightSquares > 0 ? sample.weight ** 2 / sample.recordWeightSquares : 0,
        keysBehind: keysBehind(sample),
    };
}

/** Keys seen and not seen: what was seen once tells how much was not seen at all (Good and Turing; Chao's lower bound). */
function keysBehind({ distinctKeys, seenOnce, seenTwice, records }: KeySample): number {
    if (records < recordsMin) return Infinity;
    if (seenOnce === undefined || seenTwice === undefined) return distinctKeys;
    if (seenOnce > unseenPartMax * records) return Infinity;
    return distinctKeys + (seenOnce * (seenOnce - 1)) / (2 * (seenTwice + 1));
}

interface Cause {
    readonly verdict: KeyVerdict;
    readonly hotShards: readonly number[];
    /** The heavy keys behind a hot-key verdict. */
    readonly keys: readonly SampleKey[];
}

function causeOf(sample: KeySample, facts: Facts, options: JudgeOptions): Cause {
    const shape = shapeOf(sample, facts, options);
    const loads = loadOfShards(facts, options);
    if (loads === undefined) return shape;
    const full = shape.verdict === "even" ? mean(loads) > 1 : Math.min(...loads) >= 1;
    return full ? { verdict: "under-capacity", hotShards: [], keys: [] } : shape;
}

function shapeOf(sample: KeySample, facts: Facts, { keysAtOnce }: JudgeOptions): Cause {
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
        .filter(({ over, shard }) => over >= hotKeyOverAverage && (isWide(sample, shard) || isAboveNoise(over, facts)))
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

/** So few keys that even equal ones would be expected to overload a shard; where they happen to fall evenly it is luck. */
function areTooFew(keys: number, shards: number, sample: KeySample): boolean {
    // Explicit hash keys are put where they are; luck has no part in it.
    if (sample.explicitRecords > sample.records / 2) return false;
    if (keys >= shards * keysPerShardPlenty) return false;
    return hottestOverAverage(Math.max(1, Math.round(keys)), shards).mean > evenOverAverageMax;
}

/** Keys that in one case of twenty overload a shard although each weighs about the same: then it is their number. */
function areFewAndAlike(sample: KeySample, facts: Facts): boolean {
    if (sample.explicitRecords > sample.records / 2 || !(facts.keysBehind < facts.shards * keysPerShardPlenty))
        return false;
    const { p95 } = hottestOverAverage(Math.max(1, Math.round(facts.keysBehind)), facts.shards);
    return p95 > evenOverAverageMax && !outweighsOthers(sample);
}

/** One key among few is the trouble if the others are many times lighter, and it is an exception or the load were even without it. */
function oneStandsOut(heavy: readonly SampleKey[], sample: KeySample, facts: Facts): boolean {
    const top = heavy[0];
    if (!top || !outweighsOthers(sample)) return false;
    if (heavy.length <= sample.distinctKeys / 4) return true;
    const share = shareOf(top, sample);
    const salted = facts.overAverage.map(
        (over, shard) => over + share - (shard === top.shard ? share * facts.shards : 0),
    );
    const most = Math.max(...facts.overAverage);
    return most - Math.max(...salted) >= explainingPart * (most - 1);
}

/** Whether the heaviest key has many times the weight of the others, on average. */
function outweighsOthers({ keys, weight, distinctKeys }: KeySample): boolean {
    const top = keys[0];
    return top !== undefined && distinctKeys > 1 && top.weight * (distinctKeys - 1) >= 4 * (weight - top.weight);
}

/** The ring itself gives the shard more than its part: no sample has to prove it. */
function isWide(sample: KeySample, shard: number): boolean {
    return sample.ring.widths[shard]! * sample.ring.starts.length > evenOverAverageMax;
}

/** Keys with at least that part of an average shard's load, heaviest first, as far as the sample proves it. */
function heavyKeys(sample: KeySample, facts: Facts, part: number): SampleKey[] {
    return sample.keys.filter((key) => {
        const share = shareOf(key, sample);
        return share * facts.shards >= part && lowerShare(share, facts.effectiveRecords) * facts.shards >= part / 2;
    });
}

/** The share that a key has at least, given how small the sample is (Wilson's lower bound at three standard deviations). */
function lowerShare(share: number, records: number): number {
    const squared = 9 / records;
    const spread = 3 * Math.sqrt((share * (1 - share)) / records + squared / (4 * records));
    return (share + squared / 2 - spread) / (1 + squared);
}

/** The heavy keys of a shard if without them it would not be hot; none otherwise. */
function explainingKeys(sample: KeySample, facts: Facts, shard: number, over: number): SampleKey[] {
    const onShard = heavyKeys(sample, facts, over > evenOverAverageMax ? contributingKey : heavyKey).filter(
        (key) => key.shard === shard,
    );
    const load = onShard.reduce((sum, key) => sum + shareOf(key, sample) * facts.shards, 0);
    const wider = sample.ring.widths[shard]! * facts.shards - 1;
    return load >= explainingPart * (over - 1) && load >= wider ? onShard : [];
}

/** Whether a shard has significantly more than the average, given the size of the sample, all shards looked at. */
function isAboveNoise(over: number, facts: Facts): boolean {
    // Records fall on a shard or beside it, which spreads less than a Poisson count does: by this much on few shards.
    const narrower = 1 - 1 / facts.shards;
    const expected = facts.effectiveRecords / facts.shards / narrower;
    const seen = Math.floor(expected + ((over - 1) * facts.effectiveRecords) / facts.shards / narrower);
    return seen > 0 && poissonAbove(seen - 1, expected) * facts.shards < falseAlarm;
}

/** Whether so few keys, of the weights that the sample shows, would put as much on a shard by chance. */
function isExplainedByFewKeys(sample: KeySample, facts: Facts, shard: number, over: number): boolean {
    if (sample.explicitRecords > sample.records / 2) return false;
    const width = sample.ring.widths[shard]!;
    const shareVariance = keyShareSquares(sample) + 1 / facts.effectiveRecords;
    const deviation = facts.shards * Math.sqrt(width * (1 - width) * shareVariance);
    return over - width * facts.shards <= chanceDeviations * deviation && width * facts.shards <= evenOverAverageMax;
}

/** Sum of the squared shares of the keys, freed of what the size of the sample adds to it. */
function keyShareSquares({ keyWeightSquares, recordWeightSquares, weight }: KeySample): number {
    return Math.max(0, (keyWeightSquares - recordWeightSquares) / Math.max(weight ** 2 - recordWeightSquares, 1e-300));
}

function shareOf(key: SampleKey, sample: KeySample): number {
    return key.weight / sample.weight;
}

function suffixes(key: SampleKey, sample: KeySample): number {
    return suffixesForHotKey({
        share: shareOf(key, sample),
        shards: sample.ring.starts.length,
        headroom: evenOverAverageMax - 1,
    });
}

/** Load of each shard over its limit, if the load is known. */
function loadOfShards(facts: Facts, options: JudgeOptions): number[] | undefined {
    const { writeMiBPerSecond = 0, recordsPerSecond = 0 } = options;
    if (writeMiBPerSecond <= 0 && recordsPerSecond <= 0) return undefined;
    const total = loadInShards({ writeMiBPerSecond, recordsPerSecond });
    return facts.shares.map((share) => share * total);
}

function mean(values: readonly number[]): number {
    return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Where to split a shard so that the load halves, heavy keys and all. Undefined if the shard had no load, or its range is one hash key.
 */
export function splitOf(sample: KeySample, shard: number): SplitFix | undefined {
    const total = sample.shardWeights[shard]!;
    const start = sample.ring.starts[shard]!;
    const end = endOf(sample.ring, shard);
    if (!(total > 0) || end === start) return undefined;
    const { hashKey, below } = halfOf(piecesOf(sample, shard, start, end + 1n), total);
    // NewStartingHashKey lies inside the range and is not its first hash key.
    const newStart = hashKey <= start ? start + 1n : hashKey > end ? end : hashKey;
    return {
        shardId: sample.ring.shardIds[shard]!,
        newStartingHashKey: newStart.toString(),
        leftShare: Math.min(1, below / total),
    };
}

/** Load between two hash keys: even over them, or all of it on the first where they are one apart. */
interface Piece {
    readonly from: bigint;
    readonly to: bigint;
    readonly weight: number;
}

/** A shard's load as known keys and, between them, what their cell has beside them. */
function piecesOf(sample: KeySample, shard: number, start: bigint, end: bigint): Piece[] {
    const points = sample.keys
        .filter((key) => key.shard === shard)
        .map((key) => ({ from: key.hashKey, to: key.hashKey + 1n, weight: key.weight }))
        .sort((left, right) => (left.from < right.from ? -1 : 1));
    if (sample.allKeys) return points;
    const parts = BigInt(sample.partsPerShard);
    const cellStart = (part: bigint) => start + ((end - start) * part) / parts;
    let next = 0;
    return Array.from({ length: sample.partsPerShard }, (_, part) => {
        const [from, to] = [cellStart(BigInt(part)), cellStart(BigInt(part + 1))];
        const first = next;
        while (next < points.length && points[next]!.from < to) next++;
        const inside = points.slice(first, next);
        const known = inside.reduce((sum, point) => sum + point.weight, 0);
        const rest = Math.max(0, sample.cellWeights[shard * sample.partsPerShard + part]! - known);
        return between(inside, from, to, rest);
    }).flat();
}

function between(points: readonly Piece[], from: bigint, to: bigint, rest: number): Piece[] {
    const width = Number(to - from);
    const pieces: Piece[] = [];
    let at = from;
    for (const point of [...points, { from: to, to, weight: 0 }]) {
        if (point.from > at && width > 0)
            pieces.push({ from: at, to: point.from, weight: (rest * Number(point.from - at)) / width });
        if (point.weight > 0) pieces.push(point);
        at = point.to;
    }
    return pieces;
}

/** The hash key with as near as possible half of the weight below it. */
function halfOf(pieces: readonly Piece[], total: number): { hashKey: bigint; below: number } {
    const half = total / 2;
    let below = 0;
    for (const { from, to, weight } of pieces) {
        if (below + weight < half) {
            below += weight;
            continue;
        }
        if (to - from > 1n) {
            const part = weight > 0 ? (half - below) / weight : 0;
            return { hashKey: from + (BigInt(Math.round(part * 1e9)) * (to - from)) / 1_000_000_000n, below: half };
        }
        // A key goes to one side whole: to the one that comes nearer to the half.
        return half - below <= below + weight - half
            ? { hashKey: from, below }
            : { hashKey: to, below: below + weight };
    }
    return { hashKey: pieces.at(-1)?.to ?? 0n, below };
}

interface Case extends Pick<KeyJudgement, "shares" | "hottestOverAverage" | "keysEnough" | "hotKeys" | "splits"> {
    readonly sample: KeySample;
    readonly facts: Facts;
    readonly options: JudgeOptions;
    readonly cause: Cause;
}

type Words = Pick<KeyJudgement, "message" | "recommendation">;

const explain: Readonly<Record<KeyVerdict, (found: Case) => Words>> = {
    even: (found) => {
        const { facts, hottestOverAverage: over, sample } = found;
        if (sample.weight <= 0)
            return { message: "The sample has no load.", recommendation: "Take a sample with records in it." };
        if (facts.shards === 1)
            return { message: "The stream has one shard, which takes every key.", recommendation: "Nothing to do." };
        const message = `The hottest of ${count(facts.shards, "shard")} has ${times(over)} the average.`;
        const needed = recordsNeeded(facts.shards);
        if (over > evenOverAverageMax && facts.effectiveRecords < needed) {
            return {
                message: `${message} With ${count(sample.records, "record")} that is within chance.`,
                recommendation: `Take a sample of at least ${count(needed, "record")} to see more than chance.`,
            };
        }
        return { message, recommendation: "Nothing to do: the keys spread." };
    },
    "hot-key": ({ sample, facts, hotKeys, cause }) => {
        const { key, share, suffixes: needed } = hotKeys[0]!;
        const shard = cause.hotShards[0]!;
        const others =
            hotKeys.length > 1
                ? ` ${count(hotKeys.length - 1, "more key")} ${hotKeys.length === 2 ? "is" : "are"} heavy too: ${listed(hotKeys.slice(1))}.`
                : "";
        return {
            message: `Key ${JSON.stringify(key)} carries ${formatPercent(share, 1)} of the load, ${times(share * facts.shards)} an average shard's; its shard ${sample.ring.shardIds[shard]} has ${times(facts.overAverage[shard]!)} the average.${others}`,
            recommendation: saltingAdvice(key, needed, facts.shards),
        };
    },
    "hot-range": ({ sample, facts, cause, splits }) => {
        const shard = cause.hotShards[0]!;
        const width = sample.ring.widths[shard]! * facts.shards;
        const why =
            width > hotKeyOverAverage
                ? `its range is ${times(width)} the average one`
                : "no key stands out in it: many keys lie close together on the ring";
        const more = cause.hotShards.length - 1;
        const split = splits[0];
        return {
            message: `Shard ${sample.ring.shardIds[shard]} has ${times(facts.overAverage[shard]!)} the average; ${why}.${more > 0 ? ` ${count(more, "more shard")} ${more === 1 ? "is" : "are"} hot too.` : ""}`,
            recommendation: split ? splitAdvice(split) : "Split the shard in the middle.",
        };
    },
    "too-few-keys": ({ sample, facts, hottestOverAverage: over, keysEnough, options }) => {
        const keys = Math.min(facts.keysBehind, options.keysAtOnce ?? Infinity);
        const expected = hottestOverAverage(Math.max(1, Math.min(1e9, Math.round(keys))), facts.shards);
        const atOnce =
            options.keysAtOnce === undefined
                ? ""
                : ` At any moment only ${count(options.keysAtOnce, "key")} ${options.keysAtOnce === 1 ? "is" : "are"} written to.`;
        return {
            message: `${count(sample.distinctKeys, "key")} on ${count(facts.shards, "shard")}: the hottest has ${times(over)} the average; so few keys put ${times(expected.mean)} on one shard on average, ${times(expected.p95)} in one case of twenty.${atOnce}`,
            recommendation: `Use a partition key with ${formatNumber(keysEnough)} or more values of about equal weight for ${count(facts.shards, "shard")}, or give each key the explicit hash key of a shard of its own. More shards do not help: each key stays on one.`,
        };
    },
    "under-capacity": ({ facts, options }) => {
        const load = loadInShards({
            writeMiBPerSecond: options.writeMiBPerSecond ?? 0,
            recordsPerSecond: options.recordsPerSecond ?? 0,
        });
        return {
            message: `The load fills ${formatNumber(load, 1)} shards; there are ${count(facts.shards, "shard")}, and all are full.`,
            recommendation: `Scale to at least ${count(Math.ceil(load * evenOverAverageMax), "shard")}: the load with room for uneven keys.`,
        };
    },
};

/** What to do about a hot key, and what it costs the consumers. */
export function saltingAdvice(key: string, suffixesNeeded: number, shards: number): string {
    const [first, last] = [JSON.stringify(`${key}-0`), JSON.stringify(`${key}-${suffixesNeeded - 1}`)];
    return `Salt the key with ${formatNumber(suffixesNeeded)} suffixes (${first} to ${last}, in turn or at random); consumers cut the suffix off and join the parts again, and order holds within a suffix only. Or send its records to ${count(shards, "explicit hash key")} in turn, one a shard (explicitHashKeys). Splitting cannot help: the key stays on one shard.`;
}

/** How to split a shard, as the AWS CLI and this one say it. */
export function splitAdvice(split: SplitFix): string {
    return `Split ${split.shardId} at hash key ${split.newStartingHashKey}: ${formatPercent(split.leftShare, 1)} of its load lies below, ${formatPercent(1 - split.leftShare, 1)} from there on.`;
}

function listed(keys: readonly HotKeyFix[]): string {
    const shown = keys.slice(0, 3).map(({ key, share }) => `${JSON.stringify(key)} (${formatPercent(share, 1)})`);
    return keys.length > 3 ? `${shown.join(", ")}, ...` : shown.join(", ");
}

/** Records that a sample needs for chance to stay within what counts as even, at 3 standard deviations of the hottest shard. */
function recordsNeeded(shards: number): number {
    const deviations = 3 + Math.log10(shards);
    return Math.ceil(shards * (deviations / (evenOverAverageMax - 1)) ** 2);
}

function times(over: number): string {
    return `${formatNumber(over, 2)} times`;
}
