/**
 * How many different keys there were, from a register of 14 bits of each key's hash.
 */

/** Distinct keys from HyperLogLog registers, without bias from one to billions (Ertl, arXiv 1702.01284, algorithm 6). */
export function distinctEstimate(registers: Uint8Array): number {
    const size = registers.length;
    const longest = 33;
    const histogram = new Float64Array(longest + 1);
    for (const zeros of registers) histogram[zeros]!++;
    let sum = size * tau(1 - histogram[longest]! / size);
    for (let zeros = longest - 1; zeros >= 1; zeros--) sum = (sum + histogram[zeros]!) / 2;
    sum += size * sigma(histogram[0]! / size);
    return (size * size) / (2 * Math.LN2 * sum);
}

function sigma(fraction: number): number {
    if (fraction === 1) return Infinity;
    let [power, factor, sum, before] = [fraction, 1, fraction, -1];
    while (sum !== before) {
        power *= power;
        before = sum;
        sum += power * factor;
        factor += factor;
    }
    return sum;
}

function tau(fraction: number): number {
    if (fraction === 0 || fraction === 1) return 0;
    let [root, factor, sum, before] = [fraction, 1, 1 - fraction, -1];
    while (sum !== before) {
        root = Math.sqrt(root);
        before = sum;
        factor /= 2;
        sum -= (1 - root) ** 2 * factor;
    }
    return sum / 3;
}
