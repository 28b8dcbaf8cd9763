/**
 * The CloudWatch metrics of Kinesis Data Streams: name, unit, dimensions, range, and the statistics that mean something.
 *
 * Source: https://docs.aws.amazon.com/streams/latest/dev/monitoring-with-cloudwatch.html, read 2026-11. Stream metrics are free, have
 * one-minute resolution and the dimension StreamName only; shard-level metrics add ShardId and are billed as custom metrics; those of
 * enhanced fan-out add ConsumerName.
 */

export const kinesisNamespace = "AWS/Kinesis";

/** The namespace of the metrics that the scaler publishes. */
export const scalerNamespace = "ShardedStream";

/** The newest minute or two of Kinesis's metrics are not there yet: a period that is no longer may end before it has any data. */
export const dataLateSeconds = 120;

export type MetricUnit = "Bytes" | "Count" | "Milliseconds" | "Percent";
export type MetricStatistic = "Sum" | "Maximum" | "Average";

export interface MetricRow {
    readonly unit: MetricUnit;
    /** The statistic that gives the number its meaning. For Incoming* an Average would be the mean per put call, never a rate. */
    readonly statistic: MetricStatistic;
    readonly meaning: string;
}

/** What a metric is published of, each a set of dimensions; of a shard only where the stream switches the metric on. */
export type MetricSubject = "stream" | "shard" | "consumer";

export const dimensionsOf = {
    stream: ["StreamName"],
    shard: ["StreamName", "ShardId"],
    consumer: ["StreamName", "ConsumerName"],
} as const satisfies Record<MetricSubject, readonly string[]>;

/**
 * What bounds a data point from above; from below it is 0. A sum of what was accepted by the capacity of the shards, an age by the
 * retention, and what is 0 or 1 for each call by 1 where the statistic is none that adds up.
 */
export type MetricCeiling = "writeBytes" | "writeRecords" | "retention" | "one";

export interface KinesisMetricRow extends MetricRow {
    readonly of: readonly MetricSubject[];
    readonly ceiling?: MetricCeiling;
    /** It is 0 while all is well: what was refused, and what was not done yet. */
    readonly isWellAtZero?: true;
    /** Further statistics that mean something; percentiles do wherever the statistic is not Sum. */
    readonly also?: readonly string[];
}

const stream = ["stream"] as const;
const shard = ["shard"] as const;
const streamAndShard = ["stream", "shard"] as const;
const consumer = ["consumer"] as const;

/** How the time of a call is told. */
const latency = { unit: "Milliseconds", statistic: "Average", of: stream, also: ["Maximum"] } as const;
/** What is 0 or 1 for each call: its average is a rate of success. */
const success = {
    unit: "Count",
    statistic: "Average",
    ceiling: "one",
    also: ["Sum", "SampleCount", "Minimum"],
} as const;
/** An age, of which an average hides the slowest reader. */
const age = { unit: "Milliseconds", statistic: "Maximum", ceiling: "retention", isWellAtZero: true } as const;
const bytes = { unit: "Bytes", statistic: "Sum" } as const;
const records = { unit: "Count", statistic: "Sum" } as const;
const refused = { ...records, isWellAtZero: true } as const;

export const kinesisMetrics = {
    IncomingBytes: {
        ...bytes,
        of: streamAndShard,
        ceiling: "writeBytes",
        meaning: "bytes accepted, partition keys included; a rate is Sum / period",
    },
    IncomingRecords: {
        ...records,
        of: streamAndShard,
        ceiling: "writeRecords",
        meaning: "records accepted; a rate is Sum / period",
    },
    WriteProvisionedThroughputExceeded: {
        ...refused,
        of: streamAndShard,
        meaning: "records refused because a shard was full",
    },
    ReadProvisionedThroughputExceeded: { ...refused, of: streamAndShard, meaning: "GetRecords calls refused" },
    "GetRecords.Bytes": { ...bytes, of: stream, meaning: "bytes read by shared consumers" },
    "GetRecords.Records": { ...records, of: stream, meaning: "records read by shared consumers" },
    "GetRecords.IteratorAgeMilliseconds": {
        ...age,
        of: stream,
        meaning: "age of the last record of the slowest shared reader; 0 is caught up",
    },
    "GetRecords.Latency": { ...latency, meaning: "time of a GetRecords call" },
    "GetRecords.Success": { ...success, of: stream, meaning: "share of GetRecords calls that succeeded" },
    "PutRecord.Bytes": { ...bytes, of: stream, meaning: "bytes in PutRecord calls" },
    "PutRecord.Latency": { ...latency, meaning: "time of a PutRecord call" },
    "PutRecord.Success": { ...success, of: stream, meaning: "share of PutRecord calls that succeeded" },
    "PutRecords.Bytes": { ...bytes, of: stream, meaning: "bytes in PutRecords calls" },
    "PutRecords.Latency": { ...latency, meaning: "time of a PutRecords call" },
    "PutRecords.Records": { ...records, of: stream, meaning: "records in PutRecords calls that succeeded" },
    "PutRecords.Success": {
        ...success,
        of: stream,
        meaning: "share of PutRecords calls in which at least one record was accepted",
    },
    "PutRecords.TotalRecords": { ...records, of: stream, meaning: "records in PutRecords calls, accepted or not" },
    "PutRecords.SuccessfulRecords": {
        ...records,
        of: stream,
        ceiling: "writeRecords",
        meaning: "records of PutRecords calls that were accepted",
    },
    "PutRecords.FailedRecords": {
        ...refused,
        of: stream,
        meaning: "records of PutRecords calls that failed inside Kinesis",
    },
    "PutRecords.ThrottledRecords": {
        ...refused,
        of: stream,
        meaning: "records of PutRecords calls refused because a shard was full",
    },
    "SubscribeToShard.RateExceeded": {
        ...refused,
        of: consumer,
        meaning: "subscriptions refused because there were too many",
    },
    "SubscribeToShard.Success": { ...success, of: consumer, meaning: "share of subscriptions that were established" },
    "SubscribeToShardEvent.Bytes": { ...bytes, of: consumer, meaning: "bytes sent to the fan-out consumer" },
    "SubscribeToShardEvent.MillisBehindLatest": {
        ...age,
        of: consumer,
        meaning: "how far the fan-out consumer is behind the latest record; 0 is caught up",
    },
    "SubscribeToShardEvent.Records": { ...records, of: consumer, meaning: "records sent to the fan-out consumer" },
    "SubscribeToShardEvent.Success": { ...success, of: consumer, meaning: "share of events that were sent" },
    OutgoingBytes: { ...bytes, of: shard, meaning: "bytes read (published per shard only)" },
    OutgoingRecords: { ...records, of: shard, meaning: "records read (published per shard only)" },
    IteratorAgeMilliseconds: { ...age, of: shard, meaning: "iterator age (published per shard only)" },
} as const satisfies Record<string, KinesisMetricRow>;

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

/** The metrics that Lambda publishes of a function, with the dimension FunctionName: the scaler's, or one that reads a stream. */
export const lambdaMetrics = {
    Errors: { unit: "Count", statistic: "Sum", meaning: "runs that failed" },
    Invocations: { unit: "Count", statistic: "Sum", meaning: "runs, failed or not" },
    Throttles: { unit: "Count", statistic: "Sum", meaning: "runs refused because too many were on" },
    IteratorAge: { unit: "Milliseconds", statistic: "Maximum", meaning: "age of the last record of a batch" },
} as const satisfies Record<string, MetricRow>;

export const queueNamespace = "AWS/SQS";

/** The metrics that SQS publishes of a queue, with the dimension QueueName. */
export const queueMetrics = {
    ApproximateNumberOfMessagesVisible: {
        unit: "Count",
        statistic: "Maximum",
        meaning: "messages that wait to be received",
    },
} as const satisfies Record<string, MetricRow>;

/** What the scaler publishes about itself, in its own namespace, with the dimension StreamName. */
export const scalerMetrics = {
    OpenShards: {
        unit: "Count",
        statistic: "Maximum",
        meaning: "open shards that the scaler saw on its last run",
    },
    TargetShards: { unit: "Count", statistic: "Maximum", meaning: "shards that the load asks for" },
    UpdateCallsLeft: {
        unit: "Count",
        statistic: "Maximum",
        meaning: "UpdateShardCount calls left in the rolling 24 h",
    },
} as const satisfies Record<string, MetricRow>;

export type ScalerMetricName = keyof typeof scalerMetrics;

/** Seconds that a data point of an alarm may have beside the multiples of a minute. */
export const shortAlarmPeriodsSeconds: readonly number[] = [10, 20, 30];
