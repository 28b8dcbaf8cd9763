/**
 * The embedded engine: what a Pulumi program and a policy pack expect of an engine, served by this process. Programs
 * register resources with it, policies judge them, the stand-in providers create them. What it created it remembers while
 * it is open, so that it can update and destroy it; there is no state beyond that, and no diff to look at.
 */
import { type ChildProcess } from "node:child_process";
import * as path from "node:path";
import { type AwsSettings } from "./providers/aws";
import { Deployment, type EmbeddedStack } from "./deployment";
import { configText, type Engine, type Operation, type OperationResult, policyPackOf, type Target } from "./engine";
import { scrubbedEnvironment } from "./environment";
import { embeddedBanner } from "./find";
import { removeFolder, temporaryFolder } from "./folders";
import { startProgram } from "./languageHost";
import { serveMonitor } from "./monitor";
import { openPolicyPack, type StartedPolicyPack } from "./policyPack";
import { readProject, stackConfig } from "./project";
import { engineVersion } from "./release";

export async function openEmbeddedEngine(target: Target): Promise<Engine> {
    const stacks = new Map<string, EmbeddedStack>();
    const running = new Set<{ kill(): unknown }>();
    // By the folder in their environment a later start finds what a killed one has left running.
    const folder = temporaryFolder();
    const session: Session = { target, stacks, running, folder };
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
        preview: (operation) => deploy(session, operation, true),
        up: (operation) => deploy(session, operation, false),
        destroy: (operation) => destroy(session, operation),
        close: async () => {
            endRunning();
            process.off("exit", endRunning);
        },
    };
}

interface Session {
    readonly target: Target;
    readonly stacks: Map<string, EmbeddedStack>;
    readonly running: Set<{ kill(): unknown }>;
    readonly folder: string;
}

async function deploy(session: Session, operation: Operation, preview: boolean): Promise<OperationResult> {
    const deployment = open(session, operation, preview);
    deployment.record.say(
        `${preview ? "Previewing" : "Updating"} (${deployment.options.stackName}) with the embedded engine:`,
    );
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
        const project = readProject(operation.projectDir);
        const child = startProgram(
            {
                monitorAddress: monitor.address,
                engineAddress: monitor.address,
                organization: "organization",
                project: deployment.options.projectName,
                stack: deployment.options.stackName,
                rootDirectory: path.resolve(operation.projectDir),
                workingDirectory: project.programDirectory,
                entryPoint: project.entryPoint,
                args: [],
                dryRun: preview,
                parallel: 16,
                config: deployment.options.config,
                secretConfigKeys: [],
                options: project.runtimeOptions,
            },
            environment,
        );
        const exitCode = await ended(session, child, deployment, operation.signal);
        await deployment.finish(exitCode);
    } catch (error) {
        deployment.record.fail((error as Error).message);
    } finally {
        packs.forEach((pack) => {
            session.running.delete(pack);
            pack.kill();
        });
        monitor.stop();
        deployment.close();
    }
    return deployment.record.result();
}

async function destroy(session: Session, operation: Operation): Promise<OperationResult> {
    const deployment = open(session, operation, false);
    deployment.record.say(`Destroying (${deployment.options.stackName}) with the embedded engine:`);
    try {
        await deployment.destroy(operation.signal);
    } catch (error) {
        deployment.record.fail((error as Error).message);
    } finally {
        deployment.close();
    }
    return deployment.record.result();
}

function open(session: Session, operation: Operation, preview: boolean): Deployment {
    const { name } = readProject(operation.projectDir);
    const stackName = operation.stack ?? "dev";
    const key = `organization/${name}/${stackName}`;
    const stack = session.stacks.get(key) ?? { resources: new Map(), outputs: {} };
    session.stacks.set(key, stack);
    const { endpoint, region, accountId } = session.target;
    const settings: AwsSettings = { endpoint, region, accountId };
    const given = Object.entries(operation.config ?? {}).map(([key, value]) => [
        key.includes(":") ? key : `${name}:${key}`,
        configText(value),
    ]);
    return new Deployment({
        projectName: name,
        stackName,
        preview,
        settings,
        stack,
        stacks: session.stacks,
        config: { ...stackConfig(operation.projectDir, name, stackName), ...Object.fromEntries(given) },
        onOutput: operation.onOutput,
    });
}

/** The program's exit code; its own words go into the output. */
function ended(
    session: Session,
    child: ChildProcess,
    deployment: Deployment,
    signal: AbortSignal | undefined,
): Promise<number> {
    session.running.add(child);
    const cancel = () => {
        deployment.record.fail("Cancelled.");
        child.kill();
    };
    signal?.addEventListener("abort", cancel, { once: true });
    if (signal?.aborted) cancel();
    child.stdout?.setEncoding("utf8").on("data", (text: string) => deployment.record.say(text.replace(/\n$/, "")));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => deployment.record.complain(text.replace(/\n$/, "")));
    return new Promise((resolve) => {
        const finish = (code: number) => {
            session.running.delete(child);
            signal?.removeEventListener("abort", cancel);
            resolve(code);
        };
        child.on("error", (error) => {
            deployment.record.fail(`The program could not be started: ${error.message}`);
            finish(1);
        });
        child.on("close", (code) => finish(code ?? 1));
    });
}
