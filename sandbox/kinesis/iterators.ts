/**
 * Where a reader stands in a shard: the five kinds of start, and the iterator that carries a position from call to call.
 */
import { AwsError } from "../service";
import { required, structure, timestamp, type ValueOf } from "../wire/shape";
import { invalidArgument, under } from "./errors";
import { iteratorType, name, sequenceNumber } from "./shapes";
import { type Account, noShard, onUsableStream, type Shard, shardOf, type Stream, usableStreamOf } from "./state";
import { closedAndExpired, nextNumber, numberInShard } from "./store";

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

export const getShardIterator = onUsableStream(
    {
        ShardId: required(name),
        ShardIteratorType: required(iteratorType),
        StartingSequenceNumber: sequenceNumber,
        Timestamp: timestamp,
    },
    (stream, input, account, nowMs) => {
        const shard = shardOf(account, stream, input.ShardId);
        const start = {
            Type: input.ShardIteratorType,
            SequenceNumber: input.StartingSequenceNumber,
            Timestamp: input.Timestamp,
        };
        const number = startingNumber(account, stream, shard, start, nowMs);
        return { ShardIterator: toIterator({ stream, shard, number }, nowMs) };
    },
);

/** The number of the record at which reading starts, for each of the five kinds of start. */
export function startingNumber(
    account: Account,
    stream: Stream,
    shard: Shard,
    start: ValueOf<typeof startingPosition>,
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
                throw invalidArgument(
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
                throw invalidArgument(
                    `StartingSequenceNumber ${sequence} used in GetShardIterator on shard ${shard.id} in stream ` +
                        `${under(account, stream.name)} is invalid.`,
                );
            }
            return start.Type === "AT_SEQUENCE_NUMBER" ? number : number + 1;
        }
    }
}

function missing(type: string, parameter: string): AwsError {
    return invalidArgument(
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

/** The stream that an iterator reads, without a look at whether it still may. */
export const streamNameOfIterator = (iterator: string): string | undefined => contentOf(iterator)?.[0];

/** An iterator is opaque to clients; ours holds its own position and age, so that none has to be remembered. */
export function toIterator({ stream, shard, number }: Position, nowMs: number): string {
    const content = [stream.name, stream.createdMs, shard.id, number, Math.floor(nowMs)];
    return Buffer.from(`${iteratorMark}${JSON.stringify(content)}`).toString("base64");
}

const iteratorMark = "shard-iterator-1:";

export function fromIterator(account: Account, iterator: string, nowMs: number): Position {
    const content = contentOf(iterator);
    if (!content) throw invalidIterator();
    const [name, createdMs, shardId, number, issuedMs] = content;
    const stream = usableStreamOf(account, { StreamName: name });
    const shard = stream.shards.get(shardId);
    if (stream.createdMs !== createdMs || !shard || closedAndExpired(stream, shard, nowMs))
        throw noShard(account, name, shardId);

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

export const invalidIterator = (): AwsError => invalidArgument("Invalid ShardIterator.");

/** "Sun Nov 01 00:00:00 UTC 2026" */
function javaDate(timeMs: number): string {
    const [day, date, month, year, time] = new Date(timeMs).toUTCString().replace(",", "").split(" ");
    return `${day} ${month} ${date} ${time} UTC ${year}`;
}
