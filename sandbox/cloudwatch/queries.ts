/**
 * MetricDataQueries: what GetMetricData, metric-math alarms and Metrics Insights alarms ask for, validated and run.
 */
import { type MetricIdentity, type MetricStore, standardUnits, type Windows } from "./store";
import { AwsError } from "../service";
import { anything, boolean, integer, listOf, oneOf, type Shape, structure, text } from "../wire/oldShape";
import {
    evaluate,
    type ExpressionContext,
    ExpressionError,
    isSeries,
    mentions,
    type Node,
    parseExpression,
    type TimeSeries,
    type Value,
} from "./expression";
import { type InsightsQuery, isInsightsQuery, parseInsightsQuery, runInsightsQuery } from "./insights";
import { searchMetrics } from "./search";
import { isStatistic, type Statistic, statisticNames, statisticOf } from "./statistics";

export interface Dimension {
    readonly Name: string;
    readonly Value: string;
}

export interface MetricDataQuery {
    readonly Id: string;
    readonly MetricStat?: {
        readonly Metric: {
            readonly Namespace: string;
            readonly MetricName: string;
            readonly Dimensions?: readonly Dimension[];
        };
        readonly Period: number;
        readonly Stat: string;
        readonly Unit?: string;
    };
    readonly Expression?: string;
    readonly Label?: string;
    readonly ReturnData?: boolean;
    readonly Period?: number;
    readonly AccountId?: string;
}

export const dimensionsShape: Shape = listOf(
    structure({ Name: text(1, 255), Value: text(1, 1_024) }, "Name", "Value"),
    0,
    30,
);

export const metricDataQueriesShape: Shape = listOf(
    structure(
        {
            Id: text(1, 255),
            MetricStat: structure(
                {
                    Metric: structure(
                        { Namespace: text(1, 255), MetricName: text(1, 255), Dimensions: dimensionsShape },
                        "Namespace",
                        "MetricName",
                    ),
                    Period: integer(1),
                    Stat: text(1),
                    Unit: oneOf(...standardUnits),
                },
                "Metric",
                "Period",
                "Stat",
            ),
            Expression: text(1, 2_048),
            Label: anything,
            ReturnData: boolean,
            Period: integer(1),
            AccountId: text(1, 255),
        },
        "Id",
    ),
);

/** Queries that were found well-formed, ready to run again and again. */
export interface CompiledQueries {
    readonly queries: readonly MetricDataQuery[];
    readonly expressions: ReadonlyMap<string, Node | InsightsQuery>;
}

/** @throws AwsError as CloudWatch refuses such queries */
export function compileQueries(queries: readonly MetricDataQuery[]): CompiledQueries {
    const expressions = new Map<string, Node | InsightsQuery>();
    const ids = new Set<string>();
    for (const query of queries) {
        const { Id: id } = query;
        if (!/^[a-z]\w*$/.test(id)) {
            throw new AwsError(
                "ValidationError",
                `The value for the parameter MetricDataQueries.member.Id "${id}" must start with a lowercase letter and hold only letters, digits and underscores.`,
            );
        }
        if (ids.has(id)) {
            throw new AwsError(
                "ValidationError",
                `The values for parameter id in MetricDataQueries are not unique: ${id}.`,
            );
        }
        ids.add(id);
        if ((query.MetricStat === undefined) === (query.Expression === undefined)) {
            throw new AwsError(
                "ValidationError",
                `The parameter MetricDataQueries.member.${id} must have either MetricStat or Expression, and not both.`,
            );
        }
        if (query.MetricStat) {
            checkPeriod(query.MetricStat.Period);
            checkStatistic(query.MetricStat.Stat);
        } else if (isInsightsQuery(query.Expression!)) {
            if (query.Period === undefined)
                throw new AwsError("ValidationError", `Metrics Insights query ${id} must have a Period.`);

            checkPeriod(query.Period);
            expressions.set(id, parseInsightsQuery(id, query.Expression!));
        } else {
            expressions.set(id, parseExpression(id, query.Expression!));
        }
    }
    for (const [id, expression] of expressions) {
        if (!("kind" in expression)) continue;
        for (const mentioned of mentions(expression).ids)
            if (!ids.has(mentioned)) throw new ExpressionError(id, `The id ${mentioned} is not defined.`);
    }
    return { queries, expressions };
}

export function checkPeriod(period: number): void {
    if ([1, 5, 10, 20, 30].includes(period) || period % 60 === 0) return;
    throw new AwsError(
        "InvalidParameterValueException",
        `The parameter Period must be 1, 5, 10, 20, 30, or a multiple of 60; it is ${period}.`,
        400,
        "InvalidParameterValue",
    );
}

export function checkStatistic(statistic: string): asserts statistic is Statistic {
    if (isStatistic(statistic)) return;
    throw new AwsError(
        "InvalidParameterValueException",
        `The value ${statistic} for parameter Stat is not supported. The sandbox keeps ${statisticNames.join(", ")}, and no percentiles.`,
        400,
        "InvalidParameterValue",
    );
}

/** Where the series of a request lie in time. */
export interface TimeRange {
    /** The windows for a period: a request with several periods has one grid for each. */
    windows(periodSeconds: number): Windows;
    readonly nowMs: number;
}

export interface QueryResult {
    readonly query: MetricDataQuery;
    readonly value: Value;
    /** The label of the result; an array keeps the labels of its series. */
    readonly label: string;
}

/** The results of all queries, in the order of the queries. */
export function runQueries(
    { queries, expressions }: CompiledQueries,
    store: MetricStore,
    range: TimeRange,
): QueryResult[] {
    const values = new Map<string, Value>();
    const running = new Set<string>();
    const byId = new Map(queries.map((query) => [query.Id, query]));
    const metricQueries = queries.filter((query) => query.MetricStat);
    // An expression's constants lie on the grid of what it works on; without a metric, on minutes.
    const periodSeconds = Math.max(...queries.map((query) => query.MetricStat?.Period ?? query.Period ?? 0)) || 60;
    const context: ExpressionContext = {
        lookup: (id) => valueOf(byId.get(id)!),
        metrics: () => metricQueries.map((query) => ({ id: query.Id, series: valueOf(query) as TimeSeries })),
        constant: (value) => {
            const windows = range.windows(periodSeconds);
            const points = new Array<number>(windows.count).fill(value);
            return { label: String(value), startMs: windows.startMs, periodMs: windows.periodMs, points };
        },
        search: (expression, statistic, period) => {
            checkStatistic(statistic);
            const windows = range.windows(period ?? periodSeconds);
            return searchMetrics(expression, store, windows.startMs).map((metric) =>
                seriesOf(
                    metric,
                    statistic,
                    undefined,
                    Object.values(metric.dimensions).join(" ") || metric.metricName,
                    store,
                    windows,
                    range.nowMs,
                ),
            );
        },
    };
    const valueOf = (query: MetricDataQuery): Value => {
        const id = query.Id;
        const ready = values.get(id);
        if (ready !== undefined) return ready;
        if (running.has(id)) throw new ExpressionError(id, "The expression refers to itself.");
        running.add(id);
        const value = compute(query);
        values.set(id, value);
        return value;
    };
    const compute = (query: MetricDataQuery): Value => {
        if (query.MetricStat) {
            const { Metric, Period, Stat, Unit } = query.MetricStat;
            return seriesOf(
                {
                    namespace: Metric.Namespace,
                    metricName: Metric.MetricName,
                    dimensions: dimensionsOf(Metric.Dimensions),
                },
                Stat as Statistic,
                Unit,
                query.Label ?? Metric.MetricName,
                store,
                range.windows(Period),
                range.nowMs,
            );
        }
        const expression = expressions.get(query.Id)!;
        if (!("kind" in expression))
            return runInsightsQuery(expression, store, range.windows(query.Period!), range.nowMs);
        return evaluate(query.Id, expression, context);
    };
    return queries.map((query) => {
        const value = valueOf(query);
        const metricName = query.MetricStat?.Metric.MetricName;
        return { query, value, label: query.Label ?? metricName ?? query.Id };
    });
}

/** The series of a result; a number is no result, as in CloudWatch. */
export function seriesOfResult({ query, value, label }: QueryResult): readonly TimeSeries[] {
    if (isSeries(value)) return [{ ...value, label }];
    if (typeof value === "object") return value as readonly TimeSeries[];
    throw new ExpressionError(query.Id, "The expression must return a time series or an array of time series.");
}

function seriesOf(
    metric: MetricIdentity,
    statistic: Statistic,
    unit: string | undefined,
    label: string,
    store: MetricStore,
    windows: Windows,
    nowMs: number,
): TimeSeries {
    const points = store
        .statistics(metric, unit, windows, nowMs)
        .map((statistics) => statistics && statisticOf(statistic, statistics));
    return { label, startMs: windows.startMs, periodMs: windows.periodMs, points };
}

export function dimensionsOf(dimensions: readonly Dimension[] | undefined): Record<string, string> {
    return Object.fromEntries((dimensions ?? []).map(({ Name, Value }) => [Name, Value]));
}
