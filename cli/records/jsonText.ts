/**
 * A JSON document whose numbers keep the digits that stand in it.
 *
 * A partition key is text. JSON.parse rounds numbers above 2^53 and writes 1.0 and 1e3 anew, and a record would go to another shard.
 */

import { isUtf8 } from "node:buffer";

/** A value as a key can have it. */
export interface JsonScalar {
    readonly type: "string" | "number" | "boolean";
    /** The text, or the digits as they stand in the document. */
    readonly text: string;
    /** It is no UTF-8: what could not be read stands as U+FFFD, and other texts would become the same. */
    readonly isDamaged?: true;
}

/** Where a value stands: the name of a field as it is, or a path such as detail.items.0.id. */
export type JsonPath = string;

export class JsonDocument {
    #marked: { readonly mark: string; readonly value: unknown } | undefined;

    /**
     * @param value what JSON.parse made of it, to look at its structure only
     * @param bytes of which the text was read, if it was
     */
    constructor(
        readonly text: string,
        readonly value: unknown,
        readonly bytes?: Uint8Array,
    ) {}

    /** The text, number or boolean at a path, or the document itself without one; undefined if there is none. */
    scalarAt(path?: JsonPath): JsonScalar | undefined {
        const found = valueAt(this.value, path);
        if (typeof found === "string") {
            const scalar = { type: "string", text: found } as const;
            return this.#isDamaged(found) ? { ...scalar, isDamaged: true } : scalar;
        }
        if (typeof found === "number") return { type: "number", text: this.#digitsAt(found, path) };
        return typeof found === "boolean" ? { type: "boolean", text: String(found) } : undefined;
    }

    #isDamaged(text: string): boolean {
        return text.includes("\ufffd") && this.bytes !== undefined && !isUtf8(this.bytes);
    }

    #digitsAt(found: number, path: JsonPath | undefined): string {
        if (Number.isSafeInteger(found) && !Object.is(found, -0) && !rewritten.test(this.text)) return String(found);
        this.#marked ??= withMarkedNumbers(this.text);
        return String(valueAt(this.#marked.value, path)).slice(this.#marked.mark.length);
    }
}

export const notJson = "not JSON";

/** Undefined if it is not JSON. @param bytes of which the text was read */
export function parseJson(text: string, bytes?: Uint8Array): JsonDocument | undefined {
    try {
        return new JsonDocument(text, JSON.parse(text) as unknown, bytes);
    } catch {
        return undefined;
    }
}

/** What is wrong with a text that is not JSON. */
export function jsonFault(text: string): string {
    try {
        JSON.parse(text);
        return "nothing";
    } catch (error) {
        return (error as Error).message;
    }
}

/** What there may be where a whole number is not written as its digits alone: an exponent, or a fraction of zeros. */
const rewritten = /(?:^|[:,[\s])-?\d+(?:\.\d+)?[eE]|\.0+(?:[\s,}\]]|$)/;

const stringOrNumber = /"[^"\\]*(?:\\[^][^"\\]*)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** The same document with its numbers as texts that begin with a mark; no text of the document begins so. */
function withMarkedNumbers(text: string): { mark: string; value: unknown } {
    let mark = "#";
    while (text.includes(`"${mark}`)) mark += "#";
    const marked = text.replace(stringOrNumber, (found) => (found.startsWith('"') ? found : `"${mark}${found}"`));
    return { mark, value: JSON.parse(marked) as unknown };
}

export function valueAt(value: unknown, path: JsonPath | undefined): unknown {
    if (path === undefined) return value;
    return member(value, path) ?? path.split(".").reduce(member, value);
}

function member(value: unknown, name: string): unknown {
    return typeof value === "object" && value !== null && Object.hasOwn(value, name)
        ? (value as Record<string, unknown>)[name]
        : undefined;
}

/** The fields of a document, to name one of them: those of objects inside it with their path. */
export function fieldsOf(document: object): string[] {
    return Object.entries(document)
        .flatMap(([name, value]) =>
            typeof value === "object" && value !== null && !Array.isArray(value)
                ? Object.keys(value as object).map((inner) => `${name}.${inner}`)
                : [name],
        )
        .slice(0, 20);
}
