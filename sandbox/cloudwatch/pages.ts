/**
 * Long answers page by page: the token of the next page is the place where it begins.
 */
import { AwsError } from "../service";

export interface Page<Item> {
    readonly items: Item[];
    /** Undefined after the last page. */
    readonly nextToken: string | undefined;
}

/** @throws AwsError (InvalidNextToken) if the token is none of these */
export function pageOf<Item>(items: readonly Item[], countMax: number, token: string | undefined): Page<Item> {
    const from = token === undefined ? 0 : offsetOf(token);
    const to = from + countMax;
    const nextToken = to < items.length ? Buffer.from(`offset:${to}`).toString("base64") : undefined;
    return { items: items.slice(from, to), nextToken };
}

function offsetOf(token: string): number {
    const [, offset] = /^offset:(\d+)$/.exec(Buffer.from(token, "base64").toString()) ?? [];
    if (offset === undefined) throw new AwsError("InvalidNextToken", "The specified next token is invalid.");
    return Number(offset);
}
