/** How few records stand for a day, and what each counts for. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { limits } from "../../capacity/limits";
import { loadOf } from "../../demo/load";
import { type ShapeName, shapedDay } from "../../demo/shapes";
import { loadAt } from "../../demo/trace";

describe("the load of a stream", () => {
    it("is what its requirements declare, in records of the declared average size", () => {
        const { sentBytes, ...load } = loadOf({ writeMiBPerSecond: 3.5, recordsPerSecond: 2_500 }, 5, 1, 1);
        assert.deepEqual(load, {
            peakRecordsPerSecond: 2_500,
            recordBytes: 1_468.0064,
            recordsPerSecondPerShard: 714.285_714_285_714_3,
            // A full shard of 714 records a second gets 20 in half a minute.
            recordsPerSent: 1_071,
            sentPerStep: 70,
        });
        assert.equal(sentBytes, 999);
    });

    it("is what its shards take with the usual headroom, in records of 1 KiB, where nothing is declared", () => {
        const { peakRecordsPerSecond, recordBytes } = loadOf(undefined, 3, 1, 1);
        assert.deepEqual([peakRecordsPerSecond, recordBytes], [2_500, 1_024]);
    });

    it("grows with the peak that is asked for", () => {
        assert.equal(loadOf({ writeMiBPerSecond: 1, recordsPerSecond: 100 }, 1, 2.4, 1).peakRecordsPerSecond, 240);
    });

    it("of a small stream is sent as it is", () => {
        const { recordsPerSent, sentBytes } = loadOf({ writeMiBPerSecond: 0.0001, recordsPerSecond: 0.05 }, 1, 1, 1);
        assert.deepEqual([recordsPerSent, sentBytes], [1, 1_500]);
    });

    it("never fills the sandbox, and never means a day of minutes", () => {
        const rate = fc.double({ min: 0.01, max: 100_000, noNaN: true });
        const streams = fc.integer({ min: 1, max: 50 });
        fc.assert(
            fc.property(rate, rate, streams, (writeMiBPerSecond, recordsPerSecond, count) => {
                const load = loadOf({ writeMiBPerSecond, recordsPerSecond }, 10, 1, count);
                const steps = 2_880;
                const sent = count * steps * load.sentPerStep;
                assert.ok(sent <= 2 * 800_000 + count * steps || load.recordsPerSent === 1, `${sent} records`);
                const atPeak = (load.sentPerStep * load.recordsPerSent) / 30;
                const part = atPeak / load.peakRecordsPerSecond;
                assert.ok(part > 0.98 && part < 1 + 1e-9, `${part} of the peak`);
                assert.ok(load.sentBytes === 100 || sent * load.sentBytes <= 200 * limits.bytesPerMiB);
            }),
        );
    });
});

describe("a day by name", () => {
    for (const [name, hours] of Object.entries({
        daily: { 4: 0.17, 12: 0.7, 20: 1 },
        bursts: { 0.5: 0.33, 1: 1, 1.1: 1, 1.2: 0.33, 3.1: 1 },
        flat: { 0: 1, 13: 1, 23.5: 1 },
        launch: { 9.9: 0.05, 10: 1, 13: 0.49, 23: 0.21 },
    } satisfies Record<ShapeName, Record<number, number>>)) {
        it(`${name} goes as it says, up to the peak`, () => {
            const day = shapedDay(name as ShapeName);
            const at = (hour: number) => Math.round(100 * loadAt(day, day.startMs + hour * 3_600_000)) / 100;
            assert.deepEqual(Object.fromEntries(Object.keys(hours).map((hour) => [hour, at(Number(hour))])), hours);
            const most = Math.max(...day.points.map(({ load }) => load));
            assert.ok(most > 0.99 && most <= 1, `${most}`);
            assert.equal(day.endMs - day.startMs, 24 * 3_600_000);
        });
    }
});
