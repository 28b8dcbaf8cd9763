/**
 * Policy documents: whether they allow a call, as IAM evaluates them: an explicit deny wins, and what nobody allows is denied.
 *
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html, read 2026-11.
 */
import { type AccessRequest, type Principal, refusalNamed } from "../service";

/** `implicitDeny`: no statement is about it. */
export type Verdict = "allow" | "explicitDeny" | "implicitDeny";

export interface PolicyDocument {
    readonly Version?: string;
    readonly Statement: readonly Statement[];
}

type OneOrMore<T> = T | readonly T[];

interface Statement {
    readonly Sid?: string;
    readonly Effect: "Allow" | "Deny";
    readonly Action?: OneOrMore<string>;
    readonly NotAction?: OneOrMore<string>;
    readonly Resource?: OneOrMore<string>;
    readonly NotResource?: OneOrMore<string>;
    readonly Principal?: "*" | Readonly<Record<string, OneOrMore<string>>>;
    readonly NotPrincipal?: "*" | Readonly<Record<string, OneOrMore<string>>>;
    readonly Condition?: Readonly<Record<string, Readonly<Record<string, OneOrMore<string | number | boolean>>>>>;
}

/** Reads a policy document, as JSON text. @throws AwsError (MalformedPolicyDocument) */
export function parsePolicy(text: string): PolicyDocument {
    let document: unknown;
    try {
        document = JSON.parse(text);
    } catch {
        throw malformed("This policy contains invalid Json");
    }
    if (typeof document !== "object" || document === null || !("Statement" in document))
        throw malformed("Syntax errors in policy: it has no Statement.");

    const statements = asList(document.Statement as OneOrMore<Statement>);
    for (const statement of statements) checkStatement(statement);
    return { ...document, Statement: statements };
}

function checkStatement(statement: Statement): void {
    if (typeof statement !== "object" || statement === null) throw malformed("A statement must be an object.");
    if (!["Allow", "Deny"].includes(statement.Effect))
        throw malformed(`The Effect of a statement must be Allow or Deny, not ${JSON.stringify(statement.Effect)}.`);

    if (statement.Action === undefined && statement.NotAction === undefined)
        throw malformed("Policy statement must contain actions.");

    for (const action of asList(statement.Action ?? statement.NotAction!)) {
        if (action !== "*" && !/^[\w-]+:[\w*?-]+$/.test(action)) {
            throw malformed(
                `Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc. Not so: ${action}`,
            );
        }
    }
    for (const operator of Object.keys(statement.Condition ?? {})) conditionRow(operator);
}

const malformed = refusalNamed("MalformedPolicyDocumentException", 400, "MalformedPolicyDocument");

/** What all documents together say about a request. */
export function evaluatePolicies(documents: readonly PolicyDocument[], request: AccessRequest): Verdict {
    const statements = documents.flatMap((document) => document.Statement).filter((each) => applies(each, request));
    if (statements.some((statement) => statement.Effect === "Deny")) return "explicitDeny";
    return statements.length > 0 ? "allow" : "implicitDeny";
}

function applies(statement: Statement, request: AccessRequest): boolean {
    const { Action, NotAction, Resource, NotResource, Principal: principal, NotPrincipal, Condition } = statement;
    const actionMatches = (pattern: string): boolean =>
        matchesPattern(pattern.toLowerCase(), request.action.toLowerCase());
    if (Action !== undefined && !asList(Action).some(actionMatches)) return false;
    if (NotAction !== undefined && asList(NotAction).some(actionMatches)) return false;
    const resourceMatches = (pattern: string): boolean => matchesPattern(pattern, request.resource);
    if (Resource !== undefined && !asList(Resource).some(resourceMatches)) return false;
    if (NotResource !== undefined && asList(NotResource).some(resourceMatches)) return false;
    if (principal !== undefined && !matchesPrincipal(principal, request.principal)) return false;
    if (NotPrincipal !== undefined && matchesPrincipal(NotPrincipal, request.principal)) return false;
    return Object.entries(Condition ?? {}).every(([operator, keys]) =>
        Object.entries(keys).every(([key, expected]) => conditionHolds(operator, key, asList(expected), request)),
    );
}

function matchesPrincipal(expected: NonNullable<Statement["Principal"]>, actual: Principal | undefined): boolean {
    if (expected === "*") return true;
    if (!actual) return false;
    if (asList(expected.AWS ?? []).includes("*")) return true;
    if ("service" in actual) return asList(expected.Service ?? []).includes(actual.service);
    const names = [actual.arn, actual.accountId];
    return asList(expected.AWS ?? []).some(
        (name) => names.includes(name) || name.endsWith(`:iam::${actual.accountId}:root`),
    );
}

const equals = (expected: string, actual: string): boolean => expected === actual;
const equalsInAnyCase = (expected: string, actual: string): boolean => expected.toLowerCase() === actual.toLowerCase();
const numeric =
    (compare: (actual: number, expected: number) => boolean) =>
    (expected: string, actual: string): boolean =>
        compare(Number(actual), Number(expected));

/** How a condition operator compares one value of the policy with one of the request. */
const conditionRows: Readonly<Record<string, (expected: string, actual: string) => boolean>> = {
    StringEquals: equals,
    StringEqualsIgnoreCase: equalsInAnyCase,
    StringLike: matchesPattern,
    ArnEquals: matchesPattern,
    ArnLike: matchesPattern,
    Bool: equalsInAnyCase,
    NumericEquals: numeric((actual, expected) => actual === expected),
    NumericLessThan: numeric((actual, expected) => actual < expected),
    NumericLessThanEquals: numeric((actual, expected) => actual <= expected),
    NumericGreaterThan: numeric((actual, expected) => actual > expected),
    NumericGreaterThanEquals: numeric((actual, expected) => actual >= expected),
};

interface Condition {
    readonly matches: (expected: string, actual: string) => boolean;
    /** StringNotEquals and its kin hold where no value matches. */
    readonly negated: boolean;
}

function conditionRow(operator: string): Condition | "Null" {
    const name = operator.replace(/^ForAnyValue:|^ForAllValues:/, "").replace(/IfExists$/, "");
    if (name === "Null") return "Null";
    const plain = name.replace(/^(String|Arn|Numeric)Not/, "$1");
    const matches = Object.hasOwn(conditionRows, plain) ? conditionRows[plain] : undefined;
    if (!matches) throw malformed(`The sandbox knows no condition operator ${operator}.`);
    return { matches, negated: plain !== name };
}

function conditionHolds(
    operator: string,
    key: string,
    expected: readonly (string | number | boolean)[],
    { context = {} }: AccessRequest,
): boolean {
    const found = Object.entries(context).find(([name]) => name.toLowerCase() === key.toLowerCase());
    const actual = found && asList(found[1]);
    const row = conditionRow(operator);
    if (row === "Null") return expected.some((value) => (String(value) === "true") === (actual === undefined));
    if (actual === undefined || actual.length === 0)
        return operator.endsWith("IfExists") || operator.startsWith("ForAllValues:") || row.negated;

    const matches = (value: string): boolean => {
        const any = expected.some((each) => row.matches(String(each), value));
        return row.negated ? !any : any;
    };
    if (operator.startsWith("ForAnyValue:")) return actual.some(matches);
    return actual.every(matches);
}

/** `*` stands for any text, `?` for one character; everything else for itself. */
function matchesPattern(pattern: string, value: string): boolean {
    if (!/[*?]/.test(pattern)) return pattern === value;
    const source = pattern
        .replace(/[.+^${}()|[\]\\]/g, "\\$&")
        .replace(/\*/g, ".*")
        .replace(/\?/g, ".");
    return new RegExp(`^${source}$`, "s").test(value);
}

function asList<T>(value: OneOrMore<T>): readonly T[] {
    return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}
