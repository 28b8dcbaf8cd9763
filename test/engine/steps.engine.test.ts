/**
 * A declared count to which AWS would not go at once: the preview says so and how to get there, and each way that it names gets there.
 */
import assert from "node:assert/strict";
import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { DescribeStreamSummaryCommand, KinesisClient } from "@aws-sdk/client-kinesis";
import { defineScale } from "../../cli/scale";
import { type OperationResult } from "../../engine/index";
import { runInProcess } from "../cli/inProcess";
import { onEngine, type World } from "./harness";

// 3 MiB/s with headroom are 4 shards, 15.5 MiB/s are 20.
const program = `
    const pulumi = require("@pulumi/pulumi");
    const { ShardedStream } = require("sharded-stream");
    const config = new pulumi.Config();
    const own = {
        dashboard: false,
        shardCount: config.getNumber("shards"),
        capacityMode: config.get("mode"),
        streamProvider: config.get("provider"),
        scaling: config.getObject("scaling"),
    };
    const requirements = { writeMiBPerSecond: config.requireNumber("mib"), recordsPerSecond: 10 };
    new ShardedStream("orders", { requirements, streamName: "orders", ...own });
`;

const raised = `20 shards are declared for stream orders, and 4 are deployed. AWS would refuse that: one UpdateShardCount call takes 4 shards to at most 8.
Scale it first, in 3 calls (8, 16, 20): sharded-stream scale orders to 20, then pulumi up --refresh.
Or deploy 3 times, where no policy rejects fewer shards than the plan: with shardCount: 8, then 16, then 20.
The deployed count is the one in the state. If the stream was scaled since, pulumi up --refresh is enough.`;
const lowered = `4 shards are declared for stream orders, and 20 are deployed. AWS would refuse that: one UpdateShardCount call takes 20 shards to at least 10.
Scale it first, in 3 calls (10, 5, 4): sharded-stream scale orders to 4, then pulumi up --refresh.
Or deploy 3 times: with shardCount: 10, then 5, then 4.
The deployed count is the one in the state. If the stream was scaled since, pulumi up --refresh is enough.`;

const fromOnDemand =
    "20 shards are declared for stream orders, and it has 4, on-demand. AWS would refuse that: one UpdateShardCount call takes 4 shards to at most 8.\n";
const withoutScaler =
    "Leave on-demand with shardCount: 8. Then sharded-stream scale orders to 20, and pulumi up --refresh without that shardCount.";
const withScaler =
    "Leave on-demand with shardCount: 8; the scaler goes on from there, and later deployments need no shardCount.";

describe("a count more than double or less than half of what is deployed, on the real engine", function () {
    this.timeout(240_000);
    const world = onEngine("real", { inOneProcess: true });
    const low = { mib: 3 };
    const high = { mib: 15.5 };
    let projectDir: string;

    before(async () => {
        projectDir = world.project(program);
        succeeded(await world.engine.up({ projectDir, config: low }));
    });

    it("fails the preview with the ways there, and changes nothing", async () => {
        const before = await seen(world);
        assert.equal(before.shards, 4);
        refusedWith(await world.engine.preview({ projectDir, config: high }), raised);
        assert.deepEqual(await seen(world), before);
    });

    it("is deployed by up --refresh after the command that the preview names", async () => {
        await scaleTo(world, 20);
        succeeded(await world.engine.up({ projectDir, config: high, refresh: true }));
        assert.equal((await seen(world)).shards, 20);
        assert.deepEqual(changed(succeeded(await world.engine.preview({ projectDir, config: high }))), []);
    });

    it("is deployed by the deployments that the preview names, here for a lowered requirement", async () => {
        refusedWith(await world.engine.preview({ projectDir, config: low }), lowered);
        for (const shards of [10, 5, 4]) {
            succeeded(await world.engine.up({ projectDir, config: { ...low, shards } }));
            assert.equal((await seen(world)).shards, shards);
        }
        // Without the shardCount these alarms advise to raise the requirements again; nothing else changes.
        const advising = ["HighIncomingRecords", "WriteThrottling", "WriteUtilization"];
        const left = changed(succeeded(await world.engine.preview({ projectDir, config: low })));
        assert.deepEqual(left.map((urn) => urn.split("::orders-")[1]).sort(), advising);
    });
});

describe("the same through aws-native, on the real engine", function () {
    this.timeout(240_000);
    const world = onEngine("real", { inOneProcess: true });

    it("fails the preview, and is deployed by up --refresh after the command that it names", async () => {
        const projectDir = world.project(program);
        const config = { provider: "aws-native", mib: 15.5 };
        succeeded(await world.engine.up({ projectDir, config: { ...config, mib: 3 } }));
        refusedWith(await world.engine.preview({ projectDir, config }), raised);
        await scaleTo(world, 20);
        succeeded(await world.engine.up({ projectDir, config, refresh: true }));
        assert.equal((await seen(world)).shards, 20);
    });
});

// As Pulumi's documentation of transformations and transforms has it: each list of the options is copied.
const merging = (register: string) => `
    require("@pulumi/pulumi").runtime.${register}(({ props, opts }) => ({
        props,
        opts: require("@pulumi/pulumi").mergeOptions(opts, { retainOnDelete: false }),
    }));
    ${program}`;

describe("the checks of a preview, on the real engine", function () {
    this.timeout(240_000);
    const world = onEngine("real", { inOneProcess: true });

    for (const register of ["registerStackTransformation", "registerStackTransform"]) {
        it(`hold whatever a ${register} merges into the options`, async () => {
            const projectDir = world.project(merging(register), register.toLowerCase());
            succeeded(await world.engine.up({ projectDir, config: { mib: 3 } }));
            refusedWith(await world.engine.preview({ projectDir, config: { mib: 15.5 } }), raised);
            const { exitCode, stdout } = await world.engine.preview({
                projectDir,
                config: { mib: 3, provider: "aws-native" },
            });
            assert.notEqual(exitCode, 0);
            assert.match(stdout, /streamProvider: aws-native is not allowed yet; aws manages the stream/);
            await world.engine.destroy({ projectDir });
        });
    }
});

describe("a stream that leaves on-demand for a count out of reach, on the real engine", function () {
    this.timeout(240_000);
    const world = onEngine("real", { inOneProcess: true });

    it("fails the preview, with a scaler and without, and is deployed with the count that it names", async () => {
        const projectDir = world.project(program);
        const config = { mib: 15.5 };
        // Paused, or the scaler would go on from there at once.
        const scaled = { ...config, scaling: { paused: true } };
        succeeded(await world.engine.up({ projectDir, config: { ...config, mode: "on-demand" } }));
        refusedWith(await world.engine.preview({ projectDir, config }), `${fromOnDemand}${withoutScaler}`);
        refusedWith(await world.engine.preview({ projectDir, config: scaled }), `${fromOnDemand}${withScaler}`);
        succeeded(await world.engine.up({ projectDir, config: { ...scaled, shards: 8 } }));
        assert.equal((await seen(world)).shards, 8);
        assert.deepEqual(changed(succeeded(await world.engine.up({ projectDir, config: scaled }))), []);
        assert.equal((await seen(world)).shards, 8);
    });
});

// The stream of the same name in the provider's region has 20 shards.
const twoRegions = `
    const { ShardedStream } = require("sharded-stream");
    const config = new (require("@pulumi/pulumi").Config)();
    const own = { streamName: "orders", dashboard: false, requirements: { writeMiBPerSecond: 3, recordsPerSecond: 10 } };
    new ShardedStream("home", { ...own, shardCount: 20 });
    new ShardedStream("orders", { ...own, region: "eu-west-1", shardCount: config.getNumber("shards"), capacityMode: config.get("mode") });
`;

describe("a stream of another region that leaves on-demand, on the real engine", function () {
    this.timeout(240_000);
    const world = onEngine("real", { inOneProcess: true });

    it("is compared with the shards that it has there", async () => {
        const projectDir = world.project(twoRegions);
        succeeded(await world.engine.up({ projectDir, config: { mode: "on-demand" } }));
        refusedWith(
            await world.engine.preview({ projectDir, config: { shards: 20 } }),
            `${fromOnDemand}${withoutScaler}`,
        );
        succeeded(await world.engine.up({ projectDir, config: { shards: 5 } }));
        assert.deepEqual([(await seen(world, "eu-west-1")).shards, (await seen(world)).shards], [5, 20]);
    });
});

async function scaleTo({ sandbox: { env } }: World, shards: number): Promise<void> {
    const { exitCode, text } = await runInProcess(defineScale, ["scale", "orders", "to", String(shards), "--yes"], {
        env,
    });
    assert.equal(exitCode, 0, text);
}

/** The stream and its alarms, as AWS has them. */
async function seen({ sandbox: { endpoint, region: home, credentials } }: World, region = home) {
    const [kinesis, cloudWatch] = [KinesisClient, CloudWatchClient].map(
        (Client) => new Client({ endpoint, region, credentials }),
    ) as [KinesisClient, CloudWatchClient];
    const stream = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName: "orders" }));
    const alarms = await cloudWatch.send(new DescribeAlarmsCommand({}));
    return {
        shards: stream.StreamDescriptionSummary?.OpenShardCount,
        alarms: alarms.MetricAlarms?.map(({ AlarmName, Threshold, Metrics }) => [AlarmName, Threshold, Metrics]),
    };
}

function succeeded(result: OperationResult): OperationResult {
    assert.equal(result.exitCode, 0, result.stdout + result.stderr);
    return result;
}

function refusedWith(result: OperationResult, message: string): void {
    assert.notEqual(result.exitCode, 0, result.stdout);
    const errors = result.diagnostics.filter(({ severity }) => severity === "error").map((error) => error.message);
    assert.ok(
        errors.some((error) => error.includes(`before hook "shard count of orders" failed: ${message}`)),
        errors.join("\n"),
    );
}

/** What is changed in AWS; the component itself has its arguments in the state. */
function changed(result: OperationResult): readonly string[] {
    return result.steps.filter(({ op, type }) => op !== "same" && type.startsWith("aws")).map(({ urn }) => urn);
}
