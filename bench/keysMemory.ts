/**
 * How much memory `keys analyze` takes for ten times the file, in each format, and a producer's `send()` of an async source for ten times
 * the records: it is to be flat. Beside it the time of the processor, to hold CSV to the lines.
 *
 * Run with `npm run build && npx ts-node -T bench/keysMemory.ts [millions]`; 10 by default, and ten times as many; of JSON a tenth of it.
 */
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { randomOf } from "../capacity/keys/random";

const root = path.join(__dirname, "..");
const blockRecords = 1_000_000;

interface Form {
    readonly title: string;
    readonly file: string;
    readonly head: string;
    readonly record: (key: string, bytes: number) => string;
    readonly args: readonly string[];
    /** Part of the records that is enough: JSON takes several times as long. */
    readonly part?: number;
}

const forms: readonly Form[] = [
    { title: "a key a line", file: "keys.txt", head: "", record: (key) => `${key}\n`, args: [] },
    {
        title: "CSV, with a weight",
        file: "keys.csv",
        head: "time,user,bytes\n",
        record: (key, bytes) => `2026-11-02 12:00,${key},${bytes}\n`,
        args: ["--column", "user", "--weight", "bytes"],
    },
    {
        title: "a document a line",
        file: "keys.ndjson",
        head: "",
        record: (key, bytes) => `{"user":"${key}","bytes":${bytes}}\n`,
        args: ["--column", "user"],
        part: 0.1,
    },
    {
        title: "Firehose, no newlines",
        file: "keys",
        head: "",
        record: (key, bytes) => `{"user":"${key}","bytes":${bytes}}`,
        args: ["--column", "user"],
        part: 0.1,
    },
];

/** A block of different keys, many times over: more keys than are counted one by one. */
function write(file: string, { head, record }: Form, millions: number): void {
    const random = randomOf(7);
    const portions = Array.from({ length: 10 }, () =>
        Buffer.from(
            Array.from({ length: blockRecords / 10 }, () =>
                record(`user-${Math.floor(random() * 10_000_000)}`, Math.floor(random() * 2_000)),
            ).join(""),
        ),
    );
    const descriptor = openSync(file, "w");
    writeSync(descriptor, head);
    for (let block = 0; block < millions; block++) for (const portion of portions) writeSync(descriptor, portion);
    closeSync(descriptor);
}

/** The process tells at its end what it took. */
const measured = `process.on("exit", () => require("fs").writeSync(3, JSON.stringify({ peakMb: process.resourceUsage().maxRSS / 1024, seconds: process.cpuUsage().user / 1e6 })));`;

function told(code: string, args: readonly string[]): { readonly peakMb: number; readonly seconds: number } {
    const run = spawnSync(process.execPath, ["-e", `${measured} ${code}`, ...args], {
        cwd: root,
        encoding: "utf8",
        stdio: ["ignore", "ignore", "pipe", "pipe"],
        maxBuffer: 1 << 28,
    });
    if (run.output[3] === "") throw new Error(run.stderr);
    return JSON.parse(run.output[3]!) as { peakMb: number; seconds: number };
}

function analyze(file: string, args: readonly string[]): ReturnType<typeof told> {
    const main = JSON.stringify(path.join(root, "bin/cli/main.js"));
    const code = `process.argv.splice(1, 0, "sharded-stream"); require(${main});`;
    return told(code, ["keys", "analyze", file, "--shards", "16", "--json", ...args]);
}

/** Takes everything at once. */
const producing = `
const { produce } = require(${JSON.stringify(path.join(root, "bin/producer/index.js"))});
const transport = {
    putRecords: async (entries) => (await new Promise(setImmediate), entries.map(() => ({ ShardId: "shardId-000000000000", SequenceNumber: "1" }))),
    listShards: async () => [{ shardId: "shardId-000000000000", start: "0".repeat(32) }],
    close: () => undefined,
};
async function* source(records) {
    for (let id = 0; id < records; id++) yield { id, padding: "x".repeat(200) };
}
produce(source(Number(process.argv[1])), { stream: "orders", key: "id", transport, shardRateMax: Infinity });
`;

export interface Memory {
    readonly title: string;
    readonly records: number;
    readonly peakMb: number;
    readonly seconds: number;
}

/** Each form at a size and at ten times as much, told one by one. */
export function memoryOf(millions: number, tell: (memory: Memory) => void): readonly Memory[] {
    const folder = mkdtempSync(path.join(tmpdir(), "keys-memory-"));
    const all: Memory[] = [];
    const note = (title: string, records: number, taken: ReturnType<typeof told>): void => {
        const memory = { title, records, ...taken };
        all.push(memory);
        tell(memory);
    };
    try {
        for (const form of forms) {
            const least = millions * (form.part ?? 1);
            for (const size of [least, 10 * least]) {
                const file = path.join(folder, form.file);
                write(file, form, size);
                note(form.title, size * blockRecords, analyze(file, form.args));
                rmSync(file);
            }
        }
        for (const records of [400_000, 4_000_000])
            note("send() of an async source", records, told(producing, [String(records)]));
        return all;
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

function main(millions: number): void {
    memoryOf(millions, ({ title, records, peakMb, seconds }) =>
        console.log(
            `${title.padEnd(24)}${records.toLocaleString("en-US").padStart(12)}   peak ${Math.round(peakMb).toString().padStart(4)} MB   ${seconds.toFixed(1).padStart(6)} s of the processor`,
        ),
    );
}

if (require.main === module) main(Number(process.argv[2] ?? 10));
