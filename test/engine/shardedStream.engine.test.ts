/**
 * ShardedStream on the real engine: what a team sees when it previews, deploys, changes and destroys a stream.
 */
import * as assert from "node:assert/strict";
import * as path from "node:path";
import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { DescribeTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
    DescribeStreamConsumerCommand,
    DescribeStreamSummaryCommand,
    KinesisClient,
    UpdateShardCountCommand,
    waitUntilStreamExists,
} from "@aws-sdk/client-kinesis";
import { GetFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { type OperationResult } from "../../engine/index";
import { onEngine, type World } from "./harness";

const unchangedExceptStack = (result: OperationResult) =>
    Object.keys(result.changes).filter((operation) => operation !== "same");

/** The inputs of one resource in a result, by the end of its URN. */
function step(result: OperationResult, type: string, name: string) {
    const found = result.steps.filter(({ urn }) => urn.endsWith(`${type}::${name}`));
    assert.equal(found.length, 1, `${type} ${name} in ${result.steps.map(({ urn }) => urn).join("\n")}`);
    return found[0]!;
}

function succeeded(result: OperationResult): OperationResult {
    assert.equal(result.exitCode, 0, result.stdout + result.stderr);
    return result;
}

function clients(world: World) {
    const settings = {
        endpoint: world.sandbox.endpoint,
        region: "us-east-1",
        credentials: { accessKeyId: "test", secretAccessKey: "test" },
    };
    return {
        kinesis: new KinesisClient(settings),
        cloudWatch: new CloudWatchClient(settings),
        lambda: new LambdaClient(settings),
        dynamoDb: new DynamoDBClient(settings),
    };
}

async function waitUntilActive(world: World, StreamName: string): Promise<void> {
    const { kinesis: client } = clients(world);
    await waitUntilStreamExists({ client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { StreamName });
}

const ordersProgram = `
    const pulumi = require("@pulumi/pulumi");
    const { ShardedStream } = require("sharded-stream");
    const config = new pulumi.Config();
    const orders = new ShardedStream("orders", {
        requirements: { writeMiBPerSecond: config.getNumber("mib") ?? 3.5, recordsPerSecond: config.getNumber("records") ?? 2500 },
        streamName: "orders",
        capacityMode: config.get("mode"),
        kmsKeyId: config.get("key"),
        retentionHours: config.getNumber("retention"),
        consumers: config.getObject("consumers"),
        tags: { team: "orders" },
    });
    exports.streamName = orders.streamName;
    exports.shardCount = orders.shardCount;
    exports.topicArn = orders.topicArn;
    exports.dashboardName = orders.dashboardName;
`;

describe("a ShardedStream on the real engine", function () {
    this.timeout(240_000);
    const world = onEngine("real", { inOneProcess: true });
    let projectDir: string;
    const describeStream = async () => {
        const { kinesis } = clients(world);
        const { StreamDescriptionSummary } = await kinesis.send(
            new DescribeStreamSummaryCommand({ StreamName: "orders" }),
        );
        return StreamDescriptionSummary!;
    };

    it("is shown completely by a preview, which creates nothing", async () => {
        projectDir = world.project(ordersProgram);
        const preview = succeeded(await world.engine.preview({ projectDir }));
        assert.deepEqual(preview.changes, { create: 15 });
        assert.equal(step(preview, "aws:kinesis/stream:Stream", "orders").inputs.shardCount, 5);
        assert.equal(
            step(preview, "aws:cloudwatch/metricAlarm:MetricAlarm", "orders-HighIncomingRecords").inputs.threshold,
            750_000,
        );
        await assert.rejects(describeStream(), { name: "ResourceNotFoundException" });
    });

    it("is deployed with the planned shards, its alarms and its dashboard", async () => {
        const up = succeeded(await world.engine.up({ projectDir }));
        assert.deepEqual(up.changes, { create: 15 });
        assert.deepEqual(up.outputs, {
            streamName: "orders",
            shardCount: 5,
            topicArn: up.outputs.topicArn,
            dashboardName: "Kinesis-orders-us-east-1",
        });
        assert.equal((await describeStream()).OpenShardCount, 5);
        const { MetricAlarms = [], CompositeAlarms = [] } = await clients(world).cloudWatch.send(
            new DescribeAlarmsCommand({ AlarmTypes: ["MetricAlarm", "CompositeAlarm"] }),
        );
        const alarms = [...MetricAlarms, ...CompositeAlarms];
        assert.deepEqual(
            alarms.map(({ AlarmName, AlarmActions }) => [AlarmName, ...AlarmActions!]).sort(),
            [
                ...[
                    "orders-ConsumerSilent",
                    "orders-HighIncomingRecords",
                    "orders-IteratorAge",
                    "orders-ReadThrottling",
                    "orders-WriteThrottling",
                    "orders-WriteUtilization",
                ].map((name) => [name, up.outputs.topicArn]),
                ["orders-Unread"],
            ].sort(),
        );
    });

    it("shows no change when nothing changed, also after a refresh", async () => {
        const again = succeeded(await world.engine.up({ projectDir, refresh: true }));
        assert.deepEqual(unchangedExceptStack(again), []);
    });

    it("gets the shards and the thresholds of a raised requirement, in place", async () => {
        const raised = succeeded(await world.engine.up({ projectDir, config: { records: 6000 } }));
        assert.equal(raised.changes.replace, undefined);
        assert.deepEqual(
            raised.steps
                .filter(({ op, type }) => op !== "same" && type.startsWith("aws:"))
                .map(({ op, urn, diffs }) => [op, urn.split("::").slice(-1)[0], [...diffs].sort()])
                .sort(),
            [
                ["update", "orders", ["dashboardBody"]],
                ["update", "orders", ["shardCount"]],
                ["update", "orders-HighIncomingRecords", ["alarmDescription", "threshold"]],
                ["update", "orders-WriteUtilization", ["alarmDescription", "metricQueries"]],
            ],
        );
        assert.equal((await describeStream()).OpenShardCount, 8);
    });

    it("never replaces the stream for its mode, encryption or retention", async () => {
        const { StreamARN, StreamCreationTimestamp } = await describeStream();
        for (const config of [
            { mode: "on-demand", retention: 48 },
            { mode: "provisioned", retention: 48, records: 6000, key: "alias/orders" },
        ]) {
            const changed = succeeded(await world.engine.up({ projectDir, config }));
            assert.equal(changed.changes.replace, undefined, changed.stdout);
            const stream = await describeStream();
            assert.deepEqual([stream.StreamARN, stream.StreamCreationTimestamp], [StreamARN, StreamCreationTimestamp]);
            assert.equal(
                stream.StreamModeDetails?.StreamMode,
                config.mode === "on-demand" ? "ON_DEMAND" : "PROVISIONED",
            );
            assert.equal(stream.RetentionPeriodHours, 48);
        }
    });

    it("is gone after a destroy, with everything around it", async () => {
        const destroyed = succeeded(await world.engine.destroy({ projectDir }));
        assert.deepEqual(Object.keys(destroyed.changes), ["delete"]);
        await assert.rejects(describeStream(), { name: "ResourceNotFoundException" });
        const { MetricAlarms } = await clients(world).cloudWatch.send(new DescribeAlarmsCommand({}));
        assert.deepEqual(MetricAlarms ?? [], []);
    });
});

describe("malformed arguments on the real engine", function () {
    this.timeout(120_000);
    const world = onEngine("real");
    const message =
        'ShardedStream "orders": 2 arguments are malformed.\n' +
        "requirements.writeMiBPerSecond: -1 is not allowed; it must be a number above 0, at most 100,000. Declare the MiB per second written at peak; 1 MiB is 1,048,576 bytes.\n" +
        "retentionHours: 12 is not allowed; it must be a whole number from 24 to 8,760. Kinesis keeps records for at least a day and at most a year.";
    const rows: [title: string, args: string][] = [
        ["plain values", "{ requirements: { writeMiBPerSecond: -1, recordsPerSecond: 10 }, retentionHours: 12 }"],
        [
            "values that are known later",
            "{ requirements: { writeMiBPerSecond: Promise.resolve(-1), recordsPerSecond: 10 }, retentionHours: Promise.resolve(12), scaling: {} }",
        ],
    ];
    for (const [title, args] of rows) {
        it(`fail the preview with all of their problems, once, and nothing else: ${title}`, async () => {
            const projectDir = world.project(
                `const { ShardedStream } = require("sharded-stream"); new ShardedStream("orders", ${args});`,
            );
            const preview = await world.engine.preview({ projectDir });
            assert.notEqual(preview.exitCode, 0);
            const errors = preview.diagnostics.filter(({ severity }) => severity === "error");
            assert.deepEqual(
                errors.map((error) => error.message.split("unhandled exception:\n")[1]),
                [message],
            );
            assert.deepEqual(
                preview.steps.map(({ type }) => type),
                ["pulumi:pulumi:Stack", "sharded-stream:index:ShardedStream"],
            );
        });
    }
});

describe("a ShardedStream that scales itself, on the real engine", function () {
    this.timeout(240_000);
    const world = onEngine("real", { inOneProcess: true });
    const program = `
        const pulumi = require("@pulumi/pulumi");
        const { ShardedStream } = require("sharded-stream");
        const config = new pulumi.Config();
        const orders = new ShardedStream("orders", {
            requirements: { writeMiBPerSecond: config.getNumber("mib") ?? 3.5, recordsPerSecond: 2500 },
            streamName: "orders",
            capacityMode: config.get("mode"),
            scaling: config.getObject("scaling"),
        });
        exports.scalerFunctionName = orders.scalerFunctionName;
        exports.ledgerTableName = orders.ledgerTableName;
    `;
    const settings = (result: OperationResult) => {
        const { environment } = step(result, "aws:lambda/function:Function", "orders-scaler").inputs;
        const { MIN_SHARDS, MAX_SHARDS, PEAK_SHARDS } = (environment as { variables: Record<string, string> })
            .variables;
        return [MIN_SHARDS, MAX_SHARDS, PEAK_SHARDS].map(Number);
    };
    const openShards = async () => {
        const { StreamDescriptionSummary } = await clients(world).kinesis.send(
            new DescribeStreamSummaryCommand({ StreamName: "orders" }),
        );
        return StreamDescriptionSummary?.OpenShardCount;
    };
    let projectDir: string;

    it("gets from on-demand to provisioned shards with a scaler in one deployment", async () => {
        projectDir = world.project(program);
        const policyPacks = [path.join(__dirname, "../../policies")];
        succeeded(await world.engine.up({ projectDir, config: { mode: "on-demand" }, policyPacks }));
        const up = succeeded(await world.engine.up({ projectDir, config: { scaling: {} }, policyPacks }));
        assert.equal(up.changes.replace, undefined, up.stdout);
        assert.equal(await openShards(), 5);
        assert.deepEqual(settings(up), [4, 10, 3.5]);
        assert.deepEqual(up.outputs, {
            scalerFunctionName: "orders-scaler",
            ledgerTableName: "orders-scaler-ledger",
        });
        assert.deepEqual(
            unchangedExceptStack(
                succeeded(await world.engine.up({ projectDir, config: { scaling: {} }, policyPacks })),
            ),
            [],
        );
    });

    const scaleTo = async (TargetShardCount: number) => {
        const request = { StreamName: "orders", TargetShardCount, ScalingType: "UNIFORM_SCALING" } as const;
        await clients(world).kinesis.send(new UpdateShardCountCommand(request));
        await waitUntilActive(world, "orders");
    };

    it("keeps the count that the scaler set", async () => {
        await scaleTo(8);
        const up = succeeded(await world.engine.up({ projectDir, config: { scaling: {} } }));
        assert.deepEqual(unchangedExceptStack(up), []);
        assert.equal(await openShards(), 8);
    });

    it("leaves the live count when scaling is removed, until a refresh brings the planned one back", async () => {
        const removed = succeeded(await world.engine.up({ projectDir }));
        assert.deepEqual([removed.changes.replace, removed.outputs], [undefined, {}]);
        assert.equal(await openShards(), 8);
        succeeded(await world.engine.up({ projectDir, refresh: true }));
        assert.equal(await openShards(), 5);
    });

    it("keeps the count that the scaler set through a refresh, too", async () => {
        succeeded(await world.engine.up({ projectDir, config: { scaling: {} } }));
        await scaleTo(8);
        const up = succeeded(await world.engine.up({ projectDir, config: { scaling: {} }, refresh: true }));
        assert.equal(up.changes.update, undefined, up.stdout);
        assert.equal(await openShards(), 8);
    });

    it("passes a raised requirement on to the scaler's floor and ceiling, and leaves the count to it", async () => {
        const raised = succeeded(await world.engine.up({ projectDir, config: { scaling: {}, mib: 6.5 } }));
        assert.deepEqual(settings(raised), [7, 18, 6.5]);
        assert.equal(await openShards(), 8);
    });
});

describe("options and providers of a ShardedStream, on the real engine", function () {
    this.timeout(120_000);
    const world = onEngine("real", { inOneProcess: true });

    it("transforms reach every child, and protection keeps each from being destroyed", async () => {
        const projectDir = world.project(`
            const pulumi = require("@pulumi/pulumi");
            const { ShardedStream } = require("sharded-stream");
            const tagged = ({ type, props, opts }) =>
                /Stream$|Alarm$|Topic$/.test(type) && !type.startsWith("sharded-stream")
                    ? { props: { ...props, tags: { ...props.tags, costCenter: "42" } }, opts }
                    : undefined;
            new ShardedStream("orders", { requirements: { writeMiBPerSecond: 1, recordsPerSecond: 10 }, tags: { team: "orders" } },
                { transforms: [tagged], protect: new pulumi.Config().getBoolean("protect") });`);
        const up = succeeded(await world.engine.up({ projectDir, config: { protect: true } }));
        const taggable = up.steps.filter(({ type }) => /Stream$|Alarm$|Topic$/.test(type) && type.startsWith("aws:"));
        assert.equal(taggable.length, 9);
        for (const { urn, inputs } of taggable)
            assert.deepEqual(inputs.tags, { team: "orders", costCenter: "42" }, urn);

        const refused = await world.engine.destroy({ projectDir });
        assert.notEqual(refused.exitCode, 0);
        assert.match(refused.stdout + refused.stderr, /protected/);
    });

    it("examples/transforms puts the scaler into a VPC, traces it, and encrypts what it keeps", async () => {
        const kmsKeyArn = "arn:aws:kms:us-east-1:123456789012:key/1";
        const vpcConfig = { subnetIds: ["subnet-1"], securityGroupIds: ["sg-1"] };
        const example = { projectDir: "examples/transforms", config: { kmsKeyArn, ...vpcConfig } };
        const up = succeeded(await world.engine.up(example));
        const { scalerFunctionName, ledgerTableName, logGroupName } = up.outputs as Record<string, string>;
        const { lambda, dynamoDb } = clients(world);
        const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: scalerFunctionName }));
        assert.deepEqual(
            [Configuration?.VpcConfig, Configuration?.TracingConfig, Configuration?.Architectures],
            [{ SubnetIds: ["subnet-1"], SecurityGroupIds: ["sg-1"] }, { Mode: "Active" }, ["arm64"]],
        );
        const { Table } = await dynamoDb.send(new DescribeTableCommand({ TableName: ledgerTableName }));
        assert.equal(Table?.SSEDescription?.KMSMasterKeyArn, kmsKeyArn);
        const { logGroups } = (await world.sandbox.cloud.logs.operations.DescribeLogGroups!({}, {} as never)) as {
            logGroups: { logGroupName: string; kmsKeyId: string }[];
        };
        assert.equal(logGroups.find((group) => group.logGroupName === logGroupName)?.kmsKeyId, kmsKeyArn);
        assert.match(String(step(up, "aws:iam/rolePolicy:RolePolicy", "orders-scaler-policy").inputs.policy), /ec2:/);
        assert.deepEqual(unchangedExceptStack(succeeded(await world.engine.up({ ...example, refresh: true }))), []);
    });

    it("region is where all of it is made, whatever the provider's", async () => {
        const projectDir = world.project(
            `
            const { Provider } = require("@pulumi/aws/provider");
            const { ShardedStream } = require("sharded-stream");
            const aws = new Provider("ireland", { region: "eu-west-1" });
            const orders = new ShardedStream("orders", {
                streamName: "orders",
                requirements: { writeMiBPerSecond: 1, recordsPerSecond: 500 },
                region: "us-east-1",
                scaling: {},
            }, { providers: { aws } });
            exports.arns = [orders.streamArn, orders.topicArn, orders.scaler.functionArn, orders.scaler.ledgerTable.arn];`,
            "regional",
        );
        const up = succeeded(await world.engine.up({ projectDir }));
        assert.deepEqual(
            (up.outputs.arns as string[]).map((arn) => arn.split(":")[3]),
            ["us-east-1", "us-east-1", "us-east-1", "us-east-1"],
        );
        const { StreamDescriptionSummary } = await clients(world).kinesis.send(
            new DescribeStreamSummaryCommand({ StreamName: "orders" }),
        );
        assert.equal(StreamDescriptionSummary?.StreamARN, (up.outputs.arns as string[])[0]);
        assert.deepEqual(unchangedExceptStack(succeeded(await world.engine.up({ projectDir, refresh: true }))), []);
    });

    it("aws-native manages the stream, and aws everything around it", async () => {
        const projectDir = world.project(
            `
            const { Role } = require("@pulumi/aws/iam");
            const { ShardedStream } = require("sharded-stream");
            const orders = new ShardedStream("orders", {
                requirements: { writeMiBPerSecond: 3.5, recordsPerSecond: 2500 },
                streamProvider: "aws-native",
                kmsKeyId: "alias/orders",
                consumers: ["billing", "audit"],
                readers: [{ principal: "210987654321", consumer: "billing" }],
                tags: { team: "orders" },
            });
            const trust = { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "lambda.amazonaws.com" } };
            const role = new Role("auditor", { assumeRolePolicy: JSON.stringify({ Version: "2012-10-17", Statement: [trust] }) });
            orders.grantRead(role, { as: "eventSource", fanOutConsumer: "audit" });
            exports.streamName = orders.streamName;
            exports.role = role.name;
            exports.consumers = [orders.consumers.billing.arn, orders.consumers.audit.arn];`,
            "native",
        );
        const up = succeeded(await world.engine.up({ projectDir }));
        assert.equal(step(up, "aws-native:kinesis:Stream", "orders").inputs.shardCount, 5);
        const { StreamDescriptionSummary } = await clients(world).kinesis.send(
            new DescribeStreamSummaryCommand({ StreamName: up.outputs.streamName as string }),
        );
        assert.equal(StreamDescriptionSummary?.OpenShardCount, 5);
        await assertPermitted(world, up.outputs as unknown as Permitted);
        assert.deepEqual(unchangedExceptStack(succeeded(await world.engine.up({ projectDir }))), []);
    });
});

interface Permitted {
    readonly role: string;
    readonly consumers: readonly string[];
}

/** Another account may read as `billing` and not as `audit`; the role may read as `audit`. */
async function assertPermitted(world: World, { role, consumers }: Permitted): Promise<void> {
    const { endpoint, cloud } = world.sandbox;
    const theirs = new KinesisClient({
        endpoint,
        region: "us-east-1",
        credentials: { accessKeyId: "210987654321", secretAccessKey: "test" },
    });
    const described = await Promise.allSettled(
        consumers.map((ConsumerARN) => theirs.send(new DescribeStreamConsumerCommand({ ConsumerARN }))),
    );
    assert.deepEqual(
        described.map(({ status }) => status),
        ["fulfilled", "rejected"],
    );
    const verdict = (resource: string) => cloud.iam.verdict(role, { action: "kinesis:SubscribeToShard", resource });
    assert.deepEqual(consumers.map(verdict), ["implicitDeny", "allow"]);
}

describe("a consumer in a stack of its own, on the real engine", function () {
    this.timeout(240_000);
    const world = onEngine("real", { inOneProcess: true });

    it("reads what examples/orders exports", async () => {
        const orders = succeeded(await world.engine.up({ projectDir: "." }));
        const config = { ordersStack: "organization/orders/dev" };
        const consumer = succeeded(await world.engine.up({ projectDir: "examples/consumer", config }));
        const role = step(consumer, "aws:iam/rolePolicy:RolePolicy", "billing-reads-orders").inputs;
        assert.equal(role.policy, orders.outputs.consumerPolicy);
        assert.equal(consumer.outputs.readsStream, orders.outputs.streamArn);
        assert.deepEqual(
            unchangedExceptStack(succeeded(await world.engine.up({ projectDir: "examples/consumer", config }))),
            [],
        );
        assert.deepEqual(unchangedExceptStack(succeeded(await world.engine.up({ projectDir: "." }))), []);
    });
});
