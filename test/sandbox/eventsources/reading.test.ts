/** What a function is handed, when, and what becomes of what it refuses. */
import { deepEqual, equal, match, ok } from "node:assert/strict";

import { type GuardedCall } from "../../../sandbox/index";
import { minutes, startMs } from "../cloud";
import {
    account,
    consumerActions,
    type EventRecord,
    type FedCloud,
    functionArn,
    queueArn,
    roleArn,
    startFed,
    statement,
    streamActions,
    streamArn,
    topicArn,
} from "./fed";

const seconds = (count: number): number => count * 1_000;
/** What stands in a message about records that were given up. */
interface Told {
    readonly requestContext: {
        readonly requestId: string;
        readonly condition: string;
        readonly approximateInvokeCount: number;
    };
    readonly KinesisBatchInfo: { readonly startSequenceNumber: string; readonly endSequenceNumber: string };
}

const throwing = (): never => {
    throw new TypeError("no");
};

describe("a mapping of a stream", () => {
    let fed: FedCloud;
    beforeEach(async () => {
        fed = await startFed();
        await fed.call("sqs", "CreateQueue", { QueueName: "failures" });
    });
    afterEach(() => fed.stop());

    const told = (): Told[] => fed.cloud.sqs.bodiesIn("failures").map((body) => JSON.parse(body) as Told);
    const onFailure = { DestinationConfig: { OnFailure: { Destination: queueArn } } };

    const sequenceOfFirst = async (): Promise<string> => {
        const ShardId = "shardId-000000000000";
        const at = { StreamName: "orders", ShardId, ShardIteratorType: "TRIM_HORIZON" };
        const { Records } = await fed.call("kinesis", "GetRecords", await fed.call("kinesis", "GetShardIterator", at));
        return Records[0].SequenceNumber;
    };

    it("hands over Kinesis's event, as AWS writes it", async () => {
        const events: unknown[] = [];
        fed.cloud.lambda.handlers.set("worker", (event) => events.push(event));
        await fed.put("order-1=ü");
        const sequenceNumber = await sequenceOfFirst();
        await fed.map();
        deepEqual(events, [
            {
                Records: [
                    {
                        kinesis: {
                            kinesisSchemaVersion: "1.0",
                            partitionKey: "order-1",
                            sequenceNumber,
                            data: "w7w=",
                            approximateArrivalTimestamp: startMs / 1_000,
                        },
                        eventSource: "aws:kinesis",
                        eventVersion: "1.0",
                        eventID: `shardId-000000000000:${sequenceNumber}`,
                        eventName: "aws:kinesis:record",
                        invokeIdentityArn: roleArn,
                        awsRegion: "us-east-1",
                        eventSourceARN: streamArn,
                    },
                ],
            },
        ]);
    });

    it("asks the shard once a second, and counts as a reader of it", async () => {
        await fed.map();
        const before = fed.values("AWS/Kinesis", "GetRecords.Success").length;
        await fed.clock.advance(seconds(10));
        equal(fed.values("AWS/Kinesis", "GetRecords.Success").length - before, 10);
        deepEqual(fed.batches, []);
    });

    it("makes batches of a size, and at once of what there is without a window", async () => {
        await fed.put("a", "b", "c", "d", "e");
        await fed.map({ BatchSize: 2 });
        deepEqual(fed.batches, [["a", "b"], ["c", "d"], ["e"]]);
    });

    it("waits for the window, or for a full batch", async () => {
        await fed.map({ BatchSize: 3, MaximumBatchingWindowInSeconds: 10 });
        await fed.put("a");
        await fed.clock.advance(seconds(9));
        deepEqual(fed.batches, []);
        await fed.clock.advance(seconds(2));
        deepEqual(fed.batches, [["a"]]);
        await fed.put("b", "c", "d");
        await fed.clock.advance(seconds(1));
        deepEqual(fed.batches, [["a"], ["b", "c", "d"]]);
    });

    it("hands over at most 6 MB at once", async () => {
        const large = "x".repeat(700_000);
        for (let number = 0; number < 8; number++) {
            await fed.put(`${number}=${large}`);
            await fed.clock.advance(seconds(1));
        }
        await fed.map();
        await fed.clock.advance(seconds(9));
        // 933,333 bytes of base64 and some for the rest: six of them fit.
        deepEqual(
            fed.batches.map(({ length }) => length),
            [6, 2],
        );
    });

    it("tells the age of the last record when it hands over a batch, at each attempt", async () => {
        await fed.put("a");
        await fed.clock.advance(seconds(20));
        fed.handle(throwing);
        await fed.map({ MaximumRetryAttempts: 1 });
        await fed.clock.advance(seconds(2));
        deepEqual(fed.values("AWS/Lambda", "IteratorAge"), [21_000, 22_000]);
        deepEqual(fed.values("AWS/Lambda", "Errors"), [1, 1]);
    });

    it("begins after the latest record, at a time, or with the oldest", async () => {
        await fed.put("old");
        await fed.clock.advance(seconds(60));
        await fed.put("new");
        const begin = async (input: object): Promise<string[]> => {
            const UUID = await fed.map(input);
            await fed.clock.advance(seconds(1));
            await fed.put("next");
            await fed.clock.advance(seconds(2));
            await fed.call("lambda", "DeleteEventSourceMapping", { UUID });
            await fed.clock.advance(seconds(2));
            return fed.batches.splice(0).flat();
        };
        deepEqual(await begin({ StartingPosition: "LATEST" }), ["next"]);
        const at = { StartingPosition: "AT_TIMESTAMP", StartingPositionTimestamp: startMs / 1_000 + 60 };
        deepEqual(await begin(at), ["new", "next", "next"]);
        deepEqual(await begin({}), ["old", "new", "next", "next", "next"]);
    });

    it("goes on where it stopped, once it is enabled again", async () => {
        const UUID = await fed.map({ BatchSize: 1 });
        const enable = async (Enabled: boolean): Promise<void> => {
            await fed.call("lambda", "UpdateEventSourceMapping", { UUID, Enabled });
            await fed.clock.advance(seconds(2));
        };
        await fed.put("a");
        await fed.clock.advance(seconds(2));
        await enable(false);
        await fed.put("b");
        await fed.clock.advance(minutes(60));
        deepEqual(fed.batches, [["a"]]);
        await enable(true);
        deepEqual(fed.batches, [["a"], ["b"]]);
    });

    it("reads parents before their children over a reshard", async () => {
        fed.handle(async () => fed.clock.sleep(seconds(2)));
        await fed.map({ BatchSize: 1 });
        await fed.put("key=1", "key=2", "key=3");
        await fed.call("kinesis", "UpdateShardCount", {
            StreamName: "orders",
            TargetShardCount: 2,
            ScalingType: "UNIFORM_SCALING",
        });
        await fed.call("kinesis", "DescribeStreamSummary", { StreamName: "orders" });
        await fed.put("key=4", "other=5", "another=6", "more=7");
        await fed.clock.advance(seconds(1));
        deepEqual(fed.batches.flat(), ["1"]);
        await fed.clock.advance(seconds(20));
        deepEqual(fed.batches.flat().slice(0, 3), ["1", "2", "3"]);
        deepEqual(fed.batches.flat().sort(), ["1", "2", "3", "4", "5", "6", "7"]);
    });

    it("works on as many batches of a shard at once as its factor, one of each key", async () => {
        let running = 0;
        const most = { running: 0 };
        const keys = new Set<string>();
        fed.handle(async (records: EventRecord[]) => {
            most.running = Math.max(most.running, ++running);
            for (const { kinesis } of records) {
                equal(keys.has(kinesis.partitionKey), false, "a key is in two batches at once");
                keys.add(kinesis.partitionKey);
            }
            await fed.clock.sleep(seconds(1));
            for (const { kinesis } of records) keys.delete(kinesis.partitionKey);
            running--;
        });
        await fed.put(...Array.from({ length: 120 }, (_, index) => `key-${index % 40}=${index}`));
        await fed.map({ BatchSize: 1, ParallelizationFactor: 4 });
        await fed.clock.advance(seconds(120));
        equal(fed.batches.length, 120);
        equal(most.running, 4);
    });

    it("lets other keys go on while one is held up", async () => {
        fed.handle((records) => (records[0]!.kinesis.partitionKey === "held" ? throwing() : undefined));
        await fed.map({ BatchSize: 1, ParallelizationFactor: 10 });
        await fed.put("held=a", "held=b", "held=c");
        for (let index = 0; index < 20; index++) {
            await fed.put(`key-${index}=${index}`);
            await fed.clock.advance(seconds(1));
        }
        const others = fed.batches.flat().filter((text) => text !== "a");
        equal(others.includes("b"), false);
        // One lane in ten waits with the key that is held up.
        equal(others.length >= 15, true, `${others.length} of 20 went on`);
    });

    it("tries again with a back-off while the function fails, and says so", async () => {
        fed.handle(throwing);
        await fed.put("a");
        const uuid = await fed.map();
        await fed.clock.advance(seconds(1 + 2 + 4 + 8));
        equal(fed.batches.length, 5);
        equal((await fed.mapping(uuid)).LastProcessingResult, "PROBLEM: Function call failed");
        fed.handle(() => undefined);
        await fed.clock.advance(seconds(16));
        equal((await fed.mapping(uuid)).LastProcessingResult, "OK");
        await fed.clock.advance(minutes(5));
        equal(fed.batches.length, 6);
    });

    it("uses up no retry where the function is throttled", async () => {
        const reserve = { FunctionName: "worker", ReservedConcurrentExecutions: 0 };
        await fed.call("lambda", "PutFunctionConcurrency", reserve);
        await fed.put("a");
        const uuid = await fed.map({ MaximumRetryAttempts: 0, ...onFailure });
        await fed.clock.advance(seconds(30));
        equal((await fed.mapping(uuid)).LastProcessingResult, "PROBLEM: Rate Exceeded.");
        equal(fed.values("AWS/Lambda", "Throttles").length, 5);
        await fed.call("lambda", "DeleteFunctionConcurrency", { FunctionName: "worker" });
        await fed.clock.advance(seconds(60));
        deepEqual([fed.batches, told()], [[["a"]], []]);
    });

    it("finds the one bad record by halves, and tells the queue of it alone", async () => {
        fed.handle((records) => {
            if (records.some(({ kinesis }) => kinesis.partitionKey === "bad")) throw new Error("bad");
        });
        await fed.put("a", "b", "bad", "d");
        await fed.map({ BisectBatchOnFunctionError: true, MaximumRetryAttempts: 0, ...onFailure });
        await fed.clock.advance(minutes(1));
        deepEqual(fed.batches, [["a", "b", "bad", "d"], ["a", "b"], ["bad", "d"], ["bad"], ["d"]]);
        equal(told().length, 1);
    });

    it("goes on from the record that the function reports", async () => {
        const bad = new Set(["c", "e"]);
        fed.handle((records) => ({
            batchItemFailures: records
                .filter(({ kinesis }) => bad.delete(kinesis.partitionKey))
                .map(({ kinesis }) => ({ itemIdentifier: kinesis.sequenceNumber })),
        }));
        await fed.put("a", "b", "c", "d", "e");
        await fed.map({ FunctionResponseTypes: ["ReportBatchItemFailures"] });
        await fed.clock.advance(seconds(10));
        deepEqual(fed.batches, [
            ["a", "b", "c", "d", "e"],
            ["c", "d", "e"],
        ]);
    });

    it("tells the queue which records it gave up, in AWS's words", async () => {
        fed.handle(throwing);
        await fed.put("a");
        await fed.clock.advance(seconds(5));
        await fed.put("b");
        await fed.map({ MaximumRetryAttempts: 1, ...onFailure });
        await fed.clock.advance(seconds(3));
        const [message] = told();
        const { startSequenceNumber, endSequenceNumber } = message!.KinesisBatchInfo;
        match(startSequenceNumber, /^49\d{54}$/);
        ok(BigInt(endSequenceNumber) > BigInt(startSequenceNumber));
        const { requestId } = message!.requestContext;
        equal(fed.cloud.lambda.invocations.at(-1)!.requestId, requestId);
        deepEqual(message, {
            requestContext: { requestId, functionArn, condition: "RetryAttemptsExhausted", approximateInvokeCount: 2 },
            responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
            version: "1.0",
            timestamp: "2026-11-01T00:00:07.000Z",
            KinesisBatchInfo: {
                shardId: "shardId-000000000000",
                startSequenceNumber,
                endSequenceNumber,
                approximateArrivalOfFirstRecord: "2026-11-01T00:00:00.000Z",
                approximateArrivalOfLastRecord: "2026-11-01T00:00:05.000Z",
                batchSize: 2,
                streamArn,
            },
        });
    });

    it("tells a topic what it would tell a queue", async () => {
        await fed.call("sns", "CreateTopic", { Name: "failures" });
        fed.handle(throwing);
        await fed.put("a");
        await fed.map({ MaximumRetryAttempts: 0, DestinationConfig: { OnFailure: { Destination: topicArn } } });
        await fed.clock.advance(seconds(1));
        match(fed.cloud.sns.published[0]!.message, /"condition":"RetryAttemptsExhausted","approximateInvokeCount":1/);
    });

    it("gives up what is too old, also without an attempt", async () => {
        await fed.put("old");
        await fed.clock.advance(seconds(120));
        await fed.put("new");
        await fed.map({ MaximumRecordAgeInSeconds: 60, ...onFailure });
        deepEqual(fed.batches, [["new"]]);
        const [message] = told();
        deepEqual(
            [message!.requestContext.condition, message!.requestContext.approximateInvokeCount],
            ["RecordAgeExceeded", 0],
        );
        equal("responseContext" in message!, false);
    });

    it("counts what it could not tell anybody, and goes on", async () => {
        fed.handle((records) => (records[0]!.kinesis.partitionKey === "a" ? throwing() : undefined));
        await fed.put("a", "b");
        await fed.call("sqs", "DeleteQueue", { QueueUrl: "http://sqs/1/failures" });
        await fed.map({ BatchSize: 1, MaximumRetryAttempts: 0, ...onFailure });
        await fed.clock.advance(seconds(1));
        deepEqual(fed.batches, [["a"], ["b"]]);
        deepEqual(fed.values("AWS/Lambda", "DestinationDeliveryFailures"), [1]);
    });

    it("publishes its own counts where it is asked to", async () => {
        fed.handle((records) => (records[0]!.kinesis.partitionKey === "a" ? throwing() : undefined));
        await fed.put("a", "b");
        await fed.map({
            BatchSize: 1,
            MaximumRetryAttempts: 0,
            MetricsConfig: { Metrics: ["EventCount"] },
            ...onFailure,
        });
        const counts = ["Polled", "Invoked", "FailedInvoke", "OnFailureDestinationDelivered", "Dropped"].map((name) =>
            fed.values("AWS/Lambda", `${name}EventCount`).reduce((sum, value) => sum + value, 0),
        );
        deepEqual(counts, [2, 2, 1, 1, 0]);
    });

    it("says what its role may not do, and reads on once it may", async () => {
        const uuid = await fed.map();
        fed.putRole(
            statement(
                "kinesis",
                streamActions.filter((action) => action !== "GetRecords"),
                streamArn,
            ),
        );
        await fed.put("a");
        await fed.clock.advance(seconds(10));
        const session = `arn:aws:sts::${account}:assumed-role/worker/awslambda_${uuid.slice(0, 8)}`;
        equal(
            (await fed.mapping(uuid)).LastProcessingResult,
            `PROBLEM: User: ${session} is not authorized to perform: kinesis:GetRecords on resource: ${streamArn} because no identity-based policy allows the kinesis:GetRecords action`,
        );
        fed.putRole(statement("kinesis", streamActions, streamArn));
        await fed.clock.advance(seconds(10));
        deepEqual([fed.batches, (await fed.mapping(uuid)).LastProcessingResult], [[["a"]], "OK"]);
    });

    it("says that its function is gone, and keeps the records for it", async () => {
        const uuid = await fed.map();
        await fed.call("lambda", "DeleteFunction", { FunctionName: "worker" });
        await fed.put("a");
        await fed.clock.advance(seconds(10));
        equal((await fed.mapping(uuid)).LastProcessingResult, `PROBLEM: Function not found: ${functionArn}`);
    });

    it("says that its stream is gone", async () => {
        const uuid = await fed.map();
        await fed.call("kinesis", "DeleteStream", { StreamName: "orders" });
        await fed.clock.advance(seconds(10));
        const result = `PROBLEM: Stream orders under account ${account} not found.`;
        equal((await fed.mapping(uuid)).LastProcessingResult, result);
    });

    it("of a consumer is pushed its records, and polls nothing", async () => {
        const { Consumer } = await fed.call("kinesis", "RegisterStreamConsumer", {
            StreamARN: streamArn,
            ConsumerName: "a",
        });
        await fed.clock.advance(seconds(1));
        fed.putRole(
            statement("kinesis", consumerActions, streamArn),
            statement("kinesis", ["SubscribeToShard"], Consumer.ConsumerARN),
        );
        const calls = new Set<string>();
        fed.sandbox.guards.push(({ operation, request }: GuardedCall) => {
            if (request.accessKeyId.startsWith("ASIA")) calls.add(operation);
        });
        await fed.map({ EventSourceArn: Consumer.ConsumerARN, StartingPosition: "LATEST" });
        await fed.put("key=1");
        await fed.clock.advance(minutes(12));
        await fed.put("key=2");
        await fed.call("kinesis", "UpdateShardCount", {
            StreamName: "orders",
            TargetShardCount: 2,
            ScalingType: "UNIFORM_SCALING",
        });
        await fed.call("kinesis", "DescribeStreamSummary", { StreamName: "orders" });
        await fed.put("key=3", "other=4");
        await fed.clock.advance(seconds(10));
        deepEqual(fed.batches.flat().slice(0, 2), ["1", "2"]);
        deepEqual(fed.batches.flat().sort(), ["1", "2", "3", "4"]);
        deepEqual([...calls].sort(), [...consumerActions, "SubscribeToShard"].sort());
        // Every five minutes anew, and once for each child.
        equal(fed.values("AWS/Kinesis", "SubscribeToShard.Success").length, 5);
        deepEqual(fed.values("AWS/Kinesis", "GetRecords.Success"), []);
    });
});
