/** What the predictive mode does with a daily rhythm that it knows: 2 shards at night, 8 from 8 to 18 o'clock. */
import assert from "node:assert/strict";
import { decide } from "../../../../capacity/scaling/decide";
import { type Observation } from "../../../../capacity/scaling/observation";
import { isNoted } from "../../../../capacity/scaling/reasons";
import { type DeclaredScaling } from "../../../../capacity/scaling/settings";
import { at, daysUntil, halfWay, hourMs, made, minuteMs, planning, seen, shown } from "./history";

type Row = [
    title: string,
    open: number,
    clock: string,
    more: (nowMs: number) => Partial<Observation>,
    declared: Partial<DeclaredScaling>,
    expected: readonly unknown[],
];

const nothingElse = () => ({});
const calls = (count: number) => (nowMs: number) => ({ reshards: made(count, nowMs) });
const asOn = "as on 2026-10-11 and 12 other days";
const rises = `Until 18:40 UTC the load is expected to go up to 8.22 shards, more only in one case of twenty, ${asOn}`;
const falls = (open: number, saved: number) =>
    `Until 06:30 UTC the load is expected to stay below 2.01 shards but for one case of twenty, ${asOn}, and fewer shards save ${saved} shard-hours; ${open} are open`;

function rowsOf(title: string, rows: readonly Row[]): void {
    describe(title, () => {
        for (const [name, open, clock, more, declared, expected] of rows) {
            it(name, () => {
                const nowMs = at(13, clock);
                const decision = decide(seen(nowMs, open, daysUntil(nowMs), more(nowMs)), planning(declared));
                assert.deepEqual(shown(decision).slice(0, expected.length), expected);
                assert.equal(decision.plan?.madeMs, nowMs);
            });
        }
    });
}

rowsOf("a plan", [
    [
        "keeps the shards of the night, and says until when",
        3,
        "05:00",
        nothingElse,
        {},
        ["none", "plan-holds", "The plan holds 3 shards until 05:42 UTC, then 6, as on 2026-10-11 and 13 other days."],
    ],
    [
        "goes out before the load of the morning needs it",
        3,
        "07:10",
        nothingElse,
        {},
        ["to 6", "plan-out", `${rises}; 3 are open: to 6.`],
    ],
    [
        "goes to what lasts for the day, in one call",
        5,
        "07:26",
        nothingElse,
        {},
        ["to 9", "plan-out", `${rises.replace("18:40", "17:56")}; 5 are open: to 9.`],
    ],
    [
        "goes in after the evening, by a half, and says what the night saves",
        8,
        "20:00",
        nothingElse,
        {},
        ["to 4", "plan-in", `${falls(8, 52.5)}: to 4.`],
    ],
    ["then to what the night needs", 4, "20:05", nothingElse, {}, ["to 3", "plan-in"]],
    ["never below minShards", 8, "20:00", nothingElse, { minShards: 6 }, ["to 6", "plan-in"]],
    ["never above maxShards", 5, "07:26", nothingElse, { maxShards: 8 }, ["to 8", "plan-out"]],
    [
        "goes in only while there are calls for the way back",
        8,
        "20:00",
        calls(8),
        {},
        ["none", "plan-holds", `The plan holds 8 shards until 03:30 UTC, then 9, ${asOn}.`],
    ],
    [
        "waits for the calls where none is left",
        4,
        "07:10",
        calls(10),
        {},
        ["none", "plan-holds", `The plan holds 4 shards until 02:40 UTC, then 3, ${asOn}.`],
    ],
]);

rowsOf("a plan with splits and merges", [
    ["makes none where none are allowed", 8, "20:00", calls(8), { maxReshardsPerDay: 0 }, ["none", "plan-holds"]],
    [
        "merges where calls are scarce, and says on the way to what",
        8,
        "20:00",
        calls(8),
        { maxReshardsPerDay: 48 },
        [
            "merge",
            "walk-in",
            `${falls(8, 30).replace("06:30", "03:30")}: shardId-000000000000 and shardId-000000000001, the narrowest neighbours, are merged, on the way to 4 shards.`,
        ],
    ],
    [
        "takes a call where there are enough",
        8,
        "20:00",
        nothingElse,
        { maxReshardsPerDay: 48 },
        ["to 4", "plan-in", `${falls(8, 52.5)}: to 4.`],
    ],
    [
        "turns back half-way while the load waits",
        6,
        "04:30",
        () => ({ shards: halfWay(6, 4) }),
        { maxReshardsPerDay: 10_000 },
        ["merge", "walk-in"],
    ],
    [
        "takes a call half-way where the load comes before the splits are through",
        6,
        "07:21",
        () => ({ shards: halfWay(6, 4) }),
        { maxReshardsPerDay: 10_000 },
        ["to 9", "plan-out"],
    ],
    [
        "finishes a walk without any call",
        7,
        "06:55",
        (nowMs) => ({ shards: halfWay(7, 4), reshards: made(10, nowMs) }),
        { maxReshardsPerDay: 10_000 },
        ["split", "walk-out"],
    ],
    [
        "begins none that it could not turn back",
        8,
        "20:00",
        (nowMs) => ({
            reshards: [
                ...made(8, nowMs),
                ...Array.from({ length: 41 }, () => ({ atMs: nowMs - hourMs, kind: "merge" as const })),
            ],
        }),
        { maxReshardsPerDay: 48 },
        ["none", "plan-holds"],
    ],
]);

const evening = "20:00";
const wants = falls(8, 52.5);

rowsOf("a plan that would go in", [
    [
        "asks how far the readers are",
        8,
        evening,
        () => ({ iteratorAgeMs: undefined }) as unknown as Partial<Observation>,
        {},
        ["none", "consumers-behind", `${wants}, if the readers keep up.`, "asks for the iterator age"],
    ],
    [
        "waits for readers that are behind",
        8,
        evening,
        () => ({ iteratorAgeMs: 20 * minuteMs }),
        {},
        [
            "none",
            "consumers-behind",
            `${wants}, but a reader is 20 minutes behind; scaling in waits until it is at most 10.`,
        ],
    ],
    [
        "goes in where nobody reads with GetRecords",
        8,
        evening,
        () => ({ iteratorAgeMs: null }),
        {},
        ["to 4", "plan-in"],
    ],
    [
        "waits for the answer to a call",
        8,
        evening,
        (nowMs) => ({ reshards: [{ atMs: nowMs - minuteMs, kind: "update", status: "reserved" }] }),
        {},
        [
            "none",
            "call-unanswered",
            `${wants}, but the call of 2026-10-18 19:59 UTC has no answer; asking again after 2026-10-18 20:01 UTC.`,
        ],
    ],
    [
        "waits for the account's quota",
        8,
        evening,
        (nowMs) => ({ growthBlockedUntilMs: nowMs + hourMs }),
        {},
        [
            "none",
            "shard-quota",
            `${wants}, but the account's shard quota is reached, and scaling in opens shards before it closes others; asking again after 2026-10-18 21:00 UTC.`,
        ],
    ],
    [
        "waits for a foreign caller's limit",
        8,
        evening,
        (nowMs) => ({ updatesBlockedUntilMs: nowMs + hourMs }),
        {},
        [
            "none",
            "updates-blocked",
            `${wants}, but AWS refuses UpdateShardCount until about 2026-10-18 21:00 UTC, since others spent its calls.`,
        ],
    ],
]);

describe("the numbers beside a plan", () => {
    it("are those that it was made with", () => {
        const nowMs = at(13, "20:00");
        const { numbers, plan } = decide(seen(nowMs, 8, daysUntil(nowMs)), planning());
        assert.deepEqual(numbers, {
            openShards: 8,
            effectiveShards: 8,
            loadShards: 2,
            noise: 0.06229,
            errorBudgetDays: 4,
            refusalPrice: 44.15,
        });
        assert.equal(plan!.errorBudgetDays, 4);
        assert.equal(plan!.fromDaysMs[0], at(6, "00:00"));
        assert.equal(plan!.fromDaysMs.length, 13);
    });

    it("a plan that holds is no line of the history, one that acts is", () => {
        assert.deepEqual([isNoted("plan-holds"), isNoted("plan-out"), isNoted("plan-in")], [false, true, true]);
    });
});
