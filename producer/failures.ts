/**
 * What a failed PutRecords call means for its records: send them again, find the one at fault, or stop.
 */

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

const kinds: Readonly<Record<string, FailureKind>> = {
    ValidationException: "isolate",
    InvalidArgumentException: "isolate",
    SerializationException: "isolate",
    RequestEntityTooLargeException: "isolate",

    ResourceNotFoundException: "stop",
    AccessDeniedException: "stop",
    AccessDenied: "stop",
    UnrecognizedClientException: "stop",
    InvalidClientTokenId: "stop",
    InvalidSignatureException: "stop",
    IncompleteSignatureException: "stop",
    MissingAuthenticationToken: "stop",
    MissingAuthenticationTokenException: "stop",
    ExpiredTokenException: "stop",
    ExpiredToken: "stop",
    OptInRequired: "stop",
    UnknownOperationException: "stop",
    CredentialsProviderError: "stop",
    TokenProviderError: "stop",
    KMSAccessDeniedException: "stop",
    KMSDisabledException: "stop",
    KMSInvalidStateException: "stop",
    KMSNotFoundException: "stop",
    KMSOptInRequired: "stop",
};

/** Refusals of a whole call: AWS says that nothing was written. */
const refusals = new Set([
    "ProvisionedThroughputExceededException",
    "LimitExceededException",
    "ThrottlingException",
    "KMSThrottlingException",
    "RequestTimeTooSkewed",
    "RequestLimitExceeded",
    "ServiceUnavailable",
]);

/** Judges what a PutRecords call threw. An unknown error counts as passing: the deadline bounds how long it is believed. */
export function judgeFailure(error: unknown): Failure {
    const { name = "Error", message = String(error) } = (error ?? {}) as Partial<Error>;
    const status = (error as { $metadata?: { httpStatusCode?: number } } | null)?.$metadata?.httpStatusCode;
    const code = name === "Error" ? ((error as { code?: string } | null)?.code ?? name) : name;
    const kind =
        kinds[code] ?? (status === 413 ? "isolate" : message.startsWith("Region is missing") ? "stop" : "again");
    return { kind, code, message, mayBeWritten: kind === "again" && !refusals.has(code) };
}

/** A failure that the producer itself brings about. */
export function failure(code: string, message: string): Error {
    return Object.assign(new Error(message), { name: code });
}
