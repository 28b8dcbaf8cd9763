/**
 * A Node.js language host for a Pulumi CLI that brings none: the process that the engine starts to run programs, policy
 * packs and component plugins. It prints its port on stdout and serves pulumirpc.LanguageRuntime until it is ended.
 * Everything real happens in the SDK's own entry points, `@pulumi/pulumi/cmd/*`; this only starts them.
 */
import { type ChildProcess, spawn } from "node:child_process";
import * as path from "node:path";
import type * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import * as language from "@pulumi/pulumi/proto/language_pb";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { stopSignals } from "../programs/ending";
import { serve } from "./grpc";

// The SDK ends with this code once it has told the user what went wrong (cmd/run/index.ts).
const exitCodeAfterMessage = 32;

type Unary<Request, Response> = grpc.handleUnaryCall<Request, Response>;
type Streaming<Request, Response> = grpc.handleServerStreamingCall<Request, Response>;

const children = new Set<ChildProcess>();

/** What `cmd/run` needs to know. */
export interface ProgramRun {
    readonly monitorAddress: string;
    readonly engineAddress: string;
    readonly organization: string;
    readonly project: string;
    readonly stack: string;
    readonly rootDirectory: string;
    readonly workingDirectory: string;
    readonly entryPoint: string;
    readonly args: readonly string[];
    readonly dryRun: boolean;
    readonly parallel: number;
    readonly config: Readonly<Record<string, string>>;
    readonly secretConfigKeys: readonly string[];
    /** The options of `runtime` in Pulumi.yaml. */
    readonly options: Readonly<Record<string, unknown>>;
}

export function startProgram(run: ProgramRun, environment: NodeJS.ProcessEnv): ChildProcess {
    const args = [
        `--monitor=${run.monitorAddress}`,
        `--engine=${run.engineAddress}`,
        `--organization=${run.organization}`,
        `--project=${run.project}`,
        `--root-directory=${run.rootDirectory}`,
        `--stack=${run.stack}`,
        `--pwd=${run.workingDirectory}`,
        ...(run.dryRun ? ["--dry-run"] : []),
        `--parallel=${run.parallel}`,
        run.entryPoint,
        ...run.args,
    ];
    return start("run", run.workingDirectory, args, {
        ...environment,
        PULUMI_CONFIG: JSON.stringify(run.config),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(run.secretConfigKeys),
        PULUMI_NODEJS_TYPESCRIPT: String(run.options.typescript !== false),
        ...(typeof run.options.tsconfig === "string" ? { PULUMI_NODEJS_TSCONFIG_PATH: run.options.tsconfig } : {}),
    });
}

export function startPolicyPack(
    directory: string,
    args: readonly string[],
    environment: NodeJS.ProcessEnv,
): ChildProcess {
    return start("run-policy-pack", directory, [...args, directory], environment);
}

const run: Unary<language.RunRequest, language.RunResponse> = (call, callback) => {
    const request = call.request;
    const info = request.getInfo();
    const child = startProgram(
        {
            monitorAddress: request.getMonitorAddress(),
            engineAddress: process.argv.slice(2).find((argument) => !argument.startsWith("-")) ?? "",
            organization: request.getOrganization(),
            project: request.getProject(),
            stack: request.getStack(),
            rootDirectory: info?.getRootDirectory() ?? "",
            workingDirectory: request.getPwd(),
            entryPoint: info?.getEntryPoint() || ".",
            args: request.getArgsList(),
            dryRun: request.getDryrun(),
            parallel: request.getParallel(),
            config: Object.fromEntries(request.getConfigMap().toArray()),
            secretConfigKeys: request.getConfigsecretkeysList(),
            options: (info?.getOptions()?.toJavaScript() ?? {}) as Record<string, unknown>,
        },
        process.env,
    );
    child.stdout?.pipe(process.stdout, { end: false });
    child.stderr?.pipe(process.stderr, { end: false });
    ended(child, (error) => {
        const response = new language.RunResponse();
        response.setBail(child.exitCode === exitCodeAfterMessage);
        if (error !== undefined && child.exitCode !== exitCodeAfterMessage) response.setError(error);
        callback(null, response);
    });
};

const runPlugin: Streaming<language.RunPluginRequest, language.RunPluginResponse> = (call) => {
    const request = call.request;
    const directory = request.getInfo()?.getProgramDirectory() || request.getPwd();
    const given = request
        .getEnvList()
        .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)] as const);
    const environment = { ...process.env, ...Object.fromEntries(given) };
    const child =
        request.getKind() === "analyzer"
            ? startPolicyPack(directory, request.getArgsList(), environment)
            : start("run-plugin", request.getPwd(), [directory, ...request.getArgsList()], environment);
    const send = (fill: (response: language.RunPluginResponse) => void) => {
        const response = new language.RunPluginResponse();
        fill(response);
        call.write(response);
    };
    child.stdout?.on("data", (bytes: Buffer) => send((response) => response.setStdout(bytes)));
    child.stderr?.on("data", (bytes: Buffer) => send((response) => response.setStderr(bytes)));
    call.on("cancelled", () => child.kill());
    ended(child, (error) => {
        send((response) =>
            child.exitCode === null && error !== undefined
                ? response.setStderr(Buffer.from(`${error}\n`))
                : response.setExitcode(child.exitCode ?? 1),
        );
        call.end();
    });
};

const handlers = {
    handshake: answer(() => new language.LanguageHandshakeResponse()),
    // Plugins are found by the engine itself; an empty answer also keeps it from downloading any.
    getRequiredPackages: answer(() => new language.GetRequiredPackagesResponse()),
    getRequiredPlugins: answer(() => new language.GetRequiredPluginsResponse()),
    getPluginInfo: answer(() => new PluginInfo().setVersion("1.0.0")),
    about: answer(() => new language.AboutResponse().setExecutable(process.execPath).setVersion(process.version)),
    runtimeOptionsPrompts: answer(() => new language.RuntimeOptionsResponse()),
    getProgramDependencies: answer(() => new language.GetProgramDependenciesResponse()),
    installDependencies: ((call) => call.end()) as Streaming<unknown, unknown>,
    cancel: answer(() => {
        endChildren();
        return new Empty();
    }),
    run,
    runPlugin,
};

function answer<Response>(respond: () => Response): Unary<unknown, Response> {
    return (_call, callback) => callback(null, respond());
}

/**
 * What a program's process does before the SDK is loaded: it is run there as text, so it knows nothing of this file.
 *
 * - The SDK notes a stack, mapped to its sources, for every promise that it makes, and reads it only under PULUMI_DEBUG_PROMISE_LEAKS,
 *   which the sandbox takes out of the environment: a quarter of a preview's time.
 * - The SDK loads the TypeScript compiler and npm's tree of packages at its start, for functions that a program may serialise, and what traces
 *   its calls, for a run with --tracing: half of the time that it takes to start. They are loaded when they are used. It also turns on
 *   the debugger, to look into such functions; all that runs then is slower. It is turned on when it is first asked.
 * - Its source maps name `node_modules/@pulumi/resource.ts` where they mean `@pulumi/pulumi/resource.ts`. Node.js, when it prints
 *   an error in colour, looks for the slash behind a scoped package's name and, finding none, goes on until its memory is used up: a
 *   minute for each error of a program (lib/internal/util/inspect.js, markNodeModules; November 2026).
 * - A stack goes into the state with each resource, and this very text is the name of a file in it: 3 kB a frame.
 */
function prepareProgram(modules: {
    _load(request: string, parent?: { filename?: string }, isMain?: boolean): unknown;
}) {
    type Prepare = (error: Error, frames: readonly NodeJS.CallSite[]) => unknown;
    let prepare: unknown;
    const prepared =
        (given: Prepare): Prepare =>
        (error, frames) => {
            if (frames[0]?.getFunctionName() === "debuggablePromise") return String(error);
            const stack = given(
                error,
                frames.filter((frame) => !frame.getFileName()?.startsWith("data:")),
            );
            if (typeof stack !== "string") return stack;
            return stack.replace(/(node_modules[/\\]@pulumi)(?=[/\\][^/\\\s]+$)/gm, "$1/pulumi");
        };
    Object.defineProperty(Error, "prepareStackTrace", {
        configurable: true,
        get: () => prepare,
        set: (given: unknown) => (prepare = typeof given === "function" ? prepared(given as Prepare) : given),
    });

    const load = modules._load;
    modules._load = function (request, parent, isMain) {
        const [, by] = /@pulumi.pulumi.(runtime.closure|cmd.run.tracing)/.exec(parent?.filename ?? "") ?? [];
        if (by?.startsWith("runtime") === true && request === "inspector") return lateDebugger(load(request));
        const late = by?.startsWith("runtime")
            ? ["../../typescript-shim", "@npmcli/arborist"].includes(request)
            : by !== undefined && /^@opentelemetry.(exporter|instrumentation|resources|sdk)/.test(request);
        if (!late) return load(request, parent, isMain);
        let loaded: object | undefined;
        const get = (_target: object, name: string | symbol): unknown =>
            // What asks for this flag would copy every member of the module.
            name === "__esModule" || Reflect.get((loaded ??= load(request, parent, isMain) as object), name);
        return new Proxy({}, { get });
    };

    type Post = (method: string, ...rest: unknown[]) => void;
    function lateDebugger(inspector: unknown) {
        const { Session } = inspector as { Session: new () => { post: Post } };
        return {
            __esModule: true,
            Session: function () {
                const session = new Session();
                const post = session.post.bind(session);
                let isEnabled = false;
                session.post = (method, ...rest) => {
                    if (method === "Debugger.enable") return (rest.at(-1) as (error: null) => void)(null);
                    if (!isEnabled) post("Debugger.enable");
                    isEnabled = true;
                    post(method, ...rest);
                };
                return session;
            },
        };
    }
}

/** How Node.js is started for a program: see `prepareProgram`. */
export const preparing = `--import=data:text/javascript,${encodeURIComponent(
    `import modules from "node:module"; (${String(prepareProgram)})(modules);`,
)}`;

/** Starts `@pulumi/pulumi/cmd/NAME` of the program's own SDK, or of ours where the program has none. */
function start(name: string, directory: string, args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
    const entry = require.resolve(`@pulumi/pulumi/cmd/${name}`, { paths: [path.resolve(directory), __dirname] });
    const child = spawn(process.execPath, [preparing, entry, ...args], {
        cwd: directory,
        env,
        stdio: ["ignore", "pipe", "pipe"],
    });
    children.add(child);
    return child;
}

function ended(child: ChildProcess, tell: (error: string | undefined) => void): void {
    let told = false;
    const once = (error: string | undefined) => {
        children.delete(child);
        if (!told) {
            told = true;
            tell(error);
        }
    };
    child.on("error", (error) => once(`The program could not be started: ${error.message}`));
    child.on("close", (code, signal) =>
        once(code === 0 ? undefined : `The program ended with ${code === null ? `signal ${signal}` : `code ${code}`}.`),
    );
}

function endChildren(): void {
    children.forEach((child) => child.kill());
}

/** Prints the port and serves until the process is ended, or its engine is gone. */
export function serveLanguageHost(): void {
    serve([[LanguageRuntimeService, handlers]]).then(
        ({ port }) => process.stdout.write(`${port}\n`),
        (error: Error) => {
            process.stderr.write(`The language host cannot listen on the loopback: ${error.message}\n`);
            process.exit(1);
        },
    );
    for (const signal of stopSignals) process.on(signal, () => process.exit(0));

    process.on("exit", endChildren);
    // A killed engine cannot end its plugins; then another process has become the parent.
    const engineProcess = process.ppid;
    setInterval(() => process.ppid === engineProcess || process.exit(0), 1_000).unref();
}
