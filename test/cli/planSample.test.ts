/** What `plan --sample` takes from a sample of keys, which is what `keys analyze` says of it. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { defineKeys } from "../../cli/keys";
import { definePlan } from "../../cli/plan";
import { type InProcessRun, runInProcess } from "./inProcess";

describe("plan --sample", () => {
    let folder: string;
    let file: string;
    before(() => {
        folder = mkdtempSync(path.join(tmpdir(), "plan-sample-"));
        file = path.join(folder, "sample.txt");
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    const lines = (count: number, line: (index: number) => string): void =>
        writeFileSync(file, Array.from({ length: count }, (_, index) => line(index)).join("\n"));
    const plan = (load: readonly string[], ...args: readonly string[]): Promise<InProcessRun> =>
        runInProcess(definePlan, ["plan", ...load, "--sample", file, ...args], { env: {} });
    const analyze = (...args: readonly string[]): Promise<InProcessRun> =>
        runInProcess(defineKeys, ["keys", "analyze", file, ...args], { env: {} });

    it("reads JSON in any arrangement, also packed, as keys analyze does", async () => {
        const records = Array.from({ length: 200 }, (_, index) => ({ user: `user-${index % 50}` }));
        writeFileSync(file, gzipSync(JSON.stringify(records, null, 2)));
        assert.equal(keysOf(await plan(twoShards, "--column", "user")).distinctKeys, 50);
    });

    const sixShards = ["--write-mib", "6", "--records", "3000"];
    const twoShards = ["--write-mib", "2", "--records", "900"];
    const keysOf = ({ document }: InProcessRun): Record<string, unknown> => {
        const { distinctKeys, heaviestKeyShares } = document.requirements as Record<string, unknown>;
        return { distinctKeys, ...(heaviestKeyShares !== undefined && { heaviestKeyShares }) };
    };
    const findingsOf = ({ document, exitCode }: InProcessRun): readonly [...string[], number] => [
        ...(document.findings as { code: string }[]).map(({ code }) => code),
        exitCode,
    ];

    it("tells a very hot key from too few keys", async () => {
        lines(10_000, (index) => (index % 10 === 0 ? `user-${(index / 10) % 500}` : "big"));
        const run = await plan(twoShards);
        assert.deepEqual(keysOf(run), { distinctKeys: 501, heaviestKeyShares: [0.9] });
        assert.deepEqual(findingsOf(run), ["hottest-key-exceeds-shard", 1]);
    });

    const seconds = (index: number): string => new Date(1.79e12 + Math.floor(index / 5) * 1_000).toISOString();

    it("takes keys that are times as the one that is written to at a moment, and says so as `keys analyze` does", async () => {
        lines(10_000, seconds);
        const run = await plan(sixShards);
        assert.deepEqual(keysOf(run), { distinctKeys: 1 });
        assert.deepEqual(findingsOf(run), ["too-few-keys", 1]);
        assert.deepEqual(run.document.sample, {
            file,
            records: 10_000,
            interrupted: false,
            keysAtOnce: 1,
            timeKey: "2026-09-21T14:23:59.000Z",
        });
        const why = `The keys are times, such as "2026-09-21T14:23:59.000Z". At any moment only 1 key is written to.`;
        assert.equal(
            run.text.split("\n")[0],
            `10,000 records of ${file} mean the requirements { distinctKeys: 1 }. ${why}`,
        );
        const judged = await analyze("--shards", "6");
        assert.ok((judged.document.message as string).endsWith(why), judged.text);
        assert.deepEqual(judged.document.requirements, keysOf(run));
    });

    const atOnce: readonly (readonly [said: string, keys: number])[] = [
        ["3", 3],
        ["1999", 1_999],
        ["2000", 2_000],
        ["5000", 2_000],
    ];
    for (const [said, keys] of atOnce) {
        it(`declares ${keys} of 2,000 keys that look like times with --keys-at-once ${said}, as \`keys analyze\` does`, async () => {
            lines(10_000, seconds);
            assert.deepEqual(keysOf(await plan(sixShards, "--keys-at-once", said)), { distinctKeys: keys });
            assert.deepEqual((await analyze("--keys-at-once", said)).document.requirements, { distinctKeys: keys });
        });
    }

    /** A row for each tenant with its total: the first one so much, the others 10. */
    const totals = (tenants: number, first: number): void =>
        lines(tenants + 1, (row) => (row === 0 ? "tenant,bytes" : `tenant-${row},${row === 1 ? first : 10}`));
    const weighed = ["--column", "tenant", "--weight", "bytes"];
    const totalsHint = "Where each row is the total of its key, the file is the whole: say so with --min-records 1.";

    it("takes a table of totals as the whole where it is said to be, however short it is", async () => {
        totals(100, 8_910);
        const run = await plan(sixShards, ...weighed, "--min-records", "1");
        assert.deepEqual(keysOf(run), { distinctKeys: 100, heaviestKeyShares: [0.9] });
        assert.deepEqual(findingsOf(run), ["hottest-key-exceeds-shard", 1]);
        const note = "Taken as the whole, and not as a sample (--min-records 1): each row is the total of its key.";
        assert.deepEqual(run.document.sample, { file, records: 100, interrupted: false, whole: true, note });
        assert.equal(
            run.text.split("\n")[0],
            `100 records of ${file} mean the requirements { distinctKeys: 100, heaviestKeyShares: [0.9] }. ${note}`,
        );
        totals(30, 10);
        assert.deepEqual(keysOf(await plan(sixShards, ...weighed, "--min-records", "1")), { distinctKeys: 30 });
    });

    it("asks what a file is of which one record is nearly all", async () => {
        totals(100, 8_910);
        await assert.rejects(plan(sixShards, ...weighed), {
            message: `${file} has 100 records of so unequal weight that they tell no more than 1 of equal weight, and 100 are needed: take a larger sample. ${totalsHint}`,
        });
    });

    it("takes records with sizes, each with a key of its own, for a sample of more keys, and says so", async () => {
        totals(1_000, 10);
        const run = await plan(sixShards, ...weighed);
        assert.deepEqual(keysOf(run), { distinctKeys: 500_000 });
        assert.deepEqual(run.document.sample, {
            file,
            records: 1_000,
            interrupted: false,
            note: `Each key came once: taken as a sample of more keys than these. ${totalsHint}`,
        });
    });

    it("names no key for one large record", async () => {
        lines(10_001, (row) => (row === 0 ? "tenant,bytes" : `order-${row},${row === 1 ? 101_000 : 1_000}`));
        const run = await plan(["--write-mib", "200", "--records", "3000"], ...weighed);
        assert.deepEqual(keysOf(run), { distinctKeys: 50_000_000 });
        assert.equal(run.exitCode, 0, run.text);
    });

    it("needs as many records as were asked for, and some load in them", async () => {
        lines(99, (index) => `user-${index % 10}`);
        const refused = (needed: number) => ({
            message: `${file} has 99 records with a partition key: take a sample of at least ${needed}, since fewer do not tell how heavy keys are.`,
        });
        await assert.rejects(plan(sixShards), refused(100));
        assert.deepEqual(keysOf(await plan(sixShards, "--min-records", "99")), { distinctKeys: 10 });
        lines(101, (row) => (row === 0 ? "tenant,bytes" : `tenant-${row},0`));
        await assert.rejects(plan(sixShards, ...weighed), {
            message: `${file} has no load: the weights of all records are 0.`,
        });
    });

    it("tells of the lines that it left out, and takes none of which it left out the most", async () => {
        const withBad = (bad: number) => lines(1_000, (index) => (index < bad ? "" : `user-${index % 500}`));
        withBad(1);
        const one = await plan(twoShards);
        assert.match(one.text, / \}\. 1 bad line was left out: line 1 \(empty\)\.\n/);
        withBad(500);
        const half = await plan(twoShards);
        assert.match(half.text, / \}\. 500 bad lines were left out, the first is line 1 \(empty\)\.\n/);
        const { records, badLines, firstBadLines } = half.document.sample as Record<string, unknown>;
        assert.deepEqual([records, badLines, (firstBadLines as object[]).length], [500, 500, 5]);
        withBad(501);
        await assert.rejects(plan(twoShards), {
            name: "UsageError",
            message: `${file}: 501 of 1,000 records could not be read: the rest are not the whole. The first is line 1 (empty). Name the field or column that all records have, or leave the others out of the file.`,
        });
    });

    it("tells of a table of totals where its rows are too few for a sample", async () => {
        lines(41, (row) => (row === 0 ? "tenant,bytes" : `tenant-${row},${row}`));
        await assert.rejects(plan(sixShards, ...weighed), {
            message: `${file} has 40 records with a partition key: take a sample of at least 100, since fewer do not tell how heavy keys are. ${totalsHint}`,
        });
    });

    it("refuses what only tells how to read a sample, where none is named", async () => {
        const alone = runInProcess(definePlan, ["plan", ...sixShards, "--keys-at-once", "1"], { env: {} });
        await assert.rejects(alone, { message: "--keys-at-once tells how to read a sample: name one with --sample." });
    });
});
