/**
 * The control plane: streams, their shards and their settings. A change takes its time; the stream takes no other one meanwhile.
 */
import { limits } from "../../capacity/limits";
import { type ShardLevelMetricName, shardLevelMetricNames } from "../../capacity/metrics";
import { AwsError } from "../service";
import { type InputOf } from "./inputs";
import { stepsToUniform } from "./ranges";
import { hashKeyRange } from "./records";
import {
    type Account,
    activeStreamOf,
    change,
    endingSequenceNumber,
    forget,
    openUniformShards,
    reshard,
    sequenceNumber,
    type Shard,
    shardOf,
    type Stream,
    streamOf,
} from "./state";

const dayMs = 24 * 3_600_000;

/** On-demand streams begin with the shards that take their first 4 MB/s. */
const onDemandShards = 4;
const onDemandStreamsMax = 50;

/** Tags that a stream can carry. */
const tagsMax = 50;

export function createStream(account: Account, input: InputOf<"CreateStream">, nowMs: number): void {
    const { accountId, partition, region } = account.ambient;
    const mode = input.StreamModeDetails?.StreamMode ?? "PROVISIONED";
    if (account.streams.has(input.StreamName)) {
        throw new AwsError(
            "ResourceInUseException",
            `Stream ${input.StreamName} under account ${accountId} already exists.`,
        );
    }
    if (mode === "PROVISIONED" && input.ShardCount === undefined)
        throw new AwsError("ValidationException", "ShardCount must be specified for a stream in PROVISIONED mode.");

    if (mode === "ON_DEMAND" && input.ShardCount !== undefined)
        throw new AwsError("ValidationException", "ShardCount must not be specified for a stream in ON_DEMAND mode.");

    const count = input.ShardCount ?? onDemandShards;
    checkShardQuota(account, count);
    const stream: Stream = {
        name: input.StreamName,
        arn: `arn:${partition}:kinesis:${region}:${accountId}:stream/${input.StreamName}`,
        createdMs: nowMs,
        status: "CREATING",
        mode,
        retentionHours: limits.retentionHoursDefault,
        maxRecordKiB: input.MaxRecordSizeInKiB ?? limits.recordKiBDefaultMax,
        encryptionKeyId: undefined,
        shardLevelMetrics: new Set(),
        tags: new Map(),
        consumers: new Map(),
        shards: new Map(),
        open: [],
        openStarts: [],
        nextShardIndex: 0,
        pending: undefined,
        reservedShards: count,
        modeChangesMs: [],
        expiredMs: nowMs,
        updateCallsMs: [],
    };
    addTags(account, stream, input.Tags ?? {});
    account.streams.set(stream.name, stream);
    change(stream, "CREATING", nowMs, account.settings.durations.createSeconds, (atMs) =>
        openUniformShards(account, stream, count, atMs),
    );
}

export function deleteStream(account: Account, input: InputOf<"DeleteStream">, nowMs: number): void {
    const stream = streamOf(account, input);
    if (stream.status === "CREATING" || stream.status === "DELETING") activeStreamOf(account, input);
    if (stream.consumers.size > 0 && !input.EnforceConsumerDeletion) {
        throw new AwsError(
            "ResourceInUseException",
            `Stream ${stream.name} under account ${account.ambient.accountId} has consumers associated with it. ` +
                "Deregister the consumers, or set EnforceConsumerDeletion to true.",
        );
    }
    for (const consumer of stream.consumers.values())
        for (const subscription of consumer.subscriptions.values()) subscription.end();

    stream.status = "DELETING";
    stream.pending = {
        dueMs: nowMs + account.settings.durations.deleteSeconds * 1_000,
        apply: () => forget(account, stream),
    };
}

export function describeStream(account: Account, input: InputOf<"DescribeStream">): object {
    const stream = streamOf(account, input);
    const { page, more } = pageAfter([...stream.shards.values()], input.ExclusiveStartShardId, input.Limit ?? 100);
    return {
        StreamDescription: { ...description(stream), Shards: page.map(shardDescription), HasMoreShards: more },
    };
}

export function describeStreamSummary(account: Account, input: InputOf<"DescribeStreamSummary">): object {
    const stream = streamOf(account, input);
    return {
        StreamDescriptionSummary: {
            ...description(stream),
            OpenShardCount: stream.open.length,
            ConsumerCount: stream.consumers.size,
            MaxRecordSizeInKiB: stream.maxRecordKiB,
        },
    };
}

function description(stream: Stream): object {
    return {
        StreamName: stream.name,
        StreamARN: stream.arn,
        StreamStatus: stream.status,
        StreamModeDetails: { StreamMode: stream.mode },
        RetentionPeriodHours: stream.retentionHours,
        StreamCreationTimestamp: Math.floor(stream.createdMs / 1_000),
        EnhancedMonitoring: [{ ShardLevelMetrics: metricNames(stream.shardLevelMetrics) }],
        EncryptionType: stream.encryptionKeyId === undefined ? "NONE" : "KMS",
        ...(stream.encryptionKeyId !== undefined && { KeyId: stream.encryptionKeyId }),
    };
}

export function shardDescription(shard: Shard): object {
    return {
        ShardId: shard.id,
        ...(shard.parentId !== undefined && { ParentShardId: shard.parentId }),
        ...(shard.adjacentParentId !== undefined && { AdjacentParentShardId: shard.adjacentParentId }),
        HashKeyRange: hashKeyRange(shard),
        SequenceNumberRange: {
            StartingSequenceNumber: sequenceNumber(shard, 0),
            ...(shard.closedMs !== undefined && { EndingSequenceNumber: endingSequenceNumber(shard) }),
        },
    };
}

/** A page of a list that is sorted by id, after the id that the last page ended with. */
function pageAfter<T extends { readonly id: string }>(
    all: readonly T[],
    afterId: string | undefined,
    most: number,
): { page: readonly T[]; more: boolean } {
    const rest = afterId === undefined ? all : all.filter((item) => item.id > afterId);
    return { page: rest.slice(0, most), more: rest.length > most };
}

export function listStreams(account: Account, input: InputOf<"ListStreams">): object {
    const after = input.NextToken === undefined ? input.ExclusiveStartStreamName : fromToken(input.NextToken)[0];
    const all = [...account.streams.values()]
        .map((stream) => ({ id: stream.name, stream }))
        .sort((left, right) => (left.id < right.id ? -1 : 1));
    const { page, more } = pageAfter(all, after, input.Limit ?? 100);
    return {
        StreamNames: page.map(({ id }) => id),
        HasMoreStreams: more,
        ...(more && { NextToken: toToken([page.at(-1)!.id]) }),
        StreamSummaries: page.map(({ stream }) => ({
            StreamName: stream.name,
            StreamARN: stream.arn,
            StreamStatus: stream.status,
            StreamModeDetails: { StreamMode: stream.mode },
            StreamCreationTimestamp: Math.floor(stream.createdMs / 1_000),
        })),
    };
}

export function listShards(account: Account, input: InputOf<"ListShards">, nowMs: number): object {
    if (input.NextToken !== undefined) {
        if (input.StreamName !== undefined)
            throw new AwsError("InvalidArgumentException", "NextToken and StreamName cannot be provided together.");

        const [name = "", afterId = "", filter = "", issuedMs = "0"] = fromToken(input.NextToken);
        if (nowMs - Number(issuedMs) > account.settings.iteratorSeconds * 1_000)
            throw new AwsError("ExpiredNextTokenException", "The pagination token has expired.");

        const stream = streamOf(account, { StreamName: name });
        return shardPage(stream, afterId, JSON.parse(filter) as ShardFilter, input.MaxResults, nowMs);
    }
    const stream = streamOf(account, input);
    if (stream.status === "CREATING" || stream.status === "DELETING") activeStreamOf(account, input);
    const filter: ShardFilter = input.ShardFilter ?? { Type: "FROM_TRIM_HORIZON" };
    if (filter.Type === "AFTER_SHARD_ID" && filter.ShardId === undefined) throw filterLacks("ShardId", filter.Type);
    if (filter.Type.endsWith("_TIMESTAMP") && filter.Timestamp === undefined)
        throw filterLacks("Timestamp", filter.Type);
    const afterId = filter.Type === "AFTER_SHARD_ID" ? filter.ShardId : input.ExclusiveStartShardId;
    return shardPage(stream, afterId, filter, input.MaxResults, nowMs);
}

type ShardFilter = NonNullable<InputOf<"ListShards">["ShardFilter"]>;

function filterLacks(member: string, type: string): AwsError {
    return new AwsError("InvalidArgumentException", `${member} must be provided for ShardFilter type ${type}.`);
}

function shardPage(
    stream: Stream,
    afterId: string | undefined,
    filter: ShardFilter,
    most: number | undefined,
    nowMs: number,
): object {
    const shards = [...stream.shards.values()].filter((shard) => passes(stream, shard, filter, nowMs));
    const { page, more } = pageAfter(shards, afterId, most ?? 1_000);
    return {
        Shards: page.map(shardDescription),
        ...(more && {
            NextToken: toToken([stream.name, page.at(-1)!.id, JSON.stringify(filter), String(Math.floor(nowMs))]),
        }),
    };
}

/** Which shards a filter lets through: those open AT a moment, or those that have been open FROM it on. */
function passes(stream: Stream, shard: Shard, filter: ShardFilter, nowMs: number): boolean {
    const trimMs = Math.max(nowMs - stream.retentionHours * 3_600_000, stream.shards.values().next().value!.createdMs);
    const atMs = Math.max(trimMs, (filter.Timestamp ?? 0) * 1_000);
    const openAt = shard.createdMs <= atMs && (shard.closedMs === undefined || shard.closedMs > atMs);
    switch (filter.Type) {
        case "AFTER_SHARD_ID":
        case "FROM_TRIM_HORIZON":
            return true;
        case "AT_LATEST":
            return shard.closedMs === undefined;
        case "AT_TRIM_HORIZON":
        case "AT_TIMESTAMP":
            return openAt;
        case "FROM_TIMESTAMP":
            return shard.closedMs === undefined || shard.closedMs >= atMs;
    }
}

const toToken = (parts: readonly string[]): string => Buffer.from(JSON.stringify(parts)).toString("base64");

export function fromToken(token: string): string[] {
    try {
        return JSON.parse(Buffer.from(token, "base64").toString("utf8")) as string[];
    } catch {
        throw new AwsError("InvalidArgumentException", "Invalid NextToken.");
    }
}

export function updateShardCount(account: Account, input: InputOf<"UpdateShardCount">, nowMs: number): object {
    const stream = provisioned(account, activeStreamOf(account, input));
    const target = input.TargetShardCount;
    const open = stream.open.length;
    checkTarget(account, stream, target, nowMs);
    stream.updateCallsMs.push(nowMs);
    const changed = Math.abs(target - open);
    stream.reservedShards = Math.max(0, target - open);
    const { updateSeconds } = account.settings.durations;
    change(stream, "UPDATING", nowMs, updateSeconds(changed), (atMs) => {
        const ranges = stream.open.map((shard) => shard.range);
        reshard(account, stream, stepsToUniform(ranges, target), atMs);
    });
    return { StreamName: stream.name, CurrentShardCount: open, TargetShardCount: target, StreamARN: stream.arn };
}

/** AWS's limits of UpdateShardCount, each with its own sentence. */
function checkTarget(account: Account, stream: Stream, target: number, nowMs: number): void {
    const open = stream.open.length;
    const counts = `Current open shard count: ${open} Target shard count: ${target}`;
    const most = limits.updateShardCountTargetMax;
    if (target > most) {
        throw new AwsError(
            "LimitExceededException",
            `Target shard count or number of open shards cannot be greater than ${most}. ${counts}`,
        );
    }
    if (target > open * limits.updateShardCountGrowthFactorMax) {
        throw new AwsError(
            "LimitExceededException",
            `UpdateShardCount cannot scale up over double your current open shard count. ${counts}`,
        );
    }
    // How AWS rounds half of an odd count is not documented; up is what it surely accepts.
    if (target < Math.ceil(open * limits.updateShardCountShrinkFactorMin)) {
        throw new AwsError(
            "LimitExceededException",
            `UpdateShardCount cannot scale down below half your current open shard count. ${counts}`,
        );
    }
    const calls = stream.updateCallsMs;
    while (calls.length > 0 && calls[0]! <= nowMs - dayMs) calls.shift();
    if (calls.length >= limits.updateShardCountCallsPer24Hours) {
        throw new AwsError(
            "LimitExceededException",
            `UpdateShardCount cannot be called more than ${limits.updateShardCountCallsPer24Hours} times in a rolling ` +
                `24 hour period for stream ${stream.name} under account ${account.ambient.accountId}.`,
        );
    }
    checkShardQuota(account, target - open);
}

/** The account's quota of open shards, in AWS's sentence; checked before a single shard is made. */
function checkShardQuota(account: Account, additional: number): void {
    const { accountShardsMax } = account.settings;
    const current = openShards(account) + reservedShards(account);
    if (additional <= 0 || current + additional <= accountShardsMax) return;
    const { accountId, region } = account.ambient;
    throw new AwsError(
        "LimitExceededException",
        `This request would exceed the shard limit for the account ${accountId} in ${region}. ` +
            `Current shard count for the account: ${current}. Limit: ${accountShardsMax}. ` +
            `Number of additional shards that would have resulted from this request: ${additional}. ` +
            "Refer to the AWS Service Limits page " +
            "(https://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) " +
            "for current limits and how to request higher limits.",
    );
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, number) => total + number, 0);
const openShards = (account: Account): number => sum([...account.streams.values()].map(({ open }) => open.length));
const reservedShards = (account: Account): number =>
    sum([...account.streams.values()].map((stream) => stream.reservedShards));

function provisioned(account: Account, stream: Stream): Stream {
    if (stream.mode === "PROVISIONED") return stream;
    throw new AwsError(
        "ValidationException",
        `Request is invalid. Stream ${stream.name} under account ${account.ambient.accountId} is in On-Demand mode.`,
    );
}

export function splitShard(account: Account, input: InputOf<"SplitShard">, nowMs: number): void {
    const stream = provisioned(account, activeStreamOf(account, input));
    const shard = reshardable(account, stream, input.ShardToSplit);
    const at = BigInt(input.NewStartingHashKey);
    const { start, end } = shard.range;
    // AWS leaves both children more than one hash key.
    if (at <= start + 1n || at >= end) {
        throw new AwsError(
            "InvalidArgumentException",
            `NewStartingHashKey ${at} used in SplitShard() on shard ${shard.id} in stream ${stream.name} under account ` +
                `${account.ambient.accountId} is not both greater than one plus the shard's StartingHashKey ${start} ` +
                `and less than the shard's EndingHashKey ${end}.`,
        );
    }
    checkShardQuota(account, 1);
    stream.reservedShards = 1;
    change(stream, "UPDATING", nowMs, account.settings.durations.splitOrMergeSeconds, (atMs) =>
        reshard(account, stream, [{ kind: "split", index: stream.open.indexOf(shard), at }], atMs),
    );
}

export function mergeShards(account: Account, input: InputOf<"MergeShards">, nowMs: number): void {
    const stream = provisioned(account, activeStreamOf(account, input));
    const shard = reshardable(account, stream, input.ShardToMerge);
    const adjacent = reshardable(account, stream, input.AdjacentShardToMerge);
    const left = shard.range.start < adjacent.range.start ? shard : adjacent;
    const right = left === shard ? adjacent : shard;
    if (left.range.end + 1n !== right.range.start) {
        throw new AwsError(
            "InvalidArgumentException",
            `Shards ${shard.id} and ${adjacent.id} in stream ${stream.name} under account ` +
                `${account.ambient.accountId} are not an adjacent pair of shards eligible for merging`,
        );
    }
    change(stream, "UPDATING", nowMs, account.settings.durations.splitOrMergeSeconds, (atMs) =>
        reshard(account, stream, [{ kind: "merge", index: stream.open.indexOf(left) }], atMs),
    );
}

function reshardable(account: Account, stream: Stream, shardId: string): Shard {
    const of = `in stream ${stream.name} under account ${account.ambient.accountId}`;
    if (!stream.shards.has(shardId))
        throw new AwsError("ResourceNotFoundException", `Could not find shard ${shardId} ${of}.`);

    const shard = shardOf(account, stream, shardId);
    if (shard.closedMs === undefined) return shard;
    throw new AwsError(
        "InvalidArgumentException",
        `Shard ${shardId} ${of} has already been merged or split, and thus is not eligible for merging or splitting.`,
    );
}

export function increaseRetention(
    account: Account,
    input: InputOf<"IncreaseStreamRetentionPeriod">,
    nowMs: number,
): void {
    setRetention(account, input, nowMs, (stream, hours) => {
        if (hours >= stream.retentionHours) return undefined;
        return `can not be shorter than existing retention period (${stream.retentionHours} hours). Use DecreaseRetentionPeriod API.`;
    });
}

export function decreaseRetention(
    account: Account,
    input: InputOf<"DecreaseStreamRetentionPeriod">,
    nowMs: number,
): void {
    setRetention(account, input, nowMs, (stream, hours) => {
        if (hours <= stream.retentionHours) return undefined;
        return `can not be longer than existing retention period (${stream.retentionHours} hours). Use IncreaseRetentionPeriod API.`;
    });
}

function setRetention(
    account: Account,
    input: InputOf<"IncreaseStreamRetentionPeriod">,
    nowMs: number,
    wrongWay: (stream: Stream, hours: number) => string | undefined,
): void {
    const stream = activeStreamOf(account, input);
    const hours = input.RetentionPeriodHours;
    const { retentionHoursDefault: least, retentionHoursMax: most } = limits;
    const refuse = (sentence: string) => new AwsError("InvalidArgumentException", sentence);
    if (hours < least) {
        throw refuse(
            `Minimum allowed retention period is ${least} hours. Requested retention period (${hours} hours) is too short.`,
        );
    }
    if (hours > most) {
        throw refuse(
            `Maximum allowed retention period is ${most} hours. Requested retention period (${hours} hours) is too long.`,
        );
    }
    const problem = wrongWay(stream, hours);
    if (problem !== undefined)
        throw refuse(`Requested retention period (${hours} hours) for stream ${stream.name} ${problem}`);

    change(stream, "UPDATING", nowMs, account.settings.durations.changeSeconds, () => {
        stream.retentionHours = hours;
    });
}

export function startEncryption(account: Account, input: InputOf<"StartStreamEncryption">, nowMs: number): void {
    const stream = activeStreamOf(account, input);
    if (input.EncryptionType !== "KMS")
        throw new AwsError("InvalidArgumentException", "EncryptionType must be KMS to start encryption.");

    change(stream, "UPDATING", nowMs, account.settings.durations.changeSeconds, () => {
        stream.encryptionKeyId = input.KeyId;
    });
}

export function stopEncryption(account: Account, input: InputOf<"StopStreamEncryption">, nowMs: number): void {
    const stream = activeStreamOf(account, input);
    change(stream, "UPDATING", nowMs, account.settings.durations.changeSeconds, () => {
        stream.encryptionKeyId = undefined;
    });
}

export function enableMonitoring(account: Account, input: InputOf<"EnableEnhancedMonitoring">, nowMs: number): object {
    return setMonitoring(account, input, nowMs, (current, asked) => new Set([...current, ...asked]));
}

export function disableMonitoring(
    account: Account,
    input: InputOf<"DisableEnhancedMonitoring">,
    nowMs: number,
): object {
    return setMonitoring(account, input, nowMs, (current, asked) => {
        const off = new Set(asked);
        return new Set([...current].filter((name) => !off.has(name)));
    });
}

function setMonitoring(
    account: Account,
    input: InputOf<"EnableEnhancedMonitoring">,
    nowMs: number,
    combine: (
        current: ReadonlySet<ShardLevelMetricName>,
        asked: readonly ShardLevelMetricName[],
    ) => Set<ShardLevelMetricName>,
): object {
    const stream = activeStreamOf(account, input);
    const asked = input.ShardLevelMetrics.flatMap((name) => (name === "ALL" ? shardLevelMetricNames : [name]));
    const desired = combine(stream.shardLevelMetrics, asked);
    const answer = {
        StreamName: stream.name,
        CurrentShardLevelMetrics: metricNames(stream.shardLevelMetrics),
        DesiredShardLevelMetrics: metricNames(desired),
        StreamARN: stream.arn,
    };
    change(stream, "UPDATING", nowMs, account.settings.durations.changeSeconds, () => {
        stream.shardLevelMetrics = desired;
    });
    return answer;
}

const metricNames = (names: ReadonlySet<ShardLevelMetricName>): ShardLevelMetricName[] =>
    shardLevelMetricNames.filter((name) => names.has(name));

/** AWS lets a stream change its mode twice in 24 hours. */
const modeChangesPer24HoursMax = 2;

export function updateStreamMode(account: Account, input: InputOf<"UpdateStreamMode">, nowMs: number): void {
    const stream = activeStreamOf(account, input);
    const mode = input.StreamModeDetails.StreamMode;
    const changes = stream.modeChangesMs;
    while (changes.length > 0 && changes[0]! <= nowMs - dayMs) changes.shift();
    if (mode !== stream.mode && changes.length >= modeChangesPer24HoursMax) {
        throw new AwsError(
            "LimitExceededException",
            `Stream ${stream.name} under account ${account.ambient.accountId} has changed its mode ` +
                `${modeChangesPer24HoursMax} times in the last 24 hours.`,
        );
    }
    if (mode !== stream.mode) changes.push(nowMs);
    change(stream, "UPDATING", nowMs, account.settings.durations.changeSeconds, () => {
        stream.mode = mode;
    });
}

export function updateMaxRecordSize(account: Account, input: InputOf<"UpdateMaxRecordSize">, nowMs: number): void {
    const stream = activeStreamOf(account, input);
    change(stream, "UPDATING", nowMs, account.settings.durations.changeSeconds, () => {
        stream.maxRecordKiB = input.MaxRecordSizeInKiB;
    });
}

export function describeLimits(account: Account): object {
    const onDemand = [...account.streams.values()].filter(({ mode }) => mode === "ON_DEMAND").length;
    return {
        ShardLimit: account.settings.accountShardsMax,
        OpenShardCount: openShards(account),
        OnDemandStreamCount: onDemand,
        OnDemandStreamCountLimit: onDemandStreamsMax,
    };
}

export function describeAccountSettings(): object {
    return { MinimumThroughputBillingCommitment: { Status: "DISABLED" } };
}

export function addTagsToStream(account: Account, input: InputOf<"AddTagsToStream">): void {
    addTags(account, streamOf(account, input), input.Tags);
}

export function removeTagsFromStream(account: Account, input: InputOf<"RemoveTagsFromStream">): void {
    const stream = streamOf(account, input);
    for (const key of input.TagKeys) stream.tags.delete(key);
}

export function listTagsForStream(account: Account, input: InputOf<"ListTagsForStream">): object {
    const stream = streamOf(account, input);
    const all = tagList(stream.tags).map((tag) => ({ id: tag.Key, tag }));
    const { page, more } = pageAfter(all, input.ExclusiveStartTagKey, input.Limit ?? tagsMax);
    return { Tags: page.map(({ tag }) => tag), HasMoreTags: more };
}

export function tagResource(account: Account, input: InputOf<"TagResource">): void {
    const resource = tagged(account, input.ResourceARN);
    if ("consumers" in resource) addTags(account, resource, input.Tags);
    else for (const [key, value] of Object.entries(input.Tags)) resource.tags.set(key, value);
}

export function untagResource(account: Account, input: InputOf<"UntagResource">): void {
    const { tags } = tagged(account, input.ResourceARN);
    for (const key of input.TagKeys) tags.delete(key);
}

export function listTagsForResource(account: Account, input: InputOf<"ListTagsForResource">): object {
    return { Tags: tagList(tagged(account, input.ResourceARN).tags) };
}

/** The stream or the consumer that an ARN names. */
function tagged(account: Account, arn: string): Stream | { readonly tags: Map<string, string> } {
    const [streamArn = "", consumerPart] = arn.split("/consumer/");
    const stream = streamOf(account, { StreamARN: streamArn });
    if (consumerPart === undefined) return stream;
    const consumer = [...stream.consumers.values()].find((candidate) => candidate.arn === arn);
    if (consumer) return consumer;
    throw new AwsError("ResourceNotFoundException", `Resource ${arn} not found.`);
}

function addTags(account: Account, stream: Stream, tags: Readonly<Record<string, string>>): void {
    const added = Object.keys(tags).filter((key) => !stream.tags.has(key)).length;
    if (stream.tags.size + added > tagsMax) {
        throw new AwsError(
            "InvalidArgumentException",
            `Failed to add tags to stream ${stream.name} under account ${account.ambient.accountId} because a given ` +
                `stream cannot have more than ${tagsMax} tags associated with it.`,
        );
    }
    for (const [key, value] of Object.entries(tags)) stream.tags.set(key, value);
}

const tagList = (tags: ReadonlyMap<string, string>): { Key: string; Value: string }[] =>
    [...tags].map(([Key, Value]) => ({ Key, Value })).sort((left, right) => (left.Key < right.Key ? -1 : 1));
