/**
 * The CloudWatch dashboard of a stream: same input, same bytes, so that a deployment without changes shows none.
 *
 * Source of the format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html, read 2026-11.
 */
import { type StreamFacts } from "./alarmRow";
import { shardLimitPerSecond, shardQuery } from "./queries";
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
    const { stream, region, hotShardMetric } = facts;
    const write: Widget[] = [
        graph(region, "Written per second", rates(stream, ["IncomingBytes", "IncomingRecords"]), {
            byRight: ["records"],
        }),
        graph(
            region,
            "Read per second by shared consumers",
            rates(stream, ["GetRecords.Bytes", "GetRecords.Records"]),
            {
                byRight: ["records"],
            },
        ),
    ];
    const trouble: Widget[] = [
        graph(region, "Refused and failed", [
            metric(stream, "WriteProvisionedThroughputExceeded", "Records refused"),
            metric(stream, "ReadProvisionedThroughputExceeded", "GetRecords calls refused"),
            metric(stream, "PutRecords.FailedRecords", "Records failed inside Kinesis"),
        ]),
        ...(facts.shards === undefined && !facts.scaled
            ? []
            : [
                  graph(region, "Write utilization of the open shards (%)", utilizationLines(stream, facts), {
                      lines: [{ label: "Records are refused", value: fullPercent }],
                  }),
              ]),
    ];
    const { consumers = [] } = facts;
    const lost =
        facts.retentionHours === undefined ? [] : [{ label: "Records are lost", value: facts.retentionHours * hourMs }];
    const lag: Widget[] = [
        graph(
            region,
            "Age of the oldest unread record (ms)",
            [metric(stream, "GetRecords.IteratorAgeMilliseconds", "Iterator age")],
            { lines: lost },
        ),
        graph(region, "Latency of calls (ms)", [
            metric(stream, "PutRecords.Latency", "PutRecords"),
            metric(stream, "GetRecords.Latency", "GetRecords"),
        ]),
    ];
    const fanOut: Widget[] =
        consumers.length === 0
            ? []
            : [
                  graph(
                      region,
                      "How far each fan-out consumer is behind (ms)",
                      consumers.map((name) => ofConsumer(stream, name, "SubscribeToShardEvent.MillisBehindLatest")),
                      { lines: lost },
                  ),
                  graph(
                      region,
                      "Records sent to each fan-out consumer, a minute",
                      consumers.map((name) => ofConsumer(stream, name, "SubscribeToShardEvent.Records")),
                  ),
              ];
    const shards: Widget[] = [
        ...(facts.scaled
            ? [
                  graph(
                      region,
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
        ...(facts.scalerLogGroup === undefined ? [] : [decisions(region, facts.scalerLogGroup)]),
        ...(hotShardMetric
            ? [
                  graph(
                      region,
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
