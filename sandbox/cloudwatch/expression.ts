/**
 * Metric math: parses an expression and evaluates it over time series, as GetMetricData and alarms do.
 *
 * A point that has no value stays without one: `m1 + m2` has a point only where both have one, a division by zero has none.
 */
import { AwsError } from "../service";

/** A time series: one point per period, undefined where there is no data. */
export interface TimeSeries {
    readonly label: string;
    readonly startMs: number;
    readonly periodMs: number;
    readonly points: readonly (number | undefined)[];
    /** What tells a series from its siblings: the dimensions by which a query grouped. */
    readonly attributes?: Readonly<Record<string, string>>;
}

export type Value = number | string | TimeSeries | readonly TimeSeries[];

export interface ExpressionContext {
    /** The value of another query of the same request. */
    lookup(id: string): Value;
    /** The series of all queries of the request that fetch a metric, with their ids. */
    metrics(): readonly { readonly id: string; readonly series: TimeSeries }[];
    /** A series with the same value at every point of the request. */
    constant(value: number): TimeSeries;
    search(expression: string, statistic: string, periodSeconds: number | undefined): readonly TimeSeries[];
}

export type Node =
    | { readonly kind: "number"; readonly value: number }
    | { readonly kind: "string"; readonly value: string }
    | { readonly kind: "id"; readonly name: string }
    | { readonly kind: "keyword"; readonly name: string }
    | { readonly kind: "array"; readonly items: readonly Node[] }
    | { readonly kind: "unary"; readonly operator: string; readonly operand: Node }
    | { readonly kind: "binary"; readonly operator: string; readonly left: Node; readonly right: Node }
    | { readonly kind: "call"; readonly name: string; readonly args: readonly Node[] };

/** An expression that cannot be parsed or evaluated; the request that holds it answers with a ValidationError. */
export class ExpressionError extends AwsError {
    constructor(id: string, detail: string) {
        super("ValidationError", `Error in expression '${id}': ${detail}`);
    }
}

/** Parses an expression. `id` is the query that it belongs to, for the message. */
export function parseExpression(id: string, text: string): Node {
    return new Parser(id, text).parse();
}

/** The ids and function names that an expression mentions. */
export function mentions(node: Node): { ids: Set<string>; functions: Set<string> } {
    const ids = new Set<string>();
    const functions = new Set<string>();
    const visit = (each: Node): void => {
        if (each.kind === "id") ids.add(each.name);
        if (each.kind === "array") each.items.forEach(visit);
        if (each.kind === "unary") visit(each.operand);
        if (each.kind === "binary") [each.left, each.right].forEach(visit);
        if (each.kind === "call") {
            functions.add(each.name);
            each.args.forEach(visit);
        }
    };
    visit(node);
    return { ids, functions };
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
                return call(id, each, visit, context);
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

/** Binary operators from the loosest to the tightest. */
const precedence: readonly (readonly string[])[] = [
    ["||"],
    ["&&"],
    ["==", "!=", "<", "<=", ">", ">="],
    ["+", "-"],
    ["*", "/"],
    ["^"],
];

type Arguments = readonly Value[];
interface FunctionRow {
    readonly argumentsMin: number;
    readonly argumentsMax: number;
    readonly apply: (args: Arguments, id: string, context: ExpressionContext) => Value;
}

const known = (points: readonly (number | undefined)[]): number[] => points.filter((point) => point !== undefined);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** A function that makes a number of a series, and a series of several. */
function aggregate(reduce: (values: readonly number[]) => number): FunctionRow {
    return {
        argumentsMin: 1,
        argumentsMax: 1,
        apply: ([value], id) => {
            if (typeof value === "number") return value;
            if (isSeries(value)) return reduceOr(reduce, known(value.points)) ?? 0;
            return across(asArray(id, value!), reduce);
        },
    };
}

/** A function of each point alone. */
function pointwise(apply: (value: number) => number): FunctionRow {
    return { argumentsMin: 1, argumentsMax: 1, apply: ([value], id) => elementwise(id, apply, [value!]) };
}

/** A function of a whole series, applied to each series of an array. */
function serieswise(apply: (series: TimeSeries) => readonly (number | undefined)[]): FunctionRow {
    return { argumentsMin: 1, argumentsMax: 1, apply: ([value], id) => eachSeries(id, value!, apply) };
}

const deviation = (values: readonly number[]): number => {
    const mean = sum(values) / values.length;
    return Math.sqrt(sum(values.map((value) => (value - mean) ** 2)) / values.length);
};

const functions: Readonly<Record<string, FunctionRow>> = {
    ABS: pointwise(Math.abs),
    CEIL: pointwise(Math.ceil),
    FLOOR: pointwise(Math.floor),
    LOG: pointwise(Math.log),
    LOG10: pointwise(Math.log10),
    SUM: aggregate(sum),
    AVG: aggregate((values) => sum(values) / values.length),
    MIN: aggregate((values) => values.reduce((least, value) => Math.min(least, value), Infinity)),
    MAX: aggregate((values) => values.reduce((most, value) => Math.max(most, value), -Infinity)),
    STDDEV: aggregate(deviation),
    DATAPOINT_COUNT: aggregate((values) => values.length),
    RUNNING_SUM: serieswise(({ points }) => {
        let total = 0;
        return points.map((point) => (point === undefined ? undefined : (total += point)));
    }),
    DIFF: serieswise(({ points }) => differences(points).map((step) => step?.by)),
    RATE: serieswise(({ points, periodMs }) =>
        differences(points).map((step) => step && step.by / ((step.periods * periodMs) / 1_000)),
    ),
    REMOVE_EMPTY: {
        argumentsMin: 1,
        argumentsMax: 1,
        apply: ([value], id) => asArray(id, value!).filter((series) => known(series.points).length > 0),
    },
    TIME_SERIES: {
        argumentsMin: 1,
        argumentsMax: 1,
        apply: ([value], id, context) => {
            if (typeof value !== "number") throw new ExpressionError(id, "TIME_SERIES takes a number.");
            return context.constant(value);
        },
    },
    PERIOD: {
        argumentsMin: 1,
        argumentsMax: 1,
        apply: ([value], id) => {
            if (!isSeries(value)) throw new ExpressionError(id, "PERIOD takes a single metric.");
            return value.periodMs / 1_000;
        },
    },
    METRICS: {
        argumentsMin: 0,
        argumentsMax: 1,
        apply: ([part], id, context) => {
            if (part !== undefined && typeof part !== "string")
                throw new ExpressionError(id, "METRICS takes a string, a part of the ids.");

            return context
                .metrics()
                .filter((metric) => part === undefined || metric.id.includes(part))
                .map((metric) => metric.series);
        },
    },
    SEARCH: {
        argumentsMin: 2,
        argumentsMax: 3,
        apply: ([text, statistic, period], id, context) => {
            if (
                typeof text !== "string" ||
                typeof statistic !== "string" ||
                !["number", "undefined"].includes(typeof period)
            )
                throw new ExpressionError(id, "SEARCH takes a search expression, a statistic and a period.");

            return context.search(text, statistic, period as number | undefined);
        },
    },
    FILL: {
        argumentsMin: 2,
        argumentsMax: 2,
        apply: ([value, filler], id) => eachSeries(id, value!, (series) => fill(id, series, filler!)),
    },
    IF: {
        argumentsMin: 2,
        argumentsMax: 3,
        apply: ([condition, yes, no], id) => choose(id, condition!, yes!, no),
    },
};

function call(
    id: string,
    node: Extract<Node, { kind: "call" }>,
    visit: (node: Node) => Value,
    context: ExpressionContext,
): Value {
    const row = Object.hasOwn(functions, node.name) ? functions[node.name] : undefined;
    if (!row) {
        const names = Object.keys(functions).sort().join(", ");
        throw new ExpressionError(id, `The sandbox has no function ${node.name}. It has ${names}.`);
    }
    if (node.args.length < row.argumentsMin || node.args.length > row.argumentsMax) {
        const allowed = [...new Set([row.argumentsMin, row.argumentsMax])].join(" to ");
        throw new ExpressionError(id, `${node.name} takes ${allowed} arguments, not ${node.args.length}.`);
    }
    return row.apply(node.args.map(visit), id, context);
}

export function isSeries(value: Value | undefined): value is TimeSeries {
    return typeof value === "object" && !Array.isArray(value);
}

function asArray(id: string, value: Value): readonly TimeSeries[] {
    if (isSeries(value)) return [value];
    if (typeof value === "object") return value as readonly TimeSeries[];
    throw new ExpressionError(id, `A time series is expected, not ${JSON.stringify(value)}.`);
}

function eachSeries(id: string, value: Value, apply: (series: TimeSeries) => readonly (number | undefined)[]): Value {
    const changed = (series: TimeSeries): TimeSeries => ({ ...series, points: apply(series) });
    return isSeries(value) ? changed(value) : asArray(id, value).map(changed);
}

/** Applies a function point by point to one or two values; an array is taken apart and keeps its length. */
function elementwise(id: string, apply: (...values: number[]) => number, values: readonly Value[]): Value {
    const array = values.find((value) => typeof value === "object" && !isSeries(value));
    if (array !== undefined) {
        if (values.filter((value) => typeof value === "object" && !isSeries(value)).length > 1)
            throw new ExpressionError(id, "An operation between two arrays of time series is not possible.");

        return asArray(id, array).map((series) => {
            const single = elementwise(
                id,
                apply,
                values.map((value) => (value === array ? series : value)),
            );
            return { ...(single as TimeSeries), label: series.label, ...attributesOf(series) };
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
        if (operands.some((operand) => operand === undefined)) return undefined;
        return finite(apply(...(operands as number[])));
    });
    return { ...grid, points };
}

function attributesOf(series: TimeSeries): Pick<TimeSeries, "attributes"> {
    return series.attributes ? { attributes: series.attributes } : {};
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

/** One series of many: at each time, over those that have a point there. */
function across(array: readonly TimeSeries[], reduce: (values: readonly number[]) => number): Value {
    if (array.length === 0) return [];
    const grid = coarsest(array);
    const points = grid.points.map((_, index) => {
        const values = known(array.map((series) => pointAt(series, grid, index)));
        return reduceOr(reduce, values);
    });
    return { label: grid.label, startMs: grid.startMs, periodMs: grid.periodMs, points };
}

function reduceOr(reduce: (values: readonly number[]) => number, values: readonly number[]): number | undefined {
    return values.length === 0 ? undefined : finite(reduce(values));
}

function finite(value: number): number | undefined {
    return Number.isFinite(value) ? value : undefined;
}

function differences(points: readonly (number | undefined)[]): ({ by: number; periods: number } | undefined)[] {
    let last: number | undefined;
    return points.map((point, index) => {
        if (point === undefined) return undefined;
        const before = last;
        last = index;
        return before === undefined ? undefined : { by: point - points[before]!, periods: index - before };
    });
}

function fill(id: string, series: TimeSeries, filler: Value): readonly (number | undefined)[] {
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
function interpolate(points: readonly (number | undefined)[]): (number | undefined)[] {
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

function choose(id: string, condition: Value, yes: Value, no: Value | undefined): Value {
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

type Token = { readonly kind: "number" | "string" | "name" | "symbol" | "end"; readonly text: string };

class Parser {
    private readonly tokens: readonly Token[];
    private position = 0;

    constructor(
        private readonly id: string,
        text: string,
    ) {
        this.tokens = tokenize(id, text);
    }

    parse(): Node {
        const node = this.binary(0);
        if (this.next.kind !== "end") throw this.unexpected();
        return node;
    }

    private get next(): Token {
        return this.tokens[this.position]!;
    }

    private unexpected(): ExpressionError {
        const found = this.next.kind === "end" ? "end of expression" : `'${this.next.text}'`;
        return new ExpressionError(this.id, `Unexpected ${found}.`);
    }

    private take(symbol: string): boolean {
        if (this.next.kind !== "symbol" || this.next.text !== symbol) return false;
        this.position++;
        return true;
    }

    private expect(symbol: string): void {
        if (!this.take(symbol)) throw this.unexpected();
    }

    private binary(level: number): Node {
        if (level === precedence.length) return this.unary();
        let left = this.binary(level + 1);
        for (;;) {
            const operator = this.operatorAt(level);
            if (operator === undefined) return left;
            left = { kind: "binary", operator, left, right: this.binary(level + 1) };
        }
    }

    private operatorAt(level: number): string | undefined {
        const words: Record<string, string> = { AND: "&&", OR: "||" };
        const { kind, text } = this.next;
        const operator = kind === "symbol" ? text : kind === "name" ? words[text] : undefined;
        if (operator === undefined || !precedence[level]!.includes(operator)) return undefined;
        this.position++;
        return operator;
    }

    private unary(): Node {
        for (const operator of ["-", "!"])
            if (this.take(operator)) return { kind: "unary", operator, operand: this.unary() };

        return this.primary();
    }

    private primary(): Node {
        const { kind, text } = this.next;
        if (this.take("(")) {
            const inner = this.binary(0);
            this.expect(")");
            return inner;
        }
        if (this.take("[")) return { kind: "array", items: this.list("]") };
        if (kind === "symbol" || kind === "end") throw this.unexpected();
        this.position++;
        if (kind === "number") return { kind: "number", value: Number(text) };
        if (kind === "string") return { kind: "string", value: text };
        if (this.take("(")) return { kind: "call", name: text.toUpperCase(), args: this.list(")") };
        // Ids start with a lower-case letter, so a name in capitals is a word such as REPEAT.
        return /^[a-z]/.test(text) ? { kind: "id", name: text } : { kind: "keyword", name: text };
    }

    private list(end: string): Node[] {
        const items: Node[] = [];
        if (this.take(end)) return items;
        do items.push(this.binary(0));
        while (this.take(","));
        this.expect(end);
        return items;
    }
}

const tokenPattern =
    /\s*(?:(?<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)|'(?<single>[^']*)'|"(?<double>[^"]*)"|(?<name>[A-Za-z]\w*)|(?<symbol><=|>=|==|!=|&&|\|\||[-+*/^<>!()[\],]))/y;

function tokenize(id: string, text: string): Token[] {
    const tokens: Token[] = [];
    const pattern = new RegExp(tokenPattern);
    const end = text.trimEnd().length;
    while (pattern.lastIndex < end) {
        const at = pattern.lastIndex;
        const groups = pattern.exec(text)?.groups;
        if (!groups) throw new ExpressionError(id, `Unexpected '${text.slice(at).trimStart().charAt(0)}'.`);
        const { number, single, double, name, symbol } = groups;
        const string = single ?? double;
        if (number !== undefined) tokens.push({ kind: "number", text: number });
        else if (string !== undefined) tokens.push({ kind: "string", text: string });
        else if (name !== undefined) tokens.push({ kind: "name", text: name });
        else tokens.push({ kind: "symbol", text: symbol! });
    }
    return [...tokens, { kind: "end", text: "" }];
}
