/**
 * What a stream is to carry at the day's peak, and how few records stand for that.
 */
import { limits } from "../capacity/limits";
import { requirementRows } from "../capacity/requirements";
import { type DeclaredKeys } from "./keys";
import { stepSeconds } from "./trace";

/** Of the requirements that a component declares about a stream. */
export interface DeclaredLoad extends DeclaredKeys {
    readonly writeMiBPerSecond: number;
    readonly recordsPerSecond: number;
}

export interface Load {
    readonly peakRecordsPerSecond: number;
    /** Of the average record, its key included. */
    readonly recordBytes: number;
    /** What one of its shards takes of such records. */
    readonly recordsPerSecondPerShard: number;
    /** So many records each one that is sent stands for. */
    readonly recordsPerSent: number;
    /** At the peak; where that comes near it a whole number, so that no minute has more than the peak and the next one less. */
    readonly sentPerStep: number;
    /** The size of one that is sent; the sandbox counts it as of `recordBytes`. */
    readonly sentBytes: number;
}

/** How many records fill a shard for a step: what is refused is right to a twentieth. */
const sentPerFullShard = 20;
/** Streams of little load still get a record now and then: at the peak so many a step. */
const sentPerStepMin = 2;
/** What of the peak may be left out so that a step sends a whole number. */
const nearlyAll = 0.99;
/** Over all streams: more are a matter of minutes. */
const sentPerDayMax = 800_000;
/** Larger records are sent cut to this, and counted in full; smaller still where a day of them would fill the sandbox. */
const sentBytesMax = 1_500;
const sentBytesMin = 100;
const storedBytes = 192 * limits.bytesPerMiB;
const daySeconds = 24 * 3_600;
/** Nothing declared: records of 1 KiB, as many as the shards take with the usual headroom. */
const usualRecordBytes = 1_024;
const usualHeadroom = requirementRows.headroom.default!;

/**
 * @param declared undefined: its shards tell what it takes
 * @param peak in times of that
 * @param streams that are played beside it, itself included
 */
export function loadOf(declared: DeclaredLoad | undefined, shards: number, peak: number, streams: number): Load {
    const recordBytes =
        declared === undefined
            ? usualRecordBytes
            : Math.max(1, (declared.writeMiBPerSecond * limits.bytesPerMiB) / declared.recordsPerSecond);
    const recordsPerSecondPerShard = Math.min(
        limits.shardWriteRecordsPerSecond,
        limits.shardWriteBytesPerSecond / recordBytes,
    );
    const carried = declared?.recordsPerSecond ?? (shards * recordsPerSecondPerShard) / (1 + usualHeadroom);
    const peakRecordsPerSecond = carried * peak;
    const finest = (peakRecordsPerSecond * daySeconds * streams) / sentPerDayMax;
    const wanted = Math.min(
        (recordsPerSecondPerShard * stepSeconds) / sentPerFullShard,
        (carried * stepSeconds) / sentPerStepMin,
    );
    const peakPerStep = peakRecordsPerSecond * stepSeconds;
    const recordsPerSent = Math.max(1, Math.floor(peakPerStep / Math.ceil(peakPerStep / Math.max(wanted, finest))));
    const whole = Math.floor(peakPerStep / recordsPerSent);
    const sentPerStep = whole * recordsPerSent > nearlyAll * peakPerStep ? whole : peakPerStep / recordsPerSent;
    const roomBytes = (storedBytes * stepSeconds) / (sentPerStep * daySeconds * streams);
    return {
        peakRecordsPerSecond,
        recordBytes,
        recordsPerSecondPerShard,
        recordsPerSent,
        sentPerStep,
        sentBytes: Math.round(Math.max(sentBytesMin, Math.min(recordBytes, sentBytesMax, roomBytes))),
    };
}
