/**
 * The demo in acts: a local AWS, a bad configuration rejected, a good one deployed, a day of traffic, a report, everything destroyed.
 */
import path from "node:path";
import { priceList } from "../capacity/sizing/prices";
import { formatDollars, formatNumber, formatPercent } from "../capacity/text";
import { openEngine } from "../engine/index";
import { ManualClock, type Sandbox, startSandbox } from "../sandbox/index";
import { stepSeconds } from "./day";
import { recordsPerSecondPerShard, scaleOf } from "./load";
import { type DemoOptions } from "./options";
import { play, type Played } from "./playing";
import { prepareReport, writeReport } from "./report";
import { deploy, type DeployedStack, deployedStack, destroy, previewBadStack } from "./stack";
import { type Day } from "./trace";
import { type View } from "./view";

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

/** Sandbox time before the day starts, for the deployment. */
const setupMs = 30 * 60_000;

/** What has to be undone, last first. */
type CleanUp = (() => Promise<void>)[];

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
        for (const undo of cleanUp.reverse()) await undo();
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
    cleanUp.push(() => sandbox.stop());
    view.line(`  ${sandbox.endpoint}; each record that is sent stands for ${formatNumber(load.recordWeight)}`);
    const engine = await openEngine({ target: sandbox, prefer: options.engine, say: (line) => view.quote(line) });
    cleanUp.push(() => engine.close());
    const pulumi = { engine, clock, view, signal };

    const rejectedBy = await previewBadStack(pulumi);
    if (rejectedBy === undefined) return undefined;

    const created = await deploy(pulumi);
    cleanUp.push(() => destroy(pulumi));
    if (signal.aborted) return undefined;
    const stack = deployedStack(pulumi, created);

    view.heading(`4  A day of traffic: ${path.relative(process.cwd(), options.trace)}`);
    if (day.skippedRows > 0)
        view.line(`  ${formatNumber(day.skippedRows)} rows without a usable time or number are left out`);
    const played = await play({ sandbox, clock, stack, day, load, view, signal });

    const { recordWeight } = load;
    const summary: Summary = {
        engine: `${engine.kind} ${engine.version}`,
        rejectedBy,
        ...resultsOf(stack, played, recordWeight),
        report: path.resolve(options.report),
    };
    writeReport(summary.report, {
        streamName: stack.streamName,
        engine: summary.engine,
        rejectedBy,
        recordsPerSecondPerShard,
        notes: [
            `Each record that was sent stands for ${formatNumber(recordWeight)} of the numbers here. Prices: ${priceList.region}, ${priceList.date}.`,
        ],
        ...played,
    });
    sumUp(view, summary);
    if (options.keep && !signal.aborted) await keepRunning(sandbox, clock, view, signal);
    return summary;
}

function resultsOf(
    { resourcesCreated, plannedShards }: DeployedStack,
    { alarms, decisions, acceptedRecords, refusedRecords, dollars }: Played,
    recordWeight: number,
): Omit<Summary, "engine" | "rejectedBy" | "report"> {
    return {
        resourcesCreated,
        plannedShards,
        acceptedRecords,
        refusedRecords,
        recordWeight,
        alarmsFired: [...new Set(alarms.filter(({ state }) => state === "ALARM").map(({ alarmName }) => alarmName))],
        decisions: decisions.map(({ timeMs, ...decision }) => ({ time: new Date(timeMs).toISOString(), ...decision })),
        dollars: Math.round(dollars * 100) / 100,
    };
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
