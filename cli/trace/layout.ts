/**
 * Which column of a trace is what: by the names that the user gave, else by the names and the first rows of the file.
 */
import { UsageError } from "../command";
import { noSuchColumn } from "../keyRecords";
import { CsvRows, delimiterOf } from "../records/csv";
import { isMissing, numberOf, timeMsOf } from "./cells";

/** What the user says of a trace. */
export interface TraceSource {
    /** A path, or - for stdin. */
    readonly file: string;
    /** By name, or by number where there are no names. Undefined: the first other one with numbers. */
    readonly column?: string | undefined;
    /** A second load, such as records beside bytes. */
    readonly recordsColumn?: string | undefined;
    readonly timeColumn?: string | undefined;
    /** Seconds of a row, where no times tell them. */
    readonly periodSeconds?: number | undefined;
}

export interface TraceLayout {
    readonly delimiter: number;
    readonly hasHeader: boolean;
    /** As messages name them: without a header "column 1". */
    readonly names: readonly string[];
    readonly time: number | undefined;
    /** What a number of the times is multiplied by to be seconds: 60 where its column counts minutes. */
    readonly timeSeconds: number;
    readonly load: number;
    readonly records: number | undefined;
}

export const rowBytesMax = 1 << 16;
/** So much is looked at, or all where there is less. */
export const layoutBytes = 1 << 16;
const rowsLooked = 20;

/** @param name the file's in messages */
export function layoutOf(first: Buffer, source: TraceSource, name: string): TraceLayout {
    const delimiter = delimiterOf(source.file, first);
    const rows = firstRows(first, delimiter);
    const [top] = rows;
    if (top === undefined) throw new UsageError(`${name} is empty; a trace has a row for each second, minute or hour.`);
    const hasHeader = top.every((cell) => numberOf(cell) === undefined && timeMsOf(cell) === undefined);
    const data = hasHeader ? rows.slice(1) : rows;
    if (data.length === 0) throw new UsageError(`${name} has a header line and no row below it.`);
    const names = top.map((cell, at) => (hasHeader ? cell : `column ${at + 1}`));
    const look = { name, names, data, hasHeader };
    const records = source.recordsColumn === undefined ? undefined : indexOf(look, source.recordsColumn);
    const wanted = source.column === undefined ? undefined : indexOf(look, source.column);
    const time = source.timeColumn === undefined ? findTime(look, [wanted, records]) : indexOf(look, source.timeColumn);
    const load = wanted ?? findLoad(look, [time, records]);
    for (const [flag, at] of [
        ["--column", wanted],
        ["--records-column", records],
    ] as const)
        if (at !== undefined && at === time) throw new UsageError(`${flag}: ${names[at]} is the column of the times.`);
    return { delimiter, hasHeader, names, time, timeSeconds: timeSecondsOf(look, time), load, records };
}

function firstRows(first: Buffer, delimiter: number): string[][] {
    const rows = new CsvRows(delimiter, rowBytesMax);
    rows.read(first, true);
    const found: string[][] = [];
    while (found.length <= rowsLooked && rows.next())
        found.push(Array.from({ length: rows.fields }, (_, field) => rows.textOf(field)!.trim()));
    // The last one may be cut off.
    return first.length >= layoutBytes && found.length <= rowsLooked ? found.slice(0, -1) : found;
}

interface Look {
    readonly name: string;
    readonly names: readonly string[];
    readonly data: readonly (readonly string[])[];
    readonly hasHeader: boolean;
}

function indexOf({ name, names }: Look, wanted: string): number {
    const named = names.indexOf(wanted);
    if (named >= 0) return named;
    const number = Number(wanted);
    if (Number.isInteger(number) && number >= 1 && number <= names.length) return number - 1;
    throw noSuchColumn(name, wanted, names, "column");
}

const timeNames =
    /^(date|time|timestamp|datetime|ts|t|epoch|second|minute)s?([ _(-]|$)|^hours?([ _]of[ _]day)?$|^days?$|_(at|time)$/i;

/** A column of dates; else one that has a time's name, or stands first without a name, and numbers that rise. */
function findTime({ names, data, hasHeader }: Look, taken: readonly (number | undefined)[]): number | undefined {
    const cells = (at: number) => data.map((row) => row[at] ?? "").filter((cell) => !isMissing(cell));
    const free = names.map((_, at) => at).filter((at) => !taken.includes(at));
    const isText = (text: string) => numberOf(text) === undefined;
    const dates =
        free.find((at) => cells(at).some((text) => isText(text) && timeMsOf(text) !== undefined)) ??
        // Times in a form that is not read are refused as times, not as loads.
        free.find((at) => hasHeader && timeNames.test(names[at]!) && cells(at).some(isText));
    if (dates !== undefined || names.length === 1) return dates;
    return free.find((at) => {
        if (hasHeader ? !timeNames.test(names[at]!) : at > 0) return false;
        const numbers = cells(at).map(numberOf);
        if (numbers.length === 0 || numbers.some((number) => number === undefined || number < 0)) return false;
        const isEpoch = numbers.every((number) => number! >= epochMin);
        return hasHeader || isEpoch;
    });
}

/** 2001, in seconds since 1970: what is below in a column without a name is more likely a load. */
const epochMin = 1e9;

/** What the name of a column of times may say that it counts, and its seconds. */
const countedTimes: readonly (readonly [name: RegExp, counted: string, seconds: number])[] = [
    [/[ _(-](ms|millis|milliseconds?)\)?$/i, "milliseconds", 0.001],
    [/^minutes?([ _(-]|$)|[ _(-](mins?|minutes?)\)?$/i, "minutes", 60],
    [/^hours?([ _(-]|$)|[ _(-](h|hours?)\)?$/i, "hours", 3_600],
    [/^days?([ _(-]|$)|[ _(-](d|days?)\)?$/i, "days", 86_400],
];

/** 2100, in seconds since 1970. */
const countedMax = 4_102_444_800;

/** Of times since 1970 in seconds or finer their size tells what they count. */
function timeSecondsOf({ name, names, data, hasHeader }: Look, time: number | undefined): number {
    const row = time === undefined || !hasHeader ? undefined : countedTimes.find(([named]) => named.test(names[time]!));
    if (row === undefined) return 1;
    const [, counted, seconds] = row;
    const numbers = data.flatMap((cells) => numberOf(cells[time!] ?? "") ?? []);
    if (numbers.length === 0 || numbers.some((number) => number >= epochMin)) return 1;
    const most = Math.max(...numbers);
    if (most * seconds <= countedMax) return seconds;
    throw new UsageError(
        `${name}: ${names[time!]} has ${most}, which counts no ${counted}; write a time such as 2026-01-05 10:00:00, or name the column with --time.`,
    );
}

function findLoad({ name, names, data }: Look, taken: readonly (number | undefined)[]): number {
    const free = names.map((_, at) => at).filter((at) => !taken.includes(at));
    const hasNumbers = (at: number) => data.some((row) => /^[+-]?\.?\d/.test(row[at] ?? ""));
    const found = free.find(hasNumbers);
    if (found !== undefined) return found;
    const list = names.join(", ");
    const beside = taken.flatMap((at) => (at === undefined ? [] : [names[at]!])).join(" and ");
    throw new UsageError(
        `${name} has no column of numbers${beside === "" ? "" : ` beside ${beside}`} (columns: ${list}); name the load's with --column.`,
    );
}
