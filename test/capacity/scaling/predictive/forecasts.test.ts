/** What was forecast for the minutes of the last days, and the loads that such errors bring. */
import assert from "node:assert/strict";
import { loadBins, loadOfBin, medianLog } from "../../../../capacity/scaling/predictive/bins";
import { Courses } from "../../../../capacity/scaling/predictive/courses";
import { ForecastErrors, forecastPast } from "../../../../capacity/scaling/predictive/forecasts";
import { LoadMinutes } from "../../../../capacity/scaling/predictive/minutes";
import { daily, sample } from "./history";

const peakShards = 8;
const day = 1_440;

function minutesOf(count: number, loadOf: (minute: number) => number): LoadMinutes {
    const minutes = new LoadMinutes(peakShards);
    minutes.extend(
        Array.from({ length: count }, (_, minute) => sample(minute, loadOf(minute))),
        peakShards,
    );
    return minutes;
}

function forecastOf(count: number, loadOf: (minute: number) => number): LoadMinutes {
    const minutes = minutesOf(count, loadOf);
    forecastPast(minutes, peakShards);
    return minutes;
}

/** Indexes of the minutes that were forecast, from the first to the last. */
function forecastRange({ logForecast, count }: LoadMinutes): [first: number, last: number, missing: number] {
    const known = Array.from({ length: count }, (_, at) => at).filter((at) => !Number.isNaN(logForecast[at]!));
    return [known[0]!, known.at(-1)!, known.at(-1)! - known[0]! + 1 - known.length];
}

/** Probabilities by the load in shards, those below a thousandth left out. */
function likely(probability: Float64Array): [shards: string, share: number][] {
    return Array.from(probability, (share, bin): [string, number] => [
        loadOfBin(bin, peakShards).toFixed(1),
        Number(share.toFixed(3)),
    ]).filter(([, share]) => share >= 0.001);
}

/** The part of the loads that is above six shards. */
function highPart(probability: Float64Array): string {
    const sum = (from: number) =>
        probability.reduce((all, weight, bin) => (loadOfBin(bin, peakShards) > from ? all + weight : all), 0);
    return (sum(6) / sum(0)).toFixed(3);
}

/** A steady load, and every so many minutes, two minutes later, four minutes of the declared peak. */
function spikes(everyMinutes: number): (minute: number) => number {
    return (minute) => (minute % everyMinutes >= 2 && minute % everyMinutes < 6 ? peakShards : 2);
}

describe("the minutes of the past are forecast", () => {
    it("from a quarter of a day on, up to those that CloudWatch may still correct", () => {
        assert.deepEqual(forecastRange(forecastOf(3 * day, daily)), [362, 4_291, 0]);
    });

    it("not at all where less is known", () => {
        assert.ok(
            forecastOf(6 * 60, daily)
                .logForecast.subarray(0, 6 * 60)
                .every(Number.isNaN),
        );
    });

    it("as they came where each day is like the last, and within a fifth where the load moves fast", () => {
        const { logForecast, logMinute, count } = forecastOf(5 * day, daily);
        for (let at = 3 * day; at < count - 60; at++) {
            const hour = Math.floor((at % day) / 60);
            const most = hour === 7 || hour === 18 ? 0.2 : 0.02;
            assert.ok(Math.abs(logForecast[at]! - logMinute[at]!) < most, String(at));
        }
    });

    it("from nothing that came later", () => {
        const step = (minute: number) => (minute < 3 * day + 5 ? 2 : 6);
        const { logForecast } = forecastOf(4 * day, step);
        const shardsAt = (minute: number) => Math.exp(logForecast[minute]!).toFixed(1);
        // A forecast of every half hour for the next one: that of minute 0 holds until minute 31.
        assert.deepEqual(
            [4, 5, 31].map((minute) => shardsAt(3 * day + minute)),
            ["2.0", "2.0", "2.0"],
        );
        assert.equal(shardsAt(3 * day + 4 * 60), "6.0");
    });

    it("once: the same in one look as in many", () => {
        const once = forecastOf(3 * day, spikes(180));
        const often = new LoadMinutes(peakShards);
        const samples = Array.from({ length: 3 * day }, (_, minute) => sample(minute, spikes(180)(minute)));
        for (let until = 100; until <= samples.length; until += 7) {
            often.extend(samples.slice(0, until), peakShards);
            forecastPast(often, peakShards);
        }
        often.extend(samples, peakShards);
        forecastPast(often, peakShards);
        assert.deepEqual(often.logForecast.subarray(0, often.count), once.logForecast.subarray(0, once.count));
    });

    it("again where the history is another one", () => {
        const minutes = forecastOf(2 * day, daily);
        minutes.extend(
            Array.from({ length: 4 * day }, (_, minute) => sample(minute - 2 * day, daily(minute))),
            peakShards,
        );
        forecastPast(minutes, peakShards);
        assert.deepEqual(forecastRange(minutes), [362, 4 * day - 29, 0]);
    });
});

describe("the errors of forecasts", () => {
    it("of days that are alike bring what is forecast", () => {
        const errors = new ForecastErrors(
            forecastOf(5 * day, () => 2),
            peakShards,
        );
        assert.deepEqual(likely(errors.anyTime(Math.log(2))), [["2.0", 1]]);
        assert.deepEqual(likely(errors.anyTime(Math.log(2.5))), [["2.5", 1]]);
    });

    it("bring spikes that were not seen as often as they came", () => {
        const errors = new ForecastErrors(forecastOf(14 * day, spikes(131)), peakShards);
        assert.equal(highPart(errors.anyTime(Math.log(2))), "0.027");
    });

    it("bring them in the minutes of the hour in which they came, where they came at some hours only", () => {
        const minutes = forecastOf(14 * day, spikes(7 * 60));
        const errors = new ForecastErrors(minutes, peakShards);
        const parts = [2, 62, 20].map((later) => errors.inSameMinutes(Math.log(2), minutes.count + later, 3));
        assert.deepEqual(parts.map(highPart), ["0.149", "0.149", "0.000"]);
    });

    it("are those of other loads where none was like it", () => {
        const errors = new ForecastErrors(
            forecastOf(5 * day, () => 2),
            peakShards,
        );
        assert.deepEqual(likely(errors.anyTime(Math.log(7))), [["7.0", 1]]);
        assert.ok(errors.inSameMinutes(Math.log(7), 5 * day, 3).every((weight) => weight === 0));
    });
});

describe("the courses of the scenarios", () => {
    it("are a distribution at any time of the next day", () => {
        const courses = new Courses(minutesOf(5 * day, daily), peakShards, 1);
        for (const probability of [
            courses.near({ fromMinute: 0, minutes: 3 }),
            courses.near({ fromMinute: 87, minutes: 3 }),
            courses.far({ fromMinute: 90, minutes: 60 }),
            courses.far({ fromMinute: 22 * 60, minutes: 60 }),
        ]) {
            assert.equal(probability.length, loadBins);
            assert.ok(Math.abs(probability.reduce((sum, share) => sum + share, 0) - 1) < 1e-9);
        }
    });

    it("are the load of now where there are none", () => {
        const courses = new Courses(
            minutesOf(5 * day, () => 3),
            peakShards,
            1,
            undefined,
            [],
        );
        assert.deepEqual(likely(courses.near({ fromMinute: 0, minutes: 3 })), [["3.0", 1]]);
        assert.deepEqual(likely(courses.far({ fromMinute: 90, minutes: 60 })), [["3.0", 1]]);
    });

    it("have a median that half of them exceed", () => {
        const probability = new Float64Array(loadBins);
        probability.set([0.2, 0.2, 0.3, 0.3], 100);
        assert.equal(Math.exp(medianLog(probability, peakShards)).toFixed(3), loadOfBin(102, peakShards).toFixed(3));
    });
});
