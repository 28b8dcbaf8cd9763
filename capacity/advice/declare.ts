/**
 * The requirements to declare for a load that was measured.
 */
import { ceilToDigits } from "../decimal";
import { limits } from "../limits";
import { averageRecordKiB } from "../requirementLists";
import { requirementRows, type Requirements } from "../requirements";
import { planCapacity } from "../sizing/plan";
import { headroomFor, type Measured } from "./measure";

/** What is known of who reads; what is not known is undefined. */
export interface Reads {
    /** Bytes that GetRecords gave, over the bytes that were written: about the shared readers, if each reads all of it once. */
    readonly readOverWritten?: number;
    /** The names of the registered consumers with enhanced fan-out. */
    readonly fanOutConsumers?: readonly string[];
    /** The highest iterator age; null: nobody read with GetRecords. */
    readonly iteratorAgeMaxMs?: number | null;
}

/** @param headroom the one to declare; undefined: what the scatter asks for */
export function requirementsOf(measured: Measured, reads: Reads, headroom?: number): Requirements {
    const { readOverWritten, fanOutConsumers } = reads;
    // A declaration reads well in three digits, and is never below what was seen.
    const peaks = {
        writeMiBPerSecond: ceilToDigits(measured.writeMiBPerSecond.peak.value, 3),
        recordsPerSecond: ceilToDigits(measured.recordsPerSecond.peak.value, 3),
    };
    const recordKiB = Math.min(limits.recordKiBMax, Math.ceil(averageRecordKiB(peaks)));
    return {
        ...peaks,
        ...(recordKiB > limits.recordKiBDefaultMax && { maxRecordKiB: recordKiB }),
        headroom: headroom ?? headroomFor(measured),
        ...(readOverWritten !== undefined && { sharedConsumers: sharedConsumersOf(readOverWritten) }),
        ...(fanOutConsumers !== undefined && { fanOutConsumers: fanOutConsumers.length }),
    };
}

/** Less than this part of what was written is somebody who looks, not a consumer. */
const consumerReadsMin = 0.05;

function sharedConsumersOf(readOverWritten: number): number {
    return readOverWritten < consumerReadsMin ? 0 : Math.max(1, Math.round(readOverWritten));
}

/**
 * The declaration whose plan is exactly so many shards: as it is where they carry the peak, with less headroom where they have less, and with a
 * lower peak where they do not carry it, since records are refused there on purpose.
 */
export function requirementsFor(shards: number, requirements: Requirements): Requirements {
    const plan = planCapacity(requirements);
    if (plan.recommendedShards === shards) return requirements;
    const carried = {
        ...requirements,
        writeMiBPerSecond: Math.min(requirements.writeMiBPerSecond, shards * limits.shardWriteMiBPerSecond),
        recordsPerSecond: Math.min(requirements.recordsPerSecond, shards * limits.shardWriteRecordsPerSecond),
    };
    const { minimumShards } = planCapacity({ ...carried, headroom: 0 });
    const headroom = Math.floor((shards / minimumShards - 1) * 100) / 100;
    return { ...carried, headroom: Math.min(requirementRows.headroom.maximum, Math.max(0, headroom)) };
}
