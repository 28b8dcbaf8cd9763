/**
 * `sharded-stream replay`: what the scaler would have done with a load that was, beside a static size, the rules that teams use, published
 * scalers and on-demand.
 */
import { adviceOf, type Choice } from "../capacity/advice/advice";
import { type Case, costOf } from "../capacity/advice/choices";
import { limits } from "../capacity/limits";
import { oracleShardHours } from "../capacity/replay/rules";
import { type ReplayModel, replayModel } from "../capacity/replay/replay";
import { completeRequirements } from "../capacity/requirements";
import { type ScalingSettings } from "../capacity/scaling/observation";
import { completeScaling, peakShardsRange, scalingDefaults } from "../capacity/scaling/settings";
import { withHeadroom } from "../capacity/sizing/bounds";
import { priceList } from "../capacity/sizing/prices";
import { type CommandContext, type CommandResult, type DefineCommand, examples } from "./command";
import { commandLine } from "./commandLine";
import { stdinName } from "./inputFile";
import { pricesOf } from "./priceFile";
import { checkShardRange } from "./quantities";
import { checkHtml, writeHtml } from "./replay/html";
import { readLoad } from "./replay/load";
import { moneyOf, onDemandOf } from "./replay/money";
import { addReplayOptions, readReplayFlags, type ReplayFlags } from "./replay/options";
import { type Played, playAll } from "./replay/play";
import { replayDocument, type Replayed, type ReplayedPolicy } from "./replay/result";
import { replayText } from "./replay/text";
import { type Load } from "./trace/load";
import { meanOf } from "./trace/seconds";
import { type Trace } from "./trace/trace";

export const defineReplay: DefineCommand = (program, act) => {
    addReplayOptions(
        program
            .command("replay")
            .argument(
                "<trace>",
                "CSV with a row for each second, minute or hour, also packed (gzip, zstd); - for stdin",
            )
            .description("what scaling would have done with a load that was, beside a static size and on-demand"),
    )
        .addHelpText(
            "after",
            `
The scaler is that of the Lambda, once a minute, on metrics that are a minute
late. A shard takes 1 MiB and 1,000 records a second, and the load spreads
evenly over the hash keys.
${examples(
    "sharded-stream replay load.csv --scale-to-shards 10",
    "sharded-stream replay incoming.csv --column IncomingBytes --records-column IncomingRecords",
    "sharded-stream replay load.csv --column requests --unit records-per-period --compare",
    "sharded-stream replay load.csv --scale-to-shards 40 --compare --html replay.html",
    "sharded-stream replay load.csv --peak 12 --min 3 --max 24 --metrics-late 2 --update-seconds 180",
    "zcat load.csv.gz | sharded-stream replay - --unit shards --period 60 --json",
)}`,
        )
        .action(act(async (flags: object, [file], context) => replayUnlessStopped(file!, flags, context)));
};

/** Ctrl-C ends it; what was played until then says nothing about the rest. */
async function replayUnlessStopped(file: string, given: object, context: CommandContext): Promise<CommandResult> {
    try {
        return await replayTrace(file, given, context);
    } catch (error) {
        if (!context.signal.aborted) throw error;
        const text = "Interrupted: the trace was not played to its end.";
        return { document: { interrupted: true }, text: () => text, exitCode: 1 };
    }
}

async function replayTrace(file: string, given: object, context: CommandContext): Promise<CommandResult> {
    const flags = readReplayFlags(given as Record<string, unknown>);
    const prices = pricesOf(flags.prices);
    if (flags.html !== undefined) checkHtml(flags.html, [file, flags.prices]);
    const again = commandLine(["replay", stdinName], given);
    const { trace, load } = await readLoad(file, flags, again, context);
    const settings = settingsOf(flags, load);
    const staticShards = staticShardsOf(flags, settings);
    const model = modelOf(flags, load, settings, staticShards);
    const input = { perSecond: load.perSecond, settings, staticShards, model, compare: flags.compare === true };
    const played = await playAll(input, context);
    const { startShards: switchedShards, retrySeconds } = model;
    const judged = { ...caseOf(flags, load, settings, prices), switchedShards, retrySeconds };
    const result = resultOf({ trace, load, settings, model, judged, played });
    if (flags.html !== undefined) writeHtml(flags.html, result);
    return {
        document: replayDocument(result, flags.html),
        text: (terminal) => replayText(result, terminal, flags.html),
        exitCode: 0,
    };
}

function settingsOf(flags: ReplayFlags, { peakShards: measured }: Load): ScalingSettings {
    const peak = flags.peakShards ?? Math.max(peakShardsRange.minimum, measured);
    const maxShards = flags.maxShards ?? Math.min(shardsMax, Math.max(flags.minShards ?? 1, 2 * Math.ceil(peak)));
    const minShards = flags.minShards ?? 1;
    checkShardRange("replay", minShards, maxShards);
    return completeScaling({
        mode: flags.mode,
        minShards,
        maxShards,
        peakShards: peak,
        maxReshardsPerDay: flags.maxReshardsPerDay,
        refusedShareSlo: flags.refusedShareSlo,
    });
}

const shardsMax = limits.updateShardCountTargetMax;
const headroomDefault = completeRequirements({ writeMiBPerSecond: 1, recordsPerSecond: 1 }).headroom;

/** As the plan sizes a declared peak. */
function staticShardsOf({ headroom = headroomDefault }: ReplayFlags, { peakShards }: ScalingSettings): number {
    return Math.min(shardsMax, withHeadroom(Math.ceil(peakShards - 1e-9), headroom));
}

function modelOf(flags: ReplayFlags, load: Load, settings: ScalingSettings, staticShards: number): ReplayModel {
    const { minShards, maxShards } = settings;
    const updateSecondsMin = flags.updateSeconds ?? replayModel.updateSecondsMin;
    return {
        ...replayModel,
        startShards: flags.startShards ?? Math.min(maxShards, Math.max(minShards, staticShards)),
        metricsLateMinutes: flags.metricsLateMinutes ?? replayModel.metricsLateMinutes,
        everyMinutes: flags.everyMinutes ?? scalingDefaults.everyMinutes,
        updateSecondsMin,
        updateSecondsBase: Math.min(replayModel.updateSecondsBase, updateSecondsMin),
        splitSeconds: flags.splitSeconds ?? replayModel.splitSeconds,
        startMs: load.startMs,
        retrySeconds: flags.retrySeconds ?? replayModel.retrySeconds,
        retentionHours: flags.retentionHours ?? limits.retentionHoursDefault,
    };
}

function caseOf(flags: ReplayFlags, load: Load, settings: ScalingSettings, prices: Case["prices"]): Case {
    const { miBPerSecond, recordsPerSecond } = load.worth;
    return {
        seconds: load.perSecond,
        // As the rows have it, and as advise prices it: what scatters is made up.
        meanMiBPerSecond: meanOf(load.minutes.bytesPerSecond) / limits.bytesPerMiB,
        meanRecordsPerSecond: meanOf(load.minutes.recordsPerSecond),
        requirements: {
            writeMiBPerSecond: load.peakShards * miBPerSecond,
            recordsPerSecond: load.peakShards * recordsPerSecond,
            ...(flags.sharedConsumers !== undefined && { sharedConsumers: flags.sharedConsumers }),
            ...(flags.fanOutConsumers !== undefined && { fanOutConsumers: flags.fanOutConsumers }),
        },
        retentionHours: flags.retentionHours ?? limits.retentionHoursDefault,
        refusedShareSlo: settings.refusedShareSlo,
        maxReshardsPerDay: settings.maxReshardsPerDay,
        prices,
    };
}

interface Judged {
    readonly trace: Trace;
    readonly load: Load;
    readonly settings: ScalingSettings;
    readonly model: ReplayModel;
    readonly judged: Case;
    readonly played: readonly Played[];
}

function resultOf({ judged, played, ...replayed }: Judged): Replayed {
    const policies = played.map((policy): ReplayedPolicy => ({
        ...policy,
        money: moneyOf(policy, judged, replayed.model.everyMinutes),
    }));
    const onDemand = onDemandOf(judged);
    const choices: Choice[] = [
        ...policies.flatMap(({ name, kind, outcome, money }) =>
            kind === "peer"
                ? []
                : [{ kind, choice: name, monthly: money.monthly, refusedPercent: outcome.rejectedPercent }],
        ),
        ...onDemand.map(({ kind, name, monthly, refusedPercent }) => ({ kind, choice: name, monthly, refusedPercent })),
    ];
    return {
        ...replayed,
        prices: judged.prices ?? priceList,
        notPriced: costOf(judged, replayed.model.startShards).notPriced,
        policies,
        onDemand,
        oracleShardHours: oracleShardHours(judged.seconds),
        advice: adviceOf(choices, judged.refusedShareSlo),
    };
}
