/**
 * The embedded engine: what a Pulumi program and a policy pack expect of an engine, served by this process. Programs
 * register resources with it, policies judge them, the stand-in providers create them. What it created it remembers while
 * it is open, so that it can update and destroy it; there is no state beyond that, and no diff to look at.
 */
import { type ChildProcess } from "node:child_process";
import * as path from "node:path";
import * as grpc from "@grpc/grpc-js";
import { LanguageRuntimeClient } from "@pulumi/pulumi/proto/language_grpc_pb";
import * as language from "@pulumi/pulumi/proto/language_pb";
import { Deployment, type EmbeddedStack } from "./deployment";
import { type Engine, type Operation, type OperationResult, policyPackOf, type Target } from "./engine";
import { scrubbedEnvironment } from "./environment";
import { embeddedBanner } from "./find";
import { removeFolder, temporaryFolder } from "./folders";
import { type UnknownTypes } from "./providers/unknown";
import { type ProgramRun, startProgram } from "./languageHost";
import { missingLanguageHost } from "./languageHosts";
import { serveMonitor } from "./monitor";
import { openPolicyPack, type StartedPolicyPack } from "./policyPack";
import { configOf, readProject, stackConfig, UserStackError } from "./project";
import { engineVersion } from "./release";

export async function openEmbeddedEngine(target: Target, unknown?: UnknownTypes): Promise<Engine> {
    const stacks = new Map<string, EmbeddedStack>();
    const running = new Set<{ kill(): unknown }>();
    // By the folder in their environment a later start finds what a killed one has left running.
    const folder = temporaryFolder();
    const session: Session = { target, unknown, stacks, running, folder };
    const endRunning = () => {
        running.forEach((child) => child.kill());
        removeFolder(folder);
    };
    process.on("exit", endRunning);
    return {
        kind: "embedded",
        version: engineVersion,
        banner: embeddedBanner,
        found: { kind: "embedded" },
        preview: (operation) => operate(session, operation, "Previewing", (to) => deploy(session, operation, to)),
        up: (operation) => operate(session, operation, "Updating", (to) => deploy(session, operation, to)),
        destroy: (operation) => operate(session, operation, "Destroying", (of) => of.destroy(operation.signal)),
        close: async () => {
            endRunning();
            process.off("exit", endRunning);
        },
    };
}

interface Session {
    readonly target: Target;
    readonly unknown: UnknownTypes | undefined;
    readonly stacks: Map<string, EmbeddedStack>;
    readonly running: Set<{ kill(): unknown }>;
    readonly folder: string;
}

/** One operation, from its heading to its result. */
async function operate(
    session: Session,
    operation: Operation,
    verb: "Previewing" | "Updating" | "Destroying",
    act: (deployment: Deployment) => Promise<void>,
): Promise<OperationResult> {
    const deployment = open(session, operation, verb === "Previewing");
    const { record, options } = deployment;
    record.say(`${verb} (${options.stackName}) with the embedded engine:`);
    try {
        await act(deployment);
    } catch (error) {
        record.fail((error as Error).message);
    } finally {
        deployment.close();
    }
    return record.result();
}

function open(session: Session, operation: Operation, preview: boolean): Deployment {
    const noHost = missingLanguageHost({ kind: "embedded" }, operation.projectDir, process.env);
    if (noHost !== undefined) throw new UserStackError(noHost);
    const { name, programDirectory } = readProject(operation.projectDir);
    const stackName = operation.stack ?? "dev";
    const key = `organization/${name}/${stackName}`;
    const stack = session.stacks.get(key) ?? { resources: new Map(), outputs: {} };
    session.stacks.set(key, stack);
    const { endpoint, region, accountId } = session.target;
    return new Deployment({
        projectName: name,
        stackName,
        preview,
        programDirectory,
        settings: { endpoint, region, accountId },
        stack,
        stacks: session.stacks,
        config: { ...stackConfig(operation, name, stackName), ...configOf(name, operation.config ?? {}) },
        unknown: session.unknown,
        onOutput: operation.onOutput,
    });
}

async function deploy(session: Session, operation: Operation, deployment: Deployment): Promise<void> {
    const packs: StartedPolicyPack[] = [];
    const monitor = await serveMonitor(deployment);
    try {
        const environment = scrubbedEnvironment(process.env, {
            ...session.target.env,
            PULUMI_HOME: path.join(session.folder, "home"),
            PULUMI_NODEJS_TRANSPILE_ONLY: "true",
            ...operation.environment,
        });
        for (const pack of (operation.policyPacks ?? []).map(policyPackOf)) {
            const started = await openPolicyPack(pack, monitor.address, environment);
            session.running.add(started);
            packs.push(started);
        }
        deployment.policyPacks = packs;
        const program = programOf(operation, deployment, monitor.address);
        const exitCode =
            operation.languageHost === undefined
                ? await ended(session, startProgram(program, environment), deployment, operation.signal)
                : await runAt(operation.languageHost, program, deployment);
        await deployment.finish(exitCode);
    } finally {
        packs.forEach((pack) => {
            session.running.delete(pack);
            pack.kill();
        });
        monitor.stop();
    }
}

function programOf({ projectDir }: Operation, { options }: Deployment, address: string): ProgramRun {
    const project = readProject(projectDir);
    return {
        monitorAddress: address,
        engineAddress: address,
        organization: "organization",
        project: options.projectName,
        stack: options.stackName,
        rootDirectory: path.resolve(projectDir),
        workingDirectory: project.programDirectory,
        entryPoint: project.entryPoint,
        args: [],
        dryRun: options.preview,
        parallel: 16,
        config: options.config,
        secretConfigKeys: [],
        options: project.runtimeOptions,
    };
}

/** The same of a program that a language host runs: what it says reaches the monitor, and what it throws comes with the answer. */
async function runAt(address: string, program: ProgramRun, { record }: Deployment): Promise<number> {
    const client = new LanguageRuntimeClient(address, grpc.credentials.createInsecure());
    const request = new language.RunRequest()
        .setProject(program.project)
        .setStack(program.stack)
        .setOrganization(program.organization)
        .setPwd(program.workingDirectory)
        .setInfo(new language.ProgramInfo().setEntryPoint(program.entryPoint))
        .setArgsList([program.engineAddress, ...program.args])
        .setMonitorAddress(program.monitorAddress)
        .setParallel(program.parallel)
        .setDryrun(program.dryRun);
    for (const [key, value] of Object.entries(program.config)) request.getConfigMap().set(key, value);
    try {
        const thrown = await new Promise<string>((resolve) =>
            client.run(request, (error, answer) => resolve(error === null ? answer.getError() : error.details)),
        );
        if (thrown !== "" && !record.failed) record.fail(thrown);
        return thrown === "" ? 0 : 1;
    } finally {
        client.close();
    }
}

/** The program's exit code; its own words go into the output. */
function ended(
    session: Session,
    child: ChildProcess,
    { record }: Deployment,
    signal: AbortSignal | undefined,
): Promise<number> {
    session.running.add(child);
    const cancel = () => {
        record.fail("Cancelled.");
        child.kill();
    };
    signal?.addEventListener("abort", cancel, { once: true });
    if (signal?.aborted) cancel();
    child.stdout?.setEncoding("utf8").on("data", (text: string) => record.say(text.replace(/\n$/, "")));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => record.complain(text.replace(/\n$/, "")));
    return new Promise((resolve) => {
        const finish = (code: number) => {
            session.running.delete(child);
            signal?.removeEventListener("abort", cancel);
            resolve(code);
        };
        child.on("error", (error) => {
            record.fail(`The program could not be started: ${error.message}`);
            finish(1);
        });
        child.on("close", (code) => finish(code ?? 1));
    });
}
