/**
 * A stream on one side of a previewed change: mode, shards, retention, and what its ShardedStream declares about it.
 *
 * `null` is a value that the preview does not know yet, or may not show; `undefined` one that is not there.
 */
import { parseArn } from "../../capacity/arns";
import { limits } from "../../capacity/limits";
import { type ShardLevelMetricName, shardLevelMetricNames } from "../../capacity/metrics";
import { InvalidInputError } from "../../capacity/problems";
import { isOfShardedStream, isStreamType, streamProperties, type StreamType, typeOf } from "../../capacity/pulumiNames";
import { type Requirements, withRegistered } from "../../capacity/requirements";
import { scalingRange } from "../../capacity/scaling/range";
import { type CapacityPlan, planCapacity, utilizationOf } from "../../capacity/sizing/plan";
import { type PriceList } from "../../capacity/sizing/prices";
import { isKnown, lengthAt, numberAt, textAt, valueAt } from "./known";
import { asProperties, type PreviewedResource, type Properties, type ResourceState } from "./preview";

export interface ScalerRange {
    readonly minShards: number | null;
    readonly maxShards: number | null;
}

export interface StreamSide {
    readonly streamName: string | null;
    readonly capacityMode: "provisioned" | "on-demand" | null;
    /** Open shards: before, as of the last deployment or refresh. Null on demand too, where AWS sets them. */
    readonly shards: number | null;
    /** Between which counts a scaler works; absent without one. */
    readonly scaling?: ScalerRange;
    readonly retentionHours: number | null;
    /** The fewest shards for the declared requirements; null where they are not known. */
    readonly minimumShards: number | null;
    /** The share of the tightest capacity that the declared peak leaves free, negative where there is too little. */
    readonly headroom: number | null;
    readonly region: string | null;
}

/** A plan without its findings, which are about the recommended shards: what is found about a side is about its own. */
export type SizedPlan = Omit<CapacityPlan, "findings">;

/** A side, with what it is judged and priced by, which is not printed. */
export interface JudgedSide {
    readonly side: StreamSide;
    readonly plan: SizedPlan | undefined;
    /** The declaration of its ShardedStream; undefined where there is none, or it is not in the preview. */
    readonly declared: Properties | undefined;
    readonly shardLevelMetrics: readonly ShardLevelMetricName[] | null;
    readonly isEncrypted: boolean | null;
    /** The warm throughput of an on-demand stream; 0 where it has none. */
    readonly warmMiBps: number | null;
}

export function isStream(urn: string): boolean {
    return isStreamType(typeOf(urn));
}

/** The URN of the ShardedStream that makes the stream; undefined of a bare one. */
export function componentOf({ urn, before, after }: PreviewedResource): string | undefined {
    const parent = after?.parent ?? before?.parent;
    return isOfShardedStream(urn, parent) ? parent : undefined;
}

/** What stands there now. */
export function sideBefore(urn: string, { state, component, region }: SideThen, prices: PriceList): JudgedSide {
    return judge(urn, { ...state.inputs, ...state.outputs }, component?.inputs, prices, region);
}

/** What will stand there. A scaler keeps its count, inside of its range; a stream in the place of another begins with the one that it was deployed with. */
export function sideAfter(
    urn: string,
    { state, component, region, isUntouched, isReplaced }: SideNow,
    prices: PriceList,
    before: StreamSide | undefined,
): JudgedSide {
    const judged = judge(urn, state.inputs, component?.inputs, prices, region ?? before?.region);
    const { scaling } = judged.side;
    if (scaling === undefined || before?.capacityMode !== "provisioned" || isReplaced) return judged;
    const shards = isUntouched ? before.shards : within(before.shards, scaling);
    return { ...judged, side: { ...judged.side, shards, headroom: headroomAt(judged.plan, shards) } };
}

export interface SideThen {
    readonly state: ResourceState;
    readonly component: ResourceState | undefined;
    /** That of its provider. */
    readonly region: string | undefined;
}

export interface SideNow extends SideThen {
    /** Neither stream nor range changes. */
    readonly isUntouched: boolean;
    readonly isReplaced: boolean;
}

function within(shards: number | null, { minShards, maxShards }: ScalerRange): number | null {
    if (shards === null || minShards === null || maxShards === null) return null;
    return Math.min(Math.max(shards, minShards), maxShards);
}

function judge(
    urn: string,
    stream: Properties,
    declared: Properties | undefined,
    prices: PriceList,
    region: string | null | undefined,
): JudgedSide {
    const names = streamProperties[typeOf(urn) as StreamType];
    const capacityMode = modeOf(stream);
    const plan = declared && planOf(declared, prices);
    const scaling = capacityMode === "on-demand" ? undefined : rangeOf(declared, plan);
    const shards = capacityMode === "provisioned" ? shardsOf(stream) : null;
    return {
        side: {
            streamName: textAt(stream, "name") ?? null,
            capacityMode,
            shards,
            ...(scaling && { scaling }),
            retentionHours: numberOr(limits.retentionHoursDefault, stream, names.retentionHours),
            minimumShards: plan?.minimumShards ?? null,
            headroom: headroomAt(plan, shards),
            region: textAt(stream, "region") ?? (parseArn(textAt(stream, "arn")).region || (region ?? null)),
        },
        plan,
        declared,
        shardLevelMetrics: metricsIn(valueAt(stream, names.shardLevelMetrics)),
        isEncrypted: isEncrypted(stream),
        warmMiBps: numberOr(0, stream, names.warmMiBps),
    };
}

/** A state holds 0 where nothing was set; and what is no count, AWS refuses. */
function shardsOf(stream: Properties): number | null {
    const shards = numberAt(stream, "shardCount") ?? null;
    return Number.isInteger(shards) && shards! > 0 ? shards : null;
}

/** The number of a property, or another where the property is not there. */
function numberOr(absent: number, stream: Properties, name: string): number | null {
    const value = numberAt(stream, name);
    return value === undefined ? absent : value;
}

function modeOf(stream: Properties): StreamSide["capacityMode"] {
    const mode = valueAt(stream, "streamModeDetails", "streamMode");
    return mode === undefined || mode === "PROVISIONED" ? "provisioned" : mode === "ON_DEMAND" ? "on-demand" : null;
}

function isEncrypted(stream: Properties): boolean | null {
    const [type, encryption] = [valueAt(stream, "encryptionType"), valueAt(stream, "streamEncryption")];
    if (type === null || encryption === null) return null;
    return type === "KMS" || encryption !== undefined;
}

/** Undefined where a requirement is not known, or the declaration is malformed: the program then ends by itself. */
function planOf(declared: Properties, prices: PriceList): SizedPlan | undefined {
    const registered = lengthAt(declared, "consumers");
    const requirements = valueAt(declared, "requirements");
    if (registered === null || requirements === null || !isKnown(requirements)) return undefined;
    try {
        return planCapacity(
            withRegistered(asProperties(requirements) as Requirements & Properties, registered),
            prices,
        );
    } catch (error) {
        if (error instanceof InvalidInputError) return undefined;
        throw error;
    }
}

function rangeOf(declared: Properties | undefined, plan: SizedPlan | undefined): ScalerRange | undefined {
    const scaling = valueAt(declared, "scaling");
    if (scaling === null) return { minShards: null, maxShards: null };
    if (typeof scaling !== "object") return undefined;
    const [minShards, maxShards] = (["minShards", "maxShards"] as const).map((end) =>
        numberAt(declared, "scaling", end),
    );
    if (plan === undefined || minShards === null || maxShards === null)
        return { minShards: minShards ?? null, maxShards: maxShards ?? null };
    const range = scalingRange(plan, { minShards, maxShards });
    return { minShards: range.minShards, maxShards: range.maxShards };
}

function headroomAt(plan: SizedPlan | undefined, shards: number | null): number | null {
    if (plan === undefined || shards === null) return null;
    const free = 1 - Math.max(...Object.values(utilizationOf(plan.requirements, shards)));
    return Math.round(free * 10_000) / 10_000;
}

/** "ALL" stands for each of them. */
function metricsIn(value: unknown): readonly ShardLevelMetricName[] | null {
    if (value === null || !isKnown(value)) return null;
    const names: readonly unknown[] = Array.isArray(value) ? value : [];
    return names.includes("ALL") ? shardLevelMetricNames : shardLevelMetricNames.filter((name) => names.includes(name));
}
