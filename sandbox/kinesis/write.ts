/**
 * PutRecord and PutRecords: records into shards by the MD5 of their key, within each shard's limits.
 */
import * as crypto from "node:crypto";

import { hashKeySpace } from "../../capacity/keys/hashRing";
import { limits } from "../../capacity/limits";
import { AwsError } from "../service";
import { blobBytes } from "../wire/base64";
import { operation } from "../wire/operation";
import { blob, type InputOf, listOf, required, structure, text } from "../wire/shape";
import { invalidArgument, under } from "./errors";
import { type ShardTally } from "./publish";
import { toHex } from "./ranges";
import { readSequence } from "./sequence";
import { hashKey, sequenceNumber, streamNames } from "./shapes";
import {
    type Account,
    rateExceeded,
    type RecordWeight,
    type Shard,
    type StoredRecord,
    type Stream,
    usableStreamOf,
    weightOf,
} from "./state";
import { append, isFull, keepWithinMemory } from "./store";

const record = {
    Data: required(blob(limits.recordKiBMax * limits.bytesPerKiB)),
    ExplicitHashKey: hashKey,
    PartitionKey: required(text(1, limits.partitionKeyCharactersMax)),
} as const;

type Entry = InputOf<typeof record>;

export const putRecord = operation(
    { ...streamNames, ...record, SequenceNumberForOrdering: sequenceNumber },
    (account: Account, input, nowMs) => {
        const startedMs = performance.now();
        const stream = usableStreamOf(account, input);
        checkEntry(account, stream, input);
        checkOrdering(account, stream, input.SequenceNumberForOrdering, nowMs);
        const tally = new WriteTally(weightOf(account, stream));
        const answer = put(account, stream, input, nowMs, tally);
        finishWrite(account, stream, tally, nowMs);
        const accepted = answer.ErrorCode === undefined;
        account.publisher.stream(
            stream,
            {
                "PutRecord.Bytes": tally.bytes,
                "PutRecord.Success": accepted ? 1 : 0,
                "PutRecord.Latency": performance.now() - startedMs,
            },
            nowMs,
        );
        if (!accepted) throw refusalOf(answer);
        return { ...answer, ...encryptionOf(stream) };
    },
);

export const putRecords = operation(
    { ...streamNames, Records: required(listOf(structure(record), 1, limits.putRecordsRecordsMax)) },
    (account: Account, input, nowMs) => {
        const startedMs = performance.now();
        const stream = usableStreamOf(account, input);
        let bytes = 0;
        for (const entry of input.Records) bytes += checkEntry(account, stream, entry);
        if (bytes > limits.putRecordsBytesMax) {
            const most = limits.putRecordsBytesMax / limits.bytesPerMiB;
            throw invalidArgument(`Records size exceeds ${most} MB limit`);
        }
        const tally = new WriteTally(weightOf(account, stream));
        const answers = input.Records.map((entry) => put(account, stream, entry, nowMs, tally));
        finishWrite(account, stream, tally, nowMs);
        const total = input.Records.length * tally.weight.records;
        const failedInside = answers.filter(({ ErrorCode }) => ErrorCode === internalFailure).length;
        account.publisher.stream(
            stream,
            {
                "PutRecords.Bytes": tally.bytes,
                "PutRecords.Records": tally.records,
                "PutRecords.Success": tally.records > 0 ? 1 : 0,
                "PutRecords.TotalRecords": total,
                "PutRecords.SuccessfulRecords": tally.records,
                "PutRecords.FailedRecords": failedInside * tally.weight.records,
                "PutRecords.ThrottledRecords": tally.refused,
                "PutRecords.Latency": performance.now() - startedMs,
            },
            nowMs,
        );
        const failed = answers.reduce((count, answer) => count + (answer.ErrorCode === undefined ? 0 : 1), 0);
        return { FailedRecordCount: failed, Records: answers, ...encryptionOf(stream) };
    },
);

/** The bytes that count for a record, its key included; refuses what no shard would ever take. */
function checkEntry(account: Account, stream: Stream, entry: Entry): number {
    const { ExplicitHashKey: hashKey } = entry;
    if (hashKey !== undefined && BigInt(hashKey) >= hashKeySpace) {
        throw invalidArgument(
            `Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was ${hashKey}`,
        );
    }
    const bytes = blobBytes(entry.Data) + Buffer.byteLength(entry.PartitionKey);
    const most = stream.maxRecordKiB * limits.bytesPerKiB;
    if (bytes > most) {
        throw invalidArgument(
            `Record size of ${bytes} bytes, partition key included, exceeds the maximum record size of ${most} bytes ` +
                `for stream ${under(account, stream.name)}.`,
        );
    }
    return bytes;
}

/** AWS keeps a record behind the one that its producer names; ours come behind all others anyway. */
function checkOrdering(account: Account, stream: Stream, sequence: string | undefined, nowMs: number): void {
    if (sequence === undefined) return;
    const said = readSequence(sequence);
    if (said !== undefined && said.arrivedSecond * 1_000 <= nowMs) return;
    throw invalidArgument(
        `ExclusiveMinimumSequenceNumber ${sequence} used in PutRecord on stream ${under(account, stream.name)} is invalid.`,
    );
}

interface PutAnswer {
    readonly ShardId?: string;
    readonly SequenceNumber?: string;
    readonly ErrorCode?: string;
    readonly ErrorMessage?: string;
}

const internalFailure = "InternalFailure";

function refusalOf({ ErrorCode, ErrorMessage }: PutAnswer): AwsError {
    return ErrorCode === internalFailure
        ? new AwsError("InternalFailureException", ErrorMessage!, 500)
        : new AwsError(ErrorCode!, ErrorMessage!);
}

function put(account: Account, stream: Stream, entry: Entry, nowMs: number, tally: WriteTally): PutAnswer {
    const shard = route(stream, entry);
    const data = Buffer.from(entry.Data, "base64");
    const { weight } = tally;
    const bytes = (data.length + Buffer.byteLength(entry.PartitionKey)) * weight.bytes;
    if (!shard.writeRecords.has(weight.records, nowMs) || !shard.writeBytes.has(bytes, nowMs)) {
        tally.refuse(shard);
        return {
            ErrorCode: "ProvisionedThroughputExceededException",
            ErrorMessage: rateExceeded(account, stream, shard),
        };
    }
    if (isFull(account, data))
        return { ErrorCode: internalFailure, ErrorMessage: "Internal service failure: the sandbox's memory is full." };
    shard.writeRecords.take(weight.records);
    shard.writeBytes.take(bytes);
    tally.accept(shard, bytes);
    const encrypted = stream.encryptionKeyId !== undefined;
    const record: StoredRecord = { partitionKey: entry.PartitionKey, data, arrivalMs: Math.floor(nowMs), encrypted };
    return { ShardId: shard.id, SequenceNumber: append(account, shard, record) };
}

/** The open shard whose range holds the record's hash key. */
function route(stream: Stream, entry: Entry): Shard {
    const hash = entry.ExplicitHashKey === undefined ? md5(entry.PartitionKey) : toHex(BigInt(entry.ExplicitHashKey));
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

/** In one call where Node.js has it (20.12): half of the time that a record takes went into making Hash objects. */
const md5: (key: string) => string =
    typeof crypto.hash === "function"
        ? (key) => crypto.hash("md5", key, "hex")
        : (key) => crypto.createHash("md5").update(key, "utf8").digest("hex");

/** What one put call did, over all and per shard, in weighted records. */
class WriteTally {
    bytes = 0;
    records = 0;
    refused = 0;
    readonly shards = new Map<Shard, Required<Pick<ShardTally, "IncomingBytes" | "IncomingRecords">> & ShardTally>();

    constructor(readonly weight: RecordWeight) {}

    accept(shard: Shard, bytes: number): void {
        this.bytes += bytes;
        this.records += this.weight.records;
        const tally = this.#of(shard);
        tally.IncomingBytes += bytes;
        tally.IncomingRecords += this.weight.records;
    }

    refuse(shard: Shard): void {
        this.refused += this.weight.records;
        const tally = this.#of(shard);
        tally.WriteProvisionedThroughputExceeded =
            (tally.WriteProvisionedThroughputExceeded ?? 0) + this.weight.records;
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

function finishWrite(account: Account, stream: Stream, tally: WriteTally, nowMs: number): void {
    keepWithinMemory(account);
    for (const [shard, { IncomingRecords }] of tally.shards)
        if (IncomingRecords > 0 && shard.waiting.size > 0) for (const wake of [...shard.waiting]) wake();

    account.publisher.stream(
        stream,
        {
            // A call that was refused as a whole is no sample of what came in.
            ...(tally.records > 0 && { IncomingBytes: tally.bytes, IncomingRecords: tally.records }),
            WriteProvisionedThroughputExceeded: tally.refused,
        },
        nowMs,
    );
    if (stream.shardLevelMetrics.size === 0) return;
    const tallies = Array.from(tally.shards, ([shard, values]) => [shard.id, values] as const);
    account.publisher.shards(stream, tallies, nowMs);
}

const encryptionOf = (stream: Stream): object =>
    stream.encryptionKeyId === undefined ? {} : { EncryptionType: "KMS" };
