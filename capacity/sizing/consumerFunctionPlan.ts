/**
 * How many invocations of a function read a stream at once, whether they keep up with its declared peak, and what loses records.
 *
 * No fix is printed that was not tried: the changed declaration is planned again, the finding must be gone, and no error may have come.
 */
import { type Finding } from "../findings";
import { type Requirements } from "../requirements";
import {
    completeConsumerFunction,
    type CompleteConsumerFunction,
    type ConsumerFunction,
    laneRecordsPerSecond,
} from "./consumerFunction";
import { lossDrafts } from "./consumerFunctionLosses";
import { speedDrafts } from "./consumerFunctionSpeed";
import { type DraftOf, triedFindings } from "./drafts";
import { planCapacity } from "./plan";

/** How a function should read a stream, and what is wrong with how it does. */
export interface ConsumerFunctionPlan {
    /** Records of a batch at most. */
    readonly batchSize: number;
    /** Batches that are processed at once from each shard. */
    readonly parallelizationFactor: number;
    /** Times that a failed batch is tried again; -1 is without end. */
    readonly maximumRetryAttempts: number;
    /** Seconds after which a record is given up; -1 is never. */
    readonly maximumRecordAgeSeconds: number;
    /** Invocations that run at once, at most; absent where the shards are not known. */
    readonly concurrency?: number;
    /** Records that all of them handle in a second, in full batches; absent where the shards or the processing time are not known. */
    readonly handledRecordsPerSecond?: number;
    /** What no setting mends, and what deserves a look. */
    readonly findings: readonly Finding[];
}

/**
 * Plans a function that reads a stream.
 *
 * @example planConsumerFunction({ recordsPerSecond: 2500, shards: 5, processingMillisecondsPerRecord: 4 }).parallelizationFactor // 3
 */
export function planConsumerFunction(declared: ConsumerFunction): ConsumerFunctionPlan {
    const fn = completeConsumerFunction(declared);
    const concurrency = fn.shards === undefined ? undefined : fn.shards * fn.parallelizationFactor;
    const perLane = laneRecordsPerSecond(fn);
    return {
        batchSize: fn.batchSize,
        parallelizationFactor: fn.parallelizationFactor,
        maximumRetryAttempts: fn.maximumRetryAttempts,
        maximumRecordAgeSeconds: fn.maximumRecordAgeSeconds,
        ...(concurrency !== undefined && { concurrency }),
        ...(concurrency !== undefined && perLane !== undefined && { handledRecordsPerSecond: concurrency * perLane }),
        findings: findingsOf(fn),
    };
}

/** What a StreamConsumerFunction declares, as far as its plan needs it. */
export interface DeclaredConsumerFunction extends Pick<
    ConsumerFunction,
    | "retentionHours"
    | "processingMillisecondsPerRecord"
    | "processingMillisecondsPerBatch"
    | "functionTimeoutSeconds"
    | "batchSize"
    | "parallelizationFactor"
    | "maximumRetryAttempts"
    | "maximumRecordAgeSeconds"
> {
    readonly requirements?: Requirements | undefined;
    readonly shardCount?: number | undefined;
}

/** The plan of a declaration. Of shards that nobody counts (on-demand, or not told) there are at least those that the peak needs. */
export function planDeclaredConsumer({
    requirements,
    shardCount,
    ...settings
}: DeclaredConsumerFunction): ConsumerFunctionPlan {
    if (requirements === undefined) return planConsumerFunction({ ...settings, shards: shardCount });
    const { recordsPerSecond, writeMiBPerSecond, maxRecordKiB, catchUpFactor, headroom } = requirements;
    const shares = [requirements.hottestKeyShare ?? [], requirements.heaviestKeyShares ?? []].flat();
    return planConsumerFunction({
        ...settings,
        recordsPerSecond,
        writeMiBPerSecond,
        maxRecordKiB,
        catchUpFactor,
        headroom,
        hottestKeyShare: shares.length === 0 ? undefined : Math.max(...shares),
        shards: shardCount ?? planCapacity(requirements).minimumShards,
    });
}

function findingsOf(fn: CompleteConsumerFunction): Finding[] {
    return triedFindings(draftsOf(fn), ({ change }) => draftsOf(completeConsumerFunction({ ...fn, ...change })));
}

function draftsOf(fn: CompleteConsumerFunction): DraftOf<ConsumerFunction>[] {
    return [...speedDrafts(fn), ...lossDrafts(fn)];
}
