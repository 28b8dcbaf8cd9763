/**
 * Which resource types and functions the stand-in providers know. A type that is missing here is refused by its name.
 */
import { type Properties } from "../values";
import { type Aws } from "./aws";
import { compositeAlarm, dashboard, logGroup, metricAlarm } from "./cloudwatch";
import { dynamodbTable } from "./dynamodb";
import { role, rolePolicy, rolePolicyAttachment } from "./iam";
import { eventSourceMapping } from "./eventSourceMapping";
import { classicAccountSettings, classicStream, describeStream, nativeStream, resourcePolicy } from "./kinesis";
import { classicStreamConsumer, nativeStreamConsumer } from "./kinesisConsumer";
import { functionEventInvokeConfig, lambdaFunction, lambdaPermission } from "./lambda";
import { policyDocument } from "./policyDocument";
import { type Invoke, type ProviderTables } from "./provider";
import { schedule } from "./scheduler";
import { topic, topicPolicy, topicSubscription } from "./sns";
import { queue } from "./sqs";

export type ProviderName = "aws" | "aws-native";

/** Of a package that has no stand-in: nothing. */
export function tablesOf(name: string): ProviderTables {
    return name in tables ? tables[name as ProviderName] : { name, resources: {}, invokes: {} };
}

export const tables: Readonly<Record<ProviderName, ProviderTables>> = {
    aws: {
        name: "aws",
        resources: {
            "aws:cloudwatch/compositeAlarm:CompositeAlarm": compositeAlarm,
            "aws:cloudwatch/dashboard:Dashboard": dashboard,
            "aws:cloudwatch/logGroup:LogGroup": logGroup,
            "aws:cloudwatch/metricAlarm:MetricAlarm": metricAlarm,
            "aws:dynamodb/table:Table": dynamodbTable,
            "aws:iam/role:Role": role,
            "aws:iam/rolePolicy:RolePolicy": rolePolicy,
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment": rolePolicyAttachment,
            "aws:kinesis/accountSettings:AccountSettings": classicAccountSettings,
            "aws:kinesis/resourcePolicy:ResourcePolicy": resourcePolicy,
            "aws:kinesis/stream:Stream": classicStream,
            "aws:kinesis/streamConsumer:StreamConsumer": classicStreamConsumer,
            "aws:lambda/eventSourceMapping:EventSourceMapping": eventSourceMapping,
            "aws:lambda/function:Function": lambdaFunction,
            "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": functionEventInvokeConfig,
            "aws:lambda/permission:Permission": lambdaPermission,
            "aws:scheduler/schedule:Schedule": schedule,
            "aws:sns/topic:Topic": topic,
            "aws:sns/topicPolicy:TopicPolicy": topicPolicy,
            "aws:sns/topicSubscription:TopicSubscription": topicSubscription,
            "aws:sqs/queue:Queue": queue,
        },
        invokes: {
            "aws:iam/getPolicyDocument:getPolicyDocument": answer((_aws, args) => {
                const json = policyDocument(args);
                return { ...args, id: json, json, minifiedJson: JSON.stringify(JSON.parse(json)) };
            }),
            "aws:kinesis/getStream:getStream": describeStream,
            "aws:index/getCallerIdentity:getCallerIdentity": callerIdentity,
            "aws:index/getDefaultTags:getDefaultTags": answer((aws) => ({ id: aws.partition, tags: aws.defaultTags })),
            "aws:index/getPartition:getPartition": answer((aws) => ({
                id: aws.partition,
                partition: aws.partition,
                dnsSuffix: aws.urlSuffix,
                reverseDnsPrefix: aws.urlSuffix.split(".").reverse().join("."),
            })),
            "aws:index/getRegion:getRegion": answer((aws) => ({
                id: aws.settings.region,
                region: aws.settings.region,
                name: aws.settings.region,
                description: aws.settings.region,
                endpoint: aws.settings.endpoint,
            })),
        },
    },
    "aws-native": {
        name: "aws-native",
        resources: {
            "aws-native:kinesis:Stream": nativeStream,
            "aws-native:kinesis:StreamConsumer": nativeStreamConsumer,
        },
        invokes: {
            "aws-native:index:getAccountId": answer((aws) => ({ accountId: aws.settings.accountId })),
            "aws-native:index:getPartition": answer((aws) => ({ partition: aws.partition })),
            "aws-native:index:getRegion": answer((aws) => ({ region: aws.settings.region })),
            "aws-native:index:getUrlSuffix": answer((aws) => ({ urlSuffix: aws.urlSuffix })),
        },
    },
};

async function callerIdentity(aws: Aws): Promise<Properties> {
    const identity = await aws.query("sts", "2011-06-15", "GetCallerIdentity", {});
    const accountId = identity.text("Account");
    return { accountId, arn: identity.text("Arn"), id: accountId, userId: identity.text("UserId") };
}

function answer(compute: (aws: Aws, args: Properties) => Properties): Invoke {
    return async (aws, args) => compute(aws, args);
}
