/** The sandbox as users' tests start it: its options with their faults, its clock, and what it lets a test see. */
import { CloudWatchClient, PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import {
    CreateStreamCommand,
    DescribeLimitsCommand,
    DescribeStreamSummaryCommand,
    KinesisClient,
    PutRecordsCommand,
    UpdateShardCountCommand,
} from "@aws-sdk/client-kinesis";
import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as path from "node:path";

import { formatNumber } from "../../capacity/text";
import { startSandbox as startInside } from "../../sandbox/index";
import { functions } from "../../sandbox/cloudwatch/evaluate";
import { statisticNames } from "../../sandbox/cloudwatch/statistics";
import { rateRows } from "../../sandbox/kinesis/rates";
import { flagOf, type OptionName, optionNames, optionRows, settingsOfFlags } from "../../sandbox/options";
import { AwsError, type Sandbox, type SandboxOptions, startSandbox } from "../../sandbox/public";
import { refusal } from "./kinesis/streams";

const readme = readFileSync(path.join(__dirname, "../../packages/sandbox/README.md"), "utf8");

describe("startSandbox()", () => {
    let sandbox: Sandbox | undefined;
    afterEach(async () => {
        await sandbox?.close();
        sandbox = undefined;
    });
    const start = async (options: SandboxOptions): Promise<KinesisClient> => {
        sandbox = await startSandbox({ clock: "manual", ...options });
        return new KinesisClient({ ...sandbox.client, maxAttempts: 1 });
    };
    const create = (kinesis: KinesisClient, ShardCount = 1) =>
        kinesis.send(new CreateStreamCommand({ StreamName: "orders", ShardCount }));
    const status = async (kinesis: KinesisClient) =>
        (await kinesis.send(new DescribeStreamSummaryCommand({ StreamName: "orders" }))).StreamDescriptionSummary!
            .StreamStatus;
    const update = (kinesis: KinesisClient, TargetShardCount: number) =>
        kinesis.send(
            new UpdateShardCountCommand({ StreamName: "orders", TargetShardCount, ScalingType: "UNIFORM_SCALING" }),
        );

    it("names everything that is wrong with its options at once", async () => {
        const options = {
            port: 70_000,
            region: "moon",
            accountId: "1",
            speed: 0,
            callRates: "off",
            shards: 3,
            clock: "fast",
            warn: 5,
        };
        assert.deepEqual(await refusal(startSandbox(options as never)), {
            name: "RangeError",
            message: [
                "port: 70000 is not a whole number of at least 0 and at most 65535.",
                'region: "moon" is not a region such as eu-west-1.',
                'accountId: "1" is not an account ID of twelve digits.',
                "speed: 0 is not a number above 0 and at most 1000000.",
                'callRates: "off" is not true or false (on or off on the command line).',
                `shards: not an option of the sandbox; it has ${[...optionNames, "clock", "warn"].join(", ")}.`,
                'clock: "fast" is not "running" or "manual".',
                "warn: 5 is not a function that takes a sentence.",
            ].join(" "),
        });
        assert.equal(
            (await refusal(startSandbox({ clock: "manual", speed: 2 }))).message,
            "speed: a manual clock has none; leave speed out, or clock.",
        );
    });

    it("lets time pass where the test says so, and nowhere else", async () => {
        const kinesis = await start({ createSeconds: 5, updateSeconds: 600, updateQuota: 1 });
        await create(kinesis);
        await sandbox!.advance(4.9);
        assert.equal(await status(kinesis), "CREATING");
        await sandbox!.advance(0.1);
        assert.equal(await status(kinesis), "ACTIVE");
        await update(kinesis, 2);
        await sandbox!.advance(599);
        assert.equal(await status(kinesis), "UPDATING");
        await sandbox!.advance(1);
        assert.equal(await status(kinesis), "ACTIVE");
        assert.match((await refusal(update(kinesis, 4))).message, /cannot be called more than 1 times/);
        assert.equal(sandbox!.nowMs(), Date.UTC(2026, 10, 1, 0, 10, 5));
        assert.match((await refusal(sandbox!.advance(-1))).message, /^advance: -1 is not a number of seconds/);
    });

    it("says that a clock which runs cannot be moved", async () => {
        sandbox = await startSandbox();
        assert.deepEqual(await refusal(sandbox.advance(1)), {
            name: "Error",
            message: 'advance: this clock runs by itself. Start the sandbox with { clock: "manual" } to move it.',
        });
    });

    it("has the account's limit of shards, and lets calls come as often as they like, where it is told so", async () => {
        const kinesis = await start({ shardLimit: 3, callRates: false, accountId: "210987654321" });
        for (let call = 0; call < 3; call++)
            assert.equal((await kinesis.send(new DescribeLimitsCommand({}))).ShardLimit, 3);
        assert.match(
            (await refusal(create(kinesis, 4))).message,
            /^This request would exceed the shard limit for the account 210987654321 in us-east-1\./,
        );
    });

    it("tells what was refused, which alarms stand how, and what topics were sent", async () => {
        const kinesis = await start({ createSeconds: 0 });
        const cloudWatch = new CloudWatchClient(sandbox!.client);
        const { TopicArn } = await new SNSClient(sandbox!.client).send(new CreateTopicCommand({ Name: "night" }));
        await create(kinesis);
        await cloudWatch.send(
            new PutMetricAlarmCommand({
                AlarmName: "orders-throttled",
                Namespace: "AWS/Kinesis",
                MetricName: "WriteProvisionedThroughputExceeded",
                Dimensions: [{ Name: "StreamName", Value: "orders" }],
                Statistic: "Sum",
                Period: 60,
                EvaluationPeriods: 1,
                Threshold: 0,
                ComparisonOperator: "GreaterThanThreshold",
                TreatMissingData: "notBreaching",
                AlarmActions: [TopicArn!],
            }),
        );
        const Records = Array.from({ length: 500 }, () => ({ Data: Buffer.from("x"), PartitionKey: "k" }));
        for (let call = 0; call < 3; call++)
            await kinesis.send(new PutRecordsCommand({ StreamName: "orders", Records }));
        assert.deepEqual(sandbox!.refused("orders"), { records: 500, reads: 0 });
        assert.deepEqual(sandbox!.refused("other"), { records: 0, reads: 0 });
        await sandbox!.advance(120);
        const [alarm, ...others] = sandbox!.alarms();
        assert.deepEqual([alarm!.name, alarm!.state, others], ["orders-throttled", "ALARM", []]);
        assert.deepEqual(
            sandbox!.notifications().map(({ topicArn, subject }) => [topicArn, subject]),
            [[TopicArn, 'ALARM: "orders-throttled" in US East (N. Virginia)']],
        );
    });

    it("refuses what a guard refuses", async () => {
        const kinesis = await start({});
        sandbox!.guards.push(({ operation }) => {
            if (operation === "CreateStream") throw new AwsError("InternalFailure", "Not tonight.", 500);
        });
        assert.deepEqual(await refusal(create(kinesis)), { name: "InternalFailure", message: "Not tonight." });
    });
});

describe("an option of the sandbox", () => {
    const rows: readonly [OptionName, string, unknown][] = [
        ["port", "4566", 4_566],
        ["region", "eu-west-1", "eu-west-1"],
        ["accountId", "210987654321", "210987654321"],
        ["speed", "0.5", 0.5],
        ["createSeconds", "0", 0],
        ["deleteSeconds", "0", 0],
        ["updateSeconds", "180", 180],
        ["splitMergeSeconds", "0", 0],
        ["changeSeconds", "86400", 86_400],
        ["updateQuota", "0", 0],
        ["shardLimit", "1", 1],
        ["callRates", "off", false],
        ["storageMiB", "0.5", 0.5],
        ["whenFull", "refuse", "refuse"],
        ["iteratorSeconds", "300", 300],
        ["recordWeight", "10", 10],
        ["burstSeconds", "2.5", 2.5],
        ["pulumiConfig", "Pulumi.sandbox.yaml", "Pulumi.sandbox.yaml"],
    ];

    it("is one of these", () =>
        assert.deepEqual(
            [...optionNames],
            rows.map(([name]) => name),
        ));

    for (const [name, word, value] of rows) {
        it(`${flagOf(name)} ${word} is ${name}: ${JSON.stringify(value)}`, () => {
            assert.deepEqual(settingsOfFlags({ [flagOf(name)]: word }), { settings: { [name]: value }, problems: [] });
        });
    }

    it("refuses an empty word as it refuses a wrong one", () => {
        const { problems } = settingsOfFlags({
            "--storage-mib": "",
            "--call-rates": "true",
            "--split-merge-seconds": "-1",
        });
        assert.deepEqual(problems, [
            '--split-merge-seconds: "-1" is not a number of at least 0 and at most 86400.',
            '--call-rates: "true" is not true or false (on or off on the command line).',
            '--storage-mib: "" is not a number above 0 and at most 1048576.',
        ]);
    });

    it("stands in the README with its flag and its default", () => {
        for (const name of optionNames)
            assert.ok(readme.includes(`| \`${name}\``) && readme.includes(`\`${flagOf(name)}`), name);
        const missing = optionNames.filter((name) => !readme.includes(optionRows[name].byDefault));
        assert.deepEqual(missing, []);
    });
});

describe("the README of the sandbox", () => {
    it("names every rate of control calls that is held", () => {
        const heldFor = (of: string) =>
            Object.entries(rateRows)
                .filter(([, { scope }]) => scope === of)
                .map(([operation, { perSecond }]) => `${operation} (${formatNumber(perSecond)})`)
                .join(", ");
        const [, written] = /^- \*\*Rates of control calls\*\* (.*)$/m.exec(readme)!;
        assert.equal(
            written,
            `are held, a second. For an account: ${heldFor("account")}. For a stream: ${heldFor("stream")}. For a shard: ${heldFor("shard")}. ` +
                "SplitShard and MergeShards count together; all others may come as they like, and with `--call-rates off` these too.",
        );
    });

    it("names every statistic and every function of metric math", () => {
        const names = Object.keys(functions).sort().join(", ");
        assert.ok(readme.includes(`Metric math has the functions ${names}, and refuses others.`), names);
        const statistics = `**CloudWatch** has ${statisticNames.join(", ")} and the percentiles p0 to p100`;
        assert.ok(readme.includes(statistics), statistics);
    });

    it("lists every operation of every service, and none that is not there", async () => {
        const inside = await startInside();
        await inside.stop();
        const written = [...readme.matchAll(/^\| `(\w+)`\s+\|\s+(\d+)\s+\|(.*)\|$/gm)].map(
            ([, service, count, text]) => [
                service,
                Number(count),
                [...text!.matchAll(/\w+/g)].map(([operation]) => operation),
            ],
        );
        const has = Object.values(inside.services)
            .map(({ name, operations }) => [name, Object.keys(operations).length, Object.keys(operations).sort()])
            .sort();
        assert.deepEqual(written.sort(), has);
    });
});
