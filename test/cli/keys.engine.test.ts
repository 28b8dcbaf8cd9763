/** `keys analyze` and `keys sql` count as independent implementations do, whatever the input. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { PassThrough } from "node:stream";
import { gzipSync } from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";
import { uniformRing } from "../../capacity/keys/hashRing";
import { KeyTally } from "../../capacity/keys/sample";
import { keyQuery } from "../../capacity/keys/sql";
import { randomOf, uuid, zipf } from "../../capacity/keys/random";
import { readKeys } from "../../cli/keySource";
import { leaveOut } from "../leaveOut";
import { runCli, runCliBeside } from "./run";

interface Analysis {
    readonly records: number;
    readonly weight: number;
    readonly shares: readonly number[];
    readonly shardRecords: readonly number[];
    readonly hottestKeys: readonly { key: string; share: number; records: number; shardId: string }[];
    readonly verdict: string;
    readonly badLines: number;
    readonly firstBadLines: readonly { line: number; reason: string; text: string }[];
}

/** Shard counts and the heaviest keys, by Python's hashlib, from lines of key and weight separated by a tab. */
const independent = `
import hashlib, json, sys
shards = int(sys.argv[1])
bounds = [(1 << 128) // shards * i for i in range(shards)]
records, weights, keys = [0] * shards, [0.0] * shards, {}
for line in open(sys.argv[2], encoding="utf-8", newline="\\n"):
    key, weight = line.rstrip("\\n").split("\\t")
    place = int.from_bytes(hashlib.md5(key.encode("utf-8")).digest(), "big")
    shard = max(i for i in range(shards) if bounds[i] <= place)
    records[shard] += 1
    weights[shard] += float(weight)
    keys[key] = keys.get(key, 0) + float(weight)
print(json.dumps({"records": records, "weights": weights, "keys": keys}))
`;

interface Independent {
    readonly records: readonly number[];
    readonly weights: readonly number[];
    readonly keys: Readonly<Record<string, number>>;
}

describe("keys analyze agrees with independent implementations to the record", () => {
    let folder: string;
    const sample: { key: string; weight: number }[] = [];
    const shards = 7;
    let expected: Independent;

    before(function () {
        folder = mkdtempSync(path.join(tmpdir(), "keys-"));
        const random = randomOf(11);
        const rank = zipf(2_000, 1.1, random);
        for (let index = 0; index < 20_000; index++) {
            const kinds = [
                `user-${rank()}`,
                uuid(random),
                `größe "${rank() % 50}", 日本 🚀`,
                "x".repeat(50 + (rank() % 200)),
            ];
            sample.push({ key: kinds[Math.floor(random() * kinds.length)]!, weight: Math.floor(random() * 1_000) });
        }
        const file = path.join(folder, "sample.tsv");
        writeFileSync(file, sample.map(({ key, weight }) => `${key}\t${weight}\n`).join(""));
        const python = spawnSync("python3", ["-c", independent, String(shards), file], {
            encoding: "utf8",
            maxBuffer: 1 << 28,
        });
        if (python.error !== undefined)
            leaveOut(this, "The shards are checked against Python's hashlib", "there is no python3 on this machine.");
        assert.equal(python.status, 0, python.stderr);
        expected = JSON.parse(python.stdout) as Independent;
    });

    after(() => rmSync(folder, { recursive: true, force: true }));

    function agree(analysis: Analysis, weighted: boolean): void {
        const weights = weighted ? expected.weights : expected.records;
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        assert.equal(analysis.records, sample.length);
        assert.equal(analysis.weight, total);
        assert.deepEqual(analysis.shardRecords, expected.records);
        assert.deepEqual(
            analysis.shares,
            weights.map((weight) => weight / total),
        );
        if (!weighted) return;
        for (const { key, share } of analysis.hottestKeys) assert.equal(share, expected.keys[key]! / total);
    }

    const write = (name: string, content: string | Buffer) => {
        const file = path.join(folder, name);
        writeFileSync(file, content);
        return file;
    };
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
    const csv = () =>
        `id,key,bytes\n${sample.map(({ key, weight }, index) => `${index},${quoted(key)},${weight}`).join("\n")}\n`;
    const ndjson = () => sample.map(({ key, weight }) => JSON.stringify({ detail: { key }, bytes: weight })).join("\n");

    const forms: readonly [title: string, weighted: boolean, write: () => string[]][] = [
        ["a key a line, CRLF", false, () => [write("lines.txt", sample.map(({ key }) => `${key}\r\n`).join(""))]],
        ["CSV with quotes and weights", true, () => [write("a.csv", csv()), "--column", "key", "--weight", "bytes"]],
        [
            "gzipped NDJSON with a field path",
            true,
            () => [write("a.ndjson.gz", gzipSync(ndjson())), "--column", "detail.key", "--weight", "bytes"],
        ],
    ];
    for (const [title, weighted, args] of forms) {
        it(title, () => {
            const run = runCli("keys", "analyze", ...args(), "--shards", String(shards), "--json");
            agree(JSON.parse(run.stdout) as Analysis, weighted);
        });
    }

    it("stdin", async () => {
        const args = ["keys", "analyze", "-", "--format", "csv", "--column", "key", "--weight", "bytes", "--json"];
        const { stdout } = await runCliBeside([...args, "--shards", String(shards)], {}, csv());
        agree(JSON.parse(stdout) as Analysis, true);
    });

    it("Parquet, through the command that the refusal names", async () => {
        const parquet = path.join(folder, "orders.parquet");
        const instance = await DuckDBInstance.create();
        const connection = await instance.connect();
        try {
            const big = "SELECT 9007199254740993 + range AS id, range % 10 AS bytes FROM range(1000)";
            await connection.run(`COPY (${big}) TO '${parquet}' (FORMAT parquet)`);
            const read = (file: string) => {
                const tally = new KeyTally(uniformRing(4));
                const source = { file, column: "id", again: () => "sharded-stream keys analyze - --column id" };
                return readKeys(source, tally, () => undefined, new PassThrough()).then(() => tally.sample());
            };
            const message = await read(parquet).then(String, (error: Error) => error.message);
            const command = /duckdb -c "(.*)" \| sharded-stream keys analyze - --column id$/.exec(message);
            const converted = path.join(folder, "orders.out");
            await connection.run(command![1]!.replace("/dev/stdout", converted));
            const keys = (await read(converted)).keys.map(({ key }) => key);
            assert.deepEqual(
                keys.sort(),
                Array.from({ length: 1_000 }, (_, at) => String(9_007_199_254_740_993n + BigInt(at))),
            );
        } finally {
            connection.closeSync();
            instance.closeSync();
        }
    });

    it("the DuckDB query of keys sql", async () => {
        const file = write("duck.csv", csv());
        const query = keyQuery({
            dialect: "duckdb",
            ring: uniformRing(shards),
            table: `read_csv('${file}', header = true, all_varchar = true)`,
            column: "key",
            weight: "bytes",
            keys: 3,
        });
        const instance = await DuckDBInstance.create();
        const connection = await instance.connect();
        try {
            const rows = (await (await connection.run(query)).getRowObjects()) as Record<string, unknown>[];
            const byShard = new Map(rows.map((row) => [String(row.shard_id), row]));
            const total = expected.weights.reduce((sum, weight) => sum + weight, 0);
            assert.deepEqual(
                uniformRing(shards).shardIds.map((id) => [
                    Number(byShard.get(id)?.records),
                    Number(byShard.get(id)?.weight),
                ]),
                expected.records.map((records, shard) => [records, expected.weights[shard]]),
            );
            const run = runCli(
                "keys",
                "analyze",
                file,
                "--column",
                "key",
                "--weight",
                "bytes",
                "--shards",
                String(shards),
                "--json",
            );
            const analysis = JSON.parse(run.stdout) as Analysis;
            const heaviest = [...rows].sort((left, right) => Number(right.key_weight) - Number(left.key_weight))[0]!;
            assert.equal(heaviest.partition_key, analysis.hottestKeys[0]?.key);
            assert.equal(Number(heaviest.key_weight) / total, analysis.hottestKeys[0]?.share);
            assert.equal(rows.length, shards * 3);
        } finally {
            connection.closeSync();
            instance.closeSync();
        }
    });
});

describe("keys analyze on input that is not as it should be", () => {
    let folder: string;
    before(() => (folder = mkdtempSync(path.join(tmpdir(), "keys-"))));
    after(() => rmSync(folder, { recursive: true, force: true }));
    const write = (name: string, content: string | Buffer) => {
        const file = path.join(folder, name);
        writeFileSync(file, content);
        return file;
    };

    it("counts bad lines, shows the first, and goes on", () => {
        const lines = ["good", "", "x".repeat(257), "also good", Buffer.from([0xff, 0xfe]), "last"];
        const bytes = Buffer.concat(lines.flatMap((line) => [Buffer.from(line), Buffer.from("\n")]));
        const { stdout, exitCode } = runCli("keys", "analyze", write("bad.txt", bytes), "--json");
        const analysis = JSON.parse(stdout) as Analysis;
        assert.deepEqual([analysis.records, analysis.badLines, exitCode], [3, 3, 1]);
        assert.deepEqual(
            analysis.firstBadLines.map(({ line, reason }) => [line, reason]),
            [
                [2, "empty"],
                [3, "longer than the 256 characters of a partition key"],
                [5, "not UTF-8"],
            ],
        );
    });

    const wrong: readonly [title: string, file: () => string, args: string[], message: RegExp][] = [
        [
            "a missing file",
            () => path.join(folder, "none.txt"),
            [],
            /none\.txt cannot be read: there is no such file\.$/,
        ],
        ["a folder", () => folder, [], /is a directory; name a file, or - for stdin\.$/],
        [
            "binary data",
            () => write("image.png", Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13])),
            [],
            /image\.png cannot be read: it is binary data, not text\.$/,
        ],
        ["an empty file", () => write("empty.txt", ""), [], /is empty: there are no partition keys to analyze\.$/],
        [
            "damaged gzip",
            () => write("cut.gz", gzipSync("a\nb\n".repeat(1_000)).subarray(0, 20)),
            [],
            /cannot be read: the gzip data ends early\.$/,
        ],
        [
            "a column that is not there",
            () => write("c.csv", "id,userId\n1,a\n"),
            ["--column", "userid"],
            /has no column "userid"; it has: id, userId\. Did you mean userId\?$/,
        ],
        [
            "CSV without a column named",
            () => write("d.csv", "id,userId\n1,a\n"),
            [],
            /has 2 columns; name the partition key's with --column: id, userId\.$/,
        ],
    ];
    for (const [title, file, args, message] of wrong) {
        it(`${title} is one clear line and exit code 2`, () => {
            const { stderr, stdout, exitCode } = runCli("keys", "analyze", file(), ...args);
            assert.equal(stdout, "");
            assert.match(stderr.trimEnd(), message);
            assert.equal(stderr.trimEnd().split("\n").length, 1);
            assert.equal(exitCode, 2);
        });
    }

    it("keys that would break a line or steer the terminal are written as in JSON", () => {
        const rows = '"two\nlines"\n"\u001b[31mred\ttab"\n';
        const file = write("control.csv", `key\n${rows}${rows}`);
        const { stdout } = runCli("keys", "analyze", file);
        assert.match(stdout, /^two\\nlines\t50 %/m);
        assert.match(stdout, /^\\u001b\[31mred\\ttab\t50 %/m);
    });

    it("Ctrl-C ends the wait for stdin, and what was read counts", async () => {
        const abort = new AbortController();
        const stdin = new PassThrough();
        const tally = new KeyTally(uniformRing(4));
        stdin.write("a\nb\nc\n");
        const read = readKeys({ file: "-" }, tally, () => setImmediate(() => abort.abort()), stdin, abort.signal);
        const { interrupted, badLines } = await read;
        assert.deepEqual([interrupted, badLines, tally.recordsRead], [true, 0, 3]);
    });
});
