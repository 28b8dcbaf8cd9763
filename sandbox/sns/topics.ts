/**
 * Topics of the local SNS: their attributes, policies and tags.
 */
import { parsePolicy, type PolicyDocument } from "../iam/policy";
import { arnOf } from "../service";
import { operation } from "../wire/operation";
import { pageOf } from "../wire/pages";
import { formList } from "../wire/query";
import { mapOf, required, structure, text } from "../wire/shape";
import { newTags, tagOperations } from "../wire/tags";
import { type Account, invalid, onTopic, tagRefusals, type Topic, topicOf } from "./state";

const formTags = formList(structure({ Key: required(text()), Value: required(text()) }));

export const createTopic = operation(
    { Name: text(), Attributes: mapOf(text()), Tags: formTags },
    (account: Account, { Name = "", Attributes = {}, Tags }) => {
        if (!/^[\w-]{1,256}$/.test(Name)) throw invalid("Topic Name");
        for (const [name, value] of Object.entries(Attributes)) checkAttribute(name, value);
        const arn = arnOf(account.ambient, "sns", Name);
        const attributes = new Map(Object.entries(Attributes));
        const tags = newTags(Tags, tagRefusals);
        const existing = account.topics.get(arn);
        if (!existing) {
            account.topics.set(arn, { arn, attributes, tags, subscriptions: new Map(), deletedSubscriptions: 0 });
            return { TopicArn: arn };
        }
        const own = attributesOf(account, existing);
        if ([...attributes].some(([name, value]) => own.get(name) !== value))
            throw invalid("Attributes Reason: Topic already exists with different attributes");
        if (Tags !== undefined && !sameEntries(tags, existing.tags))
            throw invalid("Tags Reason: Topic already exists with different tags");
        return { TopicArn: arn };
    },
);

export const deleteTopic = operation({ TopicArn: text() }, ({ topics }: Account, { TopicArn }) => {
    if (TopicArn === undefined) throw invalid("TopicArn");
    // Deleting a topic that is gone is no error.
    topics.delete(TopicArn);
});

export const listTopics = operation({ NextToken: text() }, ({ topics }: Account, { NextToken }) => {
    const { items, nextToken } = pageOf([...topics.keys()].sort(), 100, NextToken);
    return { Topics: items.map((TopicArn) => ({ TopicArn })), NextToken: nextToken };
});

export const getTopicAttributes = onTopic({}, (topic, _input, account) => ({
    Attributes: attributesOf(account, topic),
}));

export const setTopicAttributes = onTopic(
    { AttributeName: text(), AttributeValue: text() },
    ({ attributes }, { AttributeName = "", AttributeValue = "" }) => {
        checkAttribute(AttributeName, AttributeValue);
        if (AttributeValue === "") attributes.delete(AttributeName);
        else attributes.set(AttributeName, AttributeValue);
    },
);

export const { tagResource, untagResource, listTagsForResource } = tagOperations(
    { ResourceArn: text() },
    (account: Account, { ResourceArn }) => topicOf(account, ResourceArn, "ResourceArn").tags,
    { Tags: formTags, TagKeys: formList(text()) },
    tagRefusals,
);

export function policyOf(account: Account, { arn, attributes }: Topic): PolicyDocument {
    return parsePolicy(attributes.get("Policy") ?? defaultPolicy(arn, account.ambient.accountId));
}

function attributesOf({ ambient: { accountId } }: Account, topic: Topic): Map<string, string> {
    const subscriptions = [...topic.subscriptions.values()];
    const confirmed = subscriptions.filter((subscription) => subscription.confirmed).length;
    return new Map([
        ["DisplayName", ""],
        ["TopicArn", topic.arn],
        ["Owner", accountId],
        ["Policy", defaultPolicy(topic.arn, accountId)],
        ["SubscriptionsConfirmed", String(confirmed)],
        ["SubscriptionsPending", String(subscriptions.length - confirmed)],
        ["SubscriptionsDeleted", String(topic.deletedSubscriptions)],
        ["EffectiveDeliveryPolicy", effectiveDeliveryPolicy],
        ...topic.attributes,
    ]);
}

const settable = ["DisplayName", "Policy", "DeliveryPolicy", "KmsMasterKeyId", "SignatureVersion", "TracingConfig"];

/** Feedback settings have no effect here, but a topic may carry them. */
const feedback = /^(HTTP|Application|Firehose|Lambda|SQS)(Success|Failure)Feedback(RoleArn|SampleRate)$/;

function checkAttribute(name: string, value: string): void {
    if (!settable.includes(name) && !feedback.test(name)) throw invalid("AttributeName");
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

function sameEntries(left: ReadonlyMap<string, string>, right: ReadonlyMap<string, string>): boolean {
    return left.size === right.size && [...left].every(([key, value]) => right.get(key) === value);
}

/** What a topic has until somebody sets another: everyone, as long as the owner's account is behind it. */
function defaultPolicy(arn: string, accountId: string): string {
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
                Resource: arn,
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
