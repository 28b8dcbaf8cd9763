/**
 * A rehearsal in acts: a local AWS, the user's stack previewed and judged, deployed, a day of traffic, a report, everything destroyed.
 */
import path from "node:path";
import { formatNumber, formatTime } from "../capacity/text";
import {
    keyAndValue,
    missingLanguageHost,
    openEngine,
    type Operation,
    readUserStack,
    UnknownTypes,
    type UserStack,
} from "../engine/index";
import { removeFolder, temporaryFolder } from "../engine/folders";
import { Aws } from "../engine/providers/aws";
import { ManualClock, type Sandbox, startSandbox } from "../sandbox/index";
import { type RecordWeight } from "../sandbox/kinesis/state";
import { environmentLines } from "../programs/shell";
import { noPolicyPack } from "./files";
import { readKeys, type WeightedKey } from "./keys";
import { type Options, RehearsalError } from "./options";
import { play } from "./playing";
import { checkReport, writeReport } from "./report";
import { shapedDay } from "./shapes";
import * as stack from "./stack";
import { checkOnly, type DeployedStream, deployedScalers, deployedStreams } from "./streams";
import { notesOf, rejection, resultsOf, type Summary, sumUp } from "./summary";
import { type Day, readDay, stepSeconds } from "./trace";
import { type View } from "./view";

/** What is read before anything is started. */
interface Script {
    readonly options: Options;
    readonly user: UserStack;
    readonly day: Day;
    readonly keys: readonly WeightedKey[] | undefined;
    readonly policyPacks: readonly string[];
    /** What a policy is to reject. */
    readonly rejects: readonly (readonly [key: string, value: string])[];
    /** @default a new temporary file */
    readonly report: string | undefined;
}

interface Stage {
    readonly view: View;
    readonly signal: AbortSignal;
    /** What has to be undone, last first. */
    readonly cleanUp: (() => Promise<void> | void)[];
}

/** Sandbox time before the day starts, for the deployment. */
const setupMs = 30 * 60_000;

/** @returns undefined where it was interrupted before there was anything to sum up */
export async function rehearse(options: Options, view: View, signal: AbortSignal): Promise<Summary | undefined> {
    const cleanUp: Stage["cleanUp"] = [];
    const folder = temporaryFolder();
    cleanUp.push(() => removeFolder(folder));
    let summary: Summary | undefined;
    try {
        summary = await perform(scriptOf(options, folder), { view, signal, cleanUp });
    } catch (error) {
        await undoAll(cleanUp).catch(({ message }: Error) => view.line(`  ${message}`));
        throw error;
    }
    if (summary === undefined) view.line("Stopped before the day; nothing of it was played.");
    await undoAll(cleanUp);
    return summary;
}

/** The last first; one that fails keeps none from being undone. */
async function undoAll(cleanUp: Stage["cleanUp"]): Promise<void> {
    const failures: unknown[] = [];
    for (const undo of cleanUp.reverse()) {
        try {
            await undo();
        } catch (error) {
            failures.push(error);
        }
    }
    if (failures.length > 0) throw failures[0];
}

function scriptOf(options: Options, folder: string): Script {
    const { cwd, stack: stackName, config, trace, column, time, shape, keys } = options;
    const user = readUserStack({ cwd, stack: stackName, config, folder, environment: process.env });
    const day = trace === undefined ? shapedDay(shape ?? "daily") : readDay({ file: trace, column, timeColumn: time });
    const report = options.report === undefined ? undefined : path.resolve(options.report);
    if (report !== undefined) checkReport(report, [trace, keys]);
    return {
        options,
        user,
        day,
        keys: keys === undefined ? undefined : readKeys(keys),
        policyPacks: options.policyPack.map(policyPackIn),
        rejects: options.rejects.map((pair) => keyAndValue("--rejects", pair)),
        report,
    };
}

function policyPackIn(given: string): string {
    const folder = path.resolve(given);
    const why = noPolicyPack(folder);
    if (why !== undefined) throw new RehearsalError(`--policy-pack ${given} is no policy pack (${folder}): ${why}.`, 2);
    return folder;
}

async function perform(script: Script, stage: Stage): Promise<Summary | undefined> {
    const { options, user, day } = script;
    const { view, signal } = stage;
    const weights = new Map<string, RecordWeight>();
    const clock = new ManualClock(day.startMs - setupMs);
    view.act("A local AWS on this machine");
    const sandbox = await startSandbox({
        clock,
        burstSeconds: stepSeconds,
        recordWeight: (name) => weights.get(name) ?? { records: 1, bytes: 1 },
        ...(user.region === undefined ? {} : { region: user.region }),
    });
    stage.cleanUp.push(() => sandbox.stop());
    view.line(`  ${sandbox.endpoint}`);
    if (user.configFile === undefined) view.line(`  no Pulumi.${user.stack}.yaml: no configuration of the stack's own`);
    const pulumi = await openPulumi(script, stage, sandbox, clock);

    const judged = await judge(pulumi, script);
    if (judged === undefined) return undefined;
    const { rejectedBy } = judged;
    const engine = `${pulumi.engine.kind} ${pulumi.engine.version}`;
    const rejected = { engine, mocked: stack.unknownNames(pulumi.unknown), ...rejection(judged.rejectedBy) };
    if (judged.isRejected) {
        view.line("");
        view.line("Stopped: a policy rejects the stack; nothing was deployed.");
        return rejected;
    }

    view.act(`pulumi up of ${path.relative(process.cwd(), user.projectDir) || "."}, stack ${user.stack}`);
    const created = await stack.deploy(pulumi);
    stage.cleanUp.push(() => stack.destroy(pulumi));
    if (signal.aborted) return undefined;
    // What is declared only once something else is known, no preview has seen.
    if (!options.skipUnknown) stack.refuseUnknown(pulumi.unknown);
    const mocked = stack.unknownNames(pulumi.unknown);
    // Where the stack was not previewed as it stands, it is judged here.
    const atUp = created.exitCode === 0 ? [] : stack.showRejections(pulumi, created);
    if (atUp.length > 0) {
        stack.showAdvice(pulumi, created);
        view.line("");
        view.line("Stopped: a policy rejects the stack; what was deployed until then is taken away again.");
        return { ...rejected, mocked, rejectedBy: atUp };
    }
    const resourcesCreated = stack.showDeployed(pulumi, created);

    const aws = new Aws(sandbox);
    stage.cleanUp.push(() => aws.close());
    const streams = await deployedStreams(created, aws, options);
    for (const { name, load } of streams) {
        weights.set(name, {
            records: load.recordsPerSent,
            bytes: (load.recordsPerSent * load.recordBytes) / load.sentBytes,
        });
    }
    view.act(`A day of traffic: ${options.trace ?? options.shape ?? "daily"}`);
    if (day.skippedRows > 0)
        view.line(`  ${formatNumber(day.skippedRows)} rows without a usable time or number are left out`);
    for (const stream of streams) view.line(`  ${describe(stream)}`);
    const scalers = deployedScalers(created);
    const played = await play({ aws, scalers, streams, keys: script.keys, clock, day, view, signal });

    const summary: Summary = {
        engine,
        rejectedBy,
        resourcesCreated,
        mocked,
        ...resultsOf(played, options),
        report: writeReport(script.report, { engine, rejectedBy, mocked, notes: notesOf(streams), ...played }),
    };
    sumUp(view, summary, played, options);
    if (options.keep && !signal.aborted) await keepRunning(sandbox, clock, view, signal);
    return summary;
}

async function openPulumi(
    { options, user, policyPacks }: Script,
    { view, signal, cleanUp }: Stage,
    sandbox: Sandbox,
    clock: ManualClock,
): Promise<stack.PulumiStage> {
    const unknown = new UnknownTypes();
    const say = (line: string) => view.quote(line);
    const engine = await openEngine({ target: sandbox, prefer: options.engine, say, unknown });
    cleanUp.push(() => engine.close());
    if (engine.kind === "embedded" && user.environment.PULUMI_CONFIG_PASSPHRASE !== undefined) {
        throw new RehearsalError(
            `The embedded engine reads no encrypted configuration of stack ${user.stack}: give its secrets with --config KEY=VALUE, or get the real engine.`,
            2,
        );
    }
    const { projectDir, configFile, config, environment } = user;
    const noHost = missingLanguageHost(engine.found, projectDir, process.env);
    if (noHost !== undefined) throw new RehearsalError(noHost, 2);
    const operation: Operation = {
        projectDir,
        stack: user.stack,
        config,
        environment,
        policyPacks,
        ...(configFile === undefined ? {} : { configFile }),
    };
    return { engine, clock, view, signal, operation, unknown };
}

interface Judged {
    readonly rejectedBy: readonly string[];
    /** Whether that is the stack itself, and not what was to be rejected. */
    readonly isRejected: boolean;
}

/** What policies say to the stack, or to the configuration that they are to reject; undefined where it was interrupted. */
async function judge(
    pulumi: stack.PulumiStage,
    { options: { only, skipUnknown }, policyPacks, rejects }: Script,
): Promise<Judged | undefined> {
    const { view, signal } = pulumi;
    const bad = rejects.map(([key, value]) => `${key}=${value}`).join(" ");
    const how = bad === "" ? "" : ` with ${bad}`;
    view.act(`pulumi preview${how}${policyPacks.length > 0 ? ", against the policy pack" : ""}`);
    const preview = await stack.preview(pulumi, Object.fromEntries(rejects));
    if (signal.aborted) return undefined;
    if (!skipUnknown) stack.refuseUnknown(pulumi.unknown);
    for (const name of stack.unknownNames(pulumi.unknown)) view.line(`  ${view.colours.yellow("mock")} for ${name}`);
    const rejectedBy = stack.showRejections(pulumi, preview);
    stack.showAdvice(pulumi, preview);
    if (preview.exitCode !== 0 && rejectedBy.length === 0)
        throw stack.failure(`pulumi preview${how} did not succeed`, preview);
    if (bad !== "" && rejectedBy.length === 0) throw stack.notRejected(bad);
    const isRejected = bad === "" && rejectedBy.length > 0;
    if (!isRejected) checkOnly(preview.steps, only);
    return { rejectedBy, isRejected };
}

function describe({ name, plannedShards, onDemand, declared, load }: DeployedStream): string {
    const from = declared === undefined ? "from its shards, since nothing is declared" : "as declared";
    const shards = `${formatNumber(plannedShards)} ${plannedShards === 1 ? "shard" : "shards"}`;
    return `${name}: ${shards}${onDemand ? " on demand" : ""}, at most ${formatNumber(load.peakRecordsPerSecond, 1)} records/s of ${formatNumber(load.recordBytes, 0)} bytes (${from})`;
}

/** The sandbox goes on in real time, for the command line in another terminal, until Ctrl-C. */
async function keepRunning(sandbox: Sandbox, clock: ManualClock, view: View, signal: AbortSignal): Promise<void> {
    view.heading(
        `The sandbox keeps running; its clock goes on from ${formatTime(clock.nowMs())}. In another terminal:`,
    );
    for (const line of environmentLines(sandbox.env)) view.line(`  ${line}`);
    view.line("Ctrl-C destroys everything and ends.");
    let lastMs = performance.now();
    while (!signal.aborted) {
        await new Promise((resolve) => setTimeout(resolve, 200));
        const nowMs = performance.now();
        await clock.advance(nowMs - lastMs);
        lastMs = nowMs;
    }
}
