/** Each step from one shard count to another is one that Kinesis accepts, and no call is spent that is not there. */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { uniformShards } from "../../../capacity/replay/replay";
import {
    countsBetween,
    inRingOrder,
    neighboursOf,
    nextMerge,
    nextSplit,
    planWalk,
} from "../../../capacity/scaling/walk";

describe("a walk goes from one shard count to another within what Kinesis allows", () => {
    const rows: readonly (readonly [from: number, to: number, calls: number, way: string, minutes: number])[] = [
        [4, 8, 10, "update 8", 1],
        [4, 37, 10, "update 8, update 16, update 32, update 37", 4.3],
        [37, 3, 6, "update 19, update 10, update 5, update 3", 4.4],
        [5, 5, 10, "", 0],
        [5, 3, 10, "update 3", 1],
        [5, 2, 10, "update 3, update 2", 2],
        [1, 2, 0, "split 2", 0.5],
        [2, 1, 0, "merge 1", 0.5],
        // One call: three splits first make one doubling enough.
        [4, 14, 1, "split 5, split 6, split 7, update 14", 2.5],
        // Two calls: halve while there is most to halve, merge the rest.
        [16, 2, 2, "update 8, update 4, merge 3, merge 2", 3],
        [4, 6, 0, "split 5, split 6", 1],
    ];
    for (const [from, to, calls, way, minutes] of rows) {
        it(`from ${from} to ${to} with ${calls} calls: ${way || "nothing to do"}`, () => {
            const walk = planWalk({ openShards: from, targetShards: to, updateCalls: calls });
            assert.equal(walk.steps.map((step) => `${step.kind} ${step.to}`).join(", "), way);
            assert.equal(Math.round((walk.seconds / 60) * 10) / 10, minutes);
        });
    }

    const counts = fc.record({
        openShards: fc.integer({ min: 1, max: 400 }),
        targetShards: fc.integer({ min: 1, max: 400 }),
        updateCalls: fc.integer({ min: 0, max: 10 }),
    });

    it("each step is legal, the last one is the target, and no call is spent that is not there", () => {
        fc.assert(
            fc.property(counts, (input) => {
                const { steps, updateCalls, splitsAndMerges, seconds } = planWalk(input);
                let at = input.openShards;
                for (const { kind, from, to } of steps) {
                    assert.equal(from, at);
                    if (kind === "update") assert.ok(to <= 2 * from && 2 * to >= from && to !== from);
                    else assert.equal(to, kind === "split" ? from + 1 : from - 1);
                    // Never away from the target, never beyond it.
                    assert.ok(Math.abs(input.targetShards - to) < Math.abs(input.targetShards - from));
                    at = to;
                }
                assert.equal(at, input.targetShards);
                assert.ok(updateCalls <= input.updateCalls);
                assert.equal(updateCalls + splitsAndMerges, steps.length);
                assert.equal(
                    seconds,
                    steps.reduce((sum, step) => sum + step.seconds, 0),
                );
            }),
            { numRuns: 300 },
        );
    });

    it("planned anew after any step, the rest is the same", () => {
        fc.assert(
            fc.property(counts, (input) => {
                const { steps } = planWalk(input);
                let updateCalls = input.updateCalls;
                steps.forEach((step, at) => {
                    assert.deepEqual(planWalk({ ...input, openShards: step.from, updateCalls }).steps, steps.slice(at));
                    if (step.kind === "update") updateCalls -= 1;
                });
            }),
            { numRuns: 100 },
        );
    });

    it("another call never makes a walk longer", () => {
        fc.assert(
            fc.property(counts, (input) => {
                const more = planWalk({ ...input, updateCalls: input.updateCalls + 1 });
                assert.ok(more.steps.length <= planWalk(input).steps.length);
            }),
            { numRuns: 200 },
        );
    });

    it("a target that no stream can have is refused with what is allowed", () => {
        for (const targetShards of [0, -1, 2.5, 10_001, Number.NaN]) {
            assert.throws(
                () => planWalk({ openShards: 4, targetShards, updateCalls: 10 }),
                /targetShards: .*; it must be a whole number from 1 to 10,000\./,
            );
        }
    });

    const paths: readonly (readonly [from: number, to: number, counts: readonly number[]])[] = [
        [4, 4, []],
        [4, 8, [8]],
        [4, 9, [8, 9]],
        [4, 20, [8, 16, 20]],
        [20, 10, [10]],
        [20, 9, [10, 9]],
        [37, 3, [19, 10, 5, 3]],
        // Half of an odd count rounds up: 5 to 2 is two calls.
        [5, 3, [3]],
        [5, 2, [3, 2]],
        [1, 2, [2]],
        [2, 1, [1]],
        [6_000, 10_000, [10_000]],
        // Above what a call may go to, where AWS has raised the limit: the way down is open.
        [12_000, 5_000, [6_000, 5_000]],
    ];
    for (const [from, to, counts] of paths) {
        it(`by calls alone, from ${from} to ${to}: ${counts.join(", ") || "nothing to do"}`, () =>
            assert.deepEqual(countsBetween(from, to), counts));
    }
});

describe("splits and merges keep a stream even", () => {
    it("the widest shard is split in the middle, the narrowest neighbours are merged", () => {
        const [first, second] = uniformShards(2, 0) as [
            ReturnType<typeof uniformShards>[number],
            ReturnType<typeof uniformShards>[number],
        ];
        const quarter = 2n ** 126n;
        const shards = [
            { ...second },
            { shardId: "low", startingHashKey: 0n, endingHashKey: quarter - 1n },
            { shardId: "high", startingHashKey: quarter, endingHashKey: first.endingHashKey },
        ];
        assert.deepEqual(nextSplit(shards), { shardId: second.shardId, newStartingHashKey: (3n * quarter).toString() });
        assert.deepEqual(nextMerge(shards), { shardId: "low", adjacentShardId: "high" });
        assert.deepEqual(
            neighboursOf(shards, "high").map(({ shardId }) => shardId),
            ["low", second.shardId],
        );
        assert.deepEqual(
            neighboursOf(shards, "low").map(({ shardId }) => shardId),
            ["high"],
        );
        assert.deepEqual(neighboursOf(shards, "gone"), []);
        assert.deepEqual(
            inRingOrder(shards).map(({ shardId }) => shardId),
            ["low", "high", second.shardId],
        );
    });
});
