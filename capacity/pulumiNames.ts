/**
 * What Pulumi calls things, as text: the type tokens and properties of what the rooms look for, the names inside a URN, and the mark of a
 * secret.
 */

export const shardedStreamType = "sharded-stream:index:ShardedStream";
export const streamAlarmsType = "sharded-stream:index:StreamAlarms";

/** Kinesis's stream, by either provider. */
export type StreamType = "aws:kinesis/stream:Stream" | "aws-native:kinesis:Stream";

export const streamTypes: readonly [StreamType, StreamType] = [
    "aws:kinesis/stream:Stream",
    "aws-native:kinesis:Stream",
];

/** Whether a type is one of them. */
export function isStreamType(type: string): type is StreamType {
    return (streamTypes as readonly string[]).includes(type);
}

/** What both providers call alike, each in its own words: `streamProperties[type].retentionHours`. */
export const streamProperties = {
    "aws:kinesis/stream:Stream": {
        retentionHours: "retentionPeriod",
        maxRecordKiB: "maxRecordSizeInKib",
        shardLevelMetrics: "shardLevelMetrics",
        warmMiBps: "warmThroughputMibPs",
    },
    "aws-native:kinesis:Stream": {
        retentionHours: "retentionPeriodHours",
        maxRecordKiB: "maxRecordSizeInKiB",
        shardLevelMetrics: "desiredShardLevelMetrics",
        warmMiBps: "warmThroughputMiBps",
    },
} as const satisfies Readonly<Record<StreamType, object>>;

/** The key of an object that stands for a value, and what it has there if the value is secret. Source: sdk/go/common/resource of pulumi/pulumi. */
export const signatureKey = "4dabf18193072939515e22adb298388d";
export const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** The resource's type behind those of its parents: `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME` -> PARENT$TYPE. */
export function typesOf(urn: string): string {
    return urn.split("::")[2] ?? "";
}

/** The resource's own type. */
export function typeOf(urn: string): string {
    return typesOf(urn).split("$").at(-1)!;
}

/** The name in the program, which may have colons, too; of no URN it is empty. */
export function nameOf(urn = ""): string {
    return urn.split("::").slice(3).join("::");
}

/** Whether a stream is the one that a ShardedStream makes: its child under its own name. Any other that has one for a parent is not. */
export function isOfShardedStream(urn: string, parentUrn: string | undefined): boolean {
    const isChild = typesOf(urn).endsWith(`${shardedStreamType}$${typeOf(urn)}`);
    return isChild && (parentUrn === undefined || nameOf(parentUrn) === nameOf(urn));
}

/** The number that a property holds, where it is one: providers take "4" for 4. */
export function numberIn(value: unknown): number | undefined {
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}
