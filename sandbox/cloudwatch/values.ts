/**
 * How often each value of a metric came, from which percentiles are computed: exact while there are few different values in a minute, rounded to two
 * digits where there are many, so that what is kept of a minute is bounded.
 */
const exactMax = 50;

export class Values {
    #counts = new Map<number, number>();
    #isRounded = false;

    /** How many different ones there are. */
    get size(): number {
        return this.#counts.size;
    }

    /** Each with how often it came. */
    [Symbol.iterator](): Iterator<[value: number, count: number]> {
        return this.#counts.entries();
    }

    add(value: number, count: number): void {
        const kept = this.#isRounded ? rounded(value) : value;
        this.#counts.set(kept, (this.#counts.get(kept) ?? 0) + count);
        if (this.#isRounded || this.size <= exactMax) return;
        this.#isRounded = true;
        const exact = this.#counts;
        this.#counts = new Map();
        for (const [each, times] of exact) this.add(each, times);
    }
}

const rounded = (value: number): number => Number(value.toPrecision(2));

/** What came in a window. */
export interface WindowValues {
    readonly minimum: number;
    readonly maximum: number;
    readonly counts: ReadonlyMap<number, number>;
}

/** The value at the nearest rank: AWS does not document what it takes between two. Of what may be negative it has no percentiles. */
export function percentile({ counts, minimum, maximum }: WindowValues, percent: number): number | undefined {
    if (minimum < 0) return undefined;
    const sorted = [...counts].sort(([left], [right]) => left - right);
    const total = sorted.reduce((sum, [, count]) => sum + count, 0);
    let below = 0;
    const found = sorted.find(([, count]) => (below += count) * 100 >= percent * total);
    // What was rounded may lie outside of what came.
    return Math.min(maximum, Math.max(minimum, found?.[0] ?? maximum));
}
