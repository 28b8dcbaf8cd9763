/**
 * Managed policies, which roles may share.
 */
import { operation } from "../wire/operation";
import { required, text } from "../wire/shape";
import {
    type Account,
    addPolicy,
    alreadyExists,
    checkPolicyName,
    conflict,
    type ManagedPolicy,
    policyOf,
} from "./state";

const managed = { PolicyArn: required(text()) };

export const createPolicy = operation(
    { PolicyName: required(text()), PolicyDocument: required(text()), Path: text() },
    (account: Account, { PolicyName: name, PolicyDocument, Path: path = "/" }) => {
        checkPolicyName(name);
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
    PolicyVersion: { Document: encodeURIComponent(policyOf(account, input.PolicyArn).document.text), ...version },
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
