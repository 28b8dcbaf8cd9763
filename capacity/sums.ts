/**
 * The sum and the mean of numbers.
 */

export function sum(values: Iterable<number>): number {
    let total = 0;
    for (const value of values) total += value;
    return total;
}

/** NaN of none. */
export function mean(values: readonly number[]): number {
    return sum(values) / values.length;
}
