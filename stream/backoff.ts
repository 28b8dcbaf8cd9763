/**
 * Retries of calls that AWS throttles account-wide: many scalers start in the same second, so each waits for a random time.
 */
import { type Ports } from "./ports";

const attemptsMax = 6;
const firstWaitMs = 200;
const longestWaitMs = 5_000;

/** Names under which AWS says "later": the API's own limit, the account's, or a fault on its side. */
const retryable = new Set([
    "LimitExceededException",
    "ThrottlingException",
    "Throttling",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "ProvisionedThroughputExceededException",
    "InternalFailure",
    "InternalServerError",
    "InternalServiceFault",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "TimeoutError",
    "ECONNRESET",
    "ECONNREFUSED",
]);

/**
 * Reads with full jitter: each wait is a random part of an exponentially growing one. Only for calls that change nothing: what
 * `LimitExceededException` means to UpdateShardCount is not "later".
 */
export async function withBackoff<Result>(
    ports: Pick<Ports, "random" | "sleep">,
    call: () => Promise<Result>,
): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
        try {
            return await call();
        } catch (error) {
            if (attempt === attemptsMax || !isRetryable(error)) throw error;
            await ports.sleep(ports.random() * Math.min(longestWaitMs, firstWaitMs * 2 ** (attempt - 1)));
        }
    }
}

export function isRetryable(error: unknown): boolean {
    if (!(error instanceof Error)) return false;
    const { code } = error as { code?: unknown };
    const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 0;
    return retryable.has(error.name) || (typeof code === "string" && retryable.has(code)) || status >= 500;
}
