/** What the predictive mode does where the load goes another way than planned, and where there is no plan. */
import assert from "node:assert/strict";
import { replay, replayModel, scalerPolicy } from "../../../../capacity/replay/replay";
import { decide } from "../../../../capacity/scaling/decide";
import { type Observation } from "../../../../capacity/scaling/observation";
import { type DeclaredScaling } from "../../../../capacity/scaling/settings";
import { loadLevel } from "../../../../capacity/scaling/load";
import { emergencyOf } from "../../../../capacity/scaling/predictive/emergency";
import { LoadMinutes } from "../../../../capacity/scaling/predictive/minutes";
import { at, daysThen, daysUntil, made, minuteMs, planning, sample, seen, shown, startMs } from "./history";

const nowMs = at(13, "12:00");

type Row = [title: string, Observation, declared: Partial<DeclaredScaling>, expected: readonly unknown[]];

function rowsOf(title: string, hasPlan: boolean, rows: readonly Row[]): void {
    describe(title, () => {
        for (const [name, observed, declared, expected] of rows) {
            it(name, () => {
                const decision = decide(observed, planning(declared));
                assert.deepEqual(shown(decision).slice(0, expected.length), expected);
                assert.equal(decision.plan !== undefined, hasPlan);
            });
        }
    });
}

const loads = (load: number, open: number, more: Partial<Observation> = {}) =>
    seen(nowMs, open, daysThen(nowMs, 5, load), more);
const refuses = (load: number, refused: number, more: Partial<Observation> = {}) =>
    seen(nowMs, 10, daysThen(nowMs, 3, load, refused), more);

rowsOf("a load that the open shards do not carry", true, [
    [
        "is answered at once, with room for its noise",
        loads(8, 8),
        {},
        ["to 9", "load-rises", "The load of 8 shards needs 9 with room for its noise; 8 are open: to 9."],
    ],
    [
        "not where a call would not pay for itself: there the plan decides",
        loads(8, 9),
        {},
        ["none", "plan-holds", "The plan holds 9 shards until 18:30 UTC, then 5, as on 2026-10-11 and 12 other days."],
    ],
    [
        "above the declared peak, whatever the plan says",
        loads(10, 10),
        {},
        ["to 14", "load-rises", "The load of 10 shards needs 11 with room for its noise; 10 are open: to 14."],
    ],
    [
        "as far as one call goes",
        loads(20, 10),
        {},
        [
            "to 20",
            "doubling-limit",
            "The load of 20 shards needs 22 with room for its noise; 10 are open: to 20 now, the most that one call allows, then on to 22.",
        ],
    ],
    [
        "not further than maxShards",
        loads(14, 10),
        { maxShards: 12 },
        ["to 12", "load-rises", "The load of 14 shards needs 12 with room for its noise; 10 are open: to 12."],
    ],
    [
        "further where few calls are left",
        loads(6, 5, { reshards: made(8, nowMs) }),
        {},
        ["to 9", "load-rises", "The load of 6 shards needs 7 with room for its noise; 5 are open: to 9."],
    ],
    [
        "not without a call, while nothing is refused",
        loads(11, 10, { reshards: made(10, nowMs) }),
        { maxReshardsPerDay: 48 },
        [
            "none",
            "calls-spent",
            "The load of 11 shards needs 12 with room for its noise; 10 are open, but no UpdateShardCount call is left before 2026-10-19 02:02 UTC.",
        ],
    ],
]);

rowsOf("records that are refused", true, [
    [
        "are the reason, with their part",
        refuses(10, 1),
        {},
        [
            "to 14",
            "records-refused",
            "9.1 % of the last minute's records were refused; the load of 11 shards needs 12 with room for its noise; 10 are open: to 14.",
        ],
    ],
    [
        "severely: further",
        refuses(10, 5),
        {},
        [
            "to 20",
            "records-refused",
            "33.3 % of the last minute's records were refused; the load of 15 shards needs 18 with room for its noise; 10 are open: to 20.",
        ],
    ],
    [
        "split the widest shard where no call is left",
        refuses(10, 1, { reshards: made(10, nowMs) }),
        { maxReshardsPerDay: 48 },
        [
            "split",
            "split-widest",
            "9.1 % of the last minute's records were refused; the load of 11 shards needs 12 with room for its noise; 10 are open, and no UpdateShardCount call is left before 2026-10-19 02:02 UTC: shardId-000000000009, the widest shard, is split in two.",
        ],
    ],
    [
        "not where no split is allowed either",
        refuses(10, 1, { reshards: made(10, nowMs) }),
        {},
        ["none", "splits-spent"],
    ],
]);

const nightMs = at(13, "02:00");
const night = (load: number) => seen(nightMs, 12, daysThen(nightMs, 2, load));

rowsOf("fewer shards than the load of now needs", true, [
    [
        "wait for it to fall, at an hour at which no day had such a load",
        night(6),
        {},
        [
            "none",
            "plan-holds",
            "The plan has 6 shards from now on; the load of 6 needs more with room for its noise, so 12 stay open.",
        ],
    ],
    ["and come at once where it fits", night(2), {}, ["to 6", "plan-in"]],
]);

const openedBefore = (minutes: number, from?: number) => ({
    ...night(2),
    reshards: [{ atMs: nightMs - minutes * minuteMs, kind: "update" as const, ...(from !== undefined && { from }) }],
});

rowsOf("shards that were just opened", true, [
    [
        "stay for twelve minutes, whatever the plan has",
        openedBefore(11, 6),
        {},
        [
            "none",
            "plan-holds",
            "The plan has 6 shards from now on; more were opened within the last 12 minutes, so 12 stay open.",
        ],
    ],
    ["and not longer", openedBefore(12, 6), {}, ["to 6", "plan-in"]],
    ["nor where there were more before", openedBefore(1, 24), {}, ["to 6", "plan-in"]],
    ["nor where it is not known how many there were", openedBefore(1), {}, ["to 6", "plan-in"]],
]);

const forecastWrong = daysUntil(nowMs);
for (let back = 220; back > 20; back--) {
    const minute = forecastWrong.length - back;
    forecastWrong[minute] = sample(minute, 7, 1.5);
}
const fits = "The load of 8 shards fits; 10 are open.";

rowsOf("without a plan the reactive mode decides, and the sentence says why there is none", false, [
    [
        "a history below a day",
        seen(nowMs, 10, daysUntil(nowMs).slice(-300)),
        {},
        ["none", "load-fits", `Without a plan, since the load is known for 5 hours of the 24 that one needs. ${fits}`],
    ],
    [
        "metrics that are late",
        seen(nowMs + 11 * minuteMs, 10, daysUntil(nowMs)),
        {},
        [
            "none",
            "recent-peak",
            "Without a plan, since the metrics are 11 minutes late. The load of 0 shards fits; 10 are open, since the peak of 8 in the last 120 minutes needs 9.02.",
        ],
    ],
    [
        "a forecast that was wrong",
        seen(nowMs, 10, forecastWrong),
        {},
        [
            "none",
            "load-fits",
            `Without a plan, since the forecast was wrong: 12.3 % of the last 6 hours' records were refused. ${fits}`,
        ],
    ],
    [
        "records that are refused although the load fits",
        seen(nowMs, 10, daysThen(nowMs, 4, 5, 0.2)),
        {},
        [
            "to 16",
            "records-refused",
            "Without a plan while records are refused although the load fits. 3.8 % of the last minute's records were refused; the load of 5.76 shards needs 6.62 with room for its noise; 10 are open: to 16.",
        ],
    ],
    [
        "records that are refused at the ceiling",
        seen(nowMs, 10, daysThen(nowMs, 4, 10, 2)),
        { maxShards: 10 },
        [
            "none",
            "at-ceiling",
            "Without a plan while records are refused at the ceiling. 16.7 % of the last minute's records were refused; the load of 11.2 shards needs 12.4 with room for its noise; 10 are open, the most that maxShards allows. Raise maxShards, or the declared requirements.",
        ],
    ],
    [
        "a load a little above the ceiling",
        seen(nowMs, 10, daysThen(nowMs, 30, 10, 0.05)),
        { maxShards: 10 },
        ["none", "at-ceiling"],
    ],
    ["no load at all", seen(nowMs, 10, [], { createdMs: nowMs - 5 * minuteMs }), {}, ["none", "too-young"]],
    [
        "no metrics",
        seen(nowMs, 10, [], { metricsProblem: "AccessDenied" }),
        {},
        ["none", "metrics-missing", "CloudWatch gave no metrics (AccessDenied); the 10 open shards stay as they are."],
    ],
    [
        "below the floor",
        seen(nowMs, 6, daysUntil(nowMs)),
        { minShards: 9 },
        ["to 12", "below-floor", "6 shards are open, and the floor is 9: to 12."],
    ],
    [
        "above the ceiling",
        seen(nowMs, 40, daysUntil(nowMs)),
        {},
        ["to 32", "above-ceiling", "40 shards are open, and the ceiling is 32: to 32."],
    ],
    ["an on-demand stream", seen(nowMs, 10, forecastWrong, { capacityMode: "on-demand" }), {}, ["none", "on-demand"]],
    ["a busy stream", seen(nowMs, 10, forecastWrong, { status: "UPDATING" }), {}, ["none", "stream-busy"]],
]);

it("ten minutes late is still a plan", () => {
    const decision = decide(seen(nowMs + 10 * minuteMs, 9, daysUntil(nowMs)), planning());
    assert.equal(decision.reason, "plan-holds");
});

describe("a load that no day had, and that stays", () => {
    const days = 3;
    const steps: readonly (readonly [load: number, peakShards: number, maxShards: number])[] = [
        [7.5, 8, 16],
        [9, 8, 16],
        [11, 8, 16],
        [7.5, 4, 8],
    ];
    for (const [load, peakShards, maxShards] of steps) {
        it(`of ${load} shards at a declared peak of ${peakShards} is met, and not left again, by four calls at most in its first two hours`, () => {
            const stepMinute = days * 1_440;
            const perSecond = new Float64Array((stepMinute + 120) * 60).fill(5);
            perSecond.fill(load, stepMinute * 60);
            const settings = planning({ peakShards, maxShards, maxReshardsPerDay: 48 });
            const { decisions } = replay(perSecond, scalerPolicy(settings), { ...replayModel, startShards: 7 });
            const after = decisions.filter(({ minute }) => minute >= stepMinute);
            assert.ok(after.length >= 1 && after.length <= 4, JSON.stringify(after));
            for (const { to } of after) assert.ok(to >= Math.min(load, maxShards), JSON.stringify(after));
        });
    }
});

describe("how far a load above the declared peak is met", () => {
    const peakShards = 10;
    const lasting = new Array<number>(40).fill(9);
    const rows: [title: string, loads: readonly number[], callsMade: number, targetShards: number][] = [
        ["risen for two minutes: where it will be when the shards are there", [6, 8, 10, 13], 0, 22],
        ["risen for one: as it is, and half of its rise", [6, 10, 10, 13], 0, 16],
        ["as it is, by the last calls too, where it may be a spike", [6, 10, 10, 13], 8, 16],
        ["further by the last calls, where it has lasted for half an hour", [...lasting, 10, 10, 13], 8, 22],
    ];
    for (const [title, loads, callsMade, targetShards] of rows) {
        it(title, () => {
            const open = 11;
            const samples = [...new Array<number>(60).fill(5), ...loads].map((load, minute) => sample(minute, load));
            const minutes = new LoadMinutes(peakShards);
            minutes.extend(samples, open);
            const atMs = startMs + samples.length * minuteMs;
            const emergency = emergencyOf({
                observation: seen(atMs, open, samples, { reshards: made(callsMade, atMs) }),
                settings: planning({ peakShards, maxShards: 40 }),
                minutes,
                open,
                effective: open,
                lagMinutes: 1,
                level: loadLevel(Array.from(minutes.load.subarray(0, minutes.count))),
                sigma: 0.03,
                budget: { days: 0, price: 120 },
            });
            assert.equal(emergency?.targetShards, targetShards);
        });
    }
});
