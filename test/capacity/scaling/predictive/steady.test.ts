/** One count is held where plans were not cheaper: which, since when, and what is left to it. */
import assert from "node:assert/strict";
import { decide } from "../../../../capacity/scaling/decide";
import { type MinuteSample } from "../../../../capacity/scaling/observation";
import { LoadMinutes } from "../../../../capacity/scaling/predictive/minutes";
import { isUsualHeight } from "../../../../capacity/scaling/predictive/steady";
import { minuteMs, planning, sample, seen, shown, startMs } from "./history";

interface Spiky {
    readonly days?: number;
    /** Shards that were open all the time, if anybody told. */
    readonly open: number | undefined;
    /** The newest minutes instead of the usual ones, and what was refused in each. */
    readonly newest?: readonly number[];
    readonly refused?: number;
    /** Days, counted from 0, and in each so many minutes of ten shards. */
    readonly tens?: { readonly days: readonly number[]; readonly minutes: number };
}

/** Two shards, and every two hours and a little more six minutes of eight. */
function spiky({ days = 5, open, newest = [], refused = 0, tens }: Spiky): MinuteSample[] {
    const usual = days * 1_440 - newest.length;
    const isTen = (minute: number) =>
        tens !== undefined && tens.days.includes(Math.floor(minute / 1_440)) && minute % 1_440 < tens.minutes;
    const usually = (minute: number) => (isTen(minute) ? 10 : minute % 133 < 6 ? 8 : 2);
    const load = (minute: number) => (minute < usual ? usually(minute) : newest[minute - usual]!);
    return Array.from({ length: days * 1_440 }, (_, minute) =>
        sample(minute, load(minute), minute < usual ? 0 : refused, open),
    );
}

const held = (share: string, mean: number) =>
    `9 shards all along would have refused ${share} of the last 5 days, and the newest three took ${mean} on average, so no plan is followed`;

type Row = [title: string, open: number, spiky: Spiky, isHeld: boolean, expected: readonly unknown[]];

const rows: readonly Row[] = [
    [
        "the lowest that would have refused next to nothing",
        9,
        { open: 9 },
        true,
        ["none", "plan-holds", `${held("0 %", 9)}.`],
    ],
    [
        "and gone to, from above",
        12,
        { open: 10 },
        true,
        ["to 9", "plan-in", `${held("0.001 %", 10)}; 12 are open: to 9.`],
    ],
    ["and from below", 6, { open: 10 }, true, ["to 9", "plan-out", `${held("0.001 %", 10)}; 6 are open: to 9.`]],
    [
        "the lowest that would have refused a little each day",
        9,
        { open: 10, tens: { days: [0, 1, 2, 3, 4], minutes: 1 } },
        true,
        ["none", "plan-holds", `${held("0.031 %", 10)}.`],
    ],
    [
        "not one that would have refused as much on one day: the next may be another such",
        9,
        { open: 10, tens: { days: [2], minutes: 5 } },
        true,
        ["to 10", "plan-out"],
    ],
    [
        "one that is open stays where it would have refused a little more",
        9,
        { open: 10, tens: { days: [0, 1, 2, 3, 4], minutes: 2 } },
        true,
        ["none", "plan-holds", `${held("0.062 %", 10)}.`],
    ],
    [
        "and is not gone to, from above",
        10,
        { open: 10, tens: { days: [0, 1, 2, 3, 4], minutes: 2 } },
        true,
        ["none", "plan-holds", `${held("0.009 %", 10).replace("9 shards", "10 shards")}.`],
    ],
    ["not where two days are known", 9, { open: 9, days: 2 }, false, ["none", "plan-holds"]],
    ["not where fewer were open", 9, { open: 7 }, false, ["none", "plan-holds"]],
    ["not where nobody told how many were open", 9, { open: undefined }, false, ["none", "plan-holds"]],
    [
        "a load that was as high before is left to it",
        9,
        { open: 9, newest: [2, 8] },
        true,
        ["none", "plan-holds", `${held("0 %", 9)}.`],
    ],
    [
        "not one that was never so high",
        9,
        { open: 9, newest: [10, 12, 12] },
        false,
        ["to 14", "load-rises", "The load of 12 shards needs 14 with room for its noise; 9 are open: to 14."],
    ],
];

describe("one count is held where plans were not cheaper", () => {
    for (const [title, open, load, isHeld, expected] of rows) {
        it(title, () => {
            const samples = spiky(load);
            const nowMs = startMs + samples.length * minuteMs;
            const decision = decide(seen(nowMs, open, samples), planning());
            assert.deepEqual(shown(decision).slice(0, expected.length), expected);
            assert.equal(decision.plan?.held !== undefined, isHeld);
        });
    }

    it("and the plan that is told is that count, for the day", () => {
        const samples = spiky({ open: 10 });
        const { plan } = decide(seen(startMs + samples.length * minuteMs, 12, samples), planning());
        assert.deepEqual([...new Set(plan!.steps.map(({ shards }) => shards))], [9]);
        assert.equal(plan!.held!.days, 5);
        assert.equal(plan!.held!.meanOpenShards, 10);
    });
});

describe("a load is as high as at other times", () => {
    const rows: [title: string, earlier: readonly number[], isUsual: boolean][] = [
        ["where it was twice, hours apart", [300, 600], true],
        ["not where it was once", [300], false],
        ["nor twice within an hour", [300, 340], false],
        ["nor in the hour before", [300, 960], false],
    ];
    for (const [title, earlier, isUsual] of rows) {
        it(title, () => {
            const minutes = new LoadMinutes(10);
            const load = (minute: number) => (minute === 1_000 || earlier.includes(minute) ? 9 : 2);
            minutes.extend(
                Array.from({ length: 1_001 }, (_, minute) => sample(minute, load(minute))),
                10,
            );
            assert.equal(isUsualHeight(minutes), isUsual);
        });
    }
});
