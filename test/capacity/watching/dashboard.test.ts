/** What the dashboard of a stream shows. */
import * as assert from "node:assert/strict";
import { dashboardBody, type DashboardFacts } from "../../../capacity/watching/dashboard";
import {
    kinesisMetrics,
    kinesisNamespace,
    scalerMetrics,
    scalerNamespace,
    type MetricRow,
} from "../../../capacity/metrics";

const full: DashboardFacts = {
    stream: "orders",
    region: "eu-west-1",
    writeMiBPerSecond: 3.5,
    recordsPerSecond: 2500,
    shards: 5,
    retentionHours: 24,
    hotShardMetric: "IncomingBytes",
};

interface Widget {
    type: string;
    x: number;
    y: number;
    width: number;
    height: number;
    properties: { title?: string; markdown?: string; region?: string; metrics?: unknown[][]; annotations?: unknown };
}

const widgetsOf = (facts: DashboardFacts) => (JSON.parse(dashboardBody(facts)) as { widgets: Widget[] }).widgets;
const titles = (facts: DashboardFacts) =>
    widgetsOf(facts).map(({ properties }) => properties.title ?? properties.markdown);

describe("the dashboard of a stream", () => {
    it("shows throughput, refusals, utilization, iterator age and hot shards", () => {
        assert.deepEqual(titles(full), [
            "# orders\ndeclared peak 3.5 MiB/s and 2,500 records/s, 5 shards, 24 hours of retention. A shard takes 1 MiB/s and 1,000 records/s.",
            "Written per second",
            "Read per second by shared consumers",
            "Refused and failed",
            "Write utilization of the open shards (%)",
            "Age of the oldest unread record (ms)",
            "Latency of calls (ms)",
            "IncomingBytes a minute on the hottest shards",
        ]);
    });

    it("shows how far each fan-out consumer is behind, and what it is sent", () => {
        const fanOut: DashboardFacts = { ...full, consumers: ["billing", "audit"] };
        const [lag, sent] = widgetsOf(fanOut).filter(({ properties }) => /each fan-out/.test(properties.title ?? ""));
        const ofConsumer = (metric: string, consumer: string, stat: string) => [
            kinesisNamespace,
            metric,
            "StreamName",
            "orders",
            "ConsumerName",
            consumer,
            { label: consumer, stat },
        ];
        assert.deepEqual(lag?.properties.metrics, [
            ofConsumer("SubscribeToShardEvent.MillisBehindLatest", "billing", "Maximum"),
            ofConsumer("SubscribeToShardEvent.MillisBehindLatest", "audit", "Maximum"),
        ]);
        assert.deepEqual(lag?.properties.annotations, {
            horizontal: [{ label: "Records are lost", value: 86_400_000 }],
        });
        assert.deepEqual(sent?.properties.metrics, [
            ofConsumer("SubscribeToShardEvent.Records", "billing", "Sum"),
            ofConsumer("SubscribeToShardEvent.Records", "audit", "Sum"),
        ]);
        assert.equal(dashboardBody({ ...full, consumers: [] }), dashboardBody(full));
    });

    it("shows shards and scaling decisions where there is a scaler", () => {
        const scalerLogGroup = "/aws/lambda/orders-scaler";
        const facts: DashboardFacts = { stream: "orders", region: "eu-west-1", scaled: true, scalerLogGroup };
        assert.deepEqual(titles(facts).slice(-2), ["Shards", "Scaling decisions"]);
        assert.deepEqual(widgetsOf(facts).at(-1), {
            type: "log",
            x: 12,
            y: 20,
            width: 12,
            height: 6,
            properties: {
                title: "Scaling decisions",
                region: "eu-west-1",
                view: "table",
                query: "SOURCE '/aws/lambda/orders-scaler' | fields @timestamp, outcome, reason, message, OpenShards, TargetShards, UpdateCallsLeft | filter ispresent(reason) and outcome != \"nothing\" | sort @timestamp desc | limit 20",
            },
        });
    });

    it("leaves out what nothing is known about", () => {
        assert.deepEqual(titles({ stream: "orders", region: "eu-west-1" }), [
            "# orders\nA shard takes 1 MiB/s and 1,000 records/s.",
            "Written per second",
            "Read per second by shared consumers",
            "Refused and failed",
            "Age of the oldest unread record (ms)",
            "Latency of calls (ms)",
        ]);
    });

    it("has the same bytes for the same input, whatever the order of its properties", () => {
        const shuffled = Object.fromEntries(Object.entries(full).reverse()) as unknown as DashboardFacts;
        assert.equal(dashboardBody(shuffled), dashboardBody({ ...full }));
    });

    it("asks only for published metrics of this stream, with the statistic that means something", () => {
        const published: Record<string, Record<string, MetricRow>> = {
            [kinesisNamespace]: kinesisMetrics,
            [scalerNamespace]: scalerMetrics,
        };
        const lines = widgetsOf({ ...full, scaled: true }).flatMap(({ properties }) => properties.metrics ?? []);
        const asked = lines.filter((line) => line.length > 1);
        assert.ok(asked.length > 10);
        for (const [namespace, name, dimension, stream, settings] of asked) {
            const row = published[namespace as string]?.[name as string];
            assert.ok(row, `${String(namespace)} ${String(name)}`);
            assert.deepEqual([dimension, stream], ["StreamName", "orders"]);
            assert.equal((settings as { stat: string }).stat, row.statistic, String(name));
        }
    });

    it("is of the region that it is told, in every widget", () => {
        const regions = widgetsOf(full).flatMap(({ type, properties }) =>
            type === "metric" ? [properties.region] : [],
        );
        assert.deepEqual(new Set(regions), new Set(["eu-west-1"]));
    });

    it("fills the grid without overlaps", () => {
        const cells = new Set<string>();
        for (const { x, y, width, height } of widgetsOf({ ...full, scaled: true })) {
            assert.ok(x + width <= 24);
            for (let column = x; column < x + width; column++) {
                for (let row = y; row < y + height; row++) {
                    assert.ok(!cells.has(`${column},${row}`));
                    cells.add(`${column},${row}`);
                }
            }
        }
    });
});
