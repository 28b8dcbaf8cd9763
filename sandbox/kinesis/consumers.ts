/**
 * Enhanced fan-out: the consumers of a stream.
 */
import { limits } from "../../capacity/limits";
import { operationOn } from "../wire/operation";
import { pageAfter, toToken } from "../wire/pages";
import { type InputOf, required, timestamp } from "../wire/shape";
import { newTags } from "../wire/tags";
import { hasAdvantage } from "./account";
import { inUse, invalidArgument, limitExceeded, notFound, under } from "./errors";
import { consumerArn, name, nextToken, pageOfAtMost, pageSize, partsOf, streamArn, tags } from "./shapes";
import { tagRefusals } from "./tagRefusals";
import { type Account, type Consumer, onActiveStream, onStream, type Stream, streamOf } from "./state";

/** The members that name a consumer: its ARN, or its stream and name. */
const consumerNames = { StreamARN: streamArn, ConsumerName: name, ConsumerARN: consumerArn } as const;

export const registerConsumer = onActiveStream(
    { StreamARN: required(streamArn), ConsumerName: required(name), Tags: tags },
    (stream, input, account, nowMs) => {
        const { accountId } = account.ambient;
        if (stream.consumers.has(input.ConsumerName)) {
            throw inUse(
                `Consumer ${input.ConsumerName} under stream ${stream.name} already exists for account ${accountId}.`,
            );
        }
        const most =
            stream.mode === "ON_DEMAND" && hasAdvantage(account, nowMs)
                ? limits.fanOutConsumersOnDemandAdvantageMax
                : limits.fanOutConsumersMax;
        if (stream.consumers.size >= most)
            throw limitExceeded(`Stream ${under(account, stream.name)} cannot have more than ${most} consumers.`);
        checkCreating(account, stream, nowMs);
        const consumer: Consumer = {
            name: input.ConsumerName,
            arn: `${stream.arn}/consumer/${input.ConsumerName}:${Math.floor(nowMs / 1_000)}`,
            createdMs: nowMs,
            tags: newTags(input.Tags, tagRefusals(`add tags to consumer ${input.ConsumerName}`)),
            policy: undefined,
            activeMs: nowMs + account.settings.durations.changeSeconds * 1_000,
            goneMs: undefined,
            subscriptions: new Map(),
            subscribedMs: new Map(),
        };
        stream.consumers.set(consumer.name, consumer);
        return { Consumer: description(consumer, nowMs) };
    },
);

/** Whether AWS counts those of a stream or of the account is not documented; a stream's are the fewer. */
function checkCreating(account: Account, { name, consumers }: Stream, nowMs: number): void {
    const creating = [...consumers.values()].filter((consumer) => statusOf(consumer, nowMs) === "CREATING").length;
    const most = limits.creatingConsumersMax;
    if (creating < most) return;
    throw limitExceeded(`Stream ${under(account, name)} cannot have more than ${most} consumers in CREATING state.`);
}

/** An operation on a consumer that exists. */
const onConsumer = operationOn(consumerNames, (account: Account, input) => consumerOf(account, input));

export const describeConsumer = onConsumer({}, ({ stream, consumer }, _input, _account, nowMs) => ({
    ConsumerDescription: { ...description(consumer, nowMs), StreamARN: stream.arn },
}));

export const deregisterConsumer = onConsumer({}, ({ consumer }, _input, account, nowMs) => {
    consumer.goneMs = nowMs + account.settings.durations.changeSeconds * 1_000;
    for (const subscription of consumer.subscriptions.values()) subscription.end();
});

export const listConsumers = onStream(
    {
        StreamARN: required(streamArn),
        NextToken: nextToken,
        MaxResults: pageSize,
        StreamCreationTimestamp: timestamp,
    },
    (stream, input, _account, nowMs) => {
        const after = input.NextToken === undefined ? "" : partsOf(input.NextToken)[0];
        const most = pageOfAtMost(100, input.MaxResults);
        const { items, lastId, more } = pageAfter(stream.consumers.values(), ({ name }) => name, after, most);
        return {
            Consumers: items.map((consumer) => description(consumer, nowMs)),
            ...(more && { NextToken: toToken([lastId]) }),
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
    if (!byArn && (input.StreamARN === undefined || input.ConsumerName === undefined))
        throw invalidArgument("Either ConsumerARN or StreamARN and ConsumerName must be provided.");

    const stream = streamOf(account, {
        StreamARN: byArn ? input.ConsumerARN.split("/consumer/")[0]! : input.StreamARN!,
    });
    const consumer = [...stream.consumers.values()].find(({ arn, name }) =>
        byArn ? arn === input.ConsumerARN : name === input.ConsumerName,
    );
    if (consumer) return { stream, consumer };
    const wanted = input.ConsumerName ?? input.ConsumerARN;
    throw notFound(
        `Consumer ${wanted} under stream ${stream.name} not found for account ${account.ambient.accountId}.`,
    );
}
