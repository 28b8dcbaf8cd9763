/**
 * Metrics Insights: the SQL of CloudWatch, `SELECT SUM(IncomingBytes) FROM SCHEMA("AWS/Kinesis", StreamName, ShardId) GROUP BY ShardId`.
 */
import { type Language, type Refusal, TokenReader } from "./tokens";

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

/** The statistic of each function. */
export const insightsFunctions = {
    AVG: "Average",
    COUNT: "SampleCount",
    MAX: "Maximum",
    MIN: "Minimum",
    SUM: "Sum",
} as const;
type InsightsFunction = keyof typeof insightsFunctions;

/** A query returns at most so many series. */
const seriesMax = 500;

/** Whether an expression is a query rather than metric math. */
export function isInsightsQuery(expression: string): boolean {
    return /^\s*SELECT\s/i.test(expression);
}

/** @param refusal the error for a query that cannot be parsed */
export function parseInsightsQuery(text: string, refusal: Refusal): InsightsQuery {
    const tokens = new TokenReader(text, language, refusal);
    tokens.expect("SELECT");
    const selected = takeFunction(tokens);
    tokens.expect("(");
    const metricName = takeName(tokens, "The name of a metric");
    tokens.expect(")");
    const query: InsightsQuery = {
        function: selected,
        metricName,
        ...takeSource(tokens),
        where: takeConditions(tokens),
        groupBy: takeGroups(tokens),
        orderBy: takeOrder(tokens),
        limit: takeLimit(tokens),
    };
    tokens.expectKind("The end of the query", "end");
    return query;
}

const language: Language = {
    pattern: /\s*(?:"(?<quoted>[^"]+)"|'(?<literal>[^']*)'|(?<number>\d+)|(?<word>[A-Za-z_]\w*)|(?<symbol>!=|[(),=]))/y,
    unexpected: (expected, found) =>
        `${expected} is expected, not ${found === undefined ? "the end of the query" : `'${found}'`}.`,
};

function takeName(tokens: TokenReader, what: string): string {
    return tokens.expectKind(what, "word", "quoted");
}

function takeFunction(tokens: TokenReader): InsightsFunction {
    const { kind, text } = tokens.next;
    if (kind !== "word" || !Object.hasOwn(insightsFunctions, text.toUpperCase()))
        throw tokens.unexpected("AVG, COUNT, MAX, MIN or SUM");

    return tokens.advance().toUpperCase() as InsightsFunction;
}

function takeSource(tokens: TokenReader): Pick<InsightsQuery, "namespace" | "schema"> {
    tokens.expect("FROM");
    if (!tokens.take("SCHEMA")) return { namespace: takeName(tokens, "A namespace") };
    tokens.expect("(");
    const [namespace = "", ...schema] = tokens.list(() => takeName(tokens, "A name"));
    tokens.expect(")");
    return { namespace, schema };
}

function takeConditions(tokens: TokenReader): Condition[] {
    const found: Condition[] = [];
    if (!tokens.take("WHERE")) return found;
    do {
        const key = takeName(tokens, "The name of a dimension");
        const equal = tokens.take("=");
        if (!equal) tokens.expect("!=");
        found.push({ key, equal, value: tokens.expectKind("A value in single quotes", "literal") });
    } while (tokens.take("AND"));
    return found;
}

function takeGroups(tokens: TokenReader): string[] {
    if (!tokens.take("GROUP")) return [];
    tokens.expect("BY");
    return tokens.list(() => takeName(tokens, "The name of a dimension"));
}

function takeOrder(tokens: TokenReader): InsightsQuery["orderBy"] {
    if (!tokens.take("ORDER")) return undefined;
    tokens.expect("BY");
    const ordered = takeFunction(tokens);
    tokens.expect("(");
    tokens.expect(")");
    const descending = tokens.take("DESC");
    if (!descending) tokens.take("ASC");
    return { function: ordered, descending };
}

function takeLimit(tokens: TokenReader): number {
    if (!tokens.take("LIMIT")) return seriesMax;
    const wanted = Number(tokens.expectKind("A number", "number"));
    if (wanted >= 1 && wanted <= seriesMax) return wanted;
    throw tokens.refusal(`LIMIT must be from 1 to ${seriesMax}.`);
}
