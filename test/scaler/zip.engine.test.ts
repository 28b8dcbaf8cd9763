/**
 * The deployed archive: one file that runs in a bare directory, with the rights that the component gives it, and fast enough.
 *
 * Second tier: it starts processes.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { isBuiltin } from "node:module";
import * as os from "node:os";
import * as path from "node:path";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateStreamCommand, DescribeStreamSummaryCommand, KinesisClient } from "@aws-sdk/client-kinesis";
import { CreateFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { CreateScheduleCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { CreateTopicCommand } from "@aws-sdk/client-sns";
import { scalerFile, serializedText } from "../../components/scalerCode";
import { StreamAutoscaler } from "../../components/streamAutoscaler";
import { run } from "../components/mocks";
import { minutes, startCloud, type TestCloud } from "../sandbox/cloud";
import { zipOf } from "../sandbox/zip";

const streamArn = "arn:aws:kinesis:us-east-1:123456789012:stream/orders";
const topicArn = "arn:aws:sns:us-east-1:123456789012:oncall";
import { archiveModules } from "./modules";

describe("the scaler's archive", function () {
    this.timeout(60_000);
    let text: string;
    before(async () => (text = fs.readFileSync(await scalerFile(), "utf8")));

    it("requires only Node's own modules and the AWS SDK that Lambda brings", () => {
        const required = [...text.matchAll(/\brequire\(\s*["']([^"']+)["']\s*\)/g)].map(([, name]) => name!);
        assert.deepEqual([...new Set(required)].sort(), archiveModules);
        const computed = [...text.matchAll(/\brequire\(\s*[^"'\s)]/g)];
        assert.deepEqual(computed, []);
        assert.ok(required.every((name) => name.startsWith("@aws-sdk/") || isBuiltin(name)));
    });

    it("is the same, byte for byte, whenever it is made: by the build, or by Pulumi when a program runs", async () => {
        assert.equal(await serializedText(), text);
        execFileSync(process.execPath, ["scripts/bundle-scaler.js"], { stdio: "ignore" });
        assert.equal(fs.readFileSync(await scalerFile(), "utf8"), text);
    });

    it("is below 130 kB: Lambda loads it at each cold start", () => {
        assert.ok(Buffer.byteLength(text) < 130_000, `${Buffer.byteLength(text)}`);
    });

    it("names no path of the machine that made it", () => {
        assert.ok(!text.includes(path.join(__dirname, "..", "..")) && !text.includes(os.homedir()));
    });

    it("loads in a bare directory, and says which settings are missing", () => {
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), "scaler-"));
        try {
            fs.writeFileSync(path.join(folder, "index.js"), text);
            const program =
                'require("./index.js").handler({}, { awsRequestId: "1" }).catch((error) => console.log(error.message.split("\\n")[0]))';
            const output = execFileSync(process.execPath, ["-e", program], {
                cwd: folder,
                encoding: "utf8",
                stdio: ["ignore", "pipe", "ignore"],
                // Lambda's runtime finds its SDK the same way.
                env: { PATH: process.env.PATH, NODE_PATH: path.resolve("node_modules"), AWS_REGION: "us-east-1" },
            });
            assert.equal(
                output,
                "environment: STREAM_NAME: missing; it must be set. Deploy the function through StreamAutoscaler, which sets it.\n",
            );
        } finally {
            fs.rmSync(folder, { recursive: true });
        }
    });

    describe("deployed to the local Lambda with the component's own role", () => {
        let cloud: TestCloud;
        let kinesis: KinesisClient;
        const clients: { destroy(): void }[] = [];

        beforeEach(async () => {
            cloud = await startCloud();
            const { endpoint, region, credentials } = cloud.sandbox;
            const access = { endpoint, region, credentials, maxAttempts: 1 };
            kinesis = new KinesisClient(access);
            const [lambda, dynamoDb, scheduler] = [
                new LambdaClient(access),
                new DynamoDBClient(access),
                new SchedulerClient(access),
            ];
            clients.push(kinesis, lambda, dynamoDb, scheduler);
            const { registered } = await run(
                () =>
                    new StreamAutoscaler("orders-scaler", {
                        streamName: "orders",
                        streamArn,
                        minShards: 2,
                        maxShards: 16,
                        peakShards: 8,
                        topicArn,
                        notify: "all",
                    }),
            );
            await cloud.sns.send(new CreateTopicCommand({ Name: "oncall" }));
            const inputsOf = (type: string, name?: string) =>
                registered.find((one) => one.type.endsWith(type) && (name === undefined || one.name === name))!.inputs;
            const iam = (operation: string, input: object) =>
                cloud.cloud.iam.operations[operation]!(input, {} as never);
            for (const role of ["role", "scheduler-role"]) {
                const inputs = inputsOf(":Role", `orders-scaler-${role}`);
                const RoleName = inputs.name;
                iam("CreateRole", { RoleName, AssumeRolePolicyDocument: inputs.assumeRolePolicy });
                const policy = inputsOf(":RolePolicy", `orders-scaler-${role.replace("role", "policy")}`).policy;
                iam("PutRolePolicy", { RoleName, PolicyName: "own", PolicyDocument: policy });
            }
            const table = inputsOf(":Table") as { name: string; attributes: { name: string; type: "S" }[] };
            await dynamoDb.send(
                new CreateTableCommand({
                    TableName: table.name,
                    BillingMode: "PAY_PER_REQUEST",
                    KeySchema: [
                        { AttributeName: "stream", KeyType: "HASH" },
                        { AttributeName: "entry", KeyType: "RANGE" },
                    ],
                    AttributeDefinitions: table.attributes.map(({ name, type }) => ({
                        AttributeName: name,
                        AttributeType: type,
                    })),
                }),
            );
            // As in an account: without the log group, which the role may not make, nothing is kept.
            const logGroupName = inputsOf(":LogGroup").name;
            await cloud.cloud.logs.operations.CreateLogGroup!({ logGroupName }, {} as never);
            await kinesis.send(new CreateStreamCommand({ StreamName: "orders", ShardCount: 2 }));
            const fn = inputsOf(":Function") as {
                name: string;
                environment: { variables: Record<string, string> };
                timeout: number;
            };
            await lambda.send(
                new CreateFunctionCommand({
                    FunctionName: fn.name,
                    Runtime: "nodejs22.x",
                    Handler: "index.handler",
                    Role: "arn:aws:iam::123456789012:role/orders-us-east-1-scaler",
                    Environment: { Variables: fn.environment.variables },
                    Timeout: fn.timeout,
                    MemorySize: 256,
                    Code: { ZipFile: zipOf({ "index.js": text }) },
                }),
            );
            const schedule = inputsOf(":Schedule") as { name: string; scheduleExpression: string };
            await scheduler.send(
                new CreateScheduleCommand({
                    Name: schedule.name,
                    ScheduleExpression: schedule.scheduleExpression,
                    FlexibleTimeWindow: { Mode: "OFF" },
                    Target: {
                        Arn: "arn:aws:lambda:us-east-1:123456789012:function:orders-scaler",
                        RoleArn: "arn:aws:iam::123456789012:role/orders-us-east-1-schedule",
                    },
                }),
            );
        });
        afterEach(async () => {
            for (const client of clients.splice(0)) client.destroy();
            await cloud.stop();
        });

        const lines = (): Record<string, unknown>[] =>
            cloud.cloud.logs
                .eventsOf("/aws/lambda/orders-scaler")
                .map(({ message }) => message)
                .filter((message) => message.startsWith("{"))
                .map((message) => JSON.parse(message) as Record<string, unknown>);
        const load = (metricName: string, value: number): void =>
            cloud.cloud.store.record({
                namespace: "AWS/Kinesis",
                metricName,
                dimensions: { StreamName: "orders" },
                value,
                unit: metricName === "IncomingBytes" ? "Bytes" : "Count",
                timeMs: cloud.clock.nowMs(),
            });

        it("runs on its schedule, scales out when the load triples, publishes what it sees and tells its topic", async () => {
            for (let minute = 0; minute < 12; minute++) {
                load("IncomingBytes", (minute < 4 ? 1.2 : 3.6) * 60 * 1_048_576);
                load("IncomingRecords", (minute < 4 ? 1.2 : 3.6) * 60 * 1_000);
                await cloud.clock.advance(minutes(1));
            }
            const command = new DescribeStreamSummaryCommand({ StreamName: "orders" });
            const { OpenShardCount } = (await kinesis.send(command)).StreamDescriptionSummary!;
            assert.equal(OpenShardCount, 6);
            const acted = lines().filter(({ outcome }) => outcome === "acted");
            assert.deepEqual(
                acted.map(({ reason, OpenShards }) => ({ reason, OpenShards })),
                [
                    { reason: "doubling-limit", OpenShards: 2 },
                    { reason: "load-rises", OpenShards: 4 },
                ],
            );
            assert.equal(lines().at(-1)!.OpenShards, 6);
            assert.equal(lines().at(-1)!.UpdateCallsLeft, 8);
            assert.deepEqual(
                cloud.cloud.sns.published.map((message) => [message.topicArn, message.subject]),
                [
                    [topicArn, "orders: 2 to 4 shards (doubling-limit)"],
                    [topicArn, "orders: 4 to 6 shards (load-rises)"],
                ],
            );
            assert.match(cloud.cloud.sns.published[1]!.message, /^Calls left: 8 of 10 UpdateShardCount calls; /m);
        });
    });
});
