/**
 * Metrics Insights: what the SQL of CloudWatch finds in the metrics that there are.
 */
import { insightsFunctions, type InsightsQuery } from "../../capacity/cloudwatch/insightsQuery";
import { merge, type Statistics } from "./chunk";
import { type TimeSeries } from "./series";
import { statisticOf } from "./statistics";
import { type Dimensions, hasExactly, type MetricStore, type Windows } from "./store";

interface Group {
    readonly attributes: Dimensions;
    points: (Statistics | undefined)[];
}

/** The series of a query: one per group that has data in the windows, in the order that was asked for. */
export function runInsightsQuery(
    query: InsightsQuery,
    store: MetricStore,
    windows: Windows,
    nowMs: number,
): TimeSeries[] {
    const groups = new Map<string, Group>();
    const candidates = store.list({
        namespace: query.namespace,
        metricName: query.metricName,
        sinceMs: windows.startMs,
    });
    for (const metric of candidates) {
        if (!matches(query, metric.dimensions)) continue;
        const points = store.statistics(metric, undefined, windows, nowMs);
        if (points.every((point) => point === undefined)) continue;
        const attributes = Object.fromEntries(query.groupBy.map((key) => [key, metric.dimensions[key]!]));
        const key = JSON.stringify(attributes);
        const group = groups.get(key) ?? { attributes, points: [] };
        group.points = points.map((point, index) => (point ? merge(group.points[index], point) : group.points[index]));
        groups.set(key, group);
    }
    const series = [...groups.values()].map(({ attributes, points }) => ({
        label: Object.values(attributes).join(" ") || query.metricName,
        startMs: windows.startMs,
        periodMs: windows.periodMs,
        points: points.map((point) => point && statisticOf(insightsFunctions[query.function], point)),
        attributes,
        rank: query.orderBy
            ? statisticOf(
                  insightsFunctions[query.orderBy.function],
                  points.reduce((whole, point) => (point ? merge(whole, point) : whole), undefined)!,
              )
            : 0,
    }));
    const direction = query.orderBy?.descending ? -1 : 1;
    series.sort((left, right) => direction * (left.rank - right.rank));
    return series.slice(0, query.limit).map(({ rank: _rank, ...each }) => each);
}

function matches(query: InsightsQuery, dimensions: Dimensions): boolean {
    const { schema, where, groupBy } = query;
    if (!hasExactly(dimensions, schema) || !groupBy.every((key) => key in dimensions)) return false;
    return where.every(({ key, equal, value }) => key in dimensions && (dimensions[key] === value) === equal);
}
