/** The load by the minute, as it is extended from one look to the next. */
import assert from "node:assert/strict";
import { LoadMinutes } from "../../../../capacity/scaling/predictive/minutes";
import { type MinuteSample } from "../../../../capacity/scaling/observation";
import { daily, minuteMs, sample, startMs } from "./history";

const peakShards = 8;
const firstMinute = startMs / minuteMs;

function heard(samples: readonly MinuteSample[], open = 4): LoadMinutes {
    const minutes = new LoadMinutes(peakShards);
    minutes.extend(samples, open);
    return minutes;
}

function loadsOf(minutes: LoadMinutes): number[] {
    return Array.from(minutes.load.subarray(0, minutes.count), (load) => Number(load.toFixed(6)));
}

function run(from: number, until: number, loadOf: (minute: number) => number = () => 2): MinuteSample[] {
    return Array.from({ length: until - from }, (_, index) => sample(from + index, loadOf(from + index)));
}

describe("the load by the minute", () => {
    it("is nothing where no datapoint is", () => {
        const minutes = heard([sample(0, 2), sample(1, 3), sample(4, 1)]);
        assert.deepEqual(loadsOf(minutes), [2, 3, 0, 0, 1]);
        assert.deepEqual([minutes.first, minutes.newest, minutes.count], [firstMinute, firstMinute + 4, 5]);
        assert.deepEqual(minutes.recent(3), [1, 0]);
        assert.deepEqual(minutes.recent(100), [6, 0]);
        assert.equal(minutes.mean(4, 2), 0.5);
        assert.equal(minutes.mean(1, 15), 2.5);
    });

    it("without any sample is unknown", () => {
        assert.equal(heard([]).count, 0);
    });

    it("is corrected for fifteen minutes, and then stays", () => {
        const minutes = heard(run(0, 60));
        minutes.extend(
            run(0, 61, () => 3),
            4,
        );
        assert.deepEqual(loadsOf(minutes), [...new Array<number>(45).fill(2), ...new Array<number>(16).fill(3)]);
        assert.ok(Math.abs(minutes.recent(61)[0] - (45 * 2 + 16 * 3)) < 1e-9);
    });

    it("a gap that is filled late counts", () => {
        const minutes = heard([...run(0, 50), sample(58, 2)]);
        minutes.extend(run(0, 60), 4);
        assert.deepEqual(loadsOf(minutes), new Array<number>(60).fill(2));
    });

    it("of hours in which the process was frozen is read at once", () => {
        const minutes = heard(run(0, 60));
        minutes.extend(run(0, 6 * 60, daily), 4);
        minutes.extend(run(0, 9 * 60, daily), 4);
        assert.deepEqual(
            loadsOf(minutes),
            run(0, 9 * 60).map((_, minute) => Number(daily(minute).toFixed(6))),
        );
    });

    it("an answer without the newest minutes takes nothing else away", () => {
        const minutes = heard(run(0, 3_000, daily));
        minutes.extend(run(0, 2_999, daily), 4);
        assert.deepEqual([minutes.first - firstMinute, minutes.count], [0, 2_999]);
        assert.equal(minutes.recent(2_999)[0], heard(run(0, 2_999, daily)).recent(2_999)[0]);
    });

    it("days that a first answer did not have are heard of later", () => {
        const minutes = heard(run(2_700, 3_000, daily));
        minutes.extend(run(0, 3_001, daily), 4);
        assert.deepEqual([minutes.first - firstMinute, minutes.count], [0, 3_001]);
        minutes.extend(run(2_900, 3_010, daily), 4);
        assert.deepEqual([minutes.first - firstMinute, minutes.count], [0, 3_010]);
    });

    it("begins anew after more than was asked for, and where time went back", () => {
        const minutes = heard(run(0, 60));
        minutes.extend(run(16 * 1_440, 16 * 1_440 + 60), 4);
        assert.deepEqual([minutes.first - firstMinute, minutes.count], [16 * 1_440, 60]);
        minutes.extend(run(100, 130), 4);
        assert.deepEqual([minutes.first - firstMinute, minutes.count], [100, 30]);
    });

    it("of more than fourteen days is not looked at", () => {
        assert.equal(heard(run(0, 15 * 1_440)).count, 14 * 1_440);
    });

    it("is trimmed to fourteen days after sixteen, and nothing shows", () => {
        const loadOf = (minute: number) => 1 + (minute % 7);
        const all = run(0, 16 * 1_440 + 2, loadOf);
        const minutes = new LoadMinutes(peakShards);
        for (const until of [10, 14, 15, 16]) minutes.extend(all.slice((until - 14) * 1_440, until * 1_440), 4);
        assert.equal(minutes.count, 16 * 1_440);
        for (const more of [1, 2]) {
            const until = 16 * 1_440 + more;
            const known = all.slice(until - 14 * 1_440, until);
            minutes.extend(known, 4);
            assert.equal(minutes.count, 14 * 1_440 + more - 1);
            const fresh = heard(known);
            assert.equal(minutes.newest, fresh.newest);
            assert.ok(Math.abs(minutes.recent(14 * 1_440)[0] - fresh.recent(14 * 1_440)[0]) < 1e-6);
            assert.equal(minutes.logQuarter[minutes.count - 1], fresh.logQuarter[fresh.count - 1]);
        }
    });
});

describe("records that were refused", () => {
    const storm = (refused: readonly number[], accepted = 4): LoadMinutes =>
        heard(refused.map((load, minute) => sample(minute, accepted, load, 4)));

    it("are load, as much as the first two minutes say", () => {
        assert.deepEqual(loadsOf(storm([0, 1, 2])), [4, 5, 6]);
    });

    it("a retry storm is the same records again: it doubles the load, then grows by a half a minute, to what anybody may ask for", () => {
        assert.deepEqual(loadsOf(storm([0.5, 0.5, 50, 50, 50], 1)), [1.5, 1.5, 2, 2.5, 3.25]);
        assert.deepEqual(loadsOf(storm([0.5, 0.5, 50])), [4.5, 4.5, 8]);
    });

    it("one that ends begins anew", () => {
        assert.deepEqual(loadsOf(storm([1, 1, 50, 0, 1], 2)), [3, 3, 4, 2, 3]);
    });

    it("a crowd that comes while a handful of records is refused is seen in its first minute", () => {
        assert.deepEqual(loadsOf(storm([0.001, 0.001, 0.001, 0.001, 5], 2)), [2.001, 2.001, 2.001, 2.001, 4]);
    });

    it("never ask for more than the declared peak, or twice what was open", () => {
        assert.deepEqual(loadsOf(storm([100])), [8]);
        assert.deepEqual(loadsOf(heard([sample(0, 6, 100, 6)])), [12]);
        assert.deepEqual(loadsOf(heard([sample(0, 6, 100)], 7)), [14]);
    });

    it("are summed up beside the load", () => {
        const minutes = storm([1, 1, 0, 0]);
        assert.deepEqual(minutes.recent(4), [18, 2]);
        assert.deepEqual(minutes.recent(2), [8, 0]);
    });
});
