/** A command that is told to end, or that nobody reads any more, loses nothing and leaves nothing half done. */
import assert from "node:assert/strict";
import { type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import {
    CreateStreamCommand,
    DescribeStreamSummaryCommand,
    GetRecordsCommand,
    GetShardIteratorCommand,
    KinesisClient,
    waitUntilStreamExists,
} from "@aws-sdk/client-kinesis";
import { RunningClock, type Sandbox, startSandbox } from "../../sandbox/index";
import { type CliRun, startCli } from "./run";

const ndjson = (records: number): string => Array.from({ length: records }, (_, at) => `{"id":"${at}"}\n`).join("");

describe("a command that has to end", function () {
    this.timeout(60_000);
    let sandbox: Sandbox;
    let kinesis: KinesisClient;
    let folder: string;

    before(async () => {
        folder = mkdtempSync(path.join(tmpdir(), "ending-"));
        sandbox = await startSandbox({ clock: new RunningClock({ speed: 600 }), limitsCallRates: false });
        const { endpoint, region, credentials } = sandbox;
        kinesis = new KinesisClient({ endpoint, region, credentials });
        for (const StreamName of ["SIGTERM", "SIGHUP", "SIGINT", "unread", "walk"]) {
            await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
            await waitUntilStreamExists({ client: kinesis, maxWaitTime: 10, minDelay: 0.05 }, { StreamName });
        }
    });

    after(async () => {
        kinesis.destroy();
        await sandbox.stop();
        rmSync(folder, { recursive: true });
    });

    const undeliveredOf = (stream: string): string => path.join(folder, `${stream}-undelivered.ndjson`);

    function startProduce(stream: string, records: number): ChildProcess {
        const file = path.join(folder, stream);
        writeFileSync(file, ndjson(records));
        const args = ["produce", stream, "--file", file, "--key", "id", "--json", "--undelivered"];
        return startCli([...args, undeliveredOf(stream)], sandbox.env);
    }

    async function recordsIn(StreamName: string): Promise<number> {
        const from = { StreamName, ShardId: "shardId-000000000000", ShardIteratorType: "TRIM_HORIZON" } as const;
        const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand(from));
        const { Records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
        return Records.length;
    }

    /** What it says where somebody reads it. */
    async function ended(child: ChildProcess): Promise<CliRun> {
        const output = { stdout: "", stderr: "" };
        child.stdout!.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
        child.stderr!.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
        const exitCode = await new Promise<number | null>((resolve) => child.on("close", resolve));
        return { ...output, exitCode };
    }

    async function atFirstPut<Result>(act: () => void, until: () => Promise<Result>): Promise<Result> {
        let calls = 0;
        const watch = ({ operation }: { operation: string }): void => {
            if (operation === "PutRecords" && ++calls === 1) act();
        };
        sandbox.guards.push(watch);
        try {
            return await until();
        } finally {
            sandbox.guards.splice(sandbox.guards.indexOf(watch), 1);
        }
    }

    for (const signal of ["SIGTERM", "SIGHUP", "SIGINT"] as const) {
        it(`produce: with ${signal} each record is in the stream or in the file`, async () => {
            const child = startProduce(signal, 4_000);
            const { stdout, exitCode } = await atFirstPut(
                () => child.kill(signal),
                () => ended(child),
            );
            const { sent, undelivered, interrupted } = JSON.parse(stdout) as Record<string, number | boolean>;
            assert.deepEqual([exitCode, interrupted, Number(sent) + Number(undelivered)], [1, true, 4_000]);
            const kept = readFileSync(undeliveredOf(signal), "utf8").trim().split("\n").length;
            assert.deepEqual([await recordsIn(signal), kept], [sent, undelivered]);
        });
    }

    it("produce: sends all where nobody reads its progress", async () => {
        // Its first word comes after five seconds.
        const child = startProduce("unread", 6_500);
        child.stderr!.destroy();
        const { stdout, exitCode } = await ended(child);
        const { sent, undelivered } = JSON.parse(stdout) as Record<string, number>;
        assert.deepEqual([exitCode, sent, undelivered, await recordsIn("unread")], [0, 6_500, 0, 6_500]);
    });

    it("scale: comes to the end of its way where nobody reads it", async () => {
        const child = startCli(["scale", "walk", "to", "4", "--yes"], sandbox.env);
        child.stdout!.destroy();
        const { stderr, exitCode } = await ended(child);
        assert.equal(exitCode, 0, stderr);
        const { StreamDescriptionSummary } = await kinesis.send(
            new DescribeStreamSummaryCommand({ StreamName: "walk" }),
        );
        assert.equal(StreamDescriptionSummary?.OpenShardCount, 4);
    });

    it("status --watch: ends where nobody reads it", async () => {
        const child = startCli(["status", "walk", "--watch", "1"], sandbox.env);
        child.stdout!.destroy();
        const { stderr, exitCode } = await ended(child);
        assert.deepEqual([stderr, exitCode], ["", 0]);
    });

    for (const signal of ["SIGTERM", "SIGHUP", "SIGINT"] as const) {
        it(`review: with ${signal} ends at once, also while it waits for its input`, async () => {
            const child = startCli(["review", "-"], {});
            // It reads by then what is written here, and waits for the rest.
            await new Promise((resolve) => child.stdin!.write(" ".repeat(4 << 20), resolve));
            const ending = once(child, "close");
            child.kill(signal);
            assert.deepEqual(await ending, [null, signal]);
        });
    }

    it("rehearse: leaves no trace of it where nobody reads its help", async () => {
        const child = startCli(["rehearse", "--help"], {});
        child.stdout!.destroy();
        const { stderr, exitCode } = await ended(child);
        assert.deepEqual([stderr, exitCode], ["", 0]);
    });
});
