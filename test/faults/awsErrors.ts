/**
 * What AWS and the network answer instead of an answer.
 */

export function awsError(name: string, message: string, httpStatusCode = 400): Error {
    return Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });
}

export const limitExceeded = (message: string): Error => awsError("LimitExceededException", message);
export const invalid = (message: string): Error => awsError("ValidationException", message);
export const notFound = (message: string): Error => awsError("ResourceNotFoundException", message);
export const inUse = (message: string): Error => awsError("ResourceInUseException", message);
export const internal = (): Error => awsError("InternalFailure", "Internal service failure.", 500);

export function timedOut(): Error {
    return Object.assign(new Error("Request timed out"), { name: "TimeoutError" });
}

export function socketError(code: "ECONNRESET" | "ECONNREFUSED"): Error {
    const message = code === "ECONNRESET" ? "socket hang up" : "connect ECONNREFUSED 192.0.2.1:443";
    return Object.assign(new Error(message), { code });
}
