/** The answers that no other test of the sandbox asks for, held to AWS's models too; and the check itself finds what is wrong. */
import { deepEqual, equal } from "node:assert/strict";

import { startCloud, type TestCloud } from "../cloud";
import { zipOf } from "../zip";
import { faultsOf, models } from "./check";

const stream = "arn:aws:kinesis:us-east-1:123456789012:stream/orders";
const roleArn = "arn:aws:iam::123456789012:role/worker";
const policyArn = "arn:aws:iam::123456789012:policy/reads";
const group = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/default";
const trust = (principal: object) =>
    JSON.stringify({ Statement: [{ Effect: "Allow", Principal: principal, Action: "sts:AssumeRole" }] });
const key = (value: string) => ({ pk: { S: value } });
const metric = { Namespace: "Shop", MetricName: "Orders" };

/** What has to be there first, then the operations in question. */
const calls: readonly (readonly [service: string, operation: string, input: object])[] = [
    ["kinesis", "UpdateAccountSettings", { MinimumThroughputBillingCommitment: { Status: "ENABLED" } }],
    ["kinesis", "CreateStream", { StreamName: "orders", StreamModeDetails: { StreamMode: "ON_DEMAND" } }],
    [
        "iam",
        "CreateRole",
        {
            RoleName: "worker",
            AssumeRolePolicyDocument: trust({
                Service: ["lambda.amazonaws.com", "scheduler.amazonaws.com"],
                AWS: "123456789012",
            }),
        },
    ],
    [
        "iam",
        "CreatePolicy",
        {
            PolicyName: "reads",
            PolicyDocument: '{"Statement":[{"Effect":"Allow","Action":"kinesis:*","Resource":"*"}]}',
        },
    ],
    ["iam", "TagRole", { RoleName: "worker", Tags: [{ Key: "team", Value: "orders" }] }],
    ["sqs", "CreateQueue", { QueueName: "given-up" }],
    [
        "sqs",
        "CreateQueue",
        {
            QueueName: "work",
            Attributes: {
                RedrivePolicy:
                    '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:given-up","maxReceiveCount":3}',
            },
        },
    ],
    ["sns", "CreateTopic", { Name: "alarms" }],
    [
        "sns",
        "Subscribe",
        { TopicArn: "arn:aws:sns:us-east-1:123456789012:alarms", Protocol: "email", Endpoint: "oncall@example.com" },
    ],
    ["logs", "CreateLogGroup", { logGroupName: "orders" }],
    [
        "dynamodb",
        "CreateTable",
        {
            TableName: "ledger",
            BillingMode: "PAY_PER_REQUEST",
            KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
            AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
        },
    ],
    [
        "lambda",
        "CreateFunction",
        {
            FunctionName: "worker",
            Role: roleArn,
            Runtime: "nodejs22.x",
            Handler: "index.handler",
            Code: { ZipFile: zipOf({ "index.js": "exports.handler = () => 1;" }).toString("base64") },
        },
    ],
    [
        "monitoring",
        "PutMetricAlarm",
        {
            ...metric,
            AlarmName: "unwell",
            Statistic: "Sum",
            Period: 60,
            Threshold: 1,
            EvaluationPeriods: 1,
            ComparisonOperator: "GreaterThanThreshold",
        },
    ],
    ["kinesis", "UpdateStreamWarmThroughput", { StreamARN: stream, WarmThroughputMiBps: 8 }],
    ["monitoring", "DescribeAlarmsForMetric", metric],
    ["sns", "ListSubscriptions", {}],
    ["sqs", "SendMessage", { QueueUrl: "work", MessageBody: "one" }],
    [
        "sqs",
        "ChangeMessageVisibilityBatch",
        { QueueUrl: "work", Entries: [{ Id: "a", ReceiptHandle: "none", VisibilityTimeout: 1 }] },
    ],
    ["sqs", "ListDeadLetterSourceQueues", { QueueUrl: "given-up" }],
    ["iam", "GetPolicy", { PolicyArn: policyArn }],
    ["iam", "ListPolicyVersions", { PolicyArn: policyArn }],
    ["iam", "GetPolicyVersion", { PolicyArn: policyArn, VersionId: "v1" }],
    ["iam", "DeletePolicy", { PolicyArn: policyArn }],
    ["iam", "ListRoles", {}],
    ["iam", "ListRoleTags", { RoleName: "worker" }],
    ["sts", "AssumeRole", { RoleArn: roleArn, RoleSessionName: "test" }],
    ["logs", "CreateLogStream", { logGroupName: "orders", logStreamName: "one" }],
    [
        "logs",
        "PutLogEvents",
        {
            logGroupName: "orders",
            logStreamName: "one",
            logEvents: [{ timestamp: 1_793_491_200_000, message: "ERROR of one" }],
        },
    ],
    ["logs", "DescribeLogStreams", { logGroupName: "orders" }],
    ["logs", "GetLogEvents", { logGroupName: "orders", logStreamName: "one" }],
    ["logs", "FilterLogEvents", { logGroupName: "orders", filterPattern: "ERROR" }],
    ["lambda", "PutFunctionConcurrency", { FunctionName: "worker", ReservedConcurrentExecutions: 1 }],
    ["lambda", "GetFunctionConcurrency", { FunctionName: "worker" }],
    ["lambda", "GetFunctionConfiguration", { FunctionName: "worker" }],
    ["lambda", "ListFunctions", {}],
    ["lambda", "PutFunctionEventInvokeConfig", { FunctionName: "worker", MaximumRetryAttempts: 1 }],
    ["lambda", "UpdateFunctionEventInvokeConfig", { FunctionName: "worker", MaximumEventAgeInSeconds: 60 }],
    [
        "scheduler",
        "CreateSchedule",
        {
            Name: "runs",
            ScheduleExpression: "rate(1 hour)",
            FlexibleTimeWindow: { Mode: "OFF" },
            Target: { Arn: "arn:aws:lambda:us-east-1:123456789012:function:worker", RoleArn: roleArn },
        },
    ],
    ["scheduler", "ListSchedules", {}],
    ["scheduler", "TagResource", { ResourceArn: group, Tags: [{ Key: "team", Value: "orders" }] }],
    ["scheduler", "ListTagsForResource", { ResourceArn: group }],
    ["scheduler", "UntagResource", { ResourceArn: group, TagKeys: ["team"] }],
    ["dynamodb", "BatchWriteItem", { RequestItems: { ledger: [{ PutRequest: { Item: key("a") } }] } }],
    ["dynamodb", "BatchGetItem", { RequestItems: { ledger: { Keys: [key("a")] } } }],
    ["dynamodb", "DeleteItem", { TableName: "ledger", Key: key("a"), ReturnValues: "ALL_OLD" }],
];

describe("the sandbox's answers", () => {
    let cloud: TestCloud;
    // A call that is answered otherwise fails: the helper checks each.
    before(async () => {
        cloud = await startCloud();
    });
    after(() => cloud.stop());

    it("are as AWS's models say also where no other test asks", async () => {
        const { sandbox, clock } = cloud;
        for (const [service, operation, input] of calls) {
            const caller = {
                accessKeyId: sandbox.credentials.accessKeyId,
                region: "us-east-1",
                requestId: "1",
                protocol: "json",
            };
            await sandbox.services[service]!.operations[operation]!(structuredClone(input), caller as never);
            if (operation === "PutMetricAlarm") await clock.advance(60_000);
            // A table is there in a moment of real time.
            if (operation === "CreateTable") await new Promise((resolve) => setTimeout(resolve, 20));
        }
    });

    it("have a model for every operation of the sandbox", () => {
        const missing = Object.values(cloud.sandbox.services).flatMap(({ name, operations }) =>
            Object.keys(operations).filter((operation) => models[name]?.operations[operation] === undefined),
        );
        deepEqual(missing, [], "distil.ts writes answers.json anew");
    });

    const summary = {
        StreamName: "orders",
        StreamARN: stream,
        StreamStatus: "ACTIVE",
        RetentionPeriodHours: 24,
        StreamCreationTimestamp: 1_793_491_200,
        EnhancedMonitoring: [],
        OpenShardCount: 1,
    };
    const at = "StreamDescriptionSummary";
    for (const [title, change, fault] of [
        ["takes what is right", {}, undefined],
        ["misses a required member", { StreamName: undefined }, `${at} lacks its required member StreamName`],
        ["finds a member that AWS has not", { Shards: 1 }, `${at} has a member Shards, which AWS does not know`],
        ["finds text for a number", { OpenShardCount: "1" }, `${at}.OpenShardCount is "1", not of type integer`],
        [
            "finds milliseconds for seconds",
            { StreamCreationTimestamp: 1_793_491_200_000 },
            `${at}.StreamCreationTimestamp is 1793491200000, not of type timestamp`,
        ],
        [
            "finds what is not in an enumeration",
            { StreamStatus: "READY" },
            `${at}.StreamStatus is "READY", not one of CREATING, DELETING, ACTIVE, UPDATING`,
        ],
        [
            "finds what no pattern fits",
            { StreamName: "or ders" },
            `${at}.StreamName is "or ders", not like [a-zA-Z0-9_.-]+`,
        ],
    ] as const) {
        it(`are looked at by a check that ${title}`, () => {
            const answer = { StreamDescriptionSummary: { ...summary, ...change } };
            const wanted = fault === undefined ? [] : [`kinesis DescribeStreamSummary: ${fault}`];
            deepEqual(faultsOf("kinesis", "DescribeStreamSummary", answer), wanted);
        });
    }

    it("are nothing where AWS answers nothing", () => {
        equal(faultsOf("kinesis", "DeleteStream", {}).length, 0);
        deepEqual(faultsOf("kinesis", "DeleteStream", { Done: true }), [
            'kinesis DeleteStream: answers with {"Done":true}, though it has no output',
        ]);
    });
});
