/**
 * A stream on one side of a previewed change: mode, shards, retention, and what its ShardedStream declares about it.
 *
 * `null` is a value that the preview does not know yet, or may not show; `undefined` one that is not there.
 */
import { limits } from "../../capacity/limits";
import { shardLevelMetricNames } from "../../capacity/metrics";
import { InvalidInputError } from "../../capacity/problems";
import { isStreamType, nameOf, shardedStreamType, type StreamType, typeOf } from "../../capacity/pulumiNames";
import { type Requirements, withRegistered } from "../../capacity/requirements";
import { scalingRange } from "../../capacity/scaling/range";
import { type CapacityPlan, planCapacity, utilizationAt } from "../../capacity/sizing/plan";
import { type PriceList } from "../../capacity/sizing/prices";
import { asProperties, type PreviewedResource, type Properties, type ResourceState } from "./preview";

/** Properties of both providers' streams by one name. */
const propertyNames = {
    "aws:kinesis/stream:Stream": {
        retentionHours: "retentionPeriod",
        shardLevelMetrics: "shardLevelMetrics",
    },
    "aws-native:kinesis:Stream": {
        retentionHours: "retentionPeriodHours",
        shardLevelMetrics: "desiredShardLevelMetrics",
    },
} as const satisfies Readonly<Record<StreamType, object>>;

export interface StreamSide {
    readonly streamName: string | null;
    readonly capacityMode: "provisioned" | "on-demand" | null;
    /** Open shards: before, as of the last deployment or refresh. Null on demand too, where AWS sets them. */
    readonly shards: number | null;
    /** Between which counts a scaler works; absent without one. */
    readonly scaling?: { readonly minShards: number | null; readonly maxShards: number | null };
    readonly retentionHours: number | null;
    /** The fewest shards for the declared requirements; null where they are not known. */
    readonly minimumShards: number | null;
    /** The share of the tightest capacity that the declared peak leaves free, negative where there is too little. */
    readonly headroom: number | null;
    readonly region: string | null;
}

/** A side, with what it is judged and priced by, which is not printed. */
export interface JudgedSide {
    readonly side: StreamSide;
    readonly plan: CapacityPlan | undefined;
    /** The declaration of its ShardedStream; undefined where there is none, or it is not in the preview. */
    readonly declared: Properties | undefined;
    readonly shardLevelMetrics: readonly string[];
    readonly isEncrypted: boolean;
    readonly isWarm: boolean;
}

export function isStream(urn: string): boolean {
    return isStreamType(typeOf(urn));
}

/** The URN of the ShardedStream that makes the stream; undefined of a bare one. */
export function componentOf({ urn, before, after }: PreviewedResource): string | undefined {
    const types = urn.split("::")[2] ?? "";
    const parent = after?.parent ?? before?.parent;
    return types.endsWith(`${shardedStreamType}$${typeOf(urn)}`) && nameOf(parent) === nameOf(urn) ? parent : undefined;
}

/** What stands there now. */
export function sideBefore(
    urn: string,
    state: ResourceState,
    component: ResourceState | undefined,
    prices: PriceList,
): JudgedSide {
    return judge(urn, { ...state.inputs, ...state.outputs }, component?.inputs, prices);
}

/** What will stand there. A scaler keeps its count, inside of its range. */
export function sideAfter(
    urn: string,
    state: ResourceState,
    component: ResourceState | undefined,
    prices: PriceList,
    before: StreamSide | undefined,
): JudgedSide {
    const judged = judge(urn, state.inputs, component?.inputs, prices, before?.region ?? null);
    const { scaling } = judged.side;
    if (scaling === undefined || before?.capacityMode !== "provisioned") return judged;
    const { minShards, maxShards } = scaling;
    const shards = before.shards && Math.min(Math.max(before.shards, minShards ?? 1), maxShards ?? Infinity);
    return { ...judged, side: { ...judged.side, shards, headroom: headroomAt(judged.plan, shards) } };
}

function judge(
    urn: string,
    stream: Properties,
    declared: Properties | undefined,
    prices: PriceList,
    region: string | null = null,
): JudgedSide {
    const names = propertyNames[typeOf(urn) as StreamType];
    const capacityMode = modeOf(stream);
    const plan = declared && planOf(declared, prices);
    const scaling = capacityMode === "on-demand" ? undefined : rangeOf(declared, plan);
    const shards = capacityMode === "provisioned" ? numberOf(stream.shardCount) || null : null;
    return {
        side: {
            streamName: textOf(stream.name) ?? null,
            capacityMode,
            shards,
            ...(scaling && { scaling }),
            retentionHours: numberOf(stream[names.retentionHours] ?? limits.retentionHoursDefault) ?? null,
            minimumShards: plan?.minimumShards ?? null,
            headroom: headroomAt(plan, shards),
            region: textOf(stream.region) ?? textOf(stream.arn)?.split(":")[3] ?? region,
        },
        plan,
        declared,
        shardLevelMetrics: metricsIn(stream[names.shardLevelMetrics]),
        isEncrypted: stream.encryptionType === "KMS" || stream.streamEncryption !== undefined,
        isWarm: (stream.warmThroughputMibPs ?? stream.warmThroughputMiBps) !== undefined,
    };
}

function modeOf(stream: Properties): StreamSide["capacityMode"] {
    const mode = asProperties(stream.streamModeDetails).streamMode ?? "PROVISIONED";
    return mode === "PROVISIONED" ? "provisioned" : mode === "ON_DEMAND" ? "on-demand" : null;
}

/** Undefined where a requirement is not known, or the declaration is malformed: the program then ends by itself. */
function planOf({ requirements, consumers }: Properties, prices: PriceList): CapacityPlan | undefined {
    if (!isKnown(requirements) || !isKnown(consumers)) return undefined;
    const registered = Array.isArray(consumers) ? consumers.length : 0;
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

function rangeOf(declared: Properties | undefined, plan: CapacityPlan | undefined): StreamSide["scaling"] {
    const scaling = declared?.scaling;
    if (typeof scaling !== "object" || scaling === null) return undefined;
    const [minShards, maxShards] = ["minShards", "maxShards"].map((name) => numberOf((scaling as Properties)[name]));
    if (plan === undefined || minShards === null || maxShards === null)
        return { minShards: minShards ?? null, maxShards: maxShards ?? null };
    const range = scalingRange(plan, { minShards, maxShards });
    return { minShards: range.minShards, maxShards: range.maxShards };
}

function headroomAt(plan: CapacityPlan | undefined, shards: number | null): number | null {
    if (plan === undefined || shards === null) return null;
    const free = 1 - Math.max(...Object.values(utilizationAt(plan.requirements, shards)));
    return Math.round(free * 10_000) / 10_000;
}

/** What stands in the place of a value that is not known yet, by its type. Source: sdk/go/common/resource/plugin/rpc.go of pulumi/pulumi. */
const unknowns: readonly unknown[] = [
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
];
/** A secret: in the document of --json, and in events by the key of an object. */
const secret = "[secret]";
const secretKey = "4dabf18193072939515e22adb298388d";

/** Whether nothing in it is unknown or secret. */
function isKnown(value: unknown): boolean {
    if (value === secret || unknowns.includes(value)) return false;
    if (typeof value !== "object" || value === null) return true;
    return !Object.hasOwn(value, secretKey) && Object.values(value).every(isKnown);
}

/** Providers take "4" for 4. */
function numberOf(value: unknown): number | null | undefined {
    if (value === undefined || value === null) return undefined;
    if (!isKnown(value)) return null;
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    return typeof number === "number" && Number.isFinite(number) ? number : null;
}

function textOf(value: unknown): string | undefined {
    return typeof value === "string" && isKnown(value) ? value : undefined;
}

/** "ALL" stands for each of them. */
function metricsIn(value: unknown): readonly string[] {
    const names = Array.isArray(value) ? value.filter((name): name is string => textOf(name) !== undefined) : [];
    return names.includes("ALL") ? shardLevelMetricNames : names;
}
