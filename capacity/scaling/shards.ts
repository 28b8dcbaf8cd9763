/**
 * Open shards as parts of the hash key space: what they take together, which one is the widest, which counts one call may go to.
 */
import { fractionOf, hashKeySpace } from "../keys/hashRing";
import { limits } from "../limits";
import { type ShardRange } from "./observation";

/** As many shards as a uniform stream needs to take the same load: the widest range is full first. 3 shards of 1/2, 1/4, 1/4 are worth 2. */
export function effectiveShards(shards: readonly ShardRange[]): number {
    if (shards.length === 0) return 0;
    // Sixteen digits are more than a float holds of the ratio.
    const scale = 10n ** 16n;
    const worth = Number((hashKeySpace * scale) / widthOf(widestShard(shards))) / 1e16;
    // A uniform range may be one hash key wider than another: 2.9999999 is 3.
    return Math.abs(worth - Math.round(worth)) < 1e-6 ? Math.round(worth) : worth;
}

/** The shard with the widest range; of several, the one with the lowest hash keys. */
export function widestShard(shards: readonly ShardRange[]): ShardRange {
    return shards.reduce((widest, shard) => {
        const wider = widthOf(shard) - widthOf(widest);
        return wider > 1n || (wider >= -1n && shard.startingHashKey < widest.startingHashKey) ? shard : widest;
    });
}

/** How many shards are as wide as the widest: until the last of them is split, the stream is worth no more. */
export function widestCount(shards: readonly ShardRange[]): number {
    const widest = widthOf(widestShard(shards));
    // The last of the ranges that a division leaves is wider by the rest.
    return shards.filter((shard) => widest - widthOf(shard) <= widest >> 40n).length;
}

/** The M of shards that have 1/M of the hash keys each; undefined if they are not equally wide, or no such part. */
export function evenCountOf(shards: readonly ShardRange[]): number | undefined {
    const even = effectiveShards(shards);
    return Number.isInteger(even) && widestCount(shards) === shards.length ? even : undefined;
}

/** How many shards begin where none of so many even ones does. */
export function cutsBeside(shards: readonly ShardRange[], evenShards: number): number {
    const width = hashKeySpace / BigInt(evenShards);
    return shards.filter(({ startingHashKey }) => {
        const beside = (startingHashKey + width / 2n) % width;
        return (beside > width / 2n ? beside - width / 2n : width / 2n - beside) > hashKeySpace >> 40n;
    }).length;
}

/** Whether the ranges are equal, as UpdateShardCount leaves them; one may be a hash key wider than another, the last one by the rest. */
export function isEven(shards: readonly ShardRange[]): boolean {
    return shards.length === 0 || effectiveShards(shards) === shards.length;
}

/** Shard ids only ever count up: shardId-000000000012 is 12. */
export function shardNumber(shard: ShardRange): number {
    return Number(/\d+$/.exec(shard.shardId)?.[0] ?? 0);
}

/** Where SplitShard cuts a shard in two equal halves: the first hash key of the upper one. */
export function middleHashKey(shard: ShardRange): string {
    return (shard.startingHashKey + (widthOf(shard) + 1n) / 2n).toString();
}

/** The part of the hash key space that a shard has, 0 to 1. */
export function shareOf(shard: ShardRange): number {
    return fractionOf(widthOf(shard));
}

function widthOf(shard: ShardRange): bigint {
    return shard.endingHashKey - shard.startingHashKey + 1n;
}

/** The most shards that one UpdateShardCount call may go to. */
export function mostAfterOneCall(openShards: number): number {
    return Math.min(openShards * limits.updateShardCountGrowthFactorMax, limits.updateShardCountTargetMax);
}

/** The fewest shards that one UpdateShardCount call may go to. Half of an odd count rounds up: 5 to 3. */
export function fewestAfterOneCall(openShards: number): number {
    return Math.ceil(openShards * limits.updateShardCountShrinkFactorMin);
}

/** AWS reshards fastest to a multiple of 25 % of the open shards. */
export function isQuarterStep(openShards: number, target: number): boolean {
    return (target * 4) % openShards === 0;
}
