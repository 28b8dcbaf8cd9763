/** What `produce` tells when it ends before its input does, or its input before it: where each record is. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import {
    CreateStreamCommand,
    GetRecordsCommand,
    GetShardIteratorCommand,
    KinesisClient,
    waitUntilStreamExists,
} from "@aws-sdk/client-kinesis";
import { formatNumber } from "../../capacity/text";
import { defineProduce } from "../../cli/produce";
import { AwsError, RunningClock, type Sandbox, startSandbox } from "../../sandbox/index";
import { defaultDurations } from "../../sandbox/kinesis/state";
import { leaveOut } from "../leaveOut";
import { type InProcessRun, runInProcess } from "./inProcess";

const ndjson = (records: number): string =>
    Array.from({ length: records }, (_, at) => `{"id":"${at}-${(at * 7_919) % 10_007}"}\n`).join("");

describe("produce", () => {
    let sandbox: Sandbox;
    let kinesis: KinesisClient;
    let folder: string;

    before(async () => {
        folder = mkdtempSync(path.join(tmpdir(), "produce-"));
        sandbox = await startSandbox({ clock: new RunningClock({ speed: 600 }) });
        const { endpoint, region, credentials } = sandbox;
        kinesis = new KinesisClient({ endpoint, region, credentials });
    });

    after(async () => {
        kinesis.destroy();
        await sandbox.stop();
        rmSync(folder, { recursive: true });
    });

    interface Input {
        readonly stream: string;
        /** Undefined where something else stands there. */
        readonly content?: string | Buffer;
        readonly args?: readonly string[];
        readonly signal?: AbortSignal;
    }

    async function produce({ stream, content, args = [], signal }: Input): Promise<InProcessRun> {
        await kinesis.send(new CreateStreamCommand({ StreamName: stream, ShardCount: 1 }));
        await waitUntilStreamExists({ client: kinesis, maxWaitTime: 10, minDelay: 0.05 }, { StreamName: stream });
        const file = fileOf(stream);
        if (content !== undefined) writeFileSync(file, content);
        const undelivered = ["--key", "id", "--undelivered", undeliveredOf(stream)];
        return runInProcess(defineProduce, ["produce", stream, "--file", file, ...undelivered, ...args], {
            env: sandbox.env,
            ...(signal === undefined ? {} : { signal }),
        });
    }

    const fileOf = (stream: string): string => path.join(folder, stream);
    const undeliveredOf = (stream: string): string => path.join(folder, `${stream}-undelivered.ndjson`);
    const keptOf = (stream: string): number => readFileSync(undeliveredOf(stream), "utf8").trim().split("\n").length;

    async function recordsIn(StreamName: string): Promise<number> {
        const from = { StreamName, ShardId: "shardId-000000000000", ShardIteratorType: "TRIM_HORIZON" } as const;
        const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand(from));
        const { Records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
        return Records.length;
    }

    /** Aborts, as Ctrl-C does, once the stream has taken a first call. */
    async function interrupted(input: Omit<Input, "signal">): Promise<InProcessRun> {
        const abort = new AbortController();
        const interrupt = ({ operation }: { operation: string }): void => {
            if (operation === "PutRecords") setImmediate(() => abort.abort());
        };
        sandbox.guards.push(interrupt);
        try {
            return await produce({ ...input, signal: abort.signal });
        } finally {
            sandbox.guards.splice(sandbox.guards.indexOf(interrupt), 1);
        }
    }

    /** A file that ends in the middle of its packed data. */
    const halfOf = (content: string): Buffer => {
        const packed = gzipSync(content);
        return packed.subarray(0, packed.length / 2);
    };

    const messageOf = (run: Promise<unknown>): Promise<string> =>
        run.then(
            () => "",
            (error: Error) => `${error.name}: ${error.message}`,
        );

    const wrong: readonly (readonly [args: readonly string[], message: string])[] = [
        [
            ["--sample", "1", "--deadline", "0", "--in-flight", "1.5"],
            "produce: --in-flight: 1.5 is not allowed; it must be a whole number from 1 to 1,000. 10 calls carry about 50 shards.\n" +
                "--deadline: 0 is not allowed; it must be a number above 0. Name the seconds after which a record is of no more use.",
        ],
        [
            ["--sample", "1", "--ordered", "--random-keys"],
            "produce: --ordered and --random-keys exclude each other; order is kept for each key",
        ],
    ];
    for (const [args, message] of wrong) {
        it(`names the flags that are wrong: ${args.slice(2).join(" ")}`, async () => {
            const undelivered = ["--undelivered", path.join(folder, "none.ndjson")];
            const run = runInProcess(defineProduce, ["produce", "orders", ...args, ...undelivered], {
                env: sandbox.env,
            });
            await assert.rejects(run, { message });
        });
    }

    it("says why the first record was not sent, such as a key that is misspelled", async () => {
        const content = '{"id":"1"}\n{"id":"2"}\n';
        const { text } = await produce({ stream: "misspelled", content, args: ["--key", "idd"] });
        assert.deepEqual(text.split("\n").slice(2), [
            `2 records undelivered (invalid 2), in ${undeliveredOf("misspelled")} with the reasons.`,
            'The first: record 1: line 1 has no text or number in the field "idd" for the partition key',
        ]);
    });

    it("sends no record under a key that is not UTF-8: M\u00fcller and M\u00f6ller would be one", async () => {
        const content = Buffer.from(
            '{"id":"M\xfcller"}\n{"id":"M\xf6ller"}\n{"id":"a","name":"M\xfcller"}\n',
            "latin1",
        );
        const { document } = await produce({ stream: "latin1", content });
        assert.deepEqual([document.sent, document.undeliveredReasons], [1, { invalid: 2 }]);
        const kept = readFileSync(undeliveredOf("latin1"), "utf8").trim().split("\n");
        assert.deepEqual(
            kept.map((line) => {
                const { message, recordBase64 } = JSON.parse(line) as { message: string; recordBase64: string };
                return [message, Buffer.from(recordBase64, "base64").toString("latin1")];
            }),
            ["M\xfcller", "M\xf6ller"].map((name, at) => [
                `record ${at + 1}: line ${at + 1} has a partition key that is not UTF-8 in the field "id"; convert the input, such as with iconv -f LATIN1 -t UTF-8`,
                `{"id":"${name}"}`,
            ]),
        );
    });

    it("tells that it keeps the beginning alone of what is too long for any stream", async () => {
        const content = `{"text":"${"x".repeat(17 << 20)}"}\n{"id":"1"}\n`;
        const { document } = await produce({ stream: "long", content });
        assert.deepEqual([document.sent, document.undeliveredReasons], [1, { invalid: 1 }]);
        const { message, record } = JSON.parse(readFileSync(undeliveredOf("long"), "utf8")) as Record<string, string>;
        assert.deepEqual(
            [message, record],
            [
                "record 1: line 1 is not JSON: longer than 16 MiB, and cut off after its first 64 bytes",
                `{"text":"${"x".repeat(64 - 9)}`,
            ],
        );
    });

    it("tells what was sent of an input that breaks off", async () => {
        const message = await messageOf(produce({ stream: "broken", content: halfOf(ndjson(2_000)) }));
        const sent = await recordsIn("broken");
        assert.ok(sent > 0);
        assert.equal(
            message,
            `UsageError: ${fileOf("broken")} (${formatNumber(sent)} records sent before) cannot be read: the gzip data ends early.`,
        );
    });

    it("and where the records are that it could not send", async () => {
        const content = halfOf(`{"n":1}\n{"n":2}\n${ndjson(2_000)}`);
        const message = await messageOf(produce({ stream: "faulty", content }));
        const told = `(${formatNumber(await recordsIn("faulty"))} records sent before, 2 undelivered in ${undeliveredOf("faulty")})`;
        assert.equal(message, `UsageError: ${fileOf("faulty")} ${told} cannot be read: the gzip data ends early.`);
        assert.equal(keptOf("faulty"), 2);
    });

    it("says nothing of records where there was none", async () => {
        const message = await messageOf(produce({ stream: "empty", content: gzipSync("").subarray(0, 12) }));
        assert.equal(message, `UsageError: ${fileOf("empty")} cannot be read: the gzip data ends early.`);
    });

    it("stops where what it cannot send cannot be written, and tells how many that are", async function () {
        if (process.platform !== "linux") leaveOut(this, "A full disk", "only Linux has /dev/full.");
        const content = `${JSON.stringify({ n: "x".repeat(1 << 20) })}\n${ndjson(4_000)}`;
        const args = ["--undelivered", "/dev/full", "--rate", "2000"];
        const message = await messageOf(produce({ stream: "full", content, args }));
        const told =
            /^UsageError: --undelivered: \/dev\/full cannot be written: no space is left \(([\d,]+) records? sent before, ([\d,]+) undelivered in no file; the rest of the input was not read\)$/;
        assert.match(message, told);
        assert.equal(told.exec(message)![1], formatNumber(await recordsIn("full")));
    });

    it("interrupted with all of the input read, each record is in the stream or in the file, and it says so", async () => {
        const { document, text, exitCode } = await interrupted({ stream: "read", content: ndjson(4_000) });
        assert.match(text, /\nInterrupted: all of the input was read\.$/);
        assert.deepEqual([document.interrupted, exitCode], [true, 1]);
        assert.equal((document.sent as number) + (document.undelivered as number), 4_000);
        assert.deepEqual([await recordsIn("read"), keptOf("read")], [document.sent, document.undelivered]);
    });

    it("interrupted before that, it says that there is a rest", async () => {
        const input = { stream: "rest", content: ndjson(4_000), args: ["--rate", "1000"] };
        const { document, text } = await interrupted(input);
        assert.match(text, /\nInterrupted: the rest of the input was not read\.$/);
        assert.ok((document.sent as number) + (document.undelivered as number) < 4_000);
    });

    it("of a pipe that is named like a file nobody knows that it was read to its end", async function () {
        if (process.platform === "win32") leaveOut(this, "A named pipe", "Windows has none among its files.");
        execFileSync("mkfifo", [fileOf("piped")]);
        const writer = spawn("sh", ["-c", `yes '{"id":1}' > ${fileOf("piped")}`], { stdio: "ignore" });
        try {
            const { text } = await interrupted({ stream: "piped" });
            assert.match(text, /\nInterrupted: the rest of the input was not read\.$/);
        } finally {
            writer.kill();
        }
    });
});

describe("a stream that is being created", () => {
    let sandbox: Sandbox;

    /** At the speed of this sandbox 300 s are half a second of this machine, and a day is longer than any test. */
    const creatingTakes = async (createSeconds: number): Promise<void> => {
        const durations = { ...defaultDurations, createSeconds };
        sandbox = await startSandbox({ clock: new RunningClock({ speed: 600 }), durations });
    };

    afterEach(() => sandbox.stop());

    async function produce(StreamName: string, signal?: AbortSignal): Promise<InProcessRun> {
        const { endpoint, region, credentials } = sandbox;
        const kinesis = new KinesisClient({ endpoint, region, credentials });
        await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 2 }));
        kinesis.destroy();
        return runInProcess(defineProduce, ["produce", StreamName, "--sample", "500", "--undelivered", "/dev/null"], {
            env: sandbox.env,
            ...(signal === undefined ? {} : { signal }),
        });
    }

    it("is waited for: no record is refused, and its shards are listed", async () => {
        await creatingTakes(300);
        const { document, exitCode } = await produce("clicks");
        const { sent, undelivered, refusals, warning } = document;
        assert.deepEqual(
            { sent, undelivered, refusals, warning, exitCode },
            { sent: 500, undelivered: 0, refusals: 0, warning: null, exitCode: 0 },
        );
    });

    it("is not waited for without the permission to look: PutRecords tells what is the matter", async () => {
        const deny = ({ operation }: { operation: string }): void => {
            if (operation === "DescribeStreamSummary") throw new AwsError("AccessDeniedException", "not authorized");
        };
        await creatingTakes(86_400);
        sandbox.guards.push(deny);
        await assert.rejects(produce("unseen"), {
            name: "AwsRefusedError",
            message: /^stream unseen: ResourceNotFoundException: /,
        });
    });

    it("and Ctrl-C ends the wait", async () => {
        const abort = new AbortController();
        const look = ({ operation }: { operation: string }): void => {
            if (operation === "DescribeStreamSummary") setImmediate(() => abort.abort());
        };
        await creatingTakes(86_400);
        sandbox.guards.push(look);
        const { document, exitCode } = await produce("left", abort.signal);
        const { sent, undelivered, interrupted } = document;
        assert.deepEqual(
            { sent, undelivered, interrupted, exitCode },
            { sent: 0, undelivered: 0, interrupted: true, exitCode: 1 },
        );
    });
});
