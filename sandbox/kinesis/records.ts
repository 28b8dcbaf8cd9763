/**
 * The data plane: records into shards by the MD5 of their key, and out again through iterators, within each shard's limits.
 */
import { createHash } from "node:crypto";

import { hashKeySpace } from "../../capacity/keys/hashRing";
import { limits } from "../../capacity/limits";
import { AwsError } from "../service";
import { blobBytes, type InputOf } from "./inputs";
import { type Publisher, type ShardTally } from "./publish";
import { toHex } from "./ranges";
import {
    type Account,
    append,
    closedAndExpired,
    keepWithinMemory,
    nextNumber,
    numberInShard,
    sequenceNumber,
    type Shard,
    shardOf,
    type StoredRecord,
    type Stream,
    streamOf,
} from "./state";

interface Entry {
    readonly Data: string;
    readonly PartitionKey: string;
    readonly ExplicitHashKey?: string;
}

export function putRecord(account: Account, input: InputOf<"PutRecord">, nowMs: number, publisher: Publisher): object {
    const startedMs = performance.now();
    const stream = writableStreamOf(account, input);
    checkEntry(account, stream, input);
    const tally = new WriteTally(account.settings.recordWeight);
    const answer = put(account, stream, input, nowMs, tally);
    finishWrite(account, stream, tally, nowMs, publisher);
    const accepted = answer.ErrorCode === undefined;
    publisher.stream(
        stream,
        {
            "PutRecord.Bytes": tally.bytes,
            "PutRecord.Success": accepted ? 1 : 0,
            "PutRecord.Latency": performance.now() - startedMs,
        },
        nowMs,
    );
    if (!accepted) throw new AwsError(answer.ErrorCode!, answer.ErrorMessage!);
    return { ...answer, ...encryptionOf(stream) };
}

export function putRecords(
    account: Account,
    input: InputOf<"PutRecords">,
    nowMs: number,
    publisher: Publisher,
): object {
    const startedMs = performance.now();
    const stream = writableStreamOf(account, input);
    let bytes = 0;
    for (const entry of input.Records) bytes += checkEntry(account, stream, entry);
    if (bytes > limits.putRecordsBytesMax) {
        const most = limits.putRecordsBytesMax / limits.bytesPerMiB;
        throw new AwsError("InvalidArgumentException", `Records size exceeds ${most} MB limit`);
    }
    const tally = new WriteTally(account.settings.recordWeight);
    const answers = input.Records.map((entry) => put(account, stream, entry, nowMs, tally));
    finishWrite(account, stream, tally, nowMs, publisher);
    const total = input.Records.length * account.settings.recordWeight;
    publisher.stream(
        stream,
        {
            "PutRecords.Bytes": tally.bytes,
            "PutRecords.Records": tally.records,
            "PutRecords.Success": tally.records > 0 ? 1 : 0,
            "PutRecords.TotalRecords": total,
            "PutRecords.SuccessfulRecords": tally.records,
            "PutRecords.FailedRecords": 0,
            "PutRecords.ThrottledRecords": tally.refused,
            "PutRecords.Latency": performance.now() - startedMs,
        },
        nowMs,
    );
    const failed = answers.reduce((count, answer) => count + (answer.ErrorCode === undefined ? 0 : 1), 0);
    return { FailedRecordCount: failed, Records: answers, ...encryptionOf(stream) };
}

/** A stream that is being created or deleted does not exist for those who write to it and read from it. */
function writableStreamOf(account: Account, input: { StreamName?: string; StreamARN?: string }): Stream {
    const stream = streamOf(account, input);
    if (stream.status === "ACTIVE" || stream.status === "UPDATING") return stream;
    throw new AwsError(
        "ResourceNotFoundException",
        `Stream ${stream.name} under account ${account.ambient.accountId} not found.`,
    );
}

/** The bytes that count for a record, its key included; refuses what no shard would ever take. */
function checkEntry(account: Account, stream: Stream, entry: Entry): number {
    const { ExplicitHashKey: hashKey } = entry;
    if (hashKey !== undefined && BigInt(hashKey) >= hashKeySpace) {
        throw new AwsError(
            "InvalidArgumentException",
            `Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was ${hashKey}`,
        );
    }
    const bytes = blobBytes(entry.Data) + Buffer.byteLength(entry.PartitionKey);
    const most = stream.maxRecordKiB * limits.bytesPerKiB;
    if (bytes > most) {
        throw new AwsError(
            "InvalidArgumentException",
            `Record size of ${bytes} bytes, partition key included, exceeds the maximum record size of ${most} bytes ` +
                `for stream ${stream.name} under account ${account.ambient.accountId}.`,
        );
    }
    return bytes;
}

interface PutAnswer {
    readonly ShardId?: string;
    readonly SequenceNumber?: string;
    readonly ErrorCode?: string;
    readonly ErrorMessage?: string;
}

function put(account: Account, stream: Stream, entry: Entry, nowMs: number, tally: WriteTally): PutAnswer {
    const shard = route(stream, entry);
    const data = Buffer.from(entry.Data, "base64");
    const { recordWeight } = account.settings;
    const bytes = (data.length + Buffer.byteLength(entry.PartitionKey)) * recordWeight;
    if (!shard.writeRecords.has(recordWeight, nowMs) || !shard.writeBytes.has(bytes, nowMs)) {
        tally.refuse(shard);
        return {
            ErrorCode: "ProvisionedThroughputExceededException",
            ErrorMessage: rateExceeded(account, stream, shard),
        };
    }
    shard.writeRecords.take(recordWeight);
    shard.writeBytes.take(bytes);
    tally.accept(shard, bytes);
    const encrypted = stream.encryptionKeyId !== undefined;
    const record: StoredRecord = { partitionKey: entry.PartitionKey, data, arrivalMs: Math.floor(nowMs), encrypted };
    return { ShardId: shard.id, SequenceNumber: append(account, shard, record) };
}

/** AWS's sentence for a shard that is full, for writes and for reads. */
function rateExceeded(account: Account, stream: Stream, shard: Shard): string {
    return `Rate exceeded for shard ${shard.id} in stream ${stream.name} under account ${account.ambient.accountId}.`;
}

/** The open shard whose range holds the record's hash key. */
function route(stream: Stream, entry: Entry): Shard {
    const hash =
        entry.ExplicitHashKey === undefined
            ? createHash("md5").update(entry.PartitionKey, "utf8").digest("hex")
            : toHex(BigInt(entry.ExplicitHashKey));
    const starts = stream.openStarts;
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (starts[middle]! <= hash) low = middle;
        else high = middle - 1;
    }
    return stream.open[low]!;
}

/** What one put call did, over all and per shard, in weighted records. */
class WriteTally {
    bytes = 0;
    records = 0;
    refused = 0;
    readonly shards = new Map<Shard, Required<Pick<ShardTally, "IncomingBytes" | "IncomingRecords">> & ShardTally>();

    constructor(private readonly weight: number) {}

    accept(shard: Shard, bytes: number): void {
        this.bytes += bytes;
        this.records += this.weight;
        const tally = this.#of(shard);
        tally.IncomingBytes += bytes;
        tally.IncomingRecords += this.weight;
    }

    refuse(shard: Shard): void {
        this.refused += this.weight;
        const tally = this.#of(shard);
        tally.WriteProvisionedThroughputExceeded = (tally.WriteProvisionedThroughputExceeded ?? 0) + this.weight;
    }

    #of(shard: Shard) {
        let tally = this.shards.get(shard);
        if (!tally) {
            tally = { IncomingBytes: 0, IncomingRecords: 0, WriteProvisionedThroughputExceeded: 0 };
            this.shards.set(shard, tally);
        }
        return tally;
    }
}

function finishWrite(account: Account, stream: Stream, tally: WriteTally, nowMs: number, publisher: Publisher): void {
    keepWithinMemory(account);
    for (const [shard, { IncomingRecords }] of tally.shards)
        if (IncomingRecords > 0 && shard.waiting.size > 0) for (const wake of [...shard.waiting]) wake();

    publisher.stream(
        stream,
        {
            // A call that was refused as a whole is no sample of what came in.
            ...(tally.records > 0 && { IncomingBytes: tally.bytes, IncomingRecords: tally.records }),
            WriteProvisionedThroughputExceeded: tally.refused,
        },
        nowMs,
    );
    if (stream.shardLevelMetrics.size > 0) {
        publisher.shards(
            stream,
            Array.from(tally.shards, ([shard, values]) => [shard.id, values] as const),
            nowMs,
        );
    }
}

const encryptionOf = (stream: Stream): object =>
    stream.encryptionKeyId === undefined ? {} : { EncryptionType: "KMS" };

/** Where a reader stands: the number of the next record that it wants from a shard. */
export interface Position {
    readonly stream: Stream;
    readonly shard: Shard;
    readonly number: number;
}

export function getShardIterator(account: Account, input: InputOf<"GetShardIterator">, nowMs: number): object {
    const stream = writableStreamOf(account, input);
    const shard = shardOf(account, stream, input.ShardId);
    const start = {
        Type: input.ShardIteratorType,
        SequenceNumber: input.StartingSequenceNumber,
        Timestamp: input.Timestamp,
    };
    const number = startingNumber(account, stream, shard, start, nowMs);
    return { ShardIterator: toIterator({ stream, shard, number }, nowMs) };
}

/** The number of the record at which reading starts, for each of the five kinds of start. */
export function startingNumber(
    account: Account,
    stream: Stream,
    shard: Shard,
    start: { Type: string; SequenceNumber?: string | undefined; Timestamp?: number | undefined },
    nowMs: number,
): number {
    switch (start.Type) {
        case "TRIM_HORIZON":
            return shard.firstNumber;
        case "LATEST":
            return nextNumber(shard);
        case "AT_TIMESTAMP": {
            if (start.Timestamp === undefined) throw missing(start.Type, "timestamp");
            const timestampMs = Math.round(start.Timestamp * 1_000);
            if (timestampMs > nowMs) {
                throw new AwsError(
                    "InvalidArgumentException",
                    "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. " +
                        `timestampInMillis: ${timestampMs}, currentTimestampInMillis: ${Math.floor(nowMs)}`,
                );
            }
            return firstNumberSince(shard, timestampMs);
        }
        default: {
            const sequence = start.SequenceNumber;
            if (sequence === undefined) throw missing(start.Type, "startingSequenceNumber");
            const number = numberInShard(shard, sequence);
            if (number === undefined || number >= nextNumber(shard)) {
                throw new AwsError(
                    "InvalidArgumentException",
                    `StartingSequenceNumber ${sequence} used in GetShardIterator on shard ${shard.id} in stream ` +
                        `${stream.name} under account ${account.ambient.accountId} is invalid.`,
                );
            }
            return start.Type === "AT_SEQUENCE_NUMBER" ? number : number + 1;
        }
    }
}

function missing(type: string, parameter: string): AwsError {
    return new AwsError(
        "InvalidArgumentException",
        `Must specify ${parameter} parameter for iterator of type ${type}. Current request has no ${parameter} parameter.`,
    );
}

/** The first kept record that arrived at a time or later; the next to come if there is none. */
function firstNumberSince(shard: Shard, timestampMs: number): number {
    let low = shard.head;
    let high = shard.records.length;
    while (low < high) {
        const middle = (low + high) >> 1;
        if (shard.records[middle]!.arrivalMs < timestampMs) low = middle + 1;
        else high = middle;
    }
    return shard.firstNumber + low - shard.head;
}

export function getRecords(
    account: Account,
    input: InputOf<"GetRecords">,
    nowMs: number,
    publisher: Publisher,
): object {
    const startedMs = performance.now();
    const { stream, shard, number } = fromIterator(account, input.ShardIterator, nowMs);
    if (input.StreamARN !== undefined && input.StreamARN !== stream.arn) throw invalidIterator();
    if (!shard.readBytes.has(1, nowMs) || !shard.readCalls.tryTake(1, nowMs)) {
        const refused = { ReadProvisionedThroughputExceeded: 1 };
        publisher.stream(stream, { ...refused, "GetRecords.Success": 0 }, nowMs);
        publisher.shards(stream, [[shard.id, refused]], nowMs);
        throw new AwsError("ProvisionedThroughputExceededException", rateExceeded(account, stream, shard));
    }
    const batch = read(
        { stream, shard, number },
        { records: input.Limit ?? limits.getRecordsRecordsMax, bytes: limits.getRecordsBytesMax },
        nowMs,
    );
    const { recordWeight } = account.settings;
    const bytes = batch.bytes * recordWeight;
    const records = batch.records.length * recordWeight;
    // A call that returns 10 MiB is paid back over the next five seconds, as AWS does.
    shard.readBytes.take(bytes);
    publisher.stream(
        stream,
        {
            "GetRecords.Bytes": bytes,
            "GetRecords.Records": records,
            "GetRecords.IteratorAgeMilliseconds": batch.lastAgeMs,
            "GetRecords.Latency": performance.now() - startedMs,
            "GetRecords.Success": 1,
            ReadProvisionedThroughputExceeded: 0,
        },
        nowMs,
    );
    const read_ = {
        OutgoingBytes: bytes,
        OutgoingRecords: records,
        IteratorAgeMilliseconds: batch.lastAgeMs,
        ReadProvisionedThroughputExceeded: 0,
    };
    publisher.shards(stream, [[shard.id, read_]], nowMs);
    return {
        Records: batch.records,
        MillisBehindLatest: batch.millisBehindLatest,
        ...(batch.childShards
            ? { ChildShards: batch.childShards }
            : { NextShardIterator: toIterator({ stream, shard, number: batch.nextNumber }, nowMs) }),
    };
}

export interface Batch {
    /** In AWS's shape. */
    readonly records: object[];
    readonly bytes: number;
    readonly nextNumber: number;
    readonly millisBehindLatest: number;
    /** Age of the last record read; 0 if there was none to read. */
    readonly lastAgeMs: number;
    /** Where to read on, once a closed shard has been read to its end. */
    readonly childShards: object[] | undefined;
}

/** The records from a position on, as many as fit; at least one, if there is one. */
export function read(
    { stream, shard, number }: Position,
    most: { readonly records: number; readonly bytes: number },
    nowMs: number,
): Batch {
    const records: object[] = [];
    let bytes = 0;
    let next = Math.max(number, shard.firstNumber);
    let last: StoredRecord | undefined;
    const end = nextNumber(shard);
    while (next < end && records.length < most.records) {
        const record = shard.records[shard.head + next - shard.firstNumber]!;
        const size = record.data.length + Buffer.byteLength(record.partitionKey);
        if (records.length > 0 && bytes + size > most.bytes) break;
        bytes += size;
        last = record;
        records.push({
            SequenceNumber: sequenceNumber(shard, next),
            ApproximateArrivalTimestamp: record.arrivalMs / 1_000,
            Data: record.data.toString("base64"),
            PartitionKey: record.partitionKey,
            ...(record.encrypted && { EncryptionType: "KMS" }),
        });
        next++;
    }
    const atEnd = next >= end;
    const lastAgeMs = last ? Math.floor(nowMs) - last.arrivalMs : 0;
    return {
        records,
        bytes,
        nextNumber: next,
        millisBehindLatest: atEnd ? 0 : lastAgeMs,
        lastAgeMs,
        childShards: atEnd && shard.closedMs !== undefined ? childShards(stream, shard) : undefined,
    };
}

function childShards(stream: Stream, shard: Shard): object[] {
    return shard.childIds.flatMap((id) => {
        const child = stream.shards.get(id);
        if (!child) return [];
        const parents = [child.parentId, child.adjacentParentId].filter((parent) => parent !== undefined);
        return [{ ShardId: id, ParentShards: parents, HashKeyRange: hashKeyRange(child) }];
    });
}

export const hashKeyRange = (shard: Shard): object => ({
    StartingHashKey: shard.range.start.toString(),
    EndingHashKey: shard.range.end.toString(),
});

/** The stream that an iterator reads, without a look at whether it still may. */
export const streamNameOfIterator = (iterator: string): string | undefined => contentOf(iterator)?.[0];

/** An iterator is opaque to clients; ours holds its own position and age, so that none has to be remembered. */
function toIterator({ stream, shard, number }: Position, nowMs: number): string {
    const content = [stream.name, stream.createdMs, shard.id, number, Math.floor(nowMs)];
    return Buffer.from(`${iteratorMark}${JSON.stringify(content)}`).toString("base64");
}

const iteratorMark = "shard-iterator-1:";

function fromIterator(account: Account, iterator: string, nowMs: number): Position {
    const content = contentOf(iterator);
    if (!content) throw invalidIterator();
    const [name, createdMs, shardId, number, issuedMs] = content;
    const stream = writableStreamOf(account, { StreamName: name });
    const shard = stream.shards.get(shardId);
    if (stream.createdMs !== createdMs || !shard || closedAndExpired(stream, shard, nowMs)) {
        throw new AwsError(
            "ResourceNotFoundException",
            `Shard ${shardId} in stream ${name} under account ${account.ambient.accountId} does not exist`,
        );
    }
    const toleratedMs = account.settings.iteratorSeconds * 1_000;
    if (nowMs - issuedMs > toleratedMs) {
        throw new AwsError(
            "ExpiredIteratorException",
            `Iterator expired. The iterator was created at time ${javaDate(issuedMs)} while right now it is ` +
                `${javaDate(nowMs)} which is further in the future than the tolerated delay of ${toleratedMs} milliseconds.`,
        );
    }
    return { stream, shard, number };
}

function contentOf(iterator: string): [string, number, string, number, number] | undefined {
    const text = Buffer.from(iterator, "base64").toString("utf8");
    if (!text.startsWith(iteratorMark)) return undefined;
    try {
        return JSON.parse(text.slice(iteratorMark.length)) as [string, number, string, number, number];
    } catch {
        return undefined;
    }
}

const invalidIterator = (): AwsError => new AwsError("InvalidArgumentException", "Invalid ShardIterator.");

/** "Sun Nov 01 00:00:00 UTC 2026" */
function javaDate(timeMs: number): string {
    const [day, date, month, year, time] = new Date(timeMs).toUTCString().replace(",", "").split(" ");
    return `${day} ${month} ${date} ${time} UTC ${year}`;
}
