/**
 * What a stream is to carry at the day's peak, and how few records stand for that.
 */
import { limits } from "../capacity/limits";
import { type DeclaredKeys } from "./keys";

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
    /** The size of one that is sent; the sandbox counts it as of `recordBytes`. */
    readonly sentBytes: number;
}

/** Seconds of the day between two calls; the sandbox's shards average their capacity over as long. */
export const stepSeconds = 30;
/** How many records fill a shard for a step: what is refused is right to a twentieth. */
const sentPerFullShard = 20;
/** Streams of little load still get a record now and then: at the peak so many a step. */
const sentPerStepMin = 2;
/** More are a matter of minutes. */
const sentPerDayMax = 800_000;
/** Larger ones are sent cut to this, and counted in full. */
const sentBytesMax = 1_500;
const sentBytesMin = 100;
/** Nothing declared: records of 1 KiB, as many as the shards take with the usual headroom. */
const usualRecordBytes = 1_024;
const usualHeadroom = 0.2;

export function loadOf(declared: DeclaredLoad | undefined, shards: number, peak: number): Load {
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
    const finest = (peakRecordsPerSecond * 24 * 3_600) / sentPerDayMax;
    const wanted = Math.min(
        (recordsPerSecondPerShard * stepSeconds) / sentPerFullShard,
        (carried * stepSeconds) / sentPerStepMin,
    );
    return {
        peakRecordsPerSecond,
        recordBytes,
        recordsPerSecondPerShard,
        recordsPerSent: Math.round(Math.max(1, wanted, finest)),
        sentBytes: Math.round(Math.min(Math.max(recordBytes, sentBytesMin), sentBytesMax)),
    };
}
