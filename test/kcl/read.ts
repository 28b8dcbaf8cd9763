/**
 * One application of KCL 3 over a sandbox of its own: a stream, a role, workers, three reshards while records are written, and what came of it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import * as path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

import { startSandbox } from "../../sandbox/index";
import { Books } from "./books";
import { applicationName, type Call, type Mode, streamName, type Watched, watchRole } from "./watch";
import { openStream, shardsAtFirst } from "./write";

export interface Options {
    readonly classpath: string;
    readonly records: number;
    /** Java processes of the application. */
    readonly workers: number;
    /** Whether to wait until the library has dropped the lease of a shard that was closed. */
    readonly untilCleanedUp: boolean;
}

export interface Reading {
    readonly mode: Mode;
    readonly sentence: string;
    readonly calls: readonly Call[];
    readonly faults: readonly string[];
}

/** The library begins after one to two minutes, and drops a lease five minutes after its shard has ended. */
const patienceMs = 12 * 60_000;

export async function read(mode: Mode, options: Options): Promise<Reading> {
    // Reshards that take a moment, so that records are written in the middle of each.
    const durations = { createSeconds: 1, deleteSeconds: 1, splitOrMergeSeconds: 5, changeSeconds: 1 };
    const sandbox = await startSandbox({ durations: { ...durations, updateSeconds: () => 10 } });
    const watched = watchRole(sandbox, mode);
    const books = new Books(options.records);
    const writer = await openStream(sandbox);
    const { classpath } = options;
    const env = { ...sandbox.env, ...watched.env };
    const workers: Worker[] = [];
    const startWorker = (): void => {
        const name = `${mode}-${workers.length + 1}`;
        workers.push(new Worker({ name, mode, classpath, env, heard: (line) => books.enter(name, line) }));
    };
    try {
        const faults: string[] = [];
        const startedMs = Date.now();
        const trouble = (what: string): string | undefined => {
            const gone = workers.find((worker) => worker.hasEnded);
            if (gone) return `${gone.name} ended by itself; see ${gone.log}.`;
            return Date.now() > startedMs + patienceMs
                ? `${what} took more than ${patienceMs / 60_000} minutes.`
                : undefined;
        };
        const goOn = async (what: string, isDone: () => boolean): Promise<boolean> => {
            for (;;) {
                if (isDone()) return true;
                const fault = trouble(what);
                if (fault !== undefined) {
                    faults.push(fault);
                    return false;
                }
                await sleep(200);
            }
        };
        // The first worker of a new application alone: of two at once, 3.5.1 lets one fail as it writes down its version.
        startWorker();
        if (await goOn("To begin with every shard", () => books.begun.size >= shardsAtFirst)) {
            while (workers.length < options.workers) startWorker();
            await writer.write(options.records);
            const isRead = await goOn("To read every record", () => books.isComplete);
            if (isRead && options.untilCleanedUp) await goOn("To drop a lease", () => hasDroppedLease(watched));
        }
        await Promise.all(workers.map((worker) => worker.stop()));
        const seconds = Math.round((Date.now() - startedMs) / 1_000);
        const sentence = `${books.sentence}, over 3 reshards, in ${seconds} s; ${watched.count()} calls, ${watched.refused.length} refused.`;
        return { mode, sentence, calls: watched.kinds(), faults: [...faults, ...books.faults(), ...watched.refused] };
    } finally {
        for (const worker of workers) worker.kill();
        writer.close();
        await sandbox.stop();
    }
}

function hasDroppedLease(watched: Watched): boolean {
    return watched
        .kinds()
        .some(({ action, resource }) => action === "dynamodb:DeleteItem" && resource.endsWith(`/${applicationName}`));
}

interface WorkerArgs {
    readonly name: string;
    readonly mode: Mode;
    readonly classpath: string;
    readonly env: Readonly<Record<string, string>>;
    readonly heard: (line: string) => void;
}

/** A Java process; what the library says goes to a file of its own. */
class Worker {
    readonly name: string;
    readonly log: string;
    readonly #process: ChildProcess;

    constructor({ name, mode, classpath, env, heard }: WorkerArgs) {
        this.name = name;
        this.log = path.join(__dirname, "target", `${name}.log`);
        const flags = ["-Xmx256m", "-XX:+UseSerialGC", "-Dorg.slf4j.simpleLogger.showDateTime=true"];
        this.#process = spawn("java", [...flags, "-cp", classpath, "KclReader", applicationName, streamName, mode], {
            env: { PATH: process.env.PATH, ...env },
            stdio: ["pipe", "pipe", openSync(this.log, "w")],
        });
        createInterface({ input: this.#process.stdout! }).on("line", heard);
    }

    get hasEnded(): boolean {
        return this.#process.exitCode !== null || this.#process.signalCode !== null;
    }

    /** Its input ends; it hands its leases back, or is ended after a while. */
    async stop(): Promise<void> {
        if (this.hasEnded) return;
        const ended = once(this.#process, "exit");
        this.#process.stdin!.end();
        await Promise.race([ended, sleep(30_000, undefined, { ref: false })]);
        this.kill();
    }

    kill(): void {
        if (!this.hasEnded) this.#process.kill("SIGKILL");
    }
}
