/**
 * Whether the threshold of an alarm lies within what its metric can be.
 */
import { hourMs } from "../capacity/calendar";
import { limits } from "../capacity/limits";
import { dataLateSeconds, type KinesisMetricRow, type MetricCeiling, type MetricSubject } from "../capacity/metrics";
import { streamAlarmsType, typesOf } from "../capacity/pulumiNames";
import { count, formatNumber } from "../capacity/text";
import { alarmRows, consumerAlarmNames, streamAlarmNames, watchesOneMetric } from "../capacity/watching/alarms";
import { andReleaseMetric, type WatchedMetric } from "./alarms";
import { isOnDemand } from "./declared";
import { andRelease, entryOf, ignores, numberAt, propertyOf, type ResourceView, valueAt } from "./resources";
import { compliant, type Verdict, violation } from "./verdict";

/** A metric of Kinesis as an alarm watches it. */
export interface KinesisWatch {
    readonly name: string;
    readonly row: KinesisMetricRow;
    readonly subject: MetricSubject;
    readonly statistic: string;
    readonly periodSeconds: number | undefined;
}

/** The most that a data point holds, and why, as part of a sentence; and what to do beside moving the threshold. */
interface Ceiling {
    readonly most: number;
    readonly because: string;
    readonly instead?: string;
}

/** A threshold beyond what the metric can be never alarms, unless missing data alone is enough. */
export function judgeReach(
    alarm: ResourceView,
    metric: WatchedMetric,
    watch: KinesisWatch,
    stream: ResourceView | undefined,
): Verdict {
    if (!metric.isCompared || valueAt(alarm, "treatMissingData") === "breaching") return compliant;
    const operator = valueAt(alarm, "comparisonOperator");
    const filled = judgeFilled(alarm, metric, watch);
    if (filled !== undefined) return filled;
    if (operator === "LessThanThreshold" || operator === "LessThanOrEqualToThreshold")
        return judgeBelow(alarm, watch, operator === "LessThanThreshold");
    if (operator !== "GreaterThanThreshold" && operator !== "GreaterThanOrEqualToThreshold") return compliant;
    // First, because without a ceiling the threshold need not be known.
    const ceiling = ceilingOf(watch, stream);
    const threshold = ceiling && numberAt(alarm, "threshold");
    const isStrict = operator === "GreaterThanThreshold";
    if (ceiling === undefined || threshold === undefined) return compliant;
    if (threshold < ceiling.most || (!isStrict && threshold === ceiling.most)) return compliant;
    const { most, because, instead } = ceiling;
    const { its, reach } = argumentOf(alarm, watch, most) ?? { its: "its threshold", reach: formatNumber(most) };
    return violation(
        `The alarm watches ${what(watch)} ${isStrict ? "above" : "from"} ${formatNumber(threshold)}${isStrict ? "" : " on"}${inPeriod(watch)}; ${because}, so the alarm never fires.`,
        `Lower ${its} ${isStrict ? `below ${reach}` : `to ${reach} or less`}${andRelease(alarm, ["threshold"])}${instead === undefined ? "" : `, or ${instead}`}.`,
    );
}

/** Of an alarm that StreamAlarms make, the argument that sets its threshold, and the most that its metric can be in the unit of that. */
function argumentOf(
    alarm: ResourceView,
    { name, periodSeconds = 0 }: KinesisWatch,
    most: number,
): { readonly its: string; readonly reach: string } | undefined {
    if (!typesOf(alarm.urn).includes(`${streamAlarmsType}$`)) return undefined;
    const set = [...streamAlarmNames, ...consumerAlarmNames].find((one) => {
        const { watches } = alarmRows[one];
        return watchesOneMetric(watches) && watches.metricName === name;
    });
    if (set === undefined) return undefined;
    const { unit, toMetric } = alarmRows[set].threshold;
    // What the metric is compared with is a multiple of what is set.
    const reach = most / toMetric(1, {}, { periodSeconds });
    return { its: `alarms.${set}.threshold`, reach: `${formatNumber(reach)} ${unit}` };
}

/** What is filled in for a data point that is missing: it breaches by itself, or it keeps all of the newest ones from breaching. */
function judgeFilled(
    alarm: ResourceView,
    metric: WatchedMetric,
    { name, periodSeconds }: KinesisWatch,
): Verdict | undefined {
    const { missingIs } = metric;
    if (missingIs === undefined) return undefined;
    if (breaches(alarm, missingIs)) return compliant;
    const periods = numberAt(alarm, "evaluationPeriods") ?? 1;
    const wanted = numberAt(alarm, "datapointsToAlarm") || periods;
    if (periodSeconds === undefined || periodSeconds > dataLateSeconds || wanted < periods) return undefined;
    return violation(
        `The alarm fills missing data points of ${name} with ${formatNumber(missingIs)} in periods of ${count(periodSeconds, "second")}; Kinesis publishes a minute or two late, so the newest one is always ${formatNumber(missingIs)}, and ${periods === 1 ? "the alarm never fires" : `never ${formatNumber(wanted)} of ${formatNumber(periods)} breach`}.`,
        `Set its period to 300${andReleaseMetric(alarm, metric, ["period"])}${periods === 1 ? "" : `, or its datapointsToAlarm below its evaluationPeriods${andRelease(alarm, ["datapointsToAlarm"])}`}.`,
    );
}

/** Whether a value alarms by itself. */
export function breaches(alarm: ResourceView, value: number | undefined): boolean {
    const threshold = numberAt(alarm, "threshold");
    const compare = entryOf(comparisons, String(valueAt(alarm, "comparisonOperator")));
    return value !== undefined && threshold !== undefined && compare !== undefined && compare(value, threshold);
}

const comparisons: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
    GreaterThanThreshold: (value, threshold) => value > threshold,
    GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
    LessThanThreshold: (value, threshold) => value < threshold,
    LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

/** No metric of Kinesis is negative. */
function judgeBelow(alarm: ResourceView, watch: KinesisWatch, isStrict: boolean): Verdict {
    const threshold = numberAt(alarm, "threshold");
    if (threshold === undefined || threshold > 0 || (!isStrict && threshold === 0)) return compliant;
    return violation(
        `The alarm watches ${what(watch)} ${isStrict ? "below" : "down to"} ${formatNumber(threshold)}; it is never below 0, so the alarm never fires.`,
        `Raise its threshold ${isStrict ? "above 0" : "to 0 or more"}${andRelease(alarm, ["threshold"])}.`,
    );
}

function what({ name, statistic, row }: KinesisWatch): string {
    return statistic === row.statistic ? name : `the ${statistic} of ${name}`;
}

function inPeriod({ row, periodSeconds }: KinesisWatch): string {
    const isSum = row.ceiling === "writeBytes" || row.ceiling === "writeRecords";
    return isSum && periodSeconds !== undefined ? ` in ${count(periodSeconds, "second")}` : "";
}

function ceilingOf(watch: KinesisWatch, stream: ResourceView | undefined): Ceiling | undefined {
    const kind = watch.row.ceiling;
    return kind && ceilings[kind](watch, stream);
}

const addsUp = ({ statistic }: KinesisWatch) => /^(Sum|SampleCount|TS|TC|ts|tc|PR)/.test(statistic);

const ceilings: Readonly<
    Record<MetricCeiling, (watch: KinesisWatch, stream: ResourceView | undefined) => Ceiling | undefined>
> = {
    writeBytes: (watch, stream) => accepted(watch, stream, limits.shardWriteBytesPerSecond),
    writeRecords: (watch, stream) => accepted(watch, stream, limits.shardWriteRecordsPerSecond),
    retention: (watch, stream) => (addsUp(watch) ? undefined : oldest(stream)),
    one: (watch) => (addsUp(watch) ? undefined : { most: 1, because: "it is 0 or 1 for each call, never above 1" }),
};

/** What was refused is not counted, so a sum never gets above the capacity, whatever producers send. */
function accepted(watch: KinesisWatch, stream: ResourceView | undefined, perSecond: number): Ceiling | undefined {
    const { statistic, periodSeconds, subject } = watch;
    if (statistic !== "Sum" || periodSeconds === undefined) return undefined;
    const shards = subject === "shard" ? 1 : fixedShards(stream);
    if (shards === undefined) return undefined;
    const most = shards * perSecond * periodSeconds;
    const who =
        subject === "shard"
            ? "one shard accepts"
            : `the stream's ${count(shards, "shard")} ${shards === 1 ? "accepts" : "accept"}`;
    return {
        most,
        because: `${who} at most ${formatNumber(most)}, and what is refused is not counted`,
        instead: "watch WriteProvisionedThroughputExceeded",
    };
}

/** The shards of a stream of which nothing but the program changes the count. */
function fixedShards(stream: ResourceView | undefined): number | undefined {
    if (stream === undefined || ignores(stream, "shardCount") || isOnDemand(stream)) return undefined;
    const shards = numberAt(stream, "shardCount");
    return shards === undefined || shards <= 0 ? undefined : shards;
}

/** No record gets older than the stream keeps it. */
function oldest(stream: ResourceView | undefined): Ceiling | undefined {
    const hours = retentionHours(stream);
    const most = hours * hourMs;
    const whose = stream === undefined ? "the longest retention" : "the stream's retention";
    return {
        most,
        because: `after ${whose} of ${count(hours, "hour")} a record is gone, at an age of ${formatNumber(most)}`,
        ...(hours < limits.retentionHoursMax && { instead: "keep records for longer" }),
    };
}

function retentionHours(stream: ResourceView | undefined): number {
    if (stream === undefined) return limits.retentionHoursMax;
    const property = propertyOf(stream, "retentionHours");
    if (ignores(stream, property)) return limits.retentionHoursMax;
    return numberAt(stream, property) || limits.retentionHoursDefault;
}
