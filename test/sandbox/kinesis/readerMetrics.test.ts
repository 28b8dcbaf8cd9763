/** What CloudWatch hears of those who read: polls and pushes, the living without traffic, and the dead. */
import { deepEqual, equal, rejects } from "node:assert/strict";
import {
    DeregisterStreamConsumerCommand,
    RegisterStreamConsumerCommand,
    SubscribeToShardCommand,
} from "@aws-sdk/client-kinesis";

import { atOnce, type LocalKinesis, startKinesis } from "./streams";

const StreamName = "orders";
const StreamARN = `arn:aws:kinesis:us-east-1:123456789012:stream/${StreamName}`;
const ShardId = "shardId-000000000000";
const put = (kinesis: LocalKinesis, bytes: number) =>
    kinesis.call("PutRecord", { StreamName, Data: Buffer.alloc(bytes - 1).toString("base64"), PartitionKey: "k" });

describe("a poll is one sample of each GetRecords metric, also an empty one", () => {
    it("sees records, then nothing, then a refusal", async () => {
        const kinesis = await startKinesis({ durations: atOnce });
        kinesis.call("CreateStream", { StreamName, ShardCount: 1 });
        for (const bytes of [10, 30]) put(kinesis, bytes);
        let { ShardIterator } = kinesis.call("GetShardIterator", {
            StreamName,
            ShardId,
            ShardIteratorType: "TRIM_HORIZON",
        });
        await kinesis.pass(4);
        const poll = () => {
            const before = kinesis.metrics.length;
            try {
                ShardIterator = kinesis.call("GetRecords", { ShardIterator }).NextShardIterator;
            } catch {
                // Only what CloudWatch hears of it counts here.
            }
            const samples = kinesis.metrics.slice(before);
            for (const { dimensions, count } of samples) deepEqual([dimensions, count ?? 1], [{ StreamName }, 1]);
            return Object.fromEntries(
                samples.flatMap(({ metricName, value }) =>
                    metricName.endsWith("Latency") ? [] : [[metricName, value]],
                ),
            );
        };
        const polled = (bytes: number, records: number, ageMs: number) => ({
            "GetRecords.Bytes": bytes,
            "GetRecords.Records": records,
            "GetRecords.IteratorAgeMilliseconds": ageMs,
            "GetRecords.Success": 1,
            ReadProvisionedThroughputExceeded: 0,
        });
        deepEqual(poll(), polled(40, 2, 4_000));
        for (let count = 0; count < 4; count++) deepEqual(poll(), polled(0, 0, 0));
        deepEqual(poll(), { ReadProvisionedThroughputExceeded: 1, "GetRecords.Success": 0 });
        await kinesis.stop();
    });
});

describe("CloudWatch hears of a fan-out consumer while its subscription is open", () => {
    let kinesis: LocalKinesis;
    beforeEach(async () => {
        kinesis = await startKinesis({ durations: atOnce });
        kinesis.call("CreateStream", { StreamName, ShardCount: 1 });
    });
    afterEach(() => kinesis.stop());

    const register = async (ConsumerName: string): Promise<string> => {
        const { Consumer } = await kinesis.client.send(new RegisterStreamConsumerCommand({ StreamARN, ConsumerName }));
        await kinesis.pass(2);
        return Consumer!.ConsumerARN!;
    };
    /** Reads until the subscription ends, or until it is killed. */
    const subscribe = async (ConsumerARN: string) => {
        const death = new AbortController();
        const { EventStream } = await kinesis.client.send(
            new SubscribeToShardCommand({ ConsumerARN, ShardId, StartingPosition: { Type: "LATEST" } }),
            { abortSignal: death.signal },
        );
        const ended = (async () => {
            let events = 0;
            for await (const { SubscribeToShardEvent: event } of EventStream!) events += event ? 1 : 0;
            return events;
        })();
        // The sandbox hears of a death through a socket, in real time.
        const kill = async (): Promise<void> => {
            death.abort();
            await ended;
            await new Promise((resolve) => setTimeout(resolve, 10));
        };
        return { ended, kill };
    };
    /** How many samples of each metric a consumer has, and their sum, from a time on. */
    const samplesOf = (ConsumerName: string, fromMs = 0) => {
        const found: Record<string, [count: number, sum: number]> = {};
        for (const { metricName, dimensions, value, timeMs } of kinesis.metrics) {
            if (dimensions.ConsumerName !== ConsumerName || timeMs < fromMs) continue;
            deepEqual(dimensions, { StreamName, ConsumerName });
            const [count, sum] = found[metricName] ?? [0, 0];
            found[metricName] = [count + 1, sum + value];
        }
        return found;
    };

    it("tells each second of one without traffic, and falls silent with one that died", async () => {
        const [audit, billing] = [await register("audit"), await register("billing")];
        const dying = await subscribe(audit);
        const living = await subscribe(billing);
        await kinesis.pass(60);
        await dying.kill();
        const deathMs = kinesis.clock.nowMs() + 1;
        await kinesis.pass(120);
        put(kinesis, 100);
        await kinesis.pass(59);
        deepEqual(samplesOf("audit", deathMs), {});
        const seconds = 60 + 60 + 60 - 1;
        deepEqual(samplesOf("billing", deathMs), {
            "SubscribeToShardEvent.Bytes": [seconds + 1, 100],
            "SubscribeToShardEvent.Records": [seconds + 1, 1],
            "SubscribeToShardEvent.MillisBehindLatest": [seconds + 1, 0],
            "SubscribeToShardEvent.Success": [seconds + 1, seconds + 1],
        });
        await living.kill();
    });

    it("hears of each subscription: after five minutes a reader subscribes again", async () => {
        const audit = await register("audit");
        const fromMs = kinesis.clock.nowMs();
        for (let subscription = 0; subscription < 2; subscription++) {
            const { ended } = await subscribe(audit);
            await kinesis.pass(300);
            equal(await ended, 300);
        }
        const { "SubscribeToShard.Success": subscriptions, "SubscribeToShardEvent.Success": events } = samplesOf(
            "audit",
            fromMs,
        );
        deepEqual(
            [subscriptions, events],
            [
                [2, 2],
                [600, 600],
            ],
        );
    });

    it("hears of a subscription that is refused, and nothing more of a consumer that is deregistered", async () => {
        const ConsumerARN = await register("audit");
        const { ended } = await subscribe(ConsumerARN);
        await rejects(subscribe(ConsumerARN), { name: "ResourceInUseException" });
        deepEqual(samplesOf("audit")["SubscribeToShard.RateExceeded"], [1, 1]);
        await kinesis.pass(10);
        await kinesis.client.send(new DeregisterStreamConsumerCommand({ ConsumerARN }));
        await ended;
        const goneMs = kinesis.clock.nowMs() + 1;
        await kinesis.pass(60);
        deepEqual(samplesOf("audit", goneMs), {});
    });
});
