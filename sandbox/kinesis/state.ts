/**
 * What the local Kinesis knows: one account's streams, their shards with lineage, and the records in them.
 *
 * Nothing here runs by itself. Every operation comes with the time; `settle` then makes happen what is due: a reshard that has finished, a
 * stream that is gone, records and closed shards that have expired.
 */
import { limits } from "../../capacity/limits";
import { type ShardLevelMetricName } from "../../capacity/metrics";
import { type Ambient, AwsError } from "../service";
import { type HashKeyRange, type ReshardStep, toHex, uniformRanges } from "./ranges";
import { TokenBucket } from "./throughput";

/** How the local Kinesis behaves where AWS leaves it open, or where a test or a demonstration wants it otherwise. */
export interface KinesisSettings {
    /** Each record written counts as so many records of its size, against the shard's limits and in the metrics. @default 1 */
    readonly recordWeight: number;
    /** Depth of a shard's write buckets in seconds of its rate: how much of a burst passes at once. @default 1 */
    readonly burstSeconds: number;
    /** How long things take. May be changed while the sandbox runs, to make them late. */
    durations: KinesisDurations;
    /** Shards that the account may have. @default the region's quota: 20,000 in us-east-1, us-west-2 and eu-west-1, else 1,000 */
    readonly accountShardsMax: number;
    /** Bytes of records kept over all streams; beyond it the oldest go first, as if they had expired. @default 256 MiB */
    readonly storedBytesMax: number;
    /** After so many seconds an iterator has expired. @default 300 */
    readonly iteratorSeconds: number;
    /** Whether control calls are held to AWS's rates. @default true */
    readonly limitsCallRates: boolean;
}

/** Seconds of the sandbox's clock. */
export interface KinesisDurations {
    readonly createSeconds: number;
    readonly deleteSeconds: number;
    /** SplitShard and MergeShards. */
    readonly splitOrMergeSeconds: number;
    /** Encryption, monitoring, mode, record size: any other change during which the stream is UPDATING. */
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
    readonly streams: Map<string, Stream>;
    /** Bytes of records over all streams. */
    storedBytes: number;
}

export interface Stream {
    readonly name: string;
    readonly arn: string;
    readonly createdMs: number;
    status: StreamStatus;
    mode: "PROVISIONED" | "ON_DEMAND";
    retentionHours: number;
    maxRecordKiB: number;
    encryptionKeyId: string | undefined;
    shardLevelMetrics: Set<ShardLevelMetricName>;
    readonly tags: Map<string, string>;
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
    /** What its sequence numbers begin with; the record's number follows. */
    readonly sequencePrefix: string;
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
    readonly tags: Map<string, string>;
    activeMs: number;
    /** When it is gone, once deregistered. */
    goneMs: number | undefined;
    /** Ends the subscription that reads a shard, by shard id. */
    readonly subscriptions: Map<string, { readonly sinceMs: number; readonly end: () => void }>;
}

/** A record's own cost in memory beside its data, so that a million small ones stay bounded too. */
const recordOverheadBytes = 200;

export function newAccount(ambient: Ambient, settings: KinesisSettings): Account {
    return { ambient, settings, streams: new Map(), storedBytes: 0 };
}

/** Expiry is looked at once a second: retention is counted in hours. */
const expiryCheckMs = 1_000;

/** Makes happen what is due on every stream. */
export function settle(account: Account, nowMs: number): void {
    for (const stream of account.streams.values()) {
        const { pending } = stream;
        if (pending && pending.dueMs <= nowMs) {
            stream.pending = undefined;
            pending.apply(pending.dueMs);
        }
        if (nowMs - stream.expiredMs >= expiryCheckMs) {
            stream.expiredMs = nowMs;
            expire(account, stream, nowMs);
        }
        for (const [name, consumer] of stream.consumers)
            if (consumer.goneMs !== undefined && consumer.goneMs <= nowMs) stream.consumers.delete(name);
    }
}

/** The stream that a request means, by name, by ARN or by both. */
export function streamOf(
    account: Account,
    input: { readonly StreamName?: string; readonly StreamARN?: string },
): Stream {
    const fromArn = input.StreamARN?.slice(input.StreamARN.indexOf(":stream/") + ":stream/".length);
    const name = input.StreamName ?? fromArn;
    if (name === undefined)
        throw new AwsError("InvalidArgumentException", "Either StreamName or StreamARN must be provided.");

    if (fromArn !== undefined && fromArn !== name)
        throw new AwsError("InvalidArgumentException", `StreamARN ${input.StreamARN} is not that of stream ${name}.`);

    const stream = account.streams.get(name);
    if (!stream || (input.StreamARN !== undefined && input.StreamARN !== stream.arn)) {
        throw new AwsError(
            "ResourceNotFoundException",
            `Stream ${name} under account ${account.ambient.accountId} not found.`,
        );
    }
    return stream;
}

/** A stream that takes changes now. */
export function activeStreamOf(
    account: Account,
    input: { readonly StreamName?: string; readonly StreamARN?: string },
): Stream {
    const stream = streamOf(account, input);
    if (stream.status !== "ACTIVE") {
        throw new AwsError(
            "ResourceInUseException",
            `Stream ${stream.name} under account ${account.ambient.accountId} not ACTIVE, ` +
                `instead in state ${stream.status}`,
        );
    }
    return stream;
}

export function shardOf(account: Account, stream: Stream, shardId: string): Shard {
    const shard = stream.shards.get(shardId);
    if (!shard) {
        throw new AwsError(
            "ResourceNotFoundException",
            `Shard ${shardId} in stream ${stream.name} under account ${account.ambient.accountId} does not exist`,
        );
    }
    return shard;
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

/** Opens N uniform shards on a stream that has none. */
export function openUniformShards(account: Account, stream: Stream, count: number, nowMs: number): void {
    setOpen(
        stream,
        uniformRanges(count).map((range) => openShard(account, stream, range, [], nowMs)),
    );
}

/** Closes and opens shards, step by step, as Kinesis does; all at one moment. */
export function reshard(account: Account, stream: Stream, steps: readonly ReshardStep[], atMs: number): void {
    const open = [...stream.open];
    for (const step of steps) {
        const shard = open[step.index]!;
        if (step.kind === "split") {
            const { start, end } = shard.range;
            const children = [
                openShard(account, stream, { start, end: step.at - 1n }, [shard], atMs),
                openShard(account, stream, { start: step.at, end }, [shard], atMs),
            ];
            close(shard, atMs);
            open.splice(step.index, 1, ...children);
        } else {
            const right = open[step.index + 1]!;
            const range = { start: shard.range.start, end: right.range.end };
            const child = openShard(account, stream, range, [shard, right], atMs);
            close(shard, atMs);
            close(right, atMs);
            open.splice(step.index, 2, child);
        }
    }
    setOpen(stream, open);
}

function setOpen(stream: Stream, open: readonly Shard[]): void {
    stream.open = open;
    stream.openStarts = open.map((shard) => toHex(shard.range.start));
}

function openShard(
    account: Account,
    stream: Stream,
    range: HashKeyRange,
    parents: readonly Shard[],
    nowMs: number,
): Shard {
    const { burstSeconds } = account.settings;
    const index = stream.nextShardIndex++;
    const shard: Shard = {
        id: `shardId-${String(index).padStart(12, "0")}`,
        range,
        parentId: parents[0]?.id,
        adjacentParentId: parents[1]?.id,
        childIds: [],
        createdMs: nowMs,
        closedMs: undefined,
        // As long as AWS's; later shards have larger numbers, and a shard's records grow within its own.
        sequencePrefix: `49${String(Math.floor(nowMs)).padStart(14, "0")}${String(index).padStart(10, "0")}`,
        records: [],
        head: 0,
        firstNumber: 1,
        writeBytes: new TokenBucket(limits.shardWriteBytesPerSecond, burstSeconds, nowMs),
        writeRecords: new TokenBucket(limits.shardWriteRecordsPerSecond, burstSeconds, nowMs),
        readBytes: new TokenBucket(limits.shardReadBytesPerSecond, 1, nowMs),
        readCalls: new TokenBucket(limits.shardGetRecordsCallsPerSecond, 1, nowMs),
        waiting: new Set(),
    };
    for (const parent of parents) parent.childIds.push(shard.id);
    stream.shards.set(shard.id, shard);
    return shard;
}

function close(shard: Shard, atMs: number): void {
    shard.closedMs = atMs;
    for (const wake of [...shard.waiting]) wake();
}

const sequenceDigits = 30;

export function sequenceNumber(shard: Shard, number: number): string {
    return shard.sequencePrefix + String(number).padStart(sequenceDigits, "0");
}

/** The record number in a shard's sequence number, or undefined if it is not one of this shard. */
export function numberInShard(shard: Shard, sequence: string): number | undefined {
    if (!sequence.startsWith(shard.sequencePrefix)) return undefined;
    if (sequence.length !== shard.sequencePrefix.length + sequenceDigits) return undefined;
    return Number(sequence.slice(shard.sequencePrefix.length));
}

/** The number that the next record gets. */
export const nextNumber = (shard: Shard): number => shard.firstNumber + shard.records.length - shard.head;

export function endingSequenceNumber(shard: Shard): string | undefined {
    if (shard.closedMs === undefined) return undefined;
    return shard.sequencePrefix + "9".repeat(sequenceDigits);
}

/** A shard that accepts no more records stays listed and readable until the last of them could have expired. */
export const closedAndExpired = (stream: Stream, shard: Shard, nowMs: number): boolean =>
    shard.closedMs !== undefined && shard.closedMs + stream.retentionHours * 3_600_000 <= nowMs;

export function append(account: Account, shard: Shard, record: StoredRecord): string {
    shard.records.push(record);
    account.storedBytes += record.data.length + recordOverheadBytes;
    return sequenceNumber(shard, nextNumber(shard) - 1);
}

/** Drops the oldest records of all streams until a tenth of the room is free again. */
export function keepWithinMemory(account: Account): void {
    const { storedBytesMax } = account.settings;
    if (account.storedBytes <= storedBytesMax) return;
    const shards = [...account.streams.values()].flatMap((stream) => [...stream.shards.values()]);
    const enoughBytes = storedBytesMax * 0.9;
    while (account.storedBytes > enoughBytes) {
        let oldest: Shard | undefined;
        let oldestMs = Infinity;
        for (const shard of shards) {
            const arrivalMs = shard.records[shard.head]?.arrivalMs ?? Infinity;
            if (arrivalMs < oldestMs) [oldest, oldestMs] = [shard, arrivalMs];
        }
        if (!oldest) return;
        // A few at once, since looking for the oldest takes a look at every shard.
        for (let count = 0; count < 64 && account.storedBytes > enoughBytes && oldest.records[oldest.head]; count++)
            dropOldest(account, oldest, 1);
    }
}

function expire(account: Account, stream: Stream, nowMs: number): void {
    const trimMs = nowMs - stream.retentionHours * 3_600_000;
    for (const shard of stream.shards.values()) {
        let expired = 0;
        while ((shard.records[shard.head + expired]?.arrivalMs ?? Infinity) < trimMs) expired++;
        if (expired > 0) dropOldest(account, shard, expired);
        if (closedAndExpired(stream, shard, nowMs)) {
            dropOldest(account, shard, Infinity);
            stream.shards.delete(shard.id);
        }
    }
}

function dropOldest(account: Account, shard: Shard, most: number): void {
    const until = Math.min(shard.records.length, shard.head + most);
    for (let index = shard.head; index < until; index++) {
        account.storedBytes -= shard.records[index]!.data.length + recordOverheadBytes;
        // Freed at once, while the array is compacted only now and then.
        shard.records[index] = dropped;
        shard.firstNumber++;
    }
    shard.head = until;
    if (shard.head > 1_024 && shard.head > shard.records.length / 2) {
        shard.records = shard.records.slice(shard.head);
        shard.head = 0;
    }
}

const dropped: StoredRecord = { partitionKey: "", data: Buffer.alloc(0), arrivalMs: 0, encrypted: false };

/** Forgets a stream and all that it held. */
export function forget(account: Account, stream: Stream): void {
    for (const shard of stream.shards.values()) {
        dropOldest(account, shard, Infinity);
        for (const wake of [...shard.waiting]) wake();
    }
    stream.shards.clear();
    account.streams.delete(stream.name);
}
