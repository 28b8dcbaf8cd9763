/**
 * Reads partition keys from a file or from stdin into a tally: a key a line, CSV, or JSON in any arrangement; packed or plain.
 *
 * The memory it takes does not depend on the length of the file. A bad line is counted and shown, and never stops the reading.
 */
import { type Readable } from "node:stream";
import { type KeyTally } from "../capacity/keys/sample";
import { UsageError } from "./command";
import { commandLine } from "./commandLine";
import { inputWords, unreadable } from "./inputFile";
import { readCsv } from "./keyCsv";
import { readJson, readNdjson } from "./keyJson";
import { readLines } from "./keyLines";
import { type BadLine, BadLines, type KeySource } from "./keyRecords";
import { formatOf, type RecordFormat } from "./records/format";
import { openInput } from "./records/open";
import { type OnProgress, rawInput } from "./records/raw";

export interface KeyReading {
    readonly format: RecordFormat;
    readonly bytes: number;
    readonly badLines: number;
    readonly firstBadLines: readonly BadLine[];
    /** Ctrl-C ended the reading: what was read until then counts. */
    readonly interrupted: boolean;
}

const readers = { lines: readLines, csv: readCsv, ndjson: readNdjson, json: readJson };

/** Reads all of it, or until Ctrl-C. The stream on stdin is passed in, since only main.ts knows the process. */
export async function readKeys(
    source: KeySource,
    tally: KeyTally,
    onProgress: OnProgress,
    stdin: Readable,
    signal?: AbortSignal,
): Promise<KeyReading> {
    const name = inputWords(source.file);
    const raw = rawInput(source.file, stdin, onProgress, signal);
    const bad = new BadLines();
    let format = source.format ?? formatOf(source.file, source.column, Buffer.alloc(0));
    try {
        const { file, again = () => commandLine(["keys", "analyze", "-"]) } = source;
        const takenAgain = { takes: "json", command: again } as const;
        const { first, chunks } = await openInput(raw.chunks, { file, again: takenAgain, byLines: true });
        format = source.format ?? formatOf(source.file, source.column, first);
        await readers[format](chunks, { source, tally, bad, name });
    } catch (error) {
        // What Ctrl-C cuts off is no damaged file.
        if (signal?.aborted !== true || error instanceof UsageError) throw unreadable(error, name);
    } finally {
        raw.close();
    }
    tally.flush();
    const interrupted = signal?.aborted === true;
    return { format, bytes: raw.bytes(), badLines: bad.count, firstBadLines: bad.first, interrupted };
}
