/**
 * MetricDataQueries: what GetMetricData, metric-math alarms and Metrics Insights alarms ask for, validated and run.
 */
import { type InsightsQuery, isInsightsQuery, parseInsightsQuery } from "../../capacity/cloudwatch/insightsQuery";
import {
    anything,
    boolean,
    integer,
    listOf,
    oneOf,
    required,
    type Shape,
    structure,
    text,
    type ValueOf,
} from "../wire/shape";
import { exclusive, ExpressionError, parameterError, validationError } from "./errors";
import { evaluate, type ExpressionContext } from "./evaluate";
import { mentions, type Node, parseExpression } from "./expression";
import { runInsightsQuery } from "./insights";
import { searchMetrics } from "./search";
import { asArray, isSeries, type TimeSeries, type Value } from "./series";
import { isStatistic, pointsOf, statisticNames } from "./statistics";
import { type MetricIdentity, type MetricStore, standardUnits, type Windows } from "./store";

export type MetricDataQuery = ValueOf<typeof metricDataQuery>;

const dimension = structure({ Name: required(text(1, 255)), Value: required(text(1, 1_024)) });

export const dimensionsShape = listOf(dimension, 0, 30);

const metric = structure({
    Namespace: required(text(1, 255)),
    MetricName: required(text(1, 255)),
    Dimensions: dimensionsShape,
});

const metricDataQuery = structure({
    Id: required(text(1, 255)),
    MetricStat: structure({
        Metric: required(metric),
        Period: required(integer(1)),
        Stat: required(text(1)),
        Unit: oneOf(...standardUnits),
    }),
    Expression: text(1, 2_048),
    Label: anything<string>(),
    ReturnData: boolean,
    Period: integer(1),
    AccountId: text(1, 255),
});

export function metricDataQueries(max?: number): Shape<MetricDataQuery[]> {
    return listOf(metricDataQuery, 0, max);
}

/** Queries that were found well-formed, ready to run again and again. */
export interface CompiledQueries {
    readonly queries: readonly MetricDataQuery[];
    /** Metric math, by the query's id. */
    readonly math: ReadonlyMap<string, Node>;
    /** Metrics Insights, by the query's id. */
    readonly insights: ReadonlyMap<string, InsightsQuery>;
}

/**
 * @param member the request's name for them
 * @throws AwsError as CloudWatch refuses such queries
 */
export function compileQueries(
    queries: readonly MetricDataQuery[],
    member: "MetricDataQueries" | "Metrics",
): CompiledQueries {
    const math = new Map<string, Node>();
    const insights = new Map<string, InsightsQuery>();
    const ids = new Set<string>();
    for (const [index, query] of queries.entries()) {
        const { Id: id, MetricStat, Expression } = query;
        const path = `${member}.member.${index + 1}`;
        checkId(id, ids);
        ids.add(id);
        if (MetricStat && Expression !== undefined)
            throw validationError(exclusive(`${path}.Expression`, `${path}.MetricStat`));
        // CloudWatch ends each of its problems with a new line here.
        if (!MetricStat && Expression === undefined)
            throw validationError(`The parameter ${path}.MetricStat is required.\n`);
        if (MetricStat) {
            checkPeriod(MetricStat.Period);
            checkStatistic(MetricStat.Stat);
        } else if (isInsightsQuery(Expression!)) {
            if (query.Period === undefined) throw validationError(`Metrics Insights query ${id} must have a Period.`);

            checkPeriod(query.Period);
            insights.set(
                id,
                parseInsightsQuery(Expression!, (detail) => new ExpressionError(id, detail)),
            );
        } else {
            math.set(id, parseExpression(id, Expression!));
        }
    }
    for (const [id, node] of math) {
        for (const mentioned of mentions(node).ids)
            if (!ids.has(mentioned)) throw new ExpressionError(id, `The id ${mentioned} is not defined.`);
    }
    return { queries, math, insights };
}

function checkId(id: string, others: ReadonlySet<string>): void {
    if (!/^[a-z]\w*$/.test(id)) {
        throw validationError(
            `The value for the parameter MetricDataQueries.member.Id "${id}" must start with a lowercase letter and hold only letters, digits and underscores.`,
        );
    }
    if (others.has(id))
        throw validationError(`The values for parameter id in MetricDataQueries are not unique: ${id}.`);
}

export function checkPeriod(period: number): void {
    if ([1, 5, 10, 20, 30].includes(period) || period % 60 === 0) return;
    throw parameterError(`The parameter Period must be 1, 5, 10, 20, 30, or a multiple of 60; it is ${period}.`);
}

export function checkStatistic(statistic: string): void {
    if (isStatistic(statistic)) return;
    throw parameterError(
        `The value ${statistic} for parameter Stat is not supported. The sandbox has ${statisticNames.join(", ")} and the percentiles p0 to p100.`,
    );
}

/** Where the series of a request lie in time. */
export interface TimeRange {
    /** The windows for a period: a request with several periods has one grid for each. */
    windows(periodSeconds: number): Windows;
    readonly nowMs: number;
}

/** So many periods that end now. */
export function periodsUntil(nowMs: number, count: number): TimeRange {
    const windows = (periodSeconds: number): Windows => {
        const periodMs = periodSeconds * 1_000;
        return { startMs: nowMs - count * periodMs, periodMs, count };
    };
    return { windows, nowMs };
}

export interface QueryResult {
    readonly query: MetricDataQuery;
    readonly value: Value;
    /** The label of the result; an array keeps the labels of its series. */
    readonly label: string;
}

/** The results of all queries, in the order of the queries. */
export function runQueries(compiled: CompiledQueries, store: MetricStore, range: TimeRange): QueryResult[] {
    const { queries, math, insights } = compiled;
    const values = new Map<string, Value>();
    const running = new Set<string>();
    const byId = new Map(queries.map((query) => [query.Id, query]));
    const metricQueries = queries.filter((query) => query.MetricStat);
    // An expression's constants lie on the grid of what it works on; without a metric, on minutes.
    const gridSeconds = Math.max(...queries.map((query) => query.MetricStat?.Period ?? query.Period ?? 0)) || 60;
    const seriesOf = (metric: MetricIdentity, stat: string, seconds: number, label: string, unit?: string) => {
        const windows = range.windows(seconds);
        const points = pointsOf(store, { metric, unit, windows, nowMs: range.nowMs }, stat);
        return { label, startMs: windows.startMs, periodMs: windows.periodMs, points };
    };
    const context: ExpressionContext = {
        lookup: (id) => valueOf(byId.get(id)!),
        metrics: () => metricQueries.map((query) => ({ id: query.Id, series: valueOf(query) as TimeSeries })),
        constant: (value) => {
            const { startMs, periodMs, count } = range.windows(gridSeconds);
            return { label: String(value), startMs, periodMs, points: new Array<number>(count).fill(value) };
        },
        search: (expression, statistic, periodSeconds = gridSeconds) => {
            checkStatistic(statistic);
            return searchMetrics(expression, store, range.windows(periodSeconds).startMs).map((metric) => {
                const label = Object.values(metric.dimensions).join(" ") || metric.metricName;
                return seriesOf(metric, statistic, periodSeconds, label);
            });
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
            return seriesOf(identityOf(Metric), Stat, Period, query.Label ?? Metric.MetricName, Unit);
        }
        const insightsQuery = insights.get(query.Id);
        if (insightsQuery) return runInsightsQuery(insightsQuery, store, range.windows(query.Period!), range.nowMs);
        return evaluate(query.Id, math.get(query.Id)!, context);
    };
    return queries.map((query) => {
        const metricName = query.MetricStat?.Metric.MetricName;
        return { query, value: valueOf(query), label: query.Label ?? metricName ?? query.Id };
    });
}

/** The series of a result; a number is no result, as in CloudWatch. */
export function seriesOfResult({ query, value, label }: QueryResult): readonly TimeSeries[] {
    if (isSeries(value)) return [{ ...value, label }];
    if (typeof value === "object") return asArray(query.Id, value);
    throw new ExpressionError(query.Id, "The expression must return a time series or an array of time series.");
}

/** The series of the one query that returns data, as alarms have it. */
export function watchedSeries(results: readonly QueryResult[]): readonly TimeSeries[] {
    return seriesOfResult(results.find(({ query }) => query.ReturnData ?? true)!);
}

export function identityOf({ Namespace, MetricName, Dimensions = [] }: ValueOf<typeof metric>): MetricIdentity {
    const dimensions = Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]));
    return { namespace: Namespace, metricName: MetricName, dimensions };
}
