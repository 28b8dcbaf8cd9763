/**
 * The topic that a stream's alarms speak to: one that is given, or one of the stream's own.
 */
import * as sns from "@pulumi/aws/sns";
import * as pulumi from "@pulumi/pulumi";
import { autonamedChild } from "../capacity/names";
import { childCalledAfter } from "./childNames";
import { withFormerNames } from "./formerNames";
import { decided } from "./inputs";
import { topicPolicy } from "./policyDocuments";

/** Where alarms go. Without any of it: an own topic that nobody has subscribed to yet. */
export interface NotificationsArgs {
    /**
     * ARN of an SNS topic that exists already; its policy must let cloudwatch.amazonaws.com publish. Default: a topic of the stream's own.
     * Malformed beside `emails` or `topicKmsKeyId`, which are set where the topic is declared.
     */
    topicArn?: pulumi.Input<string | undefined>;
    /** Addresses that are subscribed to the own topic; AWS asks each one to confirm. Default: none. */
    emails?: string[] | undefined;
    /**
     * ID, ARN or alias of the customer managed KMS key that encrypts the own topic. Its policy must let cloudwatch.amazonaws.com use it
     * (`kms:Decrypt`, `kms:GenerateDataKey*`), else alarms are lost without a word. Default: not encrypted, because CloudWatch cannot
     * publish to a topic under the key that AWS manages.
     */
    topicKmsKeyId?: pulumi.Input<string | undefined>;
}

/** Where alarms go: the topic is there only where it is made here. */
export interface NotificationTopic {
    readonly topic?: sns.Topic;
    readonly topicArn: pulumi.Output<string>;
}

/** The given topic, or one that is made here with its policy and its subscriptions. */
export function notificationTopic(
    name: string,
    notifications: NotificationsArgs | undefined,
    tags: pulumi.Input<Record<string, pulumi.Input<string>> | undefined>,
    opts: pulumi.CustomResourceOptions & { parent: pulumi.Resource },
): NotificationTopic {
    const { topicKmsKeyId, emails = [] } = notifications ?? {};
    const topicArn = decided(notifications?.topicArn);
    if (topicArn !== undefined) return { topicArn: pulumi.output(topicArn) };
    const topicName = (component: string) => autonamedChild("topic", `${component}-alarms`);
    const topic = new sns.Topic(
        topicName(name),
        { kmsMasterKeyId: topicKmsKeyId, tags },
        withFormerNames(opts, topicName),
    );
    new sns.TopicPolicy(`${name}-alarms`, { arn: topic.arn, policy: topic.arn.apply(topicPolicy) }, opts);
    for (const email of emails) {
        const called = childCalledAfter(opts.parent, "notifications.emails", email);
        new sns.TopicSubscription(called, { topic: topic.arn, protocol: "email", endpoint: email }, opts);
    }
    return { topic, topicArn: topic.arn };
}
