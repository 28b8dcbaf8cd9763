/**
 * The Lambda runtime of the sandbox: runs in a child process of its own, beside the function's code and nothing else.
 *
 * It lives on the invocation's virtual time: while the function works, time passes; when nothing is left but to wait for a timer, the parent
 * is told, lets the sandbox's clock go on, and wakes the function at the moment it waits for. So a wait of minutes takes no real minutes, and
 * no invocation sees time jump while it works.
 *
 * `lambdaRuntime` and its parts are sent to the child as text: none may use anything from outside its own body and parameters.
 */
/* eslint-disable @typescript-eslint/no-require-imports -- the text runs in the child, outside any module of the project */
import { virtualTime } from "./virtualTime";

/** What the parent tells every child that runs the same code; the rest is in the variables that Lambda sets. */
export interface RuntimeConfig {
    /** A file of the project from which `@aws-sdk/*` resolves, as it does in Lambda. */
    readonly sdkFrom: string;
    /** How fast time passes while the function works: as in reality, or not at all. */
    readonly workingSpeed: 0 | 1;
    readonly functionArn: string;
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

/** What `lambdaRuntime` is made of. */
const parts = { virtualTime, capturePrints, handlerLoader, failureOf };

export function runtimeProgram(config: RuntimeConfig): string {
    const texts = Object.entries(parts).map(([name, part]) => `${name}: ${part.toString()}`);
    return `"use strict";\n(${lambdaRuntime.toString()})(${JSON.stringify(config)}, {\n${texts.join(",\n")}\n});\n`;
}

type Handler = (event: unknown, context: unknown, callback: (error: unknown, value?: unknown) => void) => unknown;

function lambdaRuntime(
    config: RuntimeConfig,
    { virtualTime, capturePrints, handlerLoader, failureOf }: typeof parts,
): void {
    const util = require("node:util") as typeof import("node:util");
    const realSetInterval = setInterval;
    const realClearInterval = clearInterval;
    const send = process.send!.bind(process) as (message: FromRuntime) => void;
    const { now, freeze, thaw, nextDueMs } = virtualTime(config.workingSpeed);
    const log = (level: string | undefined, text: string): void => send({ type: "log", level, text, timeMs: now() });
    capturePrints(log);
    const load = handlerLoader(config.sdkFrom);

    let waiting = false;
    let current: { id: string; deadlineMs: number } | undefined;
    let watcher: NodeJS.Timeout | undefined;
    let idleTicks = 0;
    const atWork = (): boolean => {
        const info = process as unknown as { getActiveResourcesInfo(): string[] };
        // Timers are what is waited for, and the pipe is the channel to the parent; a socket in use, a file or a child process is work.
        return info.getActiveResourcesInfo().some((type) => type !== "Timeout" && type !== "PipeWrap");
    };
    /** Looked at every other millisecond: idle twice in a row is idle. Nothing at all to wait for must stay so for longer. */
    const watch = (): void => {
        if (!current || waiting) return;
        if (atWork()) {
            idleTicks = 0;
            return;
        }
        idleTicks++;
        const dueMs = nextDueMs();
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
    const goOn = (nowMs: number): void => {
        waiting = false;
        idleTicks = 0;
        thaw(nowMs);
    };

    let handler: Handler | undefined;
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
            functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
            functionVersion: "$LATEST",
            invokedFunctionArn: config.functionArn,
            memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
            awsRequestId: id,
            logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
            logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
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
            goOn(message.nowMs);
            realClearInterval(watcher);
            watcher = realSetInterval(watch, 2);
            void invoke(message.id, message.event, message.deadlineMs);
        } else {
            goOn(message.nowMs);
        }
    });
}

/** Sends what the function prints as log lines. */
function capturePrints(log: (level: string | undefined, text: string) => void): void {
    const util = require("node:util") as typeof import("node:util");
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
}

/**
 * Loads the handler. The function finds its own files, Node's modules and the AWS SDK; nothing of the machine that it runs on.
 */
function handlerLoader(sdkFrom: string): () => Promise<Handler> {
    const Module = require("node:module") as {
        _resolveFilename(request: string, parent: { filename?: string } | undefined, ...rest: unknown[]): string;
        createRequire(file: string): NodeJS.Require;
        isBuiltin(name: string): boolean;
    };
    const path = require("node:path") as typeof import("node:path");
    const fs = require("node:fs") as typeof import("node:fs");
    const url = require("node:url") as typeof import("node:url");
    const { LAMBDA_TASK_ROOT: taskRoot = "", _HANDLER: handler = "" } = process.env;
    const resolve = Module._resolveFilename.bind(Module);
    const inTask = (file: string): boolean => file.startsWith(taskRoot + path.sep);
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
        if (/^@(aws-sdk|smithy)\//.test(request)) return Module.createRequire(sdkFrom).resolve(request);
        const error = new Error(`Cannot find module '${request}'\nRequire stack:\n- ${from ?? taskRoot}`);
        throw Object.assign(error, { code: "MODULE_NOT_FOUND", requireStack: [from] });
    };

    return async () => {
        const [, module = "", name = ""] = /^(.*)\.([^.]+)$/.exec(handler) ?? [];
        const base = path.join(taskRoot, module);
        const file = ["", ".js", ".cjs", ".mjs"].map((end) => base + end).find((each) => fs.existsSync(each));
        if (!file)
            throw Object.assign(new Error(`Cannot find module '${path.basename(base)}'`), { code: "MODULE_NOT_FOUND" });
        const loaded = (
            file.endsWith(".mjs") ? await import(url.pathToFileURL(file).href) : Module.createRequire(file)(file)
        ) as Record<string, unknown> & { default?: Record<string, unknown> };
        const exported = loaded[name] ?? loaded.default?.[name];
        if (typeof exported !== "function") {
            throw Object.assign(new Error(`${handler} is undefined or not exported`), {
                code: "HANDLER_NOT_FOUND",
            });
        }
        return exported as Handler;
    };
}

function failureOf(error: unknown, errorType?: string): FunctionFailure {
    if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
    const message = errorType ? `${error.name}: ${error.message}` : error.message;
    return { errorType: errorType ?? error.name, errorMessage: message, trace: (error.stack ?? "").split("\n") };
}
