/** Alarms through CloudWatch's client, on a clock that the test moves: evaluation, actions, history and refusals. */
import { deepEqual, equal, rejects } from "node:assert/strict";
import {
    type CloudWatchServiceException,
    DeleteAlarmsCommand,
    DescribeAlarmContributorsCommand,
    DescribeAlarmHistoryCommand,
    DescribeAlarmsCommand,
    DisableAlarmActionsCommand,
    ListTagsForResourceCommand,
    PutMetricAlarmCommand,
    type PutMetricAlarmCommandInput,
    SetAlarmStateCommand,
    TagResourceCommand,
    UntagResourceCommand,
} from "@aws-sdk/client-cloudwatch";
import { CreateTopicCommand } from "@aws-sdk/client-sns";

import { type Clock } from "../../../sandbox/clock";
import { cloudWatchService, newGlobal } from "../../../sandbox/cloudwatch/index";
import { MetricStore } from "../../../sandbox/cloudwatch/store";
import { minutes, startCloud, startMs, type TestCloud } from "../cloud";

const throttling: PutMetricAlarmCommandInput = {
    AlarmName: "orders-WriteThrottling",
    AlarmDescription: "Records are refused. Scale out.",
    Namespace: "AWS/Kinesis",
    MetricName: "WriteProvisionedThroughputExceeded",
    Dimensions: [{ Name: "StreamName", Value: "orders" }],
    Statistic: "Sum",
    Period: 300,
    EvaluationPeriods: 2,
    Threshold: 0,
    ComparisonOperator: "GreaterThanThreshold",
    TreatMissingData: "notBreaching",
};

describe("alarms are evaluated once a minute of the sandbox's clock", () => {
    let cloud: TestCloud;
    beforeEach(async () => {
        cloud = await startCloud();
    });
    afterEach(() => cloud.stop());

    const put = (changes: Partial<PutMetricAlarmCommandInput> = {}) =>
        cloud.cloudWatch.send(new PutMetricAlarmCommand({ ...throttling, ...changes }));
    const record = (
        minute: number,
        value: number,
        metricName = "WriteProvisionedThroughputExceeded",
        dimensions: Record<string, string> = { StreamName: "orders" },
    ) =>
        cloud.cloud.store.record({
            namespace: "AWS/Kinesis",
            metricName,
            dimensions,
            value,
            unit: "Count",
            timeMs: startMs + minutes(minute),
        });
    const advanceTo = (minute: number) => cloud.clock.advanceTo(startMs + minutes(minute));
    /** The changes of state as `minute: from -> to`. */
    const changes = (): string[] =>
        cloud.cloud.cloudWatch.alarms.changes.map(
            ({ timeMs, from, to }) => `${(timeMs - startMs) / 60_000}: ${from} -> ${to}`,
        );
    const describeOne = async () => (await cloud.cloudWatch.send(new DescribeAlarmsCommand({}))).MetricAlarms![0]!;

    it("starts with insufficient data, is checked at the next minute, and looks at periods that slide by a minute", async () => {
        await put();
        equal((await describeOne()).StateValue, "INSUFFICIENT_DATA");
        equal((await describeOne()).StateReason, "Unchecked: Initial alarm creation");
        for (let minute = 0; minute < 8; minute++) record(minute, minute >= 2 && minute <= 7 ? 10 : 0);
        await advanceTo(40);
        deepEqual(changes(), ["1: INSUFFICIENT_DATA -> OK", "8: OK -> ALARM", "23: ALARM -> OK"]);
    });

    // A burst in minute 3, and one sound datapoint in minute 500. An alarm on one datapoint looks at three, so the burst counts for three minutes.
    const silences: [TreatMissingData: string, changes: string[]][] = [
        [
            "missing",
            [
                "4: INSUFFICIENT_DATA -> ALARM",
                "7: ALARM -> INSUFFICIENT_DATA",
                "501: INSUFFICIENT_DATA -> OK",
                "504: OK -> INSUFFICIENT_DATA",
            ],
        ],
        ["ignore", ["4: INSUFFICIENT_DATA -> ALARM", "501: ALARM -> OK"]],
        ["breaching", ["1: INSUFFICIENT_DATA -> ALARM", "501: ALARM -> OK", "504: OK -> ALARM"]],
        ["notBreaching", ["1: INSUFFICIENT_DATA -> OK", "4: OK -> ALARM", "7: ALARM -> OK"]],
    ];
    for (const [TreatMissingData, expected] of silences) {
        it(`in silence: ${TreatMissingData}`, async () => {
            await put({ Period: 60, EvaluationPeriods: 1, TreatMissingData });
            record(3, 10);
            record(500, 0);
            await advanceTo(600);
            deepEqual(changes(), expected);
        });
    }

    it("evaluates one that looks at more than a day at each full hour only", async () => {
        const hourly = { Period: 3_600, DatapointsToAlarm: 1, TreatMissingData: "ignore" };
        await put({ ...hourly, AlarmName: "day", EvaluationPeriods: 24 });
        await put({ ...hourly, AlarmName: "days", EvaluationPeriods: 25 });
        record(70, 10);
        await advanceTo(130);
        deepEqual(
            cloud.cloud.cloudWatch.alarms.changes.map(({ alarmName, timeMs }) => [
                alarmName,
                (timeMs - startMs) / 60_000,
            ]),
            [
                ["day", 71],
                ["days", 120],
            ],
        );
    });

    it("describes an alarm as it was put, with its state", async () => {
        await put({ OKActions: [], Tags: [{ Key: "team", Value: "orders" }] });
        record(0, 3);
        await advanceTo(1);
        const { AlarmConfigurationUpdatedTimestamp, StateUpdatedTimestamp, StateReasonData, ...alarm } =
            await describeOne();
        deepEqual(alarm, {
            ...throttling,
            AlarmArn: "arn:aws:cloudwatch:us-east-1:123456789012:alarm:orders-WriteThrottling",
            ActionsEnabled: true,
            OKActions: [],
            AlarmActions: [],
            InsufficientDataActions: [],
            StateValue: "OK",
            StateReason:
                "Threshold Crossed: 1 datapoint [3.0 (31/10/26 23:56:00)] and 1 missing datapoint was treated as [NonBreaching].",
            StateTransitionedTimestamp: StateUpdatedTimestamp,
        });
        deepEqual(
            [AlarmConfigurationUpdatedTimestamp, StateUpdatedTimestamp],
            [new Date(startMs), new Date(startMs + 60_000)],
        );
        deepEqual(JSON.parse(StateReasonData!), {
            version: "1.0",
            queryDate: "2026-11-01T00:01:00.000+0000",
            startDate: "2026-10-31T23:56:00.000+0000",
            statistic: "Sum",
            period: 300,
            recentDatapoints: [3],
            threshold: 0,
            evaluatedDatapoints: [{ timestamp: "2026-10-31T23:56:00.000+0000", value: 3 }],
        });
    });

    it("keeps its state when it is put again", async () => {
        await put({ Period: 60, EvaluationPeriods: 1 });
        record(0, 1);
        await advanceTo(1);
        await put({ Period: 60, EvaluationPeriods: 1, Threshold: 100 });
        equal((await describeOne()).StateValue, "ALARM");
        record(1, 1);
        await advanceTo(2);
        deepEqual(changes(), ["1: INSUFFICIENT_DATA -> ALARM", "2: ALARM -> OK"]);
    });

    it("acts on changes of state only, on the topic of the new state", async () => {
        const topicOf = async (Name: string) => (await cloud.sns.send(new CreateTopicCommand({ Name }))).TopicArn!;
        const alarmTopic = await topicOf("alarm");
        const okTopic = await topicOf("ok");
        await put({ Period: 60, EvaluationPeriods: 1, AlarmActions: [alarmTopic], OKActions: [okTopic] });
        for (const minute of [3, 4, 5]) record(minute, 2);
        for (const minute of [6, 7, 8, 9]) record(minute, 0);
        await advanceTo(20);
        deepEqual(
            cloud.cloud.sns.published.map(({ topicArn, subject, timeMs }) => [
                topicArn,
                subject,
                (timeMs - startMs) / 60_000,
            ]),
            [
                [okTopic, 'OK: "orders-WriteThrottling" in US East (N. Virginia)', 1],
                [alarmTopic, 'ALARM: "orders-WriteThrottling" in US East (N. Virginia)', 4],
                [okTopic, 'OK: "orders-WriteThrottling" in US East (N. Virginia)', 7],
            ],
        );
        const message = JSON.parse(cloud.cloud.sns.published[1]!.message) as Record<string, unknown>;
        deepEqual(
            [message.AlarmName, message.OldStateValue, message.NewStateValue, message.Trigger],
            [
                "orders-WriteThrottling",
                "OK",
                "ALARM",
                {
                    MetricName: "WriteProvisionedThroughputExceeded",
                    Namespace: "AWS/Kinesis",
                    StatisticType: "Statistic",
                    Statistic: "SUM",
                    Unit: null,
                    Dimensions: [{ value: "orders", name: "StreamName" }],
                    Period: 60,
                    EvaluationPeriods: 1,
                    DatapointsToAlarm: 1,
                    ComparisonOperator: "GreaterThanThreshold",
                    Threshold: 0,
                    TreatMissingData: "notBreaching",
                    EvaluateLowSampleCountPercentile: "",
                },
            ],
        );
    });

    it("takes no action while actions are disabled", async () => {
        const { TopicArn } = await cloud.sns.send(new CreateTopicCommand({ Name: "alarm" }));
        await put({ Period: 60, EvaluationPeriods: 1, AlarmActions: [TopicArn!] });
        await cloud.cloudWatch.send(new DisableAlarmActionsCommand({ AlarmNames: [throttling.AlarmName!] }));
        record(0, 2);
        await advanceTo(1);
        equal((await describeOne()).ActionsEnabled, false);
        deepEqual([changes(), cloud.cloud.sns.published], [["1: INSUFFICIENT_DATA -> ALARM"], []]);
    });

    it("records in its history that a topic with the AWS-managed key refuses it", async () => {
        const { TopicArn } = await cloud.sns.send(
            new CreateTopicCommand({ Name: "alarm", Attributes: { KmsMasterKeyId: "alias/aws/sns" } }),
        );
        await put({ Period: 60, EvaluationPeriods: 1, AlarmActions: [TopicArn!] });
        record(0, 2);
        await advanceTo(1);
        const { AlarmHistoryItems } = await cloud.cloudWatch.send(
            new DescribeAlarmHistoryCommand({ AlarmName: throttling.AlarmName, ScanBy: "TimestampAscending" }),
        );
        deepEqual(
            AlarmHistoryItems!.map(({ HistoryItemType, HistorySummary }) => [HistoryItemType, HistorySummary]),
            [
                ["ConfigurationUpdate", 'Alarm "orders-WriteThrottling" created'],
                ["StateUpdate", "Alarm updated from INSUFFICIENT_DATA to ALARM"],
                [
                    "Action",
                    `Failed to execute action ${TopicArn}. Received error: "CloudWatch Alarms does not have authorization to access the SNS topic encryption key."`,
                ],
            ],
        );
        deepEqual(cloud.cloud.sns.published, []);
    });

    it("watches metric math: bytes and records over the capacity, the scarcer one", async () => {
        const metric = (Id: string, MetricName: string) => ({
            Id,
            ReturnData: false,
            MetricStat: {
                Metric: { Namespace: "AWS/Kinesis", MetricName, Dimensions: throttling.Dimensions },
                Period: 60,
                Stat: "Sum",
            },
        });
        await cloud.cloudWatch.send(
            new PutMetricAlarmCommand({
                AlarmName: "orders-WriteUtilization",
                EvaluationPeriods: 3,
                DatapointsToAlarm: 2,
                Threshold: 80,
                ComparisonOperator: "GreaterThanOrEqualToThreshold",
                Metrics: [
                    metric("bytes", "IncomingBytes"),
                    metric("records", "IncomingRecords"),
                    {
                        Id: "utilization",
                        Expression: "100 * MAX([bytes / 1048576, records / 1000]) / (PERIOD(bytes) * 2)",
                    },
                ],
            }),
        );
        const loads = [0.5, 0.9, 0.7, 0.8, 0.2, 0.2];
        loads.forEach((load, minute) => {
            record(minute, load * 2 * 60 * 1_000, "IncomingRecords");
            record(minute, 1_000, "IncomingBytes");
        });
        await advanceTo(6);
        deepEqual(changes(), ["1: INSUFFICIENT_DATA -> OK", "4: OK -> ALARM", "5: ALARM -> OK"]);
    });

    it("follows each shard by a query: an alarm is on while one contributor is", async () => {
        const { TopicArn } = await cloud.sns.send(new CreateTopicCommand({ Name: "alarm" }));
        await cloud.cloudWatch.send(
            new PutMetricAlarmCommand({
                AlarmName: "orders-HotShard",
                EvaluationPeriods: 1,
                Threshold: 80,
                ComparisonOperator: "GreaterThanThreshold",
                TreatMissingData: "notBreaching",
                AlarmActions: [TopicArn!],
                Metrics: [
                    {
                        Id: "q1",
                        Expression: `SELECT SUM(IncomingBytes) FROM SCHEMA("AWS/Kinesis", StreamName, ShardId) WHERE StreamName = 'orders' GROUP BY ShardId ORDER BY SUM() DESC`,
                        Period: 60,
                    },
                ],
            }),
        );
        const shard = (ShardId: string) => ({ StreamName: "orders", ShardId });
        // Shard 0 gets hot, is split into 1 and 2, and ends.
        record(0, 50, "IncomingBytes", shard("0"));
        record(1, 90, "IncomingBytes", shard("0"));
        await advanceTo(2);
        const contributors = async () =>
            (
                await cloud.cloudWatch.send(new DescribeAlarmContributorsCommand({ AlarmName: "orders-HotShard" }))
            ).AlarmContributors!.map(({ ContributorAttributes }) => ContributorAttributes);
        deepEqual(await contributors(), [{ ShardId: "0" }]);
        for (const minute of [2, 3, 4, 5, 6]) {
            record(minute, 40, "IncomingBytes", shard("1"));
            record(minute, minute === 4 ? 95 : 60, "IncomingBytes", shard("2"));
        }
        await advanceTo(7);
        deepEqual(changes(), ["1: INSUFFICIENT_DATA -> OK", "2: OK -> ALARM", "6: ALARM -> OK"]);
        deepEqual(await contributors(), []);
        // One message for each shard that became hot.
        equal(cloud.cloud.sns.published.length, 2);
    });

    it("lets a state be set until the next evaluation, actions included", async () => {
        const { TopicArn } = await cloud.sns.send(new CreateTopicCommand({ Name: "alarm" }));
        await put({ AlarmActions: [TopicArn!] });
        await cloud.cloudWatch.send(
            new SetAlarmStateCommand({ AlarmName: throttling.AlarmName, StateValue: "ALARM", StateReason: "drill" }),
        );
        equal(cloud.cloud.sns.published.length, 1);
        await advanceTo(1);
        deepEqual(changes(), ["0: INSUFFICIENT_DATA -> ALARM", "1: ALARM -> OK"]);
    });

    it("evaluates once a minute also after an action that deleted the last alarm and put another one", async () => {
        const { clock } = cloud;
        const armedMs: number[] = [];
        const counted: Clock = {
            nowMs: () => clock.nowMs(),
            at: (timeMs, action) => {
                armedMs.push(timeMs - startMs);
                return clock.at(timeMs, action);
            },
            sleep: (ms) => clock.sleep(ms),
            hold: () => clock.hold(),
            heldSpeed: clock.heldSpeed,
        };
        const ambient = {
            clock: counted,
            region: "us-east-1",
            accountId: "123456789012",
            partition: "aws",
            warn: () => undefined,
        };
        const call = async (operation: string, input: object) => service.operations[operation]!(input, {} as never);
        const actions = {
            publishAs: async () => {
                await call("DeleteAlarms", { AlarmNames: ["first"] });
                await call("PutMetricAlarm", { ...throttling, AlarmName: "second" });
            },
            invokeAs: () => Promise.resolve(),
        };
        const service = cloudWatchService(ambient, new MetricStore(), actions, newGlobal());
        const OKActions = ["arn:aws:sns:us-east-1:123456789012:alarm"];
        await call("PutMetricAlarm", { ...throttling, AlarmName: "first", OKActions });
        await advanceTo(4);
        deepEqual(armedMs, [1, 2, 3, 4, 5].map(minutes));
        await service.stop?.();
    });

    it("tells when a state was set apart from when it became another one", async () => {
        await put();
        await advanceTo(1);
        await cloud.clock.advance(30_000);
        await cloud.cloudWatch.send(
            new SetAlarmStateCommand({ AlarmName: throttling.AlarmName, StateValue: "OK", StateReason: "drill" }),
        );
        const { StateReason, StateUpdatedTimestamp, StateTransitionedTimestamp } = await describeOne();
        deepEqual(
            [StateReason, StateUpdatedTimestamp!.getTime() - startMs, StateTransitionedTimestamp!.getTime() - startMs],
            ["drill", minutes(1.5), minutes(1)],
        );
    });

    it("finds alarms by prefix and state, tags them, and deletes those that are there", async () => {
        for (const AlarmName of ["a-1", "a-2", "b-1"]) await put({ AlarmName });
        const names = async (input: { AlarmNamePrefix?: string; StateValue?: "OK"; MaxRecords?: number }) =>
            (await cloud.cloudWatch.send(new DescribeAlarmsCommand(input))).MetricAlarms!.map((each) => each.AlarmName);
        deepEqual(await names({ AlarmNamePrefix: "a-" }), ["a-1", "a-2"]);
        deepEqual(await names({ StateValue: "OK" }), []);
        deepEqual(await names({ MaxRecords: 1 }), ["a-1"]);
        const ResourceARN = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:a-1";
        await cloud.cloudWatch.send(new TagResourceCommand({ ResourceARN, Tags: [{ Key: "team", Value: "x" }] }));
        await cloud.cloudWatch.send(new TagResourceCommand({ ResourceARN, Tags: [{ Key: "tier", Value: "1" }] }));
        await cloud.cloudWatch.send(new UntagResourceCommand({ ResourceARN, TagKeys: ["tier"] }));
        deepEqual((await cloud.cloudWatch.send(new ListTagsForResourceCommand({ ResourceARN }))).Tags, [
            { Key: "team", Value: "x" },
        ]);
        // An alarm keeps its tags when it is put again with others; one of the same name that comes later begins anew.
        const tags = async () => (await cloud.cloudWatch.send(new ListTagsForResourceCommand({ ResourceARN }))).Tags;
        await put({ AlarmName: "a-1", Tags: [{ Key: "team", Value: "y" }] });
        deepEqual(await tags(), [{ Key: "team", Value: "x" }]);
        await rejects(
            cloud.cloudWatch.send(new DeleteAlarmsCommand({ AlarmNames: ["a-1", "gone", "a-2"] })),
            (error: CloudWatchServiceException) =>
                error.name === "ResourceNotFound" && error.message === "Unknown: Alarm gone does not exist.",
        );
        deepEqual(await names({}), ["b-1"]);
        await put({ AlarmName: "a-1" });
        deepEqual(await tags(), []);
    });

    const math = (expression: string): Partial<PutMetricAlarmCommandInput> => ({
        Namespace: undefined,
        MetricName: undefined,
        Dimensions: undefined,
        Statistic: undefined,
        Period: undefined,
        Metrics: [{ Id: "e1", Expression: expression, Period: 60 }],
    });
    const refusals: [string, Partial<PutMetricAlarmCommandInput>, string][] = [
        [
            "M above N",
            { DatapointsToAlarm: 3 },
            "The parameter DatapointsToAlarm (3) must not be greater than EvaluationPeriods (2).",
        ],
        [
            "an unknown comparison",
            { ComparisonOperator: "Above" as "GreaterThanThreshold" },
            "1 validation error detected: Value 'Above' at 'comparisonOperator' failed to satisfy constraint: Member must satisfy enum value set: [GreaterThanOrEqualToThreshold, GreaterThanThreshold, LessThanThreshold, LessThanOrEqualToThreshold]",
        ],
        [
            "a percentile that is none",
            { Statistic: undefined, ExtendedStatistic: "90" },
            "The value 90 for parameter ExtendedStatistic is not supported.",
        ],
        [
            "a statistic that leaves values out",
            { Statistic: undefined, ExtendedStatistic: "TM(:90%)" },
            "The value TM(:90%) for parameter Stat is not supported. The sandbox has Sum, SampleCount, Average, Minimum, Maximum and the percentiles p0 to p100.",
        ],
        [
            "a statistic of either kind",
            { ExtendedStatistic: "p90" },
            "The parameters Statistic and ExtendedStatistic are mutually exclusive and you have specified both.",
        ],
        [
            "an option for few samples that is none",
            { Statistic: undefined, ExtendedStatistic: "p90", EvaluateLowSampleCountPercentile: "count" },
            "Option count is not supported. Supported options for parameter EvaluateLowSampleCountPercentile are evaluate and ignore.",
        ],
        ["no statistic", { Statistic: undefined }, "The parameter Statistic is required when MetricName is used."],
        [
            "more than a day of periods",
            { Period: 300, EvaluationPeriods: 289 },
            "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).",
        ],
        [
            "an action that is no ARN",
            { AlarmActions: ["oncall@example.com"] },
            "Invalid arn syntax: oncall@example.com",
        ],
        [
            "an action of another region",
            { AlarmActions: ["arn:aws:sns:eu-west-1:123456789012:alarm"] },
            "Invalid region eu-west-1 specified. Only us-east-1 is supported.",
        ],
        ["SEARCH", math(`SEARCH('{AWS/Kinesis,StreamName}', 'Sum', 60)`), "SEARCH is not supported on Metric Alarms."],
        [
            "GROUP BY without ORDER BY",
            math('SELECT SUM(IncomingBytes) FROM "AWS/Kinesis" GROUP BY ShardId'),
            "A Metrics Insights query of an alarm with GROUP BY must have ORDER BY.",
        ],
        [
            "an expression that is a number",
            math("1 + 1"),
            "Error in expression 'e1': The expression must return a time series or an array of time series.",
        ],
        [
            "two results",
            {
                ...math("TIME_SERIES(1)"),
                Metrics: [
                    { Id: "e1", Expression: "TIME_SERIES(1)" },
                    { Id: "e2", Expression: "TIME_SERIES(2)" },
                ],
            },
            "Exactly one element of the metrics list should return data.",
        ],
        [
            "a metric beside an expression",
            { Metrics: [{ Id: "e1", Expression: "TIME_SERIES(1)" }] },
            "An alarm must have either MetricName or Metrics, and not both.",
        ],
    ];
    for (const [title, change, message] of refusals) {
        it(`refuses ${title}`, async () => {
            await rejects(put(change), { message });
            deepEqual((await cloud.cloudWatch.send(new DescribeAlarmsCommand({}))).MetricAlarms, []);
        });
    }
});
