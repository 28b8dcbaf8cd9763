/** What `pulumi preview --policy-pack` rejects, advises and passes on the real engine. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type OperationResult } from "../../engine/index";
import { linkPackages, onEngine } from "../engine/harness";

const pack = path.join(__dirname, "../../policies");

/** What the policies said, as `level policy name`, sorted; the name is that of the resource in the program. */
function said(result: OperationResult): string[] {
    return result.violations.map(({ level, policy, urn }) => `${level} ${policy} ${urn.split("::").at(-1)}`).sort();
}

/** The last line of what a policy said about a resource: the first one is the policy's description. */
function messageOf(result: OperationResult, policy: string, name: string): string | undefined {
    const found = result.violations.find(
        (violation) => violation.policy === policy && violation.urn.endsWith(`::${name}`),
    );
    return found?.message.split("\n").slice(1).join("\n");
}

const head = `
    const aws = require("@pulumi/aws");
    const pulumi = require("@pulumi/pulumi");
    const { ShardedStream, StreamAutoscaler } = require("sharded-stream");
    const load = { writeMiBPerSecond: 3.5, recordsPerSecond: 2500, distinctKeys: 20_000 };
    const stream = (name, requirements, args = {}) =>
        new ShardedStream(name, { requirements: { ...load, ...requirements }, dashboard: false, ...args });`;

describe("pulumi preview --policy-pack", function () {
    this.timeout(120_000);
    const world = onEngine("real", { inOneProcess: true });
    const preview = (program: string, config: Record<string, unknown> = {}) =>
        world.engine.preview({
            projectDir: world.project(head + program),
            policyPacks: [{ directory: pack, config }],
            config: { "aws-native:region": "us-east-1" },
        });

    it("passes well-sized streams, and has nothing to say about them", async () => {
        const result = await preview(`
            stream("planned", { orderedLanes: 4, distinctKeys: 20_000 });
            stream("scaled", {}, { scaling: { minShards: 4, maxShards: 16 } });
            stream("counted", {}, { shardCount: 4 });`);
        assert.deepEqual([result.exitCode, said(result)], [0, []], result.stdout);
    });

    it("tells streams of one name apart by their region", async () => {
        const result = await preview(
            `
            stream("orders-eu", {}, { streamName: "orders", region: "eu-west-1", scaling: { minShards: 4, maxShards: 16 } });
            stream("orders-us", {}, { streamName: "orders", region: "us-east-1" });
            const [eu] = ["eu", "us"].map((name) => new aws.kinesis.Stream(name, {
                name: "clicks", region: name === "eu" ? "eu-west-1" : "us-east-1", shardCount: 2, encryptionType: "KMS", kmsKeyId: "alias/aws/kinesis",
            }));
            new aws.cloudwatch.MetricAlarm("refused", {
                namespace: "AWS/Kinesis", metricName: "WriteProvisionedThroughputExceeded", statistic: "Sum", period: 300, evaluationPeriods: 1,
                comparisonOperator: "GreaterThanThreshold", threshold: 0, dimensions: { StreamName: eu.name }, region: "eu-west-1",
                alarmActions: ["arn:aws:sns:eu-west-1:123456789012:oncall"],
            });`,
            {
                "raw-stream-is-sized": "disabled",
                "stream-is-alarmed": { enforcementLevel: "advisory", metrics: ["WriteProvisionedThroughputExceeded"] },
            },
        );
        assert.deepEqual([result.exitCode, said(result)], [0, ["advisory stream-is-alarmed us"]], result.stdout);
    });

    it("rejects each bad declaration, and tells the smallest change that passes", async () => {
        const result = await preview(`
            stream("counted", {}, { shardCount: 2 });
            stream("scaled", {}, { scaling: { minShards: 2, maxShards: 3 } });
            stream("few-keys", { distinctKeys: 4 });
            stream("hot-key", { hottestKeyShare: 0.285 });
            stream("on-demand", {}, { capacityMode: "on-demand", shardCount: 4 });
            const transformations = [({ type, props, opts }) =>
                type === "aws:kinesis/stream:Stream" ? { props: { ...props, shardCount: 1 }, opts } : undefined];
            new ShardedStream("transformed", { requirements: load, dashboard: false }, { transformations });`);
        assert.notEqual(result.exitCode, 0);
        assert.deepEqual(
            said(result).filter((line) => line.startsWith("mandatory")),
            [
                "mandatory capacity-covers-requirements counted",
                "mandatory capacity-covers-requirements scaled",
                "mandatory capacity-covers-requirements transformed",
                "mandatory enough-partition-keys few-keys",
                "mandatory hottest-key-fits-a-shard hot-key",
                "mandatory on-demand-has-no-shard-count on-demand",
            ],
        );
        assert.equal(
            messageOf(result, "capacity-covers-requirements", "counted"),
            "The declared 3.5 MiB/s and 2,500 records/s need at least 4 shards (writeBytes: 3.5 MiB/s written, 1 MiB/s a shard); shardCount deploys 2. Set shardCount to 4 or more, or leave it out: the plan deploys 5.",
        );
        assert.match(result.stdout, /Set shardCount to 4 or more, or leave it out/);
    });

    it("refuses a transform of a ShardedStream's own arguments, which shows policies what is not deployed", async () => {
        const change = `({ type, props, opts }) => type === "sharded-stream:index:ShardedStream"
            ? { props: { ...props, requirements: { writeMiBPerSecond: 0.5, recordsPerSecond: 25 }, shardCount: 1 }, opts } : undefined`;
        const small = `{ requirements: load, dashboard: false, shardCount: 1 }`;
        const range = `{ requirements: { writeMiBPerSecond: 0.5, recordsPerSecond: 25 }, shardCount: 1, dashboard: false, scaling: { maxShards: 3 } }`;
        for (const program of [
            `new ShardedStream("orders", ${small}, { transformations: [${change}] });`,
            `new ShardedStream("orders", ${small}, { transforms: [${change}] });`,
            `pulumi.runtime.registerStackTransformation(${change}); new ShardedStream("orders", ${small});`,
            `pulumi.runtime.registerStackTransform(${change}); new ShardedStream("orders", ${small});`,
            `const shop = new (class Shop extends pulumi.ComponentResource {})("shop:index:Shop", "shop", {}, { transforms: [${change}] });
             new ShardedStream("orders", ${small}, { parent: shop });`,
        ]) {
            const result = await preview(program);
            assert.notEqual(result.exitCode, 0, program);
            assert.equal(
                messageOf(result, "capacity-covers-requirements", "orders"),
                "A transform of orders changes requirements: policies are shown what it leaves, and the resources inside are not made from that. Set requirements in the program, and let no transform of the ShardedStream change it.",
                result.stdout,
            );
        }
        const widened = await preview(`new ShardedStream("orders", ${range}, { transforms: [({ type, props, opts }) =>
            type === "sharded-stream:index:ShardedStream" ? { props: { ...props, scaling: { maxShards: 16 } }, opts } : undefined] });`);
        assert.equal(
            messageOf(widened, "capacity-covers-requirements", "orders-scaler"),
            "A transform of orders changes scaling.maxShards: policies are shown what it leaves, and the resources inside are not made from that. Set scaling.maxShards in the program, and let no transform of the ShardedStream change it.",
            widened.stdout,
        );
    });

    it("judges the mapping of a StreamConsumerFunction as a transform leaves it", async () => {
        const result = await preview(`
            const { StreamConsumerFunction } = require("sharded-stream");
            const changed = (change) => ({ transforms: [({ type, props, opts }) =>
                type === "aws:lambda/eventSourceMapping:EventSourceMapping" ? { props: { ...props, ...change }, opts } : undefined] });
            const declared = { stream: "arn:aws:kinesis:us-east-1:123456789012:stream/orders", requirements: load, shardCount: 5, processingMillisecondsPerRecord: 4 };
            new StreamConsumerFunction("planned", { ...declared, function: "planned" });
            new StreamConsumerFunction("slowed", { ...declared, function: "slowed" }, changed({ parallelizationFactor: 1 }));
            new StreamConsumerFunction("endless", { ...declared, function: "endless" }, changed({ maximumRetryAttempts: -1, maximumRecordAgeInSeconds: -1 }));`);
        assert.deepEqual(
            result.violations
                .filter(({ policy }) => policy === "functions-keep-up")
                .map(({ urn, message }) => [urn.split("::").at(-1), message.split("\n")[1]])
                .sort(),
            [
                [
                    "endless",
                    "A record that always fails is retried without end, whatever its age; the stream keeps it for 24 hours. Its shard waits until the records behind it are lost, and nobody is told which. Let no transform change the event source mapping: the StreamConsumerFunction sets what it declares.",
                ],
                [
                    "slowed",
                    "2,500 records/s come from 5 shards; 5 invocations at once handle 1,250, 100 records in 400 ms each. Let no transform change the event source mapping: the StreamConsumerFunction sets what it declares.",
                ],
            ],
            result.stdout,
        );
    });

    it("rejects a raw stream whose next deployment would undo its scaler, and passes it with ignoreChanges", async () => {
        const program = (options: string) => `
            const raw = new aws.kinesis.Stream("raw", { shardCount: 2, encryptionType: "KMS", kmsKeyId: "alias/aws/kinesis" }, ${options});
            new StreamAutoscaler("raw-scaler", { streamName: raw.name, streamArn: raw.arn, minShards: 1, maxShards: 8 });
            const named = new aws.kinesis.Stream("named", { name: "live", shardCount: 2, encryptionType: "KMS", kmsKeyId: "alias/aws/kinesis" }, ${options});
            new StreamAutoscaler("named-scaler", { streamName: "live", streamArn: named.arn.apply((arn) => arn), minShards: 1, maxShards: 8 });
            new aws.kinesis.Stream("plain", { name: "plain", shardCount: 2, encryptionType: "KMS", kmsKeyId: "alias/aws/kinesis" });`;
        const scaledStreams = (result: OperationResult) => said(result).filter((line) => line.startsWith("mandatory"));
        const rejected = await preview(program("{}"));
        assert.notEqual(rejected.exitCode, 0);
        assert.deepEqual(scaledStreams(rejected), [
            "mandatory scaled-stream-ignores-shard-count named",
            "mandatory scaled-stream-ignores-shard-count raw",
        ]);
        const passed = await preview(program('{ ignoreChanges: ["shardCount"] }'));
        assert.deepEqual([passed.exitCode, scaledStreams(passed)], [0, []], passed.stdout);
    });

    it("advises about raw streams of both providers and about alarms that cannot fire", async () => {
        const program = `
            const native = require("@pulumi/aws-native");
            const raw = new aws.kinesis.Stream("raw", { name: "clicks", shardCount: 1 });
            new native.kinesis.Stream("native", { shardCount: 1, streamEncryption: { encryptionType: "KMS", keyId: "alias/aws/kinesis" } });
            new aws.cloudwatch.MetricAlarm("mean", {
                namespace: "AWS/Kinesis", metricName: "IncomingBytes", statistic: "Average", dimensions: { StreamName: raw.name },
                period: 60, evaluationPeriods: 1, threshold: 1, comparisonOperator: "GreaterThanThreshold",
            });
            new aws.cloudwatch.MetricAlarm("lag", {
                namespace: "AWS/Kinesis", metricName: "SubscribeToShardEvent.MillisBehindLatest", statistic: "Maximum", dimensions: { StreamName: raw.name },
                period: 60, evaluationPeriods: 1, threshold: 60000, comparisonOperator: "GreaterThanThreshold",
            });
            new aws.cloudwatch.MetricAlarm("refused", {
                alarmActions: ["arn:aws:sns:us-east-1:123456789012:orders"],
                namespace: "AWS/Kinesis", metricName: "WriteProvisionedThroughputExceeded", statistic: "Sum", dimensions: { StreamName: raw.name },
                period: 60, evaluationPeriods: 1, threshold: 0, comparisonOperator: "GreaterThanThreshold",
            });`;
        const advised = await preview(program);
        assert.deepEqual(
            [advised.exitCode, said(advised)],
            [
                0,
                [
                    "advisory alarm-can-fire lag",
                    "advisory alarm-is-meaningful mean",
                    "advisory raw-stream-is-sized native",
                    "advisory raw-stream-is-sized raw",
                    "advisory stream-is-alarmed native",
                    "advisory stream-is-alarmed raw",
                    "advisory stream-is-encrypted raw",
                ],
            ],
            advised.stdout,
        );
        assert.match(
            messageOf(advised, "stream-is-alarmed", "raw")!,
            /^No alarm of this stack watches GetRecords.IteratorAgeMilliseconds of/,
        );

        const configured = await preview(program, {
            all: "disabled",
            "raw-stream-is-sized": {
                enforcementLevel: "mandatory",
                requirements: {
                    clicks: { writeMiBPerSecond: 2, recordsPerSecond: 10 },
                    native: { writeMiBPerSecond: 1, recordsPerSecond: 10 },
                },
            },
        });
        assert.notEqual(configured.exitCode, 0);
        assert.deepEqual(said(configured), ["mandatory raw-stream-is-sized raw"], configured.stdout);
        assert.equal(
            messageOf(configured, "raw-stream-is-sized", "raw"),
            "The declared 2 MiB/s and 10 records/s need at least 2 shards (writeBytes: 2 MiB/s written, 1 MiB/s a shard); shardCount deploys 1. Set shardCount to 2 or more; the plan recommends 3.",
        );
    });

    describe("with a requirement that only the deployment knows", () => {
        const program = `
            const source = new aws.kinesis.Stream("source", { shardCount: 1 });
            stream("later", { writeMiBPerSecond: source.arn.apply(() => 7) }, { shardCount: 3 });`;
        const saidOfIt = (result: OperationResult) => said(result).filter((line) => line.endsWith(" later"));
        const mandatory = { "requirements-are-known": "mandatory" };

        it("says aloud that it cannot be checked yet", async () => {
            const result = await preview(program);
            assert.deepEqual(
                [result.exitCode, saidOfIt(result)],
                [0, ["advisory requirements-are-known later"]],
                result.stdout,
            );
            assert.match(
                messageOf(result, "requirements-are-known", "later")!,
                /^This preview does not know requirements\.writeMiBPerSecond yet; capacity-covers-requirements, .* cannot be checked yet\./,
            );
        });

        it("stops there where the level is raised", async () => {
            const result = await preview(program, mandatory);
            assert.notEqual(result.exitCode, 0);
            assert.deepEqual(saidOfIt(result), ["mandatory requirements-are-known later"]);
        });

        it("is rejected by the deployment itself, before the stream is made", async () => {
            const projectDir = world.project(head + program);
            const result = await world.engine.up({ projectDir, policyPacks: [pack] });
            assert.notEqual(result.exitCode, 0);
            assert.equal(
                messageOf(result, "capacity-covers-requirements", "later"),
                "The declared 7 MiB/s and 2,500 records/s need at least 8 shards (keySkew: 20,000 partition keys; at the 95th percentile the hottest shard stays within its limits); shardCount deploys 3. Set shardCount to 8 or more, or leave it out: the plan deploys 10.",
            );
            assert.ok(!result.steps.some(({ urn }) => urn.endsWith("aws:kinesis/stream:Stream::later")));
            await world.engine.destroy({ projectDir });
        });
    });

    it("says of no default alarm that it never fires, and of one that is set which argument to lower", async () => {
        const result = await preview(`
            stream("full", { writeMiBPerSecond: 1.5, recordsPerSecond: 3000, headroom: 0, explicitHashKeys: true });
            stream("late", {}, { alarms: { iteratorAge: { threshold: 100_000 } } });`);
        const lines = said(result).filter((line) => line.includes("alarm"));
        assert.deepEqual(lines, ["advisory alarm-can-fire late-IteratorAge", "advisory stream-is-alarmed late"]);
        assert.equal(
            messageOf(result, "alarm-can-fire", "late-IteratorAge"),
            "The alarm watches GetRecords.IteratorAgeMilliseconds above 100,000,000; after the stream's retention of 24 hours a record is gone, at an age of 86,400,000, so the alarm never fires. Lower alarms.iteratorAge.threshold below 86,400 seconds, or keep records for longer.",
        );
    });

    it("judges what is secret, and shows none of it", async () => {
        const program = `
            stream("one", { writeMiBPerSecond: pulumi.secret(7.77) }, { shardCount: pulumi.secret(3) });
            new ShardedStream("all", { requirements: pulumi.secret(load), dashboard: false, shardCount: 3 });
            stream("lanes", { writeMiBPerSecond: pulumi.secret(7.77), orderedLanes: 4 }, { shardCount: 3 });
            new aws.kinesis.Stream("raw", { shardCount: pulumi.secret(3), encryptionType: "KMS", kmsKeyId: "alias/aws/kinesis" });
            new aws.cloudwatch.MetricAlarm("age", {
                namespace: "AWS/Kinesis", metricName: "GetRecords.IteratorAgeMilliseconds", statistic: "Maximum", dimensions: { StreamName: "raw" },
                period: 60, evaluationPeriods: 1, threshold: pulumi.secret(77_777_777_777), comparisonOperator: "GreaterThanThreshold",
            });`;
        const requirements = { raw: { writeMiBPerSecond: 9, recordsPerSecond: 10 } };
        const result = await preview(program, { "raw-stream-is-sized": { requirements } });
        const unshown = (secrets: string) =>
            `What violates this policy follows from secrets (${secrets}), so it is not shown. Preview with plain values in their place to see it, and the smallest change that passes.`;
        const messages = {
            one: ["capacity-covers-requirements", unshown("requirements.writeMiBPerSecond, shardCount")],
            all: ["capacity-covers-requirements", unshown("requirements")],
            lanes: [
                "capacity-covers-requirements",
                "What is known of the declared requirements needs at least 4 shards (orderedLanes: 4 ordered lanes side by side, one shard each); shardCount deploys 3. Set shardCount to 4 or more, or leave it out: the plan sets it.",
            ],
            raw: ["raw-stream-is-sized", unshown("shardCount")],
            age: ["alarm-can-fire", unshown("threshold")],
        } as const;
        for (const [name, [policy, message]] of Object.entries(messages))
            assert.equal(messageOf(result, policy, name), message);
    });

    it("runs a team's own pack with the policy objects of sharded-stream/policies", async () => {
        const team = mkdtempSync(path.join(tmpdir(), "team-pack-"));
        try {
            mkdirSync(team, { recursive: true });
            writeFileSync(path.join(team, "PulumiPolicy.yaml"), "runtime: nodejs\n");
            writeFileSync(
                path.join(team, "package.json"),
                '{ "name": "team", "version": "1.0.0", "main": "index.js" }',
            );
            writeFileSync(
                path.join(team, "index.js"),
                `const { PolicyPack } = require("@pulumi/policy");
                const { policies } = require("sharded-stream/policies");
                new PolicyPack("team", { policies: [...policies, {
                    name: "stream-has-a-team", description: "Streams must have a team.", enforcementLevel: "mandatory",
                    validateResource: (args, report) => {
                        if (args.type === "sharded-stream:index:ShardedStream" && !args.props.tags?.team) report("Add the tag team.");
                    },
                }] });`,
            );
            linkPackages(team);
            const result = await world.engine.preview({
                projectDir: world.project(`${head} stream("orders", {}, { shardCount: 2 });`),
                policyPacks: [team],
            });
            assert.notEqual(result.exitCode, 0);
            assert.deepEqual(
                said(result).filter((line) => line.startsWith("mandatory")),
                ["mandatory capacity-covers-requirements orders", "mandatory stream-has-a-team orders"],
            );
        } finally {
            rmSync(team, { recursive: true });
        }
    });
});
