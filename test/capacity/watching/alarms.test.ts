/** Every alarm can fire, compares with a number that means something, and tells what to do. */
import * as assert from "node:assert/strict";
import {
    alarmExists,
    alarmNames,
    alarmRows,
    type AlarmName,
    billedAlarms,
    watchesOneMetric,
} from "../../../capacity/watching/alarms";
import {
    type AlarmSettings,
    type StreamFactName,
    type StreamFacts,
    windowOf,
} from "../../../capacity/watching/alarmRow";
import {
    countQueries,
    type MetricQuery,
    shardQuery,
    unreadQueries,
    utilizationQueries,
} from "../../../capacity/watching/queries";
import { withRunbook } from "../../../capacity/watching/runbook";
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
    invokesScaler: true,
    shardSource: "scaler",
    consumer: "billing",
    functionName: "billing",
    functionTimeoutSeconds: 30,
    recordAgeSeconds: 82_800,
    queueName: "billing-failures",
};

const shardSources = ["requirements", "shardCount", "scaler", "onDemand", "elsewhere"] as const;

const published: Record<string, Record<string, MetricRow>> = {
    [kinesisNamespace]: kinesisMetrics,
    [scalerNamespace]: scalerMetrics,
    [lambdaNamespace]: lambdaMetrics,
};

const queriesOf = (alarm: AlarmName, given: Partial<StreamFacts>): MetricQuery[] => {
    const { watches, periodSeconds } = alarmRows[alarm];
    if (typeof watches === "function") return watches("orders", given, periodSeconds);
    if (watchesOneMetric(watches)) return [];
    return [{ id: watches.id, expression: watches.expressionFor("orders", given), returnData: true }];
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
                const { statistic, also = [] } = known as MetricRow & { also?: string[] };
                assert.ok([statistic, ...also].includes(metric.stat), metric.stat);
                const isOfConsumer = metric.metricName.startsWith("SubscribeToShard");
                assert.deepEqual(
                    { unit: metric.unit, dimensions: metric.dimensions, period: metric.period },
                    {
                        unit: known?.unit,
                        dimensions: { StreamName: "orders", ...(isOfConsumer && { ConsumerName: "billing" }) },
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
        for (const alarm of ["writeUtilization", "consumerSilent", "fanOutSilent"] as const) {
            const queries = queriesOf(alarm, facts);
            const ids = new Set(queries.map(({ id }) => id));
            assert.ok(queries.length <= 10);
            for (const { expression } of queries) {
                const used = [...(expression ?? "").matchAll(/\b[a-z]\w*/g)].map(([id]) => id);
                assert.deepEqual(
                    used.filter((id) => !ids.has(id)),
                    [],
                );
            }
        }
    });
});

describe("the numbers that alarms compare with", () => {
    const rows: [
        alarm: AlarmName,
        threshold: number | undefined,
        given: Partial<StreamFacts>,
        compared: number,
        settings?: AlarmSettings,
    ][] = [
        ["highIncomingRecords", undefined, facts, 2500 * 300],
        ["highIncomingRecords", 4000, facts, 4000 * 300],
        // What is refused is not counted, so that more than the shards accept is never seen.
        ["highIncomingRecords", undefined, { recordsPerSecond: 1_979, shards: 2 }, 1_979 * 300],
        ["highIncomingRecords", undefined, { recordsPerSecond: 1_981, shards: 2 }, 1_980 * 300],
        ["highIncomingRecords", undefined, { recordsPerSecond: 9_000, shards: 2 }, 1_980 * 300],
        ["highIncomingRecords", 9_000, { recordsPerSecond: 9_000, shards: 2 }, 9_000 * 300],
        // A scaler opens more, and so does on-demand mode.
        ["highIncomingRecords", undefined, { recordsPerSecond: 9_000, scaled: true }, 9_000 * 300],
        // A rate follows the period, and a count is one of each period.
        ["highIncomingRecords", 4000, facts, 4000 * 60, { periodSeconds: 60 }],
        ["hotShard", 50, { hotShardMetric: "IncomingRecords" }, 150_000, { periodSeconds: 300 }],
        ["writeThrottling", 12, facts, 12, { periodSeconds: 60 }],
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
        ["fanOutLag", undefined, facts, 12 * 3_600_000],
        // Yes or no.
        ["consumerSilent", undefined, facts, 0],
    ];
    for (const [alarm, threshold, given, compared, settings = {}] of rows) {
        const { threshold: row } = alarmRows[alarm];
        it(`${alarm} at ${threshold ?? "its default"} ${row.unit} compares with ${compared}`, () => {
            const from = threshold ?? row.default(given);
            assert.equal(row.toMetric(from, given, windowOf(alarmRows[alarm], settings, from, given)), compared);
        });
    }
});

describe("which alarms a stream has", () => {
    const rows: [title: string, given: StreamFactName[], expected: AlarmName[]][] = [
        ["nothing known", [], ["writeThrottling", "readThrottling"]],
        ["retention known", ["retentionHours"], ["writeThrottling", "readThrottling", "iteratorAge", "consumerSilent"]],
        [
            "a fan-out consumer",
            ["retentionHours", "consumer"],
            ["writeThrottling", "readThrottling", "iteratorAge", "consumerSilent", "fanOutLag", "fanOutSilent"],
        ],
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
    const rows: [
        alarm: AlarmName,
        threshold: number,
        given: Partial<StreamFacts>,
        text: string,
        settings?: AlarmSettings,
    ][] = [
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
            "highIncomingRecords",
            990,
            { recordsPerSecond: 1_000, shards: 1, shardSource: "requirements" },
            "orders takes in more than 990 records/s, 99 % of what 1 shard takes. If this load is to stay, raise requirements.recordsPerSecond and deploy; if not, find the producer that sends more.",
        ],
        // More was declared than the shards take: the declaration is right, and a higher one would open none.
        [
            "highIncomingRecords",
            990,
            { recordsPerSecond: 2_500, shards: 1, shardSource: "shardCount" },
            "orders takes in more than 990 records/s, 99 % of what 1 shard takes. If this load is to stay, run sharded-stream scale orders out and raise the declared shardCount; if not, find the producer that sends more.",
        ],
        [
            "highIncomingRecords",
            1_980,
            { recordsPerSecond: 2_500, shards: 2, shardSource: "elsewhere" },
            "orders takes in more than 1,980 records/s, 99 % of what 2 shards take. If this load is to stay, run sharded-stream scale orders out and raise the count where the stream is declared; if not, find the producer that sends more.",
        ],
        [
            "highIncomingRecords",
            2_500,
            { recordsPerSecond: 2_500, shards: 3, shardSource: "shardCount" },
            "orders takes in more than 2,500 records/s, the declared peak. If this load is to stay, raise requirements.recordsPerSecond, and shardCount with it, and deploy; if not, find the producer that sends more.",
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
            "writeThrottling",
            7,
            { shardSource: "requirements" },
            "orders refuses more than 7 records in 10 minutes: shards are full, and a producer that does not retry loses them. Look at sharded-stream hot-shards orders: if one shard is hot, spread its keys; if all are full, run sharded-stream scale orders out and raise the declared requirements.",
            { periodSeconds: 600 },
        ],
        [
            "writeThrottling",
            0,
            { shardSource: "scaler" },
            "orders refuses records: shards are full, and a producer that does not retry loses them. Look at sharded-stream hot-shards orders: if one shard is hot, spread its keys; if all are full, see why it does not scale: sharded-stream status orders shows its decisions, its maximum and the calls that are left.",
        ],
        [
            "writeThrottling",
            0,
            { shardSource: "onDemand" },
            "orders refuses records: shards are full, and a producer that does not retry loses them. Look at sharded-stream hot-shards orders: if one shard is hot, spread its keys; if all are full, AWS opens more by itself, but not for a load that more than doubles in 15 minutes: slow the producers down until then, or declare a warmThroughputMiBps (with On-demand Advantage).",
        ],
        [
            "writeThrottling",
            0,
            {},
            "orders refuses records: shards are full, and a producer that does not retry loses them. Look at sharded-stream hot-shards orders: if one shard is hot, spread its keys; if all are full, run sharded-stream scale orders out and raise the count where the stream is declared. On demand AWS opens more by itself.",
        ],
        [
            "hotShard",
            80,
            { hotShardMetric: "IncomingBytes" },
            "A shard of orders is above 80 % of what one shard takes (IncomingBytes), and more shards alone may not help. Run sharded-stream hot-shards orders: it tells a hot key, which has to be spread, from a hot range, which can be split.",
        ],
        [
            "hotShard",
            80,
            { hotShardMetric: "IncomingBytes", shardSource: "onDemand" },
            "A shard of orders is above 80 % of what one shard takes (IncomingBytes), and more shards alone may not help. Run sharded-stream hot-shards orders: it tells a hot key, which has to be spread, from a hot range, which AWS splits by itself.",
        ],
        [
            "scalerFailing",
            2,
            facts,
            'The scaler of orders failed more than 2 times in 60 seconds: the stream keeps its shards and nobody scales it. The last line of the log group /aws/lambda/orders-scaler says why; until it works, scale by hand with "sharded-stream scale orders to N".',
            { periodSeconds: 60 },
        ],
        [
            "scalerSilent",
            1,
            facts,
            "The scaler of orders has published nothing for more than an hour: it is not invoked, or it fails before it sees the stream. Look at the schedule orders-scaler and at the log group /aws/lambda/orders-scaler.",
        ],
        [
            "scalerSilent",
            1,
            facts,
            "The scaler of orders has published nothing for more than 30 minutes: it is not invoked, or it fails before it sees the stream. Look at the schedule orders-scaler and at the log group /aws/lambda/orders-scaler.",
            { periodSeconds: 300, evaluationPeriods: 6 },
        ],
        [
            "consumerSilent",
            0,
            { retentionHours: 24 },
            "Nobody has read orders with GetRecords for more than 20 minutes, and records come in: its consumer has died, or every call fails. Unread records are lost after 24 hours. Start it again, and it reads on from its checkpoint; if that takes longer than is left, raise retentionHours first. If nobody is to read it so any more, set its alarm IteratorAge to INSUFFICIENT_DATA (aws cloudwatch set-alarm-state): then the consumer is forgotten.",
        ],
        [
            "consumerSilent",
            0,
            { retentionHours: 24 },
            "Nobody has read orders with GetRecords in 2 of the last 6 periods of 10 minutes, and records come in: its consumer has died, or every call fails. Unread records are lost after 24 hours. Start it again, and it reads on from its checkpoint; if that takes longer than is left, raise retentionHours first. If nobody is to read it so any more, set its alarm IteratorAge to INSUFFICIENT_DATA (aws cloudwatch set-alarm-state): then the consumer is forgotten.",
            { evaluationPeriods: 6, datapointsToAlarm: 2 },
        ],
        [
            "fanOutLag",
            43_200,
            facts,
            "The fan-out consumer billing of orders is more than 12 hours behind; records are lost after 24 hours. Repair or scale the consumer; if that takes longer than is left, raise retentionHours first.",
        ],
        [
            "fanOutSilent",
            0,
            facts,
            "The fan-out consumer billing of orders has been sent nothing for more than 3 hours, and records come in: it has died, or cannot subscribe. Unread records are lost after 24 hours. Start it again, and it reads on from its checkpoint; if that takes longer than is left, raise retentionHours first. If it is not to read any more, remove it from consumers and deploy.",
            { evaluationPeriods: 3, periodSeconds: 3_600 },
        ],
        [
            "writeUtilization",
            80,
            { shards: 5, shardSource: "requirements" },
            "orders uses more than 80 % of what 5 shards take, by bytes or by records; at 100 % it refuses records. To end it, run sharded-stream scale orders out and raise the declared requirements.",
        ],
        [
            "writeUtilization",
            80,
            { shards: 1, shardSource: "shardCount" },
            "orders uses more than 80 % of what 1 shard takes, by bytes or by records; at 100 % it refuses records. To end it, run sharded-stream scale orders out and raise the declared shardCount.",
        ],
        [
            "writeUtilization",
            80,
            { scaled: true },
            "orders uses more than 80 % of its open shards, by bytes or by records. The scaler sees it in its next run. If the alarm stays on, see why it does not scale: sharded-stream status orders shows its decisions, its maximum and the calls that are left.",
        ],
        [
            "writeUtilization",
            80,
            { scaled: true, invokesScaler: true },
            "orders uses more than 80 % of its open shards, by bytes or by records. The scaler is called at once. If the alarm stays on, see why it does not scale: sharded-stream status orders shows its decisions, its maximum and the calls that are left.",
        ],
    ];
    for (const [alarm, threshold, given, text, settings = {}] of rows) {
        it(`${alarm} at ${threshold}${Object.entries(settings).map(([name, value]) => `, ${name} ${value}`)}`, () => {
            const row = alarmRows[alarm];
            assert.equal(row.describe("orders", threshold, given, windowOf(row, settings, threshold, given)), text);
        });
    }

    it("fits into what CloudWatch accepts, for the longest stream name", () => {
        for (const alarm of alarmNames) {
            const row = alarmRows[alarm];
            const stream = "x".repeat(128);
            for (const shardSource of shardSources) {
                const { scaled, ...others } = { ...facts, shardSource, consumer: "y".repeat(128) };
                const names = shardSource === "scaler" ? { ...others, scaled } : { ...others, recordsPerSecond: 9_000 };
                const threshold = row.threshold.default(names);
                const text = row.describe(stream, threshold, names, windowOf(row, {}, threshold, names));
                for (const one of [text, row.onlyAfter?.describe(stream, names) ?? ""])
                    assert.ok(withRunbook(alarm, one).length <= 1024, `${alarm} ${shardSource}`);
            }
        }
    });
});

describe("counts over periods that slide by a minute", () => {
    const counted = (period: number) => countQueries({ metricName: "X", period } as never);
    const rows: [period: number, expressions: (string | undefined)[]][] = [
        // The newest minute or two are not there yet: filled, such a period would be 0 for good.
        [60, [undefined]],
        [120, [undefined]],
        [180, [undefined, "FILL(counted, 0)"]],
        [300, [undefined, "FILL(counted, 0)"]],
    ];
    for (const [period, expressions] of rows) {
        it(`of ${period} seconds`, () => {
            assert.deepEqual(
                counted(period).map(({ expression }) => expression),
                expressions,
            );
            assert.deepEqual(counted(period).at(-1)?.returnData, true);
        });
    }

    it("are those of all alarms that watch a count in more than one of them", () => {
        const sparse = alarmNames.filter((alarm) => {
            const { watches, periodSeconds, evaluationPeriods } = alarmRows[alarm];
            const isOfKinesis = watchesOneMetric(watches) && watches.namespace === kinesisNamespace;
            return isOfKinesis && periodSeconds > 60 && evaluationPeriods !== 1 && watches.row.statistic === "Sum";
        });
        assert.deepEqual(sparse, ["highIncomingRecords", "writeThrottling", "readThrottling"]);
        for (const alarm of sparse) assert.ok("isCount" in alarmRows[alarm].watches, alarm);
    });
});

describe("whether somebody reads", () => {
    it("is asked of records and of reads that succeeded, and stays as it was where there were neither", () => {
        assert.deepEqual(
            unreadQueries("orders", undefined, 600).map(({ metric, expression }) => metric?.metricName ?? expression),
            [
                "IncomingRecords",
                "GetRecords.Success",
                "IF(FILL(reads, 0) > 0, 0, records / records)",
                "FILL(unread, REPEAT)",
            ],
        );
    });

    it("is asked of one fan-out consumer by the events that it was sent", () => {
        assert.deepEqual(unreadQueries("orders", "billing", 600)[1]?.metric, {
            namespace: "AWS/Kinesis",
            metricName: "SubscribeToShardEvent.Success",
            dimensions: { StreamName: "orders", ConsumerName: "billing" },
            period: 600,
            stat: "Sum",
            unit: "Count",
        });
    });
});

it("each metric of an alarm is billed, and each alarm that combines others", () => {
    const rows: [names: AlarmName[], bill: object][] = [
        [["writeThrottling", "iteratorAge"], { alarmMetrics: 2, compositeAlarms: 0 }],
        [["consumerSilent"], { alarmMetrics: 2, compositeAlarms: 1 }],
        [["writeUtilization"], { alarmMetrics: 3, compositeAlarms: 0 }],
        [["fanOutLag", "fanOutSilent"], { alarmMetrics: 3, compositeAlarms: 1 }],
    ];
    for (const [names, bill] of rows) assert.deepEqual(billedAlarms(names, facts), bill);
    assert.deepEqual(billedAlarms(["hotShard", "iteratorAge"], facts, 5), { alarmMetrics: 6, compositeAlarms: 0 });
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
