/**
 * Permissions: each service tells which actions on which resources a call is, and the policies of the caller's role are asked, and those of
 * the resource itself.
 *
 * Source: https://docs.aws.amazon.com/service-authorization/latest/reference/ and, for callers of other accounts,
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html, read 2026-11. Callers without a
 * role of the sandbox may do everything that their account decides.
 */
import { type AccessRequest, accountOfArn, type CallInput, type Guard, type Service } from "../service";
import { type Callers } from "./callers";
import { evaluatePolicies, parsePolicy, type Verdict } from "./policy";
import { notAuthorized } from "./state";

/** Refuses what is not allowed to the caller. */
export function iamGuard(callers: Callers, serviceNamed: (name: string) => Service | undefined): Guard {
    return async (call) => {
        const caller = callers.admit(call.request.accessKeyId);
        const { service, operation, input } = call;
        const values = (typeof input === "object" && input !== null ? input : {}) as CallInput;
        const called = serviceNamed(service);
        const access = await called?.accessOf?.(operation, values);
        for (const request of access ?? [{ action: `${service}:${operation}`, resource: "*" }]) {
            const ofRole = caller.verdict(request);
            const ofResource = resourceVerdict(called, { ...request, principal: caller });
            const isOwn = (accountOfArn(request.resource) ?? caller.accountId) === caller.accountId;
            const refused = refusal(ofRole, ofResource, isOwn);
            if (refused) throw notAuthorized(caller.calledArn, request, ...refused);
        }
    };
}

function resourceVerdict(service: Service | undefined, request: AccessRequest): Verdict {
    const policy = service?.policyOf?.(request.resource);
    return policy === undefined ? "implicitDeny" : evaluatePolicies([parsePolicy(policy)], request);
}

type Refused = [verdict: Exclude<Verdict, "allow">, kind: "identity-based" | "resource-based"];

/** Whose policies refuse a call, and how: within an account one that allows is enough, across accounts both must. */
function refusal(ofRole: Verdict, ofResource: Verdict, isOwn: boolean): Refused | undefined {
    if (ofRole === "explicitDeny") return [ofRole, "identity-based"];
    if (ofResource === "explicitDeny") return [ofResource, "resource-based"];
    if (ofRole === "implicitDeny" && !(isOwn && ofResource === "allow")) return [ofRole, "identity-based"];
    if (!isOwn && ofResource === "implicitDeny") return [ofResource, "resource-based"];
    return undefined;
}
