/**
 * Managed policies, which roles may share.
 */
import { arnOf } from "../service";
import { operation, operationOn } from "../wire/operation";
import { required, text } from "../wire/shape";
import { type Account, addPolicy, alreadyExists, checkName, conflict, type ManagedPolicy, policyOf } from "./state";

const onPolicy = operationOn({ PolicyArn: required(text()) }, (account: Account, input) =>
    policyOf(account, input.PolicyArn),
);

export const createPolicy = operation(
    { PolicyName: required(text()), PolicyDocument: required(text()), Path: text() },
    (account: Account, { PolicyName: name, PolicyDocument, Path: path = "/" }) => {
        checkName("policyName", name);
        const arn = arnOf(account.ambient, "iam", `policy${path}${name}`);
        if (account.policies.has(arn)) throw alreadyExists(`A policy called ${name} already exists.`);
        return { Policy: described(addPolicy(account, arn, PolicyDocument)) };
    },
);

export const getPolicy = onPolicy({}, (policy) => ({ Policy: described(policy) }));

/** Policies have one version here. */
const version = { VersionId: "v1", IsDefaultVersion: true };

export const getPolicyVersion = onPolicy({}, ({ document }) => ({
    PolicyVersion: { Document: encodeURIComponent(document.text), ...version },
}));

export const listPolicyVersions = onPolicy({}, () => ({ Versions: [version], IsTruncated: false }));

export const deletePolicy = onPolicy({}, ({ arn }, _input, { roles, policies }) => {
    if ([...roles.values()].some(({ attached }) => attached.has(arn)))
        throw conflict("Cannot delete a policy attached to entities.");

    policies.delete(arn);
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
