/**
 * The producer's books as a specification: what each event changes, and the law that holds after every one.
 */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
    apply,
    type BookedRecord,
    type Books,
    type BooksEvent,
    openBooks,
    progressOf,
    summaryOf,
} from "../../producer/books";
import { type Undelivered } from "../../producer/events";

function record(index: number, mayBeWritten = false): BookedRecord {
    return { index, bytes: 10 * index, mayBeWritten };
}

function undelivered(index: number, reason: Undelivered<string>["reason"] = "deadline"): Undelivered<string> {
    return { value: "", index, partitionKey: "a", reason, message: "", attempts: 0, mayBeWritten: false };
}

function booksAfter(events: readonly BooksEvent<string>[]): Books<string> {
    const books = openBooks<string>();
    for (const event of events) apply(books, event);
    return books;
}

/** The counts that are not zero. */
function countsOf(books: Books<string>): object {
    return Object.fromEntries(Object.entries(books.counts).filter(([, value]) => value !== 0));
}

const first = record(1);
const unsure = record(1, true);
const put: BooksEvent<string> = { type: "put", nowMs: 1_000 };
const buffered: BooksEvent<string> = { type: "buffered", record: first };
const keptBytes = 10;

describe("the producer's books", () => {
    const rows: readonly [title: string, events: readonly BooksEvent<string>[], counts: object, rest?: object][] = [
        ["a value that is put waits", [put], { put: 1 }, { waiting: 1, firstPutMs: 1_000 }],
        [
            "until it has room in the buffer",
            [put, buffered],
            { put: 1, buffered: 1, bufferedBytes: 10 },
            { waiting: 0, lastDoneMs: 0 },
        ],
        [
            "a delivered record leaves it",
            [put, buffered, { type: "delivered", record: first, nowMs: 1_500 }],
            { put: 1, sent: 1, sentBytes: 10 },
            { waiting: 0, lastDoneMs: 1_500 },
        ],
        [
            "one of which an earlier call got no answer may be there twice",
            [put, { type: "buffered", record: unsure }, { type: "delivered", record: unsure, nowMs: 1_500 }],
            { put: 1, sent: 1, sentBytes: 10, possibleDuplicates: 1 },
        ],
        [
            "a record that is given up is kept for close()",
            [put, buffered, { type: "givenUp", undelivered: undelivered(1), record: first, keptBytes, nowMs: 1_500 }],
            { put: 1, undelivered: 1 },
            { kept: [undelivered(1)], keptBytes: 10, rejected: 0, lastDoneMs: 1_500 },
        ],
        [
            "unless somebody takes it",
            [
                put,
                buffered,
                { type: "givenUp", undelivered: undelivered(1), record: first, keptBytes: undefined, nowMs: 1_500 },
            ],
            { put: 1, undelivered: 1 },
            { kept: [], keptBytes: 0 },
        ],
        [
            "a value that never came into the buffer is given up as well",
            [
                put,
                { type: "givenUp", undelivered: undelivered(1, "invalid"), record: undefined, keptBytes, nowMs: 1_500 },
            ],
            { put: 1, undelivered: 1 },
            { waiting: 0, keptBytes: 10, lastDoneMs: 0 },
        ],
        [
            "what Kinesis rejects is counted",
            [
                put,
                buffered,
                { type: "givenUp", undelivered: undelivered(1, "rejected"), record: first, keptBytes, nowMs: 1_500 },
            ],
            { put: 1, undelivered: 1 },
            { rejected: 1 },
        ],
        ["a call is in flight", [{ type: "called", retries: 3 }], { calls: 1, callsInFlight: 1, retries: 3 }],
        [
            "until it is answered",
            [
                { type: "called", retries: 0 },
                { type: "answered", refusals: 2 },
            ],
            { calls: 1, refusals: 2 },
        ],
        ["or fails", [{ type: "called", retries: 0 }, { type: "failed" }], { calls: 1, callsFailed: 1 }],
    ];
    for (const [title, events, counts, rest = {}] of rows) {
        it(title, () => {
            const books = booksAfter(events);
            assert.deepEqual(countsOf(books), counts);
            assert.deepEqual({ ...books, ...rest }, { ...books });
        });
    }

    it("tell seconds until the last record was done, and the time until now while one is held", () => {
        const books = booksAfter([put, buffered]);
        assert.equal(progressOf(books, 3_000).seconds, 2);
        apply(books, { type: "delivered", record: first, nowMs: 5_000 });
        const { seconds, recordsPerSecond } = progressOf(books, 60_000);
        assert.deepEqual([seconds, recordsPerSecond], [4, 0.25]);
    });

    it("hand the undelivered records over in the order of put()", () => {
        const givenUp = (index: number): BooksEvent<string> => {
            return { type: "givenUp", undelivered: undelivered(index), record: undefined, keptBytes, nowMs: 0 };
        };
        const summary = summaryOf(booksAfter([put, put, givenUp(2), givenUp(1)]), 0);
        assert.deepEqual([summary.undelivered.map(({ index }) => index), summary.undeliveredCount], [[1, 2], 2]);
    });

    it("end a flush when the records before it have their fate, whatever comes after", () => {
        const ended: string[] = [];
        const second = record(2);
        const books = booksAfter([
            { type: "flush", done: () => ended.push("empty") },
            put,
            buffered,
            { type: "flush", done: () => ended.push("first") },
            put,
            { type: "buffered", record: second },
            { type: "delivered", record: second, nowMs: 0 },
        ]);
        assert.deepEqual([ended, books.flushes.length], [["empty"], 1]);
        apply(books, { type: "givenUp", undelivered: undelivered(1), record: first, keptBytes, nowMs: 0 });
        assert.deepEqual([ended, books.flushes.length], [["empty", "first"], 0]);
    });
});

describe("put = sent + undelivered + buffered", () => {
    const delivered: BooksEvent<string> = { type: "delivered", record: first, nowMs: 0 };
    const givenUp: BooksEvent<string> = {
        type: "givenUp",
        undelivered: undelivered(1),
        record: first,
        keptBytes,
        nowMs: 0,
    };
    const broken: readonly [title: string, events: readonly BooksEvent<string>[], numbers: string][] = [
        [
            "a record that was never put is not delivered",
            [delivered],
            '"delivered": 0 put, but 1 sent, 0 undelivered, 0 buffered and 0 waiting',
        ],
        [
            "nor one twice",
            [put, buffered, delivered, delivered],
            '"delivered": 1 put, but 2 sent, 0 undelivered, 0 buffered and 0 waiting',
        ],
        [
            "nor one that was given up",
            [put, buffered, givenUp, delivered],
            '"delivered": 1 put, but 1 sent, 1 undelivered, 0 buffered and 0 waiting',
        ],
        [
            "a record comes into the buffer once",
            [put, put, buffered, buffered],
            '"buffered": 2 put, but 0 sent, 0 undelivered, 1 buffered and 0 waiting',
        ],
        [
            "and not before it was put",
            [buffered],
            '"buffered": 0 put, but 0 sent, 0 undelivered, 1 buffered and -1 waiting',
        ],
    ];
    for (const [title, events, numbers] of broken) {
        it(title, () => {
            assert.throws(() => booksAfter(events), {
                message: `The producer's books do not balance after ${numbers}.`,
            });
        });
    }

    it("holds after every event of any course, and with nothing held every flush has ended", () => {
        const steps = fc.array(fc.record({ step: fc.nat(5), which: fc.nat(1_000) }), { maxLength: 200 });
        fc.assert(
            fc.property(steps, (course) => {
                const books = openBooks<string>();
                const waiting: BookedRecord[] = [];
                const held: BookedRecord[] = [];
                let flushed = 0;
                let flushes = 0;
                const settle = (at: number, isSent: boolean): void => {
                    const [settled] = held.splice(at, 1) as [BookedRecord];
                    const lost = undelivered(settled.index);
                    if (isSent) apply(books, { type: "delivered", record: settled, nowMs: 0 });
                    else apply(books, { type: "givenUp", undelivered: lost, record: settled, keptBytes, nowMs: 0 });
                };
                for (const { step, which } of course) {
                    if (step <= 1) {
                        apply(books, { type: "put", nowMs: which });
                        waiting.push(record(books.counts.put));
                    } else if (step === 2 && waiting.length > 0) {
                        held.push(waiting[0]!);
                        apply(books, { type: "buffered", record: waiting.shift()! });
                    } else if (step === 3) {
                        flushes += 1;
                        apply(books, { type: "flush", done: () => (flushed += 1) });
                    } else if (held.length > 0) {
                        settle(which % held.length, step === 4);
                    }
                    const { put: taken, sent, undelivered: lost, buffered: inside, bufferedBytes } = books.counts;
                    assert.equal(taken, sent + lost + inside + waiting.length);
                    assert.equal(
                        bufferedBytes,
                        held.reduce((sum, { bytes }) => sum + bytes, 0),
                    );
                }
                for (const late of waiting) {
                    held.push(late);
                    apply(books, { type: "buffered", record: late });
                }
                while (held.length > 0) settle(0, true);
                assert.deepEqual([books.counts.buffered, books.flushes.length, flushed], [0, 0, flushes]);
            }),
        );
    });
});
