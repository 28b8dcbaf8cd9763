/** What few and hot keys cost, from when on they are refused, and that the advice about them works. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type Finding } from "../../../capacity/findings";
import { type Requirements, requirementRows } from "../../../capacity/requirements";
import { planCapacity } from "../../../capacity/sizing/plan";
import { obeyed, withKeysForLanes } from "./obeyed";

const load = { writeMiBPerSecond: 3.5, recordsPerSecond: 2_500 };
const wide = { writeMiBPerSecond: 8, recordsPerSecond: 5_000 };

/** The findings about keys, and the planned counts. */
function judged(requirements: Requirements): { shards: [number, number]; findings: readonly Finding[] } {
    const { minimumShards, recommendedShards, findings } = planCapacity(requirements);
    return { shards: [minimumShards, recommendedShards], findings };
}

describe("keys that ask for more than keysMayRaiseShards times the load's shards are refused, and raise nothing", () => {
    const placement = "place the keys by ExplicitHashKey (and declare explicitHashKeys)";
    const beyond = (shards: string, purpose: string, needs = 4, most = 8) =>
        `${shards} ${purpose}; the load itself needs ${needs}, and keys may raise that to ${most} at most (keysMayRaiseShards 2).`;
    const few = "so that no shard gets more of them than it takes";
    const hot = "so that the keys beside it have room";
    const rows: readonly [title: string, Requirements, shards: [number, number], Finding["code"], string, string][] = [
        [
            "3.5 MiB/s on 4 keys: 4 shards instead of 119",
            { ...load, distinctKeys: 4 },
            [4, 5],
            "too-few-keys",
            `4 partition keys cannot spread 3.5 MiB/s and 2,500 records/s: ${beyond("it takes 119 shards", few)}`,
            `Use a partition key with 35 or more distinct values (753 for no more shards than the load needs), or ${placement}.`,
        ],
        [
            "3.5 MiB/s on 3 keys, each more than a shard: no shard of its own helps any of them",
            { ...load, distinctKeys: 3 },
            [4, 5],
            "too-few-keys",
            "3 partition keys cannot spread 3.5 MiB/s and 2,500 records/s: each carries 1.17 MiB/s and 833 records/s, and one key never gets more than one shard's 1 MiB/s and 1,000 records/s, whatever the shard count.",
            "Use a partition key with 35 or more distinct values (753 for no more shards than the load needs).",
        ],
        [
            "keys that may ask for more shards than a stream gets by default: as many are looked at, and named",
            { writeMiBPerSecond: 500, recordsPerSecond: 1_000, distinctKeys: 520, keysMayRaiseShards: 100 },
            [500, 600],
            "too-few-keys",
            `520 partition keys cannot spread 500 MiB/s and 1,000 records/s: 50,000 shards are not enough ${few}; the load itself needs 500, and keys may raise that to 50,000 at most (keysMayRaiseShards 100).`,
            `Use a partition key with 1,500 or more distinct values, or ${placement}.`,
        ],
        [
            "one key that is more than a shard by a ten-thousandth, which is told",
            { writeMiBPerSecond: 1.0001, recordsPerSecond: 1_000, distinctKeys: 1, headroom: 0 },
            [2, 2],
            "too-few-keys",
            "1 partition key cannot spread 1.0001 MiB/s and 1,000 records/s: it carries 1.0001 MiB/s and 1,000 records/s, and one key never gets more than one shard's 1 MiB/s and 1,000 records/s, whatever the shard count.",
            "Use a partition key with 4 or more distinct values (6 for no more shards than the load needs).",
        ],
        [
            "12 keys, each more than a shard, one of them with 30 %: they are told apart",
            { writeMiBPerSecond: 28.62, recordsPerSecond: 20_000, distinctKeys: 12, hottestKeyShare: 0.3 },
            [29, 35],
            "too-few-keys",
            "12 partition keys cannot spread 28.6 MiB/s and 20,000 records/s: the hottest carries 8.59 MiB/s and 6,000 records/s, each of the 11 others 1.82 MiB/s and 1,273 records/s, and one key never gets more than one shard's 1 MiB/s and 1,000 records/s, whatever the shard count.",
            "Use a partition key with 687 or more distinct values of about equal weight.",
        ],
        [
            "two measured keys and one other, each more than a shard",
            { ...load, writeMiBPerSecond: 5, distinctKeys: 3, heaviestKeyShares: [0.5, 0.25] },
            [5, 6],
            "too-few-keys",
            "3 partition keys cannot spread 5 MiB/s and 2,500 records/s: the hottest carries 2.5 MiB/s and 1,250 records/s, the other beside the 2 heaviest 1.25 MiB/s and 625 records/s, and one key never gets more than one shard's 1 MiB/s and 1,000 records/s, whatever the shard count.",
            "Use a partition key with 75 or more distinct values of about equal weight.",
        ],
        [
            "measured keys that carry less than what is left for each of the others",
            { ...load, writeMiBPerSecond: 5, distinctKeys: 3, heaviestKeyShares: [0.2] },
            [5, 6],
            "too-few-keys",
            "3 partition keys cannot spread 5 MiB/s and 2,500 records/s: each of 2 carries 2 MiB/s and 1,000 records/s, and one key never gets more than one shard's 1 MiB/s and 1,000 records/s, whatever the shard count.",
            "Use a partition key with 75 or more distinct values of about equal weight.",
        ],
        [
            "8 MiB/s on 20 keys: 8 shards instead of 144, and no number of keys fits 8 shards that are full",
            { ...wide, distinctKeys: 20 },
            [8, 10],
            "too-few-keys",
            `20 partition keys cannot spread 8 MiB/s and 5,000 records/s: ${beyond("it takes 144 shards", few, 8, 16)}`,
            `Use a partition key with 144 or more distinct values, or ${placement}.`,
        ],
        [
            "a key of 28.5 %, just below a shard: 4 shards instead of 1,001",
            { ...load, hottestKeyShare: 0.285 },
            [4, 5],
            "hottest-key-exceeds-shard",
            `The hottest partition key carries 0.997 MiB/s and 712 records/s of one shard's 1 MiB/s and 1,000 records/s: ${beyond("it takes 1,001 shards", hot)}`,
            `Spread the hottest key by suffixes (key-0, key-1, ...) over at least 5 keys (70 for no more shards than the load needs), lower its share to 18.3 % (4.76 % for no more shards than the load needs), or ${placement}.`,
        ],
        [
            "a key of 28.56 %: 4 shards instead of 6,251",
            { ...load, hottestKeyShare: 0.2856 },
            [4, 5],
            "hottest-key-exceeds-shard",
            `The hottest partition key carries 0.9996 MiB/s and 714 records/s of one shard's 1 MiB/s and 1,000 records/s: ${beyond("it takes 6,251 shards", hot)}`,
            `Spread the hottest key by suffixes (key-0, key-1, ...) over at least 5 keys (70 for no more shards than the load needs), lower its share to 18.3 % (4.76 % for no more shards than the load needs), or ${placement}.`,
        ],
        [
            "a key of 28.6 %, just above a shard, with the same advice",
            { ...load, hottestKeyShare: 0.286 },
            [4, 5],
            "hottest-key-exceeds-shard",
            "The hottest partition key carries 1.001 MiB/s and 715 records/s; one key never gets more than one shard's 1 MiB/s and 1,000 records/s, whatever the shard count.",
            "Spread the hottest key by suffixes (key-0, key-1, ...) over at least 5 keys (73 for no more shards than the load needs), or lower its share to 18.3 % (4.76 % for no more shards than the load needs).",
        ],
        [
            "a key that fills its shard to the brim",
            { writeMiBPerSecond: 2, recordsPerSecond: 100, hottestKeyShare: 0.5 },
            [2, 3],
            "hottest-key-exceeds-shard",
            `The hottest partition key carries 1 MiB/s and 50 records/s of one shard's 1 MiB/s and 1,000 records/s: ${beyond("10,000 shards are not enough", hot, 2, 4)}`,
            `Spread the hottest key by suffixes (key-0, key-1, ...) over at least 6 keys, lower its share to 33.3 %, or ${placement}.`,
        ],
        [
            "measured heavy keys",
            { ...load, heaviestKeyShares: [0.2, 0.2, 0.1, 0.1], distinctKeys: 50 },
            [4, 5],
            "hottest-key-exceeds-shard",
            `The 4 heaviest partition keys carry 60 % of the load, the hottest of them 0.7 MiB/s and 500 records/s of one shard's 1 MiB/s and 1,000 records/s: ${beyond("it takes 90 shards", hot)}`,
            `Spread the 4 heaviest keys by suffixes (key-0, key-1, ...) over at least 5, 5, 3 and 3 keys, or ${placement}.`,
        ],
        [
            "few keys and a hot one: more keys of equal weight mend both",
            { ...load, distinctKeys: 20, hottestKeyShare: 0.2 },
            [4, 5],
            "too-few-keys",
            `20 partition keys cannot spread 3.5 MiB/s and 2,500 records/s: ${beyond("it takes 23 shards", few)}`,
            `Use a partition key with 35 or more distinct values of about equal weight (753 for no more shards than the load needs), or ${placement}.`,
        ],
    ];
    for (const [title, requirements, shards, code, message, fix] of rows) {
        it(title, () => {
            const property = { "too-few-keys": "distinctKeys" }[code as string];
            const heavy = requirements.heaviestKeyShares ? "heaviestKeyShares" : "hottestKeyShare";
            const finding = { code, severity: "error", property: property ?? heavy, message, fix };
            assert.deepEqual(judged(requirements), { shards, findings: [finding] });
        });
    }

    it("at the boundary: 35 keys are paid for with 8 shards, 34 are refused", () => {
        const code = (distinctKeys: number) => {
            const { shards, findings } = judged({ ...load, distinctKeys });
            return [...shards, ...findings.map((finding) => `${finding.severity} ${finding.code}`)];
        };
        assert.deepEqual(code(35), [8, 10, "warning keys-raise-shards"]);
        assert.deepEqual(code(34), [4, 5, "error too-few-keys"]);
    });

    it("the factor is the declaration's own: 1 pays for no shard, 3 for up to twelve", () => {
        const minimum = (keysMayRaiseShards: number, distinctKeys: number) =>
            judged({ ...load, keysMayRaiseShards, distinctKeys }).shards[0];
        assert.deepEqual([minimum(1, 752), minimum(1, 753), minimum(3, 30), minimum(3, 10)], [4, 4, 9, 4]);
        assert.match(
            judged({ ...load, keysMayRaiseShards: 1, distinctKeys: 100 }).findings[0]!.message,
            /the load itself needs 4, and keys may not raise that \(keysMayRaiseShards 1\)\.$/,
        );
    });

    it("what other constraints need counts as the load's: 16 lanes leave room for keys that need 9 shards", () => {
        const { shards, findings } = judged({ ...load, orderedLanes: 16, distinctKeys: 30, explicitHashKeys: true });
        assert.deepEqual([shards, findings], [[16, 20], []]);
        assert.equal(judged({ ...load, orderedLanes: 16, distinctKeys: 30 }).shards[0], 16);
    });
});

describe("keys that cost some shards are paid for, with a warning that tells the price", () => {
    const rows: readonly [title: string, Requirements, shards: [number, number], string, string][] = [
        [
            "40 keys",
            { ...load, distinctKeys: 40 },
            [8, 10],
            "40 partition keys need 8 shards to keep the hottest shard within its limits at the 95th percentile; the load itself needs 4; with headroom these are 10 instead of 5, so the keys cost 5 more shards, $54.75 a month (us-east-1, November 2026).",
            "Use a partition key with 753 or more distinct values, or place the keys by ExplicitHashKey (and declare explicitHashKeys).",
        ],
        [
            "9 keys that are placed, of which no percentile is told",
            { ...load, distinctKeys: 9, explicitHashKeys: true },
            [5, 6],
            "9 partition keys need 5 shards to keep the hottest shard within its limits; the load itself needs 4; with headroom these are 6 instead of 5, so the keys cost 1 more shard, $10.95 a month (us-east-1, November 2026).",
            "Use a partition key with 18 or more distinct values.",
        ],
        [
            "two heavy keys",
            { ...load, heaviestKeyShares: [0.09, 0.05] },
            [6, 8],
            "The 2 heaviest partition keys with up to 9 % of the load need 6 shards, so that their own shards have little else to carry; the load itself needs 4; with headroom these are 8 instead of 5, so the keys cost 3 more shards, $32.85 a month (us-east-1, November 2026).",
            "Spread the 2 heaviest keys by suffixes (key-0, key-1, ...) over at least 9 and 5 keys, or place the keys by ExplicitHashKey (and declare explicitHashKeys).",
        ],
        [
            "a key with a tenth of the load",
            { ...load, hottestKeyShare: 0.1 },
            [5, 6],
            "The hottest partition key with 10 % of the load needs 5 shards, so that its own shard has little else to carry; the load itself needs 4; with headroom these are 6 instead of 5, so the keys cost 1 more shard, $10.95 a month (us-east-1, November 2026).",
            "Spread the hottest key by suffixes (key-0, key-1, ...) over at least 9 keys, lower its share to 4.76 %, or place the keys by ExplicitHashKey (and declare explicitHashKeys).",
        ],
        [
            "a key with a tenth of the load, without headroom",
            { ...load, hottestKeyShare: 0.1, headroom: 0 },
            [5, 5],
            "The hottest partition key with 10 % of the load needs 5 shards, so that its own shard has little else to carry; the load itself needs 4, so the keys cost 1 more shard, $10.95 a month (us-east-1, November 2026).",
            "Spread the hottest key by suffixes (key-0, key-1, ...) over at least 9 keys, lower its share to 4.76 %, or place the keys by ExplicitHashKey (and declare explicitHashKeys).",
        ],
        [
            "fan-out consumers pay for the shards too",
            { ...load, hottestKeyShare: 0.1, fanOutConsumers: 2 },
            [5, 6],
            "The hottest partition key with 10 % of the load needs 5 shards, so that its own shard has little else to carry; the load itself needs 4; with headroom these are 6 instead of 5, so the keys cost 1 more shard, $32.85 a month (us-east-1, November 2026).",
            "Spread the hottest key by suffixes (key-0, key-1, ...) over at least 9 keys, lower its share to 4.76 %, or place the keys by ExplicitHashKey (and declare explicitHashKeys).",
        ],
        [
            "shards that the load fills: no number of keys is named",
            { ...wide, distinctKeys: 200 },
            [14, 17],
            "200 partition keys need 14 shards to keep the hottest shard within its limits at the 95th percentile; the load itself needs 8; with headroom these are 17 instead of 10, so the keys cost 7 more shards, $76.65 a month (us-east-1, November 2026).",
            "Use more distinct values, which need fewer shards, or place the keys by ExplicitHashKey (and declare explicitHashKeys).",
        ],
        [
            "shards that the load fills, and keys of which more would need as many",
            { writeMiBPerSecond: 7, recordsPerSecond: 2_500, distinctKeys: 20_000 },
            [8, 10],
            "20,000 partition keys need 8 shards to keep the hottest shard within its limits at the 95th percentile; the load itself needs 7; with headroom these are 10 instead of 9, so the keys cost 1 more shard, $10.95 a month (us-east-1, November 2026).",
            "Keep the shards, since the load fills 100 % of its 7 shards and leaves keys no room to fall unevenly.",
        ],
    ];
    for (const [title, requirements, shards, message, fix] of rows) {
        it(title, () => {
            const { findings, ...rest } = judged(requirements);
            assert.deepEqual(rest, { shards });
            assert.deepEqual(
                findings.map(({ code, severity, message: said, fix: told }) => [code, severity, said, told]),
                [["keys-raise-shards", "warning", message, fix]],
            );
        });
    }

    it("a thousand keys cost nothing", () => {
        assert.deepEqual(judged({ ...load, distinctKeys: 1_000 }), { shards: [4, 5], findings: [] });
    });
});

describe("keys and lanes that are placed by ExplicitHashKey", () => {
    const rows: readonly [title: string, Requirements, minimum: number, codes: string[]][] = [
        ["4 lanes need 4 shards and do not collide", { ...load, orderedLanes: 4 }, 4, []],
        ["4 keys of 0.875 MiB/s have a shard each", { ...load, distinctKeys: 4 }, 4, []],
        ["20 keys of 0.4 MiB/s lie two on a shard", { ...wide, distinctKeys: 20 }, 10, ["keys-raise-shards"]],
        ["a key above a shard stays one", { ...load, distinctKeys: 3 }, 4, ["too-few-keys"]],
        ["nor does it help a hot one", { ...load, hottestKeyShare: 0.4 }, 4, ["hottest-key-exceeds-shard"]],
        ["measured shares are packed", { ...load, heaviestKeyShares: [0.28, 0.28, 0.2], distinctKeys: 9 }, 4, []],
    ];
    for (const [title, requirements, minimum, codes] of rows) {
        it(title, () => {
            const { shards, findings } = judged({ ...requirements, explicitHashKeys: true });
            assert.deepEqual([shards[0], findings.map(({ code }) => code)], [minimum, codes]);
        });
    }
});

/** What is promised by each change that a finding's fix names, and what came of it. */
function assertFixesWork(requirements: Requirements): number {
    const { findings } = planCapacity(requirements);
    const errorsBefore = findings.flatMap(({ code, severity }) => (severity === "error" ? [code] : []));
    const obeyedFixes = findings.flatMap((finding) =>
        obeyed(requirements, finding.fix).map((fix) => ({ ...fix, code: finding.code })),
    );
    for (const { clause, requirements: changed, promise, code } of obeyedFixes) {
        // A list of more parts than can be declared is what the plan has tried, and cannot be tried from outside.
        if ((changed.heaviestKeyShares?.length ?? 0) > requirementRows.heaviestKeyShares.most) continue;
        const after = planCapacity(changed).findings;
        const errors = after.flatMap((finding) => (finding.severity === "error" ? [finding.code] : []));
        const why = `${code}: ${clause}\n${JSON.stringify(requirements)}\n${JSON.stringify(changed)}`;
        assert.ok(!after.some((finding) => finding.code === code), `it is still there: ${why}`);
        assert.deepEqual(
            errors.filter((error) => !errorsBefore.includes(error)),
            [],
            why,
        );
        if (promise === "free") assert.ok(!after.some((finding) => finding.code === "keys-raise-shards"), why);
    }
    return obeyedFixes.length;
}

describe("every fix that names a number works: obeyed, the finding is gone and no error has come", () => {
    const rates = {
        writeMiBPerSecond: fc.double({ min: 0.2, max: 60, noNaN: true }),
        recordsPerSecond: fc.double({ min: 0.05, max: 40_000, noNaN: true }),
    };
    const share = fc.double({ min: 0.001, max: 0.6, noNaN: true });
    const requiredKeys = ["writeMiBPerSecond", "recordsPerSecond"] as const;

    it("of few keys and a hot one", () => {
        let tried = 0;
        const declared = fc.record(
            {
                ...rates,
                distinctKeys: fc.integer({ min: 1, max: 3_000 }),
                hottestKeyShare: share,
                orderedLanes: fc.integer({ min: 1, max: 20 }),
                explicitHashKeys: fc.boolean(),
                keysMayRaiseShards: fc.constantFrom(1, 1.5, 2, 5),
            },
            { requiredKeys: [...requiredKeys] },
        );
        fc.assert(
            fc.property(
                declared.map(withKeysForLanes),
                (requirements) => void (tried += assertFixesWork(requirements)),
            ),
            {
                numRuns: 60,
            },
        );
        assert.ok(tried > 40, `only ${tried} fixes were tried`);
    });

    it("of measured heavy keys", () => {
        const declared = fc.record({
            ...rates,
            heaviestKeyShares: fc.array(fc.double({ min: 0.001, max: 0.15, noNaN: true }), {
                minLength: 1,
                maxLength: 6,
            }),
            distinctKeys: fc.integer({ min: 10, max: 2_000 }),
            orderedLanes: fc.integer({ min: 1, max: 20 }),
        });
        fc.assert(
            fc.property(declared, (requirements) => void assertFixesWork(requirements)),
            { numRuns: 12 },
        );
    });

    it("of consumers and records", () => {
        const declared = fc.record(
            {
                ...rates,
                distinctKeys: fc.integer({ min: 1, max: 3_000 }),
                sharedConsumers: fc.integer({ min: 0, max: 1_000 }),
                pollsPerSecondPerConsumer: fc.double({ min: 0.01, max: 1_000, noNaN: true }),
                fanOutConsumers: fc.integer({ min: 0, max: 1_000 }),
                maxRecordKiB: fc.integer({ min: 1, max: 10_240 }),
            },
            { requiredKeys: [...requiredKeys] },
        );
        fc.assert(
            fc.property(declared, (requirements) => void assertFixesWork(requirements)),
            { numRuns: 60 },
        );
    });
});

describe("the sentence of keySkew on keys that no shards carry", () => {
    const rows: readonly [title: string, requirements: Requirements, sentence: string][] = [
        [
            "one of them is more than a shard",
            { writeMiBPerSecond: 2, recordsPerSecond: 100, distinctKeys: 1 },
            "1 partition key; no number of shards keeps the hottest shard within its limits.",
        ],
        [
            "each of them is less",
            { writeMiBPerSecond: 500, recordsPerSecond: 100, distinctKeys: 520, keysMayRaiseShards: 100 },
            "520 partition keys; not even 50,000 shards keep the hottest one within its limits.",
        ],
    ];
    for (const [title, requirements, sentence] of rows) {
        it(title, () => {
            const { bounds } = planCapacity({ ...requirements, maxRecordKiB: 10_240 });
            assert.equal(bounds.find(({ constraint }) => constraint === "keySkew")?.sentence, sentence);
        });
    }
});
