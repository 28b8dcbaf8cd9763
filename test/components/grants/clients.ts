/**
 * What the clients of a stream really call, action and resource: the policy of each allows all of it, and nothing to spare.
 */
import { type AccessRequest } from "../../../sandbox/service";

export const streamArn = "arn:aws:kinesis:eu-west-1:123456789012:stream/orders";
export const keyArn = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const consumer = `${streamArn}/consumer/billing`;
const registered = `${consumer}:1763900000`;
const table = (suffix = ""): string => `arn:aws:dynamodb:eu-west-1:123456789012:table/shop-billing${suffix}`;

const calls = (resource: string, ...actions: string[]): AccessRequest[] =>
    actions.map((action) => ({ action, resource }));

const ofKinesis = (...operations: string[]): string[] => operations.map((operation) => `kinesis:${operation}`);
const ofDynamo = (...operations: string[]): string[] => operations.map((operation) => `dynamodb:${operation}`);

/** Kinesis decrypts for the reader, with the reader's rights. */
export const decrypts: AccessRequest = {
    action: "kms:Decrypt",
    resource: keyArn,
    context: { "kms:ViaService": "kinesis.eu-west-1.amazonaws.com" },
};

/** The batching producer of this project. */
export const producer: AccessRequest[] = [
    ...calls(streamArn, ...ofKinesis("DescribeStreamSummary", "ListShards", "PutRecord", "PutRecords")),
    { ...decrypts, action: "kms:GenerateDataKey" },
];

/** Any reader: AWS's own SDKs, and the clients of other libraries. */
export const consumerOfAnyMake: AccessRequest[] = [
    ...calls(
        streamArn,
        ...ofKinesis("DescribeStream", "DescribeStreamSummary", "GetRecords", "GetShardIterator", "ListShards"),
    ),
    decrypts,
];

const subscribes = [
    // By StreamARN and ConsumerName, as KCL and Flink look themselves up, and by ConsumerARN.
    ...calls(consumer, ...ofKinesis("DescribeStreamConsumer")),
    ...calls(registered, ...ofKinesis("DescribeStreamConsumer", "SubscribeToShard")),
];

export const consumerWithFanOut: AccessRequest[] = [...consumerOfAnyMake, ...subscribes];

/** The sandbox's mapping calls all of it. */
export const eventSourceOnStream = consumerOfAnyMake;

export const eventSourceOnConsumer: AccessRequest[] = [
    ...calls(streamArn, ...ofKinesis("DescribeStream", "DescribeStreamSummary", "ListShards")),
    // On AWS's list for mappings of either kind; the sandbox's does without.
    ...calls(streamArn, ...ofKinesis("GetRecords", "GetShardIterator")),
    ...calls(registered, ...ofKinesis("SubscribeToShard")),
    decrypts,
];

/** As an application of KCL 3.5 called the sandbox for its tables and metrics, while it read over a reshard. */
const kclTables: AccessRequest[] = [
    ...calls(
        table(),
        ...ofDynamo("CreateTable", "DeleteItem", "DescribeTable", "GetItem", "PutItem", "Scan"),
        ...ofDynamo("UpdateItem", "UpdateTable"),
    ),
    ...calls(table("/index/LeaseOwnerToLeaseKeyIndex"), ...ofDynamo("Query")),
    ...calls(table("-WorkerMetricStats"), ...ofDynamo("CreateTable", "DescribeTable", "Scan", "UpdateItem")),
    ...calls(
        table("-CoordinatorState"),
        ...ofDynamo("CreateTable", "DeleteItem", "DescribeTable", "GetItem", "PutItem", "UpdateItem"),
    ),
    { action: "cloudwatch:PutMetricData", resource: "*", context: { "cloudwatch:namespace": "shop-billing" } },
];

/** What its source calls as well, and a run of minutes does not show. */
const kclRarely: AccessRequest[] = [
    // The entry of a worker that has gone.
    ...calls(table("-WorkerMetricStats"), ...ofDynamo("DeleteItem")),
    // What is known of several streams, and of a migration from KCL 2.
    ...calls(table("-CoordinatorState"), ...ofDynamo("Scan")),
    decrypts,
];

export const kclPolling: AccessRequest[] = [
    ...calls(streamArn, ...ofKinesis("GetRecords", "GetShardIterator", "ListShards")),
    // Rarely, too: for the stream's ID, where an application is told to keep it.
    ...calls(streamArn, ...ofKinesis("DescribeStreamSummary")),
    ...kclTables,
    ...kclRarely,
];

/** The consumer is there already. */
export const kclWithFanOut: AccessRequest[] = [
    ...calls(streamArn, ...ofKinesis("DescribeStreamSummary", "ListShards")),
    // Rarely, too: a lease ends, and the children of its shard are not known.
    ...calls(streamArn, ...ofKinesis("GetRecords", "GetShardIterator")),
    ...subscribes,
    ...kclTables,
    ...kclRarely,
];

export const registers: AccessRequest[] = calls(streamArn, ...ofKinesis("RegisterStreamConsumer"));

export const flinkPolling: AccessRequest[] = [
    ...calls(streamArn, ...ofKinesis("DescribeStreamSummary", "GetRecords", "GetShardIterator", "ListShards")),
    decrypts,
];

export const flinkWithFanOut: AccessRequest[] = [
    ...calls(streamArn, ...ofKinesis("DescribeStreamSummary", "ListShards")),
    ...subscribes,
    decrypts,
];

export const deregisters: AccessRequest[] = calls(registered, ...ofKinesis("DeregisterStreamConsumer"));
