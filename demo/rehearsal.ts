/**
 * A rehearsal in acts: a local AWS, the user's stack previewed and judged, deployed, a day of traffic, a report, everything destroyed.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { priceList } from "../capacity/sizing/prices";
import { formatDollars, formatNumber, formatPercent } from "../capacity/text";
import { openEngine, type Operation, readUserStack, UnknownTypes, type UserStack } from "../engine/index";
import { Aws } from "../engine/providers/aws";
import { ManualClock, type Sandbox, startSandbox } from "../sandbox/index";
import { type RecordWeight } from "../sandbox/kinesis/state";
import { readKeys, type WeightedKey } from "./keys";
import { stepSeconds } from "./load";
import { type Options, RehearsalError } from "./options";
import { type Played } from "./played";
import { play } from "./playing";
import { prepareReport, writeReport } from "./report";
import { shapedDay } from "./shapes";
import * as stack from "./stack";
import { type DeployedStream, deployedScalers, deployedStreams, streamSteps } from "./streams";
import { type Day, readDay } from "./trace";
import { type View } from "./view";

/** The document of --json. */
export interface Summary {
    readonly engine: string;
    readonly rejectedBy: readonly string[];
    readonly resourcesCreated: number;
    /** Types that a mock answered for, with the names of their resources. */
    readonly mocked: readonly string[];
    readonly streams: readonly {
        readonly streamName: string;
        readonly plannedShards: number;
        readonly peakRecordsPerSecond: number;
        readonly acceptedRecords: number;
        readonly refusedRecords: number;
        /** How many of the records here each record stands for that was really sent. */
        readonly recordsPerSent: number;
        readonly dollars: number;
    }[];
    readonly acceptedRecords: number;
    readonly refusedRecords: number;
    readonly alarmsFired: readonly string[];
    readonly decisions: readonly {
        readonly time: string;
        readonly streamName: string;
        readonly reason: string;
        readonly message: string;
        readonly outcome: string;
    }[];
    readonly dollars: number;
    /** The file; absent where a policy had rejected the stack before there was a day to report. */
    readonly report?: string;
    readonly exitCode: 0 | 1;
}

/** What is read before anything is started. */
interface Script {
    readonly options: Options;
    readonly user: UserStack;
    readonly day: Day;
    readonly keys: readonly WeightedKey[] | undefined;
    readonly report: string;
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
    const folder = mkdtempSync(path.join(tmpdir(), "rehearsal-"));
    cleanUp.push(() => rmSync(folder, { recursive: true, force: true }));
    let summary: Summary | undefined;
    try {
        summary = await perform(scriptOf(options, folder), { view, signal, cleanUp });
    } catch (error) {
        await undoAll(cleanUp).catch(({ message }: Error) => view.line(`  ${message}`));
        throw error;
    }
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
    const own = path.join(tmpdir(), `rehearsal-${path.basename(user.projectDir)}-${user.stack}.html`);
    const report = path.resolve(options.report ?? own);
    prepareReport(report);
    return { options, user, day, keys: keys === undefined ? undefined : readKeys(keys), report };
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
    const pulumi = await openPulumi(script, stage, sandbox, clock);

    const judged = await judge(pulumi, options);
    if (judged === undefined) return undefined;
    const { rejectedBy } = judged;
    const engine = `${pulumi.engine.kind} ${pulumi.engine.version}`;
    const rejected = { engine, mocked: stack.unknownNames(pulumi.unknown), ...rejection(judged.rejectedBy) };
    if (judged.isRejected) return rejected;

    view.act(`pulumi up of ${path.relative(process.cwd(), user.projectDir) || "."}, stack ${user.stack}`);
    const created = await stack.deploy(pulumi);
    stage.cleanUp.push(() => stack.destroy(pulumi));
    if (signal.aborted) return undefined;
    // What is declared only once something else is known, no preview has seen.
    if (!options.skipUnknown) stack.refuseUnknown(pulumi.unknown);
    const mocked = stack.unknownNames(pulumi.unknown);
    // Where the stack was not previewed as it stands, it is judged here.
    const atUp = created.exitCode === 0 ? [] : stack.showRejections(pulumi, created);
    if (atUp.length > 0) return { ...rejected, mocked, rejectedBy: atUp };
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
        report: script.report,
    };
    writeReport(script.report, { engine, rejectedBy, mocked, notes: notesOf(streams), ...played });
    sumUp(view, summary, options);
    if (options.keep && !signal.aborted) await keepRunning(sandbox, clock, view, signal);
    return summary;
}

async function openPulumi(
    { options, user }: Script,
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
    const operation: Operation = {
        projectDir,
        stack: user.stack,
        config,
        environment,
        policyPacks: options.policyPack.map((folder) => path.resolve(folder)),
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
    { rejects, policyPack, skipUnknown }: Options,
): Promise<Judged | undefined> {
    const { view, signal } = pulumi;
    const bad = rejects.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)] as const);
    const how = rejects.length > 0 ? ` with ${rejects.join(" ")}` : "";
    view.act(`pulumi preview${how}${policyPack.length > 0 ? ", against the policy pack" : ""}`);
    const preview = await stack.preview(pulumi, Object.fromEntries(bad));
    if (signal.aborted) return undefined;
    if (!skipUnknown) stack.refuseUnknown(pulumi.unknown);
    for (const name of stack.unknownNames(pulumi.unknown)) view.line(`  ${view.colours.yellow("mock")} for ${name}`);
    const rejectedBy = stack.showRejections(pulumi, preview);
    stack.showAdvice(pulumi, preview);
    if (rejects.length > 0 && rejectedBy.length === 0)
        throw stack.failure(`No policy rejects ${rejects.join(" ")}`, preview);
    if (preview.exitCode !== 0 && rejectedBy.length === 0)
        throw stack.failure("pulumi preview did not succeed", preview);
    streamSteps(preview.steps);
    return { rejectedBy, isRejected: rejects.length === 0 && rejectedBy.length > 0 };
}

function rejection(rejectedBy: readonly string[]): Omit<Summary, "engine" | "mocked"> {
    const nothing = { resourcesCreated: 0, acceptedRecords: 0, refusedRecords: 0, dollars: 0 };
    return { rejectedBy, ...nothing, streams: [], alarmsFired: [], decisions: [], exitCode: 1 };
}

function describe({ name, plannedShards, onDemand, declared, load }: DeployedStream): string {
    const from = declared === undefined ? "from its shards, since nothing is declared" : "as declared";
    const shards = `${formatNumber(plannedShards)} ${plannedShards === 1 ? "shard" : "shards"}`;
    return `${name}: ${shards}${onDemand ? " on demand" : ""}, at most ${formatNumber(load.peakRecordsPerSecond, 1)} records/s of ${formatNumber(load.recordBytes, 0)} bytes (${from})`;
}

function resultsOf(
    { streams, alarms, decisions, acceptedRecords, refusedRecords, dollars }: Played,
    { refusedMax }: Options,
): Omit<Summary, "engine" | "rejectedBy" | "resourcesCreated" | "mocked" | "report"> {
    return {
        streams: streams.map(({ stream, ...day }) => ({
            streamName: stream.name,
            plannedShards: stream.plannedShards,
            peakRecordsPerSecond: cents(stream.load.peakRecordsPerSecond),
            acceptedRecords: day.acceptedRecords,
            refusedRecords: day.refusedRecords,
            recordsPerSent: stream.load.recordsPerSent,
            dollars: cents(day.dollars),
        })),
        acceptedRecords,
        refusedRecords,
        alarmsFired: [...new Set(alarms.filter(({ state }) => state === "ALARM").map(({ alarmName }) => alarmName))],
        decisions: decisions.map(({ timeMs, ...decision }) => ({ time: new Date(timeMs).toISOString(), ...decision })),
        dollars: cents(dollars),
        exitCode: streams.some((day) => refusedShare(day) > refusedMax) ? 1 : 0,
    };
}

const cents = (value: number): number => Math.round(value * 100) / 100;

/** Of one stream, so that a busy one does not hide a small one. */
function refusedShare({
    acceptedRecords,
    refusedRecords,
}: {
    acceptedRecords: number;
    refusedRecords: number;
}): number {
    return refusedRecords / Math.max(1, acceptedRecords + refusedRecords);
}

function notesOf(streams: readonly DeployedStream[]): string[] {
    const each = streams.map(({ name, load }) => `${formatNumber(load.recordsPerSent)} in ${name}`).join(", ");
    return [
        `Each record that was sent stands for as many of the numbers here: ${each}. Prices: ${priceList.region}, ${priceList.date}.`,
    ];
}

function sumUp(view: View, summary: Summary, { refusedMax }: Options): void {
    view.heading("The day");
    for (const day of summary.streams) {
        const share = formatPercent(refusedShare(day), 2);
        view.line(
            `  ${day.streamName}: accepted ${formatNumber(day.acceptedRecords)} records, refused ${formatNumber(day.refusedRecords)} (${share}); paid ${formatDollars(day.dollars)}`,
        );
        if (refusedShare(day) > refusedMax)
            view.line(`  ${view.colours.red("more is refused")} than --refused-max ${refusedMax}`);
    }
    view.line(`  alarms: ${summary.alarmsFired.join(", ") || "none fired"}`);
    for (const name of summary.mocked) view.line(`  mock: ${name}`);
    view.line(`  paid for the streams and what was written: ${formatDollars(summary.dollars)}`);
    view.line(`  report: ${summary.report}`);
}

/** The sandbox goes on in real time, for the command line in another terminal, until Ctrl-C. */
async function keepRunning(sandbox: Sandbox, clock: ManualClock, view: View, signal: AbortSignal): Promise<void> {
    view.heading("The sandbox keeps running. In another terminal:");
    for (const [name, value] of Object.entries(sandbox.env)) view.line(`  export ${name}=${value}`);
    view.line("Ctrl-C destroys everything and ends.");
    let lastMs = performance.now();
    while (!signal.aborted) {
        await new Promise((resolve) => setTimeout(resolve, 200));
        const nowMs = performance.now();
        await clock.advance(nowMs - lastMs);
        lastMs = nowMs;
    }
}
