/**
 * What the Metrics Insights queries of an alarm watch: a metric of one stream, or of every stream that there is.
 */
import {
    insightsFunctions,
    type InsightsQuery,
    isInsightsQuery,
    parseInsightsQuery,
} from "../capacity/cloudwatch/insightsQuery";
import { comparedIn, given, metricsOf, notKnown, queriesOf, queriesProperty, type WatchedMetric } from "./alarms";
import { onceOfEach } from "./once";
import { type ResourceView, Unknown } from "./resources";

/** The value of a dimension that a query leaves open: each, but for some. */
export class Every {
    constructor(readonly but: readonly string[]) {}

    includes(name: unknown): boolean {
        return typeof name !== "string" || !this.but.includes(name);
    }
}

/** Every metric that the alarm watches, by Metrics Insights queries too. */
export const watchedBy = onceOfEach((alarm: ResourceView): readonly WatchedMetric[] => [
    ...metricsOf(alarm),
    ...queriedMetricsOf(alarm),
]);

function queriedMetricsOf(alarm: ResourceView): WatchedMetric[] {
    const property = queriesProperty(alarm);
    const queries = queriesOf(alarm.props, property).flatMap((query) => (query instanceof Unknown ? [] : [query]));
    const isMath = queries.some((query) => given(query.metric ?? query.metricStat) !== undefined);
    return queries.flatMap((query): WatchedMetric[] => {
        const { expression } = query;
        // Where there are metrics beside it, it is math over them.
        if (expression instanceof Unknown) return isMath ? [] : [notKnown(expression, property)];
        const parsed = typeof expression === "string" ? parsedQuery(expression) : undefined;
        if (parsed === undefined) return [];
        const dimensions = dimensionsIn(parsed);
        const compared = comparedIn(query, alarm.props[property]);
        return [
            {
                property,
                namespace: parsed.namespace,
                metricName: parsed.metricName,
                statistic: insightsFunctions[parsed.function],
                unit: undefined,
                periodSeconds: given(query.period),
                dimensions,
                ...compared,
                // What adds up several is none of them.
                isCompared: compared.isCompared && isOfOne(parsed, dimensions),
            },
        ];
    });
}

/** Undefined where it is no query, or one that CloudWatch refuses. */
function parsedQuery(expression: string): InsightsQuery | undefined {
    if (!isInsightsQuery(expression)) return undefined;
    try {
        return parseInsightsQuery(expression, (detail) => new Error(detail));
    } catch {
        return undefined;
    }
}

function dimensionsIn({ schema, where, groupBy }: InsightsQuery): Readonly<Record<string, string | Every>> {
    const names = schema ?? ["StreamName", ...where.map(({ key }) => key), ...groupBy];
    return Object.fromEntries(
        names.map((name) => {
            const conditions = where.filter(({ key }) => key === name);
            const isValue = conditions.find(({ equal }) => equal);
            return [name, isValue?.value ?? new Every(conditions.map(({ value }) => value))];
        }),
    );
}

function isOfOne({ groupBy }: InsightsQuery, dimensions: Readonly<Record<string, string | Every>>): boolean {
    return Object.entries(dimensions).every(([name, value]) => typeof value === "string" || groupBy.includes(name));
}
