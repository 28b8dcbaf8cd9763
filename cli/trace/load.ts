/**
 * A trace as the load of a stream: the shards that it needs second by second, and what that is in bytes and records.
 */
import { minuteSeconds } from "../../capacity/advice/measure";
import { assumedSigma } from "../../capacity/advice/series";
import { minuteMs } from "../../capacity/calendar";
import { limits } from "../../capacity/limits";
import { count, formatRate, isDate } from "../../capacity/text";
import { UsageError } from "../command";
import { type GapFill, meanOf, percentile, scatter, secondsOf } from "./seconds";
import { gapsText, type Trace } from "./trace";
import {
    isOpenName,
    isSum,
    recordSizeText,
    shardLimits,
    shardsOfOne,
    type ShardWorth,
    shardWorth,
    takenUnitText,
    type TraceUnit,
    traceUnits,
    unitOf,
} from "./units";

export interface LoadOptions {
    /** What the column counts. Undefined: by its name; where that tells nothing, its shape counts. */
    readonly unit?: TraceUnit | undefined;
    /** Shards that the 99.9th percentile of the seconds is to need. */
    readonly scaleToShards?: number | undefined;
    /** KiB of a record, where the trace does not tell both bytes and records. Undefined: not told, and taken as 1 for the price alone. */
    readonly recordKiB?: number | undefined;
    readonly gaps: GapFill;
    /** How the seconds of a longer row scatter: their standard deviation over the root of load times peak. */
    readonly noise: number;
    readonly seed: number;
}

export const loadDefaults = { gaps: "zero", noise: assumedSigma, seed: 1 } as const satisfies LoadOptions;

export interface Load {
    /** Shards' worth of load in each second, in whole minutes. */
    readonly perSecond: Float64Array;
    /** By what the seconds of longer rows were scattered; undefined: all rows are seconds. */
    readonly sigma: number | undefined;
    /** Of each minute, as the rows have them. */
    readonly minutes: LoadMinutes;
    /** Clock time of the first second, at a full minute; undefined where the trace has no times, or counts them. */
    readonly startMs: number | undefined;
    /** The 99.9th percentile of the seconds. */
    readonly peakShards: number;
    readonly meanShards: number;
    /** What loads a shard to its limit, on average. */
    readonly worth: ShardWorth;
    readonly unit: TraceUnit | "shape";
    /** What is to be known of the trace, and what was done about it, in sentences. */
    readonly told: readonly string[];
}

/** The means of minutes. */
export interface LoadMinutes {
    readonly bytesPerSecond: Float64Array;
    readonly recordsPerSecond: Float64Array;
}

/** Where nothing tells what the column counts, its shape is played at this size. */
const shapeShards = 10;

const peakPart = 0.999;

const gapsDone: Readonly<Record<GapFill, string>> = {
    zero: "taken as no load, as CloudWatch has no datapoint where nothing was written (--gaps line draws a line over them).",
    line: "a straight line was drawn over them.",
};

/** @throws UsageError where there is nothing to play, or more than a stream could take */
export function loadOf(trace: Trace, options: LoadOptions): Load {
    if (trace.seconds < 60)
        throw new UsageError(`${trace.name} covers ${formatRate(trace.seconds)} s; a replay needs a minute at least.`);
    const unit = options.unit ?? unitOf(trace.column);
    const told = [
        ...trace.told,
        ...gapsText(trace, gapsDone[options.gaps]),
        ...shapeText(trace, unit, options),
        ...(options.unit === undefined ? takenUnitText(trace.column, `${periodsText(trace.stretches)} s`) : []),
        ...(trace.records === undefined ? recordSizeText(unit, options.recordKiB) : recordsUnitText(trace, unit)),
    ];
    const { perSecond, minutes, worth } = demandOf(trace, unit, options);
    const peak = percentile(perSecond, peakPart);
    if (!(peak > 0))
        throw new UsageError(`${trace.name}: ${trace.column} is 0 nearly always; there is nothing to play.`);
    const { seconds: unmeasured, periods } = unmeasuredOf(trace, perSecond);
    told.push(...coarseText(trace));
    const sigma = unmeasured.length > 0 ? options.noise : undefined;
    if (sigma) {
        scatter(unmeasured, sigma, peak, options.seed);
        told.push(
            `A row stands for ${periods} s; its seconds are taken to scatter: standard deviation ${sigma} x root of (load x peak) (--noise).`,
        );
    }
    const scaleTo = options.scaleToShards ?? (unit === undefined ? shapeShards : undefined);
    if (scaleTo !== undefined) {
        const times = scaleTo / percentile(perSecond, peakPart);
        for (const values of [perSecond, minutes.bytesPerSecond, minutes.recordsPerSecond])
            for (let at = 0; at < values.length; at++) values[at]! *= times;
    }
    const peakShards = scaleTo ?? percentile(perSecond, peakPart);
    if (peakShards > limits.updateShardCountTargetMax) {
        throw new UsageError(
            `${trace.name}: ${trace.column} as ${unit} needs ${count(Math.ceil(peakShards), "shard")}, more than a stream may have; tell what it counts with --unit, or the size with --scale-to-shards.`,
        );
    }
    return {
        perSecond,
        sigma,
        minutes,
        startMs: trace.startMs === undefined || !isDate(trace.startMs) ? undefined : minuteOf(trace.startMs),
        peakShards,
        meanShards: meanOf(perSecond),
        worth,
        unit: unit ?? "shape",
        told,
    };
}

/** The start of its minute. */
export function minuteOf(timeMs: number): number {
    return Math.floor(timeMs / minuteMs) * minuteMs;
}

/** A mean hides what is higher within its time. */
function coarseText({ stretches }: Trace): string[] {
    const coarse = stretches.filter(({ periodSeconds }) => periodSeconds > minuteSeconds);
    if (coarse.length === 0) return [];
    const rows = coarse.map(({ periodSeconds }) => formatRate(periodSeconds)).join(" and ");
    return [
        `Rows of ${rows} s are means: what is higher within one is not seen, so the peak and what is refused are told too low.`,
    ];
}

function shapeText({ column }: Trace, unit: TraceUnit | undefined, { scaleToShards }: LoadOptions): string[] {
    if (unit !== undefined || scaleToShards !== undefined) return [];
    return [
        `Nothing tells what ${column} counts, so its shape is played with a peak of ${shapeShards} shards; --unit tells what it counts, --scale-to-shards another size.`,
    ];
}

interface Demand {
    readonly perSecond: Float64Array;
    readonly minutes: LoadMinutes;
    readonly worth: ShardWorth;
}

/** The seconds of rows that stand for longer than one: where there are several periods, those come first. */
function unmeasuredOf({ stretches, at }: Trace, perSecond: Float64Array): { seconds: Float64Array; periods: string } {
    const fine = stretches.find(({ periodSeconds }) => periodSeconds <= 1);
    const coarse = stretches.filter(({ periodSeconds }) => periodSeconds > 1);
    return {
        seconds: fine === undefined ? perSecond : perSecond.subarray(0, at[fine.firstRow]),
        periods: periodsText(coarse),
    };
}

function periodsText(stretches: Trace["stretches"]): string {
    return stretches.map(({ periodSeconds }) => formatRate(periodSeconds)).join(", then ");
}

/** A shard is full by whichever of bytes and records is more. */
function demandOf(trace: Trace, unit: TraceUnit | undefined, { recordKiB, gaps }: LoadOptions): Demand {
    if (trace.records === undefined) {
        const worth = shardWorth(unit, recordKiB);
        const perSecond = inShards(trace, trace.loads, unit, gaps, worth);
        return { perSecond, worth, minutes: minutesOf(perSecond, perSecond, worth) };
    }
    const row = unit && traceUnits[unit];
    if (row?.counts !== "bytes") {
        throw new UsageError(
            `--records-column: records stand beside bytes; tell with --unit what ${trace.column} counts, such as bytes-per-period.`,
        );
    }
    checkBoth(trace);
    const perSecond = inShards(trace, trace.loads, unit, gaps);
    const records = inShards(trace, trace.records, recordsUnitOf(trace.recordsColumn!, isSum(unit)), gaps);
    const minutes = minutesOf(perSecond, records, shardLimits);
    const [meanMiB, meanRecords] = [perSecond, records].map(meanOf);
    for (let second = 0; second < perSecond.length; second++)
        perSecond[second] = Math.max(perSecond[second]!, records[second]!);

    const mean = meanOf(perSecond);
    return {
        perSecond,
        minutes,
        worth: {
            miBPerSecond: (meanMiB! / mean) * limits.shardWriteMiBPerSecond,
            recordsPerSecond: (meanRecords! / mean) * limits.shardWriteRecordsPerSecond,
        },
    };
}

/** By its name; where that leaves it open, a sum stands beside a sum. */
function recordsUnitOf(column: string, besideSum: boolean): TraceUnit {
    const named = unitOf(column);
    if (named === undefined || isOpenName(column)) return besideSum ? "records-per-period" : "records-per-second";
    if (traceUnits[named].counts === "records") return named;
    throw new UsageError(
        `--records-column: ${column} counts ${traceUnits[named].counts}, not records; name another, or leave it out.`,
    );
}

/** A sum beside a rate is worth a look: by a mistake it would be as many times too much as a row has seconds. */
function recordsUnitText({ column, recordsColumn, stretches }: Trace, unit: TraceUnit | undefined): string[] {
    const besideSum = isSum(unit);
    const areSums = isSum(recordsUnitOf(recordsColumn!, besideSum));
    if (areSums === besideSum) return [];
    const taken = areSums ? `counted over a row's ${periodsText(stretches)} s` : "records in a second";
    return [`${recordsColumn} are taken as ${taken}, by their name, beside ${column}.`];
}

/** Bytes without records, or records without bytes, are of no size. */
function checkBoth({ name, column, loads, recordsColumn, records }: Trace): void {
    const isZero = (values: Float64Array) => values.every((value) => !(value > 0));
    if (isZero(records!)) {
        throw new UsageError(
            `${name}: ${recordsColumn} is 0 in every row; leave --records-column out, and tell the size of a record with --record-kib.`,
        );
    }
    if (isZero(loads)) {
        throw new UsageError(
            `${name}: ${column} is 0 in every row; name the column of the bytes with --column, or play ${recordsColumn} alone.`,
        );
    }
}

/** @param worth what a shard of each of the two curves is */
function minutesOf(bytes: Float64Array, records: Float64Array, worth: ShardWorth): LoadMinutes {
    const means = (curve: Float64Array, each: number) =>
        Float64Array.from({ length: curve.length / minuteSeconds }, (_, minute) => {
            const from = minute * minuteSeconds;
            return each * meanOf(curve.subarray(from, from + minuteSeconds));
        });
    return {
        bytesPerSecond: means(bytes, worth.miBPerSecond * limits.bytesPerMiB),
        recordsPerSecond: means(records, worth.recordsPerSecond),
    };
}

function inShards(
    trace: Trace,
    values: Float64Array,
    unit: TraceUnit | undefined,
    gaps: GapFill,
    worth?: ShardWorth,
): Float64Array {
    const seconds = secondsOf(trace, values, gaps, isSum(unit));
    const each = shardsOfOne(unit, worth);
    if (each !== 1) for (let second = 0; second < seconds.length; second++) seconds[second]! *= each;
    return seconds;
}
