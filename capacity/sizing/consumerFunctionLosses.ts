/**
 * What a function that reads a stream never gets, or loses by its retries, whatever its speed: payloads, retention, the account's quota.
 */
import { limits } from "../limits";
import { count, formatNumber } from "../text";
import {
    type CompleteConsumerFunction,
    type ConsumerFunction,
    fullBatchMs,
    payloadBytesOf,
    payloadRecordKiBMax,
    payloadRecords,
    recordAgeSecondsFor,
    withoutEnd,
} from "./consumerFunction";
import { type DraftOf } from "./drafts";

type Draft = DraftOf<ConsumerFunction>;

export function lossDrafts(fn: CompleteConsumerFunction): Draft[] {
    return [...recordDrafts(fn), ...retryDrafts(fn), ...payloadDrafts(fn), ...concurrencyDrafts(fn)];
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
