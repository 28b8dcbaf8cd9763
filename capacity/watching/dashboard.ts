/**
 * The CloudWatch dashboard of a stream: same input, same bytes, so that a deployment without changes shows none.
 *
 * Source of the format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html, read 2026-11.
 */
import { type StreamFacts } from "./alarmRow";
import { type MetricQuery, shardLimitPerSecond, shardQuery, utilizationQueries } from "./queries";
import { limits } from "../limits";
import {
    type KinesisMetricName,
    kinesisMetrics,
    kinesisNamespace,
    type MetricRow,
    scalerMetrics,
    type ScalerMetricName,
    scalerNamespace,
} from "../metrics";
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
const periodSeconds = 60;
const fullPercent = 100;
const millisecondsPerHour = 3_600_000;

interface Widget {
    readonly type: "metric" | "log";
    readonly properties: object;
}

interface Line {
    readonly label: string;
    readonly value: number;
}

function rows(facts: DashboardFacts): Widget[][] {
    const { stream, hotShardMetric } = facts;
    const write: Widget[] = [
        graph(facts, "Written per second", rates(stream, ["IncomingBytes", "IncomingRecords"]), {
            byRight: ["records"],
        }),
        graph(facts, "Read per second by shared consumers", rates(stream, ["GetRecords.Bytes", "GetRecords.Records"]), {
            byRight: ["records"],
        }),
    ];
    const trouble: Widget[] = [
        graph(facts, "Refused and failed", [
            metric(stream, "WriteProvisionedThroughputExceeded", "Records refused"),
            metric(stream, "ReadProvisionedThroughputExceeded", "GetRecords calls refused"),
            metric(stream, "PutRecords.FailedRecords", "Records failed inside Kinesis"),
        ]),
        ...(facts.shards === undefined && !facts.scaled
            ? []
            : [
                  graph(facts, "Write utilization of the open shards (%)", utilizationLines(facts), {
                      lines: [{ label: "Records are refused", value: fullPercent }],
                  }),
              ]),
    ];
    const { consumers = [] } = facts;
    const lost =
        facts.retentionHours === undefined
            ? []
            : [{ label: "Records are lost", value: facts.retentionHours * millisecondsPerHour }];
    const lag: Widget[] = [
        graph(
            facts,
            "Age of the oldest unread record (ms)",
            [metric(stream, "GetRecords.IteratorAgeMilliseconds", "Iterator age")],
            { lines: lost },
        ),
        graph(facts, "Latency of calls (ms)", [
            metric(stream, "PutRecords.Latency", "PutRecords"),
            metric(stream, "GetRecords.Latency", "GetRecords"),
        ]),
    ];
    const fanOut: Widget[] =
        consumers.length === 0
            ? []
            : [
                  graph(
                      facts,
                      "How far each fan-out consumer is behind (ms)",
                      consumers.map((name) => ofConsumer(stream, name, "SubscribeToShardEvent.MillisBehindLatest")),
                      { lines: lost },
                  ),
                  graph(
                      facts,
                      "Records sent to each fan-out consumer, a minute",
                      consumers.map((name) => ofConsumer(stream, name, "SubscribeToShardEvent.Records")),
                  ),
              ];
    const shards: Widget[] = [
        ...(facts.scaled
            ? [
                  graph(
                      facts,
                      "Shards",
                      [
                          scalerMetric(stream, "OpenShards", "Open shards"),
                          scalerMetric(stream, "TargetShards", "Shards that the load asks for"),
                          scalerMetric(stream, "UpdateCallsLeft", "UpdateShardCount calls left"),
                      ],
                      { byRight: ["updateCallsLeft"] },
                  ),
              ]
            : []),
        ...(facts.scalerLogGroup === undefined ? [] : [decisions(facts.region, facts.scalerLogGroup)]),
        ...(hotShardMetric
            ? [
                  graph(
                      facts,
                      `${hotShardMetric} a minute on the hottest shards`,
                      [
                          [
                              {
                                  expression: `${shardQuery(stream, hotShardMetric)} LIMIT 10`,
                                  id: "shards",
                                  period: periodSeconds,
                              },
                          ],
                      ],
                      {
                          lines: [
                              {
                                  label: "What one shard takes",
                                  value: shardLimitPerSecond(hotShardMetric) * periodSeconds,
                              },
                          ],
                      },
                  ),
              ]
            : []),
    ];
    return [write, trouble, lag, fanOut, shards].filter((row) => row.length > 0);
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

type MetricLine = (string | Record<string, unknown>)[];

function graph(
    { region }: DashboardFacts,
    title: string,
    metrics: MetricLine[],
    options: { byRight?: string[]; lines?: Line[] } = {},
): Widget {
    const onRight = (line: MetricLine) => {
        const settings = line.at(-1) as Record<string, unknown>;
        return options.byRight?.includes(String(settings.id))
            ? [...line.slice(0, -1), { ...settings, yAxis: "right" }]
            : line;
    };
    return {
        type: "metric",
        properties: {
            title,
            region,
            view: "timeSeries",
            period: periodSeconds,
            metrics: metrics.map(onRight),
            ...(options.lines?.length ? { annotations: { horizontal: options.lines } } : {}),
            yAxis: { left: { min: 0 }, right: { min: 0 } },
        },
    };
}

/** What the scaler did and why, the last first; runs that changed nothing are left out. */
function decisions(region: string, logGroup: string): Widget {
    const query = [
        `SOURCE '${logGroup}'`,
        "fields @timestamp, outcome, reason, message, OpenShards, TargetShards, UpdateCallsLeft",
        'filter ispresent(reason) and outcome != "nothing"',
        "sort @timestamp desc",
        "limit 20",
    ].join(" | ");
    return { type: "log", properties: { title: "Scaling decisions", region, view: "table", query } };
}

/** Rates: the sum of each period over its seconds, because an average would be the mean per call. */
function rates(stream: string, [bytes, records]: readonly [KinesisMetricName, KinesisMetricName]): MetricLine[] {
    const hidden = (name: KinesisMetricName, id: string): MetricLine =>
        line(kinesisNamespace, name, kinesisMetrics[name], stream, { id, visible: false });
    return [
        hidden(bytes, "bytesSum"),
        hidden(records, "recordsSum"),
        [{ expression: `bytesSum / PERIOD(bytesSum) / ${limits.bytesPerMiB}`, id: "bytes", label: "MiB/s" }],
        [{ expression: "recordsSum / PERIOD(recordsSum)", id: "records", label: "Records/s" }],
    ];
}

function utilizationLines(facts: DashboardFacts): MetricLine[] {
    return utilizationQueries(facts.stream, periodSeconds, facts).map(
        ({ id, expression, label, metric: reference, returnData }: MetricQuery): MetricLine =>
            reference
                ? [
                      reference.namespace,
                      reference.metricName,
                      "StreamName",
                      facts.stream,
                      { id, stat: reference.stat, period: reference.period, visible: returnData },
                  ]
                : [{ expression, id, label, visible: returnData }],
    );
}

function metric(stream: string, name: KinesisMetricName, label: string): MetricLine {
    return line(kinesisNamespace, name, kinesisMetrics[name], stream, { label });
}

function ofConsumer(stream: string, consumer: string, name: KinesisMetricName): MetricLine {
    const { statistic } = kinesisMetrics[name];
    const settings = { stat: statistic, label: consumer };
    return [kinesisNamespace, name, "StreamName", stream, "ConsumerName", consumer, settings];
}

function scalerMetric(stream: string, name: ScalerMetricName, label: string): MetricLine {
    return line(scalerNamespace, name, scalerMetrics[name], stream, { id: lowerFirst(name), label });
}

function line(
    namespace: string,
    name: string,
    { statistic }: MetricRow,
    stream: string,
    settings: Record<string, unknown>,
): MetricLine {
    return [namespace, name, "StreamName", stream, { stat: statistic, ...settings }];
}

function lowerFirst(name: string): string {
    return name.charAt(0).toLowerCase() + name.slice(1);
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
