/**
 * What was measured of a stream's load: its peaks with their minutes, percentiles, scatter, gaps.
 */
import { limits } from "../limits";
import { sum } from "../sums";
import { assumedSigma, type Demand, demandOf, type LoadSeries, type Seconds } from "./series";

/** The highest mean, of how long a time, and when. */
export interface Peak {
    readonly value: number;
    readonly atMs: number;
    readonly periodSeconds: number;
}

export const percentiles = [50, 95, 99, 99.9] as const;

export type Percentiles = Readonly<Record<`${(typeof percentiles)[number]}`, number>>;

/** One of the two loads that a stream has limits for. */
export interface MeasuredLoad {
    readonly peak: Peak;
    /** Of the whole time: where nothing is known, nothing was written. */
    readonly mean: number;
    /** Of the means of all periods that have a datapoint. */
    readonly percentiles: Percentiles;
}

export interface Gap {
    readonly fromMs: number;
    readonly untilMs: number;
}

export interface Measured {
    readonly fromMs: number;
    readonly untilMs: number;
    readonly periodSeconds: number;
    readonly writeMiBPerSecond: MeasuredLoad;
    readonly recordsPerSecond: MeasuredLoad;
    readonly averageRecordKiB: number;
    /** How the seconds scatter around their neighbours, where they were measured, or else the periods: the standard deviation at the peak, as a fraction of it. */
    readonly scatter: number;
    /** What the seconds are taken to scatter by; absent: they were measured. */
    readonly takenScatter?: number;
    /** Put attempts that were refused, and the periods in which. */
    readonly refusedRecords: number;
    readonly refusingPeriods: number;
    /** An hour or longer without a datapoint, between others. */
    readonly gaps: readonly Gap[];
}

/** The period whose peaks are declared; the seconds in it are what headroom is for. */
export const minuteSeconds = 60;
const gapSecondsMin = 3_600;

/**
 * Measures days of load.
 *
 * @param older the same stream in coarser periods over a longer time, for peaks that are older; undefined: none
 * @param seconds the same load second by second, where it is known or made already
 * @returns undefined where nothing was written
 */
export function measure(series: LoadSeries, older?: LoadSeries, seconds?: Seconds): Measured | undefined {
    const demand = demandOf(series);
    const of = (pick: keyof Demand, unit: number) => {
        const longAgo = older && peakOf(demandOf(older)[pick], older, unit);
        const peak = peakOf(demand[pick], series, unit);
        const known = demand[pick].filter((value) => !Number.isNaN(value)).sort();
        return {
            peak: longAgo && longAgo.value > peak.value && longAgo.atMs < series.startMs ? longAgo : peak,
            mean: sum(known) / unit / Math.max(1, demand[pick].length),
            percentiles: percentilesOf(known, unit),
        };
    };
    const writeMiBPerSecond = of("bytesPerSecond", limits.bytesPerMiB);
    const recordsPerSecond = of("recordsPerSecond", 1);
    if (!(recordsPerSecond.mean > 0) || !(writeMiBPerSecond.mean > 0)) return undefined;
    const takenScatter = seconds ? seconds.sigma : series.periodSeconds > 1 ? assumedSigma : undefined;
    const measuredSeconds = takenScatter === undefined ? seconds?.shards : undefined;
    const refusing = Array.from(series.refusedPerSecond).filter((value) => value > 0);
    const bytes = limits.bytesPerMiB / limits.bytesPerKiB;
    return {
        fromMs: series.startMs,
        untilMs: series.startMs + series.bytesPerSecond.length * series.periodSeconds * 1_000,
        periodSeconds: series.periodSeconds,
        writeMiBPerSecond,
        recordsPerSecond,
        averageRecordKiB: (writeMiBPerSecond.mean * bytes) / recordsPerSecond.mean,
        scatter: scatterOf(measuredSeconds ?? demand.shards),
        ...(takenScatter !== undefined && { takenScatter }),
        refusedRecords: Math.round(sum(refusing) * series.periodSeconds),
        refusingPeriods: refusing.length,
        gaps: gapsOf(series),
    };
}

function peakOf(values: Float64Array, series: LoadSeries, unit: number): Peak {
    const { startMs, periodSeconds, rows = [] } = series;
    let at = 0;
    for (let index = 1; index < values.length; index++)
        if (values[index]! > values[at]! || Number.isNaN(values[at]!)) at = index;

    const row = rows.filter(({ fromPeriod }) => fromPeriod <= at).at(-1);
    return {
        value: (values[at] ?? 0) / unit || 0,
        atMs: startMs + at * periodSeconds * 1_000,
        periodSeconds: Math.max(periodSeconds, row?.rowSeconds ?? 0),
    };
}

function percentilesOf(sorted: Float64Array, unit: number): Percentiles {
    const at = (percent: number) => sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0;
    return Object.fromEntries(percentiles.map((percent) => [String(percent), at(percent) / unit])) as Percentiles;
}

/** As many are looked at: a year has 31 million seconds. */
const lookedAtMax = 100_000;

/** From the median of what each period is off the mean of its neighbours, so that rises and jumps do not count. */
function scatterOf(shards: Float64Array): number {
    const peak = shards.reduce((most, value) => Math.max(most, value || 0), 0);
    const off: number[] = [];
    const step = Math.ceil(shards.length / lookedAtMax);
    for (let at = 1; at < shards.length - 1; at += step) {
        const [before, value, after] = [shards[at - 1]!, shards[at]!, shards[at + 1]!];
        // What is far below the peak says little about it; NaN fails this too.
        if (!(value > peak / 10) || !(before > 0) || !(after > 0)) continue;
        off.push(Math.abs(value - (before + after) / 2) / Math.sqrt(value * peak));
    }
    if (off.length === 0) return 0;
    off.sort((left, right) => left - right);
    const deviationOverMedian = 1.4826;
    // A value less the mean of two others scatters by the square root of 1.5 more than each.
    return (off[off.length >> 1]! * deviationOverMedian) / Math.sqrt(1.5);
}

function gapsOf({ startMs, periodSeconds, recordsPerSecond }: LoadSeries): Gap[] {
    const gaps: Gap[] = [];
    let last: number | undefined;
    for (let at = 0; at < recordsPerSecond.length; at++) {
        if (Number.isNaN(recordsPerSecond[at]!)) continue;
        if (last !== undefined && (at - last - 1) * periodSeconds >= gapSecondsMin) {
            const timeOf = (index: number) => startMs + index * periodSeconds * 1_000;
            gaps.push({ fromMs: timeOf(last + 1), untilMs: timeOf(at) });
        }
        last = at;
    }
    return gaps;
}

const headroomStep = 0.05;
/** More scatter than this covers is bursts, not noise: they are peaks. */
const headroomMax = 0.5;
const deviationsCovered = 3;

/**
 * The headroom that the scatter asks for: three standard deviations at the peak, at least those that are taken of seconds that nobody
 * measured, in steps of 5 %, at most a half.
 */
export function headroomFor({ scatter, takenScatter = 0 }: Pick<Measured, "scatter" | "takenScatter">): number {
    const sigma = Math.max(takenScatter, scatter);
    const steps = Math.max(1, Math.ceil((deviationsCovered * sigma) / headroomStep - 1e-9));
    return Math.min(headroomMax, Number((steps * headroomStep).toFixed(2)));
}
