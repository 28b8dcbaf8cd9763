/** What the scaler decides where the hash key ranges differ, where AWS is silent, and where it names a limit: rows and laws. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { uniformShards } from "../../../capacity/replay/replay";
import { decide } from "../../../capacity/scaling/decide";
import {
    type Decision,
    type Observation,
    type ReshardEvent,
    type ShardRange,
} from "../../../capacity/scaling/observation";
import { completeScaling } from "../../../capacity/scaling/settings";
import { effectiveShards, evenCountOf, isEven, widestCount } from "../../../capacity/scaling/shards";
import { type Lineage, splitAt, updatedTo } from "../../scaler/world";
import { callsMade, constant, minuteMs, nowMs, observation, samplesOf } from "./observed";

const none = { kind: "none" };
const update = (targetShardCount: number) => ({ kind: "update", targetShardCount });
const refused = [...constant(0, 1_439), 300_000];

/** Even shards, of which the first ones were split: worth as many as before, until the last is split. */
function halved(evenShards: number, splits: number): readonly ShardRange[] {
    const start: Lineage = { shards: uniformShards(evenShards, 0), nextNumber: evenShards };
    return Array.from({ length: splits }, (_, index) => 2 * index).reduce<Lineage>(splitAt, start).shards;
}

function seeing(shards: readonly ShardRange[], load: number, more: Partial<Observation> & { refused?: true } = {}) {
    const { refused: isRefused, ...rest } = more;
    const samples = samplesOf(constant(load), isRefused ? refused : []);
    return observation(shards.length, samples, { shards, ...rest });
}

function said({ action, reason, message }: Decision) {
    return { action, reason, message };
}

const unanswered = (minutesAgo: number, attempt?: number): ReshardEvent => ({
    ...{ atMs: nowMs - minutesAgo * minuteMs, kind: "update", status: "reserved" },
    ...(attempt === undefined ? {} : { attempt }),
});

type Declared = Parameters<typeof completeScaling>[0];
type Row = readonly [
    title: string,
    seen: Observation,
    declared: Declared,
    action: object,
    reason: string,
    message: string,
];

function decides(rows: readonly Row[]): void {
    for (const [title, seen, declared, action, reason, message] of rows) {
        it(`${title} (${reason})`, () =>
            assert.deepEqual(said(decide(seen, completeScaling({ mode: "reactive", ...declared }))), {
                action,
                reason,
                message,
            }));
    }
}

describe("on ranges that differ, the scaler decides", () => {
    const sixteen = { minShards: 2, maxShards: 16, peakShards: 16 };
    const worth12 =
        "The load of 11.5 shards needs 13.1 with room for its noise; 16 are open (worth 12 by the widest hash key range)";
    const worth43 =
        "9.8 % of the last minute's records were refused; the load of 47 shards needs 52.6 with room for its noise; 65 are open (worth 43 by the widest hash key range)";
    decides([
        [
            "to make them even at the ceiling, one shard less",
            seeing(halved(12, 4), 11.5),
            sixteen,
            update(15),
            "ranges-evened",
            `${worth12}; 15 even ones take more: to 15.`,
        ],
        [
            "to make them even at the ceiling by way of one less, which takes as much as they do",
            seeing(halved(3, 1), 4),
            { minShards: 2, maxShards: 4, peakShards: 3 },
            update(3),
            "ranges-evened",
            "The load of 4 shards needs 4.42 with room for its noise; 4 are open (worth 3 by the widest hash key range); 3 even ones take no less, and 4 after them more: to 3.",
        ],
        [
            "nothing so with one call left, which would not lead back",
            seeing(halved(3, 1), 4, { reshards: callsMade(9) }),
            { minShards: 2, maxShards: 4, peakShards: 3 },
            none,
            "at-peak",
            "The load of 4 shards needs 4.42 with room for its noise; 4 are open (worth 3 by the widest hash key range), as many as the declared peak needs; more only when records are refused.",
        ],
        [
            "to make them even above a ceiling that was lowered",
            seeing(halved(12, 8), 11.5),
            sixteen,
            update(16),
            "ranges-evened",
            "The load of 11.5 shards needs 13.1 with room for its noise; 20 are open (worth 12 by the widest hash key range); 16 even ones take more: to 16.",
        ],
        [
            "to make them even at the declared peak, one shard less",
            seeing(halved(16, 4), 16.5),
            { ...sixteen, maxShards: 32 },
            update(19),
            "ranges-evened",
            "The load of 16.5 shards needs 18.4 with room for its noise; 20 are open (worth 16 by the widest hash key range); 19 even ones take more: to 19.",
        ],
        [
            "to make 65 that are worth 43 even, at fewer, while they refuse",
            seeing(halved(43, 22), 46, { refused: true }),
            { minShards: 2, maxShards: 130, peakShards: 46 },
            update(60),
            "ranges-evened",
            `${worth43}; 60 even ones take more: to 60.`,
        ],
        [
            "to do so with the only call that is left",
            seeing(halved(43, 22), 46, { refused: true, reshards: callsMade(9) }),
            { minShards: 2, maxShards: 64, peakShards: 46 },
            update(64),
            "ranges-evened",
            `${worth43}; 64 even ones take more: to 64.`,
        ],
        [
            "nothing while no call is left, and says what one would do",
            seeing(halved(12, 4), 11.5, { reshards: callsMade(10) }),
            sixteen,
            none,
            "calls-spent",
            `${worth12}; 15 even ones take more, but no UpdateShardCount call is left before 2026-11-03 02:02 UTC.`,
        ],
        [
            "nothing where floor and ceiling leave no other count",
            seeing(halved(12, 4), 11.5),
            { ...sixteen, minShards: 16 },
            none,
            "at-peak",
            `${worth12}, as many as the declared peak needs; more only when records are refused.`,
        ],
        [
            "nothing that takes less than a tenth more",
            seeing(halved(15, 1), 15),
            sixteen,
            none,
            "at-ceiling",
            "The load of 15 shards needs 16.9 with room for its noise; 16 are open (worth 15 by the widest hash key range), the most that maxShards allows. Raise maxShards, or the declared requirements.",
        ],
        [
            "nothing while the load fits the widest",
            seeing(halved(12, 2), 9.5),
            sixteen,
            none,
            "load-fits",
            "The load of 9.5 shards fits; 14 are open.",
        ],
    ]);

    const ragged = fc
        .record({
            even: fc.integer({ min: 2, max: 40 }),
            splits: fc.array(fc.nat(), { minLength: 1, maxLength: 12 }),
            loadShare: fc.double({ min: 0.2, max: 3, noNaN: true }),
            isRefused: fc.boolean(),
            minShards: fc.integer({ min: 1, max: 20 }),
            more: fc.integer({ min: 0, max: 60 }),
            peakShards: fc.double({ min: 1, max: 60, noNaN: true }),
            callsSpent: fc.integer({ min: 0, max: 10 }),
        })
        .map(({ even, splits, loadShare, isRefused, minShards, more, peakShards, callsSpent }) => {
            const start: Lineage = { shards: uniformShards(even, 0), nextNumber: even };
            const { shards, nextNumber } = splits.reduce<Lineage>(
                (lineage, at) => splitAt(lineage, at % lineage.shards.length),
                start,
            );
            return {
                lineage: { shards, nextNumber },
                declared: completeScaling({ mode: "reactive", minShards, maxShards: minShards + more, peakShards }),
                load: effectiveShards(shards) * loadShare,
                look: { reshards: callsMade(callsSpent), ...(isRefused ? { refused: true as const } : {}) },
            };
        });

    it("to make them even only where it is needed, pays, is allowed, and another count", () => {
        fc.assert(
            fc.property(ragged, ({ lineage: { shards }, declared, load, look }) => {
                const { action, reason, numbers } = decide(seeing(shards, load, look), declared);
                if (reason !== "ranges-evened" || action.kind !== "update") return;
                const { targetShardCount: to } = action;
                assert.ok(numbers.neededShards! > numbers.effectiveShards! * 0.999 || look.refused === true);
                const worth = effectiveShards(shards);
                // Either at once, or by a second call back to as many as are open.
                const pays =
                    to >= worth * 1.1 || (to >= worth && shards.length >= worth * 1.1 && look.reshards.length < 9);
                assert.ok(pays && to !== shards.length, `${shards.length} to ${to}`);
                assert.ok(to <= 2 * shards.length && to >= Math.ceil(shards.length / 2));
                assert.ok(to >= declared.minShards && (to <= declared.maxShards || to < shards.length));
                assert.ok(look.reshards.length < 10);
            }),
            { numRuns: 300 },
        );
    });

    it("to do so once: a load that stays as it is comes to rest on even ranges", () => {
        fc.assert(
            fc.property(ragged, ({ lineage, declared, load }) => {
                let at: Lineage = lineage;
                const evened: number[] = [];
                for (let step = 0; step < 12; step++) {
                    const { action, reason } = decide(seeing(at.shards, load), declared);
                    if (action.kind !== "update") break;
                    at = updatedTo(at, action.targetShardCount);
                    assert.ok(isEven(at.shards) && step < 11, "a loop");
                    if (reason === "ranges-evened") evened.push(action.targetShardCount);
                }
                assert.ok(evened.length <= 1, evened.join());
            }),
            { numRuns: 100 },
        );
    });
});

describe("with no call left and records refused, the scaler", () => {
    const declared = { minShards: 2, maxShards: 130, peakShards: 80 };
    const action = (evenShards: number, splits: number, more: Partial<Observation> = {}, load = evenShards - 0.5) =>
        decide(
            seeing(halved(evenShards, splits), load, { refused: true, reshards: callsMade(10), ...more }),
            completeScaling({ mode: "reactive", ...declared }),
        );

    it("splits where the splits of the day reach the last of the widest shards, and goes on to it", () => {
        assert.deepEqual(
            [action(48, 0), action(65, 17), action(48, 47)].map(({ action: { kind }, reason }) => `${kind}: ${reason}`),
            ["split: split-widest", "split: split-widest", "split: split-widest"],
        );
    });

    it("burns none where they do not, and says so", () => {
        assert.deepEqual(said(action(65, 0)), {
            action: none,
            reason: "splits-too-few",
            message:
                "7.2 % of the last minute's records were refused; the load of 65.5 shards needs 74.2 with room for its noise; 65 are open, but no UpdateShardCount call is left before 2026-11-03 02:02 UTC, and the 48 splits that maxReshardsPerDay leaves would not do: 65 shards are as wide as the widest, and the stream takes more only once all of them are split.",
        });
        const splitsMade = { reshards: [...callsMade(10), ...callsMade(20, "split")] };
        assert.equal(action(40, 0, splitsMade).reason, "splits-too-few");
        assert.equal(action(28, 0, splitsMade).reason, "split-widest");
    });
});

describe("while AWS does not say yes, the scaler decides", () => {
    const declared = { minShards: 2, maxShards: 32, peakShards: 16 };
    const eight = uniformShards(8, 0);
    const needs = "The load of 7.5 shards needs 8.81 with room for its noise; 8 are open, but";
    const silent = (time: string, until: string) =>
        `${needs} the call of 2026-11-02 ${time} UTC has no answer; asking again after 2026-11-02 ${until} UTC.`;
    const after = (...reshards: ReshardEvent[]) => seeing(eight, 7.5, { reshards });
    const kept = callsMade(6);
    decides([
        [
            "nothing for two minutes after a call without an answer",
            after(unanswered(1)),
            declared,
            none,
            "call-unanswered",
            silent("11:59", "12:01"),
        ],
        [
            "nothing for four after the second",
            after(unanswered(5), unanswered(3, 2)),
            declared,
            none,
            "call-unanswered",
            silent("11:57", "12:01"),
        ],
        [
            "nothing for eight after the third, and after any other",
            after(unanswered(7, 9)),
            declared,
            none,
            "call-unanswered",
            silent("11:53", "12:01"),
        ],
        [
            "nothing with three calls left until the call is cleared up",
            after(...kept, unanswered(9)),
            declared,
            none,
            "call-unanswered",
            silent("11:51", "12:01"),
        ],
        [
            "no split either after a split without an answer",
            after({ ...unanswered(1), kind: "split" }),
            declared,
            none,
            "call-unanswered",
            silent("11:59", "12:01"),
        ],
        [
            "a call once the wait is over",
            after(unanswered(2)),
            declared,
            update(10),
            "load-rises",
            "The load of 7.5 shards needs 8.81 with room for its noise; 8 are open: to 10.",
        ],
        [
            "a call with four left",
            after(...callsMade(5), unanswered(9)),
            declared,
            update(10),
            "load-rises",
            "The load of 7.5 shards needs 8.81 with room for its noise; 8 are open: to 10.",
        ],
        [
            "nothing while others have spent the calls",
            seeing(eight, 7.5, { updatesBlockedUntilMs: nowMs + 60 * minuteMs }),
            declared,
            none,
            "updates-blocked",
            `${needs} AWS refuses UpdateShardCount until about 2026-11-02 13:00 UTC, since others spent its calls.`,
        ],
        [
            "nothing while AWS names a limit that is not known here, in AWS's words",
            seeing(eight, 7.5, {
                updatesBlockedUntilMs: nowMs + 15 * minuteMs,
                updatesBlockedSaying: "No more of this",
            }),
            declared,
            none,
            "updates-blocked",
            `${needs} AWS refuses UpdateShardCount until about 2026-11-02 12:15 UTC, saying "No more of this".`,
        ],
        [
            "no scaling in either after a call without an answer",
            seeing(uniformShards(16, 0), 3, { reshards: [unanswered(1)] }),
            declared,
            none,
            "call-unanswered",
            "The load has stayed below 3 shards for 120 minutes and needs at most 3.83 with room for noise and jumps; 16 are open, but the call of 2026-11-02 11:59 UTC has no answer; asking again after 2026-11-02 12:01 UTC.",
        ],
    ]);
});

describe("shards that are not even", () => {
    it("show how many are as wide as the widest, and which part of the whole they are", () => {
        assert.deepEqual(
            [4, 65].map((count) => widestCount(uniformShards(count, 0))),
            [4, 65],
        );
        assert.equal(widestCount(halved(65, 17)), 48);
        assert.deepEqual([isEven(uniformShards(65, 0)), isEven(halved(65, 1)), isEven([])], [true, false, true]);
        const [quarter, eighth] = [uniformShards(4, 0)[0]!, uniformShards(8, 0)[0]!];
        assert.deepEqual(
            [[quarter], [quarter, quarter], [quarter, eighth], [{ ...quarter, endingHashKey: 3n * (1n << 124n) }]].map(
                evenCountOf,
            ),
            [4, 4, undefined, undefined],
        );
    });
});
