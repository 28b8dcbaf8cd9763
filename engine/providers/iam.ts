/**
 * aws:iam: roles and their policies. IAM is global, speaks the query protocol and gives documents back URL-encoded.
 */
import type * as pulumiIam from "@pulumi/aws/iam";
import { type Aws, type Xml } from "./aws";
import { type Checked, type ResourceRow, type Tags } from "./resource";

type Parameters = Record<string, string>;
type RoleInputs = Checked<pulumiIam.RoleArgs, "name">;

export const role: ResourceRow<RoleInputs> = {
    autoname: { property: "name", lengthMax: 64 },
    defaults: { forceDetachPolicies: false, maxSessionDuration: 3600, path: "/" },
    required: ["assumeRolePolicy"],
    replaceOn: ["name", "path"],
    documents: ["assumeRolePolicy"],
    sets: ["inlinePolicies", "managedPolicyArns"],
    computed: ["arn", "createDate", "uniqueId"],
    tags: "map",
    create: async (aws, inputs) => {
        const RoleName = inputs.name;
        await iam(aws, "CreateRole", {
            RoleName,
            AssumeRolePolicyDocument: inputs.assumeRolePolicy as string,
            Path: inputs.path,
            MaxSessionDuration: String(inputs.maxSessionDuration),
            Description: inputs.description || undefined,
            PermissionsBoundary: inputs.permissionsBoundary || undefined,
            ...tagMembers(inputs.tags),
        });
        await changePolicies(aws, RoleName, {}, inputs);
        return RoleName;
    },
    read: async (aws, id) => {
        const answer = await iam(aws, "GetRole", { RoleName: id });
        return {
            arn: answer.text("Arn"),
            name: id,
            path: answer.text("Path"),
            createDate: answer.text("CreateDate"),
            uniqueId: answer.text("RoleId"),
            assumeRolePolicy: decodeURIComponent(answer.text("AssumeRolePolicyDocument") ?? ""),
        };
    },
    update: async (aws, id, olds, news) => {
        const role = { RoleName: id };
        const { assumeRolePolicy, description = "", maxSessionDuration, permissionsBoundary } = news;
        if (olds.assumeRolePolicy !== assumeRolePolicy)
            await iam(aws, "UpdateAssumeRolePolicy", { ...role, PolicyDocument: assumeRolePolicy as string });
        if ((olds.description ?? "") !== description || olds.maxSessionDuration !== maxSessionDuration) {
            const MaxSessionDuration = String(maxSessionDuration);
            await iam(aws, "UpdateRole", { ...role, Description: description, MaxSessionDuration });
        }
        if (olds.permissionsBoundary !== permissionsBoundary) {
            await (permissionsBoundary
                ? iam(aws, "PutRolePermissionsBoundary", { ...role, PermissionsBoundary: permissionsBoundary })
                : iam(aws, "DeleteRolePermissionsBoundary", role));
        }
        await changePolicies(aws, id, olds, news);
    },
    tag: (aws, id, tags) => iam(aws, "TagRole", { RoleName: id, ...tagMembers(tags) }),
    untag: (aws, id, keys) =>
        iam(aws, "UntagRole", {
            RoleName: id,
            ...Object.fromEntries(keys.map((key, index) => [`TagKeys.member.${index + 1}`, key])),
        }),
    delete: async (aws, id, state) => {
        await changePolicies(aws, id, state, {});
        await iam(aws, "DeleteRole", { RoleName: id });
    },
};

type DeclaredPolicies = Pick<RoleInputs, "inlinePolicies" | "managedPolicyArns">;

/** The policies that the role itself declares; those of RolePolicy and RolePolicyAttachment are not touched. */
async function changePolicies(aws: Aws, RoleName: string, olds: DeclaredPolicies, news: DeclaredPolicies) {
    const [inlineBefore, inline] = [olds.inlinePolicies ?? [], news.inlinePolicies ?? []];
    for (const { name } of inlineBefore.filter((old) => !inline.some((next) => next.name === old.name)))
        await iam(aws, "DeleteRolePolicy", { RoleName, PolicyName: name });
    for (const { name, policy } of inline)
        await iam(aws, "PutRolePolicy", { RoleName, PolicyName: name, PolicyDocument: policy });
    const [managedBefore, managed] = [olds.managedPolicyArns ?? [], news.managedPolicyArns ?? []];
    for (const PolicyArn of managedBefore.filter((arn) => !managed.includes(arn)))
        await iam(aws, "DetachRolePolicy", { RoleName, PolicyArn });
    for (const PolicyArn of managed.filter((arn) => !managedBefore.includes(arn)))
        await iam(aws, "AttachRolePolicy", { RoleName, PolicyArn });
}

type RolePolicyInputs = Checked<pulumiIam.RolePolicyArgs, "name">;

export const rolePolicy: ResourceRow<RolePolicyInputs> = {
    autoname: { property: "name", lengthMax: 128 },
    required: ["policy", "role"],
    replaceOn: ["name", "role"],
    documents: ["policy"],
    computed: [],
    create: async (aws, inputs) => {
        await putRolePolicy(aws, inputs);
        return `${inputs.role as string}:${inputs.name}`;
    },
    read: async (aws, id) => {
        const { RoleName, PolicyName } = rolePolicyKey(id);
        const answer = await iam(aws, "GetRolePolicy", { RoleName, PolicyName });
        return {
            role: RoleName,
            name: PolicyName,
            policy: decodeURIComponent(answer.text("PolicyDocument") ?? ""),
        };
    },
    update: (aws, _id, _olds, news) => putRolePolicy(aws, news),
    delete: (aws, id) => iam(aws, "DeleteRolePolicy", rolePolicyKey(id)),
};

function rolePolicyKey(id: string): { RoleName: string; PolicyName: string } {
    const [RoleName = "", PolicyName = ""] = id.split(":");
    return { RoleName, PolicyName };
}

async function putRolePolicy(aws: Aws, { role, name, policy }: RolePolicyInputs): Promise<void> {
    const PolicyDocument = policy as string;
    await iam(aws, "PutRolePolicy", { RoleName: role as string, PolicyName: name, PolicyDocument });
}

export const rolePolicyAttachment: ResourceRow<Checked<pulumiIam.RolePolicyAttachmentArgs>> = {
    required: ["policyArn", "role"],
    replaceOn: ["policyArn", "role"],
    computed: [],
    create: async (aws, inputs) => {
        const key = { RoleName: inputs.role as string, PolicyArn: inputs.policyArn as string };
        await iam(aws, "AttachRolePolicy", key);
        return `${key.RoleName}/${key.PolicyArn}`;
    },
    read: async (aws, id) => {
        const { RoleName, PolicyArn } = attachmentKey(id);
        const answer = await iam(aws, "ListAttachedRolePolicies", { RoleName });
        return answer.texts("PolicyArn").includes(PolicyArn) ? { role: RoleName, policyArn: PolicyArn } : undefined;
    },
    delete: (aws, id) => iam(aws, "DetachRolePolicy", attachmentKey(id)),
};

function attachmentKey(id: string): { RoleName: string; PolicyArn: string } {
    const slash = id.indexOf("/");
    return { RoleName: id.slice(0, slash), PolicyArn: id.slice(slash + 1) };
}

function iam(aws: Aws, action: string, parameters: Record<string, string | undefined>): Promise<Xml> {
    const given = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return aws.query("iam", "2010-05-08", action, Object.fromEntries(given));
}

function tagMembers(tags: Tags = {}): Parameters {
    const members = Object.entries(tags).flatMap(([key, value], index) => [
        [`Tags.member.${index + 1}.Key`, key],
        [`Tags.member.${index + 1}.Value`, value],
    ]);
    return Object.fromEntries(members) as Parameters;
}
