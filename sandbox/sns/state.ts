/**
 * What the local SNS knows: topics with their subscriptions, and what was published and delivered.
 */
import { type ActingService, type Ambient, AwsError, refusalNamed } from "../service";
import { operationOn } from "../wire/operation";
import { text } from "../wire/shape";
import { type TagRefusals, type Tags } from "../wire/tags";

export interface SnsOptions {
    /** Where the sandbox listens, for the links of confirmations; undefined until it does. */
    readonly endpoint: () => string | undefined;
    /** Invokes a function that is subscribed to a topic. @throws AwsError */
    readonly invokeAs: (source: ActingService, functionArn: string, event: unknown) => Promise<void>;
    /** Sends to a queue that is subscribed to a topic. @throws AwsError */
    readonly sendAs: (source: ActingService, queueArn: string, body: string) => void;
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
    readonly tags: Tags;
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

/** An operation on a topic that exists. */
export const onTopic = operationOn({ TopicArn: text() }, (account: Account, input) => topicOf(account, input.TopicArn));

export function topicOf(account: Account, arn: string | undefined, parameter = "TopicArn"): Topic {
    if (arn === undefined || !/^arn:[\w-]+:sns:[\w-]+:\d{12}:[\w.-]+$/.test(arn)) {
        const given = arn === undefined ? "nothing" : JSON.stringify(arn);
        throw invalid(`${parameter} Reason: An ARN must have at least 6 elements, not ${given}`);
    }
    const topic = account.topics.get(arn);
    if (!topic) throw notFound("Topic does not exist");
    return topic;
}

/** An operation on a subscription that exists. */
export const onSubscription = operationOn({ SubscriptionArn: text() }, (account: Account, { SubscriptionArn: arn }) => {
    if (arn?.split(":").length !== 7) throw invalid("SubscriptionArn");
    const subscription = account.topics.get(arn.slice(0, arn.lastIndexOf(":")))?.subscriptions.get(arn);
    if (!subscription) throw notFound("Subscription does not exist");
    return subscription;
});

export function subscriptionsOf(account: Account): Subscription[] {
    return [...account.topics.values()].flatMap((topic) => [...topic.subscriptions.values()]);
}

const notFound = refusalNamed("NotFoundException", 404, "NotFound");

/** What SNS says of tags that cannot be. */
export const tagRefusals: TagRefusals = {
    malformed: (sentence) => invalid(`Tags Reason: ${sentence}`),
    tooMany: () =>
        new AwsError(
            "TagLimitExceededException",
            "Could not complete request: tag quota of per resource exceeded",
            400,
            "TagLimitExceeded",
        ),
};

export function invalid(parameter: string): AwsError {
    return new AwsError("InvalidParameterException", `Invalid parameter: ${parameter}`, 400, "InvalidParameter");
}
