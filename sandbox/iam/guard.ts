/**
 * Permissions: each service tells which actions on which resources a call is, and the policies of the caller's role are asked.
 *
 * Source: https://docs.aws.amazon.com/service-authorization/latest/reference/, read 2026-11. Callers without a role of the sandbox may do everything.
 */
import { AwsError, type CallInput, type Guard, type Service } from "../service";
import { type IamService } from "./index";

/** Refuses what the caller's role does not allow. */
export function iamGuard(iam: IamService, serviceNamed: (name: string) => Service | undefined): Guard {
    return async (call) => {
        const session = iam.sessions.find(call.request.accessKeyId);
        if (!session) {
            // Keys that the sandbox gave out once and took back.
            if (call.request.accessKeyId.startsWith("ASIA")) {
                throw new AwsError(
                    "UnrecognizedClientException",
                    "The security token included in the request is invalid.",
                    403,
                    "InvalidClientTokenId",
                );
            }
            return;
        }
        const { service, operation, input } = call;
        const values = (typeof input === "object" && input !== null ? input : {}) as CallInput;
        const access = await serviceNamed(service)?.accessOf?.(operation, values);
        for (const request of access ?? [{ action: `${service}:${operation}`, resource: "*" }]) {
            const refusal = iam.refusal(session, request);
            if (refusal) throw refusal;
        }
    };
}
