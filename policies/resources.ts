/**
 * Resources as judges see them: plain data, with a mark in the place of each value that a preview does not know yet.
 */
import {
    isOfShardedStream,
    numberIn,
    shardedStreamType as shardedStream,
    streamProperties,
    type StreamType,
    streamTypes as streams,
} from "../capacity/pulumiNames";
import { NotKnownYet } from "./verdict";

/** Every type that a judge asks for, by either provider. A judge of stacks is shown these, so it cannot ask for one that it never sees. */
const types = {
    shardedStream: [shardedStream],
    streamAutoscaler: ["sharded-stream:index:StreamAutoscaler"],
    consumerFunction: ["sharded-stream:index:StreamConsumerFunction"],
    eventSourceMapping: ["aws:lambda/eventSourceMapping:EventSourceMapping", "aws-native:lambda:EventSourceMapping"],
    stash: ["pulumi:index:Stash"],
    stream: streams,
    accountSettings: ["aws:kinesis/accountSettings:AccountSettings"],
    alarm: ["aws:cloudwatch/metricAlarm:MetricAlarm", "aws-native:cloudwatch:Alarm"],
    compositeAlarm: ["aws:cloudwatch/compositeAlarm:CompositeAlarm", "aws-native:cloudwatch:CompositeAlarm"],
    streamConsumer: ["aws:kinesis/streamConsumer:StreamConsumer", "aws-native:kinesis:StreamConsumer"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export const seenTypes: readonly string[] = Object.values(types).flat();

export const [shardedStreamType] = types.shardedStream;
export const [streamAutoscalerType] = types.streamAutoscaler;
export const [consumerFunctionType] = types.consumerFunction;
export const eventSourceMappingTypes: readonly string[] = types.eventSourceMapping;
/** What remembers, beside a ShardedStream's stream, that its scaler has taken over the shard count. */
export const [stashType] = types.stash;
export const streamTypes: readonly string[] = types.stream;
/** The settings of Kinesis in an account and region. */
export const [accountSettingsType] = types.accountSettings;
export const alarmTypes: readonly string[] = types.alarm;
/** What combines alarms of either provider and speaks for them. */
export const compositeAlarmTypes: readonly string[] = types.compositeAlarm;
/** What is registered for enhanced fan-out. */
export const consumerTypes: readonly string[] = types.streamConsumer;

/** A resource as a judge sees it. */
export interface ResourceView {
    /** Its type token. */
    readonly type: string;
    /** The name in the program, not the physical one. */
    readonly name: string;
    /** Its URN. */
    readonly urn: string;
    /** What `snapshot` made of the properties. */
    readonly props: Readonly<Record<string, unknown>>;
    /** The paths of those properties that are secret, such as `requirements.writeMiBPerSecond`: they are judged, and not told. */
    readonly secrets?: readonly string[];
    /** The properties that it ignores changes of. */
    readonly ignoreChanges: readonly string[];
    /** The URN of the parent. */
    readonly parent?: string;
    /** The resources that each property was computed from, by URN. Only a whole stack knows them. */
    readonly propertyDependencies?: Readonly<Record<string, readonly string[]>>;
    /** Its provider. Only a whole stack knows it. */
    readonly provider?: {
        /** The provider's URN. */
        readonly urn: string;
        /** The region that it is set to. */
        readonly region?: unknown;
    };
    /** The component that the resource belongs to, a ShardedStream or a StreamConsumerFunction, as it was declared; undefined where none was seen. */
    readonly component?: ResourceView;
}

/** The mark of a value that the preview does not know yet. */
export class Unknown {
    constructor(readonly path: string) {}
}

/** Whether nothing in a value, at any depth, is unknown. */
export function isKnown(value: unknown): boolean {
    if (value instanceof Unknown) return false;
    return typeof value !== "object" || value === null || Object.values(value).every(isKnown);
}

/**
 * Copies properties out of the proxy that @pulumi/policy wraps around them, whose every access to an unknown value throws.
 *
 * A policy that lets that error through is skipped with an advisory note, whatever its level: a gate that passes silently.
 */
export function snapshot(props: Readonly<Record<string, unknown>>): Record<string, unknown> {
    // Each unknown value is thrown, and nobody reads where: the stacks would cost more than all that the judges do.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
        return copy(props, "") as Record<string, unknown>;
    } finally {
        Error.stackTraceLimit = stackTraceLimit;
    }
}

function copy(value: unknown, path: string): unknown {
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.keys(value).map((key) => {
        const keyPath = path === "" ? key : `${path}.${key}`;
        return [key, copyProperty(value as Record<string, unknown>, key, keyPath)] as const;
    });
    return Array.isArray(value) ? entries.map(([, element]) => element) : Object.fromEntries(entries);
}

function copyProperty(holder: Readonly<Record<string, unknown>>, key: string, path: string): unknown {
    try {
        return copy(holder[key], path);
    } catch (error) {
        // The class is not exported, and a team's own pack may bring another copy of @pulumi/policy: so it is told by its shape.
        if (error instanceof Error && "unknownTypeSentinel" in error) return new Unknown(path);
        throw error;
    }
}

/** The value at a path, or undefined. @throws NotKnownYet where the preview does not know it or what holds it */
export function valueAt(view: ResourceView, ...path: readonly string[]): unknown {
    let value: unknown = view.props;
    for (const key of path) {
        if (!isRecord(value)) return undefined;
        value = value[key];
        if (value instanceof Unknown) throw new NotKnownYet([value.path]);
    }
    return value ?? undefined;
}

/** The number at a path; undefined where there is none. */
export function numberAt(view: ResourceView, ...path: readonly string[]): number | undefined {
    return numberIn(valueAt(view, ...path));
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null && !(value instanceof Unknown);
}

/** The entry of a table under a name that somebody chose: `constructor` finds nothing. */
export function entryOf<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
    return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** The resources of some types. Each list is looked through once for each kind: what a stack holds is asked for again and again. */
export function ofTypes(resources: readonly ResourceView[], types: readonly string[]): readonly ResourceView[] {
    const found = foundIn.get(resources) ?? new Map<readonly string[], readonly ResourceView[]>();
    foundIn.set(resources, found);
    const known = found.get(types) ?? resources.filter(({ type }) => types.includes(type));
    found.set(types, known);
    return known;
}

const foundIn = new WeakMap<readonly ResourceView[], Map<readonly string[], readonly ResourceView[]>>();

/** Whether the stream is the one that a ShardedStream makes. Any other is raw. */
export function isOwnStream({ urn, parent }: ResourceView): boolean {
    return isOfShardedStream(urn, parent);
}

export function isAwsNative({ type }: ResourceView): boolean {
    return type.startsWith("aws-native:");
}

/** What the provider of a stream calls a property. */
export function propertyOf({ type }: ResourceView, property: keyof (typeof streamProperties)[StreamType]): string {
    return streamProperties[type as StreamType][property];
}

/** Whether deployments leave a property as it is, or a part of it. */
export function ignores({ ignoreChanges }: ResourceView, property: string): boolean {
    return ignoreChanges.some((path) => path === "*" || firstKeyOf(path) === property);
}

/** `tags.owner` and `["tags"].owner` begin with `tags`. */
export function firstKeyOf(path: string): string {
    const [, quoted, plain] = /^(?:\["([^"]*)"\]|([^.[]*))/.exec(path) ?? [];
    return quoted ?? plain ?? "";
}

/** The clause of a fix that sets properties, or removes them: what ignoreChanges keeps, no program changes. Of a ShardedStream hidden.ts says it. */
export function andRelease(view: ResourceView, properties: readonly string[]): string {
    if (view.type === shardedStreamType) return "";
    const kept = properties.filter((property) => ignores(view, property));
    const named = view.ignoreChanges.includes("*") && kept.length > 0 ? ["*"] : kept;
    return named.length === 0 ? "" : `, and take ${named.join(" and ")} out of its ignoreChanges`;
}
