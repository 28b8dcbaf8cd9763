/**
 * Roles: whom they trust, their bounds and tags.
 */
import { listOf, required, structure, text } from "../wire/shape";
import { operation } from "../wire/operation";
import { type Account, alreadyExists, conflict, invalid, newId, parsed, policyOf, type Role, roleOf } from "./state";

const role = { RoleName: required(text()) };
const tags = listOf(structure({ Key: required(text()), Value: text() }));

export const createRole = operation(
    {
        ...role,
        AssumeRolePolicyDocument: required(text()),
        Path: text(),
        Description: text(),
        MaxSessionDuration: text(),
        PermissionsBoundary: text(),
        Tags: tags,
    },
    (account: Account, { RoleName: name, Path: path = "/", ...input }, nowMs) => {
        if (!/^[\w+=,.@-]{1,64}$/.test(name)) {
            throw invalid(
                "The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_- and have at most 64 characters.",
            );
        }
        if (account.roles.has(name)) throw alreadyExists(`Role with name ${name} already exists.`);
        if (!/^\/(?:[!-~]*\/)?$/.test(path)) throw invalid(`The specified value for path is invalid: ${path}`);
        const { partition, accountId } = account.ambient;
        const created: Role = {
            name,
            id: newId("AROA"),
            path,
            arn: `arn:${partition}:iam::${accountId}:role${path}${name}`,
            createdMs: nowMs,
            trust: parsed(input.AssumeRolePolicyDocument),
            description: input.Description ?? "",
            maxSessionSeconds: Number(input.MaxSessionDuration ?? 3_600),
            boundary: input.PermissionsBoundary,
            inline: new Map(),
            attached: new Set(),
            tags: tagMap(input.Tags),
        };
        if (created.boundary !== undefined) policyOf(account, created.boundary);
        account.roles.set(name, created);
        return { Role: described(created) };
    },
);

export const getRole = operation(role, (account: Account, input) => ({ Role: described(roleOf(account, input)) }));

export const listRoles = operation({}, ({ roles }: Account) => ({
    Roles: [...roles.values()].map(described),
    IsTruncated: false,
}));

export const deleteRole = operation(role, (account: Account, input) => {
    const { name, inline, attached } = roleOf(account, input);
    if (inline.size > 0) throw conflict("Cannot delete entity, must delete policies first.");
    if (attached.size > 0) throw conflict("Cannot delete entity, must detach all policies first.");
    account.roles.delete(name);
});

export const updateRole = operation(
    { ...role, Description: text(), MaxSessionDuration: text() },
    (account: Account, input) => {
        const changed = roleOf(account, input);
        if (input.Description !== undefined) changed.description = input.Description;
        if (input.MaxSessionDuration !== undefined) changed.maxSessionSeconds = Number(input.MaxSessionDuration);
        return {};
    },
);

export const updateTrust = operation({ ...role, PolicyDocument: required(text()) }, (account: Account, input) => {
    roleOf(account, input).trust = parsed(input.PolicyDocument);
});

export const putBoundary = operation({ ...role, PermissionsBoundary: required(text()) }, (account: Account, input) => {
    roleOf(account, input).boundary = policyOf(account, input.PermissionsBoundary).arn;
});

export const deleteBoundary = operation(role, (account: Account, input) => {
    roleOf(account, input).boundary = undefined;
});

export const listInstanceProfiles = operation(role, (account: Account, input) => {
    roleOf(account, input);
    return { InstanceProfiles: [], IsTruncated: false };
});

export const tagRole = operation({ ...role, Tags: tags }, (account: Account, input) => {
    const tagged = roleOf(account, input);
    for (const [key, value] of tagMap(input.Tags)) tagged.tags.set(key, value);
});

export const untagRole = operation({ ...role, TagKeys: listOf(text()) }, (account: Account, input) => {
    const tagged = roleOf(account, input);
    for (const key of input.TagKeys ?? []) tagged.tags.delete(key);
});

export const listRoleTags = operation(role, (account: Account, input) => ({
    Tags: describedTags(roleOf(account, input)),
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
        Tags: role.tags.size > 0 ? describedTags(role) : undefined,
    };
}

function describedTags({ tags }: Role): object[] {
    return [...tags].map(([Key, Value]) => ({ Key, Value }));
}

function tagMap(tags: readonly { readonly Key: string; readonly Value?: string }[] = []): Map<string, string> {
    return new Map(tags.map(({ Key, Value = "" }) => [Key, Value]));
}
