/**
 * The requirements to declare for a load that was measured.
 */
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
    const peaks = {
        writeMiBPerSecond: roundedUp(measured.writeMiBPerSecond.peak.value),
        recordsPerSecond: roundedUp(measured.recordsPerSecond.peak.value),
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

/** A peak to three digits, so that a declaration reads well; never below what was seen. */
function roundedUp(value: number): number {
    const step = 10 ** (Math.floor(Math.log10(value)) - 2);
    return Number((Math.ceil(value / step - 1e-9) * step).toPrecision(3));
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
