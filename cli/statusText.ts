/**
 * What `status` says: one document, and the same for people.
 */
import { hourMs } from "../capacity/calendar";
import { limits } from "../capacity/limits";
import { scalerFunctionName } from "../capacity/names";
import { priceList } from "../capacity/sizing/prices";
import { count, formatDollars, formatNumber, formatPercent, formatRate } from "../capacity/text";
import { type CommandResult } from "./command";
import { metricsLate, type NotThere } from "./live";
import { type DeployedScaler } from "./deployedScaler";
import { scaleCommand, unevenText } from "./evenText";
import { commandLine } from "./commandLine";
import { clock, planDocument, planText } from "./statusPlan";
import { type Seen, type WindowName, windows } from "./statusLook";
import { minutes, sparkline, table, type Terminal } from "./terminal";

const windowNames = Object.keys(windows) as WindowName[];

const windowTitles: Readonly<Record<WindowName, string>> = {
    fiveMinutes: "last 5 minutes",
    hour: "last hour",
    day: "last day",
};

/** With more shards than this only their extremes are shown. */
const shardsListedMax = 24;

export function statusResult(seen: Seen): CommandResult {
    return { document: statusDocument(seen), text: (terminal) => statusText(seen, terminal), exitCode: 0 };
}

/** A stream of which no more can be asked. */
export function notThereResult({ message, streamName, stream }: NotThere): CommandResult {
    const known = {
        stream: streamName,
        status: stream.status,
        capacityMode: stream.capacityMode,
        retentionHours: stream.retentionHours ?? null,
    };
    return { document: { ...nothingKnown, ...known }, text: () => message, exitCode: 0 };
}

/** What the document has, of a stream without shards. */
const nothingKnown: Readonly<Record<Exclude<keyof ReturnType<typeof statusDocument>, "advice">, unknown>> = {
    stream: null,
    status: null,
    capacityMode: null,
    retentionHours: null,
    openShards: null,
    closedShards: null,
    shards: [],
    evenness: null,
    utilization: null,
    load: null,
    lastHourUtilization: null,
    loadUntil: null,
    iteratorAgeMilliseconds: null,
    metricsProblem: null,
    updateCallsLeft: null,
    updateCallReturns: null,
    updateCallsSource: null,
    updateCallMayBeUnderWay: null,
    scaler: { ledgerTable: null, deployed: null, paused: null, problem: null },
    decisions: [],
    monthlyCost: null,
    ...planDocument(undefined),
};

function statusDocument(seen: Seen) {
    const { stream, budget } = seen;
    const load = "problem" in seen.load ? undefined : seen.load;
    const utilization =
        load === undefined
            ? null
            : Object.fromEntries(windowNames.map((name) => [name, load.windows[name].utilization]));
    return {
        stream: seen.name,
        status: stream.status,
        capacityMode: stream.capacityMode,
        retentionHours: stream.retentionHours,
        openShards: seen.shards.length,
        closedShards: seen.closedShards,
        shards: seen.shards,
        evenness: seen.evenness,
        utilization,
        load: load?.windows ?? null,
        lastHourUtilization: load?.lastHour ?? null,
        loadUntil: load === undefined ? null : new Date(load.untilMs).toISOString(),
        iteratorAgeMilliseconds: load?.iteratorAgeMs ?? null,
        metricsProblem: "problem" in seen.load ? seen.load.problem : null,
        updateCallsLeft: budget?.left ?? null,
        updateCallReturns: budget?.nextReturnsMs === undefined ? null : new Date(budget.nextReturnsMs).toISOString(),
        updateCallsSource: budget?.source ?? null,
        updateCallMayBeUnderWay: isUncounted(seen),
        scaler: {
            ledgerTable: seen.ledgerTable ?? null,
            deployed: isDeployed(seen),
            paused: seen.paused ?? null,
            problem: seen.ledgerProblem ?? null,
            ...(deployedOf(seen)?.dryRun && { dryRun: true }),
        },
        ...planDocument(seen.plan),
        decisions: seen.decisions.map(({ atMs, ...decision }) => ({
            at: new Date(atMs).toISOString(),
            ...decision,
        })),
        monthlyCost: seen.monthlyCost ?? null,
        ...(seen.advice !== undefined &&
            (typeof seen.advice === "string"
                ? { advice: seen.advice }
                : { advice: null, adviceProblem: seen.advice.problem })),
    };
}

export function statusText(seen: Seen, terminal: Terminal): string {
    const { name, stream } = seen;
    const { bold, dim, yellow } = terminal.colours;
    const lines = [
        `${bold(name)}: ${stream.status}, ${stream.capacityMode}, ${count(seen.shards.length, "open shard")}, ${count(seen.closedShards, "closed shard")} until the records expire (retention ${formatNumber(stream.retentionHours)} h)`,
        "",
        ...loadText(seen, terminal),
        ...budgetText(seen, terminal),
        ...(seen.monthlyCost === undefined
            ? []
            : [
                  `About ${formatDollars(seen.monthlyCost)} a month ${"problem" in seen.load ? "before anything is written" : "at the last day's load, its records taken as of one size"} (${priceList.region}, ${priceList.date}, alarms, the scaler and reads with GetRecords aside).`,
              ]),
        ...adviceText(seen, terminal),
        "",
        shardsText(seen, terminal),
        ...evennessText(seen, terminal),
    ];
    lines.push(...planText(seen.plan, terminal));
    if (seen.ledgerProblem !== undefined) lines.push("", yellow(unknownText(seen)));
    lines.push(...stillText(seen).flatMap((sentence) => ["", yellow(sentence)]));
    if (seen.decisions.length > 0) {
        lines.push("", bold("Last decisions"));
        for (const { atMs, by, reason, message } of seen.decisions) {
            lines.push(
                `${new Date(atMs).toISOString().slice(0, 16).replace("T", " ")}  ${dim(by)}  ${reason}: ${message}`,
            );
        }
    } else if (seen.ledgerTable !== undefined && seen.ledgerProblem === undefined && isDeployed(seen) !== false) {
        lines.push("", dim("The scaler changed nothing in the last 24 hours."));
    }
    return lines.join("\n");
}

function adviceText({ advice }: Seen, { colours }: Terminal): string[] {
    if (advice === undefined) return [];
    return typeof advice === "string"
        ? [`Advice from its last days: ${advice}`]
        : [colours.yellow(`Advice from its last days: not known. ${advice.problem}`)];
}

/** Why a scaler decides, and does nothing. */
function stillText(seen: Seen): string[] {
    const deployed = deployedText(seen);
    const standing = [...nobodyText(seen), ...deployed];
    if (seen.isPausedInLedger !== true) return standing;
    const where = deployed.length > 0 ? " in its ledger, too" : "";
    const resume = commandLine(["scale", seen.namedAs], { resume: true });
    return [...standing, `The scaler is paused${where}; ${resume} ends that.`];
}

function nobodyText(seen: Seen): string[] {
    const isAws = seen.stream.capacityMode === "on-demand";
    if (isAws || seen.ledgerTable === undefined || isDeployed(seen) !== false) return [];
    return [
        `Nobody scales the stream: it has the ledger ${seen.ledgerTable}, and no function ${scalerFunctionName(seen.name)}. Deploy the scaler again, or scale by hand.`,
    ];
}

function deployedText(seen: Seen): string[] {
    const deployed = deployedOf(seen);
    if (deployed?.dryRun) return ["The scaler is deployed with dryRun: it says what it would do, and does nothing."];
    if (!deployed?.paused) return [];
    const acts = seen.isPausedInLedger === true ? "" : "; it acts once it is deployed without";
    return [`The scaler is deployed with paused: true${acts}.`];
}

/** Null: it may not be asked for, or whether there is a ledger is not known. */
function isDeployed({ scaler, ledgerTable, ledgerProblem }: Seen): boolean | null {
    if (ledgerTable === undefined && ledgerProblem !== undefined) return null;
    return scaler === undefined ? false : "problem" in scaler ? null : true;
}

function deployedOf({ scaler }: Seen): DeployedScaler | undefined {
    return scaler === undefined || "problem" in scaler ? undefined : scaler;
}

/** What is not known without the ledger, or without its history. */
function unknownText({ ledgerProblem, ledgerTable }: Seen): string {
    const unknown =
        ledgerTable === undefined
            ? "whether a scaler is there or paused, its calls, its decisions"
            : "the last decisions";
    return `Not known: ${unknown}. ${ledgerProblem}`;
}

function loadText({ load, stream, shards, closedShards }: Seen, terminal: Terminal): string[] {
    const { cyan, red, yellow, dim } = terminal.colours;
    if ("problem" in load) return [yellow(`The load is not known: ${load.problem}`)];
    const rows = windowNames.map((name) => {
        const { mibPerSecond, recordsPerSecond, utilization, refusedRecords } = load.windows[name];
        const refused = refusedRecords > 0 ? red(formatNumber(refusedRecords, 0)) : "0";
        return [
            windowTitles[name],
            `${formatRate(mibPerSecond.average)} / ${formatRate(mibPerSecond.maximum)}`,
            `${formatRate(recordsPerSecond.average)} / ${formatRate(recordsPerSecond.maximum)}`,
            `${formatPercent(utilization.average)} / ${formatPercent(utilization.maximum)}`,
            refused,
        ];
    });
    const head = ["average / busiest minute", "MiB/s", "records/s", "utilization", "refused"];
    const peak = Math.max(...load.lastHour);
    const [before, after] = ["last hour  ", `  ≤ ${formatPercent(peak)}`];
    const room = terminal.columns - before.length - after.length;
    const hour = `${before}${cyan(sparkline(load.lastHour, Math.max(1, peak), room))}${after}`;
    const until = `Until ${clock(load.untilMs)} UTC: ${metricsLate}.`;
    const silent = "Nothing was written in the last five of these minutes; what was written since is not shown yet.";
    return [
        table(terminal, head, rows, [1, 2, 3, 4]),
        ...(terminal.interactive ? [hour] : []),
        // Past minutes had other shards: 65 % of the ones of now was too much for those.
        ...(closedShards > 0
            ? [dim(`Utilization is of the ${count(shards.length, "shard")} open now, also before the last reshard.`)]
            : []),
        load.isSilent ? yellow(`${until} ${silent}`) : dim(until),
        ageText(load.iteratorAgeMs, stream.retentionHours, terminal),
    ];
}

function ageText(iteratorAgeMs: number | null, retentionHours: number, terminal: Terminal): string {
    if (iteratorAgeMs === null) return "Iterator age: nobody read with GetRecords in the last five minutes.";
    const part = iteratorAgeMs / (retentionHours * hourMs);
    const text = `Iterator age: ${minutes(iteratorAgeMs / 1_000)} behind, ${formatPercent(part, 1)} of the retention.`;
    return part > 0.5 ? terminal.colours.red(text) : text;
}

function budgetText({ budget, ledgerTable, stream }: Seen, terminal: Terminal): string[] {
    if (budget === undefined) return ["On-demand: AWS scales it; there are no UpdateShardCount calls to count."];
    const returns =
        budget.nextReturnsMs === undefined
            ? ""
            : `, the next comes back in ${minutes((budget.nextReturnsMs - stream.nowMs) / 1_000)}`;
    const source =
        budget.source === "ledger" ? `ledger ${ledgerTable}` : "estimated from the shards of the last 24 hours";
    const most = limits.updateShardCountCallsPer24Hours;
    // The shards show a call when it is done; AWS does not tell what the change is.
    const underWay = isUncounted({ budget, stream })
        ? " The change that is under way may be one more, not counted yet."
        : "";
    const text = `UpdateShardCount calls left: ${budget.left} of ${most}${returns} (${source}).${underWay}`;
    return [budget.left === 0 ? terminal.colours.red(text) : text];
}

function isUncounted({ budget, stream }: Pick<Seen, "budget" | "stream">): boolean {
    return stream.status === "UPDATING" && budget?.source === "shard history";
}

function shardsText({ shards }: Seen, terminal: Terminal): string {
    const shares = shards.map(({ share }) => share);
    const [least, most] = [Math.min(...shares), Math.max(...shares)];
    if (shards.length > shardsListedMax) {
        const ends = [...new Set([least, most].map((share) => formatPercent(share, 2)))];
        return `${count(shards.length, "open shard")}, each with ${ends.join(" to ")} of the hash key space.`;
    }
    const rows = shards.map(({ shardId, share }) => [
        shardId,
        formatPercent(share, 1),
        { fraction: share / most, colour: terminal.colours.cyan },
    ]);
    return table(terminal, ["open shard", "of the hash key space", ""], rows, [1]);
}

function evennessText({ namedAs: named, shards, evenness, stream }: Seen, terminal: Terminal): string[] {
    if (evenness.isEven || stream.capacityMode === "on-demand") return [];
    const text = `${unevenText(evenness)} Utilization is counted so. ${scaleCommand({ stream: named }, shards.length)} tells the way to even ones.`;
    return [terminal.colours.yellow(text)];
}
