/**
 * What follows from an attempt: whether a batch is done, tried again, tried in parts, or given up. Nothing here waits or calls.
 *
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html and services-kinesis-batchfailurereporting.html,
 * read 2026-11.
 */
import { hourMs } from "../../capacity/calendar";
import { limits } from "../../capacity/limits";
import { type PendingRecord } from "./records";
import { type Outcome, type Settings } from "./state";

/** Records that are handed to the function together. */
export interface Batch {
    readonly records: readonly PendingRecord[];
    /** Repetitions that count to MaximumRetryAttempts. */
    readonly retries: number;
    /** How often the function was handed them. */
    readonly invokes: number;
    /** The last time that somebody tried to. */
    readonly last?: Attempt;
}

export interface Attempt {
    readonly requestId: string;
    /** Undefined where the function was not reached. */
    readonly outcome: Outcome | undefined;
}

export interface Verdict {
    /** What is to be handed to the function next, in order. */
    readonly next: readonly Batch[];
    /** What is given up, since its retries are used up. */
    readonly exhausted: Batch | undefined;
    readonly failed: boolean;
}

/** A batch after its last attempt. That a function was not reached uses up no retry. */
export function judge(batch: Batch, settings: Settings): Verdict {
    const outcome = batch.last?.outcome;
    if (outcome === undefined) return { next: [batch], exhausted: undefined, failed: true };
    const failedFrom = firstFailure(batch, outcome, settings);
    if (failedFrom === undefined) return { next: [], exhausted: undefined, failed: false };
    const rest: Batch = { ...batch, records: batch.records.slice(failedFrom), invokes: batch.invokes + 1 };
    // Splitting a batch uses up no retry.
    if (settings.BisectBatchOnFunctionError && failedFrom > 0)
        return { next: [rest], exhausted: undefined, failed: true };
    if (settings.BisectBatchOnFunctionError && rest.records.length > 1)
        return { next: halves(rest), exhausted: undefined, failed: true };
    const { MaximumRetryAttempts: retriesMax } = settings;
    if (retriesMax >= 0 && rest.retries >= retriesMax) return { next: [], exhausted: rest, failed: true };
    return { next: [{ ...rest, retries: rest.retries + 1 }], exhausted: undefined, failed: true };
}

function halves(batch: Batch): Batch[] {
    const middle = Math.ceil(batch.records.length / 2);
    const parts = [batch.records.slice(0, middle), batch.records.slice(middle)];
    return parts.map((records) => ({ ...batch, records }));
}

/** Where the batch begins that must be handed over again; undefined if all of it is done. */
function firstFailure({ records }: Batch, outcome: Outcome, { FunctionResponseTypes }: Settings): number | undefined {
    if (outcome.functionError) return 0;
    if (!FunctionResponseTypes.includes("ReportBatchItemFailures")) return undefined;
    const failures = failuresIn(outcome.payload);
    if (failures === "malformed") return 0;
    if (failures.length === 0) return undefined;
    const indexes = failures.map((failed) => records.findIndex(({ sequenceNumber }) => sequenceNumber === failed));
    // A record that the batch does not have makes the answer a failure of all; of several the lowest counts.
    return Math.max(0, Math.min(...indexes));
}

/** The sequence numbers that an answer says have failed. Nothing at all is success; an answer of another form is none. */
function failuresIn(payload: string): readonly unknown[] | "malformed" {
    const answer = JSON.parse(payload) as { batchItemFailures?: unknown } | null;
    if (answer === null) return [];
    if (typeof answer !== "object" || Array.isArray(answer)) return "malformed";
    const { batchItemFailures: failures } = answer;
    if (failures === undefined || failures === null) return [];
    if (!Array.isArray(failures)) return "malformed";
    return failures.map((failure: unknown) => (failure as { itemIdentifier?: unknown } | null)?.itemIdentifier);
}

const backoffFirstMs = 1_000;
const backoffMsMax = limits.eventSourceBackoffSecondsMax * 1_000;

/** How long to wait after so many failures in a row. AWS backs off and does not document how. */
export const backoffMs = (failures: number): number => Math.min(backoffMsMax, backoffFirstMs * 2 ** (failures - 1));

/** How many of the oldest records are older than the mapping hands over, or than the stream keeps. */
export function tooOld(
    records: readonly PendingRecord[],
    { MaximumRecordAgeInSeconds: ageSecondsMax }: Settings,
    retentionHours: number,
    nowMs: number,
): number {
    const retentionMs = retentionHours * hourMs;
    const ageMsMax = ageSecondsMax < 0 ? retentionMs : Math.min(retentionMs, ageSecondsMax * 1_000);
    const fresh = records.findIndex(({ arrivalMs }) => nowMs - arrivalMs <= ageMsMax);
    return fresh < 0 ? records.length : fresh;
}
