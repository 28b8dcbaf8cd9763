/** What days of load are turned into: demand, peaks with their minutes, percentiles, scatter, gaps; and what is declared for them. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { requirementsFor, requirementsOf } from "../../../capacity/advice/declare";
import { headroomFor, measure, type Measured } from "../../../capacity/advice/measure";
import { demandOf, type LoadSeries, secondsOf, seriesOf } from "../../../capacity/advice/series";
import { planCapacity } from "../../../capacity/sizing/plan";

const mib = 1_048_576;
const startMs = Date.UTC(2026, 10, 2);
const minuteMs = 60_000;

/** Minutes of so many records a second, of 1 KiB each. */
function minutesOf(records: readonly number[], refused: readonly number[] = [], periodSeconds = 60): LoadSeries {
    return {
        startMs,
        periodSeconds,
        bytesPerSecond: Float64Array.from(records, (value) => value * 1_024),
        recordsPerSecond: Float64Array.from(records),
        refusedPerSecond: Float64Array.from(records, (value, at) => (Number.isNaN(value) ? NaN : (refused[at] ?? 0))),
    };
}

describe("the demand of a minute", () => {
    const rows: readonly [title: string, accepted: number, refused: number, records: number, shards: number][] = [
        ["is what was accepted", 512, 0, 512, 0.512],
        ["and what was refused, once", 1_000, 250, 1_250, 1.25],
        ["but no more of that than was accepted: retries come again and again", 1_000, 40_000, 2_000, 2],
        ["or all of it where nothing was accepted", 0, 300, 300, 0.3],
    ];
    for (const [title, accepted, refused, records, shards] of rows) {
        it(title, () => {
            const demand = demandOf(minutesOf([accepted], [refused]));
            assert.deepEqual([demand.recordsPerSecond[0], demand.shards[0]], [records, shards]);
        });
    }

    it("is in shards whichever of bytes and records is scarcer, refused records as large as the others", () => {
        const series = { ...minutesOf([100], [50]), bytesPerSecond: [2 * mib] };
        const demand = demandOf(series);
        assert.deepEqual([demand.bytesPerSecond[0], demand.shards[0]], [3 * mib, 3]);
    });
});

it("CloudWatch's sums become means; a period without a datapoint, and one outside, is none", () => {
    const sum = (minute: number) => ({
        startMs: startMs + minute * minuteMs,
        acceptedBytes: 61_440,
        acceptedRecords: 60,
        refusedRecords: 6,
    });
    const span = { fromMs: startMs, untilMs: startMs + 3 * minuteMs, periodSeconds: 60 };
    assert.deepEqual(seriesOf([sum(-1), sum(0), sum(2), sum(3)], span), {
        startMs,
        periodSeconds: 60,
        bytesPerSecond: Float64Array.of(1_024, NaN, 1_024),
        recordsPerSecond: Float64Array.of(1, NaN, 1),
        refusedPerSecond: Float64Array.of(0.1, NaN, 0.1),
    });
});

describe("the seconds of a minute that nobody measured", () => {
    it("scatter by .06 x root of (load x peak) around its mean, the same on every run", () => {
        const seconds = secondsOf(new Float64Array(400).fill(4), 60, 16);
        const mean = seconds.reduce((sum, value) => sum + value, 0) / seconds.length;
        const variance = seconds.reduce((sum, value) => sum + (value - mean) ** 2, 0) / seconds.length;
        assert.ok(Math.abs(mean - 4) < 0.01, String(mean));
        assert.ok(Math.abs(Math.sqrt(variance) - 0.48) < 0.01, String(Math.sqrt(variance)));
        assert.deepEqual(secondsOf(new Float64Array(400).fill(4), 60, 16), seconds);
    });

    it("are as they are where they were, and nothing where nothing is known", () => {
        assert.deepEqual(secondsOf([1, 2], 1, 16), Float64Array.of(1, 2));
        assert.deepEqual(secondsOf([NaN, 0], 2, 16), new Float64Array(4));
    });
});

describe("what is measured of days", () => {
    const measured = (records: readonly number[], refused?: readonly number[]) =>
        measure(minutesOf(records, refused)) as Measured;

    it("the peak with its minute, percentiles, the mean over the whole time, the average record", () => {
        const hundred = Array.from({ length: 100 }, (_, at) => (at * 37) % 100) as number[];
        const { recordsPerSecond, averageRecordKiB, fromMs, untilMs } = measured([...hundred, NaN]);
        assert.deepEqual(recordsPerSecond, {
            peak: { value: 99, atMs: startMs + 27 * minuteMs, periodSeconds: 60 },
            mean: 4_950 / 101,
            percentiles: { "50": 49, "95": 94, "99": 98, "99.9": 99 },
        });
        assert.deepEqual([averageRecordKiB, fromMs, untilMs], [1, startMs, startMs + 101 * minuteMs]);
    });

    it("an older peak of five minutes, if it is higher and older", () => {
        const older = (before: number, value: number) => ({
            ...minutesOf([1, value, 1], [], 300),
            startMs: startMs - before * 300_000,
        });
        const peakWith = (series: LoadSeries) => measure(minutesOf([10, 20, 10]), series)!.recordsPerSecond.peak;
        assert.deepEqual(peakWith(older(4, 21)), { value: 21, atMs: startMs - 900_000, periodSeconds: 300 });
        assert.equal(peakWith(older(4, 19)).value, 20);
        assert.equal(peakWith(older(0, 21)).value, 20);
    });

    it("refused attempts, and the minutes in which", () => {
        const { refusedRecords, refusingPeriods } = measured([10, 10, 10], [0, 1, 2.5]);
        assert.deepEqual([refusedRecords, refusingPeriods], [210, 2]);
    });

    it("gaps of an hour and more, between datapoints", () => {
        const none = (minutes: number) => new Array<number>(minutes).fill(NaN);
        const { gaps } = measured([...none(70), 5, ...none(59), 5, ...none(60), 5, ...none(99)]);
        const fromMs = startMs + (70 + 1 + 59 + 1) * minuteMs;
        assert.deepEqual(gaps, [{ fromMs, untilMs: fromMs + 60 * minuteMs }]);
    });

    it("the scatter, to which a rise adds nothing", () => {
        assert.equal(measured(Array.from({ length: 50 }, (_, at) => 100 + at)).scatter.toFixed(6), "0.000000");
        const saw = Array.from({ length: 50 }, (_, at) => 100 + (at % 2));
        assert.equal(measured(saw).scatter.toFixed(4), "0.0120");
        assert.equal(measured(saw).takenScatter, 0.06);
    });

    describe("the scatter, where there are seconds", () => {
        const shards = Float64Array.from({ length: 600 }, (_, second) => 10 + (second % 2));
        const scatterAt = (sigma: number | undefined) => {
            const { scatter, takenScatter } = measure(minutesOf([10, 10, 10]), undefined, { shards, sigma })!;
            return [scatter.toFixed(3), takenScatter];
        };
        it("of those that were measured", () => assert.deepEqual(scatterAt(undefined), ["0.115", undefined]));
        it("and of the minutes where the seconds were made up", () => assert.deepEqual(scatterAt(0.1), ["0.000", 0.1]));
    });

    it("nothing where nothing was written", () => {
        assert.equal(measure(minutesOf([])), undefined);
        assert.equal(measure(minutesOf([0, NaN])), undefined);
    });
});

it("headroom covers three standard deviations, at least those that seconds are taken to have", () => {
    const rows: readonly [scatter: number, takenScatter: number | undefined, headroom: number][] = [
        [0, 0.06, 0.2],
        [0.0666, 0.06, 0.2],
        [0.067, 0.06, 0.25],
        [0.4, 0.06, 0.5],
        [0, 0.1, 0.3],
        [0, undefined, 0.05],
        [0.05, undefined, 0.15],
        [0.0501, undefined, 0.2],
    ];
    for (const [scatter, takenScatter, headroom] of rows) {
        const measured = { scatter, ...(takenScatter !== undefined && { takenScatter }) };
        assert.equal(headroomFor(measured), headroom);
    }
});

describe("what is declared", () => {
    const measured = measure(minutesOf([100, 100, 100, 1_234.5, NaN]))!;

    it("peaks to three digits and never below, readers by what they read", () => {
        const declared = { writeMiBPerSecond: 1.21, recordsPerSecond: 1_240, headroom: 0.2 };
        assert.deepEqual(requirementsOf(measured, {}), declared);
        assert.deepEqual(requirementsOf(measured, {}, 0.5), { ...declared, headroom: 0.5 });
        const rows: readonly [readOverWritten: number, sharedConsumers: number][] = [
            [0.04, 0],
            [0.05, 1],
            [1.49, 1],
            [2.6, 3],
        ];
        for (const [readOverWritten, sharedConsumers] of rows) {
            assert.deepEqual(requirementsOf(measured, { readOverWritten, fanOutConsumers: ["a", "b"] }), {
                ...declared,
                sharedConsumers,
                fanOutConsumers: 2,
            });
        }
    });

    it("records of more than 1 MiB, as far as a stream takes them", () => {
        const recordsOf = (mib: number) => measure({ ...minutesOf([2]), bytesPerSecond: [2 * mib * 1_048_576] })!;
        const largest = (mib: number) => requirementsOf(recordsOf(mib), {}).maxRecordKiB;
        assert.deepEqual([1, 1.5, 20].map(largest), [undefined, 1_536, 10_240]);
    });

    it("is what a plan makes the advised shards of, whatever they are, up to a hundred", () => {
        fc.assert(
            fc.property(
                fc.double({ min: 0.1, max: 80, noNaN: true }),
                fc.double({ min: 10, max: 80_000, noNaN: true }),
                fc.integer({ min: 1, max: 100 }),
                (writeMiBPerSecond, recordsPerSecond, shards) => {
                    const declared = requirementsFor(shards, { writeMiBPerSecond, recordsPerSecond });
                    // Headroom has an end.
                    if (declared.headroom === 10) return;
                    assert.equal(planCapacity(declared).recommendedShards, shards, JSON.stringify(declared));
                },
            ),
            { numRuns: 300 },
        );
    });
});
