/** Ranges that are not even are told from even ones with numbers, and so are the ways out. */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { uniformShards } from "../../../capacity/replay/replay";
import { hashKeySpace } from "../../../capacity/keys/hashRing";
import { evennessOf, waysToEven } from "../../../capacity/scaling/even";
import { type ShardRange } from "../../../capacity/scaling/observation";
import { nextMerge, nextSplit } from "../../../capacity/scaling/walk";

/** Shards of that many 32nds of the hash key space each. */
function shardsOf(...parts: readonly number[]): ShardRange[] {
    const part = hashKeySpace / 32n;
    let next = 0n;
    return parts.map((width, index) => {
        const startingHashKey = next;
        next += BigInt(width) * part;
        return { shardId: `shard-${index}`, startingHashKey, endingHashKey: next - 1n };
    });
}

const uneven = shardsOf(16, 8, 7, 1);

describe("open shards are as even as their ranges", () => {
    const rows: readonly (readonly [
        shards: readonly ShardRange[],
        isEven: boolean,
        widest: number,
        even: number,
        worth: number,
    ])[] = [
        [uniformShards(3, 0), true, 1 / 3, 1 / 3, 3],
        [uniformShards(1, 0), true, 1, 1, 1],
        [shardsOf(8, 8, 8, 8), true, 0.25, 0.25, 4],
        [uneven, false, 0.5, 0.25, 2],
        [shardsOf(9, 8, 8, 7), false, 9 / 32, 0.25, 32 / 9],
    ];
    for (const [shards, isEven, widestShare, evenShare, worthShards] of rows) {
        it(`${shards.length} shards, the widest with ${(widestShare * 100).toFixed(1)} %: ${isEven ? "even" : "uneven"}`, () => {
            const found = evennessOf(shards);
            assert.deepEqual(
                { ...found, widestShare: found.widestShare.toFixed(9), worthShards: found.worthShards.toFixed(6) },
                {
                    isEven,
                    widestShard: shards[0]!.shardId,
                    widestShare: widestShare.toFixed(9),
                    evenShare,
                    worthShards: worthShards.toFixed(6),
                },
            );
        });
    }
});

describe("the way to even ranges", () => {
    const back = { kind: "there-and-back", counts: [5, 4], updateCalls: 2, seconds: 120, widestShare: 0.25 };
    const more = { kind: "one-more", counts: [5], updateCalls: 1, seconds: 60, widestShare: 0.2 };
    const split = { kind: "split-widest", counts: [5], updateCalls: 0, seconds: 30, widestShare: 0.25 };
    const rows = [
        [2, "to 5 and back to 4, or a split", [back, split]],
        [1, "to 5, or a split", [more, split]],
        [0, "a split alone", [split]],
    ] as const;
    for (const [calls, title, ways] of rows)
        it(`with ${calls} calls: ${title}`, () => assert.deepEqual(waysToEven(uneven, calls), ways));

    it("is no split where another shard is as wide as the widest: that one would be full as early as before", () => {
        const twice = shardsOf(12, 12, 4, 4);
        assert.deepEqual(
            [2, 1, 0].map((calls) => waysToEven(twice, calls)),
            [[back], [more], []],
        );
    });

    it("there is none from even ones", () => assert.deepEqual(waysToEven(uniformShards(4, 0), 10), []));

    it("of a stream with the most shards goes through one less", () => {
        const shards = uniformShards(10_000, 0);
        const wider = [{ ...shards[0]!, endingHashKey: shards[1]!.endingHashKey }, ...shards.slice(2, 9_999)];
        const halved = { ...shards[9_999]!, shardId: "low", endingHashKey: shards[9_999]!.startingHashKey + 5n };
        const rest = { ...shards[9_999]!, shardId: "high", startingHashKey: halved.endingHashKey + 1n };
        const ways = waysToEven([...wider, halved, rest], 10);
        assert.deepEqual(
            ways.map(({ kind, counts }) => [kind, ...counts]),
            [["there-and-back", 9_999, 10_000]],
        );
    });
});

describe("without calls, a walk from uneven ranges", () => {
    const parts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 12 });

    it("by splits halves the widest first, and no range gets wider", () => {
        fc.assert(
            fc.property(parts, fc.integer({ min: 1, max: 12 }), (widths, splits) => {
                let shards = shardsOf(...widths);
                for (let made = 0; made < splits; made++) {
                    const before = evennessOf(shards);
                    const { shardId, newStartingHashKey } = nextSplit(shards);
                    assert.equal(shardId, before.widestShard);
                    const middle = BigInt(newStartingHashKey);
                    shards = shards.flatMap((shard) =>
                        shard.shardId !== shardId
                            ? [shard]
                            : [
                                  { ...shard, shardId: `${shardId}a`, endingHashKey: middle - 1n },
                                  { ...shard, shardId: `${shardId}b`, startingHashKey: middle },
                              ],
                    );
                    assert.ok(evennessOf(shards).widestShare <= before.widestShare);
                }
            }),
            { numRuns: 200 },
        );
    });

    it("by merges makes no shard wider than the narrowest two neighbours are together", () => {
        const { shardId, adjacentShardId } = nextMerge(uneven);
        assert.deepEqual([shardId, adjacentShardId], ["shard-2", "shard-3"]);
        const merged = [uneven[0]!, uneven[1]!, { ...uneven[2]!, endingHashKey: uneven[3]!.endingHashKey }];
        assert.deepEqual([evennessOf(merged).widestShare, evennessOf(merged).worthShards], [0.5, 2]);
    });
});
