/** The life of a stack on both engines, from its preview to its end. */
import * as assert from "node:assert/strict";
import {
    DescribeStreamSummaryCommand,
    KinesisClient,
    UpdateShardCountCommand,
    waitUntilStreamExists,
} from "@aws-sdk/client-kinesis";
import { type OperationResult } from "../../engine/index";
import { onEngine, type World } from "./harness";

const program = `
const pulumi = require("@pulumi/pulumi");
const kinesis = require("@pulumi/aws/kinesis");
const config = new pulumi.Config();

class Orders extends pulumi.ComponentResource {
    constructor(name, args, opts) {
        super("test:index:Orders", name, args, opts);
        const ignoreChanges = config.getBoolean("scaled") ? ["shardCount"] : [];
        this.stream = new kinesis.Stream(name, { shardCount: args.shards, tags: { team: "orders" } }, { parent: this, ignoreChanges });
        this.consumer = new kinesis.StreamConsumer(name, { streamArn: this.stream.arn }, { parent: this });
        this.registerOutputs({ streamArn: this.stream.arn });
    }
}

if (config.getBoolean("broken")) throw new Error("This program is broken.");
const orders = new Orders("orders", { shards: config.getNumber("shards") ?? 2 });
exports.streamName = orders.stream.name;
exports.shardCount = orders.stream.shardCount;
exports.consumer = orders.consumer.arn;
exports.password = pulumi.secret("12345");
`;

// What is true of both engines. The embedded one remembers its resources for as long as it is open.
for (const kind of ["real", "embedded"] as const) {
    describe(`a program on the ${kind} engine`, () => {
        const world = onEngine(kind, { inOneProcess: kind === "real" });
        let projectDir: string;
        let streamName: string;
        before(() => {
            projectDir = world.project(program);
        });

        it("is previewed without creating anything", async () => {
            const result = await world.engine.preview({ projectDir });
            assert.deepEqual([result.exitCode, result.changes], [0, { create: 4 }], told(result));
            assert.deepEqual(Object.keys(result.outputs).sort(), ["password", "shardCount", "streamName"]);
            assert.deepEqual(result.outputs.password, "[secret]");
            await assert.rejects(openShards(world, String(result.outputs.streamName)), /not found/);
        });

        it("is deployed, and its outputs are what AWS made of it", async () => {
            const result = await world.engine.up({ projectDir });
            assert.deepEqual([result.exitCode, result.changes], [0, { create: 4 }], told(result));
            streamName = String(result.outputs.streamName);
            assert.match(streamName, /^orders-[0-9a-f]{7}$/);
            assert.equal(await openShards(world, streamName), 2);
            const { consumer, shardCount } = result.outputs;
            assert.match(String(consumer), new RegExp(`:stream/${streamName}/consumer/orders-[0-9a-f]{7}:[0-9]+$`));
            assert.equal(shardCount, 2);
        });

        it("has nothing to change the second time", async () => {
            const result = await world.engine.up({ projectDir });
            assert.deepEqual([result.exitCode, result.changes], [0, { same: 4 }], told(result));
        });

        it("updates the shard count in place", async () => {
            const result = await world.engine.up({ projectDir, config: { shards: 3 } });
            assert.deepEqual([result.exitCode, result.changes], [0, { same: 2, update: 2 }], told(result));
            const { op, diffs } = stepOf(result, "aws:kinesis/stream:Stream");
            assert.deepEqual([op, diffs], ["update", ["shardCount"]]);
            assert.equal(await openShards(world, streamName), 3);
        });

        it("tells what AWS says about a change that one call cannot make", async () => {
            const result = await world.engine.up({ projectDir, config: { shards: 7 } });
            assert.equal(result.exitCode === 0, false, told(result));
            assert.deepEqual(
                result.diagnostics
                    .filter(({ urn }) => urn !== undefined)
                    .map(({ severity, message }) => [severity, message]),
                [
                    [
                        "error",
                        "updating aws:kinesis/stream:Stream orders: LimitExceededException: UpdateShardCount cannot scale up over " +
                            "double your current open shard count. Current open shard count: 3 Target shard count: 7",
                    ],
                ],
            );
            assert.equal(await openShards(world, streamName), 3);
        });

        it("leaves a scaled stream's count alone", async () => {
            const client = clientOf(world);
            await client.send(
                new UpdateShardCountCommand({
                    StreamName: streamName,
                    TargetShardCount: 4,
                    ScalingType: "UNIFORM_SCALING",
                }),
            );
            await waitUntilStreamExists(
                { client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 },
                { StreamName: streamName },
            );
            client.destroy();
            const result = await world.engine.up({ projectDir, config: { shards: 2, scaled: true } });
            assert.equal(result.exitCode, 0, told(result));
            assert.equal(stepOf(result, "aws:kinesis/stream:Stream").op, "same");
            assert.equal(await openShards(world, streamName), 4);
        });

        it("says what is wrong with a broken program", async () => {
            const result = await world.engine.preview({ projectDir, config: { broken: true } });
            assert.equal(result.exitCode === 0, false);
            assert.match(result.diagnostics.map(({ message }) => message).join("\n"), /This program is broken\./);
        });

        it("is destroyed, consumers before their stream", async () => {
            const result = await world.engine.destroy({ projectDir });
            assert.deepEqual([result.exitCode, result.changes], [0, { delete: 4 }], told(result));
            await assert.rejects(openShards(world, streamName), /not found/);
        });
    });
}

export function told({ stdout, stderr }: OperationResult): string {
    return `${stdout}\n${stderr}`;
}

function stepOf(result: OperationResult, type: string) {
    const found = result.steps.find((step) => step.type === type);
    assert.ok(found, `${type} is not among the steps`);
    return found;
}

function clientOf(world: World): KinesisClient {
    const { endpoint, region, credentials } = world.sandbox;
    return new KinesisClient({ endpoint, region, credentials });
}

async function openShards(world: World, StreamName: string): Promise<number | undefined> {
    const client = clientOf(world);
    try {
        const { StreamDescriptionSummary } = await client.send(new DescribeStreamSummaryCommand({ StreamName }));
        return StreamDescriptionSummary?.OpenShardCount;
    } finally {
        client.destroy();
    }
}
