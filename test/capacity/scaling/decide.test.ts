/** What the scaler decides about what it sees, and the laws that no decision breaks. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import fc from "fast-check";
import { type InvalidInputError } from "../../../capacity/problems";
import { uniformShards } from "../../../capacity/replay/replay";
import { decide } from "../../../capacity/scaling/decide";
import { ladderCount } from "../../../capacity/scaling/allowed";
import { updateCallsLeft } from "../../../capacity/scaling/ledger";
import { jumpMargin, loadHistory, loadLevel, shardsForLoad } from "../../../capacity/scaling/load";
import { reasonMeanings } from "../../../capacity/scaling/reasons";
import { completeScaling, scalerEnvironment, scalingProblems } from "../../../capacity/scaling/settings";
import { effectiveShards, middleHashKey, widestShard } from "../../../capacity/scaling/shards";
import { type MinuteSample, type Observation } from "../../../capacity/scaling/observation";
import { callsMade, constant, hourMs, minuteMs, nowMs, observation, samplesOf } from "./observed";

const settings = completeScaling({ mode: "reactive", minShards: 2, maxShards: 32, peakShards: 16 });

/** Five hours ago four shards refused a tenth of a percent of a load for three minutes, and more were opened. */
const outOfFour = { atMs: nowMs - 5 * hourMs, kind: "update", from: 4 } as const;

function refusedAtFour(load: number, loadThen = 3): MinuteSample[] {
    const minutesSince = (nowMs - outOfFour.atMs) / minuteMs;
    const before = 24 * 60 - minutesSince;
    const refused = Array.from({ length: before }, (_, minute) => (minute >= before - 3 ? 200 : 0));
    return samplesOf([...constant(loadThen, before), ...constant(load, minutesSince)], refused);
}

describe("the scaler decides", () => {
    const update = (targetShardCount: number) => ({ kind: "update", targetShardCount });
    const none = { kind: "none" };
    const split = {
        kind: "split",
        shardId: "shardId-000000000000",
        newStartingHashKey: ((1n << 128n) / 8n).toString(),
    };
    const rows: [title: string, seen: Observation, action: object, reason: string, message: string][] = [
        [
            "nothing while the load fits",
            observation(8, samplesOf(constant(5))),
            none,
            "load-fits",
            "The load of 5 shards fits; 8 are open.",
        ],
        [
            "more shards when the load comes near what is open",
            observation(8, samplesOf(constant(7.5))),
            update(10),
            "load-rises",
            "The load of 7.5 shards needs 8.81 with room for its noise; 8 are open: to 10.",
        ],
        [
            "more shards by records where bytes have room",
            observation(
                8,
                samplesOf(constant(7.5)).map((sample) => ({ ...sample, acceptedBytes: sample.acceptedBytes / 10 })),
            ),
            update(10),
            "load-rises",
            "The load of 7.5 shards needs 8.81 with room for its noise; 8 are open: to 10.",
        ],
        [
            "more shards at once when the newest minute jumps",
            observation(4, samplesOf([...constant(1, 600), 7])),
            update(8),
            "doubling-limit",
            "The load of 10 shards needs 11.5 with room for its noise; 4 are open: to 8 now, the most that one call allows, then on to 12.",
        ],
        [
            "more shards at once when records are refused",
            observation(8, samplesOf(constant(7.9), [...constant(0, 1_439), 60_000])),
            update(12),
            "records-refused",
            "11.2 % of the last minute's records were refused; the load of 8.1 shards needs 9.47 with room for its noise; 8 are open: to 12.",
        ],
        [
            "no more than twice what the load asks for when it is refused unevenly",
            observation(8, samplesOf(constant(1), [...constant(0, 1_439), 600])),
            none,
            "uneven-load",
            `1 % of the last minute's records were refused; the load of 1 shard needs 1.48 with room for its noise; 8 are open, so more shards do not help: the load is uneven over the hash keys or over the seconds. "sharded-stream hot-shards" tells which.`,
        ],
        [
            "nothing above the declared peak while nothing is refused",
            observation(18, samplesOf(constant(16.5))),
            none,
            "at-peak",
            "The load of 16.5 shards needs 18.4 with room for its noise; 18 are open, as many as the declared peak needs; more only when records are refused.",
        ],
        [
            "nothing above the ceiling",
            observation(32, samplesOf(constant(31), [...constant(0, 1_439), 300_000])),
            none,
            "at-ceiling",
            "13.9 % of the last minute's records were refused; the load of 38.5 shards needs 41.5 with room for its noise; 32 are open, the most that maxShards allows. Raise maxShards, or the declared requirements.",
        ],
        [
            "nothing to a ceiling that was lowered, while the load needs what is open",
            observation(36, samplesOf(constant(35), [...constant(0, 1_439), 300_000])),
            none,
            "at-ceiling",
            "12.5 % of the last minute's records were refused; the load of 36 shards needs 38.9 with room for its noise; 36 are open, more than maxShards allows. Raise maxShards, or the declared requirements.",
        ],
        [
            "to the floor when there are fewer",
            observation(1, samplesOf(constant(0.1))),
            update(2),
            "below-floor",
            "1 shard is open, and the floor is 2: to 2.",
        ],
        [
            "to the floor without metrics, too",
            observation(1, [], { metricsProblem: "ThrottlingException" }),
            update(2),
            "below-floor",
            "1 shard is open, and the floor is 2: to 2.",
        ],
        [
            "to the ceiling, by halves",
            observation(80, samplesOf(constant(10))),
            update(40),
            "halving-limit",
            "80 shards are open, and the ceiling is 32: to 40 now, the fewest that one call allows, then on to 32.",
        ],
        [
            "fewer shards when the load has been low for two hours",
            observation(16, samplesOf(constant(3))),
            update(8),
            "halving-limit",
            "The load has stayed below 3 shards for 120 minutes and needs at most 3.83 with room for noise and jumps; 16 are open: to 8 now, the fewest that one call allows, then on to 4.",
        ],
        [
            "half of an odd count rounded up",
            observation(7, samplesOf(constant(1))),
            update(4),
            "halving-limit",
            "The load has stayed below 1 shard for 120 minutes and needs at most 1.48 with room for noise and jumps; 7 are open: to 4 now, the fewest that one call allows, then on to 2.",
        ],
        [
            "nothing while a recent peak needs the shards",
            observation(16, samplesOf([...constant(3, 1_380), ...constant(12, 10), ...constant(3, 50)])),
            none,
            "recent-peak",
            "The load of 3 shards fits; 16 are open, since the peak of 12 in the last 120 minutes needs 13.7.",
        ],
        [
            "nothing while yesterday's jumps need the shards",
            observation(16, samplesOf(Array.from({ length: 1_440 }, (_, m) => (m < 1_300 && m % 60 < 4 ? 15 : 2)))),
            none,
            "recent-jumps",
            "The load of 2 shards fits; 16 are open, since the load of the last day jumped by up to 13 shards faster than new ones could have come.",
        ],
        [
            "nothing while fewer shards refused such a load today",
            observation(6, refusedAtFour(3), { reshards: [outOfFour] }),
            none,
            "recent-refusals",
            "The load of 3 shards fits; 6 are open, since records were refused at 4 shards in the last day, at a load like that of the last 120 minutes.",
        ],
        [
            "the shards that refused a load which was half as high again",
            observation(6, refusedAtFour(2), { reshards: [outOfFour] }),
            update(4),
            "load-fell",
            "The load has stayed below 2 shards for 120 minutes and needs at most 2.68 with room for noise and jumps; 6 are open: to 4.",
        ],
        [
            "fewer shards where those of then did not fit the load",
            observation(6, refusedAtFour(3, 4.5), { reshards: [outOfFour] }),
            update(4),
            "load-fell",
            "The load has stayed below 3 shards for 120 minutes and needs at most 3.83 with room for noise and jumps; 6 are open: to 4.",
        ],
        [
            "fewer shards where it is not known how many there were",
            observation(6, refusedAtFour(3), { reshards: [{ atMs: outOfFour.atMs, kind: "update" }] }),
            update(4),
            "load-fell",
            "The load has stayed below 3 shards for 120 minutes and needs at most 3.83 with room for noise and jumps; 6 are open: to 4.",
        ],
        [
            "nothing while readers are behind",
            observation(16, samplesOf(constant(3)), { iteratorAgeMs: 11 * minuteMs }),
            none,
            "consumers-behind",
            "The load has stayed below 3 shards for 120 minutes and needs at most 3.83 with room for noise and jumps; 16 are open, but a reader is 11 minutes behind; scaling in waits until it is at most 10.",
        ],
        [
            "not to scale in with no call left, and says when the next comes back",
            observation(40, samplesOf(constant(3)), { reshards: callsMade(10) }),
            none,
            "calls-spent",
            "40 shards are open, and the ceiling is 32, but no UpdateShardCount call is left before 2026-11-03 02:02 UTC.",
        ],
        [
            "not to scale in on a load that fell either",
            observation(16, samplesOf(constant(3)), { reshards: callsMade(10) }),
            none,
            "calls-spent",
            "The load has stayed below 3 shards for 120 minutes and needs at most 3.83 with room for noise and jumps; 16 are open, but no UpdateShardCount call is left before 2026-11-03 02:02 UTC.",
        ],
        [
            "not to scale in while the account's shard quota refuses the shards in between",
            observation(40, samplesOf(constant(3)), { growthBlockedUntilMs: nowMs + 15 * minuteMs }),
            none,
            "shard-quota",
            "40 shards are open, and the ceiling is 32, but the account's shard quota is reached, and scaling in opens shards before it closes others; asking again after 2026-11-02 12:15 UTC.",
        ],
        [
            "not to scale in with the calls that are kept",
            observation(16, samplesOf(constant(3)), { reshards: callsMade(7) }),
            none,
            "calls-kept",
            "The load has stayed below 3 shards for 120 minutes and needs at most 3.83 with room for noise and jumps; 16 are open, but 3 UpdateShardCount calls left in these 24 h are kept for scaling out.",
        ],
        [
            "to scale out with the calls that are kept",
            observation(8, samplesOf(constant(7.5)), { reshards: callsMade(9) }),
            update(16),
            "load-rises",
            "The load of 7.5 shards needs 8.81 with room for its noise; 8 are open: to 16.",
        ],
        [
            "only as far down as the calls that are left could bring it back from",
            observation(16, samplesOf(constant(0.1)), { reshards: callsMade(6) }),
            update(8),
            "halving-limit",
            "The load has stayed below 0.1 shards for 120 minutes and needs at most 0.252 with room for noise and jumps; 16 are open: to 8 now, the fewest that one call allows, then on to 4.",
        ],
        [
            "not to scale in to where the calls that are left could not bring it back from",
            observation(4, samplesOf(constant(0.1)), { reshards: callsMade(6) }),
            none,
            "calls-kept",
            "The load of 0.1 shards fits; 4 are open; 4 UpdateShardCount calls left in these 24 h would not bring fewer shards back to the declared peak.",
        ],
        [
            "nothing with no call left while nothing is refused",
            observation(8, samplesOf(constant(7.5)), { reshards: callsMade(10) }),
            none,
            "calls-spent",
            "The load of 7.5 shards needs 8.81 with room for its noise; 8 are open, but no UpdateShardCount call is left before 2026-11-03 02:02 UTC.",
        ],
        [
            "a split of the widest shard with no call left while records are refused",
            observation(4, samplesOf(constant(3.9), [...constant(0, 1_439), 60_000]), { reshards: callsMade(10) }),
            split,
            "split-widest",
            "20.4 % of the last minute's records were refused; the load of 5.4 shards needs 6.52 with room for its noise; 4 are open, and no UpdateShardCount call is left before 2026-11-03 02:02 UTC: shardId-000000000000, the widest shard, is split in two.",
        ],
        [
            "no split above maxReshardsPerDay",
            observation(4, samplesOf(constant(3.9), [...constant(0, 1_439), 60_000]), {
                reshards: [
                    ...callsMade(10),
                    ...Array.from({ length: 48 }, () => ({ atMs: nowMs, kind: "split" as const })),
                ],
            }),
            none,
            "splits-spent",
            "20.4 % of the last minute's records were refused; the load of 5.4 shards needs 6.52 with room for its noise; 4 are open, but no UpdateShardCount call is left before 2026-11-03 02:02 UTC, and 48 splits and merges of the 48 that maxReshardsPerDay allows are made.",
        ],
        [
            "nothing without metrics",
            observation(16, [], { metricsProblem: "ThrottlingException" }),
            none,
            "metrics-missing",
            "CloudWatch gave no metrics (ThrottlingException); the 16 open shards stay as they are.",
        ],
        [
            "nothing about a stream that is younger than the look-back",
            observation(16, samplesOf(constant(3, 30)), { createdMs: nowMs - 31 * minuteMs }),
            none,
            "too-young",
            "The load of 3 shards fits; 16 are open; the load is known for 30 minutes, and fewer shards are considered after 120.",
        ],
        [
            "by the widest range where ranges are not uniform",
            observation(3, samplesOf(constant(2)), {
                shards: [
                    { shardId: "shardId-000000000001", startingHashKey: 0n, endingHashKey: (1n << 127n) - 1n },
                    {
                        shardId: "shardId-000000000002",
                        startingHashKey: 1n << 127n,
                        endingHashKey: 3n * (1n << 126n) - 1n,
                    },
                    {
                        shardId: "shardId-000000000003",
                        startingHashKey: 3n * (1n << 126n),
                        endingHashKey: (1n << 128n) - 1n,
                    },
                ],
            }),
            update(4),
            "load-rises",
            "The load of 2 shards needs 2.68 with room for its noise; 3 are open (worth 2 by the widest hash key range): to 4.",
        ],
        [
            "nothing about a stream that is UPDATING",
            observation(8, [], { status: "UPDATING" }),
            none,
            "stream-busy",
            "The stream is UPDATING; reshards are made one at a time.",
        ],
        [
            "nothing about an on-demand stream",
            observation(8, [], { capacityMode: "on-demand" }),
            none,
            "on-demand",
            "The stream is in on-demand mode and scales itself; remove the scaler, or set capacityMode to provisioned.",
        ],
    ];
    for (const [title, seen, action, reason, message] of rows) {
        it(`${title} (${reason})`, () => {
            const decision = decide(seen, settings);
            assert.deepEqual(
                { action: decision.action, reason: decision.reason, message: decision.message },
                { action, reason, message },
            );
            assert.ok(reason in reasonMeanings);
        });
    }

    it("that it must ask for the iterator age before it scales in", () => {
        const decision = decide({ ...observation(16, samplesOf(constant(3))), iteratorAgeMs: undefined! }, settings);
        assert.deepEqual([decision.action, decision.needsIteratorAge], [none, true]);
    });
});

describe("whatever it sees, the scaler", () => {
    const loads = fc.array(fc.double({ min: 0, max: 40, noNaN: true }), { minLength: 0, maxLength: 200 });
    const event = fc.record({
        atMs: fc.integer({ min: -30 * 60, max: 10 }).map((minutes) => nowMs + minutes * minuteMs),
        kind: fc.constantFrom("update" as const, "split" as const),
    });
    const world = fc
        .record({
            open: fc.integer({ min: 1, max: 90 }),
            loads,
            refused: fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 500_000 })), { maxLength: 200 }),
            reshards: fc.array(event, { maxLength: 14 }),
            minShards: fc.integer({ min: 1, max: 40 }),
            more: fc.integer({ min: 0, max: 60 }),
            peakShards: fc.double({ min: 0.1, max: 60, noNaN: true }),
            changed: fc.integer({ min: 0, max: 400 }),
            iteratorAgeMs: fc.option(fc.integer({ min: 0, max: hourMs })),
            splitFirst: fc.boolean(),
        })
        .map((given) => {
            const shards = uniformShards(given.open, 0);
            const first = shards[0]!;
            const middle = BigInt(middleHashKey(first));
            const halves = [
                { ...first, shardId: "shardId-000000009998", endingHashKey: middle - 1n },
                { ...first, shardId: "shardId-000000009999", startingHashKey: middle },
            ];
            return {
                seen: observation(given.open, samplesOf(given.loads, given.refused), {
                    shards: given.splitFirst ? [...halves, ...shards.slice(1)] : shards,
                    reshards: given.reshards,
                    iteratorAgeMs: given.iteratorAgeMs,
                    capacityChangedMs: nowMs - given.changed * minuteMs,
                }),
                declared: completeScaling({
                    mode: "reactive",
                    minShards: given.minShards,
                    maxShards: given.minShards + given.more,
                    peakShards: given.peakShards,
                }),
            };
        });
    const runs = { numRuns: 400 };

    it("keeps to twice, half, the budget, the floor and the ceiling", () => {
        fc.assert(
            fc.property(world, ({ seen, declared }) => {
                const open = seen.shards.length;
                const { action } = decide(seen, declared);
                if (action.kind === "update") {
                    const target = action.targetShardCount;
                    assert.ok(Number.isInteger(target) && target !== open, `${open} to ${target}`);
                    assert.ok(target <= 2 * open && target >= Math.ceil(open / 2), `${open} to ${target}`);
                    assert.ok(updateCallsLeft(seen.reshards, nowMs) > 0);
                    if (target > open) assert.ok(target <= declared.maxShards);
                    else assert.ok(target >= declared.minShards && updateCallsLeft(seen.reshards, nowMs) > 3);
                }
                if (action.kind === "split") {
                    assert.equal(updateCallsLeft(seen.reshards, nowMs), 0);
                    assert.ok(open < declared.maxShards && (seen.samples.at(-1)?.refusedRecords ?? 0) > 0);
                    assert.equal(action.shardId, widestShard(seen.shards).shardId);
                }
            }),
            runs,
        );
    });

    it("does one thing at a time: nothing while a reshard is under way", () => {
        fc.assert(
            fc.property(world, ({ seen, declared }) => {
                assert.deepEqual(decide({ ...seen, status: "UPDATING" }, declared).action, { kind: "none" });
            }),
            { numRuns: 50 },
        );
    });

    it("never answers a higher load with fewer shards", () => {
        const after = (seen: Observation, declared: typeof settings) => {
            const { action } = decide(seen, declared);
            return action.kind === "update"
                ? action.targetShardCount
                : seen.shards.length + (action.kind === "split" ? 1 : 0);
        };
        fc.assert(
            fc.property(world, fc.double({ min: 1, max: 5, noNaN: true }), ({ seen, declared }, factor) => {
                const samples = seen.samples.map((sample) => ({ ...sample, refusedRecords: 0 }));
                const higher = samples.map((sample) => ({
                    ...sample,
                    acceptedBytes: sample.acceptedBytes * factor,
                    acceptedRecords: sample.acceptedRecords * factor,
                }));
                const [low, high] = [samples, higher].map((given) => after({ ...seen, samples: given }, declared));
                assert.ok(high! >= low!, `${low} shards at the load, ${high} at ${factor} times the load`);
            }),
            runs,
        );
    });

    it("says the same about the same, and changes nothing that it is shown", () => {
        fc.assert(
            fc.property(world, ({ seen, declared }) => {
                const before = structuredClone(seen);
                assert.deepEqual(decide(seen, declared), decide(before, declared));
                assert.deepEqual(structuredClone(seen), before);
            }),
            { numRuns: 100 },
        );
    });
});

describe("the load", () => {
    const reading = { nowMs, peakShards: 16, effectiveShards: 4, capacityChangedMs: 0, historyMinutes: 1_440 };

    it("counts a retry storm for one step more, not for each time that a record is tried again", () => {
        const stormy = samplesOf(constant(4, 6), [0, 10_000, 60_000, 240_000, 900_000, 3_000_000]);
        const { loadShards } = loadHistory(stormy, reading);
        assert.deepEqual(
            loadShards.map((load) => Number(load.toFixed(2))),
            [4, 4.17, 5, 8, 10, 13],
        );
    });

    it("that comes while a handful of records is refused is seen in its first minute", () => {
        const crowd = samplesOf(constant(4, 6), [24, 24, 24, 24, 24, 720_000]);
        const { loadShards } = loadHistory(crowd, reading);
        assert.deepEqual(
            loadShards.map((load) => Number(load.toFixed(2))),
            [4, 4, 4, 4, 4, 8],
        );
    });

    it("takes refusals from before the last change for no more than is open now", () => {
        const refused = samplesOf(constant(4, 3), [900_000, 900_000, 900_000]);
        const changed = { ...reading, peakShards: 2, effectiveShards: 8, capacityChangedMs: nowMs - minuteMs };
        assert.deepEqual(loadHistory(refused, changed).loadShards, [8, 8, 16]);
    });

    it("counts minutes without a datapoint between two others as no load", () => {
        const [first, , third] = samplesOf([1, 2, 3]);
        assert.deepEqual(loadHistory([first!, third!], reading).loadShards, [1, 0, 3]);
    });

    it("is the mean of five minutes, or the newest minute when that jumps", () => {
        assert.equal(loadLevel([2, 2, 2, 2, 2.2]), 2.04);
        assert.equal(loadLevel([2, 2, 2, 2, 4]), 5);
        assert.equal(loadLevel([]), 0);
    });

    it("needs relatively less room the higher it is", () => {
        assert.deepEqual(
            [1, 4, 16].map((load) => Number((shardsForLoad(load, 16) / load).toFixed(2))),
            [1.48, 1.24, 1.12],
        );
    });

    it("needs no room for jumps when it has none", () => {
        assert.ok(jumpMargin(constant(3, 600)) < 0.01);
    });
});

describe("the count to go to", () => {
    for (const [need, open, count] of [
        [1, 4, 1],
        [2.1, 4, 4],
        [4.2, 4, 5 + 1],
        [6.5, 6, 8],
        [9, 8, 10],
        [10.5, 8, 12],
        [17, 12, 18],
        [17, 16, 20],
    ] as const)
        it(`is ${count} for a need of ${need} with ${open} open`, () => assert.equal(ladderCount(need, open), count));
});

describe("shards that are not uniform", () => {
    it("are worth what the widest one allows", () => {
        assert.equal(effectiveShards(uniformShards(3, 0)), 3);
        const [first, second] = uniformShards(2, 0);
        const middle = BigInt(middleHashKey(first!));
        const split = [
            { ...first!, shardId: "a", endingHashKey: middle - 1n },
            { ...first!, shardId: "b", startingHashKey: middle },
            second!,
        ];
        assert.equal(effectiveShards(split), 2);
        assert.equal(widestShard(split), second);
    });
});

describe("the reasons of a decision", () => {
    it("stand in docs/scaling.md, each with its meaning", () => {
        const text = fs.readFileSync(path.join(__dirname, "../../../docs/scaling.md"), "utf8");
        for (const [code, meaning] of Object.entries(reasonMeanings)) {
            const row = text.split("\n").find((line) => line.startsWith(`| \`${code}\` `));
            assert.ok(row?.includes(`| ${meaning} `), `${code}: ${meaning}`);
        }
    });
});

describe("the scaler's settings", () => {
    it("are filled in with defaults", () => {
        assert.deepEqual(completeScaling({ minShards: 2, maxShards: 16 }), {
            mode: "predictive",
            minShards: 2,
            maxShards: 16,
            peakShards: 8,
            maxReshardsPerDay: 48,
            refusedShareSlo: 0.001,
        });
    });

    it("are refused all at once, each with what is allowed", () => {
        const problems = scalingProblems({
            minShards: 0,
            maxShards: 2.5,
            mode: "reactiv",
            everyMinutes: 90,
            logRetentionDays: 31,
            refusedShareSlo: 0.2,
        });
        assert.deepEqual(
            problems.map(({ message }) => message),
            [
                "minShards: 0 is not allowed; it must be a whole number from 1 to 10,000. Declare the fewest shards that the scaler may go to.",
                "maxShards: 2.5 is not allowed; it must be a whole number from 1 to 10,000. Declare the most shards that the scaler may go to.",
                'mode: "reactiv" is not allowed; it must be one of reactive, predictive. Leave it out for the default.',
                "refusedShareSlo: 0.2 is not allowed; it must be a number from 0 to 0.1. Declare the part of the records that may be refused: 0.001 is one in a thousand.",
                "everyMinutes: 90 is not allowed; it must be a whole number from 1 to 60. Declare the minutes between two runs; EventBridge Scheduler is precise to a minute.",
                "logRetentionDays: 31 is not allowed; it must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653. CloudWatch Logs keeps logs for one of these times.",
            ],
        );
        assert.deepEqual(
            scalingProblems({ minShards: 8, maxShards: 4 }).map(({ message }) => message),
            [
                "minShards: 8 is not allowed; it must be at most maxShards, 4. Lower minShards to 4, or raise maxShards to 8.",
            ],
        );
    });

    it("come from the function's environment", () => {
        const variables = {
            STREAM_NAME: "orders",
            STREAM_ARN: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
            LEDGER_TABLE: "ledger",
            MIN_SHARDS: "2",
            MAX_SHARDS: "16",
            PEAK_SHARDS: "3.5",
            PAUSED: "true",
        };
        assert.deepEqual(scalerEnvironment(variables), {
            streamName: "orders",
            streamArn: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
            ledgerTable: "ledger",
            paused: true,
            dryRun: false,
            settings: {
                mode: "predictive",
                minShards: 2,
                maxShards: 16,
                peakShards: 3.5,
                maxReshardsPerDay: 48,
                refusedShareSlo: 0.001,
            },
        });
        const others = { ...variables, MODE: "reactive", REFUSED_SHARE_SLO: "0.0005" };
        const { mode, refusedShareSlo } = scalerEnvironment(others).settings;
        assert.deepEqual({ mode, refusedShareSlo }, { mode: "reactive", refusedShareSlo: 0.0005 });
        assert.throws(() => scalerEnvironment({}), {
            message: [
                "environment: STREAM_NAME: missing; it must be set. Deploy the function through StreamAutoscaler, which sets it.",
                "STREAM_ARN: missing; it must be set. Deploy the function through StreamAutoscaler, which sets it.",
                "LEDGER_TABLE: missing; it must be set. Deploy the function through StreamAutoscaler, which sets it.",
            ].join("\n"),
        });
        assert.throws(
            () => scalerEnvironment({ ...variables, STREAM_ARN: "", PAUSED: "yes", NOTIFY: "all" }),
            ({ problems }: InvalidInputError) => {
                assert.deepEqual(
                    problems.map(({ property }) => property),
                    ["STREAM_ARN", "PAUSED", "TOPIC_ARN"],
                    "every problem at once",
                );
                return true;
            },
        );
        assert.throws(() => scalerEnvironment({ ...variables, PAUSED: "True", DRY_RUN: "" }), {
            message: [
                'environment: PAUSED: "True" is not allowed; it must be true or false. Deploy the stream again, which sets it.',
                'DRY_RUN: "" is not allowed; it must be true or false. Deploy the stream again, which sets it.',
            ].join("\n"),
        });
        assert.throws(
            () => scalerEnvironment({ ...variables, MAX_RESHARDS_PER_DAY: " " }),
            /maxReshardsPerDay: NaN is not allowed/,
        );
    });

    it("tell whom a run tells of what: nobody, where the variables are of an earlier version", () => {
        const variables = {
            STREAM_NAME: "orders",
            STREAM_ARN: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
            LEDGER_TABLE: "ledger",
            MIN_SHARDS: "2",
            MAX_SHARDS: "16",
        };
        const topicArn = "arn:aws:sns:us-east-1:123456789012:oncall";
        for (const NOTIFY of [undefined, "off"])
            assert.ok(!("notify" in scalerEnvironment({ ...variables, NOTIFY, TOPIC_ARN: topicArn })));
        for (const level of ["all", "failures"] as const) {
            const { notify } = scalerEnvironment({ ...variables, NOTIFY: level, TOPIC_ARN: topicArn });
            assert.deepEqual(notify, { level, topicArn });
        }
        assert.throws(() => scalerEnvironment({ ...variables, NOTIFY: "some", TOPIC_ARN: topicArn }), {
            message:
                'environment: NOTIFY: "some" is not allowed; it must be one of off, all, failures. Deploy the stream again, which sets it.',
        });
        assert.throws(() => scalerEnvironment({ ...variables, NOTIFY: "all" }), {
            message:
                "environment: TOPIC_ARN: missing; it must be set beside NOTIFY. Deploy the stream again, which sets it.",
        });
    });
});
