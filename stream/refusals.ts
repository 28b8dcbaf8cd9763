/**
 * What a refusal of AWS means, for the scaler, the command line, the producer and the words on stderr: one table, in which the kind of call,
 * the exception's name and its text decide. One name has several meanings: LimitExceededException is the account's shards, too many calls in
 * a second, more than double, or the ten calls of a day.
 */

/** What was called. `read` is any call that may be repeated, a conditional write of the ledger too. */
export type CallKind = "read" | "put" | "update" | "split" | "merge";

/** The operations that reshard. */
export const reshardOperations = { update: "UpdateShardCount", split: "SplitShard", merge: "MergeShards" } as const;

interface MeaningRow {
    /** AWS certainly did nothing. */
    readonly certain: boolean;
    /** The same call may succeed in a moment; `repeatable`: if it does no harm when it was made already. */
    readonly again: "always" | "repeatable" | "never";
}

const meanings = {
    /** Throttled, or a limit of calls a second. */
    later: { certain: true, again: "always" },
    /** The stream's ten UpdateShardCount calls are spent. */
    "calls-spent": { certain: true, again: "never" },
    /** The account's shards are used up. */
    "shard-quota": { certain: true, again: "never" },
    /** A limit that the text does not tell: shown as it is. */
    limit: { certain: true, again: "never" },
    /** Somebody else changes the stream. */
    busy: { certain: true, again: "never" },
    gone: { certain: true, again: "never" },
    "not-allowed": { certain: true, again: "never" },
    malformed: { certain: true, again: "never" },
    /** Nothing answers there: no call went out. */
    unreachable: { certain: true, again: "repeatable" },
    /** No answer, or a fault of AWS: the call may have been made. */
    unanswered: { certain: false, again: "repeatable" },
    /** AWS refused, with a name that stands nowhere here. */
    unknown: { certain: true, again: "never" },
} as const satisfies Record<string, MeaningRow>;

export type Meaning = keyof typeof meanings;

export interface Refusal {
    readonly meaning: Meaning;
    /** AWS certainly did nothing. */
    readonly certain: boolean;
    /** The error's name as AWS, the SDK or Node.js gives it. */
    readonly name: string;
    readonly message: string;
    /** What to do, in a sentence. */
    readonly advice?: string | undefined;
    /** AWS or the way to it said it; otherwise it is a defect of the program. */
    readonly fromAws: boolean;
}

interface RefusalRow {
    readonly names: readonly string[];
    /** @default any kind */
    readonly calls?: readonly CallKind[];
    /** @default any text */
    readonly text?: RegExp;
    readonly meaning: Meaning;
    readonly advice?: string;
}

const throttled = "AWS throttles the calls. Try again in a minute.";
const noCredentials = "No AWS credentials were found. Set AWS_PROFILE, or sign in with aws sso login.";
const expired = "The AWS credentials have expired. Sign in again.";
const unknownCredentials = "AWS does not know these credentials. Check AWS_PROFILE and the account.";
const badSignature = "AWS does not accept the signature. Check the secret access key and this machine's clock.";
const noPermission = "The credentials lack a permission. Ask for it, or use another AWS_PROFILE.";
const noAnswer = "Nothing answers in time. Check the network, and AWS_ENDPOINT_URL if it is set.";
const noEndpoint = "Set AWS_ENDPOINT_URL to a URL such as http://127.0.0.1:4566, or unset it.";

/** The first row that fits counts. */
const rows: readonly RefusalRow[] = [
    {
        names: ["LimitExceededException"],
        text: /shard limit|shard quota|limit for the account|shards? (in|for) (your|the|this) account/i,
        meaning: "shard-quota",
        advice: "The account's shards are used up. Ask for a higher quota in Service Quotas.",
    },
    {
        names: ["LimitExceededException"],
        text: /rate exceeded|simultaneous|too many requests/i,
        meaning: "later",
        advice: "The control plane is throttled. Try again in a minute.",
    },
    {
        names: ["LimitExceededException"],
        calls: ["update"],
        text: /double|half/i,
        meaning: "malformed",
        advice: "One call at most doubles or halves the open shards.",
    },
    {
        names: ["LimitExceededException"],
        calls: ["update"],
        text: /\b(10|ten)\b|\b24\b|UpdateShardCount limit/i,
        meaning: "calls-spent",
        advice: "Others have spent the ten UpdateShardCount calls of the 24 hours. Split or merge, or wait.",
    },
    { names: ["LimitExceededException"], calls: ["update"], meaning: "limit" },
    {
        names: ["LimitExceededException"],
        meaning: "later",
        advice: "The control plane is throttled. Try again in a minute.",
    },
    {
        names: ["ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded"],
        meaning: "later",
        advice: throttled,
    },
    {
        names: ["ProvisionedThroughputExceededException"],
        meaning: "later",
        advice: "The shard's reads are used up by other consumers. Try again in a minute.",
    },
    { names: ["KMSThrottlingException"], meaning: "later", advice: throttled },
    { names: ["ServiceUnavailable", "RequestTimeTooSkewed"], calls: ["put"], meaning: "later" },
    {
        names: ["ResourceInUseException"],
        meaning: "busy",
        advice: "Somebody else is changing the stream. Try again when it is ACTIVE.",
    },
    {
        names: ["ResourceNotFoundException"],
        meaning: "gone",
        advice: "There is none in this account and region. Check the name, AWS_PROFILE and AWS_REGION.",
    },
    { names: ["AccessDeniedException", "AccessDenied"], meaning: "not-allowed", advice: noPermission },
    { names: ["CredentialsProviderError", "TokenProviderError"], meaning: "not-allowed", advice: noCredentials },
    { names: ["ExpiredTokenException", "ExpiredToken"], meaning: "not-allowed", advice: expired },
    {
        names: ["UnrecognizedClientException", "InvalidClientTokenId"],
        meaning: "not-allowed",
        advice: unknownCredentials,
    },
    {
        names: ["InvalidSignatureException", "IncompleteSignatureException"],
        meaning: "not-allowed",
        advice: badSignature,
    },
    {
        names: [
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
            "OptInRequired",
            "UnknownOperationException",
            "KMSInvalidStateException",
            "KMSOptInRequired",
        ],
        meaning: "not-allowed",
    },
    {
        names: ["KMSAccessDeniedException"],
        meaning: "not-allowed",
        advice: "The credentials may not use the stream's KMS key. Ask for kms:GenerateDataKey on it.",
    },
    {
        names: ["KMSDisabledException"],
        meaning: "not-allowed",
        advice: "The stream's KMS key is disabled. Enable it.",
    },
    {
        names: ["KMSNotFoundException"],
        meaning: "not-allowed",
        advice: "The stream's KMS key does not exist. Give the stream another one.",
    },
    {
        names: [
            "ValidationException",
            "InvalidArgumentException",
            "SerializationException",
            "RequestEntityTooLargeException",
        ],
        meaning: "malformed",
    },
    { names: ["ECONNREFUSED"], meaning: "unreachable", advice: "Nothing answers there. Check AWS_ENDPOINT_URL." },
    {
        names: ["ENOTFOUND"],
        meaning: "unreachable",
        advice: "The host is not known. Check AWS_REGION and the network.",
    },
    {
        names: ["EAI_AGAIN"],
        meaning: "unreachable",
        advice: "The host name cannot be looked up. Check the network.",
    },
    { names: ["ERR_INVALID_URL"], meaning: "not-allowed", advice: noEndpoint },
    { names: ["TimeoutError", "ETIMEDOUT"], meaning: "unanswered", advice: noAnswer },
    {
        names: ["ECONNRESET"],
        meaning: "unanswered",
        advice: "The connection broke off. Check the network and try again.",
    },
    {
        names: [
            "InternalFailure",
            "InternalServerError",
            "InternalServiceFault",
            "ServiceUnavailable",
            "ServiceUnavailableException",
        ],
        meaning: "unanswered",
    },
    {
        names: ["MetricsIncomplete"],
        meaning: "unanswered",
        advice: "Nothing is known of the load, and nothing was changed. Try again in a minute.",
    },
];

/** What an error of a call means. */
export function refusalOf(error: unknown, call: CallKind = "read"): Refusal {
    const said = (error ?? {}) as {
        readonly name?: string;
        readonly code?: unknown;
        readonly message?: string;
        readonly $metadata?: { readonly httpStatusCode?: number };
    };
    const { name = "Error", message = String(error) } = said;
    // Over HTTP/2 the SDK hides the socket's error in the message.
    const socketCode = /\b(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNRESET)\b/.exec(message)?.[1];
    const names = [name, said.code, socketCode];
    const fits = (row: RefusalRow): boolean =>
        row.names.some((known) => names.includes(known)) &&
        (row.calls === undefined || row.calls.includes(call)) &&
        (row.text === undefined || row.text.test(message));
    const row = rows.find(fits) ?? regionRow(message);
    const meaning = row?.meaning ?? meaningOfStatus(said.$metadata?.httpStatusCode);
    return {
        meaning,
        certain: meanings[meaning].certain,
        name: name === "Error" && typeof said.code === "string" ? said.code : name,
        message,
        advice: row?.advice,
        fromAws: row !== undefined || said.$metadata !== undefined,
    };
}

/** Whether a call may be made again at once. */
export function mayRepeat(error: unknown, call: CallKind): boolean {
    const { again } = meanings[refusalOf(error, call).meaning];
    return again === "always" || (again === "repeatable" && call === "read");
}

/** The SDK's own sentences about a region have no name. */
function regionRow(message: string): Pick<RefusalRow, "meaning" | "advice"> | undefined {
    if (message.startsWith("Region is missing"))
        return { meaning: "not-allowed", advice: "Set AWS_REGION, or a region in the profile." };
    if (message.startsWith("Region not accepted"))
        return { meaning: "not-allowed", advice: "Set AWS_REGION to a region such as us-east-1." };
    return undefined;
}

function meaningOfStatus(httpStatus = 0): Meaning {
    if (httpStatus === 413) return "malformed";
    if (httpStatus === 429) return "later";
    return httpStatus >= 400 && httpStatus < 500 ? "unknown" : "unanswered";
}

/** A call that AWS refused or did not answer, once everything that helps was tried. */
export class RefusedCall extends Error {
    override readonly name = "RefusedCall";

    /** @param what what was tried and what holds now, in a sentence of its own */
    constructor(
        readonly refusal: Refusal,
        readonly what: string,
        override readonly cause: unknown,
    ) {
        super(`${refusal.name}: ${refusal.message}`);
    }
}
