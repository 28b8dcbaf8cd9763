/**
 * The alarms of a stream: what each watches, from when on it speaks, and what it tells someone who was woken by it.
 *
 * Every alarm has the dimension StreamName, the statistic that gives its metric a meaning (./metrics), and a stated rule for missing data.
 */
import { limits } from "../limits";
import { kinesisMetrics, kinesisNamespace, type MetricRow, scalerMetrics, scalerNamespace } from "../metrics";
import { count, formatNumber, formatRate } from "../text";

export const alarmNames = [
    "highIncomingRecords",
    "writeThrottling",
    "readThrottling",
    "iteratorAge",
    "writeUtilization",
    "hotShard",
] as const;

export type AlarmName = (typeof alarmNames)[number];

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

export type HotShardMetric = "IncomingBytes" | "IncomingRecords";

/** A metric, or metric math over several, of an alarm or a dashboard. */
export interface MetricQuery {
    readonly id: string;
    readonly expression?: string;
    readonly label?: string;
    readonly metric?: MetricReference;
    /** Seconds, for a Metrics Insights query; a metric has its period itself. */
    readonly period?: number;
    readonly returnData: boolean;
}

export interface MetricReference {
    readonly namespace: string;
    readonly metricName: string;
    readonly dimensions: { readonly StreamName: string };
    readonly period: number;
    readonly stat: string;
    readonly unit: string;
}

export interface AlarmRow {
    /** The alarm is called `<stream>-<suffix>`. */
    readonly suffix: string;
    /** The alarm exists where all of these are given; a fact that only its default threshold needs can be replaced by a threshold. */
    readonly needs: readonly StreamFactName[];
    readonly watches: WatchedMetric | WatchedQueries;
    /** Seconds of one data point. */
    readonly periodSeconds: number;
    /** Data points in a row that must breach. */
    readonly evaluationPeriods: number;
    readonly comparisonOperator: "GreaterThanThreshold";
    readonly treatMissingData: "notBreaching" | "missing";
    readonly threshold: AlarmThreshold;
    /** What happened, and what to do, for the threshold as it was set. */
    describe(stream: string, threshold: number, facts: Partial<StreamFacts>): string;
}

interface WatchedMetric {
    readonly namespace: string;
    readonly metricName: string;
    readonly row: MetricRow;
}

type WatchedQueries = (stream: string, facts: Partial<StreamFacts>) => MetricQuery[];

/** The threshold as people set it, in its own unit, and as CloudWatch compares it. */
export interface AlarmThreshold {
    readonly unit: string;
    readonly minimum: number;
    readonly maximum: number;
    /** Where the default comes from a fact, the alarm needs that fact, or a threshold. */
    readonly defaultFrom?: StreamFactName;
    default(facts: Partial<StreamFacts>): number;
    /** The number that CloudWatch compares the metric with. */
    toMetric(threshold: number, facts: Partial<StreamFacts>): number;
}

const alarmPeriodSeconds = 300;
const utilizationPeriodSeconds = 60;
const millisecondsPerSecond = 1_000;
const secondsPerHour = 3_600;

const asIs = (threshold: number) => threshold;

function kinesis(metricName: keyof typeof kinesisMetrics): WatchedMetric {
    return { namespace: kinesisNamespace, metricName, row: kinesisMetrics[metricName] };
}

export const alarmRows: Readonly<Record<AlarmName, AlarmRow>> = {
    highIncomingRecords: {
        suffix: "HighIncomingRecords",
        needs: ["recordsPerSecond"],
        watches: kinesis("IncomingRecords"),
        periodSeconds: alarmPeriodSeconds,
        evaluationPeriods: 2,
        comparisonOperator: "GreaterThanThreshold",
        // No records, no data points.
        treatMissingData: "notBreaching",
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
        periodSeconds: alarmPeriodSeconds,
        evaluationPeriods: 2,
        comparisonOperator: "GreaterThanThreshold",
        treatMissingData: "notBreaching",
        threshold: {
            unit: "refused records in 5 minutes",
            minimum: 0,
            maximum: 1e12,
            default: () => 0,
            toMetric: asIs,
        },
        describe: (stream, refused) =>
            `${stream} refuses ${refused === 0 ? "records" : `more than ${formatNumber(refused)} records in 5 minutes`}: shards are full, and a producer that does not retry loses them. ` +
            `Look at sharded-stream hot-shards ${stream}: if one shard is hot, spread its keys; if all are full, run sharded-stream scale ${stream} out and raise the declared requirements.`,
    },
    readThrottling: {
        suffix: "ReadThrottling",
        needs: [],
        watches: kinesis("ReadProvisionedThroughputExceeded"),
        periodSeconds: alarmPeriodSeconds,
        evaluationPeriods: 2,
        comparisonOperator: "GreaterThanThreshold",
        treatMissingData: "notBreaching",
        threshold: {
            unit: "refused GetRecords calls in 5 minutes",
            minimum: 0,
            maximum: 1e12,
            default: () => 0,
            toMetric: asIs,
        },
        describe: (stream, refused) =>
            `${stream} refuses ${refused === 0 ? "GetRecords calls" : `more than ${formatNumber(refused)} GetRecords calls in 5 minutes`}: all shared consumers together poll a shard more than ${limits.shardGetRecordsCallsPerSecond} times a second or read more than ${limits.shardReadMiBPerSecond} MiB/s from it. ` +
            "Poll less often with larger batches, or give a consumer enhanced fan-out.",
    },
    iteratorAge: {
        suffix: "IteratorAge",
        needs: ["retentionHours"],
        watches: kinesis("GetRecords.IteratorAgeMilliseconds"),
        periodSeconds: alarmPeriodSeconds,
        evaluationPeriods: 2,
        comparisonOperator: "GreaterThanThreshold",
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
        periodSeconds: utilizationPeriodSeconds,
        evaluationPeriods: 3,
        comparisonOperator: "GreaterThanThreshold",
        treatMissingData: "notBreaching",
        threshold: {
            unit: "percent of the open shards' capacity",
            minimum: 1,
            maximum: 100,
            default: () => 80,
            toMetric: asIs,
        },
        describe: (stream, percent, { shards, scaled }) =>
            scaled
                ? `${stream} uses more than ${formatNumber(percent)} % of its open shards, by bytes or by records. The scaler is called at once. ` +
                  `If the alarm stays on, see why it does not scale: sharded-stream status ${stream} shows its decisions, its maximum and the calls that are left.`
                : `${stream} uses more than ${formatNumber(percent)} % of what ${shards === undefined ? "its shards take" : `${count(shards, "shard")} take`}, by bytes or by records; at 100 % it refuses records. ` +
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
        periodSeconds: utilizationPeriodSeconds,
        evaluationPeriods: 5,
        comparisonOperator: "GreaterThanThreshold",
        treatMissingData: "notBreaching",
        threshold: {
            unit: "percent of one shard's own limit",
            minimum: 1,
            maximum: 100,
            default: () => 80,
            toMetric: (percent, { hotShardMetric = "IncomingBytes" }) =>
                Math.floor((percent / 100) * shardLimitPerSecond(hotShardMetric) * utilizationPeriodSeconds),
        },
        describe: (stream, percent, { hotShardMetric }) =>
            `A shard of ${stream} is above ${formatNumber(percent)} % of what one shard takes (${hotShardMetric ?? "bytes or records"}), and more shards alone may not help. ` +
            `Run sharded-stream hot-shards ${stream}: it tells a hot key, which has to be spread, from a hot range, which can be split.`,
    },
};

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
export function watchesOneMetric(watched: AlarmRow["watches"]): watched is WatchedMetric {
    return typeof watched !== "function";
}

/**
 * Write utilization in percent of the open shards' capacity: the scarcer of bytes and records counts.
 *
 * With a scaler the shards are the ones that it publishes; a literal count would be wrong after its first reshard.
 */
export function utilizationQueries(
    stream: string,
    periodSeconds: number,
    facts: Pick<Partial<StreamFacts>, "shards" | "scaled">,
): MetricQuery[] {
    const written = (id: string, metricName: "IncomingBytes" | "IncomingRecords"): MetricQuery => ({
        id,
        metric: metricReference(kinesisNamespace, metricName, kinesisMetrics[metricName], stream, periodSeconds),
        returnData: false,
    });
    const openShards: MetricQuery = {
        id: "shards",
        metric: metricReference(scalerNamespace, "OpenShards", scalerMetrics.OpenShards, stream, periodSeconds),
        returnData: false,
    };
    const capacity = facts.scaled ? "FILL(shards, REPEAT)" : String(facts.shards ?? 1);
    return [
        written("bytes", "IncomingBytes"),
        written("records", "IncomingRecords"),
        ...(facts.scaled ? [openShards] : []),
        {
            id: "bytesUse",
            expression: `bytes / PERIOD(bytes) / ${limits.shardWriteBytesPerSecond}`,
            label: "Shards needed by bytes",
            returnData: false,
        },
        {
            id: "recordsUse",
            expression: `records / PERIOD(records) / ${limits.shardWriteRecordsPerSecond}`,
            label: "Shards needed by records",
            returnData: false,
        },
        {
            id: "utilization",
            expression: `100 * MAX([bytesUse, recordsUse]) / ${capacity}`,
            label: "Write utilization (%)",
            returnData: true,
        },
    ];
}

/** A Metrics Insights query for each shard's own sum, the highest first. It follows every reshard, because it names no shard. */
export function shardQuery(stream: string, metric: HotShardMetric): string {
    return `SELECT SUM(${metric}) FROM SCHEMA("${kinesisNamespace}", ShardId, StreamName) WHERE StreamName = '${stream}' GROUP BY ShardId ORDER BY SUM() DESC`;
}

/** What one shard takes of a metric in a second. */
export function shardLimitPerSecond(metric: HotShardMetric): number {
    return metric === "IncomingBytes" ? limits.shardWriteBytesPerSecond : limits.shardWriteRecordsPerSecond;
}

/** The metric of a stream, with the statistic that means something. */
export function metricReference(
    namespace: string,
    metricName: string,
    row: MetricRow,
    stream: string,
    periodSeconds: number,
): MetricReference {
    return {
        namespace,
        metricName,
        dimensions: { StreamName: stream },
        period: periodSeconds,
        stat: row.statistic,
        unit: row.unit,
    };
}

function duration(seconds: number): string {
    if (seconds >= 2 * secondsPerHour) return count(Number((seconds / secondsPerHour).toFixed(1)), "hour");
    if (seconds >= 120) return count(Number((seconds / 60).toFixed(1)), "minute");
    return count(seconds, "second");
}
