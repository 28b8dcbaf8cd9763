/**
 * The Lambda runtime of the sandbox: runs in a child process of its own, beside the function's code and nothing else.
 *
 * It lives on the invocation's virtual time. Date and timers are the sandbox's: while the function works, time passes as it really does
 * (or stands still, on a clock that a test moves); when nothing is left but to wait for a timer, the parent is told, lets the sandbox's clock
 * go on, and wakes the function at the moment it waits for. So a wait of minutes takes no real minutes, and no invocation sees time jump while it works.
 *
 * `lambdaRuntime` is sent to the child as text: it must not use anything from outside its own body.
 */

/** What the parent tells the child when it starts. */
export interface RuntimeConfig {
    /** The folder of the function's code. */
    readonly taskRoot: string;
    /** `index.handler` */
    readonly handler: string;
    /** A file of the project from which `@aws-sdk/*` resolves, as it does in Lambda. */
    readonly sdkFrom: string;
    /** How fast time passes while the function works: as in reality, or not at all. */
    readonly workingSpeed: 0 | 1;
    readonly functionName: string;
    readonly functionArn: string;
    readonly memoryMiB: number;
    readonly logGroup: string;
    readonly logStream: string;
}

export type ToRuntime =
    | {
          readonly type: "invoke";
          readonly id: string;
          readonly event: string;
          readonly nowMs: number;
          readonly deadlineMs: number;
      }
    | { readonly type: "wake"; readonly nowMs: number };

export interface FunctionFailure {
    readonly errorType: string;
    readonly errorMessage: string;
    readonly trace?: readonly string[];
}

export type FromRuntime =
    | { readonly type: "result"; readonly id: string; readonly payload: string }
    | { readonly type: "failure"; readonly id: string; readonly failure: FunctionFailure; readonly broken: boolean }
    /** Nothing is left to do before this time. */
    | { readonly type: "waiting"; readonly untilMs: number }
    /** Nothing is left to do at all, and there is no result. */
    | { readonly type: "stalled"; readonly id: string }
    | { readonly type: "log"; readonly level: string | undefined; readonly text: string; readonly timeMs: number };

export function runtimeProgram(config: RuntimeConfig): string {
    return `"use strict";\n(${lambdaRuntime.toString()})(${JSON.stringify(config)});\n`;
}

function lambdaRuntime(config: RuntimeConfig): void {
    /* eslint-disable @typescript-eslint/no-require-imports -- this text runs in the child, outside any module of the project */
    const Module = require("node:module") as {
        _resolveFilename(request: string, parent: { filename?: string } | undefined, ...rest: unknown[]): string;
        createRequire(file: string): NodeJS.Require;
        isBuiltin(name: string): boolean;
    };
    const path = require("node:path") as typeof import("node:path");
    const fs = require("node:fs") as typeof import("node:fs");
    const util = require("node:util") as typeof import("node:util");
    const url = require("node:url") as typeof import("node:url");
    const timersModule = require("node:timers") as Record<string, unknown>;
    const timersPromises = require("node:timers/promises") as Record<string, unknown>;
    const realSetTimeout = setTimeout;
    const realClearTimeout = clearTimeout;
    const realSetInterval = setInterval;
    const realClearInterval = clearInterval;
    const send = process.send!.bind(process) as (message: FromRuntime) => void;

    // ---- time ----
    let baseMs = 0;
    let baseRealMs = performance.now();
    const now = (): number => Math.floor(baseMs + config.workingSpeed * (performance.now() - baseRealMs));
    const setNow = (nowMs: number): void => {
        baseMs = nowMs;
        baseRealMs = performance.now();
    };
    const RealDate = Date;
    globalThis.Date = new Proxy(RealDate, {
        construct: (target, args, newTarget) =>
            Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as object,
        apply: () => new RealDate(now()).toString(),
        get: (target, name, receiver) => (name === "now" ? now : (Reflect.get(target, name, receiver) as unknown)),
    });

    // ---- timers: each has its due time; a real timer stands behind it while the function works ----
    type Callback = (...args: unknown[]) => void;
    let nextId = 1;
    let frozen = true;
    const timers = new Map<number, VirtualTimer>();
    class VirtualTimer {
        readonly id = nextId++;
        dueMs = 0;
        real: NodeJS.Timeout | undefined;
        referenced = true;
        constructor(
            readonly callback: Callback,
            readonly delayMs: number,
            readonly args: unknown[],
            readonly repeats: boolean,
        ) {
            this.refresh();
        }
        refresh(): this {
            this.dueMs = now() + this.delayMs;
            timers.set(this.id, this);
            this.arm();
            return this;
        }
        arm(): void {
            realClearTimeout(this.real);
            if (frozen) return;
            this.real = realSetTimeout(() => this.fire(), Math.max(0, this.dueMs - now()));
            if (!this.referenced) this.real.unref();
        }
        fire(): void {
            // Where time stands still while the function works, the timer itself moves it.
            if (now() < this.dueMs) setNow(this.dueMs);
            if (this.repeats) {
                this.dueMs = now() + Math.max(1, this.delayMs);
                this.arm();
            } else {
                timers.delete(this.id);
            }
            this.callback(...this.args);
        }
        ref(): this {
            this.referenced = true;
            this.real?.ref();
            return this;
        }
        unref(): this {
            this.referenced = false;
            this.real?.unref();
            return this;
        }
        hasRef(): boolean {
            return this.referenced;
        }
        close(): this {
            timers.delete(this.id);
            realClearTimeout(this.real);
            return this;
        }
        [Symbol.toPrimitive](): number {
            return this.id;
        }
    }
    const delayOf = (delay: unknown): number => {
        const ms = Number(delay);
        return ms >= 1 && ms <= 2 ** 31 - 1 ? Math.trunc(ms) : 1;
    };
    const virtualSetTimeout = (callback: Callback, delay?: number, ...args: unknown[]): VirtualTimer =>
        new VirtualTimer(callback, delayOf(delay), args, false);
    const virtualSetInterval = (callback: Callback, delay?: number, ...args: unknown[]): VirtualTimer =>
        new VirtualTimer(callback, delayOf(delay), args, true);
    const virtualClear = (timer: unknown): void => {
        const id = timer instanceof VirtualTimer ? timer.id : Number(timer as number);
        if (timers.has(id)) timers.get(id)!.close();
        // A timer that Node itself made.
        else if (typeof timer === "object" && timer !== null) realClearTimeout(timer as NodeJS.Timeout);
    };
    const sleep = (delay?: number, value?: unknown, options?: { signal?: AbortSignal }): Promise<unknown> =>
        new Promise((resolve, reject) => {
            const signal = options?.signal;
            if (signal?.aborted) {
                reject(signal.reason as Error);
                return;
            }
            const timer = virtualSetTimeout(() => resolve(value), delay);
            signal?.addEventListener("abort", () => {
                timer.close();
                reject(signal.reason as Error);
            });
        });
    Object.defineProperty(virtualSetTimeout, util.promisify.custom, { value: sleep });
    const replaced = {
        setTimeout: virtualSetTimeout,
        setInterval: virtualSetInterval,
        clearTimeout: virtualClear,
        clearInterval: virtualClear,
    };
    Object.assign(globalThis, replaced);
    Object.assign(timersModule, replaced);
    timersPromises.setTimeout = sleep;

    // ---- is there anything left to do but to wait? ----
    const atWork = (): boolean => {
        const info = process as unknown as { getActiveResourcesInfo(): string[] };
        // Timers are what is waited for, and the pipe is the channel to the parent; a socket in use, a file or a child process is work.
        return info.getActiveResourcesInfo().some((type) => type !== "Timeout" && type !== "PipeWrap");
    };
    let waiting = false;
    let current: { id: string; deadlineMs: number } | undefined;
    let watcher: NodeJS.Timeout | undefined;
    let idleTicks = 0;
    /** Looked at every other millisecond: idle twice in a row is idle. Nothing at all to wait for must stay so for longer. */
    const watch = (): void => {
        if (!current || waiting) return;
        if (atWork()) {
            idleTicks = 0;
            return;
        }
        idleTicks++;
        const dueMs = [...timers.values()].reduce((least, timer) => Math.min(least, timer.dueMs), Infinity);
        if (dueMs < Infinity && idleTicks >= 2) {
            // What is due within a moment needs no help.
            if (config.workingSpeed === 1 && dueMs - now() <= 5) return;
            waiting = true;
            freeze();
            send({ type: "waiting", untilMs: dueMs });
        } else if (idleTicks >= 50) {
            const { id } = current;
            current = undefined;
            send({ type: "stalled", id });
        }
    };
    const freeze = (): void => {
        frozen = true;
        for (const timer of timers.values()) realClearTimeout(timer.real);
    };
    const thaw = (nowMs: number): void => {
        setNow(nowMs);
        frozen = false;
        waiting = false;
        idleTicks = 0;
        for (const timer of [...timers.values()].sort((left, right) => left.dueMs - right.dueMs)) timer.arm();
    };

    // ---- what the function prints ----
    const log = (level: string | undefined, text: string): void => send({ type: "log", level, text, timeMs: now() });
    const levels = { log: "INFO", info: "INFO", debug: "DEBUG", warn: "WARN", error: "ERROR", trace: "TRACE" } as const;
    for (const [method, level] of Object.entries(levels))
        console[method as keyof typeof levels] = (...args: unknown[]) => log(level, util.format(...args));

    for (const stream of [process.stdout, process.stderr]) {
        let rest = "";
        stream.write = ((chunk: string | Uint8Array, encoding?: unknown, done?: unknown): boolean => {
            const lines = (rest + (typeof chunk === "string" ? chunk : Buffer.from(chunk).toString())).split("\n");
            rest = lines.pop()!;
            for (const line of lines) log(undefined, line);
            const callback = typeof encoding === "function" ? encoding : done;
            if (typeof callback === "function") process.nextTick(callback as () => void);
            return true;
        }) as typeof stream.write;
    }

    // ---- modules: the function's own files, Node's, and the AWS SDK; nothing of the machine that it runs on ----
    const resolve = Module._resolveFilename.bind(Module);
    const inTask = (file: string): boolean => file.startsWith(config.taskRoot + path.sep);
    Module._resolveFilename = (request, parent, ...rest) => {
        const from = parent?.filename;
        // The SDK finds its own dependencies.
        if (Module.isBuiltin(request) || (from !== undefined && !inTask(from)))
            return resolve(request, parent, ...rest);
        let found: string | undefined;
        try {
            found = fs.realpathSync(resolve(request, parent, ...rest));
        } catch (error) {
            if (!/^@(aws-sdk|smithy)\//.test(request)) throw error;
        }
        if (found !== undefined && inTask(found)) return found;
        if (/^@(aws-sdk|smithy)\//.test(request)) return Module.createRequire(config.sdkFrom).resolve(request);
        const error = new Error(`Cannot find module '${request}'\nRequire stack:\n- ${from ?? config.taskRoot}`);
        throw Object.assign(error, { code: "MODULE_NOT_FOUND", requireStack: [from] });
    };

    const failureOf = (error: unknown, errorType?: string): FunctionFailure => {
        if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
        const message = errorType ? `${error.name}: ${error.message}` : error.message;
        return { errorType: errorType ?? error.name, errorMessage: message, trace: (error.stack ?? "").split("\n") };
    };

    type Handler = (event: unknown, context: unknown, callback: (error: unknown, value?: unknown) => void) => unknown;
    let handler: Handler | undefined;
    const load = async (): Promise<Handler> => {
        const [, module = "", name = ""] = /^(.*)\.([^.]+)$/.exec(config.handler) ?? [];
        const base = path.join(config.taskRoot, module);
        const file = ["", ".js", ".cjs", ".mjs"].map((end) => base + end).find((each) => fs.existsSync(each));
        if (!file)
            throw Object.assign(new Error(`Cannot find module '${path.basename(base)}'`), { code: "MODULE_NOT_FOUND" });
        const loaded = (
            file.endsWith(".mjs") ? await import(url.pathToFileURL(file).href) : Module.createRequire(file)(file)
        ) as Record<string, unknown> & { default?: Record<string, unknown> };
        const exported = loaded[name] ?? loaded.default?.[name];
        if (typeof exported !== "function") {
            throw Object.assign(new Error(`${config.handler} is undefined or not exported`), {
                code: "HANDLER_NOT_FOUND",
            });
        }
        return exported as Handler;
    };

    const invoke = async (id: string, event: string, deadlineMs: number): Promise<void> => {
        if (!handler) {
            try {
                handler = await load();
            } catch (error) {
                const types: Record<string, string> = {
                    MODULE_NOT_FOUND: "Runtime.ImportModuleError",
                    ERR_MODULE_NOT_FOUND: "Runtime.ImportModuleError",
                    HANDLER_NOT_FOUND: "Runtime.HandlerNotFound",
                };
                const type =
                    types[(error as { code?: string }).code ?? ""] ??
                    (error instanceof SyntaxError ? "Runtime.UserCodeSyntaxError" : undefined);
                end({ type: "failure", id, failure: failureOf(error, type), broken: true });
                return;
            }
        }
        const context = {
            callbackWaitsForEmptyEventLoop: true,
            functionName: config.functionName,
            functionVersion: "$LATEST",
            invokedFunctionArn: config.functionArn,
            memoryLimitInMB: String(config.memoryMiB),
            awsRequestId: id,
            logGroupName: config.logGroup,
            logStreamName: config.logStream,
            getRemainingTimeInMillis: () => Math.max(0, deadlineMs - now()),
        };
        try {
            const result = await new Promise((done, failed) => {
                const callback = (error: unknown, value?: unknown): void => {
                    if (error) failed(error as Error);
                    else done(value);
                };
                const returned = handler!(JSON.parse(event), context, callback);
                if (typeof (returned as Promise<unknown> | undefined)?.then === "function") done(returned);
                // A handler of fewer than three parameters that returns no promise has no way to answer later.
                else if (handler!.length < 3) done(returned);
            });
            end({ type: "result", id, payload: JSON.stringify(result) ?? "null" });
        } catch (error) {
            end({ type: "failure", id, failure: failureOf(error), broken: false });
        }
    };
    const end = (message: FromRuntime & { id: string }): void => {
        if (current?.id !== message.id) return;
        current = undefined;
        freeze();
        realClearInterval(watcher);
        send(message);
    };

    for (const event of ["uncaughtException", "unhandledRejection"] as const) {
        process.on(event, (error: unknown) => {
            const type = event === "unhandledRejection" ? "Runtime.UnhandledPromiseRejection" : undefined;
            const id = current?.id;
            if (id !== undefined) end({ type: "failure", id, failure: failureOf(error, type), broken: true });
            else log("ERROR", util.format(error));
        });
    }
    process.on("disconnect", () => process.exit(0));
    process.on("message", (message: ToRuntime) => {
        if (message.type === "invoke") {
            current = { id: message.id, deadlineMs: message.deadlineMs };
            thaw(message.nowMs);
            realClearInterval(watcher);
            watcher = realSetInterval(watch, 2);
            void invoke(message.id, message.event, message.deadlineMs);
        } else {
            thaw(message.nowMs);
        }
    });
}
