/**
 * What Kinesis Data Streams allows, and Lambda that reads from it: every limit that this project computes with, once, with its unit and
 * its source.
 *
 * Sizing, alarms, scaling, policies, cost, the producer and the sandbox all read this table; none has a number of its own.
 */

/** A limit of AWS. */
export interface LimitRow {
    /** The number. */
    readonly value: number;
    /** What it counts. */
    readonly unit: string;
    /** Where it was read: a name of `limitSources`. */
    readonly source: LimitSource;
}

/** Where a limit was read, and when. */
export const limitSources = {
    api: "Kinesis API model (botocore 1.43), read 2026-11",
    sizing: "https://docs.aws.amazon.com/streams/latest/dev/how-do-i-size-a-stream.html, read 2026-11",
    quotas: "https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html, read 2026-11",
    blogs: "AWS blogs 2025-10 to 2026-03",
    lambda: "Lambda API model (SDK 3.1141) and https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-parameters.html, read 2026-11",
    lambdaQuotas: "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, read 2026-11",
    sqs: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html, read 2026-11",
    seen: "what users of Lambda report; AWS documents no number",
    arithmetic: "definition",
} as const;

type LimitSource = keyof typeof limitSources;

const bytesPerKiB = 1_024;
const bytesPerMiB = 1_024 * bytesPerKiB;

const rows = {
    bytesPerKiB: { value: bytesPerKiB, unit: "bytes", source: "arithmetic" },
    bytesPerMiB: { value: bytesPerMiB, unit: "bytes", source: "arithmetic" },
    bytesPerGiB: { value: 1_024 * bytesPerMiB, unit: "bytes", source: "arithmetic" },
    secondsPerHour: { value: 3_600, unit: "seconds", source: "arithmetic" },

    // Partition-key bytes count as written bytes.
    shardWriteMiBPerSecond: { value: 1, unit: "MiB/s per shard", source: "sizing" },
    shardWriteBytesPerSecond: { value: bytesPerMiB, unit: "bytes/s per shard", source: "sizing" },
    shardWriteRecordsPerSecond: { value: 1_000, unit: "records/s per shard", source: "sizing" },
    shardReadMiBPerSecond: { value: 2, unit: "MiB/s per shard, over all shared consumers", source: "api" },
    shardReadBytesPerSecond: {
        value: 2 * bytesPerMiB,
        unit: "bytes/s per shard, over all shared consumers",
        source: "api",
    },
    shardGetRecordsCallsPerSecond: {
        value: 5,
        unit: "GetRecords calls/s per shard, over all shared consumers",
        source: "api",
    },
    getRecordsBytesMax: { value: 10 * bytesPerMiB, unit: "bytes per GetRecords call", source: "api" },
    getRecordsRecordsMax: { value: 10_000, unit: "records per GetRecords call", source: "api" },

    tagsMax: { value: 50, unit: "tags per resource", source: "api" },

    fanOutReadMiBPerSecond: { value: 2, unit: "MiB/s per shard and fan-out consumer", source: "quotas" },
    fanOutConsumersMax: { value: 20, unit: "fan-out consumers per stream", source: "quotas" },
    fanOutConsumersOnDemandAdvantageMax: {
        value: 50,
        unit: "fan-out consumers per stream in On-demand Advantage",
        source: "quotas",
    },

    putRecordsRecordsMax: { value: 500, unit: "records per PutRecords call", source: "api" },
    putRecordsBytesMax: { value: 10 * bytesPerMiB, unit: "bytes per PutRecords call, keys included", source: "blogs" },
    recordKiBDefaultMax: { value: 1_024, unit: "KiB per record, unless the stream raises it", source: "api" },
    recordKiBMax: { value: 10_240, unit: "KiB per record, the most a stream can be set to", source: "api" },
    partitionKeyCharactersMax: { value: 256, unit: "Unicode characters", source: "api" },

    updateShardCountCallsPer24Hours: {
        value: 10,
        unit: "UpdateShardCount calls per rolling 24 h and stream",
        source: "api",
    },
    updateShardCountGrowthFactorMax: { value: 2, unit: "times the open shards per call", source: "api" },
    updateShardCountShrinkFactorMin: { value: 0.5, unit: "times the open shards per call", source: "api" },
    updateShardCountTargetMax: { value: 10_000, unit: "shards, by default", source: "api" },
    splitAndMergeCallsPerSecond: { value: 5, unit: "SplitShard and MergeShards calls/s per account", source: "api" },
    listShardsCallsPerSecond: { value: 1_000, unit: "ListShards calls/s per stream", source: "quotas" },
    describeStreamSummaryCallsPerSecond: {
        value: 20,
        unit: "DescribeStreamSummary calls/s per account",
        source: "quotas",
    },
    describeLimitsCallsPerSecond: { value: 1, unit: "DescribeLimits calls/s per account", source: "quotas" },
    registerStreamConsumerCallsPerSecond: {
        value: 5,
        unit: "RegisterStreamConsumer calls/s per account",
        source: "api",
    },
    updateShardCountCallsPerSecond: { value: 10, unit: "UpdateShardCount calls/s per account", source: "api" },
    describeStreamCallsPerSecond: { value: 10, unit: "DescribeStream calls/s per account", source: "api" },
    describeStreamConsumerCallsPerSecond: {
        value: 20,
        unit: "DescribeStreamConsumer calls/s per stream",
        source: "api",
    },
    shardGetShardIteratorCallsPerSecond: {
        value: 5,
        unit: "GetShardIterator calls/s per open shard",
        source: "api",
    },
    controlCallsPerSecond: {
        value: 5,
        unit: "calls/s of each other operation: per account, and on consumers per stream",
        source: "api",
    },
    creatingStreamsMax: { value: 5, unit: "streams per account in the CREATING state", source: "api" },
    creatingConsumersMax: { value: 5, unit: "fan-out consumers in the CREATING state", source: "api" },

    accountShardsDefaultMax: {
        value: 20_000,
        unit: "shards per account in us-east-1, us-west-2, eu-west-1",
        source: "quotas",
    },
    accountShardsOtherRegionsMin: {
        value: 1_000,
        unit: "shards per account in the regions with the smallest quota",
        source: "quotas",
    },

    retentionHoursDefault: { value: 24, unit: "hours", source: "api" },
    retentionHoursExtendedMax: {
        value: 168,
        unit: "hours; beyond it storage is billed by the GB-month",
        source: "api",
    },
    retentionHoursMax: { value: 8_760, unit: "hours", source: "api" },

    warmThroughputMiBpsMax: {
        value: 10 * 1_024,
        unit: "MiB/s of warm throughput per on-demand stream in On-demand Advantage, by default",
        source: "api",
    },
    advantageHoursMin: { value: 24, unit: "hours that On-demand Advantage stays on at least", source: "api" },
    onDemandAdvantageFloorMiBPerSecond: {
        value: 25,
        unit: "MiB/s in and out per account, billed at least",
        source: "blogs",
    },

    eventSourceBatchRecordsMax: { value: 10_000, unit: "records per batch of an event source", source: "lambda" },
    eventSourceBatchingWindowSecondsMax: { value: 300, unit: "seconds that a batch is gathered", source: "lambda" },
    eventSourceParallelizationFactorMax: { value: 10, unit: "batches at once from each shard", source: "lambda" },
    eventSourceRetryAttemptsMax: { value: 10_000, unit: "retries of a batch; -1 is without end", source: "lambda" },
    eventSourceRecordAgeSecondsMin: { value: 60, unit: "seconds; -1 is without end", source: "lambda" },
    eventSourceRecordAgeSecondsMax: { value: 604_800, unit: "seconds; -1 is without end", source: "lambda" },
    eventSourceBackoffSecondsMax: { value: 60, unit: "seconds between two tries of a failed batch", source: "seen" },
    lambdaPayloadBytesMax: { value: 6 * bytesPerMiB, unit: "bytes per synchronous invocation", source: "lambdaQuotas" },
    lambdaTimeoutSecondsMax: { value: 900, unit: "seconds per invocation", source: "lambdaQuotas" },
    lambdaConcurrencyDefaultMax: {
        value: 1_000,
        unit: "invocations at once per account and region, by default",
        source: "lambdaQuotas",
    },
    queueRetentionSecondsMax: { value: 1_209_600, unit: "seconds that a queue keeps a message", source: "sqs" },
} as const satisfies Record<string, LimitRow>;

/** The name of a limit, which ends in its unit. */
export type LimitName = keyof typeof rows;

/** The table itself, for documentation and for tests: value, unit and source of each limit. */
export const limitRows: Readonly<Record<LimitName, LimitRow>> = rows;

/**
 * The limits as plain numbers, each named with its unit.
 *
 * @example limits.shardWriteRecordsPerSecond // 1000
 */
export const limits = Object.fromEntries(Object.entries(rows).map(([name, row]) => [name, row.value])) as {
    readonly [Name in LimitName]: (typeof rows)[Name]["value"];
};
