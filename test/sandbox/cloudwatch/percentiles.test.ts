/** Percentiles: what is kept of a metric's values, what is told of them, and alarms on them. */
import * as fc from "fast-check";
import { deepEqual, equal, ok } from "node:assert/strict";
import {
    GetMetricDataCommand,
    GetMetricStatisticsCommand,
    type MetricDatum,
    PutMetricAlarmCommand,
    type PutMetricAlarmCommandInput,
    PutMetricDataCommand,
} from "@aws-sdk/client-cloudwatch";
import { CreateTopicCommand } from "@aws-sdk/client-sns";

import { pointsOf } from "../../../sandbox/cloudwatch/statistics";
import { MetricStore } from "../../../sandbox/cloudwatch/store";
import { minutes, startCloud, startMs, type TestCloud } from "../cloud";

const metric = { namespace: "Test", metricName: "Latency", dimensions: {} };
const minuteMs = 60_000;
const windows = { startMs: 0, periodMs: 2 * minuteMs, count: 1 };

/** A store with these values in the two minutes of one window. */
function storeOf(values: readonly number[], store = new MetricStore()): MetricStore {
    for (const [index, value] of values.entries())
        store.record({ ...metric, value, unit: "Milliseconds", timeMs: (index % 2) * minuteMs });
    return store;
}

const told = (store: MetricStore, statistic: string) =>
    pointsOf(store, { metric, unit: undefined, windows, nowMs: 0 }, statistic)[0];

describe("a percentile of what a metric's values were", () => {
    it("is the value that so many percent are not above", () => {
        const store = storeOf(Array.from({ length: 40 }, (_, index) => index + 1));
        const rows = ["p0", "p2.5", "p2.6", "p50", "p90", "p97.5", "p97.6", "p100"];
        deepEqual(
            rows.map((statistic) => [statistic, told(store, statistic)]),
            [
                ["p0", 1],
                ["p2.5", 1],
                ["p2.6", 2],
                ["p50", 20],
                ["p90", 36],
                ["p97.5", 39],
                ["p97.6", 40],
                ["p100", 40],
            ],
        );
    });

    const anyValues = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 400 });
    const anyPercent = fc.integer({ min: 0, max: 1_000 }).map((tenths) => tenths / 10);
    const rankedOf = (values: readonly number[], percent: number): number => {
        const sorted = [...values].sort((left, right) => left - right);
        return sorted.find((_, index) => (index + 1) * 100 >= percent * sorted.length)!;
    };

    it("is exact where a minute has at most 50 different values", () => {
        fc.assert(
            fc.property(
                fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 100 }),
                anyPercent,
                (values, percent) => {
                    equal(told(storeOf(values), `p${percent}`), rankedOf(values, percent));
                },
            ),
        );
    });

    it("is right to a twentieth, and lies within what came, where there are more", () => {
        fc.assert(
            fc.property(anyValues, anyPercent, (values, percent) => {
                const found = told(storeOf(values), `p${percent}`)!;
                const exact = rankedOf(values, percent);
                ok(Math.abs(found - exact) <= 0.05 * exact, `${found} for ${exact}`);
                ok(found >= Math.min(...values) && found <= Math.max(...values));
            }),
        );
    });

    const set = (sampleCount: number, minimum: number, maximum: number, timeMs = 0) => ({
        ...metric,
        unit: "Milliseconds",
        timeMs,
        statistics: { sum: (sampleCount * (minimum + maximum)) / 2, sampleCount, minimum, maximum },
    });

    it("is not known of a set of statistics, unless its minimum is its maximum", () => {
        const equalOnes = storeOf([]);
        equalOnes.recordStatistics(set(3, 7, 7));
        equalOnes.recordStatistics(set(1, 9, 9));
        deepEqual([told(equalOnes, "p75"), told(equalOnes, "p76")], [7, 9]);
        for (const orders of ["set first", "set last"]) {
            const store = orders === "set first" ? storeOf([]) : storeOf([1, 2, 3]);
            store.recordStatistics(set(10, 1, 5));
            if (orders === "set first") storeOf([1, 2, 3], store);
            deepEqual([told(store, "p50"), told(store, "SampleCount")], [undefined, 13], orders);
        }
    });

    it("is not known where values are negative", () => {
        deepEqual([told(storeOf([0, 5]), "p50"), told(storeOf([-1, 5]), "p50")], [0, undefined]);
    });

    it("is forgotten, and that is told, where more values are kept than there is room for", () => {
        const warned: string[] = [];
        const store = new MetricStore({ valuesMax: 10, warn: (_, sentence) => warned.push(sentence) });
        const dayMs = 24 * 60 * minuteMs;
        const at = (timeMs: number, statistic: string) =>
            pointsOf(
                store,
                { metric, unit: undefined, windows: { startMs: timeMs, periodMs: minuteMs, count: 1 }, nowMs: 0 },
                statistic,
            )[0];
        for (const timeMs of [0, dayMs])
            for (let value = 1; value <= 6; value++) store.record({ ...metric, value, unit: "Milliseconds", timeMs });

        deepEqual([at(0, "p50"), at(0, "Maximum"), at(dayMs, "p50")], [undefined, 6, 3]);
        deepEqual(warned, [
            "the oldest values of metrics are forgotten, so that they have no percentiles: 10 of them are kept.",
        ]);
    });
});

describe("CloudWatch tells percentiles", () => {
    let cloud: TestCloud;
    beforeEach(async () => {
        cloud = await startCloud();
    });
    afterEach(() => cloud.stop());

    const at = (minute: number): Date => new Date(startMs + minutes(minute));
    const put = (...data: Omit<MetricDatum, "MetricName">[]) =>
        cloud.cloudWatch.send(
            new PutMetricDataCommand({
                Namespace: "Test",
                MetricData: data.map((datum) => ({ MetricName: "Latency", Unit: "Milliseconds", ...datum })),
            }),
        );

    it("by GetMetricData, also to metric math", async () => {
        await put({ Values: [10, 20, 1_000], Counts: [90, 9, 1], Timestamp: at(0) }, { Value: 5, Timestamp: at(1) });
        const MetricStat = (Stat: string) => ({
            Metric: { Namespace: "Test", MetricName: "Latency" },
            Period: 60,
            Stat,
        });
        const { MetricDataResults } = await cloud.cloudWatch.send(
            new GetMetricDataCommand({
                MetricDataQueries: [
                    { Id: "usual", MetricStat: MetricStat("p50") },
                    { Id: "slow", MetricStat: MetricStat("p99") },
                    { Id: "slowest", MetricStat: MetricStat("p99.9") },
                    { Id: "times", Expression: "slow / usual" },
                ],
                StartTime: at(0),
                EndTime: at(2),
                ScanBy: "TimestampAscending",
            }),
        );
        deepEqual(
            MetricDataResults!.map(({ Id, Values }) => [Id, Values]),
            [
                ["usual", [10, 5]],
                ["slow", [20, 5]],
                ["slowest", [1_000, 5]],
                ["times", [2, 1]],
            ],
        );
    });

    it("by GetMetricStatistics, of each unit, and nothing of periods where they are not known", async () => {
        await put(
            { Values: [1, 2, 3], Timestamp: at(0) },
            { Value: 4, Unit: "Seconds", Timestamp: at(0) },
            { StatisticValues: { SampleCount: 2, Sum: 3, Minimum: 1, Maximum: 2 }, Timestamp: at(1) },
        );
        const { Datapoints } = await cloud.cloudWatch.send(
            new GetMetricStatisticsCommand({
                Namespace: "Test",
                MetricName: "Latency",
                StartTime: at(0),
                EndTime: at(2),
                Period: 60,
                ExtendedStatistics: ["p50", "p100"],
            }),
        );
        deepEqual(Datapoints, [
            { Timestamp: at(0), ExtendedStatistics: { p50: 4, p100: 4 }, Unit: "Seconds" },
            { Timestamp: at(0), ExtendedStatistics: { p50: 2, p100: 3 }, Unit: "Milliseconds" },
        ]);
    });

    const slow: PutMetricAlarmCommandInput = {
        AlarmName: "slow",
        Namespace: "Test",
        MetricName: "Latency",
        ExtendedStatistic: "p99",
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 100,
        ComparisonOperator: "GreaterThanThreshold",
    };
    const alarm = (changes: Partial<PutMetricAlarmCommandInput> = {}) =>
        cloud.cloudWatch.send(new PutMetricAlarmCommand({ ...slow, ...changes }));
    const states = () =>
        cloud.cloud.cloudWatch.alarms.changes.map(({ timeMs, to }) => `${(timeMs - startMs) / 60_000}: ${to}`);

    it("to alarms, and alarms to whom they notify", async () => {
        const { TopicArn } = await cloud.sns.send(new CreateTopicCommand({ Name: "oncall" }));
        await alarm({ AlarmActions: [TopicArn!] });
        await put({ Values: [10, 500], Counts: [99, 1], Timestamp: at(0) });
        await put({ Values: [10, 500], Counts: [98, 2], Timestamp: at(1) });
        await cloud.clock.advanceTo(startMs + minutes(2));
        deepEqual(states(), ["1: OK", "2: ALARM"]);
        const { Trigger } = JSON.parse(cloud.cloud.sns.published[0]!.message) as { Trigger: object };
        deepEqual(Trigger, {
            MetricName: "Latency",
            Namespace: "Test",
            StatisticType: "ExtendedStatistic",
            ExtendedStatistic: "p99",
            Unit: null,
            Dimensions: [],
            Period: 60,
            EvaluationPeriods: 1,
            DatapointsToAlarm: 1,
            ComparisonOperator: "GreaterThanThreshold",
            Threshold: 100,
            TreatMissingData: "missing",
            EvaluateLowSampleCountPercentile: "",
        });
    });

    // Ten samples are to lie beyond the percentile: of p99 that takes 1,000, of p10 and p90 100.
    const samples: [statistic: string, few: number, enough: number][] = [
        ["p10", 99, 100],
        ["p90", 99, 100],
        ["p97", 333, 334],
        ["p99", 999, 1_000],
        ["p99.9", 9_999, 10_000],
        ["p100", 0, 1],
    ];
    for (const [ExtendedStatistic, few, enough] of samples) {
        it(`an alarm on ${ExtendedStatistic} that ignores few samples keeps its state below ${enough} of them`, async () => {
            await alarm({ ExtendedStatistic, EvaluateLowSampleCountPercentile: "ignore" });
            await put({ Values: [500], Counts: [enough], Timestamp: at(0) });
            if (few > 0) await put({ Values: [1], Counts: [few], Timestamp: at(1) });
            await put({ Values: [1], Counts: [enough], Timestamp: at(2) });
            await cloud.clock.advanceTo(startMs + minutes(3));
            deepEqual(states(), ["1: ALARM", "3: OK"]);
        });
    }

    it("and one that evaluates them does not", async () => {
        await alarm();
        await put({ Value: 500, Timestamp: at(0) }, { Value: 1, Timestamp: at(1) });
        await cloud.clock.advanceTo(startMs + minutes(2));
        deepEqual(states(), ["1: ALARM", "2: OK"]);
    });
});
