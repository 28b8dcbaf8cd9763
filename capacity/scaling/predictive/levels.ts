/**
 * The shard counts that a plan considers, and what each refuses of a load.
 */
import { loadBins, loadOfBin } from "./bins";
import { expectedLoss } from "./noise";

/** The counts between the ends, and the open one: any up to 12, then even ones to 24, then steps of 5 %. */
export function levelsOf(
    { minShards, maxShards }: { readonly minShards: number; readonly maxShards: number },
    openShards: number,
): number[] {
    const levels = new Set([minShards, maxShards, openShards]);
    for (let count = minShards; count < maxShards; count = nextLevel(count)) levels.add(count);
    return [...levels].sort((left, right) => left - right);
}

function nextLevel(count: number): number {
    if (count < 12) return count + 1;
    if (count < 24) return 2 * (Math.floor(count / 2) + 1);
    return Math.ceil(count * 1.05);
}

/** Load refused on average at each level for each bin of load, in shards: [bin][level] in one array. */
export function lossTable(levels: readonly number[], sigma: number, peakShards: number): Float64Array {
    const table = new Float64Array(loadBins * levels.length);
    for (let bin = 0; bin < loadBins; bin++) {
        const load = loadOfBin(bin, peakShards);
        for (const [index, level] of levels.entries())
            table[bin * levels.length + index] = expectedLoss(load, level, sigma, peakShards);
    }
    return table;
}

/** Load refused in an average minute of each distribution of loads at each level, in shards: [distribution][level] in one array. */
export function lossesOf(distributions: readonly Float64Array[], levels: number, table: Float64Array): Float64Array {
    const losses = new Float64Array(distributions.length * levels);
    for (const [part, probability] of distributions.entries()) {
        const from = part * levels;
        for (let bin = 0; bin < loadBins; bin++) {
            const weight = probability[bin]!;
            if (weight < 1e-9) continue;
            const row = bin * levels;
            for (let level = 0; level < levels; level++) losses[from + level]! += weight * table[row + level]!;
        }
    }
    return losses;
}
