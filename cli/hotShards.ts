/**
 * `sharded-stream hot-shards`: which shards of a running stream are hot, why, and what to do.
 */
import { EnableEnhancedMonitoringCommand } from "@aws-sdk/client-kinesis";
import { minuteMs } from "../capacity/calendar";
import { type HotShardJudgement, judgeShards } from "../capacity/keys/hotShards";
import { type ShardSample } from "../capacity/keys/streamSample";
import { type ShardLevelMetricName } from "../capacity/metrics";
import { type StreamStatus } from "../capacity/scaling/observation";
import { money } from "../capacity/sizing/costItems";
import { prices } from "../capacity/sizing/prices";
import { count, formatDollars } from "../capacity/text";
import { withBackoff } from "../stream/backoff";
import { startOfMinute } from "../stream/load";
import { openSince } from "../stream/reshardsSeen";
import { type MeasuredShard, shardLoadMetrics, shardLoads } from "../stream/shardLoad";
import { refused } from "./awsErrors";
import {
    AwsRefusedError,
    type CommandContext,
    type CommandResult,
    type DefineCommand,
    examples,
    wholeNumber,
} from "./command";
import { commandLine } from "./commandLine";
import { hotShardsText, sampleDocument, splitCommands } from "./hotShardsText";
import { detailsOf, Interrupted, type Live, namedAs, withStream } from "./live";
import { sampleHottest } from "./shardSample";

export interface HotShardsFlags {
    readonly minutes: number;
    readonly sample?: true;
    readonly sampleRecords: number;
    readonly enableMetrics?: true;
}

const minutesMax = 180;
const defaults = { minutes: 10, sampleRecords: 5_000 } as const;

export const defineHotShards: DefineCommand = (program, act) => {
    program
        .command("hot-shards")
        .argument("<stream>", "name or ARN of the stream")
        .description("show the load of every open shard, which ones are hot, why, and what to do")
        .option("--minutes <number>", "minutes to look back", wholeNumber(2, minutesMax), defaults.minutes)
        .option(
            "--sample",
            "read some records of the hottest shards, to name the keys (needs the metrics, and kinesis:GetRecords)",
        )
        .option(
            "--sample-records <number>",
            "records to read from a shard at most",
            wholeNumber(100, 100_000),
            defaults.sampleRecords,
        )
        .option("--enable-metrics", "turn on the shard-level metrics that this command reads, which are billed")
        .addHelpText(
            "after",
            examples(
                "sharded-stream hot-shards orders",
                "sharded-stream hot-shards orders --sample --json",
                "sharded-stream hot-shards orders --enable-metrics",
            ),
        )
        .action(
            act(async (flags: HotShardsFlags, [stream], context) =>
                withStream(stream!, context, (live) => findHotShards(live, flags, context)),
            ),
        );
};

/** Looks at a stream, through clients that point anywhere: AWS, or the sandbox. */
export async function findHotShards(
    live: Live,
    flags: HotShardsFlags,
    context: CommandContext,
): Promise<CommandResult> {
    const { name } = live;
    const { shardLevelMetrics: on, nowMs, createdMs, status, capacityMode } = await detailsOf(live);
    const missing = shardLoadMetrics.filter((metric) => !on.includes(metric) && !on.includes("ALL"));
    const shards = await live.stream.openShards();
    if (missing.length > 0) return withoutMetrics(live, { shards: shards.length, missing, status }, flags);
    context.progress.update(`reading the metrics of ${count(shards.length, "shard")}`);
    const askedMs = startOfMinute(nowMs) - flags.minutes * minuteMs;
    const span = { fromMs: Math.max(askedMs, createdMs + 1_000), nowMs };
    const sinceMs = await openSince(live.stream, shards, span);
    const changedMs = sinceMs > span.fromMs ? sinceMs : undefined;
    const window = { fromMs: sinceMs, nowMs };
    const loads = await withBackoff(live.pace, "read", () => shardLoads(live.clients.cloudWatch, name, shards, window));
    const isOnDemand = capacityMode === "on-demand";
    const view = { isOnDemand, canLookFurther: sinceMs <= askedMs && flags.minutes < minutesMax };
    const first = judgeShards(loads, [], view);
    const { samples, sampleProblem } = await sampledOf(live, first, loads, flags, context);
    const judgement = samples.length > 0 ? judgeShards(loads, samples, view) : first;
    const commands = splitCommands(namedAs(live), judgement);
    return {
        document: {
            stream: name,
            minutes: flags.minutes,
            changedAt: changedMs === undefined ? null : new Date(changedMs).toISOString(),
            openShards: shards.length,
            ...judgement,
            commands,
            sampled: samples.map(sampleDocument),
            sampleProblem: sampleProblem ?? null,
        },
        text: (terminal) =>
            [
                hotShardsText({ stream: name, commands, judgement, samples, changedMs }, terminal),
                ...(sampleProblem ? [`No sample: ${sampleProblem}`] : []),
            ].join("\n"),
        exitCode: judgement.verdict === "even" ? 0 : 1,
    };
}

interface Sampled {
    readonly samples: readonly ShardSample[];
    /** Why there is none, if it was asked for: what the metrics tell is told all the same. */
    readonly sampleProblem?: string;
}

async function sampledOf(
    live: Live,
    judgement: HotShardJudgement,
    loads: readonly MeasuredShard[],
    flags: HotShardsFlags,
    context: CommandContext,
): Promise<Sampled> {
    if (!flags.sample) return { samples: [] };
    try {
        return { samples: await sampleHottest(live, judgement, loads, flags.sampleRecords, context) };
    } catch (error) {
        if (error instanceof Interrupted) return { samples: [], sampleProblem: "interrupted." };
        const said = refused(error, "its records");
        if (!(said instanceof AwsRefusedError)) throw error;
        return { samples: [], sampleProblem: said.message };
    }
}

/** Records of a shard that is not hot name keys that are not, either. */
const unsampled = "No record was read: --sample reads the hottest shards, and only these metrics tell which they are.";

/** AWS shows metrics that were turned on when it has changed the stream. */
const perhapsOnSoon = " The stream is being changed: if they were turned on just now, look again in a minute.";

interface Unmeasured {
    readonly shards: number;
    readonly missing: readonly ShardLevelMetricName[];
    readonly status: StreamStatus;
}

async function withoutMetrics(
    live: Live,
    { shards, missing, status }: Unmeasured,
    flags: HotShardsFlags,
): Promise<CommandResult> {
    const { name: stream, target, clients, pace } = live;
    const monthly = money(missing.length * shards * prices.customMetricMonth);
    const cost = `${count(missing.length, "metric")} on ${count(shards, "shard")}, ${formatDollars(prices.customMetricMonth)} each: ${formatDollars(monthly)} a month`;
    const again = (enableMetrics?: true): string =>
        commandLine(["hot-shards", namedAs(live)], { ...flags, enableMetrics }, defaults);
    const command = new EnableEnhancedMonitoringCommand({ ...target, ShardLevelMetrics: [...missing] });
    if (flags.enableMetrics) await withBackoff(pace, "read", () => clients.kinesis.send(command));
    const message = flags.enableMetrics
        ? `Shard-level metrics are on now (${missing.join(", ")}; ${cost}).`
        : `Shard-level metrics are off (${missing.join(", ")}), so nothing is known about single shards.${flags.sample ? ` ${unsampled}` : ""}${status === "UPDATING" ? perhapsOnSoon : ""}`;
    const recommendation = flags.enableMetrics
        ? `Look again in a few minutes, when there is data: ${again()}`
        : `Turn them on with "${again(true)}": ${cost}. A ShardedStream does it with shardLevelMetrics.`;
    return {
        document: {
            stream,
            openShards: shards,
            shards: [],
            verdict: null,
            message,
            recommendation,
            missingMetrics: missing,
            metricsMonthlyCost: monthly,
            metricsEnabled: flags.enableMetrics === true,
            sampled: [],
            sampleProblem: flags.sample ? unsampled : null,
        },
        text: () => `${message}\n${recommendation}`,
        // Nothing is known: a pipeline is not to take that for even.
        exitCode: flags.enableMetrics ? 0 : 1,
    };
}
