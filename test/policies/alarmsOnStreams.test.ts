/** What `alarm-can-fire` says about alarms together with their stream, and every metric of Kinesis by the table of metrics. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { dimensionsOf, kinesisMetrics, type KinesisMetricRow, type MetricSubject } from "../../capacity/metrics";
import { shardedStreamType, streamAlarmsType } from "../../capacity/pulumiNames";
import { alarmRows } from "../../capacity/watching/alarms";
import { judgeResource, judgeStack, type ResourceView, type Verdict } from "../../policies/policies";
import { strictest } from "../../policies/verdict";
import {
    awsAlarm,
    awsStream,
    cannotTell,
    childStream,
    compliant,
    nativeAlarm,
    nativeStream,
    unknown,
    view,
    violation,
} from "./views";

/** What the policy says about an alarm, by itself or together with its stream. */
function saidOf(alarm: ResourceView, ...streams: ResourceView[]): Verdict {
    const together = judgeStack("alarm-can-fire", [...streams, alarm]).map(({ verdict }) => verdict);
    return strictest([judgeResource("alarm-can-fire", alarm), ...together]);
}

const raw = view(awsStream, { name: "raw", shardCount: 10, retentionPeriod: 24 }, { name: "raw" });
const shardId = "shardId-000000000000";

function alarm(metricName: string, statistic: string, threshold: unknown, more: object = {}): ResourceView {
    const comparison = { comparisonOperator: "GreaterThanThreshold", threshold, period: 60, evaluationPeriods: 1 };
    const dimensions = { StreamName: "raw" };
    return view(awsAlarm, { namespace: "AWS/Kinesis", metricName, statistic, dimensions, ...comparison, ...more });
}

/** The alarm as a part of a ShardedStream. */
function ofStreamAlarms(one: ResourceView): ResourceView {
    const types = `${shardedStreamType}$${streamAlarmsType}$${awsAlarm}`;
    return { ...one, urn: `urn:pulumi:dev::shop::${types}::orders-Alarm` };
}

describe("alarm-can-fire tells the alarms that never fire from those that do", () => {
    const ofShard = { dimensions: { StreamName: "raw", ShardId: shardId } };
    const rows: [title: string, alarm: ResourceView, verdict: Verdict][] = [
        [
            "never: the lag of fan-out without its consumer",
            alarm("SubscribeToShardEvent.MillisBehindLatest", "Maximum", 60_000),
            violation(
                "The alarm watches SubscribeToShardEvent.MillisBehindLatest of the whole stream; Kinesis publishes it per fan-out consumer only, so the alarm never has data. Add ConsumerName, the name of the registered consumer, to its dimensions.",
            ),
        ],
        [
            "never: a shard-level metric that is off",
            alarm("IncomingBytes", "Sum", 50_000_000, ofShard),
            violation(
                "The alarm watches IncomingBytes of one shard; the stream publishes no shard-level metrics, so the alarm never has data. Add \"IncomingBytes\" to the stream's shardLevelMetrics ($0.30 a month and shard), or remove ShardId from the alarm's dimensions.",
            ),
        ],
        [
            "never: above what one shard accepts",
            alarm("IncomingBytes", "Sum", 70_000_000, ofShard),
            violation(
                "The alarm watches IncomingBytes above 70,000,000 in 60 seconds; one shard accepts at most 62,914,560, and what is refused is not counted, so the alarm never fires. Lower its threshold below 62,914,560, or watch WriteProvisionedThroughputExceeded.",
            ),
        ],
        [
            "never: an age beyond the retention",
            alarm("GetRecords.IteratorAgeMilliseconds", "Maximum", 172_800_000),
            violation(
                "The alarm watches GetRecords.IteratorAgeMilliseconds above 172,800,000; after the stream's retention of 24 hours a record is gone, at an age of 86,400,000, so the alarm never fires. Lower its threshold below 86,400,000, or keep records for longer.",
            ),
        ],
        [
            "never: a success above 1",
            alarm("PutRecords.Success", "Average", 1),
            violation(
                "The alarm watches PutRecords.Success above 1; it is 0 or 1 for each call, never above 1, so the alarm never fires. Lower its threshold below 1.",
            ),
        ],
        [
            "fine: the lag of a fan-out consumer",
            alarm("SubscribeToShardEvent.MillisBehindLatest", "Maximum", 60_000, {
                dimensions: { StreamName: "raw", ConsumerName: "billing" },
            }),
            compliant,
        ],
        [
            "never, and says so in the unit of the argument: more records than the shards of a ShardedStream accept",
            ofStreamAlarms(alarm("IncomingRecords", "Sum", 3_000_000, { period: 300 })),
            violation(
                "The alarm watches IncomingRecords above 3,000,000 in 300 seconds; the stream's 10 shards accept at most 3,000,000, and what is refused is not counted, so the alarm never fires. Lower alarms.highIncomingRecords.threshold below 10,000 records per second, or watch WriteProvisionedThroughputExceeded.",
            ),
        ],
        [
            "never, and says so in the unit of the argument: an age beyond the retention of a ShardedStream",
            ofStreamAlarms(alarm("GetRecords.IteratorAgeMilliseconds", "Maximum", 100_000_000)),
            violation(
                "The alarm watches GetRecords.IteratorAgeMilliseconds above 100,000,000; after the stream's retention of 24 hours a record is gone, at an age of 86,400,000, so the alarm never fires. Lower alarms.iteratorAge.threshold below 86,400 seconds, or keep records for longer.",
            ),
        ],
        ["fine: 80 % of 10 shards", alarm("IncomingRecords", "Sum", 480_000), compliant],
    ];
    for (const [title, one, verdict] of rows) it(title, () => assert.deepEqual(saidOf(one, raw), verdict));
});

describe("alarm-can-fire passes the default alarms of a ShardedStream", () => {
    it("on records, whatever is declared and whatever is deployed", () => {
        const { default: byDefault, toMetric } = alarmRows.highIncomingRecords.threshold;
        fc.assert(
            fc.property(
                fc.double({ min: 0.001, max: 100_000, noNaN: true }),
                fc.integer({ min: 1, max: 200 }),
                fc.constantFrom(60, 300, 3_600),
                (recordsPerSecond, shards, period) => {
                    const facts = { recordsPerSecond, shards };
                    const threshold = toMetric(byDefault(facts), facts, { periodSeconds: period });
                    const one = ofStreamAlarms(alarm("IncomingRecords", "Sum", threshold, { period }));
                    assert.deepEqual(saidOf(one, view(awsStream, { name: "raw", shardCount: shards })), compliant);
                },
            ),
        );
    });
});

describe("alarm-can-fire: what an alarm asks for is there on its stream", () => {
    const ofShard = alarm("OutgoingBytes", "Sum", 1, { dimensions: { StreamName: "raw", ShardId: shardId } });
    const withMetrics = (type: string, props: object) => view(type, { name: "raw", shardCount: 10, ...props });
    const off = (publishes: string, fix: string) =>
        violation(
            `The alarm watches OutgoingBytes of one shard; the stream publishes ${publishes}, so the alarm never has data. Add "OutgoingBytes" to the ${fix} ($0.30 a month and shard), or watch a metric of the stream.`,
        );
    const rows: [title: string, alarm: ResourceView, stream: ResourceView, verdict: Verdict][] = [
        [
            "passes a shard-level metric that is on",
            ofShard,
            withMetrics(awsStream, { shardLevelMetrics: ["OutgoingBytes"] }),
            compliant,
        ],
        ["passes one of all", ofShard, withMetrics(awsStream, { shardLevelMetrics: ["ALL"] }), compliant],
        [
            "passes one of the aws-native provider",
            ofShard,
            withMetrics(nativeStream, { desiredShardLevelMetrics: ["OutgoingBytes"] }),
            compliant,
        ],
        [
            "warns where others are on",
            ofShard,
            withMetrics(awsStream, { shardLevelMetrics: ["IncomingBytes"] }),
            off("IncomingBytes per shard", "stream's shardLevelMetrics"),
        ],
        [
            "warns with the aws-native provider",
            ofShard,
            withMetrics(nativeStream, {}),
            off("no shard-level metrics", "stream's desiredShardLevelMetrics"),
        ],
        [
            "names what to change of a ShardedStream",
            ofShard,
            childStream(awsStream, { name: "raw", shardCount: 10 }),
            off("no shard-level metrics", "ShardedStream's shardLevelMetrics"),
        ],
        [
            "cannot tell while they are unknown",
            ofShard,
            withMetrics(awsStream, { shardLevelMetrics: unknown("shardLevelMetrics") }),
            cannotTell("shardLevelMetrics"),
        ],
        [
            "cannot tell while one of them is unknown",
            ofShard,
            withMetrics(awsStream, { shardLevelMetrics: [unknown("shardLevelMetrics.0")] }),
            cannotTell("shardLevelMetrics.0"),
        ],
        [
            "leaves metrics alone that deployments leave alone",
            ofShard,
            { ...raw, ignoreChanges: ["shardLevelMetrics"] },
            compliant,
        ],
        ["does not know the metrics of a stream elsewhere", ofShard, view(awsStream, { name: "other" }), compliant],
        [
            "passes an age that a longer retention reaches",
            alarm("GetRecords.IteratorAgeMilliseconds", "Maximum", 172_800_000),
            view(awsStream, { name: "raw", retentionPeriod: 49 }),
            compliant,
        ],
        [
            "by aws-native's name of it, too",
            alarm("GetRecords.IteratorAgeMilliseconds", "Maximum", 172_800_000),
            view(nativeStream, { name: "raw", retentionPeriodHours: 49 }),
            compliant,
        ],
        [
            "passes an age at the retention where reaching it is enough",
            alarm("GetRecords.IteratorAgeMilliseconds", "Maximum", 86_400_000, {
                comparisonOperator: "GreaterThanOrEqualToThreshold",
            }),
            raw,
            compliant,
        ],
        [
            "cannot tell while the retention is unknown",
            alarm("GetRecords.IteratorAgeMilliseconds", "Maximum", 172_800_000),
            view(awsStream, { name: "raw", retentionPeriod: unknown("retentionPeriod") }),
            cannotTell("retentionPeriod"),
        ],
        [
            "judges the one metric of a query as it does a metric",
            view(awsAlarm, {
                comparisonOperator: "GreaterThanThreshold",
                threshold: 600_000,
                metricQueries: [
                    {
                        id: "records",
                        returnData: true,
                        metric: {
                            namespace: "AWS/Kinesis",
                            metricName: "IncomingRecords",
                            stat: "Sum",
                            period: 60,
                            dimensions: { StreamName: "raw" },
                        },
                    },
                ],
            }),
            raw,
            violation(
                "The alarm watches IncomingRecords above 600,000 in 60 seconds; the stream's 10 shards accept at most 600,000, and what is refused is not counted, so the alarm never fires. Lower its threshold below 600,000, or watch WriteProvisionedThroughputExceeded.",
            ),
        ],
        [
            "says once what an alarm says by itself",
            alarm("IncomingRecords", "Sum", 600_000, { dimensions: {} }),
            raw,
            judgeResource("alarm-can-fire", alarm("IncomingRecords", "Sum", 600_000, { dimensions: {} })),
        ],
    ];
    for (const [title, one, stream, verdict] of rows) it(title, () => assert.deepEqual(saidOf(one, stream), verdict));
});

describe("alarm-can-fire cannot tell which of two streams an alarm is on", () => {
    const other = view(awsStream, { name: "other", shardCount: 20 }, { name: "other" });
    const either = (threshold: number): ResourceView => ({
        ...alarm("IncomingRecords", "Sum", threshold, { dimensions: { StreamName: unknown("dimensions.StreamName") } }),
        propertyDependencies: { dimensions: [raw.urn, other.urn] },
    });
    it("and says so where it could not fire on one of them", () =>
        assert.deepEqual(saidOf(either(600_000), raw, other), cannotTell("dimensions")));
    it("and need not where it could on both", () => assert.deepEqual(saidOf(either(599_999), raw, other), compliant));
});

describe("every metric of Kinesis has data with its own dimensions, and with no others", () => {
    const values: Record<string, string> = { StreamName: "raw", ShardId: shardId, ConsumerName: "billing" };
    const on = view(awsStream, { name: "raw", shardCount: 10, shardLevelMetrics: ["ALL"] });
    const subjects = Object.keys(dimensionsOf) as MetricSubject[];
    for (const [name, row] of Object.entries<KinesisMetricRow>(kinesisMetrics)) {
        it(`${name}: ${row.of.join(" and ")}`, () => {
            const withData = (type: string) =>
                subjects.filter((subject) => {
                    const named = dimensionsOf[subject].map((dimension) => [dimension, values[dimension]!] as const);
                    const dimensions =
                        type === awsAlarm
                            ? Object.fromEntries(named)
                            : named.map(([key, value]) => ({ name: key, value }));
                    const watch = view(type, {
                        namespace: "AWS/Kinesis",
                        metricName: name,
                        statistic: row.statistic,
                        unit: row.unit,
                        period: 60,
                        dimensions,
                    });
                    assert.deepEqual(judgeResource("alarm-is-meaningful", watch), compliant);
                    return saidOf(watch, on).verdict === "compliant";
                });
            assert.deepEqual(withData(awsAlarm), row.of);
            assert.deepEqual(withData(nativeAlarm), row.of);
        });
    }
});

describe("alarm-can-fire is obeyed: an alarm that its message names passes", () => {
    const limits: [alarm: (threshold: number) => ResourceView, named: number][] = [
        [(threshold) => alarm("IncomingBytes", "Sum", threshold), 10 * 62_914_560],
        [(threshold) => alarm("IncomingRecords", "Sum", threshold), 600_000],
        [(threshold) => alarm("PutRecords.SuccessfulRecords", "Sum", threshold), 600_000],
        [(threshold) => alarm("GetRecords.IteratorAgeMilliseconds", "Maximum", threshold), 86_400_000],
        [(threshold) => alarm("GetRecords.Success", "Average", threshold), 1],
    ];
    for (const [make, named] of limits) {
        it(`below ${named.toLocaleString("en-US")} of ${String(make(0).props.metricName)}`, () => {
            const refused = saidOf(make(named), raw);
            assert.match(
                refused.verdict === "violation" ? refused.message : "",
                new RegExp(`Lower its threshold below ${named.toLocaleString("en-US")}[.,]`),
            );
            assert.deepEqual(saidOf(make(named - 0.5), raw), compliant);
        });
    }
});
