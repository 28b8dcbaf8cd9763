/**
 * Permissions: each service tells which actions on which resources a call is, and the policies of the caller's role are asked, and those of
 * the resource itself.
 *
 * Source: https://docs.aws.amazon.com/service-authorization/latest/reference/ and, for callers of other accounts,
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html, read 2026-11. Callers without a
 * role of the sandbox may do everything that their account decides.
 */
import { type AccessRequest, accountOfArn, AwsError, type CallInput, type Guard, type Service } from "../service";
import { type Callers } from "./callers";
import { denied } from "./state";
import { evaluatePolicies, parsePolicy, type Verdict } from "./policy";

/** Refuses what is not allowed to the caller. */
export function iamGuard(callers: Callers, serviceNamed: (name: string) => Service | undefined): Guard {
    return async (call) => {
        const caller = callers.find(call.request.accessKeyId);
        if (!caller) {
            // Keys that the sandbox gave out once and took back.
            throw new AwsError(
                "UnrecognizedClientException",
                "The security token included in the request is invalid.",
                403,
                "InvalidClientTokenId",
            );
        }
        const { service, operation, input } = call;
        const values = (typeof input === "object" && input !== null ? input : {}) as CallInput;
        const called = serviceNamed(service);
        const access = await called?.accessOf?.(operation, values);
        for (const request of access ?? [{ action: `${service}:${operation}`, resource: "*" }]) {
            const ofRole = caller.verdict(request);
            const ofResource = resourceVerdict(called, { ...request, principal: caller });
            const isOwn = (accountOfArn(request.resource) ?? caller.accountId) === caller.accountId;
            const why = refusal(ofRole, ofResource, isOwn, request);
            if (why === undefined) continue;
            const on = request.resource === "*" ? "" : ` on resource: ${request.resource}`;
            throw denied(`User: ${caller.calledArn} is not authorized to perform: ${request.action}${on} ${why}`);
        }
    };
}

function resourceVerdict(service: Service | undefined, request: AccessRequest): Verdict {
    const policy = service?.policyOf?.(request.resource);
    return policy === undefined ? "implicitDeny" : evaluatePolicies([parsePolicy(policy)], request);
}

/** Why a call is refused: within an account one policy that allows is enough, across accounts both must. */
function refusal(ofRole: Verdict, ofResource: Verdict, isOwn: boolean, { action }: AccessRequest): string | undefined {
    if (ofRole === "explicitDeny") return "with an explicit deny in an identity-based policy";
    if (ofResource === "explicitDeny") return "with an explicit deny in a resource-based policy";
    if (ofRole === "implicitDeny" && !(isOwn && ofResource === "allow"))
        return `because no identity-based policy allows the ${action} action`;
    if (!isOwn && ofResource === "implicitDeny") return `because no resource-based policy allows the ${action} action`;
    return undefined;
}
