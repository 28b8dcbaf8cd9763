/**
 * How likely each load is: loads are told apart by bins of a width of 3 %, from a hundredth of the declared peak to six times it.
 */
const binWidth = 0.03;
const lowestShare = 0.01;
const highestShare = 6;
export const loadBins = Math.ceil(Math.log(highestShare / lowestShare) / binWidth) + 1;

/** Each bin over the lowest. */
const factors = Float64Array.from({ length: loadBins }, (_, bin) => Math.exp(bin * binWidth));

/** The load of a bin in shards. */
export function loadOfBin(bin: number, peakShards: number): number {
    return bin === 0 ? 0 : peakShards * lowestShare * factors[bin]!;
}

/** The bin of a load's natural logarithm. */
export function logBinOf(peakShards: number): (log: number) => number {
    const logLowest = Math.log(peakShards * lowestShare);
    return (log) => {
        const bin = ((log - logLowest) / binWidth + 0.5) | 0;
        return bin < 0 ? 0 : bin >= loadBins ? loadBins - 1 : bin;
    };
}

/** The highest load that counts as this bin's. */
export function topOfBin(bin: number, peakShards: number): number {
    return peakShards * lowestShare * Math.exp((bin + 0.5) * binWidth);
}

/** The natural logarithm of the load that half of the cases exceed. */
export function medianLog(probability: Float64Array, peakShards: number): number {
    const half = total(probability) / 2;
    let [bin, below] = [0, probability[0]!];
    while (below < half && bin < loadBins - 1) below += probability[++bin]!;
    return Math.log(peakShards * lowestShare) + bin * binWidth;
}

/** Adds so much of another distribution, whatever its sum; false where it has none. */
export function addPart(into: Float64Array, part: number, other: Float64Array): boolean {
    const sum = total(other);
    if (sum === 0) return false;
    for (let bin = 0; bin < loadBins; bin++) into[bin]! += (part * other[bin]!) / sum;
    return true;
}

/** The same distribution, its sum made so much. */
export function scaleTo(sum: number, probability: Float64Array): Float64Array {
    const factor = sum / total(probability);
    for (let bin = 0; bin < loadBins; bin++) probability[bin]! *= factor;
    return probability;
}

/** As the sum of anything, of which a loop over typed arrays alone is the faster one: a replay asks for it millions of times. */
function total(values: Float64Array): number {
    let sum = 0;
    for (const value of values) sum += value;
    return sum;
}
