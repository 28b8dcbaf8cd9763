/**
 * Subscriptions of the local SNS: what must be confirmed waits until somebody does.
 */
import { createHash, randomUUID } from "node:crypto";

import { arnOf } from "../service";
import { operation } from "../wire/operation";
import { mapOf, text } from "../wire/shape";
import { deliver } from "./deliver";
import { type Account, invalid, onSubscription, onTopic, type Subscription, subscriptionsOf, topicOf } from "./state";

const protocols = ["http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose"];
const confirmedProtocols = ["http", "https", "email", "email-json"];
const settable = ["RawMessageDelivery", "DeliveryPolicy", "RedrivePolicy", "SubscriptionRoleArn"];

export const subscribe = onTopic(
    { Protocol: text(), Endpoint: text(), Attributes: mapOf(text()), ReturnSubscriptionArn: text() },
    (topic, { Protocol, Endpoint = "", Attributes = {}, ReturnSubscriptionArn }, account, nowMs) => {
        if (Protocol === undefined || !protocols.includes(Protocol))
            throw invalid(`Does not support this protocol string: ${Protocol}`);
        if (!isEndpoint(Protocol, Endpoint)) throw invalid("Endpoint");
        for (const name of Object.keys(Attributes)) checkAttribute(name);
        const own = [...topic.subscriptions.values()];
        let subscription = own.find(({ protocol, endpoint }) => protocol === Protocol && endpoint === Endpoint);
        if (!subscription) {
            subscription = {
                arn: `${topic.arn}:${randomUUID()}`,
                topicArn: topic.arn,
                protocol: Protocol,
                endpoint: Endpoint,
                token: createHash("sha256").update(randomUUID()).digest("hex"),
                confirmed: !confirmedProtocols.includes(Protocol),
                attributes: new Map(Object.entries(Attributes)),
            };
            topic.subscriptions.set(subscription.arn, subscription);
        }
        if (!subscription.confirmed) askForConfirmation(account, subscription, nowMs);
        const tellsArn = subscription.confirmed || ReturnSubscriptionArn === "true";
        return { SubscriptionArn: tellsArn ? subscription.arn : "pending confirmation" };
    },
);

export const confirmSubscription = onTopic({ Token: text() }, ({ subscriptions }, { Token }) => {
    const subscription = [...subscriptions.values()].find(({ token }) => token === Token);
    if (!subscription) throw invalid("Token");
    subscription.confirmed = true;
    return { SubscriptionArn: subscription.arn };
});

export const unsubscribe = onSubscription({}, ({ arn, topicArn }, _input, account) => {
    const topic = topicOf(account, topicArn);
    topic.subscriptions.delete(arn);
    topic.deletedSubscriptions++;
});

export const getSubscriptionAttributes = onSubscription(
    {},
    ({ arn, topicArn, protocol, endpoint, confirmed, attributes }, _input, { ambient }) => ({
        Attributes: new Map([
            ["SubscriptionArn", arn],
            ["TopicArn", topicArn],
            ["Owner", ambient.accountId],
            ["Protocol", protocol],
            ["Endpoint", endpoint],
            ["PendingConfirmation", String(!confirmed)],
            ["ConfirmationWasAuthenticated", String(confirmed)],
            ["RawMessageDelivery", "false"],
            ["SubscriptionPrincipal", arnOf(ambient, "iam", "root")],
            ...attributes,
        ]),
    }),
);

export const setSubscriptionAttributes = onSubscription(
    { AttributeName: text(), AttributeValue: text() },
    ({ attributes }, { AttributeName = "", AttributeValue = "" }) => {
        checkAttribute(AttributeName);
        if (AttributeValue === "") attributes.delete(AttributeName);
        else attributes.set(AttributeName, AttributeValue);
    },
);

export const listSubscriptionsByTopic = onTopic({}, ({ subscriptions }, _input, account) => ({
    Subscriptions: [...subscriptions.values()].map((each) => describe(account, each)),
}));

export const listSubscriptions = operation({}, (account: Account) => ({
    Subscriptions: subscriptionsOf(account).map((each) => describe(account, each)),
}));

/** Confirms what waits at an endpoint. @returns how many subscriptions were confirmed */
export function confirmAt(account: Account, endpoint: string): number {
    const waiting = subscriptionsOf(account).filter((each) => each.endpoint === endpoint && !each.confirmed);
    for (const subscription of waiting) subscription.confirmed = true;
    return waiting.length;
}

function askForConfirmation(account: Account, subscription: Subscription, nowMs: number): void {
    void deliver(account, subscription, {
        kind: "SubscriptionConfirmation",
        messageId: randomUUID(),
        subject: "AWS Notification - Subscription Confirmation",
        message: `You have chosen to subscribe to the topic ${subscription.topicArn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`,
        token: subscription.token,
        timeMs: nowMs,
    });
}

function describe({ ambient }: Account, { arn, confirmed, protocol, endpoint, topicArn }: Subscription): object {
    return {
        SubscriptionArn: confirmed ? arn : "PendingConfirmation",
        Owner: ambient.accountId,
        Protocol: protocol,
        Endpoint: endpoint,
        TopicArn: topicArn,
    };
}

function checkAttribute(name: string): void {
    if (name === "FilterPolicy" || name === "FilterPolicyScope")
        throw invalid(`AttributeName Reason: The sandbox filters no messages, so ${name} cannot be set`);
    if (!settable.includes(name)) throw invalid("AttributeName");
}

function isEndpoint(protocol: string, endpoint: string): boolean {
    if (protocol === "http" || protocol === "https")
        return endpoint.startsWith(`${protocol}://`) && URL.canParse(endpoint);
    if (protocol.startsWith("email")) return /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(endpoint);
    if (protocol === "sms") return /^\+?[\d-]{5,}$/.test(endpoint);
    return endpoint.startsWith("arn:");
}
