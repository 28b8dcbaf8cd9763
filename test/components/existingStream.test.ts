/** StreamAlarms and StreamDashboard on a stream that something else manages. */
import * as assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import {
    ShardedStream,
    StreamAlarms,
    type StreamAlarmsArgs,
    StreamDashboard,
    type StreamDashboardArgs,
} from "../../index";
import { type Run, run, type RunOptions, valueOf } from "./mocks";

const alarmType = "aws:cloudwatch/metricAlarm:MetricAlarm";
const arn = "arn:aws:kinesis:eu-west-1:123456789012:stream/clicks";

/** Of the URN of what the tests attach, in which the type of its parent stands, too. */
const hashOf = (type: string, parent = "pulumi:pulumi:Stack") =>
    createHash("sha256")
        .update(`urn:pulumi:test::shop::${parent}$sharded-stream:index:${type}::clicks`)
        .digest("hex")
        .slice(0, 8);

describe("alarms of a stream that exists already", () => {
    const own = hashOf("StreamAlarms");
    const deploy = (args: StreamAlarmsArgs) => run(() => new StreamAlarms("clicks", args));
    const alarmsOf = async (args: StreamAlarmsArgs) => {
        const { registered } = await deploy(args);
        return registered.filter(({ type }) => type === alarmType).map(({ inputs }) => inputs.name);
    };

    it("need no more than its name or its ARN", async () => {
        for (const stream of ["clicks", arn]) {
            assert.deepEqual(await alarmsOf({ stream }), [
                `clicks-WriteThrottling-${own}`,
                `clicks-ReadThrottling-${own}`,
                `clicks-IteratorAge-${own}`,
            ]);
        }
    });

    it("compare with what is known about it", async () => {
        const { find, value } = await deploy({
            stream: "clicks",
            requirements: { writeMiBPerSecond: 5, recordsPerSecond: 6000 },
            shardCount: 8,
            retentionHours: 72,
            shardLevelMetrics: ["IncomingRecords"],
            alarms: { writeUtilization: { threshold: 60 }, readThrottling: { enabled: false } },
            notifications: { topicArn: "arn:aws:sns:eu-west-1:123456789012:oncall" },
            tags: { team: "web" },
        });
        assert.deepEqual(await valueOf(value.alarmNames), [
            `clicks-HighIncomingRecords-${own}`,
            `clicks-WriteThrottling-${own}`,
            `clicks-IteratorAge-${own}`,
            `clicks-WriteUtilization-${own}`,
            `clicks-HotShard-${own}`,
        ]);
        const compared = (name: string) => find(alarmType, `clicks-${name}`).inputs.threshold;
        assert.deepEqual(
            ["HighIncomingRecords", "IteratorAge", "WriteUtilization", "HotShard"].map(compared),
            [1_800_000, 129_600_000, 60, 48_000],
        );
        assert.deepEqual(find(alarmType, "clicks-IteratorAge").inputs.tags, { team: "web" });
    });

    it("may invoke the scaler that they are told of: the one on utilization, and no other", async () => {
        const scalerFunctionArn = "arn:aws:lambda:us-east-1:123456789012:function:clicks-scaler";
        const { find } = await deploy({ stream: "clicks", scaled: true, scalerFunctionArn });
        const alarm = `clicks-WriteUtilization-${own}`;
        const { alarmActions } = find(alarmType, "clicks-WriteUtilization").inputs;
        assert.deepEqual((alarmActions as string[])[1], scalerFunctionArn);
        assert.deepEqual(find("aws:lambda/permission:Permission").inputs, {
            function: scalerFunctionArn,
            action: "lambda:InvokeFunction",
            principal: "lambda.alarms.cloudwatch.amazonaws.com",
            sourceAccount: "123456789012",
            sourceArn: `arn:aws:cloudwatch:us-east-1:123456789012:alarm:${alarm}`,
        });
    });

    it("are the stream's own: those on a scaler are set where the scaler is", async () => {
        await assert.rejects(alarmsOf({ stream: "clicks", alarms: { scalerSilent: { threshold: 3 } } }), {
            message: /alarms\.scalerSilent: .*; it must be one of alarms\.highIncomingRecords, .*, alarms\.hotShard\. /,
        });
    });

    it("take a threshold where nothing was declared", async () => {
        const names = await alarmsOf({ stream: "clicks", alarms: { highIncomingRecords: { threshold: 900 } } });
        assert.ok(names.includes(`clicks-HighIncomingRecords-${own}`));
    });
});

describe("the dashboard of a stream that exists already", () => {
    const nameIn = (region: string) => `Kinesis-clicks-${region}-${hashOf("StreamDashboard")}`;
    const bodyOf = async (args: StreamDashboardArgs, options?: RunOptions, region = "us-east-1") => {
        const { find, value } = await run(() => new StreamDashboard("clicks", args), options);
        assert.equal(await valueOf(value.dashboardName), nameIn(region));
        return find("aws:cloudwatch/dashboard:Dashboard").inputs.dashboardBody as string;
    };
    const regions = (body: string) => new Set([...body.matchAll(/"region":"([^"]+)"/g)].map(([, region]) => region));

    const rows: [title: string, args: StreamDashboardArgs, options: RunOptions, region: string][] = [
        ["is of the provider's region, given a name", { stream: "clicks" }, { region: "ap-south-1" }, "ap-south-1"],
        ["is of the stream's region, given an ARN", { stream: arn }, { region: "ap-south-1" }, "eu-west-1"],
        ["is of a given region", { stream: "clicks", region: "us-west-2" }, {}, "us-west-2"],
    ];
    for (const [title, args, options, region] of rows)
        it(title, async () => assert.deepEqual(regions(await bodyOf(args, options, region)), new Set([region])));

    it("has the same bytes each time", async () => {
        const args = {
            stream: "clicks",
            shardCount: 8,
            requirements: { writeMiBPerSecond: 5, recordsPerSecond: 6000 },
        };
        assert.equal(await bodyOf(args), await bodyOf(args));
    });
});

describe("what belongs to a stream, by more than one component", () => {
    const requirements = { writeMiBPerSecond: 1, recordsPerSecond: 500 };
    /** As a team has them that moves something under it. */
    class Team extends pulumi.ComponentResource {
        constructor(name: string) {
            super("test:index:Team", name);
        }
    }
    const alarmsAndDashboards = ({ registered }: Run<unknown>) =>
        registered
            .map(({ inputs }) => inputs.dashboardName ?? (inputs.comparisonOperator && inputs.name))
            .filter((name): name is string => typeof name === "string")
            .filter((name) => /WriteThrottling|Kinesis/.test(name))
            .sort();

    it("has the stream's own name once, and the others' names apart", async () => {
        const all = await run(() => {
            const { streamName: stream } = new ShardedStream("clicks", { streamName: "clicks", requirements });
            const parent = new Team("web");
            for (const opts of [{}, { parent }]) {
                new StreamAlarms("clicks", { stream }, opts);
                new StreamDashboard("clicks", { stream }, opts);
            }
        });
        const [alarms, dashboards] = ["StreamAlarms", "StreamDashboard"].map((type) => [
            hashOf(type),
            hashOf(type, "test:index:Team"),
        ]);
        assert.deepEqual(
            alarmsAndDashboards(all),
            [
                "Kinesis-clicks-us-east-1",
                ...dashboards!.map((hash) => `Kinesis-clicks-us-east-1-${hash}`),
                "clicks-WriteThrottling",
                ...alarms!.map((hash) => `clicks-WriteThrottling-${hash}`),
            ].sort(),
        );
    });

    it("has the region in the name of whatever is global to the account", async () => {
        const globals = async (region: string) => {
            const args = { streamName: "clicks", requirements, scaling: {} };
            const { registered } = await run(() => new ShardedStream("clicks", args), { region });
            return registered.flatMap(({ type, inputs }) =>
                type === "aws:iam/role:Role" ? [inputs.name] : (inputs.dashboardName ?? []),
            );
        };
        assert.deepEqual((await globals("eu-west-1")).sort(), [
            "Kinesis-clicks-eu-west-1",
            "clicks-eu-west-1-scaler",
            "clicks-eu-west-1-schedule",
        ]);
        assert.deepEqual((await globals("us-west-2")).sort(), [
            "Kinesis-clicks-us-west-2",
            "clicks-us-west-2-scaler",
            "clicks-us-west-2-schedule",
        ]);
    });
});

it("alarms and dashboards refuse malformed arguments as a ShardedStream does", async () => {
    await assert.rejects(
        run(() => new StreamAlarms("clicks", { stream: "c l", shardCount: 0 })),
        {
            message:
                'StreamAlarms "clicks": 2 arguments are malformed.\n' +
                'stream: "c l" is not allowed; it must be the name or the ARN of a stream. Give a name such as orders, or an ARN such as arn:aws:kinesis:us-east-1:123456789012:stream/orders.\n' +
                "shardCount: 0 is not allowed; it must be a whole number from 1 to 10,000. Give the stream's open shards.",
        },
    );
    await assert.rejects(
        run(() => new StreamDashboard("clicks", { stream: "clicks", region: "Ohio" })),
        {
            message:
                'StreamDashboard "clicks": 1 argument is malformed.\n' +
                'region: "Ohio" is not allowed; it must be an AWS region. Give a region such as us-east-1, or leave it out for the provider\'s.',
        },
    );
});
