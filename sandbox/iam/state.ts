/**
 * What the local IAM knows: one account's roles, managed policies and the sessions of roles.
 */
import { randomBytes } from "node:crypto";

import { type Ambient, AwsError } from "../service";
import { parsePolicy, type PolicyDocument } from "./policy";
import { Sessions } from "./sessions";

export interface Account {
    readonly ambient: Ambient;
    readonly roles: Map<string, Role>;
    /** By ARN; those of AWS as well. */
    readonly policies: Map<string, ManagedPolicy>;
    readonly sessions: Sessions;
}

export interface Role {
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

export interface NamedDocument {
    readonly text: string;
    readonly document: PolicyDocument;
}

export interface ManagedPolicy {
    readonly name: string;
    readonly id: string;
    readonly arn: string;
    readonly path: string;
    readonly createdMs: number;
    readonly content: NamedDocument;
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

export function newAccount(ambient: Ambient): Account {
    const account = { ambient, roles: new Map(), policies: new Map(), sessions: new Sessions() };
    for (const [path, document] of Object.entries(awsPolicies))
        addPolicy(account, `arn:${ambient.partition}:iam::aws:policy${path}`, JSON.stringify(document));
    return account;
}

export function addPolicy({ ambient, policies }: Account, arn: string, document: string): ManagedPolicy {
    const [, path = "/", name = ""] = /:policy(\/(?:.*\/)?)([^/]+)$/.exec(arn) ?? [];
    const content = parsed(document);
    const policy = { name, id: newId("ANPA"), arn, path, createdMs: ambient.clock.nowMs(), content };
    policies.set(arn, policy);
    return policy;
}

/** @throws AwsError (MalformedPolicyDocument) */
export function parsed(text: string): NamedDocument {
    return { text, document: parsePolicy(text) };
}

export function roleOf(account: Account, { RoleName }: { readonly RoleName: string }): Role {
    const role = account.roles.get(RoleName);
    if (!role) throw noSuchEntity(`The role with name ${RoleName} cannot be found.`);
    return role;
}

export function policyOf(account: Account, arn: string): ManagedPolicy {
    const policy = account.policies.get(arn);
    if (!policy) throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
    return policy;
}

export function roleNameOf(roleArn: string): string {
    return roleArn.slice(roleArn.lastIndexOf("/") + 1);
}

export function newId(prefix: string): string {
    return prefix + randomBytes(9).toString("hex").toUpperCase().slice(0, 17);
}

export function noSuchEntity(message: string): AwsError {
    return new AwsError("NoSuchEntityException", message, 404, "NoSuchEntity");
}

export function alreadyExists(message: string): AwsError {
    return new AwsError("EntityAlreadyExistsException", message, 409, "EntityAlreadyExists");
}

export function conflict(message: string): AwsError {
    return new AwsError("DeleteConflictException", message, 409, "DeleteConflict");
}

export function invalid(message: string): AwsError {
    return new AwsError("ValidationError", message);
}
