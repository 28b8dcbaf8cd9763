/**
 * Tests on the engine: a sandbox, an engine attached to it, and small programs.
 *
 *     describe("a stream with more shards", () => {
 *         const world = onEngine("real");                // or "embedded"; one sandbox and engine for the whole describe
 *         const program = `
 *             const { ShardedStream } = require("sharded-stream");      // the built package (npm run build)
 *             const config = new (require("@pulumi/pulumi").Config)();
 *             const orders = new ShardedStream("orders", { requirements: { ... }, shardCount: config.getNumber("shards") });
 *             exports.streamName = orders.streamName;`;
 *
 *         it("is updated in place", async () => {
 *             const projectDir = world.project(program);
 *             const created = await world.engine.up({ projectDir, config: { shards: 2 } });
 *             assert.deepEqual([created.exitCode, created.changes], [0, { create: 4 }], created.stdout);
 *             const changed = await world.engine.up({ projectDir, config: { shards: 4 } });
 *             assert.deepEqual(changed.changes, { same: 3, update: 1 });
 *             world.sandbox ...                          // real SDK clients against world.sandbox.endpoint
 *             await world.engine.destroy({ projectDir });
 *         });
 *     });
 *
 * A policy pack is a folder: `policyPacks: [{ directory, config: { "policy-name": "mandatory" } }]`; what it says is in
 * `result.violations`. `result.steps` has each resource's operation and checked inputs, in a preview too. A project folder
 * of the repository (`projectDir: "examples/existing"`) works as well; nothing in it is written.
 * Name the file *.engine.test.ts.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import { type Engine, findEngine, openEngine, type OpenOptions, type Operation } from "../../engine/index";
import { scrubbedEnvironment } from "../../engine/environment";
import { removeFolder, temporaryFolder } from "../../engine/folders";
import { preparing } from "../../engine/languageHost";
import { type InstallTools, installTools, type Ran } from "../../engine/tools";
import { leaveOut } from "../leaveOut";
import { RunningClock, type Sandbox, type SandboxOptions, startSandbox } from "../../sandbox/index";

export interface World {
    readonly engine: Engine;
    readonly sandbox: Sandbox;
    /** Writes a project of one JavaScript program and returns its folder. @default name "tiny" */
    project(program: string, name?: string): string;
    /** Writes a policy pack of one JavaScript module and returns its folder. */
    policyPack(source: string): string;
}

const repository = path.resolve(__dirname, "../..");
const timeoutMs = 120_000;

export interface WorldOptions extends SandboxOptions {
    readonly find?: Omit<OpenOptions, "target">;
    /** Programs that end well are run in one process for all deployments: see programHost.js. @default false */
    readonly inOneProcess?: boolean;
}

/** Starts a sandbox and an engine before the tests of the surrounding describe, and stops both after them. */
export function onEngine(kind: "real" | "embedded", options: WorldOptions = {}): World {
    let opened: OpenedWorld | undefined;
    before(async function () {
        this.timeout(timeoutMs);
        if (kind === "real" && !(await isRealEngineHere())) {
            const missing = "there is no Pulumi CLI on this machine: `npm run engine` gets one.";
            leaveOut(this, "These tests need the real engine", missing);
        }
        opened = await openWorld(kind, options);
    });
    beforeEach(function () {
        this.timeout(timeoutMs);
    });
    after(async function () {
        this.timeout(timeoutMs);
        await opened?.close();
    });
    const world = (): OpenedWorld => {
        if (opened === undefined) throw new Error("The engine is open inside of tests and hooks only.");

        return opened;
    };
    return {
        get engine() {
            return world().engine;
        },
        get sandbox() {
            return world().sandbox;
        },
        project: (program, name) => world().project(program, name),
        policyPack: (source) => world().policyPack(source),
    };
}

export interface OpenedWorld extends World {
    close(): Promise<void>;
}

export async function openWorld(kind: "real" | "embedded", options: WorldOptions = {}): Promise<OpenedWorld> {
    // A reshard takes half a minute of the sandbox's time, and less than a second of ours.
    const sandbox = await startSandbox({
        clock: new RunningClock({ speed: 100 }),
        ...options,
    });
    const opened = await openEngine({ prefer: kind, mayDownload: false, tools, ...options.find, target: sandbox });
    const host = options.inOneProcess === true ? await startProgramHost(sandbox.env) : undefined;
    const folder = temporaryFolder();
    const engine = { ...opened, ...operations(opened, host?.address) };
    let folders = 0;
    return {
        engine,
        sandbox,
        project: (program, name = "tiny") => {
            const directory = path.join(folder, String(++folders));
            writeProject(directory, program, name);
            return directory;
        },
        policyPack: (source) => {
            const directory = path.join(folder, String(++folders));
            writePolicyPack(directory, source);
            return directory;
        },
        close: async () => {
            await engine.close();
            host?.stop();
            await sandbox.stop();
            removeFolder(folder);
        },
    };
}

/** What Node.js compiles of a program's packages is compiled once: see codeCache.js. */
const compiledOnce = { NODE_OPTIONS: `--require ${JSON.stringify(path.join(__dirname, "codeCache.js"))}` };

/** Operations that leave their programs to a process that is there, if one is. */
function operations(engine: Engine, languageHost: string | undefined): Pick<Engine, "preview" | "up" | "destroy"> {
    const here = (operation: Operation): Operation => ({
        ...operation,
        environment: { ...compiledOnce, ...operation.environment },
        ...(languageHost === undefined ? {} : { languageHost }),
    });
    return {
        preview: (operation) => engine.preview(here(operation)),
        up: (operation) => engine.up(here(operation)),
        destroy: (operation) => engine.destroy(here(operation)),
    };
}

async function startProgramHost(target: Readonly<Record<string, string>>) {
    const host = fork(path.join(__dirname, "programHost.js"), {
        env: scrubbedEnvironment(process.env, { ...target, ...compiledOnce }),
        execArgv: [preparing],
        stdio: ["ignore", "pipe", "inherit", "ipc"],
    });
    const ended = once(host, "exit").then(([code]) => {
        throw new Error(`programHost.js ended with ${code} before it told its address.`);
    });
    const [address] = (await Promise.race([once(host.stdout!, "data"), ended])) as [Buffer];
    return { address: address.toString().trim(), stop: () => host.kill() };
}

/** A project as a user of the package has it: plain JavaScript, with this repository as its installed packages. */
export function writeProject(directory: string, program: string, name = "tiny"): void {
    fs.mkdirSync(directory, { recursive: true });
    const runtime = "runtime:\n    name: nodejs\n    options:\n        typescript: false\n";
    fs.writeFileSync(path.join(directory, "Pulumi.yaml"), `name: ${name}\n${runtime}`);
    fs.writeFileSync(path.join(directory, "package.json"), JSON.stringify({ name, main: "index.js" }));
    fs.writeFileSync(path.join(directory, "index.js"), program);
    linkPackages(directory);
}

export function writePolicyPack(directory: string, source: string): void {
    fs.mkdirSync(directory, { recursive: true });
    fs.writeFileSync(path.join(directory, "PulumiPolicy.yaml"), "runtime: nodejs\n");
    const manifest = { name: "test-pack", version: "1.0.0", main: "index.js" };
    fs.writeFileSync(path.join(directory, "package.json"), JSON.stringify(manifest));
    fs.writeFileSync(path.join(directory, "index.js"), source);
    linkPackages(directory);
}

/** `node_modules` with links to the repository's packages, and to the repository itself as `sharded-stream`. */
export function linkPackages(directory: string): void {
    const modules = path.join(directory, "node_modules");
    fs.mkdirSync(modules, { recursive: true });
    for (const name of ["@pulumi", "@aws-sdk", "typescript", "ts-node", "@types"])
        fs.symlinkSync(path.join(repository, "node_modules", name), path.join(modules, name));

    fs.symlinkSync(repository, path.join(modules, "sharded-stream"));
}

/** A CLI that was found is asked for its version once in a process, which takes it a third of a second. */
const tools: InstallTools = {
    ...installTools,
    run: (command, args, options) => {
        const key = [command, ...args].join(" ");
        const ran = versions.get(key) ?? installTools.run(command, args, options);
        versions.set(key, ran);
        return ran;
    },
};
const versions = new Map<string, Promise<Ran>>();

let realEngine: Promise<boolean> | undefined;

function isRealEngineHere(): Promise<boolean> {
    realEngine ??= findEngine({ mayDownload: false, tools }).then(({ kind }) => kind === "real");
    return realEngine;
}
