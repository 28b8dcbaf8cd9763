/** What `keys analyze` says of a sample: a verdict with its exit code, and what to declare of the keys. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type KeyRequirements } from "../../capacity/keys/sampleShares";
import { planCapacity } from "../../capacity/sizing/plan";
import { defineKeys } from "../../cli/keys";
import { requirementsSnippet } from "../../cli/keysText";
import { type InProcessRun, runInProcess } from "./inProcess";

describe("keys analyze", () => {
    let folder: string;
    before(() => (folder = mkdtempSync(path.join(tmpdir(), "keys-analyze-"))));
    after(() => rmSync(folder, { recursive: true, force: true }));

    function analyze(content: string, ...args: readonly string[]): Promise<InProcessRun> {
        const file = path.join(folder, "sample.txt");
        writeFileSync(file, content);
        return runInProcess(defineKeys, ["keys", "analyze", file, ...args], { env: {} });
    }

    const keys = (count: number, key = (index: number): string => `user-${index}`): string =>
        Array.from({ length: count }, (_, index) => key(index)).join("\n");

    const pipelines: readonly (readonly [
        title: string,
        content: string,
        args: string[],
        verdict: string,
        exitCode: number,
    ])[] = [
        ["enough records", keys(300), [], "even", 0],
        ["four records", keys(4), [], "cannot-tell", 1],
        ["four records on one shard, which takes every key", keys(4), ["--shards", "1"], "even", 0],
        ["fewer records than --min-records", keys(300), ["--min-records", "301"], "cannot-tell", 1],
        ["as many records as --min-records", keys(30), ["--min-records", "30"], "even", 0],
        [
            "CloudTrail of four records",
            `{"Records":[${[1, 2, 3, 4].map((id) => `{"id":${id}}`).join(",")}]}`,
            ["--column", "id"],
            "cannot-tell",
            1,
        ],
        [
            "a field that few records have",
            keys(1_000, (index) => (index < 400 ? `{"id":${index}}` : "{}")),
            ["--column", "id"],
            "cannot-tell",
            1,
        ],
        [
            "seconds as keys",
            keys(600, (index) => new Date(1.79e12 + index * 1_000).toISOString()),
            [],
            "too-few-keys",
            1,
        ],
        [
            "seconds as keys that are said to be many at once",
            keys(600, (index) => new Date(1.79e12 + index * 1_000).toISOString()),
            ["--keys-at-once", "500"],
            "even",
            0,
        ],
        ["keys in runs", keys(20_000, (index) => `part-${Math.floor(index / 100)}`), [], "cannot-tell", 1],
        ["the same keys in turn", keys(20_000, (index) => `part-${index % 200}`), [], "even", 0],
    ];
    for (const [title, content, args, verdict, exitCode] of pipelines) {
        it(`${title}: ${verdict}, exit code ${exitCode}`, async () => {
            const run = await analyze(content, ...args);
            assert.deepEqual([run.document.verdict, run.exitCode], [verdict, exitCode], run.text);
        });
    }

    it("reads JSON and one line whatever the carriage returns in them", async () => {
        for (const content of ['[\r"a",\r"b"\r]\r', "a\r", "a\r\nb"])
            assert.equal((await analyze(content)).document.badLines, 0, content);
    });

    const unread: readonly (readonly [content: string, args: string[], message: string])[] = [
        ["", [], "is empty: there are no partition keys to analyze."],
        ["id,bytes\n", ["--column", "id"], "has no record: there are no partition keys to analyze."],
        ["id,n\na,0\nb,0\n", ["--column", "id", "--weight", "n"], "has no load: the weights of all records are 0."],
        [
            "id,bytes,id\na,1,b\n",
            ["--column", "id"],
            'has 2 columns "id": nothing tells which of them is meant. Give the others another name.',
        ],
        [
            "id,n,n\na,1,2\n",
            ["--column", "id", "--weight", "n"],
            'has 2 columns "n": nothing tells which of them is meant. Give the others another name.',
        ],
    ];
    for (const [content, args, message] of unread) {
        it(`refuses ${JSON.stringify(content)}: ${message}`, () =>
            assert.rejects(analyze(content, ...args), {
                name: "UsageError",
                message: `${path.join(folder, "sample.txt")} ${message}`,
            }));
    }

    it("shows the hottest 32 shards, and says how many are cooler", async () => {
        for (const [shards, cooler] of [
            [32, undefined],
            [33, "... and 1 cooler shard"],
            [34, "... and 2 cooler shards"],
        ] as const) {
            const { text } = await analyze(keys(300), "--shards", String(shards));
            assert.equal(/^\.\.\. and .*$/m.exec(text)?.[0], cooler);
        }
    });

    it("declares a lower bound where most keys came once, also beside one that came often", async () => {
        const { document } = await analyze(keys(2_000, (index) => (index % 2 === 0 ? "big" : `order-${index}`)));
        assert.equal(
            document.snippet,
            [
                "    distinctKeys: 500_000, // at least: most keys of the sample came once",
                "    heaviestKeyShares: [0.5],",
            ].join("\n"),
        );
    });

    it("lets no key steer the terminal, whatever is said of it", async () => {
        const { text } = await analyze(keys(2_000, (index) => (index % 2 === 0 ? "a\u009b2Jb" : `u-${index}`)));
        assert.doesNotMatch(text, /\u009b/);
        assert.match(text, /^hot-key: Key "a\\u009b2Jb" carries 50 % of the load/m);
        assert.match(text, /Salt the key with 30 suffixes \("a\\u009b2Jb-0" to /);
    });

    it("asks for no stream without a name, as a variable of a shell may leave it", () =>
        assert.rejects(analyze(keys(300), "--stream", ""), {
            name: "UsageError",
            message: "The name of the stream is empty: give a name or an ARN.",
        }));

    it("takes a column of its own name beside others that have one name", async () => {
        const { document } = await analyze("id,n,n\na,1,2\n", "--column", "id");
        assert.equal(document.records, 1);
    });

    it("prints the requirements to paste, and the order of the file", async () => {
        const skewed = (index: number): string => (index % 5 === 0 ? "tenant-1" : `tenant-${2 + (index % 997)}`);
        const { document, text } = await analyze(keys(20_000, skewed));
        assert.deepEqual(document.requirements, { distinctKeys: 998, heaviestKeyShares: [0.2] });
        assert.equal(document.snippet, "    distinctKeys: 998,\n    heaviestKeyShares: [0.2],");
        assert.match(
            text,
            /\nTo declare in the requirements of the stream:\n {4}distinctKeys: 998,\n {4}heaviestKeyShares: \[0\.2\],$/m,
        );
        assert.deepEqual(Object.keys(document.inOrder as object), ["records", "windows", "hottestOverAverage"]);
        assert.match(
            text,
            /\nIn the order of the file: of 2,264 records in a row the hottest shard has 1\.\d+ times the average\.\n/,
        );
    });

    it("names the key that it calls hot in the requirements, beside as many others as there are", async () => {
        const nineOfTen = (index: number): string => (index % 10 === 0 ? `user-${(index / 10) % 500}` : "big");
        const { document } = await analyze(keys(10_000, nineOfTen));
        assert.deepEqual(
            [document.verdict, document.requirements],
            ["hot-key", { distinctKeys: 501, heaviestKeyShares: [0.9] }],
        );
    });

    it("declares at least so many keys where most of the sample came once, and lists none of them as hot", async () => {
        const { document, text } = await analyze(keys(1_000));
        assert.deepEqual([document.requirements, document.distinctKeysAtLeast], [{ distinctKeys: 500_000 }, true]);
        assert.match(text, /\n {4}distinctKeys: 500_000, \/\/ at least: most keys of the sample came once$/m);
        assert.match(text, /^No key came twice\.$/m);
        assert.doesNotMatch(text, /hottest keys/);
        assert.equal((document.hottestKeys as unknown[]).length, 10);
    });

    it("keeps the hottest keys of a file with a row for each key and its total", async () => {
        const rows = Array.from({ length: 400 }, (_, index) => `user-${index},${index === 7 ? 90 : 10}`).join("\n");
        const { text } = await analyze(`key,total\n${rows}`, "--column", "key", "--weight", "total");
        assert.match(text, /hottest keys.*\n.*user-7\t2\.21 %/);
        assert.doesNotMatch(text, /user-8\t/);
    });

    /** A row for each tenant with its total: the first one so much, the others 10. */
    const totals = (tenants: number, first: number): string =>
        `tenant,bytes\n${keys(tenants, (index) => `tenant-${index},${index === 0 ? first : 10}`)}`;
    const weighed = ["--column", "tenant", "--weight", "bytes"];
    const ambiguous =
        "Each key came once: taken as a sample of more keys than these. Where each row is the total of its key, the file is the whole: say so with --min-records 1.";
    const whole = "Taken as the whole, and not as a sample (--min-records 1): each row is the total of its key.";
    const tables: readonly (readonly [
        title: string,
        content: string,
        args: readonly string[],
        verdict: string,
        requirements: object | null,
        note: string | null,
    ])[] = [
        [
            "one tenant of 90 % among 100",
            totals(100, 8_910),
            ["--min-records", "1"],
            "hot-key",
            { distinctKeys: 100, heaviestKeyShares: [0.9] },
            whole,
        ],
        ["the same, not said to be the whole", totals(100, 8_910), [], "cannot-tell", null, ambiguous],
        [
            "one tenant of 90 % among more than are counted one by one",
            totals(20_000, 1_799_910),
            ["--min-records", "1"],
            "hot-key",
            { distinctKeys: 20_000, heaviestKeyShares: [0.9] },
            whole,
        ],
        [
            "30 even tenants on 10 shards",
            totals(30, 10),
            ["--min-records", "1", "--shards", "10"],
            "too-few-keys",
            { distinctKeys: 30 },
            whole,
        ],
        ["3 even tenants", totals(3, 10), ["--min-records", "1"], "too-few-keys", { distinctKeys: 3 }, whole],
        ["1,000 even tenants", totals(1_000, 10), ["--min-records", "1"], "even", { distinctKeys: 1_000 }, whole],
        [
            "1,000 records with sizes, each with a key of its own",
            totals(1_000, 10),
            [],
            "even",
            { distinctKeys: 500_000 },
            ambiguous,
        ],
        [
            "1,000 such records that were said to be enough",
            totals(1_000, 10),
            ["--min-records", "1000"],
            "even",
            { distinctKeys: 500_000 },
            ambiguous,
        ],
    ];
    for (const [title, content, args, verdict, requirements, note] of tables) {
        it(`of ${title}: ${verdict}, and as what it was taken`, async () => {
            const { document, text, exitCode } = await analyze(content, ...weighed, ...args);
            assert.deepEqual(
                [document.verdict, document.requirements, document.note, document.whole, exitCode],
                [verdict, requirements, note, note === whole, verdict === "even" ? 0 : 1],
                text,
            );
            assert.equal(text.split("\n")[1], note);
        });
    }

    it("calls no key hot for one large record, and declares nothing of it", async () => {
        const rows = keys(10_000, (index) => `order-${index},${index === 0 ? 101_000 : 1_000}`);
        const { document, exitCode } = await analyze(`tenant,bytes\n${rows}`, ...weighed, "--shards", "64");
        assert.deepEqual(
            [document.verdict, document.message, document.requirements, exitCode],
            [
                "cannot-tell",
                'Key "order-0" carries 1 % of the load with a single record, which does not tell whether its key comes again.',
                null,
                1,
            ],
        );
    });

    it("says nothing of totals where keys came again, or without weights", async () => {
        const again = `tenant,bytes\n${keys(300, (index) => `tenant-${index % 299},10`)}`;
        assert.equal((await analyze(again, ...weighed)).document.note, null);
        assert.equal((await analyze(keys(300))).document.note, null);
    });

    it("prints how each fix came out", async () => {
        const skewed = (index: number): string => (index % 5 === 0 ? "tenant-1" : `tenant-${2 + (index % 997)}`);
        const { document, text } = await analyze(keys(20_000, skewed), "--shards", "16");
        assert.equal(document.verdict, "hot-key");
        const kinds = (document.tried as { kind: string; reached: boolean }[]).map(({ kind, reached }) => [
            kind,
            reached,
        ]);
        assert.deepEqual(kinds.slice(0, 2), [
            ["salt", true],
            ["explicit-hash-keys", true],
        ]);
        assert.match(
            text,
            /Fix: Salt the key with \d+ suffixes .*: the hottest shard then has 1\.\d+ times the average/,
        );
    });

    it("declares of keys that are times the one that is written to at a moment", async () => {
        const { document } = await analyze(keys(600, (index) => new Date(1.79e12 + index * 1_000).toISOString()));
        assert.deepEqual(document.requirements, { distinctKeys: 1 });
    });

    it("declares keys that have explicit hash keys as placed, so that the plan carries them as the sample does", async () => {
        const lane = (index: number): string => `order-${index},${BigInt(index % 4) * 2n ** 126n + 5n}`;
        const columns = ["--column", "key", "--explicit-hash-key", "hash"];
        const { document, text } = await analyze(`key,hash\n${keys(1_000, lane)}`, ...columns);
        const requirements = document.requirements as KeyRequirements;
        assert.deepEqual([document.verdict, requirements], ["even", { distinctKeys: 4, explicitHashKeys: true }]);
        assert.match(text, /\n {4}distinctKeys: 4,\n {4}explicitHashKeys: true,$/m);
        const plan = planCapacity({ writeMiBPerSecond: 3.5, recordsPerSecond: 2_500, ...requirements });
        assert.deepEqual([plan.minimumShards, plan.findings], [4, []]);
    });

    it("does not ask what keys look like that have explicit hash keys", async () => {
        const lane = (index: number): string =>
            `${new Date(1.79e12 + index * 1_000).toISOString()},${BigInt(index % 4) * 2n ** 126n}`;
        const columns = ["--column", "key", "--explicit-hash-key", "hash"];
        const { document } = await analyze(`key,hash\n${keys(1_000, lane)}`, ...columns);
        assert.deepEqual(
            [document.verdict, document.requirements],
            ["even", { distinctKeys: 4, explicitHashKeys: true }],
        );
    });

    it("declares keys as placed only where most records have an explicit hash key", async () => {
        const some = (index: number): string => `user-${index % 100},${index % 2 === 0 ? index : ""}`;
        const columns = ["--column", "key", "--explicit-hash-key", "hash"];
        const { document } = await analyze(`key,hash\n${keys(1_000, some)}`, ...columns);
        assert.equal((document.requirements as KeyRequirements).explicitHashKeys, undefined);
    });

    it("prints none from a sample that does not tell", async () => {
        const { document, text } = await analyze(keys(4));
        assert.deepEqual([document.requirements, document.snippet, document.inOrder], [null, null, null]);
        assert.doesNotMatch(text, /To declare/);
    });

    it("a long list of shares is broken into lines of ten", () =>
        assert.equal(
            requirementsSnippet({
                requirements: { distinctKeys: 1_234_567, heaviestKeyShares: Array<number>(12).fill(0.01) },
                isLowerBound: false,
            }),
            [
                "    distinctKeys: 1_234_567,",
                "    heaviestKeyShares: [",
                "        0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01,",
                "        0.01, 0.01,",
                "    ],",
            ].join("\n"),
        ));
});
