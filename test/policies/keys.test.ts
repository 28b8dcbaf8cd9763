/** The policies about partition keys: what is refused, what is only told, and that one speaks for one cause. */
import assert from "node:assert/strict";
import { type FindingCode } from "../../capacity/findings";
import { type Requirements } from "../../capacity/requirements";
import { planCapacity } from "../../capacity/sizing/plan";
import { judgeResource, policyNames, type ResourceView, type Verdict } from "../../policies/policies";
import { cannotTell, compliant, shardedStream, tests, unknown, violation } from "./views";

const load = { writeMiBPerSecond: 3.5, recordsPerSecond: 2500 };

/** What the plan finds about a declaration, in its own words: they are held by the tests of the plan. */
function finding(code: FindingCode, requirements: Requirements, more = ""): Verdict {
    const found = planCapacity(requirements).findings.find((candidate) => candidate.code === code);
    assert.ok(found, `the plan has no finding ${code}`);
    return violation(`${found.message} ${found.fix}${more}`);
}

describe("enough-partition-keys: the declared keys spread the load over the deployed shards", () => {
    const name = "enough-partition-keys";
    tests(name, [
        ["passes where the number of keys is not declared", shardedStream({ shardCount: 4 }, load), compliant],
        ["passes many keys on the planned count", shardedStream({}, { ...load, distinctKeys: 20_000 }), compliant],
        [
            "judges a scaler at its maxShards",
            shardedStream({ scaling: { maxShards: 16 } }, { ...load, distinctKeys: 40 }),
            compliant,
        ],
        [
            "refuses keys that no number of shards spreads",
            shardedStream({}, { ...load, distinctKeys: 3 }),
            finding("too-few-keys", { ...load, distinctKeys: 3 }),
        ],
        [
            "refuses them while nobody knows whether there is a scaler",
            shardedStream({ scaling: unknown("scaling") }, { ...load, distinctKeys: 3 }),
            finding("too-few-keys", { ...load, distinctKeys: 3 }),
        ],
        [
            "refuses them in on-demand mode too, where a key has one shard as well",
            shardedStream({ capacityMode: "on-demand" }, { ...load, distinctKeys: 3 }),
            finding("too-few-keys", { ...load, distinctKeys: 3 }),
        ],
        [
            "refuses keys that need more than the shards that they may ask for",
            shardedStream({}, { ...load, distinctKeys: 30 }),
            finding("too-few-keys", { ...load, distinctKeys: 30 }),
        ],
        [
            "refuses keys that the configuration lets ask for less than the declaration does",
            shardedStream({}, { ...load, distinctKeys: 40, keysMayRaiseShards: 4 }),
            finding(
                "too-few-keys",
                { ...load, distinctKeys: 40, keysMayRaiseShards: 1.5 },
                " (The requirements declare keysMayRaiseShards 4, the policy's configuration allows 1.5.)",
            ),
            { keysMayRaiseShards: 1.5 },
        ],
        [
            "and less than the default does",
            shardedStream({}, { ...load, distinctKeys: 40 }),
            finding(
                "too-few-keys",
                { ...load, distinctKeys: 40, keysMayRaiseShards: 1 },
                " (keysMayRaiseShards is 2 by default, the policy's configuration allows 1.)",
            ),
            { keysMayRaiseShards: 1 },
        ],
        ["passes keys that the plan pays for", shardedStream({}, { ...load, distinctKeys: 40 }), compliant],
        [
            "judges a hot key on the deployed count too",
            shardedStream({ shardCount: 4 }, { ...load, hottestKeyShare: 0.1 }),
            violation(
                "Any number of partition keys, the hottest with 10 % of the load, carry 3.5 MiB/s and 2,500 records/s; on the 4 shards of shardCount every shard stays within its limits only 0 % of the time. Set shardCount to 5 or more, or spread the hottest key by suffixes (key-0, key-1, ...) over at least 9 keys.",
            ),
        ],
        [
            "counts the keys that pass for the shardCount that is set",
            shardedStream({ shardCount: 5 }, { writeMiBPerSecond: 0.9, recordsPerSecond: 2500, distinctKeys: 1 }),
            violation(
                "1 partition key cannot spread 0.9 MiB/s and 2,500 records/s: it carries 0.9 MiB/s and 2,500 records/s, and one key never gets more than one shard's 1 MiB/s and 1,000 records/s, whatever the shard count. Use a partition key with 28 or more distinct values (228 for no more shards than the load needs). (Counted for the 5 shards of shardCount.)",
            ),
        ],
        [
            "counts them for the ceiling of a scaler",
            shardedStream(
                { scaling: { maxShards: 5 } },
                { writeMiBPerSecond: 0.9, recordsPerSecond: 2500, distinctKeys: 1 },
            ),
            violation(
                "1 partition key cannot spread 0.9 MiB/s and 2,500 records/s: it carries 0.9 MiB/s and 2,500 records/s, and one key never gets more than one shard's 1 MiB/s and 1,000 records/s, whatever the shard count. Use a partition key with 28 or more distinct values (228 for no more shards than the load needs). (Counted for the 5 shards of scaling.maxShards.)",
            ),
        ],
        [
            "passes keys that are placed, on a shard each",
            shardedStream({ shardCount: 4 }, { ...load, distinctKeys: 4, explicitHashKeys: true }),
            compliant,
        ],
        [
            "judges the ceiling of a scaler and what is deployed first",
            shardedStream(
                { shardCount: 5, scaling: { maxShards: 16 } },
                { ...load, distinctKeys: 1, hottestKeyShare: 0 },
            ),
            violation(
                "1 partition key cannot spread 3.5 MiB/s and 2,500 records/s: it carries 3.5 MiB/s and 2,500 records/s, and one key never gets more than one shard's 1 MiB/s and 1,000 records/s, whatever the shard count. Use a partition key with 126 or more distinct values (753 for no more shards than the load needs). (Counted for the 5 shards of shardCount.)",
            ),
        ],
        [
            "leaves a count that is too low for any number of keys to capacity-covers-requirements",
            shardedStream({ shardCount: 2 }, { ...load, distinctKeys: 20_000 }),
            compliant,
        ],
        [
            "leaves a key above a shard to hottest-key-fits-a-shard",
            shardedStream({}, { ...load, distinctKeys: 3, hottestKeyShare: 0.5 }),
            compliant,
        ],
        [
            "cannot tell while the number of keys is unknown",
            shardedStream({}, { ...load, distinctKeys: unknown("requirements.distinctKeys") }),
            cannotTell("requirements.distinctKeys"),
        ],
        ["leaves a malformed declaration to capacity-covers-requirements", shardedStream({}, {}), compliant],
    ]);

    it("refuses a shardCount on which few keys are likely to crowd, and names the count and the keys that pass", () => {
        const declared = (distinctKeys: number, shardCount: number) =>
            shardedStream({ shardCount }, { ...load, distinctKeys });
        const said = judgeResource(name, declared(40, 5));
        assert.equal(said.verdict, "violation");
        const pattern =
            /^40 partition keys carry 3\.5 MiB\/s and 2,500 records\/s; on the 5 shards of shardCount every shard stays within its limits only (\d+) % of the time\. Set shardCount to (\d+) or more, or use a partition key with ([\d,]+) or more distinct values\.$/;
        const [, percent, shards, keys] = (pattern.exec(said.message) ?? assert.fail(said.message)).map((text) =>
            Number(text.replaceAll(",", "")),
        );
        assert.ok(percent! > 5 && percent! < 95, said.message);
        assert.deepEqual(judgeResource(name, declared(40, shards!)), compliant);
        assert.equal(judgeResource(name, declared(40, shards! - 1)).verdict, "violation");
        assert.deepEqual(judgeResource(name, declared(keys!, 5)), compliant);
    });
});

describe("hottest-key-fits-a-shard: one key never gets more than one shard", () => {
    const load = { writeMiBPerSecond: 2, recordsPerSecond: 1000 };
    tests("hottest-key-fits-a-shard", [
        ["passes where no hottest key is declared", shardedStream({}, load), compliant],
        ["passes a key that leaves the others room", shardedStream({}, { ...load, hottestKeyShare: 0.33 }), compliant],
        [
            "refuses a key of exactly one shard, beside which no other has room",
            shardedStream({}, { ...load, hottestKeyShare: 0.5 }),
            finding("hottest-key-exceeds-shard", { ...load, hottestKeyShare: 0.5 }),
        ],
        [
            "refuses measured keys that need more shards than they may ask for",
            shardedStream({}, { ...load, heaviestKeyShares: [0.45, 0.3] }),
            finding("hottest-key-exceeds-shard", { ...load, heaviestKeyShares: [0.45, 0.3] }),
        ],
        [
            "refuses a key above one shard",
            shardedStream({ shardCount: 100 }, { ...load, hottestKeyShare: 0.6 }),
            finding("hottest-key-exceeds-shard", { ...load, hottestKeyShare: 0.6 }),
        ],
        [
            "cannot tell while the share is unknown",
            shardedStream({}, { ...load, hottestKeyShare: unknown("requirements.hottestKeyShare") }),
            cannotTell("requirements.hottestKeyShare"),
        ],
        ["leaves a malformed declaration to capacity-covers-requirements", shardedStream({}, {}), compliant],
    ]);
});

describe("keys-cost-no-shards: what is paid for few or hot keys is told", () => {
    tests("keys-cost-no-shards", [
        ["passes enough keys", shardedStream({}, { ...load, distinctKeys: 1_000 }), compliant],
        [
            "tells shards and dollars",
            shardedStream({}, { ...load, distinctKeys: 40 }),
            finding("keys-raise-shards", { ...load, distinctKeys: 40 }),
        ],
        [
            "leaves an on-demand stream alone",
            shardedStream({ capacityMode: "on-demand" }, { ...load, distinctKeys: 40 }),
            compliant,
        ],
        [
            "leaves a count that does not pay for them to enough-partition-keys",
            shardedStream({ shardCount: 5 }, { ...load, distinctKeys: 40 }),
            compliant,
        ],
        [
            "leaves keys that are refused to the policies that refuse them",
            shardedStream({}, { ...load, distinctKeys: 4 }),
            compliant,
        ],
    ]);
});

describe("keys-are-declared: a load above one shard says which keys spread it", () => {
    const undeclared = (needs: string) =>
        violation(
            `${needs} more than one shard, and nothing is declared about the partition keys that spread the load. Declare requirements.distinctKeys, or the requirements.heaviestKeyShares that \`sharded-stream keys analyze FILE\` measures, or requirements.explicitHashKeys where producers place the keys.`,
        );
    const needs = "The declared 3.5 MiB/s and 2,500 records/s need";
    const rate = "requirements.writeMiBPerSecond";
    tests("keys-are-declared", [
        ["refuses a load without keys", shardedStream({}, load), undeclared(needs)],
        ["on demand too", shardedStream({ capacityMode: "on-demand" }, load), undeclared(needs)],
        ["an empty list says nothing", shardedStream({}, { ...load, heaviestKeyShares: [] }), undeclared(needs)],
        ["nor that no key is placed", shardedStream({}, { ...load, explicitHashKeys: false }), undeclared(needs)],
        ["passes a number of keys", shardedStream({}, { ...load, distinctKeys: 9 }), compliant],
        ["passes a hottest key", shardedStream({}, { ...load, hottestKeyShare: 0 }), compliant],
        ["passes measured keys", shardedStream({}, { ...load, heaviestKeyShares: [0.1] }), compliant],
        ["passes keys that are placed", shardedStream({}, { ...load, explicitHashKeys: true }), compliant],
        [
            "passes keys that are declared and not known yet",
            shardedStream({}, { ...load, distinctKeys: unknown("requirements.distinctKeys") }),
            compliant,
        ],
        [
            "passes a load that fits one shard, whatever its keys",
            shardedStream({}, { writeMiBPerSecond: 1, recordsPerSecond: 1000 }),
            compliant,
        ],
        [
            "refuses what the known rate alone needs",
            shardedStream({}, { ...load, writeMiBPerSecond: unknown(rate) }),
            undeclared("The declared load needs"),
        ],
        [
            "cannot tell where the unknown rate may fit one shard",
            shardedStream({}, { writeMiBPerSecond: unknown(rate), recordsPerSecond: 10 }),
            cannotTell(rate),
        ],
        ["leaves a malformed declaration to capacity-covers-requirements", shardedStream({}, {}), compliant],
    ]);
});

describe("one message for one cause", () => {
    const said = (resource: ResourceView) =>
        policyNames.filter((name) => judgeResource(name, resource).verdict === "violation");
    const rows: readonly [title: string, args: object, keys: object, said: string[]][] = [
        ["too few keys", {}, { distinctKeys: 4 }, ["enough-partition-keys"]],
        ["a key above a shard", {}, { hottestKeyShare: 0.4 }, ["hottest-key-fits-a-shard"]],
        [
            "few keys with one above a shard",
            {},
            { distinctKeys: 100, hottestKeyShare: 0.4 },
            ["hottest-key-fits-a-shard"],
        ],
        ["keys that cost shards", {}, { distinctKeys: 40 }, ["keys-cost-no-shards"]],
        ["keys that crowd an override", { shardCount: 5 }, { distinctKeys: 40 }, ["enough-partition-keys"]],
        [
            "an override below the load itself",
            { shardCount: 3 },
            { distinctKeys: 40 },
            ["capacity-covers-requirements"],
        ],
        [
            "a scaled stream that starts too small for its keys",
            { shardCount: 5, scaling: { minShards: 8, maxShards: 16 } },
            { distinctKeys: 40 },
            ["enough-partition-keys"],
        ],
        ["keys that nobody declared", {}, {}, ["keys-are-declared"]],
    ];
    for (const [title, args, keys, policies] of rows) {
        it(`${title}: ${policies.join()}`, () =>
            assert.deepEqual(said(shardedStream(args, { ...load, ...keys })), policies));
    }
});

describe("measured shares of which one is not known yet", () => {
    const partly = shardedStream(
        { shardCount: 3 },
        { ...load, heaviestKeyShares: [0.1, unknown("requirements.heaviestKeyShares.1")] },
    );
    it("are not malformed, and what the load needs is still judged", () => {
        assert.equal(judgeResource("capacity-covers-requirements", partly).verdict, "violation");
        assert.deepEqual(
            judgeResource("enough-partition-keys", partly),
            cannotTell("requirements.heaviestKeyShares.1"),
        );
        assert.deepEqual(judgeResource("keys-are-declared", partly), compliant);
    });
});

describe("sizes of records, which decide the price alone", () => {
    const recordSizes = [{ sizeKiB: 5, share: 1 }];
    it("are no contradiction of a load that is not known yet", () => {
        const later = shardedStream(
            { shardCount: 3 },
            { writeMiBPerSecond: 3.5, recordsPerSecond: unknown("requirements.recordsPerSecond"), recordSizes },
        );
        assert.match(shownText(later), /at least 4 shards/);
    });
    it("and where one of them is not known yet, what the load needs is still judged", () => {
        const partly = [{ sizeKiB: 1.4, share: unknown("requirements.recordSizes.0.share") }];
        assert.match(
            shownText(shardedStream({ shardCount: 3 }, { ...load, recordSizes: partly })),
            /at least 4 shards/,
        );
    });
    it("are malformed where they contradict it", () => {
        assert.match(
            shownText(shardedStream({}, { ...load, recordSizes })),
            /recordSizes: .* must be sizes of 1\.43 KiB on average/,
        );
    });
    const shownText = (stream: ReturnType<typeof shardedStream>) =>
        JSON.stringify(judgeResource("capacity-covers-requirements", stream));
});
