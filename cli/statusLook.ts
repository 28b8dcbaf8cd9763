/**
 * What `status` looks at: the stream, its load, its ledger. What cannot be read is missing, with its reason; the rest is still shown.
 */
import { minuteMs, minutesPerDay } from "../capacity/calendar";
import { fractionOf } from "../capacity/keys/hashRing";
import { limits } from "../capacity/limits";
import { type ShardLevelMetricName, shardLevelMetricNames } from "../capacity/metrics";
import { completeRequirements } from "../capacity/requirements";
import { type Evenness, evennessOf } from "../capacity/scaling/even";
import { type LedgerEntry } from "../capacity/scaling/ledger";
import { type MinuteSample } from "../capacity/scaling/observation";
import { estimateCost } from "../capacity/sizing/cost";
import { money } from "../capacity/sizing/costItems";
import { sum } from "../capacity/sums";
import { type StreamDetails } from "../stream/kinesis";
import { ledgerHistory, LedgerFailure } from "../stream/ledger";
import { MetricsIncomplete, startOfMinute } from "../stream/load";
import { refusalOf } from "../stream/refusals";
import { type Sight } from "../stream/session";
import { ledgerProblem, refused } from "./awsErrors";
import { AwsRefusedError, type CommandContext } from "./command";
import { detailsOf, type Live, namedAs, tooYoung } from "./live";
import { scalerOf, type SeenScaler } from "./seenScaler";
import { planOf, type SeenPlan } from "./statusPlan";
import { type CallBudget, Walker, type WalkerOptions } from "./walker";

const decisionsShown = 5;

/** The windows that load is shown over, in minutes back from the newest. */
export const windows = { fiveMinutes: 5, hour: 60, day: minutesPerDay } as const;

export type WindowName = keyof typeof windows;

/** Average and maximum of one minute's mean; utilization as fractions of what the open shards take until the widest is full: the scarcer of bytes and records. */
export interface WindowLoad {
    readonly mibPerSecond: { readonly average: number; readonly maximum: number };
    readonly recordsPerSecond: { readonly average: number; readonly maximum: number };
    readonly utilization: { readonly average: number; readonly maximum: number };
    readonly refusedRecords: number;
}

/** What CloudWatch says. */
export interface SeenLoad {
    /** The end of the newest minute that is counted: what was written since is not known yet. */
    readonly untilMs: number;
    /** No minute of the last five has a datapoint. */
    readonly isSilent: boolean;
    readonly windows: Readonly<Record<WindowName, WindowLoad>>;
    /** Utilisation of each minute of the last hour, oldest first. */
    readonly lastHour: readonly number[];
    /** Null: nobody reads with GetRecords. */
    readonly iteratorAgeMs: number | null;
}

export interface Seen {
    readonly name: string;
    /** As the user named it, for the commands that are told. */
    readonly namedAs: string;
    readonly stream: StreamDetails;
    readonly shards: readonly { readonly shardId: string; readonly share: number }[];
    readonly closedShards: number;
    readonly evenness: Evenness;
    /** Why CloudWatch did not tell the load, if it did not. */
    readonly load: SeenLoad | { readonly problem: string };
    /** Undefined where the stream is on-demand. */
    readonly budget: CallBudget | undefined;
    /** In its ledger or by its deployment. Undefined where one could not be read, and the other does not say so. */
    readonly paused: boolean | undefined;
    /** Undefined where the ledger could not be read. */
    readonly isPausedInLedger: boolean | undefined;
    readonly scaler: SeenScaler;
    readonly ledgerTable: string | undefined;
    /** Why the ledger, or its history, could not be read, if it could not. */
    readonly ledgerProblem: string | undefined;
    readonly decisions: readonly LedgerEntry[];
    readonly plan: SeenPlan;
    /** At the load of the last day, all month; undefined where that is not known. */
    readonly monthlyCost: number | undefined;
    /** Whether scaling pays, in a sentence, or why that cannot be told; absent where nobody asked. */
    readonly advice?: string | { readonly problem: string } | undefined;
}

/** @throws NotThere */
export async function look(live: Live, { progress }: CommandContext): Promise<Seen> {
    progress.update(`reading ${live.name}`);
    const stream = await detailsOf(live);
    const { open, closed } = await live.stream.shards();
    progress.update("reading the metrics of the last day");
    const evenness = evennessOf(open);
    // An on-demand stream's shards are cut where its load is: none is full before the others.
    const worthShards = stream.capacityMode === "on-demand" ? open.length : evenness.worthShards;
    const load = await loadOf(live, stream, worthShards);
    const { walker, sight, ledgerProblem } = await ledgerOf({ live, progress, readOnly: true });
    const history = await historyOf(live, walker, stream.nowMs);
    const scaler = walker.ledgerTable === undefined ? undefined : await scalerOf(live);
    const isPausedInLedger = ledgerProblem === undefined ? walker.session.ledger.state.paused === true : undefined;
    return {
        name: live.name,
        namedAs: namedAs(live),
        stream,
        shards: open.map(({ shardId, startingHashKey, endingHashKey }) => ({
            shardId,
            share: fractionOf(endingHashKey - startingHashKey + 1n),
        })),
        closedShards: closed,
        evenness,
        load,
        budget: stream.capacityMode === "provisioned" ? await walker.budget() : undefined,
        paused: pausedBy(isPausedInLedger, scaler),
        isPausedInLedger,
        scaler,
        ledgerTable: walker.ledgerTable,
        ledgerProblem: ledgerProblem ?? history.problem,
        decisions: history.decisions,
        plan: await planOf(scaler, walker.session, sight),
        monthlyCost: monthlyCost(stream, open.length, load),
    };
}

function pausedBy(isPausedInLedger: boolean | undefined, scaler: SeenScaler): boolean | undefined {
    const byDeployment = scaler === undefined ? false : "problem" in scaler ? undefined : scaler.paused;
    if (isPausedInLedger === true || byDeployment === true) return true;
    return isPausedInLedger === undefined || byDeployment === undefined ? undefined : false;
}

/** Without permission to read a ledger there is still much to show. */
async function ledgerOf(
    options: WalkerOptions,
): Promise<{ readonly walker: Walker; readonly sight: Sight; readonly ledgerProblem: string | undefined }> {
    const walker = new Walker(options);
    try {
        const sight = await walker.session.look();
        return { walker, sight, ledgerProblem: undefined };
    } catch (error) {
        if (!(error instanceof LedgerFailure)) throw error;
        const without = new Walker({ ...options, withoutLedger: true });
        const sight = await without.session.look();
        return { walker: without, sight, ledgerProblem: ledgerProblem(error) };
    }
}

interface History {
    readonly decisions: readonly LedgerEntry[];
    readonly problem?: string;
}

async function historyOf(live: Live, { ledgerTable, session }: Walker, nowMs: number): Promise<History> {
    if (ledgerTable === undefined) return { decisions: [] };
    const since = { sinceMs: nowMs - minutesPerDay * minuteMs, limit: decisionsShown };
    try {
        const { streamKey } = session.ledger;
        return { decisions: await ledgerHistory(live.clients.dynamoDb, ledgerTable, streamKey, since) };
    } catch (error) {
        const said = refused(error, `history in ${ledgerTable}`);
        if (!(said instanceof AwsRefusedError)) throw error;
        return { decisions: [], problem: said.message };
    }
}

async function loadOf(live: Live, stream: StreamDetails, shards: number): Promise<Seen["load"]> {
    const latestMs = startOfMinute(stream.nowMs - minuteMs);
    let samples: MinuteSample[];
    let iteratorAgeMs: number | null;
    try {
        samples = await live.metrics.samples(latestMs - minutesPerDay * minuteMs, latestMs);
        iteratorAgeMs = await live.metrics.iteratorAgeMs(stream.nowMs);
    } catch (error) {
        const problem = metricsProblem(error, "metrics");
        if (problem === undefined) throw error;
        return { problem };
    }
    const untilMs = knownUntilMs(samples, latestMs);
    const sinceMs = startOfMinute(stream.createdMs);
    if (untilMs <= sinceMs) return { problem: tooYoung };
    const loadOver = (minutesBack: number): WindowLoad => {
        const fromMs = Math.max(untilMs - minutesBack * minuteMs, sinceMs);
        const inWindow = samples.filter(({ startMs }) => startMs >= fromMs);
        return windowLoad(inWindow, (untilMs - fromMs) / minuteMs, shards);
    };
    const byMinute = new Map(samples.map((sample) => [sample.startMs, sample]));
    return {
        untilMs,
        isSilent: !samples.some(({ startMs }) => startMs >= untilMs - windows.fiveMinutes * minuteMs),
        windows: {
            fiveMinutes: loadOver(windows.fiveMinutes),
            hour: loadOver(windows.hour),
            day: loadOver(windows.day),
        },
        lastHour: Array.from({ length: windows.hour }, (_, at) => {
            const sample = byMinute.get(untilMs - (windows.hour - at) * minuteMs);
            return sample === undefined ? 0 : windowLoad([sample], 1, shards).utilization.average;
        }),
        iteratorAgeMs,
    };
}

/** Why something is not known that AWS did not give; undefined of a defect of this program. */
export function metricsProblem(error: unknown, about: string): string | undefined {
    if (error instanceof MetricsIncomplete) return `${error.message} ${refusalOf(error).advice}`;
    const said = refused(error, about);
    return said instanceof AwsRefusedError ? said.message : undefined;
}

/** The newest minute may still come; before it, a minute without a datapoint is one in which nothing was written. */
function knownUntilMs(samples: readonly MinuteSample[], latestMs: number): number {
    return samples.at(-1)?.startMs === latestMs - minuteMs ? latestMs : latestMs - minuteMs;
}

/** @param shards as many even shards as the open ones are worth: the widest is full first */
function windowLoad(samples: readonly MinuteSample[], windowMinutes: number, shards: number): WindowLoad {
    const series = samples.map(({ acceptedBytes, acceptedRecords }) => ({
        mib: acceptedBytes / limits.bytesPerMiB / 60,
        records: acceptedRecords / 60,
    }));
    const utilizationOf = (mib: number, records: number): number =>
        Math.max(mib / limits.shardWriteMiBPerSecond, records / limits.shardWriteRecordsPerSecond) / shards;
    const average = (values: readonly number[]): number => sum(values) / Math.max(windowMinutes, 1);
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
        refusedRecords: sum(samples.map((sample) => sample.refusedRecords)),
    };
}

/** Less than a cent in a thousand years: a load of 0 is no requirement. */
const almostNothing = 1e-9;

/** At the load of the last day, all month; who reads with GetRecords is not known. */
function monthlyCost(stream: StreamDetails, shards: number, load: Seen["load"]): number | undefined {
    const mode = stream.capacityMode === "on-demand" ? "onDemandStandard" : "provisioned";
    const day = "problem" in load ? undefined : load.windows.day;
    if ("problem" in load && load.problem !== tooYoung) return undefined;
    const requirements = completeRequirements({
        writeMiBPerSecond: Math.max(day?.mibPerSecond.average ?? 0, almostNothing),
        recordsPerSecond: Math.max(day?.recordsPerSecond.average ?? 0, almostNothing),
        sharedConsumers: 0,
        fanOutConsumers: stream.fanOutConsumers,
    });
    const { retentionHours } = stream;
    const isOn = (name: ShardLevelMetricName) => stream.shardLevelMetrics.some((on) => on === name || on === "ALL");
    const shardLevelMetrics = shardLevelMetricNames.filter(isOn);
    const cost = estimateCost({ requirements, shards, retentionHours, shardLevelMetrics });
    return money(cost[mode].monthly + cost.surroundings.monthly);
}
