/**
 * Whether a function that reads a stream is fast enough: for the declared peak, for its hottest key, for its own timeout.
 */
import { floorToDigits, withoutRemainder } from "../decimal";
import { limits } from "../limits";
import { count, formatNumber, formatRate, formatRatesApart, formatRateAbove } from "../text";
import {
    type CompleteConsumerFunction,
    type ConsumerFunction,
    factorFor,
    fullBatchMs,
    laneRecordsPerSecond,
    recordsInFullBatch,
} from "./consumerFunction";
import { type DraftOf, type FixOf } from "./drafts";

type Draft = DraftOf<ConsumerFunction>;
type Fix = FixOf<ConsumerFunction>;

export function speedDrafts(fn: CompleteConsumerFunction): Draft[] {
    return [...keepUpDrafts(fn), ...hotKeyDrafts(fn), ...timeoutDrafts(fn)];
}

function keepUpDrafts(fn: CompleteConsumerFunction): Draft[] {
    const { recordsPerSecond, catchUpFactor, shards, parallelizationFactor: factor } = fn;
    const needed = factorFor(fn, catchUpFactor);
    const perLane = laneRecordsPerSecond(fn);
    if (needed === undefined || needed <= factor || perLane === undefined) return [];
    const peak = recordsPerSecond! * catchUpFactor;
    const [comes, handled] = formatRatesApart(peak, perLane * factor * shards!);
    const times = catchUpFactor === 1 ? "" : `, ${formatNumber(catchUpFactor)} times the declared peak to catch up`;
    return [
        {
            code: "function-cannot-keep-up",
            severity: "error",
            property: "parallelizationFactor",
            message: `${comes} records/s come from ${count(shards!, "shard")}${times}; ${count(shards! * factor, "invocation")} at once handle ${handled}, ${batchText(fn)} each.`,
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
    const batchSize = Math.ceil(withoutRemainder((laneRate * perBatch) / spare));
    if (batchSize > limits.eventSourceBatchRecordsMax) return [];
    return [{ text: `set batchSize to ${formatNumber(batchSize)}`, change: { batchSize } }];
}

function moreShards({ shards }: CompleteConsumerFunction, wanted: number): Fix[] {
    const more = Math.ceil(withoutRemainder(wanted));
    if (more > limits.accountShardsOtherRegionsMin) return [];
    return [
        { text: `open ${formatNumber(more)} shards instead of ${formatNumber(shards!)}`, change: { shards: more } },
    ];
}

function fasterRecords(fn: CompleteConsumerFunction, laneRate: number): Fix[] {
    const { processingMillisecondsPerBatch: perBatch = 0 } = fn;
    const perRecordMs = 1_000 / laneRate - perBatch / recordsInFullBatch(fn);
    if (fn.processingMillisecondsPerRecord === undefined || perRecordMs <= 0) return [];
    const shownMs = floorToDigits(perRecordMs, 3);
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
    const [comes, handled] = formatRatesApart(hottest, perLane);
    return [
        {
            code: "hottest-key-exceeds-function",
            severity: "error",
            property: "requirements.hottestKeyShare",
            message: `The hottest partition key brings ${comes} records/s; its records are processed one batch after the other, ${batchText(fn)}, which is ${handled} records/s, whatever the shards and the factor.`,
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
    // Whatever its own timeout is, Lambda has one for all.
    const { functionTimeoutSeconds: timeoutSeconds = limits.lambdaTimeoutSecondsMax } = fn;
    const batchMs = fullBatchMs(fn);
    if (batchMs === undefined || batchMs <= timeoutSeconds * 1_000) return [];
    const atMost = fn.functionTimeoutSeconds === undefined ? " at most" : "";
    const { processingMillisecondsPerBatch: perBatch = 0, processingMillisecondsPerRecord: perRecord = 0 } = fn;
    const fitting = Math.floor(withoutRemainder((timeoutSeconds * 1_000 - perBatch) / perRecord));
    const longer = Math.ceil(batchMs / 1_000);
    return [
        {
            code: "batch-exceeds-timeout",
            severity: "error",
            property: "batchSize",
            message: `A full batch takes ${formatRateAbove(batchMs, timeoutSeconds * 1_000)} ms (${count(recordsInFullBatch(fn), "record")}); the function is ended after ${count(timeoutSeconds, "second")}${atMost}, and the batch fails whatever is in it.`,
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
