/**
 * What AWS refused, in one line that says what to do.
 */
import { InvalidInputError } from "../capacity/problems";
import { AwsRefusedError, UsageError } from "./command";

/** What to do about an error, by its name as the SDK or the service gives it. */
const advice: Readonly<Record<string, string>> = {
    CredentialsProviderError: "No AWS credentials were found. Set AWS_PROFILE, or sign in with aws sso login.",
    ExpiredTokenException: "The AWS credentials have expired. Sign in again.",
    UnrecognizedClientException: "AWS does not know these credentials. Check AWS_PROFILE and the account.",
    InvalidSignatureException:
        "AWS does not accept the signature. Check the secret access key and this machine's clock.",
    AccessDeniedException: "The credentials lack a permission. Ask for it, or use another AWS_PROFILE.",
    ResourceNotFoundException: "There is none in this account and region. Check the name, AWS_PROFILE and AWS_REGION.",
    LimitExceededException: "The control plane is throttled. Try again in a minute.",
    ThrottlingException: "AWS throttles the calls. Try again in a minute.",
    Throttling: "AWS throttles the calls. Try again in a minute.",
    ProvisionedThroughputExceededException: "The shard's reads are used up by other consumers. Try again in a minute.",
    ECONNREFUSED: "Nothing answers there. Check AWS_ENDPOINT_URL.",
    ERR_INVALID_URL: "Set AWS_ENDPOINT_URL to a URL such as http://127.0.0.1:4566, or unset it.",
    ENOTFOUND: "The host is not known. Check AWS_REGION and the network.",
    EAI_AGAIN: "The host name cannot be looked up. Check the network.",
    ETIMEDOUT: "Nothing answers in time. Check the network, and AWS_ENDPOINT_URL if it is set.",
    ECONNRESET: "The connection broke off. Check the network and try again.",
    TimeoutError: "Nothing answers in time. Check the network, and AWS_ENDPOINT_URL if it is set.",
    ResourceInUseException: "Somebody else is changing the stream. Try again when it is ACTIVE.",
    KMSAccessDeniedException: "The credentials may not use the stream's KMS key. Ask for kms:GenerateDataKey on it.",
    KMSDisabledException: "The stream's KMS key is disabled. Enable it.",
    KMSNotFoundException: "The stream's KMS key does not exist. Give the stream another one.",
};

/** An error of an AWS call as AwsRefusedError; anything that is not one comes back as it is. */
export function refused(error: unknown, about: string): unknown {
    if (error instanceof UsageError || error instanceof AwsRefusedError || error instanceof InvalidInputError)
        return error;
    const { name, code, message, $metadata } = error as {
        name?: string;
        code?: string;
        message?: string;
        $metadata?: object;
    };
    if (message === "Region is missing")
        return new AwsRefusedError(`${about}: no AWS region is set. Set AWS_REGION, or a region in the profile.`);
    if (/^Region not accepted/.test(message ?? ""))
        return new AwsRefusedError(`${about}: ${message} Set AWS_REGION to a region such as us-east-1.`);
    // Over HTTP/2 the SDK hides the socket's error in the message.
    const socketCode = /\b(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNRESET)\b/.exec(message ?? "")?.[1];
    const known = advice[name ?? ""] ?? advice[code ?? ""] ?? advice[socketCode ?? ""];
    // What neither AWS nor the way to it said is a defect of this program.
    if (known === undefined && $metadata === undefined) return error;
    const said = (message ?? "").trim().replace(/[^.!?]$/, "$&.");
    return new AwsRefusedError([`${about}: ${name ?? code}:`, said, known].filter(Boolean).join(" "));
}
