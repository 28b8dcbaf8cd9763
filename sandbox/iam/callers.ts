/**
 * Who calls, of which account: a session of a role that the sandbox gave keys to, an account that its keys name, or the sandbox's own user.
 */
import { type AccessRequest, type Ambient, arnOf } from "../service";
import { type IamService } from "./index";
import { type Verdict } from "./policy";
import { expired, unrecognized } from "./state";

export interface Caller {
    readonly accountId: string;
    /** As policies name the caller. */
    readonly arn: string;
    /** As refusals name the caller. */
    readonly calledArn: string;
    /** When its credentials have expired. */
    readonly expiresMs: number;
    /** What the caller's own policies say. */
    verdict(request: AccessRequest): Verdict;
}

export interface Callers {
    /** Undefined for the keys of a session that was closed. */
    find(accessKeyId: string): Caller | undefined;
    /** @throws AwsError for the keys of a session that was closed, or has expired */
    admit(accessKeyId: string): Caller;
}

/**
 * The callers of a sandbox.
 *
 * @param accounts those that there are so far, by their IDs
 */
export function callersOf(home: Ambient, accounts: ReadonlyMap<string, { readonly iam: IamService }>): Callers {
    const callers: Callers = {
        find: (accessKeyId) => {
            for (const [accountId, { iam }] of accounts) {
                const session = iam.sessions.find(accessKeyId);
                if (session === undefined) continue;
                const { roleName, arn: calledArn, expiresMs } = session;
                const verdict = (request: AccessRequest) => iam.verdict(roleName, request);
                return { accountId, arn: iam.roleArnOf(session), calledArn, expiresMs, verdict };
            }
            if (accessKeyId.startsWith("ASIA")) return undefined;
            // An access key that is the ID of an account means this account, as with other local AWSs.
            const isAccount = /^\d{12}$/.test(accessKeyId);
            const accountId = isAccount ? accessKeyId : home.accountId;
            const arn = arnOf({ ...home, accountId }, "iam", isAccount ? "root" : "user/sandbox");
            return { accountId, arn, calledArn: arn, expiresMs: Infinity, verdict: () => "allow" };
        },
        admit: (accessKeyId) => {
            const caller = callers.find(accessKeyId);
            if (caller === undefined) throw unrecognized();
            if (caller.expiresMs <= home.clock.nowMs()) throw expired();
            return caller;
        },
    };
    return callers;
}
