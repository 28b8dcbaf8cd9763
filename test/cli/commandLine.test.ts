/** A command that is printed to be run is the one that was given, as a shell reads it: with all its options, for the same stream. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Command } from "commander";
import fc from "fast-check";
import { defineAdvise } from "../../cli/advise";
import { type DefineCommand } from "../../cli/command";
import { commandLine } from "../../cli/commandLine";
import { findHotShards } from "../../cli/hotShards";
import { defineKeys } from "../../cli/keys";
import { definePlan } from "../../cli/plan";
import { defineProduce } from "../../cli/produce";
import { defineReplay } from "../../cli/replay";
import { scaleWalk } from "../../cli/scaleWalk";
import { look } from "../../cli/statusLook";
import { statusText } from "../../cli/statusText";
import { Walker } from "../../cli/walker";
import { World } from "../scaler/world";
import { runInProcess } from "./inProcess";
import { runCliBeside } from "./run";
import { contextOf, someFile, worldLive } from "./worldLive";

/** The words that a shell makes of a line. */
function wordsOf(line: string): string[] {
    const { stdout } = spawnSync("sh", ["-c", `set -- ${line}\nprintf '%s\\0' "$@"`], { encoding: "utf8" });
    return stdout.split("\0").slice(0, -1);
}

/** What a command gets of a line: its options and arguments. */
function givenBy(define: DefineCommand, args: readonly string[]): { options: object; operands: readonly string[] } {
    let given: { options: object; operands: readonly string[] } | undefined;
    const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
    define(program, () => (...commanderArguments) => {
        const command = commanderArguments.at(-1) as Command;
        given = { options: command.opts(), operands: command.args };
        return Promise.resolve();
    });
    program.parse(["node", "sharded-stream", ...args]);
    return given!;
}

describe("a printed command line", () => {
    it("is read by a shell as the words that it was made of", () => {
        const word = fc.string({ unit: fc.constantFrom(..."ab-_=' \"$`\\;&|*?~#!(){}<>\tü"), maxLength: 12 });
        fc.assert(
            fc.property(fc.array(word, { maxLength: 4 }), word, (words, column) => {
                const line = commandLine(words, { column });
                assert.deepEqual(wordsOf(line), ["sharded-stream", ...words, "--column", column]);
            }),
            { numRuns: 50 },
        );
    });

    it("has flags, numbers, lists and pairs, and leaves out what is so by default", () => {
        const options = {
            writeMib: 3.5,
            explicitHashKeys: true,
            heaviestKeyShares: [0.12, 0.05],
            recordSizes: [
                { sizeKiB: 0.2, share: 0.5 },
                { sizeKiB: 1.8, share: 0.5 },
            ],
            keys: 10,
            format: undefined,
        };
        assert.equal(
            commandLine(["plan"], options, { keys: 10 }),
            "sharded-stream plan --write-mib 3.5 --explicit-hash-keys --heaviest-key-shares 0.12,0.05 --record-sizes 0.2:0.5,1.8:0.5",
        );
    });
});

describe("what cannot be read is refused with the whole command", () => {
    let folder: string;
    before(() => (folder = mkdtempSync(path.join(tmpdir(), "command-line-"))));
    after(() => rmSync(folder, { recursive: true, force: true }));

    async function adviceOn(define: DefineCommand, args: readonly string[], file: string): Promise<string> {
        const run = runInProcess(define, args, { env: {} });
        const message = await run.then(String, (error: Error) => error.message);
        return message.replaceAll(file, "FILE");
    }

    function fileOf(name: string, magic: string): string {
        const file = path.join(folder, name);
        writeFileSync(file, Buffer.concat([Buffer.from(magic, "latin1"), Buffer.alloc(64)]));
        return file;
    }

    const duckdb = (into: "json" | "csv"): string =>
        `duckdb -c "COPY (SELECT * FROM read_parquet('FILE')) TO '/dev/stdout' (FORMAT ${into})"`;
    const parquet = ["PAR1", "Parquet", duckdb] as const;
    const bzip2 = ["BZh9", "bzip2", () => "bzip2 -dc FILE"] as const;
    const rows: readonly (readonly [
        define: DefineCommand,
        packing: typeof parquet | typeof bzip2,
        file: string,
        args: readonly string[],
        again: string,
    ])[] = [
        [
            definePlan,
            parquet,
            "o.parquet",
            [..."plan --write-mib 3.5 --records 2500 --sample FILE --weight bytes --column".split(" "), "user id"],
            "sharded-stream plan --write-mib 3.5 --records 2500 --sample - --weight bytes --column 'user id'",
        ],
        [
            definePlan,
            bzip2,
            "o.bz2",
            "plan --sample FILE --from-kafka partitions=12,mb=30,messages=20000,groups=3 --record-sizes 0.2:0.5,1.8:0.5".split(
                " ",
            ),
            "sharded-stream plan --sample - --from-kafka partitions=12,mb=30,messages=20000,groups=3 --record-sizes 0.2:0.5,1.8:0.5",
        ],
        [
            defineKeys,
            parquet,
            "o.parquet",
            ["keys", "analyze", "FILE", "--column", "user id", "--weight", "bytes", "--shards", "8"],
            "sharded-stream keys analyze - --column 'user id' --weight bytes --shards 8",
        ],
        [
            defineKeys,
            bzip2,
            "keys.csv.bz2",
            ["keys", "analyze", "FILE", "--keys", "20"],
            "sharded-stream keys analyze - --keys 20 --format csv",
        ],
        [
            defineKeys,
            bzip2,
            "keys.bz2",
            ["keys", "analyze", "FILE", "--format", "lines"],
            "sharded-stream keys analyze - --format lines",
        ],
        [
            defineKeys,
            parquet,
            "keys.parquet",
            ["keys", "analyze", "FILE", "--format", "csv", "--column", "id"],
            "sharded-stream keys analyze - --column id",
        ],
        [
            defineReplay,
            parquet,
            "load.parquet",
            ["replay", "FILE", "--column", "Incoming Bytes", "--peak", "12", "--compare"],
            "sharded-stream replay - --column 'Incoming Bytes' --peak 12 --compare",
        ],
        [
            defineAdvise,
            bzip2,
            "load.bz2",
            ["advise", "--trace", "FILE", "--unit", "shards", "--record-kib", "2"],
            "sharded-stream advise --trace - --unit shards --record-kib 2",
        ],
        [
            defineProduce,
            parquet,
            "o.parquet",
            ["produce", "orders", "--file", "FILE", "--key", "customer id", "--ordered", "--rate", "200"],
            "sharded-stream produce orders --file - --key 'customer id' --ordered --rate 200",
        ],
    ];
    for (const [define, [magic, is, convert], name, args, again] of rows) {
        it(again, async () => {
            const file = fileOf(name, magic);
            const given = args.map((word) => (word === "FILE" ? file : word));
            const into = define === defineReplay ? "csv" : "json";
            const advice = `FILE is ${is}; convert it: ${convert(into)} | ${again}`;
            assert.equal(await adviceOn(define, given, file), advice);
            const withStdin = args.map((word) => (word === "FILE" ? "-" : word));
            const { options, operands } = givenBy(define, wordsOf(again).slice(1));
            const { options: before, operands: files } = givenBy(define, withStdin);
            const format = (options as { format?: string }).format;
            assert.deepEqual([{ ...before, format }, files], [{ ...options, format }, operands]);
        });
    }

    it("and what then comes through the pipe is judged as the file is", async () => {
        const records = Array.from({ length: 300 }, (_, at) => ({ "user id": `user-${at % 60}`, bytes: 1 + (at % 7) }));
        const text = records.map((record) => `${JSON.stringify(record)}\n`).join("");
        const plain = path.join(folder, "o.ndjson");
        writeFileSync(plain, text);
        const file = fileOf("o.parquet", "PAR1");
        for (const args of [
            ["plan", "--write-mib", "3.5", "--records", "2500", "--sample", "FILE"],
            ["keys", "analyze", "FILE", "--shards", "8"],
        ]) {
            const options = ["--column", "user id", "--weight", "bytes"];
            const lineOf = (name: string) => [...args, ...options].map((word) => (word === "FILE" ? name : word));
            const refused = await runCliBeside(lineOf(file), {});
            assert.equal(refused.exitCode, 2);
            const again = wordsOf(refused.stderr.slice(refused.stderr.lastIndexOf("sharded-stream "))).slice(1);
            const [piped, read] = [await runCliBeside(again, {}, text), await runCliBeside(lineOf(plain), {})];
            assert.deepEqual({ ...piped, stdout: piped.stdout.replaceAll("stdin", plain) }, read);
        }
    });
});

describe("what is told to run at a stream names it as the user did", () => {
    const arn = "arn:aws:kinesis:eu-west-1:210987654321:stream/orders";
    const liveAt = (world: World) => ({ ...worldLive(world), target: { StreamARN: arn } });
    const context = contextOf();

    function unevenWorld(): World {
        const world = new World(4);
        const [first, second, ...others] = world.shards;
        world.shards = [{ ...first!, endingHashKey: second!.endingHashKey }, ...others];
        return world;
    }

    it("status, of uneven shards and a paused scaler", async () => {
        const seen = await look(liveAt(unevenWorld()), context);
        const text = statusText({ ...seen, paused: true, isPausedInLedger: true }, someFile);
        assert.ok(text.includes(` sharded-stream scale ${arn} to 3 tells the way to even ones.`), text);
        assert.ok(text.includes(`The scaler is paused; sharded-stream scale ${arn} --resume ends that.`), text);
    });

    it("scale, of the way to even shards, with what was said of ledger and calls", async () => {
        const flags = { withoutLedger: true, callsLeft: 5, yes: true } as const;
        const walker = new Walker({ live: liveAt(unevenWorld()), progress: context.progress, ...flags });
        const { text } = await scaleWalk(walker, "orders", { action: "to", count: 3 }, flags, context);
        assert.ok(
            text(someFile).includes(
                `\nTo even ones: sharded-stream scale ${arn} to 4 --without-ledger --calls-left 5, then sharded-stream scale ${arn} to 3 --without-ledger --calls-left 4 (`,
            ),
            text(someFile),
        );
        assert.ok(text(someFile).includes(`\nOr: sharded-stream split ${arn} shardId-000000000000 --without-ledger (`));
    });

    it("scale, of how to go on after Ctrl-C, with the calls that are left by then", async () => {
        const stop = new AbortController();
        const flags = { spendAllCalls: true, callsLeft: 3, yes: true } as const;
        const walker = new Walker({ live: liveAt(new World(4)), progress: context.progress, ...flags });
        const afterOneStep = (line: string): void => (line.endsWith(": done") ? stop.abort() : undefined);
        const stopping = { ...context, signal: stop.signal, print: afterOneStep };
        const { text } = await scaleWalk(walker, "orders", { action: "to", count: 16 }, flags, stopping);
        assert.equal(
            text(someFile),
            `Stopped after 1 step; a reshard that has begun goes on in AWS. To go on: sharded-stream scale ${arn} to 16 --spend-all-calls --calls-left 2`,
        );
    });

    it("hot-shards, where there are no metrics yet", async () => {
        const flags = { minutes: 30, sample: true, sampleRecords: 5_000 } as const;
        const { document } = await findHotShards(liveAt(new World(4)), flags, context);
        const { recommendation } = document as { recommendation: string };
        assert.ok(
            recommendation.startsWith(
                `Turn them on with "sharded-stream hot-shards ${arn} --minutes 30 --sample --enable-metrics": `,
            ),
            recommendation,
        );
    });
});
