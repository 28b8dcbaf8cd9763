/**
 * The load of the last days by the minute, in arrays that are only ever extended: what the forecast reads thousands of times a plan.
 */
import { minuteMs, minutesPerDay } from "../../calendar";
import { demandShards, noRefusingRun, refusingRun } from "../load";
import { type MinuteSample } from "../observation";

/** Fourteen days: two of each weekday. CloudWatch keeps minutes for fifteen. */
export const historyMinutes = 14 * minutesPerDay;

/** CloudWatch may still correct minutes that are younger. */
export const settledMinutes = 15;

/** Loads are compared by their logarithm; below this part of the declared peak all are alike. */
const silenceShare = 0.01;

export const quarterMinutes = 15;

/** Minutes from now on. */
export interface Stretch {
    readonly fromMinute: number;
    readonly minutes: number;
}

/** Every array holds a value a minute; the newest is the last of `count`. */
export class LoadMinutes {
    count = 0;
    /** Minutes since 1970 of the first value. */
    first = 0;
    /** Load in shards, a refused record counted once. */
    load = new Float64Array(0);
    refused = new Float64Array(0);
    /** Open shards; NaN where nobody told. */
    open = new Float64Array(0);
    /** Natural logarithms, in shards: the minute, the quarter of an hour that ends with it, what was forecast for the minute (NaN where nothing was). */
    logMinute = new Float64Array(0);
    logQuarter = new Float64Array(0);
    logForecast = new Float64Array(0);
    /** Sums of everything up to and with the minute. */
    loadSum = new Float64Array(0);
    refusedSum = new Float64Array(0);
    logMinuteSum = new Float64Array(0);
    private refusing = new Float64Array(0);
    private refusingMinutes = new Float64Array(0);

    constructor(private readonly peakShards: number) {}

    /** Minutes since 1970 of the newest value. */
    get newest(): number {
        return this.first + this.count - 1;
    }

    /** Index of the first minute of the history: a few older ones may still be here. */
    get oldest(): number {
        return Math.max(0, this.count - historyMinutes);
    }

    /** Takes in what is new of the samples, which are in order; whatever lies before them is known from an earlier call, or not at all. */
    extend(samples: readonly MinuteSample[], effectiveShards: number): void {
        const last = samples.at(-1);
        if (last === undefined) return;
        const lastMinute = minuteOf(last);
        const oldest = Math.max(minuteOf(samples[0]!), lastMinute - historyMinutes + 1);
        let from = Math.max(this.first, this.newest - settledMinutes + 1, lastMinute - historyMinutes + 1);
        // An answer without the last minutes, or one with days that an earlier one did not have.
        const isOther = lastMinute < this.newest || oldest < this.first;
        if (this.count === 0 || isOther || from > this.newest + 1) {
            from = oldest;
            this.first = oldest;
            this.count = 0;
        }
        this.reserve(lastMinute - this.first + 1);
        let at = firstSampleAt(samples, from);
        for (let minute = from; minute <= lastMinute; minute++) {
            const sample = samples[at] !== undefined && minuteOf(samples[at]!) === minute ? samples[at++] : undefined;
            this.put(minute - this.first, sample, effectiveShards);
        }
        this.count = lastMinute - this.first + 1;
    }

    /** Room for so many minutes; the oldest go when there are two days more than the history. */
    private reserve(count: number): void {
        const most = historyMinutes + 2 * minutesPerDay;
        const drop = count > most ? count - historyMinutes : 0;
        if (drop === 0 && count <= this.load.length) return;
        const length = drop > 0 ? this.load.length : Math.min(most, Math.max(2 * count, minutesPerDay));
        for (const name of arrays) {
            const next = new Float64Array(length);
            next.set(this[name].subarray(drop, this.count));
            if (drop > 0 && sums.some((sum) => sum === name)) {
                const dropped = this[name][drop - 1]!;
                for (let at = 0; at < this.count - drop; at++) next[at]! -= dropped;
            }
            this[name] = next;
        }
        this.first += drop;
        this.count -= drop;
    }

    private put(at: number, sample: MinuteSample | undefined, effectiveShards: number): void {
        const before =
            at > 0 ? { minutes: this.refusingMinutes[at - 1]!, mostRecords: this.refusing[at - 1]! } : noRefusingRun;
        const run = refusingRun(before, sample);
        [this.refusingMinutes[at], this.refusing[at]] = [run.minutes, run.mostRecords];
        const open = sample?.openShards ?? NaN;
        const demand = demandShards(sample, run.mostRecords, {
            peakShards: this.peakShards,
            openShards: Number.isNaN(open) ? effectiveShards : open,
        });
        this.open[at] = open;
        this.load[at] = demand.offered;
        this.refused[at] = demand.refused;
        const floor = this.peakShards * silenceShare;
        this.logMinute[at] = Math.log(Math.max(floor, demand.offered));
        this.loadSum[at] = (at > 0 ? this.loadSum[at - 1]! : 0) + demand.offered;
        this.refusedSum[at] = (at > 0 ? this.refusedSum[at - 1]! : 0) + demand.refused;
        this.logMinuteSum[at] = (at > 0 ? this.logMinuteSum[at - 1]! : 0) + this.logMinute[at]!;
        this.logQuarter[at] = Math.log(Math.max(floor, this.mean(at, quarterMinutes)));
        this.logForecast[at] = NaN;
    }

    /** What was known when the minute at an index was the newest. It shares the arrays, until they are extended. */
    until(at: number): LoadMinutes {
        return Object.assign(Object.create(this) as LoadMinutes, { count: at + 1 });
    }

    /** What was offered and refused in the newest minutes, in shards' minutes. */
    recent(minutes: number): readonly [offered: number, refused: number] {
        const [to, before] = [this.count - 1, this.count - 1 - minutes];
        const since = (sums: Float64Array) => Math.max(0, (sums[to] ?? 0) - (before >= 0 ? sums[before]! : 0));
        return [since(this.loadSum), since(this.refusedSum)];
    }

    /** Whether more than this share was refused in each of the newest minutes. */
    refusedMoreThan(share: number, minutes: number): boolean {
        for (let at = this.count - minutes; at < this.count; at++)
            if (!(this.refused[at]! > share * this.load[at]!)) return false;
        return true;
    }

    /** Mean load of so many minutes, the last of them at an index. */
    mean(at: number, minutes: number): number {
        const from = at - minutes;
        if (from < 0) return this.loadSum[at]! / (at + 1);
        return Math.max(0, (this.loadSum[at]! - this.loadSum[from]!) / minutes);
    }
}

const sums = ["loadSum", "refusedSum", "logMinuteSum"] as const;

const arrays = [
    ...sums,
    "load",
    "refused",
    "open",
    "logMinute",
    "logQuarter",
    "logForecast",
    "refusing",
    "refusingMinutes",
] as const;

function minuteOf(sample: MinuteSample): number {
    return Math.round(sample.startMs / minuteMs);
}

function firstSampleAt(samples: readonly MinuteSample[], minute: number): number {
    let [low, high] = [0, samples.length];
    while (low < high) {
        const middle = (low + high) >> 1;
        if (minuteOf(samples[middle]!) < minute) low = middle + 1;
        else high = middle;
    }
    return low;
}
