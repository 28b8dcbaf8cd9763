/**
 * What the local IAM knows: one account's roles, managed policies and the sessions of roles.
 */
import { randomBytes } from "node:crypto";

import { type AccessRequest, type Ambient, arnOf, AwsError, refusalNamed } from "../service";
import { operationOn } from "../wire/operation";
import { required, text } from "../wire/shape";
import { type TagRefusals, type Tags, tagsMax } from "../wire/tags";
import { parsePolicy, type PolicyDocument, type Verdict } from "./policy";

export interface Account {
    readonly ambient: Ambient;
    readonly roles: Map<string, Role>;
    /** By ARN; those of AWS as well. */
    readonly policies: Map<string, ManagedPolicy>;
    /** Of roles, by access key. */
    readonly sessions: Map<string, Session>;
}

export interface Role {
    readonly name: string;
    readonly id: string;
    readonly path: string;
    readonly arn: string;
    readonly createdMs: number;
    trust: WrittenPolicy;
    description: string;
    maxSessionSeconds: number;
    boundary: string | undefined;
    readonly inline: Map<string, WrittenPolicy>;
    readonly attached: Set<string>;
    readonly tags: Tags;
}

/** A policy document, and how it was written. */
export type WrittenPolicy = PolicyDocument & { readonly text: string };

/** Temporary credentials of a role. */
export interface Session {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken: string;
    readonly roleName: string;
    /** `arn:aws:sts::123456789012:assumed-role/ROLE/SESSION` */
    readonly arn: string;
    readonly userId: string;
    /** Infinity for those that services have: they close them. */
    readonly expiresMs: number;
}

export interface ManagedPolicy {
    readonly name: string;
    readonly id: string;
    readonly arn: string;
    readonly path: string;
    readonly createdMs: number;
    readonly document: WrittenPolicy;
}

/** The managed policies of AWS that functions commonly have. */
const awsPolicies: Readonly<Record<string, readonly string[]>> = {
    "/service-role/AWSLambdaBasicExecutionRole": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
    "/service-role/AWSLambdaKinesisExecutionRole": [
        "kinesis:DescribeStream",
        "kinesis:DescribeStreamSummary",
        "kinesis:GetRecords",
        "kinesis:GetShardIterator",
        "kinesis:ListShards",
        "kinesis:ListStreams",
        "kinesis:SubscribeToShard",
        "logs:CreateLogGroup",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    ],
};

export function newAccount(ambient: Ambient): Account {
    const account = { ambient, roles: new Map(), policies: new Map(), sessions: new Map() };
    for (const [path, Action] of Object.entries(awsPolicies)) {
        const document = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource: "*" }] };
        addPolicy(account, arnOf({ ...ambient, accountId: "aws" }, "iam", `policy${path}`), JSON.stringify(document));
    }
    return account;
}

export function addPolicy({ ambient, policies }: Account, arn: string, text: string): ManagedPolicy {
    const [, path = "/", name = ""] = /:policy(\/(?:.*\/)?)([^/]+)$/.exec(arn) ?? [];
    const createdMs = ambient.clock.nowMs();
    const policy = { name, id: newId("ANPA"), arn, path, createdMs, document: parsed(text) };
    policies.set(arn, policy);
    return policy;
}

/** @throws AwsError (MalformedPolicyDocument) */
export function parsed(text: string): WrittenPolicy {
    return { ...parsePolicy(text), text };
}

/** An operation on a role that exists. */
export const onRole = operationOn({ RoleName: required(text()) }, ({ roles }: Account, { RoleName }) => {
    const role = roles.get(RoleName);
    if (!role) throw noSuchEntity(`The role with name ${RoleName} cannot be found.`);
    return role;
});

export function policyOf(account: Account, arn: string): ManagedPolicy {
    const policy = account.policies.get(arn);
    if (!policy) throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
    return policy;
}

export function checkName(member: string, name: string): void {
    if (/^[\w+=,.@-]+$/.test(name)) return;
    throw invalid(
        `The specified value for ${member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-`,
    );
}

export const newId = (prefix: string): string => prefix + randomBytes(9).toString("hex").toUpperCase().slice(0, 17);

export const noSuchEntity = refusalNamed("NoSuchEntityException", 404, "NoSuchEntity");
export const alreadyExists = refusalNamed("EntityAlreadyExistsException", 409, "EntityAlreadyExists");
export const conflict = refusalNamed("DeleteConflictException", 409, "DeleteConflict");
export const invalid = refusalNamed("ValidationError");
export const invalidInput = refusalNamed("InvalidInputException", 400, "InvalidInput");
const limitExceeded = refusalNamed("LimitExceededException", 409, "LimitExceeded");
/** What IAM says of tags that cannot be. */
export const tagRefusals: TagRefusals = {
    malformed: invalidInput,
    tooMany: () => limitExceeded(`Cannot exceed quota for TagsPerRole: ${tagsMax}`),
};
export const denied = refusalNamed("AccessDeniedException", 403, "AccessDenied");

/** What keys hear that the sandbox gave out once and took back. */
export const unrecognized = (): AwsError =>
    new AwsError(
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
        403,
        "InvalidClientTokenId",
    );

/** What the keys of a session hear once its time is over. */
export const expired = (): AwsError =>
    new AwsError("ExpiredTokenException", "The security token included in the request is expired", 403, "ExpiredToken");

/** What a caller hears whom the policies of one kind deny a call, or do not allow it. */
export function notAuthorized(
    calledArn: string,
    { action, resource }: AccessRequest,
    verdict: Exclude<Verdict, "allow">,
    kind: "identity-based" | "resource-based",
): AwsError {
    const on = resource === "*" ? "" : ` on resource: ${resource}`;
    const why =
        verdict === "explicitDeny"
            ? `with an explicit deny in ${kind === "identity-based" ? "an" : "a"} ${kind} policy`
            : `because no ${kind} policy allows the ${action} action`;
    return denied(`User: ${calledArn} is not authorized to perform: ${action}${on} ${why}`);
}
