/**
 * Programs in other languages on the real engine: the examples in YAML and Python, deployed in the sandbox through the plugin.
 */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import path from "node:path";
import { DescribeStreamSummaryCommand, KinesisClient } from "@aws-sdk/client-kinesis";
import { GetFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { type OperationResult } from "../../engine/index";
import { onEngine } from "../engine/harness";
import { withLanguageHosts } from "./hosts";

const root = path.join(__dirname, "../..");

describe("a program in another language on the real engine", function () {
    this.timeout(300_000);
    withLanguageHosts();
    const world = onEngine("real");

    /** What a deployment made, as AWS tells it. */
    async function deployed(
        result: OperationResult,
        streamName: unknown,
        scalerFunctionName: unknown,
    ): Promise<object> {
        const settings = {
            endpoint: world.sandbox.endpoint,
            region: "us-east-1",
            credentials: { accessKeyId: "test", secretAccessKey: "test" },
        };
        const [kinesis, lambda] = [new KinesisClient(settings), new LambdaClient(settings)];
        const stream = new DescribeStreamSummaryCommand({ StreamName: String(streamName) });
        const { StreamDescriptionSummary } = await kinesis.send(stream);
        const scaler = new GetFunctionCommand({ FunctionName: String(scalerFunctionName) });
        const { Configuration } = await lambda.send(scaler);
        for (const client of [kinesis, lambda]) client.destroy();
        return {
            exitCode: result.exitCode,
            alarms: result.steps
                .filter(({ type }) => /^aws:cloudwatch.*Alarm$/.test(type))
                .map(({ urn }) => urn.split("::").at(-1))
                .sort(),
            openShards: StreamDescriptionSummary?.OpenShardCount,
            // The plugin's folder is not the program's: what it names is found all the same.
            scalerHasItsCode: Configuration!.CodeSize! > 20_000,
            maxShards: Configuration?.Environment?.Variables?.MAX_SHARDS,
        };
    }

    const expected = {
        exitCode: 0,
        alarms: [
            "orders-ConsumerSilent",
            "orders-HighIncomingRecords",
            "orders-HotShard",
            "orders-IteratorAge",
            "orders-ReadThrottling",
            "orders-Unread",
            "orders-WriteThrottling",
            "orders-WriteUtilization",
            "orders-scaler-failing",
            "orders-scaler-silent",
        ],
        openShards: 5,
        scalerHasItsCode: true,
        maxShards: "16",
    };

    it("in YAML deploys a stream with its scaler, and the next preview changes nothing", async () => {
        const projectDir = path.join(root, "examples/yaml");
        const result = await world.engine.up({ projectDir });
        assert.equal(result.exitCode, 0, result.stdout + result.stderr);
        const { streamName, scalerFunctionName, shardCount } = result.outputs;
        assert.deepEqual(await deployed(result, streamName, scalerFunctionName), expected);
        assert.equal(shardCount, 5);
        const preview = await world.engine.preview({ projectDir });
        assert.deepEqual([preview.exitCode, Object.keys(preview.changes)], [0, ["same"]], preview.stdout);
    });

    /** A project in YAML with one stream, which is told this beside its requirements. */
    function yamlProject(args: object): string {
        const projectDir = world.project("", "orders-yaml");
        const properties = { requirements: { writeMiBPerSecond: 1, recordsPerSecond: 500 }, ...args };
        const project = {
            name: "orders-yaml",
            runtime: "yaml",
            packages: { "sharded-stream": root },
            resources: {
                other: {
                    type: "sharded-stream:ShardedStream",
                    properties: { requirements: properties.requirements, dashboard: false },
                },
                orders: { type: "sharded-stream:ShardedStream", properties },
            },
        };
        // JSON is YAML.
        fs.writeFileSync(path.join(projectDir, "Pulumi.yaml"), JSON.stringify(project));
        return projectDir;
    }

    it("in YAML takes what comes later inside of what is plain", async () => {
        const projectDir = yamlProject({
            scaling: { maxShards: { "fn::secret": 9 } },
            alarms: { iteratorAge: { threshold: "${other.shardCount}" }, hotShard: { enabled: false } },
            notifications: { topicArn: "${other.topicArn}" },
        });
        const { exitCode, stdout, stderr } = await world.engine.preview({ projectDir });
        assert.equal(exitCode, 0, stdout + stderr);
    });

    it("deploys what a transform leaves of the arguments, and policies refuse one that does not leave the same twice", async () => {
        const projectDir = world.project(`
            const { ComponentResource } = require("@pulumi/pulumi");
            const type = "sharded-stream:index:ShardedStream";
            const orders = (name, change) => new (class extends ComponentResource {})(type, name,
                { requirements: { writeMiBPerSecond: 3, recordsPerSecond: 25, distinctKeys: 20_000 }, retentionHours: 24, dashboard: false },
                { transforms: [({ type: of, props, opts }) => of === type ? { props: { ...props, ...change(props) }, opts } : undefined] }, true);
            orders("once", () => ({ shardCount: 2 }));
            orders("twice", ({ retentionHours }) => ({ retentionHours: retentionHours + 24 }));`);
        const plugin = path.join(projectDir, "node_modules/sharded-stream");
        const plugins = `plugins: { providers: [{ name: sharded-stream, path: ${JSON.stringify(plugin)} }] }`;
        fs.writeFileSync(path.join(projectDir, "Pulumi.yaml"), `name: tiny\nruntime: nodejs\n${plugins}\n`);
        const policyPacks = [{ directory: path.join(root, "policies") }];
        const { violations, stdout } = await world.engine.preview({ projectDir, policyPacks });
        assert.deepEqual(
            violations
                .filter(({ level }) => level === "mandatory")
                .map(({ urn, message }) => [urn.split("::").at(-1), message.split("\n")[1]])
                .sort(),
            [
                [
                    "once",
                    "The declared 3 MiB/s and 25 records/s need at least 4 shards (keySkew: 20,000 partition keys; at the 95th percentile the hottest shard stays within its limits); shardCount deploys 2. Set shardCount to 4 or more, or leave it out: the plan deploys 5.",
                ],
                [
                    "twice",
                    "A transform of twice changes retentionHours: policies are shown what it leaves, and the resources inside are not made from that. Set retentionHours in the program, and let no transform of the ShardedStream change it.",
                ],
            ],
            stdout,
        );
    });

    it("in YAML may not have a secret where a plain value decides what is declared", async () => {
        const projectDir = yamlProject({
            capacityMode: { "fn::secret": "on-demand" },
            consumers: { "fn::secret": ["billing"] },
        });
        const { exitCode, stdout, stderr } = await world.engine.preview({ projectDir });
        assert.notEqual(exitCode, 0);
        const problems = [...(stdout + stderr).matchAll(/- property (\w+) with value .* has a problem: (.*)/g)];
        assert.deepEqual(
            problems.map(([, property, problem]) => [property, problem]),
            [
                [
                    "capacityMode",
                    "a value that comes later is not allowed; it must be one of provisioned, on-demand, plain. Leave it out for provisioned shards.",
                ],
                [
                    "consumers",
                    "a value that comes later is not allowed; it must be a list, plain. List the consumers' names.",
                ],
            ],
        );
    });

    it("in Python deploys the same with the SDK that `pulumi package add` makes of the plugin's executable", async () => {
        const projectDir = world.project("", "orders-python");
        fs.cpSync(path.join(root, "examples/python"), projectDir, { recursive: true });
        // As docs/languages.md has it, and npm links it.
        const plugins = "plugins: { providers: [{ name: sharded-stream, path: ./node_modules/.bin }] }";
        fs.writeFileSync(path.join(projectDir, "Pulumi.yaml"), `name: orders-python\nruntime: python\n${plugins}\n`);
        const plugin = path.join(projectDir, "node_modules/.bin/pulumi-resource-sharded-stream");
        fs.mkdirSync(path.dirname(plugin), { recursive: true });
        fs.symlinkSync(path.join(root, "bin/plugin/main.js"), plugin);
        const added = await world.engine.command!(["package", "add", plugin], projectDir);
        assert.equal(added.exitCode, 0, added.stdout + added.stderr);
        const result = await world.engine.up({ projectDir });
        assert.equal(result.exitCode, 0, result.stdout + result.stderr);
        const { stream_name, scaler_function_name, shard_count } = result.outputs;
        assert.deepEqual(await deployed(result, stream_name, scaler_function_name), expected);
        assert.equal(shard_count, 5);
    });
});
