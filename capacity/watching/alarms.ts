/**
 * The alarms of a stream: what each watches, from when on it speaks, and what it tells someone who was woken by it.
 *
 * Every alarm has the statistic that gives its metric a meaning (../metrics), and a stated rule for missing data.
 */
import { limits } from "../limits";
import {
    kinesisMetrics,
    kinesisNamespace,
    lambdaMetrics,
    lambdaNamespace,
    type MetricRow,
    type MetricUnit,
    scalerMetrics,
    scalerNamespace,
} from "../metrics";
import { logGroupName, scalerFunctionName, scalerScheduleName } from "../names";
import { count, formatNumber, formatRate } from "../text";
import { type HotShardMetric, type MetricQuery, shardLimitPerSecond, shardQuery, utilizationQueries } from "./queries";

/** The alarms on a stream, which StreamAlarms make. */
export const streamAlarmNames = [
    "highIncomingRecords",
    "writeThrottling",
    "readThrottling",
    "iteratorAge",
    "writeUtilization",
    "hotShard",
] as const;

/** The alarms on a stream's scaler, which StreamAutoscaler makes. */
export const scalerAlarmNames = ["scalerFailing", "scalerSilent"] as const;

export const alarmNames = [...streamAlarmNames, ...scalerAlarmNames];

export type StreamAlarmName = (typeof streamAlarmNames)[number];
export type ScalerAlarmName = (typeof scalerAlarmNames)[number];
export type AlarmName = StreamAlarmName | ScalerAlarmName;

/** What is known about a stream that decides on its alarms. A fact that is not given leaves out the alarms that need it. */
export interface StreamFacts {
    /** Records per second that the declared peak has. */
    readonly recordsPerSecond: number;
    /** Open shards, where no scaler changes them. */
    readonly shards: number;
    readonly retentionHours: number;
    /** The shard-level metric that tells a hot shard: the one that the declared load uses more of. */
    readonly hotShardMetric: HotShardMetric;
    /** A scaler publishes the open shards. */
    readonly scaled: true;
}

export type StreamFactName = keyof StreamFacts;

export interface AlarmRow<Facts = StreamFacts> {
    /** The alarm is called `<stream>-<suffix>`, and more where it has an owner of its own (../names). */
    readonly suffix: string;
    /** The alarm exists where all of these are given; a fact that only its default threshold needs can be replaced by a threshold. */
    readonly needs: readonly (keyof Facts)[];
    readonly watches: WatchedMetric | WatchedQueries<Facts>;
    /** Seconds of one data point. */
    readonly periodSeconds: number;
    /** Data points in a row that must breach; a function of the threshold where that is a time. */
    readonly evaluationPeriods: number | ((threshold: number) => number);
    readonly comparisonOperator: "GreaterThanThreshold" | "LessThanThreshold";
    readonly treatMissingData: "notBreaching" | "missing" | "ignore";
    /** Beside ALARM, the state that is told. */
    readonly alsoTells: "ok" | "insufficientData";
    readonly threshold: AlarmThreshold<Facts>;
    /** What happened, and what to do, for the threshold as it was set. */
    describe(stream: string, threshold: number, facts: Partial<Facts>): string;
}

interface WatchedMetric {
    readonly namespace: string;
    readonly metricName: string;
    readonly row: MetricRow;
    /** Left open on the scaler's metrics: nothing else publishes them in another unit. */
    readonly unit?: MetricUnit;
    readonly dimension: Dimension;
}

/** The one dimension of a metric, and its value for a stream. */
interface Dimension {
    readonly name: "StreamName" | "FunctionName";
    valueFor(stream: string): string;
}

type WatchedQueries<Facts> = (stream: string, facts: Partial<Facts>) => MetricQuery[];

/** What a threshold may be, as people set it. */
export interface ThresholdRange {
    readonly unit: string;
    readonly minimum: number;
    readonly maximum: number;
}

/** The threshold as people set it, in its own unit, and as CloudWatch compares it. */
export interface AlarmThreshold<Facts = StreamFacts> extends ThresholdRange {
    /** Where the default comes from a fact, the alarm needs that fact, or a threshold. */
    readonly defaultFrom?: keyof Facts;
    default(facts: Partial<Facts>): number;
    /** The number that CloudWatch compares the metric with. */
    toMetric(threshold: number, facts: Partial<Facts>): number;
}

const alarmPeriodSeconds = 300;
const utilizationPeriodSeconds = 60;
const millisecondsPerSecond = 1_000;
const secondsPerHour = 3_600;

const asIs = (threshold: number) => threshold;
const ofStream: Dimension = { name: "StreamName", valueFor: (stream) => stream };

function kinesis(metricName: keyof typeof kinesisMetrics): WatchedMetric {
    const row = kinesisMetrics[metricName];
    return { namespace: kinesisNamespace, metricName, row, unit: row.unit, dimension: ofStream };
}

/** How most alarms compare: a number that is exceeded for ten minutes, and none where there are no data points. */
export const exceeded = {
    periodSeconds: alarmPeriodSeconds,
    evaluationPeriods: 2,
    comparisonOperator: "GreaterThanThreshold",
    treatMissingData: "notBreaching",
    alsoTells: "ok",
} as const;

/** A threshold of what should not happen at all. */
export const none = (unit: string): AlarmThreshold<object> => ({ unit, minimum: 0, maximum: 1e12, default: () => 0, toMetric: asIs });

/** A threshold in percent, by default high enough for the noise of an hour and low enough to act in time. */
const percent = (unit: string, toMetric: AlarmThreshold["toMetric"] = asIs): AlarmThreshold => ({
    unit,
    minimum: 1,
    maximum: 100,
    default: () => 80,
    toMetric,
});

export const alarmRows: Readonly<Record<AlarmName, AlarmRow>> = {
    highIncomingRecords: {
        suffix: "HighIncomingRecords",
        needs: ["recordsPerSecond"],
        watches: kinesis("IncomingRecords"),
        ...exceeded,
        threshold: {
            unit: "records per second",
            minimum: 0,
            maximum: 100_000_000,
            defaultFrom: "recordsPerSecond",
            default: (facts) => facts.recordsPerSecond ?? 0,
            // Incoming* counts per put call; a rate is Sum / period.
            toMetric: (recordsPerSecond) => recordsPerSecond * alarmPeriodSeconds,
        },
        describe: (stream, recordsPerSecond, facts) =>
            `${stream} takes in more than ${formatRate(recordsPerSecond)} records/s${recordsPerSecond === facts.recordsPerSecond ? ", the declared peak" : ""}. ` +
            "If this load is to stay, raise requirements.recordsPerSecond and deploy; if not, find the producer that sends more.",
    },
    writeThrottling: {
        suffix: "WriteThrottling",
        needs: [],
        watches: kinesis("WriteProvisionedThroughputExceeded"),
        ...exceeded,
        threshold: none("refused records in 5 minutes"),
        describe: (stream, refused) =>
            `${stream} refuses ${refused === 0 ? "records" : `more than ${formatNumber(refused)} records in 5 minutes`}: shards are full, and a producer that does not retry loses them. ` +
            `Look at sharded-stream hot-shards ${stream}: if one shard is hot, spread its keys; if all are full, run sharded-stream scale ${stream} out and raise the declared requirements.`,
    },
    readThrottling: {
        suffix: "ReadThrottling",
        needs: [],
        watches: kinesis("ReadProvisionedThroughputExceeded"),
        ...exceeded,
        threshold: none("refused GetRecords calls in 5 minutes"),
        describe: (stream, refused) =>
            `${stream} refuses ${refused === 0 ? "GetRecords calls" : `more than ${formatNumber(refused)} GetRecords calls in 5 minutes`}: all shared consumers together poll a shard more than ${limits.shardGetRecordsCallsPerSecond} times a second or read more than ${limits.shardReadMiBPerSecond} MiB/s from it. ` +
            "Poll less often with larger batches, or give a consumer enhanced fan-out.",
    },
    iteratorAge: {
        suffix: "IteratorAge",
        needs: ["retentionHours"],
        watches: kinesis("GetRecords.IteratorAgeMilliseconds"),
        ...exceeded,
        // Without data points nobody reads: the alarm then says that it cannot tell, instead of a false OK.
        treatMissingData: "missing",
        threshold: {
            unit: "seconds",
            minimum: 1,
            maximum: limits.retentionHoursMax * secondsPerHour,
            defaultFrom: "retentionHours",
            default: (facts) => ((facts.retentionHours ?? limits.retentionHoursDefault) * secondsPerHour) / 2,
            toMetric: (seconds) => seconds * millisecondsPerSecond,
        },
        describe: (stream, seconds, { retentionHours }) =>
            `The slowest consumer of ${stream} is more than ${duration(seconds)} behind; ` +
            `records are lost after ${retentionHours === undefined ? "the retention time" : count(retentionHours, "hour")}. ` +
            "Repair or scale the consumer; if that takes longer than is left, raise retentionHours first.",
    },
    writeUtilization: {
        suffix: "WriteUtilization",
        needs: ["shards"],
        watches: (stream, facts) => utilizationQueries(stream, utilizationPeriodSeconds, facts),
        ...exceeded,
        periodSeconds: utilizationPeriodSeconds,
        evaluationPeriods: 3,
        threshold: percent("percent of the open shards' capacity"),
        describe: (stream, part, { shards, scaled }) =>
            scaled
                ? `${stream} uses more than ${formatNumber(part)} % of its open shards, by bytes or by records. The scaler is called at once. ` +
                  `If the alarm stays on, see why it does not scale: sharded-stream status ${stream} shows its decisions, its maximum and the calls that are left.`
                : `${stream} uses more than ${formatNumber(part)} % of what ${shards === undefined ? "its shards take" : `${count(shards, "shard")} take`}, by bytes or by records; at 100 % it refuses records. ` +
                  `Raise the declared requirements and deploy, or run sharded-stream scale ${stream} out.`,
    },
    hotShard: {
        suffix: "HotShard",
        needs: ["hotShardMetric"],
        watches: (stream, { hotShardMetric = "IncomingBytes" }) => [
            {
                id: "hottest",
                expression: shardQuery(stream, hotShardMetric),
                label: `${hotShardMetric} of each shard`,
                period: utilizationPeriodSeconds,
                returnData: true,
            },
        ],
        ...exceeded,
        periodSeconds: utilizationPeriodSeconds,
        evaluationPeriods: 5,
        threshold: percent("percent of one shard's own limit", (part, { hotShardMetric = "IncomingBytes" }) =>
            Math.floor((part / 100) * shardLimitPerSecond(hotShardMetric) * utilizationPeriodSeconds),
        ),
        describe: (stream, part, { hotShardMetric }) =>
            `A shard of ${stream} is above ${formatNumber(part)} % of what one shard takes (${hotShardMetric ?? "bytes or records"}), and more shards alone may not help. ` +
            `Run sharded-stream hot-shards ${stream}: it tells a hot key, which has to be spread, from a hot range, which can be split.`,
    },
    scalerFailing: {
        suffix: "ScalerFailing",
        needs: ["scaled"],
        watches: {
            namespace: lambdaNamespace,
            metricName: "Errors",
            row: lambdaMetrics.Errors,
            dimension: { name: "FunctionName", valueFor: scalerFunctionName },
        },
        ...exceeded,
        evaluationPeriods: 1,
        threshold: none("failed runs in 5 minutes"),
        describe: (stream, failed) =>
            `The scaler of ${stream} failed${failed === 0 ? "" : ` more than ${count(failed, "time")} in 5 minutes`}: the stream keeps its shards and nobody scales it. The last line of the log group ${scalerLogGroup(stream)} says why; ` +
            `until it works, scale by hand with "sharded-stream scale ${stream} to N".`,
    },
    scalerSilent: {
        suffix: "ScalerSilent",
        needs: ["scaled"],
        watches: {
            namespace: scalerNamespace,
            metricName: "OpenShards",
            row: scalerMetrics.OpenShards,
            dimension: ofStream,
        },
        periodSeconds: secondsPerHour,
        evaluationPeriods: Math.ceil,
        comparisonOperator: "LessThanThreshold",
        // Silence is the signal. As missing data it takes effect only after the first datapoint, so a new stream does not alarm.
        treatMissingData: "missing",
        alsoTells: "insufficientData",
        threshold: { unit: "hours of silence", minimum: 1, maximum: 24, default: () => 1, toMetric: () => 1 },
        describe: (stream, hours) =>
            `The scaler of ${stream} has published nothing for more than ${hours === 1 ? "an hour" : count(Math.ceil(hours), "hour")}: it is not invoked, or it fails before it sees the stream. ` +
            `Look at the schedule ${scalerScheduleName(stream)} and at the log group ${scalerLogGroup(stream)}.`,
    },
};

function scalerLogGroup(stream: string): string {
    return logGroupName(scalerFunctionName(stream));
}

/** Whether an alarm exists for a stream about which these facts are given, and for which this threshold may be set. */
export function alarmExists(name: AlarmName, given: ReadonlySet<StreamFactName>, hasThreshold: boolean): boolean {
    const { needs, threshold } = alarmRows[name];
    // A scaler publishes the open shards, so they need not be given.
    return needs.every(
        (fact) =>
            given.has(fact) ||
            (fact === threshold.defaultFrom && hasThreshold) ||
            (fact === "shards" && given.has("scaled")),
    );
}

/** Whether an alarm watches one metric, with a statistic of its own, rather than metric math or a query. */
export function watchesOneMetric<Facts>(watched: AlarmRow<Facts>["watches"]): watched is WatchedMetric {
    return typeof watched !== "function";
}

export function duration(seconds: number): string {
    if (seconds >= 2 * secondsPerHour) return count(Number((seconds / secondsPerHour).toFixed(1)), "hour");
    if (seconds >= 120) return count(Number((seconds / 60).toFixed(1)), "minute");
    return count(seconds, "second");
}
