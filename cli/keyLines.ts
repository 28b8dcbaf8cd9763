/**
 * Partition keys from files with a key a line.
 */
import { isUtf8 } from "node:buffer";
import { type KeyTally } from "../capacity/keys/sample";
import { Words } from "../capacity/keys/words";
import { UsageError } from "./command";
import {
    type BadLines,
    badTextShown,
    faultOf,
    keyCharactersMax,
    type KeyReader,
    lineBytesMax,
    tooLong,
} from "./keyRecords";
import { carriageReturn, newlinesIn, notAscii } from "./records/bytes";
import { longerThan, wholeLines } from "./records/lines";

/** A character takes at most four bytes of UTF-8. */
const keyBytesMax = 4 * keyCharactersMax;

/** A key a line. The loop of this function sees every byte of the file, so it does nothing else for a plain line. */
export async function readLines(chunks: AsyncIterable<Buffer>, { source, tally, bad }: KeyReader): Promise<void> {
    if (source.weight !== undefined || source.explicitHashKey !== undefined)
        throw new UsageError("A file with one key a line has no further columns; use CSV or JSON (--format).");
    let line = 0;
    for await (const { buffer, end, cut } of wholeLines(chunks, lineBytesMax)) {
        tally.read(buffer);
        line = addLines(buffer, end, line, tally, bad);
        if (cut) bad.add(++line, longerThan(lineBytesMax), buffer.subarray(0, badTextShown + 1).toString());
        tally.flush();
    }
}

/** @returns the number of the last line */
function addLines(buffer: Buffer, end: number, lineBefore: number, tally: KeyTally, bad: BadLines): number {
    let line = lineBefore;
    const words = new Words(buffer);
    let start = 0;
    let bits = 0;
    for (let at = 0; start < end;) {
        const word = words.at(at);
        const newlines = newlinesIn(word);
        if (newlines === 0) {
            bits |= word;
            at += 4;
            continue;
        }
        // The newline's bit is the lowest that is set; below it lie the bytes before it.
        const below = 31 - Math.clz32(newlines & -newlines) - 7;
        bits |= word & ((1 << below) - 1);
        at += below >>> 3;
        line++;
        const length = (at > start && buffer[at - 1] === carriageReturn ? at - 1 : at) - start;
        if (length > 0 && length <= keyCharactersMax && (bits & notAscii) === 0) tally.add(start, length);
        else addUnusual(buffer.subarray(start, start + length), start, line, tally, bad);
        start = ++at;
        bits = 0;
    }
    return line;
}

/** A line that is empty, long or not ASCII. */
function addUnusual(bytes: Buffer, start: number, line: number, tally: KeyTally, bad: BadLines): void {
    const fault = faultOfBytes(bytes);
    if (fault === undefined) tally.add(start, bytes.length);
    else bad.add(line, fault, bytes.toString());
}

export function faultOfBytes(bytes: Buffer): string | undefined {
    if (bytes.length === 0) return "empty";
    if (bytes.length > keyBytesMax) return tooLong;
    if (!isUtf8(bytes)) return "not UTF-8";
    return faultOf(bytes.toString());
}
