/**
 * The grammar of metric math: `100 * MAX([bytes / 1048576, records / 1000]) / PERIOD(bytes)` as a tree.
 */
import { type Language, TokenReader } from "../../capacity/cloudwatch/tokens";
import { ExpressionError } from "./errors";

export type Node =
    | { readonly kind: "number"; readonly value: number }
    | { readonly kind: "string"; readonly value: string }
    | { readonly kind: "id"; readonly name: string }
    | { readonly kind: "keyword"; readonly name: string }
    | { readonly kind: "array"; readonly items: readonly Node[] }
    | { readonly kind: "unary"; readonly operator: string; readonly operand: Node }
    | { readonly kind: "binary"; readonly operator: string; readonly left: Node; readonly right: Node }
    | { readonly kind: "call"; readonly name: string; readonly args: readonly Node[] };

/**
 * @param id the query that the expression belongs to, for the message
 * @throws ExpressionError where it cannot be parsed
 */
export function parseExpression(id: string, text: string): Node {
    const tokens = new TokenReader(text, language, (detail) => new ExpressionError(id, detail));
    const node = binary(tokens, 0);
    tokens.expectKind("end", "end");
    return node;
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

const language: Language = {
    pattern:
        /\s*(?:(?<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)|'(?<single>[^']*)'|"(?<double>[^"]*)"|(?<name>[A-Za-z]\w*)|(?<symbol><=|>=|==|!=|&&|\|\||[-+*/^<>!()[\],]))/y,
    unexpected: (_expected, found) => `Unexpected ${found === undefined ? "end of expression" : `'${found}'`}.`,
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

const operatorWords: Readonly<Record<string, string>> = { AND: "&&", OR: "||" };

function binary(tokens: TokenReader, level: number): Node {
    if (level === precedence.length) return unary(tokens);
    let left = binary(tokens, level + 1);
    for (;;) {
        const { kind, text } = tokens.next;
        const operator = kind === "symbol" ? text : kind === "name" ? operatorWords[text] : undefined;
        if (operator === undefined || !precedence[level]!.includes(operator)) return left;
        tokens.advance();
        left = { kind: "binary", operator, left, right: binary(tokens, level + 1) };
    }
}

function unary(tokens: TokenReader): Node {
    for (const operator of ["-", "!"])
        if (tokens.take(operator)) return { kind: "unary", operator, operand: unary(tokens) };

    return primary(tokens);
}

function primary(tokens: TokenReader): Node {
    if (tokens.take("(")) {
        const inner = binary(tokens, 0);
        tokens.expect(")");
        return inner;
    }
    if (tokens.take("[")) return { kind: "array", items: items(tokens, "]") };
    const { kind } = tokens.next;
    const text = tokens.expectKind("a value", "number", "single", "double", "name");
    if (kind === "number") return { kind, value: Number(text) };
    if (kind !== "name") return { kind: "string", value: text };
    if (tokens.take("(")) return { kind: "call", name: text.toUpperCase(), args: items(tokens, ")") };
    // Ids start with a lower-case letter, so a name in capitals is a word such as REPEAT.
    return /^[a-z]/.test(text) ? { kind: "id", name: text } : { kind: "keyword", name: text };
}

function items(tokens: TokenReader, end: string): Node[] {
    if (tokens.take(end)) return [];
    const found = tokens.list(() => binary(tokens, 0));
    tokens.expect(end);
    return found;
}
