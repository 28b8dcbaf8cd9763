/**
 * How a message reaches an endpoint: a function is invoked, a queue gets it, a local HTTP endpoint is called in the background, everything else is written down.
 */
import { type ActingService, inBackground, keepNewest } from "../service";
import { isLoopback } from "../wire/browser";
import { type Account, type Delivery, type Subscription } from "./state";

const deliveryTimeoutMs = 5_000;

/** What a message says beside its text, as whoever gets it reads it. */
export type ToldAttributes = Readonly<Record<string, { readonly Type: string; readonly Value: string }>>;

export async function deliver(
    account: Account,
    subscription: Subscription,
    letter: Omit<Delivery, "topicArn" | "protocol" | "endpoint" | "status">,
    attributes: ToldAttributes = {},
): Promise<void> {
    const { topicArn, protocol, endpoint } = subscription;
    const delivery: Delivery = { ...letter, topicArn, protocol, endpoint, status: "delivered" };
    keepNewest(account.deliveries, [delivery]);
    const { invokeAs, sendAs } = account.options;
    if (protocol === "lambda") {
        await hand(delivery, (source) =>
            invokeAs(source, endpoint, lambdaEvent(account, delivery, subscription, attributes)),
        );
    }
    if (protocol === "sqs") {
        const body = notificationBody(account, delivery, subscription, attributes);
        await hand(delivery, (source) => sendAs(source, endpoint, body));
    }
    if (protocol !== "http" && protocol !== "https") return;
    if (!isInReach(endpoint)) {
        delivery.status = "not sent: the sandbox calls no endpoint outside this machine";
        return;
    }
    delivery.status = "sent";
    const body = notificationBody(account, delivery, subscription, attributes);
    inBackground(account.underWay, post(delivery, subscription, body, account.abort.signal));
}

function isInReach(endpoint: string): boolean {
    const { protocol, hostname } = new URL(endpoint);
    return protocol === "http:" && isLoopback(hostname);
}

/** To another service, which may refuse it. */
async function hand(delivery: Delivery, give: (source: ActingService) => unknown): Promise<void> {
    try {
        await give({ service: "sns.amazonaws.com", title: "SNS", sourceArn: delivery.topicArn });
    } catch (error) {
        delivery.status = `failed: ${error instanceof Error ? error.message : String(error)}`;
    }
}

function lambdaEvent(
    account: Account,
    delivery: Delivery,
    subscription: Subscription,
    attributes: ToldAttributes,
): unknown {
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
                    SignatureVersion: "1",
                    Signature: "",
                    SigningCertUrl: "",
                    UnsubscribeUrl: unsubscribeLink(account, subscription),
                    MessageAttributes: attributes,
                },
            },
        ],
    };
}

function notificationBody(
    account: Account,
    { kind, messageId, token, topicArn, subject, message, timeMs }: Delivery,
    subscription: Subscription,
    attributes: ToldAttributes,
): string {
    const isNotification = kind === "Notification";
    if (isNotification && subscription.attributes.get("RawMessageDelivery") === "true") return message;
    const confirmation = { Action: "ConfirmSubscription", TopicArn: topicArn, Token: token ?? "" };
    return JSON.stringify({
        Type: kind,
        MessageId: messageId,
        ...(token && { Token: token }),
        TopicArn: topicArn,
        ...(subject !== undefined && isNotification && { Subject: subject }),
        Message: message,
        ...(token && { SubscribeURL: link(account, confirmation) }),
        Timestamp: new Date(timeMs).toISOString(),
        SignatureVersion: "1",
        Signature: "",
        SigningCertURL: "",
        ...(isNotification && { UnsubscribeURL: unsubscribeLink(account, subscription) }),
        ...(Object.keys(attributes).length > 0 && { MessageAttributes: attributes }),
    });
}

function unsubscribeLink(account: Account, { arn }: Subscription): string {
    return link(account, { Action: "Unsubscribe", SubscriptionArn: arn });
}

/** A call that whoever follows the link makes: it needs no signature, but says whose topic it is about, and where that is. */
function link({ ambient, options }: Account, call: Record<string, string>): string {
    const { accountId, region } = ambient;
    const scope = { "X-Amz-Credential": `${accountId}/20261101/${region}/sns/aws4_request` };
    return `${options.endpoint() ?? "http://127.0.0.1"}/?${new URLSearchParams({ ...call, ...scope }).toString()}`;
}

async function post(delivery: Delivery, { arn }: Subscription, body: string, stopped: AbortSignal): Promise<void> {
    try {
        const response = await fetch(delivery.endpoint, {
            method: "POST",
            redirect: "error",
            headers: {
                "content-type": "text/plain; charset=UTF-8",
                "user-agent": "Amazon Simple Notification Service Agent",
                "x-amz-sns-message-type": delivery.kind,
                "x-amz-sns-message-id": delivery.messageId,
                "x-amz-sns-topic-arn": delivery.topicArn,
                ...(delivery.kind === "Notification" && { "x-amz-sns-subscription-arn": arn }),
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
