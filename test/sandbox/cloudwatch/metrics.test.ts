/** Metrics through CloudWatch's client: put, read back, computed with, searched and refused. */
import { deepEqual, equal, rejects } from "node:assert/strict";
import {
    type CloudWatchServiceException,
    GetMetricDataCommand,
    GetMetricStatisticsCommand,
    ListMetricsCommand,
    type MetricDataQuery,
    PutMetricDataCommand,
} from "@aws-sdk/client-cloudwatch";

import { minutes, startCloud, startMs, type TestCloud } from "../cloud";

const at = (minute: number): Date => new Date(startMs + minutes(minute));

const fails = (code: string, message: string) => (error: unknown) => {
    const { Code, name, message: found } = error as CloudWatchServiceException & { Code?: string };
    deepEqual({ code: Code ?? name, message: found }, { code, message });
    return true;
};

describe("CloudWatch keeps metrics by the minute", () => {
    let cloud: TestCloud;
    beforeEach(async () => {
        cloud = await startCloud();
    });
    afterEach(() => cloud.stop());

    const query = (id: string, stat: string, period = 60, metricName = "Load"): MetricDataQuery => ({
        Id: id,
        MetricStat: { Metric: { Namespace: "Test", MetricName: metricName }, Period: period, Stat: stat },
    });
    const get = async (queries: MetricDataQuery[], until = 10) => {
        const answer = await cloud.cloudWatch.send(
            new GetMetricDataCommand({
                MetricDataQueries: queries,
                StartTime: at(0),
                EndTime: at(until),
                ScanBy: "TimestampAscending",
            }),
        );
        return answer.MetricDataResults!.map(({ Id, Label, Timestamps, Values }) => ({
            id: Id,
            label: Label,
            points: Values!.map((value, index) => [(Timestamps![index]!.getTime() - startMs) / 60_000, value]),
        }));
    };
    const put = (data: { minute: number; value: number }[], MetricName = "Load") =>
        cloud.cloudWatch.send(
            new PutMetricDataCommand({
                Namespace: "Test",
                MetricData: data.map(({ minute, value }) => ({ MetricName, Value: value, Timestamp: at(minute) })),
            }),
        );

    it("gives each statistic of a value, of many values and of a statistic set", async () => {
        await cloud.cloudWatch.send(
            new PutMetricDataCommand({
                Namespace: "Test",
                MetricData: [
                    { MetricName: "Load", Value: 5, Timestamp: at(0) },
                    { MetricName: "Load", Values: [1, 10], Counts: [2, 3], Timestamp: at(1) },
                    {
                        MetricName: "Load",
                        StatisticValues: { SampleCount: 4, Sum: 100, Minimum: 7, Maximum: 70 },
                        Timestamp: at(2),
                    },
                ],
            }),
        );
        const stats = ["Sum", "SampleCount", "Average", "Minimum", "Maximum"];
        deepEqual(
            (await get(stats.map((stat) => query(stat.toLowerCase(), stat)))).map(({ points }) => points),
            [
                [[0, 5], [1, 32], [2, 100]], // prettier-ignore
                [[0, 1], [1, 5], [2, 4]], // prettier-ignore
                [[0, 5], [1, 6.4], [2, 25]], // prettier-ignore
                [[0, 5], [1, 1], [2, 7]], // prettier-ignore
                [[0, 5], [1, 10], [2, 70]], // prettier-ignore
            ],
        );
    });

    it("adds up longer periods from the minute where the request starts, and leaves out periods without data", async () => {
        await put([0, 1, 4, 5, 9, 20].map((minute) => ({ minute, value: minute + 1 })));
        deepEqual((await get([query("m1", "Sum", 300)], 30))[0]!.points, [
            [0, 8],
            [5, 16],
            [20, 21],
        ]);
    });

    it("answers newest first unless asked otherwise, page by page", async () => {
        await put([0, 1, 2, 3, 4].map((minute) => ({ minute, value: minute })));
        const pages = [];
        let NextToken: string | undefined;
        do {
            const answer: { NextToken?: string | undefined; MetricDataResults?: { Values?: number[] }[] } =
                await cloud.cloudWatch.send(
                    new GetMetricDataCommand({
                        MetricDataQueries: [query("m1", "Sum")],
                        StartTime: at(0),
                        EndTime: at(10),
                        MaxDatapoints: 2,
                        NextToken,
                    }),
                );
            pages.push(answer.MetricDataResults![0]!.Values);
            NextToken = answer.NextToken;
        } while (NextToken);
        deepEqual(pages, [[4, 3], [2, 1], [0]]);
    });

    it("computes metric math over other queries, hidden ones too", async () => {
        await put([0, 1, 2].map((minute) => ({ minute, value: 60 * (minute + 1) })));
        await put([{ minute: 1, value: 30 }], "Refused");
        deepEqual(
            await get(
                [
                    { ...query("m1", "Sum"), ReturnData: false },
                    { ...query("m2", "Sum", 60, "Refused"), ReturnData: false },
                    { Id: "e1", Expression: "(m1 + FILL(m2, 0)) / PERIOD(m1)", Label: "demand" },
                ],
                4,
            ),
            [{ id: "e1", label: "demand", points: [[0, 1], [1, 2.5], [2, 3]] }], // prettier-ignore
        );
    });

    it("runs a Metrics Insights query by shard, hottest first", async () => {
        const shards: [string, string, number][] = [
            ["orders", "shard-0", 10],
            ["orders", "shard-1", 50],
            ["other", "shard-0", 99],
        ];
        for (const [stream, shard, value] of shards) {
            cloud.cloud.store.record({
                namespace: "AWS/Kinesis",
                metricName: "IncomingBytes",
                dimensions: { StreamName: stream, ShardId: shard },
                value,
                unit: "Bytes",
                timeMs: startMs,
            });
        }
        cloud.cloud.store.record({
            namespace: "AWS/Kinesis",
            metricName: "IncomingBytes",
            dimensions: { StreamName: "orders" },
            value: 60,
            unit: "Bytes",
            timeMs: startMs,
        });
        const from = 'FROM SCHEMA("AWS/Kinesis", StreamName, ShardId)';
        deepEqual(
            await get([
                {
                    Id: "q1",
                    Expression: `SELECT SUM(IncomingBytes) ${from} WHERE StreamName = 'orders' GROUP BY ShardId ORDER BY SUM() DESC`,
                    Period: 60,
                },
            ]),
            [
                { id: "q1", label: "shard-1", points: [[0, 50]] },
                { id: "q1", label: "shard-0", points: [[0, 10]] },
            ],
        );
        deepEqual(await get([{ Id: "q1", Expression: `SELECT MAX(IncomingBytes) ${from}`, Period: 60 }]), [
            { id: "q1", label: "IncomingBytes", points: [[0, 99]] },
        ]);
        deepEqual(
            (
                await get([
                    {
                        Id: "s1",
                        Expression: `SEARCH('{AWS/Kinesis,StreamName,ShardId} MetricName="IncomingBytes" StreamName="orders"', 'Sum', 60)`,
                    },
                ])
            ).map(({ points }) => points),
            [[[0, 10]], [[0, 50]]],
        );
    });

    it("groups by the values of all keys of a query, not by what they read like side by side", async () => {
        for (const [Shop, Till] of [
            ["old town", "1"],
            ["old", "town 1"],
        ]) {
            cloud.cloud.store.record({
                namespace: "Test",
                metricName: "Sales",
                dimensions: { Shop: Shop!, Till: Till! },
                value: 1,
                unit: "Count",
                timeMs: startMs,
            });
        }
        const Expression = "SELECT SUM(Sales) FROM SCHEMA(Test, Shop, Till) GROUP BY Shop, Till";
        deepEqual(await get([{ Id: "q1", Expression, Period: 60 }]), [
            { id: "q1", label: "old town 1", points: [[0, 1]] },
            { id: "q1", label: "old town 1", points: [[0, 1]] },
        ]);
    });

    it("shows a minute only after the publication delay that was set", async () => {
        cloud.cloud.store.publicationDelayMs = minutes(2);
        await put([{ minute: 0, value: 7 }]);
        await cloud.clock.advanceTo(startMs + minutes(3) - 1);
        deepEqual((await get([query("m1", "Sum")]))[0]!.points, []);
        await cloud.clock.advance(1);
        deepEqual((await get([query("m1", "Sum")]))[0]!.points, [[0, 7]]);
    });

    it("takes a PutMetricData call that the client compresses", async () => {
        await put(Array.from({ length: 1_000 }, (_, index) => ({ minute: index % 10, value: 1 })));
        deepEqual((await get([query("m1", "Sum", 600)]))[0]!.points, [[0, 1_000]]);
    });

    it("gives statistics of one metric and lists metrics", async () => {
        await cloud.cloudWatch.send(
            new PutMetricDataCommand({
                Namespace: "Test",
                MetricData: ["a", "b"].map((Value, index) => ({
                    MetricName: "Load",
                    Dimensions: [{ Name: "Host", Value }],
                    Value: index,
                    Unit: "Percent",
                    Timestamp: at(0),
                })),
            }),
        );
        const { Datapoints } = await cloud.cloudWatch.send(
            new GetMetricStatisticsCommand({
                Namespace: "Test",
                MetricName: "Load",
                Dimensions: [{ Name: "Host", Value: "b" }],
                StartTime: at(0),
                EndTime: at(5),
                Period: 60,
                Statistics: ["Sum", "SampleCount"],
                Unit: "Percent",
            }),
        );
        deepEqual(Datapoints, [{ Timestamp: at(0), Sum: 1, SampleCount: 1, Unit: "Percent" }]);
        const list = async (Dimensions: { Name: string; Value?: string }[]) =>
            (await cloud.cloudWatch.send(new ListMetricsCommand({ Namespace: "Test", Dimensions }))).Metrics!.map(
                ({ Dimensions: found }) => found![0]!.Value,
            );
        deepEqual(await list([{ Name: "Host" }]), ["a", "b"]);
        deepEqual(await list([{ Name: "Host", Value: "b" }]), ["b"]);
        deepEqual(await list([{ Name: "Rack" }]), []);
    });

    it("keeps data of different units apart", async () => {
        await cloud.cloudWatch.send(
            new PutMetricDataCommand({
                Namespace: "Test",
                MetricData: [
                    { MetricName: "Load", Value: 1, Unit: "Bytes", Timestamp: at(0) },
                    { MetricName: "Load", Value: 2, Unit: "Count", Timestamp: at(0) },
                ],
            }),
        );
        const inUnit = (Unit?: "Bytes" | "Percent"): MetricDataQuery => ({
            Id: "m1",
            MetricStat: {
                Metric: { Namespace: "Test", MetricName: "Load" },
                Period: 60,
                Stat: "Sum",
                ...(Unit && { Unit }),
            },
        });
        const points = async (unit?: "Bytes" | "Percent") => (await get([inUnit(unit)]))[0]!.points;
        deepEqual([await points(), await points("Bytes"), await points("Percent")], [[[0, 3]], [[0, 1]], []]);
        const { Datapoints } = await cloud.cloudWatch.send(
            new GetMetricStatisticsCommand({
                Namespace: "Test",
                MetricName: "Load",
                StartTime: at(0),
                EndTime: at(5),
                Period: 60,
                Statistics: ["Sum"],
            }),
        );
        deepEqual(Datapoints, [
            { Timestamp: at(0), Sum: 1, Unit: "Bytes" },
            { Timestamp: at(0), Sum: 2, Unit: "Count" },
        ]);
    });

    it("keeps 15 days and no more", async () => {
        const day = 24 * 60;
        const record = (minute: number) =>
            cloud.cloud.store.record({
                namespace: "Test",
                metricName: "Load",
                dimensions: {},
                value: 1,
                unit: "None",
                timeMs: startMs + minutes(minute),
            });
        for (const minute of [0, day, 16 * day]) record(minute);
        deepEqual((await get([query("m1", "Sum", 86_400)], 17 * day))[0]!.points, [
            [day, 1],
            [16 * day, 1],
        ]);
    });

    const second = (seconds: number): Date => new Date(startMs + seconds * 1_000);
    const ofSeconds = (from: number, to: number) =>
        cloud.cloudWatch.send(
            new GetMetricDataCommand({
                MetricDataQueries: [query("m1", "Sum")],
                StartTime: second(from),
                EndTime: second(to),
            }),
        );
    const statistics = (asked: { Statistics?: ["Sum"]; ExtendedStatistics?: string[] }, from: number, to: number) =>
        cloud.cloudWatch.send(
            new GetMetricStatisticsCommand({
                Namespace: "Test",
                MetricName: "Load",
                Period: 60,
                StartTime: second(from),
                EndTime: second(to),
                ...asked,
            }),
        );
    const refusedDatum = (datum: object) =>
        cloud.cloudWatch.send(
            new PutMetricDataCommand({ Namespace: "Test", MetricData: [{ MetricName: "x", ...datum }] }),
        );
    const refusals: [string, () => Promise<unknown>, string, string][] = [
        [
            "a namespace of AWS",
            () =>
                cloud.cloudWatch.send(
                    new PutMetricDataCommand({
                        Namespace: "AWS/Kinesis",
                        MetricData: [{ MetricName: "x", Value: 1 }],
                    }),
                ),
            "InvalidParameterValue",
            "The value AWS/Kinesis for parameter Namespace is invalid.",
        ],
        [
            "data without a value",
            () =>
                cloud.cloudWatch.send(
                    new PutMetricDataCommand({ Namespace: "Test", MetricData: [{ MetricName: "x" }] }),
                ),
            "MissingParameter",
            "The parameter MetricData.member.1.Value is required.",
        ],
        [
            "data with a value and values",
            () => refusedDatum({ Value: 1, Values: [1] }),
            "InvalidParameterCombination",
            "The parameters MetricData.member.1.Value and MetricData.member.1.Values are mutually exclusive and you have specified both.",
        ],
        [
            "data with a value and statistics",
            () => refusedDatum({ Value: 1, StatisticValues: { SampleCount: 1, Sum: 1, Minimum: 1, Maximum: 1 } }),
            "InvalidParameterCombination",
            "The parameters MetricData.member.1.Value and MetricData.member.1.StatisticValues are mutually exclusive and you have specified both.",
        ],
        [
            "a value that is no number",
            () => refusedDatum({ Value: NaN }),
            "InvalidParameterValue",
            "The value NaN for parameter MetricData.member.1.Value is invalid.",
        ],
        [
            "an infinite value among others",
            () => refusedDatum({ Values: [1, -Infinity] }),
            "InvalidParameterValue",
            "The value -Infinity for parameter MetricData.member.1.Values.member.2 is invalid.",
        ],
        [
            "statistics that are no numbers",
            () => refusedDatum({ StatisticValues: { SampleCount: 1, Sum: NaN, Minimum: 1, Maximum: 1 } }),
            "InvalidParameterValue",
            "The value NaN for parameter MetricData.member.1.StatisticValues.Sum is invalid.",
        ],
        [
            "a dimension twice",
            () =>
                refusedDatum({
                    Value: 1,
                    Dimensions: [
                        { Name: "Shard", Value: "0" },
                        { Name: "Shard", Value: "1" },
                    ],
                }),
            "InvalidParameterValue",
            "No metric may specify the same dimension name twice.",
        ],
        [
            "a page that is none",
            () => cloud.cloudWatch.send(new ListMetricsCommand({ NextToken: "none" })),
            "InvalidParameterValue",
            "Request parameter NextToken is invalid",
        ],
        [
            "a query for nothing",
            () => get([query("m1", "Sum"), { Id: "m2" }]),
            "ValidationError",
            "The parameter MetricDataQueries.member.2.MetricStat is required.\n",
        ],
        [
            "a query for two things",
            () => get([{ ...query("m1", "Sum"), Expression: "1 + 1" }]),
            "ValidationError",
            "The parameters MetricDataQueries.member.1.Expression and MetricDataQueries.member.1.MetricStat are mutually exclusive and you have specified both.",
        ],
        [
            "a query with two periods",
            () => get([{ ...query("m1", "Sum"), Period: 60 }]),
            "ValidationError",
            "The parameters MetricDataQueries.member.1.Period and MetricDataQueries.member.1.MetricStat are mutually exclusive and you have specified both.",
        ],
        [
            "data of three weeks ago",
            () => put([{ minute: -21 * 24 * 60, value: 1 }]),
            "InvalidParameterValue",
            "The parameter MetricData.member.1.Timestamp must specify a time no more than two weeks in the past.",
        ],
        [
            "a range that ends before it starts",
            () => get([query("m1", "Sum")], -1),
            "ValidationError",
            "The parameter EndTime must be greater than StartTime.",
        ],
        [
            "a range that ends in the second in which it starts",
            () => ofSeconds(30, 30.9),
            "ValidationError",
            "The parameter StartTime must not equal parameter EndTime.",
        ],
        [
            "statistics of no time at all",
            () => statistics({ Statistics: ["Sum"] }, 30, 30.9),
            "InvalidParameterValue",
            "The parameter StartTime must be less than the parameter EndTime.",
        ],
        [
            "no statistics",
            () => statistics({}, 0, 60),
            "InvalidParameterCombination",
            "Must specify either Statistics or ExtendedStatistics",
        ],
        [
            "statistics of both kinds",
            () => statistics({ Statistics: ["Sum"], ExtendedStatistics: ["p99"] }, 0, 60),
            "InvalidParameterCombination",
            "The parameters Statistics and ExtendedStatistics are mutually exclusive and you have specified both.",
        ],
        [
            "a statistic that leaves values out",
            () => statistics({ ExtendedStatistics: ["tm99"] }, 0, 60),
            "InvalidParameterValue",
            "The value tm99 for parameter Stat is not supported. The sandbox has Sum, SampleCount, Average, Minimum, Maximum and the percentiles p0 to p100.",
        ],
        [
            "a period of 90 seconds",
            () => get([query("m1", "Sum", 90)]),
            "InvalidParameterValue",
            "The parameter Period must be 1, 5, 10, 20, 30, or a multiple of 60; it is 90.",
        ],
        [
            "an id twice",
            () => get([query("m1", "Sum"), query("m1", "Sum")]),
            "ValidationError",
            "The values for parameter id in MetricDataQueries are not unique: m1.",
        ],
        [
            "an id that nothing defines",
            () => get([{ Id: "e1", Expression: "m1 + 1" }]),
            "ValidationError",
            "Error in expression 'e1': The id m1 is not defined.",
        ],
        [
            "expressions in a circle",
            () =>
                get([
                    { Id: "e1", Expression: "e2 + 1" },
                    { Id: "e2", Expression: "e1 + 1" },
                ]),
            "ValidationError",
            "Error in expression 'e1': The expression refers to itself.",
        ],
        [
            "an expression that is a number",
            () => get([query("m1", "Sum"), { Id: "e1", Expression: "SUM(m1)" }]),
            "ValidationError",
            "Error in expression 'e1': The expression must return a time series or an array of time series.",
        ],
        [
            "a percentile above all others",
            () => get([query("m1", "p100.1")]),
            "InvalidParameterValue",
            "The value p100.1 for parameter Stat is not supported. The sandbox has Sum, SampleCount, Average, Minimum, Maximum and the percentiles p0 to p100.",
        ],
        [
            "a query that is no SQL",
            () => get([{ Id: "q1", Expression: 'SELECT IncomingBytes FROM "AWS/Kinesis"', Period: 60 }]),
            "ValidationError",
            "Error in expression 'q1': AVG, COUNT, MAX, MIN or SUM is expected, not 'IncomingBytes'.",
        ],
    ];
    for (const [title, call, code, message] of refusals)
        it(`refuses ${title}`, () => rejects(call(), fails(code, message)));

    it("lists every violation of a malformed request", async () => {
        await rejects(
            cloud.cloudWatch.send(
                new GetMetricStatisticsCommand({
                    Namespace: "",
                    MetricName: "Load",
                    StartTime: at(0),
                    EndTime: at(1),
                    Period: 0,
                    Statistics: ["Sum"],
                }),
            ),
            fails(
                "ValidationError",
                "2 validation errors detected: Value '' at 'namespace' failed to satisfy constraint: Member must have length greater than or equal to 1; Value '0' at 'period' failed to satisfy constraint: Member must have value greater than or equal to 1",
            ),
        );
        equal(cloud.cloud.store.list().length, 0);
    });
});
