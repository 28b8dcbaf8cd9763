/**
 * The verdict on a running stream from its shards' own metrics, and from a sample of records where one was taken.
 */
import { type HashRing, ringOfShards } from "./hashRing";
import { keysForShards, suffixesForHotKey } from "./spread";
import { type KeySample, type SampleKey } from "./sample";
import {
    evenOverAverageMax,
    type HotKeyFix,
    type KeyVerdict,
    saltingAdvice,
    splitAdvice,
    type SplitFix,
    splitOf,
} from "./verdict";
import { limits } from "../limits";
import { count, formatNumber, formatPercent, formatRate } from "../text";

/** What CloudWatch says of one open shard. Rates come from Sum, over the minutes in which the stream had traffic. */
export interface ShardLoad {
    readonly shardId: string;
    readonly startingHashKey: string;
    readonly endingHashKey: string;
    readonly bytesPerSecond: number;
    readonly recordsPerSecond: number;
    /** Records refused because the shard was full. */
    readonly refusedPerSecond: number;
    /** The same in the fullest minute. */
    readonly peakBytesPerSecond: number;
    readonly peakRecordsPerSecond: number;
}

export interface ShardReport {
    readonly shardId: string;
    readonly mibPerSecond: number;
    readonly recordsPerSecond: number;
    readonly refusedPerSecond: number;
    /** Load over the average of all open shards, by what the stream has less of: bytes or records. */
    readonly overAverage: number;
    /** The fullest minute over the shard's own limit, the scarcer of bytes and records. */
    readonly utilization: number;
    readonly nearLimit: boolean;
    readonly hot: boolean;
    /** The part of the hash key space over the average part. */
    readonly widthOverAverage: number;
}

export interface HotShardJudgement {
    /** Hottest first. */
    readonly shards: readonly ShardReport[];
    readonly verdict: KeyVerdict;
    /** False where the metrics alone leave two causes open, and a sample of records would tell. */
    readonly certain: boolean;
    readonly message: string;
    readonly recommendation: string;
    readonly hotKeys: readonly HotKeyFix[];
    readonly splits: readonly SplitFix[];
}

/** Records that were read from one shard, counted on the stream's own ring. */
export interface ShardSample {
    readonly shardId: string;
    readonly sample: KeySample;
}

/** A shard with more than this over the average is hot. */
export const hotOverAverage = 2;
/** A shard with this much of its own limit in a minute is near it. */
export const nearLimitUtilization = 0.8;
const fullUtilization = 0.9;
/** Beside a limit that is reached, less than twice the average is hot too: others have room that this one lacks. */
const hotAtLimitOverAverage = 1.25;
/** Part of the shards that has to be full for the stream to be. */
const fullPart = 0.9;
/** Shards below this part of the average have no key of weight. */
const idleOverAverage = 0.1;
/** A wide shard is as hot as its range where its load per hash key is at most this much above the average. */
const densityMax = 1.5;
/** Of a hot shard's keys, one with this part of what is above the average is the cause. */
const explainingPart = 0.6;
/** Two or three keys behind a hot shard are few. */
const fewKeysOnShard = 3;
/** A sample from which so much lies outside the shard's range was written with explicit hash keys. */
const explicitPartMin = 0.5;

/** Judges a stream. The shards are its open ones, all of them. */
export function judgeShards(loads: readonly ShardLoad[], samples: readonly ShardSample[] = []): HotShardJudgement {
    const ring = ringOfShards(loads);
    const reports = reportsOf(loads, ring);
    const found = causeOf(reports, ring, samples);
    const shards = [...reports].sort((left, right) => right.overAverage - left.overAverage);
    return { shards, certain: true, hotKeys: [], splits: [], ...found };
}

function reportsOf(loads: readonly ShardLoad[], ring: HashRing): ShardReport[] {
    const byId = new Map(loads.map((load) => [load.shardId, load]));
    const ordered = ring.shardIds.map((shardId) => byId.get(shardId)!);
    const bytesUsed = sum(ordered.map((load) => load.bytesPerSecond)) / limits.shardWriteBytesPerSecond;
    const recordsUsed = sum(ordered.map((load) => load.recordsPerSecond)) / limits.shardWriteRecordsPerSecond;
    const scarce = (load: ShardLoad) => (bytesUsed >= recordsUsed ? load.bytesPerSecond : load.recordsPerSecond);
    const average = sum(ordered.map(scarce)) / ordered.length;
    const hotFrom = hotThreshold(ordered.length);
    return ordered.map((load, index) => {
        const overAverage = average > 0 ? scarce(load) / average : 0;
        const utilization = Math.max(
            load.peakBytesPerSecond / limits.shardWriteBytesPerSecond,
            load.peakRecordsPerSecond / limits.shardWriteRecordsPerSecond,
        );
        const nearLimit = utilization >= nearLimitUtilization || load.refusedPerSecond > 0;
        return {
            shardId: load.shardId,
            mibPerSecond: load.bytesPerSecond / limits.bytesPerMiB,
            recordsPerSecond: load.recordsPerSecond,
            refusedPerSecond: load.refusedPerSecond,
            overAverage,
            utilization,
            nearLimit,
            hot: overAverage > hotFrom || (nearLimit && overAverage >= hotAtLimitOverAverage),
            widthOverAverage: ring.widths[index]! * ordered.length,
        };
    });
}

/** Twice the average; of two or three shards, which cannot or hardly get there, twice the average of the others. */
function hotThreshold(shards: number): number {
    return shards < 4 ? (hotOverAverage * shards) / (shards + 1) : hotOverAverage;
}

type Found = Pick<HotShardJudgement, "verdict" | "message" | "recommendation"> &
    Partial<Pick<HotShardJudgement, "certain" | "hotKeys" | "splits">>;

function causeOf(reports: readonly ShardReport[], ring: HashRing, samples: readonly ShardSample[]): Found {
    const used = reports.filter((report) => report.overAverage > 0);
    if (used.length === 0) {
        return {
            verdict: "even",
            message: `None of ${count(reports.length, "open shard")} took a record in the last minutes.`,
            recommendation: "Nothing to do; look again when there is traffic.",
        };
    }
    const full = reports.filter((report) => report.utilization >= fullUtilization || report.refusedPerSecond > 0);
    if (full.length >= fullPart * reports.length) return underCapacity(reports, full.length);
    const hottest = reports.filter((report) => report.hot).sort((left, right) => right.overAverage - left.overAverage);
    const first = hottest[0];
    if (first === undefined) return full.length > 0 ? nearlyFull(reports, full) : even(reports);
    const sampled = samples.find(({ shardId }) => shardId === first.shardId);
    return sampled && sampled.sample.records > 0
        ? causeFromSample(first, reports, ring, sampled.sample)
        : causeFromMetrics(first, hottest, reports, ring);
}

function underCapacity(reports: readonly ShardReport[], full: number): Found {
    const load = Math.max(sum(reports.map((report) => report.utilization)), full);
    const refused = sum(reports.map((report) => report.refusedPerSecond));
    const target = Math.ceil(load * evenOverAverageMax);
    return {
        verdict: "under-capacity",
        message: `${formatNumber(full)} of ${count(reports.length, "shard")} are full${refused > 0 ? `, and ${formatRate(refused)} records/s are refused` : ""}.`,
        recommendation: `Scale to ${count(target, "shard")} or more${refused > 0 ? "; how much more is refused demand shows when there is room" : ""}.`,
    };
}

/** No shard stands out, and some are full: together they need more room. */
function nearlyFull(reports: readonly ShardReport[], full: readonly ShardReport[]): Found {
    const average = sum(reports.map((report) => report.utilization)) / reports.length;
    if (average < nearLimitUtilization * evenOverAverageMax ** -1) return even(reports);
    return underCapacity(reports, full.length);
}

function even(reports: readonly ShardReport[]): Found {
    const most = reports.reduce((left, right) => (right.overAverage > left.overAverage ? right : left));
    const fullest = Math.max(...reports.map((report) => report.utilization));
    return {
        verdict: "even",
        message: `The hottest of ${count(reports.length, "shard")} has ${times(most.overAverage)} the average; the fullest minute used ${formatPercent(fullest)} of a shard.`,
        recommendation: "Nothing to do.",
    };
}

function causeFromSample(hot: ShardReport, reports: readonly ShardReport[], ring: HashRing, sample: KeySample): Found {
    const shard = ring.shardIds.indexOf(hot.shardId);
    const inside = sample.shardWeights[shard]! / sample.weight;
    // The partition key of such a record says nothing about its place on the ring, and GetRecords does not tell the explicit hash key.
    const explicit = inside < explicitPartMin;
    const keys = heaviestOf(sample, hot);
    const load = sum(keys.map((key) => share(key, sample) * hot.overAverage));
    const one = `In ${count(sample.records, "record")} sampled from it`;
    const few = !explicit && sample.distinctKeys <= fewKeysOnShard;
    if (few && isMostlyIdle(reports)) return tooFewKeys(hot, reports, `${one} ${onlyKeys(sample.distinctKeys)}.`);
    if (keys.length > 0 && load >= explainingPart * (hot.overAverage - 1)) {
        if (keys.length >= sample.distinctKeys && keys.length > 1 && keys.length <= fewKeysOnShard)
            return tooFewKeys(hot, reports, `${one} ${onlyKeys(sample.distinctKeys)}.`);
        return hotKey(hot, reports, sample, keys, one);
    }
    if (few) return tooFewKeys(hot, reports, `${one} ${onlyKeys(sample.distinctKeys)}.`);
    const split = explicit ? middleOf(ring, shard) : splitOf(sample, shard);
    const why = explicit
        ? `${one} ${formatPercent(1 - inside)} carry explicit hash keys: their partition keys would put them elsewhere`
        : `${one} no key stands out: the heaviest of ${formatNumber(sample.distinctKeys)} has ${formatPercent(share(sample.keys[0]!, sample), 1)}`;
    return hotRange(hot, why, split, explicit);
}

/** Keys that alone have a good part of an average shard's load. */
function heaviestOf(sample: KeySample, hot: ShardReport): SampleKey[] {
    return sample.keys.filter((key) => {
        const part = share(key, sample);
        const certain = part - 3 * Math.sqrt((part * (1 - part)) / sample.records);
        return part * hot.overAverage >= 0.3 && certain * hot.overAverage >= 0.15;
    });
}

function share(key: SampleKey, sample: KeySample): number {
    return key.weight / sample.weight;
}

function hotKey(
    hot: ShardReport,
    reports: readonly ShardReport[],
    sample: KeySample,
    keys: readonly SampleKey[],
    one: string,
): Found {
    const shards = reports.length;
    const hotKeys = keys.map((key) => {
        const ofStream = (share(key, sample) * hot.overAverage) / shards;
        const spread = { share: ofStream, shards, headroom: evenOverAverageMax - 1 };
        return { key: key.key, share: ofStream, suffixes: suffixesForHotKey(spread) };
    });
    const [top] = hotKeys;
    const inShard = formatPercent(share(keys[0]!, sample), 1);
    return {
        verdict: "hot-key",
        message: `${aboutShard(hot)} ${one}, key ${JSON.stringify(top!.key)} has ${inShard}: ${formatPercent(top!.share, 1)} of the stream's load.`,
        recommendation: saltingAdvice(top!.key, Math.max(2, top!.suffixes), shards),
        hotKeys,
    };
}

function tooFewKeys(hot: ShardReport, reports: readonly ShardReport[], why: string): Found {
    const idle = reports.filter((report) => report.overAverage < idleOverAverage).length;
    const enough = keysForShards(reports.length, evenOverAverageMax - 1) ?? 1;
    return {
        verdict: "too-few-keys",
        message: `${aboutShard(hot)} ${why}${idle > 0 ? ` ${formatNumber(idle)} of ${count(reports.length, "shard")} are as good as idle.` : ""}`,
        recommendation: `Use a partition key with ${formatNumber(enough)} or more values of about equal weight for ${count(reports.length, "shard")}, or give each key the explicit hash key of a shard of its own. More shards do not help.`,
    };
}

function hotRange(hot: ShardReport, why: string, split: SplitFix | undefined, middle: boolean): Found {
    return {
        verdict: "hot-range",
        message: `${aboutShard(hot)} ${why}.`,
        recommendation: !split
            ? "Its range is a single hash key; give the records other explicit hash keys."
            : middle
              ? `Split ${split.shardId} in the middle, at hash key ${split.newStartingHashKey}; where its load halves cannot be told.`
              : splitAdvice(split),
        splits: split ? [split] : [],
    };
}

/** The middle of a shard's range, where nothing is known about its load. */
function middleOf(ring: HashRing, shard: number): SplitFix | undefined {
    const start = ring.starts[shard]!;
    const end = ring.starts[shard + 1] ?? 1n << 128n;
    if (end - start < 2n) return undefined;
    return {
        shardId: ring.shardIds[shard]!,
        newStartingHashKey: ((start + end) / 2n).toString(),
        leftShare: 0.5,
    };
}

function causeFromMetrics(
    hot: ShardReport,
    hottest: readonly ShardReport[],
    reports: readonly ShardReport[],
    ring: HashRing,
): Found {
    const shard = ring.shardIds.indexOf(hot.shardId);
    const density = hot.overAverage / hot.widthOverAverage;
    if (hot.widthOverAverage > hotAtLimitOverAverage && density <= densityMax) {
        return hotRange(
            hot,
            `its range is ${times(hot.widthOverAverage)} the average one`,
            middleOf(ring, shard),
            true,
        );
    }
    if (isOneRun(hottest, ring) && hottest.length >= 2 && reports.length >= 6) {
        return {
            ...hotRange(
                hot,
                `${count(hottest.length, "hot shard")} lie side by side on the ring`,
                middleOf(ring, shard),
                true,
            ),
            certain: false,
        };
    }
    if (isMostlyIdle(reports))
        return tooFewKeys(hot, reports, `Only ${formatNumber(usedShards(reports))} shards get records.`);
    return {
        verdict: "hot-key",
        certain: false,
        message: `${aboutShard(hot)} Its range is no wider than others, so most likely one key carries it; the metrics do not name it.`,
        recommendation: `Name the key with --sample. One key: salt it, or spread it over explicit hash keys; splitting cannot help. Many keys: split the shard.`,
    };
}

function onlyKeys(keys: number): string {
    return `there ${keys === 1 ? "is" : "are"} only ${count(keys, "key")}`;
}

/** More than one shard gets records, but no more than half of them do. */
function isMostlyIdle(reports: readonly ShardReport[]): boolean {
    const used = usedShards(reports);
    return used > 1 && used <= reports.length / 2;
}

function usedShards(reports: readonly ShardReport[]): number {
    return reports.filter((report) => report.overAverage >= idleOverAverage).length;
}

/** Whether shards follow one another on the ring. */
function isOneRun(shards: readonly ShardReport[], ring: HashRing): boolean {
    const places = shards.map((report) => ring.shardIds.indexOf(report.shardId)).sort((left, right) => left - right);
    return places.at(-1)! - places[0]! === places.length - 1;
}

function aboutShard(hot: ShardReport): string {
    const refused = hot.refusedPerSecond > 0 ? `, refuses ${formatRate(hot.refusedPerSecond)} records/s` : "";
    return `${hot.shardId} has ${times(hot.overAverage)} the average, ${formatPercent(hot.utilization)} of its limit in the fullest minute${refused}.`;
}

function times(over: number): string {
    return `${formatNumber(over, 2)} times`;
}

function sum(values: readonly number[]): number {
    return values.reduce((total, value) => total + value, 0);
}
