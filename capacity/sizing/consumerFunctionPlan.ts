/**
 * How many invocations of a function read a stream at once, whether they keep up with its declared peak, and what loses records.
 *
 * No fix is printed that was not tried: the changed declaration is planned again, the finding must be gone, and no error may have come.
 */
import { type Finding } from "../findings";
import { limits } from "../limits";
import { type Requirements } from "../requirements";
import { count, formatNumber, formatRate } from "../text";
import {
    completeConsumerFunction,
    type CompleteConsumerFunction,
    type ConsumerFunction,
    factorFor,
    fullBatchMs,
    laneRecordsPerSecond,
    payloadBytesOf,
    payloadRecordKiBMax,
    payloadRecords,
    recordAgeSecondsFor,
    recordsInFullBatch,
    withoutEnd,
} from "./consumerFunction";
import { type DraftOf, type FixOf, triedFindings } from "./drafts";
import { planCapacity } from "./plan";

export interface ConsumerFunctionPlan {
    readonly batchSize: number;
    /** Batches that are processed at once from each shard. */
    readonly parallelizationFactor: number;
    readonly maximumRetryAttempts: number;
    readonly maximumRecordAgeSeconds: number;
    /** Invocations that run at once, at most; absent where the shards are not known. */
    readonly concurrency?: number;
    /** Records that all of them handle in a second, in full batches; absent where the shards or the processing time are not known. */
    readonly handledRecordsPerSecond?: number;
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

type Draft = DraftOf<ConsumerFunction>;
type Fix = FixOf<ConsumerFunction>;

function findingsOf(fn: CompleteConsumerFunction): Finding[] {
    return triedFindings(draftsOf(fn), ({ change }) => draftsOf(completeConsumerFunction({ ...fn, ...change })));
}

function draftsOf(fn: CompleteConsumerFunction): Draft[] {
    return [
        ...keepUpDrafts(fn),
        ...hotKeyDrafts(fn),
        ...timeoutDrafts(fn),
        ...recordDrafts(fn),
        ...retryDrafts(fn),
        ...payloadDrafts(fn),
        ...concurrencyDrafts(fn),
    ];
}

function keepUpDrafts(fn: CompleteConsumerFunction): Draft[] {
    const { recordsPerSecond, catchUpFactor, shards, parallelizationFactor: factor } = fn;
    const needed = factorFor(fn, catchUpFactor);
    const perLane = laneRecordsPerSecond(fn);
    if (needed === undefined || needed <= factor || perLane === undefined) return [];
    const peak = recordsPerSecond! * catchUpFactor;
    const times = catchUpFactor === 1 ? "" : `, ${formatNumber(catchUpFactor)} times the declared peak to catch up`;
    return [
        {
            code: "function-cannot-keep-up",
            severity: "error",
            property: "parallelizationFactor",
            message: `${formatRate(peak)} records/s come from ${count(shards!, "shard")}${times}; ${count(shards! * factor, "invocation")} at once handle ${formatRate(perLane * factor * shards!)}, ${batchText(fn)} each.`,
            fixes: () => [
                ...(needed <= limits.eventSourceParallelizationFactorMax
                    ? [{ text: `set parallelizationFactor to ${needed}`, change: { parallelizationFactor: needed } }]
                    : []),
                ...largerBatch(fn, peak / shards! / factor),
                ...moreShards(fn, peak / perLane / factor),
                ...fasterRecords(fn, peak / shards! / factor),
            ],
            withoutFix: "Process a record in less time, or let each record start the work and another service do it.",
        },
    ];
}

/** "100 records in 2,000 ms" */
function batchText(fn: CompleteConsumerFunction): string {
    return `${count(recordsInFullBatch(fn), "record")} in ${formatRate(fullBatchMs(fn)!)} ms`;
}

/** What is spent once for each batch is spent less often in larger ones: from records * 1,000 / (perBatch + records * perRecord) >= rate. */
function largerBatch(fn: CompleteConsumerFunction, laneRate: number): Fix[] {
    const { processingMillisecondsPerBatch: perBatch = 0, processingMillisecondsPerRecord: perRecord = 0 } = fn;
    const spare = 1_000 - laneRate * perRecord;
    if (perBatch === 0 || spare <= 0) return [];
    const batchSize = Math.ceil(Number(((laneRate * perBatch) / spare).toPrecision(12)));
    if (batchSize > limits.eventSourceBatchRecordsMax) return [];
    return [{ text: `set batchSize to ${formatNumber(batchSize)}`, change: { batchSize } }];
}

function moreShards({ shards }: CompleteConsumerFunction, wanted: number): Fix[] {
    const more = Math.ceil(Number(wanted.toPrecision(12)));
    if (more > limits.accountShardsOtherRegionsMin) return [];
    return [
        { text: `open ${formatNumber(more)} shards instead of ${formatNumber(shards!)}`, change: { shards: more } },
    ];
}

/** In three significant digits: what is read is what was tried. */
function fasterRecords(fn: CompleteConsumerFunction, laneRate: number): Fix[] {
    const { processingMillisecondsPerBatch: perBatch = 0 } = fn;
    const perRecordMs = 1_000 / laneRate - perBatch / recordsInFullBatch(fn);
    if (fn.processingMillisecondsPerRecord === undefined || perRecordMs <= 0) return [];
    const digits = 2 - Math.floor(Math.log10(perRecordMs));
    const shownMs = Number((Math.floor(perRecordMs * 10 ** digits) / 10 ** digits).toFixed(Math.max(0, digits)));
    return [
        {
            text: `process a record in at most ${formatNumber(shownMs)} ms`,
            change: { processingMillisecondsPerRecord: shownMs },
        },
    ];
}

/** The records of one key come one batch after the other, whatever the factor and the shards. */
function hotKeyDrafts(fn: CompleteConsumerFunction): Draft[] {
    const { recordsPerSecond, hottestKeyShare, catchUpFactor } = fn;
    const perLane = laneRecordsPerSecond(fn);
    if (perLane === undefined || recordsPerSecond === undefined || hottestKeyShare === undefined) return [];
    const hottest = recordsPerSecond * catchUpFactor * hottestKeyShare;
    if (hottest <= perLane * (1 + 1e-9)) return [];
    return [
        {
            code: "hottest-key-exceeds-function",
            severity: "error",
            property: "requirements.hottestKeyShare",
            message: `The hottest partition key brings ${formatRate(hottest)} records/s; its records are processed one batch after the other, ${batchText(fn)}, which is ${formatRate(perLane)} records/s, whatever the shards and the factor.`,
            fixes: () => [
                ...largerBatch(fn, hottest),
                ...fasterRecords(fn, hottest),
                { text: "spread the key by suffixes" },
            ],
            withoutFix: "Spread the key by suffixes.",
        },
    ];
}

function timeoutDrafts(fn: CompleteConsumerFunction): Draft[] {
    const { functionTimeoutSeconds: timeoutSeconds } = fn;
    const batchMs = fullBatchMs(fn);
    if (timeoutSeconds === undefined || batchMs === undefined || batchMs <= timeoutSeconds * 1_000) return [];
    const { processingMillisecondsPerBatch: perBatch = 0, processingMillisecondsPerRecord: perRecord = 0 } = fn;
    const fitting = Math.floor(Number(((timeoutSeconds * 1_000 - perBatch) / perRecord).toPrecision(12)));
    const longer = Math.ceil(batchMs / 1_000);
    return [
        {
            code: "batch-exceeds-timeout",
            severity: "error",
            property: "batchSize",
            message: `A full batch takes ${formatRate(batchMs)} ms (${count(recordsInFullBatch(fn), "record")}); the function is ended after ${count(timeoutSeconds, "second")}, and the batch fails whatever is in it.`,
            fixes: () => [
                ...(fitting >= 1 && Number.isFinite(fitting)
                    ? [{ text: `set batchSize to ${formatNumber(fitting)}`, change: { batchSize: fitting } }]
                    : []),
                ...(longer <= limits.lambdaTimeoutSecondsMax
                    ? [
                          {
                              text: `give the function a timeout of ${count(longer, "second")}`,
                              change: { functionTimeoutSeconds: longer },
                          },
                      ]
                    : []),
            ],
            withoutFix: "Process a batch in less time.",
        },
    ];
}

function recordDrafts({ maxRecordKiB }: CompleteConsumerFunction): Draft[] {
    if (maxRecordKiB === undefined || maxRecordKiB <= payloadRecordKiBMax) return [];
    return [
        {
            code: "record-exceeds-payload",
            severity: "error",
            property: "requirements.maxRecordKiB",
            message: `A record of ${formatNumber(maxRecordKiB)} KiB is ${mib(payloadBytesOf(maxRecordKiB))} MiB in an invocation, as base64; Lambda invokes with at most ${mib(limits.lambdaPayloadBytesMax)} MiB, so no function ever gets it.`,
            fixes: () => [
                { text: "store larger payloads in S3 and write their keys" },
                {
                    text: `declare maxRecordKiB ${formatNumber(payloadRecordKiBMax)} or less`,
                    change: { maxRecordKiB: payloadRecordKiBMax },
                },
            ],
            withoutFix: "Store larger payloads in S3 and write their keys.",
        },
    ];
}

function mib(bytes: number): string {
    return formatNumber(bytes / limits.bytesPerMiB, 1);
}

/** A record that always fails holds up its shard until it is given up; by then the stream must still have what is behind it. */
function retryDrafts(fn: CompleteConsumerFunction): Draft[] {
    const { maximumRetryAttempts: attempts, maximumRecordAgeSeconds: ageSeconds, retentionHours } = fn;
    const retentionSeconds = retentionHours * limits.secondsPerHour;
    const blockedSeconds = Math.min(
        attempts === withoutEnd ? Infinity : retriesSeconds(fn, attempts),
        ageSeconds === withoutEnd ? Infinity : ageSeconds,
    );
    if (blockedSeconds < retentionSeconds) return [];
    const retried = attempts === withoutEnd ? "without end" : `${formatNumber(attempts)} times, up to a minute apart`;
    const age = ageSeconds === withoutEnd ? "whatever its age" : `until it is ${formatNumber(ageSeconds)} seconds old`;
    const enough = recordAgeSecondsFor(retentionHours);
    const fewer = Math.floor((retentionSeconds - 1 - trySeconds(fn)) / (trySeconds(fn) + backoffSeconds));
    return [
        {
            code: "retries-outlast-retention",
            severity: "warning",
            property: attempts === withoutEnd ? "maximumRetryAttempts" : "maximumRecordAgeSeconds",
            message: `A record that always fails is retried ${retried}, ${age}; the stream keeps it for ${count(retentionHours, "hour")}. Its shard waits until the records behind it are lost, and nobody is told which.`,
            fixes: () => [
                {
                    text: `set maximumRecordAgeSeconds to ${formatNumber(enough)} or less`,
                    change: { maximumRecordAgeSeconds: enough },
                },
                ...(fewer >= 0 && fewer <= limits.eventSourceRetryAttemptsMax
                    ? [
                          {
                              text: `set maximumRetryAttempts to ${formatNumber(fewer)} or less`,
                              change: { maximumRetryAttempts: fewer },
                          },
                      ]
                    : []),
            ],
            withoutFix: "Bound the retries.",
        },
    ];
}

const backoffSeconds = limits.eventSourceBackoffSecondsMax;

/** How long so many retries take at most, with the try before them. */
function retriesSeconds(fn: CompleteConsumerFunction, attempts: number): number {
    return (attempts + 1) * trySeconds(fn) + attempts * backoffSeconds;
}

/** How long one try takes at most: what hangs is ended by the timeout. */
function trySeconds(fn: CompleteConsumerFunction): number {
    return fn.functionTimeoutSeconds ?? (fullBatchMs(fn) ?? 0) / 1_000;
}

function payloadDrafts(fn: CompleteConsumerFunction): Draft[] {
    const { batchSize } = fn;
    const most = payloadRecords(fn);
    if (most === undefined || batchSize <= most) return [];
    return [
        {
            code: "batch-exceeds-payload",
            severity: "info",
            property: "batchSize",
            message: `Lambda invokes with at most ${mib(limits.lambdaPayloadBytesMax)} MiB, in which records are base64: ${count(most, "record")} of the declared size fill it, so no batch has the ${formatNumber(batchSize)} of batchSize.`,
            fixes: () => [{ text: `set batchSize to ${formatNumber(most)}`, change: { batchSize: most } }],
            withoutFix: "Set a smaller batchSize.",
        },
    ];
}

function concurrencyDrafts({ shards, parallelizationFactor: factor }: CompleteConsumerFunction): Draft[] {
    const quota = limits.lambdaConcurrencyDefaultMax;
    if (shards === undefined || shards * factor <= quota) return [];
    return [
        {
            code: "function-concurrency-quota",
            severity: "warning",
            property: "parallelizationFactor",
            message: `${count(shards, "shard")} with ${count(factor, "batch", "batches")} at once from each ask for ${formatNumber(shards * factor)} invocations at once; an account has ${formatNumber(quota)} in a region by default, for all of its functions.`,
            fixes: () => [],
            withoutFix: "Ask for a higher quota of concurrent executions in Service Quotas before the deployment.",
        },
    ];
}
