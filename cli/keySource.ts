/**
 * Reads partition keys from a file or from stdin into a tally: a key a line, CSV, or a JSON document a line; gzip or plain.
 *
 * The memory it takes does not depend on the length of the file. A bad line is counted and shown, and never stops the reading.
 */
import { isUtf8 } from "node:buffer";
import { createReadStream, type Stats, statSync } from "node:fs";
import { type Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { parse } from "csv-parse";
import { hashKeySpace } from "../capacity/keys/hashRing";
import { type KeyTally } from "../capacity/keys/sample";
import { limits } from "../capacity/limits";
import { closest } from "../capacity/text";
import { UsageError } from "./command";

export const keyFormats = ["lines", "csv", "ndjson"] as const;

export type KeyFormat = (typeof keyFormats)[number];

export interface KeySource {
    /** A path, or - for stdin. */
    readonly file: string;
    /** Undefined: by the file's name, then by its first bytes. */
    readonly format?: KeyFormat | undefined;
    /** Name of the CSV column, or path of the JSON field such as detail.userId. */
    readonly column?: string | undefined;
    readonly weight?: string | undefined;
    readonly explicitHashKey?: string | undefined;
}

export interface BadLine {
    readonly line: number;
    readonly reason: string;
    readonly text: string;
}

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
const lineBytesMax = 1 << 20;
const badLinesShown = 5;
const badTextShown = 60;
/** A character takes at most four bytes of UTF-8. */
const keyBytesMax = 4 * limits.partitionKeyCharactersMax;
const stdinName = "-";

/** Reads all of it, or until Ctrl-C. The stream on stdin is passed in, since only main.ts knows the process. */
export async function readKeys(
    source: KeySource,
    tally: KeyTally,
    onProgress: OnProgress,
    stdin: Readable,
    signal?: AbortSignal,
): Promise<KeyReading> {
    const name = source.file === stdinName ? "stdin" : source.file;
    const size = source.file === stdinName ? undefined : sizeOf(source.file);
    const raw = source.file === stdinName ? stdin : createReadStream(source.file, { highWaterMark: chunkBytes });
    const bad = new BadLines();
    let bytes = 0;
    let format = source.format ?? formatOf(source, Buffer.alloc(0));
    try {
        const counted = each(untilAborted(raw, signal), (chunk) => onProgress((bytes += chunk.length), size));
        const { first, chunks } = await unpacked(counted);
        if (first.includes(0)) throw new UsageError(`${name} cannot be read: it is binary data, not text.`);
        format = source.format ?? formatOf(source, first);
        await readers[format](chunks, source, tally, bad, name);
    } catch (error) {
        // What Ctrl-C cuts off is no damaged file.
        if (signal?.aborted !== true || error instanceof UsageError) throw readableError(error, name);
    }
    tally.flush();
    const interrupted = signal?.aborted === true;
    return { format, bytes, badLines: bad.count, firstBadLines: bad.first, interrupted };
}

/** Ends with the stream, or at once when the signal is aborted: stdin may keep its reader waiting for ever. */
async function* untilAborted(raw: Readable, signal: AbortSignal | undefined): AsyncGenerator<Buffer | string> {
    const aborted = new Promise<undefined>((resolve) => {
        signal?.addEventListener("abort", () => resolve(undefined), { once: true });
    });
    const chunks = raw[Symbol.asyncIterator]() as AsyncIterator<Buffer | string>;
    while (signal?.aborted !== true) {
        const next = await Promise.race([chunks.next(), aborted]);
        if (next === undefined || next.done === true) break;
        yield next.value;
    }
    raw.destroy();
}

function sizeOf(file: string): number {
    let stats: Stats;
    try {
        stats = statSync(file);
    } catch (error) {
        throw readableError(error, file);
    }
    if (stats.isDirectory()) throw new UsageError(`${file} is a directory; name a file, or - for stdin.`);
    return stats.size;
}

const causes: Readonly<Record<string, string>> = {
    ENOENT: "there is no such file",
    EACCES: "no permission to read it",
    EISDIR: "it is a directory",
    Z_BUF_ERROR: "the gzip data ends early",
    Z_DATA_ERROR: "the gzip data is damaged",
};

function readableError(error: unknown, name: string): unknown {
    const cause = causes[(error as NodeJS.ErrnoException).code ?? ""];
    return cause === undefined ? error : new UsageError(`${name} cannot be read: ${cause}.`);
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
    const first = await firstOf(chunks, 2);
    if (first.rest.length < 2 || first.rest[0] !== 0x1f || first.rest[1] !== 0x8b)
        return { first: first.rest, chunks: joined(first.rest, chunks) };
    const gunzip = createGunzip({ chunkSize: chunkBytes });
    const pump = (async () => {
        for await (const chunk of joined(first.rest, chunks)) {
            if (!gunzip.write(chunk))
                await new Promise((resolve) => gunzip.once("drain", resolve).once("close", resolve));
        }
        gunzip.end();
    })();
    pump.catch((error: unknown) => gunzip.destroy(error as Error));
    const plain = each(gunzip, () => undefined);
    const { rest } = await firstOf(plain, 1);
    return { first: rest, chunks: joined(rest, plain) };
}

/** The first bytes, at least so many if there are as many. */
async function firstOf(chunks: AsyncGenerator<Buffer>, least: number): Promise<{ rest: Buffer }> {
    let rest: Buffer = Buffer.alloc(0);
    while (rest.length < least) {
        const next = await chunks.next();
        if (next.done) break;
        rest = rest.length === 0 ? next.value : Buffer.concat([rest, next.value]);
    }
    return { rest };
}

async function* joined(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    if (first.length > 0) yield first;
    yield* rest;
}

function formatOf({ file, column }: KeySource, first: Buffer): KeyFormat {
    const name = file.toLowerCase().replace(/\.gz$/, "");
    if (/\.(csv|tsv)$/.test(name)) return "csv";
    if (/\.(ndjson|jsonl|json)$/.test(name)) return "ndjson";
    if (
        /^\s*\{/.test(
            first
                .subarray(0, 64)
                .toString("latin1")
                .replace(/^\u00ef\u00bb\u00bf/, ""),
        )
    )
        return "ndjson";
    return column === undefined ? "lines" : "csv";
}

class BadLines {
    count = 0;
    readonly first: BadLine[] = [];

    add(line: number, reason: string, text: string): void {
        this.count++;
        if (this.first.length >= badLinesShown) return;
        const clean = text.replace(/\p{Cc}/gu, "\ufffd");
        this.first.push({
            line,
            reason,
            text: clean.length > badTextShown ? `${clean.slice(0, badTextShown)}...` : clean,
        });
    }
}

type Reader = (
    chunks: AsyncIterable<Buffer>,
    source: KeySource,
    tally: KeyTally,
    bad: BadLines,
    name: string,
) => Promise<void>;

const readers: Readonly<Record<KeyFormat, Reader>> = { lines: readLines, csv: readCsv, ndjson: readNdjson };

const newline = 10;
const carriageReturn = 13;

/** A key a line. The loop of this function sees every byte of the file, so it does nothing else for a plain line. */
async function readLines(
    chunks: AsyncIterable<Buffer>,
    source: KeySource,
    tally: KeyTally,
    bad: BadLines,
): Promise<void> {
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

const tooLong = `longer than the ${limits.partitionKeyCharactersMax} characters of a partition key`;

function faultOf(key: string): string | undefined {
    if (key.length === 0) return "empty";
    if (key.length > limits.partitionKeyCharactersMax && Array.from(key).length > limits.partitionKeyCharactersMax)
        return tooLong;
    return undefined;
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

/** The values of one record, by what they are for. */
interface RecordValues {
    readonly key: unknown;
    readonly weight: unknown;
    readonly explicitHashKey: unknown;
}

function addRecord(values: RecordValues, source: KeySource, tally: KeyTally, fail: (reason: string) => void): void {
    const key = textOf(values.key);
    const fault = key === undefined ? `no ${source.column ?? "key"}` : faultOf(key);
    if (key === undefined || fault !== undefined) return fail(fault ?? "empty");
    const weight = source.weight === undefined ? 1 : numberOf(values.weight);
    if (weight === undefined) return fail(`${source.weight} is not a number of 0 or more`);
    const explicit = source.explicitHashKey === undefined ? undefined : textOf(values.explicitHashKey);
    if (explicit === undefined || explicit === "") return tally.addKey(key, weight);
    if (!/^\d{1,39}$/.test(explicit) || BigInt(explicit) >= hashKeySpace)
        return fail(`${source.explicitHashKey} is not a whole number below 2^128`);
    tally.addHashKey(BigInt(explicit), key, weight);
}

function textOf(value: unknown): string | undefined {
    if (typeof value === "string") return value;
    return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

function numberOf(value: unknown): number | undefined {
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    return typeof number === "number" && Number.isFinite(number) && number >= 0 ? number : undefined;
}

/** A JSON document a line: the key at a path, or the document itself where it is a text or a number. */
async function readNdjson(
    chunks: AsyncIterable<Buffer>,
    source: KeySource,
    tally: KeyTally,
    bad: BadLines,
    name: string,
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

/** CSV with a header; fields may be quoted and hold commas, quotes and newlines. */
async function readCsv(
    chunks: AsyncIterable<Buffer>,
    source: KeySource,
    tally: KeyTally,
    bad: BadLines,
    name: string,
): Promise<void> {
    let columns: CsvColumns | undefined;
    const parser = parse({
        bom: true,
        delimiter: source.file.toLowerCase().replace(/\.gz$/, "").endsWith(".tsv") ? "\t" : [",", ";", "\t"],
        info: true,
        // A stray quote costs at most its own field; without this it would swallow the lines up to the next one.
        relax_quotes: true,
        max_record_size: lineBytesMax,
        relax_column_count: true,
        skip_empty_lines: true,
        skip_records_with_error: true,
        on_skip: (error) => {
            if (error !== undefined) bad.add(error.lines as number, csvReason(error.code), String(error.raw ?? ""));
        },
    });
    const feed = (async () => {
        for await (const chunk of chunks) {
            if (!parser.write(chunk))
                await new Promise((resolve) => parser.once("drain", resolve).once("close", resolve));
            if (parser.destroyed) return;
        }
        parser.end();
    })();
    feed.catch((error: unknown) => parser.destroy(error as Error));
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
        if (columns === undefined) {
            columns = columnsOf(record, source, name);
            continue;
        }
        const values = {
            key: record[columns.key],
            weight: columns.weight === undefined ? undefined : record[columns.weight],
            explicitHashKey: columns.explicitHashKey === undefined ? undefined : record[columns.explicitHashKey],
        };
        addRecord(values, source, tally, (reason) => bad.add(info.lines, reason, record.join(",")));
    }
}

const csvReasons: Readonly<Record<string, string>> = {
    CSV_MAX_RECORD_SIZE: "longer than 1 MiB: a quote that is not closed?",
    CSV_QUOTE_NOT_CLOSED: "a quote that is not closed",
    INVALID_OPENING_QUOTE: "a quote inside a field",
    CSV_INVALID_CLOSING_QUOTE: "a quote that is closed too early",
};

function csvReason(code: string): string {
    return csvReasons[code] ?? code.toLowerCase().replaceAll("_", " ");
}

interface CsvColumns {
    readonly key: number;
    readonly weight: number | undefined;
    readonly explicitHashKey: number | undefined;
}

function columnsOf(header: readonly string[], source: KeySource, name: string): CsvColumns {
    const names = header.map((title) => title.trim());
    const indexOf = (column: string) => {
        const index = names.indexOf(column);
        if (index < 0) throw noSuchColumn(name, column, names, "column");
        return index;
    };
    if (source.column === undefined && names.length > 1) {
        throw new UsageError(
            `${name} has ${names.length} columns; name the partition key's with --column: ${names.join(", ")}.`,
        );
    }
    return {
        key: source.column === undefined ? 0 : indexOf(source.column),
        weight: source.weight === undefined ? undefined : indexOf(source.weight),
        explicitHashKey: source.explicitHashKey === undefined ? undefined : indexOf(source.explicitHashKey),
    };
}

function noSuchColumn(name: string, column: string, names: readonly string[], noun: string): UsageError {
    return new UsageError(
        `${name} has no ${noun} ${JSON.stringify(column)}; it has: ${names.join(", ")}. Did you mean ${closest(column, names)}?`,
    );
}
