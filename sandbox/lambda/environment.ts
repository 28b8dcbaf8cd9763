/**
 * An execution environment: one child process with the function's code, which runs one invocation at a time and stays warm between them.
 */
import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

import { type Clock, type Timer } from "../clock";
import { type FromRuntime, type FunctionFailure, runtimeProgram, type ToRuntime } from "./runtime";

export interface EnvironmentOptions {
    readonly clock: Clock;
    readonly functionArn: string;
    /** The folder of the function's code. */
    readonly taskRoot: string;
    readonly memoryMiB: number;
    /** The whole environment of the process. */
    readonly variables: Readonly<Record<string, string>>;
    readonly timeoutSeconds: number;
    readonly onLog: (line: LogLine) => void;
}

export interface LogLine {
    readonly requestId: string;
    /** Undefined for what was written to the standard output as it is. */
    readonly level: string | undefined;
    readonly text: string;
    readonly timeMs: number;
}

export type Outcome =
    | { readonly payload: string; readonly durationMs: number }
    | { readonly failure: FunctionFailure; readonly durationMs: number };

/** What runs one invocation of a function at a time. */
export interface Environment {
    readonly busy: boolean;
    /** Cannot be used again. */
    broken: boolean;
    invoke(requestId: string, event: string): Promise<Outcome>;
    /** Resolves when nothing of it runs any more. */
    stop(): Promise<void>;
}

/** The machine may have an older Node than the runtime; the SDK's remarks on that are no logs of the function. */
const nodeFlags = ["--no-warnings"];

export class ExecutionEnvironment implements Environment {
    private readonly process: ChildProcess;
    /** Resolves when its process is gone, whoever ended it. */
    readonly exited: Promise<void>;
    private current: Invocation | undefined;
    /** Cannot be used again: its process is gone or about to go. */
    broken = false;

    constructor(private readonly options: EnvironmentOptions) {
        const program = path.join(options.taskRoot, "..", "runtime.js");
        if (!fs.existsSync(program)) {
            const { functionArn, clock } = options;
            fs.writeFileSync(
                program,
                runtimeProgram({ sdkFrom: __filename, workingSpeed: clock.heldSpeed, functionArn }),
            );
        }
        this.process = spawn(process.execPath, [...nodeFlags, `--max-old-space-size=${options.memoryMiB}`, program], {
            cwd: options.taskRoot,
            env: { ...options.variables },
            stdio: ["ignore", "pipe", "pipe", "ipc"],
            // Ctrl-C on a terminal reaches a whole group of processes: a function must not fail of it before the sandbox has ended.
            detached: true,
        });
        keep(this.process);
        // What Node itself prints, such as a fatal error.
        for (const stream of [this.process.stdout!, this.process.stderr!])
            stream.setEncoding("utf8").on("data", (text: string) => this.log(undefined, text.trimEnd()));

        this.process.on("message", (message: FromRuntime) => this.receive(message));
        this.process.on("error", () => this.process.emit("exit", null, "SIGKILL"));
        this.exited = new Promise((resolve) => {
            this.process.once("exit", (code, signal) => {
                this.broken = true;
                forget(this.process);
                this.current?.exited(code, signal);
                resolve();
            });
        });
    }

    get busy(): boolean {
        return this.current !== undefined;
    }

    async invoke(requestId: string, event: string): Promise<Outcome> {
        const { clock, timeoutSeconds } = this.options;
        const invocation = new Invocation(requestId, clock, timeoutSeconds, (message) => this.send(message));
        this.current = invocation;
        try {
            return await invocation.run(event);
        } finally {
            if (invocation.leavesBroken) void this.stop();
            this.current = undefined;
        }
    }

    /** Ends the process; resolves when it is gone. */
    async stop(): Promise<void> {
        this.broken = true;
        kill(this.process);
        await this.exited;
    }

    private send(message: ToRuntime): void {
        if (this.process.connected) this.process.send(message, () => undefined);
    }

    private receive(message: FromRuntime): void {
        if (message.type === "log") this.log(message.level, message.text, message.timeMs);
        else this.current?.receive(message);
    }

    private log(level: string | undefined, text: string, timeMs = this.options.clock.nowMs()): void {
        this.options.onLog({ requestId: this.current?.requestId ?? "", level, text, timeMs });
    }
}

/** Those that run. No signal that ends the sandbox's process reaches them: it takes them along, in whatever way it exits. */
const running = new Set<ChildProcess>();

function keep(child: ChildProcess): void {
    if (running.size === 0) process.on("exit", killAll);
    running.add(child);
}

function forget(child: ChildProcess): void {
    running.delete(child);
    if (running.size === 0) process.off("exit", killAll);
}

function killAll(): void {
    for (const child of running) kill(child);
}

/** With what its function has started: the process leads a group of its own. */
function kill(child: ChildProcess): void {
    const { pid, exitCode, signalCode } = child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    try {
        process.kill(-pid, "SIGKILL");
    } catch {
        // Windows has no such groups.
        child.kill("SIGKILL");
    }
}

/**
 * One run of the handler. It holds the clock while the function works and lets it go while the function only waits, so that the sandbox's
 * time passes for the wait and not for the work.
 */
class Invocation {
    /** The process is of no use any more. */
    leavesBroken = false;
    private readonly startMs: number;
    private readonly deadlineMs: number;
    private release: (() => void) | undefined;
    private workTimer: NodeJS.Timeout | undefined;
    private waitTimer: Timer | undefined;
    private settle!: (outcome: Outcome) => void;
    /** The clock at the last time that the function was told. */
    private toldMs: number;
    private toldRealMs = performance.now();

    constructor(
        readonly requestId: string,
        private readonly clock: Clock,
        private readonly timeoutSeconds: number,
        private readonly send: (message: ToRuntime) => void,
    ) {
        this.release = clock.hold();
        this.startMs = Math.floor(clock.nowMs());
        this.toldMs = this.startMs;
        this.deadlineMs = this.startMs + timeoutSeconds * 1_000;
    }

    run(event: string): Promise<Outcome> {
        return new Promise((resolve) => {
            this.settle = (outcome) => {
                this.settle = () => undefined;
                this.waitTimer?.cancel();
                clearTimeout(this.workTimer);
                this.release?.();
                this.release = undefined;
                resolve(outcome);
            };
            const { requestId: id, startMs: nowMs, deadlineMs } = this;
            this.send({ type: "invoke", id, event, nowMs, deadlineMs });
            this.works(nowMs);
        });
    }

    receive(message: Exclude<FromRuntime, { type: "log" }>): void {
        if (message.type === "result") this.settle({ payload: message.payload, durationMs: this.durationMs() });
        if (message.type === "failure") {
            if (message.broken) this.leavesBroken = true;
            this.settle({ failure: message.failure, durationMs: this.durationMs() });
        }
        if (message.type === "stalled") this.fail("Runtime.ExitError", "Runtime exited without providing a reason");
        if (message.type === "waiting") this.waits(message.untilMs);
    }

    exited(code: number | null, signal: NodeJS.Signals | null): void {
        const reason = signal ? `signal: ${signal}` : `exit status ${code}`;
        if (code === 0) this.fail("Runtime.ExitError", "Runtime exited without providing a reason");
        else this.fail("Runtime.ExitError", `Runtime exited with error: ${reason}`);
    }

    /** The function works: however the clock goes, it gets as much real time as its timeout leaves. */
    private works(nowMs: number): void {
        this.toldMs = nowMs;
        this.toldRealMs = performance.now();
        clearTimeout(this.workTimer);
        this.workTimer = setTimeout(() => this.timedOut(), Math.max(0, this.deadlineMs - nowMs));
    }

    private waits(untilMs: number): void {
        clearTimeout(this.workTimer);
        const timesOut = untilMs >= this.deadlineMs;
        this.waitTimer = this.clock.at(timesOut ? this.deadlineMs : untilMs, () => {
            if (timesOut) return this.timedOut();
            this.release = this.clock.hold();
            const nowMs = Math.max(Math.ceil(this.clock.nowMs()), untilMs);
            this.send({ type: "wake", nowMs });
            this.works(nowMs);
        });
        // Only now may the clock go on: the moment to wake at is registered.
        this.release?.();
        this.release = undefined;
    }

    private timedOut(): void {
        this.fail(
            "Sandbox.Timedout",
            `Task timed out after ${this.timeoutSeconds.toFixed(2)} seconds`,
            this.timeoutSeconds * 1_000,
        );
    }

    private fail(errorType: string, message: string, durationMs = this.durationMs()): void {
        this.leavesBroken = true;
        this.settle({
            failure: { errorType, errorMessage: `RequestId: ${this.requestId} Error: ${message}` },
            durationMs,
        });
    }

    /** In the function's own time. */
    private durationMs(): number {
        const worked = (performance.now() - this.toldRealMs) * this.clock.heldSpeed;
        return this.toldMs - this.startMs + (this.release ? worked : 0);
    }
}
