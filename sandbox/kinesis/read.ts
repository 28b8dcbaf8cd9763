/**
 * GetRecords, and the reading of a shard that it shares with SubscribeToShard.
 */
import { limits } from "../../capacity/limits";
import { operation } from "../wire/operation";
import { integer, required, text } from "../wire/shape";
import { throughputExceeded } from "./errors";
import { fromIterator, invalidIterator, type Position, toIterator } from "./iterators";
import { streamArn } from "./shapes";
import { hashKeyRange } from "./shards";
import { type Account, rateExceeded, type Shard, type StoredRecord, type Stream, weightOf } from "./state";
import { nextNumber, sequenceNumber } from "./store";

export const getRecords = operation(
    {
        ShardIterator: required(text(1, 512)),
        Limit: integer(1, limits.getRecordsRecordsMax),
        StreamARN: streamArn,
    },
    (account: Account, input, nowMs) => {
        const startedMs = performance.now();
        const { stream, shard, number } = fromIterator(account, input.ShardIterator, nowMs);
        if (input.StreamARN !== undefined && input.StreamARN !== stream.arn) throw invalidIterator();
        if (!shard.readBytes.has(1, nowMs) || !shard.readCalls.tryTake(1, nowMs)) {
            const refused = { ReadProvisionedThroughputExceeded: 1 };
            account.publisher.stream(stream, { ...refused, "GetRecords.Success": 0 }, nowMs);
            account.publisher.shards(stream, [[shard.id, refused]], nowMs);
            throw throughputExceeded(rateExceeded(account, stream, shard));
        }
        const batch = read(
            { stream, shard, number },
            { records: input.Limit ?? limits.getRecordsRecordsMax, bytes: limits.getRecordsBytesMax },
            nowMs,
        );
        // A call that returns 10 MiB is paid back over the next five seconds, as AWS does.
        shard.readBytes.take(batch.bytes * weightOf(account, stream).bytes);
        publishRead(account, stream, shard, batch, performance.now() - startedMs, nowMs);
        return {
            Records: batch.records,
            MillisBehindLatest: batch.millisBehindLatest,
            ...(batch.childShards
                ? { ChildShards: batch.childShards }
                : { NextShardIterator: toIterator({ stream, shard, number: batch.nextNumber }, nowMs) }),
        };
    },
);

function publishRead(
    account: Account,
    stream: Stream,
    shard: Shard,
    batch: Batch,
    latencyMs: number,
    nowMs: number,
): void {
    const weight = weightOf(account, stream);
    const bytes = batch.bytes * weight.bytes;
    const records = batch.records.length * weight.records;
    account.publisher.stream(
        stream,
        {
            "GetRecords.Bytes": bytes,
            "GetRecords.Records": records,
            "GetRecords.IteratorAgeMilliseconds": batch.lastAgeMs,
            "GetRecords.Latency": latencyMs,
            "GetRecords.Success": 1,
            ReadProvisionedThroughputExceeded: 0,
        },
        nowMs,
    );
    const tally = {
        OutgoingBytes: bytes,
        OutgoingRecords: records,
        IteratorAgeMilliseconds: batch.lastAgeMs,
        ReadProvisionedThroughputExceeded: 0,
    };
    account.publisher.shards(stream, [[shard.id, tally]], nowMs);
}

/** A record in AWS's shape. */
interface ReadRecord {
    readonly SequenceNumber: string;
    readonly ApproximateArrivalTimestamp: number;
    readonly Data: string;
    readonly PartitionKey: string;
    readonly EncryptionType?: string;
}

export interface Batch {
    readonly records: ReadRecord[];
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
    const records: ReadRecord[] = [];
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
