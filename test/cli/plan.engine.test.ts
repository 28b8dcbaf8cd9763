/** `plan`, as it is typed, and what the program says without a command. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { definePlan } from "../../cli/plan";
import { runInProcess } from "./inProcess";
import { runCli } from "./run";

interface PlanDocument {
    minimumShards: number;
    recommendedShards: number;
    binding: string;
    bounds: { constraint: string; shards: number }[];
    cost: Record<
        string,
        { hourly: number; monthly: number; items: { item: string; hourly: number; monthly: number }[] }
    >;
    findings: { code: string }[];
}

describe("sharded-stream plan", () => {
    it("prints one JSON document with sizes, prices and findings", () => {
        const { stdout, exitCode } = runCli(
            "plan",
            "--write-mib",
            "3.5",
            "--records",
            "2500",
            "--lanes",
            "4",
            "--json",
        );
        const plan = JSON.parse(stdout) as PlanDocument;
        assert.equal(plan.minimumShards, 4);
        assert.equal(plan.recommendedShards, 5);
        assert.deepEqual(plan.cost.provisioned?.items[0], { item: "shardHours", hourly: 0.075, monthly: 54.75 });
        assert.deepEqual(
            plan.findings.map((finding) => finding.code),
            ["ordered-lanes-collide"],
        );
        assert.equal(exitCode, 0);
    });

    it("says the same as text, without colour where nobody looks at it", () => {
        const { stdout, exitCode } = runCli("plan", "--write-mib", "3.5", "--records", "2500", "--lanes", "4");
        const lines = stdout.split("\n");
        assert.equal(lines[0], "4 shards carry the declared peak; 5 are recommended (headroom 20 %).");
        assert.ok(lines.includes("writeBytes (binding)\t4\t3.5 MiB/s written, 1 MiB/s a shard."));
        assert.ok(lines.includes("Provisioned (cheapest)\t\t$0.20\t$146.73"));
        assert.ok(!stdout.includes("\u001b"));
        assert.equal(exitCode, 0);
    });

    it("exits with 1 where no shard count can help, and says what does", () => {
        const { stdout, exitCode } = runCli(
            "plan",
            "--write-mib",
            "1",
            "--records",
            "1500",
            "--hottest-key-share",
            "0.9",
        );
        assert.match(stdout, /^2 shards carry the declared peak once the errors below are mended; 3 are recommended /);
        assert.match(stdout, /error hottest-key-exceeds-shard: .*\n {2}Fix: /);
        assert.equal(exitCode, 1);
    });

    it("takes the keys of a sample as they are, and exits with 1 where they are too few", async () => {
        const folder = mkdtempSync(path.join(tmpdir(), "plan-sample-"));
        const file = path.join(folder, "keys.csv");
        const rows = (keys: string[]) => writeFileSync(file, `tenant,bytes\n${keys.join("\n")}\n`);
        const run = (...args: string[]) =>
            runInProcess(definePlan, ["plan", "--write-mib", "3.5", "--records", "2500", "--sample", file, ...args], {
                env: {},
            });
        try {
            rows(Array.from({ length: 3_000 }, (_, row) => `${row % 3 === 0 ? "big" : `t${row % 1_000}`},1`));
            const { document, exitCode, text } = await run("--column", "tenant");
            const requirements = document.requirements as { distinctKeys: number; heaviestKeyShares: number[] };
            assert.deepEqual([requirements.heaviestKeyShares, requirements.distinctKeys], [[0.3333], 1_001]);
            assert.deepEqual(document.sample, { file, records: 3_000, interrupted: false });
            assert.equal(
                text.split("\n")[0],
                `3,000 records of ${file} mean the requirements { distinctKeys: 1001, heaviestKeyShares: [0.3333] }.`,
            );
            assert.deepEqual(
                [(document.findings as { code: string }[]).map(({ code }) => code), exitCode],
                [["hottest-key-exceeds-shard"], 1],
            );
            rows(["one,1", "two,1", "three,1"]);
            await assert.rejects(run("--column", "tenant"), {
                message: `${file} has 3 records with a partition key: take a sample of at least 100, since fewer do not tell how heavy keys are.`,
            });
            rows(Array.from({ length: 300 }, (_, row) => `${["one", "two", "three"][row % 3]},1`));
            const few = await run("--column", "tenant", "--weight", "bytes");
            assert.deepEqual(
                [few.exitCode, (few.document.findings as { code: string }[]).map(({ code }) => code)],
                [1, ["too-few-keys"]],
            );
            await assert.rejects(run("--distinct-keys", "4"), {
                message: "The sample tells --distinct-keys: leave that out.",
            });
            await assert.rejects(
                runInProcess(definePlan, ["plan", "--write-mib", "1", "--records", "1", "--column", "id"], { env: {} }),
                { message: "--column tells how to read a sample: name one with --sample." },
            );
        } finally {
            rmSync(folder, { recursive: true });
        }
    });

    it("reads measured shares and placed keys", async () => {
        const load = ["plan", "--write-mib", "3.5", "--records", "2500"];
        const run = (...args: string[]) => runInProcess(definePlan, [...load, ...args], { env: {} });
        const measured = await run("--heaviest-key-shares", "0.1,0.05", "--distinct-keys", "900");
        assert.deepEqual(
            (measured.document.requirements as object as { heaviestKeyShares: number[] }).heaviestKeyShares,
            [0.1, 0.05],
        );
        const placed = await run("--lanes", "4", "--distinct-keys", "4", "--explicit-hash-keys");
        assert.deepEqual([placed.document.minimumShards, placed.document.findings, placed.exitCode], [4, [], 0]);
        await assert.rejects(run("--heaviest-key-shares", "0.1,x"), {
            message:
                'plan: --heaviest-key-shares[1]: "x" is not allowed; it must be a number above 0, at most 1. Declare fractions, such as 0.12,0.05; `sharded-stream keys analyze FILE` measures them.',
        });
        const factor = await run("--distinct-keys", "30", "--keys-may-raise-shards", "3");
        assert.deepEqual([factor.document.minimumShards, factor.exitCode], [9, 0]);
    });

    it("speaks of one shard as of one", () => {
        const { stdout } = runCli("plan", "--write-mib", "0.5", "--records", "10", "--headroom", "0");
        assert.deepEqual(stdout.split("\n").slice(0, 2), [
            "1 shard carries the declared peak; 1 is recommended (headroom 0 %).",
            "At 1 shard the peak uses: writeBytes 50 %, records 1 %, sharedReadBytes 25 %.",
        ]);
    });

    const wrong: readonly [title: string, args: readonly string[], stderr: string][] = [
        [
            "a negative rate and no records",
            ["--write-mib", "-1"],
            "sharded-stream: --write-mib: -1 is not allowed; it must be a number above 0, at most 100,000. Declare the MiB per second written at peak; 1 MiB is 1,048,576 bytes. --records: missing; it must be a number above 0, at most 100,000,000. Declare the records per second written at peak.\n",
        ],
        ["an unknown option", ["--lane", "4"], "sharded-stream: unknown option '--lane' (Did you mean --lanes?)\n"],
        [
            "an option without its value",
            ["--write-mib"],
            "sharded-stream: option '--write-mib <number>' argument missing\n",
        ],
        [
            "a word for a number",
            ["--write-mib", "lots", "--records", "1"],
            'sharded-stream: --write-mib: "lots" is not allowed; it must be a number above 0, at most 100,000. Declare the MiB per second written at peak; 1 MiB is 1,048,576 bytes.\n',
        ],
        [
            "retention above a year",
            ["--write-mib", "1", "--records", "1", "--retention-hours", "8761"],
            "sharded-stream: --retention-hours: 8,761 is not allowed; it must be a whole number from 24 to 8,760. Name the hours that a consumer may be down and still miss nothing.\n",
        ],
    ];
    for (const [title, args, stderr] of wrong) {
        it(`answers ${title} with one line and exit code 2`, () => {
            assert.deepEqual(runCli("plan", ...args), { stdout: "", stderr, exitCode: 2 });
        });
    }

    it("explains itself with examples", () => {
        const { stdout, exitCode } = runCli("plan", "--help");
        assert.match(stdout, /--write-mib <number>/);
        assert.match(stdout, /Examples:\n {2}sharded-stream plan --write-mib 3\.5 --records 2500 --lanes 4/);
        assert.equal(exitCode, 0);
    });
});

describe("sharded-stream without a command", () => {
    it("names the way to the list of commands", () => {
        assert.deepEqual(runCli(), {
            stdout: "",
            stderr: "sharded-stream: name a command; sharded-stream --help lists them\n",
            exitCode: 2,
        });
    });
    it("names the way to the list of the commands of a group", () => {
        assert.deepEqual(runCli("keys"), {
            stdout: "",
            stderr: "sharded-stream: name a command; sharded-stream keys --help lists them\n",
            exitCode: 2,
        });
    });
    it("lets no text out of a file steer the terminal", () => {
        const folder = mkdtempSync(path.join(tmpdir(), "steers-"));
        const file = path.join(folder, "steers.csv");
        writeFileSync(file, "a\u001b[2Jb,c\n1,2\n");
        try {
            assert.equal(
                runCli("keys", "analyze", file, "--column", "x").stderr,
                `sharded-stream: ${file} has no column "x"; it has: a\\u001b[2Jb, c.\n`,
            );
        } finally {
            rmSync(folder, { recursive: true });
        }
    });
    it("answers an unknown command with the one that was probably meant", () => {
        assert.deepEqual(runCli("plam"), {
            stdout: "",
            stderr: "sharded-stream: unknown command 'plam' (Did you mean plan?)\n",
            exitCode: 2,
        });
        assert.deepEqual(runCli("help", "nope"), {
            stdout: "",
            stderr: "sharded-stream: unknown command 'nope'; sharded-stream --help lists them\n",
            exitCode: 2,
        });
    });
});
