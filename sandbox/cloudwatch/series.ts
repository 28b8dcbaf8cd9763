/**
 * Time series and what is computed with them point by point.
 *
 * A point that has no value stays without one: `m1 + m2` has a point only where both have one, a division by zero has none.
 */
import { ExpressionError } from "./errors";

/** A time series: one point per period, undefined where there is no data. */
export interface TimeSeries {
    readonly label: string;
    readonly startMs: number;
    readonly periodMs: number;
    readonly points: Points;
    /** What tells a series from its siblings: the dimensions by which a query grouped. */
    readonly attributes?: Readonly<Record<string, string>>;
}

export type Points = readonly (number | undefined)[];

/** What an expression gives. */
export type Value = number | string | TimeSeries | readonly TimeSeries[];

export type Reduction = (values: readonly number[]) => number;

export function isSeries(value: Value | undefined): value is TimeSeries {
    return typeof value === "object" && !Array.isArray(value);
}

function isArray(value: Value | undefined): value is readonly TimeSeries[] {
    return Array.isArray(value);
}

export function asArray(id: string, value: Value): readonly TimeSeries[] {
    if (isSeries(value)) return [value];
    if (isArray(value)) return value;
    throw new ExpressionError(id, `A time series is expected, not ${JSON.stringify(value)}.`);
}

export function eachSeries(id: string, value: Value, apply: (series: TimeSeries) => Points): Value {
    const changed = (series: TimeSeries): TimeSeries => ({ ...series, points: apply(series) });
    return isSeries(value) ? changed(value) : asArray(id, value).map(changed);
}

/** Applies a function point by point to one or two values; an array is taken apart and keeps its length. */
export function elementwise(id: string, apply: (...values: number[]) => number, values: readonly Value[]): Value {
    const [array, another] = values.filter(isArray);
    if (another) throw new ExpressionError(id, "An operation between two arrays of time series is not possible.");
    if (array) {
        return array.map((series) => {
            const taken = values.map((value) => (value === array ? series : value));
            const { label, attributes } = series;
            return { ...(elementwise(id, apply, taken) as TimeSeries), label, ...(attributes && { attributes }) };
        });
    }
    for (const value of values) {
        if (typeof value === "string")
            throw new ExpressionError(id, `A number or a time series is expected, not ${JSON.stringify(value)}.`);
    }
    const series = values.filter(isSeries);
    if (series.length === 0) return apply(...(values as number[]));
    const grid = coarsest(series);
    const points = grid.points.map((_, index) => {
        const operands = values.map((value) => (isSeries(value) ? pointAt(value, grid, index) : (value as number)));
        return operands.some((operand) => operand === undefined) ? undefined : finite(apply(...(operands as number[])));
    });
    return { ...grid, points };
}

/** One series of many: at each time, over those that have a point there. */
export function across(array: readonly TimeSeries[], reduce: Reduction): Value {
    if (array.length === 0) return [];
    const { label, startMs, periodMs, points } = coarsest(array);
    const grid = { label, startMs, periodMs, points };
    const column = (index: number): Points => array.map((series) => pointAt(series, grid, index));
    return { ...grid, points: points.map((_, index) => reduceKnown(column(index), reduce)) };
}

/** Over the points that are known; undefined if there is none, or the outcome is no number. */
export function reduceKnown(points: Points, reduce: Reduction): number | undefined {
    const values = known(points);
    return values.length === 0 ? undefined : finite(reduce(values));
}

export function known(points: Points): number[] {
    return points.filter((point) => point !== undefined);
}

/** From each known point to the one before. */
export function differences(points: Points): ({ by: number; periods: number } | undefined)[] {
    let last: number | undefined;
    return points.map((point, index) => {
        if (point === undefined) return undefined;
        const before = last;
        last = index;
        return before === undefined ? undefined : { by: point - points[before]!, periods: index - before };
    });
}

/** FILL: the gaps of a series by a number, by another series, by the point before, or by straight lines. */
export function fill(id: string, series: TimeSeries, filler: Value): Points {
    const { points } = series;
    if (typeof filler === "number") return points.map((point) => point ?? filler);
    if (isSeries(filler)) return points.map((point, index) => point ?? pointAt(filler, series, index));
    if (filler === "REPEAT") {
        let last: number | undefined;
        return points.map((point) => (last = point ?? last));
    }
    if (filler === "LINEAR") return interpolate(points);
    throw new ExpressionError(id, "FILL takes a number, a time series, REPEAT or LINEAR.");
}

/** Straight lines between known points; beyond the first and the last one nothing is known. */
function interpolate(points: Points): (number | undefined)[] {
    const filled = [...points];
    let last: number | undefined;
    points.forEach((point, index) => {
        if (point === undefined) return;
        for (let gap = (last ?? index) + 1; gap < index; gap++) {
            const from = points[last!]!;
            filled[gap] = from + ((point - from) * (gap - last!)) / (index - last!);
        }
        last = index;
    });
    return filled;
}

/** IF: one value or the other, as a number or each point of a series says. */
export function choose(id: string, condition: Value, yes: Value, no: Value | undefined): Value {
    if (typeof condition === "number") {
        const chosen = condition !== 0 ? yes : no;
        if (chosen === undefined) throw new ExpressionError(id, "IF has no value for a condition that is never true.");
        return chosen;
    }
    if (!isSeries(condition)) throw new ExpressionError(id, "The condition of IF must be a time series or a number.");
    for (const branch of [yes, no]) {
        if (branch !== undefined && typeof branch !== "number" && !isSeries(branch))
            throw new ExpressionError(id, "IF chooses between numbers and time series.");
    }
    const points = condition.points.map((point, index) => {
        if (point === undefined) return undefined;
        const chosen = point !== 0 ? yes : no;
        return isSeries(chosen) ? pointAt(chosen, condition, index) : (chosen as number | undefined);
    });
    return { ...condition, points };
}

/** The series with the longest period: the points of the others are read at its times. */
function coarsest(series: readonly TimeSeries[]): TimeSeries {
    return series.reduce((longest, each) => (each.periodMs > longest.periodMs ? each : longest));
}

function pointAt(series: TimeSeries, grid: TimeSeries, index: number): number | undefined {
    if (series.periodMs === grid.periodMs && series.startMs === grid.startMs) return series.points[index];
    const own = (grid.startMs + index * grid.periodMs - series.startMs) / series.periodMs;
    return Number.isInteger(own) ? series.points[own] : undefined;
}

function finite(value: number): number | undefined {
    return Number.isFinite(value) ? value : undefined;
}
