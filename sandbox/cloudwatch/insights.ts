/**
 * Metrics Insights: the SQL of CloudWatch, `SELECT SUM(IncomingBytes) FROM SCHEMA("AWS/Kinesis", StreamName, ShardId) GROUP BY ShardId`.
 */
import { type Dimensions, merge, type MetricStore, type Statistics, type Windows } from "./store";
import { ExpressionError, type TimeSeries } from "./expression";
import { statisticOf } from "./statistics";

export interface InsightsQuery {
    readonly function: InsightsFunction;
    readonly metricName: string;
    readonly namespace: string;
    /** The dimensions that a metric must have, exactly these; undefined: any. */
    readonly schema?: readonly string[];
    readonly where: readonly Condition[];
    readonly groupBy: readonly string[];
    readonly orderBy?: { readonly function: InsightsFunction; readonly descending: boolean };
    readonly limit: number;
}

interface Condition {
    readonly key: string;
    readonly equal: boolean;
    readonly value: string;
}

const functionStatistics = {
    AVG: "Average",
    COUNT: "SampleCount",
    MAX: "Maximum",
    MIN: "Minimum",
    SUM: "Sum",
} as const;
type InsightsFunction = keyof typeof functionStatistics;

/** A query returns at most so many series. */
const seriesMax = 500;

/** Whether an expression is a query rather than metric math. */
export function isInsightsQuery(expression: string): boolean {
    return /^\s*SELECT\s/i.test(expression);
}

export function parseInsightsQuery(id: string, text: string): InsightsQuery {
    const tokens = tokenize(id, text);
    let position = 0;
    const next = (): Token => tokens[position]!;
    const fail = (expected: string): never => {
        const found = next().kind === "end" ? "the end of the query" : `'${next().text}'`;
        throw new ExpressionError(id, `${expected} is expected, not ${found}.`);
    };
    const takeWord = (word: string): boolean => {
        if (next().kind !== "word" || next().text.toUpperCase() !== word) return false;
        position++;
        return true;
    };
    const expectWord = (word: string): void => {
        if (!takeWord(word)) fail(word);
    };
    const take = (symbol: string): boolean => {
        if (next().kind !== "symbol" || next().text !== symbol) return false;
        position++;
        return true;
    };
    const expect = (symbol: string): void => {
        if (!take(symbol)) fail(`'${symbol}'`);
    };
    const name = (what: string): string => {
        if (next().kind !== "word" && next().kind !== "quoted") fail(what);
        return tokens[position++]!.text;
    };
    const literal = (): string => {
        if (next().kind !== "literal") fail("A value in single quotes");
        return tokens[position++]!.text;
    };
    const list = <T>(item: () => T): T[] => {
        const items = [item()];
        while (take(",")) items.push(item());
        return items;
    };
    const functionName = (): InsightsFunction => {
        const text = next().text.toUpperCase();
        if (next().kind !== "word" || !Object.hasOwn(functionStatistics, text)) fail("AVG, COUNT, MAX, MIN or SUM");
        position++;
        return text as InsightsFunction;
    };

    expectWord("SELECT");
    const selected = functionName();
    expect("(");
    const metricName = name("The name of a metric");
    expect(")");
    expectWord("FROM");
    let schema: string[] | undefined;
    let namespace: string;
    if (takeWord("SCHEMA")) {
        expect("(");
        const names = list(() => name("A name"));
        expect(")");
        [namespace, ...schema] = names as [string, ...string[]];
    } else {
        namespace = name("A namespace");
    }
    const where: Condition[] = [];
    if (takeWord("WHERE")) {
        do {
            const key = name("The name of a dimension");
            const equal = take("=");
            if (!equal) expect("!=");
            where.push({ key, equal, value: literal() });
        } while (takeWord("AND"));
    }
    let groupBy: string[] = [];
    if (takeWord("GROUP")) {
        expectWord("BY");
        groupBy = list(() => name("The name of a dimension"));
    }
    let orderBy: InsightsQuery["orderBy"];
    if (takeWord("ORDER")) {
        expectWord("BY");
        const ordered = functionName();
        expect("(");
        expect(")");
        const descending = takeWord("DESC");
        if (!descending) takeWord("ASC");
        orderBy = { function: ordered, descending };
    }
    let limit = seriesMax;
    if (takeWord("LIMIT")) {
        if (next().kind !== "number") fail("A number");
        limit = Number(tokens[position++]!.text);
        if (limit < 1 || limit > seriesMax) throw new ExpressionError(id, `LIMIT must be from 1 to ${seriesMax}.`);
    }
    if (next().kind !== "end") fail("The end of the query");
    return {
        function: selected,
        metricName,
        namespace,
        ...(schema && { schema }),
        where,
        groupBy,
        ...(orderBy && { orderBy }),
        limit,
    };
}

/** The series of a query: one per group that has data in the windows, in the order that was asked for. */
export function runInsightsQuery(
    query: InsightsQuery,
    store: MetricStore,
    windows: Windows,
    nowMs: number,
): TimeSeries[] {
    const groups = new Map<string, { attributes: Dimensions; points: (Statistics | undefined)[] }>();
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
        const label = Object.values(attributes).join(" ") || query.metricName;
        const group = groups.get(label) ?? { attributes, points: [] };
        group.points = points.map((point, index) => (point ? merge(group.points[index], point) : group.points[index]));
        groups.set(label, group);
    }
    const series = [...groups].map(([label, { attributes, points }]) => ({
        label,
        startMs: windows.startMs,
        periodMs: windows.periodMs,
        points: points.map((point) => point && statisticOf(functionStatistics[query.function], point)),
        attributes,
        rank: query.orderBy
            ? statisticOf(
                  functionStatistics[query.orderBy.function],
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
    if (schema) {
        const names = Object.keys(dimensions);
        if (names.length !== schema.length || !schema.every((name) => name in dimensions)) return false;
    }
    if (!groupBy.every((key) => key in dimensions)) return false;
    return where.every(({ key, equal, value }) => key in dimensions && (dimensions[key] === value) === equal);
}

type Token = {
    readonly kind: "word" | "quoted" | "literal" | "number" | "symbol" | "end";
    readonly text: string;
};

function tokenize(id: string, text: string): Token[] {
    const tokens: Token[] = [];
    const pattern =
        /\s*(?:"(?<quoted>[^"]+)"|'(?<literal>[^']*)'|(?<number>\d+)|(?<word>[A-Za-z_]\w*)|(?<symbol>!=|[(),=]))/y;
    const end = text.trimEnd().length;
    while (pattern.lastIndex < end) {
        const at = pattern.lastIndex;
        const groups = pattern.exec(text)?.groups;
        const found = Object.entries(groups ?? {}).find(([, value]) => value !== undefined);
        if (!found) throw new ExpressionError(id, `Unexpected '${text.slice(at).trimStart().charAt(0)}'.`);
        tokens.push({ kind: found[0] as Token["kind"], text: found[1] });
    }
    return [...tokens, { kind: "end", text: "" }];
}
