/**
 * Four hours of one series, minute by minute: the statistics of what came, and how often each value did.
 */
import { Values } from "./values";

export interface Statistics {
    readonly sum: number;
    readonly sampleCount: number;
    readonly minimum: number;
    readonly maximum: number;
}

export const minutesPerChunk = 240;

/** A slot is a minute; one without data has a sample count of 0. */
export class Chunk {
    readonly #sum = new Float64Array(minutesPerChunk);
    readonly #sampleCount = new Float64Array(minutesPerChunk);
    readonly #minimum = new Float64Array(minutesPerChunk);
    readonly #maximum = new Float64Array(minutesPerChunk);
    /** Of the minutes in which different values came, where all of them are known. */
    readonly #values = new Map<number, Values>();

    isEmptyAt(slot: number): boolean {
        return this.#sampleCount[slot] === 0;
    }

    statisticsOf(slot: number): Statistics {
        return {
            sum: this.#sum[slot]!,
            sampleCount: this.#sampleCount[slot]!,
            minimum: this.#minimum[slot]!,
            maximum: this.#maximum[slot]!,
        };
    }

    /** How often each value came in a minute with data; undefined if that is not known. */
    valuesOf(slot: number): Iterable<readonly [value: number, count: number]> | undefined {
        const { sampleCount, minimum, maximum } = this.statisticsOf(slot);
        return minimum === maximum ? [[minimum, sampleCount]] : this.#values.get(slot);
    }

    /** @returns how many more values are kept */
    add(slot: number, added: Statistics): number {
        const before = this.isEmptyAt(slot) ? undefined : this.statisticsOf(slot);
        const keptMore = before === undefined ? 0 : this.#addValues(slot, before, added);
        const { sum, sampleCount, minimum, maximum } = merge(before, added);
        this.#sum[slot] = sum;
        this.#sampleCount[slot] = sampleCount;
        this.#minimum[slot] = minimum;
        this.#maximum[slot] = maximum;
        return keptMore;
    }

    /** Of a set of statistics only the minimum and the maximum are known as values; where they are one, so are all. */
    #addValues(slot: number, before: Statistics, added: Statistics): number {
        const known = this.#values.get(slot);
        const sizeBefore = known?.size ?? 0;
        if (added.minimum < added.maximum) {
            this.#values.delete(slot);
            return -sizeBefore;
        }
        if (known === undefined && (before.minimum < before.maximum || before.minimum === added.minimum)) return 0;
        const values = known ?? new Values();
        if (known === undefined) values.add(before.minimum, before.sampleCount);
        values.add(added.minimum, added.sampleCount);
        this.#values.set(slot, values);
        return values.size - sizeBefore;
    }

    /** @returns how many there were */
    forgetValues(): number {
        const forgotten = [...this.#values.values()].reduce((sum, { size }) => sum + size, 0);
        this.#values.clear();
        return forgotten;
    }
}

/** Two sets of observations as one. */
export function merge(left: Statistics | undefined, right: Statistics): Statistics {
    if (!left) return right;
    return {
        sum: left.sum + right.sum,
        sampleCount: left.sampleCount + right.sampleCount,
        minimum: Math.min(left.minimum, right.minimum),
        maximum: Math.max(left.maximum, right.maximum),
    };
}
