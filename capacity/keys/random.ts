/**
 * Random numbers that are the same on every run: the seed comes in as an argument, as time does.
 */

/** Gives numbers from 0 up to, not including, 1. */
export type Random = () => number;

/** A generator with 128 bits of state (sfc32), as good as simulations need and no good for secrets. */
export function randomOf(seed: number): Random {
    let [a, b, c, step] = [0x9e3779b9 ^ seed, 0x243f6a88, Math.floor(seed / 2 ** 32) | 0, 1];
    const word = () => {
        const sum = (a + b + step++) | 0;
        a = b ^ (b >>> 9);
        b = (c + (c << 3)) | 0;
        c = ((c << 21) | (c >>> 11)) + sum;
        c |= 0;
        return sum >>> 0;
    };
    for (let warmUp = 0; warmUp < 16; warmUp++) word();
    return () => word() / 2 ** 32 + word() / 2 ** 64;
}

/**
 * Draws 0 .. count - 1 so that rank r is drawn in proportion to 1 / (r + 1) ** exponent: Zipf's law, as users and products follow it.
 *
 * @param exponent 0: all alike; 1: the first carries 19 % among 100
 */
export function zipf(count: number, exponent: number, random: Random): () => number {
    if (exponent === 0) return () => Math.floor(random() * count);
    const cumulative = new Float64Array(count);
    let sum = 0;
    for (let rank = 0; rank < count; rank++) cumulative[rank] = sum += (rank + 1) ** -exponent;
    return () => {
        const drawn = random() * sum;
        let low = 0;
        let high = count - 1;
        while (low < high) {
            const middle = (low + high) >>> 1;
            if (cumulative[middle]! > drawn) high = middle;
            else low = middle + 1;
        }
        return low;
    };
}

/** A UUID of version 4. */
export function uuid(random: Random): string {
    const hex = Array.from({ length: 32 }, (_, digit) =>
        digit === 12 ? "4" : Math.floor(digit === 16 ? 8 + random() * 4 : random() * 16).toString(16),
    ).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
