/**
 * The local IAM: roles with inline and attached policies, temporary credentials for them, and the verdict on each call that they make.
 */
import { randomBytes } from "node:crypto";

import { type Clock, RunningClock } from "../clock";
import {
    type AccessRequest,
    type Ambient,
    arnOf,
    type AwsError,
    type Principal,
    type Service,
    textOf,
} from "../service";
import { operationsOf, type OperationTable } from "../wire/operation";
import * as policies from "./managedPolicies";
import { evaluatePolicies, type Verdict } from "./policy";
import * as roles from "./roles";
import { type Account, denied, invalid, newAccount, notAuthorized, type Role, type Session } from "./state";

/** Who calls with temporary credentials: each key that the sandbox gave out belongs to a session of a role. */
export interface Sessions {
    find(accessKeyId: string): Session | undefined;
    close(accessKeyId: string): void;
}

export interface IamService extends Service {
    readonly sessions: Sessions;
    /** Opens a session of a role for a service of AWS, such as lambda.amazonaws.com. @throws AwsError if the role does not trust it */
    assume(roleArn: string, servicePrincipal: string, sessionName: string): Session;
    /** Opens one for an identity of an account. @throws AwsError if the role does not trust it */
    assumeAs(
        roleArn: string,
        identity: Principal & { readonly arn: string },
        sessionName: string,
        seconds: number,
    ): Session;
    /** Whether a service of AWS may do so. */
    trusts(roleArn: string, servicePrincipal: string): boolean;
    /** What the policies of a role say about a call; a role that is gone allows nothing. */
    verdict(roleName: string, request: AccessRequest): Verdict;
    /** The refusal of a call in AWS's words; undefined if the role allows it. */
    refusal(session: Pick<Session, "roleName" | "arn">, request: AccessRequest): AwsError | undefined;
    roleNameOf(roleArn: string): string;
    /** The role of a session; the session's own ARN once the role is gone. */
    roleArnOf(session: Session): string;
}

export function iamService(ambient: Ambient): IamService {
    const account = newAccount(ambient);
    return {
        name: "iam",
        xmlNamespace: "https://iam.amazonaws.com/doc/2010-05-08/",
        operations: operationsOf(table, account, { code: "ValidationError" }),
        accessOf(operation, input) {
            const role = textOf(input, "RoleName");
            const arn = account.roles.get(role ?? "")?.arn;
            const resource =
                role === undefined ? "*" : (arn ?? arnOf(ambient, "iam", `role${textOf(input, "Path") ?? "/"}${role}`));
            return [{ action: `iam:${operation}`, resource }];
        },
        sessions: {
            find: (accessKeyId) => account.sessions.get(accessKeyId),
            close: (accessKeyId) => void account.sessions.delete(accessKeyId),
        },
        assume: (roleArn, service, sessionName) => assume(account, roleArn, { service }, sessionName),
        assumeAs: (...asked) => assume(account, ...asked),
        trusts: (roleArn, service) => trusted(account, roleArn, { service }) !== undefined,
        verdict: (roleName, request) => verdict(account, roleName, request),
        refusal: (session, request) => refusal(account, session, request),
        roleNameOf,
        roleArnOf: ({ roleName, arn }) => account.roles.get(roleName)?.arn ?? arn,
    };
}

const table: OperationTable<Account> = {
    AttachRolePolicy: roles.attachPolicy,
    CreatePolicy: policies.createPolicy,
    CreateRole: roles.createRole,
    DeletePolicy: policies.deletePolicy,
    DeleteRole: roles.deleteRole,
    DeleteRolePermissionsBoundary: roles.deleteBoundary,
    DeleteRolePolicy: roles.deletePolicy,
    DetachRolePolicy: roles.detachPolicy,
    GetPolicy: policies.getPolicy,
    GetPolicyVersion: policies.getPolicyVersion,
    GetRole: roles.getRole,
    GetRolePolicy: roles.getPolicy,
    ListAttachedRolePolicies: roles.listAttachedPolicies,
    ListInstanceProfilesForRole: roles.listInstanceProfiles,
    ListPolicyVersions: policies.listPolicyVersions,
    ListRolePolicies: roles.listPolicies,
    ListRoles: roles.listRoles,
    ListRoleTags: roles.listTags,
    PutRolePermissionsBoundary: roles.putBoundary,
    PutRolePolicy: roles.putPolicy,
    TagRole: roles.tagRole,
    UntagRole: roles.untagRole,
    UpdateAssumeRolePolicy: roles.updateTrust,
    UpdateRole: roles.updateRole,
    UpdateRoleDescription: roles.updateDescription,
};

/** The role, if it is there and trusts the caller. */
function trusted({ roles }: Account, roleArn: string, principal: Principal): Role | undefined {
    const role = roles.get(roleNameOf(roleArn));
    const request = { action: "sts:AssumeRole", resource: roleArn, principal };
    return role?.arn === roleArn && evaluatePolicies([role.trust], request) === "allow" ? role : undefined;
}

/** @param seconds after which it has expired; a service's session lasts until it is closed */
function assume(account: Account, roleArn: string, principal: Principal, sessionName: string, seconds = 0): Session {
    const role = trusted(account, roleArn, principal);
    const who = "service" in principal ? principal.service : `User: ${principal.arn}`;
    if (!role) throw denied(`${who} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`);
    if (seconds > role.maxSessionSeconds)
        throw invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
    const session: Session = {
        accessKeyId: `ASIA${randomBytes(8).toString("hex").toUpperCase()}`,
        secretAccessKey: randomBytes(20).toString("hex"),
        sessionToken: randomBytes(24).toString("base64url"),
        roleName: role.name,
        arn: arnOf(account.ambient, "sts", `assumed-role/${role.name}/${sessionName}`),
        userId: `${role.id}:${sessionName}`,
        expiresMs: seconds === 0 ? Infinity : expiryMs(account.ambient.clock, seconds),
    };
    forgetExpired(account);
    account.sessions.set(session.accessKeyId, session);
    return session;
}

/** Clients renew their credentials by the machine's time: where the sandbox's runs at another speed, a session lasts as long as the sandbox. */
function expiryMs(clock: Clock, seconds: number): number {
    return clock instanceof RunningClock && clock.speed !== 1 ? Infinity : clock.nowMs() + seconds * 1_000;
}

const forgottenMs = 24 * 3_600_000;

function forgetExpired({ ambient, sessions }: Account): void {
    const untilMs = ambient.clock.nowMs() - forgottenMs;
    for (const [accessKeyId, { expiresMs }] of sessions) if (expiresMs <= untilMs) sessions.delete(accessKeyId);
}

function verdict({ roles, policies }: Account, roleName: string, request: AccessRequest): Verdict {
    const role = roles.get(roleName);
    if (!role) return "implicitDeny";
    const own = [...role.inline.values(), ...[...role.attached].flatMap((arn) => policies.get(arn)?.document ?? [])];
    const found = evaluatePolicies(own, request);
    if (found !== "allow" || role.boundary === undefined) return found;
    // A boundary only takes away.
    const boundary = policies.get(role.boundary)?.document;
    return boundary ? evaluatePolicies([boundary], request) : "implicitDeny";
}

function refusal(
    account: Account,
    session: Pick<Session, "roleName" | "arn">,
    request: AccessRequest,
): AwsError | undefined {
    const found = verdict(account, session.roleName, request);
    if (found === "allow") return undefined;
    return notAuthorized(session.arn, request, found, "identity-based");
}

function roleNameOf(roleArn: string): string {
    return roleArn.slice(roleArn.lastIndexOf("/") + 1);
}
