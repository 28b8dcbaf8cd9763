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
    /** This machine's clock is wrong, or the secret key. The SDK has learned the time from the refusal, so the same call may succeed at once. */
    skewed: { certain: true, again: "always" },
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
    /** The exception's name, or several that mean the same. */
    readonly named: string | readonly string[];
    /** @default any kind */
    readonly calls?: readonly CallKind[];
    /** @default any text */
    readonly text?: RegExp;
    readonly meaning: Meaning;
    readonly advice?: string;
}

const limit = "LimitExceededException";
const quota = "The account's shards are used up. Ask for a higher quota in Service Quotas.";
const slower = "The control plane is throttled. Try again in a minute.";
const spent = "Others have spent the ten UpdateShardCount calls of the 24 hours. Split or merge, or wait.";
const signature = "AWS does not accept the signature. Check the secret access key and this machine's clock.";
const noPermission = "The credentials lack a permission. Ask for it, or use another AWS_PROFILE.";
const noCredentials =
    "No AWS credentials were found. Set AWS_PROFILE to a profile that has some, or sign in with aws sso login.";
const strangers = "AWS does not know these credentials. Check AWS_PROFILE and the account.";
const noKey = "The credentials may not use the stream's KMS key. Ask for kms:GenerateDataKey on it.";
const endpoint = "Set AWS_ENDPOINT_URL to a URL such as http://127.0.0.1:4566, or unset it.";
const noAnswer = "Nothing answers in time. Check the network, and AWS_ENDPOINT_URL if it is set.";
const noLoad = "Nothing is known of the load, and nothing was changed. Try again in a minute.";
const nowhere = "There is none in this account and region. Check the name, AWS_PROFILE and AWS_REGION.";
const accountShards = /shard limit|shard quota|limit for the account|shards? (in|for) (your|the|this) account/i;
const throttles = ["ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded"];
const malformed = ["ValidationException", "InvalidArgumentException", "SerializationException"];
const noStandIn = ["MissingAuthenticationToken", "MissingAuthenticationTokenException", "OptInRequired"];
const clocks = ["RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"];
const certificates = [
    "CERT_HAS_EXPIRED",
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "SELF_SIGNED_CERT_IN_CHAIN",
    "ERR_TLS_CERT_ALTNAME_INVALID",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
];
const unconnected = ["ENETUNREACH", "EHOSTUNREACH", "EADDRNOTAVAIL", "ETIMEDOUT", "TimeoutError"];
const faults = ["InternalFailure", "InternalServerError", "InternalServiceFault"];

/** The first row that fits counts. */
// prettier-ignore
const rows: readonly RefusalRow[] = [
    { named: limit, text: accountShards, meaning: "shard-quota", advice: quota },
    { named: limit, text: /rate exceeded|simultaneous operations|too many requests/i, meaning: "later", advice: slower },
    { named: limit, calls: ["update"], text: /\b(over|than|to) double|\b(below|than) half/i, meaning: "malformed", advice: "One call at most doubles or halves the open shards." },
    { named: limit, calls: ["update"], text: /cannot be greater than/i, meaning: "malformed" },
    { named: limit, calls: ["update"], text: /\b(10|ten) (times|calls)|\b(24|twenty-four) ?h|24-hour|rolling|UpdateShardCount limit/i, meaning: "calls-spent", advice: spent },
    { named: limit, calls: ["update"], meaning: "limit" },
    { named: limit, meaning: "later" },
    { named: [...throttles, "KMSThrottlingException"], meaning: "later", advice: "AWS throttles the calls. Try again in a minute." },
    { named: "ProvisionedThroughputExceededException", meaning: "later", advice: "The shard's reads are used up by other consumers. Try again in a minute." },
    { named: "ServiceUnavailable", calls: ["put"], meaning: "later" },
    { named: "ResourceInUseException", meaning: "busy", advice: "Somebody else is changing the stream. Try again when it is ACTIVE." },
    { named: "ResourceNotFoundException", meaning: "gone", advice: nowhere },
    { named: ["AccessDeniedException", "AccessDenied"], meaning: "not-allowed", advice: noPermission },
    { named: ["CredentialsProviderError", "TokenProviderError"], meaning: "not-allowed", advice: noCredentials },
    { named: ["ExpiredTokenException", "ExpiredToken"], meaning: "not-allowed", advice: "The AWS credentials have expired. Sign in again." },
    { named: ["UnrecognizedClientException", "InvalidClientTokenId"], meaning: "not-allowed", advice: strangers },
    { named: ["InvalidSignatureException", "SignatureDoesNotMatch", ...clocks], meaning: "skewed", advice: signature },
    { named: "IncompleteSignatureException", meaning: "not-allowed", advice: signature },
    { named: "KMSAccessDeniedException", meaning: "not-allowed", advice: noKey },
    { named: "KMSDisabledException", meaning: "not-allowed", advice: "The stream's KMS key is disabled. Enable it." },
    { named: "KMSNotFoundException", meaning: "not-allowed", advice: "The stream's KMS key does not exist. Give the stream another one." },
    { named: [...noStandIn, "UnknownOperationException", "KMSInvalidStateException", "KMSOptInRequired"], meaning: "not-allowed" },
    { named: [...malformed, "RequestEntityTooLargeException"], meaning: "malformed" },
    { named: "ECONNREFUSED", meaning: "unreachable", advice: "Nothing answers there. Check AWS_ENDPOINT_URL." },
    { named: "ENOTFOUND", meaning: "unreachable", advice: "The host is not known. Check AWS_REGION and the network." },
    { named: "EAI_AGAIN", meaning: "unreachable", advice: "The host name cannot be looked up. Check the network." },
    { named: certificates, meaning: "unreachable", advice: "The endpoint's certificate is not trusted. Check the network's proxy and NODE_EXTRA_CA_CERTS." },
    { named: unconnected, text: /\bconnect E|establish a connection/, meaning: "unreachable", advice: noAnswer },
    { named: "ConnectionTimeout", meaning: "unreachable", advice: noAnswer },
    { named: "ERR_INVALID_URL", meaning: "not-allowed", advice: endpoint },
    { named: ["TimeoutError", "ETIMEDOUT"], meaning: "unanswered", advice: noAnswer },
    { named: "ECONNRESET", meaning: "unanswered", advice: "The connection broke off. Check the network and try again." },
    { named: [...faults, "ServiceUnavailable", "ServiceUnavailableException"], meaning: "unanswered" },
    { named: "MetricsIncomplete", meaning: "unanswered", advice: noLoad },
    { named: "AnswerIncomplete", meaning: "unanswered", advice: "Nothing was concluded from it. Try again in a minute." },
];

/** An error as a line tells it: its name, and what it says. */
export function errorText(error: unknown): string {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** What an error of a call means. */
export function refusalOf(error: unknown, call: CallKind = "read"): Refusal {
    const said = (error ?? {}) as {
        readonly name?: string;
        readonly code?: unknown;
        readonly message?: string;
        readonly cause?: { readonly code?: unknown };
        readonly $metadata?: { readonly httpStatusCode?: number };
    };
    const { name = "Error", message = String(error) } = said;
    // Over HTTP/2 the SDK hides the socket's error in the message, or beside it where a name has several addresses.
    const socketCode = /\b(ECONN\w+|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|EADDRNOTAVAIL)\b/.exec(
        message,
    )?.[1];
    const names = [name, said.code, socketCode, said.cause?.code];
    const fits = (row: RefusalRow): boolean =>
        [row.named].flat().some((known) => names.includes(known)) &&
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

/** Whether what was asked for may be had in a minute, with nobody doing anything. */
export function mayPass(error: unknown): boolean {
    const { meaning } = refusalOf(error);
    return meaning === "later" || meaning === "unanswered" || meaning === "unreachable";
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
