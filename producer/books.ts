/**
 * The producer's books: what became of every record that was put, as a value and the events that change it.
 *
 * Only apply() writes, in place, for it runs three times for each record. After every event it checks the law that nothing is lost.
 */
import { type ProducerProgress, type ProducerSummary, type Undelivered, type UndeliveredReason } from "./events";

/** A record as the books know it. */
export interface BookedRecord {
    /** Its place in the order of put(), from 1. */
    readonly index: number;
    readonly bytes: number;
    readonly mayBeWritten: boolean;
}

/** Why nothing more is sent. */
export interface Stop {
    readonly reason: UndeliveredReason;
    readonly message: string;
    readonly error: Error | undefined;
}

/** Somebody waits until the records up to an index have their fate. */
interface Flush {
    readonly upTo: number;
    remaining: number;
    readonly done: () => void;
}

type Counts = { -readonly [Name in keyof Omit<ProducerProgress, "seconds" | "recordsPerSecond">]: number };

interface OpenBooks<T> {
    readonly counts: Counts;
    /** Records that were put and are not in the buffer yet: they are being prepared, or wait for room. */
    waiting: number;
    readonly buffered: Set<BookedRecord>;
    /** Records that Kinesis refused as malformed, one by one. */
    rejected: number;
    /** What close() hands over. */
    readonly kept: Undelivered<T>[];
    keptBytes: number;
    readonly flushes: Flush[];
    firstPutMs: number | undefined;
    /** When the last record left the buffer. */
    lastDoneMs: number;
    stop: Stop | undefined;
}

type Closed<State> = {
    readonly [Name in keyof State]: State[Name] extends Set<infer Item> ? ReadonlySet<Item> : Readonly<State[Name]>;
};

/** The books as everybody reads them. */
export type Books<T> = Closed<OpenBooks<T>>;

export type BooksEvent<T> =
    /** A value was handed over: its index is `put`. */
    | { readonly type: "put"; readonly nowMs: number }
    /** There is room for the record in the buffer. */
    | { readonly type: "buffered"; readonly record: BookedRecord }
    /** A call left; so many of its records were in a call before. */
    | { readonly type: "called"; readonly retries: number }
    /** A call came back; full shards refused so many of its records. */
    | { readonly type: "answered"; readonly refusals: number }
    /** A call failed as a whole. */
    | { readonly type: "failed" }
    | { readonly type: "delivered"; readonly record: BookedRecord; readonly nowMs: number }
    | {
          readonly type: "givenUp";
          readonly undelivered: Undelivered<T>;
          /** Undefined if it never came into the buffer. */
          readonly record: BookedRecord | undefined;
          /** What it takes of the memory if it stays in the books for close(); undefined if it does not. */
          readonly keptBytes: number | undefined;
          readonly nowMs: number;
      }
    /** Calls `done` when everything put so far has its fate. */
    | { readonly type: "flush"; readonly done: () => void }
    | { readonly type: "stopped"; readonly stop: Stop };

type Rows = {
    readonly [Type in BooksEvent<unknown>["type"]]: <T>(
        books: OpenBooks<T>,
        event: Extract<BooksEvent<T>, { type: Type }>,
    ) => void;
};

const rows: Rows = {
    put(books, { nowMs }) {
        books.counts.put += 1;
        books.waiting += 1;
        books.firstPutMs ??= nowMs;
    },
    buffered(books, { record }) {
        books.waiting -= 1;
        books.counts.buffered = books.buffered.add(record).size;
        books.counts.bufferedBytes += record.bytes;
    },
    called(books, { retries }) {
        books.counts.calls += 1;
        books.counts.callsInFlight += 1;
        books.counts.retries += retries;
    },
    answered(books, { refusals }) {
        books.counts.callsInFlight -= 1;
        books.counts.refusals += refusals;
    },
    failed(books) {
        books.counts.callsInFlight -= 1;
        books.counts.callsFailed += 1;
    },
    delivered(books, { record, nowMs }) {
        books.counts.sent += 1;
        books.counts.sentBytes += record.bytes;
        if (record.mayBeWritten) books.counts.possibleDuplicates += 1;
        release(books, record, nowMs);
        countFlushed(books, record.index);
    },
    givenUp(books, { undelivered, record, keptBytes, nowMs }) {
        books.counts.undelivered += 1;
        if (undelivered.reason === "rejected") books.rejected += 1;
        if (keptBytes !== undefined) {
            books.kept.push(undelivered);
            books.keptBytes += keptBytes;
        }
        if (record === undefined) books.waiting -= 1;
        else release(books, record, nowMs);
        countFlushed(books, undelivered.index);
    },
    flush(books, { done }) {
        const remaining = books.waiting + books.counts.buffered;
        if (remaining === 0) done();
        else books.flushes.push({ upTo: books.counts.put, remaining, done });
    },
    stopped(books, { stop }) {
        books.stop = stop;
    },
};

export function openBooks<T>(): Books<T> {
    const records = { put: 0, sent: 0, sentBytes: 0, undelivered: 0, buffered: 0, bufferedBytes: 0 };
    const calls = { calls: 0, callsInFlight: 0, callsFailed: 0, retries: 0, refusals: 0, possibleDuplicates: 0 };
    const entries = { waiting: 0, rejected: 0, keptBytes: 0, firstPutMs: undefined, lastDoneMs: 0, stop: undefined };
    return { counts: { ...records, ...calls }, ...entries, buffered: new Set(), kept: [], flushes: [] };
}

/**
 * Enters an event: the only place that changes the books.
 *
 * @throws Error if a record would get lost, or a second fate
 */
export function apply<T>(books: Books<T>, event: BooksEvent<T>): void {
    const row = rows[event.type] as (books: Books<T>, event: BooksEvent<T>) => void;
    row(books, event);
    const { counts, waiting } = books;
    const { put, sent, undelivered, buffered } = counts;
    if (put === sent + undelivered + buffered + waiting && waiting >= 0) return;
    throw new Error(
        `The producer's books do not balance after "${event.type}": ${put} put, but ${sent} sent, ` +
            `${undelivered} undelivered, ${buffered} buffered and ${waiting} waiting.`,
    );
}

export function progressOf<T>({ counts, firstPutMs, lastDoneMs }: Books<T>, nowMs: number): ProducerProgress {
    const untilMs = counts.buffered > 0 ? nowMs : lastDoneMs;
    const seconds = firstPutMs === undefined ? 0 : Math.max(0, untilMs - firstPutMs) / 1_000;
    return { ...counts, seconds, recordsPerSecond: seconds > 0 ? counts.sent / seconds : 0 };
}

export function summaryOf<T>(books: Books<T>, nowMs: number): ProducerSummary<T> {
    const { undelivered: undeliveredCount, ...progress } = progressOf(books, nowMs);
    const undelivered = [...books.kept].sort((left, right) => left.index - right.index);
    return { ...progress, undelivered, undeliveredCount, stoppedBy: books.stop?.error };
}

function release<T>(books: OpenBooks<T>, record: BookedRecord, nowMs: number): void {
    books.buffered.delete(record);
    books.counts.buffered = books.buffered.size;
    books.counts.bufferedBytes -= record.bytes;
    books.lastDoneMs = nowMs;
}

function countFlushed<T>(books: OpenBooks<T>, index: number): void {
    for (const flush of [...books.flushes]) {
        if (index > flush.upTo || --flush.remaining > 0) continue;
        books.flushes.splice(books.flushes.indexOf(flush), 1);
        flush.done();
    }
}
