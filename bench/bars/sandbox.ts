/** The sandbox beside other emulators: records that one client writes in a second, in rounds that alternate. */
import { spawn } from "node:child_process";
import path from "node:path";
import { type Bench, type BenchOptions, type Measured } from "../bar";

const root = path.join(__dirname, "../..");
const other = "kinesis-local 0.6.2";

export const bench: Bench = {
    about: "the sandbox",
    needs: ["build", "python", "linux"],
    bars: [
        { what: "PutRecords: records a second, 500 a call", alternative: other, least: 30 },
        { what: "PutRecords: records a second of the emulator's own processor time", alternative: other, least: 30 },
    ],
    measure,
};

async function measure({ quick, say }: BenchOptions): Promise<Measured[]> {
    const table = await peers(["--speed-only", "--seconds", quick ? "1" : "4"], say);
    return ["PutRecords of 500 records", "the same, records a second"].map((title) => {
        const cells = table.find((line) => line.startsWith(`| ${title}`))?.split("|");
        if (!cells) throw new Error(`bench/sandboxPeers.ts printed no row "${title}".`);
        const [ours, theirs] = cells.slice(2, 4).map((cell) => cell.trim());
        const figure = numberOf(ours!) / numberOf(theirs!);
        return { ours: `${ours}/s`, theirs: `${theirs}/s`, figure };
    });
}

function numberOf(text: string): number {
    return Number(text.replaceAll(",", ""));
}

/** The lines of its table. */
async function peers(flags: readonly string[], say: (line: string) => void): Promise<string[]> {
    const script = ["--require", "./test/setup.js", "bench/sandboxPeers.ts", ...flags];
    const child = spawn(process.execPath, script, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (more: string) => (text += more));
    child.stderr.setEncoding("utf8").on("data", (more: string) => say(more.trimEnd()));
    const status = await new Promise((resolve) => child.on("close", resolve));
    if (status !== 0) throw new Error(`bench/sandboxPeers.ts ended with ${String(status)}.`);
    return text.split("\n");
}
