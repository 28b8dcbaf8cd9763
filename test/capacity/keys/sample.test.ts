/** A stream's hash ring and the tally of a sample on it: each record on the shard where Kinesis puts it. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import {
    endOf,
    type HashRing,
    hashKeyOf,
    hashKeySpace,
    laneHashKeys,
    ringOfShards,
    shardOf,
    shardOfHashKey,
    uniformRing,
} from "../../../capacity/keys/hashRing";
import { KeyTally } from "../../../capacity/keys/sample";
import { randomOf, zipf } from "../../../capacity/keys/random";

/** A ring with boundaries anywhere, also side by side. */
const anyRing = fc
    .uniqueArray(fc.bigInt({ min: 1n, max: hashKeySpace - 1n }), { maxLength: 40 })
    .map((cuts) => ringFrom([0n, ...cuts].sort((left, right) => (left < right ? -1 : 1))));

function ringFrom(starts: readonly bigint[]): HashRing {
    return ringOfShards(
        starts.map((start, index) => ({
            startingHashKey: start.toString(),
            endingHashKey: ((starts[index + 1] ?? hashKeySpace) - 1n).toString(),
        })),
    );
}

describe("the ring of a stream", () => {
    it("takes the MD5 of the UTF-8 bytes as a whole number", () => {
        for (const key of ["", "a", "größe", "日本🚀", "x".repeat(256)])
            assert.equal(hashKeyOf(key).toString(16).padStart(32, "0"), createHash("md5").update(key).digest("hex"));
    });

    it("tiles the space without gap, and puts each boundary into the right shard", () => {
        fc.assert(
            fc.property(anyRing, (ring) => {
                ring.starts.forEach((start, shard) => {
                    assert.equal(shardOfHashKey(ring, start), shard);
                    assert.equal(shardOfHashKey(ring, endOf(ring, shard)), shard);
                });
                assert.ok(Math.abs(ring.widths.reduce((sum, width) => sum + width, 0) - 1) < 1e-9);
            }),
            { numRuns: 40 },
        );
    });

    it("refuses ranges with a gap or an overlap, such as closed shards among open ones", () => {
        const half = hashKeySpace / 2n;
        const range = (from: bigint, to: bigint) => ({ startingHashKey: `${from}`, endingHashKey: `${to}` });
        const [low, high] = [range(0n, half - 1n), range(half, hashKeySpace - 1n)];
        assert.equal(ringOfShards([high, low]).starts.length, 2);
        for (const shards of [
            [],
            [low],
            [high],
            [low, high, range(0n, hashKeySpace - 1n)],
            [low, range(half + 1n, hashKeySpace - 1n)],
        ])
            assert.throws(() => ringOfShards(shards), /Pass the open shards only, all of them/);
    });

    it("gives each lane a shard of its own", () => {
        const ring = uniformRing(7);
        for (let lanes = 1; lanes <= 7; lanes++) {
            const shards = laneHashKeys(ring, lanes)!.map((key) => shardOfHashKey(ring, BigInt(key)));
            assert.equal(new Set(shards).size, lanes);
        }
        assert.equal(laneHashKeys(ring, 8), undefined);
    });

    it("keeps lanes apart on as many uniform shards as there are lanes, and on any more", () => {
        for (let lanes = 1; lanes <= 60; lanes++) {
            const hashKeys = laneHashKeys(uniformRing(lanes), lanes)!.map(BigInt);
            for (let shards = lanes; shards <= 300; shards++) {
                const ring = uniformRing(shards);
                const owned = new Set(hashKeys.map((hashKey) => shardOfHashKey(ring, hashKey)));
                assert.equal(owned.size, lanes, `${lanes} lanes on ${shards} shards`);
            }
        }
    });

    it("keeps any number of lanes apart on any number of uniform shards from there, however their cuts are rounded", () => {
        const counts = fc.tuple(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 0, max: 2_000 }));
        fc.assert(
            fc.property(counts, fc.boolean(), ([lanes, more], isRounded) => {
                const shards = lanes + more;
                const starts = isRounded
                    ? Array.from({ length: shards }, (_, at) => (hashKeySpace * BigInt(at)) / BigInt(shards))
                    : uniformRing(shards).starts;
                const ring = { ...uniformRing(shards), starts };
                const hashKeys = laneHashKeys(uniformRing(lanes), lanes)!;
                const owned = new Set(hashKeys.map((hashKey) => shardOfHashKey(ring, BigInt(hashKey))));
                assert.equal(owned.size, lanes);
            }),
            { numRuns: 200 },
        );
    });
});

describe("a tally of keys", () => {
    it("puts every record where the ring has it, to the record", () => {
        fc.assert(
            fc.property(
                anyRing,
                fc.array(fc.tuple(fc.string({ minLength: 1, maxLength: 80, unit: "grapheme" }), fc.nat(5)), {
                    maxLength: 60,
                }),
                (ring, records) => {
                    const tally = new KeyTally(ring, { slots: 1_024 });
                    const counts = ring.starts.map(() => 0);
                    const weights = ring.starts.map(() => 0);
                    for (const [key, weight] of records) {
                        tally.addKey(key, weight);
                        counts[shardOf(ring, key)]!++;
                        weights[shardOf(ring, key)]! += weight;
                    }
                    const sample = tally.sample();
                    assert.deepEqual(sample.shardRecords, counts);
                    assert.deepEqual(sample.shardWeights, weights);
                },
            ),
            { numRuns: 12 },
        );
    });

    it("finds boundaries exactly, where a hash key is one off", () => {
        const ring = ringFrom([0n, 5n, 6n, (1n << 112n) + 1n, 1n << 127n, hashKeySpace - 1n]);
        const tally = new KeyTally(ring, { slots: 64 });
        const counts = ring.starts.map(() => 0);
        for (const start of ring.starts) {
            for (const place of [start - 1n, start, start + 1n]) {
                if (place < 0n || place >= hashKeySpace) continue;
                tally.addHashKey(place, `at-${place}`);
                counts[shardOfHashKey(ring, place)]!++;
            }
        }
        assert.deepEqual(tally.sample().shardRecords, counts);
    });

    for (const slots of [-8, 0, 1, 3, 1_000, 1_024.5, 2 ** 25, NaN]) {
        it(`refuses ${slots} slots, in which a key would be looked for without end`, () =>
            assert.throws(() => new KeyTally(uniformRing(4), { slots }), {
                name: "InvalidInputError",
                message: /^KeyTally: slots: .* is not allowed; it must be a power of two from 2 to 16,777,216\. Leave/,
            }));
    }

    it("counts with as few as two slots", () => {
        const tally = new KeyTally(uniformRing(4), { slots: 2 });
        for (let key = 0; key < 100; key++) tally.addKey(`k${key}`);
        assert.equal(tally.sample().records, 100);
    });

    it("counts keys exactly as long as they fit its table, and within its stated error beyond", () => {
        const random = randomOf(3);
        const rank = zipf(20_000, 1, random);
        const tally = new KeyTally(uniformRing(4), { slots: 1_024 });
        const counts = new Map<string, number>();
        for (let record = 0; record < 60_000; record++) {
            const key = `k${rank()}`;
            tally.addKey(key);
            counts.set(key, (counts.get(key) ?? 0) + 1);
        }
        const sample = tally.sample();
        assert.equal(sample.allKeys, false);
        assert.ok(sample.weightError <= (2.5 * 60_000) / 768, `${sample.weightError}`);
        for (const { key, weight, weightError } of sample.keys)
            assert.ok(weight <= counts.get(key)! && counts.get(key)! <= weight + weightError, key);

        const listed = new Set(sample.keys.map(({ key }) => key));
        for (const [key, count] of counts) assert.ok(listed.has(key) || count <= sample.weightError, key);
        assert.ok(Math.abs(sample.distinctKeys / counts.size - 1) < 0.03, `${sample.distinctKeys} of ${counts.size}`);
        const squares = [...counts.values()].reduce((sum, count) => sum + count * count, 0);
        assert.ok(Math.abs(sample.keyWeightSquares / squares - 1) < 0.1);
    });

    it("knows of each record as soon as it is added", () => {
        const tally = new KeyTally(uniformRing(2));
        const known = Array.from({ length: 600 }, (_, index) => {
            tally.addKey(`key-${index}`);
            return tally.recordsRead;
        });
        assert.deepEqual(
            known,
            Array.from({ length: 600 }, (_, index) => index + 1),
        );
    });

    const seen: readonly (readonly [
        title: string,
        records: number,
        key: (index: number, random: () => number) => number,
    ])[] = [
        ["a key each", 20_000, (index) => index],
        ["each key twice", 40_000, (index) => index % 20_000],
        ["each key three times", 60_000, (index) => index % 20_000],
        ["drawn from 30,000", 60_000, (_, random) => Math.floor(random() * 30_000)],
        ["drawn from a million, a few of them often", 200_000, (_, random) => Math.floor(random() ** 3 * 1_000_000)],
        ["half of them one key", 100_000, (index) => (index % 2 === 0 ? -1 : index)],
    ];
    for (const [title, records, key] of seen) {
        it(`knows how many keys came once, and how many twice at most: ${title}`, () => {
            const random = randomOf(7);
            const tally = new KeyTally(uniformRing(4));
            const times = new Map<number, number>();
            for (let index = 0; index < records; index++) {
                const drawn = key(index, random);
                tally.addKey(`k-${drawn}`);
                times.set(drawn, (times.get(drawn) ?? 0) + 1);
            }
            const exactly = (of: number) => [...times.values()].filter((came) => came === of).length;
            const { seenOnce, seenTwice, allKeys } = tally.sample();
            assert.equal(allKeys, false);
            assert.ok(Math.abs(seenOnce! - exactly(1)) <= 0.04 * times.size, `${seenOnce} of ${exactly(1)} once`);
            assert.ok(
                seenTwice! >= exactly(2) && seenTwice! <= exactly(2) + 0.06 * times.size,
                `${seenTwice} of ${exactly(2)}`,
            );
        });
    }

    it("has never more keys than records, however many they are", () => {
        const tally = new KeyTally(uniformRing(4));
        for (let record = 0; record < 20_000; record++) tally.addKey(`c${record * 7919}`);
        const sample = tally.sample();
        assert.ok(!sample.allKeys);
        assert.ok(sample.distinctKeys <= 20_000 && sample.distinctKeys > 19_000, String(sample.distinctKeys));
    });
});
