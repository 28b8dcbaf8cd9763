/**
 * A lane: the records of a shard that must keep their order among each other, on their way to the function in batches.
 */
import { type Clock } from "../clock";
import { type Batch } from "./batches";
import { Bell } from "./bell";
import { batchOf, type PendingRecord } from "./records";
import { type Settings } from "./state";

export class Lane {
    #queue: PendingRecord[] = [];
    /** When the oldest record in the queue came, for the batching window. */
    #sinceMs = 0;
    #isClosed = false;
    /** What has been taken and is not dealt with yet, in order. */
    underWay: readonly Batch[] = [];

    /** Rings when something has changed. */
    readonly bell: Bell;

    constructor(clock: Clock) {
        this.bell = new Bell(clock);
    }

    put(records: readonly PendingRecord[], nowMs: number): void {
        if (records.length === 0) return;
        if (this.#queue.length === 0) this.#sinceMs = nowMs;
        this.#queue.push(...records);
        this.bell.ring();
    }

    /** No more will come. */
    close(): void {
        this.#isClosed = true;
        this.bell.ring();
    }

    /** Records that nobody has taken yet. */
    get waiting(): number {
        return this.#queue.length;
    }

    /** The oldest record that is not dealt with. */
    get oldest(): PendingRecord | undefined {
        return this.underWay[0]?.records[0] ?? this.#queue[0];
    }

    get isDone(): boolean {
        return this.#isClosed && this.oldest === undefined;
    }

    /** Takes a batch, if one is due; otherwise after how many milliseconds one may be. */
    take({ BatchSize, MaximumBatchingWindowInSeconds: windowSeconds }: Settings, nowMs: number): Batch | number {
        if (this.#queue.length === 0) return Infinity;
        const { count, isFull } = batchOf(this.#queue, BatchSize);
        const windowEndsMs = this.#sinceMs + windowSeconds * 1_000;
        if (!isFull && !this.#isClosed && nowMs < windowEndsMs) return windowEndsMs - nowMs;
        const records = this.#queue.slice(0, count);
        this.#queue = this.#queue.slice(count);
        this.#sinceMs = nowMs;
        return { records, retries: 0, invokes: 0 };
    }
}
