/**
 * Least-privilege policy documents, as JSON, of those who write to a stream and read it: exactly the calls that their client makes, on
 * exactly what it calls them for. test/components/grants/clients.ts has these calls, client by client.
 */
import { awsManagedKinesisKey } from "../../capacity/identifiers";
import { arnIn, parseArn } from "../../capacity/arns";
import { allow, document, keyStatements, type Statement } from "./statements";

/** A stream as policies see it. */
export interface StreamIdentity {
    /** ARN of the stream. */
    readonly streamArn: string;
    /** ID, ARN or alias of the key that encrypts it; of another account's key the ARN. @default the key that AWS manages */
    readonly kmsKeyId?: string | undefined;
}

/** Whom a reader may read as. */
export interface Consumers {
    /** Names of the registered consumers that it may read as. @default none */
    readonly consumers?: readonly string[] | undefined;
}

/** An event source mapping of Lambda. */
export interface EventSource {
    /** Name of the registered consumer that the mapping is on. @default none, it is on the stream */
    readonly fanOutConsumer?: string | undefined;
    /** ARN of the queue or the topic that is told of records that were given up. @default nobody is told */
    readonly failureDestinationArn?: string | undefined;
}

/** Who reads as a consumer of enhanced fan-out, by the consumer's name. */
export interface FanOut {
    /** @default none, it polls */
    readonly fanOutConsumer?: string | undefined;
    /** Whether the consumer is there before the application. @default false: the application registers it */
    readonly registered?: boolean | undefined;
}

/** An application of the Kinesis Client Library. */
export interface KclApplication extends FanOut {
    /** Names the lease table, the other tables begin with it, and the metrics' namespace is it. */
    readonly applicationName: string;
    /** Where the application and its tables are. @default the stream's account */
    readonly accountId?: string | undefined;
}

/** What a producer needs: to write records, and to learn the shards that it batches for. */
export function producerPolicy({ streamArn, kmsKeyId }: StreamIdentity): string {
    return document([
        { Sid: "WriteRecords", ...allow(writing, streamArn) },
        ...keyStatements("EncryptRecords", "kms:GenerateDataKey", streamArn, kmsKeyId ?? awsManagedKinesisKey),
    ]);
}

/** What a consumer of any make needs: to read records, and with enhanced fan-out to subscribe as one of the registered consumers. */
export function consumerPolicy({ streamArn, kmsKeyId, consumers = [] }: StreamIdentity & Consumers): string {
    return document([
        { Sid: "ReadRecords", ...allow(reading, streamArn) },
        ...subscribing(streamArn, consumers),
        ...decrypting({ streamArn, kmsKeyId }),
    ]);
}

/**
 * What an application of the Kinesis Client Library needs, 2 or 3, polling or with enhanced fan-out.
 *
 * It asks for shards and records by GetShardIterator and GetRecords with fan-out, too: so it finds the children of a shard whose lease
 * ended without them. DescribeStream, which AWS's own list has, it has not called since 2.0.
 *
 * Sources: https://docs.aws.amazon.com/streams/latest/dev/kcl-iam-permissions.html, and the library's own of 3.5.1, read 2026-11.
 */
export function kclPolicy({ streamArn, kmsKeyId, ...application }: StreamIdentity & KclApplication): string {
    const { applicationName, fanOutConsumer, registered, accountId } = application;
    const place = parseArn(streamArn);
    const table = arnIn({ ...place, accountId: accountId ?? place.accountId }, "dynamodb", `table/${applicationName}`);
    const stored = (...actions: string[]) => actions.map((action) => `dynamodb:${action}`);
    const registering = fanOutConsumer === undefined || registered ? [] : ["kinesis:RegisterStreamConsumer"];
    return document([
        {
            Sid: "ReadRecords",
            ...allow([...reading.filter((action) => action !== "kinesis:DescribeStream"), ...registering], streamArn),
        },
        ...subscribing(streamArn, fanOutConsumer === undefined ? [] : [fanOutConsumer]),
        {
            Sid: "KeepLeases",
            ...allow(stored(...tableActions, "GetItem", "PutItem", "UpdateTable"), table),
        },
        { Sid: "FindOwnLeases", ...allow("dynamodb:Query", `${table}/index/LeaseOwnerToLeaseKeyIndex`) },
        { Sid: "KeepWorkerMetrics", ...allow(stored(...tableActions), `${table}-WorkerMetricStats`) },
        {
            Sid: "KeepCoordinatorState",
            ...allow(stored(...tableActions, "GetItem", "PutItem"), `${table}-CoordinatorState`),
        },
        {
            Sid: "PublishMetrics",
            // CloudWatch knows no resource for it: the namespace stands in.
            ...allow("cloudwatch:PutMetricData", "*"),
            Condition: { StringEquals: { "cloudwatch:namespace": applicationName } },
        },
        ...decrypting({ streamArn, kmsKeyId }),
    ]);
}

/**
 * What the role of a Lambda function needs for an event source mapping on the stream, or on a consumer that is registered. Of the stream AWS
 * lists the same actions for both, though a mapping on a consumer only subscribes; the consumer it is given by its ARN.
 *
 * Sources: https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-create.html and
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaKinesisExecutionRole.html, read 2026-11.
 */
export function eventSourcePolicy({
    streamArn,
    kmsKeyId,
    fanOutConsumer,
    failureDestinationArn,
}: StreamIdentity & EventSource): string {
    const consumer = `${streamArn}/consumer/${fanOutConsumer}:*`;
    return document([
        { Sid: "ReadRecords", ...allow(reading, streamArn) },
        ...(fanOutConsumer === undefined
            ? []
            : [{ Sid: "SubscribeToShards", ...allow("kinesis:SubscribeToShard", consumer) }]),
        ...decrypting({ streamArn, kmsKeyId }),
        ...tellingFailures(failureDestinationArn),
    ]);
}

function tellingFailures(destinationArn: string | undefined): Statement[] {
    if (destinationArn === undefined) return [];
    const isTopic = parseArn(destinationArn).service === "sns";
    return [{ Sid: "TellFailures", ...allow(isTopic ? "sns:Publish" : "sqs:SendMessage", destinationArn) }];
}

/**
 * What an Apache Flink application needs (Amazon Managed Service for Apache Flink) for its source of the connector's version 5 and later.
 *
 * Source: KinesisStreamProxy and StreamConsumerRegistrar of https://github.com/apache/flink-connector-aws, read 2026-11.
 */
export function flinkPolicy({ streamArn, kmsKeyId, fanOutConsumer, registered }: StreamIdentity & FanOut): string {
    const shards = ["kinesis:DescribeStreamSummary", "kinesis:ListShards"];
    const polling = ["kinesis:GetRecords", "kinesis:GetShardIterator"];
    const own = fanOutConsumer !== undefined && !registered;
    const onStream = [...shards, ...(fanOutConsumer === undefined ? polling : [])].sort();
    return document([
        { Sid: "ReadRecords", ...allow([...onStream, ...(own ? ["kinesis:RegisterStreamConsumer"] : [])], streamArn) },
        ...subscribing(
            streamArn,
            fanOutConsumer === undefined ? [] : [fanOutConsumer],
            own ? ["kinesis:DeregisterStreamConsumer"] : [],
        ),
        ...decrypting({ streamArn, kmsKeyId }),
    ]);
}

/** What somebody may do who writes to a stream. */
export const writing = [
    "kinesis:DescribeStreamSummary",
    "kinesis:ListShards",
    "kinesis:PutRecord",
    "kinesis:PutRecords",
];

/** What somebody may do who reads a stream. */
export const reading = [
    "kinesis:DescribeStream",
    "kinesis:DescribeStreamSummary",
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "kinesis:ListShards",
];

/** What somebody may do who reads as a registered consumer. */
export const subscribingToShards = ["kinesis:DescribeStreamConsumer", "kinesis:SubscribeToShard"];

/** What the library does with each of its tables. */
const tableActions = ["CreateTable", "DeleteItem", "DescribeTable", "Scan", "UpdateItem"];

function subscribing(streamArn: string, consumers: readonly string[], more: readonly string[] = []): Statement[] {
    if (consumers.length === 0) return [];
    // A consumer's ARN ends with the time of its registration, but IAM checks it without one where the caller gives stream and name.
    const arns = consumers.flatMap((consumer) => [
        `${streamArn}/consumer/${consumer}`,
        `${streamArn}/consumer/${consumer}:*`,
    ]);
    return [{ Sid: "SubscribeToShards", Effect: "Allow", Action: [...more, ...subscribingToShards], Resource: arns }];
}

function decrypting({ streamArn, kmsKeyId = awsManagedKinesisKey }: StreamIdentity): Statement[] {
    return keyStatements("DecryptRecords", "kms:Decrypt", streamArn, kmsKeyId);
}
