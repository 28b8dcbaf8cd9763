/**
 * A second, independent client: boto3 makes the calls that the JS SDK makes, to a sandbox of its own, and must be told the same.
 */
import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import * as kinesis from "@aws-sdk/client-kinesis";
import * as sns from "@aws-sdk/client-sns";
import * as assert from "node:assert/strict";

import { ManualClock, type Sandbox, startSandbox } from "../../sandbox/index";
import { leaveOut } from "../leaveOut";
import { askedByPython, pythonWithBoto3, type Step } from "./boto3";
import { atOnce } from "./kinesis/streams";

const clients = { kinesis, cloudwatch, sns };

const bytes = (text: string) => ({ $bytes: Buffer.from(text).toString("base64") });
const from = (step: number, member: string) => ({ $from: [step, member] });
const startSeconds = Date.UTC(2026, 10, 1) / 1_000;
const streamArn = "arn:aws:kinesis:us-east-1:123456789012:stream/orders";
const consumerArn = `${streamArn}/consumer/early:${startSeconds}`;
const ofKinesis = (operation: string, input: object = {}, events?: number): Step => ({
    service: "kinesis",
    operation,
    input,
    ...(events !== undefined && { events }),
});
const orders = { StreamName: "orders" };

const steps: readonly Step[] = [
    ofKinesis("CreateStream", { StreamName: "clicks", ShardCount: 3, Tags: { team: "clicks" } }),
    ofKinesis("PutRecords", {
        ...orders,
        Records: [
            { Data: bytes("one"), PartitionKey: "a" },
            { Data: bytes("zwei 🔑"), PartitionKey: "ключ" },
            { Data: bytes(""), PartitionKey: "c", ExplicitHashKey: "0" },
        ],
    }),
    ofKinesis("PutRecord", { ...orders, Data: bytes("four"), PartitionKey: "d", ExplicitHashKey: "0" }),
    ofKinesis("GetShardIterator", { ...orders, ShardId: "shardId-000000000000", ShardIteratorType: "TRIM_HORIZON" }),
    ofKinesis("GetRecords", { ShardIterator: from(3, "ShardIterator"), Limit: 1 }),
    ofKinesis("GetRecords", { ShardIterator: from(4, "NextShardIterator") }),
    ofKinesis("GetShardIterator", {
        StreamARN: streamArn,
        ShardId: "shardId-000000000000",
        ShardIteratorType: "AT_TIMESTAMP",
        Timestamp: { $time: startSeconds },
    }),
    ofKinesis("GetRecords", { ShardIterator: from(6, "ShardIterator") }),
    ofKinesis("DescribeStream", orders),
    ofKinesis("DescribeStreamSummary", orders),
    ofKinesis("ListShards", { ...orders, MaxResults: 2 }),
    ofKinesis("ListShards", { NextToken: from(10, "NextToken") }),
    ofKinesis("SplitShard", { ...orders, ShardToSplit: "shardId-000000000000", NewStartingHashKey: "1000" }),
    ofKinesis("MergeShards", {
        ...orders,
        ShardToMerge: "shardId-000000000003",
        AdjacentShardToMerge: "shardId-000000000004",
    }),
    ofKinesis("UpdateShardCount", { ...orders, TargetShardCount: 5, ScalingType: "UNIFORM_SCALING" }),
    ofKinesis("ListShards", { ...orders, ShardFilter: { Type: "AT_LATEST" } }),
    ofKinesis("GetRecords", { ShardIterator: from(6, "ShardIterator") }),
    ofKinesis("RegisterStreamConsumer", { StreamARN: streamArn, ConsumerName: "reader" }),
    ofKinesis("ListStreamConsumers", { StreamARN: streamArn }),
    ofKinesis("DescribeStreamConsumer", { StreamARN: streamArn, ConsumerName: "reader" }),
    ofKinesis("EnableEnhancedMonitoring", { ...orders, ShardLevelMetrics: ["ALL"] }),
    ofKinesis("IncreaseStreamRetentionPeriod", { ...orders, RetentionPeriodHours: 48 }),
    ofKinesis("StartStreamEncryption", { ...orders, EncryptionType: "KMS", KeyId: "alias/aws/kinesis" }),
    ofKinesis("UpdateMaxRecordSize", { StreamARN: streamArn, MaxRecordSizeInKiB: 2_048 }),
    ofKinesis("PutRecord", { ...orders, Data: bytes("encrypted"), PartitionKey: "e" }),
    ofKinesis("DescribeStreamSummary", { StreamARN: streamArn }),
    ofKinesis("ListTagsForStream", orders),
    ofKinesis("ListTagsForResource", { ResourceARN: streamArn }),
    ofKinesis("ListStreams"),
    ofKinesis("DescribeLimits"),
    ofKinesis("DescribeAccountSettings"),
    ofKinesis(
        "SubscribeToShard",
        { ConsumerARN: consumerArn, ShardId: "shardId-000000000000", StartingPosition: { Type: "TRIM_HORIZON" } },
        1,
    ),
    // What is refused is refused in the same words.
    ofKinesis("CreateStream", { ...orders, ShardCount: 1 }),
    ofKinesis("CreateStream", { StreamName: "a b", ShardCount: 0 }),
    ofKinesis("CreateStream", { StreamName: "huge", ShardCount: 2_000_000_000 }),
    ofKinesis("DescribeStream", { StreamName: "missing" }),
    ofKinesis("UpdateShardCount", { ...orders, TargetShardCount: 11, ScalingType: "UNIFORM_SCALING" }),
    ofKinesis("PutRecords", { ...orders, Records: [] }),
    ofKinesis("PutRecord", { ...orders, Data: bytes("x"), PartitionKey: "k", ExplicitHashKey: String(2n ** 128n) }),
    ofKinesis("GetRecords", { ShardIterator: "nonsense" }),
    // CloudWatch's part, in its protocol; SNS's in another.
    {
        service: "cloudwatch",
        operation: "GetMetricStatistics",
        input: {
            Namespace: "AWS/Kinesis",
            MetricName: "IncomingRecords",
            Dimensions: [{ Name: "StreamName", Value: "orders" }],
            StartTime: { $time: startSeconds - 60 },
            EndTime: { $time: startSeconds + 60 },
            Period: 60,
            Statistics: ["Sum", "SampleCount"],
        },
    },
    { service: "cloudwatch", operation: "DescribeAlarms", input: {} },
    { service: "sns", operation: "CreateTopic", input: { Name: "alarms" } },
    { service: "sns", operation: "ListTopics", input: {} },
    { service: "sns", operation: "GetTopicAttributes", input: { TopicArn: "arn:aws:sns:us-east-1:123456789012:none" } },
    ofKinesis("DeleteStream", { ...orders, EnforceConsumerDeletion: true }),
    ofKinesis("DescribeStreamSummary", orders),
];

describe("boto3 and the JS SDK", function () {
    this.timeout(300_000);

    it("are told the same, answer by answer", async function () {
        const python = pythonWithBoto3();
        if (!python) leaveOut(this, "boto3 is the second client", "there is no python3 with boto3 on this machine.");
        const mine = await onFreshSandbox((sandbox) => askedByJavaScript(sandbox));
        const theirs = await onFreshSandbox((sandbox) => askedByPython(python, sandbox, steps));
        for (const [index, { operation }] of steps.entries())
            assert.deepEqual(theirs[index], mine[index], `${index}: ${operation}`);

        const refused = steps.flatMap(({ operation }, index) => {
            const { error } = mine[index] as { error?: string };
            return error === undefined ? [] : [`${operation}: ${error}`];
        });
        assert.deepEqual(refused, [
            "CreateStream: ResourceInUseException",
            "CreateStream: ValidationException",
            "CreateStream: LimitExceededException",
            "DescribeStream: ResourceNotFoundException",
            "UpdateShardCount: LimitExceededException",
            "PutRecords: ValidationException",
            "PutRecord: InvalidArgumentException",
            "GetRecords: InvalidArgumentException",
            "GetTopicAttributes: NotFound",
            "DescribeStreamSummary: ResourceNotFoundException",
        ]);
    });
});

/** Both see the same streams at the same time of a clock that stands still, so even sequence numbers agree. */
async function onFreshSandbox(ask: (sandbox: Sandbox) => Promise<unknown[]>): Promise<unknown[]> {
    const clock = new ManualClock(startSeconds * 1_000);
    const sandbox = await startSandbox({ clock, durations: atOnce });
    try {
        const { kinesis: service } = sandbox;
        const call = (operation: string, input: object) => service.operations[operation]!(input, {} as never);
        call("CreateStream", { ...orders, ShardCount: 3, Tags: { team: "orders" } });
        call("RegisterStreamConsumer", { StreamARN: streamArn, ConsumerName: "early" });
        await clock.advance(1_000);
        return await ask(sandbox);
    } finally {
        await sandbox.stop();
    }
}

async function askedByJavaScript(sandbox: Sandbox): Promise<unknown[]> {
    const answers: Record<string, unknown>[] = [];
    for (const { service: name, operation, input, events } of steps) {
        const service = name as keyof typeof clients;
        const module = clients[service] as unknown as Record<string, new (input: object) => object>;
        const Client = module[`${{ kinesis: "Kinesis", cloudwatch: "CloudWatch", sns: "SNS" }[service]}Client`]!;
        const { endpoint, region, credentials } = sandbox;
        const client = new Client({ endpoint, region, credentials, maxAttempts: 1 }) as {
            send(command: object): Promise<Record<string, unknown>>;
            destroy(): void;
        };
        try {
            const { $metadata: metadata, ...answer } = await client.send(
                new module[`${operation}Command`]!(resolved(input, answers) as object),
            );
            assert.equal((metadata as { httpStatusCode: number }).httpStatusCode, 200);
            if (events !== undefined)
                answer.EventStream = await firstEvents(answer.EventStream as AsyncIterable<unknown>, events);

            answers.push(answer);
        } catch (error) {
            const { name, message, Code } = error as Error & { Code?: string };
            answers.push({ error: Code ?? name, message });
        }
        client.destroy();
    }
    return plain(answers) as unknown[];
}

async function firstEvents(stream: AsyncIterable<unknown>, count: number): Promise<unknown[]> {
    const events: unknown[] = [];
    for await (const event of stream) {
        events.push(event);
        if (events.length === count) break;
    }
    return events;
}

function resolved(value: unknown, answers: readonly Record<string, unknown>[]): unknown {
    if (Array.isArray(value)) return value.map((item) => resolved(item, answers));
    if (typeof value !== "object" || value === null) return value;
    if ("$bytes" in value) return Buffer.from(value.$bytes as string, "base64");
    if ("$time" in value) return new Date((value.$time as number) * 1_000);
    if ("$from" in value) {
        const [step, member] = value.$from as [number, string];
        return answers[step]![member];
    }
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolved(item, answers)]));
}

function plain(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(plain);
    if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString("base64") };
    if (value instanceof Date) return { $time: value.getTime() / 1_000 };
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
        Object.entries(value).flatMap(([key, item]) => (item === undefined ? [] : [[key, plain(item)]])),
    );
}
