/**
 * What `produce` sends: the lines of a file or of stdin, or made-up events, with the keys in them.
 */
import { createReadStream } from "node:fs";
import { formatNumber } from "../capacity/text";
import { stdinName } from "./inputFile";
import { formatOf, type RecordFormat } from "./records/format";
import { jsonRecords } from "./records/jsonRecords";
import { type JsonDocument, jsonFault, notJson, parseJson, valueAt } from "./records/jsonText";
import { linePortions } from "./records/lines";
import { openInput } from "./records/open";
import { counted } from "./records/raw";

/** A record to send: its bytes as they are, and where they stood. */
export interface Line {
    readonly bytes: Uint8Array;
    readonly line: number;
    /** Why it is no whole record, and not to be sent. */
    readonly fault?: string | undefined;
}

/** How far a source was handed over: of a file in bytes, of a sample in events; `of` is undefined for stdin until it ends. */
export interface Reading {
    done: number;
    of: number | undefined;
}

export interface LineSource {
    /** A path, or - for stdin. */
    readonly file: string;
    readonly reading: Reading;
    /** Aborted when no more lines are wanted: a stdin that stays open would keep the process waiting. */
    readonly ended: AbortSignal;
    /** The command that reads stdin, for the advice to convert a file. */
    readonly again: string;
}

/** The JSON documents of a file, in whatever arrangement, packed or plain; of other text the lines. Blank lines are none. */
export async function* linesOf({ file, reading, ended, again }: LineSource): AsyncGenerator<Line> {
    let received = 0;
    const input = file === stdinName ? process.stdin : createReadStream(file, { highWaterMark: chunkBytes });
    ended.addEventListener("abort", () => input.destroy(), { once: true });
    const { first, chunks } = await openInput(
        counted(input, (bytes) => (received += bytes)),
        { file, again: { takes: "json", command: () => again } },
    );
    const format = formatOf(file, undefined, first);
    const portions =
        format === "json" || format === "ndjson" ? jsonRecords(chunks, format) : linePortions(chunks, lineBytesMax);
    for await (const portion of portions) {
        // The bytes lie in what was read in one piece, which a record that waits for its shard would keep as a whole.
        for (const { bytes, line, fault } of portion)
            yield { bytes: Buffer.from(bytes), line, fault: told(fault, format) };
        reading.done = received;
    }
    // A file may have grown, or shrunk, since its size was asked for.
    reading.done = reading.of = received;
}

/** A line that is not JSON is sent as it is, where no key is looked for in it. */
const told = (fault: string | undefined, format: RecordFormat): string | undefined =>
    format === "ndjson" && fault === notJson ? undefined : fault;

const chunkBytes = 1 << 16;
/** What is longer is no record of Kinesis, by far. */
const lineBytesMax = 1 << 26;

const sampleUsers = 10_000;
const sampleTypes = ["view", "search", "add_to_cart", "purchase"] as const;

export function* sampleLines(events: number, reading: Reading): Generator<Line> {
    for (let line = 1; line <= events; line++) {
        const event = {
            user: `user-${Math.floor(Math.random() * sampleUsers)}`,
            type: sampleTypes[Math.floor(Math.random() * sampleTypes.length)],
            time: new Date().toISOString(),
            value: Math.round(Math.random() * 10_000) / 100,
        };
        yield { bytes: Buffer.from(JSON.stringify(event)), line };
        reading.done = line;
    }
}

/** Hands over no more than so many records a second, in portions of a twentieth of a second. */
export async function* paced(
    lines: Iterable<Line> | AsyncIterable<Line>,
    recordsPerSecond: number,
    signal: AbortSignal,
): AsyncGenerator<Line> {
    const startMs = performance.now();
    let handed = 0;
    for await (const line of lines) {
        for (;;) {
            const dueMs = startMs + (handed / recordsPerSecond) * 1_000;
            if (performance.now() >= dueMs || signal.aborted) break;
            await new Promise((resolve) => setTimeout(resolve, Math.min(50, dueMs - performance.now() + 1)));
        }
        handed += 1;
        yield line;
    }
}

/** The key and the explicit hash key are taken from the record's JSON, digits as they stand in it; the record itself is sent as it is. */
export function keysFrom(key: string | undefined, explicitHashKey: string | undefined) {
    let parsed: { line: Line; document: JsonDocument } | undefined;
    const documentOf = (line: Line): JsonDocument => {
        if (parsed?.line !== line) parsed = { line, document: parsedLine(line) };
        return parsed.document;
    };
    return {
        key: key === undefined ? undefined : (line: Line) => keyOf(line, documentOf(line), key),
        explicitHashKey:
            explicitHashKey === undefined
                ? undefined
                : (line: Line) => hashKeyOf(line, documentOf(line), explicitHashKey),
        data: ({ bytes, line, fault }: Line) => {
            if (fault !== undefined) throw new Error(`line ${formatNumber(line)} is no record: ${fault}`);
            return bytes;
        },
    };
}

function parsedLine({ bytes, line, fault }: Line): JsonDocument {
    const text = textOf(bytes);
    const document = fault === undefined ? parseJson(text, bytes) : undefined;
    if (document !== undefined) return document;
    throw new Error(`line ${formatNumber(line)} is not JSON: ${fault ?? jsonFault(text)}`);
}

export function textOf(bytes: Uint8Array): string {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}

function keyOf({ line }: Line, document: JsonDocument, name: string): string {
    const found = document.scalarAt(name);
    if (found?.isDamaged === true) {
        throw new Error(
            `line ${formatNumber(line)} has a partition key that is not UTF-8 in the field ${JSON.stringify(name)}; ` +
                "convert the input, such as with iconv -f LATIN1 -t UTF-8",
        );
    }
    if (found !== undefined && found.type !== "boolean") return found.text;
    throw new Error(
        `line ${formatNumber(line)} has no text or number in the field ${JSON.stringify(name)} for the partition key`,
    );
}

function hashKeyOf({ line }: Line, document: JsonDocument, name: string): string | undefined {
    const found = document.scalarAt(name);
    if (found !== undefined) return found.text;
    if ((valueAt(document.value, name) ?? null) === null) return undefined;
    throw new Error(
        `line ${formatNumber(line)} has no number in the field ${JSON.stringify(name)} for the explicit hash key`,
    );
}
