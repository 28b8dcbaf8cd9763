/**
 * The JSON documents of a file, one after another, each with the line on which it begins; what is none comes too, with the reason.
 */
import { type JsonDocument, notJson, parseJson } from "./jsonText";
import { jsonBytesMax, type JsonPiece, JsonSplitter } from "./jsonSplitter";
import { linePortions } from "./lines";

export interface JsonRecord {
    /** As they stand in the file; valid until the next one is taken. */
    readonly bytes: Buffer;
    readonly line: number;
    /** Undefined where there is a fault. */
    readonly document: JsonDocument | undefined;
    readonly fault?: string;
}

/** In portions, so that a million records are no million turns of the event loop. @param path see JsonSplitter */
export function jsonRecords(
    chunks: AsyncIterable<Buffer>,
    format: "ndjson" | "json",
    path?: string,
): AsyncGenerator<Iterable<JsonRecord>> {
    return format === "ndjson" ? lineRecords(chunks) : streamRecords(chunks, path);
}

async function* streamRecords(chunks: AsyncIterable<Buffer>, path?: string): AsyncGenerator<Iterable<JsonRecord>> {
    const splitter = new JsonSplitter(path);
    for await (const chunk of chunks) yield recordsOf(splitter.push(chunk));
    const last = splitter.end();
    if (last !== undefined) yield [recordOf(last)];
}

function* recordsOf(pieces: Iterable<JsonPiece>): Generator<JsonRecord> {
    for (const piece of pieces) yield recordOf(piece);
}

function recordOf({ bytes, line, fault }: JsonPiece): JsonRecord {
    const document = fault === undefined ? parseJson(bytes.toString(), bytes) : undefined;
    return document === undefined ? { bytes, line, document, fault: fault ?? notJson } : { bytes, line, document };
}

async function* lineRecords(chunks: AsyncIterable<Buffer>): AsyncGenerator<Iterable<JsonRecord>> {
    for await (const lines of linePortions(chunks, jsonBytesMax)) yield recordsOfLines(lines);
}

function* recordsOfLines(lines: Iterable<JsonPiece>): Generator<JsonRecord> {
    for (const piece of lines) {
        const record = recordOf(piece);
        if (record.document !== undefined || piece.fault !== undefined) yield record;
        else yield* severalOf(piece) ?? [record];
    }
}

/** Documents that follow one another in a line, if all of it is such. */
function severalOf({ bytes, line }: JsonPiece): JsonRecord[] | undefined {
    const splitter = new JsonSplitter();
    const records = [...recordsOf(splitter.push(bytes))];
    const whole = splitter.end() === undefined && records.every(({ document }) => typeof document?.value === "object");
    return whole && records.length > 1 ? records.map((record) => ({ ...record, line })) : undefined;
}
