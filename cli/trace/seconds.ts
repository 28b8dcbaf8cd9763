/**
 * The rows of a trace as a series of seconds.
 */
import { normalOf } from "../../capacity/advice/series";
import { type Stretch } from "./periods";
import { endOf, type Trace } from "./trace";

/** What happens in a gap: nothing, or what a straight line over it says. */
export const gapFills = ["zero", "line"] as const;

export type GapFill = (typeof gapFills)[number];

/** Above it a row is no step: the load goes in a straight line from the middle of one to the middle of the next. */
const stepSecondsMax = 60;

/**
 * The mean of each second, in whole minutes; what is left of the last one is left out.
 * @param areSums the values are those of a whole row, and not of a second of it
 */
export function secondsOf(trace: Trace, values: Float64Array, gaps: GapFill, areSums = false): Float64Array {
    const seconds = new Float64Array(Math.floor(trace.seconds / 60 + 1e-9) * 60);
    const rates = areSums ? ratesOf(trace, values) : values;
    for (const stretch of trace.stretches) {
        const rows = { at: trace.at, rates, gaps, ...stretch };
        if (stretch.periodSeconds > stepSecondsMax) drawLines(rows, seconds);
        else drawSteps(rows, seconds);
    }
    return seconds;
}

function ratesOf({ stretches }: Trace, sums: Float64Array): Float64Array {
    const rates = new Float64Array(sums.length);
    for (const { firstRow, endRow, periodSeconds } of stretches)
        for (let row = firstRow; row < endRow; row++) rates[row] = sums[row]! / periodSeconds;
    return rates;
}

/** Rows of one period, among all. */
interface Rows extends Stretch {
    readonly at: Float64Array;
    readonly rates: Float64Array;
    readonly gaps: GapFill;
}

function drawSteps(rows: Rows, seconds: Float64Array): void {
    const { at, rates, firstRow, endRow, periodSeconds } = rows;
    for (let row = firstRow; row < endRow; row++) {
        const until = endOf(at, row, periodSeconds);
        add(seconds, at[row]!, until, () => rates[row]!);
        drawGap(rows, row, until, seconds);
    }
}

function drawGap({ at, rates, gaps }: Rows, row: number, from: number, seconds: Float64Array): void {
    const until = at[row + 1];
    if (gaps === "zero" || until === undefined || until <= from) return;
    const rise = (rates[row + 1]! - rates[row]!) / (until - from);
    add(seconds, from, until, (middle) => rates[row]! + rise * (middle - from));
}

/** Adds to each second its part of what goes on from then until then. */
function add(seconds: Float64Array, from: number, until: number, value: (middle: number) => number): void {
    const end = Math.min(until, seconds.length);
    for (let second = Math.floor(from); second < end; second++) {
        const [left, right] = [Math.max(second, from), Math.min(second + 1, end)];
        seconds[second]! += value((left + right) / 2) * (right - left);
    }
}

function drawLines(rows: Rows, seconds: Float64Array): void {
    const { at, rates, gaps, firstRow, endRow, periodSeconds } = rows;
    const middleOf = (row: number) => at[row]! + Math.min(periodSeconds, endOf(at, row, periodSeconds) - at[row]!) / 2;
    const goesOn = (row: number) =>
        row + 1 < endRow && (gaps === "line" || endOf(at, row, periodSeconds) === at[row + 1]!);
    for (let row = firstRow; row < endRow; row++) {
        const [value, middle, until] = [rates[row]!, middleOf(row), endOf(at, row, periodSeconds)];
        if (row === firstRow || !goesOn(row - 1)) add(seconds, at[row]!, middle, () => value);
        if (goesOn(row)) {
            const rise = (rates[row + 1]! - value) / (middleOf(row + 1) - middle);
            add(seconds, middle, middleOf(row + 1), (second) => value + rise * (second - middle));
            continue;
        }
        add(seconds, middle, until, () => value);
        drawGap(rows, row, until, seconds);
    }
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
