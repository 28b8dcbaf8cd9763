/**
 * aws:iam/getPolicyDocument: the document of the given statements, one value as a string, several as a sorted list.
 */
import { type Properties } from "../values";

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

type Principal = { type: string; identifiers: string[] };
type Condition = { test: string; variable: string; values: string[] };

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
