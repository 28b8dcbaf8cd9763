/**
 * What a failed PutRecords call means for its records: send them again, find the one at fault, or stop.
 */
import { type Meaning, refusalOf } from "../stream/refusals";

/**
 * `again`: the call may succeed later. `isolate`: a record in the call is at fault, so the call is halved until it is found.
 * `stop`: no call can succeed until somebody changes something.
 */
export type FailureKind = "again" | "isolate" | "stop";

export interface Failure {
    readonly kind: FailureKind;
    /** The error's name as AWS or Node.js gives it. */
    readonly code: string;
    readonly message: string;
    /** Kinesis may have taken the records although no answer came: a connection was lost or a call timed out. */
    readonly mayBeWritten: boolean;
}

/** What a refusal means for the records of the call; everything else may succeed later. */
const kinds: Partial<Readonly<Record<Meaning, FailureKind>>> = {
    malformed: "isolate",
    gone: "stop",
    "not-allowed": "stop",
};

/** Judges what a PutRecords call threw. An unknown error counts as passing: the deadline bounds how long it is believed. */
export function judgeFailure(error: unknown): Failure {
    const { meaning, certain, name, message } = refusalOf(error, "put");
    return { kind: kinds[meaning] ?? "again", code: name, message, mayBeWritten: !certain };
}

/** A failure that the producer itself brings about. */
export function failure(code: string, message: string): Error {
    return Object.assign(new Error(message), { name: code });
}
