/**
 * Partition keys from CSV.
 */
import { type KeyTally } from "../capacity/keys/sample";
import { severalSuch } from "../capacity/text";
import { UsageError } from "./command";
import { faultOfBytes } from "./keyLines";
import {
    addRecord,
    badBytesLooked,
    keyCharactersMax,
    type KeyReader,
    lineBytesMax,
    noSuchColumn,
    weightOf,
} from "./keyRecords";
import { CsvRows, delimiterOf } from "./records/csv";
import { Refill } from "./records/refill";

/** CSV with a header; fields may be quoted and hold delimiters, quotes and newlines. */
export async function readCsv(chunks: AsyncIterable<Buffer>, reader: KeyReader): Promise<void> {
    let rows: CsvRows | undefined;
    let columns: CsvColumns | undefined;
    const text = new Refill();
    const read = (buffer: Buffer, isLast: boolean): void => {
        rows ??= new CsvRows(delimiterOf(reader.source.file, buffer), lineBytesMax);
        rows.read(buffer, isLast);
        if (columns === undefined && rows.next()) columns = columnsOf(rows, reader);
        if (columns !== undefined) addRows(rows, columns, reader);
    };
    for await (const chunk of chunks) {
        text.refill(rows?.end ?? 0, chunk);
        read(text.bytes, false);
    }
    const rest = text.bytes.subarray(rows?.end);
    if (rest.length > 0) read(rest, true);
}

interface CsvColumns {
    readonly key: number;
    readonly weight: number | undefined;
    readonly explicitHashKey: number | undefined;
}

function columnsOf(rows: CsvRows, { source, name }: KeyReader): CsvColumns {
    if (rows.fault !== undefined) throw new UsageError(`${name} has a first line ${rows.fault}: is it CSV?`);
    const names = Array.from({ length: rows.fields }, (_, field) => rows.textOf(field)!.trim());
    const indexOf = (column: string): number => {
        const index = names.indexOf(column);
        if (index < 0) throw noSuchColumn(name, column, names, "column");
        if (index !== names.lastIndexOf(column))
            throw new UsageError(`${severalSuch(name, "column", column, names)} Give the others another name.`);
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

function addRows(rows: CsvRows, columns: CsvColumns, { source, tally, bad }: KeyReader): void {
    const fail = (reason: string): void => bad.add(rows.line, reason, rows.rowText(badBytesLooked));
    const textAt = (column: number | undefined): string | undefined =>
        column === undefined ? undefined : rows.textOf(column);
    tally.read(rows.buffer);
    while (rows.next()) {
        if (rows.fault !== undefined) {
            fail(rows.fault);
            continue;
        }
        if (addInPlace(rows, columns, tally)) continue;
        const { key, weight, explicitHashKey } = columns;
        if (rows.isPlain(key) && faultOfBytes(bytesAt(rows, key)) === "not UTF-8") {
            fail("not UTF-8");
            continue;
        }
        const values = { key: textAt(key), weight: textAt(weight), explicitHashKey: textAt(explicitHashKey) };
        addRecord(values, source, tally, fail);
        tally.read(rows.buffer);
    }
    tally.flush();
}

function bytesAt({ buffer, starts, ends }: CsvRows, column: number): Buffer {
    return buffer.subarray(starts[column], ends[column]);
}

/** The usual row: its key counts as it lies in the buffer. */
function addInPlace(rows: CsvRows, { key, weight, explicitHashKey }: CsvColumns, tally: KeyTally): boolean {
    if (explicitHashKey !== undefined || !rows.isPlain(key)) return false;
    const start = rows.starts[key]!;
    const length = rows.ends[key]! - start;
    const isUsual = length > 0 && length <= keyCharactersMax && isAscii(rows.buffer, start, length);
    if (!isUsual && faultOfBytes(bytesAt(rows, key)) !== undefined) return false;
    const load = weight === undefined ? 1 : weightAt(rows, weight);
    if (load === undefined) return false;
    tally.add(start, length, load);
    return true;
}

function isAscii(buffer: Buffer, start: number, length: number): boolean {
    let bits = 0;
    for (let at = start; at < start + length; at++) bits |= buffer[at]!;
    return bits < 0x80;
}

const digitsMax = 15;

function weightAt(rows: CsvRows, column: number): number | undefined {
    if (column >= rows.fields) return undefined;
    const { buffer } = rows;
    const [start, end] = [rows.starts[column]!, rows.ends[column]!];
    let number = 0;
    for (let at = start; at < end; at++) {
        const digit = buffer[at]! - 48;
        if (digit < 0 || digit > 9 || end - start > digitsMax) return weightOf(rows.textOf(column));
        number = number * 10 + digit;
    }
    return end > start ? number : undefined;
}
