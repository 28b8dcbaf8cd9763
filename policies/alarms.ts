/**
 * Judges of CloudWatch alarms on Kinesis metrics, whichever provider declares them.
 */
import {
    kinesisMetrics,
    kinesisNamespace,
    type MetricRow,
    otherKinesisMetrics,
    shardOnlyMetricNames,
} from "../capacity/metrics";
import { closest } from "../capacity/text";
import { entryOf, isRecord, type ResourceView, Unknown, valueAt } from "./resources";
import { compliant, NotKnownYet, type Verdict, violation } from "./verdict";

/** A metric that an alarm watches, directly or inside a metric-math expression. */
export interface WatchedMetric {
    readonly namespace: string | undefined;
    readonly metricName: string | undefined;
    /** The statistic, a percentile such as p99 included. */
    readonly statistic: string | undefined;
    readonly unit: string | undefined;
    /** Values may be Unknown: the name of a stream that does not exist yet. */
    readonly dimensions: Readonly<Record<string, unknown>>;
}

/** Every metric that the alarm watches. @throws NotKnownYet where the preview does not know which */
export function metricsOf(alarm: ResourceView): WatchedMetric[] {
    return alarm.type.startsWith("aws-native:") ? nativeMetrics(alarm) : classicMetrics(alarm);
}

function classicMetrics(alarm: ResourceView): WatchedMetric[] {
    const queries = listAt(alarm, "metricQueries").flatMap((query) => (isRecord(query.metric) ? [query.metric] : []));
    const own = valueAt(alarm, "metricName") === undefined ? [] : [alarm.props];
    return [...own, ...queries].map((metric) => ({
        namespace: text(metric, "namespace"),
        metricName: text(metric, "metricName"),
        statistic: text(metric, "stat") ?? text(metric, "statistic") ?? text(metric, "extendedStatistic"),
        unit: text(metric, "unit"),
        dimensions: (known(metric, "dimensions") ?? {}) as Record<string, unknown>,
    }));
}

function nativeMetrics(alarm: ResourceView): WatchedMetric[] {
    const own = valueAt(alarm, "metricName") === undefined ? [] : [{ metric: alarm.props, stat: alarm.props }];
    const queries = listAt(alarm, "metrics").flatMap(({ metricStat: stat }) =>
        isRecord(stat) && isRecord(stat.metric) ? [{ metric: stat.metric, stat }] : [],
    );
    return [...own, ...queries].map(({ metric, stat }) => ({
        namespace: text(metric, "namespace"),
        metricName: text(metric, "metricName"),
        statistic: text(stat, "stat") ?? text(stat, "statistic") ?? text(stat, "extendedStatistic"),
        unit: text(stat, "unit"),
        dimensions: Object.fromEntries(
            list(known(metric, "dimensions")).map((dimension) => [text(dimension, "name") ?? "", dimension.value]),
        ),
    }));
}

export function judgeAlarm(alarm: ResourceView): Verdict {
    for (const metric of metricsOf(alarm)) {
        if (metric.namespace !== kinesisNamespace) continue;
        const verdict = judgeMetric(metric);
        if (verdict.verdict !== "compliant") return verdict;
    }
    return compliant;
}

function judgeMetric({ metricName: name, statistic, unit, dimensions }: WatchedMetric): Verdict {
    if (name === undefined) return compliant;
    const stream = dimensions.StreamName;
    if (stream === undefined || stream === null || stream === "") {
        const given = Object.keys(dimensions).filter((dimension) => dimension !== "StreamName");
        return violation(
            `The alarm watches ${name} ${given.length === 0 ? "without a dimension" : `with ${given.join(", ")} and no StreamName`}; Kinesis publishes it for each StreamName only, so the alarm never has data.`,
            "Add StreamName, the name of the stream, to its dimensions.",
        );
    }
    const row = entryOf<MetricRow>(kinesisMetrics, name);
    if (row === undefined) return judgeName(name);
    const shardOnly = (shardOnlyMetricNames as readonly string[]).includes(name);
    if (shardOnly && dimensions.ShardId === undefined) {
        return violation(
            `The alarm watches ${name} of the whole stream; Kinesis publishes it per shard only, so the alarm never has data.`,
            "Add ShardId to its dimensions and switch the shard-level metric on, or watch a metric of the stream.",
        );
    }
    if (!isMeaningful(row, statistic)) {
        return violation(
            `The alarm watches ${statistic === undefined ? "no statistic" : `the ${statistic}`} of ${name}; the one with a meaning is ${row.statistic}: ${row.meaning}.`,
            `Set its statistic to ${JSON.stringify(row.statistic)}.`,
        );
    }
    if (unit !== undefined && unit !== row.unit) {
        return violation(
            `The alarm asks for ${name} in ${unit}; Kinesis publishes it in ${row.unit}, so the alarm never has data.`,
            `Remove its unit, or set it to ${JSON.stringify(row.unit)}.`,
        );
    }
    return compliant;
}

/** Of the metrics that the table has no row for, all that is known is which exist. */
function judgeName(name: string): Verdict {
    if (entryOf(otherKinesisMetrics, name) !== undefined) return compliant;
    const names = Object.keys({ ...kinesisMetrics, ...otherKinesisMetrics });
    return violation(
        `The alarm watches ${name}, which Kinesis does not publish in ${kinesisNamespace}, so the alarm never has data.`,
        `Watch a metric that it publishes; the closest name is ${closest(name, names)}.`,
    );
}

/** A sum is a count of what flowed; of a state such as an age or a latency, percentiles have a meaning too. */
function isMeaningful(row: MetricRow, statistic: string | undefined): boolean {
    if (statistic === row.statistic) return true;
    if (row.statistic === "Sum" || statistic === undefined) return false;
    return /^(p|tm|wm)\d/i.test(statistic) || (row.statistic === "Average" && statistic === "Maximum");
}

function text(holder: Readonly<Record<string, unknown>>, key: string): string | undefined {
    const value = known(holder, key);
    return typeof value === "string" ? value : undefined;
}

function known(holder: Readonly<Record<string, unknown>>, key: string): unknown {
    const value = holder[key];
    if (value instanceof Unknown) throw new NotKnownYet([value.path]);
    return value ?? undefined;
}

function listAt(view: ResourceView, key: string): Readonly<Record<string, unknown>>[] {
    return list(valueAt(view, key));
}

/** The objects of a list. */
function list(value: unknown): Readonly<Record<string, unknown>>[] {
    if (!Array.isArray(value)) return [];
    return value.map((element: unknown) => {
        if (element instanceof Unknown) throw new NotKnownYet([element.path]);
        return isRecord(element) ? element : {};
    });
}
