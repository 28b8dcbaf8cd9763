/**
 * The judges of all policies, and the policy objects made from them. Imported as `sharded-stream/policies` for a pack of your own.
 *
 * Everything that knows Pulumi is at the bottom. Nothing is constructed here.
 */
import {
    type EnforcementLevel,
    type ReportViolation,
    type ResourceValidationArgs,
    type ResourceValidationPolicy,
    type StackValidationArgs,
    type StackValidationPolicy,
} from "@pulumi/policy";
import { argsProblems, type Checks, oneOf } from "../capacity/checks";
import { refuse } from "../capacity/problems";
import { didYouMean } from "../capacity/text";
import { isKnown, type ResourceView } from "./resources";
import { type Judgement } from "./matches";
import { apply, type Change } from "./remedies";
import { type JudgedPolicyName, type PolicyName, type PolicyRow } from "./policyRow";
import { judgedRows } from "./rows";
import { changesWithoutValues, stackWithoutValues, withoutSecrets, withoutValues } from "./secrets";
import { componentTypes, shownResource, shownStack, viewOf } from "./shown";
import { compliant, tell, type Verdict, violation } from "./verdict";

export { InvalidInputError, type Problem } from "../capacity/problems";
export type { ResourceView } from "./resources";
export type { Change, Remedy } from "./remedies";
export type { JudgedPolicyName, PolicyName, PolicyRow } from "./policyRow";
export type { Judgement } from "./matches";
export type { Verdict } from "./verdict";

const judgedTypes = [...new Set(Object.values(judgedRows).flatMap(({ types = [] }) => types))];

/** The table of policies, for documentation and for tests. */
export const policyRows: Readonly<Record<PolicyName, PolicyRow>> = {
    ...judgedRows,
    "requirements-are-known": {
        description: "A preview should know every value that the other policies judge.",
        enforcementLevel: "advisory",
        types: judgedTypes,
        judge: judgeKnown,
        judgeStack: judgeStackKnown,
    },
};

/** The names of all policies, which a configuration file uses. */
export const policyNames = Object.keys(policyRows) as PolicyName[];

const judgedNames = Object.keys(judgedRows) as JudgedPolicyName[];

/**
 * What a policy says about a resource.
 *
 * @param config what a configuration sets; the defaults of the policy's configSchema fill in the rest
 * @throws InvalidInputError where no policy has the name
 */
export function judgeResource(name: PolicyName, view: ResourceView, config: object = {}): Verdict {
    const { judge, types } = rowOf(name, "judgeResource");
    if (!judge || !types?.includes(view.type)) return compliant;
    const wrong = misspelled(name, config);
    if (wrong) return wrong;
    const said = (shown: ResourceView) => tell(() => judge(shown, completeConfig(name, config)));
    return withoutValues(said(view), view.urn, [view], () => said(withoutSecrets(view)));
}

/** What a policy says about the resources of a stack, one by one. @throws InvalidInputError where no policy has the name */
export function judgeStack(
    name: PolicyName,
    views: readonly ResourceView[],
    config: object = {},
): readonly Judgement[] {
    const { judgeStack: judgeViews } = rowOf(name, "judgeStack");
    const wrong = misspelled(name, config);
    const complete = completeConfig(name, settingsOf(name, config));
    const judge = (shown: readonly ResourceView[]) => judgeViews?.(shown, complete) ?? [];
    const judgements = stackWithoutValues(judge, views);
    return wrong
        ? judgements.map((judgement, nth) => (nth === 0 ? { ...judgement, verdict: wrong } : judgement))
        : judgements;
}

/**
 * What a policy at the level `remediate` changes of a resource; nothing where the right value is not certain.
 *
 * @throws InvalidInputError where no policy has the name
 */
export function remedyOf(name: PolicyName, view: ResourceView, config: object = {}): readonly Change[] {
    const { remedy } = rowOf(name, "remedyOf");
    if (!remedy?.types.includes(view.type) || misspelled(name, config)) return [];
    return changesWithoutValues((shown) => remedy.changes(shown, completeConfig(name, config)), view);
}

/** Of a name that no policy has, nothing would be found; in JavaScript nobody sees that before. */
function rowOf(name: PolicyName, caller: string): PolicyRow {
    refuse(caller, nameOfPolicy("name", name));
    return policyRows[name];
}

const nameOfPolicy = oneOf(policyNames, "Give the name of a policy.");

/** Pulumi checks the values of a configuration and ignores a setting that does not exist: the policy would go on with its default, unnoticed. */
function misspelled(name: PolicyName, config: object): Verdict | undefined {
    const settings = Object.keys(policyRows[name].configSchema?.properties ?? {});
    const wrong = Object.keys(config).find((setting) => !settings.includes(setting));
    if (wrong === undefined) return undefined;
    return violation(
        `The policy's configuration sets ${wrong}, which it does not have.`,
        settings.length === 0 ? "Remove it." : didYouMean(wrong, settings) || "Remove it.",
    );
}

/** A configuration without what the policy does not have. */
function settingsOf(name: PolicyName, config: object): object {
    const settings = policyRows[name].configSchema?.properties ?? {};
    return Object.fromEntries(Object.entries(config).filter(([setting]) => Object.hasOwn(settings, setting)));
}

const defaults = Object.fromEntries(
    policyNames.map((name) => {
        const properties = Object.entries(policyRows[name].configSchema?.properties ?? {});
        return [name, Object.fromEntries(properties.map(([key, schema]) => [key, schema.default]))];
    }),
) as Readonly<Record<PolicyName, object>>;

function completeConfig(name: PolicyName, config: object): never {
    return { ...defaults[name], ...config } as never;
}

/** The third verdict of all the other policies on a resource: a policy of its own, so that a team can make it mandatory. */
function judgeKnown(view: ResourceView): Verdict {
    if (isKnown(view.props) && isKnown(view.component?.props)) return compliant;
    return judgeUnknown(judgedNames.map((name) => [name, judgeResource(name, view)] as const));
}

function judgeStackKnown(views: readonly ResourceView[]): Judgement[] {
    const viewByUrn = new Map(views.map((view) => [view.urn, view]));
    const untoldBefore = (name: PolicyName, urn: string) => {
        const view = viewByUrn.get(urn);
        return view !== undefined && judgeResource(name, view).verdict === "cannot-tell";
    };
    const judged = new Map<string, (readonly [PolicyName, Verdict])[]>();
    for (const name of judgedNames) {
        for (const { urn, verdict } of judgeStack(name, views)) {
            if (verdict.verdict !== "cannot-tell" || untoldBefore(name, urn)) continue;
            const verdicts = judged.get(urn) ?? [];
            judged.set(urn, [...verdicts, [name, verdict]]);
        }
    }
    return [...judged].map(([urn, verdicts]) => ({ urn, verdict: judgeUnknown(verdicts) }));
}

function judgeUnknown(verdicts: readonly (readonly [PolicyName, Verdict])[]): Verdict {
    const untold = verdicts.flatMap(([name, verdict]) =>
        verdict.verdict === "cannot-tell" ? [{ name, verdict }] : [],
    );
    if (untold.length === 0) return compliant;
    const unknown = [...new Set(untold.flatMap(({ verdict }) => verdict.unknown))];
    const names = untold.map(({ name }) => name);
    return violation(
        `This preview does not know ${unknown.join(", ")} yet; ${names.join(", ")} cannot be checked yet.`,
        "Declare a value that the preview knows, or let the update check it before it makes the resource.",
    );
}

/** A policy as a `PolicyPack` takes it. */
export type PolicyObject = ResourceValidationPolicy | StackValidationPolicy;

/**
 * The policy objects by name. None of them says what it cannot tell: where you take some, take "requirements-are-known" along, or use
 * `policiesNamed`, which does.
 */
export const policiesByName = Object.fromEntries(policyNames.map((name) => [name, policyObject(name)])) as Readonly<
    Record<PolicyName, PolicyObject>
>;

/** All policy objects: `new PolicyPack("team", { policies: [...policies, ...yourOwn] })`. */
export const policies: readonly PolicyObject[] = policyNames.map((name) => policiesByName[name]);

/**
 * Some of the policies, at levels of your choice, and with them the one that says what they cannot tell.
 *
 * @example policiesNamed({ "capacity-covers-requirements": "mandatory", "stream-is-encrypted": "mandatory" })
 * @throws InvalidInputError with every name that no policy has, and every level that there is not: the gate would be open
 */
export function policiesNamed(levels: Readonly<Partial<Record<PolicyName, EnforcementLevel>>>): PolicyObject[] {
    refuse("policiesNamed", argsProblems(levelChecks, levels));
    const chosen: typeof levels = { "requirements-are-known": "advisory", ...levels };
    return policyNames.flatMap((name) => {
        const enforcementLevel = chosen[name];
        return enforcementLevel === undefined ? [] : [{ ...policiesByName[name], enforcementLevel }];
    });
}

const enforcementLevels: readonly EnforcementLevel[] = ["advisory", "mandatory", "remediate", "disabled"];
const level = oneOf(enforcementLevels, "Give its level; its settings belong in the file of --policy-pack-config.");
const levelChecks: Checks = Object.fromEntries(policyNames.map((name) => [name, level]));

function policyObject(name: PolicyName): PolicyObject {
    const row: PolicyRow = policyRows[name];
    const { description, enforcementLevel, configSchema } = row;
    return {
        name,
        description,
        enforcementLevel,
        ...(configSchema && { configSchema }),
        ...(row.remedy && { remediateResource: remediation(name) }),
        ...((row.judge ?? row.judgeStack) && { validateResource: validation(name, row.types ?? []) }),
        ...(row.judgeStack && { validateStack: stackValidation(name, row) }),
    } as PolicyObject;
}

function stackValidation(name: PolicyName, { judge, stackNeeds }: PolicyRow) {
    const validate = (args: StackValidationArgs, report: ReportViolation) => {
        const views = shownStack(name, args.resources);
        // A policy that judges resources as well has said before which setting is misspelled.
        const config = judge ? settingsOf(name, args.getConfig()) : args.getConfig();
        for (const { urn, verdict } of judgeStack(name, views, config)) reportVerdict(verdict, report, urn);
    };
    return ofType(validate, stackNeeds);
}

/** As validateResourceOfType does it: where no resource has the type, a policy is not even asked, which costs more than most judges. */
function ofType<Validate extends object>(validate: Validate, type: string | undefined): Validate {
    return type === undefined ? validate : Object.assign(validate, { __pulumiType: type });
}

function validation(name: PolicyName, types: readonly string[]) {
    let toldOf: string | undefined;
    const validate = (args: ResourceValidationArgs, report: ReportViolation) => {
        // A component is looked at by whoever is asked, even to be remembered alone.
        if (!types.includes(args.type) && !componentTypes.includes(args.type)) return;
        const view = shownResource(name, args);
        if (!types.includes(args.type)) return;
        const config = args.getConfig();
        const wrong = misspelled(name, config);
        // Said once, of the first resource: in the update that follows a preview of the same resource again.
        if (wrong && (toldOf ??= args.urn) === args.urn) reportVerdict(wrong, report);
        else reportVerdict(judgeResource(name, view, settingsOf(name, config)), report);
    };
    return ofType(validate, types.length === 1 ? types[0] : undefined);
}

function remediation(name: PolicyName) {
    return (args: ResourceValidationArgs): Record<string, unknown> | undefined => {
        if (!policyRows[name].remedy?.types.includes(args.type)) return undefined;
        const changes = remedyOf(name, viewOf(args), args.getConfig());
        if (changes.length === 0) return undefined;
        apply(args.props, changes);
        return args.props;
    };
}

function reportVerdict(verdict: Verdict, report: ReportViolation, urn?: string): void {
    // "cannot-tell" is said by requirements-are-known, for all policies at once.
    if (verdict.verdict === "violation") report(verdict.message, urn);
}
