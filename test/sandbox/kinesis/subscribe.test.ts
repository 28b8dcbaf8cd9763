/** When a consumer may subscribe to a shard, and in which words the local Kinesis refuses it. */
import * as assert from "node:assert/strict";

import { type StreamingAnswer } from "../../../sandbox/index";
import { atOnce, type LocalKinesis, refusal, startKinesis } from "./streams";

describe("a subscription", () => {
    const account = "123456789012";
    const StreamARN = `arn:aws:kinesis:us-east-1:${account}:stream/orders`;
    let kinesis: LocalKinesis;
    let ConsumerARN: string;
    before(async () => {
        kinesis = await startKinesis({ durations: { ...atOnce, changeSeconds: 10 } });
    });
    after(() => kinesis.stop());

    const subscribe = (ShardId = "shardId-000000000000"): StreamingAnswer =>
        kinesis.call("SubscribeToShard", {
            ConsumerARN,
            ShardId,
            StartingPosition: { Type: "LATEST" },
        }) as StreamingAnswer;
    const another = (shard: number) => ({
        name: "ResourceInUseException",
        message: `Another active subscription exists for this consumer: ${account}:orders:shardId-00000000000${shard}:billing`,
    });

    it("waits until the consumer is ACTIVE", async () => {
        kinesis.call("CreateStream", { StreamName: "orders", ShardCount: 2 });
        ({
            Consumer: { ConsumerARN },
        } = kinesis.call("RegisterStreamConsumer", { StreamARN, ConsumerName: "billing" }));
        assert.deepEqual(await refusal(subscribe), {
            name: "ResourceInUseException",
            message: `Consumer billing with creation timestamp ${kinesis.clock.nowMs() / 1_000} under stream: orders , account ${account} is not in ACTIVE status.`,
        });
        await kinesis.clock.advance(10_000);
        subscribe();
    });

    it("takes over from the one before it five seconds later, not sooner, and of another shard at once", async () => {
        await kinesis.clock.advance(4_999);
        assert.deepEqual(await refusal(subscribe), another(0));
        subscribe("shardId-000000000001");
        await kinesis.clock.advance(1);
        subscribe();
    });

    it("waits as long for one that its reader has left already", async () => {
        await kinesis.clock.advance(5_000);
        const events = subscribe().events[Symbol.asyncIterator]();
        await events.next();
        await events.return?.();
        assert.deepEqual(await refusal(subscribe), another(0));
        await kinesis.clock.advance(5_000);
        subscribe();
    });

    it("ends at once while it waits for the fan-out rate, however far ahead of that it has sent", async () => {
        const heavy = await startKinesis({ durations: atOnce, recordWeight: 1_000, burstSeconds: 1_000_000 });
        heavy.call("CreateStream", { StreamName: "orders", ShardCount: 1 });
        const { Consumer } = heavy.call("RegisterStreamConsumer", { StreamARN, ConsumerName: "billing" });
        const { events } = heavy.call("SubscribeToShard", {
            ConsumerARN: Consumer.ConsumerARN,
            ShardId: "shardId-000000000000",
            StartingPosition: { Type: "TRIM_HORIZON" },
        }) as StreamingAnswer;
        heavy.call("PutRecord", {
            StreamName: "orders",
            Data: Buffer.alloc(1_000_000).toString("base64"),
            PartitionKey: "k",
        });
        const read = events[Symbol.asyncIterator]();
        await read.next();
        const { value } = await read.next();
        assert.equal((value!.payload as { Records: unknown[] }).Records.length, 1);
        const next = read.next();
        await heavy.stop();
        assert.deepEqual(await next, { done: true, value: undefined });
    });
});
