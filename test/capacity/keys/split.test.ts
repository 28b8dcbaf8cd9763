/** A split that is advised is one that AWS takes: NewStartingHashKey above one plus the shard's first hash key, and below its last. */
import assert from "node:assert/strict";
import { ringOfShards, uniformRing } from "../../../capacity/keys/hashRing";
import { KeyTally } from "../../../capacity/keys/sample";
import { middleOf, splitBounds, splitsUntil, withinBounds } from "../../../capacity/keys/split";

const last = (1n << 128n) - 1n;

describe("AWS splits a range of hash keys", () => {
    it("of four and more", () => {
        assert.equal(splitBounds(10n, 12n), undefined);
        assert.deepEqual(splitBounds(10n, 13n), { least: 12n, most: 12n });
        assert.deepEqual(splitBounds(0n, last), { least: 2n, most: last - 1n });
    });

    it("at the nearest hash key that it takes", () => {
        const rows = [0n, 1n, 2n, 3n, last - 1n, last].map((at) => withinBounds(at, splitBounds(0n, last)!));
        assert.deepEqual(rows, [2n, 2n, 2n, 3n, last - 1n, last - 1n]);
    });

    it("so a shard of three has no middle", () => {
        const ring = (width: bigint) =>
            ringOfShards([
                { shardId: "a", startingHashKey: "0", endingHashKey: `${width - 1n}` },
                { shardId: "b", startingHashKey: `${width}`, endingHashKey: `${last}` },
            ]);
        assert.equal(middleOf(ring(3n), 0), undefined);
        assert.equal(middleOf(ring(4n), 0)?.newStartingHashKey, "2");
    });

    it("not right after its first one, where a producer that places its records put the half of them", () => {
        const tally = new KeyTally(uniformRing(1));
        for (const [hashKey, weight] of [
            [0n, 60],
            [5n, 40],
        ] as const)
            tally.addHashKey(hashKey, `key-${hashKey}`, weight);
        const [split] = splitsUntil(tally.sample(), () => true)!.splits;
        assert.deepEqual(split, { shardId: "shardId-000000000000", newStartingHashKey: "2", leftShare: 0.6 });
    });
});
