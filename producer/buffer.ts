/**
 * The records that a producer holds until each has its fate: in the lane of their shard, behind the one before them, or to be sent alone.
 *
 * What cannot be delivered is handed back with the reason.
 */
import { count, formatNumber } from "../capacity/text";
import { apply, type Stop } from "./books";
import {
    type Delivery,
    guarded,
    ProducerStoppedError,
    type Undelivered,
    UndeliveredError,
    type UndeliveredReason,
} from "./events";
import { Fifo } from "./fifo";
import { KeyOrder } from "./keyOrder";
import { byIndex, nameOf, type Parts, type Pending, type Settle } from "./parts";

export class RecordBuffer<T> {
    /** Callers of put() that wait for room. */
    readonly waiters = new Fifo<{ record: Pending<T>; resolve: () => void }>();
    /** Parts of a call that Kinesis found malformed, each to be sent alone. */
    readonly suspects: Pending<T>[][] = [];
    readonly stopped: Promise<void>;
    readonly #order: KeyOrder<Pending<T>> | undefined;
    /** When the buffer is next searched for records that are out of time. */
    #sweepMs = Infinity;
    #announceStop: () => void = () => undefined;

    constructor(readonly parts: Parts<T>) {
        this.#order = parts.options.ordered === true ? new KeyOrder() : undefined;
        this.stopped = new Promise((resolve) => (this.#announceStop = resolve));
    }

    accept(record: Pending<T>, nowMs: number): void {
        const { alarm, books } = this.parts;
        if (this.#sweepMs === Infinity) alarm.set((this.#sweepMs = nowMs + this.#sweepEveryMs()));
        apply(books, { type: "buffered", record });
        if (this.#order?.enter(record.entry.PartitionKey, record) !== false) this.#place(record, nowMs);
    }

    /** Back to their lanes; what is out of time, or met a stopped producer, is handed back. */
    placeAgain(records: readonly Pending<T>[], nowMs: number): void {
        const { books } = this.parts;
        for (const record of records) {
            // What is handed back may stop the producer before the next one's turn.
            if (books.stop !== undefined) this.#giveUpFor(record, books.stop);
            else if (record.deadlineMs <= nowMs) this.expire(record);
            else this.#place(record, nowMs);
        }
    }

    deliver(record: Pending<T>, delivery: Delivery<T>, nowMs: number): void {
        apply(this.parts.books, { type: "delivered", record, nowMs });
        this.#letNext(record, nowMs);
        record.settle?.resolve(delivery);
    }

    giveUp(record: Pending<T>, reason: UndeliveredReason, message: string): void {
        const { value, index, attempts, mayBeWritten, entry, settle } = record;
        const partitionKey = entry.PartitionKey;
        this.report({ value, index, partitionKey, reason, message, attempts, mayBeWritten }, record, settle);
    }

    expire(record: Pending<T>): void {
        const seconds = formatNumber(this.parts.numbers.deadlineSeconds);
        const last = record.lastRefusal === undefined ? "it was never sent" : `the last answer: ${record.lastRefusal}`;
        const attempts = count(record.attempts, "attempt");
        const message = `${nameOf(record)}: not delivered within ${seconds} s in ${attempts}; ${last}`;
        this.giveUp(record, "deadline", message);
    }

    /** @param record undefined if it never came into the buffer */
    report(undelivered: Undelivered<T>, record: Pending<T> | undefined, settle: Settle<T> | undefined): void {
        const { books, clock, options, tell } = this.parts;
        const { onUndelivered } = options;
        const nowMs = clock.nowMs();
        apply(books, { type: "givenUp", undelivered, record, isKept: onUndelivered === undefined, nowMs });
        if (record !== undefined) this.#letNext(record, nowMs);
        if (onUndelivered !== undefined) guarded(() => onUndelivered(undelivered));
        settle?.reject(new UndeliveredError(undelivered));
        tell("undelivered", undelivered);
        if (books.stop === undefined) this.#boundKept();
    }

    /** Hands back what is out of time. Where order is kept, the next of a key may be out of time too, hence the loop. */
    sweep(nowMs: number): void {
        const { alarm, books, lanes } = this.parts;
        if (this.#sweepMs <= nowMs) {
            for (;;) {
                const late = lanes.remove((record) => record.deadlineMs <= nowMs);
                if (late.length === 0) break;
                for (const record of late.sort(byIndex)) this.expire(record);
            }
            this.#sweepMs = books.counts.buffered > 0 ? nowMs + this.#sweepEveryMs() : Infinity;
        }
        alarm.set(this.#sweepMs);
    }

    /** Hands back everything but what is in flight; that follows with its answer. */
    stop(stop: Stop): void {
        const { books, lanes } = this.parts;
        if (books.stop !== undefined) return;
        apply(books, { type: "stopped", stop });
        const held = [...lanes.remove(() => true), ...this.suspects.splice(0).flat(), ...(this.#order?.clear() ?? [])];
        for (const record of held.sort(byIndex)) this.#giveUpFor(record, stop);
        for (let next = this.waiters.shift(); next !== undefined; next = this.waiters.shift()) {
            apply(books, { type: "buffered", record: next.record });
            this.#giveUpFor(next.record, stop);
            next.resolve();
        }
        this.#announceStop();
    }

    #place(record: Pending<T>, nowMs: number): void {
        const lane = this.parts.lanes.place(record, nowMs);
        if (lane?.state === "waiting") this.parts.alarm.set(lane.readyAtMs);
    }

    /** A record has its fate: where order is kept, the next one of its key may go. */
    #letNext({ entry }: Pending<T>, nowMs: number): void {
        const next = this.#order?.leave(entry.PartitionKey);
        if (next !== undefined) this.#place(next, nowMs);
    }

    #sweepEveryMs(): number {
        return Math.max(50, (this.parts.numbers.deadlineSeconds * 1_000) / 20);
    }

    #giveUpFor(record: Pending<T>, stop: Stop): void {
        this.giveUp(record, stop.reason, `${nameOf(record)}: ${stop.message}`);
    }

    /** What is kept for close() is bounded like the buffer: beyond it the producer stops rather than fill the memory. */
    #boundKept(): void {
        const { books, numbers } = this.parts;
        if (books.kept.length < numbers.bufferRecordsMax && books.keptBytes < numbers.bufferBytesMax) return;
        const kept = count(books.kept.length, "undelivered record");
        const message = `stopped, since ${kept} are kept for close(); pass onUndelivered to take them as they come`;
        this.stop({ reason: "stopped", message, error: new ProducerStoppedError(message) });
    }
}
