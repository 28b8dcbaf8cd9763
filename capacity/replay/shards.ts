/**
 * Shards as a replay reshards them, and how much of a load they take.
 */
import { hashKeySpace, shardIdOf } from "../keys/hashRing";
import { type ScalingAction, type ShardRange } from "../scaling/observation";
import { isEven, shareOf } from "../scaling/shards";
import { inRingOrder } from "../scaling/walk";

/** Shards as UpdateShardCount leaves them: equal parts of the hash key space. */
export function uniformShards(count: number, firstNumber: number): ShardRange[] {
    const width = hashKeySpace / BigInt(count);
    return Array.from({ length: count }, (_, index) => ({
        shardId: shardIdOf(firstNumber + index),
        startingHashKey: width * BigInt(index),
        endingHashKey: index === count - 1 ? hashKeySpace - 1n : width * BigInt(index + 1) - 1n,
    }));
}

/** The shards after a legal action, in the order of their hash keys; new ones are numbered from `nextNumber` on. */
export function reshaped(action: ScalingAction, shards: readonly ShardRange[], nextNumber: number): ShardRange[] {
    switch (action.kind) {
        case "none":
            return [...shards];
        case "update":
            return uniformShards(action.targetShardCount, nextNumber);
        case "split": {
            const middle = BigInt(action.newStartingHashKey);
            return shards.flatMap((shard) =>
                shard.shardId !== action.shardId
                    ? [shard]
                    : [
                          { ...shard, shardId: shardIdOf(nextNumber), endingHashKey: middle - 1n },
                          { ...shard, shardId: shardIdOf(nextNumber + 1), startingHashKey: middle },
                      ],
            );
        }
        case "merge": {
            const merged = [action.shardId, action.adjacentShardId];
            const [first, second] = inRingOrder(shards.filter(({ shardId }) => merged.includes(shardId)));
            const both = { ...first!, shardId: shardIdOf(nextNumber), endingHashKey: second!.endingHashKey };
            return shards.filter((shard) => shard !== second).map((shard) => (shard === first ? both : shard));
        }
    }
}

/** Shards that an action closes. */
export function closedBy(action: ScalingAction, openShards: number): number {
    return { none: 0, update: openShards, split: 1, merge: 2 }[action.kind];
}

/** What shards take: all of a load up to `room`, and above it what their widths leave. */
export interface Worth {
    readonly room: number;
    /** Of even shards only their number counts. */
    readonly widths: Float64Array | undefined;
}

export function worthOf(shards: readonly ShardRange[]): Worth {
    if (isEven(shards)) return { room: shards.length, widths: undefined };
    const widths = Float64Array.from(shards, shareOf);
    return { room: 1 / widths.reduce((most, width) => Math.max(most, width)), widths };
}

/** The part of a second's load that the shards refuse: each takes 1. */
export function refusedOf(load: number, { room, widths }: Worth): number {
    if (load <= room) return 0;
    if (widths === undefined) return load - room;
    let refused = 0;
    for (const width of widths) refused += Math.max(0, load * width - 1);
    return refused;
}
