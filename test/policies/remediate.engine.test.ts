/** What the level `remediate` deploys, on both engines: looked up in the sandbox, since the program itself declares something else. */
import assert from "node:assert/strict";
import path from "node:path";
import { DescribeStreamSummaryCommand, KinesisClient } from "@aws-sdk/client-kinesis";
import { onEngine } from "../engine/harness";

const directory = path.join(__dirname, "../../policies");

const program = `
    const kinesis = require("@pulumi/aws/kinesis");
    const native = require("@pulumi/aws-native");
    const { ShardedStream } = require("sharded-stream");
    const requirements = { writeMiBPerSecond: 3.5, recordsPerSecond: 2500, distinctKeys: 20_000 };
    new ShardedStream("counted", { streamName: "counted", requirements, shardCount: 2, dashboard: false });
    new ShardedStream("transformed", { streamName: "transformed", requirements, dashboard: false }, {
        transformations: [({ type, props, opts }) => type === "aws:kinesis/stream:Stream" ? { props: { ...props, shardCount: 1 }, opts } : undefined],
    });
    new kinesis.Stream("raw", { name: "raw", shardCount: 1 });
    new native.kinesis.Stream("demand", { name: "demand", shardCount: 3, streamModeDetails: { streamMode: "ON_DEMAND" } });
`;

const config = {
    "capacity-covers-requirements": "remediate",
    "on-demand-has-no-shard-count": "remediate",
    "stream-is-encrypted": "remediate",
    "stream-is-alarmed": "disabled",
    "raw-stream-is-sized": {
        enforcementLevel: "remediate",
        requirements: {
            raw: { writeMiBPerSecond: 2, recordsPerSecond: 800 },
            demand: { writeMiBPerSecond: 1, recordsPerSecond: 1 },
        },
    },
};

for (const kind of ["real", "embedded"] as const) {
    describe(`the level remediate on the ${kind} engine`, function () {
        this.timeout(240_000);
        const world = onEngine(kind, { inOneProcess: true });

        it("deploys the planned counts, encryption, and no count beside on-demand mode", async () => {
            const { sandbox, engine } = world;
            const operation = {
                projectDir: world.project(program),
                policyPacks: [{ directory, config }],
                config: { "aws-native:region": sandbox.region },
            };
            const up = await engine.up(operation);
            assert.deepEqual([up.exitCode, up.violations], [0, []], up.stdout + up.stderr);
            assert.match(up.stdout, /\[remediate\] .*stream-is-encrypted/);
            const client = new KinesisClient({
                endpoint: sandbox.endpoint,
                region: sandbox.region,
                credentials: { accessKeyId: "test", secretAccessKey: "test" },
            });
            const deployed = async (StreamName: string) => {
                const { StreamDescriptionSummary: summary } = await client.send(
                    new DescribeStreamSummaryCommand({ StreamName }),
                );
                const { StreamModeDetails, OpenShardCount, EncryptionType } = summary!;
                return [StreamModeDetails?.StreamMode, OpenShardCount, EncryptionType];
            };
            assert.deepEqual(await deployed("counted"), ["PROVISIONED", 5, "KMS"]);
            assert.deepEqual(await deployed("transformed"), ["PROVISIONED", 5, "KMS"]);
            assert.deepEqual(await deployed("raw"), ["PROVISIONED", 3, "KMS"]);
            assert.deepEqual(await deployed("demand"), ["ON_DEMAND", 4, "KMS"]);
            client.destroy();
            const again = await engine.up(operation);
            assert.deepEqual(Object.keys(again.changes), ["same"], again.stdout + again.stderr);
            await engine.destroy(operation);
        });

        it("refuses a scaled stream that starts too small, since its stream ignores the count", async () => {
            const { violations } = await world.engine.preview({
                projectDir: world.project(`
                    const { ShardedStream } = require("sharded-stream");
                    const requirements = { writeMiBPerSecond: 3.5, recordsPerSecond: 2500, distinctKeys: 20_000 };
                    new ShardedStream("scaled", { requirements, shardCount: 2, scaling: { minShards: 4, maxShards: 16 }, dashboard: false });`),
                policyPacks: [{ directory, config }],
            });
            assert.deepEqual(
                violations.map(({ level, policy }) => [level, policy]),
                [["mandatory", "capacity-covers-requirements"]],
            );
        });
    });
}
