/**
 * A producer that loses nothing: every record that it takes is delivered, or handed back with the reason.
 *
 * Records wait in lanes, one for each open shard. Calls are filled from all lanes that may send; what a shard refuses goes back to its
 * lane, which then backs off alone. The books hold the law: put = sent + undelivered + buffered.
 */
import { EventEmitter } from "node:events";
import { apply, openBooks, progressOf, summaryOf } from "./books";
import { type Parts, RecordBuffer } from "./buffer";
import { Calls } from "./calls";
import { Alarm, systemClock } from "./clock";
import {
    type Delivery,
    guarded,
    type ProducerEvents,
    type ProducerProgress,
    ProducerStoppedError,
    type ProducerSummary,
    type Tell,
} from "./events";
import { Dispatcher } from "./dispatcher";
import { type Settle } from "./lane";
import { Lanes } from "./lanes";
import { completeOptions, givenOptions, type ProducerOptions } from "./options";
import { Outage } from "./outage";
import { Ring } from "./ring";
import { readSource } from "./source";
import { kinesisTransport } from "./transport";

/**
 * @example
 * const producer = new Producer({ stream: "orders", key: "customerId" });
 * for (const order of orders) await producer.put(order); // waits while the buffer is full
 * const { sent, undelivered } = await producer.close();
 */
export class Producer<T = unknown> extends EventEmitter<ProducerEvents<T>> {
    readonly #parts: Parts<T>;
    readonly #buffer: RecordBuffer<T>;
    readonly #ring: Ring<T>;
    readonly #calls: Calls<T>;
    readonly #dispatcher: Dispatcher<T>;
    readonly #onAbort = (): void => this.#abort();
    /** Calls of send() under way. */
    #sources = 0;
    #closing: Promise<ProducerSummary<T>> | undefined;

    /** @throws InvalidInputError with every malformed option at once */
    constructor(options: ProducerOptions<T>) {
        super();
        const numbers = completeOptions(options);
        const given = givenOptions(options);
        const { clock = systemClock, random = Math.random, signal, stream, client } = given;
        const books = openBooks<T>();
        const tell: Tell<T> = (name, ...args) => guarded(() => (this as EventEmitter).emit(name, ...args));
        this.#parts = {
            options: given,
            numbers,
            clock,
            random,
            transport: given.transport ?? kinesisTransport(stream, client, numbers.callTimeoutSeconds),
            books,
            lanes: new Lanes({ ...numbers, random }),
            outage: new Outage({ numbers, random, books, tell }),
            alarm: new Alarm(clock, () => this.#onAlarm()),
            tell,
        };
        this.#buffer = new RecordBuffer(this.#parts);
        this.#ring = new Ring(this.#parts, this.#buffer);
        this.#calls = new Calls(this.#parts, this.#buffer);
        this.#dispatcher = new Dispatcher(this.#parts, this.#buffer, this.#ring, this.#calls);
        if (signal?.aborted) this.#abort();
        else signal?.addEventListener("abort", this.#onAbort, { once: true });
    }

    /**
     * Takes a record. Resolves when there is room for it in memory, which is not yet its delivery.
     *
     * A record that Kinesis would never take (too large, no key) is handed back at once, like any other that cannot be delivered.
     * Bytes are not copied: leave a Buffer as it is until its record is delivered or handed back. An object is written as JSON at once.
     *
     * @throws ProducerStoppedError if the producer takes no more records: then this one was not taken
     */
    async put(value: T): Promise<void> {
        this.#buffer.room.share();
        await this.#take(value, undefined);
    }

    /**
     * Takes a record and resolves when Kinesis acknowledged it.
     *
     * @throws UndeliveredError if it is given up
     */
    deliver(value: T): Promise<Delivery<T>> {
        this.#buffer.room.share();
        return new Promise((resolve, reject) => {
            // What it throws rejects the promise.
            this.#take(value, { resolve, reject })?.catch(reject);
        });
    }

    /**
     * Takes everything from a source, no faster than there is room. Resolves when all was taken, or when the producer takes no more, because it
     * stopped or close() was called: then the source is told to return, and a value that it gives all the same is handed back.
     *
     * @throws ProducerStoppedError if the producer was closed before: then nothing was read
     */
    async send(source: Iterable<T> | AsyncIterable<T>): Promise<void> {
        this.#checkOpen();
        if (++this.#sources > 1) this.#buffer.room.share();
        const { ending } = this.#buffer;
        try {
            await readSource(source, ending.signal, {
                take: (value) => this.#take(value, undefined, true),
                handBack: (value) => this.#buffer.handBack(value),
            });
        } finally {
            this.#sources -= 1;
        }
    }

    /** Resolves when everything taken so far is delivered or handed back. */
    flush(): Promise<void> {
        return new Promise((resolve) => {
            apply(this.#parts.books, { type: "flush", done: resolve });
            this.#dispatcher.dispatch();
        });
    }

    /** Takes no more, delivers what it holds, and tells what was sent and what was not. */
    close(): Promise<ProducerSummary<T>> {
        if (this.#closing === undefined) {
            this.#buffer.ending.abort();
            this.#closing = this.flush().then(() => this.#closed());
        }
        return this.#closing;
    }

    /** What was done so far. */
    progress(): ProducerProgress {
        return progressOf(this.#parts.books, this.#parts.clock.nowMs());
    }

    /** Returns what to wait for where there is no room. */
    #take(value: T, settle: Settle<T> | undefined, isAwaited = false): Promise<void> | undefined {
        this.#checkOpen();
        const room = this.#buffer.take(value, settle, isAwaited);
        this.#dispatcher.offered();
        return room;
    }

    #checkOpen(): void {
        if (this.#closing !== undefined) throw new ProducerStoppedError("The producer is closed.");
    }

    #onAlarm(): void {
        const nowMs = this.#parts.clock.nowMs();
        this.#buffer.sweep(nowMs);
        this.#buffer.admit();
        this.#dispatcher.wake(nowMs);
    }

    #abort(): void {
        this.#buffer.stop({ reason: "aborted", message: "the producer was aborted", error: undefined });
        this.#calls.abort();
    }

    #closed(): ProducerSummary<T> {
        const { alarm, books, clock, options, transport } = this.#parts;
        alarm.stop();
        this.#calls.close();
        this.#ring.close();
        options.signal?.removeEventListener("abort", this.#onAbort);
        transport.close();
        return summaryOf(books, clock.nowMs());
    }
}

/**
 * Sends everything from a source and closes: `await produce(orders, { stream: "orders", key: "customerId" })`.
 *
 * @throws what the source throws, once what it gave is delivered; `onUndelivered` takes what could not be
 */
export async function produce<T>(
    source: Iterable<T> | AsyncIterable<T>,
    options: ProducerOptions<T>,
): Promise<ProducerSummary<T>> {
    const producer = new Producer<T>(options);
    try {
        await producer.send(source);
    } catch (error) {
        // The source failed: what it gave so far is still delivered.
        await producer.close();
        throw error;
    }
    return producer.close();
}
