/**
 * How keys spread in the order in which they come: over all records a key made of the time is even, and at any moment it is one key.
 *
 * A window is a run of records. It grows until chance no longer shows in it, and then until it holds what a full stream takes in a second.
 */
import { limits } from "../limits";
import { sum } from "../sums";
import { evenOverAverageMax, recordsNeeded } from "./chance";

/** What the windows of a sample show. Records count, not their weights. */
export interface WindowSpread {
    /** Records in a window. */
    readonly records: number;
    /** How many windows there were. */
    readonly windows: number;
    /** The hottest shard of a window over the average shard, on average over the windows. */
    readonly hottestOverAverage: number;
}

/** Fewer windows than this say nothing about the order. */
const windowsMin = 4;
/** Windows that are kept one by one while they grow; twice as many become half of them, each twice as long. */
const windowsKept = 8;

export class KeyWindows {
    /** The record with which the window under way is full: the tally calls `close` then, and does nothing for the others. */
    fullAt: number;
    readonly #shards: number;
    readonly #lengthMax: number;
    /** What each shard had when the window began. */
    readonly #before: Float64Array;
    #length: number;
    #kept: Float64Array[] = [];
    #windows = 0;
    #hottestSum = 0;

    constructor(shards: number) {
        this.#shards = shards;
        this.#length = recordsNeeded(shards);
        this.#lengthMax = Math.max(this.#length, limits.shardWriteRecordsPerSecond * shards);
        this.#before = new Float64Array(shards);
        this.fullAt = this.#length;
    }

    /** @param totals records of each shard since the beginning */
    close(totals: Float64Array): void {
        const window = totals.map((records, shard) => records - this.#before[shard]!);
        this.#before.set(totals);
        if (this.#length >= this.#lengthMax) {
            this.#windows++;
            this.#hottestSum += hottest(window);
        } else {
            this.#kept.push(window);
        }
        if (this.#kept.length === 2 * windowsKept) this.#grow();
        this.fullAt += this.#length;
    }

    #grow(): void {
        this.#length *= 2;
        this.#kept = this.#kept
            .filter((_, at) => at % 2 === 0)
            .map((window, at) => window.map((records, shard) => records + this.#kept[2 * at + 1]![shard]!));
        if (this.#length < this.#lengthMax) return;
        this.#windows = this.#kept.length;
        this.#hottestSum = sum(this.#kept.map(hottest));
        this.#kept = [];
    }

    /** Undefined where there are too few records, or one shard. */
    spread(): WindowSpread | undefined {
        const windows = this.#windows + this.#kept.length;
        if (windows < windowsMin || this.#shards === 1) return undefined;
        const perWindow = (this.#hottestSum + sum(this.#kept.map(hottest))) / windows;
        return { records: this.#length, windows, hottestOverAverage: (perWindow / this.#length) * this.#shards };
    }
}

function hottest(window: Float64Array): number {
    let most = 0;
    for (const records of window) if (records > most) most = records;
    return most;
}

/** Whether the windows are hot although the whole is not: by more than chance puts on one shard of a window. */
export function areHot({ records, hottestOverAverage }: WindowSpread, overAll: number, shards: number): boolean {
    const chance = 3 * Math.sqrt((overAll * shards) / records);
    return hottestOverAverage > Math.max(evenOverAverageMax, overAll + chance);
}
