/** Which names each service refuses, and in which words: those of AWS. */
import { deepEqual } from "node:assert/strict";
import { AwsError } from "../../sandbox/index";
import { startCloud, type TestCloud } from "./cloud";

const trust = (service: string): string =>
    JSON.stringify({ Statement: { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: service } } });
const roleArn = "arn:aws:iam::123456789012:role/orders";

/** A call that is well-formed but for its name. */
const calls = {
    CreateFunction: (FunctionName: string) => ({
        FunctionName,
        Role: roleArn,
        Code: {},
        Runtime: "nodejs22.x",
        Handler: "index.handler",
    }),
    CreateRole: (RoleName: string) => ({ RoleName, AssumeRolePolicyDocument: trust("lambda.amazonaws.com") }),
    CreateSchedule: (Name: string) => ({
        Name,
        ScheduleExpression: "rate(1 minute)",
        FlexibleTimeWindow: { Mode: "OFF" },
        Target: { Arn: "arn:aws:lambda:us-east-1:123456789012:function:orders", RoleArn: roleArn },
    }),
    PutDashboard: (DashboardName: string) => ({ DashboardName, DashboardBody: '{"widgets":[]}' }),
    PutRolePolicy: (PolicyName: string) => ({ RoleName: "orders", PolicyName, PolicyDocument: trust("x") }),
    CreateLogGroup: (logGroupName: string) => ({ logGroupName }),
    CreateTable: (TableName: string) => ({
        TableName,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    }),
    CreateQueue: (QueueName: string) => ({ QueueName }),
    CreateTopic: (Name: string) => ({ Name }),
    PutMetricAlarm: (AlarmName: string) => ({
        AlarmName,
        EvaluationPeriods: 1,
        ComparisonOperator: "GreaterThanThreshold",
    }),
} satisfies Record<string, (name: string) => object>;

const services: Readonly<Record<keyof typeof calls, string>> = {
    CreateFunction: "lambda",
    CreateRole: "iam",
    CreateSchedule: "scheduler",
    PutDashboard: "monitoring",
    PutRolePolicy: "iam",
    CreateLogGroup: "logs",
    CreateTable: "dynamodb",
    CreateQueue: "sqs",
    CreateTopic: "sns",
    PutMetricAlarm: "monitoring",
};

const broken = (name: string, member: string, constraint: string): string =>
    `1 validation error detected: Value '${name}' at '${member}' failed to satisfy constraint: Member must ${constraint}`;
const lambdaPattern =
    "satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?";
const iamWords = (member: string): string =>
    `The specified value for ${member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-`;
const x = (length: number): string => "x".repeat(length);

describe("a name that a service does not take is refused", () => {
    let cloud: TestCloud;
    before(async () => {
        cloud = await startCloud();
        await call("CreateRole", "orders");
        await call("CreateTable", "orders");
    });
    after(() => cloud.stop());

    const call = async (operation: keyof typeof calls, name: string): Promise<[code: string, message: string]> => {
        try {
            const service = cloud.sandbox.services[services[operation]]!;
            await service.operations[operation]!(calls[operation](name), {} as never);
            return ["", ""];
        } catch (error) {
            if (!(error instanceof AwsError)) throw error;
            return [error.code, error.message];
        }
    };

    // prettier-ignore
    const rows: [operation: keyof typeof calls, name: string, code: string, message: string][] = [
        ["CreateFunction", "a.b", "ValidationException", broken("a.b", "functionName", lambdaPattern)],
        ["CreateFunction", x(65), "ValidationException", broken(x(65), "functionName", "have length less than or equal to 64")],
        ["CreateRole", "a/b", "ValidationError", iamWords("roleName")],
        ["CreateRole", x(65), "ValidationError", broken(x(65), "roleName", "have length less than or equal to 64")],
        ["CreateRole", "Orders", "EntityAlreadyExistsException", "Role with name Orders already exists."],
        ["PutRolePolicy", "a b", "ValidationError", iamWords("policyName")],
        ["PutRolePolicy", x(129), "ValidationError", broken(x(129), "policyName", "have length less than or equal to 128")],
        ["CreateSchedule", "a/b", "ValidationException", broken("a/b", "name", "satisfy regular expression pattern: [0-9a-zA-Z-_.]+")],
        ["CreateSchedule", x(65), "ValidationException", broken(x(65), "name", "have length less than or equal to 64")],
        ["PutDashboard", "a.b", "InvalidParameterValueException", "The value a.b for field DashboardName contains invalid characters. It can only contain alphanumerics, dash (-) and underscore (_)."],
        ["PutDashboard", x(256), "ValidationError", broken(x(256), "dashboardName", "have length less than or equal to 255")],
        ["PutMetricAlarm", x(256), "ValidationError", broken(x(256), "alarmName", "have length less than or equal to 255")],
        ["CreateLogGroup", "a b", "InvalidParameterException", broken("a b", "logGroupName", "satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+")],
        ["CreateTable", "a b", "ValidationException", broken("a b", "tableName", "satisfy regular expression pattern: [a-zA-Z0-9_.-]+")],
        ["CreateTable", "orders", "ResourceInUseException", "Table already exists: orders"],
        ["CreateQueue", "a.b", "InvalidParameterValue", "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"],
        ["CreateQueue", x(81), "InvalidParameterValue", "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"],
        ["CreateTopic", "a.b", "InvalidParameterException", "Invalid parameter: Topic Name"],
    ];
    for (const [operation, name, code, message] of rows) {
        it(`${operation} ${name.length > 9 ? `of ${name.length} characters` : name}`, async () =>
            deepEqual(await call(operation, name), [code, message]));
    }
});
