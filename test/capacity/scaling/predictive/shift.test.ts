/** A level that has shifted: since when, how long others stayed, and what a plan expects of it. */
import assert from "node:assert/strict";
import { LoadMinutes } from "../../../../capacity/scaling/predictive/minutes";
import { loadOfBin } from "../../../../capacity/scaling/predictive/bins";
import { Courses } from "../../../../capacity/scaling/predictive/courses";
import { outlookOf } from "../../../../capacity/scaling/predictive/outlook";
import { leftOfShift, shiftOf } from "../../../../capacity/scaling/predictive/shift";
import { sample } from "./history";

const peakShards = 10;

function minutesOf(count: number, load: (minute: number) => number): LoadMinutes {
    const minutes = new LoadMinutes(peakShards);
    minutes.extend(
        Array.from({ length: count }, (_, minute) => sample(minute, load(minute))),
        peakShards,
    );
    return minutes;
}

/** Two shards; each minute a fifth more or less than the one before. */
const scattered = (minute: number) => 2 * (minute % 2 === 0 ? 1.1 : 0.9);

/** So many events of a day, each so many minutes at twice the load, and the newest minutes of another. */
function events(days: number, lasting: number, newest: number): LoadMinutes {
    const count = days * 1_440 + 600 + newest;
    const isEvent = (minute: number) => {
        const sinceTen = (minute % 1_440) - 600;
        return minute >= count - newest || (minute < days * 1_440 && sinceTen >= 0 && sinceTen < lasting);
    };
    return minutesOf(count, (minute) => (isEvent(minute) ? 2 : 1) * scattered(minute));
}

describe("the level has shifted", () => {
    const rows: [title: string, load: (minute: number) => number, minutes: number | undefined][] = [
        ["not where minutes scatter as they do", scattered, undefined],
        ["not by one minute of twice the load", (minute) => (minute === 299 ? 2 : 1) * scattered(minute), undefined],
        ["since four minutes of twice the load", (minute) => (minute >= 296 ? 2 : 1) * scattered(minute), 4],
        ["since eight minutes of half of it", (minute) => (minute >= 292 ? 0.5 : 1) * scattered(minute), 8],
        ["not where it rose by a tenth", (minute) => (minute >= 290 ? 1.1 : 1) * scattered(minute), undefined],
        [
            "not any more where it did half an hour ago",
            (minute) => (minute >= 255 ? 2 : 1) * scattered(minute),
            undefined,
        ],
    ];
    for (const [title, load, since] of rows)
        it(title, () => assert.equal(shiftOf(minutesOf(300, load))?.minutes, since));

    it("in no stream that is known for less than two hours", () => {
        assert.equal(shiftOf(minutesOf(120, (minute) => (minute >= 115 ? 4 : 1))), undefined);
    });
});

describe("a shift stays", () => {
    it("for less and less of three quarters of an hour, where none like it is known", () => {
        const minutes = events(0, 0, 5);
        const left = (fromMinute: number) =>
            leftOfShift(minutes, { minutes: 5, others: [] }, { fromMinute, minutes: 3 });
        assert.deepEqual(
            [0, 15, 30, 45].map((fromMinute) => left(fromMinute).toFixed(3)),
            ["0.956", "0.622", "0.289", "0.000"],
        );
    });
    it("as long as those that were like it", () => {
        const left = (lasting: number, fromMinute: number) => {
            const minutes = events(12, lasting, 6);
            const shift = shiftOf(minutes)!;
            assert.equal(shift.others.length, 12);
            return leftOfShift(minutes, shift, { fromMinute, minutes: 3 });
        };
        assert.ok(left(60, 20) > 0.85, String(left(60, 20)));
        assert.ok(left(12, 20) < 0.2, String(left(12, 20)));
    });
});

describe("the outlook after a shift", () => {
    const meanAfter = (minutes: LoadMinutes, fromMinute: number): number => {
        const parts = outlookOf(minutes, new Courses(minutes, peakShards, 1), { peakShards, lagMinutes: 1 });
        const { probability } = parts.find((part) => part.fromMinute === fromMinute)!;
        return probability.reduce((sum, share, bin) => sum + share * loadOfBin(bin, peakShards), 0);
    };

    it("expects the new level while others like it stayed, and the old one after that", () => {
        const [long, short, none] = [events(12, 60, 6), events(12, 12, 6), minutesOf(12 * 1_440 + 606, scattered)];
        assert.ok(meanAfter(none, 18) < 2.3, String(meanAfter(none, 18)));
        assert.ok(meanAfter(long, 18) > 3, String(meanAfter(long, 18)));
        assert.ok(meanAfter(short, 18) < 2.6, String(meanAfter(short, 18)));
        assert.ok(meanAfter(short, 0) > 3, String(meanAfter(short, 0)));
    });
});
