/**
 * Metric math and Metrics Insights queries over a stream's metrics, the same for its alarms and its dashboard.
 */
import { limits } from "../limits";
import {
    dataLateSeconds,
    type KinesisMetricName,
    kinesisMetrics,
    kinesisNamespace,
    lambdaMetrics,
    lambdaNamespace,
    type MetricRow,
    type MetricStatistic,
    scalerMetrics,
    scalerNamespace,
} from "../metrics";

/** The shard-level metrics of which a shard has a limit. */
export type HotShardMetric = "IncomingBytes" | "IncomingRecords";

/**
 * A metric, or metric math over several, of an alarm or a dashboard.
 *
 * @typeParam Name how the stream is named, which may be known later: then everything but its name is known
 */
export interface MetricQuery<Name = string> {
    readonly id: string;
    readonly expression?: string;
    readonly label?: string;
    readonly metric?: MetricReference<Name>;
    /** Seconds, for a Metrics Insights query; a metric has its period itself. */
    readonly period?: number;
    readonly returnData: boolean;
}

export interface MetricReference<Name = string> {
    readonly namespace: string;
    readonly metricName: string;
    readonly dimensions: Readonly<Record<string, Name | string>>;
    readonly period: number;
    readonly stat: string;
    readonly unit: string;
}

/**
 * Write utilization in percent of the open shards' capacity: the scarcer of bytes and records counts.
 *
 * With a scaler the shards are the ones that it publishes; a literal count would be wrong after its first reshard.
 */
export function utilizationQueries<Name>(
    stream: Name,
    periodSeconds: number,
    facts: { readonly shards?: number; readonly scaled?: true },
): MetricQuery<Name>[] {
    const written = (id: string, metricName: "IncomingBytes" | "IncomingRecords"): MetricQuery<Name> => ({
        id,
        metric: metricReference(kinesisNamespace, metricName, kinesisMetrics[metricName], stream, periodSeconds),
        returnData: false,
    });
    const openShards: MetricQuery<Name> = {
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

/**
 * What is counted in each period, with 0 where nothing was published.
 *
 * A period that may end before its data is there would be 0 for good. Periods so short do not share a burst either, so they need no filling.
 */
export function countQueries<Name>(metric: MetricReference<Name>): MetricQuery<Name>[] {
    if (metric.period <= dataLateSeconds) return [{ id: "counted", metric, returnData: true }];
    return [
        { id: "counted", metric, returnData: false },
        { id: "filled", expression: "FILL(counted, 0)", label: metric.metricName, returnData: true },
    ];
}

/** Whether records came in and nobody read: nobody with GetRecords, or not the one fan-out consumer. */
export function unreadQueries<Name>(
    stream: Name,
    consumer: string | undefined,
    periodSeconds: number,
): MetricQuery<Name>[] {
    // Of calls and of events that succeeded: each counts 1.
    const metricName = consumer === undefined ? "GetRecords.Success" : "SubscribeToShardEvent.Success";
    const reads = sumOf(metricName, stream, periodSeconds);
    const dimensions = { ...reads.dimensions, ...(consumer !== undefined && { ConsumerName: consumer }) };
    return silenceQueries(stream, periodSeconds, { ...reads, dimensions });
}

/** Whether records came in and a function that they are fed to was not invoked. */
export function uninvokedQueries<Name>(stream: Name, functionName: string, periodSeconds: number): MetricQuery<Name>[] {
    const { unit, statistic: stat } = lambdaMetrics.Invocations;
    const metric = { namespace: lambdaNamespace, metricName: "Invocations", period: periodSeconds, stat, unit };
    return silenceQueries(stream, periodSeconds, { ...metric, dimensions: { FunctionName: functionName } });
}

/**
 * For each period 0 where somebody read, 1 where nobody did and records came in. Where neither was so, it is as before.
 */
function silenceQueries<Name>(stream: Name, periodSeconds: number, reads: MetricReference<Name>): MetricQuery<Name>[] {
    return [
        { id: "records", metric: sumOf("IncomingRecords", stream, periodSeconds), returnData: false },
        { id: "reads", metric: reads, returnData: false },
        {
            id: "unread",
            // No record divided by no record is no data point.
            expression: "IF(FILL(reads, 0) > 0, 0, records / records)",
            label: "Unread in the period",
            returnData: false,
        },
        { id: "since", expression: "FILL(unread, REPEAT)", label: "Unread since", returnData: true },
    ];
}

function sumOf<Name>(metricName: KinesisMetricName, stream: Name, periodSeconds: number): MetricReference<Name> {
    const row = { ...kinesisMetrics[metricName], statistic: "Sum" as MetricStatistic };
    return metricReference(kinesisNamespace, metricName, row, stream, periodSeconds);
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
function metricReference<Name>(
    namespace: string,
    metricName: string,
    row: MetricRow,
    stream: Name,
    periodSeconds: number,
): MetricReference<Name> {
    return {
        namespace,
        metricName,
        dimensions: { StreamName: stream },
        period: periodSeconds,
        stat: row.statistic,
        unit: row.unit,
    };
}
