/**
 * The policies of roles: inline ones, and managed ones that are attached.
 */
import { type AwsError } from "../service";
import { operation } from "../wire/operation";
import { required, text } from "../wire/shape";
import {
    type Account,
    addPolicy,
    alreadyExists,
    conflict,
    invalid,
    type ManagedPolicy,
    noSuchEntity,
    parsed,
    policyOf,
    roleOf,
} from "./state";

const role = { RoleName: required(text()) };
const inline = { ...role, PolicyName: required(text()) };
const managed = { PolicyArn: required(text()) };
const document = { PolicyDocument: required(text()) };

export const putRolePolicy = operation({ ...inline, ...document }, (account: Account, input) => {
    const policies = roleOf(account, input).inline;
    checkName(input.PolicyName);
    policies.set(input.PolicyName, parsed(input.PolicyDocument));
});

export const getRolePolicy = operation(inline, (account: Account, input) => {
    const { RoleName, PolicyName } = input;
    const policy = roleOf(account, input).inline.get(PolicyName);
    if (!policy) throw noInlinePolicy(PolicyName);
    return { RoleName, PolicyName, PolicyDocument: encodeURIComponent(policy.text) };
});

export const deleteRolePolicy = operation(inline, (account: Account, input) => {
    if (!roleOf(account, input).inline.delete(input.PolicyName)) throw noInlinePolicy(input.PolicyName);
});

export const listRolePolicies = operation(role, (account: Account, input) => ({
    PolicyNames: [...roleOf(account, input).inline.keys()].sort(),
    IsTruncated: false,
}));

export const attachRolePolicy = operation({ ...role, ...managed }, (account: Account, input) => {
    roleOf(account, input).attached.add(policyOf(account, input.PolicyArn).arn);
});

export const detachRolePolicy = operation({ ...role, ...managed }, (account: Account, input) => {
    if (!roleOf(account, input).attached.delete(input.PolicyArn))
        throw noSuchEntity(`Policy ${input.PolicyArn} was not found.`);
});

export const listAttachedRolePolicies = operation(role, (account: Account, input) => ({
    AttachedPolicies: [...roleOf(account, input).attached].map((arn) => ({
        PolicyName: policyOf(account, arn).name,
        PolicyArn: arn,
    })),
    IsTruncated: false,
}));

export const createPolicy = operation(
    { PolicyName: required(text()), ...document, Path: text() },
    (account: Account, { PolicyName: name, PolicyDocument, Path: path = "/" }) => {
        checkName(name);
        const { partition, accountId } = account.ambient;
        const arn = `arn:${partition}:iam::${accountId}:policy${path}${name}`;
        if (account.policies.has(arn)) throw alreadyExists(`A policy called ${name} already exists.`);
        return { Policy: described(addPolicy(account, arn, PolicyDocument)) };
    },
);

export const getPolicy = operation(managed, (account: Account, input) => ({
    Policy: described(policyOf(account, input.PolicyArn)),
}));

/** Policies have one version here. */
const version = { VersionId: "v1", IsDefaultVersion: true };

export const getPolicyVersion = operation(managed, (account: Account, input) => ({
    PolicyVersion: { Document: encodeURIComponent(policyOf(account, input.PolicyArn).content.text), ...version },
}));

export const listPolicyVersions = operation(managed, (account: Account, input) => {
    policyOf(account, input.PolicyArn);
    return { Versions: [version], IsTruncated: false };
});

export const deletePolicy = operation(managed, (account: Account, input) => {
    const { arn } = policyOf(account, input.PolicyArn);
    if ([...account.roles.values()].some(({ attached }) => attached.has(arn)))
        throw conflict("Cannot delete a policy attached to entities.");

    account.policies.delete(arn);
});

function described(policy: ManagedPolicy): object {
    return {
        PolicyName: policy.name,
        PolicyId: policy.id,
        Arn: policy.arn,
        Path: policy.path,
        DefaultVersionId: version.VersionId,
        IsAttachable: true,
        CreateDate: new Date(policy.createdMs),
    };
}

function checkName(policyName: string): void {
    if (!/^[\w+=,.@-]{1,128}$/.test(policyName)) throw invalid("The specified value for policyName is invalid.");
}

function noInlinePolicy(name: string): AwsError {
    return noSuchEntity(`The role policy with name ${name} cannot be found.`);
}
