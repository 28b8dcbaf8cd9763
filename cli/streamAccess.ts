/**
 * A stream as status, scale, split and merge see it: its state, its shards, its ledger and its load, over the AWS SDK.
 */
import { CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import { DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import {
    DescribeStreamSummaryCommand,
    KinesisClient,
    ListShardsCommand,
    ListTagsForStreamCommand,
    MergeShardsCommand,
    type Shard,
    type ShardFilter,
    SplitShardCommand,
    type StreamDescriptionSummary,
    UpdateShardCountCommand,
} from "@aws-sdk/client-kinesis";
import { GetFunctionConfigurationCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { kinesisMetrics, type KinesisMetricName, kinesisNamespace } from "../capacity/metrics";
import { ledgerTableName } from "../capacity/names";
import { type LedgerEntry, ledgerStreamKey, type LedgerStore, ledgerTableTag } from "../capacity/scaling/ledger";
import { historyRequest, ledgerEntryOf, ledgerIn } from "../capacity/scaling/ledgerItems";
import { type ScalerEnvironment, scalerEnvironment } from "../capacity/scaling/settings";
import { type ReshardEvent, type ShardRange, type StreamStatus } from "../capacity/scaling/observation";
import { refused } from "./awsErrors";

export interface StreamState {
    readonly name: string;
    readonly arn: string;
    readonly status: StreamStatus;
    readonly capacityMode: "provisioned" | "on-demand";
    readonly createdMs: number;
    readonly openShards: number;
    readonly retentionHours: number;
    readonly shardLevelMetrics: readonly string[];
    readonly fanOutConsumers: number;
    /** AWS's own time when it answered: the machine's may be wrong. */
    readonly nowMs: number;
}

export interface ShardList {
    /** In the order of their hash key ranges. */
    readonly open: readonly ShardRange[];
    readonly closed: number;
}

/** A ledger that was found, and where. */
export interface StreamLedger {
    readonly table: string;
    readonly key: string;
    readonly store: LedgerStore;
    history(sinceMs: number, limit: number): Promise<LedgerEntry[]>;
}

export interface StreamAccess {
    readonly name: string;
    describe(): Promise<StreamState>;
    shards(): Promise<ShardList>;
    /** Reshards of the last 24 h as the shards that were open at each time show them. */
    reshardsSeen(state: StreamState): Promise<ReshardEvent[]>;
    update(targetShardCount: number): Promise<void>;
    split(shardId: string, newStartingHashKey: string): Promise<void>;
    merge(shardId: string, adjacentShardId: string): Promise<void>;
    /** Undefined if the stream has none: nobody scales it automatically. */
    ledger(state: StreamState): Promise<StreamLedger | undefined>;
    /** What the stream's scaler was deployed with; undefined if there is none. */
    scaler(): Promise<ScalerEnvironment | undefined>;
    metric(name: KinesisMetricName, from: { fromMs: number; toMs: number; periodSeconds: number }): Promise<Point[]>;
    close(): void;
}

/** A datapoint: the start of its period and its value. */
export type Point = readonly [timeMs: number, value: number];

const dayMs = 24 * 3_600_000;

/** Opens a stream by its name or ARN, does something with it, and turns what AWS refuses into one line. */
export async function withStream<Result>(
    nameOrArn: string,
    use: (access: StreamAccess) => Promise<Result>,
): Promise<Result> {
    const access = openStream(nameOrArn);
    try {
        return await use(access);
    } catch (error) {
        throw refused(error, `stream ${access.name}`);
    } finally {
        access.close();
    }
}

/** What a stream is called, of which a user may name the ARN. */
export function streamNameOf(nameOrArn: string): string {
    return nameOrArn.startsWith("arn:") ? nameOrArn.slice(nameOrArn.indexOf("/") + 1) : nameOrArn;
}

function openStream(nameOrArn: string): StreamAccess {
    const isArn = nameOrArn.startsWith("arn:");
    const name = streamNameOf(nameOrArn);
    const stream = isArn ? { StreamARN: nameOrArn } : { StreamName: nameOrArn };
    const kinesis = new KinesisClient({});
    // The SDK takes LimitExceededException for throttling and would repeat a reshard that Kinesis refuses.
    const resharder = new KinesisClient({ maxAttempts: 1 });
    const cloudWatch = new CloudWatchClient({});
    const dynamoDb = new DynamoDBClient({});
    const lambda = new LambdaClient({});
    const listShards = async (filter: ShardFilter | undefined): Promise<Shard[]> => {
        const shards: Shard[] = [];
        let next: string | undefined;
        do {
            const input = next === undefined ? { ...stream, ShardFilter: filter } : { NextToken: next };
            const page = await kinesis.send(new ListShardsCommand(input));
            shards.push(...(page.Shards ?? []));
            next = page.NextToken;
        } while (next !== undefined);
        return shards;
    };
    return {
        name,
        async describe() {
            const { summary, nowMs } = await describe(kinesis, stream);
            return {
                name,
                arn: summary.StreamARN!,
                status: summary.StreamStatus as StreamStatus,
                capacityMode: summary.StreamModeDetails?.StreamMode === "ON_DEMAND" ? "on-demand" : "provisioned",
                createdMs: summary.StreamCreationTimestamp!.getTime(),
                openShards: summary.OpenShardCount!,
                retentionHours: summary.RetentionPeriodHours!,
                shardLevelMetrics: summary.EnhancedMonitoring?.flatMap((set) => set.ShardLevelMetrics ?? []) ?? [],
                fanOutConsumers: summary.ConsumerCount ?? 0,
                nowMs,
            };
        },
        async shards() {
            const all = await listShards(undefined);
            const open = all.filter((shard) => shard.SequenceNumberRange?.EndingSequenceNumber === undefined);
            const ranges = open
                .map(rangeOf)
                .sort((left, right) => (left.startingHashKey < right.startingHashKey ? -1 : 1));
            return { open: ranges, closed: all.length - open.length };
        },
        reshardsSeen: (state) => reshardsSeen(listShards, state),
        async update(targetShardCount) {
            const input = { ...stream, TargetShardCount: targetShardCount, ScalingType: "UNIFORM_SCALING" as const };
            await resharder.send(new UpdateShardCountCommand(input));
        },
        async split(shardId, newStartingHashKey) {
            const input = { ...stream, ShardToSplit: shardId, NewStartingHashKey: newStartingHashKey };
            await resharder.send(new SplitShardCommand(input));
        },
        async merge(shardId, adjacentShardId) {
            const input = { ...stream, ShardToMerge: shardId, AdjacentShardToMerge: adjacentShardId };
            await resharder.send(new MergeShardsCommand(input));
        },
        ledger: async (state) => findLedger(state, await ledgerTableOf(kinesis, name), dynamoDb),
        async scaler() {
            try {
                const input = { FunctionName: `${name}-scaler` };
                const answer = await lambda.send(new GetFunctionConfigurationCommand(input));
                return scalerEnvironment(answer.Environment?.Variables ?? {});
            } catch (error) {
                if ((error as Error).name === "ResourceNotFoundException") return undefined;
                throw error;
            }
        },
        metric: (metric, window) => metricPoints(cloudWatch, name, metric, window),
        close() {
            for (const client of [kinesis, resharder, cloudWatch, dynamoDb, lambda]) client.destroy();
        },
    };
}

async function describe(
    kinesis: KinesisClient,
    stream: { StreamARN: string } | { StreamName: string },
): Promise<{ summary: StreamDescriptionSummary; nowMs: number }> {
    const command = new DescribeStreamSummaryCommand(stream);
    let nowMs = Number.NaN;
    command.middlewareStack.add(
        (next) => async (args) => {
            const result = await next(args);
            const { headers } = result.response as { headers?: Record<string, string> };
            nowMs = Date.parse(headers?.date ?? "");
            return result;
        },
        { step: "deserialize", name: "readDateHeader", override: true },
    );
    const { StreamDescriptionSummary: summary } = await kinesis.send(command);
    return { summary: summary!, nowMs: Number.isNaN(nowMs) ? Date.now() : nowMs };
}

function rangeOf(shard: Shard): ShardRange {
    return {
        shardId: shard.ShardId!,
        startingHashKey: BigInt(shard.HashKeyRange!.StartingHashKey!),
        endingHashKey: BigInt(shard.HashKeyRange!.EndingHashKey!),
    };
}

/** The table that the stream's tag names, else the one that is named after the stream. */
async function ledgerTableOf(kinesis: KinesisClient, name: string): Promise<string> {
    try {
        const { Tags: tags } = await kinesis.send(new ListTagsForStreamCommand({ StreamName: name }));
        return tags?.find(({ Key: key }) => key === ledgerTableTag)?.Value ?? ledgerTableName(name);
    } catch (error) {
        if ((error as Error).name === "AccessDeniedException") return ledgerTableName(name);
        throw error;
    }
}

async function findLedger(
    state: StreamState,
    table: string,
    dynamoDb: DynamoDBClient,
): Promise<StreamLedger | undefined> {
    const requests = {
        get: (request: ConstructorParameters<typeof GetItemCommand>[0]) => dynamoDb.send(new GetItemCommand(request)),
        put: (request: ConstructorParameters<typeof PutItemCommand>[0]) => dynamoDb.send(new PutItemCommand(request)),
    };
    const store = ledgerIn(requests, table);
    const key = ledgerStreamKey(state.arn, state.createdMs);
    try {
        await store.read(key);
    } catch (error) {
        if ((error as Error).name === "ResourceNotFoundException") return undefined;
        throw refused(error, `ledger ${table}`);
    }
    return {
        table,
        key,
        store,
        async history(sinceMs, limit) {
            const { Items: items } = await dynamoDb.send(new QueryCommand(historyRequest(table, key, sinceMs, limit)));
            return (items ?? []).map(ledgerEntryOf);
        },
    };
}

/** Changes that lie closer together than this are taken for one. */
const changeResolutionMs = 20_000;
/** ListShards calls that are spent on the search. */
const looksMax = 400;

/**
 * Finds the reshards of the last 24 h by asking which shards were open when, halving the time between two different answers. A single
 * split or merge is told from an update by its shards; below three shards it cannot be told, and counts as an update.
 */
async function reshardsSeen(
    listShards: (filter: ShardFilter | undefined) => Promise<Shard[]>,
    state: StreamState,
): Promise<ReshardEvent[]> {
    let looks = 0;
    const openAt = async (timeMs: number): Promise<ReadonlySet<string>> => {
        looks += 1;
        const shards = await listShards({ Type: "AT_TIMESTAMP", Timestamp: new Date(timeMs) });
        return new Set(shards.map((shard) => shard.ShardId!));
    };
    const events: ReshardEvent[] = [];
    const search = async (
        fromMs: number,
        before: ReadonlySet<string>,
        toMs: number,
        after: ReadonlySet<string>,
    ): Promise<void> => {
        const closed = [...before].filter((shardId) => !after.has(shardId)).length;
        const opened = [...after].filter((shardId) => !before.has(shardId)).length;
        if (closed === 0 && opened === 0) return;
        if (toMs - fromMs <= changeResolutionMs || looks >= looksMax) {
            const single = before.size >= 3 && Math.min(closed, opened) === 1 && Math.max(closed, opened) === 2;
            events.push({ atMs: toMs, kind: !single ? "update" : opened === 2 ? "split" : "merge" });
            return;
        }
        const middleMs = Math.floor((fromMs + toMs) / 2);
        const middle = await openAt(middleMs);
        await search(fromMs, before, middleMs, middle);
        await search(middleMs, middle, toMs, after);
    };
    const fromMs = Math.max(state.createdMs, state.nowMs - dayMs) + 1_000;
    const latest = new Set((await listShards({ Type: "AT_LATEST" })).map((shard) => shard.ShardId!));
    if (fromMs < state.nowMs) await search(fromMs, await openAt(fromMs), state.nowMs, latest);
    return events;
}

async function metricPoints(
    cloudWatch: CloudWatchClient,
    streamName: string,
    metric: KinesisMetricName,
    { fromMs, toMs, periodSeconds }: { fromMs: number; toMs: number; periodSeconds: number },
): Promise<Point[]> {
    const query: MetricDataQuery = {
        Id: "m",
        MetricStat: {
            Metric: {
                Namespace: kinesisNamespace,
                MetricName: metric,
                Dimensions: [{ Name: "StreamName", Value: streamName }],
            },
            Period: periodSeconds,
            Stat: kinesisMetrics[metric].statistic,
        },
    };
    const points: Point[] = [];
    let next: string | undefined;
    do {
        const input = {
            MetricDataQueries: [query],
            StartTime: new Date(fromMs),
            EndTime: new Date(toMs),
            ScanBy: "TimestampAscending" as const,
            NextToken: next,
        };
        const page = await cloudWatch.send(new GetMetricDataCommand(input));
        const [result] = page.MetricDataResults ?? [];
        result?.Timestamps?.forEach((time, at) => points.push([time.getTime(), result.Values![at]!]));
        next = page.NextToken;
    } while (next !== undefined);
    return points;
}
