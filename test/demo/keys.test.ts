/** The keys of a day: each shard gets the share that its keys have, whatever few records are sent. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { shardOf, shardOfHashKey, uniformRing } from "../../capacity/keys/hashRing";
import { keysOf, madeKeys, type NextKey, readKeys } from "../../demo/keys";

const ring = uniformRing(5);
const take = (next: NextKey, count: number) => Array.from({ length: count }, () => next());
const perShard = (reached: readonly number[]) =>
    [0, 1, 2, 3, 4].map((shard) => reached.filter((at) => at === shard).length);

describe("keys that are made", () => {
    it("are as many as declared, in equal parts", () => {
        assert.deepEqual(madeKeys({ distinctKeys: 4 }), [
            { key: "key-000001", weight: 0.25 },
            { key: "key-000002", weight: 0.25 },
            { key: "key-000003", weight: 0.25 },
            { key: "key-000004", weight: 0.25 },
        ]);
    });

    it("have the declared shares, and the others the rest", () => {
        const shares = (declared: Parameters<typeof madeKeys>[0]) => madeKeys(declared).map(({ weight }) => weight);
        assert.deepEqual(shares({ distinctKeys: 3, hottestKeyShare: 0.5 }), [0.5, 0.25, 0.25]);
        assert.deepEqual(shares({ distinctKeys: 2, heaviestKeyShares: [0.75, 0.25] }), [0.75, 0.25]);
    });

    it("are 10,000 at most, which make no difference to the shards any more", () => {
        assert.deepEqual([madeKeys({}).length, madeKeys({ distinctKeys: 1e9 }).length], [10_000, 10_000]);
    });

    it("reach each shard in proportion to its keys, over any hundred records", () => {
        const next = keysOf({ distinctKeys: 2_000 }, undefined);
        for (let stretch = 0; stretch < 20; stretch++) {
            const counts = perShard(take(next, 100).map(({ PartitionKey }) => shardOf(ring, PartitionKey)));
            assert.ok(
                counts.every((count) => count >= 15 && count <= 25),
                counts.join(),
            );
        }
    });

    it("reach no other shards than theirs where they are few", () => {
        const keys = madeKeys({ distinctKeys: 2 });
        const theirs = new Set(keys.map(({ key }) => shardOf(ring, key)));
        const reached = new Set(
            take(keysOf({ distinctKeys: 2 }, undefined), 50).map((key) => shardOf(ring, key.PartitionKey)),
        );
        assert.deepEqual(reached, theirs);
    });

    it("are placed evenly where producers place them by ExplicitHashKey", () => {
        const placed = take(keysOf({ distinctKeys: 4, explicitHashKeys: true }, undefined), 100);
        const counts = perShard(placed.map(({ ExplicitHashKey }) => shardOfHashKey(ring, BigInt(ExplicitHashKey!))));
        assert.ok(
            counts.every((count) => count >= 19 && count <= 21),
            counts.join(),
        );
    });
});

describe("keys that are given", () => {
    let folder: string;
    before(() => (folder = mkdtempSync(path.join(tmpdir(), "keys-test-"))));
    after(() => rmSync(folder, { recursive: true }));
    const file = (text: string): string => {
        writeFileSync(path.join(folder, "keys.txt"), text);
        return path.join(folder, "keys.txt");
    };

    it("count as often as they occur", () => {
        assert.deepEqual(readKeys(file("anna\nbert\r\nanna\n\n")), [
            { key: "anna", weight: 2 },
            { key: "bert", weight: 1 },
        ]);
    });

    it("are sent as often as they occur", () => {
        const sent = take(keysOf({}, readKeys(file("anna\nbert\nanna\nanna\n"))), 1_000);
        const share = sent.filter(({ PartitionKey }) => PartitionKey === "anna").length / sent.length;
        assert.ok(Math.abs(share - 0.75) < 0.003, `${share}`);
    });

    for (const [title, text, message] of [
        ["nothing", "\n", "is empty; write one partition key a line."],
        [
            "a key that Kinesis does not take",
            `${"k".repeat(257)}\n`,
            'has a key of 257 characters, "kkkkkkkkkkkkkkkkkkkk..."; Kinesis takes at most 256.',
        ],
    ] as const) {
        it(`are refused for ${title}`, () => {
            const keys = file(text);
            assert.throws(() => readKeys(keys), { message: `--keys: ${keys} ${message}`, exitCode: 2 });
        });
    }

    it("are refused for a file that is not there", () => {
        assert.throws(() => readKeys("none.txt"), {
            message: "--keys: none.txt cannot be read: there is no such file.",
        });
    });
});
