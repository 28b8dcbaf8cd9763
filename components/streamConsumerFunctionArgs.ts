/**
 * What a StreamConsumerFunction is told.
 */
import type * as pulumi from "@pulumi/pulumi";
import { type FunctionAlarmsArgs } from "./alarmArgs";
import { type NotificationsArgs } from "./notifications";
import { type RequirementsArgs } from "./streamFacts";

/** Where a function starts to read a stream that it has not read before. */
export const StartingPosition = {
    /** At the oldest record that the stream has. */
    TrimHorizon: "TRIM_HORIZON",
    /** At what is written from now on; what is written while Lambda sets the mapping up may be missed. */
    Latest: "LATEST",
    /** At a time. */
    AtTimestamp: "AT_TIMESTAMP",
} as const;

/** Where a function starts to read a stream that it has not read before. */
export type StartingPosition = (typeof StartingPosition)[keyof typeof StartingPosition];

/** What a StreamConsumerFunction is told. Only stream and function are needed; the rest of what is known about the stream sizes it. */
export interface StreamConsumerFunctionArgs {
    /** ARN of the stream. Required. */
    stream: pulumi.Input<string>;
    /** Name or ARN of the Lambda function, in the region of the stream, with an alias or without. Required. */
    function: pulumi.Input<string>;
    /** Name or ARN of the function's role, which is then allowed to read the stream and to tell what was given up. Default: attach the output `readPolicy` to it. */
    role?: pulumi.Input<string | undefined>;
    /** ARN of a registered consumer as which it reads, with a throughput of its own. Another one is another mapping, which starts anew. Default: it shares the stream's reads. */
    consumer?: pulumi.Input<string | undefined>;
    /** The declared peak of the stream. Default: not declared, and the function is not sized. */
    requirements?: RequirementsArgs | undefined;
    /** Open shards at that peak, 1 to 10,000. Default: the fewest that the requirements need. */
    shardCount?: pulumi.Input<number | undefined>;
    /** Hours that the stream keeps records, 24 to 8,760. Default: 24. */
    retentionHours?: pulumi.Input<number | undefined>;
    /** ID, ARN or alias of the KMS key that encrypts the stream. Default: `alias/aws/kinesis`. */
    kmsKeyId?: pulumi.Input<string | undefined>;
    /** Milliseconds that each record adds to an invocation. Default: not declared, and the function is not sized. */
    processingMillisecondsPerRecord?: pulumi.Input<number | undefined>;
    /** Milliseconds that an invocation takes beside its records: a connection, a commit. Default: 0. */
    processingMillisecondsPerBatch?: pulumi.Input<number | undefined>;
    /** The function's timeout in seconds, 1 to 900: a full batch must fit, and the alarm `functionFailing` looks back so far that one that hangs until then is told. Default: not known, and it may be 900. */
    functionTimeoutSeconds?: pulumi.Input<number | undefined>;
    /** The most records of an invocation, 1 to 10,000. Default: 100. */
    batchSize?: pulumi.Input<number | undefined>;
    /** Seconds that a batch waits for more records, 0 to 300. Default: 0. */
    batchingWindowSeconds?: pulumi.Input<number | undefined>;
    /** Batches that are processed at once from each shard, 1 to 10; records of one key stay in order. Default: the fewest that keep up with the requirements and their headroom, else 1. */
    parallelizationFactor?: pulumi.Input<number | undefined>;
    /** Whether a batch that failed is halved, until the record that fails is alone. Default: true. */
    bisectBatchOnError?: pulumi.Input<boolean | undefined>;
    /** Retries of a batch that failed, 0 to 10,000, or -1 for without end; up to a minute apart. Default: 60, about an hour. */
    maximumRetryAttempts?: pulumi.Input<number | undefined>;
    /** Age in seconds at which a record is given up, 60 to 604,800, or -1 for never. Default: an hour less than the retention, at most 604,800. */
    maximumRecordAgeSeconds?: pulumi.Input<number | undefined>;
    /** Whether the function answers with the records that failed (`batchItemFailures`), so that the others are not tried again. Default: false. */
    reportBatchItemFailures?: pulumi.Input<boolean | undefined>;
    /** Where it starts to read: `TRIM_HORIZON`, `LATEST` (what is written while Lambda sets the mapping up may be missed) or `AT_TIMESTAMP`. Default: `TRIM_HORIZON`. */
    startingPosition?: pulumi.Input<StartingPosition>;
    /** The time of `AT_TIMESTAMP`, such as 2026-11-02T12:00:00Z. Default: none. */
    startingPositionTimestamp?: pulumi.Input<string | undefined>;
    /** Whether the function is fed; false pauses it, without its alarm `functionSilent`, and it goes on where it was. Default: true. */
    enabled?: boolean | undefined;
    /** ARN of a standard SQS queue that is told where the records are that were given up, in the region of the stream and the account of the function; elsewhere only without the alarm `recordsGivenUp`, which does not see it there. Default: a queue of its own, encrypted by SQS, which keeps messages 14 days. */
    failureQueueArn?: pulumi.Input<string | undefined>;
    /** ARN of a standard SNS topic that is told instead of a queue. Default: none. */
    failureTopicArn?: pulumi.Input<string | undefined>;
    /** The alarms' thresholds, and which of them exist. Default: all. */
    alarms?: FunctionAlarmsArgs | undefined;
    /** Where the alarms go. Default: a topic of their own. */
    notifications?: NotificationsArgs | undefined;
    /** Region of stream and function. Default: the provider's. Another region is another mapping. */
    region?: pulumi.Input<string | undefined>;
    /** Tags of everything that can carry tags. Default: none. */
    tags?: pulumi.Input<Record<string, pulumi.Input<string>> | undefined>;
}

/** What a ShardedStream tells the functions that read it. */
export type StreamSource = Pick<
    StreamConsumerFunctionArgs,
    "stream" | "requirements" | "shardCount" | "retentionHours" | "kmsKeyId" | "notifications" | "region"
>;
