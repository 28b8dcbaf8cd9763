/**
 * Enhanced fan-out: the consumers of a stream.
 */
import { limits } from "../../capacity/limits";
import { AwsError } from "../service";
import { operation } from "../wire/operation";
import { type InputOf, required, timestamp } from "../wire/shape";
import { consumerArn, name, nextToken, pageSize, streamArn, tagMap } from "./shapes";
import { type Account, activeStreamOf, type Consumer, type Stream, streamOf } from "./state";

/** A consumer is CREATING, and later DELETING, for so long. */
const consumerChangeSeconds = 1;

/** The members that name a consumer: its ARN, or its stream and name. */
const consumerNames = { StreamARN: streamArn, ConsumerName: name, ConsumerARN: consumerArn } as const;

export const registerConsumer = operation(
    { StreamARN: required(streamArn), ConsumerName: required(name), Tags: tagMap },
    (account: Account, input, nowMs) => {
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
    },
);

export const describeConsumer = operation(consumerNames, (account: Account, input, nowMs) => {
    const { stream, consumer } = consumerOf(account, input);
    return { ConsumerDescription: { ...description(consumer, nowMs), StreamARN: stream.arn } };
});

export const deregisterConsumer = operation(consumerNames, (account: Account, input, nowMs) => {
    const { consumer } = consumerOf(account, input);
    consumer.goneMs = nowMs + consumerChangeSeconds * 1_000;
    for (const subscription of consumer.subscriptions.values()) subscription.end();
});

export const listConsumers = operation(
    {
        StreamARN: required(streamArn),
        NextToken: nextToken,
        MaxResults: pageSize,
        StreamCreationTimestamp: timestamp,
    },
    (account: Account, input, nowMs) => {
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
    },
);

function description(consumer: Consumer, nowMs: number): object {
    return {
        ConsumerName: consumer.name,
        ConsumerARN: consumer.arn,
        ConsumerStatus: statusOf(consumer, nowMs),
        ConsumerCreationTimestamp: Math.floor(consumer.createdMs / 1_000),
    };
}

export const statusOf = (consumer: Consumer, nowMs: number): "CREATING" | "ACTIVE" | "DELETING" =>
    consumer.goneMs !== undefined ? "DELETING" : nowMs < consumer.activeMs ? "CREATING" : "ACTIVE";

/** A consumer by its ARN, or by its stream and name. */
export function consumerOf(
    account: Account,
    input: InputOf<typeof consumerNames>,
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
