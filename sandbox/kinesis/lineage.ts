/**
 * How shards come and go: a stream's first ones, and the children that a reshard opens as it closes their parents.
 */
import { limits } from "../../capacity/limits";
import { type HashKeyRange, type ReshardStep, toHex, uniformRanges } from "./ranges";
import { sequenceBase, shardIdOf } from "./sequence";
import { type Account, type Shard, type Stream } from "./state";
import { TokenBucket } from "./throughput";

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
    const openedSecond = Math.max(Math.floor(nowMs / 1_000), ...parents.map((parent) => parent.openedSecond + 1));
    const shard: Shard = {
        id: shardIdOf(index),
        index,
        range,
        parentId: parents[0]?.id,
        adjacentParentId: parents[1]?.id,
        childIds: [],
        createdMs: nowMs,
        closedMs: undefined,
        openedSecond,
        sequenceBase: sequenceBase(openedSecond, index),
        records: [],
        head: 0,
        firstNumber: 1,
        writeBytes: new TokenBucket(limits.shardWriteBytesPerSecond, burstSeconds, nowMs),
        writeRecords: new TokenBucket(limits.shardWriteRecordsPerSecond, burstSeconds, nowMs),
        // What comes in as a burst is read as one.
        readBytes: new TokenBucket(limits.shardReadBytesPerSecond, Math.max(1, burstSeconds), nowMs),
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
