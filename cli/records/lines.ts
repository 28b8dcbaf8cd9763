/**
 * Whole lines of a stream of bytes.
 */

export const newline = 10;
export const carriageReturn = 13;

export interface LinesPiece {
    readonly buffer: Buffer;
    /** Whole lines, each ended by a newline, reach up to here. */
    readonly end: number;
    /** The buffer holds the start of a line that is too long, and nothing else. */
    readonly cut: boolean;
}

/** Pieces of whole lines. The last line gets the newline that it may lack. */
export async function* wholeLines(chunks: AsyncIterable<Buffer>, lineBytesMax: number): AsyncGenerator<LinesPiece> {
    let carry = Buffer.alloc(0);
    let skipping = false;
    for await (let chunk of chunks) {
        if (skipping) {
            const end = chunk.indexOf(newline);
            if (end < 0) continue;
            chunk = chunk.subarray(end + 1);
            skipping = false;
        }
        const buffer = carry.length > 0 ? Buffer.concat([carry, chunk]) : chunk;
        const end = buffer.lastIndexOf(newline) + 1;
        if (end > 0) yield { buffer, end, cut: false };
        carry = Buffer.from(buffer.subarray(end));
        if (carry.length > lineBytesMax) {
            yield { buffer: carry, end: 0, cut: true };
            carry = Buffer.alloc(0);
            skipping = true;
        }
    }
    if (carry.length > 0) {
        const buffer = Buffer.concat([carry, Buffer.from([newline])]);
        yield { buffer, end: buffer.length, cut: false };
    }
}
