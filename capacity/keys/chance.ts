/**
 * What counts as even, and how many records a sample needs for chance to stay within it.
 */

/** A stream sized for 70 % use carries a shard that has this much of the average. About 50 keys a shard stay below it. */
export const evenOverAverageMax = 1 / 0.7;

/** Records that a sample needs for chance to stay within what counts as even, at 3 standard deviations of the hottest shard. */
export function recordsNeeded(shards: number): number {
    const deviations = 3 + Math.log10(shards);
    return Math.ceil(shards * (deviations / (evenOverAverageMax - 1)) ** 2);
}
