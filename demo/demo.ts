/**
 * The demo in acts: a local AWS, a bad configuration rejected, a good one deployed, a day of traffic, a report, everything destroyed.
 */
import { accessSync, constants, existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { KinesisClient } from "@aws-sdk/client-kinesis";
import { priceList, prices } from "../capacity/sizing/cost";
import { limits } from "../capacity/limits";
import { formatDollars, formatNumber, formatPercent } from "../capacity/text";
import { ManualClock, type Sandbox, startSandbox } from "../sandbox/index";
import { type Engine, openEngine, type OperationResult } from "../engine/index";
import { type AlarmChange, type Moment, playDay, stepSeconds } from "./day";
import { type ScalerDecision, ScalerLog } from "./decisions";
import { reportHtml } from "./report";
import { type Day } from "./trace";
import { clockTime, type View } from "./view";

export interface DemoOptions {
    readonly json: boolean;
    readonly keep: boolean;
    readonly engine: "auto" | "real" | "embedded";
    readonly report: string;
    readonly trace: string;
    readonly column?: string;
    readonly time?: string;
    readonly scaleToShards?: number;
}

/** The document of --json. */
export interface Summary {
    readonly engine: string;
    readonly rejectedBy: readonly string[];
    readonly resourcesCreated: number;
    readonly plannedShards: number;
    readonly acceptedRecords: number;
    readonly refusedRecords: number;
    /** How many of the records above each record stands for that was really sent. */
    readonly recordWeight: number;
    readonly alarmsFired: readonly string[];
    readonly decisions: readonly {
        readonly time: string;
        readonly reason: string;
        readonly message: string;
        readonly outcome: string;
    }[];
    readonly dollars: number;
    readonly report: string;
}

/** The demo could not be played: one line, no stack trace. */
export class DemoError extends Error {
    override readonly name = "DemoError";
}

/** The average record of examples/orders: 3.5 MiB/s in 2,500 records/s. */
const recordBytes = 1_468;
const recordsPerSecondPerShard = Math.min(
    limits.shardWriteRecordsPerSecond,
    limits.shardWriteBytesPerSecond / recordBytes,
);
/** About so many records are really sent, whatever the trace: enough to fill shards evenly, few enough for half a minute. */
const recordsToSend = 160_000;
/** How far above the planned capacity the peak of another trace is scaled, so that there is something to see. */
const overload = 1.3;
const badShardCount = 2;
/** Sandbox time before the day starts, for the deployment, and how fast it passes meanwhile. */
const setupMs = 30 * 60_000;
const setupSpeed = 10;

const root = path.dirname(require.resolve("sharded-stream/package.json"));

/** What has to be undone, last first. */
type CleanUp = { readonly title: string; readonly undo: () => Promise<void> }[];

/** @returns undefined where it was interrupted before there was anything to sum up */
export async function playDemo(
    options: DemoOptions,
    day: Day,
    view: View,
    signal: AbortSignal,
): Promise<Summary | undefined> {
    const cleanUp: CleanUp = [];
    prepareReport(path.resolve(options.report));
    try {
        return await perform(options, day, view, signal, cleanUp);
    } finally {
        for (const { undo } of cleanUp.reverse()) await undo();
    }
}

async function perform(
    options: DemoOptions,
    day: Day,
    view: View,
    signal: AbortSignal,
    cleanUp: CleanUp,
): Promise<Summary | undefined> {
    const load = scaleOf(options, day);
    view.heading("1  A local AWS on this machine");
    const clock = new ManualClock(day.startMs - setupMs);
    const sandbox = await startSandbox({ clock, recordWeight: load.recordWeight, burstSeconds: stepSeconds });
    cleanUp.push({ title: "sandbox", undo: () => sandbox.stop() });
    view.line(`  ${sandbox.endpoint}; each record that is sent stands for ${formatNumber(load.recordWeight)}`);
    const engine = await openEngine({ target: sandbox, prefer: options.engine, say: (line) => view.quote(line) });
    cleanUp.push({ title: "engine", undo: () => engine.close() });
    const pulumi = { engine, clock, view, signal };

    view.heading(`2  pulumi preview with shardCount ${badShardCount}, against the policy pack`);
    const rejected = await whileTimePasses(pulumi, () =>
        engine.preview({ ...project, signal, config: { "orders:shardCount": badShardCount } }),
    );
    if (signal.aborted) return undefined;
    const rejectedBy = [
        ...new Set(rejected.violations.filter(({ level }) => level === "mandatory").map(({ policy }) => policy)),
    ];
    if (rejected.exitCode === 0 || rejectedBy.length === 0)
        throw failure("The policy pack let a stream of two shards pass", rejected);
    for (const violation of rejected.violations.filter(({ level }) => level === "mandatory")) {
        view.line(
            `  ${view.colours.red("rejected")} by ${view.colours.bold(violation.policy)}: ${verdictOf(violation.message)}`,
        );
    }

    view.heading("3  pulumi up with the planned shards");
    const created = await whileTimePasses(pulumi, () => engine.up({ ...project, signal }));
    cleanUp.push({ title: "stack", undo: () => destroy(pulumi) });
    if (signal.aborted) return undefined;
    if (created.exitCode !== 0) throw failure("pulumi up did not succeed", created);
    const streamName = String(created.outputs.streamName);
    const plannedShards = Number(created.outputs.shardCount);
    const resourcesCreated = created.changes.create ?? 0;
    view.line(
        `  ${view.colours.green("created")} ${formatNumber(resourcesCreated)} resources: stream ${view.colours.bold(streamName)} with ${plannedShards} shards, ${resourceKinds(created)}`,
    );

    view.heading(`4  A day of traffic: ${path.relative(process.cwd(), options.trace)}`);
    if (day.skippedRows > 0)
        view.line(`  ${formatNumber(day.skippedRows)} rows without a usable time or number are left out`);
    const scalerLog = new ScalerLog(sandbox.cloud.logs, created.outputs.scalerFunctionName as string | undefined);
    const played = await play({
        sandbox,
        clock,
        scalerLog,
        streamName,
        plannedShards,
        day,
        options,
        load,
        view,
        signal,
    });

    const report = path.resolve(options.report);
    const summary: Summary = {
        engine: `${engine.kind} ${engine.version}`,
        rejectedBy,
        resourcesCreated,
        plannedShards,
        acceptedRecords: played.acceptedRecords,
        refusedRecords: played.refusedRecords,
        recordWeight: load.recordWeight,
        alarmsFired: [
            ...new Set(played.alarms.filter(({ state }) => state === "ALARM").map(({ alarmName }) => alarmName)),
        ],
        decisions: played.decisions.map(({ timeMs, ...decision }) => ({
            time: new Date(timeMs).toISOString(),
            ...decision,
        })),
        dollars: Math.round(played.dollars * 100) / 100,
        report,
    };
    writeReport(report, summary, streamName, played);
    sumUp(view, summary);
    if (options.keep && !signal.aborted) await keepRunning(sandbox, clock, view, signal);
    return summary;
}

/** A policy's message without the description that Pulumi puts before it on a line of its own. */
function verdictOf(message: string): string {
    return message.trim().split("\n").at(-1) ?? message;
}

const project = { projectDir: root, policyPacks: [path.join(root, "policies")] } as const;

interface Load {
    readonly recordWeight: number;
    /** Records per second for one unit of the trace, once the planned shards are known. */
    readonly recordsPerUnit: (plannedShards: number) => number;
}

/** The project's own day is in records per second; another trace is scaled by its peak. */
function scaleOf({ trace, scaleToShards }: DemoOptions, day: Day): Load {
    const peak = Math.max(...day.points.map((point) => point.load));
    const ownUnits =
        scaleToShards === undefined &&
        day.column === "recordsPerSecond" &&
        path.dirname(trace) === path.join(root, "examples/traces");
    const recordsPerUnit = (plannedShards: number) =>
        ownUnits ? 1 : ((scaleToShards ?? overload * plannedShards) * recordsPerSecondPerShard) / peak;
    // How many shards are planned is not known before the deployment; for the weight a usual number is good enough.
    const usualShards = 5;
    const averageLoad = day.points.reduce((sum, point) => sum + point.load, 0) / day.points.length;
    const recordsOfDay = (averageLoad * recordsPerUnit(usualShards) * (day.endMs - day.startMs)) / 1_000;
    return { recordsPerUnit, recordWeight: Math.max(1, Math.round(recordsOfDay / recordsToSend)) };
}

interface PulumiStage {
    readonly engine: Engine;
    readonly clock: ManualClock;
    readonly view: View;
    readonly signal: AbortSignal;
}

/** Lets the sandbox's clock run while Pulumi works, since streams and tables take time to become active. */
async function whileTimePasses(
    { clock }: Pick<PulumiStage, "clock">,
    work: () => Promise<OperationResult>,
): Promise<OperationResult> {
    const stepMs = 50;
    let working = true;
    const pass = async () => {
        while (working) {
            await new Promise((resolve) => setTimeout(resolve, stepMs));
            await clock.advance(stepMs * setupSpeed);
        }
    };
    const passing = pass();
    try {
        return await work();
    } finally {
        working = false;
        await passing;
    }
}

async function destroy(pulumi: PulumiStage): Promise<void> {
    pulumi.view.heading("5  pulumi destroy");
    // Not cancelled by Ctrl-C: what was created is taken away again.
    const destroyed = await whileTimePasses(pulumi, () => pulumi.engine.destroy({ projectDir: root }));
    if (destroyed.exitCode !== 0) throw failure("pulumi destroy did not succeed", destroyed);
    pulumi.view.line(`  ${formatNumber(destroyed.changes.delete ?? 0)} resources deleted; nothing is left running`);
}

function failure(what: string, result: OperationResult): DemoError {
    const errors = result.diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message);
    return new DemoError(`${what}: ${errors.join(" ") || result.stderr.trim() || `exit code ${result.exitCode}`}`);
}

/** "3 alarms, 1 dashboard, ...": the kinds that operators know, most of them first. */
function resourceKinds(result: OperationResult): string {
    const kinds = new Map<string, number>();
    for (const { op, type } of result.steps) {
        const kind = /:(\w+)$/.exec(type)?.[1];
        if (op === "create" && kind !== undefined && type.startsWith("aws"))
            kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    return [...kinds].map(([kind, number]) => `${number} ${kind}`).join(", ");
}

interface PlayStage {
    readonly sandbox: Sandbox;
    readonly clock: ManualClock;
    readonly scalerLog: ScalerLog;
    readonly streamName: string;
    readonly plannedShards: number;
    readonly day: Day;
    readonly options: DemoOptions;
    readonly load: Load;
    readonly view: View;
    readonly signal: AbortSignal;
}

interface Played {
    readonly moments: readonly Moment[];
    readonly alarms: readonly AlarmChange[];
    readonly decisions: readonly ScalerDecision[];
    readonly acceptedRecords: number;
    readonly refusedRecords: number;
    readonly dollars: number;
}

async function play({
    sandbox,
    clock,
    scalerLog,
    streamName,
    plannedShards,
    day,
    load,
    view,
    signal,
}: PlayStage): Promise<Played> {
    const client = { endpoint: sandbox.endpoint, region: sandbox.region, credentials: sandbox.credentials };
    const kinesis = new KinesisClient(client);
    const cloudWatch = new CloudWatchClient(client);
    const moments: Moment[] = [];
    const alarms: AlarmChange[] = [];
    const decisions: ScalerDecision[] = [];
    const alarmsNow = new Set<string>();
    const total = { acceptedRecords: 0, refusedRecords: 0, dollars: 0 };
    try {
        await playDay({
            clock,
            kinesis,
            cloudWatch,
            streamName,
            day,
            recordsPerUnit: load.recordsPerUnit(plannedShards),
            recordBytes,
            recordWeight: load.recordWeight,
            signal,
            onMoment: (moment) => {
                moments.push(moment);
                total.acceptedRecords += moment.acceptedRecords;
                total.refusedRecords += moment.refusedRecords;
                total.dollars += moment.shardHours * prices.shardHour + moment.acceptedRecords * prices.putPayloadUnit;
                for (const decision of scalerLog.fresh()) {
                    decisions.push(decision);
                    view.line(
                        `  ${clockTime(decision.timeMs)}  ${view.colours.cyan("scaler")} ${decision.reason}: ${decision.message}`,
                    );
                }
                view.moment(moment, { ...total, alarmsNow: [...alarmsNow] }, recordsPerSecondPerShard);
            },
            onAlarm: (alarm) => {
                alarms.push(alarm);
                const fired = alarm.state === "ALARM";
                if (fired) alarmsNow.add(alarm.alarmName);
                else alarmsNow.delete(alarm.alarmName);
                const state = fired ? view.colours.red(alarm.state) : view.colours.green(alarm.state);
                view.line(`  ${clockTime(alarm.timeMs)}  ${state}  ${alarm.alarmName}`);
            },
        });
    } finally {
        view.endPanel();
        kinesis.destroy();
        cloudWatch.destroy();
    }
    return { moments, alarms, decisions, ...total };
}

/** Makes the report's folder before anything is started: a day that was played for nothing is a minute lost. */
function prepareReport(file: string): void {
    try {
        mkdirSync(path.dirname(file), { recursive: true });
        if (existsSync(file) && statSync(file).isDirectory()) throw new Error("it is a directory");
        accessSync(existsSync(file) ? file : path.dirname(file), constants.W_OK);
    } catch (error) {
        throw unwritable(file, error);
    }
}

function unwritable(file: string, error: unknown): DemoError {
    return new DemoError(`--report: ${file} cannot be written: ${(error as Error).message}. Name another file.`);
}

function writeReport(file: string, summary: Summary, streamName: string, played: Played): void {
    const html = reportHtml({
        title: `A day of the stream ${streamName}`,
        streamName,
        engine: summary.engine,
        rejectedBy: summary.rejectedBy,
        recordsPerSecondPerShard,
        notes: [
            `Each record that was sent stands for ${formatNumber(summary.recordWeight)} of the numbers here. Prices: ${priceList.region}, ${priceList.date}.`,
        ],
        ...played,
    });
    try {
        writeFileSync(file, html);
    } catch (error) {
        throw unwritable(file, error);
    }
}

function sumUp(view: View, summary: Summary): void {
    const { acceptedRecords, refusedRecords } = summary;
    const share = refusedRecords / Math.max(1, acceptedRecords + refusedRecords);
    view.heading("The day");
    view.line(
        `  accepted ${formatNumber(acceptedRecords)} records, refused ${formatNumber(refusedRecords)} (${formatPercent(share, 2)})`,
    );
    view.line(`  alarms: ${summary.alarmsFired.join(", ") || "none fired"}`);
    view.line(`  shard-hours and PUT payload units: ${formatDollars(summary.dollars)}`);
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
