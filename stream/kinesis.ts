/**
 * A stream through the Kinesis API: its state with AWS's time, its shards, and the calls that reshard it.
 */
import {
    DescribeStreamSummaryCommand,
    type DescribeStreamSummaryOutput,
    type KinesisClient,
    ListShardsCommand,
    type ListShardsOutput,
    ListTagsForStreamCommand,
    MergeShardsCommand,
    type Shard,
    type ShardFilter,
    SplitShardCommand,
    UpdateShardCountCommand,
} from "@aws-sdk/client-kinesis";
import { isArn } from "../capacity/arns";
import { hashKeySpace, type HashRing, ringOfShards } from "../capacity/keys/hashRing";
import { type ShardRange, type StreamStatus } from "../capacity/scaling/observation";
import { inRingOrder } from "../capacity/scaling/walk";
import { count, enumerated } from "../capacity/text";
import { type StreamPort, type StreamSummary } from "./ports";

/** How a call names a stream. */
export type StreamTarget = { readonly StreamARN: string } | { readonly StreamName: string };

/** More about a stream than a decision needs. */
export interface StreamDetails extends StreamSummary {
    readonly retentionHours: number;
    readonly shardLevelMetrics: readonly string[];
    readonly fanOutConsumers: number;
}

export interface ShardList {
    /** In the order of their hash key ranges. */
    readonly open: readonly ShardRange[];
    readonly closed: number;
}

export interface LiveStream extends StreamPort {
    details(): Promise<StreamDetails>;
    /** Open and closed ones, as long as their records are kept. */
    shards(): Promise<ShardList>;
    /** The shards that were open at a time of the last 24 hours. */
    openShardsAt(atMs: number): Promise<readonly ShardRange[]>;
    /** The value of a tag; undefined if the stream has no such tag. */
    tag(key: string): Promise<string | undefined>;
}

/** A stream as a user names it: by its name or its ARN. */
export function targetOf(nameOrArn: string): StreamTarget {
    return isArn(nameOrArn) ? { StreamARN: nameOrArn } : { StreamName: nameOrArn };
}

export function kinesisStream(kinesis: KinesisClient, target: StreamTarget): LiveStream {
    return {
        async describe() {
            const { summary, nowMs } = await describe(kinesis, target);
            return summaryOf(summary, nowMs);
        },
        async details() {
            const { summary, nowMs } = await describe(kinesis, target);
            return {
                ...summaryOf(summary, nowMs),
                retentionHours: summary.RetentionPeriodHours,
                shardLevelMetrics: summary.EnhancedMonitoring?.flatMap((set) => set.ShardLevelMetrics ?? []) ?? [],
                fanOutConsumers: summary.ConsumerCount ?? 0,
            };
        },
        openShards: () => openShards(kinesis, target),
        async shards() {
            const all = await listShards(kinesis, target, undefined);
            const open = wholeRing(all.filter(isOpen));
            return { open, closed: all.length - open.length };
        },
        async openShardsAt(atMs) {
            const filter: ShardFilter = { Type: "AT_TIMESTAMP", Timestamp: new Date(atMs) };
            return wholeRing(await listShards(kinesis, target, filter));
        },
        tag: (key) => tagOf(kinesis, target, key),
        async updateShardCount(targetShardCount) {
            const input = { ...target, TargetShardCount: targetShardCount, ScalingType: "UNIFORM_SCALING" as const };
            await kinesis.send(new UpdateShardCountCommand(input));
        },
        async splitShard(shardId, newStartingHashKey) {
            const input = { ...target, ShardToSplit: shardId, NewStartingHashKey: newStartingHashKey };
            await kinesis.send(new SplitShardCommand(input));
        },
        async mergeShards(shardId, adjacentShardId) {
            const input = { ...target, ShardToMerge: shardId, AdjacentShardToMerge: adjacentShardId };
            await kinesis.send(new MergeShardsCommand(input));
        },
    };
}

/** The open shards, each with its part of the hash key space. */
export async function openShards(
    kinesis: KinesisClient,
    target: StreamTarget,
    abortSignal?: AbortSignal,
): Promise<ShardRange[]> {
    // AT_LATEST means open shards; a closed one that slips in has an end.
    return wholeRing((await listShards(kinesis, target, { Type: "AT_LATEST" }, abortSignal)).filter(isOpen));
}

/** An answer without something that AWS always sends: nothing follows from the rest. */
class AnswerIncomplete extends Error {
    override readonly name = "AnswerIncomplete";
}

/**
 * Shards of one time in the order of their hash keys: they cover the hash key space. None at all is a stream that is being made.
 *
 * @throws AnswerIncomplete
 */
function wholeRing(shards: readonly Shard[]): ShardRange[] {
    const ring = inRingOrder(shards.map(rangeOf));
    const gap = ring.findIndex(
        (shard, at) => shard.startingHashKey !== (at === 0 ? 0n : ring[at - 1]!.endingHashKey + 1n),
    );
    if (ring.length === 0 || (gap === -1 && ring.at(-1)!.endingHashKey === hashKeySpace - 1n)) return ring;
    throw new AnswerIncomplete(
        `ListShards gave ${count(ring.length, "open shard")}, which together do not cover all hash keys`,
    );
}

/** The ring of a stream's open shards. */
export function ringOf(shards: readonly ShardRange[]): HashRing {
    return ringOfShards(
        shards.map(({ shardId, startingHashKey, endingHashKey }) => ({
            shardId,
            startingHashKey: String(startingHashKey),
            endingHashKey: String(endingHashKey),
        })),
    );
}

/** The most that ListShards gives at once: as many as a stream has by default. Unasked, it gives 1,000. */
const shardsPerPageMax = 10_000;

async function listShards(
    kinesis: KinesisClient,
    target: StreamTarget,
    filter: ShardFilter | undefined,
    abortSignal?: AbortSignal,
): Promise<Shard[]> {
    const shards: Shard[] = [];
    let next: string | undefined;
    do {
        const page: ListShardsOutput = await kinesis.send(
            new ListShardsCommand(
                next === undefined
                    ? { ...target, ...(filter && { ShardFilter: filter }), MaxResults: shardsPerPageMax }
                    : // The token names the stream; Kinesis refuses "NextToken and StreamARN" together.
                      { NextToken: next },
            ),
            ...(abortSignal === undefined ? [] : [{ abortSignal }]),
        );
        shards.push(...(page.Shards ?? []));
        next = page.NextToken;
    } while (next !== undefined);
    return shards;
}

function isOpen(shard: Shard): boolean {
    return shard.SequenceNumberRange?.EndingSequenceNumber === undefined;
}

function rangeOf(shard: Shard): ShardRange {
    return {
        shardId: shard.ShardId!,
        startingHashKey: BigInt(shard.HashKeyRange!.StartingHashKey!),
        endingHashKey: BigInt(shard.HashKeyRange!.EndingHashKey!),
    };
}

async function tagOf(kinesis: KinesisClient, target: StreamTarget, key: string): Promise<string | undefined> {
    let after: string | undefined;
    do {
        const page = await kinesis.send(new ListTagsForStreamCommand({ ...target, ExclusiveStartTagKey: after }));
        const found = page.Tags?.find((tag) => tag.Key === key);
        if (found !== undefined) return found.Value;
        after = page.HasMoreTags === true ? page.Tags?.at(-1)?.Key : undefined;
    } while (after !== undefined);
    return undefined;
}

type Described = NonNullable<DescribeStreamSummaryOutput["StreamDescriptionSummary"]>;

const alwaysThere = [
    "StreamARN",
    "StreamCreationTimestamp",
    "StreamStatus",
    "OpenShardCount",
    "RetentionPeriodHours",
] as const satisfies (keyof Described)[];

type Summary = Described & { readonly [Name in (typeof alwaysThere)[number]]-?: NonNullable<Described[Name]> };

/**
 * The stream, and the time as the Date header of the answer has it.
 *
 * @throws AnswerIncomplete
 */
async function describe(
    kinesis: KinesisClient,
    target: StreamTarget,
): Promise<{ readonly summary: Summary; readonly nowMs: number }> {
    const command = new DescribeStreamSummaryCommand(target);
    let answeredMs = Number.NaN;
    command.middlewareStack.add(
        (next) => async (args) => {
            const result = await next(args);
            const { headers } = result.response as { headers?: Record<string, string> };
            answeredMs = Date.parse(headers?.date ?? "");
            return result;
        },
        { step: "deserialize", name: "readDateHeader", override: true },
    );
    const { StreamDescriptionSummary: described } = await kinesis.send(command);
    const missing =
        described === undefined
            ? ["StreamDescriptionSummary"]
            : alwaysThere.filter((name) => described[name] === undefined);
    if (missing.length > 0) throw new AnswerIncomplete(`DescribeStreamSummary gave no ${enumerated(missing, "and")}`);
    return { summary: described as Summary, nowMs: Number.isNaN(answeredMs) ? Date.now() : answeredMs };
}

function summaryOf(summary: Summary, nowMs: number): StreamSummary {
    return {
        streamArn: summary.StreamARN,
        createdMs: summary.StreamCreationTimestamp.getTime(),
        status: summary.StreamStatus as StreamStatus,
        capacityMode: summary.StreamModeDetails?.StreamMode === "ON_DEMAND" ? "on-demand" : "provisioned",
        openShards: summary.OpenShardCount,
        nowMs,
    };
}
