/**
 * Every bar of the project in one table, with what stands beside it.
 *
 *     npm run bench [-- NAME ...] [--quick] [--json]
 *
 * NAME is that of a file in bench/bars/; without one all are run, one after the other, each in a process of its own. The table goes to
 * stdout, progress to stderr. The exit code is 1 where a bar is missed or a bench failed, 2 for wrong usage. What was measured on a quiet machine
 * stands in bench/RESULTS.md, which nothing here writes.
 */
import { fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import * as path from "node:path";
import { parseArgs } from "node:util";
import Table from "cli-table3";
import { findEngine } from "../engine/index";
import { type Bar, type Bench, type Measured, type Need, needNames } from "./bar";

const folder = path.join(__dirname, "bars");

/** What the table shows, and `--json` prints. */
interface Line {
    readonly bench: string;
    readonly what: string;
    readonly bar: string;
    readonly alternative: string;
    readonly ours: string;
    readonly theirs: string;
    /** The figure that the bar is about. */
    readonly figure?: number;
    readonly unit: string;
    readonly verdict: "holds" | "missed" | "no bar" | "not run" | "failed";
    /** Why it was not run, or how it failed. */
    readonly why?: string;
}

async function main(): Promise<number> {
    const { values, positionals } = parseArgs({
        allowPositionals: true,
        options: { quick: { type: "boolean", default: false }, json: { type: "boolean", default: false } },
    });
    const names = readdirSync(folder).map((file) => path.basename(file, ".ts"));
    const unknown = positionals.filter((name) => !names.includes(name));
    if (unknown.length > 0) {
        process.stderr.write(`No bench is called ${unknown.join(" or ")}. There are ${names.join(", ")}.\n`);
        return 2;
    }
    const lines: Line[] = [];
    for (const name of positionals.length > 0 ? positionals : names) lines.push(...(await linesOf(name, values.quick)));
    process.stdout.write(values.json ? `${JSON.stringify({ quick: values.quick, lines })}\n` : tableOf(lines));
    return lines.some(({ verdict }) => verdict === "missed" || verdict === "failed") ? 1 : 0;
}

async function linesOf(name: string, quick: boolean): Promise<Line[]> {
    const { about, needs = [], bars } = benchOf(name);
    const say = (text: string) => process.stderr.write(`${name}: ${text}\n`);
    const unmeasured = (verdict: Line["verdict"], why: string) => {
        say(`${verdict}: ${why}`);
        return bars.map((bar) => ({ ...told(name, bar), ours: "", theirs: "", verdict, why }));
    };
    const missing = await missingOf(needs);
    if (missing.length > 0) return unmeasured("not run", `needs ${missing.join(" and ")}`);
    say(about);
    const outcome = await measuredApart(name, quick);
    if (typeof outcome === "string") return unmeasured("failed", outcome);
    return bars.map((bar, nth) => judged(name, bar, outcome[nth]!));
}

function benchOf(name: string): Bench {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- which there are, the folder says
    return (require(path.join(folder, name)) as { readonly bench: Bench }).bench;
}

/** What was measured in a process of its own, or how that failed. Whatever it prints is progress. */
async function measuredApart(name: string, quick: boolean): Promise<readonly Measured[] | string> {
    const child = fork(__filename, ["--measure", name, ...(quick ? ["--quick"] : [])], {
        stdio: ["ignore", "pipe", "inherit", "ipc"],
    });
    child.stdout!.pipe(process.stderr, { end: false });
    let answer: { readonly measured?: readonly Measured[]; readonly error?: string } = {};
    child.on("message", (message) => (answer = message as typeof answer));
    const [code] = (await once(child, "exit")) as [number | null];
    return answer.measured ?? answer.error ?? `its process ended with ${code}`;
}

async function measure(name: string, quick: boolean): Promise<void> {
    const say = (line: string) => process.stderr.write(`  ${line}\n`);
    const answer = await benchOf(name)
        .measure({ quick, say })
        .then(
            (measured) => ({ measured }),
            (error: Error) => ({ error: error.message }),
        );
    process.send!(answer, () => process.exit(0));
}

const isThere: Readonly<Record<Need, () => boolean | Promise<boolean>>> = {
    build: () => existsSync(path.join(__dirname, "../bin/.built")),
    engine: async () => (await findEngine({ mayDownload: false })).kind === "real",
    python: () => spawnSync("python3", ["--version"]).status === 0,
    linux: () => process.platform === "linux",
};

async function missingOf(needs: readonly Need[]): Promise<string[]> {
    const missing: string[] = [];
    for (const need of needs) if (!(await isThere[need]())) missing.push(needNames[need]);
    return missing;
}

function told(bench: string, { what, alternative, most, least, unit = "x" }: Bar) {
    const bar = most !== undefined ? `at most ${most}` : least !== undefined ? `at least ${least}` : "none";
    return { bench, what, alternative, unit, bar: bar === "none" || unit === "" ? bar : `${bar} ${unit}` };
}

function judged(bench: string, bar: Bar, { ours, theirs, figure }: Measured): Line {
    const { most = Infinity, least = -Infinity } = bar;
    const holds = figure <= most && figure >= least ? "holds" : "missed";
    const verdict = bar.most === undefined && bar.least === undefined ? "no bar" : holds;
    return { ...told(bench, bar), ours, theirs, figure, verdict };
}

function tableOf(lines: readonly Line[]): string {
    const table = new Table({
        head: ["bench", "what is measured", "bar", "beside it", "ours", "theirs", "figure", "verdict"],
        colWidths: [10, 34, 16, 26, 26, 26, 12, 28],
        wordWrap: true,
        style: { head: [], border: [], compact: true },
    });
    for (const { bench, what, bar, alternative, ours, theirs, figure, unit, verdict, why } of lines) {
        const number = figure === undefined ? "" : `${Number(figure.toFixed(3))} ${unit}`;
        table.push([
            bench,
            what,
            bar,
            alternative,
            ours,
            theirs,
            number,
            why === undefined ? verdict : `${verdict}: ${why.split("\n", 1)[0]}`,
        ]);
    }
    return `${table.toString()}\n`;
}

const [flag, name, quick] = process.argv.slice(2);
if (flag === "--measure") void measure(name!, quick === "--quick");
else void main().then((code) => (process.exitCode = code));
