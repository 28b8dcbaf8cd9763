/**
 * The registry of policies, and the policy objects made from it. Imported as `sharded-stream/policies` for a pack of your own.
 *
 * A row holds a name, a level and a judge; everything that knows Pulumi is at the bottom. Nothing is constructed here.
 */
import {
    type EnforcementLevel,
    type PolicyConfigSchema,
    type PolicyResource,
    type ReportViolation,
    type ResourceValidationArgs,
    type ResourceValidationPolicy,
    type StackValidationArgs,
    type StackValidationPolicy,
} from "@pulumi/policy";
import { type FindingCode } from "../capacity/findings";
import { limits } from "../capacity/limits";
import { kinesisMetrics, otherKinesisMetricNames } from "../capacity/metrics";
import { requirementRows } from "../capacity/requirements";
import { closest } from "../capacity/text";
import { judgeAlarm } from "./alarms";
import {
    alarmTypes,
    type ResourceView,
    shardedStreamType,
    snapshot,
    stashType,
    streamAutoscalerType,
    streamTypes,
} from "./resources";
import { type Judgement, judgeAlarmed, judgeScaledStreams, judgeThresholds } from "./stack";
import {
    judgeCapacity,
    judgeCapacityMode,
    judgeEncryption,
    judgeFanOut,
    judgeFinding,
    judgeFloor,
    judgeKeys,
    judgeOnDemand,
    judgeRawStream,
    judgeRecords,
    judgeRetention,
} from "./streams";
import { compliant, tell, type Verdict, violation } from "./verdict";

export type { Verdict } from "./verdict";
export type { ResourceView } from "./resources";

/** A policy: a judge of single resources, of what stands together in a stack, or of both. */
export interface PolicyRow {
    /** What the policy asks for, as a sentence. */
    readonly description: string;
    /** The level unless a configuration sets another. */
    readonly enforcementLevel: EnforcementLevel;
    /** What a configuration may set, with its default. */
    readonly configSchema?: PolicyConfigSchema;
    /** The findings of capacity/ that this policy voices. */
    readonly findings?: readonly FindingCode[];
    /** The resource types that `judge` takes. */
    readonly types?: readonly string[];
    readonly judge?: (view: ResourceView, config: never) => Verdict;
    readonly judgeStack?: (views: readonly ResourceView[], config: never) => readonly Judgement[];
}

const shardedStreams = [shardedStreamType];

const rows = {
    "capacity-covers-requirements": {
        description:
            "An overriding shardCount, or the maxShards of a scaler, must be at least what the declared requirements need.",
        enforcementLevel: "mandatory",
        types: shardedStreams,
        judge: judgeCapacity,
        findings: ["capacity-below-requirements"],
    },
    "enough-partition-keys": {
        description: "The declared partition keys must spread the load so that no shard is over its limits.",
        enforcementLevel: "mandatory",
        types: shardedStreams,
        judge: judgeKeys,
        findings: ["too-few-keys"],
    },
    "hottest-key-fits-a-shard": {
        description: "The declared hottest partition key must stay within what one shard takes.",
        enforcementLevel: "mandatory",
        types: shardedStreams,
        judge: judgeFinding("hottest-key-exceeds-shard"),
        findings: ["hottest-key-exceeds-shard"],
    },
    "on-demand-has-no-shard-count": {
        description: "A stream in on-demand mode must declare neither a shard count nor a scaler.",
        enforcementLevel: "mandatory",
        types: [...shardedStreams, ...streamTypes],
        judge: judgeOnDemand,
    },
    "scaled-stream-ignores-shard-count": {
        description:
            "A stream with a scaler must ignore changes of shardCount, or a deployment undoes what the scaler did.",
        enforcementLevel: "mandatory",
        judgeStack: judgeScaledStreams,
    },
    "floor-below-requirements": {
        description: "The minShards of a scaler should be at least what the declared requirements need.",
        enforcementLevel: "advisory",
        types: shardedStreams,
        judge: judgeFloor,
    },
    "polls-fit-a-shard": {
        description: "All shared consumers together should call GetRecords no more often than a shard answers.",
        enforcementLevel: "advisory",
        types: shardedStreams,
        judge: judgeFinding("too-many-polls"),
        findings: ["too-many-polls"],
    },
    "records-fit-the-stream": {
        description: "The declared rates should mean records that the stream accepts.",
        enforcementLevel: "advisory",
        types: shardedStreams,
        judge: judgeRecords,
        findings: ["record-too-large"],
    },
    "consumers-fit-fan-out": {
        description: "A stream should have no more enhanced fan-out consumers than Kinesis accepts.",
        enforcementLevel: "advisory",
        types: shardedStreams,
        judge: judgeFanOut,
        findings: ["too-many-fan-out-consumers"],
        configSchema: {
            properties: {
                fanOutConsumersMax: {
                    type: "integer",
                    minimum: 0,
                    maximum: limits.fanOutConsumersOnDemandAdvantageMax,
                    default: limits.fanOutConsumersMax,
                    description: `Fan-out consumers that a stream may have: ${limits.fanOutConsumersMax}, or up to ${limits.fanOutConsumersOnDemandAdvantageMax} in an On-demand Advantage account.`,
                },
            },
        },
    },
    "retention-covers-recovery": {
        description: "Records should be kept for as long as consumers may stand still and then need to catch up.",
        enforcementLevel: "advisory",
        types: shardedStreams,
        judge: judgeRetention,
        configSchema: {
            properties: {
                outageHours: {
                    type: "number",
                    minimum: 0,
                    maximum: limits.retentionHoursMax,
                    default: 12,
                    description: "The longest that consumers may stand still, in hours: a night is 12, a weekend 64.",
                },
            },
        },
    },
    "cheaper-capacity-mode": {
        description: "No other capacity mode should carry the declared load for clearly less.",
        enforcementLevel: "advisory",
        types: shardedStreams,
        judge: judgeCapacityMode,
        findings: ["cheaper-capacity-mode"],
        configSchema: {
            properties: {
                averageLoad: {
                    type: "number",
                    exclusiveMinimum: 0,
                    maximum: 1,
                    default: 1,
                    description: "The average load as a fraction of the declared peak.",
                },
                savingMin: {
                    type: "number",
                    minimum: 0,
                    maximum: 1,
                    default: 0.2,
                    description: "The least saving that is worth a message, as a fraction of the present cost.",
                },
            },
        },
    },
    "stream-is-encrypted": {
        description: "A stream should encrypt its records at rest.",
        enforcementLevel: "advisory",
        types: streamTypes,
        judge: judgeEncryption,
        configSchema: {
            properties: {
                customerManagedKey: {
                    type: "boolean",
                    default: false,
                    description: "Whether the key must be a customer-managed one.",
                },
            },
        },
    },
    "stream-is-alarmed": {
        description: "Somebody should be told when a stream refuses records and when its consumers fall behind.",
        enforcementLevel: "advisory",
        judgeStack: judgeAlarmed,
        configSchema: {
            properties: {
                metrics: {
                    type: "array",
                    items: { type: "string", enum: [...Object.keys(kinesisMetrics), ...otherKinesisMetricNames] },
                    default: ["WriteProvisionedThroughputExceeded", "GetRecords.IteratorAgeMilliseconds"],
                    description: "The metrics of a stream of which each must have an alarm.",
                },
            },
        },
    },
    "alarm-can-fire": {
        description:
            "An alarm on a Kinesis metric should have the StreamName dimension, a statistic with a meaning, the published unit and a threshold within reach.",
        enforcementLevel: "advisory",
        types: alarmTypes,
        judge: judgeAlarm,
        judgeStack: judgeThresholds,
    },
    "raw-stream-is-sized": {
        description: "A stream that is not a ShardedStream's should have declared requirements, and shards for them.",
        enforcementLevel: "advisory",
        types: streamTypes,
        judge: judgeRawStream,
        configSchema: {
            properties: {
                requirements: {
                    type: "object",
                    default: {},
                    description: "Requirements by stream name: the physical one, or the name in the program.",
                    additionalProperties: requirementsSchema(),
                },
            },
        },
    },
    "requirements-are-known": {
        description: "A preview should know every value that the other policies judge.",
        enforcementLevel: "advisory",
        types: [...shardedStreams, ...streamTypes, ...alarmTypes],
        judge: judgeKnown,
        judgeStack: judgeStackKnown,
    },
} as const satisfies Readonly<Record<string, PolicyRow>>;

export type PolicyName = keyof typeof rows;

/** The table of policies, for documentation and for tests. */
export const policyRows: Readonly<Record<PolicyName, PolicyRow>> = rows;

export const policyNames = Object.keys(rows) as PolicyName[];

/**
 * What a policy says about a resource.
 *
 * @param config what a configuration sets; the defaults of the policy's configSchema fill in the rest
 */
export function judgeResource(name: PolicyName, view: ResourceView, config: object = {}): Verdict {
    const { judge, types } = policyRows[name];
    if (!judge || !types?.includes(view.type)) return compliant;
    return misspelled(name, config) ?? tell(() => judge(view, completeConfig(name, config)));
}

/** What a policy says about the resources of a stack, one by one. */
export function judgeStack(
    name: PolicyName,
    views: readonly ResourceView[],
    config: object = {},
): readonly Judgement[] {
    const wrong = misspelled(name, config);
    const judgements = policyRows[name].judgeStack?.(views, completeConfig(name, config)) ?? [];
    return wrong ? judgements.map(({ urn }) => ({ urn, verdict: wrong })) : judgements;
}

/** Pulumi checks the values of a configuration and ignores a setting that does not exist: the policy would go on with its default, unnoticed. */
function misspelled(name: PolicyName, config: object): Verdict | undefined {
    const settings = Object.keys(policyRows[name].configSchema?.properties ?? {});
    const wrong = Object.keys(config).find((setting) => !settings.includes(setting));
    if (wrong === undefined) return undefined;
    return violation(
        `The policy's configuration sets ${wrong}, which it does not have.`,
        settings.length === 0 ? "Remove it." : `Did you mean ${closest(wrong, settings)}?`,
    );
}

function completeConfig(name: PolicyName, config: object): never {
    const properties = Object.entries(policyRows[name].configSchema?.properties ?? {});
    const defaults = Object.fromEntries(properties.map(([key, schema]) => [key, schema.default]));
    return { ...defaults, ...config } as never;
}

/** The third verdict of all the other policies on a resource: a policy of its own, so that a team can make it mandatory. */
function judgeKnown(view: ResourceView): Verdict {
    return judgeUnknown(
        policyNames
            .filter((name) => name !== "requirements-are-known")
            .map((name) => [name, judgeResource(name, view)] as const),
    );
}

function judgeStackKnown(views: readonly ResourceView[]): Judgement[] {
    const untoldBefore = (name: PolicyName, urn: string) =>
        views.some((view) => view.urn === urn && judgeResource(name, view).verdict === "cannot-tell");
    const judged = policyNames
        .filter((name) => name !== "requirements-are-known")
        .flatMap((name) => judgeStack(name, views).map(({ urn, verdict }) => ({ name, urn, verdict })))
        .filter(({ name, urn }) => !untoldBefore(name, urn));
    return [...new Set(judged.map(({ urn }) => urn))].map((urn) => ({
        urn,
        verdict: judgeUnknown(judged.filter((one) => one.urn === urn).map(({ name, verdict }) => [name, verdict])),
    }));
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

function requirementsSchema() {
    const properties = Object.entries(requirementRows).map(([name, row]) => [
        name,
        {
            type: row.whole ? ("integer" as const) : ("number" as const),
            [row.aboveMinimum ? "exclusiveMinimum" : "minimum"]: row.minimum,
            maximum: row.maximum,
        },
    ]);
    return {
        type: "object" as const,
        properties: Object.fromEntries(properties),
        required: Object.entries(requirementRows).flatMap(([name, row]) => (row.required ? [name] : [])),
        additionalProperties: false,
    };
}

type PolicyObject = ResourceValidationPolicy | StackValidationPolicy;

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
 */
export function policiesNamed(levels: Readonly<Partial<Record<PolicyName, EnforcementLevel>>>): PolicyObject[] {
    const chosen: typeof levels = { "requirements-are-known": "advisory", ...levels };
    return policyNames.flatMap((name) => {
        const enforcementLevel = chosen[name];
        return enforcementLevel === undefined ? [] : [{ ...policiesByName[name], enforcementLevel }];
    });
}

function policyObject(name: PolicyName): PolicyObject {
    const { description, enforcementLevel, configSchema, judge, judgeStack: judgesStack } = policyRows[name];
    return {
        name,
        description,
        enforcementLevel,
        ...(configSchema && { configSchema }),
        ...(judge && {
            validateResource: (args: ResourceValidationArgs, report: ReportViolation) => {
                if (policyRows[name].types?.includes(args.type))
                    reportVerdict(judgeResource(name, resourceView(args), args.getConfig()), report);
            },
        }),
        ...(judgesStack && {
            validateStack: (args: StackValidationArgs, report: ReportViolation) => {
                const views = args.resources.filter(({ type }) => stackTypes.includes(type)).map(stackResourceView);
                for (const { urn, verdict } of judgeStack(name, views, args.getConfig()))
                    reportVerdict(verdict, report, urn);
            },
        }),
    } as PolicyObject;
}

const stackTypes = [...shardedStreams, ...streamTypes, ...alarmTypes, streamAutoscalerType, stashType];

function reportVerdict(verdict: Verdict, report: ReportViolation, urn?: string): void {
    // "cannot-tell" is said by requirements-are-known, for all policies at once.
    if (verdict.verdict === "violation") report(verdict.message, urn);
}

function resourceView({ type, name, urn, props, opts }: ResourceValidationArgs | PolicyResource): ResourceView {
    const { ignoreChanges, parent } = opts;
    return { type, name, urn, props: snapshot(props), ignoreChanges, ...(parent !== undefined && { parent }) };
}

function stackResourceView(resource: PolicyResource): ResourceView {
    const dependencies = Object.entries(resource.propertyDependencies).map(
        ([property, resources]) => [property, resources.map(({ urn }) => urn)] as const,
    );
    return { ...resourceView(resource), propertyDependencies: Object.fromEntries(dependencies) };
}
