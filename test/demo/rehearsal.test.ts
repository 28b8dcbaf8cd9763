/** A rehearsal refuses what it cannot use before it starts anything, and says where its day was cut off. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Writable } from "node:stream";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { readOptions } from "../../demo/options";
import { play } from "../../demo/playing";
import { rehearse } from "../../demo/rehearsal";
import { writeReport } from "../../demo/report";
import { type DeployedStream } from "../../demo/streams";
import { resultsOf, sumUp } from "../../demo/summary";
import { clockTime, View } from "../../demo/view";
import { missingLanguageHost, UserStackError } from "../../engine/index";
import { type Aws } from "../../engine/providers/aws";
import { ManualClock } from "../../sandbox/index";

let folder: string;
before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "rehearsal-test-"));
    for (const [name, runtime] of Object.entries({ shop: "nodejs", bakery: "python" })) {
        mkdirSync(path.join(folder, name));
        writeFileSync(path.join(folder, name, "Pulumi.yaml"), `name: ${name}\nruntime: ${runtime}\n`);
    }
});
after(() => rmSync(folder, { recursive: true }));

function screen(): { view: View; shown: () => string } {
    let text = "";
    const stream = new Writable({ write: (chunk, _encoding, done) => ((text += String(chunk)), done()) });
    return { view: new View({ stream: stream as NodeJS.WriteStream, environment: {} }), shown: () => text };
}

describe("a rehearsal that cannot use what it is given", () => {
    const pack = path.join(__dirname, "../../policies");
    const refusals: readonly [title: string, args: readonly string[], message: string][] = [
        [
            "a policy pack that is not there",
            ["--policy-pack", "FOLDER/none"],
            "--policy-pack FOLDER/none is no policy pack (FOLDER/none): there is no such folder.",
        ],
        [
            "a folder that is no policy pack",
            ["--policy-pack", "FOLDER"],
            "--policy-pack FOLDER is no policy pack (FOLDER): it has no PulumiPolicy.yaml.",
        ],
        [
            "a configuration to reject without a value",
            ["--policy-pack", pack, "--rejects", "x"],
            "--rejects x: write KEY=VALUE, such as --rejects shardCount=8.",
        ],
        [
            "nothing that could reject it",
            ["--rejects", "x=1"],
            "--rejects shows that a policy rejects a configuration; give --policy-pack DIR too, or leave out --rejects.",
        ],
        [
            "a column of no file",
            ["--column", "load"],
            "--column names a column of the file of --trace; give --trace FILE too, or leave out --column.",
        ],
        [
            "a column of times of no file",
            ["--time", "at"],
            "--time names a column of the file of --trace; give --trace FILE too, or leave out --time.",
        ],
        [
            "a report in a folder that is not there",
            ["--report", "FOLDER/none/day.html"],
            "--report: FOLDER/none/day.html cannot be written: there is no folder FOLDER/none. Name another file.",
        ],
    ];
    for (const [title, args, message] of refusals) {
        it(`says so at once, with exit code 2: ${title}`, async () => {
            const { view, shown } = screen();
            const given = ["--cwd", "FOLDER/shop", ...args].map((arg) => arg.replace("FOLDER", folder));
            const refused = async () =>
                rehearse(readOptions(["node", "rehearse", ...given]), view, new AbortController().signal);
            await assert.rejects(refused, (error: Error & { exitCode?: number }) => {
                assert.equal(error.message, message.replaceAll("FOLDER", folder));
                return error instanceof UserStackError || error.exitCode === 2;
            });
            assert.equal(shown(), "");
        });
    }

    it("names the Pulumi CLI where there is no host for the program's language", () => {
        const [shop, bakery] = [path.join(folder, "shop"), path.join(folder, "bakery")];
        const fix = "Install the Pulumi CLI (it brings the hosts): https://www.pulumi.com/docs/install.";
        const found = { kind: "real", executable: path.join(bakery, "Pulumi.yaml"), version: "3.259.0" } as const;
        const real = { ...found, source: "from the cache" } as const;
        assert.equal(missingLanguageHost(real, shop, {}), undefined);
        assert.equal(
            missingLanguageHost({ kind: "embedded" }, bakery, {}),
            `${bakery}: runtime python; the embedded engine runs nodejs programs alone. ${fix}`,
        );
        assert.equal(
            missingLanguageHost(real, bakery, { PATH: shop }),
            `${bakery}: runtime python; there is no pulumi-language-python beside ${real.executable} or on PATH. ${fix}`,
        );
        writeFileSync(path.join(shop, "pulumi-language-python"), "");
        assert.equal(missingLanguageHost(real, bakery, { PATH: shop }), undefined);
    });
});

describe("the options of a rehearsal", () => {
    it("have one default each, and say how it ends", () => {
        let help = "";
        const write = process.stdout.write;
        process.stdout.write = (text: string) => ((help += text), true);
        try {
            assert.throws(() => readOptions(["node", "rehearse", "--help"]));
        } finally {
            process.stdout.write = write;
        }
        assert.doesNotMatch(help, /default:[^)]*\)\s*\(default:/);
        assert.match(help, /takes: above 0, at most\s+1,000\s+\(default:\s+1\)/);
        assert.match(help, /\n {2}130 {2}stopped by Ctrl-C or a signal/);
    });
});

describe("the time of a day", () => {
    const midnight = Date.UTC(2026, 0, 5);
    const hours: readonly [endHour: number, hour: number, time: string][] = [
        [24, 0, "00:00"],
        [24, 23.5, "23:30"],
        [24, 24, "24:00"],
        [42, 24, "00:00"],
        [42, 42, "18:00"],
    ];
    for (const [end, hour, time] of hours) {
        it(`that ends after ${end} hours, after ${hour} of them, is ${time}`, () =>
            assert.equal(clockTime(midnight + hour * 3_600_000, midnight + end * 3_600_000), time));
    }
});

describe("a day that is stopped", () => {
    const startMs = Date.UTC(2026, 0, 5);
    const stream = {
        ...{ name: "clicks", region: "us-east-1", onDemand: false, plannedShards: 2, declared: undefined },
        load: {
            ...{ peakRecordsPerSecond: 10, recordBytes: 100, recordsPerSecondPerShard: 1_000 },
            ...{ recordsPerSent: 5, sentBytes: 60, sentPerStep: 2 },
        },
    } as DeployedStream;

    /** The clock is stopped by an alarm, which fires at 00:58 and is seen at 01:00, where the scaler has decided at 00:59. */
    async function stopped() {
        const clock = new ManualClock(startMs);
        const stop = new AbortController();
        const minute = (count: number) => startMs + count * 60_000;
        const isSeen = () => clock.nowMs() >= minute(60);
        const cloudwatch = Object.assign(Object.create(CloudWatchClient.prototype) as CloudWatchClient, {
            send: async () => {
                const StateTransitionedTimestamp = new Date(minute(58));
                const alarm = { AlarmName: "full", AlarmArn: "full", AlarmActions: ["arn:aws:sns:x"] };
                return {
                    MetricAlarms: isSeen() ? [{ ...alarm, StateValue: "ALARM", StateTransitionedTimestamp }] : [],
                };
            },
        });
        let sent = 0;
        const kinesis = {
            send: async ({ input }: { input: { Records?: unknown[] } }) => {
                sent += input.Records?.length ?? 0;
                // Stopped after two and a half minutes of the moment that goes on.
                if (clock.nowMs() >= minute(62.5)) stop.abort();
                return { FailedRecordCount: 0, StreamDescriptionSummary: { OpenShardCount: 2 } };
            },
        };
        const steps = [{ outcome: "called", reason: "load", message: "2 to 4", action: {} }];
        const message = JSON.stringify({ StreamName: "clicks", steps });
        const json = async (_service: string, _target: string, { startTime, endTime }: Record<string, number>) => ({
            events: [{ timestamp: minute(59), message }].filter(
                ({ timestamp }) => timestamp > startTime! && timestamp <= endTime!,
            ),
        });
        const aws = { inRegion: () => ({ kinesis, cloudwatch, json }) } as unknown as Aws;
        const points = [
            { timeMs: startMs, load: 1 },
            { timeMs: minute(1_440), load: 1 },
        ];
        const { view, shown } = screen();
        const played = await play({
            ...{ clock, aws, streams: [stream], keys: undefined, view, signal: stop.signal },
            scalers: [{ functionName: "scaler", region: "us-east-1" }],
            day: { startMs, endMs: minute(1_440), column: "flat", points, skippedRows: 0 },
        });
        return { played, view, shown, sent };
    }

    it("is told as far as it was played: on the screen in the order of time, in the document, and in the report", async () => {
        const { played, view, shown, sent } = await stopped();
        const times = shown().match(/^ *\d\d:\d\d {2}(ALARM|scaler|load)/gm);
        assert.deepEqual(times, ["00:05  load", "  00:58  ALARM", "  00:59  scaler", "01:00  load"]);
        assert.equal(played.acceptedRecords, sent * 5);

        const results = resultsOf(played, { refusedMax: 0 });
        assert.equal(results.interrupted, true);
        assert.equal(results.stoppedAt, new Date(played.stoppedAtMs!).toISOString());
        assert.match(results.stoppedAt, /^2026-01-05T01:0[23]:/);
        const books = { engine: "real 3", rejectedBy: [], mocked: [] };
        sumUp(view, { ...books, resourcesCreated: 3, ...results }, played, { refusedMax: 0 });
        const at = results.stoppedAt.slice(11, 16);
        assert.ok(shown().includes(`\nThe day\n  stopped at ${at} of the day; the rest was not played\n`), shown());

        const files = [1, 2].map(() => writeReport(undefined, { ...books, notes: [], ...played }));
        try {
            const html = readFileSync(files[0]!, "utf8");
            assert.ok(html.includes(`<dt>stopped</dt><dd>at ${at} of the day; the rest was not played</dd>`));
            assert.notEqual(...(files as [string, string]));
        } finally {
            for (const file of files) rmSync(path.dirname(file), { recursive: true });
        }
    });
});
