/** A replay is a model that one can check by hand: what a shard takes, when a reshard is there, what is seen when, what AWS would have refused. */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { hashKeySpace } from "../../../capacity/keys/hashRing";
import {
    type ReplayModel,
    replay,
    replayModel,
    type ReplayPolicy,
    scalerPolicy,
} from "../../../capacity/replay/replay";
import { refusedOf, uniformShards, worthOf } from "../../../capacity/replay/shards";
import { staticPolicy } from "../../../capacity/replay/rules";
import { type ScalingAction, scalingModes, type ShardRange } from "../../../capacity/scaling/observation";
import { completeScaling } from "../../../capacity/scaling/settings";
import { middleHashKey, widestShard } from "../../../capacity/scaling/shards";

const startMs = replayModel.startMs;

/** Does one thing in each minute that has one, and keeps what it saw. */
function acting(actions: Readonly<Record<number, ScalingAction | ((shards: readonly ShardRange[]) => ScalingAction)>>) {
    const seen: { minute: number; shards: number; samples: number; updating: boolean; ageMinutes: number }[] = [];
    const policy: ReplayPolicy = {
        name: "acting",
        decide: ({ nowMs, shards, samples, updating, createdMs }) => {
            const minute = (nowMs - startMs) / 60_000;
            const ageMinutes = (nowMs - createdMs) / 60_000;
            seen.push({ minute, shards: shards.length, samples: samples.length, updating, ageMinutes });
            const action = actions[minute] ?? { kind: "none" };
            return { action: typeof action === "function" ? action(shards) : action };
        },
    };
    return { policy, seen };
}

const update = (targetShardCount: number): ScalingAction => ({ kind: "update", targetShardCount });
const steady = (load: number, seconds: number) => new Array<number>(seconds).fill(load);
const model = (changes: Partial<ReplayModel>): ReplayModel => ({ ...replayModel, ...changes });

describe("a replay tells what would have happened", () => {
    it("a static size takes a unit a shard and second, and refuses the rest", () => {
        const load = [...steady(1, 60), ...steady(3, 59), 5];
        assert.deepEqual(replay(load, staticPolicy(), model({ startShards: 2 })), {
            name: "static",
            shardHours: 240 / 3_600,
            startedShardHours: 2,
            offered: 242,
            accepted: 180,
            lost: 62,
            refused: 62,
            rejectedPercent: 6_200 / 242,
            updateCalls: 0,
            splitsAndMerges: 0,
            mostSplitsAndMergesPerDay: 0,
            mostClosedShards: 0,
            illegalCalls: 0,
            illegal: {},
            shardsByMinute: [2, 2],
            refusedByMinute: [0, 62],
            meanLoadByMinute: [1, 182 / 60],
            highestLoadByMinute: [1, 5],
            decisions: [],
        });
    });

    it("an update has the old shards until it is done", () => {
        const { policy } = acting({ 1: update(4) });
        const outcome = replay(steady(4, 240), policy, model({ startShards: 2 }));
        assert.deepEqual(outcome.shardsByMinute, [2, 2, 4, 4]);
        assert.deepEqual(outcome.refusedByMinute, [120, 120, 0, 0]);
        assert.equal(outcome.shardHours, (2 * 120 + 4 * 120) / 3_600);
        assert.deepEqual(outcome.decisions, [
            { minute: 1, kind: "update", from: 2, to: 4, reason: undefined, message: undefined },
        ]);
    });

    it("an update of many shards takes longer, a split half a minute, which leaves the widest range half as wide", () => {
        const many = acting({ 1: update(40) });
        assert.deepEqual(
            replay(steady(1, 240), many.policy, model({ startShards: 20 })).shardsByMinute,
            [20, 20, 40, 40],
        );
        const split = acting({
            1: ([first]) => ({ kind: "split", shardId: first!.shardId, newStartingHashKey: middleHashKey(first!) }),
            2: ([, second]) => ({
                kind: "split",
                shardId: second!.shardId,
                newStartingHashKey: middleHashKey(second!),
            }),
        });
        const outcome = replay(steady(1.5, 180), split.policy, model({ startShards: 1 }));
        // One shard refuses .5 a second; two of a half each nothing.
        assert.deepEqual(outcome.refusedByMinute, [30, 15, 0]);
        assert.equal(outcome.splitsAndMerges, 2);
    });

    it("metrics are seen as late as the model says, from none on, and a minute of nothing has no datapoint", () => {
        const { policy, seen } = acting({});
        replay([...steady(1, 60), ...steady(0, 60), ...steady(1, 120)], policy, model({ metricsLateMinutes: 1 }));
        assert.deepEqual(
            seen.map(({ samples }) => samples),
            [0, 1, 1, 2],
        );
        assert.deepEqual(seen[0], { minute: 1, shards: 1, samples: 0, updating: false, ageMinutes: 1 });
        const late = acting({});
        replay(steady(1, 240), late.policy, model({ metricsLateMinutes: 3 }));
        assert.deepEqual(
            late.seen.map(({ samples }) => samples),
            [0, 0, 0, 1],
        );
    });

    it("a policy runs as often as the model says, and sees that an update is under way", () => {
        const { policy, seen } = acting({ 2: update(2) });
        replay(steady(1, 360), policy, model({ everyMinutes: 2, updateSecondsMin: 150 }));
        assert.deepEqual(
            seen.map(({ minute, updating }) => [minute, updating]),
            [
                [2, false],
                [4, true],
                [6, false],
            ],
        );
    });

    const retried: readonly (readonly [retrySeconds: number, refused: number, lost: number])[] = [
        [0, 2, 2],
        [1, 3, 1],
        [2, 3, 0],
    ];
    for (const [retrySeconds, refused, lost] of retried) {
        it(`of 3 records at once on one shard, written again for ${retrySeconds} s, ${lost} are lost and ${refused} refused`, () => {
            const outcome = replay([3, ...steady(0, 59)], staticPolicy(), model({ retrySeconds }));
            assert.deepEqual([outcome.refused, outcome.lost, outcome.accepted], [refused, lost, 3 - lost]);
            assert.equal(outcome.rejectedPercent, (100 * lost) / 3);
        });
    }

    it("each started hour costs its most shards, and closed shards are kept for the retention time", () => {
        const { policy } = acting({ 1: update(4), 70: update(2), 150: update(4) });
        const outcome = replay(steady(1, 3 * 3_600), policy, model({ startShards: 2, retentionHours: 2 }));
        assert.equal(outcome.startedShardHours, 4 + 4 + 4);
        // 2 of the first, 4 of the second; the first are gone when the third closes 2.
        assert.equal(outcome.mostClosedShards, 6);
    });
});

describe("a replay counts what AWS would have refused", () => {
    const first = ([shard]: readonly ShardRange[]) => shard!;
    const rows: readonly (readonly [
        why: string,
        actions: Parameters<typeof acting>[0],
        changes?: Partial<ReplayModel>,
    ])[] = [
        ["another is under way", { 1: update(5), 2: update(6) }, { updateSecondsMin: 90 }],
        ["an update to the open count", { 1: update(4) }],
        ["an update above double the open shards", { 1: update(9) }],
        ["an update below half the open shards", { 1: update(1) }],
        ["split of a shard that is not open", { 1: { kind: "split", shardId: "none", newStartingHashKey: "7" } }],
        [
            "split outside the shard",
            { 1: (all) => ({ kind: "split", shardId: first(all).shardId, newStartingHashKey: "0" }) },
        ],
        ["merge of a shard that is not open", { 1: (all) => merge(first(all), "none") }],
        ["merge of shards that are not adjacent", { 1: (all) => merge(first(all), all[2]!.shardId) }],
        [
            "more splits and merges in 24 h than allowed",
            { 1: (all) => merge(first(all), all[1]!.shardId), 2: (all) => merge(first(all), all[1]!.shardId) },
            { maxReshardsPerDay: 1 },
        ],
        [
            "an eleventh UpdateShardCount call in 24 h",
            Object.fromEntries(Array.from({ length: 11 }, (_, nth) => [1 + 2 * nth, update(nth % 2 === 0 ? 5 : 4)])),
        ],
    ];
    for (const [why, actions, changes = {}] of rows) {
        it(why, () => {
            const outcome = replay(steady(1, 1_500), acting(actions).policy, model({ startShards: 4, ...changes }));
            assert.deepEqual(outcome.illegal, { [why]: 1 });
            assert.equal(outcome.illegalCalls, 1);
        });
    }

    function merge(shard: ShardRange, adjacentShardId: string): ScalingAction {
        return { kind: "merge", shardId: shard.shardId, adjacentShardId };
    }
});

describe("whatever the load and the policy", () => {
    const loads = fc
        .array(
            fc.record({ load: fc.double({ min: 0, max: 12, noNaN: true }), seconds: fc.integer({ min: 1, max: 400 }) }),
            {
                minLength: 1,
                maxLength: 6,
            },
        )
        .map((parts) => parts.flatMap(({ load, seconds }) => steady(load, seconds)));

    it("what is offered is accepted or lost, and shards tile the hash keys", () => {
        const choices = fc.infiniteStream(fc.nat({ max: 5 }));
        fc.assert(
            fc.property(loads, choices, fc.nat({ max: 90 }), (load, choice, retrySeconds) => {
                const policy: ReplayPolicy = {
                    name: "any",
                    decide: ({ shards }) => {
                        assert.equal(tiled(shards), hashKeySpace);
                        return { action: anyAction(shards, choice.next().value as number) };
                    },
                };
                const outcome = replay(load, policy, model({ startShards: 3, retrySeconds }));
                const { offered, accepted, lost, refused } = outcome;
                assert.ok(Math.abs(accepted + lost - offered) < 1e-6 * (1 + offered));
                assert.ok(accepted >= 0 && lost >= 0 && refused >= lost - 1e-6, JSON.stringify(outcome));
                if (retrySeconds === 0) assert.equal(refused, lost);
            }),
            { numRuns: 60 },
        );
    });

    it("equal shards are worth their number, and others no more than it", () => {
        fc.assert(
            fc.property(
                fc.integer({ min: 1, max: 300 }),
                fc.double({ min: 0, max: 400, noNaN: true }),
                (count, load) => {
                    const even = uniformShards(count, 0);
                    assert.deepEqual(worthOf(even), { room: count, widths: undefined });
                    assert.equal(refusedOf(load, worthOf(even)), Math.max(0, load - count));
                    const widest = widestShard(even);
                    const middle = BigInt(middleHashKey(widest));
                    const uneven = worthOf([
                        ...even.filter((shard) => shard !== widest),
                        { ...widest, endingHashKey: middle - 1n },
                        { ...widest, startingHashKey: middle },
                    ]);
                    const refused = refusedOf(load, uneven);
                    assert.ok(refused >= load - (count + 1) - 1e-9 && refused <= Math.max(0, load - count) + 1e-9);
                },
            ),
            { numRuns: 100 },
        );
    });

    for (const mode of scalingModes) {
        it(`the ${mode} mode makes no call that AWS would refuse`, () => {
            const load = Array.from({ length: 5 * 3_600 }, (_, second) => {
                const [minute, spike] = [Math.floor(second / 60), Math.floor(second / 1_800)];
                return 2 + Math.sin(minute / 40) + (minute % 30 < 4 ? spike % 9 : 0);
            });
            for (const maxReshardsPerDay of [0, 6]) {
                const settings = completeScaling({
                    mode,
                    minShards: 1,
                    maxShards: 12,
                    peakShards: 6,
                    maxReshardsPerDay,
                });
                const outcome = replay(load, scalerPolicy(settings), model({ startShards: 8, maxReshardsPerDay }));
                assert.deepEqual(outcome.illegal, {});
            }
        });
    }
});

function anyAction(shards: readonly ShardRange[], choice: number): ScalingAction {
    const [first, second] = shards;
    if (choice === 1) return update(shards.length * 2);
    if (choice === 2) return update(Math.ceil(shards.length / 2));
    if (choice === 3 && second !== undefined)
        return { kind: "merge", shardId: second.shardId, adjacentShardId: first!.shardId };

    if (choice === 4) return { kind: "split", shardId: first!.shardId, newStartingHashKey: middleHashKey(first!) };
    return choice === 5 ? update(100) : { kind: "none" };
}

/** How much of the hash keys the shards have between them, one after the other. */
function tiled(shards: readonly ShardRange[]): bigint {
    return shards.reduce((next, { startingHashKey, endingHashKey }) => {
        assert.equal(startingHashKey, next);
        return endingHashKey + 1n;
    }, 0n);
}
