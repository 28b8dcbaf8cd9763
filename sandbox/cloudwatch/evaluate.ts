/**
 * Metric math over time series, as GetMetricData and alarms compute it.
 */
import { ExpressionError } from "./errors";
import { type Node } from "./expression";
import {
    across,
    asArray,
    choose,
    differences,
    eachSeries,
    elementwise,
    fill,
    isSeries,
    known,
    type Points,
    reduceKnown,
    type Reduction,
    type TimeSeries,
    type Value,
} from "./series";

export interface ExpressionContext {
    /** The value of another query of the same request. */
    lookup(id: string): Value;
    /** The series of all queries of the request that fetch a metric, with their ids. */
    metrics(): readonly { readonly id: string; readonly series: TimeSeries }[];
    /** A series with the same value at every point of the request. */
    constant(value: number): TimeSeries;
    search(expression: string, statistic: string, periodSeconds: number | undefined): readonly TimeSeries[];
}

/** Evaluates a parsed expression. */
export function evaluate(id: string, node: Node, context: ExpressionContext): Value {
    const visit = (each: Node): Value => {
        switch (each.kind) {
            case "number":
            case "string":
                return each.value;
            case "keyword":
                return each.name;
            case "id":
                return context.lookup(each.name);
            case "array":
                return each.items.flatMap((item) => asArray(id, visit(item)));
            case "unary":
                return elementwise(id, each.operator === "-" ? (x) => -x : (x) => (x === 0 ? 1 : 0), [
                    visit(each.operand),
                ]);
            case "binary":
                return elementwise(id, operators[each.operator]!, [visit(each.left), visit(each.right)]);
            case "call":
                return functionFor(id, each.name, each.args.length).apply(each.args.map(visit), id, context);
        }
    };
    return visit(node);
}

const operators: Readonly<Record<string, (left: number, right: number) => number>> = {
    "+": (left, right) => left + right,
    "-": (left, right) => left - right,
    "*": (left, right) => left * right,
    "/": (left, right) => left / right,
    "^": (left, right) => left ** right,
    "<": (left, right) => Number(left < right),
    "<=": (left, right) => Number(left <= right),
    ">": (left, right) => Number(left > right),
    ">=": (left, right) => Number(left >= right),
    "==": (left, right) => Number(left === right),
    "!=": (left, right) => Number(left !== right),
    "&&": (left, right) => Number(left !== 0 && right !== 0),
    "||": (left, right) => Number(left !== 0 || right !== 0),
};

interface FunctionRow {
    readonly argumentsMin: number;
    readonly argumentsMax: number;
    readonly apply: Apply;
}

type Apply = (args: readonly Value[], id: string, context: ExpressionContext) => Value;

/** A function of so many arguments: at least, at most. */
function takes(argumentsMin: number, argumentsMax: number, apply: Apply): FunctionRow {
    return { argumentsMin, argumentsMax, apply };
}

/** A function that makes a number of a series, and a series of several. */
function aggregate(reduce: Reduction): FunctionRow {
    return takes(1, 1, ([value], id) => {
        if (typeof value === "number") return value;
        if (isSeries(value)) return reduceKnown(value.points, reduce) ?? 0;
        return across(asArray(id, value!), reduce);
    });
}

/** A function of each point alone. */
function pointwise(apply: (value: number) => number): FunctionRow {
    return takes(1, 1, ([value], id) => elementwise(id, apply, [value!]));
}

/** A function of a whole series, applied to each series of an array. */
function serieswise(apply: (series: TimeSeries) => Points): FunctionRow {
    return takes(1, 1, ([value], id) => eachSeries(id, value!, apply));
}

/** A function of the time alone, in UTC: it has a value at each point, also where the series has none. */
function timewise(of: (time: Date) => number): FunctionRow {
    return serieswise(({ points, startMs, periodMs }) =>
        points.map((_, index) => of(new Date(startMs + index * periodMs))),
    );
}

const sum: Reduction = (values) => values.reduce((total, value) => total + value, 0);
const mean: Reduction = (values) => sum(values) / values.length;

export const functions: Readonly<Record<string, FunctionRow>> = {
    ABS: pointwise(Math.abs),
    CEIL: pointwise(Math.ceil),
    FLOOR: pointwise(Math.floor),
    LOG: pointwise(Math.log),
    LOG10: pointwise(Math.log10),
    SUM: aggregate(sum),
    AVG: aggregate(mean),
    MIN: aggregate((values) => values.reduce((least, value) => Math.min(least, value), Infinity)),
    MAX: aggregate((values) => values.reduce((most, value) => Math.max(most, value), -Infinity)),
    STDDEV: aggregate((values) => {
        const center = mean(values);
        return Math.sqrt(mean(values.map((value) => (value - center) ** 2)));
    }),
    DATAPOINT_COUNT: aggregate((values) => values.length),
    RUNNING_SUM: serieswise(({ points }) => {
        let total = 0;
        return points.map((point) => (point === undefined ? undefined : (total += point)));
    }),
    DIFF: serieswise(({ points }) => differences(points).map((step) => step?.by)),
    RATE: serieswise(({ points, periodMs }) =>
        differences(points).map((step) => step && step.by / ((step.periods * periodMs) / 1_000)),
    ),
    REMOVE_EMPTY: takes(1, 1, ([value], id) => asArray(id, value!).filter(({ points }) => known(points).length > 0)),
    TIME_SERIES: takes(1, 1, ([value], id, context) => {
        if (typeof value !== "number") throw new ExpressionError(id, "TIME_SERIES takes a number.");
        return context.constant(value);
    }),
    PERIOD: takes(1, 1, ([value], id) => {
        if (!isSeries(value)) throw new ExpressionError(id, "PERIOD takes a single metric.");
        return value.periodMs / 1_000;
    }),
    METRICS: takes(0, 1, ([part = ""], id, context) => {
        if (typeof part !== "string") throw new ExpressionError(id, "METRICS takes a string, a part of the ids.");
        const metrics = context.metrics().filter((metric) => metric.id.includes(part));
        return metrics.map((metric) => metric.series);
    }),
    SEARCH: takes(2, 3, ([text, statistic, period], id, context) => {
        if (
            typeof text !== "string" ||
            typeof statistic !== "string" ||
            (period !== undefined && typeof period !== "number")
        )
            throw new ExpressionError(id, "SEARCH takes a search expression, a statistic and a period.");

        return context.search(text, statistic, period);
    }),
    MINUTE: timewise((time) => time.getUTCMinutes()),
    HOUR: timewise((time) => time.getUTCHours()),
    // From Monday, 1, to Sunday, 7.
    DAY: timewise((time) => time.getUTCDay() || 7),
    DATE: timewise((time) => time.getUTCDate()),
    MONTH: timewise((time) => time.getUTCMonth() + 1),
    YEAR: timewise((time) => time.getUTCFullYear()),
    EPOCH: timewise((time) => time.getTime() / 1_000),
    FILL: takes(2, 2, ([value, filler], id) => eachSeries(id, value!, (series) => fill(id, series, filler!))),
    IF: takes(2, 3, ([condition, yes, no], id) => choose(id, condition!, yes!, no)),
};

function functionFor(id: string, name: string, argumentCount: number): FunctionRow {
    const row = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (!row) {
        const names = Object.keys(functions).sort().join(", ");
        throw new ExpressionError(id, `The sandbox has no function ${name}. It has ${names}.`);
    }
    if (argumentCount < row.argumentsMin || argumentCount > row.argumentsMax) {
        const allowed = [...new Set([row.argumentsMin, row.argumentsMax])].join(" to ");
        throw new ExpressionError(id, `${name} takes ${allowed} arguments, not ${argumentCount}.`);
    }
    return row;
}
