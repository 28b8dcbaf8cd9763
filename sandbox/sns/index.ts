/**
 * The local SNS: topics with their policies and keys, subscriptions that must be confirmed, and deliveries to a log and to local HTTP endpoints.
 */
import { createHash, randomUUID } from "node:crypto";

import { evaluatePolicies, parsePolicy } from "../iam/policy";
import { type Ambient, AwsError, type Principal, type Service } from "../service";

/** A message that was published, whoever is subscribed. */
export interface PublishedMessage {
    readonly topicArn: string;
    readonly messageId: string;
    readonly subject: string | undefined;
    readonly message: string;
    readonly timeMs: number;
}

/** What became of a message, or of a confirmation, at one endpoint. */
export interface Delivery {
    readonly kind: "Notification" | "SubscriptionConfirmation";
    readonly topicArn: string;
    readonly protocol: string;
    readonly endpoint: string;
    readonly messageId: string;
    readonly subject: string | undefined;
    readonly message: string;
    /** Confirms the subscription, as the link of the mail or of the request does. */
    readonly token?: string;
    readonly timeMs: number;
    /** `delivered`, or why not. HTTP deliveries are `sent` until the endpoint has answered. */
    status: string;
}

export interface SnsOptions {
    /** Where the sandbox listens, for the links of confirmations; undefined until it does. */
    readonly endpoint?: () => string | undefined;
    /** Invokes a function that is subscribed to a topic. */
    readonly invokeFunction?: (functionArn: string, event: unknown, topicArn: string) => Promise<void>;
}

export interface SnsService extends Service {
    /** Every message, oldest first. The newest 10,000 are kept. */
    readonly published: readonly PublishedMessage[];
    /** Every delivery, oldest first. The newest 10,000 are kept. */
    readonly deliveries: readonly Delivery[];
    /** Confirms what waits at an endpoint, as a click on the link in the mail does. @returns how many subscriptions were confirmed */
    confirm(endpoint: string): number;
    /** Publishes as a service of AWS does: the topic's policy and key must admit it. @throws AwsError in AWS's words */
    publishAs(source: ServiceSource, topicArn: string, message: { subject: string; message: string }): Promise<void>;
    /** Publishes as an identity of the account that may: the topic's policy must not deny it. @throws AwsError */
    publishInAccount(topicArn: string, message: string): Promise<void>;
    /** Resolves when every HTTP delivery under way has been answered. */
    settled(): Promise<void>;
}

export interface ServiceSource {
    /** `cloudwatch.amazonaws.com` */
    readonly service: string;
    /** As it calls itself in its errors: `CloudWatch Alarms`. */
    readonly title: string;
    readonly sourceArn: string;
}

interface Topic {
    readonly arn: string;
    readonly attributes: Map<string, string>;
    readonly tags: Map<string, string>;
    readonly subscriptions: Map<string, Subscription>;
    deletedSubscriptions: number;
}

interface Subscription {
    readonly arn: string;
    readonly topicArn: string;
    readonly protocol: string;
    readonly endpoint: string;
    readonly token: string;
    confirmed: boolean;
    readonly attributes: Map<string, string>;
}

const logMax = 10_000;
const messageBytesMax = 262_144;
const deliveryTimeoutMs = 5_000;

/** Attributes that can be set on a topic, with the value of a topic that does not set them. */
const topicAttributes: Readonly<Record<string, string | undefined>> = {
    DisplayName: "",
    Policy: undefined,
    DeliveryPolicy: undefined,
    KmsMasterKeyId: undefined,
    SignatureVersion: undefined,
    TracingConfig: undefined,
};

/** Feedback settings have no effect here, but a topic may carry them. */
const feedbackAttribute = /^(HTTP|Application|Firehose|Lambda|SQS)(Success|Failure)Feedback(RoleArn|SampleRate)$/;

const protocols = ["http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose"];
const subscriptionAttributes = ["RawMessageDelivery", "DeliveryPolicy", "RedrivePolicy", "SubscriptionRoleArn"];

type Input = Readonly<Record<string, unknown>>;

export function snsService(ambient: Ambient, options: SnsOptions = {}): SnsService {
    const { clock, region, accountId, partition } = ambient;
    const topics = new Map<string, Topic>();
    const published: PublishedMessage[] = [];
    const deliveries: Delivery[] = [];
    const underWay = new Set<Promise<void>>();
    const abort = new AbortController();

    const topicOf = (arn: unknown, parameter = "TopicArn"): Topic => {
        if (typeof arn !== "string" || !/^arn:[\w-]+:sns:[\w-]+:\d{12}:[\w.-]+$/.test(arn)) {
            throw invalid(
                `${parameter} Reason: An ARN must have at least 6 elements, not ${JSON.stringify(arn) ?? "nothing"}`,
            );
        }
        const topic = topics.get(arn);
        if (!topic) throw notFound("Topic does not exist");
        return topic;
    };
    const subscriptionOf = (arn: unknown): Subscription => {
        if (typeof arn !== "string" || arn.split(":").length !== 7) throw invalid("SubscriptionArn");
        const subscription = topics.get(arn.slice(0, arn.lastIndexOf(":")))?.subscriptions.get(arn);
        if (!subscription) throw notFound("Subscription does not exist");
        return subscription;
    };
    const attributesOf = (topic: Topic): Map<string, string> => {
        const subscriptions = [...topic.subscriptions.values()];
        const confirmed = subscriptions.filter((subscription) => subscription.confirmed).length;
        return new Map([
            ...Object.entries(topicAttributes).flatMap(([name, value]): [string, string][] =>
                value === undefined ? [] : [[name, value]],
            ),
            ["TopicArn", topic.arn],
            ["Owner", accountId],
            ["Policy", defaultPolicy(topic.arn, accountId)],
            ["SubscriptionsConfirmed", String(confirmed)],
            ["SubscriptionsPending", String(subscriptions.length - confirmed)],
            ["SubscriptionsDeleted", String(topic.deletedSubscriptions)],
            ["EffectiveDeliveryPolicy", effectiveDeliveryPolicy],
            ...topic.attributes,
        ]);
    };
    const log = (delivery: Delivery): Delivery => {
        deliveries.push(delivery);
        if (deliveries.length > logMax) deliveries.shift();
        return delivery;
    };
    const inBackground = (work: Promise<void>): void => {
        const tracked = work.finally(() => underWay.delete(tracked));
        underWay.add(tracked);
    };

    /** Hands a message to every confirmed subscription; HTTP goes on in the background. */
    const publish = async (topic: Topic, message: Message): Promise<string> => {
        const messageId = randomUUID();
        const timeMs = clock.nowMs();
        published.push({ topicArn: topic.arn, messageId, subject: message.subject, message: message.message, timeMs });
        if (published.length > logMax) published.shift();
        for (const subscription of topic.subscriptions.values()) {
            if (!subscription.confirmed) continue;
            const body = messageFor(message, subscription.protocol);
            const delivery = log({
                kind: "Notification",
                topicArn: topic.arn,
                protocol: subscription.protocol,
                endpoint: subscription.endpoint,
                messageId,
                subject: message.subject,
                message: body,
                timeMs,
                status: "delivered",
            });
            await deliver(delivery, subscription, message.attributes);
        }
        return messageId;
    };
    const deliver = async (delivery: Delivery, subscription: Subscription, attributes: unknown): Promise<void> => {
        const { protocol, endpoint } = subscription;
        if (protocol === "http" || protocol === "https") {
            if (!isLoopback(endpoint)) {
                delivery.status = "not sent: the sandbox calls no endpoint outside this machine";
                return;
            }
            delivery.status = "sent";
            inBackground(
                postNotification(
                    delivery,
                    subscription,
                    notificationBody(delivery, subscription, attributes, options),
                    abort.signal,
                ),
            );
        } else if (protocol === "lambda") {
            try {
                if (!options.invokeFunction)
                    throw new AwsError("ServiceException", "The sandbox has no Lambda service.");
                await options.invokeFunction(endpoint, lambdaEvent(delivery, subscription), delivery.topicArn);
            } catch (error) {
                delivery.status = `failed: ${error instanceof Error ? error.message : String(error)}`;
            }
        }
    };
    const askForConfirmation = (subscription: Subscription): void => {
        const { topicArn, protocol, endpoint, token } = subscription;
        const delivery = log({
            kind: "SubscriptionConfirmation",
            topicArn,
            protocol,
            endpoint,
            messageId: randomUUID(),
            subject: "AWS Notification - Subscription Confirmation",
            message: `You have chosen to subscribe to the topic ${topicArn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`,
            token,
            timeMs: clock.nowMs(),
            status: "delivered",
        });
        void deliver(delivery, subscription, undefined);
    };

    const operations: Service["operations"] = {
        CreateTopic(input: Input) {
            const name = input.Name;
            if (typeof name !== "string" || !/^[\w-]{1,256}$/.test(name)) throw invalid("Topic Name");
            const attributes = new Map(Object.entries((input.Attributes ?? {}) as Record<string, string>));
            for (const [attribute, value] of attributes) checkTopicAttribute(attribute, value);
            const tags = tagsOf(input.Tags);
            const arn = `arn:${partition}:sns:${region}:${accountId}:${name}`;
            const existing = topics.get(arn);
            if (existing) {
                const differs = [...attributes].some(
                    ([attribute, value]) => attributesOf(existing).get(attribute) !== value,
                );
                if (differs) throw invalid("Attributes Reason: Topic already exists with different attributes");
                if (input.Tags !== undefined && !sameEntries(tags, existing.tags))
                    throw invalid("Tags Reason: Topic already exists with different tags");
            } else {
                topics.set(arn, { arn, attributes, tags, subscriptions: new Map(), deletedSubscriptions: 0 });
            }
            return { TopicArn: arn };
        },

        DeleteTopic(input: Input) {
            // Deleting a topic that is gone is no error.
            if (typeof input.TopicArn !== "string") throw invalid("TopicArn");
            topics.delete(input.TopicArn);
            return undefined;
        },

        ListTopics(input: Input) {
            const arns = [...topics.keys()].sort();
            const from = Number(input.NextToken ?? 0);
            return {
                Topics: arns.slice(from, from + 100).map((TopicArn) => ({ TopicArn })),
                NextToken: from + 100 < arns.length ? String(from + 100) : undefined,
            };
        },

        GetTopicAttributes(input: Input) {
            return { Attributes: attributesOf(topicOf(input.TopicArn)) };
        },

        SetTopicAttributes(input: Input) {
            const topic = topicOf(input.TopicArn);
            const name = input.AttributeName;
            const value = (input.AttributeValue ?? "") as string;
            if (typeof name !== "string") throw invalid("AttributeName");
            checkTopicAttribute(name, value);
            if (value === "") topic.attributes.delete(name);
            else topic.attributes.set(name, value);
            return undefined;
        },

        Subscribe(input: Input) {
            const topic = topicOf(input.TopicArn);
            const protocol = input.Protocol;
            const endpoint = input.Endpoint;
            if (typeof protocol !== "string" || !protocols.includes(protocol))
                throw invalid(`Does not support this protocol string: ${String(protocol)}`);

            if (typeof endpoint !== "string" || !isEndpoint(protocol, endpoint)) throw invalid("Endpoint");
            const attributes = new Map(Object.entries((input.Attributes ?? {}) as Record<string, string>));
            for (const name of attributes.keys()) checkSubscriptionAttribute(name);
            let subscription = [...topic.subscriptions.values()].find(
                (each) => each.protocol === protocol && each.endpoint === endpoint,
            );
            if (!subscription) {
                const needsConfirmation = ["http", "https", "email", "email-json"].includes(protocol);
                subscription = {
                    arn: `${topic.arn}:${randomUUID()}`,
                    topicArn: topic.arn,
                    protocol,
                    endpoint,
                    token: createHash("sha256").update(randomUUID()).digest("hex"),
                    confirmed: !needsConfirmation,
                    attributes,
                };
                topic.subscriptions.set(subscription.arn, subscription);
            }
            if (!subscription.confirmed) askForConfirmation(subscription);
            const tellsArn = subscription.confirmed || input.ReturnSubscriptionArn === "true";
            return { SubscriptionArn: tellsArn ? subscription.arn : "pending confirmation" };
        },

        ConfirmSubscription(input: Input) {
            const topic = topicOf(input.TopicArn);
            const subscription = [...topic.subscriptions.values()].find((each) => each.token === input.Token);
            if (!subscription) throw invalid("Token");
            subscription.confirmed = true;
            return { SubscriptionArn: subscription.arn };
        },

        Unsubscribe(input: Input) {
            const subscription = subscriptionOf(input.SubscriptionArn);
            const topic = topicOf(subscription.topicArn);
            topic.subscriptions.delete(subscription.arn);
            topic.deletedSubscriptions++;
            return undefined;
        },

        GetSubscriptionAttributes(input: Input) {
            const subscription = subscriptionOf(input.SubscriptionArn);
            return {
                Attributes: new Map([
                    ["SubscriptionArn", subscription.arn],
                    ["TopicArn", subscription.topicArn],
                    ["Owner", accountId],
                    ["Protocol", subscription.protocol],
                    ["Endpoint", subscription.endpoint],
                    ["PendingConfirmation", String(!subscription.confirmed)],
                    ["ConfirmationWasAuthenticated", String(subscription.confirmed)],
                    ["RawMessageDelivery", "false"],
                    ["SubscriptionPrincipal", `arn:${partition}:iam::${accountId}:root`],
                    ...subscription.attributes,
                ]),
            };
        },

        SetSubscriptionAttributes(input: Input) {
            const subscription = subscriptionOf(input.SubscriptionArn);
            const name = input.AttributeName as string;
            checkSubscriptionAttribute(name);
            const value = (input.AttributeValue ?? "") as string;
            if (value === "") subscription.attributes.delete(name);
            else subscription.attributes.set(name, value);
            return undefined;
        },

        ListSubscriptionsByTopic(input: Input) {
            const subscriptions = [...topicOf(input.TopicArn).subscriptions.values()];
            return { Subscriptions: subscriptions.map((each) => describeSubscription(each, accountId)) };
        },

        ListSubscriptions() {
            const subscriptions = [...topics.values()].flatMap((topic) => [...topic.subscriptions.values()]);
            return { Subscriptions: subscriptions.map((each) => describeSubscription(each, accountId)) };
        },

        async Publish(input: Input) {
            const topic = topicOf(input.TopicArn ?? input.TargetArn);
            checkNotDenied(topic);
            return { MessageId: await publish(topic, messageOf(input)) };
        },

        async PublishBatch(input: Input) {
            const topic = topicOf(input.TopicArn);
            checkNotDenied(topic);
            const entries = (input.PublishBatchRequestEntries ?? []) as Input[];
            if (entries.length === 0)
                throw new AwsError("EmptyBatchRequest", "The batch request doesn't contain any entries.");
            if (entries.length > 10) {
                throw new AwsError(
                    "TooManyEntriesInBatchRequest",
                    "The batch request contains more entries than permissible.",
                );
            }
            const Successful: unknown[] = [];
            for (const entry of entries)
                Successful.push({ Id: entry.Id, MessageId: await publish(topic, messageOf(entry)) });

            return { Successful, Failed: [] };
        },

        TagResource(input: Input) {
            const topic = topicOf(input.ResourceArn, "ResourceArn");
            for (const [key, value] of tagsOf(input.Tags)) topic.tags.set(key, value);
            return {};
        },

        UntagResource(input: Input) {
            const topic = topicOf(input.ResourceArn, "ResourceArn");
            for (const key of (input.TagKeys ?? []) as string[]) topic.tags.delete(key);
            return {};
        },

        ListTagsForResource(input: Input) {
            const { tags } = topicOf(input.ResourceArn, "ResourceArn");
            return { Tags: [...tags].map(([Key, Value]) => ({ Key, Value })) };
        },
    };

    /** Callers of the own account may publish unless the topic's policy denies it. */
    const checkNotDenied = (topic: Topic): void => {
        const caller = { arn: `arn:${partition}:iam::${accountId}:root`, accountId };
        if (verdictOf(topic, caller, {}) !== "explicitDeny") return;
        throw new AwsError(
            "AuthorizationErrorException",
            `User: ${caller.arn} is not authorized to perform: SNS:Publish on resource: ${topic.arn} with an explicit deny in a resource-based policy`,
            403,
            "AuthorizationError",
        );
    };
    const verdictOf = (topic: Topic, principal: Principal, context: Readonly<Record<string, string>>) => {
        const document = parsePolicy(attributesOf(topic).get("Policy")!);
        const request = { action: "SNS:Publish", resource: topic.arn, principal };
        return evaluatePolicies([document], {
            ...request,
            context: { "aws:SourceOwner": accountId, "aws:SourceAccount": accountId, ...context },
        });
    };

    return {
        name: "sns",
        xmlNamespace: "http://sns.amazonaws.com/doc/2010-03-31/",
        operations,
        published,
        deliveries,
        confirm(endpoint) {
            const waiting = [...topics.values()]
                .flatMap((topic) => [...topic.subscriptions.values()])
                .filter((subscription) => subscription.endpoint === endpoint && !subscription.confirmed);
            for (const subscription of waiting) subscription.confirmed = true;
            return waiting.length;
        },
        async publishAs({ service, title, sourceArn }, topicArn, message) {
            const topic = topics.get(topicArn);
            if (!topic) throw notFound("Topic does not exist");
            if (verdictOf(topic, { service }, { "aws:SourceArn": sourceArn }) !== "allow") {
                throw new AwsError(
                    "AuthorizationErrorException",
                    `Resource: ${sourceArn} is not authorized to perform: SNS:Publish on resource: ${topicArn}`,
                    403,
                    "AuthorizationError",
                );
            }
            // The AWS-managed key's policy admits no service, and cannot be changed.
            if (
                /(^|\/)alias\/aws\/sns$|^alias\/aws\/sns$|:alias\/aws\/sns$/.test(
                    topic.attributes.get("KmsMasterKeyId") ?? "",
                )
            ) {
                throw new AwsError(
                    "KMSAccessDeniedException",
                    `${title} does not have authorization to access the SNS topic encryption key.`,
                    400,
                    "KMSAccessDenied",
                );
            }
            await publish(topic, { ...message, attributes: undefined, structured: false });
        },
        async publishInAccount(topicArn, message) {
            const topic = topicOf(topicArn);
            checkNotDenied(topic);
            await publish(topic, { subject: undefined, message, attributes: undefined, structured: false });
        },
        async settled() {
            while (underWay.size > 0) await Promise.all(underWay);
        },
        async stop() {
            abort.abort();
            await Promise.all(underWay);
        },
    };
}

interface Message {
    readonly subject: string | undefined;
    readonly message: string;
    readonly attributes: unknown;
    /** The message is JSON with a text for each protocol. */
    readonly structured: boolean;
}

function messageOf(input: Input): Message {
    const message = input.Message;
    const subject = input.Subject as string | undefined;
    if (typeof message !== "string" || message === "") throw invalid("Empty message");
    if (Buffer.byteLength(message) > messageBytesMax) throw invalid("Message too long");
    // eslint-disable-next-line no-control-regex -- subjects are printable ASCII
    if (subject !== undefined && !/^[^\x00-\x1f\x7f-\uffff]{1,100}$/.test(subject)) throw invalid("Subject");
    const structured = input.MessageStructure === "json";
    if (structured && typeof parsedMessage(message)?.default !== "string")
        throw invalid("Message Structure - No default entry in JSON message body");

    return { subject, message, attributes: input.MessageAttributes, structured };
}

function messageFor({ message, structured }: Message, protocol: string): string {
    if (!structured) return message;
    const texts = parsedMessage(message)!;
    return (texts[protocol] ?? texts.default) as string;
}

function parsedMessage(message: string): Record<string, unknown> | undefined {
    try {
        return JSON.parse(message) as Record<string, unknown>;
    } catch {
        throw invalid("Message Structure - JSON message body failed to parse");
    }
}

function notificationBody(
    delivery: Delivery,
    subscription: Subscription,
    attributes: unknown,
    { endpoint }: SnsOptions,
): string {
    if (delivery.kind === "Notification" && subscription.attributes.get("RawMessageDelivery") === "true")
        return delivery.message;

    const base = endpoint?.() ?? "http://127.0.0.1";
    return JSON.stringify({
        Type: delivery.kind,
        MessageId: delivery.messageId,
        ...(delivery.token && { Token: delivery.token }),
        TopicArn: delivery.topicArn,
        ...(delivery.subject !== undefined && delivery.kind === "Notification" && { Subject: delivery.subject }),
        Message: delivery.message,
        ...(delivery.token && {
            SubscribeURL: `${base}/?Action=ConfirmSubscription&TopicArn=${delivery.topicArn}&Token=${delivery.token}`,
        }),
        Timestamp: new Date(delivery.timeMs).toISOString(),
        SignatureVersion: "1",
        Signature: "",
        SigningCertURL: "",
        ...(delivery.kind === "Notification" && {
            UnsubscribeURL: `${base}/?Action=Unsubscribe&SubscriptionArn=${subscription.arn}`,
        }),
        ...(attributes !== undefined && { MessageAttributes: attributes }),
    });
}

async function postNotification(
    delivery: Delivery,
    subscription: Subscription,
    body: string,
    stopped: AbortSignal,
): Promise<void> {
    try {
        const response = await fetch(subscription.endpoint, {
            method: "POST",
            redirect: "error",
            headers: {
                "content-type": "text/plain; charset=UTF-8",
                "user-agent": "Amazon Simple Notification Service Agent",
                "x-amz-sns-message-type": delivery.kind,
                "x-amz-sns-message-id": delivery.messageId,
                "x-amz-sns-topic-arn": delivery.topicArn,
                ...(delivery.kind === "Notification" && { "x-amz-sns-subscription-arn": subscription.arn }),
            },
            body,
            signal: AbortSignal.any([stopped, AbortSignal.timeout(deliveryTimeoutMs)]),
        });
        await response.arrayBuffer();
        delivery.status = response.ok ? "delivered" : `failed: the endpoint answered ${response.status}`;
    } catch (error) {
        const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
        delivery.status = `failed: ${cause instanceof Error ? cause.message : String(cause)}`;
    }
}

function lambdaEvent(delivery: Delivery, subscription: Subscription): unknown {
    return {
        Records: [
            {
                EventSource: "aws:sns",
                EventVersion: "1.0",
                EventSubscriptionArn: subscription.arn,
                Sns: {
                    Type: "Notification",
                    MessageId: delivery.messageId,
                    TopicArn: delivery.topicArn,
                    Subject: delivery.subject ?? null,
                    Message: delivery.message,
                    Timestamp: new Date(delivery.timeMs).toISOString(),
                    MessageAttributes: {},
                },
            },
        ],
    };
}

function describeSubscription(subscription: Subscription, accountId: string): unknown {
    return {
        SubscriptionArn: subscription.confirmed ? subscription.arn : "PendingConfirmation",
        Owner: accountId,
        Protocol: subscription.protocol,
        Endpoint: subscription.endpoint,
        TopicArn: subscription.topicArn,
    };
}

function checkTopicAttribute(name: string, value: string): void {
    if (!Object.hasOwn(topicAttributes, name) && !feedbackAttribute.test(name)) throw invalid("AttributeName");
    if (name === "Policy" && value !== "") {
        try {
            parsePolicy(value);
        } catch (error) {
            throw invalid(`Policy Reason: ${(error as Error).message}`);
        }
    }
    if (name === "DisplayName" && value.length > 100)
        throw invalid("DisplayName Reason: It is longer than 100 characters");
}

function checkSubscriptionAttribute(name: string): void {
    if (name === "FilterPolicy" || name === "FilterPolicyScope")
        throw invalid(`AttributeName Reason: The sandbox filters no messages, so ${name} cannot be set`);

    if (!subscriptionAttributes.includes(name)) throw invalid("AttributeName");
}

function isEndpoint(protocol: string, endpoint: string): boolean {
    if (protocol === "http" || protocol === "https")
        return endpoint.startsWith(`${protocol}://`) && URL.canParse(endpoint);
    if (protocol.startsWith("email")) return /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(endpoint);
    if (protocol === "sms") return /^\+?[\d-]{5,}$/.test(endpoint);
    return endpoint.startsWith("arn:");
}

function isLoopback(endpoint: string): boolean {
    const { protocol, hostname } = new URL(endpoint);
    return protocol === "http:" && ["127.0.0.1", "localhost", "[::1]"].includes(hostname);
}

function tagsOf(tags: unknown): Map<string, string> {
    return new Map(((tags ?? []) as { Key: string; Value: string }[]).map(({ Key, Value }) => [Key, Value ?? ""]));
}

function sameEntries(left: ReadonlyMap<string, string>, right: ReadonlyMap<string, string>): boolean {
    return left.size === right.size && [...left].every(([key, value]) => right.get(key) === value);
}

/** What a topic has until somebody sets another: everyone, as long as the owner's account is behind it. */
function defaultPolicy(topicArn: string, accountId: string): string {
    return JSON.stringify({
        Version: "2008-10-17",
        Id: "__default_policy_ID",
        Statement: [
            {
                Sid: "__default_statement_ID",
                Effect: "Allow",
                Principal: { AWS: "*" },
                Action: [
                    "SNS:GetTopicAttributes",
                    "SNS:SetTopicAttributes",
                    "SNS:AddPermission",
                    "SNS:RemovePermission",
                    "SNS:DeleteTopic",
                    "SNS:Subscribe",
                    "SNS:ListSubscriptionsByTopic",
                    "SNS:Publish",
                ],
                Resource: topicArn,
                Condition: { StringEquals: { "AWS:SourceOwner": accountId } },
            },
        ],
    });
}

const effectiveDeliveryPolicy = JSON.stringify({
    http: {
        defaultHealthyRetryPolicy: {
            minDelayTarget: 20,
            maxDelayTarget: 20,
            numRetries: 3,
            numMaxDelayRetries: 0,
            numNoDelayRetries: 0,
            numMinDelayRetries: 0,
            backoffFunction: "linear",
        },
        disableSubscriptionOverrides: false,
    },
});

function invalid(parameter: string): AwsError {
    return new AwsError("InvalidParameterException", `Invalid parameter: ${parameter}`, 400, "InvalidParameter");
}

function notFound(message: string): AwsError {
    return new AwsError("NotFoundException", message, 404, "NotFound");
}
