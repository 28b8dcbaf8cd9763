/**
 * What each operation takes, as rows, and the check of an input against them in AWS's own words. Nothing is built before it passes.
 *
 * Source: the constraints of the Kinesis API model (botocore 1.44, read 2026-11).
 */
import { limits } from "../../capacity/limits";
import { shardLevelMetricNames } from "../../capacity/metrics";
import { AwsError } from "../service";

type Shape =
    | { readonly type: "string"; readonly min?: number; readonly max?: number; readonly pattern?: string }
    | { readonly type: "enum"; readonly values: readonly string[] }
    | { readonly type: "integer"; readonly min?: number; readonly max?: number }
    | { readonly type: "boolean" }
    | { readonly type: "timestamp" }
    | { readonly type: "blob"; readonly max: number }
    | { readonly type: "list"; readonly of: Member; readonly min: number; readonly max: number }
    | { readonly type: "map"; readonly key: Shape; readonly value: Shape; readonly min: number; readonly max: number }
    | { readonly type: "structure"; readonly members: Members };

type Member = Shape & { readonly required?: true };
type Members = Readonly<Record<string, Member>>;

const required = <const S extends Shape>(shape: S): S & { required: true } => ({ ...shape, required: true });

const listed = limits.updateShardCountTargetMax;
const name = { type: "string", min: 1, max: 128, pattern: "[a-zA-Z0-9_.-]+" } as const;
const streamArn = { type: "string", min: 1, max: 2_048, pattern: "arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+" } as const;
const resourceArn = {
    type: "string",
    min: 1,
    max: 2_048,
    pattern: "arn:aws.*:kinesis:.*:\\d{12}:.*(stream|channel|queue)/\\S+",
} as const;
const consumerArn = {
    type: "string",
    min: 1,
    max: 2_048,
    pattern: "(arn):aws.*:kinesis:.*:\\d{12}:.*stream\\/[a-zA-Z0-9_.-]+\\/consumer\\/[a-zA-Z0-9_.-]+:[0-9]+",
} as const;
const sequenceNumber = { type: "string", pattern: "0|([1-9]\\d{0,128})" } as const;
const hashKey = { type: "string", pattern: "0|([1-9]\\d{0,38})" } as const;
const nextToken = { type: "string", min: 1, max: 1_048_576 } as const;
const pageSize = { type: "integer", min: 1, max: listed } as const;
const tagKey = { type: "string", min: 1, max: 128 } as const;
const tagMap = { type: "map", min: 1, max: 200, key: tagKey, value: { type: "string", min: 0, max: 256 } } as const;
const tagKeys = { type: "list", min: 1, max: 50, of: tagKey } as const;
const iteratorTypes = [
    "AT_SEQUENCE_NUMBER",
    "AFTER_SEQUENCE_NUMBER",
    "TRIM_HORIZON",
    "LATEST",
    "AT_TIMESTAMP",
] as const;
const shardMetrics = {
    type: "list",
    min: 1,
    max: 7,
    of: { type: "enum", values: [...shardLevelMetricNames, "ALL"] },
} as const;
const streamMode = {
    type: "structure",
    members: { StreamMode: required({ type: "enum", values: ["PROVISIONED", "ON_DEMAND"] }) },
} as const;
const maxRecordSize = { type: "integer", min: limits.recordKiBDefaultMax, max: limits.recordKiBMax } as const;
const encryption = {
    EncryptionType: required({ type: "enum", values: ["NONE", "KMS"] }),
    KeyId: required({ type: "string", min: 1, max: 2_048 }),
} as const;
const record = {
    Data: required({ type: "blob", max: limits.recordKiBMax * limits.bytesPerKiB }),
    ExplicitHashKey: hashKey,
    PartitionKey: required({ type: "string", min: 1, max: limits.partitionKeyCharactersMax }),
} as const;
const stream = { StreamName: name, StreamARN: streamArn } as const;

export const inputs = {
    AddTagsToStream: { ...stream, Tags: required(tagMap) },
    CreateStream: {
        StreamName: required(name),
        ShardCount: { type: "integer", min: 1 },
        StreamModeDetails: streamMode,
        Tags: tagMap,
        MaxRecordSizeInKiB: maxRecordSize,
    },
    DecreaseStreamRetentionPeriod: { ...stream, RetentionPeriodHours: required({ type: "integer" }) },
    DeleteStream: { ...stream, EnforceConsumerDeletion: { type: "boolean" } },
    DeregisterStreamConsumer: { StreamARN: streamArn, ConsumerName: name, ConsumerARN: consumerArn },
    DescribeAccountSettings: {},
    DescribeLimits: {},
    DescribeStream: { ...stream, Limit: pageSize, ExclusiveStartShardId: name },
    DescribeStreamConsumer: { StreamARN: streamArn, ConsumerName: name, ConsumerARN: consumerArn },
    DescribeStreamSummary: { ...stream },
    DisableEnhancedMonitoring: { ...stream, ShardLevelMetrics: required(shardMetrics) },
    EnableEnhancedMonitoring: { ...stream, ShardLevelMetrics: required(shardMetrics) },
    GetRecords: {
        ShardIterator: required({ type: "string", min: 1, max: 512 }),
        Limit: { type: "integer", min: 1, max: limits.getRecordsRecordsMax },
        StreamARN: streamArn,
    },
    GetShardIterator: {
        ...stream,
        ShardId: required(name),
        ShardIteratorType: required({ type: "enum", values: iteratorTypes }),
        StartingSequenceNumber: sequenceNumber,
        Timestamp: { type: "timestamp" },
    },
    IncreaseStreamRetentionPeriod: { ...stream, RetentionPeriodHours: required({ type: "integer" }) },
    ListShards: {
        ...stream,
        NextToken: nextToken,
        ExclusiveStartShardId: name,
        MaxResults: pageSize,
        StreamCreationTimestamp: { type: "timestamp" },
        ShardFilter: {
            type: "structure",
            members: {
                Type: required({
                    type: "enum",
                    values: [
                        "AFTER_SHARD_ID",
                        "AT_TRIM_HORIZON",
                        "FROM_TRIM_HORIZON",
                        "AT_LATEST",
                        "AT_TIMESTAMP",
                        "FROM_TIMESTAMP",
                    ],
                }),
                ShardId: name,
                Timestamp: { type: "timestamp" },
            },
        },
    },
    ListStreamConsumers: {
        StreamARN: required(streamArn),
        NextToken: nextToken,
        MaxResults: pageSize,
        StreamCreationTimestamp: { type: "timestamp" },
    },
    ListStreams: { Limit: pageSize, ExclusiveStartStreamName: name, NextToken: nextToken },
    ListTagsForResource: { ResourceARN: required(resourceArn) },
    ListTagsForStream: { ...stream, ExclusiveStartTagKey: tagKey, Limit: { type: "integer", min: 1, max: 50 } },
    MergeShards: { ...stream, ShardToMerge: required(name), AdjacentShardToMerge: required(name) },
    PutRecord: { ...stream, ...record, SequenceNumberForOrdering: sequenceNumber },
    PutRecords: {
        ...stream,
        Records: required({
            type: "list",
            min: 1,
            max: limits.putRecordsRecordsMax,
            of: { type: "structure", members: record },
        }),
    },
    RegisterStreamConsumer: { StreamARN: required(streamArn), ConsumerName: required(name), Tags: tagMap },
    RemoveTagsFromStream: { ...stream, TagKeys: required(tagKeys) },
    SplitShard: { ...stream, ShardToSplit: required(name), NewStartingHashKey: required(hashKey) },
    StartStreamEncryption: { ...stream, ...encryption },
    StopStreamEncryption: { ...stream, ...encryption },
    SubscribeToShard: {
        ConsumerARN: required(consumerArn),
        ShardId: required(name),
        StartingPosition: required({
            type: "structure",
            members: {
                Type: required({ type: "enum", values: iteratorTypes }),
                SequenceNumber: sequenceNumber,
                Timestamp: { type: "timestamp" },
            },
        }),
    },
    TagResource: { ResourceARN: required(resourceArn), Tags: required(tagMap) },
    UntagResource: { ResourceARN: required(resourceArn), TagKeys: required(tagKeys) },
    UpdateMaxRecordSize: { StreamARN: streamArn, MaxRecordSizeInKiB: required(maxRecordSize) },
    UpdateShardCount: {
        ...stream,
        TargetShardCount: required({ type: "integer", min: 1 }),
        ScalingType: required({ type: "enum", values: ["UNIFORM_SCALING"] }),
    },
    UpdateStreamMode: { StreamARN: required(streamArn), StreamModeDetails: required(streamMode) },
} as const satisfies Record<string, Members>;

export type OperationName = keyof typeof inputs;

/** The type of an input that passed its check. */
export type InputOf<Name extends OperationName> = StructureOf<(typeof inputs)[Name]>;
type StructureOf<M> = { [K in keyof M as M[K] extends { required: true } ? K : never]: ValueOf<M[K]> } & {
    [K in keyof M as M[K] extends { required: true } ? never : K]?: ValueOf<M[K]>;
};
type ValueOf<S> = S extends { type: "string" | "blob" }
    ? string
    : S extends { type: "enum"; values: readonly (infer V)[] }
      ? V
      : S extends { type: "integer" | "timestamp" }
        ? number
        : S extends { type: "boolean" }
          ? boolean
          : S extends { type: "list"; of: infer O }
            ? ValueOf<O>[]
            : S extends { type: "map" }
              ? Record<string, string>
              : S extends { type: "structure"; members: infer M }
                ? StructureOf<M>
                : never;

/**
 * The input, if every value has its type and meets its constraints.
 *
 * @throws SerializationException for the first wrong type; ValidationException with every broken constraint
 */
export function checkInput<Name extends OperationName>(operation: Name, input: object): InputOf<Name> {
    const broken: string[] = [];
    checkMembers(inputs[operation], input as Record<string, unknown>, "", broken);
    if (broken.length > 0) {
        const count = `${broken.length} validation error${broken.length === 1 ? "" : "s"} detected`;
        throw new AwsError("ValidationException", `${count}: ${broken.join("; ")}`);
    }
    return input as InputOf<Name>;
}

/** The size of a blob in bytes, from its base64 form. */
export function blobBytes(base64: string): number {
    const padding = base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0;
    return (base64.length / 4) * 3 - padding;
}

function checkMembers(members: Members, values: Record<string, unknown>, path: string, broken: string[]): void {
    for (const member in members) {
        const shape = members[member]!;
        const value = values[member];
        if (value !== undefined && value !== null) check(shape, value, pathTo(path, member), broken);
        else if (shape.required) break_(broken, value, pathTo(path, member), "Member must not be null");
    }
}

/** AWS names members in their Java form: Records.1.Data is 'records.1.member.data'. */
const pathTo = (path: string, member: string): string =>
    path + (/^[A-Z]+$/.test(member) ? member : member.charAt(0).toLowerCase() + member.slice(1));

function check(shape: Shape, value: unknown, path: string, broken: string[]): void {
    switch (shape.type) {
        case "string": {
            if (typeof value !== "string") throw wrongType(value, "String");
            const { min = 0, max = Infinity, pattern } = shape;
            if (value.length > max && characters(value) > max)
                break_(broken, value, path, `Member must have length less than or equal to ${max}`);
            if (value.length < min)
                break_(broken, value, path, `Member must have length greater than or equal to ${min}`);
            if (pattern !== undefined && !compiled(pattern).test(value))
                break_(broken, value, path, `Member must satisfy regular expression pattern: ${pattern}`);
            return;
        }
        case "enum":
            if (typeof value !== "string") throw wrongType(value, "String");
            if (!shape.values.includes(value))
                break_(broken, value, path, `Member must satisfy enum value set: [${shape.values.join(", ")}]`);
            return;
        case "integer": {
            if (typeof value !== "number" || !Number.isInteger(value)) throw wrongType(value, "Integer");
            const { min = -Infinity, max = Infinity } = shape;
            if (value > max) break_(broken, value, path, `Member must have value less than or equal to ${max}`);
            if (value < min) break_(broken, value, path, `Member must have value greater than or equal to ${min}`);
            return;
        }
        case "boolean":
            if (typeof value !== "boolean") throw wrongType(value, "Boolean");
            return;
        case "timestamp":
            if (typeof value !== "number") throw wrongType(value, "Timestamp");
            return;
        case "blob": {
            if (typeof value !== "string") throw wrongType(value, "Blob");
            const bytes = blobBytes(value);
            if (!Number.isInteger(bytes))
                throw new AwsError("SerializationException", "Unable to parse Base64 data in the request.");
            if (bytes > shape.max) {
                break_(
                    broken,
                    `java.nio.HeapByteBuffer[pos=0 lim=${bytes} cap=${bytes}]`,
                    path,
                    `Member must have length less than or equal to ${shape.max}`,
                );
            }
            return;
        }
        case "list":
            if (!Array.isArray(value)) throw wrongType(value, "List");
            checkLength(value.length, shape, value, path, broken);
            // A list that is too long is not looked into.
            if (value.length > shape.max) return;
            for (let index = 0; index < value.length; index++)
                check(shape.of, value[index], `${path}.${index + 1}.member`, broken);

            return;
        case "map": {
            const entries = Object.entries(structure(value));
            checkLength(entries.length, shape, value, path, broken);
            for (const [key, entry] of entries) {
                check(shape.key, key, path, broken);
                check(shape.value, entry, `${path}.${key}.member`, broken);
            }
            return;
        }
        case "structure":
            checkMembers(shape.members, structure(value), `${path}.`, broken);
    }
}

/** Unicode characters, where JavaScript counts UTF-16 units. */
const characters = (text: string): number => Array.from(text).length;

function checkLength(
    length: number,
    shape: { min: number; max: number },
    value: unknown,
    path: string,
    broken: string[],
): void {
    const shown = Array.isArray(value) && length > 0 ? `[${length} elements]` : value;
    if (length > shape.max) break_(broken, shown, path, `Member must have length less than or equal to ${shape.max}`);
    if (length < shape.min)
        break_(broken, shown, path, `Member must have length greater than or equal to ${shape.min}`);
}

function break_(broken: string[], value: unknown, path: string, constraint: string): void {
    // AWS stops listing after ten.
    if (broken.length >= 10) return;
    const shown =
        value === undefined || value === null
            ? "null"
            : `'${typeof value === "object" ? JSON.stringify(value) : String(value)}'`;
    broken.push(`Value ${shown} at '${path}' failed to satisfy constraint: ${constraint}`);
}

function structure(value: unknown): Record<string, unknown> {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrongType(value, "Structure");
    return value as Record<string, unknown>;
}

function wrongType(value: unknown, wanted: string): AwsError {
    const got =
        typeof value === "number" && !Number.isInteger(value)
            ? "FLOAT_VALUE"
            : Array.isArray(value)
              ? "LIST_VALUE"
              : value === null
                ? "NULL_VALUE"
                : typeof value === "boolean"
                  ? `${String(value).toUpperCase()}_VALUE`
                  : `${{ object: "STRUCTURE", string: "STRING", number: "NUMBER" }[typeof value as "object"]}_VALUE`;
    return new AwsError("SerializationException", `${got} cannot be converted to ${wanted}`);
}

const expressions = new Map<string, RegExp>();

/** AWS anchors its patterns at both ends. */
function compiled(pattern: string): RegExp {
    let expression = expressions.get(pattern);
    if (!expression) expressions.set(pattern, (expression = new RegExp(`^(?:${pattern})$`)));
    return expression;
}
