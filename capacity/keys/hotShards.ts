/**
 * The verdict on a running stream from its shards' own metrics, and from a sample of records where one was taken.
 */
import { sum } from "../sums";
import { count, formatNumber, formatPercent, formatRate } from "../text";
import {
    type Advice,
    hotKeyAdvice,
    type HotKeyFix,
    hotRangeAdvice,
    moreKeysText,
    noFixes,
    onDemandSplits,
    times,
    type TriedFix,
    type Trial,
} from "./advice";
import { type KeyVerdict } from "./cause";
import { evenOverAverageMax } from "./chance";
import { certainShare, contributingKey, explainingPart, shareOf } from "./evidence";
import { type HashRing, ringOfShards } from "./hashRing";
import { type KeySample, type SampleKey } from "./sample";
import {
    hotAtLimitOverAverage,
    isMostlyIdle,
    isOneRun,
    nearLimitUtilization,
    reportsOf,
    type ShardLoad,
    type ShardReport,
    usedShards,
} from "./shardReports";
import {
    even,
    bursts,
    fullUtilization,
    isFull,
    needMoreRoom,
    type StreamView,
    tooLittleTraffic,
    underCapacity,
} from "./streamVerdicts";
import { middleOf, onSplit, type SplitFix } from "./split";
import { type ShardSample, streamSampleOf } from "./streamSample";
import { hottestOf } from "./tried";

/** What is wrong with a running stream, if anything is: what a sample of keys shows too, or bursts that only a second shows. */
export type HotShardVerdict = KeyVerdict | "bursts";

/** Why shards of a running stream are hot, and what to do. */
export interface HotShardJudgement {
    /** Hottest first. */
    readonly shards: readonly ShardReport[];
    readonly verdict: HotShardVerdict;
    /** False where the metrics alone leave two causes open, and a sample of records would tell. */
    readonly certain: boolean;
    readonly message: string;
    readonly recommendation: string;
    /** The keys that are too heavy; empty without a sample. */
    readonly hotKeys: readonly HotKeyFix[];
    /** Where to split, where that helps. */
    readonly splits: readonly SplitFix[];
    /** How each fix comes out with the loads of these minutes, those that do not help enough too. */
    readonly tried: readonly TriedFix[];
}

/** Part of the shards that has to be full for the stream to be. */
const fullPart = 0.9;
/** A wide shard is as hot as its range where its load per hash key is at most this much above the average. */
const densityMax = 1.5;
/** Two or three keys behind a hot shard are few. */
const fewKeysOnShard = 3;
/** A sample from which so much lies outside the shard's range was written with explicit hash keys. */
const explicitPartMin = 0.5;

/** Judges a stream. The shards are its open ones, all of them. */
export function judgeShards(
    loads: readonly ShardLoad[],
    samples: readonly ShardSample[] = [],
    view: StreamView = {},
): HotShardJudgement {
    const ring = ringOfShards(loads);
    const reports = reportsOf(loads, ring);
    const found = tooLittleTraffic(loads, reports, view) ?? causeOf(reports, ring, samples, view);
    const shards = [...reports].sort((left, right) => right.overAverage - left.overAverage);
    return { shards, certain: true, ...noFixes, ...found };
}

type Found = Pick<HotShardJudgement, "verdict" | "message" | "recommendation"> &
    Partial<Pick<HotShardJudgement, "certain" | "hotKeys" | "splits" | "tried">>;

function causeOf(
    reports: readonly ShardReport[],
    ring: HashRing,
    samples: readonly ShardSample[],
    view: StreamView,
): Found {
    const full = reports.filter(isFull);
    const bursting = reports.filter((report) => report.bursts);
    if (full.length >= fullPart * reports.length) return underCapacity(reports, full.length, view);
    const hottest = reports.filter((report) => report.hot).sort((left, right) => right.overAverage - left.overAverage);
    const first = hottest[0];
    if (first === undefined) {
        if (full.length > 0 && needMoreRoom(reports)) return underCapacity(reports, full.length, view);
        return bursting.length > 0 ? bursts(reports, bursting, view) : even(reports);
    }
    const sampled = samples.find(({ shardId }) => shardId === first.shardId);
    return sampled && sampled.sample.records > 0
        ? causeFromSample(first, sampled.sample, streamOf(first, { reports, ring, samples, view }))
        : causeFromMetrics(first, hottest, streamOf(first, { reports, ring, samples: [], view }));
}

/** A stream with a hot shard, and what its fixes are tried on. */
interface Stream {
    readonly reports: readonly ShardReport[];
    readonly ring: HashRing;
    readonly trial: Trial;
}

interface Seen {
    readonly reports: readonly ShardReport[];
    readonly ring: HashRing;
    readonly samples: readonly ShardSample[];
    readonly view: StreamView;
}

function streamOf(hot: ShardReport, { reports, ring, samples, view }: Seen): Stream {
    const sample = streamSampleOf(reports, ring, samples);
    const utilizationPerWeight = (hot.utilization * reports.length) / hot.overAverage;
    const isEven = (after: KeySample) => {
        const over = hottestOf(after);
        const isNearLimit = Math.max(...after.shardWeights) * utilizationPerWeight >= nearLimitUtilization;
        return over <= evenOverAverageMax && (over < hotAtLimitOverAverage || !isNearLimit);
    };
    return { reports, ring, trial: { sample, isEven, isOnDemand: view.isOnDemand } };
}

function causeFromSample(hot: ShardReport, sample: KeySample, stream: Stream): Found {
    const { reports, ring, trial } = stream;
    const shard = ring.shardIds.indexOf(hot.shardId);
    const inside = sample.shardWeights[shard]! / sample.weight;
    // The partition key of such a record says nothing about its place on the ring, and GetRecords does not tell the explicit hash key.
    const explicit = inside < explicitPartMin;
    const keys = heaviestOf(sample, hot);
    const load = sum(keys.map((key) => shareOf(key, sample) * hot.overAverage));
    const one = `In ${count(sample.records, "record")} sampled from it`;
    const few = !explicit && sample.distinctKeys <= fewKeysOnShard;
    const only = `there ${sample.distinctKeys === 1 ? "is" : "are"} only ${count(sample.distinctKeys, "key")}`;
    const fewKeys = () => tooFewKeys(hot, reports, `${one} ${only}.`, sample);
    if (few && isMostlyIdle(reports)) return fewKeys();
    if (keys.length > 0 && load >= explainingPart * (hot.overAverage - 1)) {
        const areAll = keys.length >= sample.distinctKeys && keys.length > 1 && keys.length <= fewKeysOnShard;
        return areAll ? fewKeys() : hotKey(hot, sample, keys, one, trial);
    }
    if (few) return fewKeys();
    if (explicit) {
        const why = `${one} ${formatPercent(1 - inside)} carry explicit hash keys: their partition keys would put them elsewhere`;
        return hotRange(hot, why, splitInMiddle(shard, stream));
    }
    const why = `${one} no key stands out: the heaviest of ${formatNumber(sample.distinctKeys)} has ${formatPercent(shareOf(sample.keys[0]!, sample), 1)}`;
    return hotRange(hot, why, hotRangeAdvice(trial));
}

/** Keys that alone have a good part of an average shard's load. */
function heaviestOf(sample: KeySample, hot: ShardReport): SampleKey[] {
    return sample.keys.filter((key) => {
        const part = shareOf(key, sample);
        const certain = certainShare(part, sample.records);
        return part * hot.overAverage >= contributingKey && certain * hot.overAverage >= contributingKey / 2;
    });
}

function hotKey(hot: ShardReport, sample: KeySample, keys: readonly SampleKey[], one: string, trial: Trial): Found {
    const named = keys.map(({ key }) => key);
    const causes = trial.sample.keys.filter(({ key }) => named.includes(key));
    const inShard = formatPercent(shareOf(keys[0]!, sample), 1);
    const ofStream = formatPercent(shareOf(causes[0]!, trial.sample), 1);
    return {
        verdict: "hot-key",
        message: `${aboutShard(hot)} ${one}, key ${JSON.stringify(keys[0]!.key)} has ${inShard}: ${ofStream} of the stream's load.`,
        ...hotKeyAdvice(trial, causes),
    };
}

function tooFewKeys(hot: ShardReport, reports: readonly ShardReport[], why: string, sample?: KeySample): Found {
    const idle = reports.length - usedShards(reports);
    return {
        verdict: "too-few-keys",
        message: `${aboutShard(hot)} ${why}${idle > 0 ? ` ${formatNumber(idle)} of ${count(reports.length, "shard")} ${idle === 1 ? "is" : "are"} as good as idle.` : ""}`,
        recommendation: `${moreKeysText(reports.length)}${placing(hot, sample)}. More shards do not help.`,
    };
}

/** A shard for each key helps where none of them fills one by itself. */
function placing(hot: ShardReport, sample: KeySample | undefined): string {
    const isFilled = isFull(hot) || hot.refusedPerSecond > 0;
    if (sample === undefined) return isFilled ? "" : ", or give each key the explicit hash key of a shard of its own";
    const part = shareOf(sample.keys[0]!, sample);
    const offered = 1 + hot.refusedPerSecond / Math.max(hot.recordsPerSecond, 1e-300);
    if (part * hot.utilization * offered > fullUtilization || sample.distinctKeys === 1) return "";
    return `, or give each key the explicit hash key of a shard of its own (the heaviest then has ${times(part * hot.overAverage)} the average)`;
}

function hotRange(hot: ShardReport, why: string, advice: Advice): Found {
    return { verdict: "hot-range", message: `${aboutShard(hot)} ${why}.`, ...advice };
}

/** Where nothing is known of what lies where in the range: tried as if it lay evenly. */
function splitInMiddle(shard: number, { ring, trial }: Stream): Advice {
    if (trial.isOnDemand) return { ...noFixes, recommendation: onDemandSplits };
    const split = middleOf(ring, shard);
    if (split === undefined) {
        const recommendation = "Its range is a single hash key; give the records other explicit hash keys.";
        return { ...noFixes, recommendation };
    }
    const after = onSplit(trial.sample, shard, split);
    const fix: TriedFix = { kind: "splits", hottestOverAverage: hottestOf(after), reached: trial.isEven(after) };
    const then = fix.reached ? "" : " Then look again: one split is not enough.";
    return {
        ...noFixes,
        recommendation: `Split ${split.shardId} in the middle, at hash key ${split.newStartingHashKey}; where its load halves cannot be told, but if it lies evenly, the hottest shard then has ${times(fix.hottestOverAverage)} the average.${then}`,
        splits: [split],
        tried: [fix],
    };
}

function causeFromMetrics(hot: ShardReport, hottest: readonly ShardReport[], stream: Stream): Found {
    const { reports, ring } = stream;
    const shard = ring.shardIds.indexOf(hot.shardId);
    const density = hot.overAverage / hot.widthOverAverage;
    if (hot.widthOverAverage > hotAtLimitOverAverage && density <= densityMax) {
        const why = `its range is ${times(hot.widthOverAverage)} the average one`;
        return hotRange(hot, why, splitInMiddle(shard, stream));
    }
    if (isOneRun(hottest, ring) && hottest.length >= 2 && reports.length >= 6) {
        const why = `${count(hottest.length, "hot shard")} lie side by side on the ring`;
        return { ...hotRange(hot, why, splitInMiddle(shard, stream)), certain: false };
    }
    if (isMostlyIdle(reports))
        return tooFewKeys(hot, reports, `Only ${formatNumber(usedShards(reports))} shards get records.`);
    return {
        verdict: "hot-key",
        certain: false,
        message: `${aboutShard(hot)} Its range is no wider than others, so most likely one key carries it; the metrics do not name it.`,
        recommendation: `Name the key with --sample. One key: salt it, or spread it over explicit hash keys; splitting cannot help. Many keys: ${stream.trial.isOnDemand ? onDemandSplits : "split the shard."}`,
    };
}

function aboutShard(hot: ShardReport): string {
    const why = hot.bursts ? ", in bursts within seconds" : "";
    const refused = hot.refusedPerSecond > 0 ? `, refuses ${formatRate(hot.refusedPerSecond)} records/s${why}` : "";
    return `${hot.shardId} has ${times(hot.overAverage)} the average, ${formatPercent(hot.utilization)} of its limit in the fullest minute${refused}.`;
}
