/**
 * Where records come in: put() hands one over, it is made ready, and waits until the buffer has room.
 */
import { count, formatNumber } from "../capacity/text";
import { apply } from "./books";
import { type RecordBuffer } from "./buffer";
import { ProducerStoppedError } from "./events";
import { type Parts, type Pending, type Settle } from "./parts";
import { prepareRecord } from "./records";

export class Intake<T> {
    constructor(
        readonly parts: Parts<T>,
        readonly buffer: RecordBuffer<T>,
    ) {}

    /**
     * Takes a value. Returns what to wait for where there is no room yet.
     *
     * @throws ProducerStoppedError if it is not taken
     */
    take(value: T, settle: Settle<T> | undefined): Promise<void> | undefined {
        const { books, clock, numbers, options } = this.parts;
        const { waiters } = this.buffer;
        if (books.stop !== undefined) throw new ProducerStoppedError(books.stop.message, { cause: books.stop.error });
        if (waiters.length >= numbers.bufferRecordsMax) {
            const waiting = count(waiters.length, "put() call");
            throw new ProducerStoppedError(`${waiting} wait for room already. Await put() before you call it again.`);
        }
        const nowMs = clock.nowMs();
        apply(books, { type: "put", nowMs });
        const index = books.counts.put;
        const prepared = prepareRecord(value, index, options);
        if ("reason" in prepared) {
            const untried = { attempts: 0, mayBeWritten: false };
            this.buffer.report({ value, index, ...prepared, ...untried }, undefined, settle);
            return undefined;
        }
        const deadlineMs = nowMs + numbers.deadlineSeconds * 1_000;
        const untried = { lane: undefined, attempts: 0, mayBeWritten: false, lastRefusal: undefined };
        const record: Pending<T> = { ...prepared, value, index, deadlineMs, settle, ...untried };
        if (waiters.length > 0 || !this.#hasRoom(record.bytes))
            return new Promise((resolve) => waiters.push({ record, resolve }));
        this.buffer.accept(record, nowMs);
        return undefined;
    }

    /** Lets in the callers that wait, as far as there is room. */
    admit(): void {
        const { waiters } = this.buffer;
        for (let next = waiters.peek(); next !== undefined; next = waiters.peek()) {
            if (!this.#hasRoom(next.record.bytes)) return;
            waiters.shift();
            this.buffer.accept(next.record, this.parts.clock.nowMs());
            next.resolve();
        }
    }

    /** Hands back a value that was read from a source and met a stopped producer. */
    handBack(value: T): void {
        const { books, clock } = this.parts;
        const { reason, message } = books.stop!;
        apply(books, { type: "put", nowMs: clock.nowMs() });
        const index = books.counts.put;
        const about = { value, index, partitionKey: undefined, reason, attempts: 0, mayBeWritten: false };
        const named = `record ${formatNumber(index)}: ${message}`;
        this.buffer.report({ ...about, message: named }, undefined, undefined);
    }

    /** A record larger than the whole buffer still passes, alone. */
    #hasRoom(bytes: number): boolean {
        const { books, numbers } = this.parts;
        const { buffered, bufferedBytes } = books.counts;
        const fits = buffered < numbers.bufferRecordsMax && bufferedBytes + bytes <= numbers.bufferBytesMax;
        return buffered === 0 || fits;
    }
}
