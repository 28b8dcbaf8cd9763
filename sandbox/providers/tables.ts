// Which resource types and functions the stand-in providers know. A type that is missing here is refused by its name.
import type { Aws } from "./aws";
import { classicStream, classicStreamConsumer, nativeStream, nativeStreamConsumer } from "./kinesis";
import type { Invoke, Properties, ProviderTables } from "./provider";

export type ProviderName = "aws" | "aws-native";

export const tables: Readonly<Record<ProviderName, ProviderTables>> = {
    aws: {
        name: "aws",
        resources: {
            "aws:kinesis/stream:Stream": classicStream,
            "aws:kinesis/streamConsumer:StreamConsumer": classicStreamConsumer,
        },
        invokes: {
            "aws:index/getCallerIdentity:getCallerIdentity": answer((aws) => ({
                accountId: aws.settings.accountId,
                arn: aws.arn("iam", "user/sandbox", { global: true }),
                id: aws.settings.accountId,
                userId: "AIDASANDBOX",
            })),
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

function answer(compute: (aws: Aws, args: Properties) => Properties): Invoke {
    return async (aws, args) => compute(aws, args);
}
