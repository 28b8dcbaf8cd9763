/**
 * A stream of orders, and a Lambda function that bills them: fed in batches, sized from the stream's requirements, watched, and allowed to
 * read that stream and nothing else.
 *
 *     pulumi up
 */
import * as iam from "@pulumi/aws/iam/index.js";
import * as lambda from "@pulumi/aws/lambda/index.js";
import * as pulumi from "@pulumi/pulumi";
import { ShardedStream, StreamConsumerFunction } from "sharded-stream";

const orders = new ShardedStream("orders", {
    requirements: { writeMiBPerSecond: 3.5, recordsPerSecond: 2500 },
    notifications: { emails: ["oncall@example.com"] },
});

const role = new iam.Role("billing", {
    description: "Bills orders.",
    assumeRolePolicy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "lambda.amazonaws.com" } }],
    }),
});
new iam.RolePolicyAttachment("billing-logs", {
    role: role.name,
    policyArn: "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
});

const billing = new lambda.Function("billing", {
    description: "Bills orders.",
    runtime: "nodejs22.x",
    handler: "index.handler",
    timeout: 30,
    role: role.arn,
    code: new pulumi.asset.AssetArchive({
        "index.js": new pulumi.asset.StringAsset(`
            exports.handler = async ({ Records }) => {
                for (const { kinesis } of Records) {
                    const order = JSON.parse(Buffer.from(kinesis.data, "base64"));
                    console.log("billed " + order.id);
                }
            };`),
    }),
});

const feed = new StreamConsumerFunction("billing", {
    ...orders.source,
    function: billing.name,
    role: role.name,
    functionTimeoutSeconds: 30,
    // Each order takes 4 ms: for the declared peak the plan processes 3 batches at once from each shard.
    processingMillisecondsPerRecord: 4,
    // What fails six times in a row is told to the queue.
    maximumRetryAttempts: 5,
});

export const streamName = orders.streamName;
export const functionName = billing.name;
export const failures = feed.failureDestinationArn;
export const alarmNames = feed.alarmNames;
