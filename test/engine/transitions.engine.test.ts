/**
 * A stream that runs, and a change of its program: on the real engine, with records in the stream before and after, and AWS asked at the end.
 *
 * Each row of the table is a stream in one program that has two forms. The program is deployed in the first form, in the second, and in the
 * first again: so each row is the transition and its way back.
 */
import assert from "node:assert/strict";
import { DeleteAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { UpdateAccountSettingsCommand } from "@aws-sdk/client-kinesis";
import { ListEventSourceMappingsCommand } from "@aws-sdk/client-lambda";
import { CreateTopicCommand } from "@aws-sdk/client-sns";
import { type OperationResult } from "../../engine/index";
import { Aws } from "../../engine/providers/aws";
import { assertDeployed, createdAt, type Deployed, deployedIn, nothing, putRecords, readRecords } from "./deployed";
import { onEngine, type World } from "./harness";
import { protectRecipe } from "./upgradingPage";

interface Row {
    readonly title: string;
    /** Name of the stream. */
    readonly stream: string;
    /** The arguments in both forms, as source text, beside requirements and name. What the row is not about is left out of it: `quiet`. */
    readonly args: readonly [string, string];
    /** What is shown of AWS, and what it is in both forms. */
    readonly shows: (there: Deployed, stream: string) => unknown;
    readonly expected: readonly [unknown, unknown];
}

const alarmNames = (there: Deployed, stream: string) =>
    Object.keys(there.alarms)
        .filter((name) => name.startsWith(`${stream}-`))
        .map((name) => name.split("-").at(-1))
        .sort();
const alarmActions = (there: Deployed, stream: string) => [
    ...new Set(
        Object.entries(there.alarms)
            .filter(([name]) => name.startsWith(`${stream}-`))
            .flatMap(([, { actions }]) => actions as string[])
            .map((arn) =>
                arn
                    .split(":")
                    .at(-1)!
                    .replace(/-[0-9a-f]{7}$/, ""),
            ),
    ),
];
const about =
    (...keys: string[]) =>
    (there: Deployed, stream: string) =>
        keys.map((key) => there.streams[stream]?.[key]);
const scalers = (there: Deployed, stream: string) =>
    [there.functions, there.schedules, there.tables].map(
        (things) => Object.keys(things).filter((name) => name.startsWith(`${stream}-`)).length,
    );

const allAlarms = [
    "ConsumerSilent",
    "HighIncomingRecords",
    "IteratorAge",
    "ReadThrottling",
    "Unread",
    "WriteThrottling",
    "WriteUtilization",
];

const rows: readonly Row[] = [
    {
        title: "is renamed, with an alias",
        stream: "renamed",
        args: [``, ``],
        shows: alarmNames,
        expected: [allAlarms, allAlarms],
    },
    {
        title: "moves under another parent with its scaler, with an alias",
        stream: "moved",
        args: [`scaling: { everyMinutes: 60 }`, `scaling: { everyMinutes: 60 }`],
        shows: scalers,
        expected: [
            [1, 1, 1],
            [1, 1, 1],
        ],
    },
    {
        title: "gets and loses consumers",
        stream: "consumed",
        args: [`...quiet, consumers: ["billing"]`, `...quiet, consumers: ["billing", "fraud"]`],
        shows: about("consumers"),
        expected: [[["billing"]], [["billing", "fraud"]]],
    },
    {
        title: "loses its dashboard and gets it back",
        stream: "shown",
        args: [`...quiet, dashboard: true`, `...quiet`],
        shows: (there) => Object.keys(there.dashboards).filter((name) => name.includes("shown")).length,
        expected: [1, 0],
    },
    {
        title: "speaks to a given topic instead of its own, and back",
        stream: "told",
        args: [
            `dashboard: false, notifications: { emails: ["oncall@example.com"] }`,
            `dashboard: false, notifications: { topicArn }`,
        ],
        shows: alarmActions,
        expected: [["told-alarms"], ["given"]],
    },
    {
        title: "loses alarms and gets them back",
        stream: "alarmed",
        args: [`dashboard: false`, `dashboard: false, alarms: { iteratorAge: off, readThrottling: off }`],
        shows: alarmNames,
        expected: [allAlarms, ["HighIncomingRecords", "WriteThrottling", "WriteUtilization"]],
    },
    {
        title: "is kept longer, shared with another account under another key, with larger records and metrics for each shard, and back",
        stream: "kept",
        args: [
            `...quiet`,
            `...quiet, retentionHours: 48, kmsKeyId: "alias/orders", readers: [{ principal: "210987654321" }], maxRecordKiB: 2048, shardLevelMetrics: ["IncomingBytes"]`,
        ],
        shows: about("retentionHours", "kmsKeyId", "sharedWith", "maxRecordKiB", "metrics"),
        expected: [
            [24, "alias/aws/kinesis", [], 1_024, []],
            [
                48,
                "alias/orders",
                [{ Sid: "ReadRecords", Principal: { AWS: ["arn:aws:iam::210987654321:root"] } }],
                2_048,
                ["IncomingBytes"],
            ],
        ],
    },
    {
        title: "is tagged otherwise",
        stream: "tagged",
        args: [`...quiet, tags: { team: "orders" }`, `...quiet, tags: { team: "billing", costCenter: "42" }`],
        shows: about("tags"),
        expected: [[{ team: "orders" }], [{ team: "billing", costCenter: "42" }]],
    },
    {
        title: "goes from provisioned to on-demand and back, without a scaler",
        stream: "moded",
        args: [`...quiet`, `...quiet, capacityMode: "on-demand"`],
        shows: about("onDemand", "shards"),
        expected: [
            [false, 2],
            [true, "set by AWS"],
        ],
    },
    {
        title: "changes its mode and its retention through aws-native and back",
        stream: "native",
        args: [
            `...quiet, streamProvider: "aws-native"`,
            `...quiet, streamProvider: "aws-native", capacityMode: "on-demand", warmThroughputMiBps: 4, retentionHours: 48`,
        ],
        shows: about("onDemand", "shards", "warmMiBps", "retentionHours"),
        expected: [
            [false, 2, undefined, 24],
            [true, "set by AWS", 4, 48],
        ],
    },
    {
        title: "is warmed, on-demand, and cools down",
        stream: "warmed",
        args: [`...quiet, capacityMode: "on-demand"`, `...quiet, capacityMode: "on-demand", warmThroughputMiBps: 8`],
        shows: about("onDemand", "warmMiBps"),
        expected: [
            [true, undefined],
            [true, 8],
        ],
    },
    {
        title: "goes from on-demand to provisioned with a scaler and back",
        stream: "adapted",
        args: [`...quiet, capacityMode: "on-demand"`, `...quiet, scaling: { everyMinutes: 60 }`],
        shows: (there, stream) => [about("onDemand")(there, stream), scalers(there, stream)],
        expected: [
            [[true], [0, 0, 0]],
            [[false], [1, 1, 1]],
        ],
    },
    {
        title: "has the roles of its scaler under another path and its history in another table, and back",
        stream: "placed",
        args: [
            `...quiet, scaling: { everyMinutes: 60 }`,
            `...quiet, scaling: { everyMinutes: 60, rolePath: "/teams/orders/", ledgerTable: "everybodys" }`,
        ],
        shows: (there, stream) => {
            const { role, variables } = there.functions[`${stream}-scaler`] as {
                role: string;
                variables: Record<string, string>;
            };
            return [role.split("role").at(-1), variables.LEDGER_TABLE, scalers(there, stream)];
        },
        expected: [
            ["/placed-us-east-1-scaler", "placed-scaler-ledger", [1, 1, 1]],
            ["/teams/orders/placed-us-east-1-scaler", "everybodys", [1, 1, 0]],
        ],
    },
    {
        title: "gets a scaler and loses it",
        stream: "scaled",
        args: [`dashboard: false`, `dashboard: false, scaling: { everyMinutes: 60 }`],
        shows: scalers,
        expected: [
            [0, 0, 0],
            [1, 1, 1],
        ],
    },
    {
        title: "gets a twin of the same name in a second region and loses it",
        stream: "regional",
        args: [``, ``],
        shows: (there) => Object.keys(there.dashboards).filter((name) => name.includes("regional")).length,
        expected: [1, 2],
    },
];

const forms = rows.map(({ stream, args }) => `${stream}: [{ ${args[0]} }, { ${args[1]} }],`);

const program = `
    const aws = require("@pulumi/aws/provider");
    const pulumi = require("@pulumi/pulumi");
    const { Role } = require("@pulumi/aws/iam");
    const lambda = require("@pulumi/aws/lambda");
    const { ShardedStream, StreamConsumerFunction } = require("sharded-stream");
    const config = new pulumi.Config();
    const topicArn = config.require("topicArn");
    const form = config.requireNumber("form");
    const requirements = { writeMiBPerSecond: 1, recordsPerSecond: 500 };
    const off = { enabled: false };
    const alarms = {
        highIncomingRecords: off,
        iteratorAge: off,
        fanOutLag: off,
        readThrottling: off,
        writeThrottling: off,
        writeUtilization: off,
        scalerFailing: off,
        scalerSilent: off,
    };
    const quiet = { alarms, dashboard: false, notifications: { topicArn } };
    const forms = {
        ${forms.join("\n        ")}
    };
    const names = { renamed: ["renamed", "called"][form] };
    const team = form === 1 ? new pulumi.ComponentResource("test:index:Team", "team") : undefined;
    const options = {
        renamed: { aliases: [{ name: ["called", "renamed"][form] }] },
        moved: team
            ? { parent: team, aliases: [{ parent: pulumi.rootStackResource }] }
            : { aliases: [{ parent: pulumi.createUrn("team", "test:index:Team") }] },
    };
    const streams = {};
    for (const [streamName, args] of Object.entries(forms))
        streams[streamName] = new ShardedStream(names[streamName] ?? streamName, { requirements, streamName, ...args[form] }, options[streamName]);

    const trust = { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "lambda.amazonaws.com" } };
    const role = new Role("feeder", { assumeRolePolicy: JSON.stringify({ Version: "2012-10-17", Statement: [trust] }) });
    const index = new pulumi.asset.StringAsset("exports.handler = async () => {};");
    const code = new pulumi.asset.AssetArchive({ "index.js": index });
    const feeder = new lambda.Function("feeder", { role: role.arn, code, runtime: "nodejs22.x", handler: "index.handler" });
    const fewAlarms = { functionFailing: off, functionThrottled: off, recordsGivenUp: off };
    // Paused, as an invocation would leave a log.
    new StreamConsumerFunction(
        ["feed", "feast"][form],
        { ...streams.tagged.source, function: feeder.name, role: role.name, enabled: false, batchSize: [100, 10][form], alarms: fewAlarms },
        { aliases: [{ name: ["feast", "feed"][form] }] },
    );

    const ireland = new aws.Provider("ireland", { region: "eu-west-1" });
    if (form === 1)
        new ShardedStream("ireland", { requirements, streamName: "regional", ...quiet, dashboard: true, notifications: {} }, { providers: { aws: ireland } });
`;

const inIreland = { "eu-west-1": (urn: string) => urn.split("::").at(-1)!.startsWith("ireland") };

describe("a stream that runs, when its program changes, on the real engine", function () {
    this.timeout(240_000);
    const world = onEngine("real", { inOneProcess: true });
    let projectDir: string;
    let topicArn: string;
    let latest: OperationResult;
    const sent = new Map<string, readonly string[]>();
    const born = new Map<string, string | undefined>();
    let fed: Mapping[];
    const deploy = (form: 0 | 1) => world.engine.up({ projectDir, config: { form, topicArn } });

    before(async function () {
        this.timeout(240_000);
        projectDir = world.project(program);
        topicArn = await givenTopic(world);
        await enableAdvantage(world);
        succeeded(await deploy(0));
        for (const { stream } of rows) {
            sent.set(stream, await putRecords(world, stream));
            born.set(stream, await createdAt(world, stream));
        }
        fed = await mappingsIn(world);
    });

    for (const form of [1, 0] as const) {
        describe(form === 1 ? "there" : "and back", () => {
            let there: Deployed;
            before(async function () {
                this.timeout(240_000);
                latest = succeeded(await deploy(form));
                there = await deployedIn(world);
            });

            it("leaves exactly what is declared in AWS", () =>
                assertDeployed(world, withTopic(latest, topicArn), inIreland));

            it("keeps the mapping of a function, and so its place, when its component is renamed, with an alias", async () => {
                const [{ uuid = "" } = {}] = fed;
                assert.deepEqual(await mappingsIn(world), [{ uuid, batchSize: [100, 10][form] }]);
            });

            for (const { title, stream, shows, expected } of rows) {
                it(`keeps the stream and its records when it ${title}`, async () => {
                    assert.equal(await createdAt(world, stream), born.get(stream));
                    assert.deepEqual(await readRecords(world, stream), sent.get(stream));
                    assert.deepEqual(shows(there, stream), expected[form]);
                });
            }
        });
    }

    describe("at last", () => {
        it("would not pass for what is declared without one of its alarms", async () => {
            const aws = new Aws(world.sandbox);
            await aws.cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: ["alarmed-ReadThrottling"] }));
            aws.close();
            await assert.rejects(
                assertDeployed(world, withTopic(latest, topicArn), inIreland),
                /alarmed-ReadThrottling/,
            );
        });

        it("leaves nothing of ours in any region after a destroy", async () => {
            succeeded(await world.engine.destroy({ projectDir }));
            assert.deepEqual(await deployedIn(world), { ...nothing, topics: { [topicArn]: { subscribed: [] } } });
            assert.deepEqual(await deployedIn(world, "eu-west-1"), nothing);
        });
    });
});

describe("a stream that a program no longer names as it did, on the real engine", function () {
    this.timeout(240_000);
    const world = onEngine("real", { inOneProcess: true });
    const deploy = (config: Record<string, unknown>) => world.engine.up({ projectDir, config });
    let projectDir: string;
    let sent: string[];

    before(async function () {
        this.timeout(240_000);
        projectDir = world.project(`
            const pulumi = require("@pulumi/pulumi");
            const { ShardedStream } = require("sharded-stream");
            const config = new pulumi.Config();
            const transforms = {
                protect: [${protectRecipe}],
                retainOnDelete: [${protectRecipe.replace("protect: true", "retainOnDelete: true")}],
            };
            new ShardedStream(
                config.require("name"),
                {
                    requirements: { writeMiBPerSecond: 1, recordsPerSecond: 500 },
                    streamName: config.get("streamName"),
                    region: config.get("region"),
                },
                { transforms: transforms[config.get("stream")] ?? [] },
            );`);
        succeeded(await deploy({ name: "orders", streamName: "orders" }));
        sent = await putRecords(world, "orders");
    });

    const losses: [title: string, config: Record<string, unknown>, shown: string[]][] = [
        ["the component is renamed without an alias", { name: "invoices" }, ["create invoices", "delete orders"]],
        [
            "its name or its region is changed",
            { name: "orders", streamName: "invoices", region: "eu-west-1" },
            ["create-replacement orders", "replace orders", "delete-replaced orders"],
        ],
    ];
    for (const [title, config, shown] of losses) {
        it(`is shown as deleted by the preview when ${title}`, async () => {
            const { steps } = succeeded(await world.engine.preview({ projectDir, config }));
            const ofStream = steps.filter(({ type }) => type === "aws:kinesis/stream:Stream");
            assert.deepEqual(
                ofStream.map(({ op, urn }) => `${op} ${urn.split("::").at(-1)}`),
                shown,
            );
        });
    }

    it("is refused, and loses nothing, when the component is renamed without an alias and the stream's name is given", async () => {
        const there = await deployedIn(world);
        const renamed = await deploy({ name: "invoices", streamName: "orders" });
        assert.notEqual(renamed.exitCode, 0);
        assert.match(renamed.stdout, /ResourceInUseException: Stream orders under account \d+ already exists/);
        const { topics, ...left } = await deployedIn(world);
        assert.deepEqual({ ...left, topics: there.topics }, there);
        // The new one's topic, which needs no stream.
        const made = Object.keys(topics).filter((arn) => !(arn in there.topics));
        assert.deepEqual([made.length, Object.keys(topics).length], [1, 2]);
        assert.match(made[0]!, /:invoices-alarms-[0-9a-f]{7}$/);
        assert.deepEqual(await readRecords(world, "orders"), sent);
    });

    describe("protected by a transform", () => {
        const config = { name: "orders", streamName: "orders", stream: "protect" };
        let there: Deployed;

        it("is as it was once the old name is back", async () => {
            there = await assertDeployed(world, await deploy(config));
            assert.deepEqual(await readRecords(world, "orders"), sent);
        });

        for (const [title, changed] of losses) {
            it(`fails the preview when ${title}`, async () => {
                const stream = "protect";
                const refused = await world.engine.preview({ projectDir, config: { ...changed, stream } });
                const errors = refused.diagnostics.filter(
                    ({ severity, urn }) => severity === "error" && urn?.endsWith("Stream::orders"),
                );
                assert.deepEqual([refused.exitCode === 0, errors.length], [false, 1], refused.stdout);
                assert.match(errors[0]!.message, /(cannot be deleted\s+because it is|marked for) protect/);
            });
        }

        it("stays with its records when the stack is destroyed, even without a preview", async () => {
            const refused = await world.engine.destroy({ projectDir });
            assert.notEqual(refused.exitCode, 0);
            assert.match(refused.stdout + refused.stderr, /orders" cannot be deleted\s+because it is protected/);
            assert.deepEqual((await deployedIn(world)).streams, there.streams);
            assert.deepEqual(await readRecords(world, "orders"), sent);
        });
    });

    describe("retained by a transform", () => {
        it("stays with its records, and nothing else does, when the stack is destroyed", async () => {
            succeeded(await deploy({ name: "orders", streamName: "orders", stream: "retainOnDelete" }));
            const { streams } = await deployedIn(world);
            succeeded(await world.engine.destroy({ projectDir }));
            assert.deepEqual(await deployedIn(world), { ...nothing, streams });
            assert.deepEqual(await readRecords(world, "orders"), sent);
        });
    });
});

function succeeded(result: OperationResult): OperationResult {
    assert.equal(result.exitCode, 0, result.stdout + result.stderr);
    return result;
}

/** A topic that somebody else has declared. */
interface Mapping {
    readonly uuid: string | undefined;
    readonly batchSize: number | undefined;
}

async function mappingsIn(world: World): Promise<Mapping[]> {
    const aws = new Aws(world.sandbox);
    const { EventSourceMappings = [] } = await aws.lambda.send(new ListEventSourceMappingsCommand({}));
    aws.close();
    return EventSourceMappings.map(({ UUID: uuid, BatchSize: batchSize }) => ({ uuid, batchSize }));
}

async function givenTopic(world: World): Promise<string> {
    const aws = new Aws(world.sandbox);
    const { TopicArn = "" } = await aws.sns.send(new CreateTopicCommand({ Name: "given" }));
    aws.close();
    return TopicArn;
}

/** On-demand Advantage is a switch of the account, without which AWS warms no stream. */
async function enableAdvantage(world: World): Promise<void> {
    const aws = new Aws(world.sandbox);
    const MinimumThroughputBillingCommitment = { Status: "ENABLED" } as const;
    await aws.kinesis.send(new UpdateAccountSettingsCommand({ MinimumThroughputBillingCommitment }));
    aws.close();
}

/** The topic that somebody else has declared is there, too. */
function withTopic(result: OperationResult, arn: string): OperationResult {
    const type = "aws:sns/topicPolicy:TopicPolicy";
    const given = { op: "same", urn: "given", type, inputs: { arn }, diffs: [], outputs: { arn } };
    return { ...result, steps: [...result.steps, given] };
}
