/**
 * The CloudWatch dashboard of a stream: same input, same bytes, so that a deployment without changes shows none.
 *
 * Source of the format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html, read 2026-11.
 */
import { type StreamFacts } from "./alarmRow";
import { type HotShardMetric, shardLimitPerSecond, shardQuery } from "./queries";
import {
    decisions,
    graph,
    metric,
    ofConsumer,
    periodSeconds,
    rates,
    scalerMetric,
    utilizationLines,
    type Widget,
} from "./widgets";
import { hourMs } from "../calendar";
import { limits } from "../limits";
import { type KinesisMetricName } from "../metrics";
import { count, formatNumber, formatRate } from "../text";

/** What a dashboard shows. A fact that is not given leaves out the lines that need it. */
export interface DashboardFacts extends Partial<StreamFacts> {
    readonly stream: string;
    readonly region: string;
    readonly writeMiBPerSecond?: number | undefined;
    /** Names of the consumers with enhanced fan-out. */
    readonly consumers?: readonly string[] | undefined;
    /** The log group in which the scaler tells each of its decisions. */
    readonly scalerLogGroup?: string | undefined;
}

/** The dashboard's body as JSON, its keys sorted. */
export function dashboardBody(facts: DashboardFacts): string {
    const widgets = rows(facts).flatMap((row, index) =>
        row.map((widget, column) => ({
            ...widget,
            x: column * (gridWidth / row.length),
            y: headerHeight + index * rowHeight,
            width: gridWidth / row.length,
            height: rowHeight,
        })),
    );
    const header = {
        type: "text",
        x: 0,
        y: 0,
        width: gridWidth,
        height: headerHeight,
        properties: { markdown: headline(facts) },
    };
    return JSON.stringify(withSortedKeys({ widgets: [header, ...widgets] }));
}

const gridWidth = 24;
const headerHeight = 2;
const rowHeight = 6;
const fullPercent = 100;

function rows(facts: DashboardFacts): Widget[][] {
    return [written, trouble, lag, fanOut, shards].map((row) => row(facts)).filter((row) => row.length > 0);
}

function written({ stream, region }: DashboardFacts): Widget[] {
    return [
        graph(region, "Written per second", rates(stream, ["IncomingBytes", "IncomingRecords"]), {
            byRight: ["records"],
        }),
        graph(
            region,
            "Read per second by shared consumers",
            rates(stream, ["GetRecords.Bytes", "GetRecords.Records"]),
            { byRight: ["records"] },
        ),
    ];
}

function trouble(facts: DashboardFacts): Widget[] {
    const { stream, region } = facts;
    const refused = graph(region, "Refused and failed", [
        metric(stream, "WriteProvisionedThroughputExceeded", "Records refused"),
        metric(stream, "ReadProvisionedThroughputExceeded", "GetRecords calls refused"),
        metric(stream, "PutRecords.FailedRecords", "Records failed inside Kinesis"),
    ]);
    if (facts.shards === undefined && !facts.scaled) return [refused];
    const utilization = graph(region, "Write utilization of the open shards (%)", utilizationLines(stream, facts), {
        lines: [{ label: "Records are refused", value: fullPercent }],
    });
    return [refused, utilization];
}

function lag(facts: DashboardFacts): Widget[] {
    const { stream, region } = facts;
    return [
        graph(
            region,
            "Age of the oldest unread record (ms)",
            [metric(stream, "GetRecords.IteratorAgeMilliseconds", "Iterator age")],
            { lines: lost(facts) },
        ),
        graph(region, "Latency of calls (ms)", [
            metric(stream, "PutRecords.Latency", "PutRecords"),
            metric(stream, "GetRecords.Latency", "GetRecords"),
        ]),
    ];
}

function fanOut(facts: DashboardFacts): Widget[] {
    const { stream, region, consumers = [] } = facts;
    if (consumers.length === 0) return [];
    const ofEach = (name: KinesisMetricName) => consumers.map((consumer) => ofConsumer(stream, consumer, name));
    return [
        graph(
            region,
            "How far each fan-out consumer is behind (ms)",
            ofEach("SubscribeToShardEvent.MillisBehindLatest"),
            { lines: lost(facts) },
        ),
        graph(region, "Records sent to each fan-out consumer, a minute", ofEach("SubscribeToShardEvent.Records")),
    ];
}

/** How far behind is too far. */
function lost({ retentionHours }: DashboardFacts): { readonly label: string; readonly value: number }[] {
    return retentionHours === undefined ? [] : [{ label: "Records are lost", value: retentionHours * hourMs }];
}

function shards({ stream, region, scaled, scalerLogGroup, hotShardMetric }: DashboardFacts): Widget[] {
    const counts = [
        scalerMetric(stream, "OpenShards", "Open shards"),
        scalerMetric(stream, "TargetShards", "Shards that the load asks for"),
        scalerMetric(stream, "UpdateCallsLeft", "UpdateShardCount calls left"),
    ];
    return [
        ...(scaled ? [graph(region, "Shards", counts, { byRight: ["updateCallsLeft"] })] : []),
        ...(scalerLogGroup === undefined ? [] : [decisions(region, scalerLogGroup)]),
        ...(hotShardMetric === undefined ? [] : [hottestShards(stream, region, hotShardMetric)]),
    ];
}

function hottestShards(stream: string, region: string, by: HotShardMetric): Widget {
    const expression = `${shardQuery(stream, by)} LIMIT 10`;
    return graph(
        region,
        `${by} a minute on the hottest shards`,
        [[{ expression, id: "shards", period: periodSeconds }]],
        { lines: [{ label: "What one shard takes", value: shardLimitPerSecond(by) * periodSeconds }] },
    );
}

/** One sentence on what was declared and deployed. */
function headline({
    stream,
    writeMiBPerSecond,
    recordsPerSecond,
    shards,
    scaled,
    retentionHours,
}: DashboardFacts): string {
    const declared =
        writeMiBPerSecond === undefined || recordsPerSecond === undefined
            ? []
            : [`declared peak ${formatRate(writeMiBPerSecond)} MiB/s and ${formatRate(recordsPerSecond)} records/s`];
    const deployed = scaled ? ["shards set by the scaler"] : shards === undefined ? [] : [count(shards, "shard")];
    const kept = retentionHours === undefined ? [] : [`${count(retentionHours, "hour")} of retention`];
    return (
        `# ${stream}\n` +
        [...declared, ...deployed, ...kept].join(", ") +
        `. A shard takes ${limits.shardWriteMiBPerSecond} MiB/s and ${formatNumber(limits.shardWriteRecordsPerSecond)} records/s.`
    ).replace("\n. ", "\n");
}

/** A copy whose keys are in alphabetical order, at every depth. */
function withSortedKeys(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(withSortedKeys);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
        Object.entries(value)
            .sort(([left], [right]) => (left < right ? -1 : 1))
            .map(([key, entry]) => [key, withSortedKeys(entry)]),
    );
}
