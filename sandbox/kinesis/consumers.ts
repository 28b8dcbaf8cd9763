/**
 * Enhanced fan-out: consumers of a stream, and the events that SubscribeToShard pushes to them.
 */
import { limits } from "../../capacity/limits";
import { AwsError, StreamingAnswer } from "../service";
import { encodeEvent, eventStreamType } from "./eventstream";
import { type InputOf } from "./inputs";
import { type Publisher } from "./publish";
import { read, startingNumber } from "./records";
import { type Account, activeStreamOf, type Consumer, shardOf, type Stream, streamOf } from "./state";

/** A consumer is CREATING, and later DELETING, for so long. */
const consumerChangeSeconds = 1;

export function registerConsumer(account: Account, input: InputOf<"RegisterStreamConsumer">, nowMs: number): object {
    const stream = activeStreamOf(account, input);
    const { accountId } = account.ambient;
    if (stream.consumers.has(input.ConsumerName)) {
        throw new AwsError(
            "ResourceInUseException",
            `Consumer ${input.ConsumerName} under stream ${stream.name} already exists for account ${accountId}.`,
        );
    }
    if (stream.consumers.size >= limits.fanOutConsumersMax) {
        throw new AwsError(
            "LimitExceededException",
            `Stream ${stream.name} under account ${accountId} cannot have more than ${limits.fanOutConsumersMax} consumers.`,
        );
    }
    const consumer: Consumer = {
        name: input.ConsumerName,
        arn: `${stream.arn}/consumer/${input.ConsumerName}:${Math.floor(nowMs / 1_000)}`,
        createdMs: nowMs,
        tags: new Map(Object.entries(input.Tags ?? {})),
        activeMs: nowMs + consumerChangeSeconds * 1_000,
        goneMs: undefined,
        subscriptions: new Map(),
    };
    stream.consumers.set(consumer.name, consumer);
    return { Consumer: description(consumer, nowMs) };
}

export function describeConsumer(account: Account, input: InputOf<"DescribeStreamConsumer">, nowMs: number): object {
    const { stream, consumer } = consumerOf(account, input);
    return { ConsumerDescription: { ...description(consumer, nowMs), StreamARN: stream.arn } };
}

export function deregisterConsumer(account: Account, input: InputOf<"DeregisterStreamConsumer">, nowMs: number): void {
    const { consumer } = consumerOf(account, input);
    consumer.goneMs = nowMs + consumerChangeSeconds * 1_000;
    for (const subscription of consumer.subscriptions.values()) subscription.end();
}

export function listConsumers(account: Account, input: InputOf<"ListStreamConsumers">, nowMs: number): object {
    const stream = streamOf(account, input);
    const after = input.NextToken === undefined ? "" : Buffer.from(input.NextToken, "base64").toString("utf8");
    const rest = [...stream.consumers.values()]
        .filter(({ name }) => name > after)
        .sort((left, right) => (left.name < right.name ? -1 : 1));
    const page = rest.slice(0, input.MaxResults ?? 100);
    return {
        Consumers: page.map((consumer) => description(consumer, nowMs)),
        ...(rest.length > page.length && { NextToken: Buffer.from(page.at(-1)!.name).toString("base64") }),
    };
}

function description(consumer: Consumer, nowMs: number): object {
    return {
        ConsumerName: consumer.name,
        ConsumerARN: consumer.arn,
        ConsumerStatus: statusOf(consumer, nowMs),
        ConsumerCreationTimestamp: Math.floor(consumer.createdMs / 1_000),
    };
}

const statusOf = (consumer: Consumer, nowMs: number): "CREATING" | "ACTIVE" | "DELETING" =>
    consumer.goneMs !== undefined ? "DELETING" : nowMs < consumer.activeMs ? "CREATING" : "ACTIVE";

/** A consumer by its ARN, or by its stream and name. */
function consumerOf(
    account: Account,
    input: { readonly StreamARN?: string; readonly ConsumerName?: string; readonly ConsumerARN?: string },
): { stream: Stream; consumer: Consumer } {
    const byArn = input.ConsumerARN !== undefined;
    if (!byArn && (input.StreamARN === undefined || input.ConsumerName === undefined)) {
        throw new AwsError(
            "InvalidArgumentException",
            "Either ConsumerARN or StreamARN and ConsumerName must be provided.",
        );
    }
    const stream = streamOf(account, {
        StreamARN: byArn ? input.ConsumerARN.split("/consumer/")[0]! : input.StreamARN!,
    });
    const consumer = [...stream.consumers.values()].find(({ arn, name }) =>
        byArn ? arn === input.ConsumerARN : name === input.ConsumerName,
    );
    if (consumer) return { stream, consumer };
    const wanted = input.ConsumerName ?? input.ConsumerARN;
    throw new AwsError(
        "ResourceNotFoundException",
        `Consumer ${wanted} under stream ${stream.name} not found for account ${account.ambient.accountId}.`,
    );
}

/** A subscription ends by itself after five minutes; the client subscribes again where it stopped. */
const subscriptionMs = 5 * 60_000;
/** A second subscription of a consumer to the same shard takes over from the first only after this. */
const takeOverMs = 5_000;
/** An event without records tells an idle reader where it stands. */
const heartbeatMs = 1_000;

export function subscribeToShard(
    account: Account,
    input: InputOf<"SubscribeToShard">,
    nowMs: number,
    publisher: Publisher,
): StreamingAnswer {
    const { stream, consumer } = consumerOf(account, input);
    const inUse = (what: string) =>
        new AwsError("ResourceInUseException", `Consumer ${consumer.arn} is ${what}. Please try again later.`);
    if (statusOf(consumer, nowMs) !== "ACTIVE") throw inUse("not ACTIVE");
    const shard = shardOf(account, stream, input.ShardId);
    const before = consumer.subscriptions.get(shard.id);
    if (before && nowMs - before.sinceMs < takeOverMs) {
        publisher.stream(stream, { "SubscribeToShard.RateExceeded": 1 }, nowMs, consumer.name);
        throw inUse(`subscribed to shard ${shard.id} already`);
    }
    let number = startingNumber(account, stream, shard, input.StartingPosition, nowMs);
    before?.end();

    const { clock } = account.ambient;
    let ended = false;
    let wake = (): void => undefined;
    const subscription = {
        sinceMs: nowMs,
        end: () => {
            ended = true;
            wake();
        },
    };
    consumer.subscriptions.set(shard.id, subscription);
    publisher.stream(stream, { "SubscribeToShard.Success": 1 }, nowMs, consumer.name);

    /** Until a record comes, the shard closes, the subscription ends or it is time for a sign of life. */
    const somethingHappens = (): Promise<void> =>
        new Promise((resolve) => {
            const timer = clock.at(clock.nowMs() + heartbeatMs, () => wake());
            wake = () => {
                timer.cancel();
                shard.waiting.delete(wake);
                resolve();
            };
            shard.waiting.add(wake);
            if (ended) wake();
        });

    async function* events(): AsyncGenerator<Buffer> {
        try {
            yield encodeEvent("initial-response", {});
            // The fan-out rate of a shard and consumer is its own: what was sent ahead of it is waited for.
            let sentUntilMs = nowMs;
            for (;;) {
                const atMs = clock.nowMs();
                if (ended || atMs - nowMs >= subscriptionMs || !account.streams.has(stream.name)) return;
                if (sentUntilMs > atMs) {
                    await clock.sleep(sentUntilMs - atMs);
                    continue;
                }
                const most = {
                    records: limits.getRecordsRecordsMax,
                    bytes: limits.fanOutReadMiBPerSecond * limits.bytesPerMiB,
                };
                const batch = read({ stream, shard, number }, most, atMs);
                number = batch.nextNumber;
                const weighted = batch.bytes * account.settings.recordWeight;
                sentUntilMs = Math.max(sentUntilMs, atMs) + (weighted / most.bytes) * 1_000;
                publisher.stream(
                    stream,
                    {
                        "SubscribeToShardEvent.Bytes": weighted,
                        "SubscribeToShardEvent.Records": batch.records.length * account.settings.recordWeight,
                        "SubscribeToShardEvent.MillisBehindLatest": batch.millisBehindLatest,
                        "SubscribeToShardEvent.Success": 1,
                    },
                    atMs,
                    consumer.name,
                );
                yield encodeEvent("SubscribeToShardEvent", {
                    Records: batch.records,
                    ContinuationSequenceNumber: (batch.records.at(-1) as { SequenceNumber: string } | undefined)
                        ?.SequenceNumber,
                    MillisBehindLatest: batch.millisBehindLatest,
                    ...(batch.childShards && { ChildShards: batch.childShards }),
                });
                if (batch.childShards) return;
                if (batch.records.length === 0) await somethingHappens();
            }
        } finally {
            if (consumer.subscriptions.get(shard.id) === subscription) consumer.subscriptions.delete(shard.id);
        }
    }
    return new StreamingAnswer(eventStreamType, events());
}
