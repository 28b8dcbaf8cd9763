/**
 * `sharded-stream status`: shards, load, refusals, calls left, the scaler's last decisions and the cost of a stream, at a glance.
 */
import { estimateCost, hoursPerMonth, priceList, prices } from "../capacity/sizing/cost";
import { fractionOf } from "../capacity/keys/hashRing";
import { limits } from "../capacity/limits";
import { type ShardLevelMetricName } from "../capacity/metrics";
import { completeRequirements } from "../capacity/requirements";
import { type LedgerEntry } from "../capacity/scaling/ledger";
import { type MinuteSample } from "../capacity/scaling/observation";
import { count, formatDollars, formatNumber, formatPercent, formatRate } from "../capacity/text";
import {
    AwsRefusedError,
    type CommandContext,
    type CommandResult,
    type DefineCommand,
    examples,
    UsageError,
    wholeNumber,
} from "./command";
import { iteratorAgeOf, minutes, samplesOf } from "./scale";
import { type StreamAccess, type StreamLedger, type StreamState, withStream } from "./streamAccess";
import { bar, sparkline, table, type Terminal } from "./terminal";
import { type CallBudget, Walker } from "./walker";

interface StatusFlags {
    readonly watch?: number | true;
}

const watchSecondsDefault = 10;
const minuteMs = 60_000;
const dayMinutes = 1_440;

/** The windows that load is shown over, newest minutes first out of the day's. */
const windows = { fiveMinutes: 5, hour: 60, day: dayMinutes } as const;

type WindowName = keyof typeof windows;

const windowTitles: Readonly<Record<WindowName, string>> = {
    fiveMinutes: "last 5 minutes",
    hour: "last hour",
    day: "last day",
};

export const defineStatus: DefineCommand = (program, act) => {
    program
        .command("status")
        .argument("<stream>", "name or ARN of the stream")
        .description("show a stream's shards, load, refusals, calls left, last decisions and cost")
        .option(
            "--watch [seconds]",
            `again every so many seconds (default ${watchSecondsDefault})`,
            wholeNumber(1, 3_600),
        )
        .addHelpText(
            "after",
            examples(
                "sharded-stream status orders",
                "sharded-stream status orders --watch",
                "sharded-stream status orders --json",
            ),
        )
        .action(act(async (flags: StatusFlags, [stream], context) => status(stream!, flags, context)));
};

async function status(stream: string, flags: StatusFlags, context: CommandContext): Promise<CommandResult> {
    if (flags.watch !== undefined && context.json)
        throw new UsageError("status: --watch and --json exclude each other; call it again for another document");
    return withStream(stream, async (access) => {
        let seen = await look(access, context);
        if (flags.watch === undefined) return resultOf(seen);
        const seconds = flags.watch === true ? watchSecondsDefault : flags.watch;
        while (!context.signal.aborted) {
            const clear = context.terminal.interactive ? "\u001b[2J\u001b[H" : "";
            context.print(`${clear}${statusText(seen, context.terminal)}`);
            await new Promise<void>((resolve) => {
                const timer = setTimeout(resolve, seconds * 1_000);
                context.signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
            });
            if (!context.signal.aborted) seen = await look(access, context);
        }
        return { ...resultOf(seen), text: () => "" };
    });
}

/** Average and maximum of one minute's mean, as fractions of what the open shards take: the scarcer of bytes and records. */
interface WindowLoad {
    readonly mibPerSecond: { readonly average: number; readonly maximum: number };
    readonly recordsPerSecond: { readonly average: number; readonly maximum: number };
    readonly utilization: { readonly average: number; readonly maximum: number };
    readonly refusedRecords: number;
}

interface Seen {
    readonly stream: StreamState;
    readonly shards: readonly { readonly shardId: string; readonly share: number }[];
    readonly closedShards: number;
    readonly load: Readonly<Record<WindowName, WindowLoad>>;
    /** Utilisation of each minute of the last hour, oldest first. */
    readonly lastHour: readonly number[];
    readonly iteratorAgeMs: number | null;
    readonly budget: CallBudget | undefined;
    readonly paused: boolean;
    readonly ledger: StreamLedger | undefined;
    /** Why the ledger could not be read, if it could not. */
    readonly ledgerProblem: string | undefined;
    readonly decisions: readonly LedgerEntry[];
    readonly monthlyCost: number;
}

async function look(access: StreamAccess, context: CommandContext): Promise<Seen> {
    const progress = (message: string): void => context.progress.update(message);
    progress(`reading ${access.name}`);
    const stream = await access.describe();
    const { open, closed } = await access.shards();
    progress("reading the metrics of the last day");
    // The newest minute arrives late; without it, a minute that is missing is a minute in which nothing was written.
    const untilMs = stream.nowMs - minuteMs;
    const samples = await samplesOf(access, untilMs, dayMinutes);
    const iteratorAgeMs = await iteratorAgeOf(access, stream.nowMs);
    const { ledger, ledgerProblem } = await readableLedger(access, stream);
    const walker = new Walker({ access, signal: context.signal, progress, say: () => undefined });
    const provisioned = stream.capacityMode === "provisioned";
    const budget = provisioned ? await walker.look(stream, open, ledger) : undefined;
    const shards = open.length;
    const untilMinuteMs = Math.floor(untilMs / minuteMs) * minuteMs;
    const loadOver = (minutesBack: number): WindowLoad => {
        const fromMs = Math.max(
            untilMinuteMs - minutesBack * minuteMs,
            Math.floor(stream.createdMs / minuteMs) * minuteMs,
        );
        const inWindow = samples.filter(({ startMs }) => startMs >= fromMs);
        return windowLoad(inWindow, Math.max(1, (untilMinuteMs - fromMs) / minuteMs), shards);
    };
    const load = {
        fiveMinutes: loadOver(windows.fiveMinutes),
        hour: loadOver(windows.hour),
        day: loadOver(windows.day),
    };
    const byMinute = new Map(samples.map((sample) => [sample.startMs, sample]));
    return {
        stream,
        shards: open.map(({ shardId, startingHashKey, endingHashKey }) => ({
            shardId,
            share: fractionOf(endingHashKey - startingHashKey + 1n),
        })),
        closedShards: closed,
        load,
        lastHour: Array.from({ length: windows.hour }, (_, at) => {
            const sample = byMinute.get(untilMinuteMs - (windows.hour - at) * minuteMs);
            return sample === undefined ? 0 : windowLoad([sample], 1, shards).utilization.average;
        }),
        iteratorAgeMs,
        budget,
        paused: walker.ledgerState.paused === true,
        ledger,
        ledgerProblem,
        decisions: ledger === undefined ? [] : await ledger.history(stream.nowMs - dayMinutes * minuteMs, 5),
        monthlyCost: monthlyCost(stream, shards, load.day),
    };
}

/** Without permission to read a ledger there is still much to show. */
async function readableLedger(
    access: StreamAccess,
    stream: StreamState,
): Promise<{ ledger: StreamLedger | undefined; ledgerProblem: string | undefined }> {
    try {
        return { ledger: await access.ledger(stream), ledgerProblem: undefined };
    } catch (error) {
        if (!(error instanceof AwsRefusedError)) throw error;
        return { ledger: undefined, ledgerProblem: error.message };
    }
}

function windowLoad(samples: readonly MinuteSample[], windowMinutes: number, shards: number): WindowLoad {
    const series = samples.map(({ acceptedBytes, acceptedRecords }) => ({
        mib: acceptedBytes / limits.bytesPerMiB / 60,
        records: acceptedRecords / 60,
    }));
    const utilizationOf = (mib: number, records: number): number =>
        Math.max(mib / limits.shardWriteMiBPerSecond, records / limits.shardWriteRecordsPerSecond) / shards;
    const average = (values: readonly number[]): number =>
        values.reduce((sum, value) => sum + value, 0) / Math.max(windowMinutes, 1);
    const maximum = (values: readonly number[]): number => values.reduce((most, value) => Math.max(most, value), 0);
    const mib = series.map((minute) => minute.mib);
    const records = series.map((minute) => minute.records);
    return {
        mibPerSecond: { average: average(mib), maximum: maximum(mib) },
        recordsPerSecond: { average: average(records), maximum: maximum(records) },
        utilization: {
            average: utilizationOf(average(mib), average(records)),
            maximum: maximum(series.map((minute) => utilizationOf(minute.mib, minute.records))),
        },
        refusedRecords: samples.reduce((sum, sample) => sum + sample.refusedRecords, 0),
    };
}

/** At the load of the last day, all month. */
function monthlyCost(stream: StreamState, shards: number, day: WindowLoad): number {
    const mode = stream.capacityMode === "on-demand" ? "onDemandStandard" : "provisioned";
    if (day.recordsPerSecond.average === 0)
        return hoursPerMonth * (mode === "provisioned" ? shards * prices.shardHour : prices.onDemandStandardStreamHour);
    const requirements = completeRequirements({
        writeMiBPerSecond: Math.max(day.mibPerSecond.average, 1e-6),
        recordsPerSecond: day.recordsPerSecond.average,
        fanOutConsumers: stream.fanOutConsumers,
    });
    const { retentionHours } = stream;
    const shardLevelMetrics = stream.shardLevelMetrics.filter((name) => name !== "ALL") as ShardLevelMetricName[];
    return estimateCost({ requirements, shards, retentionHours, shardLevelMetrics })[mode].monthly;
}

function resultOf(seen: Seen): CommandResult {
    const { stream, budget, load } = seen;
    const utilization = Object.fromEntries(
        (Object.keys(windows) as WindowName[]).map((name) => [name, load[name].utilization]),
    );
    return {
        document: {
            stream: stream.name,
            status: stream.status,
            capacityMode: stream.capacityMode,
            retentionHours: stream.retentionHours,
            openShards: seen.shards.length,
            closedShards: seen.closedShards,
            shards: seen.shards,
            utilization,
            load,
            lastHourUtilization: seen.lastHour,
            iteratorAgeMilliseconds: seen.iteratorAgeMs,
            updateCallsLeft: budget?.left ?? null,
            updateCallReturns:
                budget?.nextReturnsMs === undefined ? null : new Date(budget.nextReturnsMs).toISOString(),
            updateCallsSource: budget?.source ?? null,
            scaler: {
                ledgerTable: seen.ledger?.table ?? null,
                paused: seen.paused,
                problem: seen.ledgerProblem ?? null,
            },
            decisions: seen.decisions.map(({ atMs, ...decision }) => ({
                at: new Date(atMs).toISOString(),
                ...decision,
            })),
            monthlyCost: seen.monthlyCost,
        },
        text: (terminal) => statusText(seen, terminal),
        exitCode: 0,
    };
}

const shardsListedMax = 24;

function statusText(seen: Seen, terminal: Terminal): string {
    const { stream, load } = seen;
    const { bold, dim, cyan, red, yellow } = terminal.colours;
    const rows = (Object.keys(windows) as WindowName[]).map((name) => {
        const { mibPerSecond, recordsPerSecond, utilization, refusedRecords } = load[name];
        const refused = refusedRecords > 0 ? red(formatNumber(refusedRecords, 0)) : "0";
        return [
            windowTitles[name],
            `${formatRate(mibPerSecond.average)} / ${formatRate(mibPerSecond.maximum)}`,
            `${formatRate(recordsPerSecond.average)} / ${formatRate(recordsPerSecond.maximum)}`,
            `${formatPercent(utilization.average)} / ${formatPercent(utilization.maximum)}`,
            refused,
        ];
    });
    const peak = Math.max(...seen.lastHour);
    const lines = [
        `${bold(stream.name)}: ${stream.status}, ${stream.capacityMode}, ${count(seen.shards.length, "open shard")}, ${count(seen.closedShards, "closed shard")} until the records expire (retention ${formatNumber(stream.retentionHours)} h)`,
        "",
        table(
            terminal,
            ["average / busiest minute", "MiB/s", "records/s", "utilization", "refused"],
            rows,
            [1, 2, 3, 4],
        ),
        ...(terminal.interactive
            ? [`last hour  ${cyan(sparkline(seen.lastHour, Math.max(1, peak)))}  ${formatPercent(peak)} at most`]
            : []),
        ageText(seen, terminal),
        ...budgetText(seen, terminal),
        `About ${formatDollars(seen.monthlyCost)} a month at the last day's load (${priceList.region}, ${priceList.date}, alarms and consumers' reads aside).`,
        "",
        shardsText(seen, terminal),
    ];
    if (seen.ledgerProblem !== undefined) lines.push("", yellow(seen.ledgerProblem));
    if (seen.paused)
        lines.push("", yellow(`The scaler is paused; sharded-stream scale ${stream.name} --resume ends that.`));
    if (seen.decisions.length > 0) {
        lines.push("", bold("Last decisions"));
        for (const { atMs, by, reason, message } of seen.decisions) {
            lines.push(
                `${new Date(atMs).toISOString().slice(0, 16).replace("T", " ")}  ${dim(by)}  ${reason}: ${message}`,
            );
        }
    } else if (seen.ledger !== undefined) {
        lines.push("", dim("The scaler changed nothing in the last 24 hours."));
    }
    return lines.join("\n");
}

function ageText({ iteratorAgeMs, stream }: Seen, terminal: Terminal): string {
    if (iteratorAgeMs === null) return "Iterator age: nobody read with GetRecords in the last five minutes.";
    const part = iteratorAgeMs / (stream.retentionHours * 3_600_000);
    const text = `Iterator age: ${minutes(iteratorAgeMs / 1_000)} behind, ${formatPercent(part, 1)} of the retention.`;
    return part > 0.5 ? terminal.colours.red(text) : text;
}

function budgetText({ budget, ledger, stream }: Seen, terminal: Terminal): string[] {
    if (budget === undefined) return ["On-demand: AWS scales it; there are no UpdateShardCount calls to count."];
    const returns =
        budget.nextReturnsMs === undefined
            ? ""
            : `, the next comes back in ${minutes((budget.nextReturnsMs - stream.nowMs) / 1_000)}`;
    const source =
        budget.source === "ledger" ? `ledger ${ledger!.table}` : "estimated from the shards of the last 24 hours";
    const most = limits.updateShardCountCallsPer24Hours;
    const text = `UpdateShardCount calls left: ${budget.left} of ${most}${returns} (${source}).`;
    return [budget.left === 0 ? terminal.colours.red(text) : text];
}

function shardsText({ shards }: Seen, terminal: Terminal): string {
    const shares = shards.map(({ share }) => share);
    const [least, most] = [Math.min(...shares), Math.max(...shares)];
    if (shards.length > shardsListedMax)
        return `${count(shards.length, "open shard")}, each with ${formatPercent(least, 2)} to ${formatPercent(most, 2)} of the hash key space.`;
    const rows = shards.map(({ shardId, share }) => [
        shardId,
        formatPercent(share, 1),
        ...(terminal.interactive ? [terminal.colours.cyan(bar(share / most, 20))] : []),
    ]);
    return table(terminal, ["open shard", "of the hash key space", ...(terminal.interactive ? [""] : [])], rows, [1]);
}
