/**
 * The records that shards keep: how they are numbered, appended, and dropped again when they expire or memory is full.
 */
import { hourMs } from "../../capacity/calendar";
import { lastNumber, sequenceOf } from "./sequence";
import { type Account, type Shard, type StoredRecord, type Stream } from "./state";

/** A record's own cost in memory beside its data, so that a million small ones stay bounded too. */
const recordOverheadBytes = 200;

/** The sequence number of a record, by its number in the shard; 0 is where the shard begins. */
export function sequenceNumber(shard: Shard, number: number): string {
    // A record that is no longer kept has no time any more: where it was is all that matters.
    const arrivedMs = shard.records[shard.head + number - shard.firstNumber]?.arrivalMs;
    return sequenceOf(shard.sequenceBase, number, arrivedMs ?? shard.openedSecond * 1_000);
}

/** The number that the next record gets. */
export const nextNumber = (shard: Shard): number => shard.firstNumber + shard.records.length - shard.head;

export function endingSequenceNumber(shard: Shard): string | undefined {
    if (shard.closedMs === undefined) return undefined;
    return sequenceOf(shard.sequenceBase, lastNumber, shard.closedMs);
}

/** A shard that accepts no more records stays listed and readable until the last of them could have expired. */
export const closedAndExpired = (stream: Stream, shard: Shard, nowMs: number): boolean =>
    shard.closedMs !== undefined && shard.closedMs <= trimmedMs(stream, nowMs);

/** What came before is not kept any more. */
export const trimmedMs = ({ retentionHours }: Stream, nowMs: number): number => nowMs - retentionHours * hourMs;

export function append(account: Account, shard: Shard, record: StoredRecord): string {
    shard.records.push(record);
    account.storedBytes += record.data.length + recordOverheadBytes;
    return sequenceNumber(shard, nextNumber(shard) - 1);
}

/** Whether another record finds no room, where none is made for it. */
export function isFull({ settings, storedBytes }: Account, data: Buffer): boolean {
    return settings.whenFull === "refuse" && storedBytes + data.length + recordOverheadBytes > settings.storedBytesMax;
}

/** Drops the oldest records of all streams until a tenth of the room is free again. */
export function keepWithinMemory(account: Account): void {
    const { storedBytesMax } = account.settings;
    if (account.storedBytes <= storedBytesMax) return;
    const streamOf = new Map(
        [...account.streams.values()].flatMap((stream) => [...stream.shards.values()].map((shard) => [shard, stream])),
    );
    const shards = [...streamOf.keys()];
    const enoughBytes = storedBytesMax * 0.9;
    while (account.storedBytes > enoughBytes) {
        let oldest: Shard | undefined;
        let oldestMs = Infinity;
        for (const shard of shards) {
            const arrivalMs = shard.records[shard.head]?.arrivalMs ?? Infinity;
            if (arrivalMs < oldestMs) [oldest, oldestMs] = [shard, arrivalMs];
        }
        if (!oldest) return;
        tellOfDropped(account, streamOf.get(oldest)!);
        // A few at once, since looking for the oldest takes a look at every shard.
        for (let count = 0; count < 64 && account.storedBytes > enoughBytes && oldest.records[oldest.head]; count++)
            dropOldest(account, oldest, 1);
    }
}

function tellOfDropped({ ambient, settings }: Account, { name, retentionHours }: Stream): void {
    ambient.warn(
        `kinesis ${ambient.accountId} ${ambient.region} ${name}`,
        `stream ${name} loses its oldest records before its ${retentionHours} hours of retention are over: the sandbox keeps ` +
            `${settings.storedBytesMax.toLocaleString("en")} bytes of records in memory, and those are full. ` +
            "Start it with more storage, or so that it refuses writes when that is full.",
    );
}

/** Drops the records whose retention is over, and the closed shards that have none left. */
export function expire(account: Account, stream: Stream, nowMs: number): void {
    const trimMs = trimmedMs(stream, nowMs);
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
