/**
 * Resources as judges see them: plain data, with a mark in the place of each value that a preview does not know yet.
 */
import { NotKnownYet } from "./verdict";

export const shardedStreamType = "sharded-stream:index:ShardedStream";
export const streamAutoscalerType = "sharded-stream:index:StreamAutoscaler";
export const consumerFunctionType = "sharded-stream:index:StreamConsumerFunction";
export const eventSourceMappingType = "aws:lambda/eventSourceMapping:EventSourceMapping";
/** What remembers, beside a ShardedStream's stream, that its scaler has taken over the shard count. */
export const stashType = "pulumi:index:Stash";
/** The stream of the aws provider and that of the aws-native provider. */
export const streamTypes: readonly string[] = ["aws:kinesis/stream:Stream", "aws-native:kinesis:Stream"];
/** The settings of Kinesis in an account and region. */
export const accountSettingsType = "aws:kinesis/accountSettings:AccountSettings";
/** The alarm of the aws provider and that of the aws-native provider. */
export const alarmTypes: readonly string[] = ["aws:cloudwatch/metricAlarm:MetricAlarm", "aws-native:cloudwatch:Alarm"];

/** What combines alarms of either provider and speaks for them. */
export const compositeAlarmTypes: readonly string[] = [
    "aws:cloudwatch/compositeAlarm:CompositeAlarm",
    "aws-native:cloudwatch:CompositeAlarm",
];

/** What is registered for enhanced fan-out, by either provider. */
export const consumerTypes: readonly string[] = [
    "aws:kinesis/streamConsumer:StreamConsumer",
    "aws-native:kinesis:StreamConsumer",
];

export interface ResourceView {
    readonly type: string;
    /** The name in the program, not the physical one. */
    readonly name: string;
    readonly urn: string;
    /** What `snapshot` made of the properties. */
    readonly props: Readonly<Record<string, unknown>>;
    readonly ignoreChanges: readonly string[];
    /** The URN of the parent. */
    readonly parent?: string;
    /** The resources that each property was computed from, by URN. Only a whole stack knows them. */
    readonly propertyDependencies?: Readonly<Record<string, readonly string[]>>;
    /** The ShardedStream that the resource belongs to, as it was declared; undefined where none was seen. */
    readonly component?: ResourceView;
}

/** The mark of a value that the preview does not know yet. */
export class Unknown {
    constructor(readonly path: string) {}
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

/** The number at a path; undefined where there is none. Providers take "4" for 4, so a numeric text counts. */
export function numberAt(view: ResourceView, ...path: readonly string[]): number | undefined {
    const value = valueAt(view, ...path);
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null && !(value instanceof Unknown);
}

/** The entry of a table under a name that somebody chose: `constructor` finds nothing. */
export function entryOf<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
    return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** Whether the stream is the one that a ShardedStream makes: its child under its own name. Any other that has one for a parent is raw. */
export function isOwnStream({ type, name, urn, parent }: ResourceView): boolean {
    const isChild = (urn.split("::")[2] ?? "").endsWith(`${shardedStreamType}$${type}`);
    return isChild && (parent === undefined || parent.split("::").at(-1) === name);
}

/** Whether deployments leave a property as it is. */
export function ignores({ ignoreChanges }: ResourceView, property: string): boolean {
    return ignoreChanges.some((path) => path === property || path === "*" || path === `["${property}"]`);
}
