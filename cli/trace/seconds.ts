/**
 * The rows of a trace as a series of seconds.
 */
import { normalOf } from "../../capacity/advice/series";
import { type Trace } from "./trace";

/** What happens in a gap: nothing, or what a straight line over it says. */
export const gapFills = ["zero", "line"] as const;

export type GapFill = (typeof gapFills)[number];

/** Above it a row is no step: the load goes in a straight line from the middle of one to the middle of the next. */
const stepSecondsMax = 60;

/** The mean of each second, in whole minutes; what is left of the last one is left out. */
export function secondsOf(trace: Trace, values: Float64Array, gaps: GapFill): Float64Array {
    const seconds = new Float64Array(Math.floor(trace.seconds / 60 + 1e-9) * 60);
    if (trace.periodSeconds > stepSecondsMax) drawLines(trace, values, gaps, seconds);
    else drawSteps(trace, values, gaps, seconds);
    return seconds;
}

/** When the row ends: where the next begins, or a period later where nothing is known. */
function endOf({ at, periodSeconds, seconds }: Trace, row: number, late: number): number {
    const next = row + 1 < at.length ? at[row + 1]! : seconds;
    return next - at[row]! > late * periodSeconds ? at[row]! + periodSeconds : next;
}

const lateMax = 1.5;

function drawSteps(trace: Trace, values: Float64Array, gaps: GapFill, seconds: Float64Array): void {
    values.forEach((value, row) => {
        const [from, until] = [trace.at[row]!, endOf(trace, row, lateMax)];
        add(seconds, from, until, () => value);
        const next = trace.at[row + 1];
        if (gaps === "zero" || next === undefined || next <= until) return;
        const rise = (values[row + 1]! - value) / (next - until);
        add(seconds, until, next, (middle) => value + rise * (middle - until));
    });
}

/** Adds to each second its part of what goes on from then until then. */
function add(seconds: Float64Array, from: number, until: number, value: (middle: number) => number): void {
    const end = Math.min(until, seconds.length);
    for (let second = Math.floor(from); second < end; second++) {
        const [left, right] = [Math.max(second, from), Math.min(second + 1, end)];
        seconds[second]! += value((left + right) / 2) * (right - left);
    }
}

function drawLines(trace: Trace, values: Float64Array, gaps: GapFill, seconds: Float64Array): void {
    const { at, periodSeconds } = trace;
    const middleOf = (row: number) => at[row]! + periodSeconds / 2;
    const last = values.length - 1;
    values.forEach((value, row) => {
        const [from, until] = [at[row]!, endOf(trace, row, lateMax)];
        const isNext = row < last && (gaps === "line" || until === at[row + 1]!);
        const middle = middleOf(row);
        const afterGap = row > 0 && gaps === "zero" && endOf(trace, row - 1, lateMax) < from;
        if (row === 0 || afterGap) add(seconds, from, middle, () => value);
        if (!isNext) return add(seconds, middle, until, () => value);
        const rise = (values[row + 1]! - value) / (middleOf(row + 1) - middle);
        add(seconds, middle, middleOf(row + 1), (second) => value + rise * (second - middle));
    });
}

/** Scatters seconds as many independent producers do: the standard deviation grows with the root of the load. */
export function scatter(seconds: Float64Array, noise: number, peak: number, seed: number): void {
    const normal = normalOf(seed);
    for (let second = 0; second < seconds.length; second++) {
        const load = seconds[second]!;
        if (load > 0) seconds[second] = Math.max(0, load + noise * Math.sqrt(load * peak) * normal());
    }
}

const bins = 1 << 12;

/** The value that such a part of the seconds does not exceed. Only the values near it are sorted. */
export function percentile(seconds: Float64Array, part: number): number {
    let most = 0;
    for (const value of seconds) if (value > most) most = value;
    if (most === 0) return 0;
    const binOf = (value: number): number => Math.floor((value / most) * (bins - 1));
    const counts = new Uint32Array(bins);
    for (const value of seconds) counts[binOf(value)]!++;
    let left = Math.max(1, Math.ceil(seconds.length * part));
    let bin = 0;
    while (counts[bin]! < left) left -= counts[bin++]!;
    return seconds.filter((value) => binOf(value) === bin).sort()[left - 1]!;
}

export function meanOf(seconds: Float64Array): number {
    let sum = 0;
    for (const value of seconds) sum += value;
    return seconds.length === 0 ? 0 : sum / seconds.length;
}
