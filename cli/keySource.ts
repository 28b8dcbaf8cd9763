/**
 * Reads partition keys from a file or from stdin into a tally: a key a line, CSV, or JSON in any arrangement; packed or plain.
 *
 * The memory it takes does not depend on the length of the file. A bad line is counted and shown, and never stops the reading.
 */
import { createReadStream } from "node:fs";
import { type Readable } from "node:stream";
import { type KeyTally } from "../capacity/keys/sample";
import { Interruption } from "../stream/interruption";
import { UsageError } from "./command";
import { sizeOf, stdinName, unreadable } from "./inputFile";
import { readCsv } from "./keyCsv";
import { readJson, readNdjson } from "./keyJson";
import { readLines } from "./keyLines";
import { type BadLine, BadLines, type KeySource } from "./keyRecords";
import { formatOf, type RecordFormat } from "./records/format";
import { openInput } from "./records/open";

export interface KeyReading {
    readonly format: RecordFormat;
    readonly bytes: number;
    readonly badLines: number;
    readonly firstBadLines: readonly BadLine[];
    /** Ctrl-C ended the reading: what was read until then counts. */
    readonly interrupted: boolean;
}

/** Called for every piece that was read: bytes of the file so far, and all of them where that is known. */
export type OnProgress = (bytesRead: number, bytesInAll: number | undefined) => void;

const chunkBytes = 1 << 18;
const readers = { lines: readLines, csv: readCsv, ndjson: readNdjson, json: readJson };

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
    let format = source.format ?? formatOf(source.file, source.column, Buffer.alloc(0));
    try {
        const counted = each(untilAborted(raw, signal), (chunk) => onProgress((bytes += chunk.length), size));
        const again = source.again ?? "sharded-stream keys analyze -";
        const { first, chunks } = await openInput(counted, { file: source.file, again });
        format = source.format ?? formatOf(source.file, source.column, first);
        await readers[format](chunks, { source, tally, bad, name });
    } catch (error) {
        // What Ctrl-C cuts off is no damaged file.
        if (signal?.aborted !== true || error instanceof UsageError) throw unreadable(error, name);
    } finally {
        raw.destroy();
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
