/**
 * The widgets of a dashboard: graphs of metrics with the statistic that means something, and the list of the scaler's decisions.
 */
import {
    type KinesisMetricName,
    kinesisMetrics,
    kinesisNamespace,
    type MetricRow,
    scalerMetrics,
    type ScalerMetricName,
    scalerNamespace,
} from "../metrics";
import { limits } from "../limits";
import { uncapitalized } from "../text";
import { type StreamFacts } from "./alarmRow";
import { type MetricQuery, utilizationQueries } from "./queries";

/** Seconds of one point in every graph. */
export const periodSeconds = 60;

/** What a dashboard consists of, before it has a place. */
export interface Widget {
    readonly type: "metric" | "log";
    readonly properties: object;
}

interface Line {
    readonly label: string;
    readonly value: number;
}

type MetricLine = (string | Record<string, unknown>)[];

/** A graph of some metrics over time. */
export function graph(
    region: string,
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
export function decisions(region: string, logGroup: string): Widget {
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
export function rates(stream: string, [bytes, records]: readonly [KinesisMetricName, KinesisMetricName]): MetricLine[] {
    const hidden = (name: KinesisMetricName, id: string): MetricLine =>
        line(kinesisNamespace, name, kinesisMetrics[name], stream, { id, visible: false });
    return [
        hidden(bytes, "bytesSum"),
        hidden(records, "recordsSum"),
        [{ expression: `bytesSum / PERIOD(bytesSum) / ${limits.bytesPerMiB}`, id: "bytes", label: "MiB/s" }],
        [{ expression: "recordsSum / PERIOD(recordsSum)", id: "records", label: "Records/s" }],
    ];
}

/** Metric math, of which only the outcome is shown. */
export function utilizationLines(stream: string, facts: Partial<StreamFacts>): MetricLine[] {
    return utilizationQueries(stream, periodSeconds, facts).map(
        ({ id, expression, label, metric: reference, returnData }: MetricQuery): MetricLine =>
            reference
                ? [
                      reference.namespace,
                      reference.metricName,
                      "StreamName",
                      stream,
                      { id, stat: reference.stat, period: reference.period, visible: returnData },
                  ]
                : [{ expression, id, label, visible: returnData }],
    );
}

/** One metric of the stream. */
export function metric(stream: string, name: KinesisMetricName, label: string): MetricLine {
    return line(kinesisNamespace, name, kinesisMetrics[name], stream, { label });
}

/** One metric of a fan-out consumer. */
export function ofConsumer(stream: string, consumer: string, name: KinesisMetricName): MetricLine {
    const { statistic } = kinesisMetrics[name];
    const settings = { stat: statistic, label: consumer };
    return [kinesisNamespace, name, "StreamName", stream, "ConsumerName", consumer, settings];
}

/** One metric that the scaler publishes. */
export function scalerMetric(stream: string, name: ScalerMetricName, label: string): MetricLine {
    return line(scalerNamespace, name, scalerMetrics[name], stream, { id: uncapitalized(name), label });
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
