/**
 * What the load asks for, apart from what is allowed: its level now, its recent peak, its jumps, and the shards that carry them.
 *
 * Loads are in shards: a load of 3.2 fills 3.2 shards with bytes or with records, whichever is scarcer.
 */
import { minuteMs } from "../calendar";
import { limits } from "../limits";
import { mean, sum } from "../sums";
import { type MinuteSample } from "./observation";

/** Spare shards for a load x at a declared peak P: 0.12 sqrt(x P). Noise shrinks with scale, so a fixed utilization is wrong at both ends. */
const noiseMargin = 0.12;

/** The shards, not rounded, that carry a load whose seconds scatter around the minute's mean. */
export function shardsForLoad(loadShards: number, peakShards: number): number {
    return loadShards + noiseMargin * Math.sqrt(loadShards * peakShards);
}

/** What the samples are read against. */
export interface LoadReading {
    readonly nowMs: number;
    readonly peakShards: number;
    /** Uniform shards that the open ones are worth. */
    readonly effectiveShards: number;
    readonly capacityChangedMs: number;
    readonly historyMinutes: number;
}

/** The load of each minute, oldest first and without gap. */
export interface LoadHistory {
    readonly loadShards: readonly number[];
    /** Start of the newest minute. */
    readonly newestMs: number;
    /** Minutes since the last datapoint ended; Infinity if there is none. */
    readonly silentMinutes: number;
    /** Share of the newest minute's records that the shards of now refused, 0 to 1. */
    readonly refusedShare: number;
}

/** Metrics are one or two minutes late; what stays away for longer is taken for silence. */
export const lateMinutesMax = 10;

/**
 * The load of each minute: accepted and refused records.
 *
 * A refused record is demand, but nobody knows how often the same one was tried again. So a run of refusing minutes counts only as far as
 * `refusingRun` believes it, and never more than there is reason to act on: the declared peak, or twice what is open; where the
 * refusals are older than the last change of shards, what is open. A retry storm asks for one step more, not for ten.
 */
export function loadHistory(samples: readonly MinuteSample[], reading: LoadReading): LoadHistory {
    // They may be those of fourteen days, of which none needs to be looked at but the newest.
    let ended = samples.length;
    while (ended > 0 && samples[ended - 1]!.startMs >= reading.nowMs) ended--;
    const last = samples[ended - 1];
    const silentMinutes = last === undefined ? Infinity : (reading.nowMs - last.startMs) / minuteMs - 1;
    const thisMinuteMs = Math.floor(reading.nowMs / minuteMs) * minuteMs;
    const newestMs = last !== undefined && silentMinutes <= lateMinutesMax ? last.startMs : thisMinuteMs - minuteMs;
    const first = samples[Math.max(0, ended - reading.historyMinutes)];
    const oldestMs = Math.max(
        newestMs - (reading.historyMinutes - 1) * minuteMs,
        Math.min(first?.startMs ?? newestMs, newestMs),
    );
    const loadShards = new Array<number>(Math.round((newestMs - oldestMs) / minuteMs) + 1).fill(0);
    let run = noRefusingRun;
    for (let index = Math.max(0, ended - reading.historyMinutes); index < ended; index++) {
        const sample = samples[index]!;
        const minute = Math.round((sample.startMs - oldestMs) / minuteMs);
        if (minute < 0 || minute >= loadShards.length) continue;
        run = refusingRun(run, sample);
        loadShards[minute] = loadOf(sample, run, reading);
    }
    const recent = last !== undefined && last.startMs >= reading.capacityChangedMs && last.startMs === newestMs;
    const refusedShare = recent ? refusedShareOf(last) : 0;
    return { loadShards, newestMs, silentMinutes, refusedShare };
}

/** Share of a minute's records that were refused, 0 to 1. */
export function refusedShareOf({ refusedRecords, acceptedRecords }: MinuteSample): number {
    return refusedRecords / Math.max(1, refusedRecords + acceptedRecords);
}

function loadOf(sample: MinuteSample, run: RefusingRun, reading: LoadReading): number {
    const sinceChange = sample.startMs >= reading.capacityChangedMs;
    const openShards = reading.effectiveShards / (sinceChange ? 1 : limits.updateShardCountGrowthFactorMax);
    return demandShards(sample, run.mostRecords, { peakShards: reading.peakShards, openShards }).offered;
}

/** Minutes in a row of which each refused something. */
export interface RefusingRun {
    readonly minutes: number;
    /** The most records of one of its minutes, as far as they are believed to be different ones. */
    readonly mostRecords: number;
}

export const noRefusingRun: RefusingRun = { minutes: 0, mostRecords: 0 };

/** Of a run's first minutes, each refusal is taken for a record of its own. */
const believedMinutes = 2;

/** Later ones ask for at most so many times more than those before them, or for as much again as was accepted: a run may begin with a handful. */
const refusingGrowth = 1.5;

/** The run that a minute belongs to. In a retry storm one record is refused many times. */
export function refusingRun(before: RefusingRun, sample: MinuteSample | undefined): RefusingRun {
    if (sample === undefined || sample.refusedRecords === 0) return noRefusingRun;
    const { refusedRecords, acceptedRecords } = sample;
    const believed =
        before.minutes < believedMinutes
            ? refusedRecords
            : Math.min(refusedRecords, Math.max(before.mostRecords * refusingGrowth, acceptedRecords));
    return { minutes: before.minutes + 1, mostRecords: Math.max(before.mostRecords, believed) };
}

/** What a minute asked for and did not get, in shards; a record that was tried again and again is counted once, as far as anybody knows. */
export interface MinuteDemand {
    readonly offered: number;
    readonly refused: number;
}

/**
 * The demand of a minute.
 *
 * @param believedRecords refused records that are believed to be different ones
 * @param openShards what was open; nobody is believed to ask for more than twice that, or the declared peak
 */
export function demandShards(
    sample: MinuteSample | undefined,
    believedRecords: number,
    { peakShards, openShards }: { readonly peakShards: number; readonly openShards: number },
): MinuteDemand {
    if (sample === undefined) return { offered: 0, refused: 0 };
    const seconds = minuteMs / 1_000;
    const byBytes = sample.acceptedBytes / seconds / limits.shardWriteBytesPerSecond;
    const byRecords = sample.acceptedRecords / seconds / limits.shardWriteRecordsPerSecond;
    const accepted = Math.max(byBytes, byRecords);
    if (sample.refusedRecords === 0) return { offered: accepted, refused: 0 };
    const refused = Math.min(sample.refusedRecords, believedRecords);
    // Refused records are taken to be of the size of the accepted ones.
    const offered =
        sample.acceptedRecords > 0
            ? accepted * (1 + refused / sample.acceptedRecords)
            : refused / seconds / limits.shardWriteRecordsPerSecond;
    const most = Math.max(peakShards, openShards * limits.updateShardCountGrowthFactorMax);
    const believed = Math.max(accepted, Math.min(offered, most));
    return { offered: believed, refused: believed - accepted };
}

const levelMinutes = 5;
const noiseMinutes = 60;
const jumpSigmas = 5;
const jumpFraction = 0.15;

/**
 * The level of the load: the mean of the last five minutes, unless the newest minute is a significant jump (five times the usual
 * difference between minutes, and 15 %): then that minute, and half of its rise on top while it still rises.
 *
 * Single minutes are not extrapolated otherwise: that burns the day's calls on noise.
 */
export function loadLevel(loadShards: readonly number[]): number {
    const recent = loadShards.slice(-levelMinutes);
    const newest = recent[recent.length - 1];
    if (newest === undefined) return 0;
    const level = mean(recent);
    if (recent.length === 1) return level;
    const before = mean(recent.slice(0, -1));
    const rise = newest - before;
    if (rise <= jumpSigmas * usualDifference(loadShards) || rise <= jumpFraction * before) return level;
    return newest + Math.max(0, newest - recent[recent.length - 2]!) / 2;
}

/** The usual scatter of the minutes before the newest. */
function usualDifference(loadShards: readonly number[]): number {
    return usualScatter(loadShards.slice(-noiseMinutes, -1));
}

/** The standard deviation of values that scatter around a slow course, such as minutes: from the median of their differences, so that jumps do not count. */
export function usualScatter(values: ArrayLike<number>): number {
    if (values.length < 2) return 0;
    const differences = Float64Array.from({ length: values.length - 1 }, (_, index) =>
        Math.abs(values[index + 1]! - values[index]!),
    ).sort();
    const deviationOverMedian = 1.4826;
    // Two values differ by the square root of two more than each of them scatters.
    return (differences[Math.floor(differences.length / 2)]! * deviationOverMedian) / Math.SQRT2;
}

/** The highest load of the last minutes. */
export function recentPeak(loadShards: readonly number[], minutes: number): number {
    let peak = 0;
    for (let index = Math.max(0, loadShards.length - minutes); index < loadShards.length; index++)
        peak = Math.max(peak, loadShards[index]!);

    return peak;
}

/** Minutes from a jump to the new shards: it must end to be measured, be published, be seen, and the update takes its time. */
const reactionMinutes = 5;

/** The part of the records that may be refused until a jump is answered. */
const refusedShareAllowed = 0.0005;

/** One rise of the load shows as jumps for about so long; windows of this length start every few minutes. */
const eventMinutes = 30;
const eventStepMinutes = 10;

/**
 * Spare shards above the level, such that the jumps of the stream's own last day, each met by that margin alone until a scaler could
 * have answered, would have refused no more than 0.05 % of the records. A calm stream needs next to none, a bursty one several.
 *
 * What happened only once in the day is an event, not a habit: the half hour whose jumps ask for most is left out, unless the rest of the
 * day asks for at least half as much.
 */
export function jumpMargin(loadShards: readonly number[]): number {
    const jumps = jumpsOf(loadShards);
    const allowed = sum(loadShards) * refusedShareAllowed;
    const margin = marginFor(jumps, allowed);
    if (margin === 0) return 0;
    const refusedUntil = refusedAbove(margin / 2, jumps);
    let withoutOneEvent = margin;
    for (let fromMinute = 0; fromMinute < jumps.length; fromMinute += eventStepMinutes) {
        const toMinute = Math.min(jumps.length, fromMinute + eventMinutes);
        const others = refusedUntil[jumps.length]! - (refusedUntil[toMinute]! - refusedUntil[fromMinute]!);
        // Without these half hours it is at least half as much, as for nearly all of them.
        if (others > allowed * (1 + 1e-9)) continue;
        withoutOneEvent = Math.min(withoutOneEvent, marginFor(jumps, allowed, fromMinute, toMinute));
    }
    return withoutOneEvent >= margin / 2 ? margin : withoutOneEvent;
}

/** Of each minute the shards above the level as it was known before; 0 where it was not above it. */
function jumpsOf(loadShards: readonly number[]): Float64Array {
    const jumps = new Float64Array(loadShards.length);
    let level = 0;
    for (let minute = 0; minute < loadShards.length; minute++) {
        // The level as it was known `reactionMinutes` before this minute.
        const entering = minute - reactionMinutes;
        if (entering >= 0) level += loadShards[entering]!;
        if (entering >= levelMinutes) level -= loadShards[entering - levelMinutes]!;
        const shards = loadShards[minute]! - level / levelMinutes;
        if (entering >= levelMinutes - 1 && shards > 0) jumps[minute] = shards;
    }
    return jumps;
}

/**
 * The margin beyond which jumps refuse no more than is allowed, those of a window left out. What they refuse falls in straight pieces as it
 * grows, so each step goes along the piece that it stands on, and the last one is exact.
 */
function marginFor(jumps: Float64Array, allowed: number, fromMinute = 0, toMinute = 0): number {
    let margin = 0;
    for (;;) {
        let sum = 0;
        let count = 0;
        for (let minute = 0; minute < jumps.length; minute++) {
            if (minute === fromMinute) minute = toMinute;
            const shards = jumps[minute] ?? 0;
            if (shards <= margin) continue;
            sum += shards;
            count++;
        }
        const next = (sum - allowed) / count;
        // Also where no jump is left.
        if (!(next > margin)) return margin;
        margin = next;
    }
}

/** What jumps refuse beyond a margin, up to each minute. */
function refusedAbove(margin: number, jumps: Float64Array): Float64Array {
    const until = new Float64Array(jumps.length + 1);
    for (let minute = 0; minute < jumps.length; minute++)
        until[minute + 1] = until[minute]! + Math.max(0, jumps[minute]! - margin);

    return until;
}
