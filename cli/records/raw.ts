/**
 * The bytes of a file or of stdin as they come, counted, until Ctrl-C.
 */
import { open } from "node:fs/promises";
import { type Readable } from "node:stream";
import { Interruption } from "../../stream/interruption";
import { sizeOf, stdinName } from "../inputFile";

/** Called for every piece that was read: bytes of the file so far, and all of them where that is known. */
export type OnProgress = (bytesRead: number, bytesInAll: number | undefined) => void;

export interface RawInput {
    /** Each is valid until the next one is taken. */
    readonly chunks: AsyncIterable<Buffer>;
    /** So many were read. */
    bytes(): number;
    close(): void;
}

const chunkBytes = 1 << 18;

/** @param stdin passed in, since only main.ts knows the process */
export function rawInput(file: string, stdin: Readable, onProgress: OnProgress, signal?: AbortSignal): RawInput {
    const size = sizeOf(file);
    const raw = file === stdinName ? pieces(stdin) : read(file);
    let bytes = 0;
    return {
        chunks: counted(untilAborted(raw, signal), (more) => onProgress((bytes += more), size)),
        bytes: () => bytes,
        close: raw.close,
    };
}

interface Raw {
    readonly chunks: AsyncIterator<Buffer | string>;
    close(): void;
}

function pieces(stdin: Readable): Raw {
    return { chunks: stdin[Symbol.asyncIterator]() as Raw["chunks"], close: () => void stdin.destroy() };
}

function read(file: string): Raw {
    const chunks = chunksOf(file);
    return { chunks, close: () => void chunks.return(undefined) };
}

/** In two buffers by turns: one is filled while the other is taken. */
async function* chunksOf(file: string): AsyncGenerator<Buffer> {
    const handle = await open(file);
    const buffers = [Buffer.allocUnsafe(chunkBytes), Buffer.allocUnsafe(chunkBytes)] as const;
    let filling = handle.read(buffers[0], 0, chunkBytes, null);
    try {
        for (;;) {
            const { buffer, bytesRead } = await filling;
            if (bytesRead === 0) return;
            filling = handle.read(buffer === buffers[0] ? buffers[1] : buffers[0], 0, chunkBytes, null);
            // What goes wrong is told when it is waited for.
            filling.catch(() => undefined);
            yield buffer.subarray(0, bytesRead);
        }
    } finally {
        await filling.catch(() => undefined);
        await handle.close();
    }
}

/** Ends with the input, or at once when the signal is aborted: stdin may keep its reader waiting for ever. */
async function* untilAborted({ chunks, close }: Raw, signal: AbortSignal | undefined): AsyncGenerator<Buffer | string> {
    const aborted = new Interruption(signal);
    while (signal?.aborted !== true) {
        const next = await aborted.wait(chunks.next());
        if (next === undefined || next.done === true) break;
        yield next.value;
    }
    aborted.end();
    close();
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
