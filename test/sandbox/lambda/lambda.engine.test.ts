/** Functions run in processes of their own, so these tests are of the second tier. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readdirSync, watch } from "node:fs";
import * as http from "node:http";
import { type AddressInfo } from "node:net";
import * as path from "node:path";
import { PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import {
    AddPermissionCommand,
    CreateEventSourceMappingCommand,
    CreateFunctionCommand,
    type CreateFunctionCommandInput,
    DeleteFunctionCommand,
    GetFunctionCommand,
    GetFunctionConfigurationCommand,
    GetPolicyCommand,
    InvokeCommand,
    LambdaClient,
    type LambdaServiceException,
    ListTagsCommand,
    ListVersionsByFunctionCommand,
    PutFunctionConcurrencyCommand,
    PutFunctionEventInvokeConfigCommand,
    RemovePermissionCommand,
    TagResourceCommand,
    UntagResourceCommand,
    UpdateFunctionCodeCommand,
    UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import {
    CreateScheduleCommand,
    DeleteScheduleCommand,
    GetScheduleCommand,
    SchedulerClient,
} from "@aws-sdk/client-scheduler";
import { CreateTopicCommand } from "@aws-sdk/client-sns";

import { RunningClock, startSandbox } from "../../../sandbox/index";
import { minutes, startCloud, startMs, type TestCloud } from "../cloud";
import { zipOf } from "../zip";

const account = "123456789012";
const roleArn = (name: string): string => `arn:aws:iam::${account}:role/${name}`;
const functionArn = `arn:aws:lambda:us-east-1:${account}:function:worker`;

describe("the local Lambda runs a deployed zip", function () {
    let cloud: TestCloud;
    let lambda: LambdaClient;

    /** A role that may do what the statements say. */
    const putRole = (name: string, service: string, ...statements: object[]): void => {
        const { operations } = cloud.cloud.iam;
        const call = (operation: string, input: object): unknown => operations[operation]!(input, {} as never);
        call("CreateRole", {
            RoleName: name,
            AssumeRolePolicyDocument: JSON.stringify({
                Version: "2012-10-17",
                Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: service } }],
            }),
        });
        call("PutRolePolicy", {
            RoleName: name,
            PolicyName: "own",
            PolicyDocument: JSON.stringify({
                Version: "2012-10-17",
                Statement: statements.map((statement) => ({ Effect: "Allow", ...statement })),
            }),
        });
    };
    const logging = {
        Action: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
        Resource: `arn:aws:logs:us-east-1:${account}:log-group:/aws/lambda/worker:*`,
    };
    const create = (source: string, changes: Partial<CreateFunctionCommandInput> = {}) =>
        lambda.send(
            new CreateFunctionCommand({
                FunctionName: "worker",
                Runtime: "nodejs22.x",
                Handler: "index.handler",
                Role: roleArn("worker"),
                Code: { ZipFile: zipOf({ "index.js": source }) },
                ...changes,
            }),
        );
    const invoke = async (event: unknown = {}) => {
        const answer = await lambda.send(
            new InvokeCommand({ FunctionName: "worker", Payload: JSON.stringify(event), LogType: "Tail" }),
        );
        const payload = JSON.parse(Buffer.from(answer.Payload!).toString()) as unknown;
        return { payload, error: answer.FunctionError, log: Buffer.from(answer.LogResult ?? "", "base64").toString() };
    };
    const logged = (): string[] =>
        cloud.cloud.logs
            .eventsOf("/aws/lambda/worker")
            .map(({ message }) => message)
            .filter((message) => !/^(START|END|REPORT) /.test(message));

    beforeEach(async () => {
        cloud = await startCloud();
        const { endpoint, region, credentials } = cloud.sandbox;
        lambda = new LambdaClient({ endpoint, region, credentials, maxAttempts: 1 });
        putRole("worker", "lambda.amazonaws.com", logging);
    });
    afterEach(async () => {
        lambda.destroy();
        await cloud.stop();
    });

    it("returns what the handler returns, in one process that stays warm", async () => {
        await create(`let runs = 0; exports.handler = async (event) => ({ event, runs: ++runs });`);
        deepEqual((await invoke({ a: [1, "ü"] })).payload, { event: { a: [1, "ü"] }, runs: 1 });
        deepEqual((await invoke()).payload, { event: {}, runs: 2 });
        // New settings start afresh.
        await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: "worker", MemorySize: 256 }));
        deepEqual((await invoke()).payload, { event: {}, runs: 1 });
        await lambda.send(
            new UpdateFunctionCodeCommand({
                FunctionName: "worker",
                ZipFile: zipOf({ "index.js": "exports.handler = async () => 'new';" }),
            }),
        );
        equal((await invoke()).payload, "new");
    });

    it("runs the handler of the newest settings, and tells it of them", async () => {
        await create(
            `exports.handler = async () => 1;
             exports.other = async (event, context) => [context.memoryLimitInMB, context.logStreamName === process.env.AWS_LAMBDA_LOG_STREAM_NAME];`,
        );
        await invoke();
        await lambda.send(
            new UpdateFunctionConfigurationCommand({
                FunctionName: "worker",
                Handler: "index.other",
                MemorySize: 256,
            }),
        );
        deepEqual((await invoke()).payload, ["256", true]);
    });

    it("is fed by a stream, batch by batch, with the rights of Lambda's own policy", async () => {
        const call = (service: string, operation: string, input: object): unknown =>
            cloud.sandbox.services[service]!.operations[operation]!(input, {} as never);
        const PolicyArn = "arn:aws:iam::aws:policy/service-role/AWSLambdaKinesisExecutionRole";
        call("iam", "AttachRolePolicy", { RoleName: "worker", PolicyArn });
        call("kinesis", "CreateStream", { StreamName: "orders", ShardCount: 1 });
        await cloud.clock.advance(2_000);
        await create(
            `exports.handler = async ({ Records }) => {
                 console.log(Records.map(({ kinesis }) => atob(kinesis.data)).join());
                 await new Promise((resolve) => setTimeout(resolve, 1_500));
             };`,
        );
        const mapping = {
            EventSourceArn: `arn:aws:kinesis:us-east-1:${account}:stream/orders`,
            FunctionName: "worker",
            StartingPosition: "TRIM_HORIZON",
            BatchSize: 2,
        } as const;
        await lambda.send(new CreateEventSourceMappingCommand(mapping));
        for (const text of ["a", "b", "c"])
            call("kinesis", "PutRecord", { StreamName: "orders", PartitionKey: "key", Data: btoa(text) });
        await cloud.clock.advance(4_000);
        deepEqual(
            logged().map((line) => line.split("\t").at(-1)),
            ["a,b", "c"],
        );
    });

    it("gives the handler its context, and a callback to the old kind", async () => {
        await create(
            `exports.handler = (event, context, callback) => callback(null, {
                name: context.functionName, arn: context.invokedFunctionArn, version: context.functionVersion, memory: context.memoryLimitInMB,
                group: context.logGroupName, remaining: context.getRemainingTimeInMillis(), id: context.awsRequestId.length });`,
            { Timeout: 30 },
        );
        deepEqual((await invoke()).payload, {
            name: "worker",
            arn: functionArn,
            version: "$LATEST",
            memory: "128",
            group: "/aws/lambda/worker",
            remaining: 30_000,
            id: 36,
        });
    });

    it("shows the function its own variables and AWS's, nothing of the machine", async () => {
        await create(`exports.handler = async () => Object.keys(process.env).sort();`, {
            Environment: { Variables: { STREAM: "orders" } },
        });
        deepEqual((await invoke()).payload, [
            "AWS_ACCESS_KEY_ID",
            "AWS_DEFAULT_REGION",
            "AWS_EC2_METADATA_DISABLED",
            "AWS_ENDPOINT_URL",
            "AWS_EXECUTION_ENV",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
            "AWS_LAMBDA_FUNCTION_NAME",
            "AWS_LAMBDA_FUNCTION_VERSION",
            "AWS_LAMBDA_LOG_GROUP_NAME",
            "AWS_LAMBDA_LOG_STREAM_NAME",
            "AWS_REGION",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
            "HOME",
            "LAMBDA_TASK_ROOT",
            "LANG",
            "PATH",
            "STREAM",
            "TZ",
            "_HANDLER",
        ]);
    });

    it("finds the AWS SDK as in Lambda, its own files, and no other package", async () => {
        await create("", {
            Code: {
                ZipFile: zipOf({
                    "index.js": `exports.handler = async (name) => { try { return typeof require(name); } catch (error) { return error.message.split("\\n")[0]; } };`,
                    "lib/own.js": "module.exports = () => 1;",
                }),
            },
        });
        const rows: [string, string][] = [
            ["@aws-sdk/client-kinesis", "object"],
            ["./lib/own", "function"],
            ["node:fs", "object"],
            ["commander", "Cannot find module 'commander'"],
            ["@pulumi/pulumi", "Cannot find module '@pulumi/pulumi'"],
            [require.resolve("commander"), `Cannot find module '${require.resolve("commander")}'`],
        ];
        for (const [name, found] of rows) deepEqual([name, (await invoke(name)).payload], [name, found]);
    });

    it("lives on the sandbox's time: a wait of minutes is over when the clock has passed it", async () => {
        await create(
            `const { setTimeout: sleep } = require("node:timers/promises");
             exports.handler = async (event, context) => {
                const seen = [Date.now(), new Date().toISOString()];
                const beganMs = performance.now();
                await new Promise((resolve) => setTimeout(resolve, 90_000));
                seen.push(Date.now(), performance.now() - beganMs, context.getRemainingTimeInMillis());
                await sleep(30_000);
                return [...seen, Date.now()];
             };`,
            { Timeout: 300 },
        );
        const answer = invoke();
        let settled = false;
        void answer.then(() => (settled = true));
        await waitFor(() => cloud.cloud.lambda.running === 1);
        await cloud.clock.advanceTo(startMs + 119_999);
        equal(settled, false);
        await cloud.clock.advanceTo(startMs + 200_000);
        deepEqual((await answer).payload, [
            startMs,
            "2026-11-01T00:00:00.000Z",
            startMs + 90_000,
            90_000,
            210_000,
            startMs + 120_000,
        ]);
        equal(cloud.cloud.lambda.invocations[0]!.durationMs, 120_000);
    });

    it("does not let time pass while a request of the function is under way", async () => {
        const server = http.createServer((_request, response) => {
            // Longer than it takes to find that a function only waits.
            setTimeout(() => response.end("answer"), 50);
        });
        server.listen(0, "127.0.0.1");
        await once(server, "listening");
        try {
            await create(
                `const http = require("node:http");
                 exports.handler = (port) => new Promise((resolve) => {
                    const timer = setTimeout(() => resolve("timed out"), 60_000);
                    http.get({ port, host: "127.0.0.1" }, (response) => response.on("data", (data) => {
                        clearTimeout(timer);
                        resolve([String(data), Date.now()]);
                    }));
                 });`,
                { Timeout: 300 },
            );
            const answer = invoke((server.address() as AddressInfo).port);
            await waitFor(() => cloud.cloud.lambda.running === 1);
            await cloud.clock.advance(minutes(3));
            deepEqual((await answer).payload, ["answer", startMs]);
        } finally {
            server.closeAllConnections();
            server.close();
        }
    });

    const failures: [title: string, source: string, { errorType: string; errorMessage: string }][] = [
        ["throws", `exports.handler = async () => { throw new TypeError("no such stream"); };`, { errorType: "TypeError", errorMessage: "no such stream" }],
        ["does not load", `require("left-pad"); exports.handler = async () => 1;`, { errorType: "Runtime.ImportModuleError", errorMessage: "Error: Cannot find module 'left-pad'" }],
        ["does not parse", `exports.handler = async () => {`, { errorType: "Runtime.UserCodeSyntaxError", errorMessage: "SyntaxError: Unexpected end of input" }],
        ["exports no handler", `exports.other = 1;`, { errorType: "Runtime.HandlerNotFound", errorMessage: "Error: index.handler is undefined or not exported" }],
        ["exits", `exports.handler = async () => process.exit(3);`, { errorType: "Runtime.ExitError", errorMessage: "Error: Runtime exited with error: exit status 3" }],
        ["never answers", `exports.handler = () => new Promise(() => undefined);`, { errorType: "Runtime.ExitError", errorMessage: "Error: Runtime exited without providing a reason" }],
        ["works longer than its timeout", `exports.handler = async () => { for (;;); };`, { errorType: "Sandbox.Timedout", errorMessage: "Error: Task timed out after 1.00 seconds" }],
        ["fails where nobody catches", `exports.handler = () => { setImmediate(() => { throw new Error("late"); }); return new Promise(() => undefined); };`, { errorType: "Error", errorMessage: "late" }],
    ]; // prettier-ignore
    for (const [title, source, expected] of failures) {
        it(`tells what happened to a function that ${title}, and goes on with a new process`, async () => {
            // A busy machine takes more than a second to start a process.
            await create(source, { Timeout: expected.errorType === "Sandbox.Timedout" ? 1 : 60 });
            for (let run = 0; run < 2; run++) {
                const { payload, error } = await invoke();
                const { errorType, errorMessage } = payload as { errorType: string; errorMessage: string };
                equal(error, "Unhandled");
                deepEqual(
                    { errorType, errorMessage: errorMessage.replace(/^RequestId: \S+ /, "").split("\n")[0] },
                    expected,
                );
            }
        });
    }

    it("ends a function that only waits at its timeout, on the sandbox's clock", async () => {
        await create(`exports.handler = () => new Promise((resolve) => setTimeout(resolve, 600_000));`, {
            Timeout: 60,
        });
        const answer = invoke();
        await waitFor(() => cloud.cloud.lambda.running === 1);
        await cloud.clock.advance(60_000);
        match(JSON.stringify((await answer).payload), /Task timed out after 60.00 seconds/);
    });

    it("keeps what the function prints as log events, and makes metrics of embedded ones", async () => {
        await create(`exports.handler = async () => {
            console.log("open shards: %d", 4);
            console.error("oh");
            process.stdout.write("plain\\n");
            console.log(JSON.stringify({ _aws: { Timestamp: Date.now(), CloudWatchMetrics: [{ Namespace: "ShardedStream", Dimensions: [["StreamName"]],
                Metrics: [{ Name: "OpenShards", Unit: "Count" }] }] }, StreamName: "orders", OpenShards: 4 }));
        };`);
        const { log } = await invoke();
        match(log, /^START RequestId: (\S+) Version: \$LATEST\n/);
        deepEqual(
            logged()
                .map((line) => line.replace(/\t[\w-]{36}\t/, "\tID\t"))
                .slice(0, 3),
            ["2026-11-01T00:00:00.000Z\tID\tINFO\topen shards: 4", "2026-11-01T00:00:00.000Z\tID\tERROR\toh", "plain"],
        );
        deepEqual(
            cloud.cloud.store.statistics(
                { namespace: "ShardedStream", metricName: "OpenShards", dimensions: { StreamName: "orders" } },
                "Count",
                { startMs, periodMs: 60_000, count: 1 },
                startMs,
            ),
            [{ sum: 4, sampleCount: 1, minimum: 4, maximum: 4 }],
        );
        deepEqual(
            cloud.cloud.store.list({ namespace: "AWS/Lambda" }).map(({ metricName }) => metricName),
            ["Duration", "Errors", "Invocations"],
        );
    });

    it("loses the logs of a role that may not write them", async () => {
        putRole("silent", "lambda.amazonaws.com", { Action: "kinesis:ListStreams", Resource: "*" });
        await create(`exports.handler = async () => console.log("x");`, { Role: roleArn("silent") });
        await invoke();
        equal(cloud.cloud.logs.hasGroup("/aws/lambda/worker"), false);
    });

    describe("lets the function do what its role allows, and nothing else", () => {
        const statements = [
            { Action: "kinesis:DescribeStreamSummary", Resource: `arn:aws:kinesis:us-east-1:${account}:stream/orders` },
            {
                Action: "cloudwatch:PutMetricData",
                Resource: "*",
                Condition: { StringEquals: { "cloudwatch:namespace": "ShardedStream" } },
            },
            {
                Action: ["dynamodb:GetItem", "dynamodb:PutItem"],
                Resource: `arn:aws:dynamodb:us-east-1:${account}:table/ledger`,
                Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["orders#*"] } },
            },
        ];
        const user = `User: arn:aws:sts::${account}:assumed-role/worker-2/worker is not authorized to perform:`;
        const denied = (action: string, resource?: string): string =>
            `AccessDeniedException: ${user} ${action}${resource ? ` on resource: ${resource}` : ""} because no identity-based policy allows the ${action} action`;
        const source = `const clients = { kinesis: ["@aws-sdk/client-kinesis", "KinesisClient"], cloudwatch: ["@aws-sdk/client-cloudwatch", "CloudWatchClient"],
                dynamodb: ["@aws-sdk/client-dynamodb", "DynamoDBClient"], sns: ["@aws-sdk/client-sns", "SNSClient"] };
            exports.handler = async ({ service, command, input }) => {
                const [name, client] = clients[service];
                const sdk = require(name);
                try { await new sdk[client]({ maxAttempts: 1 }).send(new sdk[command + "Command"](input)); return "allowed"; }
                catch (error) { return error.name + ": " + error.message; }
            };`;
        const metric = [{ MetricName: "OpenShards", Value: 1 }];
        const rows: [string, object, string][] = [
            ["its stream", { service: "kinesis", command: "DescribeStreamSummary", input: { StreamName: "orders" } }, "allowed"],
            ["its stream by ARN", { service: "kinesis", command: "DescribeStreamSummary", input: { StreamARN: `arn:aws:kinesis:us-east-1:${account}:stream/orders` } }, "allowed"],
            ["another stream", { service: "kinesis", command: "DescribeStreamSummary", input: { StreamName: "other" } }, denied("kinesis:DescribeStreamSummary", `arn:aws:kinesis:us-east-1:${account}:stream/other`)],
            ["another action", { service: "kinesis", command: "UpdateShardCount", input: { StreamName: "orders", TargetShardCount: 2, ScalingType: "UNIFORM_SCALING" } }, denied("kinesis:UpdateShardCount", `arn:aws:kinesis:us-east-1:${account}:stream/orders`)],
            ["an action without resources", { service: "kinesis", command: "ListStreams", input: {} }, denied("kinesis:ListStreams")],
            ["its namespace", { service: "cloudwatch", command: "PutMetricData", input: { Namespace: "ShardedStream", MetricData: metric } }, "allowed"],
            ["another namespace", { service: "cloudwatch", command: "PutMetricData", input: { Namespace: "Other", MetricData: metric } }, denied("cloudwatch:PutMetricData").replace("AccessDeniedException", "AccessDenied")],
            ["its items", { service: "dynamodb", command: "PutItem", input: { TableName: "ledger", Item: { pk: { S: "orders#lease" } } } }, "allowed"],
            ["items of another stream", { service: "dynamodb", command: "PutItem", input: { TableName: "ledger", Item: { pk: { S: "other#lease" } } } }, denied("dynamodb:PutItem", `arn:aws:dynamodb:us-east-1:${account}:table/ledger`)],
            ["another table", { service: "dynamodb", command: "GetItem", input: { TableName: "other", Key: { pk: { S: "orders#lease" } } } }, denied("dynamodb:GetItem", `arn:aws:dynamodb:us-east-1:${account}:table/other`)],
            ["a topic", { service: "sns", command: "Publish", input: { TopicArn: `arn:aws:sns:us-east-1:${account}:alarm`, Message: "m" } }, denied("sns:Publish", `arn:aws:sns:us-east-1:${account}:alarm`).replace("AccessDeniedException", "AccessDenied")],
        ]; // prettier-ignore
        it("over every service", async () => {
            putRole("worker-2", "lambda.amazonaws.com", ...statements);
            const { services, cloud: clouds } = cloud.sandbox;
            await services.kinesis!.operations.CreateStream!({ StreamName: "orders", ShardCount: 1 }, {
                nowMs: () => startMs,
            } as never);
            await cloud.clock.advance(minutes(1));
            await clouds.dynamodb.call("CreateTable", {
                TableName: "ledger",
                BillingMode: "PAY_PER_REQUEST",
                KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
                AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
            });
            await waitFor(async () => {
                const { Table } = (await clouds.dynamodb.call("DescribeTable", { TableName: "ledger" })) as {
                    Table: { TableStatus: string };
                };
                return Table.TableStatus === "ACTIVE";
            });
            await create(source, { Role: roleArn("worker-2"), Timeout: 60 });
            for (const [title, call, expected] of rows)
                deepEqual([title, (await invoke(call)).payload], [title, expected]);
        });
    });

    it("retries an asynchronous invocation twice, then tells the topic", async () => {
        const { TopicArn } = await cloud.sns.send(new CreateTopicCommand({ Name: "alarm" }));
        putRole("teller", "lambda.amazonaws.com", logging, { Action: "sns:Publish", Resource: TopicArn });
        await create(`exports.handler = async () => { console.log("try"); throw new Error("broken"); };`, {
            Role: roleArn("teller"),
        });
        await lambda.send(
            new PutFunctionEventInvokeConfigCommand({
                FunctionName: "worker",
                DestinationConfig: { OnFailure: { Destination: TopicArn! } },
            }),
        );
        const { StatusCode } = await lambda.send(
            new InvokeCommand({ FunctionName: "worker", InvocationType: "Event", Payload: JSON.stringify({ n: 1 }) }),
        );
        equal(StatusCode, 202);
        await cloud.clock.advance(minutes(10));
        deepEqual(
            cloud.cloud.lambda.invocations.map(({ timeMs, functionError }) => [
                (timeMs - startMs) / 60_000,
                functionError,
            ]),
            [[0, true], [1, true], [3, true]], // prettier-ignore
        );
        const [published] = cloud.cloud.sns.published;
        const record = JSON.parse(published!.message) as Record<string, Record<string, unknown>>;
        deepEqual(
            [
                record.requestContext!.condition,
                record.requestContext!.approximateInvokeCount,
                record.requestPayload,
                record.responsePayload!.errorMessage,
            ],
            ["RetriesExhausted", 3, { n: 1 }, "broken"],
        );
    });

    it("is invoked by an alarm that its policy admits, and by no other", async () => {
        await create(
            `exports.handler = async (event) => console.log(event.alarmData.alarmName, event.alarmData.state.value);`,
        );
        const alarm = (AlarmName: string) =>
            cloud.cloudWatch.send(
                new PutMetricAlarmCommand({
                    AlarmName,
                    Namespace: "Test",
                    MetricName: "Load",
                    Statistic: "Sum",
                    Period: 60,
                    EvaluationPeriods: 1,
                    Threshold: 0,
                    ComparisonOperator: "GreaterThanThreshold",
                    AlarmActions: [functionArn],
                }),
            );
        await alarm("high");
        await alarm("other");
        const { Statement } = await lambda.send(
            new AddPermissionCommand({
                FunctionName: "worker",
                StatementId: "alarm",
                Action: "lambda:InvokeFunction",
                Principal: "lambda.alarms.cloudwatch.amazonaws.com",
                SourceAccount: account,
                SourceArn: `arn:aws:cloudwatch:us-east-1:${account}:alarm:high`,
            }),
        );
        deepEqual(JSON.parse((await lambda.send(new GetPolicyCommand({ FunctionName: "worker" }))).Policy!), {
            Version: "2012-10-17",
            Id: "default",
            Statement: [JSON.parse(Statement!)],
        });
        cloud.cloud.store.record({
            namespace: "Test",
            metricName: "Load",
            dimensions: {},
            value: 1,
            unit: "None",
            timeMs: startMs,
        });
        await cloud.clock.advance(minutes(2));
        deepEqual(
            logged().map((line) => line.split("\t").at(-1)),
            ["high ALARM"],
        );
        deepEqual(
            cloud.cloud.cloudWatch.alarms.history.filter(({ type }) => type === "Action").map(({ summary }) => summary),
            [
                `Successfully executed action ${functionArn}`,
                `Failed to execute action ${functionArn}. Received error: "CloudWatch Alarms is not authorized to perform: lambda:InvokeFunction on the resource: ${functionArn} because no resource-based policy allows the lambda:InvokeFunction action"`,
            ],
        );
        await lambda.send(new RemovePermissionCommand({ FunctionName: "worker", StatementId: "alarm" }));
        await rejects(lambda.send(new GetPolicyCommand({ FunctionName: "worker" })), {
            name: "ResourceNotFoundException",
        });
    });

    it("is invoked on a schedule whose role may, on the sandbox's clock", async () => {
        const { endpoint, region, credentials } = cloud.sandbox;
        const scheduler = new SchedulerClient({ endpoint, region, credentials, maxAttempts: 1 });
        try {
            await create(`exports.handler = async (event) => console.log(Date.now(), JSON.stringify(event));`);
            putRole("schedule", "scheduler.amazonaws.com", { Action: "lambda:InvokeFunction", Resource: functionArn });
            putRole("weak", "scheduler.amazonaws.com", {
                Action: "lambda:InvokeFunction",
                Resource: `${functionArn}-2`,
            });
            const schedule = (Name: string, role: string, ScheduleExpression: string) =>
                scheduler.send(
                    new CreateScheduleCommand({
                        Name,
                        ScheduleExpression,
                        FlexibleTimeWindow: { Mode: "OFF" },
                        Target: { Arn: functionArn, RoleArn: roleArn(role), Input: `{"by":"${Name}"}` },
                    }),
                );
            await schedule("rate", "schedule", "rate(2 minutes)");
            await schedule("cron", "schedule", "cron(5 0 * * ? *)");
            await schedule("weak", "weak", "rate(5 minutes)");
            await rejects(schedule("rate", "schedule", "rate(2 minutes)"), { name: "ConflictException" });
            await cloud.clock.advance(minutes(6));
            deepEqual(
                logged().map((line) => {
                    const [time, event] = line.split("\t").at(-1)!.split(" ");
                    return [(Number(time) - startMs) / 60_000, event];
                }),
                [
                    [2, '{"by":"rate"}'],
                    [4, '{"by":"rate"}'],
                    [5, '{"by":"cron"}'],
                    [6, '{"by":"rate"}'],
                ],
            );
            deepEqual(
                cloud.cloud.scheduler.runs.filter(({ error }) => error !== undefined).map(({ error }) => error),
                [
                    `User: arn:aws:sts::${account}:assumed-role/weak/schedule is not authorized to perform: lambda:InvokeFunction on resource: ${functionArn} because no identity-based policy allows the lambda:InvokeFunction action`,
                ],
            );
            const found = await scheduler.send(new GetScheduleCommand({ Name: "rate" }));
            deepEqual(
                [found.ScheduleExpression, found.State, found.Target!.Arn],
                ["rate(2 minutes)", "ENABLED", functionArn],
            );
            await scheduler.send(new DeleteScheduleCommand({ Name: "rate" }));
            await cloud.clock.advance(minutes(6));
            equal(logged().length, 4);
        } finally {
            scheduler.destroy();
        }
    });

    it("describes, tags, limits and deletes a function", async () => {
        const created = await create("exports.handler = async () => 1;", {
            Description: "counts",
            Tags: { team: "orders" },
            Environment: { Variables: { A: "b" } },
        });
        const configuration = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: functionArn }));
        deepEqual(
            [
                configuration.FunctionArn,
                configuration.State,
                configuration.Timeout,
                configuration.Environment,
                configuration.CodeSha256,
            ],
            [functionArn, "Active", 3, { Variables: { A: "b" } }, created.CodeSha256],
        );
        await lambda.send(new TagResourceCommand({ Resource: functionArn, Tags: { tier: "1" } }));
        await lambda.send(new UntagResourceCommand({ Resource: functionArn, TagKeys: ["team"] }));
        deepEqual((await lambda.send(new ListTagsCommand({ Resource: functionArn }))).Tags, { tier: "1" });
        equal((await lambda.send(new ListVersionsByFunctionCommand({ FunctionName: "worker" }))).Versions!.length, 1);
        await lambda.send(
            new PutFunctionConcurrencyCommand({ FunctionName: "worker", ReservedConcurrentExecutions: 0 }),
        );
        const { Concurrency } = await lambda.send(new GetFunctionCommand({ FunctionName: "worker" }));
        deepEqual(Concurrency, { ReservedConcurrentExecutions: 0 });
        await rejects(invoke(), { name: "TooManyRequestsException", message: "Rate Exceeded." });
        await lambda.send(new DeleteFunctionCommand({ FunctionName: "worker" }));
        await rejects(invoke(), {
            name: "ResourceNotFoundException",
            message: `Function not found: ${functionArn}`,
        });
    });

    const refusals: [string, Partial<CreateFunctionCommandInput>, string][] = [
        ["a role that does not trust Lambda", { Role: roleArn("nobody") }, "The role defined for the function cannot be assumed by Lambda."],
        ["code that is no zip", { Code: { ZipFile: Buffer.from("hello") } }, "Could not unzip uploaded file. Please check your file, then try to upload again. (no end of central directory)"],
        ["a zip that leaves its folder", { Code: { ZipFile: zipOf({ "../evil.js": "" }) } }, "Could not unzip uploaded file. Please check your file, then try to upload again. (a path outside: ../evil.js)"],
        ["a reserved variable", { Environment: { Variables: { AWS_REGION: "x" } } }, "Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: AWS_REGION"],
        ["a timeout of 16 minutes", { Timeout: 960 }, "1 validation error detected: Value '960' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900"],
    ]; // prettier-ignore
    for (const [title, changes, message] of refusals) {
        it(`refuses ${title}`, () =>
            rejects(create("exports.handler = 1;", changes), (error: LambdaServiceException) => {
                equal(error.message, message);
                return true;
            }));
    }

    it("keeps the code of a function until its next one, or its end, and as long as a process runs it", async () => {
        const source = (name: string) =>
            `exports.handler = async ({ forMs }) => { if (forMs) await new Promise((done) => setTimeout(done, forMs)); return [${JSON.stringify(name)}, process.env.LAMBDA_TASK_ROOT]; };`;
        const update = (name: string, DryRun = false) =>
            lambda.send(
                new UpdateFunctionCodeCommand({
                    FunctionName: "worker",
                    ZipFile: zipOf({ "index.js": source(name) }),
                    DryRun,
                }),
            );
        await create(source("first"), { Timeout: 60 });
        const [, first] = (await invoke()).payload as [string, string];
        const folders = path.dirname(path.dirname(first));
        const changes = watch(folders);
        const untilFolders = async (count: number): Promise<void> => {
            while (readdirSync(folders).length !== count) await once(changes, "change");
        };
        try {
            await update("tried", true);
            equal(readdirSync(folders).length, 1);
            const busy = invoke({ forMs: 30_000 });
            await waitFor(() => cloud.cloud.lambda.running === 1);
            await update("second");
            equal(existsSync(first), true);
            await cloud.clock.advanceTo(startMs + 40_000);
            deepEqual((await busy).payload, ["first", first]);
            await untilFolders(1);
            const [name, second] = (await invoke()).payload as [string, string];
            deepEqual([name, existsSync(first), existsSync(second)], ["second", false, true]);
            await lambda.send(new DeleteFunctionCommand({ FunctionName: "worker" }));
            await untilFolders(0);
        } finally {
            changes.close();
        }
    });

    it("takes a queue or a topic for what is given up, where its role may tell it, and nothing else", async () => {
        const arnOf = (service: string) => `arn:aws:${service}:us-east-1:${account}:dead`;
        const given = (TargetArn: string) => ({ DeadLetterConfig: { TargetArn } });
        const refused = async (TargetArn: string, message: string) => {
            const because = { name: "InvalidParameterValueException", message };
            await rejects(create("", given(TargetArn)), because);
            await create("", { FunctionName: "updated" });
            const update = new UpdateFunctionConfigurationCommand({ FunctionName: "updated", ...given(TargetArn) });
            await rejects(lambda.send(update), because);
            await lambda.send(new DeleteFunctionCommand({ FunctionName: "updated" }));
        };
        const mayNot = "The provided execution role does not have permissions to call";
        await refused(arnOf("sqs"), `${mayNot} SendMessage on SQS`);
        await refused(arnOf("sns"), `${mayNot} Publish on SNS`);
        await refused(
            "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
            "Invalid dead letter ARN: arn:aws:kinesis:us-east-1:123456789012:stream/orders names neither an SQS queue nor an SNS topic.",
        );
        putRole("teller", "lambda.amazonaws.com", { Action: "sqs:SendMessage", Resource: arnOf("sqs") });
        const { DeadLetterConfig } = await create("", { Role: roleArn("teller"), ...given(arnOf("sqs")) });
        deepEqual(DeadLetterConfig, { TargetArn: arnOf("sqs") });
        // None, as infrastructure tools write it.
        await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: "worker", ...given("") }));
    });

    it("leaves no process behind", async () => {
        await create("exports.handler = async () => process.pid;");
        const pid = (await invoke()).payload as number;
        ok(pid > 0);
        await cloud.sandbox.services.lambda!.stop!();
        await rejects(async () => process.kill(pid, 0), { code: "ESRCH" });
    });
});

describe("a function on a clock that runs a day in a minute", () => {
    it("takes its own milliseconds, and waits for minutes in the time that they take there", async () => {
        const sandbox = await startSandbox({ clock: new RunningClock({ startMs, speed: 1_440 }) });
        const { endpoint, region, credentials } = sandbox;
        const lambda = new LambdaClient({ endpoint, region, credentials, maxAttempts: 1 });
        try {
            sandbox.cloud.iam.operations.CreateRole!(
                {
                    RoleName: "worker",
                    AssumeRolePolicyDocument: JSON.stringify({
                        Statement: {
                            Effect: "Allow",
                            Action: "sts:AssumeRole",
                            Principal: { Service: "lambda.amazonaws.com" },
                        },
                    }),
                },
                {} as never,
            );
            await lambda.send(
                new CreateFunctionCommand({
                    FunctionName: "worker",
                    Runtime: "nodejs22.x",
                    Handler: "index.handler",
                    Role: roleArn("worker"),
                    Timeout: 900,
                    Code: {
                        ZipFile: zipOf({
                            "index.js": `exports.handler = async () => {
                                const times = [Date.now()];
                                for (const end = process.hrtime.bigint() + 100_000_000n; process.hrtime.bigint() < end; );
                                times.push(Date.now());
                                await new Promise((resolve) => setTimeout(resolve, 600_000));
                                return [...times, Date.now()];
                            };`,
                        }),
                    },
                }),
            );
            const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: "worker" }));
            const [began, worked, waited] = JSON.parse(Buffer.from(Payload!).toString()) as [number, number, number];
            // The work took 100 ms, not the 144 s that the clock would have run; the wait took its ten minutes, in less than a second.
            ok(worked - began >= 99 && worked - began < 10_000, `${worked - began} ms of work`);
            ok(waited - worked >= 600_000 && waited - worked < 900_000, `${waited - worked} ms of waiting`);
        } finally {
            lambda.destroy();
            await sandbox.stop();
        }
    });
});

/** Until something is so: an event outside this process has no other sign. */
async function waitFor(condition: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}
