/**
 * The proof of no loss: random faults, random options, random moments to abort; every record is delivered or handed back, exactly once.
 */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { Producer } from "../../producer/producer";
import { type Delivery } from "../../producer/events";
import { awsError, type Faults, seeded, SimulatedClock, SimulatedStream, uniformRanges } from "./simulation";

export interface Scenario {
    readonly seed: number;
    readonly records: number;
    readonly keys: number;
    readonly dataBytesMax: number;
    readonly shards: number;
    readonly faults: Faults;
    readonly ordered: boolean;
    readonly bufferRecordsMax: number;
    readonly batchRecordsMax: number;
    readonly callsInFlightMax: number;
    readonly deadlineSeconds: number;
    readonly abortAfterMs: number | undefined;
    readonly reshardAfterMs: number | undefined;
    readonly listFails: boolean;
    /** Sources that are sent side by side. */
    readonly sources: number;
    /** All calls are refused for expired credentials meanwhile. */
    readonly outage: { readonly fromMs: number; readonly lastsMs: number } | undefined;
}

const share = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.3, noNaN: true }));

const scenarios: fc.Arbitrary<Scenario> = fc.record({
    seed: fc.integer(),
    records: fc.integer({ min: 1, max: 600 }),
    keys: fc.constantFrom(1, 3, 50, 100_000),
    dataBytesMax: fc.constantFrom(0, 100, 20_000),
    shards: fc.integer({ min: 1, max: 6 }),
    faults: fc.record({
        serverError: share,
        resetAfterWrite: share,
        timeout: share,
        partialFailure: share,
        latencyMs: fc.constantFrom(1, 50, 2_000),
    }),
    ordered: fc.boolean(),
    bufferRecordsMax: fc.constantFrom(1, 10, 150, 50_000),
    batchRecordsMax: fc.constantFrom(1, 7, 500),
    callsInFlightMax: fc.constantFrom(1, 3, 10),
    deadlineSeconds: fc.constantFrom(0.2, 5, 120, Infinity),
    abortAfterMs: fc.option(fc.integer({ min: 0, max: 5_000 }), { nil: undefined, freq: 4 }),
    reshardAfterMs: fc.option(fc.integer({ min: 0, max: 3_000 }), { nil: undefined, freq: 2 }),
    listFails: fc.boolean(),
    sources: fc.constantFrom(1, 1, 3),
    outage: fc.option(
        fc.record({ fromMs: fc.integer({ min: 0, max: 2_000 }), lastsMs: fc.constantFrom(10, 1_000, 20_000, 60_000) }),
        { nil: undefined, freq: 1 },
    ),
});

/** Checks the law for so many random scenarios. */
export async function proveNoLoss(runs: number): Promise<void> {
    await fc.assert(fc.asyncProperty(scenarios, playScenario), { numRuns: runs });
}

/** Plays one scenario and holds it to the law. @throws AssertionError */
export async function playScenario(scenario: Scenario): Promise<void> {
    const random = seeded(scenario.seed);
    const clock = new SimulatedClock();
    const startMs = clock.nowMs();
    const { fromMs, lastsMs } = scenario.outage ?? { fromMs: Infinity, lastsMs: 0 };
    const isExpired = (): boolean => {
        const ms = clock.nowMs() - startMs;
        return ms >= fromMs && ms < fromMs + lastsMs;
    };
    const stream = new SimulatedStream({
        refuse: () => (isExpired() ? awsError("ExpiredTokenException", "expired") : undefined),
        clock,
        random,
        shards: scenario.shards,
        faults: scenario.faults,
        ...(scenario.listFails ? { listShards: () => Promise.reject(new Error("not allowed")) } : {}),
    });
    const abort = new AbortController();
    if (scenario.abortAfterMs !== undefined) clock.at(clock.nowMs() + scenario.abortAfterMs, () => abort.abort());
    if (scenario.reshardAfterMs !== undefined) {
        clock.at(
            clock.nowMs() + scenario.reshardAfterMs,
            () => (stream.ranges = uniformRanges(scenario.shards * 2, "child-")),
        );
    }
    const producer = new Producer<{ id: number; key: string; padding: string }>({
        stream: "orders",
        key: "key",
        data: ({ id, padding }) => `${id} ${padding}`,
        ordered: scenario.ordered,
        bufferRecordsMax: scenario.bufferRecordsMax,
        batchRecordsMax: scenario.batchRecordsMax,
        callsInFlightMax: scenario.callsInFlightMax,
        deadlineSeconds: scenario.deadlineSeconds,
        signal: abort.signal,
        clock,
        random,
        transport: stream,
    });
    const delivered: Delivery<{ id: number; key: string }>[] = [];
    producer.on("delivered", (deliveries) => delivered.push(...deliveries));
    let bufferedMost = 0;
    let id = 0;
    const source = function* () {
        while (id < scenario.records) {
            id += 1;
            bufferedMost = Math.max(bufferedMost, producer.progress().buffered);
            const padding = "x".repeat(Math.floor(random() * scenario.dataBytesMax));
            yield { id, key: `key-${Math.floor(random() * scenario.keys)}`, padding };
        }
    };
    const sent = Promise.all(Array.from({ length: scenario.sources }, () => producer.send(source())));
    const summary = await clock.run(sent.then(() => producer.close()));

    const written = new Map<number, number>();
    for (const { value } of stream.log) {
        const id = Number(value.split(" ")[0]);
        written.set(id, (written.get(id) ?? 0) + 1);
    }
    const unanswered = new Map<number, number>();
    for (const [value, times] of stream.unanswered) unanswered.set(Number(value.split(" ")[0]), times);

    // Every record that was taken has exactly one fate.
    const fates = [...delivered.map(({ index }) => index), ...summary.undelivered.map(({ index }) => index)];
    assert.deepEqual(
        fates.sort((a, b) => a - b),
        Array.from({ length: summary.put }, (_, at) => at + 1),
    );
    if (scenario.abortAfterMs === undefined && summary.stoppedBy === undefined)
        assert.equal(summary.put, scenario.records);
    assert.equal(summary.sent, delivered.length);
    assert.equal(summary.undeliveredCount, summary.undelivered.length);
    // What was acknowledged is in the stream; what was handed back is not, unless it says that it may be.
    for (const { value } of delivered)
        assert.ok(written.has(value.id), `record ${value.id} was acknowledged and is missing`);
    for (const { value, mayBeWritten } of summary.undelivered)
        if (!mayBeWritten) assert.ok(!written.has(value.id), `record ${value.id} was handed back and is written`);
    // Only an attempt without an answer can write a record twice.
    for (const [id, times] of written)
        assert.ok(times <= 1 + (unanswered.get(id) ?? 0), `record ${id} is there ${times} times`);
    // Memory and calls are bounded.
    assert.ok(bufferedMost <= scenario.bufferRecordsMax);
    assert.ok(stream.inFlightMost <= scenario.callsInFlightMax);
    for (const call of stream.calls) assert.ok(call.records >= 1 && call.records <= scenario.batchRecordsMax);
    if (scenario.ordered) checkOrder(stream, new Set(delivered.map(({ value }) => value.id)));
}

/** Delivered records of a key appear for the first time in the order in which they were put. */
function checkOrder(stream: SimulatedStream, delivered: ReadonlySet<number>): void {
    const last = new Map<string, number>();
    const seen = new Set<number>();
    for (const { key, value } of stream.log) {
        const id = Number(value.split(" ")[0]);
        if (seen.has(id) || !delivered.has(id)) continue;
        seen.add(id);
        assert.ok(id > (last.get(key) ?? 0), `record ${id} of ${key} came after ${last.get(key)}`);
        last.set(key, id);
    }
}
