/**
 * The examples that nothing else runs, deployed as they stand; examples/orders, consumer, transforms and function are deployed by the tests of
 * what they show. What is read at the end is AWS, and not what Pulumi says.
 */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { CreateStreamCommand, DescribeStreamSummaryCommand, KinesisClient } from "@aws-sdk/client-kinesis";
import { type OperationResult } from "../../engine/index";
import { linkPackages, onEngine } from "./harness";
import { liveStreams } from "./liveStreams";

const folder = path.join(__dirname, "../../examples/policy-pack");

describe("the examples, on the real engine", function () {
    this.timeout(240_000);
    const world = onEngine("real", { inOneProcess: true });
    const streams = liveStreams(world);
    const opened: { destroy(): void }[] = [];
    after(() => opened.forEach((client) => client.destroy()));

    const alarms = async (AlarmNamePrefix: string, region: string): Promise<number | undefined> => {
        const { endpoint, credentials } = world.sandbox;
        const cloudWatch = new CloudWatchClient({ endpoint, region, credentials });
        opened.push(cloudWatch);
        return (await cloudWatch.send(new DescribeAlarmsCommand({ AlarmNamePrefix }))).MetricAlarms?.length;
    };
    const kinesisOf = (region: string): KinesisClient => {
        const { endpoint, credentials } = world.sandbox;
        const kinesis = new KinesisClient({ endpoint, region, credentials });
        opened.push(kinesis);
        return kinesis;
    };
    /** The pack as its user has it: the package beside it is installed, and is not the folder above. */
    const teamPack = (): string => {
        const copy = world.policyPack("");
        fs.rmSync(path.join(copy, "node_modules"), { recursive: true });
        fs.cpSync(folder, copy, { recursive: true });
        linkPackages(copy);
        return copy;
    };

    it("existing watches a stream that something else manages, and leaves it alone", async () => {
        await kinesisOf("us-east-1").send(new CreateStreamCommand({ StreamName: "clicks", ShardCount: 8 }));
        const example = { projectDir: "examples/existing", config: { stream: "clicks", shardCount: 8 } };
        const up = succeeded(await world.engine.up(example));
        assert.deepEqual(
            up.steps.map(({ type }) => type).filter((type) => type.includes("kinesis")),
            [],
        );
        assert.match(String(up.outputs.dashboardName), /^Kinesis-clicks-us-east-1-[0-9a-f]{8}$/);
        assert.equal(await alarms("clicks-", "us-east-1"), 6);
        assert.deepEqual(changes(succeeded(await world.engine.up(example))), []);
    });

    it("adopt takes a raw stream under the component with its records, and policy-pack refuses it before and accepts it after", async () => {
        const projectDir = "examples/adopt";
        const policyPacks = [teamPack()];
        const refused = await world.engine.up({ projectDir, policyPacks });
        assert.notEqual(refused.exitCode, 0);
        assert.deepEqual(refused.violations.map(({ policy }) => policy).sort(), [
            "stream-has-an-owner",
            "stream-is-encrypted",
        ]);

        succeeded(await world.engine.up({ projectDir }));
        await streams.put("clicks-live");
        const raw = await streams.look("clicks-live");
        assert.equal(raw.records.length, 10);

        succeeded(await world.engine.up({ projectDir, config: { step: "held" } }));
        assert.deepEqual(await streams.look("clicks-live"), raw);
        assert.equal(await alarms("clicks-live-", "us-east-1"), 6);

        const adopted = succeeded(await world.engine.up({ projectDir, config: { step: "adopted" }, policyPacks }));
        assert.deepEqual(adopted.violations, []);
        assert.deepEqual(await streams.look("clicks-live"), { ...raw, encryption: "KMS", tags: { owner: "web" } });
    });

    it("two-regions makes a stream of one name with alarms of its own in each", async () => {
        const projectDir = "examples/two-regions";
        const up = succeeded(await world.engine.up({ projectDir }));
        const regions = ["eu-west-1", "us-east-1"];
        const streamArns = regions.map((region) => `arn:aws:kinesis:${region}:123456789012:stream/orders`);
        assert.deepEqual(up.outputs.streamArns, streamArns);
        for (const [index, region] of regions.entries()) {
            const { StreamDescriptionSummary } = await kinesisOf(region).send(
                new DescribeStreamSummaryCommand({ StreamName: "orders" }),
            );
            assert.equal(StreamDescriptionSummary?.StreamARN, streamArns[index]);
            assert.equal(StreamDescriptionSummary?.OpenShardCount, 3);
            assert.equal(await alarms("orders-", region), 6);
        }
    });
});

/** What a deployment changed. */
function changes(result: OperationResult): string[] {
    return Object.keys(result.changes).filter((operation) => operation !== "same");
}

function succeeded(result: OperationResult): OperationResult {
    assert.equal(result.exitCode, 0, result.stdout + result.stderr);
    return result;
}
