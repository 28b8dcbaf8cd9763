/**
 * The local SNS: topics with their policies and keys, subscriptions that must be confirmed, and deliveries to a log and to local HTTP endpoints.
 */
import { type ActingService, type Ambient, arnOf, type Service, textOf } from "../service";
import { operationsOf, type OperationTable } from "../wire/operation";
import { publish, publishAs, publishBatch } from "./publish";
import { type Account, type Delivery, type PublishedMessage, type SnsOptions } from "./state";
import * as subscriptions from "./subscriptions";
import * as topics from "./topics";

export interface SnsService extends Service {
    /** Every message, oldest first. The newest 10,000 are kept. */
    readonly published: readonly PublishedMessage[];
    /** Every delivery, oldest first. The newest 10,000 are kept. */
    readonly deliveries: readonly Delivery[];
    /** Confirms what waits at an endpoint, as a click on the link in the mail does. @returns how many subscriptions were confirmed */
    confirm(endpoint: string): number;
    /** Publishes as a service of AWS does: the topic's policy and key must admit it. @throws AwsError in AWS's words */
    publishAs(source: ActingService, topicArn: string, message: { subject: string; message: string }): Promise<void>;
    /** Resolves when every HTTP delivery under way has been answered. */
    settled(): Promise<void>;
}

export function snsService(ambient: Ambient, options: SnsOptions): SnsService {
    const abort = new AbortController();
    const underWay = new Set<Promise<void>>();
    const account: Account = { ambient, options, topics: new Map(), published: [], deliveries: [], underWay, abort };
    return {
        name: "sns",
        xmlNamespace: "http://sns.amazonaws.com/doc/2010-03-31/",
        operations: operationsOf(table, account),
        accessOf(operation, input) {
            const [given] = ["TopicArn", "TargetArn", "ResourceArn", "SubscriptionArn"].flatMap(
                (member) => textOf(input, member) ?? [],
            );
            // A subscription's ARN is that of its topic and one part more.
            const topic = given?.split(":").slice(0, 6).join(":");
            const own = operation === "CreateTopic" ? arnOf(ambient, "sns", textOf(input, "Name") ?? "") : "*";
            return [{ action: `sns:${operation === "PublishBatch" ? "Publish" : operation}`, resource: topic ?? own }];
        },
        published: account.published,
        deliveries: account.deliveries,
        confirm: (endpoint) => subscriptions.confirmAt(account, endpoint),
        publishAs: (source, topic, message) => publishAs(account, source, topic, message),
        async settled() {
            while (underWay.size > 0) await Promise.all(underWay);
        },
        async stop() {
            abort.abort();
            await Promise.all(underWay);
        },
    };
}

const table: OperationTable<Account> = {
    ConfirmSubscription: subscriptions.confirmSubscription,
    CreateTopic: topics.createTopic,
    DeleteTopic: topics.deleteTopic,
    GetSubscriptionAttributes: subscriptions.getSubscriptionAttributes,
    GetTopicAttributes: topics.getTopicAttributes,
    ListSubscriptions: subscriptions.listSubscriptions,
    ListSubscriptionsByTopic: subscriptions.listSubscriptionsByTopic,
    ListTagsForResource: topics.listTagsForResource,
    ListTopics: topics.listTopics,
    Publish: publish,
    PublishBatch: publishBatch,
    SetSubscriptionAttributes: subscriptions.setSubscriptionAttributes,
    SetTopicAttributes: topics.setTopicAttributes,
    Subscribe: subscriptions.subscribe,
    TagResource: topics.tagResource,
    Unsubscribe: subscriptions.unsubscribe,
    UntagResource: topics.untagResource,
};
