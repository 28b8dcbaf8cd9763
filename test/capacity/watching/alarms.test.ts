/** Every alarm can fire, compares with a number that means something, and tells what to do. */
import * as assert from "node:assert/strict";
import {
    alarmExists,
    alarmNames,
    alarmRows,
    type AlarmName,
    watchesOneMetric,
} from "../../../capacity/watching/alarms";
import { type MetricQuery, shardQuery, utilizationQueries } from "../../../capacity/watching/queries";
import {
    kinesisMetrics,
    kinesisNamespace,
    lambdaMetrics,
    lambdaNamespace,
    scalerMetrics,
    scalerNamespace,
    type MetricRow,
} from "../../../capacity/metrics";

const facts: StreamFacts = {
    recordsPerSecond: 2500,
    shards: 5,
    retentionHours: 24,
    hotShardMetric: "IncomingBytes",
    scaled: true,
};

const published: Record<string, Record<string, MetricRow>> = {
    [kinesisNamespace]: kinesisMetrics,
    [scalerNamespace]: scalerMetrics,
    [lambdaNamespace]: lambdaMetrics,
};

const queriesOf = (alarm: AlarmName, given: Partial<StreamFacts>): MetricQuery[] => {
    const watched = alarmRows[alarm].watches;
    return watchesOneMetric(watched) ? [] : watched("orders", given);
};

describe("an alarm can fire", () => {
    for (const alarm of alarmNames) {
        const row = alarmRows[alarm];
        const watched = row.watches;
        it(`${row.suffix} reads published metrics with the statistic and the unit that they have`, () => {
            if (watchesOneMetric(watched)) {
                assert.deepEqual(watched.row, published[watched.namespace]?.[watched.metricName]);
                return;
            }
            for (const { metric } of queriesOf(alarm, facts)) {
                if (metric === undefined) continue;
                const known = published[metric.namespace]?.[metric.metricName];
                assert.deepEqual(
                    { stat: metric.stat, unit: metric.unit, dimensions: metric.dimensions, period: metric.period },
                    {
                        stat: known?.statistic,
                        unit: known?.unit,
                        dimensions: { StreamName: "orders" },
                        period: row.periodSeconds,
                    },
                );
            }
        });

        it(`${row.suffix} has exactly one number to compare`, () => {
            if (watchesOneMetric(watched)) return;
            assert.equal(queriesOf(alarm, facts).filter(({ returnData }) => returnData).length, 1);
        });
    }

    it("a metric that counts per put call is summed, never averaged", () => {
        for (const alarm of alarmNames) {
            const watched = alarmRows[alarm].watches;
            const statistics = watchesOneMetric(watched)
                ? [[watched.metricName, watched.row.statistic]]
                : queriesOf(alarm, facts).flatMap(({ metric }) => (metric ? [[metric.metricName, metric.stat]] : []));
            for (const [name, statistic] of statistics)
                if (name?.startsWith("Incoming")) assert.equal(statistic, "Sum");
        }
    });

    it("metric math names only metrics that it asks for, at most ten", () => {
        const queries = queriesOf("writeUtilization", facts);
        const ids = new Set(queries.map(({ id }) => id));
        assert.ok(queries.length <= 10);
        for (const { expression } of queries) {
            const used = [...(expression ?? "").matchAll(/\b[a-z]\w*/g)].map(([id]) => id);
            assert.deepEqual(
                used.filter((id) => !ids.has(id)),
                [],
            );
        }
    });
});

describe("the numbers that alarms compare with", () => {
    const rows: [alarm: AlarmName, threshold: number | undefined, given: Partial<StreamFacts>, compared: number][] = [
        ["highIncomingRecords", undefined, facts, 2500 * 300],
        ["highIncomingRecords", 4000, facts, 4000 * 300],
        ["writeThrottling", undefined, facts, 0],
        ["writeThrottling", 12, facts, 12],
        ["readThrottling", undefined, facts, 0],
        ["iteratorAge", undefined, facts, 12 * 3_600_000],
        ["iteratorAge", undefined, { retentionHours: 168 }, 84 * 3_600_000],
        ["iteratorAge", 60, facts, 60_000],
        ["writeUtilization", undefined, facts, 80],
        ["hotShard", undefined, facts, 50_331_648],
        ["hotShard", undefined, { hotShardMetric: "IncomingRecords" }, 48_000],
        ["hotShard", 50, { hotShardMetric: "IncomingRecords" }, 30_000],
        ["scalerFailing", undefined, facts, 0],
        ["scalerFailing", 3, facts, 3],
        // Hours of silence are periods without a data point; a scaled stream has at least one open shard in each of the others.
        ["scalerSilent", undefined, facts, 1],
        ["scalerSilent", 6, facts, 1],
    ];
    for (const [alarm, threshold, given, compared] of rows) {
        const { threshold: row } = alarmRows[alarm];
        it(`${alarm} at ${threshold ?? "its default"} ${row.unit} compares with ${compared}`, () => {
            assert.equal(row.toMetric(threshold ?? row.default(given), given), compared);
        });
    }
});

describe("which alarms a stream has", () => {
    const rows: [title: string, given: StreamFactName[], expected: AlarmName[]][] = [
        ["nothing known", [], ["writeThrottling", "readThrottling"]],
        ["retention known", ["retentionHours"], ["writeThrottling", "readThrottling", "iteratorAge"]],
        ["load declared", ["recordsPerSecond"], ["highIncomingRecords", "writeThrottling", "readThrottling"]],
        ["shards known", ["shards"], ["writeThrottling", "readThrottling", "writeUtilization"]],
        [
            "a scaler that publishes them",
            ["scaled"],
            ["writeThrottling", "readThrottling", "writeUtilization", "scalerFailing", "scalerSilent"],
        ],
        ["shard-level metrics on", ["hotShardMetric"], ["writeThrottling", "readThrottling", "hotShard"]],
    ];
    for (const [title, given, expected] of rows) {
        it(title, () => {
            const names = alarmNames.filter((alarm) => alarmExists(alarm, new Set(given), false));
            assert.deepEqual(names, expected);
        });
    }

    it("a threshold replaces the fact that the default would come from, and no other", () => {
        assert.equal(alarmExists("highIncomingRecords", new Set(), true), true);
        assert.equal(alarmExists("writeUtilization", new Set(), true), false);
        assert.equal(alarmExists("hotShard", new Set(), true), false);
    });
});

describe("what an alarm tells someone who was woken by it", () => {
    const rows: [alarm: AlarmName, threshold: number, given: Partial<StreamFacts>, text: string][] = [
        [
            "highIncomingRecords",
            2500,
            facts,
            "orders takes in more than 2,500 records/s, the declared peak. If this load is to stay, raise requirements.recordsPerSecond and deploy; if not, find the producer that sends more.",
        ],
        [
            "highIncomingRecords",
            4000,
            facts,
            "orders takes in more than 4,000 records/s. If this load is to stay, raise requirements.recordsPerSecond and deploy; if not, find the producer that sends more.",
        ],
        [
            "readThrottling",
            0,
            facts,
            "orders refuses GetRecords calls: all shared consumers together poll a shard more than 5 times a second or read more than 2 MiB/s from it. Poll less often with larger batches, or give a consumer enhanced fan-out.",
        ],
        [
            "iteratorAge",
            90,
            { retentionHours: 24 },
            "The slowest consumer of orders is more than 90 seconds behind; records are lost after 24 hours. Repair or scale the consumer; if that takes longer than is left, raise retentionHours first.",
        ],
        [
            "writeUtilization",
            80,
            { shards: 5 },
            "orders uses more than 80 % of what 5 shards take, by bytes or by records; at 100 % it refuses records. Raise the declared requirements and deploy, or run sharded-stream scale orders out.",
        ],
        [
            "writeUtilization",
            80,
            { scaled: true },
            "orders uses more than 80 % of its open shards, by bytes or by records. The scaler is called at once. If the alarm stays on, see why it does not scale: sharded-stream status orders shows its decisions, its maximum and the calls that are left.",
        ],
    ];
    for (const [alarm, threshold, given, text] of rows) {
        it(`${alarm} at ${threshold}`, () => {
            assert.equal(alarmRows[alarm].describe("orders", threshold, given), text);
        });
    }

    it("fits into what CloudWatch accepts, for the longest stream name", () => {
        for (const alarm of alarmNames) {
            const { suffix, describe: text, threshold } = alarmRows[alarm];
            assert.ok(text("x".repeat(128), threshold.default(facts), facts).length <= 1024, alarm);
            assert.ok(`${"x".repeat(128)}-${suffix}`.length <= 255, alarm);
        }
    });
});

describe("write utilization", () => {
    it("is the scarcer of bytes and records over the planned shards", () => {
        assert.deepEqual(
            utilizationQueries("orders", 60, { shards: 5 }).map(({ expression }) => expression),
            [
                undefined,
                undefined,
                "bytes / PERIOD(bytes) / 1048576",
                "records / PERIOD(records) / 1000",
                "100 * MAX([bytesUse, recordsUse]) / 5",
            ],
        );
    });

    it("is over the shards that a scaler publishes, not over a count that its first reshard would make wrong", () => {
        const queries = utilizationQueries("orders", 60, { shards: 5, scaled: true });
        assert.equal(queries.at(-1)?.expression, "100 * MAX([bytesUse, recordsUse]) / FILL(shards, REPEAT)");
        assert.deepEqual(queries.find(({ id }) => id === "shards")?.metric, {
            namespace: "ShardedStream",
            metricName: "OpenShards",
            dimensions: { StreamName: "orders" },
            period: 60,
            stat: "Maximum",
            unit: "Count",
        });
    });
});

it("the query for hot shards names no shard, so it follows every reshard", () => {
    assert.equal(
        shardQuery("orders", "IncomingRecords"),
        "SELECT SUM(IncomingRecords) FROM SCHEMA(\"AWS/Kinesis\", ShardId, StreamName) WHERE StreamName = 'orders' GROUP BY ShardId ORDER BY SUM() DESC",
    );
});
