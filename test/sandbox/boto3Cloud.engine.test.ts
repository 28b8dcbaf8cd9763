/**
 * boto3 asks the services around Kinesis, some of which no JS client in this project speaks: it must understand every answer.
 */
import { deepEqual } from "node:assert/strict";

import { ManualClock, startSandbox } from "../../sandbox/index";
import { leaveOut } from "../leaveOut";
import { askedByPython, pythonWithBoto3, type Step } from "./boto3";
import { zipOf } from "./zip";

const startSeconds = Date.UTC(2026, 10, 1) / 1_000;
const account = "123456789012";
const roleArn = `arn:aws:iam::${account}:role/service/worker`;
const topicArn = `arn:aws:sns:us-east-1:${account}:alarms`;
const functionArn = `arn:aws:lambda:us-east-1:${account}:function:worker`;
const streamArn = `arn:aws:kinesis:us-east-1:${account}:stream/orders`;
const queueUrl = `https://sqs.us-east-1.amazonaws.com/${account}/failures`;
const alarmArn = `arn:aws:cloudwatch:us-east-1:${account}:alarm:high`;
const document = (...services: string[]) => ({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: services } }],
});
const policy = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "logs:*", Resource: "*" }] };
const time = (seconds: number) => ({ $time: startSeconds + seconds });
const stat = (MetricName: string) => ({
    Metric: { Namespace: "Shop", MetricName, Dimensions: [{ Name: "Host", Value: "a" }] },
    Period: 60,
    Stat: "Sum",
});

/** What is asked, and what of the answer is looked at: members as they came, or the code of the refusal. */
const rows: readonly [Step["service"], string, object, unknown][] = [
    ["iam", "CreateRole", { RoleName: "worker", Path: "/service/", AssumeRolePolicyDocument: JSON.stringify(document("lambda.amazonaws.com", "scheduler.amazonaws.com")), Description: "a & b", Tags: [{ Key: "team", Value: "a + b" }] }, { Role: { Arn: roleArn, Description: "a & b", AssumeRolePolicyDocument: document("lambda.amazonaws.com", "scheduler.amazonaws.com"), Tags: [{ Key: "team", Value: "a + b" }] } }],
    ["iam", "PutRolePolicy", { RoleName: "worker", PolicyName: "own", PolicyDocument: JSON.stringify(policy) }, {}],
    ["iam", "GetRolePolicy", { RoleName: "worker", PolicyName: "own" }, { RoleName: "worker", PolicyName: "own", PolicyDocument: policy }],
    ["iam", "AttachRolePolicy", { RoleName: "worker", PolicyArn: "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole" }, {}],
    ["iam", "ListAttachedRolePolicies", { RoleName: "worker" }, { AttachedPolicies: [{ PolicyName: "AWSLambdaBasicExecutionRole", PolicyArn: "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole" }], IsTruncated: false }],
    ["iam", "DeleteRole", { RoleName: "worker" }, "DeleteConflict: Cannot delete entity, must delete policies first."],
    ["iam", "GetRole", { RoleName: "nobody" }, "NoSuchEntity: The role with name nobody cannot be found."],
    ["iam", "PutRolePolicy", { RoleName: "worker", PolicyName: "bad", PolicyDocument: "{" }, "MalformedPolicyDocument: This policy contains invalid Json"],
    ["sts", "GetCallerIdentity", {}, { Account: account, Arn: `arn:aws:iam::${account}:user/sandbox` }],
    ["sns", "CreateTopic", { Name: "alarms", Attributes: { DisplayName: "Alarms" }, Tags: [{ Key: "team", Value: "orders" }] }, { TopicArn: topicArn }],
    ["sns", "Subscribe", { TopicArn: topicArn, Protocol: "email", Endpoint: "oncall@example.com", ReturnSubscriptionArn: false }, { SubscriptionArn: "pending confirmation" }],
    ["sns", "ListSubscriptionsByTopic", { TopicArn: topicArn }, { Subscriptions: [{ SubscriptionArn: "PendingConfirmation", Owner: account, Protocol: "email", Endpoint: "oncall@example.com", TopicArn: topicArn }] }],
    ["sns", "ListTagsForResource", { ResourceArn: topicArn }, { Tags: [{ Key: "team", Value: "orders" }] }],
    ["sns", "Publish", { TopicArn: topicArn, Message: "<ü>", MessageAttributes: { kind: { DataType: "String", StringValue: "x" } } }, {}],
    ["sns", "Publish", { TopicArn: topicArn, Message: "" }, "InvalidParameter: Invalid parameter: Empty message"],
    ["cloudwatch", "PutMetricData", { Namespace: "Shop", MetricData: [{ MetricName: "Orders", Dimensions: [{ Name: "Host", Value: "a" }], Values: [1, 5], Counts: [2, 1], Timestamp: time(0), Unit: "Count" }] }, {}],
    ["cloudwatch", "GetMetricData", { StartTime: time(0), EndTime: time(120), MetricDataQueries: [{ Id: "m1", MetricStat: stat("Orders"), ReturnData: false }, { Id: "e1", Expression: "FILL(m1, 0) / PERIOD(m1)", Label: "rate" }] }, { MetricDataResults: [{ Id: "e1", Label: "rate", Timestamps: [time(60), time(0)], Values: [0, 7 / 60], StatusCode: "Complete" }] }],
    ["cloudwatch", "ListMetrics", { Namespace: "Shop" }, { Metrics: [{ Namespace: "Shop", MetricName: "Orders", Dimensions: [{ Name: "Host", Value: "a" }] }] }],
    ["cloudwatch", "PutMetricAlarm", { AlarmName: "high", EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: "GreaterThanThreshold", AlarmActions: [topicArn], Metrics: [{ Id: "m1", MetricStat: stat("Orders"), ReturnData: true }] }, {}],
    ["cloudwatch", "DescribeAlarms", { AlarmNames: ["high"] }, { MetricAlarms: [{ AlarmName: "high", AlarmArn: alarmArn, StateValue: "INSUFFICIENT_DATA", StateUpdatedTimestamp: time(0), AlarmActions: [topicArn], Metrics: [{ Id: "m1", MetricStat: stat("Orders"), ReturnData: true }] }] }],
    ["cloudwatch", "SetAlarmState", { AlarmName: "high", StateValue: "ALARM", StateReason: "drill" }, {}],
    ["cloudwatch", "DescribeAlarmHistory", { AlarmName: "high", HistoryItemType: "Action" }, { AlarmHistoryItems: [{ AlarmName: "high", AlarmType: "MetricAlarm", Timestamp: time(0), HistoryItemType: "Action", HistorySummary: `Successfully executed action ${topicArn}` }] }],
    ["cloudwatch", "PutCompositeAlarm", { AlarmName: "any", AlarmRule: "ALARM(high)", Tags: [{ Key: "team", Value: "orders" }] }, {}],
    ["cloudwatch", "DescribeAlarms", { AlarmTypes: ["CompositeAlarm"] }, { CompositeAlarms: [{ AlarmName: "any", AlarmRule: "ALARM(high)", StateValue: "ALARM", StateUpdatedTimestamp: time(0), ActionsEnabled: true }], MetricAlarms: [] }],
    ["cloudwatch", "PutCompositeAlarm", { AlarmName: "bad", AlarmRule: "()" }, "ValidationError: Error in AlarmRule [Unsupported token ')' at char 1, must be: '(', 'NOT', AT_LEAST, TRUE or FALSE, ALARM, OK, or INSUFFICIENT_DATA]"],
    ["cloudwatch", "PutMetricAlarm", { AlarmName: "bad", EvaluationPeriods: 0, Threshold: 1, ComparisonOperator: "GreaterThanThreshold" }, "ValidationError: 1 validation error detected: Value '0' at 'evaluationPeriods' failed to satisfy constraint: Member must have value greater than or equal to 1"],
    ["cloudwatch", "PutDashboard", { DashboardName: "shop", DashboardBody: `{"widgets":[{"type":"text","properties":{"markdown":"x"}}]}` }, { DashboardValidationMessages: [] }],
    ["cloudwatch", "GetDashboard", { DashboardName: "shop" }, { DashboardName: "shop", DashboardBody: `{"widgets":[{"type":"text","properties":{"markdown":"x"}}]}` }],
    ["cloudwatch", "PutDashboard", { DashboardName: "shop", DashboardBody: "{}" }, `InvalidParameterInput: The dashboard body is invalid, there are 1 validation errors: [{"dataPath":"","message":"Should have required property 'widgets'"}]`],
    ["logs", "CreateLogGroup", { logGroupName: "/aws/lambda/worker", tags: { team: "orders" } }, {}],
    ["logs", "PutRetentionPolicy", { logGroupName: "/aws/lambda/worker", retentionInDays: 30 }, {}],
    ["logs", "DescribeLogGroups", { logGroupNamePrefix: "/aws/lambda/" }, { logGroups: [{ logGroupName: "/aws/lambda/worker", retentionInDays: 30, arn: `arn:aws:logs:us-east-1:${account}:log-group:/aws/lambda/worker:*` }] }],
    ["logs", "PutRetentionPolicy", { logGroupName: "/aws/lambda/none", retentionInDays: 30 }, "ResourceNotFoundException: The specified log group does not exist."],
    ["lambda", "CreateFunction", { FunctionName: "worker", Runtime: "nodejs22.x", Handler: "index.handler", Role: roleArn, Code: { ZipFile: { $bytes: zipOf({ "index.js": `exports.handler = async (event) => { console.log("ran", event.n); return event.n + 1; };` }).toString("base64") } } }, { FunctionArn: functionArn, State: "Active", Runtime: "nodejs22.x" }],
    ["lambda", "Invoke", { FunctionName: "worker", Payload: { $bytes: Buffer.from(`{"n":1}`).toString("base64") } }, { StatusCode: 200, ExecutedVersion: "$LATEST", Payload: { $bytes: Buffer.from("2").toString("base64") } }],
    ["lambda", "AddPermission", { FunctionName: "worker", StatementId: "a", Action: "lambda:InvokeFunction", Principal: "sns.amazonaws.com", SourceArn: topicArn }, {}],
    ["lambda", "PutFunctionEventInvokeConfig", { FunctionName: "worker", MaximumRetryAttempts: 0 }, { FunctionArn: `${functionArn}:$LATEST`, MaximumRetryAttempts: 0, LastModified: time(0) }],
    ["lambda", "GetFunction", { FunctionName: "none" }, `ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:${account}:function:none`],
    ["logs", "CreateLogStream", { logGroupName: "/aws/lambda/worker", logStreamName: "one" }, {}],
    ["logs", "PutLogEvents", { logGroupName: "/aws/lambda/worker", logStreamName: "one", logEvents: [{ timestamp: startSeconds * 1_000, message: "ran 1" }, { timestamp: startSeconds * 1_000, message: "slept" }] }, {}],
    ["logs", "FilterLogEvents", { logGroupName: "/aws/lambda/worker", logStreamNames: ["one"], filterPattern: "ran" }, { events: [{ timestamp: startSeconds * 1_000, message: "ran 1", logStreamName: "one" }] }],
    ["sqs", "CreateQueue", { QueueName: "failures", Attributes: { VisibilityTimeout: "60" } }, {}],
    ["sqs", "SendMessage", { QueueUrl: queueUrl, MessageBody: "ü", MessageAttributes: { kind: { DataType: "String", StringValue: "x" } } }, { MD5OfMessageBody: "c03410a5204b21cd8229ff754688d743" }],
    ["sqs", "ReceiveMessage", { QueueUrl: queueUrl, MessageAttributeNames: ["All"] }, { Messages: [{ Body: "ü", MessageAttributes: { kind: { DataType: "String", StringValue: "x" } } }] }],
    ["sqs", "GetQueueAttributes", { QueueUrl: queueUrl, AttributeNames: ["QueueArn", "ApproximateNumberOfMessagesNotVisible"] }, { Attributes: { QueueArn: `arn:aws:sqs:us-east-1:${account}:failures`, ApproximateNumberOfMessagesNotVisible: "1" } }],
    ["sqs", "GetQueueUrl", { QueueName: "none" }, "AWS.SimpleQueueService.NonExistentQueue: The specified queue does not exist."],
    ["kinesis", "CreateStream", { StreamName: "orders", ShardCount: 1 }, {}],
    ["lambda", "CreateEventSourceMapping", { FunctionName: "worker", EventSourceArn: streamArn, StartingPosition: "LATEST" }, `InvalidParameterValueException: Cannot access stream ${streamArn}. Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, DescribeStreamSummary, and ListShards Actions on your stream in IAM.`],
    ["iam", "AttachRolePolicy", { RoleName: "worker", PolicyArn: "arn:aws:iam::aws:policy/service-role/AWSLambdaKinesisExecutionRole" }, {}],
    ["lambda", "CreateEventSourceMapping", { FunctionName: "worker", EventSourceArn: streamArn, StartingPosition: "AT_TIMESTAMP", StartingPositionTimestamp: time(-60) }, { State: "Creating", BatchSize: 100, FunctionArn: functionArn, LastModified: time(0), StartingPositionTimestamp: time(-60) }],
    ["lambda", "ListEventSourceMappings", { FunctionName: "worker", EventSourceArn: streamArn }, { EventSourceMappings: [{ State: "Creating", EventSourceArn: streamArn }] }],
    ["scheduler", "CreateSchedule", { Name: "minute", ScheduleExpression: "rate(1 minute)", FlexibleTimeWindow: { Mode: "OFF" }, Target: { Arn: functionArn, RoleArn: roleArn } }, { ScheduleArn: `arn:aws:scheduler:us-east-1:${account}:schedule/default/minute` }],
    ["scheduler", "GetSchedule", { Name: "minute" }, { Name: "minute", State: "ENABLED", ScheduleExpression: "rate(1 minute)", CreationDate: time(0) }],
    ["scheduler", "DeleteSchedule", { Name: "minute" }, {}],
    ["scheduler", "GetSchedule", { Name: "minute" }, "ResourceNotFoundException: Schedule minute does not exist."],
    ["dynamodb", "CreateTable", { TableName: "ledger", BillingMode: "PAY_PER_REQUEST", KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }], AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }] }, { TableDescription: { TableName: "ledger", TableArn: `arn:aws:dynamodb:us-east-1:${account}:table/ledger` } }],
    ["dynamodb", "ListTables", {}, { TableNames: ["ledger"] }],
]; // prettier-ignore

describe("boto3 understands the services around Kinesis", function () {
    this.timeout(300_000);

    it("answer by answer", async function () {
        const python = pythonWithBoto3();
        if (!python) leaveOut(this, "boto3 is the second client", "there is no python3 with boto3 on this machine.");
        const sandbox = await startSandbox({ clock: new ManualClock(startSeconds * 1_000) });
        try {
            const steps = rows.map(([service, operation, input]) => ({ service, operation, input }));
            const answers = await askedByPython(python, sandbox, steps);
            for (const [index, [service, operation, , expected]] of rows.entries()) {
                const answer = answers[index] as Record<string, unknown>;
                const found = answer.error ? `${String(answer.error)}: ${String(answer.message)}` : answer;
                deepEqual(
                    [index, service, operation, only(found, expected)],
                    [index, service, operation, seen(expected)],
                );
            }
        } finally {
            await sandbox.stop();
        }
    });
});

/** The members of an answer that are expected, whatever else it has. */
function only(answer: unknown, expected: unknown): unknown {
    if (Array.isArray(expected) && Array.isArray(answer))
        return answer.map((item, index) => only(item, expected[index]));
    if (typeof expected !== "object" || expected === null || typeof answer !== "object" || answer === null)
        return answer;
    if ("$time" in expected) return answer;
    return Object.fromEntries(
        Object.entries(expected).map(([name, value]) => [name, only((answer as Record<string, unknown>)[name], value)]),
    );
}

const seen = (expected: unknown): unknown => JSON.parse(JSON.stringify(expected)) as unknown;
