/**
 * The open shards of a stream side by side: the load of each over the average, over its own limit, over its part of the ring.
 */
import { limits } from "../limits";
import { mean, sum } from "../sums";
import { type HashRing } from "./hashRing";

/** What CloudWatch says of one open shard. Rates come from Sum, over the minutes in which the stream had traffic. */
export interface ShardLoad {
    /** The shard. */
    readonly shardId: string;
    /** The first hash key of its range. */
    readonly startingHashKey: string;
    /** The last hash key of its range. */
    readonly endingHashKey: string;
    /** Bytes accepted per second. */
    readonly bytesPerSecond: number;
    /** Records accepted per second. */
    readonly recordsPerSecond: number;
    /** Records in all those minutes; by default those of one minute. */
    readonly records?: number;
    /** Records refused because the shard was full. */
    readonly refusedPerSecond: number;
    /** The same in the fullest minute. */
    readonly peakBytesPerSecond: number;
    readonly peakRecordsPerSecond: number;
    /** The part of a minute's records that was refused, in the worst minute, 0 to 1; by default that of all minutes together. */
    readonly peakRefusedShare?: number;
}

/** How full a shard is, beside the others. */
export interface ShardReport {
    /** The shard. */
    readonly shardId: string;
    /** MiB accepted per second. */
    readonly mibPerSecond: number;
    /** Records accepted per second. */
    readonly recordsPerSecond: number;
    /** Records refused per second. */
    readonly refusedPerSecond: number;
    /** Load over the average of all open shards, by what the stream has less of: bytes or records. */
    readonly overAverage: number;
    /** The fullest minute over the shard's own limit, the scarcer of bytes and records. */
    readonly utilization: number;
    /** Its fullest minute came near its limit. */
    readonly nearLimit: boolean;
    /** Records were refused although no minute came near the limit: seconds did. */
    readonly bursts: boolean;
    /** It has much more than the others, or is full while others have room. */
    readonly hot: boolean;
    /** The part of the hash key space over the average part. */
    readonly widthOverAverage: number;
}

/** A shard with more than this over the average is hot. */
const hotOverAverage = 2;
/** A shard with this much of its own limit in a minute is near it. */
export const nearLimitUtilization = 0.8;
/** Beside a limit that is reached, less than twice the average is hot too: others have room that this one lacks. */
export const hotAtLimitOverAverage = 1.25;
/** Refused records above this share of a minute's mean that shards are full, by the minute or by seconds of it; fewer are the scatter of a second. */
export const refusedShareMin = 0.0005;
/** Where records are refused although the load fits, so many times what it needs give bursts some room; more than that hardly helps. */
export const burstRoomFactor = 2;
/** Shards below this part of the average have no key of weight. */
const idleOverAverage = 0.1;

export function reportsOf(loads: readonly ShardLoad[], ring: HashRing): ShardReport[] {
    const byId = new Map(loads.map((load) => [load.shardId, load]));
    const ordered = ring.shardIds.map((shardId) => byId.get(shardId)!);
    const isBytes = scarcerOf(loads) === "bytes";
    const scarce = (load: ShardLoad) => (isBytes ? load.bytesPerSecond : load.recordsPerSecond);
    const average = mean(ordered.map(scarce));
    const hotFrom = hotThreshold(ordered.length);
    return ordered.map((load, index) => {
        const overAverage = average > 0 ? scarce(load) / average : 0;
        const utilization = Math.max(
            load.peakBytesPerSecond / limits.shardWriteBytesPerSecond,
            load.peakRecordsPerSecond / limits.shardWriteRecordsPerSecond,
        );
        const widthOverAverage = ring.widths[index]! * ordered.length;
        const nearLimit = utilization >= nearLimitUtilization;
        const bursts = !nearLimit && refusedShareOf(load) > refusedShareMin;
        return {
            shardId: load.shardId,
            mibPerSecond: load.bytesPerSecond / limits.bytesPerMiB,
            recordsPerSecond: load.recordsPerSecond,
            refusedPerSecond: load.refusedPerSecond,
            overAverage,
            utilization,
            nearLimit,
            bursts,
            // Bursts fall on shards by chance; a wide range gets more of them by its nature.
            hot:
                overAverage > hotFrom ||
                ((nearLimit || (bursts && widthOverAverage > hotAtLimitOverAverage)) &&
                    overAverage >= hotAtLimitOverAverage),
            widthOverAverage,
        };
    });
}

/** Which of its two limits a stream is nearer to: by that a shard's load is compared, and a key's in it. */
export function scarcerOf(loads: readonly ShardLoad[]): "bytes" | "records" {
    const bytesUsed = sum(loads.map((load) => load.bytesPerSecond)) / limits.shardWriteBytesPerSecond;
    const recordsUsed = sum(loads.map((load) => load.recordsPerSecond)) / limits.shardWriteRecordsPerSecond;
    return bytesUsed >= recordsUsed ? "bytes" : "records";
}

function refusedShareOf({ peakRefusedShare, refusedPerSecond, recordsPerSecond }: ShardLoad): number {
    return peakRefusedShare ?? refusedPerSecond / Math.max(refusedPerSecond + recordsPerSecond, 1e-300);
}

/** Twice the average; of two or three shards, which cannot or hardly get there, twice the average of the others. */
function hotThreshold(shards: number): number {
    return shards < 4 ? (hotOverAverage * shards) / (shards + 1) : hotOverAverage;
}

/** More than one shard gets records, but no more than half of them do. */
export function isMostlyIdle(reports: readonly ShardReport[]): boolean {
    const used = usedShards(reports);
    return used > 1 && used <= reports.length / 2;
}

export function usedShards(reports: readonly ShardReport[]): number {
    return reports.filter((report) => report.overAverage >= idleOverAverage).length;
}

/** Whether shards follow one another on the ring. */
export function isOneRun(shards: readonly ShardReport[], ring: HashRing): boolean {
    const places = shards.map((report) => ring.shardIds.indexOf(report.shardId)).sort((left, right) => left - right);
    return places.at(-1)! - places[0]! === places.length - 1;
}
