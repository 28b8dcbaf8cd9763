/**
 * Where a reader stands in a shard: the five kinds of start, and the iterator that carries a position from call to call.
 */
import { AwsError } from "../service";
import { operation } from "../wire/operation";
import { required, structure, timestamp, type ValueOf } from "../wire/shape";
import { invalidArgument, under } from "./errors";
import { readSequence, shardIdOf } from "./sequence";
import { iteratorType, name, sequenceNumber, streamNames } from "./shapes";
import {
    type Account,
    noShard,
    type Shard,
    shardIdIn,
    shardOf,
    type Stream,
    streamNameOf,
    usableStreamOf,
} from "./state";
import { closedAndExpired, nextNumber } from "./store";

/** Where a reader stands: the number of the next record that it wants from a shard. */
export interface Position {
    readonly stream: Stream;
    readonly shard: Shard;
    readonly number: number;
}

/** How SubscribeToShard says where to start. */
export const startingPosition = structure({
    Type: required(iteratorType),
    SequenceNumber: sequenceNumber,
    Timestamp: timestamp,
});

export const getShardIterator = operation(
    {
        ...streamNames,
        ShardId: required(name),
        ShardIteratorType: required(iteratorType),
        StartingSequenceNumber: sequenceNumber,
        Timestamp: timestamp,
    },
    (account: Account, input, nowMs) => {
        const { stream, shard } = shardToRead(account, input, shardIdIn(account, input, input.ShardId));
        const start = {
            Type: input.ShardIteratorType,
            SequenceNumber: input.StartingSequenceNumber,
            Timestamp: input.Timestamp,
        };
        const number = startingNumber(account, stream, shard, start, nowMs);
        return { ShardIterator: toIterator({ stream, shard, number }, nowMs) };
    },
);

/** A shard of a stream that is there to be read; where the stream is not, AWS says so of the shard. */
function shardToRead(
    account: Account,
    names: Parameters<typeof usableStreamOf>[1],
    shardId: string,
): Pick<Position, "stream" | "shard"> {
    try {
        const stream = usableStreamOf(account, names);
        return { stream, shard: shardOf(account, stream, shardId) };
    } catch (error) {
        if (!(error instanceof AwsError) || error.code !== "ResourceNotFoundException") throw error;
        throw noShard(account, streamNameOf(names), shardId);
    }
}

/** The number of the record at which reading starts, for each of the five kinds of start. */
export function startingNumber(
    account: Account,
    stream: Stream,
    shard: Shard,
    start: ValueOf<typeof startingPosition>,
    nowMs: number,
): number {
    const { Type: type, SequenceNumber: sequence } = start;
    if (sequence !== undefined && (type === "TRIM_HORIZON" || type === "LATEST"))
        throw eitherOr(`${type} and also a StartingSequenceNumber`);

    switch (type) {
        case "TRIM_HORIZON":
            return shard.firstNumber;
        case "LATEST":
            return nextNumber(shard);
        case "AT_TIMESTAMP": {
            if (start.Timestamp === undefined) {
                throw invalidArgument(
                    `Must specify timestampInMillis parameter for iterator of type ${type}. Current request has no timestamp parameter.`,
                );
            }
            const timestampMs = Math.round(start.Timestamp * 1_000);
            if (timestampMs > nowMs) {
                throw invalidArgument(
                    "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. " +
                        `timestampInMillis: ${timestampMs}, currentTimestampInMillis: ${Math.floor(nowMs)}`,
                );
            }
            return firstNumberSince(shard, timestampMs);
        }
        default: {
            if (sequence === undefined) throw eitherOr(`${type} and no StartingSequenceNumber`);
            const number = numberIn(account, stream, shard, sequence);
            return type === "AT_SEQUENCE_NUMBER" ? number : number + 1;
        }
    }
}

const eitherOr = (specified: string): AwsError =>
    invalidArgument(
        "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or " +
            `(2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified ${specified}.`,
    );

/** The number in a shard of the record that a sequence number names. */
function numberIn(account: Account, stream: Stream, shard: Shard, sequence: string): number {
    const invalid = (why: string): AwsError =>
        invalidArgument(
            `StartingSequenceNumber ${sequence} used in GetShardIterator on shard ${shard.id} in stream ` +
                `${under(account, stream.name)} is invalid${why}.`,
        );
    const said = readSequence(sequence);
    if (said === undefined) throw invalid("");
    if (said.shardIndex !== shard.index) {
        throw invalidArgument(
            `Invalid StartingSequenceNumber. It encodes ${shardIdOf(said.shardIndex)}, while it was used in a call to a shard with ${shard.id}`,
        );
    }
    // The oldest layout is that of no stream today: AWS fails at it.
    if (said.version === 0) throw new AwsError("InternalFailure", "", 500);
    if (said.version !== 2 || said.openedSecond !== shard.openedSecond)
        throw invalid(" because it did not come from this stream");
    if (said.number >= nextNumber(shard)) throw invalid("");
    return Number(said.number);
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

/** The stream that an iterator reads, without a look at whether it still may. */
export const streamNameOfIterator = (iterator: string): string | undefined => contentOf(iterator)?.[0];

/**
 * An iterator is opaque to clients; ours holds its own position and age, so that none has to be remembered. As AWS's, it begins with a version, and
 * goes on in blocks of 16 bytes, nine at least.
 */
export function toIterator({ stream, shard, number }: Position, nowMs: number): string {
    const content = JSON.stringify([stream.name, stream.createdMs, shard.id, number, Math.floor(nowMs)]);
    const length = Math.max(9, Math.ceil(content.length / 16)) * 16;
    return Buffer.concat([iteratorVersion, Buffer.from(content.padEnd(length))]).toString("base64");
}

const iteratorVersion = Buffer.from([0, 0, 0, 0, 0, 0, 0, 1]);

export function fromIterator(account: Account, iterator: string, nowMs: number): Position {
    const content = contentOf(iterator);
    if (!content) throw invalidIterator();
    const [name, createdMs, shardId, number, issuedMs] = content;
    const { stream, shard } = shardToRead(account, { StreamName: name }, shardId);
    if (stream.createdMs !== createdMs || closedAndExpired(stream, shard, nowMs)) throw noShard(account, name, shardId);

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

/** Stream, when it was made, shard, number of the next record, when the iterator was issued. */
type IteratorContent = [string, number, string, number, number];

function contentOf(iterator: string): IteratorContent | undefined {
    const bytes = Buffer.from(iterator, "base64");
    const version = bytes.subarray(0, iteratorVersion.length);
    if (!version.equals(iteratorVersion) || bytes.toString("base64") !== iterator) return undefined;
    try {
        const content: unknown = JSON.parse(bytes.toString("utf8", version.length));
        return Array.isArray(content) && content.length === 5 ? (content as IteratorContent) : undefined;
    } catch {
        return undefined;
    }
}

export const invalidIterator = (): AwsError => invalidArgument("Invalid ShardIterator.");

/** "Sun Nov 01 00:00:00 UTC 2026" */
function javaDate(timeMs: number): string {
    const [day, date, month, year, time] = new Date(timeMs).toUTCString().replace(",", "").split(" ");
    return `${day} ${month} ${date} ${time} UTC ${year}`;
}
