/**
 * The bytes of a file or of stdin as they come, counted, until Ctrl-C.
 */
import { createReadStream } from "node:fs";
import { type Readable } from "node:stream";
import { Interruption } from "../../stream/interruption";
import { sizeOf, stdinName } from "../inputFile";

/** Called for every piece that was read: bytes of the file so far, and all of them where that is known. */
export type OnProgress = (bytesRead: number, bytesInAll: number | undefined) => void;

export interface RawInput {
    readonly chunks: AsyncIterable<Buffer>;
    /** So many were read. */
    bytes(): number;
    close(): void;
}

const chunkBytes = 1 << 18;

/** @param stdin passed in, since only main.ts knows the process */
export function rawInput(file: string, stdin: Readable, onProgress: OnProgress, signal?: AbortSignal): RawInput {
    const size = sizeOf(file);
    const raw = file === stdinName ? stdin : createReadStream(file, { highWaterMark: chunkBytes });
    let bytes = 0;
    return {
        chunks: counted(untilAborted(raw, signal), (more) => onProgress((bytes += more), size)),
        bytes: () => bytes,
        close: () => void raw.destroy(),
    };
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

/** The same as bytes, of which so many are told before each piece. */
export async function* counted(
    chunks: AsyncIterable<Buffer | string>,
    count: (bytes: number) => void,
): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
        const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
        count(bytes.length);
        yield bytes;
    }
}
