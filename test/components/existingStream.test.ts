/** StreamAlarms and StreamDashboard on a stream that something else manages. */
import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import {
    type AlarmsArgs,
    StreamAlarms,
    type StreamAlarmsArgs,
    StreamDashboard,
    type StreamDashboardArgs,
} from "../../index";
import { ownerHash, run, type RunOptions, valueOf } from "./mocks";

const alarmType = "aws:cloudwatch/metricAlarm:MetricAlarm";
const compositeType = "aws:cloudwatch/compositeAlarm:CompositeAlarm";
const arn = "arn:aws:kinesis:eu-west-1:123456789012:stream/clicks";

describe("alarms of a stream that exists already", () => {
    const own = ownerHash("StreamAlarms");
    const deploy = (args: StreamAlarmsArgs, region?: string) => run(() => new StreamAlarms("clicks", args), { region });
    const alarmsOf = async (args: StreamAlarmsArgs, region?: string) => {
        const { registered } = await deploy(args, region);
        return registered
            .filter(({ type }) => type === alarmType || type === compositeType)
            .map(({ inputs }) => inputs.name ?? inputs.alarmName)
            .sort();
    };

    it("need no more than its name or its ARN", async () => {
        for (const stream of ["clicks", arn]) {
            assert.deepEqual(await alarmsOf({ stream }, "eu-west-1"), [
                `clicks-ConsumerSilent-${own}`,
                `clicks-IteratorAge-${own}`,
                `clicks-ReadThrottling-${own}`,
                `clicks-Unread-${own}`,
                `clicks-WriteThrottling-${own}`,
            ]);
        }
    });

    it("are on each of its consumers with enhanced fan-out", async () => {
        const { find, value } = await deploy({
            stream: "clicks",
            retentionHours: 72,
            consumers: ["billing"],
            region: "eu-west-1",
            notifications: { topicArn: "arn:aws:sns:eu-west-1:123456789012:oncall" },
            tags: { team: "web" },
        });
        assert.deepEqual((await valueOf(value.alarmNames)).slice(-2), [
            `clicks-Consumer/billing/Lag-${own}`,
            `clicks-Consumer/billing/Silent-${own}`,
        ]);
        assert.deepEqual(Object.keys(value.consumerAlarms.billing!), ["fanOutLag", "fanOutSilent"]);
        const { metricName, dimensions, statistic, threshold, treatMissingData } = find(
            alarmType,
            "clicks-Consumer/billing/Lag",
        ).inputs;
        assert.deepEqual(
            [metricName, dimensions, statistic, threshold, treatMissingData],
            [
                "SubscribeToShardEvent.MillisBehindLatest",
                { StreamName: "clicks", ConsumerName: "billing" },
                "Maximum",
                129_600_000,
                "ignore",
            ],
        );
        assert.equal(find(alarmType, "clicks-Consumer/billing/Unread").inputs.alarmActions, undefined);
        const { alarmDescription, ...silent } = find(compositeType, "clicks-Consumer/billing/Silent").inputs;
        assert.match(alarmDescription as string, /^The fan-out consumer billing of clicks has been sent nothing /);
        const topic = "arn:aws:sns:eu-west-1:123456789012:oncall";
        assert.deepEqual(silent, {
            alarmName: `clicks-Consumer/billing/Silent-${own}`,
            alarmRule: `ALARM("clicks-Consumer/billing/Unread-${own}") AND NOT INSUFFICIENT_DATA("clicks-Consumer/billing/Lag-${own}")`,
            alarmActions: [topic],
            okActions: [topic],
            region: "eu-west-1",
            tags: { team: "web" },
        });
    });

    const switched: [title: string, alarms: AlarmsArgs, left: RegExp][] = [
        ["lag", { iteratorAge: { enabled: false } }, /Consumer\/billing\/(Lag|Silent|Unread)/],
        ["silence", { consumerSilent: { enabled: false } }, /IteratorAge|Consumer\/billing\/(Lag|Silent|Unread)/],
        ["a fan-out consumer's lag", { fanOutLag: { enabled: false } }, /IteratorAge|ConsumerSilent|clicks-Unread/],
        [
            "a fan-out consumer's silence",
            { fanOutSilent: { enabled: false } },
            /IteratorAge|ConsumerSilent|clicks-Unread|Consumer\/billing\/Lag/,
        ],
    ];
    for (const [title, alarms, left] of switched) {
        it(`are off with what needs them: ${title}`, async () => {
            const names = await alarmsOf({ stream: "clicks", consumers: ["billing"], alarms });
            const reading = names.filter((name) => !/Throttling/.test(String(name)));
            assert.deepEqual(
                reading.filter((name) => left.test(String(name))),
                reading,
            );
            assert.equal(reading.length, left.source.split("|").filter((word) => /[A-Z]/.test(word)).length);
        });
    }

    it("look over the time that is set", async () => {
        const { find } = await deploy({
            stream: "clicks",
            alarms: {
                highIncomingRecords: { threshold: 10, periodSeconds: 60, evaluationPeriods: 5, datapointsToAlarm: 3 },
                writeThrottling: { treatMissingData: "missing", evaluationPeriods: 1 },
                consumerSilent: { periodSeconds: 3_600 },
            },
        });
        const told = (name: string) => {
            const { evaluationPeriods, datapointsToAlarm, threshold, treatMissingData, metricQueries } = find(
                alarmType,
                name,
            ).inputs;
            const queries = metricQueries as { metric?: { period: number } }[];
            return [
                queries.map(({ metric }) => metric?.period),
                evaluationPeriods,
                datapointsToAlarm,
                threshold,
                treatMissingData,
            ];
        };
        assert.deepEqual(told("clicks-HighIncomingRecords"), [[60], 5, 3, 600, "notBreaching"]);
        assert.deepEqual(told("clicks-WriteThrottling"), [[300, undefined], 1, undefined, 0, "missing"]);
        assert.deepEqual(told("clicks-Unread"), [[3_600, 3_600, undefined, undefined], 2, 2, 0, "ignore"]);
        assert.match(
            find(compositeType, "clicks-ConsumerSilent").inputs.alarmDescription as string,
            /for more than 2 hours, and records come in/,
        );
    });

    it("compare with what is known about it", async () => {
        const { find, value } = await deploy({
            stream: "clicks",
            requirements: { writeMiBPerSecond: 5, recordsPerSecond: 6000 },
            shardCount: 8,
            retentionHours: 72,
            shardLevelMetrics: ["IncomingRecords"],
            alarms: { writeUtilization: { threshold: 60 }, readThrottling: { enabled: false } },
            region: "eu-west-1",
            notifications: { topicArn: "arn:aws:sns:eu-west-1:123456789012:oncall" },
            tags: { team: "web" },
        });
        assert.deepEqual(await valueOf(value.alarmNames), [
            `clicks-HighIncomingRecords-${own}`,
            `clicks-WriteThrottling-${own}`,
            `clicks-IteratorAge-${own}`,
            `clicks-WriteUtilization-${own}`,
            `clicks-HotShard-${own}`,
            `clicks-ConsumerSilent-${own}`,
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
        const { alarmActions, alarmDescription } = find(alarmType, "clicks-WriteUtilization").inputs;
        assert.match(alarmDescription as string, /The scaler is called at once\./);
        assert.deepEqual((alarmActions as string[])[1], scalerFunctionArn);
        assert.deepEqual(find("aws:lambda/permission:Permission").inputs, {
            function: scalerFunctionArn,
            action: "lambda:InvokeFunction",
            principal: "lambda.alarms.cloudwatch.amazonaws.com",
            sourceAccount: "123456789012",
            sourceArn: `arn:aws:cloudwatch:us-east-1:123456789012:alarm:${alarm}`,
        });
    });

    it("promise no call of a scaler that they are not told of", async () => {
        const { find } = await deploy({ stream: "clicks", scaled: true });
        const { alarmDescription } = find(alarmType, "clicks-WriteUtilization").inputs;
        assert.match(alarmDescription as string, /The scaler sees it in its next run\./);
    });

    it("refuse a scaler to invoke where no alarm would go by the shards that it publishes", async () => {
        const scalerFunctionArn = "arn:aws:lambda:us-east-1:123456789012:function:clicks-scaler";
        await assert.rejects(deploy({ stream: "clicks", shardCount: 4, scalerFunctionArn }), {
            message:
                'StreamAlarms "clicks": 1 argument is malformed.\n' +
                "scaled: missing; it must be true beside scalerFunctionArn. The alarm on utilization invokes that function, and goes by the open shards that it publishes: give scaled: true.",
        });
    });

    it("name no requirements of a stream that somebody else declares", async () => {
        const { find } = await deploy({ stream: "clicks", shardCount: 4 });
        for (const name of ["clicks-WriteThrottling", "clicks-WriteUtilization"]) {
            const { alarmDescription } = find(alarmType, name).inputs;
            assert.match(
                alarmDescription as string,
                /run sharded-stream scale clicks out and raise the count where the stream is declared\./,
            );
        }
    });

    it("are the stream's own: those on a scaler are set where the scaler is", async () => {
        await assert.rejects(alarmsOf({ stream: "clicks", alarms: { scalerSilent: { threshold: 3 } } }), {
            message:
                /alarms\.scalerSilent: .*; it must be one of alarms\.highIncomingRecords, .*, alarms\.fanOutSilent\. /,
        });
    });

    it("watch the hottest shard where metrics come later, and stay silent if there are none", async () => {
        const { find } = await deploy({ stream: "clicks", shardLevelMetrics: pulumi.output(undefined) });
        const { treatMissingData, metricQueries } = find(alarmType, "clicks-HotShard").inputs;
        assert.equal(treatMissingData, "notBreaching");
        assert.match(JSON.stringify(metricQueries), /SELECT SUM\(IncomingBytes\)/);
    });

    it("take a threshold where nothing was declared", async () => {
        const names = await alarmsOf({ stream: "clicks", alarms: { highIncomingRecords: { threshold: 900 } } });
        assert.ok(names.includes(`clicks-HighIncomingRecords-${own}`));
    });
});

describe("the dashboard of a stream that exists already", () => {
    const nameIn = (region: string) => `Kinesis-clicks-${region}-${ownerHash("StreamDashboard")}`;
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
