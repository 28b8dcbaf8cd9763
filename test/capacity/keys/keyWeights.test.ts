/** Keys of unequal weight: where chance puts them, and where a program places them. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { chanceThatAllFit } from "../../../capacity/keys/bins";
import { uniformRing } from "../../../capacity/keys/hashRing";
import { chanceThatWeightsFit, equalWeights, shardsForPlacedKeys } from "../../../capacity/keys/keyWeights";
import { randomOf } from "../../../capacity/keys/random";
import { KeyTally } from "../../../capacity/keys/sample";
import { keyRequirementsOf } from "../../../capacity/keys/sampleShares";
import { chanceThatKeysFit } from "../../../capacity/keys/spread";
import { planCapacity } from "../../../capacity/sizing/plan";

const near = (value: number, expected: number, within: number) =>
    assert.ok(Math.abs(value - expected) <= within, `${value}, expected ${expected}`);

describe("the chance that keys of unequal weight fit", () => {
    it("is that of equal keys where they are equal", () => {
        for (const [keys, shards, perShard] of [
            [10, 20, 3],
            [40, 10, 10],
            [60, 20, 8],
        ] as const) {
            const exact = chanceThatAllFit({ keys, shards, room: perShard });
            const heavy = equalWeights(keys / perShard, keys);
            near(chanceThatWeightsFit({ heavy, rest: 0, restKeys: 0 }, shards), exact, 0.02);
        }
    });

    it("is the same however a key is told: as heavy, or as one of the rest", () => {
        const alone = chanceThatAllFit({ keys: 2_000, shards: 12, room: 200 });
        assert.ok(alone > 0.9);
        const two = { heavy: [1 / 200, 1 / 200], rest: 1_998 / 200, restKeys: 1_998 };
        near(chanceThatWeightsFit(two, 12), alone, 0.02);
    });

    it("agrees with throwing all of them", () => {
        const [shards, restKeys, rest] = [24, 3_000, 5];
        const heavy = [0.5, 0.4, 0.3, 0.3, 0.2];
        const random = randomOf(77);
        let fits = 0;
        for (let trial = 0; trial < 1_500; trial++) {
            const loads = new Float64Array(shards);
            for (const weight of heavy) loads[Math.floor(random() * shards)]! += weight;
            for (let key = 0; key < restKeys; key++) loads[Math.floor(random() * shards)]! += rest / restKeys;
            if (Math.max(...loads) <= 1) fits++;
        }
        near(chanceThatWeightsFit({ heavy, rest, restKeys }, shards), fits / 1_500, 0.03);
    });

    it("is the same on every run", () => {
        const weights = { heavy: [0.5, 0.4, 0.3], rest: 4, restKeys: 500 };
        assert.equal(chanceThatWeightsFit(weights, 9), chanceThatWeightsFit(weights, 9));
    });

    it("a hottest share below that of an equal key declares equal keys", () => {
        const load = { writeMiBPerSecond: 3.5, recordsPerSecond: 100, distinctKeys: 10 };
        for (const hottestKeyShare of [0, 0.05, 0.1])
            assert.equal(chanceThatKeysFit({ ...load, hottestKeyShare }, 8), chanceThatKeysFit(load, 8));
    });
});

describe("keys that are placed", () => {
    const rows: readonly [
        title: string,
        heavy: number[],
        rest: number,
        keys: number | undefined,
        number | undefined,
    ][] = [
        ["four of 0.875", [], 3.5, 4, 4],
        ["twenty of 0.4, two on a shard", [], 8, 20, 10],
        ["one above a shard", [1.01], 1, undefined, undefined],
        ["equal ones above a shard", [], 3.5, 3, undefined],
        ["heavy ones in pairs, as far as they fit", [0.7, 0.6, 0.4, 0.3], 0, 0, 2],
        ["the rest where room is left", [0.7, 0.7], 0.6, 6, 2],
        ["one of the rest too many", [0.7, 0.7], 0.7, 7, 3],
        ["a rest like water", [0.7, 0.7], 1.8, undefined, 4],
    ];
    for (const [title, heavy, rest, restKeys, shards] of rows) {
        it(`${title}: ${shards ?? "no count"}`, () =>
            assert.equal(shardsForPlacedKeys({ heavy, rest, restKeys }), shards));
    }
});

describe("a sample as requirements", () => {
    /** A population's shares, and the requirements that 20,000 records of it show. */
    function sampled(weights: readonly number[]) {
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const random = randomOf(3);
        const ends: number[] = [];
        weights.reduce((sum, weight) => (ends.push(sum + weight), sum + weight), 0);
        const tally = new KeyTally(uniformRing(1));
        for (let record = 0; record < 20_000; record++) {
            const drawn = random() * total;
            let [low, high] = [0, ends.length - 1];
            while (low < high) {
                const middle = (low + high) >>> 1;
                if (ends[middle]! > drawn) high = middle;
                else low = middle + 1;
            }
            tally.addKey(`key-${low}`);
        }
        tally.flush();
        return { shares: weights.map((weight) => weight / total), keys: keyRequirementsOf(tally.sample()) };
    }

    /** How often, over new names of all keys, no shard is over its limits. */
    function fitsOf(shares: readonly number[], load: number, shards: number): number {
        const random = randomOf(11);
        let fits = 0;
        for (let trial = 0; trial < 300; trial++) {
            const loads = new Float64Array(shards);
            for (const share of shares) loads[Math.floor(random() * shards)]! += share * load;
            if (Math.max(...loads) <= 1) fits++;
        }
        return fits / 300;
    }

    const zipf = (keys: number, exponent: number) => Array.from({ length: keys }, (_, rank) => (rank + 1) ** -exponent);
    const rows: readonly [title: string, weights: number[], load: number][] = [
        ["Zipf 1.0", zipf(2_000, 1), 3],
        ["Zipf 0.8", zipf(3_000, 0.8), 6],
        ["one tenant of 10 % among 1,000", [111, ...new Array<number>(1_000).fill(1)], 3.5],
        ["50 country codes", Array.from({ length: 50 }, (_, rank) => Math.exp(-rank / 10)), 2.5],
        ["500 equal keys", new Array<number>(500).fill(1), 7],
    ];
    for (const [title, weights, writeMiBPerSecond] of rows) {
        it(`${title}: planned from the sample, the minimum carries it in 95 of 100 cases`, () => {
            const { shares, keys } = sampled(weights);
            const { minimumShards } = planCapacity({
                writeMiBPerSecond,
                recordsPerSecond: 100,
                keysMayRaiseShards: 20,
                ...keys,
            });
            const fits = fitsOf(shares, writeMiBPerSecond, minimumShards);
            assert.ok(fits >= 0.92, `${fits} on ${minimumShards} shards: ${JSON.stringify(keys)}`);
        });
    }

    it("names the keys that stand out, and no others", () => {
        const { keys } = sampled([250, 125, ...new Array<number>(1_000).fill(1)]);
        assert.equal(keys.heaviestKeyShares?.length, 2);
        near(keys.heaviestKeyShares[0]!, 250 / 1_375, 0.005);
        near(keys.distinctKeys, 1_002, 30);
        assert.equal(sampled(new Array<number>(500).fill(1)).keys.heaviestKeyShares, undefined);
    });

    /** Keys with so many records each, and as many others with so many each, in no order. */
    function counted(heavy: readonly number[], others: number, each: number) {
        const tally = new KeyTally(uniformRing(1));
        const last = Math.max(...heavy, each);
        for (let record = 0; record < last; record++) {
            heavy.forEach((records, key) => record < records && tally.addKey(`heavy-${key}`));
            if (record < each) for (let key = 0; key < others; key++) tally.addKey(`key-${key}`);
        }
        return keyRequirementsOf(tally.sample());
    }

    const veryHot: readonly (readonly [
        title: string,
        heavy: number[],
        others: number,
        each: number,
        shares: number[],
    ])[] = [
        ["one key of 20 %", [500], 500, 4, [0.2]],
        ["one key of 80 %", [8_000], 500, 4, [0.8]],
        ["one key of 90 %", [9_000], 500, 2, [0.9]],
        ["one key of 99 %", [99_000], 500, 2, [0.99]],
        ["one of two keys", [9_000], 1, 1_000, [0.9]],
        [
            "three keys of 30 %, none of which stands out from the other two",
            [3_000, 3_000, 3_000],
            500,
            2,
            [0.3, 0.3, 0.3],
        ],
        ["a hot key and one that is heavy beside the others only", [9_000, 200], 400, 2, [0.9, 0.02]],
    ];
    for (const [title, heavy, others, each, shares] of veryHot) {
        it(`${title}: the others stay as many as they are`, () =>
            assert.deepEqual(counted(heavy, others, each), {
                distinctKeys: heavy.length + others,
                heaviestKeyShares: shares,
            }));
    }

    it("a key that is heavy beside equal others is named, however heavy it is", () => {
        fc.assert(
            fc.property(
                fc.integer({ min: 2, max: 300 }),
                fc.integer({ min: 3, max: 8 }),
                fc.integer({ min: 60, max: 20_000 }),
                (others, each, records) => {
                    const { distinctKeys, heaviestKeyShares } = counted([records], others, each);
                    assert.equal(distinctKeys, others + 1);
                    near(heaviestKeyShares![0]!, records / (records + others * each), 0.0001);
                },
            ),
            { numRuns: 30 },
        );
    });

    it("a hot key does not hide the others where they are too many to count one by one", () => {
        for (let name = 0; name < 8; name++) {
            const tally = new KeyTally(uniformRing(1));
            for (let record = 0; record < 60_000; record++) {
                for (let again = 0; again < 9; again++) tally.addKey(`hot-${name}`);
                tally.addKey(`key-${record % 20_000}`);
            }
            const { distinctKeys, heaviestKeyShares } = keyRequirementsOf(tally.sample());
            assert.deepEqual(heaviestKeyShares, [0.9]);
            near(distinctKeys, 20_001, 400);
        }
    });

    it("of one key says so", () => {
        assert.deepEqual(sampled([1]).keys, { distinctKeys: 1 });
    });
});
