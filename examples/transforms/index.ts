/**
 * A scaled stream by the rules of a strict account: the scaler's function runs in a VPC and is traced, and whatever keeps data is under
 * a key of the account's own.
 *
 *     pulumi config set kmsKeyArn arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
 *     pulumi config set --path 'subnetIds[0]' subnet-0a1b2c3d
 *     pulumi config set --path 'securityGroupIds[0]' sg-0a1b2c3d
 *     pulumi up
 *
 * The subnets need a way to Kinesis, CloudWatch, DynamoDB and SNS: a NAT gateway, or VPC endpoints. The key's policy must admit
 * cloudwatch.amazonaws.com, for the topic, and logs.us-east-1.amazonaws.com, for the log group.
 */
import * as pulumi from "@pulumi/pulumi";
import { ShardedStream } from "sharded-stream";

const config = new pulumi.Config();
const kmsKeyArn = config.require("kmsKeyArn");
const vpcConfig = {
    subnetIds: config.requireObject<string[]>("subnetIds"),
    securityGroupIds: config.requireObject<string[]>("securityGroupIds"),
};

/** Lambda makes the function's network interfaces, and writes its traces, with the function's own role. */
const furtherRights = {
    Effect: "Allow",
    Action: [
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    ],
    Resource: "*",
};

const strict: pulumi.ResourceTransform = ({ type, name, props, opts }) => {
    if (type === "aws:lambda/function:Function")
        return { props: { ...props, vpcConfig, tracingConfig: { mode: "Active" } }, opts };
    // In the role's own policy, which is there before the function: Lambda refuses a function whose role may not enter the VPC.
    if (type === "aws:iam/rolePolicy:RolePolicy" && name === "orders-scaler-policy") {
        return {
            props: { ...props, policy: pulumi.output(props.policy as pulumi.Input<string>).apply(extended) },
            opts,
        };
    }
    return undefined;
};

function extended(policy: string): string {
    const document = JSON.parse(policy) as { Statement: object[] };
    return JSON.stringify({ ...document, Statement: [...document.Statement, furtherRights] });
}

const orders = new ShardedStream(
    "orders",
    {
        requirements: { writeMiBPerSecond: 3.5, recordsPerSecond: 2500 },
        kmsKeyId: kmsKeyArn,
        scaling: { kmsKeyArn, architecture: "arm64" },
        notifications: { topicKmsKeyId: kmsKeyArn },
    },
    { transforms: [strict] },
);

export const { streamName, scalerFunctionName, ledgerTableName } = orders;
export const logGroupName = orders.scaler?.logGroupName;
