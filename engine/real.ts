/**
 * The real Pulumi CLI on a file backend in a temporary folder, with the stand-in providers attached.
 */
import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { serveProviders, type ServedProviders } from "./providers/server";
import { type UnknownTypes } from "./providers/unknown";
import {
    type CommandResult,
    configText,
    type Engine,
    type Operation,
    type OperationResult,
    policyPackOf,
    type Target,
} from "./engine";
import { pathFolders, scrubbedEnvironment } from "./environment";
import { readEvents } from "./events";
import { type FoundCli } from "./places";
import { isRunning, removeFolder, temporaryFolder } from "./folders";
import { bringsLanguageHost, languageHostModule, writeLanguageHostScript } from "./languageHostScript";
import { readProject, stackFile } from "./project";
import { hasOwnKey, openVault, type Vault } from "./vault";

export async function openRealEngine(found: FoundCli, target: Target, unknown?: UnknownTypes): Promise<Engine> {
    const folder = temporaryFolder();
    const providers = await serveProviders(target, unknown);
    const vault = await openVault();
    forbidLogs(path.join(folder, "home"));
    const running = new Set<ChildProcess>();
    const session: Session = {
        found,
        folder,
        running,
        providers,
        vault,
        environment: {
            ...target.env,
            ...vault.environment,
            ...languageHostEnvironment(found, folder),
            PULUMI_BACKEND_URL: `file://${folder}`,
            PULUMI_CONFIG_PASSPHRASE: "sandbox", // For what a caller runs without our configuration
            PULUMI_DEBUG_COMMANDS: "true", // --event-log is one of them
            PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
            PULUMI_HOME: path.join(folder, "home"),
            // Types are checked before a program is run here; checking them again takes seconds.
            PULUMI_NODEJS_TRANSPILE_ONLY: "true",
            // Written once at the end: after each step, the state of a large stack costs more than the deployment.
            PULUMI_SKIP_CHECKPOINTS: "true",
            PULUMI_SKIP_UPDATE_CHECK: "true",
        },
    };
    const removeAtExit = () => {
        running.forEach((child) => child.kill("SIGKILL"));
        removeFolder(folder);
    };
    process.on("exit", removeAtExit);
    return {
        kind: "real",
        version: found.version,
        banner: `Pulumi ${found.version} (${found.source})`,
        found,
        preview: (operation) => run(session, "preview", [], operation),
        up: (operation) => run(session, "up", ["--yes", "--skip-preview"], operation),
        destroy: (operation) => run(session, "destroy", ["--yes", "--skip-preview"], operation),
        command: (args, cwd) => execute(session, args, { projectDir: cwd }),
        close: async () => {
            await Promise.all([...running].map(end));
            providers.stop();
            vault.stop();
            process.off("exit", removeAtExit);
            removeFolder(folder);
        },
    };
}

interface Session {
    readonly found: FoundCli;
    readonly folder: string;
    readonly running: Set<ChildProcess>;
    readonly providers: ServedProviders;
    readonly vault: Vault;
    readonly environment: Record<string, string>;
}

/** The CLI logs each operation, compressed and encrypted, for which it needs a fifth of its time; a file in place of the folder keeps it from that. */
function forbidLogs(home: string): void {
    fs.mkdirSync(home);
    fs.writeFileSync(path.join(home, "logs"), "");
}

function languageHostEnvironment(found: FoundCli, folder: string): Record<string, string> {
    const SHARDED_STREAM_LANGUAGE_HOST = languageHostModule(folder);
    const beside = path.dirname(fs.realpathSync(found.executable));
    if (found.source === "from the cache" && !bringsLanguageHost(beside)) writeLanguageHostScript(beside);
    const searched = pathFolders(process.env);
    if ([beside, ...searched].some((place) => bringsLanguageHost(place))) return { SHARDED_STREAM_LANGUAGE_HOST };
    const host = path.join(folder, "bin");
    writeLanguageHostScript(host);
    return { SHARDED_STREAM_LANGUAGE_HOST, PATH: [host, ...searched].join(path.delimiter) };
}

async function run(
    session: Session,
    command: "preview" | "up" | "destroy",
    flags: readonly string[],
    operation: Operation,
): Promise<OperationResult> {
    const startedAt = Date.now();
    const result = await runOnce(session, command, flags, operation);
    // The engine says it of one package at a time.
    const [, missing] = /no resource plugin '(?:pulumi-resource-)?([\w-]+)/.exec(result.stdout + result.stderr) ?? [];
    const isRetried = missing !== undefined && (await session.providers.add(missing));
    const last = isRetried ? await run(session, command, flags, operation) : result;
    const whole = isRetried && command !== "preview" ? withEarlier(last, result) : last;
    return { ...whole, milliseconds: Date.now() - startedAt };
}

type Outcome = Omit<OperationResult, "milliseconds">;

/** What a try has done before it failed is the same to the next. */
export function withEarlier(last: Outcome, earlier: Outcome): Outcome {
    const { same: _, ...done } = earlier.changes;
    const names = [...new Set([...Object.keys(done), ...Object.keys(last.changes)])];
    const again = new Map(earlier.steps.map(({ urn, op }) => [urn, op]));
    return {
        ...last,
        changes: Object.fromEntries(names.map((name) => [name, (done[name] ?? 0) + (last.changes[name] ?? 0)])),
        steps: last.steps.map((step) => (step.op === "same" ? { ...step, op: again.get(step.urn) ?? step.op } : step)),
    };
}

async function runOnce(
    session: Session,
    command: "preview" | "up" | "destroy",
    flags: readonly string[],
    operation: Operation,
): Promise<Outcome> {
    const stack = operation.stack ?? "dev";
    const project = readProject(operation.projectDir).name;
    const eventLog = path.join(session.folder, "events.ndjson");
    fs.rmSync(eventLog, { force: true });
    createStack(session, project, stack);
    const args = [
        command,
        ...flags,
        `--stack=${stack}`,
        `--config-file=${configFile(session, operation, project, stack)}`,
        `--event-log=${eventLog}`,
        `--color=${operation.color === true ? "always" : "never"}`,
        "--non-interactive",
        "--suppress-progress",
        ...(operation.refresh === true ? ["--refresh"] : []),
        ...(operation.languageHost === undefined
            ? []
            : [`--client=${operation.languageHost}`, "--exec-kind=auto.inline"]),
        // What a destroy does was decided when the resources were registered.
        ...(command === "destroy" ? [] : [...configFlags(operation), ...policyPackFlags(session, operation)]),
    ];
    const ended = await execute(session, args, operation);
    const text = fs.existsSync(eventLog) ? fs.readFileSync(eventLog, "utf8") : "";
    return { ...ended, ...readEvents(text, command) };
}

/** Saves a run of the CLI: an empty stack of the file backend is this file. */
function createStack(session: Session, project: string, stack: string): void {
    const file = path.join(session.folder, ".pulumi", "stacks", project, `${stack}.json`);
    if (!fs.existsSync(file)) {
        fs.mkdirSync(path.dirname(file), { recursive: true });
        fs.writeFileSync(path.join(session.folder, ".pulumi", "meta.yaml"), "version: 1\n");
        const checkpoint = { stack: `organization/${project}/${stack}`, latest: null };
        fs.writeFileSync(file, JSON.stringify({ version: 3, checkpoint }));
    }
}

/** The project's own Pulumi.STACK.yaml, in a copy: the CLI writes the configuration flags into it. */
function configFile(session: Session, operation: Operation, project: string, stack: string): string {
    const file = path.join(session.folder, `Pulumi.${project}.${stack}.yaml`);
    const own = operation.configFile ?? stackFile(operation.projectDir, stack);
    const text = fs.existsSync(own) ? fs.readFileSync(own, "utf8") : "";
    fs.writeFileSync(file, hasOwnKey(text) ? text : `${text}\n${session.vault.stackSettings}`);
    return file;
}

function configFlags(operation: Operation): string[] {
    return Object.entries(operation.config ?? {}).map(([key, value]) => `--config=${key}=${configText(value)}`);
}

function policyPackFlags(session: Session, operation: Operation): string[] {
    const packs = (operation.policyPacks ?? []).map(policyPackOf);
    if (packs.length === 0) return [];
    const configured = packs.some((pack) => pack.config !== undefined);
    return packs.flatMap((pack, index) => {
        const config = path.join(session.folder, `policies-${index}.json`);
        fs.writeFileSync(config, JSON.stringify(pack.config ?? {}));
        // The flags are matched by their order, so one configuration needs all.
        return [`--policy-pack=${pack.directory}`, ...(configured ? [`--policy-pack-config=${config}`] : [])];
    });
}

async function execute(session: Session, args: readonly string[], operation: Operation): Promise<CommandResult> {
    const child = spawn(session.found.executable, args, {
        cwd: operation.projectDir,
        env: scrubbedEnvironment(process.env, {
            ...session.environment,
            PULUMI_DEBUG_PROVIDERS: session.providers.debugProviders(),
            ...operation.environment,
        }),
        stdio: ["ignore", "pipe", "pipe"],
        // A Ctrl-C on the terminal is passed on by us, once, and not by the terminal to everyone at once.
        detached: true,
    });
    session.running.add(child);
    const cancel = () => void end(child);
    operation.signal?.addEventListener("abort", cancel, { once: true });
    if (operation.signal?.aborted) cancel();
    const output = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
        child[stream].setEncoding("utf8").on("data", (text: string) => {
            output[stream] += text;
            operation.onOutput?.(text);
        });
    }
    try {
        return await new Promise((resolve) => {
            child.on("error", (error) => {
                resolve({
                    ...output,
                    exitCode: 1,
                    stderr: `${session.found.executable} cannot run: ${error.message}\n`,
                });
            });
            child.on("close", (code) => resolve({ ...output, exitCode: code ?? 1 }));
        });
    } finally {
        session.running.delete(child);
        removeLocksOfEnded(session.folder);
        operation.signal?.removeEventListener("abort", cancel);
    }
}

/** A CLI that was killed leaves its lock, and then nothing could destroy the stack: the backend is this session's alone. */
export function removeLocksOfEnded(folder: string): void {
    const locks = path.join(folder, ".pulumi", "locks");
    if (!fs.existsSync(locks)) return;
    for (const name of fs.readdirSync(locks, { recursive: true, encoding: "utf8" })) {
        if (!name.endsWith(".json")) continue;
        const [, pid] = /"pid":\s*(\d+)/.exec(fs.readFileSync(path.join(locks, name), "utf8")) ?? [];
        if (pid === undefined || !isRunning(Number(pid))) fs.rmSync(path.join(locks, name), { force: true });
    }
}

/** The CLI stops cleanly on the first interrupt, at once on the second; it ends its plugins in both cases. */
async function end(child: ChildProcess): Promise<void> {
    const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
    if (child.exitCode !== null || child.signalCode !== null) return;
    const graceMs = 4_000;
    child.kill("SIGINT");
    const second = setTimeout(() => child.kill("SIGINT"), graceMs);
    const last = setTimeout(() => child.kill("SIGKILL"), 2 * graceMs);
    await closed;
    clearTimeout(second);
    clearTimeout(last);
}
