/** What a role's policies must allow for each call of each service, and how a call is refused that they do not. */
import { deepEqual, equal } from "node:assert/strict";

import { type GuardedCall, type Service } from "../../../sandbox/index";
import { startCloud, type TestCloud } from "../cloud";

const account = "123456789012";
const arn = (service: string, resource: string): string => `arn:aws:${service}:us-east-1:${account}:${resource}`;
const roleArn = `arn:aws:iam::${account}:role/worker`;
const trust = (service: string): string =>
    JSON.stringify({ Statement: { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: service } } });
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const allow = (statement: object): string => JSON.stringify({ Statement: { Effect: "Allow", ...statement } });

describe("a role's calls are held to its policies", () => {
    let cloud: TestCloud;
    let accessKeyId: string;
    const iam = (operation: string, input: object): unknown =>
        (cloud.cloud.iam as Service).operations[operation]!(input, {} as never);
    const permit = (statement: object): unknown =>
        iam("PutRolePolicy", { RoleName: "worker", PolicyName: "own", PolicyDocument: allow(statement) });
    /** "allowed", or the action and the resource that were refused. */
    const outcome = async (service: string, operation: string, input: object): Promise<string> => {
        const request = { accessKeyId } as GuardedCall["request"];
        try {
            await cloud.cloud.guard({ service, operation, input, request });
            return "allowed";
        } catch (error) {
            const { message } = error as Error;
            const [, action, resource = "*"] = /perform: (\S+)(?: on resource: (\S+))?/.exec(message) ?? [
                message,
                message,
            ];
            return `${action} ${resource}`;
        }
    };

    beforeEach(async () => {
        cloud = await startCloud();
        iam("CreateRole", { RoleName: "worker", AssumeRolePolicyDocument: trust("lambda.amazonaws.com") });
        ({ accessKeyId } = cloud.cloud.iam.assume(roleArn, "lambda.amazonaws.com", "worker"));
    });
    afterEach(() => cloud.stop());

    const table = { TableName: "ledger" };
    const rows: [string, string, object, string][] = [
        ["kinesis", "ListShards", { StreamName: "orders" }, `kinesis:ListShards ${arn("kinesis", "stream/orders")}`],
        ["kinesis", "UpdateShardCount", { StreamARN: arn("kinesis", "stream/orders") }, `kinesis:UpdateShardCount ${arn("kinesis", "stream/orders")}`],
        ["kinesis", "AddTagsToStream", { StreamName: "orders", StreamARN: arn("kinesis", "stream/other") }, `kinesis:AddTagsToStream ${arn("kinesis", "stream/orders")}`],
        ["kinesis", "TagResource", { ResourceARN: arn("kinesis", "stream/orders/consumer/c:1") }, `kinesis:TagResource ${arn("kinesis", "stream/orders/consumer/c:1")}`],
        ["kinesis", "GetRecords", { ShardIterator: base64(`\0\0\0\0\0\0\0\x01["orders",0,"shardId-000000000000",1,0]`) }, `kinesis:GetRecords ${arn("kinesis", "stream/orders")}`],
        ["kinesis", "ListShards", { NextToken: base64(`["orders"]`) }, `kinesis:ListShards ${arn("kinesis", "stream/orders")}`],
        ["kinesis", "ListStreams", { NextToken: base64(`["orders"]`) }, "kinesis:ListStreams *"],
        ["kinesis", "DescribeStreamConsumer", { ConsumerARN: arn("kinesis", "stream/orders/consumer/c:1") }, `kinesis:DescribeStreamConsumer ${arn("kinesis", "stream/orders/consumer/c:1")}`],
        ["kinesis", "DescribeStreamConsumer", { StreamARN: arn("kinesis", "stream/orders"), ConsumerName: "c" }, `kinesis:DescribeStreamConsumer ${arn("kinesis", "stream/orders/consumer/c")}`],
        ["kinesis", "RegisterStreamConsumer", { StreamARN: arn("kinesis", "stream/orders"), ConsumerName: "c" }, `kinesis:RegisterStreamConsumer ${arn("kinesis", "stream/orders")}`],
        ["kinesis", "PutResourcePolicy", { ResourceARN: arn("kinesis", "stream/orders/consumer/c:1") }, `kinesis:PutResourcePolicy ${arn("kinesis", "stream/orders/consumer/c:1")}`],
        ["kinesis", "DescribeLimits", {}, "kinesis:DescribeLimits *"],
        ["monitoring", "GetMetricData", {}, "cloudwatch:GetMetricData *"],
        ["monitoring", "SetAlarmState", { AlarmName: "a" }, `cloudwatch:SetAlarmState ${arn("cloudwatch", "alarm:a")}`],
        ["monitoring", "DescribeAlarms", { AlarmNames: ["a"] }, `cloudwatch:DescribeAlarms ${arn("cloudwatch", "alarm:a")}`],
        ["monitoring", "DescribeAlarms", { AlarmNames: ["a"], AlarmTypes: ["CompositeAlarm"] }, "cloudwatch:DescribeAlarms *"],
        ["monitoring", "PutCompositeAlarm", { AlarmName: "a" }, "cloudwatch:PutCompositeAlarm *"],
        ["monitoring", "PutDashboard", { DashboardName: "d" }, `cloudwatch:PutDashboard arn:aws:cloudwatch::${account}:dashboard/d`],
        ["dynamodb", "GetItem", table, `dynamodb:GetItem ${arn("dynamodb", "table/ledger")}`],
        ["dynamodb", "Query", { ...table, IndexName: "i" }, `dynamodb:Query ${arn("dynamodb", "table/ledger/index/i")}`],
        ["dynamodb", "BatchWriteItem", { RequestItems: { ledger: [] } }, `dynamodb:BatchWriteItem ${arn("dynamodb", "table/ledger")}`],
        ["dynamodb", "ListTables", {}, "dynamodb:ListTables *"],
        ["sns", "Publish", { TopicArn: arn("sns", "t") }, `sns:Publish ${arn("sns", "t")}`],
        ["sns", "PublishBatch", { TopicArn: arn("sns", "t") }, `sns:Publish ${arn("sns", "t")}`],
        ["sns", "CreateTopic", { Name: "t" }, `sns:CreateTopic ${arn("sns", "t")}`],
        ["sns", "Unsubscribe", { SubscriptionArn: `${arn("sns", "t")}:1` }, `sns:Unsubscribe ${arn("sns", "t")}`],
        ["logs", "CreateLogGroup", { logGroupName: "g" }, `logs:CreateLogGroup ${arn("logs", "log-group:g:*")}`],
        ["logs", "PutLogEvents", { logGroupName: "g", logStreamName: "s" }, `logs:PutLogEvents ${arn("logs", "log-group:g:log-stream:s")}`],
        ["logs", "FilterLogEvents", { logGroupIdentifier: arn("logs", "log-group:g:*") }, `logs:FilterLogEvents ${arn("logs", "log-group:g:*")}`],
        ["lambda", "Invoke", { FunctionName: "f" }, `lambda:InvokeFunction ${arn("lambda", "function:f")}`],
        ["lambda", "CreateEventSourceMapping", { FunctionName: "f", EventSourceArn: arn("kinesis", "stream/orders") }, "lambda:CreateEventSourceMapping *"],
        ["lambda", "UpdateEventSourceMapping", { UUID: "u", FunctionName: "f" }, `lambda:UpdateEventSourceMapping ${arn("lambda", "event-source-mapping:u")}`],
        ["lambda", "ListEventSourceMappings", { FunctionName: "f" }, "lambda:ListEventSourceMappings *"],
        ["lambda", "TagResource", { Resource: arn("lambda", "event-source-mapping:u") }, `lambda:TagResource ${arn("lambda", "event-source-mapping:u")}`],
        ["sqs", "CreateQueue", { QueueName: "q" }, `sqs:CreateQueue ${arn("sqs", "q")}`],
        ["sqs", "SendMessageBatch", { QueueUrl: `https://sqs.us-east-1.amazonaws.com/${account}/q` }, `sqs:SendMessage ${arn("sqs", "q")}`],
        ["sqs", "ListQueues", {}, "sqs:ListQueues *"],
        ["scheduler", "CreateSchedule", { Name: "s" }, `scheduler:CreateSchedule ${arn("scheduler", "schedule/default/s")}`],
        ["scheduler", "TagResource", { ResourceArn: arn("scheduler", "schedule/default/s") }, `scheduler:TagResource ${arn("scheduler", "schedule/default/s")}`],
        ["iam", "PutRolePolicy", { RoleName: "worker" }, `iam:PutRolePolicy ${roleArn}`],
        ["sts", "GetCallerIdentity", {}, "allowed"],
    ]; // prettier-ignore
    for (const [service, operation, input, refused] of rows) {
        it(`${service} ${operation} is ${refused}`, async () => {
            const before = await outcome(service, operation, input);
            const [action, resource] = refused.split(" ");
            if (refused !== "allowed") permit({ Action: action, Resource: resource });
            deepEqual([before, await outcome(service, operation, input)], [refused, "allowed"]);
        });
    }

    it("knows the keys that a call on a shared table reaches", async () => {
        await cloud.cloud.dynamodb.call("CreateTable", {
            ...table,
            BillingMode: "PAY_PER_REQUEST",
            KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
            AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
        });
        permit({
            Action: "dynamodb:*",
            Resource: arn("dynamodb", "table/ledger"),
            Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["orders#*"] } },
        });
        const query = (key: string) => ({
            ...table,
            KeyConditionExpression: "#k = :k AND sk > :s",
            ExpressionAttributeNames: { "#k": "pk" },
            ExpressionAttributeValues: { ":k": { S: key }, ":s": { S: "a" } },
        });
        const keyed = (key: string) => ({ pk: { S: key } });
        const calls: [string, (key: string) => object][] = [
            ["GetItem", (key) => ({ ...table, Key: keyed(key) })],
            ["PutItem", (key) => ({ ...table, Item: keyed(key) })],
            ["Query", query],
            ["BatchWriteItem", (key) => ({ RequestItems: { ledger: [{ PutRequest: { Item: keyed(key) } }] } })],
            ["BatchGetItem", (key) => ({ RequestItems: { ledger: { Keys: [keyed(key)] } } })],
        ];
        for (const [operation, input] of calls) {
            deepEqual(
                [
                    operation,
                    await outcome("dynamodb", operation, input("orders#1")),
                    await outcome("dynamodb", operation, input("other#1")),
                ],
                [operation, "allowed", `dynamodb:${operation} ${arn("dynamodb", "table/ledger")}`],
            );
        }
        // What is no batch is for DynamoDB to refuse.
        for (const ledger of [null, [null], [{}], { Keys: "orders#1" }, "orders#1"])
            equal(await outcome("dynamodb", "BatchWriteItem", { RequestItems: { ledger } }), "allowed");
    });

    it("gives a role no more than its permissions boundary", async () => {
        const { Policy } = iam("CreatePolicy", {
            PolicyName: "boundary",
            PolicyDocument: allow({ Action: "sns:*", Resource: "*" }),
        }) as { Policy: { Arn: string } };
        iam("PutRolePermissionsBoundary", { RoleName: "worker", PermissionsBoundary: Policy.Arn });
        permit({ Action: ["sns:Publish", "kinesis:ListStreams"], Resource: "*" });
        deepEqual(
            [
                await outcome("sns", "Publish", { TopicArn: arn("sns", "t") }),
                await outcome("kinesis", "ListStreams", {}),
            ],
            ["allowed", "kinesis:ListStreams *"],
        );
    });

    it("knows a session no more once it is closed, and allows nothing once the role is gone", async () => {
        permit({ Action: "*", Resource: "*" });
        deepEqual(await outcome("kinesis", "ListStreams", {}), "allowed");
        iam("DeleteRolePolicy", { RoleName: "worker", PolicyName: "own" });
        iam("DeleteRole", { RoleName: "worker" });
        deepEqual(await outcome("kinesis", "ListStreams", {}), "kinesis:ListStreams *");
        cloud.cloud.iam.sessions.close(accessKeyId);
        deepEqual(
            await outcome("kinesis", "ListStreams", {}),
            "The security token included in the request is invalid. *",
        );
    });

    it("lets callers without a role of the sandbox do everything", async () => {
        accessKeyId = "AKIASANDBOX000000000";
        deepEqual(await outcome("iam", "DeleteRole", { RoleName: "worker" }), "allowed");
    });
});
