/**
 * What Pulumi calls things, as text: the type tokens of what the rooms look for, and the names inside a URN.
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

/** The resource's own type, behind that of its parents: `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME` -> TYPE. */
export function typeOf(urn: string): string {
    return (urn.split("::")[2] ?? "").split("$").at(-1)!;
}

/** The name in the program, which may have colons, too; of no URN it is empty. */
export function nameOf(urn = ""): string {
    return urn.split("::").slice(3).join("::");
}
