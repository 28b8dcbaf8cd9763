/**
 * How fast `keys analyze` is beside a Python hashlib loop over the same file, and how much memory it takes at five times the size.
 *
 * Run with `npm run build && npx ts-node -T bench/keysSpeed.ts [keys]`. Needs python3.
 */
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { randomOf } from "../capacity/keys/random";
import { median } from "./bar";

const root = path.join(__dirname, "..");
const shards = 16;
const roundsDefault = 7;

/** The loop that one writes in five minutes: MD5, the shard from the hash, a count. */
const loop = `
import hashlib, json, sys, time
shards, counts, started, keys = int(sys.argv[2]), [0] * int(sys.argv[2]), time.perf_counter(), 0
with open(sys.argv[1], "rb") as lines:
    for line in lines:
        counts[int.from_bytes(hashlib.md5(line.rstrip(b"\\n")).digest(), "big") * shards >> 128] += 1
        keys += 1
print(json.dumps({"counts": counts, "keysPerSecond": keys / (time.perf_counter() - started)}))
`;

/** Nothing but the hashing: the fastest that Python can be. */
const bareLoop = `
import hashlib, json, sys, time
started, keys = time.perf_counter(), 0
with open(sys.argv[1], "rb") as lines:
    for line in lines:
        hashlib.md5(line.rstrip(b"\\n")).digest()
        keys += 1
print(json.dumps({"counts": [], "keysPerSecond": keys / (time.perf_counter() - started)}))
`;

export interface Timing {
    readonly counts: readonly number[];
    readonly keysPerSecond: number;
    readonly peakMb: number;
}

function python(program: string, file: string): Timing {
    const { stdout } = spawnSync("python3", ["-c", program, file, String(shards)], { encoding: "utf8" });
    return { ...(JSON.parse(stdout) as Timing), peakMb: 0 };
}

/** Prints the peak of the process that is measured, from inside: the operating system's count of its resident memory. */
const measured = `process.on("exit", () => require("fs").writeSync(3, String(process.resourceUsage().maxRSS)));`;

function analyze(file: string, keys: number): Timing {
    const argv = [
        "-e",
        `${measured} process.argv.splice(1, 0, "sharded-stream"); require(${JSON.stringify(path.join(root, "bin/cli/main.js"))});`,
    ];
    const started = performance.now();
    const run = spawnSync(process.execPath, [...argv, "keys", "analyze", file, "--shards", String(shards), "--json"], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore", "pipe"],
        maxBuffer: 1 << 28,
    });
    const seconds = (performance.now() - started) / 1_000;
    const { shardRecords } = JSON.parse(run.stdout) as { shardRecords: number[] };
    return { counts: shardRecords, keysPerSecond: keys / seconds, peakMb: Number(run.output[3]) / 1_024 };
}

function writeKeys(file: string, keys: number): void {
    const random = randomOf(7);
    const descriptor = openSync(file, "w");
    for (let written = 0; written < keys; written += 100_000) {
        const lines = Array.from({ length: 100_000 }, () => `user-${Math.floor(random() * 10_000_000)}\n`);
        writeSync(descriptor, lines.join(""));
    }
    closeSync(descriptor);
}

export interface Compared {
    readonly loop: Timing;
    readonly bare: Timing;
    readonly own: Timing;
}

/** One round after the other over the same file; then the memory for a file of five times its size. @throws where the counts differ */
export function compareSpeed(
    keys: number,
    rounds: number,
    tell: (round: Compared) => void,
): { readonly rounds: readonly Compared[]; readonly fiveTimes: Timing } {
    const folder = mkdtempSync(path.join(tmpdir(), "keys-speed-"));
    try {
        const file = path.join(folder, "keys.txt");
        writeKeys(file, keys);
        const compared = Array.from({ length: rounds }, () => {
            const round = { loop: python(loop, file), bare: python(bareLoop, file), own: analyze(file, keys) };
            if (JSON.stringify(round.own.counts) !== JSON.stringify(round.loop.counts))
                throw new Error("The counts differ.");
            tell(round);
            return round;
        });
        writeKeys(file, 5 * keys);
        return { rounds: compared, fiveTimes: analyze(file, 5 * keys) };
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

function main(keys: number): void {
    const line = (name: string, { keysPerSecond, peakMb }: Timing) =>
        console.log(
            `${name.padEnd(28)}${Math.round(keysPerSecond).toLocaleString("en-US").padStart(12)} keys/s${peakMb > 0 ? `   peak ${Math.round(peakMb)} MB` : ""}`,
        );
    const { rounds, fiveTimes } = compareSpeed(keys, roundsDefault, ({ loop: looped, bare, own }) => {
        line("hashlib, shard and count", looped);
        line("hashlib alone", bare);
        line("keys analyze, whole process", own);
    });
    const ratio = median(rounds.map(({ loop: looped, own }) => own.keysPerSecond / looped.keysPerSecond));
    console.log(`keys analyze / hashlib loop: median ${ratio.toFixed(2)} of ${rounds.length}`);
    line("keys analyze, 5 times the file", fiveTimes);
}

if (require.main === module) main(Number(process.argv[2] ?? 10_000_000));
