/**
 * Which column of a trace is what: by the names that the user gave, else by the names and the first rows of the file.
 */
import { enumerated, noSuch, severalSuch } from "../text";
import { isMissing, isOtherDate, numberOf, timeMsOf } from "./cells";

/** What the user says of the columns: each by name, or by number where there are no names. Undefined: found. */
export interface WantedColumns {
    /** The first other one with numbers. */
    readonly column?: string | undefined;
    /** A second load, such as records beside bytes. */
    readonly recordsColumn?: string | undefined;
    readonly timeColumn?: string | undefined;
}

export interface TraceColumns {
    readonly hasHeader: boolean;
    /** As messages name them: without a header "column 1". */
    readonly names: readonly string[];
    readonly time: number | undefined;
    /** What a number of the times is multiplied by to be seconds: 60 where its column counts minutes. */
    readonly timeSeconds: number;
    readonly load: number;
    readonly records: number | undefined;
}

/** A trace that cannot be played: one line that says why and what to do. */
export class TraceError extends Error {
    override readonly name = "TraceError";
}

/** So many rows, beside a header, tell what a column is. */
export const rowsLooked = 20;

/**
 * @param name the file's in messages
 * @param rows the first of the file, its header included
 * @throws TraceError where a column that is wanted, or the load's, is not there
 */
export function columnsOf(name: string, rows: readonly (readonly string[])[], wanted: WantedColumns): TraceColumns {
    const [top] = rows;
    if (top === undefined) throw new TraceError(`${name} is empty; a trace has a row for each second, minute or hour.`);
    const hasHeader = top.every((cell) => numberOf(cell) === undefined && timeMsOf(cell) === undefined);
    const data = hasHeader ? rows.slice(1) : rows;
    if (data.length === 0) throw new TraceError(`${name} has a header line and no row below it.`);
    const names = top.map((cell, at) => (hasHeader ? cell : `column ${at + 1}`));
    const look = { name, names, data, hasHeader };
    const records = wanted.recordsColumn === undefined ? undefined : indexOf(look, wanted.recordsColumn);
    const column = wanted.column === undefined ? undefined : indexOf(look, wanted.column);
    const time = wanted.timeColumn === undefined ? findTime(look, [column, records]) : indexOf(look, wanted.timeColumn);
    if (time !== undefined) refuseSubtitles(look, time);
    const load = column ?? findLoad(look, [time, records]);
    for (const [flag, at] of [
        ["--column", column],
        ["--records-column", records],
    ] as const)
        if (at !== undefined && at === time) throw new TraceError(`${flag}: ${names[at]} is the column of the times.`);
    return { hasHeader, names, time, timeSeconds: timeSecondsOf(look, time), load, records };
}

interface Look {
    readonly name: string;
    readonly names: readonly string[];
    readonly data: readonly (readonly string[])[];
    readonly hasHeader: boolean;
}

function indexOf({ name, names }: Look, wanted: string): number {
    const named = names.indexOf(wanted);
    if (named !== names.lastIndexOf(wanted)) {
        const numbers = names.flatMap((one, at) => (one === wanted ? [String(at + 1)] : []));
        throw new TraceError(
            `${severalSuch(name, "column", wanted, names)} Give its number: ${enumerated(numbers, "or")}.`,
        );
    }
    if (named >= 0) return named;
    const number = Number(wanted);
    if (Number.isInteger(number) && number >= 1 && number <= names.length) return number - 1;
    throw new TraceError(noSuch(name, "column", wanted, names));
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
        free.find(
            (at) => (hasHeader && timeNames.test(names[at]!) && cells(at).some(isText)) || cells(at).some(isOtherDate),
        );
    if (dates !== undefined || names.length === 1) return dates;
    return free.find((at) => {
        if (hasHeader ? !timeNames.test(names[at]!) : at > 0) return false;
        const numbers = cells(at).map(numberOf);
        if (numbers.length === 0 || numbers.some((number) => number === undefined || number < 0)) return false;
        const isEpoch = numbers.every((number) => number! >= epochMin);
        return hasHeader || isEpoch;
    });
}

/** Units, or what else is told of the columns: what that is the header must say, and a row of it is no load. */
function refuseSubtitles({ name, names, data }: Look, time: number): void {
    const cells = data.map((row) => row[time] ?? "");
    const rows = cells.findIndex((cell) => timeMsOf(cell) !== undefined);
    const above = cells.slice(0, rows);
    if (rows < 1 || above.some((cell) => isMissing(cell) || /\d/.test(cell))) return;
    const have = rows === 1 ? "row below the header has" : `${rows} rows below the header have`;
    throw new TraceError(
        `${name}: the ${have} no time in ${names[time]}, but ${enumerated(above, "and")}; leave ${rows === 1 ? "it" : "them"} out.`,
    );
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

/** From 2000 to 2100, in days since 1900 as a spreadsheet counts them. */
const [serialMin, serialMax] = [36_526, 73_051];

/** Of times since 1970 in seconds or finer their size tells what they count. */
function timeSecondsOf({ name, names, data, hasHeader }: Look, time: number | undefined): number {
    if (time === undefined) return 1;
    const row = hasHeader ? countedTimes.find(([named]) => named.test(names[time]!)) : undefined;
    const numbers = data.flatMap((cells) => numberOf(cells[time] ?? "") ?? []);
    if (row === undefined) {
        refuseOtherDates(name, names[time]!, numbers);
        return 1;
    }
    const [, counted, seconds] = row;
    if (numbers.length === 0 || numbers.some((number) => number >= epochMin)) return 1;
    const most = Math.max(...numbers);
    if (most * seconds <= countedMax) return seconds;
    throw new TraceError(
        `${name}: ${names[time]} has ${most}, which counts no ${counted}; write a time such as 2026-01-05 10:00:00, or name the column with --time.`,
    );
}

/** Days of a spreadsheet, with their times behind the point, and dates without anything between their digits would be read as seconds or ms. */
function refuseOtherDates(name: string, column: string, numbers: readonly number[]): void {
    const isSerial = (number: number) => number >= serialMin && number <= serialMax;
    const areSerials = numbers.every(isSerial) && !numbers.every(Number.isInteger);
    const areDigits = numbers.every((number) => dateDigits.test(String(number)));
    if (numbers.length === 0 || (!areSerials && !areDigits)) return;
    const is = areSerials ? "a date as a spreadsheet counts it" : "a date without separators";
    throw new TraceError(
        `${name}: ${column} has ${numbers[0]}, ${is}; write times such as 2026-01-05 10:00:00, or name the column with --time.`,
    );
}

/** `20260105`, `202601051000`, `20260105100000` */
const dateDigits = /^(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(([01]\d|2[0-3])[0-5]\d([0-5]\d)?)?$/;

function findLoad({ name, names, data }: Look, taken: readonly (number | undefined)[]): number {
    const free = names.map((_, at) => at).filter((at) => !taken.includes(at));
    const hasNumbers = (at: number) => data.some((row) => /^[+-]?\.?\d/.test(row[at] ?? ""));
    // What exports number their rows with has no name.
    const found = free.find((at) => names[at] !== "" && hasNumbers(at)) ?? free.find(hasNumbers);
    if (found !== undefined) return found;
    const list = names.join(", ");
    const beside = taken.flatMap((at) => (at === undefined ? [] : [names[at]!])).join(" and ");
    throw new TraceError(
        `${name} has no column of numbers${beside === "" ? "" : ` beside ${beside}`} (columns: ${list}); name the load's with --column.`,
    );
}
