/**
 * The load of a stream through CloudWatch. An answer that is not Complete is no load: it is an error, for everybody who asks.
 */
import { type CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import { minuteMs } from "../capacity/calendar";
import {
    kinesisMetrics,
    type KinesisMetricName,
    kinesisNamespace,
    type MetricStatistic,
    scalerMetrics,
    type ScalerMetricName,
    scalerNamespace,
} from "../capacity/metrics";
import { type MinuteSample } from "../capacity/scaling/observation";
import { type MetricsPort } from "./ports";

const iteratorAgeMinutes = 5;
const queriesPerCallMax = 500;

/** CloudWatch answered, and did not give the whole of what was asked for. */
export class MetricsIncomplete extends Error {
    override readonly name = "MetricsIncomplete";
}

/** A metric of a stream, or of one of its shards, by Kinesis or by its scaler. */
export interface MetricSeries {
    readonly metric: KinesisMetricName | ScalerMetricName;
    readonly streamName: string;
    readonly shardId?: string;
}

export interface MinuteWindow {
    readonly fromMs: number;
    readonly toMs: number;
    /** Of a datapoint, a multiple of 60; CloudWatch keeps minutes for 15 days, five of them for 63. @default 60 */
    readonly periodSeconds?: number;
}

/** A datapoint: the start of its period and its value. */
export type Point = readonly [timeMs: number, value: number];

export function cloudWatchMetrics(cloudWatch: CloudWatchClient, streamName: string): MetricsPort {
    return {
        async samples(fromMs, toMs, { openShards = false } = {}) {
            // The minute that runs is not a sample yet.
            const window = { fromMs: startOfMinute(fromMs), toMs: startOfMinute(toMs) };
            const series = {
                acceptedBytes: { metric: "IncomingBytes", streamName },
                acceptedRecords: { metric: "IncomingRecords", streamName },
                refusedRecords: { metric: "WriteProvisionedThroughputExceeded", streamName },
            } as const;
            if (!openShards) return samplesOf(await metricData(cloudWatch, series, window));
            const open = { openShards: { metric: "OpenShards", streamName } } as const;
            return samplesOf(await metricData(cloudWatch, { ...series, ...open }, window));
        },
        async iteratorAgeMs(nowMs) {
            const toMs = startOfMinute(nowMs);
            const series = { iteratorAge: { metric: "GetRecords.IteratorAgeMilliseconds", streamName } } as const;
            const window = { fromMs: toMs - iteratorAgeMinutes * minuteMs, toMs };
            const ages = (await metricData(cloudWatch, series, window)).iteratorAge.map(([, value]) => value);
            return ages.length === 0 ? null : Math.max(...ages);
        },
    };
}

export function startOfMinute(timeMs: number): number {
    return Math.floor(timeMs / minuteMs) * minuteMs;
}

/**
 * The datapoints of metrics, oldest first: of minutes unless the window says otherwise.
 *
 * @throws MetricsIncomplete if CloudWatch did not give all of them
 */
export async function metricData<Id extends string>(
    cloudWatch: CloudWatchClient,
    series: Readonly<Record<Id, MetricSeries>>,
    window: MinuteWindow,
): Promise<Readonly<Record<Id, readonly Point[]>>> {
    const queries = (Object.entries(series) as [Id, MetricSeries][]).map((each) => queryOf(each, window));
    const points = new Map<string, Point[]>();
    for (let from = 0; from < queries.length; from += queriesPerCallMax)
        await readInto(points, cloudWatch, queries.slice(from, from + queriesPerCallMax), window);
    return Object.fromEntries(points) as Record<Id, Point[]>;
}

function queryOf(
    [id, { metric, streamName, shardId }]: [string, MetricSeries],
    { periodSeconds = minuteMs / 1_000 }: MinuteWindow,
): MetricDataQuery {
    const { namespace, statistic } = sourceOf(metric);
    return {
        Id: id,
        MetricStat: {
            Metric: {
                Namespace: namespace,
                MetricName: metric,
                Dimensions: [
                    { Name: "StreamName", Value: streamName },
                    ...(shardId === undefined ? [] : [{ Name: "ShardId", Value: shardId }]),
                ],
            },
            Period: periodSeconds,
            Stat: statistic,
        },
    };
}

function sourceOf(metric: MetricSeries["metric"]): { readonly namespace: string; readonly statistic: MetricStatistic } {
    return isOfScaler(metric)
        ? { namespace: scalerNamespace, statistic: scalerMetrics[metric].statistic }
        : { namespace: kinesisNamespace, statistic: kinesisMetrics[metric].statistic };
}

function isOfScaler(metric: MetricSeries["metric"]): metric is ScalerMetricName {
    return metric in scalerMetrics;
}

async function readInto(
    points: Map<string, Point[]>,
    cloudWatch: CloudWatchClient,
    queries: MetricDataQuery[],
    { fromMs, toMs }: MinuteWindow,
): Promise<void> {
    const states = new Map<string, string>();
    for (const { Id } of queries) points.set(Id!, []);
    let next: string | undefined;
    do {
        const page = await cloudWatch.send(
            new GetMetricDataCommand({
                MetricDataQueries: queries,
                StartTime: new Date(fromMs),
                EndTime: new Date(toMs),
                ScanBy: "TimestampAscending",
                NextToken: next,
            }),
        );
        for (const { Id, Timestamps, Values, StatusCode } of page.MetricDataResults ?? []) {
            states.set(Id!, StatusCode ?? "Complete");
            Timestamps?.forEach((time, at) => points.get(Id!)?.push([time.getTime(), Values![at]!]));
        }
        next = page.NextToken;
    } while (next !== undefined);
    // A page says PartialData of a series that goes on; the last page may not.
    const missing = queries.find(({ Id }) => states.get(Id!) !== "Complete");
    if (missing === undefined) return;
    const { MetricName, Dimensions } = missing.MetricStat!.Metric!;
    const of = Dimensions!.map(({ Value }) => Value).join(", ");
    throw new MetricsIncomplete(
        `CloudWatch answered ${states.get(missing.Id!) ?? "nothing"} for ${MetricName} of ${of}.`,
    );
}

type Value = Exclude<keyof MinuteSample, "startMs">;

/** The datapoints of each period as one sample. */
export function samplesOf(
    points: Readonly<Record<Exclude<Value, "openShards">, readonly Point[]>> & { openShards?: readonly Point[] },
): MinuteSample[] {
    const minutes = new Map<number, { -readonly [Name in keyof MinuteSample]: MinuteSample[Name] }>();
    for (const name of ["acceptedBytes", "acceptedRecords", "refusedRecords"] as const) {
        for (const [startMs, value] of points[name]) {
            const sample = minutes.get(startMs) ?? { startMs, acceptedBytes: 0, acceptedRecords: 0, refusedRecords: 0 };
            sample[name] = value;
            minutes.set(startMs, sample);
        }
    }
    // A minute in which nothing was written is none, whatever the scaler saw in it.
    for (const [startMs, value] of points.openShards ?? []) {
        const sample = minutes.get(startMs);
        if (sample !== undefined) sample.openShards = value;
    }
    return [...minutes.values()].sort((left, right) => left.startMs - right.startMs);
}
