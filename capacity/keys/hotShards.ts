/**
 * The verdict on a running stream from its shards' own metrics, and from a sample of records where one was taken.
 */
import { limits } from "../limits";
import { count, formatNumber, formatPercent, formatRate } from "../text";
import { evenOverAverageMax, recordsNeeded } from "./chance";
import { isAboveChance, shareOf } from "./evidence";
import { type HashRing, ringOfShards } from "./hashRing";
import { type KeySample, type SampleKey } from "./sample";
import {
    hotAtLimitOverAverage,
    idleOverAverage,
    isMostlyIdle,
    nearLimitUtilization,
    reportsOf,
    type ShardLoad,
    type ShardReport,
    sum,
    usedShards,
    burstRoomFactor,
} from "./shardReports";
import { middleOf, splitAdvice, type SplitFix, splitOf } from "./split";
import { keysForShards, suffixesForHotKey } from "./spread";
import { type HotKeyFix, type KeyVerdict, saltingAdvice, times } from "./verdict";

/** What is wrong with a running stream, if anything is: what a sample of keys shows too, or bursts that only a second shows. */
export type HotShardVerdict = KeyVerdict | "bursts";

export interface HotShardJudgement {
    /** Hottest first. */
    readonly shards: readonly ShardReport[];
    readonly verdict: HotShardVerdict;
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

const secondsPerMinute = 60;
const fullUtilization = 0.9;
/** Part of the shards that has to be full for the stream to be. */
const fullPart = 0.9;
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
    const found = tooLittleTraffic(loads, reports) ?? causeOf(reports, ring, samples);
    const shards = [...reports].sort((left, right) => right.overAverage - left.overAverage);
    return { shards, certain: true, hotKeys: [], splits: [], ...found };
}

type Found = Pick<HotShardJudgement, "verdict" | "message" | "recommendation"> &
    Partial<Pick<HotShardJudgement, "certain" | "hotKeys" | "splits">>;

function causeOf(reports: readonly ShardReport[], ring: HashRing, samples: readonly ShardSample[]): Found {
    const full = reports.filter(isFull);
    const bursting = reports.filter((report) => report.bursts);
    if (full.length >= fullPart * reports.length) return underCapacity(reports, full.length);
    const hottest = reports.filter((report) => report.hot).sort((left, right) => right.overAverage - left.overAverage);
    const first = hottest[0];
    if (first === undefined) {
        if (full.length > 0 && needMoreRoom(reports)) return underCapacity(reports, full.length);
        return bursting.length > 0 ? bursts(reports, bursting) : even(reports);
    }
    const sampled = samples.find(({ shardId }) => shardId === first.shardId);
    return sampled && sampled.sample.records > 0
        ? causeFromSample(first, reports, ring, sampled.sample)
        : causeFromMetrics(first, hottest, reports, ring);
}

/** So few records that chance would hide a hot shard, or make one: unless a shard is near its limit, refuses, or has more than chance gives. */
function tooLittleTraffic(loads: readonly ShardLoad[], reports: readonly ShardReport[]): Found | undefined {
    const recordsOf = ({ records, recordsPerSecond }: ShardLoad) => records ?? recordsPerSecond * secondsPerMinute;
    const records = Math.round(sum(loads.map(recordsOf)));
    const needed = recordsNeeded(loads.length);
    if (records >= needed || reports.some(({ nearLimit, refusedPerSecond }) => nearLimit || refusedPerSecond > 0))
        return undefined;
    const open = count(reports.length, "open shard");
    if (records === 0) {
        return {
            verdict: "cannot-tell",
            message: `None of ${open} took a record in the last minutes.`,
            recommendation: "Look again when there is traffic.",
        };
    }
    const hottest = Math.max(...reports.map((report) => report.overAverage));
    const isProven = isAboveChance(hottest, { shards: loads.length, effectiveRecords: records });
    if (isProven && reports.some((report) => report.hot)) return undefined;
    return {
        verdict: "cannot-tell",
        message: `${open} took ${count(records, "record")} in these minutes: too few to tell a hot shard from chance.`,
        recommendation: `Look again when there is traffic, or look back further with --minutes: ${count(needed, "record")} are enough.`,
    };
}

/** Full by its minutes, which the refusals confirm. */
function isFull({ utilization, nearLimit, refusedPerSecond }: ShardReport): boolean {
    return utilization >= fullUtilization || (nearLimit && refusedPerSecond > 0);
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

/** Where no shard stands out and some are full: together they need more room. */
function needMoreRoom(reports: readonly ShardReport[]): boolean {
    const average = sum(reports.map((report) => report.utilization)) / reports.length;
    return average >= nearLimitUtilization * evenOverAverageMax ** -1;
}

function bursts(reports: readonly ShardReport[], bursting: readonly ShardReport[]): Found {
    const fullest = Math.max(...bursting.map((report) => report.utilization));
    const refused = sum(bursting.map((report) => report.refusedPerSecond));
    const room = Math.ceil(burstRoomFactor * sum(reports.map((report) => report.utilization)));
    const records = formatNumber(reports.length * limits.shardWriteRecordsPerSecond);
    const mib = formatNumber(reports.length * limits.shardWriteMiBPerSecond);
    return {
        verdict: "bursts",
        message: `${formatNumber(bursting.length)} of ${count(reports.length, "shard")} refused records (${formatRate(refused)} records/s), although the fullest minute used ${formatPercent(fullest)} of what a shard takes: bursts within seconds.`,
        recommendation: `Spread the records over the seconds where they are written, to at most ${records} records and ${mib} MiB in each, and put what is refused again with a growing wait: the producer of this package does both. ${room > reports.length ? `${count(room, "shard")} give the bursts some room.` : "More shards hardly help: no minute needs them."}`,
    };
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
    const load = sum(keys.map((key) => shareOf(key, sample) * hot.overAverage));
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
        : `${one} no key stands out: the heaviest of ${formatNumber(sample.distinctKeys)} has ${formatPercent(shareOf(sample.keys[0]!, sample), 1)}`;
    return hotRange(hot, why, split, explicit);
}

/** Keys that alone have a good part of an average shard's load. */
function heaviestOf(sample: KeySample, hot: ShardReport): SampleKey[] {
    return sample.keys.filter((key) => {
        const part = shareOf(key, sample);
        const certain = part - 3 * Math.sqrt((part * (1 - part)) / sample.records);
        return part * hot.overAverage >= 0.3 && certain * hot.overAverage >= 0.15;
    });
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
        const ofStream = (shareOf(key, sample) * hot.overAverage) / shards;
        const spread = { share: ofStream, shards, headroom: evenOverAverageMax - 1 };
        return { key: key.key, share: ofStream, suffixes: suffixesForHotKey(spread) };
    });
    const [top] = hotKeys;
    const inShard = formatPercent(shareOf(keys[0]!, sample), 1);
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

/** Whether shards follow one another on the ring. */
function isOneRun(shards: readonly ShardReport[], ring: HashRing): boolean {
    const places = shards.map((report) => ring.shardIds.indexOf(report.shardId)).sort((left, right) => left - right);
    return places.at(-1)! - places[0]! === places.length - 1;
}

function aboutShard(hot: ShardReport): string {
    const why = hot.bursts ? ", in bursts within seconds" : "";
    const refused = hot.refusedPerSecond > 0 ? `, refuses ${formatRate(hot.refusedPerSecond)} records/s${why}` : "";
    return `${hot.shardId} has ${times(hot.overAverage)} the average, ${formatPercent(hot.utilization)} of its limit in the fullest minute${refused}.`;
}
