/** `npm start` plays its day to the end, and cleans up when it is stopped in the middle. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

const root = path.join(__dirname, "../..");

interface Run {
    readonly stdout: string;
    readonly stderr: string;
    readonly exitCode: number | null;
}

/** Runs scripts/start.js, which is what `npm start` runs, and optionally does something once a line appears on stderr. */
async function start(
    args: readonly string[],
    when?: { readonly line: RegExp; readonly act: (pid: number) => void },
): Promise<Run> {
    const child = spawn(process.execPath, [path.join(root, "scripts/start.js"), ...args], {
        cwd: root,
        env: {
            PATH: process.env.PATH,
            HOME: process.env.HOME,
            XDG_CACHE_HOME: process.env.XDG_CACHE_HOME,
            NO_COLOR: "1",
        },
        stdio: ["ignore", "pipe", "pipe"],
        // A group of its own, so that a signal reaches it as Ctrl-C reaches everything on a terminal.
        detached: true,
    });
    const output = { stdout: "", stderr: "" };
    let acted = false;
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
        output.stderr += text;
        if (acted || !when?.line.test(output.stderr)) return;
        acted = true;
        when.act(child.pid!);
    });
    const exitCode = await new Promise<number | null>((resolve) => child.on("close", resolve));
    return { ...output, exitCode };
}

function processesOf(pattern: string): string[] {
    const all = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" }).split("\n");
    return all.filter((line) => line.includes(pattern));
}

async function isListening(endpoint: string): Promise<boolean> {
    const port = Number(new URL(endpoint).port);
    return new Promise((resolve) => {
        const probe = createServer()
            .once("error", () => resolve(true))
            .once("listening", () => probe.close(() => resolve(false)))
            .listen(port, "127.0.0.1");
    });
}

describe("npm start", () => {
    let folder: string;
    let shortDay: string;
    before(() => {
        folder = mkdtempSync(path.join(tmpdir(), "start-test-"));
        shortDay = path.join(folder, "short-day.csv");
        // Forty minutes of which the last thirty offer far more than the planned shards take.
        const rows = Array.from(
            { length: 40 },
            (_, minute) => `2026-01-05 12:${String(minute).padStart(2, "0")}:00,${minute < 10 ? 10 : 60}`,
        );
        writeFileSync(shortDay, `time,orders\n${rows.join("\n")}\n`);
    });
    after(() => rmSync(folder, { recursive: true }));

    for (const engine of ["real", "embedded"] as const) {
        it(`with the ${engine} engine: a bad configuration is rejected, a good one deployed, records flow until the stream throttles and an alarm fires`, async () => {
            const report = path.join(folder, `${engine}.html`);
            const run = await start([
                "--json",
                "--engine",
                engine,
                "--trace",
                shortDay,
                "--scale-to-shards",
                "14",
                "--report",
                report,
            ]);
            assert.equal(run.exitCode, 0, run.stderr);
            const summary = JSON.parse(run.stdout) as Record<string, unknown> & {
                alarmsFired: string[];
                decisions: { reason: string }[];
            };
            assert.match(summary.engine as string, new RegExp(`^${engine} `));
            assert.deepEqual(summary.rejectedBy, ["capacity-covers-requirements"]);
            assert.equal(summary.plannedShards, 5);
            assert.ok((summary.resourcesCreated as number) > 15);
            assert.ok((summary.acceptedRecords as number) > 0);
            assert.ok((summary.refusedRecords as number) > 0);
            assert.ok(
                summary.alarmsFired.some((name) => name.endsWith("-WriteThrottling")),
                summary.alarmsFired.join(),
            );
            assert.ok(
                summary.decisions.some(({ reason }) => reason === "records-refused"),
                JSON.stringify(summary.decisions),
            );
            assert.match(readFileSync(report, "utf8"), /<h1>A day of the stream orders-/);
            const endpoint = /http:\/\/127\.0\.0\.1:\d+/.exec(run.stderr)![0];
            assert.equal(await isListening(endpoint), false);
            assert.deepEqual(processesOf(endpoint), []);
        });
    }

    it("stopped by Ctrl-C in the middle of the day destroys what it made and leaves nothing running", async () => {
        const run = await start(["--json", "--engine", "embedded", "--report", path.join(folder, "stopped.html")], {
            line: /4 {2}A day of traffic/,
            act: (pid) => process.kill(-pid, "SIGINT"),
        });
        assert.equal(run.exitCode, 130, run.stderr);
        assert.match(run.stderr, /5 {2}pulumi destroy\n.*resources deleted; nothing is left running/);
        assert.equal(await isListening(/http:\/\/127\.0\.0\.1:\d+/.exec(run.stderr)![0]), false);
    });

    const wrong: readonly [title: string, args: readonly string[], stderr: string][] = [
        ["an unknown option", ["--tace", "x"], "npm start: unknown option '--tace' (Did you mean --trace?)\n"],
        [
            "an engine that does not exist",
            ["--engine", "fast"],
            "npm start: option '--engine <which>' argument 'fast' is invalid. Allowed choices are auto, real, embedded.\n",
        ],
        [
            "a trace that is not there",
            ["--trace", "no-such.csv"],
            "npm start: no-such.csv cannot be read: there is no such file.\n",
        ],
        [
            "no shards to scale to",
            ["--scale-to-shards", "0"],
            "npm start: option '--scale-to-shards <n>' argument '0' is invalid. It must be a number above 0, at most 10,000.\n",
        ],
    ];
    for (const [title, args, stderr] of wrong) {
        it(`answers ${title} with one line and exit code 2`, async () => {
            assert.deepEqual(await start(args), { stdout: "", stderr, exitCode: 2 });
        });
    }
});

describe("an old Node.js", () => {
    for (const script of ["start", "test"]) {
        it(`gets one line from npm ${script === "start" ? "start" : "test"}, and no stack trace`, () => {
            const pretend = `Object.defineProperty(process.versions, "node", { value: "18.20.0" }); Object.defineProperty(process, "version", { value: "v18.20.0" }); require("./scripts/${script}.js");`;
            assert.throws(
                () => execFileSync(process.execPath, ["-e", pretend], { cwd: root, encoding: "utf8", stdio: "pipe" }),
                (error: { stderr: string; status: number }) => {
                    assert.equal(
                        error.stderr,
                        "sharded-stream needs Node.js 20 or newer (22 or 24 recommended); this is v18.20.0. Install it from nodejs.org and run the command again.\n",
                    );
                    assert.equal(error.status, 1);
                    return true;
                },
            );
        });
    }
});
