/**
 * The load of each open shard, through the shard-level metrics of CloudWatch.
 */
import { type CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { minuteMs } from "../capacity/calendar";
import { type ShardLoad } from "../capacity/keys/shardReports";
import { type ShardLevelMetricName } from "../capacity/metrics";
import { type ShardRange } from "../capacity/scaling/observation";
import { mean } from "../capacity/sums";
import { metricData, type MetricSeries, type Point } from "./load";

/** The shard-level metrics that a shard's load is made of. */
export const shardLoadMetrics = [
    "IncomingBytes",
    "IncomingRecords",
    "WriteProvisionedThroughputExceeded",
] as const satisfies readonly ShardLevelMetricName[];

/** A shard's load, with when it came. */
export interface MeasuredShard extends ShardLoad {
    readonly minutes: readonly { readonly startMs: number; readonly records: number }[];
}

/**
 * The load of each shard over the last minutes.
 *
 * @param window from a time on at which all of these shards were open: what a shard did not live to see is no load of it
 * @throws MetricsIncomplete if CloudWatch did not give all of it
 */
export async function shardLoads(
    cloudWatch: CloudWatchClient,
    streamName: string,
    shards: readonly ShardRange[],
    { fromMs, nowMs }: { readonly fromMs: number; readonly nowMs: number },
): Promise<MeasuredShard[]> {
    const series = Object.fromEntries(
        shards.flatMap(({ shardId }, shard) =>
            shardLoadMetrics.map((metric, of): [string, MetricSeries] => [
                idOf(of, shard),
                { metric, streamName, shardId },
            ]),
        ),
    );
    const firstMs = Math.ceil(fromMs / minuteMs) * minuteMs;
    const points = firstMs < nowMs ? await metricData(cloudWatch, series, { fromMs: firstMs, toMs: nowMs }) : {};
    const active = activeMinutes(Object.values(points), nowMs);
    return shards.map(({ shardId, startingHashKey, endingHashKey }, shard) => {
        const [bytes, records, refused] = shardLoadMetrics.map((_, of) =>
            ratesOf(new Map(points[idOf(of, shard)] ?? []), active, nowMs),
        ) as [Rates, Rates, Rates];
        return {
            shardId,
            startingHashKey: String(startingHashKey),
            endingHashKey: String(endingHashKey),
            bytesPerSecond: bytes.average,
            recordsPerSecond: records.average,
            records: records.rates.length * (minuteMs / 1_000) * records.average,
            refusedPerSecond: refused.average,
            peakBytesPerSecond: bytes.peak,
            peakRecordsPerSecond: records.peak,
            peakRefusedShare: worstShare(records.rates, refused.rates),
            minutes: active.map((startMs, at) => ({ startMs, records: records.rates[at]! * (minuteMs / 1_000) })),
        };
    });
}

function idOf(metric: number, shard: number): string {
    return `m${metric}s${shard}`;
}

/**
 * The minutes that count: from the first to the last with data on any shard. The newest minute is left out, since CloudWatch has only
 * a part of it, unless there is no other.
 */
function activeMinutes(series: readonly (readonly Point[])[], nowMs: number): number[] {
    const times = [...new Set(series.flatMap((points) => points.map(([timeMs]) => timeMs)))].sort(
        (left, right) => left - right,
    );
    const complete = times.filter((timeMs) => timeMs + minuteMs <= nowMs);
    const counted = complete.length > 0 ? complete : times;
    const [first, last] = [counted[0], counted.at(-1)];
    if (first === undefined || last === undefined) return [];
    return Array.from({ length: Math.round((last - first) / minuteMs) + 1 }, (_, minute) => first + minute * minuteMs);
}

/** Refused records over those that were offered, in the worst minute. */
function worstShare(accepted: readonly number[], refused: readonly number[]): number {
    return Math.max(0, ...refused.map((rate, minute) => (rate > 0 ? rate / (rate + accepted[minute]!) : 0)));
}

interface Rates {
    /** Of each minute. */
    readonly rates: readonly number[];
    readonly average: number;
    readonly peak: number;
}

/** Sum over period: a rate. CloudWatch's Average of Incoming* is the mean of a put call. */
function ratesOf(values: ReadonlyMap<number, number>, minutes: readonly number[], nowMs: number): Rates {
    const rates = minutes.map((minute) => {
        const seconds = Math.max(1, Math.min(minuteMs, nowMs - minute) / 1_000);
        return (values.get(minute) ?? 0) / seconds;
    });
    if (rates.length === 0) return { rates, average: 0, peak: 0 };
    return { rates, average: mean(rates), peak: Math.max(...rates) };
}
