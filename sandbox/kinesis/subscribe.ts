/**
 * SubscribeToShard: the records of a shard pushed to a consumer as events, until the subscription ends.
 *
 * Its two refusals are in the words that users of AWS report: https://github.com/awslabs/amazon-kinesis-client/issues/463,
 * https://github.com/awslabs/kinesis-hot-shard-advisor/issues/37, read 2026-11.
 */
import { limits } from "../../capacity/limits";
import { StreamingAnswer, type StreamEvent } from "../service";
import { operation } from "../wire/operation";
import { required } from "../wire/shape";
import { consumerOf, statusOf } from "./consumers";
import { inUse } from "./errors";
import { type Position, startingNumber, startingPosition } from "./iterators";
import { type Batch, read } from "./read";
import { consumerArn, name } from "./shapes";
import { type Account, type Consumer, type Shard, shardIdIn, shardOf, type Stream, weightOf } from "./state";
import { sequenceNumber } from "./store";

/** A subscription ends by itself after five minutes; the client subscribes again where it stopped. */
const subscriptionMs = 5 * 60_000;
/** A consumer that subscribes to the same shard again takes over from itself only after this, be the first subscription over or not. */
const takeOverMs = 5_000;
/** An event without records tells an idle reader where it stands. */
const heartbeatMs = 1_000;

export const subscribeToShard = operation(
    { ConsumerARN: required(consumerArn), ShardId: required(name), StartingPosition: required(startingPosition) },
    (account: Account, input, nowMs) => {
        const { stream, consumer } = consumerOf(account, input);
        if (statusOf(consumer, nowMs) !== "ACTIVE") throw inUse(notActive(account, stream, consumer));
        const shard = shardOf(account, stream, shardIdIn(account, { StreamName: stream.name }, input.ShardId));
        if (nowMs - (consumer.subscribedMs.get(shard.id) ?? -Infinity) < takeOverMs) {
            account.publisher.stream(stream, { "SubscribeToShard.RateExceeded": 1 }, nowMs, consumer.name);
            const subscribed = [account.ambient.accountId, stream.name, shard.id, consumer.name].join(":");
            throw inUse(`Another active subscription exists for this consumer: ${subscribed}`);
        }
        const number = startingNumber(account, stream, shard, input.StartingPosition, nowMs);
        consumer.subscriptions.get(shard.id)?.end();
        consumer.subscribedMs.set(shard.id, nowMs);
        const subscription = new Subscription(account, consumer, { stream, shard, number }, nowMs);
        consumer.subscriptions.set(shard.id, subscription);
        account.publisher.stream(stream, { "SubscribeToShard.Success": 1 }, nowMs, consumer.name);
        return new StreamingAnswer(subscription.events());
    },
);

function notActive({ ambient }: Account, { name: streamName }: Stream, { name, createdMs }: Consumer): string {
    const created = `with creation timestamp ${Math.floor(createdMs / 1_000)}`;
    return `Consumer ${name} ${created} under stream: ${streamName} , account ${ambient.accountId} is not in ACTIVE status.`;
}

/** Where a reader goes on is told in every event, also without records; at a shard's end its children tell it. */
function eventOf(shard: Shard, { records, nextNumber, millisBehindLatest, childShards }: Batch): object {
    const where = childShards
        ? { ChildShards: childShards }
        : { ContinuationSequenceNumber: sequenceNumber(shard, nextNumber - 1) };
    return { Records: records, MillisBehindLatest: millisBehindLatest, ...where };
}

class Subscription {
    #ended = false;
    #wake = (): void => undefined;

    constructor(
        private readonly account: Account,
        private readonly consumer: Consumer,
        private readonly start: Position,
        readonly sinceMs: number,
    ) {}

    end(): void {
        this.#ended = true;
        this.#wake();
    }

    async *events(): AsyncGenerator<StreamEvent> {
        const { clock } = this.account.ambient;
        const { stream, shard } = this.start;
        const { subscriptions } = this.consumer;
        const most = {
            records: limits.getRecordsRecordsMax,
            bytes: limits.fanOutReadMiBPerSecond * limits.bytesPerMiB,
        };
        try {
            yield { type: "initial-response", payload: {} };
            let { number } = this.start;
            // The fan-out rate of a shard and consumer is its own: what was sent ahead of it is waited for.
            let sentUntilMs = this.sinceMs;
            for (;;) {
                const atMs = clock.nowMs();
                if (this.#ended || atMs - this.sinceMs >= subscriptionMs) return;
                if (!this.account.streams.has(stream.name)) return;
                if (sentUntilMs > atMs) {
                    await this.#pause(sentUntilMs - atMs);
                    continue;
                }
                const batch = read({ stream, shard, number }, most, atMs);
                number = batch.nextNumber;
                const bytes = batch.bytes * weightOf(this.account, stream).bytes;
                sentUntilMs = Math.max(sentUntilMs, atMs) + (bytes / most.bytes) * 1_000;
                yield { type: "SubscribeToShardEvent", payload: eventOf(this.start.shard, batch) };
                // Here only once the event was taken: nobody takes one for a reader that is gone.
                this.#publish(batch, atMs);
                if (batch.childShards) return;
                if (batch.records.length === 0) await this.#pause(heartbeatMs, shard.waiting);
            }
        } finally {
            if (subscriptions.get(shard.id) === this) subscriptions.delete(shard.id);
        }
    }

    #publish(batch: Batch, atMs: number): void {
        const { publisher } = this.account;
        const weight = weightOf(this.account, this.start.stream);
        const samples = {
            "SubscribeToShardEvent.Bytes": batch.bytes * weight.bytes,
            "SubscribeToShardEvent.Records": batch.records.length * weight.records,
            "SubscribeToShardEvent.MillisBehindLatest": batch.millisBehindLatest,
            "SubscribeToShardEvent.Success": 1,
        };
        publisher.stream(this.start.stream, samples, atMs, this.consumer.name);
    }

    /** For so long, or until the subscription ends; where there are those who wait for the shard, also until one of them is woken. */
    #pause(ms: number, waiting?: Set<() => void>): Promise<void> {
        const { clock } = this.account.ambient;
        return new Promise((resolve) => {
            const timer = clock.at(clock.nowMs() + ms, () => this.#wake());
            const wake = (): void => {
                timer.cancel();
                waiting?.delete(wake);
                resolve();
            };
            this.#wake = wake;
            waiting?.add(wake);
            if (this.#ended) wake();
        });
    }
}
