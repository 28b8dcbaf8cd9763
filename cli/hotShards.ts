/**
 * `sharded-stream hot-shards`: which shards of a running stream are hot, why, and what to do.
 */
import {
    CloudWatchClient,
    GetMetricDataCommand,
    type MetricDataQuery,
    type MetricDataResult,
} from "@aws-sdk/client-cloudwatch";
import {
    DescribeStreamSummaryCommand,
    EnableEnhancedMonitoringCommand,
    GetRecordsCommand,
    GetShardIteratorCommand,
    KinesisClient,
    ListShardsCommand,
    type Shard,
} from "@aws-sdk/client-kinesis";
import { prices } from "../capacity/sizing/cost";
import { type HashRing, ringOfShards } from "../capacity/keys/hashRing";
import { type HotShardJudgement, judgeShards, type ShardSample } from "../capacity/keys/hotShards";
import { type ShardLoad } from "../capacity/keys/shardReports";
import { KeyTally } from "../capacity/keys/sample";
import { limits } from "../capacity/limits";
import { kinesisNamespace, type ShardLevelMetricName } from "../capacity/metrics";
import { count, formatDollars, formatNumber, formatPercent, formatRate } from "../capacity/text";
import { refused } from "./awsErrors";
import { type CommandContext, type CommandResult, type DefineCommand, examples, wholeNumber } from "./command";
import { verdictText } from "./keysText";
import { streamNameOf } from "./streamAccess";
import { bar, printable, table, type Terminal } from "./terminal";

export interface HotShardsFlags {
    readonly minutes: number;
    readonly sample?: true;
    readonly sampleRecords: number;
    readonly enableMetrics?: true;
}

/** The shard-level metrics that the verdict is made of. */
const metricNames = [
    "IncomingBytes",
    "IncomingRecords",
    "WriteProvisionedThroughputExceeded",
] as const satisfies readonly ShardLevelMetricName[];

const defaultMinutes = 10;
const defaultSampleRecords = 5_000;
const sampledShardsMax = 3;

export const defineHotShards: DefineCommand = (program, act) => {
    program
        .command("hot-shards")
        .argument("<stream>", "name or ARN of the stream")
        .description("show the load of every open shard, which ones are hot, why, and what to do")
        .option("--minutes <number>", "minutes to look back", wholeNumber(2, 180), defaultMinutes)
        .option("--sample", "read some records of the hottest shards, to name the keys (needs kinesis:GetRecords)")
        .option(
            "--sample-records <number>",
            "records to read from a shard at most",
            wholeNumber(100, 100_000),
            defaultSampleRecords,
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
            act(async (flags: HotShardsFlags, [stream], context) => hotShards(streamNameOf(stream!), flags, context)),
        );
};

/** The ring of a stream's open shards. */
export async function ringOfStream(stream: string): Promise<HashRing> {
    const kinesis = new KinesisClient({});
    try {
        return ringOfShards((await openShards(kinesis, streamNameOf(stream))).map(ringShard));
    } catch (error) {
        throw refused(error, `stream ${stream}`);
    } finally {
        kinesis.destroy();
    }
}

async function hotShards(stream: string, flags: HotShardsFlags, context: CommandContext): Promise<CommandResult> {
    const clients = { kinesis: new KinesisClient({}), cloudWatch: new CloudWatchClient({}) };
    try {
        return await findHotShards(stream, flags, context, clients);
    } catch (error) {
        throw refused(error, `stream ${stream}`);
    } finally {
        clients.kinesis.destroy();
        clients.cloudWatch.destroy();
    }
}

export interface Clients {
    readonly kinesis: KinesisClient;
    readonly cloudWatch: CloudWatchClient;
}

/** Looks at a stream through clients that point anywhere: AWS, or the sandbox. */
export async function findHotShards(
    stream: string,
    flags: HotShardsFlags,
    context: CommandContext,
    { kinesis, cloudWatch }: Clients,
): Promise<CommandResult> {
    const now = clockOf(kinesis);
    const summary = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName: stream }));
    const on = new Set(summary.StreamDescriptionSummary?.EnhancedMonitoring?.flatMap((set) => set.ShardLevelMetrics));
    const missing = metricNames.filter((name) => !on.has(name) && !on.has("ALL"));
    const shards = await openShards(kinesis, stream);
    if (missing.length > 0) return withoutMetrics(stream, shards.length, missing, flags, kinesis);
    context.progress.update(`reading the metrics of ${count(shards.length, "shard")}`);
    const loads = await loadsOf(cloudWatch, stream, shards, { nowMs: now(), minutes: flags.minutes });
    const first = judgeShards(loads);
    const samples = flags.sample ? await samplesOf(kinesis, stream, first, loads, flags, now(), context) : [];
    const judgement = samples.length > 0 ? judgeShards(loads, samples) : first;
    return {
        document: {
            stream,
            minutes: flags.minutes,
            openShards: shards.length,
            ...judgement,
            sampled: samples.map(sampleDocument),
        },
        text: (terminal) => hotShardsText(stream, judgement, samples, terminal),
        exitCode: judgement.verdict === "even" ? 0 : 1,
    };
}

/** The time as Kinesis has it, so that a machine whose clock is off asks for the right minutes. */
function clockOf(kinesis: KinesisClient): () => number {
    let offsetMs = 0;
    kinesis.middlewareStack.add(
        (next) => async (call) => {
            const result = await next(call);
            const { headers } = result.response as { headers?: Record<string, string> };
            const servedMs = Date.parse(headers?.date ?? "");
            if (!Number.isNaN(servedMs)) offsetMs = servedMs - Date.now();
            return result;
        },
        { step: "deserialize", name: "servedDate", override: true },
    );
    return () => Date.now() + offsetMs;
}

async function openShards(kinesis: KinesisClient, stream: string): Promise<Shard[]> {
    const shards: Shard[] = [];
    let next: string | undefined;
    do {
        const page = await kinesis.send(
            new ListShardsCommand(next === undefined ? { StreamName: stream } : { NextToken: next }),
        );
        shards.push(...(page.Shards ?? []));
        next = page.NextToken;
    } while (next !== undefined);
    return shards.filter((shard) => shard.SequenceNumberRange?.EndingSequenceNumber === undefined);
}

function ringShard(shard: Shard): { shardId: string; startingHashKey: string; endingHashKey: string } {
    return {
        shardId: shard.ShardId ?? "",
        startingHashKey: shard.HashKeyRange?.StartingHashKey ?? "",
        endingHashKey: shard.HashKeyRange?.EndingHashKey ?? "",
    };
}

async function withoutMetrics(
    stream: string,
    shards: number,
    missing: readonly ShardLevelMetricName[],
    flags: HotShardsFlags,
    kinesis: KinesisClient,
): Promise<CommandResult> {
    const monthly = missing.length * shards * prices.customMetricMonth;
    const cost = `${count(missing.length, "metric")} on ${count(shards, "shard")}, ${formatDollars(prices.customMetricMonth)} each: ${formatDollars(monthly)} a month`;
    const enable = `sharded-stream hot-shards ${stream} --enable-metrics`;
    if (flags.enableMetrics) {
        await kinesis.send(
            new EnableEnhancedMonitoringCommand({ StreamName: stream, ShardLevelMetrics: [...missing] }),
        );
    }
    const message = flags.enableMetrics
        ? `Shard-level metrics are on now (${missing.join(", ")}; ${cost}).`
        : `Shard-level metrics are off (${missing.join(", ")}), so nothing is known about single shards.`;
    const recommendation = flags.enableMetrics
        ? "Look again in a few minutes, when there is data."
        : `Turn them on with "${enable}": ${cost}. A ShardedStream does it with shardLevelMetrics.`;
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
        },
        text: () => `${message}\n${recommendation}`,
        exitCode: 0,
    };
}

interface Window {
    readonly nowMs: number;
    readonly minutes: number;
}

const minuteMs = 60_000;
const queriesPerCall = 500;

async function loadsOf(
    cloudWatch: CloudWatchClient,
    stream: string,
    shards: readonly Shard[],
    { nowMs, minutes }: Window,
): Promise<ShardLoad[]> {
    const startMs = Math.floor(nowMs / minuteMs) * minuteMs - minutes * minuteMs;
    const queries = shards.flatMap((shard, index) =>
        metricNames.map((name, metric) => sumOf(name, stream, shard.ShardId ?? "", `m${metric}s${index}`)),
    );
    const sums = new Map<string, Map<number, number>>();
    for (let from = 0; from < queries.length; from += queriesPerCall) {
        const batch = queries.slice(from, from + queriesPerCall);
        for (const result of await metricData(cloudWatch, batch, new Date(startMs), new Date(nowMs))) {
            const known = sums.get(result.Id ?? "") ?? new Map<number, number>();
            result.Timestamps?.forEach((time, index) => known.set(time.getTime(), result.Values?.[index] ?? 0));
            sums.set(result.Id ?? "", known);
        }
    }
    const active = activeMinutes([...sums.values()], nowMs);
    return shards.map((shard, index) => {
        const [bytes, records, refusedRecords] = metricNames.map((_, metric) =>
            ratesOf(sums.get(`m${metric}s${index}`), active, nowMs),
        ) as [Rates, Rates, Rates];
        return {
            ...ringShard(shard),
            bytesPerSecond: bytes.average,
            recordsPerSecond: records.average,
            refusedPerSecond: refusedRecords.average,
            peakBytesPerSecond: bytes.peak,
            peakRecordsPerSecond: records.peak,
        };
    });
}

function sumOf(metric: ShardLevelMetricName, stream: string, shardId: string, id: string): MetricDataQuery {
    const dimensions = [
        { Name: "StreamName", Value: stream },
        { Name: "ShardId", Value: shardId },
    ];
    return {
        Id: id,
        MetricStat: {
            Metric: { Namespace: kinesisNamespace, MetricName: metric, Dimensions: dimensions },
            Period: minuteMs / 1_000,
            Stat: "Sum",
        },
    };
}

async function metricData(
    cloudWatch: CloudWatchClient,
    queries: MetricDataQuery[],
    start: Date,
    end: Date,
): Promise<MetricDataResult[]> {
    const results: MetricDataResult[] = [];
    let next: string | undefined;
    do {
        const page = await cloudWatch.send(
            new GetMetricDataCommand({ MetricDataQueries: queries, StartTime: start, EndTime: end, NextToken: next }),
        );
        results.push(...(page.MetricDataResults ?? []));
        next = page.NextToken;
    } while (next !== undefined);
    return results;
}

/**
 * The minutes that count: from the first to the last with data on any shard. The newest minute is left out, since CloudWatch has only
 * a part of it, unless there is no other.
 */
function activeMinutes(series: readonly ReadonlyMap<number, number>[], nowMs: number): number[] {
    const times = [...new Set(series.flatMap((values) => [...values.keys()]))].sort((left, right) => left - right);
    const complete = times.filter((time) => time + minuteMs <= nowMs);
    const counted = complete.length > 0 ? complete : times;
    const [first, last] = [counted[0], counted.at(-1)];
    if (first === undefined || last === undefined) return [];
    return Array.from({ length: Math.round((last - first) / minuteMs) + 1 }, (_, minute) => first + minute * minuteMs);
}

interface Rates {
    readonly average: number;
    readonly peak: number;
}

/** Sum over period: a rate. CloudWatch's Average of Incoming* is the mean of a put call. */
function ratesOf(values: ReadonlyMap<number, number> | undefined, minutes: readonly number[], nowMs: number): Rates {
    const rates = minutes.map((minute) => {
        const seconds = Math.max(1, Math.min(minuteMs, nowMs - minute) / 1_000);
        return (values?.get(minute) ?? 0) / seconds;
    });
    if (rates.length === 0) return { average: 0, peak: 0 };
    return { average: rates.reduce((total, rate) => total + rate, 0) / rates.length, peak: Math.max(...rates) };
}

const readsPerSecond = limits.shardGetRecordsCallsPerSecond - 1;
const sampleReadsMax = 10;

/** Reads some records of the hottest shards: a few calls each, and never as many a second as a shard answers. */
async function samplesOf(
    kinesis: KinesisClient,
    stream: string,
    judgement: HotShardJudgement,
    loads: readonly ShardLoad[],
    { sampleRecords: recordsMax, minutes }: HotShardsFlags,
    nowMs: number,
    { progress, signal }: CommandContext,
): Promise<ShardSample[]> {
    const ring = ringOfShards(loads);
    const hottest = judgement.shards.filter((shard) => shard.overAverage > 0);
    const chosen = (hottest.some((shard) => shard.hot) ? hottest.filter((shard) => shard.hot) : hottest).slice(
        0,
        sampledShardsMax,
    );
    const samples: ShardSample[] = [];
    for (const { shardId, recordsPerSecond } of chosen) {
        progress.update(`reading a sample of ${shardId}`);
        // Far enough back to find that many records, and no further; all the way back where the traffic has stopped since.
        const near = Math.max(10, (2 * recordsMax) / Math.max(recordsPerSecond, 1));
        const all = minutes * 60;
        for (const seconds of near < all ? [near, all] : [all]) {
            const tally = new KeyTally(ring);
            await readInto(tally, { kinesis, stream, shardId, sinceMs: nowMs - seconds * 1_000, recordsMax, signal });
            samples.push({ shardId, sample: tally.sample() });
            if (tally.recordsRead > 0) break;
            samples.pop();
        }
    }
    return samples;
}

interface SampleReading {
    readonly kinesis: KinesisClient;
    readonly stream: string;
    readonly shardId: string;
    readonly sinceMs: number;
    readonly recordsMax: number;
    readonly signal: AbortSignal;
}

async function readInto(tally: KeyTally, reading: SampleReading): Promise<void> {
    const { kinesis, stream, shardId, sinceMs, recordsMax, signal } = reading;
    const { ShardIterator } = await kinesis.send(
        new GetShardIteratorCommand({
            StreamName: stream,
            ShardId: shardId,
            ShardIteratorType: "AT_TIMESTAMP",
            Timestamp: new Date(sinceMs),
        }),
    );
    const limit = Math.min(recordsMax, limits.getRecordsRecordsMax);
    let iterator = ShardIterator;
    for (let reads = 0; reads < sampleReadsMax && iterator !== undefined && !signal.aborted; reads++) {
        if (reads > 0) await new Promise((resolve) => setTimeout(resolve, 1_000 / readsPerSecond));
        const page = await kinesis.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: limit }));
        for (const record of page.Records ?? []) {
            const key = record.PartitionKey ?? "";
            tally.addKey(key, Buffer.byteLength(key) + (record.Data?.length ?? 0));
        }
        if (tally.recordsRead >= recordsMax || page.MillisBehindLatest === 0) return;
        iterator = page.NextShardIterator;
    }
}

const sampledKeysShown = 5;

function sampleDocument({ shardId, sample }: ShardSample) {
    return {
        shardId,
        records: sample.records,
        distinctKeys: sample.distinctKeys,
        hottestKeys: sample.keys
            .slice(0, sampledKeysShown)
            .map(({ key, weight }) => ({ key, shareOfShard: weight / sample.weight })),
    };
}

const barWidth = 30;
const shardsShown = 32;

function hotShardsText(
    stream: string,
    judgement: HotShardJudgement,
    samples: readonly ShardSample[],
    terminal: Terminal,
): string {
    const { bold, red, cyan, dim } = terminal.colours;
    const most = Math.max(...judgement.shards.map((shard) => shard.overAverage), 1e-300);
    const rows = judgement.shards.slice(0, shardsShown).map((shard) => {
        const drawn = bar(shard.overAverage / most, barWidth);
        return [
            shard.shardId,
            formatRate(shard.mibPerSecond),
            formatRate(shard.recordsPerSecond),
            formatRate(shard.refusedPerSecond),
            formatPercent(shard.utilization),
            formatNumber(shard.overAverage, 2),
            ...(terminal.interactive ? [shard.hot ? red(drawn) : cyan(drawn)] : []),
            [shard.hot ? "hot" : "", shard.nearLimit ? "near its limit" : ""].filter(Boolean).join(", "),
        ];
    });
    const left = judgement.shards.length - rows.length;
    const head = [
        "shard",
        "MiB/s",
        "records/s",
        "refused/s",
        "of its limit",
        "over average",
        ...(terminal.interactive ? [""] : []),
        "",
    ];
    const sampled = samples.map(sampleDocument).map(({ shardId, records, distinctKeys, hottestKeys }) => {
        const keys = hottestKeys
            .map(({ key, shareOfShard }) => `${printable(key)} ${formatPercent(shareOfShard, 1)}`)
            .join(", ");
        return `Sample of ${shardId}: ${count(records, "record")}, ${count(distinctKeys, "key")}; heaviest: ${keys}.`;
    });
    return [
        bold(`${stream}: ${count(judgement.shards.length, "open shard")}`),
        "",
        table(terminal, head, rows, [1, 2, 3, 4, 5]),
        ...(left > 0 ? [`... and ${formatNumber(left)} cooler shards`] : []),
        ...(sampled.length > 0 ? ["", ...sampled] : []),
        "",
        `${verdictText(judgement.verdict, terminal)}${judgement.certain ? "" : " (likely)"}: ${judgement.message}`,
        `  Fix: ${judgement.recommendation}`,
        ...(judgement.certain
            ? []
            : [dim("The metrics alone leave the cause open; --sample reads some records to tell.")]),
    ].join("\n");
}
