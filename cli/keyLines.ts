/**
 * Partition keys from files of lines: a key a line, or a JSON document a line.
 */
import { isUtf8 } from "node:buffer";
import { type KeyTally } from "../capacity/keys/sample";
import { limits } from "../capacity/limits";
import { UsageError } from "./command";
import {
    addRecord,
    type BadLines,
    badTextShown,
    faultOf,
    type KeyReader,
    lineBytesMax,
    noSuchColumn,
    tooLong,
} from "./keyRecords";

/** A character takes at most four bytes of UTF-8. */
const keyBytesMax = 4 * limits.partitionKeyCharactersMax;
const newline = 10;
const carriageReturn = 13;

/** A key a line. The loop of this function sees every byte of the file, so it does nothing else for a plain line. */
export async function readLines(chunks: AsyncIterable<Buffer>, { source, tally, bad }: KeyReader): Promise<void> {
    if (source.weight !== undefined || source.explicitHashKey !== undefined)
        throw new UsageError("A file with one key a line has no further columns; use CSV or NDJSON (--format).");
    let line = 0;
    for await (const { buffer, end, cut } of wholeLines(chunks)) {
        tally.read(buffer);
        let start = 0;
        let bits = 0;
        for (let at = 0; at < end; at++) {
            const byte = buffer[at]!;
            bits |= byte;
            if (byte !== newline) continue;
            line++;
            const length = (at > start && buffer[at - 1] === carriageReturn ? at - 1 : at) - start;
            if (length > 0 && length <= limits.partitionKeyCharactersMax && bits < 0x80) tally.add(start, length);
            else addUnusual(buffer.subarray(start, start + length), start, line, tally, bad);
            start = at + 1;
            bits = 0;
        }
        if (cut) bad.add(++line, "longer than 1 MiB", buffer.subarray(0, badTextShown + 1).toString());
        tally.flush();
    }
}

/** A line that is empty, long or not ASCII. */
function addUnusual(bytes: Buffer, start: number, line: number, tally: KeyTally, bad: BadLines): void {
    const fault = faultOfBytes(bytes);
    if (fault === undefined) tally.add(start, bytes.length);
    else bad.add(line, fault, bytes.toString());
}

function faultOfBytes(bytes: Buffer): string | undefined {
    if (bytes.length === 0) return "empty";
    if (bytes.length > keyBytesMax) return tooLong;
    if (!isUtf8(bytes)) return "not UTF-8";
    return faultOf(bytes.toString());
}

/** A JSON document a line: the key at a path, or the document itself where it is a text or a number. */
export async function readNdjson(
    chunks: AsyncIterable<Buffer>,
    { source, tally, bad, name }: KeyReader,
): Promise<void> {
    const [key, weight, explicitHashKey] = [source.column, source.weight, source.explicitHashKey].map(pathOf);
    let line = 0;
    let found = false;
    let fieldsSeen: string[] = [];
    for await (const { buffer, end, cut } of wholeLines(chunks)) {
        if (cut) bad.add(++line, "longer than 1 MiB", buffer.subarray(0, badTextShown + 1).toString());
        for (let start = 0; start < end;) {
            const at = buffer.indexOf(newline, start);
            const text = buffer.subarray(start, at).toString().trim();
            start = at + 1;
            line++;
            const fail = (reason: string) => bad.add(line, reason, text);
            const document = jsonOf(text);
            if (document === undefined) {
                fail(text === "" ? "empty" : "not JSON");
                continue;
            }
            const isObject = typeof document === "object" && document !== null;
            if (isObject && key === undefined) {
                throw new UsageError(
                    `${name} has a JSON document a line; name the field of the partition key with --column: ${fieldsOf(document).join(", ")}.`,
                );
            }
            if (isObject && fieldsSeen.length === 0) fieldsSeen = fieldsOf(document);
            const value = key === undefined ? document : key(document);
            found ||= value !== undefined;
            addRecord(
                { key: value, weight: weight?.(document), explicitHashKey: explicitHashKey?.(document) },
                source,
                tally,
                fail,
            );
        }
    }
    if (!found && source.column !== undefined && fieldsSeen.length > 0)
        throw noSuchColumn(name, source.column, fieldsSeen, "field");
}

function jsonOf(text: string): unknown {
    try {
        return JSON.parse(text) as unknown;
    } catch {
        return undefined;
    }
}

/** Reads a field by its name as it stands, or by a path such as detail.items.0.id. */
function pathOf(path: string | undefined): ((document: unknown) => unknown) | undefined {
    if (path === undefined) return undefined;
    const steps = path.split(".");
    const step = (value: unknown, name: string): unknown =>
        typeof value === "object" && value !== null && Object.hasOwn(value, name)
            ? (value as Record<string, unknown>)[name]
            : undefined;
    return (document) => step(document, path) ?? steps.reduce(step, document);
}

function fieldsOf(document: object): string[] {
    return Object.entries(document)
        .flatMap(([name, value]) =>
            typeof value === "object" && value !== null && !Array.isArray(value)
                ? Object.keys(value as object).map((inner) => `${name}.${inner}`)
                : [name],
        )
        .slice(0, 20);
}

interface LinesPiece {
    readonly buffer: Buffer;
    /** Whole lines, each ended by a newline, reach up to here. */
    readonly end: number;
    /** The buffer holds the start of a line that is too long, and nothing else. */
    readonly cut: boolean;
}

/** Pieces of whole lines. The last line gets the newline that it may lack. */
async function* wholeLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<LinesPiece> {
    let carry = Buffer.alloc(0);
    let skipping = false;
    let atStart = true;
    for await (let chunk of chunks) {
        if (atStart && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf) chunk = chunk.subarray(3);
        atStart = false;
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
