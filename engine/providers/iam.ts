// aws:iam: roles and their policies. IAM is global, speaks the query protocol and gives documents back URL-encoded.
import { type Aws, type Xml } from "./aws";
import { isNotFound, type Properties, type ResourceRow } from "./provider";
import { retag } from "./words";

type Parameters = Record<string, string>;
type InlinePolicy = { name: string; policy: string };

export const role: ResourceRow = {
    autoname: { property: "name", lengthMax: 64 },
    defaults: { forceDetachPolicies: false, maxSessionDuration: 3600, path: "/" },
    required: ["assumeRolePolicy"],
    replaceOn: ["name", "path"],
    documents: ["assumeRolePolicy"],
    sets: ["inlinePolicies", "managedPolicyArns"],
    computed: ["arn", "createDate", "uniqueId"],
    tags: "map",
    create: async (aws, inputs) => {
        const RoleName = inputs.name as string;
        await iam(aws, "CreateRole", {
            RoleName,
            AssumeRolePolicyDocument: inputs.assumeRolePolicy as string,
            Path: inputs.path as string,
            MaxSessionDuration: String(inputs.maxSessionDuration),
            ...(inputs.description ? { Description: inputs.description as string } : {}),
            ...(inputs.permissionsBoundary ? { PermissionsBoundary: inputs.permissionsBoundary as string } : {}),
            ...tagMembers(inputs.tags),
        });
        await changePolicies(aws, RoleName, {}, inputs);
        return RoleName;
    },
    read: async (aws, id) => {
        const answer = await found(() => iam(aws, "GetRole", { RoleName: id }));
        return (
            answer && {
                arn: answer.text("Arn"),
                name: id,
                path: answer.text("Path"),
                createDate: answer.text("CreateDate"),
                uniqueId: answer.text("RoleId"),
                assumeRolePolicy: decodeURIComponent(answer.text("AssumeRolePolicyDocument") ?? ""),
            }
        );
    },
    update: async (aws, id, olds, news) => {
        if (olds.assumeRolePolicy !== news.assumeRolePolicy) {
            const PolicyDocument = news.assumeRolePolicy as string;
            await iam(aws, "UpdateAssumeRolePolicy", { RoleName: id, PolicyDocument });
        }
        if (olds.description !== news.description || olds.maxSessionDuration !== news.maxSessionDuration) {
            await iam(aws, "UpdateRole", {
                RoleName: id,
                Description: (news.description ?? "") as string,
                MaxSessionDuration: String(news.maxSessionDuration),
            });
        }
        if (olds.permissionsBoundary !== news.permissionsBoundary) {
            await (news.permissionsBoundary
                ? iam(aws, "PutRolePermissionsBoundary", {
                      RoleName: id,
                      PermissionsBoundary: news.permissionsBoundary as string,
                  })
                : iam(aws, "DeleteRolePermissionsBoundary", { RoleName: id }));
        }
        await changePolicies(aws, id, olds, news);
        await retag(
            olds,
            news,
            (tags) => iam(aws, "TagRole", { RoleName: id, ...tagMembers(tags) }),
            (keys) => iam(aws, "UntagRole", { RoleName: id, ...members("TagKeys", keys) }),
        );
    },
    delete: async (aws, id, state) => {
        await changePolicies(aws, id, state, {});
        await iam(aws, "DeleteRole", { RoleName: id });
    },
};

/** The policies that the role itself declares; those of RolePolicy and RolePolicyAttachment are not touched. */
async function changePolicies(aws: Aws, RoleName: string, olds: Properties, news: Properties): Promise<void> {
    const inlineBefore = (olds.inlinePolicies ?? []) as InlinePolicy[];
    const inline = (news.inlinePolicies ?? []) as InlinePolicy[];
    for (const { name } of inlineBefore.filter((old) => !inline.some((next) => next.name === old.name)))
        await iam(aws, "DeleteRolePolicy", { RoleName, PolicyName: name });

    for (const { name, policy } of inline)
        await iam(aws, "PutRolePolicy", { RoleName, PolicyName: name, PolicyDocument: policy });

    const managedBefore = (olds.managedPolicyArns ?? []) as string[];
    const managed = (news.managedPolicyArns ?? []) as string[];
    for (const PolicyArn of managedBefore.filter((arn) => !managed.includes(arn)))
        await iam(aws, "DetachRolePolicy", { RoleName, PolicyArn });

    for (const PolicyArn of managed.filter((arn) => !managedBefore.includes(arn)))
        await iam(aws, "AttachRolePolicy", { RoleName, PolicyArn });
}

export const rolePolicy: ResourceRow = {
    autoname: { property: "name", lengthMax: 128 },
    required: ["policy", "role"],
    replaceOn: ["name", "role"],
    documents: ["policy"],
    computed: [],
    create: async (aws, inputs) => {
        await putRolePolicy(aws, inputs);
        return `${inputs.role as string}:${inputs.name as string}`;
    },
    read: async (aws, id) => {
        const [RoleName = "", PolicyName = ""] = id.split(":");
        const answer = await found(() => iam(aws, "GetRolePolicy", { RoleName, PolicyName }));
        return (
            answer && {
                role: RoleName,
                name: PolicyName,
                policy: decodeURIComponent(answer.text("PolicyDocument") ?? ""),
            }
        );
    },
    update: async (aws, _id, _olds, news) => putRolePolicy(aws, news),
    delete: async (aws, id) => {
        const [RoleName = "", PolicyName = ""] = id.split(":");
        await iam(aws, "DeleteRolePolicy", { RoleName, PolicyName });
    },
};

async function putRolePolicy(aws: Aws, inputs: Properties): Promise<void> {
    await iam(aws, "PutRolePolicy", {
        RoleName: inputs.role as string,
        PolicyName: inputs.name as string,
        PolicyDocument: inputs.policy as string,
    });
}

export const rolePolicyAttachment: ResourceRow = {
    required: ["policyArn", "role"],
    replaceOn: ["policyArn", "role"],
    computed: [],
    create: async (aws, inputs) => {
        const { role: RoleName, policyArn: PolicyArn } = inputs as { role: string; policyArn: string };
        await iam(aws, "AttachRolePolicy", { RoleName, PolicyArn });
        return `${RoleName}/${PolicyArn}`;
    },
    read: async (aws, id) => {
        const RoleName = id.slice(0, id.indexOf("/"));
        const policyArn = id.slice(id.indexOf("/") + 1);
        const answer = await found(() => iam(aws, "ListAttachedRolePolicies", { RoleName }));
        return answer?.texts("PolicyArn").includes(policyArn) ? { role: RoleName, policyArn } : undefined;
    },
    delete: async (aws, id) => {
        const PolicyArn = id.slice(id.indexOf("/") + 1);
        await iam(aws, "DetachRolePolicy", { RoleName: id.slice(0, id.indexOf("/")), PolicyArn });
    },
};

function iam(aws: Aws, action: string, parameters: Parameters): Promise<Xml> {
    return aws.query("iam", "2010-05-08", action, parameters);
}

async function found(ask: () => Promise<Xml>): Promise<Xml | undefined> {
    try {
        return await ask();
    } catch (error) {
        if (isNotFound(error)) return undefined;

        throw error;
    }
}

function tagMembers(tags: unknown): Parameters {
    const entries = Object.entries((tags ?? {}) as Record<string, string>);
    return Object.assign(
        {},
        ...entries.map(([key, value], index) => ({
            [`Tags.member.${index + 1}.Key`]: key,
            [`Tags.member.${index + 1}.Value`]: value,
        })),
    ) as Parameters;
}

function members(name: string, values: readonly string[]): Parameters {
    return Object.fromEntries(values.map((value, index) => [`${name}.member.${index + 1}`, value]));
}

type Principal = { type: string; identifiers: string[] };
type Condition = { test: string; variable: string; values: string[] };

/** aws:iam/getPolicyDocument: the document of the given statements, one value as a string, several as a sorted list. */
export function policyDocument(args: Properties): string {
    const statements = ((args.statements ?? []) as Properties[]).map((statement) => ({
        ...(statement.sid ? { Sid: statement.sid } : {}),
        Effect: statement.effect ?? "Allow",
        ...oneOrSorted("Action", statement.actions),
        ...oneOrSorted("NotAction", statement.notActions),
        ...oneOrSorted("Resource", statement.resources),
        ...oneOrSorted("NotResource", statement.notResources),
        ...principals("Principal", statement.principals),
        ...principals("NotPrincipal", statement.notPrincipals),
        ...conditions(statement.conditions),
    }));
    const sources = [args.sourcePolicyDocuments, args.overridePolicyDocuments]
        .flatMap((documents) => (documents ?? []) as string[])
        .flatMap((document) => (JSON.parse(document) as { Statement: object[] }).Statement);
    return JSON.stringify(
        {
            Version: args.version ?? "2012-10-17",
            ...(args.policyId ? { Id: args.policyId } : {}),
            Statement: [...sources, ...statements],
        },
        undefined,
        2,
    );
}

function oneOrSorted(name: string, values: unknown): Properties {
    const list = [...((values ?? []) as string[])].sort();
    return list.length === 0 ? {} : { [name]: list.length === 1 ? list[0] : list };
}

function principals(name: string, given: unknown): Properties {
    const list = (given ?? []) as Principal[];
    if (list.length === 0) return {};

    const everyone = list.some(({ type, identifiers }) => type === "*" && identifiers.includes("*"));
    const byType = list.map(({ type, identifiers }) => oneOrSorted(type, identifiers));
    return { [name]: everyone ? "*" : (Object.assign({}, ...byType) as Properties) };
}

function conditions(given: unknown): Properties {
    const byTest: Record<string, Properties> = {};
    for (const { test, variable, values } of (given ?? []) as Condition[])
        byTest[test] = { ...byTest[test], ...oneOrSorted(variable, values) };

    return Object.keys(byTest).length === 0 ? {} : { Condition: byTest };
}
