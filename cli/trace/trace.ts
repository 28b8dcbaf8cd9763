/**
 * A trace of load from a CSV file, in the order of time, with its period; and what had to be done to have it so, in sentences.
 */
import { hourMs } from "../../capacity/calendar";
import { type Readable } from "node:stream";
import { sum } from "../../capacity/sums";
import { count, formatNumber, formatRate, formatTime, timeText } from "../../capacity/text";
import { severalSeries } from "../../capacity/trace/series";
import { UsageError } from "../command";
import { minutes } from "../terminal";
import { type TraceSource } from "./layout";
import { type RowTimes, type Stretch, stretchesOf, usualPeriod } from "./periods";
import { readRows, type TraceRows } from "./rows";
import { type OnProgress } from "../records/raw";

export { type TraceSource } from "./layout";

export interface Trace {
    /** The file's in messages. */
    readonly name: string;
    /** The columns that were read. */
    readonly column: string;
    readonly recordsColumn: string | undefined;
    readonly timeColumn: string | undefined;
    /** When the first row begins, or what its count says (`isDate`); undefined where the file has no times. */
    readonly startMs: number | undefined;
    /** Seconds that a row stands for; the usual ones where older rows are coarser. */
    readonly periodSeconds: number;
    /** All rows, by how long each stands for. */
    readonly stretches: readonly Stretch[];
    /** Seconds from the first row to the end of the last. */
    readonly seconds: number;
    /** Seconds from the first row on at which each begins, rising. */
    readonly at: Float64Array;
    /** For each row, as the file has them. */
    readonly loads: Float64Array;
    readonly records: Float64Array | undefined;
    readonly gaps: readonly TraceGap[];
    /** What is to be known of the file, and what was done about it. */
    readonly told: readonly string[];
}

/** Nothing is known from here until there, in seconds from the first row on. */
export interface TraceGap {
    readonly from: number;
    readonly until: number;
}

/** @throws UsageError in one line, where the file is none, with the line and what to write instead */
export async function readTrace(
    source: TraceSource,
    again: string,
    stdin: Readable,
    onProgress: OnProgress = () => undefined,
    signal?: AbortSignal,
): Promise<Trace> {
    return traceOf(await readRows(source, again, stdin, onProgress, signal), source.periodSeconds);
}

const daysMax = 366;

export function traceOf(rows: TraceRows, periodSeconds?: number): Trace {
    const told: string[] = [];
    const kept = inOrder(rows, told);
    if (kept.length === 0) throw new UsageError(`${rows.name}: no row has a number in column ${nameOf(rows, "load")}.`);
    const { timesMs } = rows;
    const startMs = timesMs?.[kept[0]!];
    const times = timesMs && { name: rows.name, rows: kept.length, at: (row: number) => timesMs[kept[row]!]! };
    if (times && periodSeconds !== undefined) checkPeriod(times, periodSeconds);
    const period = periodSeconds ?? (times ? usualPeriod(times) : noTimes(told));
    const stretches =
        times && periodSeconds === undefined
            ? stretchesOf(times, period, told)
            : [{ firstRow: 0, endRow: kept.length, periodSeconds: period }];
    const at = filled(kept, (row) => (timesMs ? (timesMs[row]! - startMs!) / 1_000 : row * period));
    const seconds = at.at(-1)! + stretches.at(-1)!.periodSeconds;
    if (seconds > daysMax * 86_400) {
        const from = startMs === undefined ? "" : ` from ${formatTime(startMs)}`;
        throw new UsageError(
            `${rows.name} covers ${formatNumber(seconds / 86_400, 1)} days${from}, more than ${daysMax}; take a part of it${startMs === undefined ? ", or a shorter --period" : ", or look for a time that is wrong"}.`,
        );
    }
    return {
        name: rows.name,
        column: nameOf(rows, "load")!,
        recordsColumn: nameOf(rows, "records"),
        timeColumn: nameOf(rows, "time"),
        startMs,
        periodSeconds: period,
        stretches,
        seconds,
        at,
        loads: filled(kept, (row) => rows.loads[row]!),
        // Where a row has a load and no records, there were none.
        records: rows.records && filled(kept, (row) => rows.records![row]! || 0),
        gaps: stretches.flatMap((stretch) => gapsOf(at, stretch)),
        told,
    };
}

/** `Float64Array.from` asks an iterator for each, which takes longer than all the rest. */
function filled(rows: Uint32Array, of: (row: number) => number): Float64Array {
    const values = new Float64Array(rows.length);
    for (let at = 0; at < rows.length; at++) values[at] = of(rows[at]!);
    return values;
}

function nameOf({ layout }: TraceRows, of: "load" | "records" | "time"): string | undefined {
    const at = layout[of];
    return at === undefined ? undefined : layout.names[at];
}

/** The rows that count, by number: those with a load, by time, one for each time. */
function inOrder(rows: TraceRows, told: string[]): Uint32Array {
    const { timesMs, loads, missing } = rows;
    const order = new Uint32Array(loads.length);
    for (let row = 0; row < order.length; row++) order[row] = row;
    if (missing.count > 0) {
        const have = missing.count === 1 ? "row has" : "rows have";
        told.push(
            `${formatNumber(missing.count)} ${have} no load (the first on line ${formatNumber(missing.firstLine)}): left out, as if missing.`,
        );
    }
    if (timesMs) sortByTime(order, timesMs, told);
    const withLoad = missing.count > 0 ? order.filter((row) => !Number.isNaN(loads[row]!)) : order;
    return timesMs ? lastOfEach(rows, withLoad, timesMs, told) : withLoad;
}

function sortByTime(order: Uint32Array, timesMs: Float64Array, told: string[]): void {
    let backwards = 0;
    for (let row = 1; row < timesMs.length; row++) if (timesMs[row]! < timesMs[row - 1]!) backwards++;
    if (backwards === 0) return;
    order.sort((left, right) => timesMs[left]! - timesMs[right]! || left - right);
    const rowsStand = backwards === 1 ? "Once a row stands" : `${formatNumber(backwards)} times a row stands`;
    told.push(`${rowsStand} behind a later one: sorted by time.`);
}

function lastOfEach(rows: TraceRows, order: Uint32Array, timesMs: Float64Array, told: string[]): Uint32Array {
    const isLast = (row: number, at: number) => at + 1 === order.length || timesMs[order[at + 1]!] !== timesMs[row];
    const kept = order.filter(isLast);
    const twice = order.length - kept.length;
    if (twice === 0) return kept;
    const several = severalSeries(order.length, kept.length);
    if (several !== undefined) throw new UsageError(`${rows.name}: ${several}`);
    const others = order.filter((row, at) => !isLast(row, at));
    const have = twice === 1 ? "row has" : "rows have";
    told.push(
        `${formatNumber(twice)} ${have} the time of another (the first ${timeText(timesMs[others[0]!]!)}): the last one of each counts.${clocksBackText(others, kept, timesMs)}`,
    );
    return kept;
}

/** An hour of local times comes twice where clocks go back. */
function clocksBackText(twice: Uint32Array, kept: Uint32Array, timesMs: Float64Array): string {
    const [fromMs, toMs] = [timesMs[twice[0]!]!, timesMs[twice.at(-1)!]!];
    const between = kept.filter((row) => timesMs[row]! >= fromMs && timesMs[row]! <= toMs).length;
    if (between !== twice.length || toMs - fromMs < hourMs / 2 || toMs - fromMs >= hourMs) return "";
    return " They look like the hour that comes twice where clocks go back; in UTC, or with its zone, each row counts.";
}

function noTimes(told: string[]): number {
    told.push("There are no times: a row is a second (--period tells another).");
    return 1;
}

/** A row may come a little late. */
const lateMax = 1.5;

/** Of rows that overlap nothing says what is whose. */
function checkPeriod(times: RowTimes, periodSeconds: number): void {
    if (times.rows < 2) return;
    const usual = usualPeriod(times);
    if (periodSeconds <= lateMax * usual) return;
    throw new UsageError(
        `--period: the rows of ${times.name} come every ${formatRate(usual)} s, so none stands for ${formatRate(periodSeconds)} s; give ${formatRate(usual)} or less, or leave it out.`,
    );
}

/** When a row ends, in seconds from the first on: where the next begins, or its period later where nothing is known. */
export function endOf(at: Float64Array, row: number, periodSeconds: number): number {
    const from = at[row]!;
    const next = at[row + 1] ?? Infinity;
    return next - from > lateMax * periodSeconds ? from + periodSeconds : next;
}

function gapsOf(at: Float64Array, { firstRow, endRow, periodSeconds }: Stretch): TraceGap[] {
    const gaps: TraceGap[] = [];
    for (let row = firstRow; row < endRow && row + 1 < at.length; row++) {
        const [end, until] = [endOf(at, row, periodSeconds), at[row + 1]!];
        if (end < until) gaps.push({ from: end, until });
    }
    return gaps;
}

/** What the gaps are, and what was done with them. */
export function gapsText({ gaps, startMs }: Trace, done: string): string[] {
    if (gaps.length === 0) return [];
    const secondsOf = ({ from, until }: TraceGap) => until - from;
    const longest = gaps.reduce((most, gap) => (secondsOf(gap) > secondsOf(most) ? gap : most));
    const total = sum(gaps.map(secondsOf));
    const from = startMs === undefined ? "" : ` from ${timeText(startMs + longest.from * 1_000)}`;
    const which =
        gaps.length === 1 ? from : `, ${minutes(total)} in all, the longest ${minutes(secondsOf(longest))}${from}`;
    return [`${count(gaps.length, "gap")}${gaps.length === 1 ? ` of ${minutes(total)}` : ""}${which}: ${done}`];
}
