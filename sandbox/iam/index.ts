/**
 * The local IAM: roles with inline and attached policies, temporary credentials for them, and the verdict on each call that they make.
 */
import { randomBytes } from "node:crypto";

import { type AccessRequest, type Ambient, AwsError, type Service } from "../service";
import { evaluatePolicies, parsePolicy, type PolicyDocument, type Verdict } from "./policy";
import { type Session, Sessions } from "./sessions";

export interface IamService extends Service {
    readonly sessions: Sessions;
    /** Opens a session of a role for a service of AWS, such as lambda.amazonaws.com. @throws AwsError if the role does not trust it */
    assume(roleArn: string, servicePrincipal: string, sessionName: string): Session;
    /** What the policies of a role say about a call; a role that is gone allows nothing. */
    verdict(roleName: string, request: AccessRequest): Verdict;
    /** The refusal of a call in AWS's words; undefined if the role allows it. */
    refusal(session: Pick<Session, "roleName" | "arn">, request: AccessRequest): AwsError | undefined;
    roleNameOf(roleArn: string): string;
}

interface Role {
    readonly name: string;
    readonly id: string;
    readonly path: string;
    readonly arn: string;
    readonly createdMs: number;
    trust: NamedDocument;
    description: string;
    maxSessionSeconds: number;
    boundary: string | undefined;
    readonly inline: Map<string, NamedDocument>;
    readonly attached: Set<string>;
    readonly tags: Map<string, string>;
}

interface NamedDocument {
    readonly text: string;
    readonly document: PolicyDocument;
}

interface ManagedPolicy {
    readonly name: string;
    readonly id: string;
    readonly arn: string;
    readonly path: string;
    readonly createdMs: number;
    readonly content: NamedDocument;
}

type Input = Readonly<Record<string, unknown>>;

const namePattern = /^[\w+=,.@-]{1,64}$/;

export function iamService(ambient: Ambient): IamService {
    const { clock, partition, accountId } = ambient;
    const roles = new Map<string, Role>();
    const policies = new Map<string, ManagedPolicy>();
    const sessions = new Sessions();
    for (const [path, document] of Object.entries(awsPolicies))
        addManaged(`arn:${partition}:iam::aws:policy${path}`, document);

    function addManaged(arn: string, document: unknown): ManagedPolicy {
        const text = typeof document === "string" ? document : JSON.stringify(document);
        const [, path = "/", name = ""] = /:policy(\/(?:.*\/)?)([^/]+)$/.exec(arn) ?? [];
        const policy = { name, id: newId("ANPA"), arn, path, createdMs: clock.nowMs(), content: named(text) };
        policies.set(arn, policy);
        return policy;
    }
    const roleOf = (name: unknown): Role => {
        const role = roles.get(String(name));
        if (!role) throw noSuchEntity(`The role with name ${String(name)} cannot be found.`);
        return role;
    };
    const policyOf = (arn: unknown): ManagedPolicy => {
        const policy = policies.get(String(arn));
        if (!policy) throw noSuchEntity(`Policy ${String(arn)} does not exist or is not attachable.`);
        return policy;
    };
    const roleNameOf = (roleArn: string): string => roleArn.slice(roleArn.lastIndexOf("/") + 1);
    const verdict = (roleName: string, request: AccessRequest): Verdict => {
        const role = roles.get(roleName);
        if (!role) return "implicitDeny";
        const own = [
            ...[...role.inline.values()].map(({ document }) => document),
            ...[...role.attached].flatMap((arn) => policies.get(arn)?.content.document ?? []),
        ];
        const found = evaluatePolicies(own, request);
        if (found !== "allow" || role.boundary === undefined) return found;
        // A boundary only takes away.
        const boundary = policies.get(role.boundary)?.content.document;
        return boundary ? evaluatePolicies([boundary], request) : "implicitDeny";
    };

    const operations: Service["operations"] = {
        CreateRole(input: Input) {
            const name = input.RoleName;
            if (typeof name !== "string" || !namePattern.test(name)) {
                throw invalid(
                    `The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_- and have at most 64 characters.`,
                );
            }
            if (roles.has(name)) throw alreadyExists(`Role with name ${name} already exists.`);
            const path = (input.Path as string | undefined) ?? "/";
            if (!/^\/(?:[!-~]*\/)?$/.test(path)) throw invalid(`The specified value for path is invalid: ${path}`);
            const role: Role = {
                name,
                id: newId("AROA"),
                path,
                arn: `arn:${partition}:iam::${accountId}:role${path}${name}`,
                createdMs: clock.nowMs(),
                trust: named(input.AssumeRolePolicyDocument),
                description: (input.Description as string | undefined) ?? "",
                maxSessionSeconds: Number(input.MaxSessionDuration ?? 3_600),
                boundary: input.PermissionsBoundary as string | undefined,
                inline: new Map(),
                attached: new Set(),
                tags: tagsOf(input.Tags),
            };
            if (role.boundary !== undefined) policyOf(role.boundary);
            roles.set(name, role);
            return { Role: describeRole(role) };
        },

        GetRole: (input: Input) => ({ Role: describeRole(roleOf(input.RoleName)) }),

        ListRoles: () => ({
            Roles: [...roles.values()].map(describeRole),
            IsTruncated: false,
        }),

        DeleteRole(input: Input) {
            const role = roleOf(input.RoleName);
            if (role.inline.size > 0) throw conflict("Cannot delete entity, must delete policies first.");
            if (role.attached.size > 0) throw conflict("Cannot delete entity, must detach all policies first.");
            roles.delete(role.name);
            return undefined;
        },

        UpdateRole(input: Input) {
            const role = roleOf(input.RoleName);
            if (input.Description !== undefined) role.description = input.Description as string;
            if (input.MaxSessionDuration !== undefined) role.maxSessionSeconds = Number(input.MaxSessionDuration);
            return {};
        },

        UpdateAssumeRolePolicy(input: Input) {
            roleOf(input.RoleName).trust = named(input.PolicyDocument);
            return undefined;
        },

        PutRolePermissionsBoundary(input: Input) {
            roleOf(input.RoleName).boundary = policyOf(input.PermissionsBoundary).arn;
            return undefined;
        },

        DeleteRolePermissionsBoundary(input: Input) {
            roleOf(input.RoleName).boundary = undefined;
            return undefined;
        },

        PutRolePolicy(input: Input) {
            const role = roleOf(input.RoleName);
            const name = input.PolicyName;
            if (typeof name !== "string" || !/^[\w+=,.@-]{1,128}$/.test(name))
                throw invalid("The specified value for policyName is invalid.");

            role.inline.set(name, named(input.PolicyDocument));
            return undefined;
        },

        GetRolePolicy(input: Input) {
            const role = roleOf(input.RoleName);
            const name = String(input.PolicyName);
            const policy = role.inline.get(name);
            if (!policy) throw noSuchEntity(`The role policy with name ${name} cannot be found.`);
            return { RoleName: role.name, PolicyName: name, PolicyDocument: encodeURIComponent(policy.text) };
        },

        DeleteRolePolicy(input: Input) {
            const role = roleOf(input.RoleName);
            const name = String(input.PolicyName);
            if (!role.inline.delete(name)) throw noSuchEntity(`The role policy with name ${name} cannot be found.`);
            return undefined;
        },

        ListRolePolicies: (input: Input) => ({
            PolicyNames: [...roleOf(input.RoleName).inline.keys()].sort(),
            IsTruncated: false,
        }),

        AttachRolePolicy(input: Input) {
            roleOf(input.RoleName).attached.add(policyOf(input.PolicyArn).arn);
            return undefined;
        },

        DetachRolePolicy(input: Input) {
            const arn = String(input.PolicyArn);
            if (!roleOf(input.RoleName).attached.delete(arn)) throw noSuchEntity(`Policy ${arn} was not found.`);
            return undefined;
        },

        ListAttachedRolePolicies: (input: Input) => ({
            AttachedPolicies: [...roleOf(input.RoleName).attached].map((arn) => ({
                PolicyName: policyOf(arn).name,
                PolicyArn: arn,
            })),
            IsTruncated: false,
        }),

        ListInstanceProfilesForRole(input: Input) {
            roleOf(input.RoleName);
            return { InstanceProfiles: [], IsTruncated: false };
        },

        TagRole(input: Input) {
            const role = roleOf(input.RoleName);
            for (const [key, value] of tagsOf(input.Tags)) role.tags.set(key, value);
            return undefined;
        },

        UntagRole(input: Input) {
            const role = roleOf(input.RoleName);
            for (const key of (input.TagKeys ?? []) as string[]) role.tags.delete(key);
            return undefined;
        },

        ListRoleTags: (input: Input) => ({
            Tags: describeTags(roleOf(input.RoleName).tags),
            IsTruncated: false,
        }),

        CreatePolicy(input: Input) {
            const name = input.PolicyName;
            if (typeof name !== "string" || !/^[\w+=,.@-]{1,128}$/.test(name))
                throw invalid("The specified value for policyName is invalid.");

            const arn = `arn:${partition}:iam::${accountId}:policy${(input.Path as string | undefined) ?? "/"}${name}`;
            if (policies.has(arn)) throw alreadyExists(`A policy called ${name} already exists.`);
            named(input.PolicyDocument);
            return { Policy: describePolicy(addManaged(arn, input.PolicyDocument)) };
        },

        GetPolicy: (input: Input) => ({ Policy: describePolicy(policyOf(input.PolicyArn)) }),

        GetPolicyVersion: (input: Input) => ({
            PolicyVersion: {
                Document: encodeURIComponent(policyOf(input.PolicyArn).content.text),
                VersionId: "v1",
                IsDefaultVersion: true,
            },
        }),

        ListPolicyVersions(input: Input) {
            policyOf(input.PolicyArn);
            return { Versions: [{ VersionId: "v1", IsDefaultVersion: true }], IsTruncated: false };
        },

        DeletePolicy(input: Input) {
            const { arn } = policyOf(input.PolicyArn);
            if ([...roles.values()].some((role) => role.attached.has(arn)))
                throw conflict("Cannot delete a policy attached to entities.");

            policies.delete(arn);
            return undefined;
        },
    };

    return {
        name: "iam",
        xmlNamespace: "https://iam.amazonaws.com/doc/2010-05-08/",
        operations,
        sessions,
        verdict,
        roleNameOf,
        refusal(session, request) {
            const found = verdict(session.roleName, request);
            if (found === "allow") return undefined;
            const why =
                found === "explicitDeny"
                    ? "with an explicit deny in an identity-based policy"
                    : `because no identity-based policy allows the ${request.action} action`;
            const on = request.resource === "*" ? "" : ` on resource: ${request.resource}`;
            return new AwsError(
                "AccessDeniedException",
                `User: ${session.arn} is not authorized to perform: ${request.action}${on} ${why}`,
                403,
                "AccessDenied",
            );
        },
        assume(roleArn, servicePrincipal, sessionName) {
            const role = roles.get(roleNameOf(roleArn));
            const request = { action: "sts:AssumeRole", resource: roleArn, principal: { service: servicePrincipal } };
            if (!role || role.arn !== roleArn || evaluatePolicies([role.trust.document], request) !== "allow") {
                throw new AwsError(
                    "AccessDeniedException",
                    `${servicePrincipal} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
                    403,
                    "AccessDenied",
                );
            }
            return sessions.open({ name: role.name, id: role.id, partition, accountId }, sessionName);
        },
    };
}

/** The managed policies of AWS that functions commonly have. */
const awsPolicies: Readonly<Record<string, unknown>> = {
    "/service-role/AWSLambdaBasicExecutionRole": {
        Version: "2012-10-17",
        Statement: [
            {
                Effect: "Allow",
                Action: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
                Resource: "*",
            },
        ],
    },
};

function named(text: unknown): NamedDocument {
    if (typeof text !== "string") throw invalid("A policy document is required.");
    return { text, document: parsePolicy(text) };
}

function newId(prefix: string): string {
    return prefix + randomBytes(9).toString("hex").toUpperCase().slice(0, 17);
}

function describeRole(role: Role): unknown {
    return {
        Path: role.path,
        RoleName: role.name,
        RoleId: role.id,
        Arn: role.arn,
        CreateDate: new Date(role.createdMs),
        AssumeRolePolicyDocument: encodeURIComponent(role.trust.text),
        Description: role.description === "" ? undefined : role.description,
        MaxSessionDuration: role.maxSessionSeconds,
        PermissionsBoundary: role.boundary && {
            PermissionsBoundaryType: "Policy",
            PermissionsBoundaryArn: role.boundary,
        },
        Tags: role.tags.size > 0 ? describeTags(role.tags) : undefined,
    };
}

function describePolicy(policy: ManagedPolicy): unknown {
    return {
        PolicyName: policy.name,
        PolicyId: policy.id,
        Arn: policy.arn,
        Path: policy.path,
        DefaultVersionId: "v1",
        IsAttachable: true,
        CreateDate: new Date(policy.createdMs),
    };
}

function tagsOf(tags: unknown): Map<string, string> {
    return new Map(((tags ?? []) as { Key: string; Value?: string }[]).map(({ Key, Value }) => [Key, Value ?? ""]));
}

function describeTags(tags: ReadonlyMap<string, string>): unknown {
    return [...tags].map(([Key, Value]) => ({ Key, Value }));
}

function noSuchEntity(message: string): AwsError {
    return new AwsError("NoSuchEntityException", message, 404, "NoSuchEntity");
}

function alreadyExists(message: string): AwsError {
    return new AwsError("EntityAlreadyExistsException", message, 409, "EntityAlreadyExists");
}

function conflict(message: string): AwsError {
    return new AwsError("DeleteConflictException", message, 409, "DeleteConflict");
}

function invalid(message: string): AwsError {
    return new AwsError("ValidationError", message);
}
