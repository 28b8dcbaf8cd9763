/** A hash key's cell, found by its words, is the one that long division finds. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { endOf, hashKeySpace, locatorOf, ringOfShards, uniformRing } from "../../../capacity/keys/hashRing";

const hashKeys = fc.bigInt({ min: 0n, max: hashKeySpace - 1n });

describe("the cells of a ring", () => {
    it("tile every shard in equal parts, whatever the shards' widths", () => {
        const cuts = fc.uniqueArray(hashKeys, { minLength: 0, maxLength: 6 });
        fc.assert(
            fc.property(cuts, fc.integer({ min: 1, max: 40 }), fc.array(hashKeys), (inner, parts, samples) => {
                const starts = [0n, ...inner.filter((start) => start > 0n)].sort((one, other) =>
                    one < other ? -1 : 1,
                );
                const ring = ringOfShards(
                    starts.map((start, shard) => ({
                        startingHashKey: String(start),
                        endingHashKey: String((starts[shard + 1] ?? hashKeySpace) - 1n),
                    })),
                );
                const { locate, cells } = locatorOf(ring, parts);
                assert.equal(cells, starts.length * parts);
                for (const [shard, start] of starts.entries()) {
                    const width = endOf(ring, shard) + 1n - start;
                    const first = (part: number) => start + (width * BigInt(part)) / BigInt(parts);
                    for (let part = 0; part < parts; part++) {
                        if (first(part) === first(part + 1)) continue;
                        const cell = shard * parts + part;
                        const last = first(part + 1) - 1n;
                        const inside = samples.filter((hashKey) => hashKey >= first(part) && hashKey <= last);
                        for (const hashKey of [first(part), last, ...inside])
                            assert.equal(locate(wordsOf(hashKey), 0), cell, `${hashKey}`);
                    }
                }
            }),
            { numRuns: 50 },
        );
    });

    it("are found wherever the words stand", () => {
        const { locate } = locatorOf(uniformRing(2), 4);
        const halfway = Int32Array.of(7, 7, ...wordsOf(hashKeySpace / 2n), ...wordsOf(hashKeySpace / 2n - 1n));
        assert.deepEqual([locate(halfway, 2), locate(halfway, 6)], [4, 3]);
    });
});

function wordsOf(hashKey: bigint): Int32Array {
    return Int32Array.from([96n, 64n, 32n, 0n], (shift) => Number((hashKey >> shift) & 0xffffffffn));
}
