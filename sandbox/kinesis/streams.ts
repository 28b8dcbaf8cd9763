/**
 * Streams: created, described, listed and deleted. A change takes its time; the stream takes no other one meanwhile.
 */
import { limits } from "../../capacity/limits";
import { AwsError } from "../service";
import { operation } from "../wire/operation";
import { boolean, integer, required } from "../wire/shape";
import { checkShardQuota } from "./account";
import { openUniformShards } from "./lineage";
import { fromToken, pageAfter, toToken } from "./pages";
import { maxRecordSize, metricNames, streamMode } from "./settings";
import { name, nextToken, pageSize, streamNames, tagMap } from "./shapes";
import { shardDescription } from "./shards";
import { type Account, change, endSubscriptions, existingStreamOf, type Stream, streamArnOf, streamOf } from "./state";
import { forget } from "./store";
import { addTags } from "./tags";

/** On-demand streams begin with the shards that take their first 4 MB/s. */
const onDemandShards = 4;

export const createStream = operation(
    {
        StreamName: required(name),
        ShardCount: integer(1),
        StreamModeDetails: streamMode,
        Tags: tagMap,
        MaxRecordSizeInKiB: maxRecordSize,
    },
    (account: Account, input, nowMs) => {
        const mode = input.StreamModeDetails?.StreamMode ?? "PROVISIONED";
        if (account.streams.has(input.StreamName)) {
            throw new AwsError(
                "ResourceInUseException",
                `Stream ${input.StreamName} under account ${account.ambient.accountId} already exists.`,
            );
        }
        if (mode === "PROVISIONED" && input.ShardCount === undefined)
            throw new AwsError("ValidationException", "ShardCount must be specified for a stream in PROVISIONED mode.");

        if (mode === "ON_DEMAND" && input.ShardCount !== undefined) {
            throw new AwsError(
                "ValidationException",
                "ShardCount must not be specified for a stream in ON_DEMAND mode.",
            );
        }

        const count = input.ShardCount ?? onDemandShards;
        checkShardQuota(account, count);
        const stream = { ...newStream(account, input.StreamName, nowMs), mode, reservedShards: count };
        if (input.MaxRecordSizeInKiB !== undefined) stream.maxRecordKiB = input.MaxRecordSizeInKiB;
        addTags(account, stream, input.Tags ?? {});
        account.streams.set(stream.name, stream);
        change(stream, "CREATING", nowMs, account.settings.durations.createSeconds, (atMs) =>
            openUniformShards(account, stream, count, atMs),
        );
    },
);

function newStream(account: Account, name: string, nowMs: number): Stream {
    return {
        name,
        arn: streamArnOf(account.ambient, name),
        createdMs: nowMs,
        status: "CREATING",
        mode: "PROVISIONED",
        retentionHours: limits.retentionHoursDefault,
        maxRecordKiB: limits.recordKiBDefaultMax,
        encryptionKeyId: undefined,
        shardLevelMetrics: new Set(),
        tags: new Map(),
        consumers: new Map(),
        shards: new Map(),
        open: [],
        openStarts: [],
        nextShardIndex: 0,
        pending: undefined,
        reservedShards: 0,
        modeChangesMs: [],
        expiredMs: nowMs,
        updateCallsMs: [],
    };
}

export const deleteStream = operation(
    { ...streamNames, EnforceConsumerDeletion: boolean },
    (account: Account, input, nowMs) => {
        const stream = existingStreamOf(account, input);
        if (stream.consumers.size > 0 && !input.EnforceConsumerDeletion) {
            throw new AwsError(
                "ResourceInUseException",
                `Stream ${stream.name} under account ${account.ambient.accountId} has consumers associated with it. ` +
                    "Deregister the consumers, or set EnforceConsumerDeletion to true.",
            );
        }
        endSubscriptions(stream);
        stream.status = "DELETING";
        stream.pending = {
            dueMs: nowMs + account.settings.durations.deleteSeconds * 1_000,
            apply: () => forget(account, stream),
        };
    },
);

export const describeStream = operation(
    { ...streamNames, Limit: pageSize, ExclusiveStartShardId: name },
    (account: Account, input) => {
        const stream = streamOf(account, input);
        const { page, more } = pageAfter([...stream.shards.values()], input.ExclusiveStartShardId, input.Limit ?? 100);
        return {
            StreamDescription: { ...description(stream), Shards: page.map(shardDescription), HasMoreShards: more },
        };
    },
);

export const describeStreamSummary = operation(streamNames, (account: Account, input) => {
    const stream = streamOf(account, input);
    return {
        StreamDescriptionSummary: {
            ...description(stream),
            OpenShardCount: stream.open.length,
            ConsumerCount: stream.consumers.size,
            MaxRecordSizeInKiB: stream.maxRecordKiB,
        },
    };
});

export const listStreams = operation(
    { Limit: pageSize, ExclusiveStartStreamName: name, NextToken: nextToken },
    (account: Account, input) => {
        const after = input.NextToken === undefined ? input.ExclusiveStartStreamName : fromToken(input.NextToken)[0];
        const all = [...account.streams.values()]
            .map((stream) => ({ id: stream.name, stream }))
            .sort((left, right) => (left.id < right.id ? -1 : 1));
        const { page, more } = pageAfter(all, after, input.Limit ?? 100);
        return {
            StreamNames: page.map(({ id }) => id),
            HasMoreStreams: more,
            ...(more && { NextToken: toToken([page.at(-1)!.id]) }),
            StreamSummaries: page.map(({ stream }) => summary(stream)),
        };
    },
);

function description(stream: Stream): object {
    return {
        ...summary(stream),
        RetentionPeriodHours: stream.retentionHours,
        EnhancedMonitoring: [{ ShardLevelMetrics: metricNames(stream.shardLevelMetrics) }],
        EncryptionType: stream.encryptionKeyId === undefined ? "NONE" : "KMS",
        ...(stream.encryptionKeyId !== undefined && { KeyId: stream.encryptionKeyId }),
    };
}

function summary(stream: Stream): object {
    return {
        StreamName: stream.name,
        StreamARN: stream.arn,
        StreamStatus: stream.status,
        StreamModeDetails: { StreamMode: stream.mode },
        StreamCreationTimestamp: Math.floor(stream.createdMs / 1_000),
    };
}
