/**
 * What the local Kinesis knows: one account's streams, their shards with lineage, and the records in them; how a request finds them.
 *
 * Nothing here runs by itself. Every operation comes with the time; `settle` then makes happen what is due: a reshard that has finished, a
 * stream that is gone, records and closed shards that have expired.
 */
import { type ShardLevelMetricName } from "../../capacity/metrics";
import { type Ambient, arnOf, type AwsError, type MetricSink } from "../service";
import { operationOn } from "../wire/operation";
import { type InputOf } from "../wire/shape";
import { type Tags } from "../wire/tags";
import { inUse, invalidArgument, notFound, under } from "./errors";
import { Publisher } from "./publish";
import { type HashKeyRange } from "./ranges";
import { shardIdOf, shardIndexOf } from "./sequence";
import { streamNames } from "./shapes";
import { type TokenBucket, TokenBuckets } from "./throughput";

/** How the local Kinesis behaves where AWS leaves it open, or where a test or a demonstration wants it otherwise. */
export interface KinesisSettings {
    /** Each record written counts as so many records of its size, against the shard's limits and in the metrics; or tells it for each stream. @default 1 */
    readonly recordWeight: number | ((streamName: string) => RecordWeight);
    /** Depth of a shard's buckets in seconds of its rates: how much of a burst is written, and read, at once. @default 1 */
    readonly burstSeconds: number;
    /** How long things take. May be changed while the sandbox runs, to make them late. */
    durations: KinesisDurations;
    /** Shards that the account may have. @default the region's quota: 20,000 in us-east-1, us-west-2 and eu-west-1, else 1,000 */
    readonly accountShardsMax: number;
    /** Bytes of records kept over all streams. @default 256 MiB */
    readonly storedBytesMax: number;
    /**
     * What happens beyond them: the oldest records go before their retention is over, and the sandbox says so once for each stream; or the new
     * ones are refused with InternalFailure. @default "dropOldest"
     */
    readonly whenFull: "dropOldest" | "refuse";
    /** After so many seconds an iterator has expired. @default 300 */
    readonly iteratorSeconds: number;
    /** Whether control calls are held to AWS's rates. @default true */
    readonly limitsCallRates: boolean;
    /** UpdateShardCount calls that a stream takes in any 24 hours. @default 10 */
    readonly updateCallsPer24HoursMax: number;
}

/** For how many records one record counts, and for how many bytes each of its bytes. */
export interface RecordWeight {
    readonly records: number;
    readonly bytes: number;
}

/** Seconds of the sandbox's clock. */
export interface KinesisDurations {
    readonly createSeconds: number;
    readonly deleteSeconds: number;
    /** SplitShard and MergeShards. */
    readonly splitOrMergeSeconds: number;
    /** Encryption, monitoring, mode, record size: any other change during which the stream is UPDATING; a consumer that comes or goes. */
    readonly changeSeconds: number;
    /** UpdateShardCount, by the shards that the count changes by. AWS says minutes; nobody says how many. */
    readonly updateSeconds: (changedShards: number) => number;
}

export const defaultDurations: KinesisDurations = {
    createSeconds: 2,
    deleteSeconds: 2,
    splitOrMergeSeconds: 30,
    changeSeconds: 1,
    updateSeconds: (changedShards) => Math.max(60, 30 + 3 * changedShards),
};

export type StreamStatus = "CREATING" | "ACTIVE" | "UPDATING" | "DELETING";

export interface Account {
    readonly ambient: Ambient;
    readonly settings: KinesisSettings;
    readonly publisher: Publisher;
    readonly streams: Map<string, Stream>;
    /** Bytes of records over all streams. */
    storedBytes: number;
    /** MinimumThroughputBillingCommitment, which is On-demand Advantage: since when, and until when if its end is known. */
    commitment: { readonly startedMs: number; readonly endsMs?: number } | undefined;
    /** What holds control calls to AWS's rates, by operation and, where the rate is a stream's or a shard's, by that. */
    readonly callBuckets: TokenBuckets;
}

export interface Stream {
    readonly name: string;
    readonly arn: string;
    readonly createdMs: number;
    status: StreamStatus;
    mode: "PROVISIONED" | "ON_DEMAND";
    /** The write throughput that an on-demand stream was told to be ready for. */
    warmThroughputMiBps: number | undefined;
    retentionHours: number;
    maxRecordKiB: number;
    encryptionKeyId: string | undefined;
    shardLevelMetrics: Set<ShardLevelMetricName>;
    readonly tags: Tags;
    /** By which other accounts may use it, as JSON. */
    policy: string | undefined;
    readonly consumers: Map<string, Consumer>;
    /** Every shard that still exists, by id in the order of creation; closed ones until their records expire. */
    readonly shards: Map<string, Shard>;
    /** The open shards by hash range, and their first hash keys in hexadecimal, to route by binary search. */
    open: readonly Shard[];
    openStarts: readonly string[];
    nextShardIndex: number;
    /** The change under way: what happens when, and nothing else may be started until then. */
    pending: { readonly dueMs: number; readonly apply: (atMs: number) => void } | undefined;
    /** Shards that the change under way will add: they count to the account's quota already. */
    reservedShards: number;
    /** Times of the mode changes of the last 24 hours. */
    readonly modeChangesMs: number[];
    /** When expiry was last looked at. */
    expiredMs: number;
    /** Times of the UpdateShardCount calls of the last 24 hours. */
    readonly updateCallsMs: number[];
}

export interface Shard {
    readonly id: string;
    readonly range: HashKeyRange;
    readonly parentId: string | undefined;
    readonly adjacentParentId: string | undefined;
    /** The shards that its range went to, once it is closed. */
    readonly childIds: string[];
    readonly createdMs: number;
    closedMs: number | undefined;
    /** Its index: the number in its id. */
    readonly index: number;
    /** The second in which it opened, as its sequence numbers tell it: a child's is after its parents'. */
    readonly openedSecond: number;
    /** What its sequence numbers have in common. */
    readonly sequenceBase: bigint;
    /** Kept records, in order; record number `firstNumber + i` is `records[head + i]`. */
    records: StoredRecord[];
    head: number;
    firstNumber: number;
    readonly writeBytes: TokenBucket;
    readonly writeRecords: TokenBucket;
    readonly readBytes: TokenBucket;
    readonly readCalls: TokenBucket;
    /** Called after each write and when the shard closes: who waits for records of it. */
    readonly waiting: Set<() => void>;
}

export interface StoredRecord {
    readonly partitionKey: string;
    readonly data: Buffer;
    readonly arrivalMs: number;
    readonly encrypted: boolean;
}

export interface Consumer {
    readonly name: string;
    readonly arn: string;
    readonly createdMs: number;
    readonly tags: Tags;
    /** By which other accounts may read as it, as JSON. */
    policy: string | undefined;
    activeMs: number;
    /** When it is gone, once deregistered. */
    goneMs: number | undefined;
    /** Ends the subscription that reads a shard, by shard id. */
    readonly subscriptions: Map<string, { readonly end: () => void }>;
    /** When it last subscribed to a shard, by shard id, whether that has ended or not. */
    readonly subscribedMs: Map<string, number>;
}

export function newAccount(ambient: Ambient, settings: KinesisSettings, sink: MetricSink | undefined): Account {
    return {
        ambient,
        settings,
        publisher: new Publisher(sink),
        streams: new Map(),
        storedBytes: 0,
        commitment: undefined,
        callBuckets: new TokenBuckets(),
    };
}

export function weightOf({ settings: { recordWeight } }: Account, { name }: Stream): RecordWeight {
    return typeof recordWeight === "number" ? { records: recordWeight, bytes: recordWeight } : recordWeight(name);
}

export const streamArnOf = (ambient: Ambient, name: string): string => arnOf(ambient, "kinesis", `stream/${name}`);

/** Operations on a stream that is there; that takes changes now. */
export const onStream = operationOn(streamNames, streamOf);
export const onActiveStream = operationOn(streamNames, (account: Account, input) => activeStreamOf(account, input));

/** How a request names its stream. */
export type StreamNames = InputOf<typeof streamNames>;

/** The name of the stream that a request means, by name, by ARN or by both. */
export function streamNameOf(input: StreamNames): string {
    const fromArn = input.StreamARN?.slice(input.StreamARN.indexOf(":stream/") + ":stream/".length);
    const name = input.StreamName ?? fromArn;
    if (name === undefined) throw invalidArgument("Either StreamName or StreamARN must be provided.");

    if (fromArn !== undefined && fromArn !== name)
        throw invalidArgument(`StreamARN ${input.StreamARN} is not that of stream ${name}.`);

    return name;
}

/** The stream that a request means. */
export function streamOf(account: Account, input: StreamNames): Stream {
    const name = streamNameOf(input);
    const stream = account.streams.get(name);
    if (!stream || (input.StreamARN !== undefined && input.StreamARN !== stream.arn)) throw noStream(account, name);
    return stream;
}

/** A stream that takes changes now. */
export function activeStreamOf(
    account: Account,
    input: StreamNames,
    statuses: readonly StreamStatus[] = ["ACTIVE"],
): Stream {
    const stream = streamOf(account, input);
    if (statuses.includes(stream.status)) return stream;
    throw inUse(`Stream ${under(account, stream.name)} not ACTIVE, instead in state ${stream.status}`);
}

/** A stream that is there, even if a change is under way. */
export function existingStreamOf(account: Account, input: StreamNames): Stream {
    return activeStreamOf(account, input, ["ACTIVE", "UPDATING"]);
}

/** A stream that is being created or deleted does not exist for those who write to it and read from it. */
export function usableStreamOf(account: Account, input: StreamNames): Stream {
    const stream = streamOf(account, input);
    if (stream.status === "ACTIVE" || stream.status === "UPDATING") return stream;
    throw noStream(account, stream.name);
}

const noStream = (account: Account, name: string): AwsError => notFound(`Stream ${under(account, name)} not found.`);

export function shardOf(account: Account, { name, shards }: Stream, shardId: string): Shard {
    const shard = shards.get(shardId);
    if (shard) return shard;
    throw noShard(account, name, shardId);
}

/** The full id of the shard that a caller names, be the stream there or not. @throws AwsError (ResourceNotFoundException) where it names none */
export function shardIdIn(account: Account, input: StreamNames, shardId: string): string {
    const index = shardIndexOf(shardId);
    if (index !== undefined) return shardIdOf(index);
    throw notFound(`Could not find shard ${shardId} in stream ${under(account, streamNameOf(input))}.`);
}

export function noShard(account: Account, streamName: string, shardId: string): AwsError {
    return notFound(`Shard ${shardId} in stream ${under(account, streamName)} does not exist`);
}

export function endSubscriptions(stream: Stream): void {
    for (const consumer of stream.consumers.values())
        for (const subscription of consumer.subscriptions.values()) subscription.end();
}

/** AWS's sentence for a shard that is full, for writes and for reads. */
export function rateExceeded(account: Account, stream: Stream, shard: Shard): string {
    return `Rate exceeded for shard ${shard.id} in stream ${under(account, stream.name)}.`;
}

/** The stream is in a status for so long; then the change is there and it is ACTIVE. */
export function change(
    stream: Stream,
    status: StreamStatus,
    nowMs: number,
    seconds: number,
    apply: (atMs: number) => void,
): void {
    stream.status = status;
    stream.pending = {
        dueMs: nowMs + seconds * 1_000,
        apply: (atMs) => {
            stream.status = "ACTIVE";
            stream.reservedShards = 0;
            apply(atMs);
        },
    };
}

/** Keeps the times of the last 24 hours, which AWS's quotas of calls count. */
export function keepLastDay(timesMs: number[], nowMs: number): void {
    while (timesMs.length > 0 && timesMs[0]! <= nowMs - 24 * 3_600_000) timesMs.shift();
}
