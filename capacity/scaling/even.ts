/**
 * How even the open shards' ranges are, and the ways to even ones. Splits and merges leave ranges of different widths; the widest shard is
 * full first, and an UpdateShardCount call to any other count makes all of them even.
 */
import { limits } from "../limits";
import { type ShardRange } from "./observation";
import { effectiveShards, shareOf, widestShard } from "./shards";
import { reshardSeconds } from "./times";

export interface Evenness {
    readonly isEven: boolean;
    readonly widestShard: string;
    /** Part of the hash key space that the widest shard has, 0 to 1. */
    readonly widestShare: number;
    /** The part of each shard if all were alike. */
    readonly evenShare: number;
    /** As many even shards take the same load. */
    readonly worthShards: number;
}

/** A widest range of at most so many times the even one is even: Kinesis cuts to the hash key, people do not care. */
const evenWidthMax = 1.01;

export function evennessOf(shards: readonly ShardRange[]): Evenness {
    const widest = widestShard(shards);
    const widestShare = shareOf(widest);
    const evenShare = 1 / shards.length;
    return {
        isEven: widestShare <= evenShare * evenWidthMax,
        widestShard: widest.shardId,
        widestShare,
        evenShare,
        worthShards: effectiveShards(shards),
    };
}

export interface WayToEven {
    /** `there-and-back`: two calls, the same count again. `one-more`: one call, a shard more. `split-widest`: no call, a shard more, less uneven. */
    readonly kind: "there-and-back" | "one-more" | "split-widest";
    /** The counts to go to, in order. */
    readonly counts: readonly number[];
    readonly updateCalls: number;
    readonly seconds: number;
    /** The widest shard's part at the end. */
    readonly widestShare: number;
}

/**
 * The ways from uneven ranges to more even ones that the calls allow, the best one first; none where they are even.
 *
 * @param updateCalls UpdateShardCount calls that may be spent
 * @example waysToEven(fourOf(50, 25, 21.9, 3.1), 10)[0] // { kind: "there-and-back", counts: [5, 4], updateCalls: 2, seconds: 120, widestShare: 0.25 }
 */
export function waysToEven(shards: readonly ShardRange[], updateCalls: number): WayToEven[] {
    if (evennessOf(shards).isEven) return [];
    const open = shards.length;
    const isFull = open >= limits.updateShardCountTargetMax;
    const other = isFull ? open - 1 : open + 1;
    const secondsThere = reshardSeconds("update", open, other);
    const ways: WayToEven[] = [];
    if (updateCalls >= 2) {
        const seconds = secondsThere + reshardSeconds("update", other, open);
        ways.push({ kind: "there-and-back", counts: [other, open], updateCalls: 2, seconds, widestShare: 1 / open });
    }
    if (isFull) return ways;
    if (updateCalls === 1)
        ways.push({ kind: "one-more", counts: [other], updateCalls: 1, seconds: secondsThere, widestShare: 1 / other });
    const widestShare = widestAfterSplit(shards);
    // Where another shard is as wide, the stream takes no more after the split than before.
    if (widestShare * evenWidthMax < evennessOf(shards).widestShare) {
        const seconds = reshardSeconds("split", open, other);
        ways.push({ kind: "split-widest", counts: [other], updateCalls: 0, seconds, widestShare });
    }
    return ways;
}

function widestAfterSplit(shards: readonly ShardRange[]): number {
    const widest = widestShard(shards);
    const others = shards.filter((shard) => shard !== widest).map(shareOf);
    return Math.max(shareOf(widest) / 2, ...others);
}
