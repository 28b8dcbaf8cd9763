/**
 * The local SNS: topics with their policies and keys, subscriptions that must be confirmed, and deliveries to a log and to local HTTP endpoints.
 */
import { type Ambient, type Service, textOf } from "../service";
import { operationsOf } from "../wire/operation";
import { publish, publishAs, publishBatch, publishInAccount, type ServiceSource } from "./publish";
import {
    type Delivery,
    newAccount,
    type PublishedMessage,
    type SnsOptions,
    topicArn,
    topicOfSubscription,
} from "./state";
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
    publishAs(source: ServiceSource, topicArn: string, message: { subject: string; message: string }): Promise<void>;
    /** Publishes as an identity of the account that may: the topic's policy must not deny it. @throws AwsError */
    publishInAccount(topicArn: string, message: string): Promise<void>;
    /** Resolves when every HTTP delivery under way has been answered. */
    settled(): Promise<void>;
}

export function snsService(ambient: Ambient, options: SnsOptions = {}): SnsService {
    const account = newAccount(ambient, options);
    return {
        name: "sns",
        xmlNamespace: "http://sns.amazonaws.com/doc/2010-03-31/",
        operations: operationsOf(steps, account, ambient.clock),
        accessOf: (operation, input) => {
            const subscription = textOf(input, "SubscriptionArn");
            const resource =
                textOf(input, "TopicArn") ??
                textOf(input, "TargetArn") ??
                textOf(input, "ResourceArn") ??
                (subscription !== undefined ? topicOfSubscription(subscription) : undefined) ??
                (operation === "CreateTopic" ? topicArn(ambient, textOf(input, "Name") ?? "") : "*");
            return [{ action: `sns:${operation === "PublishBatch" ? "Publish" : operation}`, resource }];
        },
        published: account.published,
        deliveries: account.deliveries,
        confirm: (endpoint) => subscriptions.confirmAt(account, endpoint),
        publishAs: (source, topic, message) => publishAs(account, source, topic, message),
        publishInAccount: (topic, message) => publishInAccount(account, topic, message),
        async settled() {
            while (account.underWay.size > 0) await Promise.all(account.underWay);
        },
        async stop() {
            account.abort.abort();
            await Promise.all(account.underWay);
        },
    };
}

/** Each operation: a step from the account's state and a request, at a time, to an answer. */
const steps = {
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
