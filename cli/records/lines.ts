/**
 * Whole lines of a stream of bytes.
 */
import { limits } from "../../capacity/limits";
import { count, formatNumber } from "../../capacity/text";

export const newline = 10;
export const carriageReturn = 13;

const nothing = Buffer.alloc(0);

export interface LinesPiece {
    readonly buffer: Buffer;
    /** Whole lines, each ended by a newline, reach up to here. */
    readonly end: number;
    /** The buffer holds the start of a line that is too long, and nothing else. */
    readonly cut: boolean;
}

/** Pieces of whole lines. The last line gets the newline that it may lack. */
export async function* wholeLines(chunks: AsyncIterable<Buffer>, lineBytesMax: number): AsyncGenerator<LinesPiece> {
    // Put together once: a line over many chunks would be copied as often as it has chunks.
    let carry: Buffer[] = [];
    let carriedBytes = 0;
    let skipping = false;
    for await (let chunk of chunks) {
        if (skipping) {
            const end = chunk.indexOf(newline);
            if (end < 0) continue;
            chunk = chunk.subarray(end + 1);
            skipping = false;
        }
        if (carriedBytes > 0) {
            // Only the line that chunks share is copied.
            const rest = chunk.indexOf(newline) + 1;
            const part = Buffer.from(rest > 0 ? chunk.subarray(0, rest) : chunk);
            carry.push(part);
            carriedBytes += part.length;
            if (rest > 0) {
                yield { buffer: Buffer.concat(carry), end: carriedBytes, cut: false };
                carry = [];
                carriedBytes = 0;
            }
            chunk = rest > 0 ? chunk.subarray(rest) : nothing;
        }
        const end = chunk.lastIndexOf(newline) + 1;
        if (end > 0) yield { buffer: chunk, end, cut: false };
        if (carriedBytes === 0) {
            carry = [Buffer.from(chunk.subarray(end))];
            carriedBytes = chunk.length - end;
        }
        if (carriedBytes > lineBytesMax) {
            yield { buffer: Buffer.concat(carry), end: 0, cut: true };
            carry = [];
            carriedBytes = 0;
            skipping = true;
        }
    }
    if (carriedBytes > 0) {
        const buffer = Buffer.concat([...carry, Buffer.from([newline])]);
        yield { buffer, end: buffer.length, cut: false };
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
