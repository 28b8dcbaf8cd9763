/**
 * Whole lines of a stream of bytes.
 */
import { limits } from "../../capacity/limits";
import { count, formatNumber } from "../../capacity/text";
import { carriageReturn, newline } from "./bytes";
import { Refill } from "./refill";

/** Valid until the next one is taken. */
export interface LinesPiece {
    readonly buffer: Buffer;
    /** Whole lines, each ended by a newline, reach up to here. */
    readonly end: number;
    /** The buffer holds the start of a line that is too long, and nothing else. */
    readonly cut: boolean;
}

/** Pieces of whole lines. The last line gets the newline that it may lack. */
export async function* wholeLines(chunks: AsyncIterable<Buffer>, lineBytesMax: number): AsyncGenerator<LinesPiece> {
    const text = new Refill();
    let done = 0;
    let skipping = false;
    for await (const chunk of chunks) {
        const from = skipping ? chunk.indexOf(newline) + 1 : 0;
        if (skipping && from === 0) continue;
        skipping = false;
        text.refill(done, chunk.subarray(from));
        done = 0;
        const lastNewline = chunk.lastIndexOf(newline);
        if (lastNewline >= from) {
            done = text.length - (chunk.length - lastNewline - 1);
            yield { buffer: text.buffer, end: done, cut: false };
        }
        if (text.length - done > lineBytesMax) {
            yield { buffer: text.bytes.subarray(done), end: 0, cut: true };
            done = text.length;
            skipping = true;
        }
    }
    if (text.length > done) {
        text.refill(done, Uint8Array.of(newline));
        yield { buffer: text.buffer, end: text.length, cut: false };
    }
}

export interface TextLine {
    readonly bytes: Buffer;
    readonly line: number;
    readonly fault?: string;
}

/** Lines with their numbers, in portions; blank lines are left out. */
export async function* linePortions(
    chunks: AsyncIterable<Buffer>,
    lineBytesMax: number,
): AsyncGenerator<Iterable<TextLine>> {
    let lines = 0;
    for await (const { buffer, end, cut } of wholeLines(chunks, lineBytesMax)) {
        if (cut) yield [{ ...beginningOf(buffer, lineBytesMax), line: ++lines }];
        yield linesIn(buffer.subarray(0, end), () => ++lines);
    }
}

/** What is kept of a line, or of a document, that is too long. */
const keptBytes = 64;

/** @param bytesMax what it is longer than */
export function beginningOf(bytes: Buffer, bytesMax: number): { readonly bytes: Buffer; readonly fault: string } {
    const fault = `${longerThan(bytesMax)}, and cut off after its first ${keptBytes} bytes`;
    return { bytes: bytes.subarray(0, keptBytes), fault };
}

/** Why a line, a row or a document is not read: "longer than 1 MiB". */
export function longerThan(bytesMax: number): string {
    const { bytesPerMiB, bytesPerKiB } = limits;
    if (bytesMax % bytesPerMiB === 0) return `longer than ${formatNumber(bytesMax / bytesPerMiB)} MiB`;
    if (bytesMax % bytesPerKiB === 0) return `longer than ${formatNumber(bytesMax / bytesPerKiB)} KiB`;
    return `longer than ${count(bytesMax, "byte")}`;
}

function* linesIn(buffer: Buffer, nextLine: () => number): Generator<TextLine> {
    for (let start = 0; start < buffer.length;) {
        const at = buffer.indexOf(newline, start);
        const bytes = buffer.subarray(start, at > start && buffer[at - 1] === carriageReturn ? at - 1 : at);
        const line = nextLine();
        start = at + 1;
        if (!bytes.every((byte) => byte <= 32)) yield { bytes, line };
    }
}
