/**
 * Reads a day of load from a CSV file: the busiest day of a longer trace.
 */
import { readFileSync } from "node:fs";
import { parse } from "csv-parse/sync";
import { dayMs, minuteMs } from "../capacity/calendar";
import { formatNumber } from "../capacity/text";
import { noNumber, noTime, numberOf, timeMsOf } from "../capacity/trace/cells";
import { columnsOf, rowsLooked, type TraceColumns, TraceError } from "../capacity/trace/columns";
import { severalSeries } from "../capacity/trace/series";
import { whyUnreadable } from "./files";

export interface TraceOptions {
    readonly file: string;
    /** The column with the time; default: the first that holds times. */
    readonly timeColumn?: string | undefined;
    /** The column with the load; default: the first other one that holds numbers. */
    readonly column?: string | undefined;
}

/** The load of one day. */
export interface Day {
    readonly startMs: number;
    readonly endMs: number;
    /** The name of the column that was read. */
    readonly column: string;
    /** In the order of time; the load is what the column says, before any scaling. */
    readonly points: readonly Point[];
    /** Rows of the file that had no time or no number, and were left out. */
    readonly skippedRows: number;
}

interface Point {
    readonly timeMs: number;
    readonly load: number;
}

/** Seconds of the day between two calls; the sandbox's shards average their capacity over as long. */
export const stepSeconds = 30;

/** The date of a day that has none. */
export const undatedDayMs = Date.UTC(2026, 0, 5);

/**
 * Reads the busiest 24 hours of a trace: the calendar day (UTC) with the largest total, or all of it where it is shorter than a day.
 *
 * @throws TraceError where the file, a column or a usable row is missing, or the day has no length or nothing to send
 */
export function readDay(options: TraceOptions): Day {
    const { file } = options;
    const rows = readRows(file);
    const columns = columnsOf(file, rows.slice(0, rowsLooked + 1), options);
    const cells = columns.hasHeader ? rows.slice(1) : rows;
    const points = dated(pointsOf(file, columns, cells));
    const startMs = busiestDayMs(points);
    const busiest = points.filter(({ timeMs }) => timeMs >= startMs && timeMs < startMs + dayMs);
    const day = {
        startMs,
        endMs: Math.min(startMs + dayMs, busiest.at(-1)!.timeMs + stepMs(busiest)),
        column: columns.names[columns.load]!,
        points: busiest,
        skippedRows: cells.length - points.length,
    };
    const unfit = whyUnfit(day);
    if (unfit !== undefined) throw new TraceError(`${file}: ${unfit}`);
    return day;
}

/** The load at a time: a straight line between the rows around it. */
export function loadAt(day: Day, timeMs: number): number {
    let low = 0;
    let high = day.points.length - 1;
    while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (day.points[middle]!.timeMs <= timeMs) low = middle;
        else high = middle;
    }
    const [before, after] = [day.points[low]!, day.points[high]!];
    if (timeMs <= before.timeMs) return before.load;
    if (timeMs >= after.timeMs) return after.load;
    return before.load + ((after.load - before.load) * (timeMs - before.timeMs)) / (after.timeMs - before.timeMs);
}

function readRows(file: string): string[][] {
    let text: string;
    try {
        text = readFileSync(file, "utf8");
    } catch (error) {
        throw new TraceError(`${file} cannot be read: ${whyUnreadable(error)}.`);
    }
    try {
        return parse(text, { skip_empty_lines: true, trim: true, bom: true, relax_column_count: true });
    } catch (error) {
        throw new TraceError(`${file} is no CSV: ${(error as Error).message}.`);
    }
}

/** The usable rows, in the order of time. */
function pointsOf(file: string, columns: TraceColumns, rows: readonly (readonly string[])[]): Point[] {
    const { names, time, timeSeconds, load } = columns;
    if (time === undefined)
        throw new TraceError(`${file} has no column of times (columns: ${names.join(", ")}). Name one with --time.`);
    const points = rows
        .map((row) => ({ timeMs: timeIn(row, time) * timeSeconds, load: loadIn(row, columns) }))
        .filter((point) => point.timeMs <= latestMs && point.load >= 0)
        .sort((left, right) => left.timeMs - right.timeMs);
    const [first, last] = [points[0]?.timeMs, points.at(-1)?.timeMs];
    if (points.length < 2) {
        throw new TraceError(
            `${file}: ${formatNumber(points.length)} usable rows in columns ${names[time]} and ${names[load]}; a day needs at least 2 rows with a time and a number of 0 or more.${firstUnusable(rows, columns, time)}`,
        );
    }
    if (first === last)
        throw new TraceError(`${file}: all rows have the same time in column ${names[time]}; a day needs two.`);
    const several = severalSeries(points.length, new Set(points.map(({ timeMs }) => timeMs)).size);
    if (several !== undefined) throw new TraceError(`${file}: ${several}`);
    return points;
}

/** Times that count from 0, such as the hours of a day, have no date: the sandbox's clock does not begin before 1970. */
function dated(points: Point[]): Point[] {
    const firstMs = points[0]!.timeMs;
    if (firstMs >= 365 * dayMs) return points;
    const laterMs = undatedDayMs - Math.floor(firstMs / dayMs) * dayMs;
    return points.map(({ timeMs, load }) => ({ timeMs: timeMs + laterMs, load }));
}

/** NaN where the row has none. */
function timeIn(row: readonly string[], time: number): number {
    return timeMsOf(row[time] ?? "") ?? NaN;
}

/** NaN where the row has none, or more cells than columns: a comma in a number makes two cells of it. */
function loadIn(row: readonly string[], { names, load }: TraceColumns): number {
    return row.slice(names.length).some((cell) => cell !== "") ? NaN : (numberOf(row[load] ?? "") ?? NaN);
}

/** No date is later. */
const latestMs = 8.64e15;

/** What is wrong with the first cell that is none of what its column holds. */
function firstUnusable(rows: readonly (readonly string[])[], { load }: TraceColumns, time: number): string {
    const told = rows.flatMap((row) => {
        const [at = "", number = ""] = [row[time], row[load]];
        if (Number.isNaN(timeIn(row, time))) return [` ${JSON.stringify(at)} ${noTime(at)}`];
        return numberOf(number) === undefined ? [` ${JSON.stringify(number)} ${noNumber(number)}`] : [];
    });
    return told[0] ?? "";
}

/** Why a day cannot be played; undefined where it can. */
function whyUnfit(day: Day): string | undefined {
    const { startMs, endMs, column, points } = day;
    if (points.at(-1)!.timeMs === points[0]!.timeMs)
        return `the busiest day, ${new Date(startMs).toISOString().slice(0, 10)}, has one time only; a day needs two.`;
    if (endMs - startMs < minuteMs)
        return `it covers ${formatNumber((endMs - startMs) / 1_000, 1)} s; a day needs a minute at least.`;
    if (points.every(({ load }) => load === 0)) return `column ${column} is 0 all day; there is nothing to play.`;
    if (fullSteps(day) < 1)
        return `column ${column} is 0 nearly all day, which is played every ${stepSeconds} s; there is nothing to play.`;
    return undefined;
}

/** How many steps at the peak the day is worth: of less than one not every stream is sent a record. */
function fullSteps(day: Day): number {
    const peak = Math.max(...day.points.map(({ load }) => load));
    let steps = 0;
    for (let timeMs = day.startMs; timeMs < day.endMs; timeMs += stepSeconds * 1_000)
        steps += loadAt(day, timeMs) / peak;
    return steps;
}

function busiestDayMs(points: Day["points"]): number {
    const firstMs = points[0]!.timeMs;
    if (points.at(-1)!.timeMs - firstMs < dayMs) return firstMs;
    const totals = new Map<number, number>();
    for (const { timeMs, load } of points) {
        const startMs = Math.floor(timeMs / dayMs) * dayMs;
        totals.set(startMs, (totals.get(startMs) ?? 0) + load);
    }
    return [...totals].reduce((best, day) => (day[1] > best[1] ? day : best))[0];
}

/** The usual distance between two rows: how long the last one lasts. */
function stepMs(points: Day["points"]): number {
    return points.length < 2 ? 60_000 : (points.at(-1)!.timeMs - points[0]!.timeMs) / (points.length - 1);
}
