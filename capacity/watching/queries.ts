/**
 * Metric math and Metrics Insights queries over a stream's metrics, the same for its alarms and its dashboard.
 */
import { limits } from "../limits";
import { kinesisMetrics, kinesisNamespace, type MetricRow, scalerMetrics, scalerNamespace } from "../metrics";

/** The shard-level metrics of which a shard has a limit. */
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
    readonly dimensions: Readonly<Record<string, string>>;
    readonly period: number;
    readonly stat: string;
    readonly unit?: string;
}

/**
 * Write utilization in percent of the open shards' capacity: the scarcer of bytes and records counts.
 *
 * With a scaler the shards are the ones that it publishes; a literal count would be wrong after its first reshard.
 */
export function utilizationQueries(
    stream: string,
    periodSeconds: number,
    facts: { readonly shards?: number; readonly scaled?: true },
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
function metricReference(
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
