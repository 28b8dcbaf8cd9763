/**
 * Topics of the local SNS: their attributes, policies and tags.
 */
import { parsePolicy, type PolicyDocument } from "../iam/policy";
import { operation } from "../wire/operation";
import { formList } from "../wire/query";
import { mapOf, required, structure, text, type ValueOf } from "../wire/shape";
import { type Account, invalid, type Topic, topicArn, topicOf } from "./state";

const tagList = formList(structure({ Key: required(text()), Value: text() }));

export const createTopic = operation(
    { Name: text(), Attributes: mapOf(text()), Tags: tagList },
    (account: Account, { Name = "", Attributes = {}, Tags }) => {
        if (!/^[\w-]{1,256}$/.test(Name)) throw invalid("Topic Name");
        for (const [name, value] of Object.entries(Attributes)) checkAttribute(name, value);
        const arn = topicArn(account.ambient, Name);
        const attributes = new Map(Object.entries(Attributes));
        const tags = tagsOf(Tags);
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
    const arns = [...topics.keys()].sort();
    const from = Number(NextToken ?? 0);
    return {
        Topics: arns.slice(from, from + 100).map((TopicArn) => ({ TopicArn })),
        NextToken: from + 100 < arns.length ? String(from + 100) : undefined,
    };
});

export const getTopicAttributes = operation({ TopicArn: text() }, (account: Account, { TopicArn }) => ({
    Attributes: attributesOf(account, topicOf(account, TopicArn)),
}));

export const setTopicAttributes = operation(
    { TopicArn: text(), AttributeName: text(), AttributeValue: text() },
    (account: Account, { TopicArn, AttributeName = "", AttributeValue = "" }) => {
        const { attributes } = topicOf(account, TopicArn);
        checkAttribute(AttributeName, AttributeValue);
        if (AttributeValue === "") attributes.delete(AttributeName);
        else attributes.set(AttributeName, AttributeValue);
    },
);

export const tagResource = operation({ ResourceArn: text(), Tags: tagList }, (account: Account, input) => {
    const { tags } = topicOf(account, input.ResourceArn, "ResourceArn");
    for (const [key, value] of tagsOf(input.Tags)) tags.set(key, value);
    return {};
});

export const untagResource = operation(
    { ResourceArn: text(), TagKeys: formList(text()) },
    (account: Account, input) => {
        const { tags } = topicOf(account, input.ResourceArn, "ResourceArn");
        for (const key of input.TagKeys || []) tags.delete(key);
        return {};
    },
);

export const listTagsForResource = operation({ ResourceArn: text() }, (account: Account, { ResourceArn }) => ({
    Tags: [...topicOf(account, ResourceArn, "ResourceArn").tags].map(([Key, Value]) => ({ Key, Value })),
}));

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

function tagsOf(tags: ValueOf<typeof tagList> | undefined): Map<string, string> {
    return new Map((tags || []).map(({ Key, Value = "" }) => [Key, Value]));
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
