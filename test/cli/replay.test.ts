/** `replay`: what it prints, the contract of its JSON, what it refuses, and what its page has in it. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { replay, replayModel, scalerPolicy } from "../../capacity/replay/replay";
import { completeScaling } from "../../capacity/scaling/settings";
import { defineReplay } from "../../cli/replay";
import { terminalOf } from "../../cli/terminal";
import { read, repository } from "../docs/pages";
import { type InProcessRun, runInProcess } from "./inProcess";

let folder: string;
let file: string;
let days: string;
let played: InProcessRun;
before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "replays-"));
    [file, days] = [path.join(folder, "load.csv"), path.join(folder, "days.csv")];
    writeFileSync(days, rhythm(2_880));
    writeFileSync(file, rhythm(360));
    played = await run([days, "--noise", "0", "--mode", "reactive"]);
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Minutes of a daily rhythm between 1 and 5 shards, and half an hour of four more at noon of the second day. */
function rhythm(minutes: number): string {
    const rows = Array.from({ length: minutes }, (_, minute) => {
        const daily = 3 + 2 * Math.sin((2 * Math.PI * (minute - 540)) / 1_440);
        const load = daily + (minute >= 2_160 && minute < 2_190 ? 4 : 0);
        return `${new Date(Date.UTC(2026, 0, 5) + minute * 60_000).toISOString()},${load.toFixed(3)}`;
    });
    return `time,shards\n${rows.join("\n")}\n`;
}

const run = (args: readonly string[], more: Partial<Parameters<typeof runInProcess>[2]> = {}) =>
    runInProcess(defineReplay, ["replay", ...args], { env: {}, ...more });

interface Document {
    readonly policies: readonly Readonly<Record<string, number | string>>[];
    readonly onDemand: readonly Readonly<Record<string, number | string>>[];
    readonly advice: string;
    readonly decisions: readonly {
        minute: number;
        at: string;
        reason: string;
        message: string;
        from: number;
        to: number;
    }[];
    readonly trace: Readonly<Record<string, unknown>>;
    readonly notPriced: readonly string[];
    readonly settings: object;
    readonly model: object;
}

interface PageData {
    readonly stepMinutes: number;
    readonly stepText: string;
    readonly most: readonly number[];
    readonly mean: readonly number[];
    readonly policies: readonly { readonly refused: readonly (readonly [step: number, shards: number])[] }[];
}

/** The trace tells the start, the settings the cap. */
const { startMs: _, maxReshardsPerDay: __, ...modelTold } = replayModel;

const documentOf = async (...args: string[]) => (await run(args)).document as unknown as Document;

describe("sharded-stream replay", () => {
    it("says what was played, what each would have cost and refused, and what to do", () => {
        const { text, exitCode } = played;
        assert.equal(exitCode, 0);
        assert.deepEqual(text.replaceAll(`${folder}/`, "").split("\n"), [
            "days.csv, shards: 2 days from 2026-01-05 00:00 UTC (2,880 rows of 60 s); peak 8.57 shards (99.9 % of the seconds need no more), mean 3.04.",
            "",
            "policy\tshard hours\tx least\trefused\tcalls\tsplits/merges\t$/month\t$ started",
            "reactive\t256\t1.51\t0.083 %\t12\t0\t$172.62\t$177.04",
            "static at 11\t528\t3.11\t0 %\t0\t0\t$232.36\t$232.36",
            "static at 9 (hindsight)\t432\t2.55\t0 %\t0\t0\t$210.46\t$210.46",
            "on-demand Standard\t-\t-\t0 %\t-\t-\t$943.98\t-",
            "on-demand Advantage\t-\t-\t0 %\t-\t-\t$3,080\t-",
            'x least: over the shard-hours of somebody who knows each minute in advance. Dollars of us-east-1, November 2026, a month of 730 hours like these; "started": if each started hour were paid for the most shards that were open in it.',
            "  static at 11: the declared peak with its headroom",
            "  static at 9 (hindsight): the fewest shards that refuse no more than the scaler: nobody knows them in advance",
            "",
            "Advice: Scale: reactive costs $172.62 a month and refuses 0.083 %; static at 9 (hindsight) would cost 22 % more ($210.46) and refuse nothing.",
        ]);
    });

    it("on a terminal: charts and a table that fit, without colour where there is to be none", async () => {
        const terminal = terminalOf({ isTTY: true, columns: 80 } as NodeJS.WriteStream, { NO_COLOR: "1" });
        const { text } = await run([file, "--noise", "0", "--mode", "reactive"], { terminal });
        const lines = text.split("\n");
        assert.deepEqual(
            lines.filter((line) => /[▁▂▃▄▅▆▇█]/.test(line)),
            [
                "load      ▅▅▅▄▄▄▄▄▄▄▄▄▄▄▄▄▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▄▄▄▄▄▄▄▄▄▄▄▄▄▅▅▅ ≤ 1.59",
                "reactive  ███████████████████▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆ 2 - 3",
                "refused   ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁ 0 %",
            ],
        );
        assert.ok(lines.every((line) => line.length <= 80));
        const cellsOf = (line: string) => line.split("│").map((cell) => cell.trim());
        const cells = lines.map(cellsOf).filter(({ length }) => length > 1);
        // Neither a word nor a number is broken.
        assert.deepEqual(
            cells.slice(0, 4).map((row) => row.slice(1, -1)),
            [
                ["policy", "shard", "x", "refused", "calls", "splits", "$/month", "$"],
                ["", "hours", "least", "", "", "/merges", "", "started"],
                ["reactive", "14", "1.19", "0 %", "1", "0", "$72.10", "$73.90"],
                ["static at 3", "18", "1.52", "0 %", "0", "0", "$76.98", "$76.98"],
            ],
        );
        assert.deepEqual(cells.map((row) => row[1]).slice(4), [
            "static at 2",
            "(hindsight)",
            "on-demand",
            "Standard",
            "on-demand",
            "Advantage",
        ]);
        // eslint-disable-next-line no-control-regex
        assert.ok(!/\u001b/.test(text));
    });

    it("has in its JSON what is promised, and the same numbers as the replay itself", () => {
        const { policies, onDemand, advice, decisions, trace, settings, model } =
            played.document as unknown as Document;
        const minutes = rhythm(2_880).split("\n").slice(1, -1);
        const load = minutes.flatMap((row) => Array<number>(60).fill(Number(row.split(",")[1])));
        const scaling = completeScaling({ mode: "reactive", minShards: 1, maxShards: 18, peakShards: 8.571 });
        const own = replay(load, scalerPolicy(scaling), {
            ...replayModel,
            startShards: 11,
            startMs: Date.UTC(2026, 0, 5),
        });
        assert.deepEqual(
            policies.map(({ name, kind, reshards, illegalCalls }) => [name, kind, reshards, illegalCalls]),
            [
                ["reactive", "scaled", 0, 0],
                ["static at 11", "static", 0, 0],
                ["static at 9 (hindsight)", "static", 0, 0],
            ],
        );
        assert.deepEqual(
            [policies[0]!.shardHours, policies[0]!.rejectedPercent, policies[0]!.updateCalls],
            [own.shardHours, own.rejectedPercent, own.updateCalls],
        );
        assert.deepEqual(
            [policies[1]!.shardHours, policies[1]!.rejectedPercent, policies[1]!.updateCalls],
            [528, 0, 0],
        );
        // 11 shards at $0.015 for 48 hours, and 1,000 records a second for each shard of the load at $0.014 a million
        const records = Number(trace.meanShards) * 1_000 * 3_600 * 48;
        assert.equal(policies[1]!.cost, Math.round((11 * 0.015 * 48 + records * 0.014e-6) * 100) / 100);
        assert.deepEqual(
            onDemand.map(({ name }) => name),
            ["on-demand Standard", "on-demand Advantage"],
        );
        assert.match(advice, /^(Scale|Do not scale): .* a month and refuses .*\.$/);
        assert.equal(decisions.length, own.updateCalls);
        const [first] = decisions;
        assert.deepEqual(
            [first!.at, first!.reason, first!.from],
            [new Date(Date.UTC(2026, 0, 5) + first!.minute * 60_000).toISOString(), "halving-limit", 11],
        );
        assert.match(first!.message, /^The load has stayed below /);
        assert.deepEqual(
            [trace.start, trace.rows, trace.periodSeconds, trace.seconds, trace.unit],
            ["2026-01-05T00:00:00.000Z", 2_880, 60, 172_800, "shards"],
        );
        assert.deepEqual(
            [settings, model],
            [
                completeScaling({ mode: "reactive", minShards: 1, maxShards: 18, peakShards: 8.571 }),
                { ...modelTold, startShards: 11 },
            ],
        );
    });

    for (const minutes of [11, 90, 120]) {
        it(`and started hours cost who never reshards no more a month, of ${minutes} minutes, but of the trace its last hour`, async () => {
            const short = path.join(folder, "short.csv");
            writeFileSync(short, `shards\n${"2\n".repeat(minutes * 60)}`);
            const { document, text } = await run([short, "--mode", "reactive", "--headroom", "0"]);
            const [, declared] = (document as unknown as Document).policies;
            // 2,000 records a second at $0.014 a million, and two shards at $0.015 an hour.
            const put = 2_000 * 3_600 * 0.014e-6;
            const cents = (dollars: number) => Math.round(dollars * 100) / 100;
            const monthly = cents((2 * 0.015 + put) * 730);
            assert.deepEqual([declared!.monthly, declared!.monthlyStartedHours], [monthly, monthly]);
            const hours = minutes / 60;
            const started = 2 * Math.ceil(hours) * 0.015 + put * hours;
            assert.deepEqual(
                [declared!.cost, declared!.costStartedHours],
                [cents((0.03 + put) * hours), cents(started)],
            );
            assert.ok(text.includes(`\t$${monthly}\t$${monthly}\n`), text);
        });
    }

    it("has no dates of a trace that counts its minutes, and no January of 1970", async () => {
        const counted = path.join(folder, "counted.csv");
        const rows = Array.from({ length: 300 }, (_, at) => `${480 + at},${at < 30 ? 4 : 1}`);
        writeFileSync(counted, `minute,shards\n${rows.join("\n")}\n`);
        const { text, document } = await run([counted, "--mode", "reactive", "--noise", "0"]);
        const { trace, decisions } = document as unknown as Document;
        assert.match(text, /^\S+counted\.csv, shards: 5 hours \(300 rows of 60 s\); peak 4 shards /);
        assert.deepEqual([trace.start, decisions.length > 0, decisions[0]?.at], [null, true, null]);
        assert.ok(!`${text}${JSON.stringify(document)}`.includes("1970"));
    });

    it("plays what it is told: ends, peak, start, delays, how often", async () => {
        const flags =
            "--mode reactive --min 2 --max 9 --peak 7 --start 4 --every 5 --metrics-late 2 --update-seconds 180 --split-seconds 45 --retry-seconds 60";
        const { settings, model, policies } = await documentOf(
            file,
            ...flags.split(" "),
            "--max-reshards-per-day",
            "0",
            "--refused-slo",
            "0.01",
        );
        assert.deepEqual(settings, {
            mode: "reactive",
            minShards: 2,
            maxShards: 9,
            peakShards: 7,
            maxReshardsPerDay: 0,
            refusedShareSlo: 0.01,
        });
        assert.deepEqual(model, {
            updateSecondsBase: 30,
            updateSecondsPerShard: 3,
            updateSecondsMin: 180,
            splitSeconds: 45,
            startShards: 4,
            metricsLateMinutes: 2,
            everyMinutes: 5,
            retrySeconds: 60,
            retentionHours: 24,
        });
        assert.equal(policies[1]!.name, "static at 9");
    });

    it("and its static sizes and on-demand have producers who try as long as the scaler's", async () => {
        const spiky = path.join(folder, "spiky.csv");
        // Six shards' worth for five seconds, then two for 55: three shards take what is written again within the minute.
        writeFileSync(spiky, `shards\n${`${"6\n".repeat(5)}${"2\n".repeat(55)}`.repeat(240)}`);
        const namesOf = async (retrySeconds: string) => {
            const args = ["--mode", "reactive", "--min", "3", "--start", "3", "--retry-seconds", retrySeconds];
            const { policies, onDemand } = await documentOf(spiky, ...args);
            const told = policies.map(({ name, rejectedPercent }) => [name, rejectedPercent]);
            return [...told.slice(1), [onDemand[0]!.name, onDemand[0]!.refusedPercent]];
        };
        assert.deepEqual(await namesOf("60"), [
            ["static at 8", 0],
            ["static at 3 (hindsight)", 0],
            ["on-demand Standard", 0],
        ]);
        const lost = await namesOf("0");
        assert.deepEqual(
            lost.map(([name, percent]) => [name, Number(percent) > 0]),
            [
                ["static at 8", false],
                ["static at 6 (hindsight)", false],
                ["on-demand Standard", true],
            ],
        );
    });

    it("with --compare both modes and the rules of others, each with its source", async () => {
        const { policies } = await documentOf(file, "--compare", "--mode", "reactive", "--scale-to-shards", "4");
        const names = policies.map(({ name }) => name);
        assert.deepEqual(names.slice(1), [
            "static at 5",
            "static at 5 (hindsight)",
            "static at 4 (hindsight)",
            "predictive",
            "double or halve",
            "target tracking 0.7, 60 min",
            "aws-samples/kinesis-auto-scaling",
            "brexhq/substation",
            "awslabs/amazon-kinesis-scaling-utils",
        ]);
        for (const { name, kind, source } of policies.filter((policy) => policy.kind !== "scaled"))
            assert.ok(typeof source === "string" && source.length > 20, `${name}, ${kind}`);
        assert.ok(policies.every(({ kind, illegalCalls }) => kind !== "scaled" || illegalCalls === 0));
    });

    it("reads another region's prices, retention and consumers", async () => {
        const plain = await documentOf(file, "--mode", "reactive");
        const more = await documentOf(
            file,
            "--mode",
            "reactive",
            "--retention-hours",
            "168",
            "--fan-out-consumers",
            "1",
        );
        // Each shard $0.02 more for the retention and $0.015 for the consumer, and $0.013 for each GiB that it reads
        const shards = Number(plain.policies[1]!.averageShards);
        const giB = (Number(plain.trace.meanShards) * 0.9765625 * 3_600) / 1_024;
        const left =
            "On-demand modes bill the storage between 24 hours and 7 days by the GB-month; that price is not in this list.";
        assert.deepEqual([plain.notPriced, more.notPriced], [[], [left]]);
        const dearer = (Number(more.policies[1]!.monthly) - Number(plain.policies[1]!.monthly)) / 730;
        assert.ok(Math.abs(dearer - (shards * 0.035 + giB * 0.013)) < 0.001, `${dearer}`);
    });
});

describe("docs/replay.md", () => {
    it("shows what its command prints", async () => {
        const page = read("docs/replay.md");
        const shown = /npx sharded-stream replay (.*)\n```\n\n```text\n([^]*?)\n?```/;
        const [, args, told] = shown.exec(page)!;
        const terminal = terminalOf({ isTTY: true, columns: 125 } as NodeJS.WriteStream, { NO_COLOR: "1" });
        const { text } = await run(args!.split(" "), { terminal });
        // UPDATE_DOCS=1 writes it anew.
        if (process.env.UPDATE_DOCS) {
            const block = `npx sharded-stream replay ${args}\n\`\`\`\n\n\`\`\`text\n${text}\n\`\`\``;
            return writeFileSync(
                path.join(repository, "docs/replay.md"),
                page.replace(shown, () => block),
            );
        }
        assert.equal(told, text);
    });
});

describe("replay refuses in one line", () => {
    const rows: readonly (readonly [args: string, told: string])[] = [
        ["--min 9 --max 4", "--min: 9 is not allowed; it must be at most --max, 4. Lower --min, or raise --max."],
        [
            "--gaps none --refused-slo 5",
            '--gaps: "none" is not allowed; it must be one of zero, line. zero: nothing was written then; line: a straight line over each.\n--refused-slo: 5 is not allowed; it must be a number from 0 to 0.1. Declare the part of the records that may be refused: 0.001 is one in a thousand.',
        ],
        ["--html ", "--html: The name of the file is empty: name a file."],
        ["--prices ", "--prices: The name of the file is empty: name a file."],
        ["--html none/x.html", "--html: none/x.html cannot be written: there is no folder none. Name another file."],
    ];
    for (const [args, told] of rows) {
        it(args, async () => {
            await assert.rejects(
                run([file, ...args.split(" ")]),
                (error: Error & { problems?: { message: string }[] }) => {
                    assert.equal(error.problems?.map(({ message }) => message).join("\n") ?? error.message, told);
                    return true;
                },
            );
        });
    }

    it("a page in the place of the trace, under whatever name, or of the prices", async () => {
        const before = readFileSync(file, "utf8");
        const other = path.join(folder, "other-name.csv");
        symlinkSync(file, other);
        for (const page of [file, other]) {
            await assert.rejects(run([file, "--html", page]), {
                name: "UsageError",
                message: `--html: ${page} cannot be written: it is the file that is read. Name another file.`,
            });
        }
        assert.equal(readFileSync(file, "utf8"), before);
        const below = path.join(file, "x.html");
        await assert.rejects(run([file, "--html", below]), {
            message: `--html: ${below} cannot be written: ${file} is no folder. Name another file.`,
        });
    });

    it("and ends at Ctrl-C with exit code 1", async () => {
        const signal = AbortSignal.abort();
        const { document, text, exitCode } = await run([file], { signal });
        assert.deepEqual([document, exitCode], [{ interrupted: true }, 1]);
        assert.equal(text, "Interrupted: the trace was not played to its end.");
    });
});

describe("the page of a replay", () => {
    it("is one file that asks for nothing, in which what comes from outside is text", async () => {
        const odd = path.join(folder, "a<b>&c.csv");
        writeFileSync(odd, `time,"</script><i>"\n${rhythm(360).split("\n").slice(1).join("\n")}`);
        const page = path.join(folder, "page.html");
        const { document, text } = await run([odd, "--mode", "reactive", "--html", page]);
        const html = readFileSync(page, "utf8");
        assert.equal(document.html, page);
        assert.match(text, new RegExp(`Charts and every decision: ${page}$`));
        assert.ok(
            !/(src|href)=|https?:\/\/(?!www\.w3\.org)|@import|<\/script><i>|<b>/.test(
                html.replace(/\/\*![^]*?\*\//g, ""),
            ),
        );
        assert.match(html, /a&lt;b&gt;&amp;c\.csv, column &lt;\/script&gt;&lt;i&gt;/);
        assert.equal(html.match(/<\/script>/g)!.length, 2);
        assert.match(html, /<br>static at \d+: the declared peak with its headroom<br>/);
        assert.ok(statSync(page).size < 250_000, `${statSync(page).size}`);
    });

    it("has a point for each minute of two weeks; beyond, steps of several, the last of what is left", async () => {
        const rows: readonly (readonly [minutes: number, told: object])[] = [
            [20_160, { stepMinutes: 1, stepText: "the minute", points: 20_160, last: [5, 5, 60] }],
            [20_161, { stepMinutes: 2, stepText: "2 minutes", points: 10_081, last: [5, 5, 60] }],
        ];
        const [long, page] = [path.join(folder, "long.csv"), path.join(folder, "long.html")];
        for (const [minutes, told] of rows) {
            writeFileSync(long, `mib_per_second\n${"5\n".repeat(minutes)}`);
            await run([
                long,
                ..."--period 60 --noise 0 --mode reactive --every 60 --min 4 --max 4 --html".split(" "),
                page,
            ]);
            const [, json] = /<script>const data = (\{.*\});\n/.exec(readFileSync(page, "utf8"))!;
            const { stepMinutes, stepText, most, mean, policies } = JSON.parse(json!) as PageData;
            const last = [most.at(-1), mean.at(-1), policies[0]!.refused.at(-1)![1]];
            assert.deepEqual({ stepMinutes, stepText, points: most.length, last }, told);
            assert.deepEqual([mean.length, new Set([...most, ...mean])], [most.length, new Set([5])]);
        }
    });
});
