/**
 * What a stream declares and what it deploys, as far as a preview knows it, and the plan for that.
 */
import { type FindingCode } from "../capacity/findings";
import { loadInShards } from "../capacity/keys/spread";
import { InvalidInputError } from "../capacity/problems";
import { type Requirements, withRegistered } from "../capacity/requirements";
import { scalingRange, withinRange } from "../capacity/scaling/range";
import { type Bound, type Constraint, loadText } from "../capacity/sizing/bounds";
import { type CapacityPlan, planCapacity } from "../capacity/sizing/plan";
import { count } from "../capacity/text";
import { isRecord, numberAt, type ResourceView, shardedStreamType, Unknown, valueAt } from "./resources";
import { NotKnownYet, type Verdict, violation } from "./verdict";

/** So small a load that every real one asks for more: what an unknown rate counts for where a lower bound is enough. */
const leastLoadPerSecond = 1e-6;

export function isOnDemand(stream: ResourceView): boolean {
    return stream.type === shardedStreamType
        ? valueAt(stream, "capacityMode") === "on-demand"
        : valueAt(stream, "streamModeDetails", "streamMode") === "ON_DEMAND";
}

/** What says that a stream is on-demand, as the beginning of a sentence. */
export function onDemandWords(stream: ResourceView): string {
    return stream.type === shardedStreamType ? 'capacityMode is "on-demand"' : "The stream mode is ON_DEMAND";
}

export interface Declared {
    /** Those that the preview knows. */
    readonly requirements: unknown;
    /** The paths of those that it does not, that of the consumers among them: each of these reads with enhanced fan-out. */
    readonly unknown: readonly string[];
    /** All as they are declared, each known or not; undefined where not even that is known, or they are no object. */
    readonly declared?: Readonly<Record<string, unknown>>;
}

export function declaredRequirements(stream: ResourceView): Declared {
    const { requirements: declared, consumers } = stream.props;
    if (declared instanceof Unknown) return { requirements: {}, unknown: [declared.path] };
    if (!isRecord(declared)) return { requirements: declared ?? undefined, unknown: [] };
    const entries = Object.entries(declared);
    const known = Object.fromEntries(entries.filter(([, value]) => unknownIn(value).length === 0));
    return {
        requirements: withRegistered(known, registeredConsumers(stream)),
        unknown: [
            ...entries.flatMap(([, value]) => unknownIn(value)),
            ...(consumers instanceof Unknown ? [consumers.path] : []),
        ],
        declared,
    };
}

/** How many consumers a stream registers by itself. */
export function registeredConsumers(stream: ResourceView): number {
    const { consumers } = stream.props;
    return Array.isArray(consumers) ? consumers.length : 0;
}

/** The paths that are not known yet: of the value, or of entries of a list. */
function unknownIn(value: unknown): string[] {
    if (value instanceof Unknown) return [value.path];
    if (isRecord(value)) return Object.values(value).flatMap(unknownIn);
    return Array.isArray(value) ? value.flatMap(unknownIn) : [];
}

/**
 * The plan for what is known: with unknown requirements a lower bound, since each of them can only ask for more shards.
 *
 * @returns the error of a malformed declaration
 */
export function attemptPlan(requirements: unknown, unknown: readonly string[]): CapacityPlan | InvalidInputError {
    const asked = (unknown.length === 0 ? requirements : leastRequirements(requirements, unknown)) as Requirements;
    // In a list, since nothing at all has no JSON of its own.
    const text = JSON.stringify([asked], (_, value: unknown) => (isJson(value) ? value : String(value)));
    if (last?.text !== text) last = { text, plan: unlessMalformed(() => planCapacity(asked)) };
    return last.plan;
}

/** Pulumi asks one policy after the other about a resource, and most of them ask for the same plan. */
let last: { readonly text: string; readonly plan: CapacityPlan | InvalidInputError } | undefined;

function isJson(value: unknown): boolean {
    return typeof value === "number" ? Number.isFinite(value) : typeof value !== "bigint";
}

export function unlessMalformed<T>(compute: () => T): T | InvalidInputError {
    try {
        return compute();
    } catch (error) {
        if (error instanceof InvalidInputError) return error;
        throw error;
    }
}

/** What decides how keys spread, all of it together: with more load or fewer keys no count may help, and then the keys ask for none. */
const spreadBy = [
    "writeMiBPerSecond",
    "recordsPerSecond",
    "distinctKeys",
    "hottestKeyShare",
    "heaviestKeyShares",
    "explicitHashKeys",
    "keysMayRaiseShards",
];

/** What the sizes of records must agree with; they decide the price alone, so that a plan needs none. */
const sizedBy = ["writeMiBPerSecond", "recordsPerSecond", "maxRecordKiB", "recordSizes"];

function leastRequirements(known: unknown, unknown: readonly string[]): object {
    const isUnknown = (name: string) =>
        unknown.some((path) => path === `requirements.${name}` || path.startsWith(`requirements.${name}.`));
    return {
        writeMiBPerSecond: leastLoadPerSecond,
        recordsPerSecond: leastLoadPerSecond,
        ...(known as object),
        // The default is one consumer, and the unknown number may be none.
        ...(isUnknown("sharedConsumers") && { sharedConsumers: 0 }),
        ...(spreadBy.some(isUnknown) && {
            distinctKeys: undefined,
            hottestKeyShare: undefined,
            heaviestKeyShares: undefined,
        }),
        ...(sizedBy.some(isUnknown) && { recordSizes: undefined }),
    };
}

/** The plan of a declaration that is known in full; undefined if it is malformed, which capacity-covers-requirements says. */
export function soundPlan(stream: ResourceView): CapacityPlan | undefined {
    const { requirements, unknown } = declaredRequirements(stream);
    if (unknown.length > 0) throw new NotKnownYet(unknown);
    const plan = attemptPlan(requirements, unknown);
    return plan instanceof InvalidInputError ? undefined : plan;
}

/** A property that overrides what the plan deploys. */
export type CountProperty = "shardCount" | "scaling.maxShards";

/** The properties that override the plan, as far as the stream has them: a held stream keeps the shards that it has. */
export function countProperties(stream: ResourceView): CountProperty[] {
    return [
        ...(isHeld(stream) ? [] : (["shardCount"] as const)),
        ...(isScaled(stream) ? (["scaling.maxShards"] as const) : []),
    ];
}

export function isHeld(stream: ResourceView): boolean {
    return stream.props.hold === true;
}

/** The most shards that there will be, and the property that says so. */
export function deployment(stream: ResourceView, plan: CapacityPlan): { property: CountProperty; shards: number } {
    const property = isScaled(stream) ? "scaling.maxShards" : "shardCount";
    return { property, shards: countAt(stream, property) ?? countLeftOut(stream, property, plan) };
}

export function countAt(stream: ResourceView, property: CountProperty | "scaling.minShards"): number | undefined {
    return numberAt(stream, ...property.split("."));
}

/** What is deployed where the property is left out, and others with it: a scaler's range bounds the count that it starts with. */
export function countLeftOut(
    stream: ResourceView,
    property: CountProperty,
    plan: CapacityPlan,
    leftOut: readonly CountProperty[] = [property],
): number {
    if (!isScaled(stream)) return plan.recommendedShards;
    const minShards = countAt(stream, "scaling.minShards");
    const maxShards = leftOut.includes("scaling.maxShards") ? undefined : countAt(stream, "scaling.maxShards");
    const range = scalingRange(plan, { minShards, maxShards });
    return property === "shardCount" ? withinRange(range, plan.recommendedShards) : range.maxShards;
}

export function isScaled(stream: ResourceView): boolean {
    return isRecord(valueAt(stream, "scaling"));
}

export function findingOf(plan: CapacityPlan, code: FindingCode) {
    return plan.findings.find((finding) => finding.code === code);
}

export function boundOf(plan: CapacityPlan, constraint: Constraint): Bound {
    return plan.bounds.find((bound) => bound.constraint === constraint)!;
}

/** The fewest shards that carry the declared peak, if its keys spread as water does. */
export function loadMinimum({ bounds }: CapacityPlan): number {
    return Math.max(...bounds.flatMap(({ constraint, shards }) => (constraint === "keySkew" ? [] : [shards])));
}

/**
 * Whether the declared load fits one shard, and the load in words; undefined if it is malformed.
 *
 * @throws NotKnownYet where what is known of it fits one, and more may come
 */
export function declaredLoad(
    stream: ResourceView,
): { readonly fitsOneShard: boolean; readonly need: string } | undefined {
    const { requirements, unknown } = declaredRequirements(stream);
    const plan = attemptPlan(requirements, unknown);
    if (plan instanceof InvalidInputError) return undefined;
    const unknownLoad = unknown.filter((path) => loadPaths.includes(path));
    const fitsOneShard = loadInShards(plan.requirements) <= 1;
    if (fitsOneShard && unknownLoad.length > 0) throw new NotKnownYet(unknownLoad);
    return {
        fitsOneShard,
        need: unknownLoad.length > 0 ? "The declared load needs" : `The declared ${load(plan)} need`,
    };
}

const loadPaths = ["requirements", "requirements.writeMiBPerSecond", "requirements.recordsPerSecond"];

export function malformed(error: InvalidInputError): Verdict {
    return violation(
        "The declared requirements are malformed.",
        error.problems.map(({ message }) => message).join("\n"),
    );
}

/** "The declared 3.5 MiB/s and 2,500 records/s need at least 4 shards (writeBytes: 3.5 MiB/s written, 1 MiB/s a shard)" */
export function need(plan: CapacityPlan, unknown: readonly string[]): string {
    const bound = boundOf(plan, plan.binding);
    const declared =
        unknown.length > 0 ? `What is known of the declared requirements needs` : `The declared ${load(plan)} need`;
    const sentence = `${bound.constraint}: ${bound.sentence.replace(/\.$/, "")}`;
    return `${declared} at least ${count(plan.minimumShards, "shard")} (${sentence})`;
}

export function load({ requirements }: CapacityPlan): string {
    return loadText(requirements);
}
