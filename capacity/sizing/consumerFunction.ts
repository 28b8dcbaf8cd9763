/**
 * A Lambda function that reads a stream: its settings with their defaults, how many records a batch has, and how many a second it handles.
 *
 * The time of an invocation is a line: a part for each batch (a connection, a commit) and a part for each record. One number for a whole
 * batch would say nothing about a batch of another size, and no fix that changes the size could be tried.
 */
import { withoutRemainder } from "../decimal";
import { limits } from "../limits";
import { averageRecordKiB } from "../requirementLists";
import { requirementRows } from "../requirements";

/** What a function takes where nothing else is set. */
export const consumerFunctionDefaults = {
    batchSize: 100,
    batchingWindowSeconds: 0,
    bisectBatchOnError: true,
    // At most a minute apart: an outage of an hour gives no record up, and a record that always fails blocks its shard for about an hour.
    maximumRetryAttempts: 60,
    reportBatchItemFailures: false,
    // LATEST may miss what is written while Lambda sets the mapping up.
    startingPosition: "TRIM_HORIZON",
    enabled: true,
} as const;

/** Where a function starts to read, as Lambda spells it. */
export const startingPositions = ["TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"] as const;

/** How Lambda spells a retry, or an age, without end. */
export const withoutEnd = -1;

/** What is known about a function and its stream. What is not given is not judged. */
export interface ConsumerFunction {
    /** Records per second, and MiB per second, of the stream's declared peak. */
    readonly recordsPerSecond?: number | undefined;
    /** MiB per second of the declared peak. */
    readonly writeMiBPerSecond?: number | undefined;
    /** Share of the heaviest partition key, 0 to 1. */
    readonly hottestKeyShare?: number | undefined;
    /** The largest record in KiB, key included. */
    readonly maxRecordKiB?: number | undefined;
    /** How many times the peak the function must handle, to catch up. Default: 1. */
    readonly catchUpFactor?: number | undefined;
    /** Spare capacity of a planned parallelization factor, as a fraction. Default: 0.2. */
    readonly headroom?: number | undefined;
    /** Open shards at that peak. */
    readonly shards?: number | undefined;
    /** Hours that the stream keeps a record. Default: 24. */
    readonly retentionHours?: number | undefined;
    /** Milliseconds that each record adds to an invocation. */
    readonly processingMillisecondsPerRecord?: number | undefined;
    /** Milliseconds of an invocation beside its records. */
    readonly processingMillisecondsPerBatch?: number | undefined;
    /** Seconds after which Lambda ends an invocation. */
    readonly functionTimeoutSeconds?: number | undefined;
    /** Records of a batch at most. Default: 100. */
    readonly batchSize?: number | undefined;
    /** Batches at once from each shard, 1 to 10. Default: what the plan needs. */
    readonly parallelizationFactor?: number | undefined;
    /** Times that a failed batch is tried again; -1 is without end. Default: 60. */
    readonly maximumRetryAttempts?: number | undefined;
    /** Seconds after which a record is given up; -1 is never. Default: an hour less than the retention, at most 7 days. */
    readonly maximumRecordAgeSeconds?: number | undefined;
}

type Defaulted =
    | "catchUpFactor"
    | "headroom"
    | "retentionHours"
    | "batchSize"
    | "parallelizationFactor"
    | "maximumRetryAttempts"
    | "maximumRecordAgeSeconds";

export type CompleteConsumerFunction = ConsumerFunction & { readonly [Name in Defaulted]: number };

/** The declaration with every default filled in; the factor is the smallest that carries the peak with its headroom. */
export function completeConsumerFunction(declared: ConsumerFunction): CompleteConsumerFunction {
    const retentionHours = declared.retentionHours ?? limits.retentionHoursDefault;
    const complete = {
        ...declared,
        catchUpFactor: declared.catchUpFactor ?? requirementRows.catchUpFactor.default!,
        headroom: declared.headroom ?? requirementRows.headroom.default!,
        retentionHours,
        batchSize: declared.batchSize ?? consumerFunctionDefaults.batchSize,
        maximumRetryAttempts: declared.maximumRetryAttempts ?? consumerFunctionDefaults.maximumRetryAttempts,
        maximumRecordAgeSeconds: declared.maximumRecordAgeSeconds ?? recordAgeSecondsFor(retentionHours),
    };
    return { ...complete, parallelizationFactor: declared.parallelizationFactor ?? plannedFactor(complete) };
}

/** The fields around a record's data in AWS's example of an event, names of usual length: key, sequence number twice, role, region, stream. */
const eventFieldsBytes = 600;

/** The largest record that fits an invocation, in whole KiB. */
export const payloadRecordKiBMax = Math.floor(
    ((limits.lambdaPayloadBytesMax - eventFieldsBytes) * 3) / 4 / limits.bytesPerKiB,
);

/** An hour before the stream forgets a record: what is given up is told by its position, and someone must still be able to read it there. */
export function recordAgeSecondsFor(retentionHours: number): number {
    return Math.min(limits.eventSourceRecordAgeSecondsMax, (retentionHours - 1) * limits.secondsPerHour);
}

function plannedFactor(fn: Omit<CompleteConsumerFunction, "parallelizationFactor">): number {
    const factor = factorFor({ ...fn, parallelizationFactor: 1 }, fn.catchUpFactor * (1 + fn.headroom));
    return Math.min(limits.eventSourceParallelizationFactorMax, factor ?? 1);
}

/** The batches at once from each shard that so many times the peak needs; undefined where too little is known. */
export function factorFor(fn: CompleteConsumerFunction, times: number): number | undefined {
    const perLane = laneRecordsPerSecond(fn);
    if (perLane === undefined || fn.recordsPerSecond === undefined || fn.shards === undefined) return undefined;
    return Math.max(1, Math.ceil(withoutRemainder((fn.recordsPerSecond * times) / fn.shards / perLane)));
}

/** Records that one batch after the other handles in a second, each as full as it gets; undefined where no processing time is declared. */
export function laneRecordsPerSecond(fn: CompleteConsumerFunction): number | undefined {
    const batchMs = fullBatchMs(fn);
    return batchMs === undefined ? undefined : (recordsInFullBatch(fn) * 1_000) / batchMs;
}

/** Milliseconds that a full batch takes; undefined where no processing time is declared. */
export function fullBatchMs(fn: CompleteConsumerFunction): number | undefined {
    const { processingMillisecondsPerRecord: perRecord, processingMillisecondsPerBatch: perBatch } = fn;
    if (perRecord === undefined) return perBatch;
    return (perBatch ?? 0) + perRecord * recordsInFullBatch(fn);
}

/** The records of a full batch: Lambda stops at the batch size, or where the payload of an invocation is full. */
export function recordsInFullBatch(fn: CompleteConsumerFunction): number {
    return Math.min(fn.batchSize, payloadRecords(fn) ?? Infinity);
}

/** Average records that an invocation has room for, at least one; undefined where their size is not known. */
export function payloadRecords({ recordsPerSecond, writeMiBPerSecond }: ConsumerFunction): number | undefined {
    if (recordsPerSecond === undefined || writeMiBPerSecond === undefined) return undefined;
    const averageKiB = averageRecordKiB({ recordsPerSecond, writeMiBPerSecond });
    return Math.max(1, Math.floor(limits.lambdaPayloadBytesMax / payloadBytesOf(averageKiB)));
}

/** Bytes of a record in the event that a function is invoked with: its data as base64, and the fields around it. */
export function payloadBytesOf(recordKiB: number): number {
    return Math.ceil((recordKiB * limits.bytesPerKiB * 4) / 3) + eventFieldsBytes;
}
