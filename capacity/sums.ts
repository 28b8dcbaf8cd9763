/**
 * The sum and the mean of numbers, and how far a mean is to be trusted.
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

/** Of the mean of independent values, of which there are at least two. */
export function standardError(values: readonly number[]): number {
    const middle = mean(values);
    const squares = sum(values.map((value) => (value - middle) ** 2));
    return Math.sqrt(squares / (values.length - 1) / values.length);
}
