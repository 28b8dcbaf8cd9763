/**
 * Long answers by the page, and the tokens that say where the next one begins.
 */
import { AwsError } from "../service";

/** A page of a list that is sorted by id, after the id that the last page ended with. */
export function pageAfter<T extends { readonly id: string }>(
    all: readonly T[],
    afterId: string | undefined,
    most: number,
): { page: readonly T[]; more: boolean } {
    const rest = afterId === undefined ? all : all.filter((item) => item.id > afterId);
    return { page: rest.slice(0, most), more: rest.length > most };
}

export function toToken(parts: readonly string[]): string {
    return Buffer.from(JSON.stringify(parts)).toString("base64");
}

export function fromToken(token: string): string[] {
    try {
        return JSON.parse(Buffer.from(token, "base64").toString("utf8")) as string[];
    } catch {
        throw new AwsError("InvalidArgumentException", "Invalid NextToken.");
    }
}
