/**
 * What CloudWatch alarms watch, whichever provider declares them: nothing is judged here, and a value that is not known stays marked.
 */
import { numberIn } from "../capacity/pulumiNames";
import { onceOfEach } from "./once";
import { andRelease, isAwsNative, isRecord, type ResourceView, Unknown } from "./resources";
import { NotKnownYet } from "./verdict";

/** A metric that an alarm watches, directly or inside a metric-math expression. Each value may be Unknown. */
export interface WatchedMetric {
    /** The property of the alarm that says which stream is meant. */
    readonly property: "dimensions" | "metricQueries" | "metrics";
    readonly namespace: unknown;
    readonly metricName: unknown;
    /** The statistic, a percentile such as p99 included. */
    readonly statistic: unknown;
    readonly unit: unknown;
    readonly periodSeconds: unknown;
    /** By name; the values may be Unknown too: the name of a stream that does not exist yet. */
    readonly dimensions: Readonly<Record<string, unknown>> | Unknown;
    /** The account that publishes it; undefined where it is the alarm's own. */
    readonly accountId: unknown;
    /** Whether the alarm compares the metric itself with its threshold, its gaps filled or not, rather than what an expression makes of it. */
    readonly isCompared: boolean;
    /** The number that FILL puts in the place of a data point that is not there. */
    readonly missingIs?: number;
}

type Holder = Readonly<Record<string, unknown>>;

/** The property of an alarm that holds its queries. */
export function queriesProperty(alarm: ResourceView): "metricQueries" | "metrics" {
    return isAwsNative(alarm) ? "metrics" : "metricQueries";
}

/** Every metric that the alarm watches. Of a query aws-native keeps the metric and the statistic apart. */
export const metricsOf = onceOfEach((alarm: ResourceView): readonly WatchedMetric[] => {
    const { props } = alarm;
    const isNative = isAwsNative(alarm);
    const read = (metric: Holder, stat: Holder, compared: Compared, property: WatchedMetric["property"]) => ({
        property,
        namespace: given(metric.namespace),
        metricName: given(metric.metricName),
        statistic: given(stat.stat) ?? given(stat.statistic) ?? given(stat.extendedStatistic),
        unit: given(stat.unit),
        periodSeconds: given(stat.period),
        dimensions: isNative ? namedDimensions(metric.dimensions) : mappedDimensions(metric.dimensions),
        ...compared,
    });
    const property = queriesProperty(alarm);
    const queries = queriesOf(props, property).flatMap((query): WatchedMetric[] => {
        if (query instanceof Unknown) return [notKnown(query, property)];
        const stat = isNative ? query.metricStat : query.metric;
        if (stat instanceof Unknown) return [notKnown(stat, property)];
        if (!isRecord(stat)) return [];
        const metric = isNative ? stat.metric : stat;
        if (metric instanceof Unknown) return [notKnown(metric, property)];
        return isRecord(metric) ? [read(metric, stat, comparedIn(query, props[property]), property)] : [];
    });
    return [...(given(props.metricName) === undefined ? [] : [read(props, props, itself, "dimensions")]), ...queries];
});

/** A metric of which nothing is known but where it stands. */
export function notKnown(mark: Unknown, property: WatchedMetric["property"]): WatchedMetric {
    const values = { namespace: mark, metricName: mark, statistic: mark, unit: mark, periodSeconds: mark };
    return { property, ...values, dimensions: mark, accountId: mark, isCompared: false };
}

type Compared = Pick<WatchedMetric, "isCompared" | "missingIs" | "accountId">;

const itself: Compared = { isCompared: true, accountId: undefined };

/** The account of a query, and whether the threshold is compared with what it returns, or with that and its gaps filled. */
export function comparedIn(query: Holder, queries: unknown): Compared {
    const accountId = given(query.accountId);
    if (query.returnData === true || (Array.isArray(queries) && queries.length === 1))
        return { isCompared: true, accountId };
    const filled = (Array.isArray(queries) ? (queries as unknown[]) : []).flatMap((other) => {
        if (!isRecord(other) || other.returnData !== true || typeof other.expression !== "string") return [];
        const [, id, filler] = /^\s*FILL\(\s*(\w+)\s*,\s*([^\s()]+)\s*\)\s*$/i.exec(other.expression) ?? [];
        return id !== undefined && id === query.id ? [Number(filler)] : [];
    });
    if (filled.length === 0) return { isCompared: false, accountId };
    // REPEAT and LINEAR put in what was there.
    return { isCompared: true, accountId, ...(Number.isFinite(filled[0]) && { missingIs: filled[0]! }) };
}

export function queriesOf(alarm: Holder, property: string): (Holder | Unknown)[] {
    const queries = alarm[property];
    if (queries instanceof Unknown) return [queries];
    if (!Array.isArray(queries)) return [];
    return queries.filter((query: unknown): query is Holder | Unknown => query instanceof Unknown || isRecord(query));
}

/** The dimensions of aws: values by their name. */
function mappedDimensions(dimensions: unknown): WatchedMetric["dimensions"] {
    return dimensions instanceof Unknown || isRecord(dimensions) ? dimensions : {};
}

/** The dimensions of aws-native: a list of names and values. */
function namedDimensions(dimensions: unknown): WatchedMetric["dimensions"] {
    if (dimensions instanceof Unknown) return dimensions;
    const named: Record<string, unknown> = {};
    for (const dimension of Array.isArray(dimensions) ? (dimensions as unknown[]) : []) {
        if (dimension instanceof Unknown) return dimension;
        if (!isRecord(dimension)) continue;
        if (dimension.name instanceof Unknown) return dimension.name;
        if (typeof dimension.name === "string") named[dimension.name] = dimension.value;
    }
    return named;
}

/** A state holds an empty text or 0 where nothing was set. */
export function given(value: unknown): unknown {
    return value === "" || value === 0 || value === null ? undefined : value;
}

/** The clause of a fix that changes properties of a metric, of which ignoreChanges keeps some: those of a query stand in the alarm's queries. */
export function andReleaseMetric(
    alarm: ResourceView,
    { property }: WatchedMetric,
    properties: readonly string[],
): string {
    return andRelease(alarm, property === "dimensions" ? properties : [property]);
}

/** A value, or undefined where there is none of that type. @throws NotKnownYet where the preview does not know it */
export function knownText(value: unknown): string | undefined {
    const known = certain(value);
    return typeof known === "string" ? known : undefined;
}

/** As knownText. */
export function knownNumber(value: unknown): number | undefined {
    return numberIn(certain(value));
}

/** The dimensions that are set. @throws NotKnownYet where the preview does not know which there are */
export function knownDimensions({ dimensions }: WatchedMetric): Holder {
    return Object.fromEntries(
        Object.entries(certain(dimensions) as Holder).filter(([, value]) => given(value) !== undefined),
    );
}

function certain(value: unknown): unknown {
    if (value instanceof Unknown) throw new NotKnownYet([value.path]);
    return value;
}
