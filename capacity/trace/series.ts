/**
 * Whether the rows of a trace are of one load, or of several in one file.
 */
import { formatNumber } from "../text";

/** What is wrong with rows of which each time comes twice or more; undefined where a few do, or none. */
export function severalSeries(rows: number, times: number): string | undefined {
    if (rows < 2 * times) return undefined;
    const each = formatNumber(rows / times, 1);
    return `each time comes ${each} times; these are several series in one file. Keep the rows of one, or their sum.`;
}
