/**
 * Long answers page by page, and the tokens that say where the next page begins.
 */
import { AwsError } from "../service";

/** A page by its place in the list. @throws the refusal if the token is none of these */
export function pageOf<Item>(
    all: readonly Item[],
    most: number,
    token: string | undefined,
    invalid = new AwsError("InvalidNextToken", "The specified next token is invalid."),
): { items: Item[]; nextToken: string | undefined } {
    const from = token === undefined ? 0 : Number(fromToken(token, invalid)[0]);
    if (Number.isNaN(from)) throw invalid;
    const to = from + most;
    return { items: all.slice(from, to), nextToken: to < all.length ? toToken([String(to)]) : undefined };
}

/** A page in the order of ids, after the id that the last page ended with. */
export function pageAfter<Item>(
    all: Iterable<Item>,
    idOf: (item: Item) => string,
    afterId: string | undefined,
    most: number,
): { items: Item[]; lastId: string; more: boolean } {
    const sorted = sortedBy(all, idOf);
    const rest = afterId === undefined ? sorted : sorted.filter((item) => idOf(item) > afterId);
    const items = rest.slice(0, most);
    return { items, lastId: items.length === 0 ? "" : idOf(items.at(-1)!), more: rest.length > most };
}

export function sortedBy<Item>(items: Iterable<Item>, idOf: (item: Item) => string): Item[] {
    return [...items].sort((left, right) => (idOf(left) < idOf(right) ? -1 : 1));
}

export function toToken(parts: readonly string[]): string {
    return Buffer.from(JSON.stringify(parts)).toString("base64");
}

/** The parts of a token. @throws the refusal if it is no token */
export function fromToken(token: string, refusal: AwsError): string[] {
    const parts = parsed(Buffer.from(token, "base64").toString("utf8"));
    if (Array.isArray(parts) && parts.every((part) => typeof part === "string")) return parts;
    throw refusal;
}

function parsed(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}
