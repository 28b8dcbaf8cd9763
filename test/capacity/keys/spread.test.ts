/** How unevenly keys fall on shards by chance, how many are enough, and what that asks of a plan. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { chanceThatAllFit } from "../../../capacity/keys/bins";
import { explicitHashKey, explicitHashKeys, uniformRing } from "../../../capacity/keys/hashRing";
import {
    chanceThatKeysFit,
    hottestOverAverage,
    keysForShards,
    loadInShards,
    shardsForKeys,
    suffixesForHotKey,
} from "../../../capacity/keys/spread";
import { randomOf } from "../../../capacity/keys/random";

describe("how uneven keys of equal weight fall", () => {
    // Keys a shard, then mean and 95th percentile on 4, 10 and 50 shards, from simulations with MD5.
    const simulated: readonly [perShard: number, ...cells: [number, number, number][]][] = [
        [1, [4, 2.19, 3.0], [10, 2.85, 4.0], [50, 3.77, 5.0]],
        [5, [4, 1.5, 2.0], [10, 1.75, 2.2], [50, 2.14, 2.6]],
        [10, [4, 1.34, 1.7], [10, 1.52, 1.8], [50, 1.8, 2.1]],
        [50, [4, 1.15, 1.3], [10, 1.23, 1.34], [50, 1.33, 1.48]],
        [100, [4, 1.1, 1.2], [10, 1.16, 1.26], [50, 1.23, 1.3]],
        [500, [4, 1.05, 1.09], [10, 1.07, 1.11], [50, 1.1, 1.15]],
    ];
    // Where the table's own simulation is off by more than 3 %, the exact value stands here, counted over all ways (10 keys: 10^10).
    const exact = new Map([
        ["1 a shard on 10, mean", 2.748_689],
        ["10 a shard on 4, p95", 1.6],
    ]);
    for (const [perShard, ...cells] of simulated) {
        for (const [shards, mean, p95] of cells) {
            it(`${perShard} keys a shard on ${shards} shards put ${mean} times the average on the hottest, ${p95} at worst in 95 of 100`, () => {
                const found = hottestOverAverage(perShard * shards, shards);
                const near = (value: number, expected: number, name: string) => {
                    const wanted = exact.get(`${perShard} a shard on ${shards}, ${name}`) ?? expected;
                    assert.ok(Math.abs(value / wanted - 1) <= 0.03, `${name} ${value}, expected ${wanted}`);
                };
                near(found.mean, mean, "mean");
                near(found.p95, p95, "p95");
            });
        }
    }

    it("counts few keys exactly: four keys on four shards land all apart 9.375 % of the time", () => {
        assert.ok(Math.abs(chanceThatAllFit({ keys: 4, shards: 4, room: 1 }) - 24 / 256) < 1e-12);
        assert.ok(Math.abs(chanceThatAllFit({ keys: 4, shards: 5, room: 1 }) - (5 * 4 * 3 * 2) / 5 ** 4) < 1e-12);
        assert.equal(hottestOverAverage(4, 4).mean.toFixed(6), (544 / 256).toFixed(6));
    });

    it("agrees with a simulation of many keys", () => {
        const random = randomOf(5);
        const [keys, shards, trials] = [2_000, 20, 400];
        const hottest = Array.from({ length: trials }, () => {
            const counts = new Float64Array(shards);
            for (let key = 0; key < keys; key++) counts[Math.floor(random() * shards)]!++;
            return Math.max(...counts) / (keys / shards);
        }).sort((left, right) => left - right);
        const mean = hottest.reduce((sum, value) => sum + value, 0) / trials;
        const found = hottestOverAverage(keys, shards);
        assert.ok(Math.abs(found.mean / mean - 1) < 0.01, `${found.mean} and ${mean}`);
        assert.ok(Math.abs(found.p95 / hottest[Math.floor(trials * 0.95)]! - 1) < 0.02);
    });

    it("is even in the limit of many keys, and never below the average", () => {
        fc.assert(
            fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 2_000_000 }), (shards, keys) => {
                const { mean, p95 } = hottestOverAverage(keys, shards);
                assert.ok(mean >= 1 - 1e-9 && mean <= shards && p95 >= 1 - 1e-9 && p95 <= shards, `${mean} ${p95}`);
            }),
            { numRuns: 60 },
        );
        assert.ok(hottestOverAverage(1e11, 10).p95 < 1.0001);
    });
});

describe("how many keys are enough", () => {
    const rows: readonly [shards: number, headroom: number, keys: number][] = [
        [1, 0.2, 1],
        [4, 1 / 0.7 - 1, 96],
        [10, 1 / 0.7 - 1, 364],
        [50, 1 / 0.7 - 1, 2_905],
        [2, 1, 1],
    ];
    for (const [shards, headroom, keys] of rows) {
        it(`${shards} shards with headroom ${headroom.toFixed(2)} need about ${keys} keys`, () => {
            const found = keysForShards(shards, headroom)!;
            assert.ok(Math.abs(found / keys - 1) < 0.03, String(found));
        });
    }

    it("no number of keys is enough without headroom", () => assert.equal(keysForShards(4, 0), undefined));

    it("none is found, soon, where the count of shards is no number", () => {
        assert.equal(keysForShards(NaN, 0.43), undefined);
        assert.equal(
            shardsForKeys({ writeMiBPerSecond: 1, recordsPerSecond: 1, distinctKeys: 9, hottestKeyShare: 0.9 }, NaN),
            undefined,
        );
    });

    it("a load that is no number is refused, with every number that is missing", () =>
        assert.throws(() => shardsForKeys({ recordsPerSecond: NaN } as never), {
            name: "InvalidInputError",
            message:
                "load: writeMiBPerSecond: missing; it must be a number. Give the load of the stream at its peak.\n" +
                "recordsPerSecond: NaN is not allowed; it must be a number. Give the load of the stream at its peak.",
        }));

    it("with that many keys or more, the 95th percentile holds", () => {
        for (const [shards, headroom] of [
            [4, 0.2],
            [10, 0.43],
            [32, 0.3],
        ] as const) {
            const enough = keysForShards(shards, headroom)!;
            for (const factor of [1, 1.01, 1.1, 1.5, 3])
                assert.ok(hottestOverAverage(Math.round(enough * factor), shards).p95 <= (1 + headroom) * 1.01);
        }
    });

    it("a key needs more suffixes the heavier it is", () => {
        const suffixes = [0.1, 0.2, 0.4, 0.8].map((share) => suffixesForHotKey({ share, shards: 8, headroom: 0.43 }));
        assert.deepEqual(
            suffixes,
            [...suffixes].sort((left, right) => left - right),
        );
        assert.equal(suffixesForHotKey({ share: 0, shards: 8, headroom: 0.43 }), 1);
    });

    it("a key with its suffixes leaves the shards even, in a simulation", () => {
        const [shards, share, headroom] = [8, 0.4, 0.43];
        const suffixes = suffixesForHotKey({ share, shards, headroom });
        const random = randomOf(9);
        let fits = 0;
        for (let trial = 0; trial < 1_000; trial++) {
            const loads = new Float64Array(shards).fill((1 - share) / shards);
            for (let suffix = 0; suffix < suffixes; suffix++) loads[Math.floor(random() * shards)]! += share / suffixes;
            if (Math.max(...loads) * shards <= 1 + headroom + 1e-9) fits++;
        }
        assert.ok(fits >= 930, `${fits} of 1000 with ${suffixes} suffixes`);
    });
});

describe("keySkew in a plan", () => {
    it("needs no more shards than the load where there are enough keys", () => {
        assert.equal(shardsForKeys({ writeMiBPerSecond: 3.5, recordsPerSecond: 2_500, distinctKeys: 20_000 }), 4);
    });

    it("finds a count above the 10,000 shards of one UpdateShardCount call, where the load itself is near", () => {
        const load = { writeMiBPerSecond: 9_999, recordsPerSecond: 1e6, distinctKeys: 1e11 };
        const shards = shardsForKeys(load)!;
        assert.ok(shards > 9_999 && shards < 10_200, `${shards} shards`);
    });

    it("is the smallest count at which the 95th percentile fits", () => {
        fc.assert(
            fc.property(
                fc.double({ min: 0.1, max: 50, noNaN: true }),
                fc.integer({ min: 1, max: 100_000 }),
                fc.option(fc.double({ min: 0, max: 0.05, noNaN: true }), { nil: undefined }),
                (writeMiBPerSecond, distinctKeys, hottestKeyShare) => {
                    const load = { writeMiBPerSecond, recordsPerSecond: 1, distinctKeys, hottestKeyShare };
                    const shards = shardsForKeys(load);
                    if (shards === undefined) return;
                    assert.ok(chanceThatKeysFit(load, shards) >= 0.95);
                    assert.ok(shards >= loadInShards(load) - 1e-9);
                    if (shards - 1 >= loadInShards(load)) assert.ok(chanceThatKeysFit(load, shards - 1) < 0.95);
                },
            ),
            { numRuns: 60 },
        );
    });
});

describe("the hash ring", () => {
    it("cuts the space as Kinesis does", () => {
        // DescribeStream of a new stream with 3 shards.
        assert.deepEqual(uniformRing(3).starts.map(String), [
            "0",
            "113427455640312821154458202477256070485",
            "226854911280625642308916404954512140970",
        ]);
    });

    it("gives the first hash key of each of its uniform shards", () => {
        assert.deepEqual(explicitHashKeys(3), uniformRing(3).starts.map(String));
        assert.equal(explicitHashKey(2, 3), "226854911280625642308916404954512140970");
    });

    const refused: [title: string, ask: () => unknown, message: string][] = [
        [
            "no shards",
            () => uniformRing(0),
            "uniformRing: shards: 0 is not allowed; it must be a whole number, at least 1. Give the open shards of the stream.",
        ],
        [
            "half a shard",
            () => explicitHashKeys(1.5),
            "explicitHashKeys: shards: 1.5 is not allowed; it must be a whole number, at least 1. Give the open shards of the stream.",
        ],
        [
            "shards as text",
            () => explicitHashKey(9, "4" as never),
            'explicitHashKey: shards: "4" is not allowed; it must be a whole number, at least 1. Give the open shards of the stream.',
        ],
        [
            "the shard after the last one, whose key Kinesis refuses",
            () => explicitHashKey(4, 4),
            "explicitHashKey: index: 4 is not allowed; it must be a whole number from 0 to 3. The first of 4 shards is 0, the last is 3.",
        ],
        [
            "the shard before the first one",
            () => explicitHashKey(-1, 4),
            "explicitHashKey: index: -1 is not allowed; it must be a whole number from 0 to 3. The first of 4 shards is 0, the last is 3.",
        ],
    ];
    for (const [title, ask, message] of refused)
        it(`refuses ${title}`, () => assert.throws(ask, { name: "InvalidInputError", message }));
});
