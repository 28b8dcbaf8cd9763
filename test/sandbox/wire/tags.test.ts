/** Wherever tags come in they are such as AWS takes, and what cannot be one is refused with the service's own exception. */
import { deepEqual } from "node:assert/strict";

import { startCloud, type TestCloud } from "../cloud";
import { refusal } from "../kinesis/streams";
import { zipOf } from "../zip";

const list = (key: string, value: string) => [{ Key: key, Value: value }];
const map = (key: string, value: string) => ({ [key]: value });
const arn = (service: string, resource: string) => `arn:aws:${service}:us-east-1:123456789012:${resource}`;
const trust = JSON.stringify({
    Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
});
const stream = arn("kinesis", "stream/orders");
const lambda = { Role: "arn:aws:iam::123456789012:role/worker", Runtime: "nodejs22.x", Handler: "index.handler" };
const table = {
    TableName: "ledger",
    BillingMode: "PAY_PER_REQUEST",
    KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
    AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
};
const alarm = {
    ...{ AlarmName: "unwell", Namespace: "Shop", MetricName: "Orders", Statistic: "Sum", Period: 60, Threshold: 1 },
    ...{ EvaluationPeriods: 1, ComparisonOperator: "GreaterThanThreshold" },
};
const dashboard = { DashboardName: "orders", DashboardBody: '{"widgets":[]}' };

/** Each call that takes tags, with the member that holds them; the ones that make something run once without. */
const rows: readonly (readonly [
    service: string,
    operation: string,
    input: object,
    tags: (key: string, value: string) => object,
    refused: string,
    before: string,
])[] = [
    [
        "kinesis",
        "CreateStream",
        { StreamName: "other", ShardCount: 1 },
        (k, v) => ({ Tags: map(k, v) }),
        "InvalidArgumentException",
        "",
    ],
    [
        "kinesis",
        "AddTagsToStream",
        { StreamName: "orders" },
        (k, v) => ({ Tags: map(k, v) }),
        "InvalidArgumentException",
        "",
    ],
    [
        "kinesis",
        "TagResource",
        { ResourceARN: stream },
        (k, v) => ({ Tags: map(k, v) }),
        "InvalidArgumentException",
        "",
    ],
    [
        "kinesis",
        "RegisterStreamConsumer",
        { StreamARN: stream, ConsumerName: "billing" },
        (k, v) => ({ Tags: map(k, v) }),
        "InvalidArgumentException",
        "",
    ],
    ["monitoring", "PutMetricAlarm", alarm, (k, v) => ({ Tags: list(k, v) }), "InvalidParameterValueException", ""],
    [
        "monitoring",
        "PutCompositeAlarm",
        { AlarmName: "all", AlarmRule: "ALARM(unwell)" },
        (k, v) => ({ Tags: list(k, v) }),
        "InvalidParameterValueException",
        "",
    ],
    ["monitoring", "PutDashboard", dashboard, (k, v) => ({ Tags: list(k, v) }), "InvalidParameterValueException", ""],
    [
        "monitoring",
        "TagResource",
        { ResourceARN: arn("cloudwatch", "alarm:unwell") },
        (k, v) => ({ Tags: list(k, v) }),
        "InvalidParameterValueException",
        "",
    ],
    [
        "sns",
        "CreateTopic",
        { Name: "other" },
        (k, v) => ({ Tags: list(k, v) }),
        "InvalidParameterException",
        "Invalid parameter: Tags Reason: ",
    ],
    [
        "sns",
        "TagResource",
        { ResourceArn: arn("sns", "alarms") },
        (k, v) => ({ Tags: list(k, v) }),
        "InvalidParameterException",
        "Invalid parameter: Tags Reason: ",
    ],
    ["sqs", "CreateQueue", { QueueName: "other" }, (k, v) => ({ tags: map(k, v) }), "InvalidParameterValue", ""],
    ["sqs", "TagQueue", { QueueUrl: "given-up" }, (k, v) => ({ Tags: map(k, v) }), "InvalidParameterValue", ""],
    [
        "iam",
        "CreateRole",
        { RoleName: "other", AssumeRolePolicyDocument: trust },
        (k, v) => ({ Tags: list(k, v) }),
        "InvalidInputException",
        "",
    ],
    ["iam", "TagRole", { RoleName: "worker" }, (k, v) => ({ Tags: list(k, v) }), "InvalidInputException", ""],
    [
        "logs",
        "CreateLogGroup",
        { logGroupName: "other" },
        (k, v) => ({ tags: map(k, v) }),
        "InvalidParameterException",
        "",
    ],
    [
        "logs",
        "TagResource",
        { resourceArn: arn("logs", "log-group:orders") },
        (k, v) => ({ tags: map(k, v) }),
        "InvalidParameterException",
        "",
    ],
    [
        "lambda",
        "CreateFunction",
        { ...lambda, FunctionName: "other", Code: { ZipFile: "" } },
        (k, v) => ({ Tags: map(k, v) }),
        "InvalidParameterValueException",
        "",
    ],
    [
        "lambda",
        "TagResource",
        { Resource: "worker" },
        (k, v) => ({ Tags: map(k, v) }),
        "InvalidParameterValueException",
        "",
    ],
    [
        "lambda",
        "CreateEventSourceMapping",
        { FunctionName: "worker", EventSourceArn: stream, StartingPosition: "LATEST" },
        (k, v) => ({ Tags: map(k, v) }),
        "InvalidParameterValueException",
        "",
    ],
    [
        "scheduler",
        "TagResource",
        { ResourceArn: arn("scheduler", "schedule-group/default") },
        (k, v) => ({ Tags: list(k, v) }),
        "ValidationException",
        "",
    ],
    [
        "dynamodb",
        "CreateTable",
        { ...table, TableName: "other" },
        (k, v) => ({ Tags: list(k, v) }),
        "ValidationException",
        "One or more parameter values were invalid: ",
    ],
    [
        "dynamodb",
        "TagResource",
        { ResourceArn: arn("dynamodb", "table/ledger") },
        (k, v) => ({ Tags: list(k, v) }),
        "ValidationException",
        "One or more parameter values were invalid: ",
    ],
];

describe("tags are such as AWS takes", () => {
    let cloud: TestCloud;
    const call = async (service: string, operation: string, input: object) =>
        cloud.sandbox.services[service]!.operations[operation]!(structuredClone(input), {} as never);
    before(async () => {
        cloud = await startCloud();
        await call("kinesis", "CreateStream", { StreamName: "orders", ShardCount: 1 });
        await call("monitoring", "PutMetricAlarm", alarm);
        await call("sns", "CreateTopic", { Name: "alarms" });
        await call("sqs", "CreateQueue", { QueueName: "given-up" });
        await call("iam", "CreateRole", { RoleName: "worker", AssumeRolePolicyDocument: trust });
        await call("logs", "CreateLogGroup", { logGroupName: "orders" });
        const ZipFile = zipOf({ "index.js": "exports.handler = () => 1;" }).toString("base64");
        await call("lambda", "CreateFunction", { ...lambda, FunctionName: "worker", Code: { ZipFile } });
        await call("dynamodb", "CreateTable", table);
        // The stream is ready, and the table.
        await cloud.clock.advance(60_000);
        await new Promise((resolve) => setTimeout(resolve, 20));
    });
    after(() => cloud.stop());

    for (const [service, operation, input, tags, refused, before] of rows) {
        it(`by ${service} ${operation}`, async () => {
            const told = async (key: string, value: string) =>
                refusal(call(service, operation, { ...input, ...tags(key, value) }));
            deepEqual(await told("aws:team", "a"), {
                name: refused,
                message: `${before}aws: prefixed tag key names are not allowed for external use.`,
            });
            const characters = (await told("team", "a;b")).message;
            const ofKinesis =
                "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . / = + - % @.";
            const ofAll =
                "Tag keys and values can only contain Unicode letters, digits, white space, and the characters _ . : / = + - @";
            deepEqual(characters, service === "kinesis" ? ofKinesis : before + ofAll);
        });
    }

    it("are 50 at most, of old and new ones together, and none is added where one is too many", async () => {
        const fifty = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`key ${index}`, ""]));
        const asList = Object.entries(fifty).map(([Key, Value]) => ({ Key, Value }));
        const told: unknown[] = [];
        for (const [service, operation, input, member, all] of [
            ["kinesis", "TagResource", { ResourceARN: stream }, "Tags", fifty],
            ["monitoring", "TagResource", { ResourceARN: arn("cloudwatch", "alarm:unwell") }, "Tags", asList],
            ["sns", "TagResource", { ResourceArn: arn("sns", "alarms") }, "Tags", asList],
            ["sqs", "TagQueue", { QueueUrl: "given-up" }, "Tags", fifty],
            ["iam", "TagRole", { RoleName: "worker" }, "Tags", asList],
            ["logs", "TagResource", { resourceArn: arn("logs", "log-group:orders") }, "tags", fifty],
            ["lambda", "TagResource", { Resource: "worker" }, "Tags", fifty],
            ["dynamodb", "TagResource", { ResourceArn: arn("dynamodb", "table/ledger") }, "Tags", asList],
        ] as const) {
            const one = Array.isArray(all) ? list("one more", "") : map("one more", "");
            await call(service, operation, { ...input, [member]: all });
            // The same ones again are no more.
            await call(service, operation, { ...input, [member]: all });
            const { name, message } = await refusal(call(service, operation, { ...input, [member]: one }));
            told.push([service, name, message]);
        }
        deepEqual(told, [
            [
                "kinesis",
                "InvalidArgumentException",
                "Failed to add tags to stream orders under account 123456789012 because a given stream cannot have more than 50 tags associated with it.",
            ],
            ["monitoring", "InvalidParameterValueException", "A resource cannot have more than 50 tags."],
            ["sns", "TagLimitExceededException", "Could not complete request: tag quota of per resource exceeded"],
            ["sqs", "InvalidParameterValue", "Too many tags added for queue given-up."],
            ["iam", "LimitExceededException", "Cannot exceed quota for TagsPerRole: 50"],
            ["logs", "TooManyTagsException", "The resource cannot have more than 50 tags."],
            ["lambda", "InvalidParameterValueException", "A resource cannot have more than 50 tags."],
            [
                "dynamodb",
                "ValidationException",
                "One or more parameter values were invalid: Too many tags: a table has 50 at most.",
            ],
        ]);
    });

    it("may be in any script, with spaces and the few signs, up to 128 and 256 characters", async () => {
        const Tags = { "ключ 鍵 ü0 _.:/=+-@": "", ["k".repeat(128)]: "𝒗".repeat(256) };
        await call("sqs", "CreateQueue", { QueueName: "tagged", tags: Tags });
        deepEqual(await call("sqs", "ListQueueTags", { QueueUrl: "tagged" }), { Tags });
        const long = (key: string, value: string) =>
            refusal(call("sqs", "TagQueue", { QueueUrl: "tagged", Tags: { [key]: value } }));
        deepEqual(
            (await long("k".repeat(129), "")).message,
            "Tag keys must be between 1 and 128 characters in length.",
        );
        deepEqual((await long("", "")).message, "Tag keys must be between 1 and 128 characters in length.");
        deepEqual(
            (await long("k", "v".repeat(257))).message,
            "Tag values must be between 0 and 256 characters in length.",
        );
    });

    it("of a stream are looked at twice for a per cent sign, and of a role without regard to case", async () => {
        const percent = (
            await refusal(call("kinesis", "RemoveTagsFromStream", { StreamName: "orders", TagKeys: ["a%b"] }))
        ).message;
        deepEqual(
            percent,
            "Failed to remove tags from stream orders under account 123456789012 because some tags contained illegal characters. " +
                "The allowed characters are Unicode letters, white-spaces, '_',',','/','=','+','-','@'.",
        );
        const twice = call("iam", "TagRole", {
            RoleName: "worker",
            Tags: [...list("Team", "a"), ...list("team", "b")],
        });
        deepEqual(await refusal(twice), {
            name: "InvalidInputException",
            message: "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
        });
    });
});
