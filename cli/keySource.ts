/**
 * Reads partition keys from a file or from stdin into a tally: a key a line, CSV, or a JSON document a line; gzip or plain.
 *
 * The memory it takes does not depend on the length of the file. A bad line is counted and shown, and never stops the reading.
 */
import { createReadStream } from "node:fs";
import { type Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { type KeyTally } from "../capacity/keys/sample";
import { Interruption } from "../stream/interruption";
import { UsageError } from "./command";
import { sizeOf, stdinName, unreadable } from "./inputFile";
import { readCsv } from "./keyCsv";
import { readLines, readNdjson } from "./keyLines";
import { type BadLine, BadLines, type KeyFormat, type KeySource, pour } from "./keyRecords";

export interface KeyReading {
    readonly format: KeyFormat;
    readonly bytes: number;
    readonly badLines: number;
    readonly firstBadLines: readonly BadLine[];
    /** Ctrl-C ended the reading: what was read until then counts. */
    readonly interrupted: boolean;
}

/** Called for every piece that was read: bytes of the file so far, and all of them where that is known. */
export type OnProgress = (bytesRead: number, bytesInAll: number | undefined) => void;

const chunkBytes = 1 << 20;
const readers = { lines: readLines, csv: readCsv, ndjson: readNdjson };

/** Reads all of it, or until Ctrl-C. The stream on stdin is passed in, since only main.ts knows the process. */
export async function readKeys(
    source: KeySource,
    tally: KeyTally,
    onProgress: OnProgress,
    stdin: Readable,
    signal?: AbortSignal,
): Promise<KeyReading> {
    const isStdin = source.file === stdinName;
    const name = isStdin ? "stdin" : source.file;
    const size = sizeOf(source.file);
    const raw = isStdin ? stdin : createReadStream(source.file, { highWaterMark: chunkBytes });
    const bad = new BadLines();
    let bytes = 0;
    let format = source.format ?? formatOf(source, Buffer.alloc(0));
    try {
        const counted = each(untilAborted(raw, signal), (chunk) => onProgress((bytes += chunk.length), size));
        const { first, chunks } = await unpacked(counted);
        if (first.includes(0)) throw new UsageError(`${name} cannot be read: it is binary data, not text.`);
        format = source.format ?? formatOf(source, first);
        await readers[format](chunks, { source, tally, bad, name });
    } catch (error) {
        // What Ctrl-C cuts off is no damaged file.
        if (signal?.aborted !== true || error instanceof UsageError) throw unreadable(error, name);
    }
    tally.flush();
    const interrupted = signal?.aborted === true;
    return { format, bytes, badLines: bad.count, firstBadLines: bad.first, interrupted };
}

/** Ends with the stream, or at once when the signal is aborted: stdin may keep its reader waiting for ever. */
async function* untilAborted(raw: Readable, signal: AbortSignal | undefined): AsyncGenerator<Buffer | string> {
    const aborted = new Interruption(signal);
    const chunks = raw[Symbol.asyncIterator]() as AsyncIterator<Buffer | string>;
    while (signal?.aborted !== true) {
        const next = await aborted.wait(chunks.next());
        if (next === undefined || next.done === true) break;
        yield next.value;
    }
    aborted.end();
    raw.destroy();
}

async function* each(chunks: AsyncIterable<Buffer | string>, see: (chunk: Buffer) => void): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
        const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
        see(bytes);
        yield bytes;
    }
}

/** Unpacks gzip, which is told by its first two bytes rather than by the name, and hands the first chunk over for a look. */
async function unpacked(chunks: AsyncGenerator<Buffer>): Promise<{ first: Buffer; chunks: AsyncIterable<Buffer> }> {
    const packed = await firstOf(chunks, 2);
    if (packed.length < 2 || packed[0] !== 0x1f || packed[1] !== 0x8b)
        return { first: packed, chunks: joined(packed, chunks) };
    const gunzip = createGunzip({ chunkSize: chunkBytes });
    pour(joined(packed, chunks), gunzip);
    const plain = each(gunzip, () => undefined);
    const first = await firstOf(plain, 1);
    return { first, chunks: joined(first, plain) };
}

/** The first bytes, at least so many if there are as many. */
async function firstOf(chunks: AsyncGenerator<Buffer>, least: number): Promise<Buffer> {
    let first: Buffer = Buffer.alloc(0);
    while (first.length < least) {
        const next = await chunks.next();
        if (next.done) break;
        first = first.length === 0 ? next.value : Buffer.concat([first, next.value]);
    }
    return first;
}

async function* joined(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    if (first.length > 0) yield first;
    yield* rest;
}

function formatOf({ file, column }: KeySource, first: Buffer): KeyFormat {
    const name = file.toLowerCase().replace(/\.gz$/, "");
    if (/\.(csv|tsv)$/.test(name)) return "csv";
    if (/\.(ndjson|jsonl|json)$/.test(name)) return "ndjson";
    // In Latin-1 a byte order mark is three characters.
    if (/^(\u00ef\u00bb\u00bf)?\s*\{/.test(first.subarray(0, 64).toString("latin1"))) return "ndjson";
    return column === undefined ? "lines" : "csv";
}
