/**
 * The records that a producer holds: from put() on they wait for room, then in the lane of their shard or behind the one before them, until
 * each has its fate. What cannot be delivered is handed back with the reason.
 */
import { count, formatNumber } from "../capacity/text";
import { apply, type Books, type Stop } from "./books";
import { type Alarm, type ProducerClock } from "./clock";
import { type Delivery, guarded, ProducerStoppedError, type Tell, type Undelivered, UndeliveredError } from "./events";
import { Fifo } from "./fifo";
import { hold, type Pending, release, type Settle } from "./lane";
import { byIndex, type Lanes } from "./lanes";
import { type NumericOption, type ProducerOptions } from "./options";
import { type Outage } from "./outage";
import { bytesHeld, type PreparedRecord, prepareRecord } from "./records";
import { Room } from "./room";
import { type Transport } from "./transport";

/** What the parts of a producer share. */
export interface Parts<T> {
    readonly options: ProducerOptions<T>;
    readonly numbers: Readonly<Record<NumericOption, number>>;
    readonly clock: ProducerClock;
    readonly random: () => number;
    readonly transport: Transport;
    readonly books: Books<T>;
    readonly lanes: Lanes<T>;
    readonly outage: Outage<T>;
    readonly alarm: Alarm;
    readonly tell: Tell<T>;
}

type WhyUndelivered = Pick<Stop, "reason" | "message">;

type Held<T> = Pick<Pending<T>, "bytes" | "settle">;

const untried = { attempts: 0, mayBeWritten: false };

export class RecordBuffer<T> {
    /** Parts of a call that Kinesis found malformed, each to be sent alone. */
    readonly suspects: Pending<T>[][] = [];
    readonly room: Room<T>;
    readonly #order: KeyOrder<T> | undefined;
    /** When the buffer is next searched for records that are out of time. */
    #sweepMs = Infinity;
    /** Aborted when the producer takes no more: it stops, or is closed. */
    readonly ending = new AbortController();

    constructor(readonly parts: Parts<T>) {
        this.room = new Room(parts);
        if (parts.options.ordered === true) this.#order = new KeyOrder();
    }

    /**
     * Takes a value. Returns what to wait for where there is no room yet.
     *
     * @param isAwaited whoever hands it over waits for certain, and is never refused for the number of those who do
     * @throws ProducerStoppedError if it is not taken
     */
    take(value: T, settle: Settle<T> | undefined, isAwaited: boolean): Promise<void> | undefined {
        const { books, numbers, options } = this.parts;
        if (books.stop !== undefined) throw new ProducerStoppedError(books.stop.message, { cause: books.stop.error });
        const prepared = prepareRecord(value, books.counts.put + 1, options);
        if ("reason" in prepared) {
            const { bytes, ...why } = prepared;
            const { index } = this.#enter();
            this.#report({ value, index, ...why, ...untried }, { bytes, settle });
            return undefined;
        }
        if (!isAwaited) this.room.check(prepared.hash);
        const { index, nowMs } = this.#enter();
        const record = pendingOf(prepared, value, index, nowMs + numbers.deadlineSeconds * 1_000, settle);
        if (!this.room.admits(record)) return this.room.wait(record);
        this.#accept(record, nowMs);
        return undefined;
    }

    /** Hands back a value that was read from a source and met a producer that takes no more. */
    handBack(value: T): void {
        const { index } = this.#enter();
        this.#report(notTaken(value, index, this.parts.books), { bytes: bytesHeld(value), settle: undefined });
    }

    /** Lets in the callers that wait, as far as there is room. */
    admit(): void {
        for (let next = this.room.next(); next !== undefined; next = this.room.next()) {
            this.#accept(next.record, this.parts.clock.nowMs());
            next.enter();
        }
    }

    /** Back to their lanes; what is out of time, or met a stopped producer, is handed back. */
    placeAgain(records: readonly Pending<T>[], nowMs: number): void {
        const { books } = this.parts;
        for (const record of records) {
            // What is handed back may stop the producer before the next one's turn.
            if (books.stop !== undefined) this.giveUp(record, books.stop);
            else if (record.deadlineMs <= nowMs) this.expire(record);
            else this.#place(record, nowMs);
        }
    }

    deliver(record: Pending<T>, delivery: Delivery<T>, nowMs: number): void {
        apply(this.parts.books, { type: "delivered", record, nowMs });
        release(record);
        this.#letNext(record, nowMs);
        record.settle?.resolve(delivery);
    }

    giveUp(record: Pending<T>, why: WhyUndelivered): void {
        this.#report(undeliveredOf(record, why), record, record);
    }

    expire(record: Pending<T>): void {
        this.giveUp(record, outOfTime(record, this.parts.numbers.deadlineSeconds));
    }

    /** Hands back what is out of time, and where order is kept, what waits behind it and is out of time too. */
    sweep(nowMs: number): void {
        const { alarm, books, lanes } = this.parts;
        if (this.#sweepMs <= nowMs) {
            const isLate = (record: Pending<T>): boolean => record.deadlineMs <= nowMs;
            const first = lanes.remove(isLate);
            const behind = first.flatMap((record) => this.#order?.removeBehind(record, isLate) ?? []);
            for (const record of [...first, ...behind].sort(byIndex)) this.expire(record);
            this.#sweepMs = books.counts.buffered > 0 ? nowMs + sweepEveryMs(this.parts) : Infinity;
        }
        alarm.set(this.#sweepMs);
    }

    /** Hands back everything but what is in flight; that follows with its answer. */
    stop(stop: Stop): void {
        const { books, lanes } = this.parts;
        if (books.stop !== undefined) return;
        apply(books, { type: "stopped", stop });
        const held = [...lanes.remove(() => true), ...this.suspects.splice(0).flat(), ...(this.#order?.clear() ?? [])];
        for (const record of held.sort(byIndex)) this.giveUp(record, stop);
        for (const { record, enter } of this.room.clear()) {
            apply(books, { type: "buffered", record });
            this.giveUp(record, stop);
            enter();
        }
        this.ending.abort();
    }

    #enter(): { index: number; nowMs: number } {
        const { books, clock } = this.parts;
        const nowMs = clock.nowMs();
        apply(books, { type: "put", nowMs });
        return { index: books.counts.put, nowMs };
    }

    #accept(record: Pending<T>, nowMs: number): void {
        const { alarm, books, lanes } = this.parts;
        if (this.#sweepMs === Infinity) alarm.set((this.#sweepMs = nowMs + sweepEveryMs(this.parts)));
        apply(books, { type: "buffered", record });
        if (lanes.known) hold(record, lanes.laneOf(record.hash));
        if (this.#order?.enter(record) !== false) this.#place(record, nowMs);
    }

    #place(record: Pending<T>, nowMs: number): void {
        const lane = this.parts.lanes.place(record, nowMs);
        if (lane?.state === "waiting") this.parts.alarm.set(lane.readyAtMs);
    }

    /** A record has its fate: where order is kept, the next one of its key may go. */
    #letNext(record: Pending<T>, nowMs: number): void {
        const next = this.#order?.leave(record);
        if (next !== undefined) this.#place(next, nowMs);
    }

    /** @param record undefined if it never came into the buffer */
    #report(undelivered: Undelivered<T>, { bytes, settle }: Held<T>, record?: Pending<T>): void {
        const { books, clock, options, tell } = this.parts;
        const { onUndelivered } = options;
        const nowMs = clock.nowMs();
        const keptBytes = onUndelivered === undefined ? bytes : undefined;
        apply(books, { type: "givenUp", undelivered, record, keptBytes, nowMs });
        if (record !== undefined) {
            release(record);
            this.#letNext(record, nowMs);
        }
        if (onUndelivered !== undefined) guarded(() => onUndelivered(undelivered));
        settle?.reject(new UndeliveredError(undelivered));
        tell("undelivered", undelivered);
        if (books.stop === undefined && isKeepingTooMuch(this.parts)) this.stop(keepingNoMore(books));
    }
}

/** The records of one key. */
interface Chain<T> {
    underWay: Pending<T>;
    readonly behind: Fifo<Pending<T>>;
}

/** Order per key: one record of a key is under way, the others wait behind it. */
class KeyOrder<T> {
    readonly #chains = new Map<string, Chain<T>>();

    /** True if the record may go; otherwise it is kept until its turn comes. */
    enter(record: Pending<T>): boolean {
        const chain = this.#chains.get(record.entry.PartitionKey);
        if (chain === undefined) this.#chains.set(record.entry.PartitionKey, { underWay: record, behind: new Fifo() });
        else chain.behind.push(record);
        return chain === undefined;
    }

    /** A record has its fate: returns the one whose turn it is, if it was the one of its key that is under way. */
    leave(record: Pending<T>): Pending<T> | undefined {
        const chain = this.#chains.get(record.entry.PartitionKey);
        if (chain?.underWay !== record) return undefined;
        const next = chain.behind.shift();
        if (next === undefined) this.#chains.delete(record.entry.PartitionKey);
        else chain.underWay = next;
        return next;
    }

    /** Removes and returns those that wait behind the record and are picked: all in one go, for there may be thousands. */
    removeBehind(record: Pending<T>, picks: (record: Pending<T>) => boolean): Pending<T>[] {
        const chain = this.#chains.get(record.entry.PartitionKey);
        return chain?.underWay === record ? chain.behind.remove(picks) : [];
    }

    /** Removes and returns all that wait. */
    clear(): Pending<T>[] {
        const waiting = [...this.#chains.values()].flatMap(({ behind }) => behind.remove(() => true));
        this.#chains.clear();
        return waiting;
    }
}

/** Written out member by member: spreading them cost a third of taking a record. */
function pendingOf<T>(
    { entry, bytes, hash }: PreparedRecord,
    value: T,
    index: number,
    deadlineMs: number,
    settle: Settle<T> | undefined,
): Pending<T> {
    return {
        entry,
        bytes,
        hash,
        value,
        index,
        deadlineMs,
        settle,
        lane: undefined,
        attempts: 0,
        mayBeWritten: false,
        lastRefusal: undefined,
    };
}

const closed: WhyUndelivered = { reason: "stopped", message: "the producer was closed before it was taken" };

function notTaken<T>(value: T, index: number, { stop }: Books<T>): Undelivered<T> {
    const { reason, message: why } = stop ?? closed;
    const message = `record ${formatNumber(index)}: ${why}`;
    return { value, index, partitionKey: undefined, reason, message, ...untried };
}

function undeliveredOf<T>(record: Pending<T>, { reason, message: why }: WhyUndelivered): Undelivered<T> {
    const { value, index, attempts, mayBeWritten, entry } = record;
    const partitionKey = entry.PartitionKey;
    const message = `record ${formatNumber(index)} (key ${JSON.stringify(partitionKey)}): ${why}`;
    return { value, index, partitionKey, reason, message, attempts, mayBeWritten };
}

function outOfTime<T>({ attempts, lastRefusal }: Pending<T>, deadlineSeconds: number): WhyUndelivered {
    const last = lastRefusal === undefined ? "it was never sent" : `the last answer: ${lastRefusal}`;
    const tried = `not delivered within ${formatNumber(deadlineSeconds)} s in ${count(attempts, "attempt")}`;
    return { reason: "deadline", message: `${tried}; ${last}` };
}

/** What is kept for close() is bounded like the buffer: beyond it the producer stops rather than fill the memory. */
function isKeepingTooMuch<T>({ books, numbers }: Parts<T>): boolean {
    return books.kept.length >= numbers.bufferRecordsMax || books.keptBytes >= numbers.bufferBytesMax;
}

function keepingNoMore<T>({ kept }: Books<T>): Stop {
    const many = count(kept.length, "undelivered record");
    const message = `stopped, since ${many} are kept for close(); pass onUndelivered to take them as they come`;
    return { reason: "stopped", message, error: new ProducerStoppedError(message) };
}

function sweepEveryMs<T>({ numbers }: Parts<T>): number {
    return Math.max(50, (numbers.deadlineSeconds * 1_000) / 20);
}
