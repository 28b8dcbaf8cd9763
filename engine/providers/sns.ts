/**
 * aws:sns: topics, their policies and subscriptions.
 */
import {
    CreateTopicCommand,
    DeleteTopicCommand,
    GetSubscriptionAttributesCommand,
    GetTopicAttributesCommand,
    SetSubscriptionAttributesCommand,
    SetTopicAttributesCommand,
    SubscribeCommand,
    TagResourceCommand,
    UnsubscribeCommand,
    UntagResourceCommand,
} from "@aws-sdk/client-sns";
import type * as sns from "@pulumi/aws/sns";
import { type Aws } from "./aws";
import { type Checked, type ResourceRow } from "./resource";
import { attributesOf, changedAttributes, fromAttributes, tagList } from "./words";

const topicAttributes = [
    "contentBasedDeduplication",
    "deliveryPolicy",
    "displayName",
    "fifoTopic",
    "kmsMasterKeyId",
    "policy",
    "signatureVersion",
    "tracingConfig",
];

export const topic: ResourceRow<Checked<sns.TopicArgs, "name">> = {
    autoname: { property: "name", lengthMax: 256 },
    defaults: { contentBasedDeduplication: false, fifoTopic: false },
    replaceOn: ["name", "fifoTopic", "region"],
    documents: ["policy", "deliveryPolicy"],
    computed: ["arn", "owner", "policy"],
    tags: "map",
    create: async (aws, inputs) => {
        const tags = tagList(inputs.tags);
        const created = await aws.sns.send(
            new CreateTopicCommand({
                Name: inputs.name,
                Attributes: attributesOf(inputs, topicAttributes),
                Tags: tags.length > 0 ? tags : undefined,
            }),
        );
        return created.TopicArn ?? "";
    },
    read: async (aws, id) => {
        const { Attributes = {} } = await aws.sns.send(new GetTopicAttributesCommand({ TopicArn: id }));
        return {
            ...fromAttributes(Attributes, topicAttributes),
            arn: id,
            name: id.split(":").pop(),
            owner: Attributes.Owner,
            policy: Attributes.Policy ?? "",
        };
    },
    update: async (aws, id, olds, news) => {
        for (const [name, value] of changedAttributes(olds, news, topicAttributes))
            await setTopicAttribute(aws, id, name, value);
    },
    tag: (aws, id, tags) => aws.sns.send(new TagResourceCommand({ ResourceArn: id, Tags: tagList(tags) })),
    untag: (aws, id, TagKeys) => aws.sns.send(new UntagResourceCommand({ ResourceArn: id, TagKeys })),
    delete: (aws, id) => aws.sns.send(new DeleteTopicCommand({ TopicArn: id })),
};

async function setTopicAttribute(aws: Aws, TopicArn: string, AttributeName: string, AttributeValue: string) {
    await aws.sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName, AttributeValue }));
}

export const topicPolicy: ResourceRow<Checked<sns.TopicPolicyArgs>> = {
    required: ["arn", "policy"],
    replaceOn: ["arn", "region"],
    documents: ["policy"],
    computed: ["owner"],
    create: async (aws, { arn, policy }) => {
        await setTopicAttribute(aws, arn, "Policy", policy as string);
        return arn;
    },
    read: async (aws, id) => {
        const { Attributes = {} } = await aws.sns.send(new GetTopicAttributesCommand({ TopicArn: id }));
        return { arn: id, owner: Attributes.Owner, policy: Attributes.Policy };
    },
    update: (aws, id, _olds, news) => setTopicAttribute(aws, id, "Policy", news.policy as string),
    // A topic always has a policy: what AWS gives a new one comes back.
    delete: (aws, id) => setTopicAttribute(aws, id, "Policy", defaultTopicPolicy(aws, id)),
};

function defaultTopicPolicy(aws: Aws, topicArn: string): string {
    const actions = [
        "GetTopicAttributes",
        "SetTopicAttributes",
        "AddPermission",
        "RemovePermission",
        "DeleteTopic",
        "Subscribe",
        "ListSubscriptionsByTopic",
        "Publish",
    ];
    return JSON.stringify({
        Version: "2008-10-17",
        Id: "__default_policy_ID",
        Statement: [
            {
                Sid: "__default_statement_ID",
                Effect: "Allow",
                Principal: { AWS: "*" },
                Action: actions.map((action) => `SNS:${action}`),
                Resource: topicArn,
                Condition: { StringEquals: { "AWS:SourceOwner": aws.settings.accountId } },
            },
        ],
    });
}

const subscriptionAttributes = [
    "deliveryPolicy",
    "filterPolicy",
    "filterPolicyScope",
    "rawMessageDelivery",
    "redrivePolicy",
    "subscriptionRoleArn",
];

export const topicSubscription: ResourceRow<Checked<sns.TopicSubscriptionArgs>> = {
    defaults: { confirmationTimeoutInMinutes: 1, endpointAutoConfirms: false, rawMessageDelivery: false },
    required: ["endpoint", "protocol", "topic"],
    replaceOn: ["endpoint", "protocol", "topic", "region"],
    documents: ["deliveryPolicy", "filterPolicy", "redrivePolicy"],
    computed: ["arn", "confirmationWasAuthenticated", "filterPolicyScope", "ownerId", "pendingConfirmation"],
    create: async (aws, inputs) => {
        const { SubscriptionArn = "" } = await aws.sns.send(
            new SubscribeCommand({
                TopicArn: inputs.topic as string,
                Protocol: inputs.protocol,
                Endpoint: inputs.endpoint,
                ReturnSubscriptionArn: true,
                Attributes: attributesOf(inputs, subscriptionAttributes),
            }),
        );
        return SubscriptionArn;
    },
    read: async (aws, id) => {
        const answer = await aws.sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn: id }));
        const { Attributes = {} } = answer;
        return {
            ...fromAttributes(Attributes, subscriptionAttributes),
            arn: id,
            topic: Attributes.TopicArn,
            protocol: Attributes.Protocol,
            endpoint: Attributes.Endpoint,
            ownerId: Attributes.Owner,
            filterPolicyScope: Attributes.FilterPolicyScope ?? "",
            pendingConfirmation: Attributes.PendingConfirmation === "true",
            confirmationWasAuthenticated: Attributes.ConfirmationWasAuthenticated === "true",
        };
    },
    update: async (aws, id, olds, news) => {
        for (const [AttributeName, AttributeValue] of changedAttributes(olds, news, subscriptionAttributes)) {
            const input = { SubscriptionArn: id, AttributeName, AttributeValue };
            await aws.sns.send(new SetSubscriptionAttributesCommand(input));
        }
    },
    delete: (aws, id) => aws.sns.send(new UnsubscribeCommand({ SubscriptionArn: id })),
};
