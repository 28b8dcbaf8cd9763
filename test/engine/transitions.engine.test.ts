/**
 * A stream that runs, and a change of its program: on the real engine, with records in the stream before and after, and AWS asked at the end.
 *
 * Each row of the table is a stream in one program that has two forms. The program is deployed in the first form, in the second, and in the
 * first again: so each row is the transition and its way back.
 */
import assert from "node:assert/strict";
import { CreateTopicCommand } from "@aws-sdk/client-sns";
import { type OperationResult } from "../../engine/index";
import { Aws } from "../../engine/providers/aws";
import { assertDeployed, createdAt, type Deployed, deployedIn, nothing, putRecords, readRecords } from "./deployed";
import { onEngine, type World } from "./harness";

interface Row {
    readonly title: string;
    /** Name of the stream. */
    readonly stream: string;
    /** The arguments in both forms, as source text; `requirements` and `streamName` are given. */
    readonly args?: readonly [string, string];
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

const allAlarms = ["HighIncomingRecords", "IteratorAge", "ReadThrottling", "WriteThrottling", "WriteUtilization"];

const rows: readonly Row[] = [
    {
        title: "is renamed, with an alias",
        stream: "renamed",
        shows: alarmNames,
        expected: [allAlarms, allAlarms],
    },
    {
        title: "moves under another parent, with an alias",
        stream: "moved",
        shows: alarmNames,
        expected: [allAlarms, allAlarms],
    },
    {
        title: "gets and loses consumers",
        stream: "consumed",
        args: [`consumers: ["billing"]`, `consumers: ["billing", "fraud"]`],
        shows: about("consumers"),
        expected: [[["billing"]], [["billing", "fraud"]]],
    },
    {
        title: "loses its dashboard and gets it back",
        stream: "shown",
        args: [``, `dashboard: false`],
        shows: (there) => Object.keys(there.dashboards).filter((name) => name.includes("shown")).length,
        expected: [1, 0],
    },
    {
        title: "speaks to a given topic instead of its own, and back",
        stream: "told",
        args: [`notifications: { emails: ["oncall@example.com"] }`, `notifications: { topicArn }`],
        shows: alarmActions,
        expected: [["told-alarms"], ["given"]],
    },
    {
        title: "loses alarms and gets them back",
        stream: "alarmed",
        args: [``, `alarms: { iteratorAge: { enabled: false }, readThrottling: { enabled: false } }`],
        shows: alarmNames,
        expected: [allAlarms, ["HighIncomingRecords", "WriteThrottling", "WriteUtilization"]],
    },
    {
        title: "is kept longer, under another key, with larger records and metrics for each shard, and back",
        stream: "kept",
        args: [
            ``,
            `retentionHours: 48, kmsKeyId: "alias/orders", maxRecordKiB: 2048, shardLevelMetrics: ["IncomingBytes"]`,
        ],
        shows: about("retentionHours", "kmsKeyId", "maxRecordKiB", "metrics"),
        expected: [
            [24, "alias/aws/kinesis", 1_024, []],
            [48, "alias/orders", 2_048, ["IncomingBytes"]],
        ],
    },
    {
        title: "is tagged otherwise",
        stream: "tagged",
        args: [`tags: { team: "orders" }`, `tags: { team: "billing", costCenter: "42" }`],
        shows: about("tags"),
        expected: [[{ team: "orders" }], [{ team: "billing", costCenter: "42" }]],
    },
    {
        title: "goes from provisioned to on-demand and back, without a scaler",
        stream: "moded",
        args: [``, `capacityMode: "on-demand"`],
        shows: about("onDemand", "shards"),
        expected: [
            [false, 2],
            [true, "set by AWS"],
        ],
    },
    {
        title: "goes from on-demand to provisioned with a scaler and back",
        stream: "adapted",
        args: [`capacityMode: "on-demand"`, `scaling: { everyMinutes: 60 }`],
        shows: (there, stream) => [about("onDemand")(there, stream), scalers(there, stream)],
        expected: [
            [[true], [0, 0, 0]],
            [[false], [1, 1, 1]],
        ],
    },
    {
        title: "gets a scaler and loses it",
        stream: "scaled",
        args: [``, `scaling: { everyMinutes: 60 }`],
        shows: scalers,
        expected: [
            [0, 0, 0],
            [1, 1, 1],
        ],
    },
    {
        title: "gets a twin of the same name in a second region and loses it",
        stream: "regional",
        shows: (there) => Object.keys(there.dashboards).filter((name) => name.includes("regional")).length,
        expected: [1, 2],
    },
];

const forms = rows.map(({ stream, args = ["", ""] }) => `${stream}: [{ ${args[0]} }, { ${args[1]} }],`);

const program = `
    const aws = require("@pulumi/aws/provider");
    const pulumi = require("@pulumi/pulumi");
    const { ShardedStream } = require("sharded-stream");
    const config = new pulumi.Config();
    const topicArn = config.require("topicArn");
    const form = config.requireNumber("form");
    const requirements = { writeMiBPerSecond: 1, recordsPerSecond: 500 };
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
    for (const [streamName, args] of Object.entries(forms))
        new ShardedStream(names[streamName] ?? streamName, { requirements, streamName, ...args[form] }, options[streamName]);

    const ireland = new aws.Provider("ireland", { region: "eu-west-1" });
    if (form === 1)
        new ShardedStream("ireland", { requirements, streamName: "regional" }, { providers: { aws: ireland } });
`;

const inIreland = { "eu-west-1": (urn: string) => urn.split("::").at(-1)!.startsWith("ireland") };

describe("a stream that runs, when its program changes, on the real engine", function () {
    this.timeout(240_000);
    const world = onEngine("real");
    let projectDir: string;
    let topicArn: string;
    const sent = new Map<string, readonly string[]>();
    const born = new Map<string, string | undefined>();
    const deploy = (form: 0 | 1) => world.engine.up({ projectDir, config: { form, topicArn } });

    before(async function () {
        this.timeout(240_000);
        projectDir = world.project(program);
        topicArn = await givenTopic(world);
        succeeded(await deploy(0));
        for (const { stream } of rows) {
            sent.set(stream, await putRecords(world, stream));
            born.set(stream, await createdAt(world, stream));
        }
    });

    for (const form of [1, 0] as const) {
        describe(form === 1 ? "there" : "and back", () => {
            let there: Deployed;
            it("leaves exactly what is declared in AWS", async () => {
                const up = succeeded(await deploy(form));
                there = await deployedIn(world);
                assert.deepEqual(there.topics[topicArn], { subscribed: [] });
                await assertDeployed(world, withTopic(up, topicArn), inIreland);
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
        it("leaves nothing of ours in any region after a destroy", async () => {
            succeeded(await world.engine.destroy({ projectDir }));
            assert.deepEqual(await deployedIn(world), { ...nothing, topics: { [topicArn]: { subscribed: [] } } });
            assert.deepEqual(await deployedIn(world, "eu-west-1"), nothing);
        });
    });
});

function succeeded(result: OperationResult): OperationResult {
    assert.equal(result.exitCode, 0, result.stdout + result.stderr);
    return result;
}

/** A topic that somebody else has declared. */
async function givenTopic(world: World): Promise<string> {
    const aws = new Aws(world.sandbox);
    const { TopicArn = "" } = await aws.sns.send(new CreateTopicCommand({ Name: "given" }));
    aws.close();
    return TopicArn;
}

/** The topic that somebody else has declared is there, too. */
function withTopic(result: OperationResult, arn: string): OperationResult {
    const type = "aws:sns/topicPolicy:TopicPolicy";
    return { ...result, steps: [...result.steps, { op: "same", urn: "given", type, inputs: { arn }, diffs: [] }] };
}
