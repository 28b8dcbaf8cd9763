/**
 * The CloudWatch metrics of Kinesis Data Streams that this project reads: name, unit, and the statistic that means something.
 *
 * Source: https://docs.aws.amazon.com/streams/latest/dev/monitoring-with-cloudwatch.html, read 2026-11. Stream metrics are free, have
 * one-minute resolution and the dimension StreamName only; shard-level metrics add ShardId and are billed as custom metrics.
 */

export const kinesisNamespace = "AWS/Kinesis";

/** The namespace of the metrics that the scaler publishes. */
export const scalerNamespace = "ShardedStream";

export type MetricUnit = "Bytes" | "Count" | "Milliseconds" | "Percent";
export type MetricStatistic = "Sum" | "Maximum" | "Average";

export interface MetricRow {
    readonly unit: MetricUnit;
    /** The statistic that gives the number its meaning. For Incoming* an Average would be the mean per put call, never a rate. */
    readonly statistic: MetricStatistic;
    /** Whether the metric also exists per shard, under the same name, when shard-level metrics are on. */
    readonly perShard: boolean;
    readonly meaning: string;
}

export const kinesisMetrics = {
    IncomingBytes: {
        unit: "Bytes",
        statistic: "Sum",
        perShard: true,
        meaning: "bytes accepted, partition keys included; a rate is Sum / period",
    },
    IncomingRecords: {
        unit: "Count",
        statistic: "Sum",
        perShard: true,
        meaning: "records accepted; a rate is Sum / period",
    },
    WriteProvisionedThroughputExceeded: {
        unit: "Count",
        statistic: "Sum",
        perShard: true,
        meaning: "records refused because a shard was full",
    },
    ReadProvisionedThroughputExceeded: {
        unit: "Count",
        statistic: "Sum",
        perShard: true,
        meaning: "GetRecords calls refused",
    },
    "GetRecords.Bytes": { unit: "Bytes", statistic: "Sum", perShard: false, meaning: "bytes read by shared consumers" },
    "GetRecords.Records": {
        unit: "Count",
        statistic: "Sum",
        perShard: false,
        meaning: "records read by shared consumers",
    },
    "GetRecords.IteratorAgeMilliseconds": {
        unit: "Milliseconds",
        statistic: "Maximum",
        perShard: false,
        meaning: "age of the last record of the slowest shared reader; 0 is caught up",
    },
    "GetRecords.Latency": {
        unit: "Milliseconds",
        statistic: "Average",
        perShard: false,
        meaning: "time of a GetRecords call",
    },
    "PutRecord.Latency": {
        unit: "Milliseconds",
        statistic: "Average",
        perShard: false,
        meaning: "time of a PutRecord call",
    },
    "PutRecords.Latency": {
        unit: "Milliseconds",
        statistic: "Average",
        perShard: false,
        meaning: "time of a PutRecords call",
    },
    "PutRecords.TotalRecords": {
        unit: "Count",
        statistic: "Sum",
        perShard: false,
        meaning: "records in PutRecords calls, accepted or not",
    },
    "PutRecords.SuccessfulRecords": {
        unit: "Count",
        statistic: "Sum",
        perShard: false,
        meaning: "records of PutRecords calls that were accepted",
    },
    "PutRecords.FailedRecords": {
        unit: "Count",
        statistic: "Sum",
        perShard: false,
        meaning: "records of PutRecords calls that failed inside Kinesis",
    },
    "PutRecords.ThrottledRecords": {
        unit: "Count",
        statistic: "Sum",
        perShard: false,
        meaning: "records of PutRecords calls refused because a shard was full",
    },
    OutgoingBytes: {
        unit: "Bytes",
        statistic: "Sum",
        perShard: true,
        meaning: "bytes read (published per shard only)",
    },
    OutgoingRecords: {
        unit: "Count",
        statistic: "Sum",
        perShard: true,
        meaning: "records read (published per shard only)",
    },
    IteratorAgeMilliseconds: {
        unit: "Milliseconds",
        statistic: "Maximum",
        perShard: true,
        meaning: "iterator age (published per shard only)",
    },
} as const satisfies Record<string, MetricRow>;

/**
 * Further metrics that AWS/Kinesis publishes and this project does not read, with their units: the sandbox publishes them, and a mistyped
 * metric is told from a real one.
 */
export const otherKinesisMetrics = {
    "GetRecords.Success": "Count",
    "PutRecord.Bytes": "Bytes",
    "PutRecord.Success": "Count",
    "PutRecords.Bytes": "Bytes",
    "PutRecords.Records": "Count",
    "PutRecords.Success": "Count",
    "SubscribeToShard.RateExceeded": "Count",
    "SubscribeToShard.Success": "Count",
    "SubscribeToShardEvent.Bytes": "Bytes",
    "SubscribeToShardEvent.MillisBehindLatest": "Milliseconds",
    "SubscribeToShardEvent.Records": "Count",
    "SubscribeToShardEvent.Success": "Count",
} as const satisfies Record<string, MetricUnit>;

/** Metrics that exist per shard only: an alarm on one without a ShardId never gets a datapoint. */
export const shardOnlyMetricNames = ["OutgoingBytes", "OutgoingRecords", "IteratorAgeMilliseconds"] as const;

export type KinesisMetricName = keyof typeof kinesisMetrics;

/** The shard-level metrics that can be switched on, each $0.30 a month and shard. */
export const shardLevelMetricNames = [
    "IncomingBytes",
    "IncomingRecords",
    "OutgoingBytes",
    "OutgoingRecords",
    "WriteProvisionedThroughputExceeded",
    "ReadProvisionedThroughputExceeded",
    "IteratorAgeMilliseconds",
] as const satisfies readonly KinesisMetricName[];

export type ShardLevelMetricName = (typeof shardLevelMetricNames)[number];

export const lambdaNamespace = "AWS/Lambda";

/** The metrics that Lambda publishes of the scaler's function, with the dimension FunctionName. */
export const lambdaMetrics = {
    Errors: { unit: "Count", statistic: "Sum", perShard: false, meaning: "runs that failed" },
} as const satisfies Record<string, MetricRow>;

/** What the scaler publishes about itself, in its own namespace, with the dimension StreamName. */
export const scalerMetrics = {
    OpenShards: {
        unit: "Count",
        statistic: "Maximum",
        perShard: false,
        meaning: "open shards that the scaler saw on its last run",
    },
    TargetShards: { unit: "Count", statistic: "Maximum", perShard: false, meaning: "shards that the load asks for" },
    UpdateCallsLeft: {
        unit: "Count",
        statistic: "Maximum",
        perShard: false,
        meaning: "UpdateShardCount calls left in the rolling 24 h",
    },
} as const satisfies Record<string, MetricRow>;

export type ScalerMetricName = keyof typeof scalerMetrics;
