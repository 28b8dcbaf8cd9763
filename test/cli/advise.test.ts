/** `advise` on a stream of the local AWS and on traces: what is read, what is answered, what is refused. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import {
    CreateStreamCommand,
    DeleteStreamCommand,
    KinesisClient,
    RegisterStreamConsumerCommand,
} from "@aws-sdk/client-kinesis";
import { defineAdvise } from "../../cli/advise";
import { type DefineCommand } from "../../cli/command";
import { defineHotShards } from "../../cli/hotShards";
import { defineReplay } from "../../cli/replay";
import { defineStatus } from "../../cli/status";
import { AwsError, type Guard, ManualClock, type Sandbox, startSandbox } from "../../sandbox/index";
import { type InProcessRun, runInProcess } from "./inProcess";

/** What the command promises to have as JSON. */
interface AdviceDocument {
    readonly requirements: Record<string, number>;
    readonly measured: {
        readonly recordsPerSecond: {
            readonly peak: number;
            readonly peakAt: string;
            readonly peakPeriodSeconds: number;
            readonly percentiles: object;
        };
        readonly scatter: number;
    };
    readonly reads: object;
    readonly choices: readonly { readonly choice: string; readonly monthly: number; readonly refusedPercent: number }[];
    readonly advice: string;
    readonly advised: { readonly doNotScale: boolean };
    readonly snippet: string;
    readonly from: string;
    readonly until: string;
}

const minuteMs = 60_000;
const dayMinutes = 1_440;
const startMs = Date.UTC(2026, 10, 2);
/** Created at 00:00, written to from 22:05 until midnight. */
const writtenFrom = 22 * 60 + 5;

describe("advise", () => {
    const clock = new ManualClock(startMs);
    let sandbox: Sandbox;
    let folder: string;
    const calls: string[] = [];

    before(async () => {
        folder = mkdtempSync(path.join(tmpdir(), "sharded-stream-"));
        sandbox = await startSandbox({ clock });
        const { endpoint, region, credentials } = sandbox;
        const kinesis = new KinesisClient({ endpoint, region, credentials });
        for (const StreamName of ["orders", "silent"])
            await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 4 }));
        await clock.advance(minuteMs);
        const StreamARN = "arn:aws:kinesis:us-east-1:123456789012:stream/orders";
        await kinesis.send(new RegisterStreamConsumerCommand({ StreamARN, ConsumerName: "billing" }));
        await clock.advance(dayMinutes * minuteMs);
        kinesis.destroy();
        for (let minute = writtenFrom; minute < dayMinutes; minute++) writeMinute(minute);
        sandbox.guards.push(({ operation }) => void calls.push(operation));
    });

    after(async () => {
        await sandbox.stop();
        rmSync(folder, { recursive: true });
    });

    /** A stream that a scaler has nothing to do for: 2,000 records a second of 1 KiB, read twice, one minute of 3,000. */
    function writeMinute(minute: number): void {
        const records = (minute === 1_400 ? 3_000 : 2_000) * 60;
        const values = {
            IncomingRecords: records,
            IncomingBytes: records * 1_024,
            "GetRecords.Bytes": records * 2_048,
            "GetRecords.IteratorAgeMilliseconds": 1_500,
        };
        for (const [metricName, value] of Object.entries(values)) {
            sandbox.cloud.store.record({
                namespace: "AWS/Kinesis",
                metricName,
                dimensions: { StreamName: "orders" },
                unit: metricName.endsWith("Records")
                    ? "Count"
                    : metricName.endsWith("Bytes")
                      ? "Bytes"
                      : "Milliseconds",
                timeMs: startMs + minute * minuteMs,
                value,
            });
        }
    }

    const run = (command: string, define: DefineCommand = defineAdvise): Promise<InProcessRun> =>
        runInProcess(define, command.split(" "), { env: sandbox.env });

    it("tells what to declare for a stream, what to run it with, and the program, in four calls", async () => {
        calls.length = 0;
        const { document, text, exitCode } = await run("advise orders");
        assert.deepEqual(calls.sort(), [
            "DescribeStreamSummary",
            "GetMetricData",
            "GetMetricData",
            "ListStreamConsumers",
        ]);
        assert.equal(exitCode, 0);
        const { requirements, measured, reads, choices, advised, snippet, from, until } =
            document as unknown as AdviceDocument;
        assert.deepEqual(requirements, {
            writeMiBPerSecond: 2.93,
            recordsPerSecond: 3_000,
            headroom: 0.2,
            sharedConsumers: 2,
            fanOutConsumers: 1,
        });
        // The minute that ended just now may not be whole.
        assert.deepEqual([from, until], ["2026-11-02T22:05:00.000Z", "2026-11-03T00:00:00.000Z"]);
        const { peak, peakAt, percentiles } = measured.recordsPerSecond;
        assert.deepEqual(
            { peak, peakAt, percentiles },
            {
                peak: 3_000,
                peakAt: "2026-11-02T23:20:00.000Z",
                percentiles: { "50": 2_000, "95": 2_000, "99": 2_000, "99.9": 3_000 },
            },
        );
        assert.deepEqual(reads, {
            readOverWritten: 2,
            fanOutConsumers: ["billing"],
            iteratorAgeMaxMilliseconds: 1_500,
        });
        const rows = choices.map(({ choice, monthly }) => [choice, Math.round(monthly * 100) / 100]);
        // Shards 43.80, PUT payload units 73.90, and fan-out: shards 43.80, data 65.45.
        assert.deepEqual(rows[0], ["static at 4 shards", 226.95]);
        assert.deepEqual(
            rows.map(([choice]) => String(choice).replace(/\d+ to \d+/, "N to M")),
            [
                "static at 4 shards",
                "static at 3 shards",
                "scaled (reactive, N to M shards)",
                "scaled (predictive, N to M shards)",
                "on-demand Standard",
                "on-demand Advantage",
            ],
        );
        assert.equal(advised.doNotScale, true);
        assert.match(document.advice as string, /^Do not scale: static at \d shards costs \$\d+\.\d\d a month/);
        assert.match(snippet, /new ShardedStream\("orders", \{\n {2}requirements: /);
        assert.match(text, /writeMiBPerSecond\t2\.93\tthe busiest minute, 2026-11-02 23:20 UTC/);
        assert.ok(text.includes(`Advice: ${document.advice as string}`), text);
        assert.ok(text.endsWith(snippet), text);
    });

    it("is a line of status, which asks for it alone with --advise", async () => {
        const { document, text } = await run("status orders --advise", defineStatus);
        assert.match(
            document.advice as string,
            /^Do not scale: .* 2 warnings: sharded-stream advise orders has them\.$/,
        );
        assert.ok(text.includes(`Advice from its last days: ${document.advice as string}`), text);
        const without = await run("status orders", defineStatus);
        assert.equal("advice" in without.document, false);
        const silent = await run("status silent --advise", defineStatus);
        assert.equal(
            silent.document.advice,
            "silent: nothing was written in the last 15 days, so there is nothing to advise from.",
        );
    });

    it("reads a trace as replay does, and takes what it does not tell from the line", async () => {
        const file = path.join(folder, "load.csv");
        const rows = Array.from({ length: 240 }, (_, minute) => {
            const time = new Date(startMs + minute * minuteMs).toISOString();
            return `${time},${minute === 100 ? 240_000 : 60_000}`;
        });
        writeFileSync(file, ["time,records", ...rows].join("\n"));
        const { document } = await run(
            `advise --trace ${file} --record-kib 0.5 --shared-consumers 3 --headroom 0.5 --noise 0`,
        );
        const { requirements, measured } = document as unknown as AdviceDocument;
        assert.deepEqual(requirements, {
            writeMiBPerSecond: 1.96,
            recordsPerSecond: 4_000,
            headroom: 0.5,
            sharedConsumers: 3,
        });
        assert.equal(measured.recordsPerSecond.peakAt, "2026-11-02T01:40:00.000Z");
        assert.equal(document.trace, file);
    });

    describe("plays each choice as replay does, to the cent and to the last refusal", () => {
        interface Choice {
            readonly kind: string;
            readonly choice: string;
            readonly mode: string;
            readonly minShards: number;
            readonly maxShards: number;
            readonly shards: number;
            readonly monthly: number;
            readonly refusedPercent: number;
        }
        interface Played {
            readonly name: string;
            readonly monthly: number;
            readonly rejectedPercent: number;
        }
        const hours = (each: (minute: number) => number) => {
            const file = path.join(folder, "hours-of.csv");
            const rows = Array.from({ length: 1_500 }, (_, at) => `${startMs + at * minuteMs},${each(at).toFixed(2)}`);
            writeFileSync(file, `time,records/s\n${rows.join("\n")}\n`);
            return file;
        };
        const waves = (minute: number) => 4_000 + 3_500 * Math.sin(minute / 229);
        const bursts = (minute: number) => (minute % 400 > 350 ? 9_000 : 900);
        const rows: readonly [title: string, load: (minute: number) => number, options: string][] = [
            ["a load in waves", waves, ""],
            ["one in bursts", bursts, ""],
            [
                "records that are larger, kept longer and read by more",
                waves,
                "--record-kib 2.5 --retention-hours 100 --fan-out-consumers 1",
            ],
            ["a shape of 12 shards", bursts, "--scale-to-shards 12"],
        ];
        for (const [title, load, options] of rows) {
            it(title, async () => {
                const file = hours(load);
                const { document } = await run(`advise --trace ${file} ${options}`.trim());
                const { choices, requirements } = document as unknown as {
                    choices: Choice[];
                    requirements: Record<string, number>;
                };
                const peak = Math.max(requirements.writeMiBPerSecond!, requirements.recordsPerSecond! / 1_000);
                const [{ shards }] = choices as [Choice];
                for (const { mode, minShards, maxShards, ...told } of choices.filter(({ kind }) => kind === "scaled")) {
                    const ends = `--peak ${peak} --headroom ${requirements.headroom} --min ${minShards} --max ${maxShards} --start ${shards}`;
                    const again = await runInProcess(
                        defineReplay,
                        `replay ${file} ${options} --mode ${mode} ${ends}`.replace(/ +/g, " ").split(" "),
                        { env: {} },
                    );
                    const { policies } = again.document as unknown as { policies: Played[] };
                    const same = (
                        name: string,
                        { monthly, refusedPercent }: Pick<Choice, "monthly" | "refusedPercent">,
                    ) => {
                        const played = policies.find((policy) => policy.name === name)!;
                        assert.deepEqual([name, played.monthly], [name, Math.round(monthly * 100) / 100]);
                        assert.ok(Math.abs(played.rejectedPercent - refusedPercent) < 1e-9, name);
                    };
                    same(mode, told);
                    same(`static at ${shards}`, choices[0]!);
                }
            });
        }
    });

    it("tells the day and its time of a trace that counts its minutes, as the file has them", async () => {
        const file = path.join(folder, "counted.csv");
        const rows = Array.from({ length: 300 }, (_, at) => `${1_440 + at},${at === 65 ? 2 : 1}`);
        writeFileSync(file, `minute,shards\n${rows.join("\n")}\n`);
        const { document, text } = await run(`advise --trace ${file} --noise 0`);
        const { measured } = document as unknown as AdviceDocument;
        assert.deepEqual([document.from, measured.recordsPerSecond.peakAt], ["day 2, 00:00", "day 2, 01:05"]);
        assert.ok(text.includes("5 hours of load from day 2, 00:00 to day 2, 05:00."), text);
    });

    it("takes the mean of an hour for no busiest minute", async () => {
        const file = path.join(folder, "hours.csv");
        const rows = Array.from({ length: 48 }, (_, hour) => {
            const time = new Date(startMs + hour * 60 * minuteMs).toISOString();
            return `${time},${hour === 20 ? 2_000 : 1_000}`;
        });
        writeFileSync(file, ["time,recordsPerSecond", ...rows].join("\n"));
        const { document, text } = await run(`advise --trace ${file}`);
        const { measured, warnings } = document as unknown as AdviceDocument & { readonly warnings: readonly string[] };
        assert.equal(measured.recordsPerSecond.peakPeriodSeconds, 3_600);
        assert.ok(text.includes("\t2,000\tthe highest mean of 60 minutes, 2026-11-02 20:29 UTC\n"), text);
        assert.ok(text.includes("at the peak; rows of 60 minutes do not tell how minutes do\n"), text);
        assert.equal(
            warnings[1],
            "Rows of 3,600 s are means: what is higher within one is not seen, so the peak and what is refused are told too low.",
        );
    });

    for (const [peak, what] of [
        ["hour", "the highest mean of 60 minutes, 2026-11-02 20:29 UTC"],
        ["minute", "the busiest minute, 2026-11-04 00:20 UTC"],
    ] as const) {
        it(`nor where minutes follow, and the most is in an older ${peak}`, async () => {
            const file = path.join(folder, `older-${peak}.csv`);
            const row = (minute: number, most: boolean) =>
                `${new Date(startMs + minute * minuteMs).toISOString()},${most ? 2_000 : 1_000}`;
            const hours = Array.from({ length: 48 }, (_, at) => row(at * 60, peak === "hour" && at === 20));
            const fine = Array.from({ length: 60 }, (_, at) => row(48 * 60 + at, peak === "minute" && at === 20));
            writeFileSync(file, ["time,recordsPerSecond", ...hours, ...fine].join("\n"));
            const { text } = await run(`advise --trace ${file}`);
            assert.ok(text.includes(`\t2,000\t${what}\n`), text);
            assert.match(text, /at the peak; minutes did by [\d.]+ %\n/);
        });
    }

    it("says what of a longer retention has no price, since on-demand looks cheaper without it", async () => {
        const file = path.join(folder, "kept.csv");
        writeFileSync(file, `recordsPerSecond\n${"500\n".repeat(120)}`);
        const told = async (more: string) =>
            (await run(`advise --trace ${file} --noise 0${more}`)).document.assumptions as string[];
        const sentence =
            "On-demand modes bill the storage between 24 hours and 7 days by the GB-month; that price is not in this list.";
        assert.deepEqual(
            [(await told("")).includes(sentence), (await told(" --retention-hours 48")).at(-1)],
            [false, sentence],
        );
    });

    it("advises of records of a size no fewer shards than their bytes fill", async () => {
        const file = path.join(folder, "sized.csv");
        writeFileSync(file, `recordsPerSecond\n${"4000\n".repeat(240)}`);
        const { document } = await run(`advise --trace ${file} --period 60 --record-kib 2 --headroom 0 --noise 0`);
        const { requirements, choices } = document as unknown as AdviceDocument;
        assert.deepEqual(requirements, { writeMiBPerSecond: 7.82, recordsPerSecond: 4_000, headroom: 0 });
        // 4,000 records of 2 KiB are 7.8 MiB.
        assert.deepEqual(
            choices.flatMap(({ choice }) => (choice.startsWith("static") ? [choice] : [])),
            ["static at 8 shards"],
        );
    });

    describe("declares of a trace", () => {
        const halves = dayMinutes / 2;
        /** Half a day of few large records, half a day of many small ones; each minute is a row. */
        const mixed = Array.from({ length: 2 * dayMinutes }, (_, minute) =>
            Math.floor(minute / halves) % 2 === 0 ? [10, 1_000] : [1, 10_000],
        );
        const traceOf = (rows: readonly (readonly number[])[]) =>
            rows.map(([miB, records], minute) => {
                const time = new Date(startMs + minute * minuteMs).toISOString();
                return `${time},${miB! * 60 * 1_048_576},${records! * 60}`;
            });
        const declared = async (rows: readonly (readonly number[])[], more = "") => {
            const file = path.join(folder, "both.csv");
            writeFileSync(file, ["time,IncomingBytes,IncomingRecords", ...traceOf(rows)].join("\n"));
            const command = `advise --trace ${file} --column IncomingBytes --records-column IncomingRecords${more}`;
            const { document } = await run(command);
            return document as unknown as AdviceDocument;
        };

        it("the peak of bytes and that of records, each of its own minutes", async () => {
            const { requirements, choices } = await declared(mixed);
            assert.deepEqual(requirements, { writeMiBPerSecond: 10, recordsPerSecond: 10_000, headroom: 0.2 });
            assert.equal(choices[0]!.choice, "static at 12 shards");
        });

        it("the busiest minute as its row has it, whatever its seconds are taken for", async () => {
            const rows = Array.from({ length: 600 }, (_, minute) => (minute === 333 ? [6, 600] : [5.9, 590]));
            const { measured } = await declared(rows);
            const { peak, peakAt } = measured.recordsPerSecond;
            assert.deepEqual([peak.toFixed(6), peakAt], ["600.000000", "2026-11-02T05:33:00.000Z"]);
        });

        it("a headroom for minutes that scatter more than seconds are taken to", async () => {
            const rows = Array.from({ length: 600 }, (_, minute) => [minute % 2 === 0 ? 5 : 6, 600]);
            const { requirements, measured } = await declared(rows);
            assert.deepEqual([requirements.headroom, measured.scatter.toFixed(3)], [0.5, "0.221"]);
        });
    });

    const refusals: readonly (readonly [command: string, message: string])[] = [
        ["advise", "advise: name a stream, or a CSV of its load with --trace FILE"],
        ["advise orders --trace load.csv", "advise: name a stream or a --trace, not both"],
        [
            "advise orders --unit shards --period 60",
            "advise: how a --trace is read has no meaning for a stream; leave out --unit, --period",
        ],
        ["advise silent", "silent: nothing was written in the last 15 days, so there is nothing to advise from."],
        ["advise --trace nothing.csv", "nothing.csv cannot be read: there is no such file."],
    ];
    for (const [command, message] of refusals)
        it(`${command}: ${message}`, () => assert.rejects(run(command), { name: "UsageError", message }));

    it("tells all that is malformed at once", () =>
        assert.rejects(run("advise orders --refused-slo 2 --headroom x"), {
            name: "InvalidInputError",
            message: /--refused-slo.*--headroom|--headroom.*--refused-slo/s,
        }));

    it("says in one line what AWS refuses", async () => {
        const deny: Guard = ({ operation }) => {
            if (operation === "GetMetricData")
                throw new AwsError("AccessDenied", "not authorized to perform: cloudwatch:GetMetricData");
        };
        sandbox.guards.push(deny);
        try {
            await assert.rejects(run("advise orders"), {
                name: "AwsRefusedError",
                message:
                    "stream orders: AccessDenied: not authorized to perform: cloudwatch:GetMetricData. The credentials lack a permission. Ask for it, or use another AWS_PROFILE.",
            });
        } finally {
            sandbox.guards.splice(sandbox.guards.indexOf(deny), 1);
        }
    });

    it("waits for a stream that is being made, and for its first metrics; one that goes is told as that", async () => {
        const { endpoint, region, credentials } = sandbox;
        const kinesis = new KinesisClient({ endpoint, region, credentials });
        await kinesis.send(new CreateStreamCommand({ StreamName: "fresh", ShardCount: 1 }));
        const shown = async () => {
            const { document, text, exitCode } = await run("status fresh --advise", defineStatus);
            return [document.status, document.openShards, text, exitCode];
        };
        const making = "fresh is being created: ask again when it is ACTIVE.";
        assert.deepEqual(await shown(), ["CREATING", null, making, 0]);
        await assert.rejects(run("hot-shards fresh", defineHotShards), { name: "UsageError", message: making });
        await clock.advance(minuteMs);
        const young =
            "fresh: CloudWatch's metrics are one to two minutes late, and the stream is not older. Look again in two minutes.";
        await assert.rejects(run("advise fresh"), { name: "UsageError", message: young });
        const { document } = await run("status fresh --advise", defineStatus);
        assert.deepEqual([document.status, document.openShards, document.advice], ["ACTIVE", 1, young]);
        await kinesis.send(new DeleteStreamCommand({ StreamName: "fresh" }));
        const going = "fresh is being deleted.";
        assert.deepEqual(await shown(), ["DELETING", null, going, 0]);
        await assert.rejects(run("hot-shards fresh", defineHotShards), { name: "UsageError", message: going });
        kinesis.destroy();
    });
});
