/**
 * What the local SNS knows: topics with their subscriptions, and what was published and delivered.
 */
import { type Ambient, AwsError } from "../service";

export interface SnsOptions {
    /** Where the sandbox listens, for the links of confirmations; undefined until it does. */
    readonly endpoint: () => string | undefined;
    /** Invokes a function that is subscribed to a topic. */
    readonly invokeFunction: (functionArn: string, event: unknown, topicArn: string) => Promise<void>;
}

export interface Account {
    readonly ambient: Ambient;
    readonly options: SnsOptions;
    readonly topics: Map<string, Topic>;
    readonly published: PublishedMessage[];
    readonly deliveries: Delivery[];
    /** HTTP deliveries that the endpoint has not answered yet. */
    readonly underWay: Set<Promise<void>>;
    /** Ends them. */
    readonly abort: AbortController;
}

export interface Topic {
    readonly arn: string;
    readonly attributes: Map<string, string>;
    readonly tags: Map<string, string>;
    readonly subscriptions: Map<string, Subscription>;
    deletedSubscriptions: number;
}

export interface Subscription {
    readonly arn: string;
    readonly topicArn: string;
    readonly protocol: string;
    readonly endpoint: string;
    readonly token: string;
    confirmed: boolean;
    readonly attributes: Map<string, string>;
}

/** A message that was published, whoever is subscribed. */
export interface PublishedMessage {
    readonly topicArn: string;
    readonly messageId: string;
    readonly subject: string | undefined;
    readonly message: string;
    readonly timeMs: number;
}

/** What became of a message, or of a confirmation, at one endpoint. */
export interface Delivery extends PublishedMessage {
    readonly kind: "Notification" | "SubscriptionConfirmation";
    readonly protocol: string;
    readonly endpoint: string;
    /** Confirms the subscription, as the link of the mail or of the request does. */
    readonly token?: string;
    /** `delivered`, or why not. HTTP deliveries are `sent` until the endpoint has answered. */
    status: string;
}

export function topicArn({ partition, region, accountId }: Ambient, name: string): string {
    return `arn:${partition}:sns:${region}:${accountId}:${name}`;
}

export function topicOf(account: Account, arn: string | undefined, parameter = "TopicArn"): Topic {
    if (arn === undefined || !/^arn:[\w-]+:sns:[\w-]+:\d{12}:[\w.-]+$/.test(arn)) {
        const given = arn === undefined ? "nothing" : JSON.stringify(arn);
        throw invalid(`${parameter} Reason: An ARN must have at least 6 elements, not ${given}`);
    }
    const topic = account.topics.get(arn);
    if (!topic) throw new AwsError("NotFoundException", "Topic does not exist", 404, "NotFound");
    return topic;
}

export function subscriptionOf(account: Account, arn: string | undefined): Subscription {
    if (arn?.split(":").length !== 7) throw invalid("SubscriptionArn");
    const subscription = account.topics.get(arn.slice(0, arn.lastIndexOf(":")))?.subscriptions.get(arn);
    if (!subscription) throw new AwsError("NotFoundException", "Subscription does not exist", 404, "NotFound");
    return subscription;
}

export function subscriptionsOf(account: Account): Subscription[] {
    return [...account.topics.values()].flatMap((topic) => [...topic.subscriptions.values()]);
}

/** Adds to a list of which the newest 10,000 are kept. */
export function keep<Item>(list: Item[], item: Item): void {
    list.push(item);
    if (list.length > 10_000) list.shift();
}

export function invalid(parameter: string): AwsError {
    return new AwsError("InvalidParameterException", `Invalid parameter: ${parameter}`, 400, "InvalidParameter");
}
