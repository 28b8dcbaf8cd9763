/**
 * Roles: whom they trust, their bounds, policies and tags.
 */
import { arnOf, type AwsError } from "../service";
import { operation } from "../wire/operation";
import { formInteger } from "../wire/query";
import { listOf, required, structure, text } from "../wire/shape";
import { addTags, newTags, removeTags, tagList, type Tags } from "../wire/tags";
import {
    type Account,
    alreadyExists,
    checkName,
    conflict,
    invalid,
    invalidInput,
    newId,
    noSuchEntity,
    onRole,
    parsed,
    policyOf,
    type Role,
    tagRefusals,
} from "./state";

const sessionSeconds = formInteger(3_600, 43_200);
const tags = listOf(structure({ Key: required(text()), Value: required(text()) }));

export const createRole = operation(
    {
        RoleName: required(text(1, 64)),
        AssumeRolePolicyDocument: required(text()),
        Path: text(),
        Description: text(),
        MaxSessionDuration: sessionSeconds,
        PermissionsBoundary: text(),
        Tags: tags,
    },
    (account: Account, { RoleName: name, Path: path = "/", ...input }, nowMs) => {
        checkName("roleName", name);
        // Names are not distinguished by case.
        const taken = [...account.roles.keys()].some((other) => other.toLowerCase() === name.toLowerCase());
        if (taken) throw alreadyExists(`Role with name ${name} already exists.`);
        if (!/^\/(?:[!-~]*\/)?$/.test(path)) throw invalid(`The specified value for path is invalid: ${path}`);
        const created: Role = {
            name,
            id: newId("AROA"),
            path,
            arn: arnOf(account.ambient, "iam", `role${path}${name}`),
            createdMs: nowMs,
            trust: parsed(input.AssumeRolePolicyDocument),
            description: input.Description ?? "",
            maxSessionSeconds: Number(input.MaxSessionDuration ?? 3_600),
            boundary: input.PermissionsBoundary,
            inline: new Map(),
            attached: new Set(),
            tags: roleTags(input.Tags),
        };
        if (created.boundary !== undefined) policyOf(account, created.boundary);
        account.roles.set(name, created);
        return { Role: described(created) };
    },
);

export const getRole = onRole({}, (role) => ({ Role: described(role) }));

export const listRoles = operation({}, ({ roles }: Account) => ({
    Roles: [...roles.values()].map(described),
    IsTruncated: false,
}));

export const deleteRole = onRole({}, ({ name, inline, attached }, _input, account) => {
    if (inline.size > 0) throw conflict("Cannot delete entity, must delete policies first.");
    if (attached.size > 0) throw conflict("Cannot delete entity, must detach all policies first.");
    account.roles.delete(name);
});

export const updateRole = onRole({ Description: text(), MaxSessionDuration: sessionSeconds }, (role, input) => {
    if (input.Description !== undefined) role.description = input.Description;
    if (input.MaxSessionDuration !== undefined) role.maxSessionSeconds = Number(input.MaxSessionDuration);
    return {};
});

export const updateDescription = onRole({ Description: required(text(0, 1_000)) }, (role, { Description }) => {
    role.description = Description;
    return { Role: described(role) };
});

export const updateTrust = onRole({ PolicyDocument: required(text()) }, (role, input) => {
    role.trust = parsed(input.PolicyDocument);
});

export const putBoundary = onRole({ PermissionsBoundary: required(text()) }, (role, input, account) => {
    role.boundary = policyOf(account, input.PermissionsBoundary).arn;
});

export const deleteBoundary = onRole({}, (role) => {
    role.boundary = undefined;
});

export const listInstanceProfiles = onRole({}, () => ({ InstanceProfiles: [], IsTruncated: false }));

export const tagRole = onRole({ Tags: tags }, (role, { Tags }) => {
    checkKeys(Tags);
    addTags(role.tags, Tags, tagRefusals);
});

export const untagRole = onRole({ TagKeys: listOf(text()) }, (role, input) => removeTags(role.tags, input.TagKeys));

export const listTags = onRole({}, (role) => ({ Tags: tagList(role.tags), IsTruncated: false }));

const inline = { PolicyName: required(text(1, 128)) };

export const putPolicy = onRole({ ...inline, PolicyDocument: required(text()) }, (role, input) => {
    checkName("policyName", input.PolicyName);
    role.inline.set(input.PolicyName, parsed(input.PolicyDocument));
});

export const getPolicy = onRole(inline, (role, { PolicyName }) => {
    const policy = role.inline.get(PolicyName);
    if (!policy) throw noInlinePolicy(PolicyName);
    return { RoleName: role.name, PolicyName, PolicyDocument: encodeURIComponent(policy.text) };
});

export const deletePolicy = onRole(inline, (role, { PolicyName }) => {
    if (!role.inline.delete(PolicyName)) throw noInlinePolicy(PolicyName);
});

export const listPolicies = onRole({}, (role) => ({ PolicyNames: [...role.inline.keys()].sort(), IsTruncated: false }));

const managed = { PolicyArn: required(text()) };

export const attachPolicy = onRole(managed, (role, { PolicyArn }, account) => {
    role.attached.add(policyOf(account, PolicyArn).arn);
});

export const detachPolicy = onRole(managed, (role, { PolicyArn }) => {
    if (!role.attached.delete(PolicyArn)) throw noSuchEntity(`Policy ${PolicyArn} was not found.`);
});

export const listAttachedPolicies = onRole({}, (role, _input, account) => ({
    AttachedPolicies: [...role.attached].map((arn) => ({ PolicyName: policyOf(account, arn).name, PolicyArn: arn })),
    IsTruncated: false,
}));

function described(role: Role): object {
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
        Tags: role.tags.size > 0 ? tagList(role.tags) : undefined,
    };
}

type GivenTags = readonly { readonly Key: string; readonly Value?: string }[];

function roleTags(given?: GivenTags): Tags {
    checkKeys(given);
    return newTags(given, tagRefusals);
}

/** Keys that differ in case alone are one. */
function checkKeys(given: GivenTags = []): void {
    if (new Set(given.map(({ Key }) => Key.toLowerCase())).size < given.length)
        throw invalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.");
}

const noInlinePolicy = (name: string): AwsError => noSuchEntity(`The role policy with name ${name} cannot be found.`);
