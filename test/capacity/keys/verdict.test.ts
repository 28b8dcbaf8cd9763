/**
 * The verdict on a sample of keys names the cause that it has, and a fix that holds; strategies come out as their nature is.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { confusionOf } from "../../../bench/keysVerdicts";
import { endOf, type HashRing, hashKeySpace, ringOfShards, uniformRing } from "../../../capacity/keys/hashRing";
import { type KeySample, KeyTally, wholeOf } from "../../../capacity/keys/sample";
import {
    comparisonDefaults,
    defaultPopulation,
    keyStrategyNamed,
    keyStrategyNames,
    tryStrategy,
} from "../../../capacity/keys/strategies";
import { evennessOf } from "../../../capacity/keys/evidence";
import { declaredKeysOf, keyRequirementsOf } from "../../../capacity/keys/sampleShares";
import { splitsUntil } from "../../../capacity/keys/split";
import { type JudgeOptions } from "../../../capacity/keys/cause";
import { judgeSample } from "../../../capacity/keys/verdict";
import { randomOf, zipf } from "../../../capacity/keys/random";

function sampleOf(ring: HashRing, records: number, key: (index: number) => string): KeySample {
    const tally = new KeyTally(ring);
    for (let index = 0; index < records; index++) tally.addKey(key(index));
    return tally.sample();
}

describe("the verdict on a sample of keys", () => {
    it("is right in at least 98 % of random scenarios whose cause is known", () => {
        const { right, all, wrong } = confusionOf(51, 20_261_122);
        assert.ok(right / all >= 0.98, JSON.stringify(wrong));
    });

    const doubtful: readonly (readonly [
        title: string,
        sample: () => KeySample,
        options: JudgeOptions,
        message: string,
        recommendation: RegExp,
    ])[] = [
        [
            "no load",
            () => sampleOf(uniformRing(4), 0, String),
            {},
            "The sample has no load.",
            /^Take a sample with records in it\.$/,
        ],
        [
            "no weight",
            () => {
                const tally = new KeyTally(uniformRing(4));
                for (let index = 0; index < 300; index++) tally.addKey(`k${index}`, 0);
                return tally.sample();
            },
            {},
            "The sample has no load: the weights of all records are 0.",
            /^Weigh the records by something else, or leave the weight out\.$/,
        ],
        [
            "1 record",
            () => sampleOf(uniformRing(4), 1, String),
            {},
            "1 record tells nothing about the keys.",
            /^Take a sample of at least 283 records to see more than chance\.$/,
        ],
        [
            "4 records",
            () => sampleOf(uniformRing(4), 4, (index) => `k${index}`),
            {},
            "4 records tell nothing about the keys.",
            /^Take a sample of at least 283 records to see more than chance\.$/,
        ],
        [
            "19 records with one key, which may be the head of a sorted file",
            () => sampleOf(uniformRing(4), 19, () => "only"),
            {},
            "19 records tell nothing about the keys.",
            /^Take a sample of at least 283 records/,
        ],
        [
            "fewer records than show a hot shard of 4",
            () => sampleOf(uniformRing(4), 282, (index) => `k${index}`),
            {},
            "The hottest of 4 shards has 1.06 times the average. With 282 records a hot shard would not show.",
            /^Take a sample of at least 283 records/,
        ],
        [
            "fewer records than were asked for",
            () => sampleOf(uniformRing(4), 999, (index) => `k${index}`),
            { minRecords: 1_000 },
            "The sample has 999 records; at least 1,000 were asked for.",
            /^Take a sample of at least 1,000 records/,
        ],
        [
            "most keys not to be read",
            () => sampleOf(uniformRing(4), 500, (index) => `k${index}`),
            { recordsLeftOut: 501 },
            "501 of 1,001 records could not be read: the rest are not the whole.",
            /^Name the field or column that all records have/,
        ],
        [
            "keys that come one after another, even as they are over all",
            () => sampleOf(uniformRing(4), 20_000, (index) => `part-${Math.floor(index / 100)}`),
            {},
            "Over all records the hottest of 4 shards has 1.24 times the average, but in 2,264 records in a row 1.59 times: the keys come one after another.",
            /shuffle it \(shuf FILE\) or sort it by time/,
        ],
    ];
    for (const [title, sample, options, message, recommendation] of doubtful) {
        it(`cannot tell from ${title}`, () => {
            const judged = judgeSample(sample(), options);
            assert.deepEqual([judged.verdict, judged.message], ["cannot-tell", message]);
            assert.match(judged.recommendation, recommendation);
        });
    }

    it("does not take a small sample's chance for skew", () => {
        const random = randomOf(2);
        const { verdict, message, recommendation } = judgeSample(
            sampleOf(uniformRing(8), 24, () => `order-${Math.floor(random() * 1e9)}`),
        );
        assert.equal(verdict, "cannot-tell");
        assert.match(message, /times the average\. With 24 records that is within chance\.$/);
        assert.match(recommendation, /^Take a sample of at least [\d,]+ records to see more than chance\.$/);
    });

    const enough: readonly (readonly [title: string, records: number, options: JudgeOptions])[] = [
        ["as many records as show a hot shard", 283, {}],
        ["as many as were asked for", 100, { minRecords: 100 }],
        ["a few that were said to be enough", 12, { minRecords: 1 }],
        ["keys in runs that were said to be written side by side", 20_000, { keysAtOnce: Infinity }],
    ];
    for (const [title, records, options] of enough) {
        it(`is even with ${title}`, () => {
            const keys = records > 1_000 ? 200 : records;
            const sample = sampleOf(uniformRing(4), records, (index) => `part-${Math.floor((index * keys) / records)}`);
            assert.equal(judgeSample(sample, options).verdict, "even");
        });
    }

    it("takes of the whole nothing for chance, and no key for unseen", () => {
        fc.assert(
            fc.property(fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 3, maxLength: 300 }), (totals) => {
                const tally = new KeyTally(uniformRing(4));
                totals.forEach((total, tenant) => tally.addKey(`tenant-${tenant}`, total));
                const others = totals.reduce((sum, total) => sum + total, 0);
                tally.addKey("big", 9 * others);
                const sample = wholeOf(tally.sample());
                const { distinctKeys, heaviestKeyShares } = keyRequirementsOf(sample);
                assert.equal(heaviestKeyShares?.[0], 0.9);
                assert.ok(distinctKeys <= totals.length + 1, `${distinctKeys} keys of ${totals.length + 1}`);
                const { verdict, message } = judgeSample(sample, { writeMiBPerSecond: 3.5 });
                assert.ok(verdict === "hot-key" || verdict === "too-few-keys", message);
                assert.match(message, / Key "big" alone is 3\.15 times what one shard takes/);
            }),
            { numRuns: 20 },
        );
    });

    const timeKeys: readonly (readonly [title: string, key: (index: number) => string, isTime: boolean])[] = [
        ["ISO 8601 to the second", (index) => isoOf(index).replace(".000", ""), true],
        ["ISO 8601 with milliseconds that are none", isoOf, true],
        ["ISO 8601 with an offset", (index) => isoOf(index).replace(".000Z", "+02:00"), true],
        [
            "a minute, as log lines have it",
            (index) =>
                isoOf(60 * index)
                    .slice(0, 16)
                    .replace("T", " "),
            true,
        ],
        [
            "an hour as a path",
            (index) =>
                isoOf(3_600 * index)
                    .slice(0, 13)
                    .replace(/[-T]/g, "/"),
            true,
        ],
        [
            "a day without separators",
            (index) =>
                isoOf(86_400 * index)
                    .slice(0, 10)
                    .replaceAll("-", ""),
            true,
        ],
        ["Unix seconds", (index) => String(1_790_000_000 + index), true],
        ["Unix milliseconds of whole seconds", (index) => `${1_790_000_000 + index}000`, true],
        [
            "milliseconds, which change too often to crowd",
            (index) => isoOf(index).replace(".000", `.${index % 999}1`),
            false,
        ],
        ["Unix milliseconds", (index) => String(1_790_000_000_123 + index), false],
        [
            "ids of ten digits from a wide range",
            (index) => String(1_000_000_000 + ((index * 7_919_993) % 1_200_000_000)),
            false,
        ],
        ["ids of eight digits", (index) => String(20_000_000 + ((index * 7_919) % 999_999)), false],
        ["user ids", (index) => `user-${index}`, false],
        ["versions", (index) => `2.${index}.0`, false],
    ];
    for (const [title, key, isTime] of timeKeys) {
        it(`takes ${title} as ${isTime ? "one key at a moment" : "the keys that they are"}`, () => {
            const { verdict, message } = judgeSample(sampleOf(uniformRing(4), 600, key));
            assert.equal(verdict, isTime ? "too-few-keys" : "even", message);
            if (isTime)
                assert.match(message, /The keys are times, such as ".*"\. At any moment only 1 key is written to\.$/);
        });
    }

    function isoOf(second: number): string {
        return new Date(Date.UTC(2026, 10, 2) + second * 1_000).toISOString();
    }

    it("names a hot key, how many suffixes spread it, and that splitting cannot help", () => {
        const sample = sampleOf(uniformRing(8), 10_000, (index) => (index % 5 < 2 ? "tenant-1" : `tenant-${index}`));
        const { verdict, message, recommendation, hotKeys } = judgeSample(sample);
        assert.equal(verdict, "hot-key");
        assert.deepEqual(
            hotKeys.map(({ key, share }) => [key, share]),
            [["tenant-1", 0.4]],
        );
        assert.match(message, /^Key "tenant-1" carries 40 % of the load, 3\.2 times an average shard's; its shard /);
        const suffixes = hotKeys[0]!.suffixes;
        assert.equal(
            recommendation,
            `Salt the key with ${suffixes} suffixes ("tenant-1-0" to "tenant-1-${suffixes - 1}", in turn or at random): the hottest shard then has 1.24 times the average, and at most 1.43 times in 95 of 100 placements. Consumers cut the suffix off and join the parts again, and order holds within a suffix only. Or send its records to 8 explicit hash keys in turn, one a shard (explicitHashKeys): 1.03 times the average. Splitting cannot help: the key stays on one shard.`,
        );
        // The advice works.
        const salted = sampleOf(uniformRing(8), 10_000, (index) =>
            index % 5 < 2 ? `tenant-1-${Math.floor(index / 5) % suffixes}` : `tenant-${index}`,
        );
        assert.equal(judgeSample(salted).verdict, "even");
    });

    it("finds a wide shard, and a split there halves its load within 5 %", () => {
        const quarter = hashKeySpace / 8n;
        const starts = [0n, 1n, 2n, 3n, 7n].map((eighths) => eighths * quarter);
        const ring = ringOfShards(
            starts.map((start, shard) => ({
                startingHashKey: `${start}`,
                endingHashKey: `${(starts[shard + 1] ?? hashKeySpace) - 1n}`,
            })),
        );
        const random = randomOf(4);
        const rank = zipf(50_000, 0.5, random);
        const keys = Array.from({ length: 40_000 }, () => `device-${rank()}`);
        const { verdict, splits } = judgeSample(sampleOf(ring, keys.length, (index) => keys[index]!));
        assert.equal(verdict, "hot-range");
        assert.deepEqual(
            splits.map(({ shardId }) => shardId),
            Array(3).fill("shardId-000000000003"),
            "half of the ring needs four shards to be even beside four eighths",
        );
        assertHalves(ring, 3, BigInt(splits[0]!.newStartingHashKey), keys);
    });

    for (const [title, key] of [
        ["a handful of keys", (random: () => number) => `k${Math.floor(random() * 300)}`],
        ["more keys than are counted one by one", (random: () => number) => `k${Math.floor(random() ** 3 * 60_000)}`],
    ] as const) {
        it(`a weighted split halves a shard's load within 5 %: ${title}`, () => {
            const random = randomOf(8);
            const ring = uniformRing(4);
            for (let sampled = 0; sampled < 4; sampled++) {
                const keys = Array.from({ length: 60_000 }, () => key(random));
                const sample = sampleOf(ring, keys.length, (index) => keys[index]!);
                const { splits } = splitsUntil(sample, () => true)!;
                assert.equal(splits.length, 1);
                const { shardId, newStartingHashKey } = splits[0]!;
                assertHalves(ring, ring.shardIds.indexOf(shardId), BigInt(newStartingHashKey), keys);
            }
        });
    }

    function assertHalves(ring: HashRing, shard: number, at: bigint, keys: readonly string[]): void {
        assert.ok(at > ring.starts[shard]! && at <= endOf(ring, shard), "SplitShard takes a hash key inside the range");
        const starts = [...ring.starts.slice(0, shard + 1), at, ...ring.starts.slice(shard + 1)];
        const after = ringOfShards(
            starts.map((start, index) => ({
                startingHashKey: `${start}`,
                endingHashKey: `${(starts[index + 1] ?? hashKeySpace) - 1n}`,
            })),
        );
        const { shardRecords } = sampleOf(after, keys.length, (index) => keys[index]!);
        const [left, right] = [shardRecords[shard]!, shardRecords[shard + 1]!];
        assert.ok(Math.abs(left / (left + right) - 0.5) <= 0.05, `${left} and ${right}`);
    }

    it("tells too few keys from a hot key, and from luck", () => {
        for (const keys of [1, 3, 6]) {
            const { verdict, keysEnough } = judgeSample(
                sampleOf(uniformRing(6), 6_000, (index) => `type-${index % keys}`),
            );
            assert.deepEqual([verdict, keysEnough > 100], ["too-few-keys", true], `${keys} keys`);
        }
    });

    const small: readonly (readonly [
        title: string,
        shards: number,
        keyAt: (index: number) => string,
        verdict: string,
    ])[] = [
        [
            "five of six equal keys on one of two shards are few keys, not a hot one",
            2,
            (index) => unluckyKeys[index % 6]!,
            "too-few-keys",
        ],
        [
            "two thirds of the records on one key, on two shards",
            2,
            (index) => (index % 3 > 0 ? "hot" : `k${index}`),
            "hot-key",
        ],
        [
            "one key among a few light ones, on many shards",
            50,
            (index) => (index % 5 < 3 ? "hot" : `k${index % 9}`),
            "hot-key",
        ],
        ["one key alone", 50, () => "only", "too-few-keys"],
    ];
    // On the lower of two shards, but for the last.
    const unluckyKeys = [...keysOnShard(0, 5), ...keysOnShard(1, 1)];
    for (const [title, shards, keyAt, verdict] of small) {
        it(`tells the cause from 60 records: ${title}`, () =>
            assert.equal(judgeSample(sampleOf(uniformRing(shards), 60, keyAt)).verdict, verdict));
    }

    function keysOnShard(shard: number, keys: number): string[] {
        const candidates = Array.from({ length: 100 }, (_, index) => `key-${index}`);
        return candidates
            .filter((key) => sampleOf(uniformRing(2), 1, () => key).shardRecords[shard] === 1)
            .slice(0, keys);
    }

    it("leaves lanes with explicit hash keys in peace: few keys, but put where they belong", () => {
        const ring = uniformRing(4);
        const tally = new KeyTally(ring);
        for (let index = 0; index < 4_000; index++) tally.addHashKey(ring.starts[index % 4]!, `lane-${index % 4}`);
        assert.equal(judgeSample(tally.sample()).verdict, "even");
    });

    it("sees full shards only where the load is known", () => {
        const sample = sampleOf(uniformRing(4), 20_000, (index) => `k${index}`);
        assert.equal(judgeSample(sample).verdict, "even");
        assert.equal(judgeSample(sample, { recordsPerSecond: 3_900 }).verdict, "even");
        assert.equal(judgeSample(sample, { recordsPerSecond: 4_100 }).verdict, "under-capacity");
        assert.equal(judgeSample(sample, { writeMiBPerSecond: 5 }).verdict, "under-capacity");
    });

    describe("keys that all came once, of which there may be any number", () => {
        for (const records of [12_000, 20_000]) {
            it(`are never too few: ${records} on 500 shards`, () => {
                const { verdict, message } = judgeSample(sampleOf(uniformRing(500), records, (index) => `k${index}`));
                assert.equal(verdict, "cannot-tell", message);
            });
            it(`mean a lower bound far above what was seen: ${records}`, () => {
                const declared = declaredKeysOf(sampleOf(uniformRing(4), records, (index) => `k${index}`));
                assert.ok(declared.isLowerBound);
                assert.ok(
                    declared.requirements.distinctKeys > 50 * records,
                    String(declared.requirements.distinctKeys),
                );
            });
        }
        it("mean no more than there are where these are known", () => {
            for (const keys of [100_000, 1_000_000]) {
                const random = randomOf(3);
                const sample = sampleOf(uniformRing(4), 40_000, () => `k${Math.floor(random() * keys)}`);
                const { isLowerBound, requirements } = declaredKeysOf(sample);
                const { distinctKeys } = requirements;
                assert.ok(
                    isLowerBound && distinctKeys >= keys / 4 && distinctKeys <= keys,
                    `${distinctKeys} of ${keys}`,
                );
            }
        });
    });

    describe("of a load that is known, says how full the shards are", () => {
        const many = (shards: number) => sampleOf(uniformRing(shards), 20_000, (index) => `k${index}`);
        /** Of 13 records the first of four shards has 4, each other one 3: it has 16/13 of the average. */
        function thirteenths(times: number): KeySample {
            const ring = uniformRing(4);
            const tally = new KeyTally(ring);
            const records = 13 * times;
            for (let index = 0; index < records; index++) {
                const shard = index % 13 === 12 ? 0 : (index % 13) % 4;
                tally.addHashKey(ring.starts[shard]! + (BigInt(index) << 126n) / BigInt(records), `k${index}`);
            }
            return tally.sample();
        }
        const hottest =
            "The keys spread, but the hottest of 4 shards has 1.23 times the average, which at this load is";
        const tooFew =
            "The hottest of 4 shards has 1.23 times the average. With 65 records a hot shard would not show.";
        const rows: readonly (readonly [
            title: string,
            load: number,
            sample: KeySample,
            verdict: string,
            message: string,
        ])[] = [
            ["one that is just full", 1, many(1), "even", "The stream has one shard, which takes every key."],
            [
                "one that is full",
                1.04,
                many(1),
                "under-capacity",
                "The load fills 1.04 shards; there is 1, and it is full.",
            ],
            [
                "four that are full",
                4.004,
                many(4),
                "under-capacity",
                "The load fills 4.004 shards; there are 4, and all are full.",
            ],
            [
                "the hottest just full",
                3.25,
                thirteenths(400),
                "even",
                "The hottest of 4 shards has 1.23 times the average.",
            ],
            [
                "the hottest full",
                3.251,
                thirteenths(400),
                "under-capacity",
                `${hottest} 1.0003 times what a shard takes.`,
            ],
            ["the hottest full, as far as 65 records tell", 3.9, thirteenths(5), "cannot-tell", tooFew],
            [
                "all full, whatever 65 records tell",
                4.1,
                thirteenths(5),
                "under-capacity",
                "The load fills 4.1 shards; there are 4, and all are full.",
            ],
        ];
        for (const [title, load, sample, verdict, message] of rows) {
            it(`${title}: ${load} MiB/s on ${sample.ring.starts.length}`, () => {
                const judged = judgeSample(sample, { writeMiBPerSecond: load });
                assert.deepEqual([judged.verdict, judged.message], [verdict, message]);
            });
        }
        it("advises as many shards as give uneven keys room", () => {
            const { recommendation } = judgeSample(thirteenths(400), { writeMiBPerSecond: 3.5 });
            assert.equal(recommendation, "Scale to at least 5 shards: the load with room for uneven keys.");
        });
    });

    it("advises more shards as far as a stream is scaled, and more streams beyond", () => {
        const sample = sampleOf(uniformRing(4), 20_000, (index) => `k${index}`);
        const advised = (writeMiBPerSecond: number): string =>
            judgeSample(sample, { writeMiBPerSecond }).recommendation;
        assert.match(advised(7_000), /^Scale to at least 10,000 shards: the load with room for uneven keys\./);
        assert.equal(
            advised(7_001),
            "Divide the load over at least 2 streams: with room for uneven keys it needs 10,002 shards, and UpdateShardCount goes to 10,000 by default.",
        );
        assert.match(advised(1e9), /^Divide the load over at least 142,858 streams: /);
        const large = sampleOf(uniformRing(12_000), 20_000, (index) => `k${index}`);
        assert.doesNotMatch(judgeSample(large, { writeMiBPerSecond: 8_000 }).recommendation, /Divide|Scale/);
    });

    it("counts shards that nothing hit", () => {
        assert.deepEqual(evennessOf([1, 0, 0, 0]), { cv: Math.sqrt(3) * 100, hottestOverAverage: 4 });
    });
});

describe("strategies on a population", () => {
    const trial = { ...comparisonDefaults, population: defaultPopulation };

    it("come out as their nature is", () => {
        assert.deepEqual(
            keyStrategyNames.map((name) => [name, tryStrategy(name, trial).verdict]),
            [
                ["user-based", "hot-key"],
                ["hash-based", "hot-key"],
                ["time-based", "too-few-keys"],
                ["composite", "even"],
                ["random", "even"],
                ["salted", "even"],
            ],
        );
    });

    it("are the same on every run, and others with another seed", () => {
        assert.deepEqual(tryStrategy("salted", trial), tryStrategy("salted", trial));
        assert.notDeepEqual(tryStrategy("salted", trial).shares, tryStrategy("salted", { ...trial, seed: 2 }).shares);
    });

    it("are found in kebab, snake and camel case", () => {
        for (const name of ["time-based", "time_based", "timeBased"])
            assert.deepEqual(keyStrategyNamed(name), { strategy: "time-based" });
        assert.deepEqual(keyStrategyNamed("time"), { closest: "time-based" });
    });
});
