/** How the producer batches, paces, retries, keeps order and reports, on a simulated clock. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { InvalidInputError } from "../../capacity/problems";
import { ProducerStoppedError, type Undelivered, UndeliveredError } from "../../producer/events";
import { Fifo } from "../../producer/fifo";
import { produce, Producer } from "../../producer/producer";
import { awsError, seeded, serverError, SimulatedClock, SimulatedStream, uniformRanges } from "./simulation";
import { type Order, orders, sendAll, start } from "./started";

describe("records leave in full calls", () => {
    it("500 to a call", async () => {
        const started = start({ shardRateMax: Infinity }, { shards: 4 });
        await sendAll(started, orders(1_200));
        assert.deepEqual(
            started.stream.calls.map(({ records }) => records),
            [500, 500, 200],
        );
    });

    it("10 MiB to a call, keys included", async () => {
        const started = start({ shardRateMax: Infinity });
        await sendAll(started, orders(21, 21, 1_000_000));
        assert.deepEqual(started.stream.calls.map(({ records }) => records).slice(0, 2), [10, 10]);
        assert.ok(started.stream.calls.every(({ bytes }) => bytes <= 10_485_760));
    });

    it("and after 100 ms if they do not fill one", async () => {
        const { clock, stream, producer, startMs } = start();
        await producer.put({ id: 1, key: "a" });
        await clock.run(once(producer, "delivered"));
        assert.deepEqual(
            stream.calls.map(({ timeMs, records }) => [timeMs - startMs, records]),
            [[100, 1]],
        );
        await producer.close();
    });

    it("a record above the bytes of a call, where those were set low, goes alone", async () => {
        const started = start({ batchBytesMax: 100 });
        const summary = await sendAll(started, orders(3, 3, 200));
        assert.deepEqual([summary.sent, started.stream.calls.map(({ records }) => records)], [3, [1, 1, 1]]);
    });

    it("ten calls at once, and no more", async () => {
        const started = start({ shardRateMax: Infinity }, { shards: 50, faults: { latencyMs: 500 } });
        await sendAll(started, orders(8_000));
        assert.equal(started.stream.inFlightMost, 10);
    });
});

describe("a producer waits for room", () => {
    it("put() resolves when a record before it is delivered", async () => {
        const { clock, stream, producer } = start({ bufferRecordsMax: 2 });
        await producer.put({ id: 1, key: "a" });
        await producer.put({ id: 2, key: "b" });
        const third = producer.put({ id: 3, key: "c" });
        assert.equal(producer.progress().buffered, 2);
        await clock.run(third);
        assert.equal(stream.log.length, 2);
        assert.equal((await clock.run(producer.close())).sent, 3);
    });

    it("counts bytes too, and lets a record through that is larger than the buffer", async () => {
        const started = start({ bufferBytesMax: 1_000 });
        let most = 0;
        const source = (function* () {
            for (const order of orders(20, 20, 450)) {
                most = Math.max(most, started.producer.progress().bufferedBytes);
                yield order;
            }
            yield { id: 21, key: "large", size: 5_000 };
        })();
        const summary = await sendAll(started, source);
        assert.ok(most <= 1_000);
        assert.equal(summary.sent, 21);
    });

    it("refuses put() calls that nobody awaits, before they fill the memory", async () => {
        const { producer, clock } = start({ bufferRecordsMax: 2 });
        const puts = orders(5).map((order) => producer.put(order));
        await assert.rejects(puts[4]!, {
            name: "ProducerStoppedError",
            message: "2 put() calls wait for room already. Await put() before you call it again.",
        });
        assert.equal((await clock.run(producer.close())).sent, 4);
    });
});

describe("only what a shard refuses is sent again", () => {
    it("and nothing is written twice", async () => {
        const started = start({ shardRateMax: Infinity });
        const summary = await sendAll(started, orders(3_000));
        assert.equal(summary.sent, 3_000);
        assert.equal(new Set(started.stream.log.map(({ value }) => value)).size, 3_000);
        assert.equal(started.stream.log.length, 3_000);
        assert.ok(summary.refusals > 0);
        assert.equal(summary.retries, summary.refusals);
    });

    it("a shard is not offered more than it takes, so that nothing is refused", async () => {
        const started = start({}, { shards: 4 });
        const summary = await sendAll(started, orders(10_000));
        assert.deepEqual([summary.sent, summary.refusals], [10_000, 0]);
    });

    it("a full shard does not hold up the others", async () => {
        const { clock, stream, producer, startMs } = start({}, { shards: 2 });
        // "key-0" and "key-1" hash to different shards.
        for (const order of orders(6_000, 1)) await producer.put(order);
        await producer.put({ id: 9_999, key: "key-1" });
        await clock.run(producer.close());
        const other = stream.log.find(({ value }) => value === "9999")!;
        const shardOfFirst = stream.log.find(({ value }) => value === "1")!.shardId;
        assert.notEqual(other.shardId, shardOfFirst);
        assert.ok(other.timeMs - startMs < 250, `${other.timeMs - startMs} ms`);
        assert.ok(clock.nowMs() - startMs > 5_000);
    });

    const overloads = [
        {
            title: "eight shards are used to 97 % throughout",
            shards: 8,
            shardPart: 1,
            refusedMost: 0.05,
        },
        { title: "shards that others fill by half: as much of the rest", shards: 4, shardPart: 0.5, refusedMost: 0.2 },
        { title: "shards that others fill almost: the same", shards: 4, shardPart: 0.05, refusedMost: 1.2 },
    ];
    for (const { title, shards, shardPart, refusedMost } of overloads) {
        it(`offered half as much again as they take, ${title}`, async () => {
            const { clock, stream, producer, startMs } = start({}, { shards, shardPart, allowance: "each-second" });
            const seconds = 4;
            const capacity = shards * shardPart * 1_000;
            const all = orders(100_000);
            const source = (async function* () {
                for (let tick = 1; clock.nowMs() - startMs < seconds * 1_000; tick++) {
                    for (let at = 0; at < capacity * 0.15; at++) yield all[(tick * 12_007 + at) % all.length]!;
                    await clock.sleep(Math.max(0, startMs + tick * 100 - clock.nowMs()));
                }
            })();
            const summary = await clock.run(producer.send(source).then(() => producer.close()));
            assert.equal(summary.undeliveredCount, 0);
            for (let second = 1; second < seconds; second++) {
                const inSecond = ({ timeMs }: { timeMs: number }) => Math.floor((timeMs - startMs) / 1_000) === second;
                const accepted = stream.log.filter(inSecond).length;
                assert.ok(accepted >= 0.97 * capacity, `${accepted} records in second ${second}`);
            }
            assert.ok(summary.refusals <= refusedMost * summary.sent, `${summary.refusals} refusals`);
        });
    }
});

describe("a call that fails as a whole is sent again", () => {
    it("after waits that double, jittered, up to the longest", async () => {
        const started = start(
            { backoffMinMs: 100, backoffMaxMs: 1_000, random: () => 1 },
            {
                faults: { latencyMs: 0 },
                refuse: (_, call) => (call <= 6 ? serverError() : undefined),
            },
        );
        const summary = await sendAll(started, orders(1));
        const times = started.stream.calls.map(({ timeMs }) => Math.round(timeMs - started.startMs));
        const waits = times.slice(1).map((timeMs, at) => timeMs - times[at]!);
        assert.deepEqual(
            waits.map((wait) => Math.round(wait / 10) * 10),
            [100, 200, 400, 800, 1_000, 1_000],
        );
        assert.deepEqual(
            [summary.sent, summary.callsFailed, summary.retries, summary.possibleDuplicates],
            [1, 6, 6, 1],
        );
    });

    it("when it gets no answer in time", async () => {
        const started = start({ callTimeoutSeconds: 2 }, { faults: { timeout: 0.5 } });
        const summary = await sendAll(started, orders(50, 50));
        assert.equal(summary.sent, 50);
    });

    it("and what is out of time is handed back with the last answer", async () => {
        const { clock, producer } = start({ deadlineSeconds: 1 }, { refuse: () => serverError() });
        await producer.put({ id: 1, key: "a" });
        const { undelivered, sent } = await clock.run(producer.close());
        assert.equal(sent, 0);
        assert.deepEqual(undelivered, [
            {
                value: { id: 1, key: "a" },
                index: 1,
                partitionKey: "a",
                reason: "deadline",
                message: `record 1 (key "a"): not delivered within 1 s in ${undelivered[0]?.attempts} attempts; the last answer: InternalFailure (Internal Server Error)`,
                attempts: undelivered[0]?.attempts,
                mayBeWritten: true,
            },
        ]);
    });
});

describe("one malformed record does not take its neighbours with it", () => {
    it("the call is halved until the record is found, and that one is handed back", async () => {
        const tooLarge = awsError("ValidationException", "Record size exceeds the stream's maximum");
        const started = start(
            {},
            {
                refuse: (entries) =>
                    entries.some((entry) => Buffer.from(entry.Data).toString() === "137") ? tooLarge : undefined,
            },
        );
        const summary = await sendAll(started, orders(500));
        assert.equal(summary.sent, 499);
        assert.deepEqual(
            summary.undelivered.map(({ index, reason, message }) => ({ index, reason, message })),
            [
                {
                    index: 137,
                    reason: "rejected",
                    message:
                        'record 137 (key "key-136"): ValidationException: Record size exceeds the stream\'s maximum',
                },
            ],
        );
    });

    it("but if every record is refused, the producer stops after ten", async () => {
        const malformed = awsError("ValidationException", "streamName failed to satisfy constraint");
        const started = start({}, { refuse: () => malformed });
        const summary = await sendAll(started, orders(100));
        assert.equal(summary.undeliveredCount, 100);
        assert.equal(summary.stoppedBy, malformed);
    });
});

describe("an error that no retry mends stops the producer at once", () => {
    for (const [name, message] of [
        ["ResourceNotFoundException", "Stream orders under account 123456789012 not found."],
        ["AccessDeniedException", "User is not authorized to perform: kinesis:PutRecords"],
        ["CredentialsProviderError", "Could not load credentials from any providers"],
    ] as const) {
        it(name, async () => {
            const error = awsError(name, message);
            const started = start({ bufferRecordsMax: 600 }, { refuse: () => error });
            const summary = await sendAll(started, orders(2_000));
            assert.equal(summary.stoppedBy, error);
            assert.equal(summary.sent, 0);
            assert.equal(summary.undeliveredCount, summary.put);
            assert.ok(summary.put < 2_000);
            assert.equal(summary.undelivered[0]!.message, `record 1 (key "key-0"): ${name}: ${message}`);
            await assert.rejects(started.producer.put({ id: 1, key: "a" }), ProducerStoppedError);
        });
    }
});

describe("order per key", () => {
    it("is kept through refusals, failures and unanswered calls", async () => {
        const faults = { serverError: 0.1, partialFailure: 0.4, resetAfterWrite: 0.1 };
        const started = start({ ordered: true, deadlineSeconds: Infinity }, { shards: 3, faults });
        const summary = await sendAll(started, orders(600, 5));
        assert.equal(summary.sent, 600);
        for (let key = 0; key < 5; key++) {
            const ids = started.stream.log
                .filter((written) => written.key === `key-${key}`)
                .map(({ value }) => Number(value));
            const first = ids.filter((id, at) => ids.indexOf(id) === at);
            assert.deepEqual(
                first,
                [...first].sort((a, b) => a - b),
            );
        }
    });

    it("a key's records that are out of time are handed back in the order of put(), with one look at the others", async () => {
        const taken: number[] = [];
        const onUndelivered = ({ index }: { readonly index: number }): void => void taken.push(index);
        const options = { ordered: true, deadlineSeconds: 6, callTimeoutSeconds: 1, onUndelivered };
        const { clock, producer } = start(options, { refuse: () => serverError() });
        const looks = countLooks();
        try {
            for (let id = 1; id <= 1_000; id++) await producer.put({ id, key: "hot" });
            await clock.run(clock.sleep(3_000));
            for (let id = 1_001; id <= 2_000; id++) await producer.put({ id, key: `${id}` });
            const { sent, undeliveredCount } = await clock.run(producer.close());
            assert.deepEqual([sent, undeliveredCount], [0, 2_000]);
        } finally {
            looks.end();
        }
        // The thousand behind one another would each be looked for among the thousand others: a million looks.
        assert.ok(looks.count() < 100_000, `${looks.count()} looks`);
        const hot = taken.filter((index) => index <= 1_000);
        assert.deepEqual(
            hot,
            Array.from({ length: 1_000 }, (_, at) => at + 1),
        );
    });

    it("and what follows them in time still goes, in its order", async () => {
        let refuses = true;
        const options = { ordered: true, deadlineSeconds: 6, callTimeoutSeconds: 1 };
        const { clock, stream, producer } = start(options, { refuse: () => (refuses ? serverError() : undefined) });
        for (let id = 1; id <= 3; id++) await producer.put({ id, key: "hot" });
        await clock.run(clock.sleep(5_000));
        for (let id = 4; id <= 6; id++) await producer.put({ id, key: "hot" });
        await clock.run(clock.sleep(3_000));
        refuses = false;
        const { undelivered } = await clock.run(producer.close());
        assert.deepEqual(
            [undelivered.map(({ index }) => index), stream.log.map(({ value }) => value)],
            [
                [1, 2, 3],
                ["4", "5", "6"],
            ],
        );
    });

    it("needs a key", () => {
        assert.throws(() => new Producer({ stream: "orders", ordered: true }), InvalidInputError);
    });
});

function circle(order: object): Order {
    return Object.assign(order, { self: order }) as unknown as Order;
}

/** Counts how often a record that waits is looked at to be taken out. */
function countLooks(): { count(): number; end(): void } {
    const { remove } = Fifo.prototype;
    let looks = 0;
    Fifo.prototype.remove = function <Item>(this: Fifo<Item>, picks: (item: Item) => boolean): Item[] {
        looks += this.length;
        return remove.call(this, picks as (item: unknown) => boolean) as Item[];
    };
    return { count: () => looks, end: () => void (Fifo.prototype.remove = remove) };
}

describe("a signal aborts a producer", () => {
    it("what is not in flight is handed back at once, what is in flight gets its answer", async () => {
        const abort = new AbortController();
        const started = start(
            { signal: abort.signal, callsInFlightMax: 1, shardRateMax: Infinity },
            { faults: { latencyMs: 400 } },
        );
        started.clock.at(started.startMs + 5, () => abort.abort());
        const summary = await sendAll(started, orders(1_400));
        assert.deepEqual([summary.sent, summary.undeliveredCount], [500, 900]);
        assert.deepEqual(new Set(summary.undelivered.map(({ reason }) => reason)), new Set(["aborted"]));
    });

    it("a call that is never answered is given up after two seconds, and says that it may be written", async () => {
        const abort = new AbortController();
        const started = start({ signal: abort.signal }, { faults: { timeout: 1 } });
        started.clock.at(started.startMs + 500, () => abort.abort());
        const summary = await sendAll(started, orders(1));
        assert.deepEqual(
            summary.undelivered.map(({ reason, mayBeWritten }) => ({ reason, mayBeWritten })),
            [{ reason: "aborted", mayBeWritten: true }],
        );
        assert.equal(started.clock.nowMs() - started.startMs, 2_500);
    });

    it("a source that waits is left alone, and told to return", async () => {
        const abort = new AbortController();
        const { producer, clock } = start({ signal: abort.signal });
        let returned = false;
        const source: AsyncIterable<Order> = {
            [Symbol.asyncIterator]: () => ({
                next: () => new Promise(() => undefined),
                return: () => {
                    returned = true;
                    return Promise.resolve({ done: true, value: undefined });
                },
            }),
        };
        clock.at(clock.nowMs() + 10, () => abort.abort());
        const summary = await clock.run(producer.send(source).then(() => producer.close()));
        assert.deepEqual([summary.put, returned], [0, true]);
    });
});

describe("close() while a source is being sent", () => {
    const everyTenMs = (clock: SimulatedClock, seen: { given: number; isReturned: boolean }) =>
        (async function* () {
            try {
                for (const order of orders(100)) {
                    await clock.sleep(10);
                    seen.given += 1;
                    yield order;
                }
            } finally {
                seen.isReturned = true;
            }
        })();

    it("ends it: the source returns, and what it gives all the same is handed back", async () => {
        const handedBack: Undelivered<Order>[] = [];
        const { clock, producer, startMs } = start({ onUndelivered: (record) => handedBack.push(record) });
        const seen = { given: 0, isReturned: false };
        const sending = producer.send(everyTenMs(clock, seen));
        clock.at(startMs + 45, () => void producer.close());
        await clock.run(sending);
        const { sent } = await clock.run(producer.close());
        await clock.run(clock.sleep(10));
        assert.deepEqual([sent, seen], [4, { given: 5, isReturned: true }]);
        assert.deepEqual(handedBack, [
            {
                value: { id: 5, key: "key-4", size: 0 },
                index: 5,
                partitionKey: undefined,
                reason: "stopped",
                message: "record 5: the producer was closed before it was taken",
                attempts: 0,
                mayBeWritten: false,
            },
        ]);
    });

    it("and one that is aborted hands back what comes late, too", async () => {
        const abort = new AbortController();
        const handedBack: string[] = [];
        const onUndelivered = ({ message }: Undelivered<Order>): unknown => handedBack.push(message);
        const { clock, producer, startMs } = start({ signal: abort.signal, onUndelivered });
        const seen = { given: 0, isReturned: false };
        clock.at(startMs + 5, () => abort.abort());
        await clock.run(producer.send(everyTenMs(clock, seen)));
        await clock.run(clock.sleep(10));
        assert.deepEqual([handedBack, seen.isReturned], [["record 1: the producer was aborted"], true]);
    });

    it("is known from the summary where it had been read already", async () => {
        const { clock, producer } = start();
        const source = {
            [Symbol.asyncIterator]: () => ({
                next: () => {
                    const value = { id: 1, key: "a" };
                    queueMicrotask(() => queueMicrotask(() => void producer.close()));
                    return Promise.resolve({ done: false, value });
                },
            }),
        };
        await clock.run(producer.send(source));
        const { put, sent, undelivered } = await clock.run(producer.close());
        assert.deepEqual([put, sent + undelivered.length], [1, 1]);
    });

    it("a source that is sent to a closed producer is not read", async () => {
        const { clock, producer } = start();
        await producer.close();
        const seen = { given: 0, isReturned: false };
        await assert.rejects(producer.send(everyTenMs(clock, seen)), {
            name: "ProducerStoppedError",
            message: "The producer is closed.",
        });
        assert.deepEqual(seen, { given: 0, isReturned: false });
    });
});

describe("a stream that is resharded under a producer", () => {
    it("is noticed by the answers, and the new shards are used in full", async () => {
        const { clock, stream, producer, startMs } = start({ random: () => 0 }, { shards: 1 });
        const seen: (readonly string[])[] = [];
        producer.on("shards", (shards) => seen.push(shards));
        clock.at(startMs + 3_000, () => (stream.ranges = uniformRanges(4, "child-")));
        const source = (async function* () {
            while (clock.nowMs() - startMs < 6_000) {
                yield* orders(500, 10_000);
                await clock.sleep(100);
            }
        })();
        const summary = await clock.run(producer.send(source).then(() => producer.close()));
        assert.deepEqual(
            seen.map((shards) => shards.length),
            [1, 4],
        );
        assert.equal(summary.undeliveredCount, 0);
        const late = stream.log.filter(({ timeMs }) => timeMs - startMs >= 4_500 && timeMs - startMs < 5_500);
        assert.ok(late.length > 3_500, `${late.length} records in a second`);
    });

    const unlisted: readonly (readonly [why: string, refusal: Error, warning: string])[] = [
        [
            "may not list the shards",
            awsError("AccessDeniedException", "not authorized"),
            "The shards cannot be listed (AccessDeniedException: not authorized): their limits are learned from refusals. Allow kinesis:ListShards to send evenly.",
        ],
        [
            "asks while the stream is being created",
            awsError("ResourceInUseException", "orders is CREATING."),
            "The shards cannot be listed (ResourceInUseException: orders is CREATING.): their limits are learned from refusals.",
        ],
    ];
    for (const [why, refusal, warning] of unlisted) {
        it(`and a producer that ${why} says so once and sends all the same`, async () => {
            const warnings: string[] = [];
            const started = start({}, { shards: 2, listShards: () => Promise.reject(refusal) });
            started.producer.on("warning", (message) => warnings.push(message));
            const summary = await sendAll(started, orders(2_500));
            assert.equal(summary.sent, 2_500);
            assert.deepEqual(warnings, [warning]);
        });
    }
});

describe("what a producer tells", () => {
    it("deliver() resolves with the shard and the sequence number, and rejects with the reason", async () => {
        const { clock, producer } = start();
        const { shardId, sequenceNumber, index } = await clock.run(producer.deliver({ id: 1, key: "a" }));
        assert.deepEqual(
            { shardId, sequenceNumber, index },
            { shardId: "shardId-000000000000", sequenceNumber: "1", index: 1 },
        );
        await assert.rejects(producer.deliver({ id: 2, key: "" }), (error) => {
            assert.ok(error instanceof UndeliveredError);
            assert.equal(
                error.message,
                'record 2: the field "key" gives an empty partition key; Kinesis takes 1 to 256 characters.',
            );
            return true;
        });
        await producer.close();
        await assert.rejects(producer.put({ id: 3, key: "c" }), { message: "The producer is closed." });
    });

    it("flush() waits for what was put before it, not for what comes after", async () => {
        const { clock, producer } = start({}, { faults: { latencyMs: 100 } });
        await producer.put({ id: 1, key: "a" });
        const flushed = producer.flush();
        const later = clock.sleep(5).then(() => producer.put({ id: 2, key: "b" }));
        await clock.run(flushed);
        await clock.run(later);
        assert.equal(producer.progress().sent, 1);
        assert.equal((await clock.run(producer.close())).sent, 2);
    });

    it("close() tells the numbers, and the same to each who asks", async () => {
        const started = start();
        const summary = await sendAll(started, orders(10, 10, 100));
        assert.equal(await started.producer.close(), summary);
        const { seconds, recordsPerSecond, ...rest } = summary;
        assert.deepEqual(rest, {
            put: 10,
            sent: 10,
            sentBytes: 1_050,
            buffered: 0,
            bufferedBytes: 0,
            calls: 1,
            callsInFlight: 0,
            callsFailed: 0,
            retries: 0,
            refusals: 0,
            possibleDuplicates: 0,
            undelivered: [],
            undeliveredCount: 0,
            stoppedBy: undefined,
        });
        assert.ok(seconds > 0 && recordsPerSecond > 0);
    });

    it("undelivered records are kept only as far as the buffer reaches", async () => {
        const started = start({ bufferRecordsMax: 3 });
        const summary = await sendAll(
            started,
            orders(10).map((order) => ({ ...order, key: "" })),
        );
        assert.equal(
            summary.stoppedBy?.message,
            "stopped, since 3 undelivered records are kept for close(); pass onUndelivered to take them as they come",
        );
        assert.equal(summary.undeliveredCount, summary.put);
    });

    describe("in bytes, too,", () => {
        const mib = 1 << 20;
        const rows: readonly (readonly [title: string, order: (id: number) => Order])[] = [
            ["of records that are too large", (id) => ({ id, key: "a", size: 2 * mib })],
            ["of those without a key", (id) => ({ id, key: "", text: "x".repeat(2 * mib) }) as Order],
            ["of a circle", (id) => circle({ id, key: "a", text: "x".repeat(2 * mib) })],
            ["of what holds functions", (id) => ({ id, key: "", text: "x".repeat(2 * mib), act: () => id }) as Order],
        ];
        for (const [title, order] of rows) {
            it(title, async () => {
                const data = (value: Order) => (value.size === undefined ? value : "x".repeat(value.size));
                const started = start({ bufferBytesMax: 20 * mib, data });
                const source = Array.from({ length: 40 }, (_, at) => order(at + 1));
                const { put, undeliveredCount, stoppedBy } = await sendAll(started, source);
                assert.deepEqual(
                    [put, undeliveredCount, stoppedBy?.message],
                    [
                        10,
                        10,
                        "stopped, since 10 undelivered records are kept for close(); pass onUndelivered to take them as they come",
                    ],
                );
            });
        }
    });

    it("or handed over one by one", async () => {
        const taken: number[] = [];
        const started = start({ bufferRecordsMax: 3, onUndelivered: ({ index }) => taken.push(index) });
        const summary = await sendAll(
            started,
            orders(5).map((order) => ({ ...order, key: "" })),
        );
        assert.deepEqual([taken, summary.undelivered, summary.undeliveredCount], [[1, 2, 3, 4, 5], [], 5]);
    });

    it("produce() sends a source and closes; a source that fails fails it, after what it gave was delivered", async () => {
        const clock = new SimulatedClock();
        const stream = new SimulatedStream({ clock, random: seeded(1), shards: 1 });
        const options = { stream: "orders", key: "key", clock, transport: stream };
        assert.equal((await clock.run(produce(orders(3), options))).sent, 3);
        const failing = (function* () {
            yield* orders(2);
            throw new Error("the file ends in the middle");
        })();
        await assert.rejects(clock.run(produce(failing, options)), { message: "the file ends in the middle" });
        assert.equal(stream.log.length, 5);
    });
});
