/**
 * Streams: created, described, listed and deleted. A change takes its time; the stream takes no other one meanwhile.
 */
import { limits } from "../../capacity/limits";
import { operation } from "../wire/operation";
import { pageAfter, toToken } from "../wire/pages";
import { boolean, integer, required } from "../wire/shape";
import { checkOnDemandQuota, checkShardQuota, hasAdvantage } from "./account";
import { inUse, invalid, limitExceeded, under } from "./errors";
import { openUniformShards } from "./lineage";
import { maxRecordSize, metricNames, streamMode } from "./settings";
import { name, nextToken, pageOfAtMost, pageSize, partsOf, streamNames, tags } from "./shapes";
import { shardDescription } from "./shards";
import { type Account, activeStreamOf, change, endSubscriptions, onStream, type Stream, streamArnOf } from "./state";
import { forget } from "./store";
import { addStreamTags } from "./tags";
import { checkWarmThroughput, onDemandShards, warmThroughput, warmThroughputOf } from "./warm";

export const createStream = operation(
    {
        StreamName: required(name),
        ShardCount: integer(1),
        StreamModeDetails: streamMode,
        Tags: tags,
        MaxRecordSizeInKiB: maxRecordSize,
        WarmThroughputMiBps: warmThroughput,
    },
    (account: Account, input, nowMs) => {
        const mode = input.StreamModeDetails?.StreamMode ?? "PROVISIONED";
        if (account.streams.has(input.StreamName))
            throw inUse(`Stream ${under(account, input.StreamName)} already exists.`);

        if (mode === "PROVISIONED" && input.ShardCount === undefined)
            throw invalid("ShardCount must be specified for a stream in PROVISIONED mode.");

        if (mode === "ON_DEMAND" && input.ShardCount !== undefined)
            throw invalid("ShardCount must not be specified for a stream in ON_DEMAND mode.");

        checkCreating(account);
        if (mode === "ON_DEMAND") checkOnDemandQuota(account);
        const { WarmThroughputMiBps: warmThroughputMiBps } = input;
        checkWarmThroughput(account, input.StreamName, mode, warmThroughputMiBps, nowMs);
        const count = input.ShardCount ?? onDemandShards(warmThroughputMiBps);
        checkShardQuota(account, count);
        const made = newStream(account, input.StreamName, nowMs);
        const stream = { ...made, mode, warmThroughputMiBps, reservedShards: count };
        if (input.MaxRecordSizeInKiB !== undefined) stream.maxRecordKiB = input.MaxRecordSizeInKiB;
        addStreamTags(account, stream, input.Tags);
        account.streams.set(stream.name, stream);
        change(stream, "CREATING", nowMs, account.settings.durations.createSeconds, (atMs) =>
            openUniformShards(account, stream, count, atMs),
        );
    },
);

function checkCreating({ streams }: Account): void {
    const creating = [...streams.values()].filter(({ status }) => status === "CREATING").length;
    if (creating < limits.creatingStreamsMax) return;
    throw limitExceeded(
        `Only ${limits.creatingStreamsMax} streams can simultaneously be in CREATING or DELETING state.`,
    );
}

function newStream(account: Account, name: string, nowMs: number): Stream {
    return {
        name,
        arn: streamArnOf(account.ambient, name),
        createdMs: nowMs,
        status: "CREATING",
        mode: "PROVISIONED",
        warmThroughputMiBps: undefined,
        retentionHours: limits.retentionHoursDefault,
        maxRecordKiB: limits.recordKiBDefaultMax,
        encryptionKeyId: undefined,
        shardLevelMetrics: new Set(),
        tags: new Map(),
        policy: undefined,
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
        const stream = activeStreamOf(account, input, ["CREATING", "ACTIVE", "UPDATING"]);
        if (stream.consumers.size > 0 && !input.EnforceConsumerDeletion) {
            throw inUse(
                `Stream ${under(account, stream.name)} has consumers associated with it. ` +
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

export const describeStream = onStream({ Limit: pageSize, ExclusiveStartShardId: name }, (stream, input) => {
    const after = input.ExclusiveStartShardId;
    const most = pageOfAtMost(100, input.Limit);
    const { items, more } = pageAfter(stream.shards.values(), ({ id }) => id, after, most);
    return { StreamDescription: { ...description(stream), Shards: items.map(shardDescription), HasMoreShards: more } };
});

export const describeStreamSummary = onStream({}, (stream, _input, account, nowMs) => ({
    StreamDescriptionSummary: {
        ...description(stream),
        OpenShardCount: stream.open.length,
        ConsumerCount: stream.consumers.size,
        MaxRecordSizeInKiB: stream.maxRecordKiB,
        ...(stream.mode === "ON_DEMAND" &&
            hasAdvantage(account, nowMs) && { WarmThroughput: warmThroughputOf(stream) }),
    },
}));

export const listStreams = operation(
    { Limit: pageSize, ExclusiveStartStreamName: name, NextToken: nextToken },
    (account: Account, input) => {
        const after = input.NextToken === undefined ? input.ExclusiveStartStreamName : partsOf(input.NextToken)[0];
        const { items, lastId, more } = pageAfter(
            account.streams.values(),
            ({ name }) => name,
            after,
            pageOfAtMost(100, input.Limit),
        );
        return {
            StreamNames: items.map(({ name }) => name),
            HasMoreStreams: more,
            ...(more && { NextToken: toToken([lastId]) }),
            StreamSummaries: items.map(summary),
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
