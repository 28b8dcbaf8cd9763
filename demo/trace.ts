/**
 * Reads a day of load from a CSV file: the busiest day of a longer trace.
 */
import { readFileSync } from "node:fs";
import { parse } from "csv-parse/sync";
import { missingDay } from "../capacity/calendar";
import { closest, formatNumber } from "../capacity/text";
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
    readonly points: readonly { readonly timeMs: number; readonly load: number }[];
    /** Rows of the file that had no time or no number, and were left out. */
    readonly skippedRows: number;
}

/** A trace that cannot be played: one line that says why and what to do. */
export class TraceError extends Error {
    override readonly name = "TraceError";
}

const dayMs = 24 * 3_600_000;

/**
 * Reads the busiest 24 hours of a trace: the calendar day (UTC) with the largest total, or all of it where it is shorter than a day.
 *
 * @throws TraceError where the file, a column or a usable row is missing
 */
export function readDay(options: TraceOptions): Day {
    const rows = readRows(options.file);
    const names = Object.keys(rows[0] ?? {});
    const timeColumn = columnOf(
        options.file,
        names,
        options.timeColumn,
        (name) => rows.slice(0, 20).some((row) => !isNumber(row[name]) && readTimeMs(row[name]) !== undefined),
        "times",
    );
    const others = names.filter((name) => name !== timeColumn);
    const column = columnOf(
        options.file,
        others,
        options.column,
        (name) => rows.slice(0, 20).some((row) => isNumber(row[name])),
        "numbers",
    );
    const points = rows
        .map((row) => ({
            timeMs: readTimeMs(row[timeColumn]),
            load: isNumber(row[column]) ? Number(row[column]) : Number.NaN,
        }))
        .filter(
            (point): point is { timeMs: number; load: number } =>
                point.timeMs !== undefined && Number.isFinite(point.load) && point.load >= 0,
        )
        .sort((left, right) => left.timeMs - right.timeMs);
    if (points.length < 2) {
        throw new TraceError(
            `${options.file}: ${formatNumber(points.length)} usable rows in columns ${timeColumn} and ${column}; a day needs at least 2 rows with a time and a number of 0 or more.`,
        );
    }
    if (points.at(-1)!.timeMs === points[0]!.timeMs)
        throw new TraceError(`${options.file}: all rows have the same time in column ${timeColumn}; a day needs two.`);
    const startMs = busiestDayMs(points);
    const day = points.filter(({ timeMs }) => timeMs >= startMs && timeMs < startMs + dayMs);
    if (day.every(({ load }) => load === 0))
        throw new TraceError(`${options.file}: column ${column} is 0 all day; there is nothing to play.`);
    return {
        startMs,
        endMs: Math.min(startMs + dayMs, day.at(-1)!.timeMs + stepMs(day)),
        column,
        points: day,
        skippedRows: rows.length - points.length,
    };
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

type Row = Readonly<Record<string, string>>;

function readRows(file: string): Row[] {
    let text: string;
    try {
        text = readFileSync(file, "utf8");
    } catch (error) {
        throw new TraceError(`${file} cannot be read: ${whyUnreadable(error)}.`);
    }
    try {
        return parse(text, {
            columns: true,
            skip_empty_lines: true,
            trim: true,
            bom: true,
            relax_column_count: true,
        }) as Row[];
    } catch (error) {
        throw new TraceError(`${file} is no CSV with a header line: ${(error as Error).message}.`);
    }
}

function columnOf(
    file: string,
    names: readonly string[],
    wanted: string | undefined,
    fits: (name: string) => boolean,
    holds: string,
): string {
    if (wanted !== undefined && names.includes(wanted)) return wanted;
    if (wanted !== undefined) {
        const others =
            names.length === 0
                ? "there is no other one."
                : `did you mean ${closest(wanted, names)}? It has ${names.join(", ")}.`;
        throw new TraceError(`${file} has no column ${wanted}; ${others}`);
    }
    const found = names.find(fits);
    if (found === undefined) {
        throw new TraceError(
            `${file} has no column of ${holds} (columns: ${names.join(", ") || "none"}). Name one with --${holds === "times" ? "time" : "column"}.`,
        );
    }
    return found;
}

function isNumber(text: string | undefined): boolean {
    return text !== undefined && text !== "" && Number.isFinite(Number(text));
}

/** ISO 8601 with T or blank, taken as UTC where it names no zone; or seconds or milliseconds since 1970. */
function readTimeMs(text: string | undefined): number | undefined {
    if (text === undefined || text === "") return undefined;
    if (isNumber(text)) return Number(text) < 1e11 ? Number(text) * 1_000 : Number(text);
    if (missingDay(text) !== undefined) return undefined;
    const timeMs = Date.parse(
        /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(text) ? `${text.replace(" ", "T")}Z` : text,
    );
    return Number.isNaN(timeMs) ? undefined : timeMs;
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
