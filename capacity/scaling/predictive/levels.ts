/**
 * The shard counts that a plan considers, and what each refuses of a load.
 */
import { loadBins, loadOfBin } from "./outlook";
import { expectedLoss } from "./noise";

/** Any count up to 12, then even ones to 24, then steps of 5 %. */
export function levelsOf(minShards: number, maxShards: number, openShards: number): number[] {
    const levels: number[] = [];
    for (let count = minShards; count < maxShards; count = nextLevel(count)) levels.push(count);
    levels.push(maxShards);
    if (!levels.includes(openShards)) levels.push(openShards);
    return levels.sort((left, right) => left - right);
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
