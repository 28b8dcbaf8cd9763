/**
 * The metrics of the local CloudWatch: one-minute buckets of Sum, SampleCount, Minimum and Maximum.
 *
 * Everything that flows in the sandbox is recorded here, and everything that asks CloudWatch reads from here. Memory is bounded: one-minute data is
 * kept for 15 days, as in AWS, and the series that was fed longest ago goes first when there are too many.
 */
import { type MetricDatum, type MetricSink, type Warn } from "../service";

export type Dimensions = Readonly<Record<string, string>>;

/** A metric without its statistic: what identifies a series in CloudWatch. */
export interface MetricIdentity {
    readonly namespace: string;
    readonly metricName: string;
    readonly dimensions: Dimensions;
}

/** Observations that were aggregated before they came here: a StatisticSet. */
export interface MetricStatisticSet extends MetricIdentity {
    readonly statistics: Statistics;
    readonly unit: string;
    readonly timeMs: number;
}

export interface Statistics {
    readonly sum: number;
    readonly sampleCount: number;
    readonly minimum: number;
    readonly maximum: number;
}

/** The windows of a query: `count` windows of `periodMs`, the first one starting at `startMs`. */
export interface Windows {
    readonly startMs: number;
    readonly periodMs: number;
    readonly count: number;
}

export interface MetricStoreOptions {
    /** How late a minute appears after it has ended, in milliseconds; 0: at once, even while the minute runs. Default 0. */
    readonly publicationDelayMs?: number;
    /** Series kept at most. Default 100,000. */
    readonly seriesMax?: number;
    /** Hears of what is forgotten that CloudWatch would still have. */
    readonly warn?: Warn;
}

/** The units in which CloudWatch counts; `None` where nothing was said. */
export const standardUnits: readonly string[] = [
    ...["Seconds", "Microseconds", "Milliseconds"],
    ...["Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes"],
    ...["Bits", "Kilobits", "Megabits", "Gigabits", "Terabits"],
    ...["Percent", "Count"],
    ...["Bytes/Second", "Kilobytes/Second", "Megabytes/Second", "Gigabytes/Second", "Terabytes/Second"],
    ...["Bits/Second", "Kilobits/Second", "Megabits/Second", "Gigabits/Second", "Terabits/Second"],
    ...["Count/Second", "None"],
];

export const minuteMs = 60_000;
const minutesPerChunk = 240;
/** One-minute data is kept for 15 days. */
const retentionMinutes = 15 * 24 * 60;

export class MetricStore implements MetricSink {
    /** How late a minute appears after it has ended; may be set at any time. */
    publicationDelayMs: number;
    private readonly seriesMax: number;
    private readonly warn: Warn | undefined;
    /** By key, in the order in which chunks were last added: the first one was fed longest ago. */
    private readonly seriesByKey = new Map<string, Series>();
    /** Keys by namespace and metric name, so that a search does not read every series. */
    private readonly keysByMetric = new Map<string, Set<string>>();

    constructor(options: MetricStoreOptions = {}) {
        this.publicationDelayMs = options.publicationDelayMs ?? 0;
        this.seriesMax = options.seriesMax ?? 100_000;
        this.warn = options.warn;
    }

    /** Adds `count` samples that sum up to `value`; Minimum and Maximum see their mean. */
    record(datum: MetricDatum): void {
        const { value, count = 1 } = datum;
        const mean = value / count;
        this.add(datum, { sum: value, sampleCount: count, minimum: mean, maximum: mean });
    }

    recordStatistics(set: MetricStatisticSet): void {
        this.add(set, set.statistics);
    }

    private add(metric: Omit<MetricDatum, "value">, { sum, sampleCount, minimum, maximum }: Statistics): void {
        if (sampleCount <= 0) return;
        const { unit, timeMs } = metric;
        const key = seriesKey(metric, unit);
        const minute = Math.floor(timeMs / minuteMs);
        let series = this.seriesByKey.get(key);
        if (!series) series = this.addSeries(key, metric, unit);
        const chunkIndex = Math.floor(minute / minutesPerChunk);
        let chunk = series.chunks.get(chunkIndex);
        if (!chunk) {
            chunk = new Chunk();
            series.chunks.set(chunkIndex, chunk);
            series.newestMinute = Math.max(series.newestMinute, minute);
            for (const index of series.chunks.keys()) {
                if ((index + 1) * minutesPerChunk > series.newestMinute - retentionMinutes) continue;
                series.chunks.delete(index);
                this.warn?.(
                    "metrics by age",
                    "metrics that are older than 15 days are forgotten; CloudWatch keeps them longer, by periods of five minutes and more.",
                );
            }
            this.seriesByKey.delete(key);
            this.seriesByKey.set(key, series);
        }
        series.newestMinute = Math.max(series.newestMinute, minute);
        const slot = minute - chunkIndex * minutesPerChunk;
        const known = chunk.sampleCount[slot]! > 0;
        chunk.sum[slot]! += sum;
        chunk.sampleCount[slot]! += sampleCount;
        chunk.minimum[slot] = known ? Math.min(chunk.minimum[slot]!, minimum) : minimum;
        chunk.maximum[slot] = known ? Math.max(chunk.maximum[slot]!, maximum) : maximum;
    }

    private addSeries(key: string, metric: MetricIdentity, unit: string): Series {
        if (this.seriesByKey.size >= this.seriesMax) {
            const [oldestKey, oldest] = this.seriesByKey.entries().next().value!;
            this.warn?.(
                "metrics by number",
                `the metrics that were fed longest ago are forgotten: CloudWatch has ${this.seriesMax} of them here at most, by their dimensions.`,
            );
            this.seriesByKey.delete(oldestKey);
            this.keysByMetric.get(metricKey(oldest.metric))?.delete(oldestKey);
        }
        const { namespace, metricName, dimensions } = metric;
        const identity = { namespace, metricName, dimensions: { ...dimensions } };
        const series: Series = { metric: identity, unit, chunks: new Map(), newestMinute: -Infinity };
        this.seriesByKey.set(key, series);
        const byMetric = metricKey(metric);
        const keys = this.keysByMetric.get(byMetric);
        if (keys) keys.add(key);
        else this.keysByMetric.set(byMetric, new Set([key]));
        return series;
    }

    /**
     * The statistics of a metric in each window, undefined where there is no data yet.
     *
     * @param unit only data of this unit; undefined: of every unit
     * @param nowMs what is not published yet at this time stays hidden
     */
    statistics(
        metric: MetricIdentity,
        unit: string | undefined,
        windows: Windows,
        nowMs: number,
    ): (Statistics | undefined)[] {
        const delayMs = this.publicationDelayMs;
        // Minutes before this one are published.
        const visible = delayMs <= 0 ? Infinity : Math.floor((nowMs - delayMs) / minuteMs);
        const result = new Array<Statistics | undefined>(windows.count).fill(undefined);
        const units = unit === undefined ? standardUnits : [unit];
        for (const each of units) {
            const series = this.seriesByKey.get(seriesKey(metric, each));
            if (series) addWindows(series, windows, visible, result);
        }
        return result;
    }

    /** The metrics with data since a time, each once, in the order of their names. */
    list(
        filter: { namespace?: string | undefined; metricName?: string | undefined; sinceMs?: number } = {},
    ): MetricIdentity[] {
        const sinceMinute = Math.floor((filter.sinceMs ?? -Infinity) / minuteMs);
        const found = new Map<string, MetricIdentity>();
        const consider = (series: Series | undefined) => {
            if (!series || series.newestMinute < sinceMinute) return;
            if (filter.namespace !== undefined && series.metric.namespace !== filter.namespace) return;
            if (filter.metricName !== undefined && series.metric.metricName !== filter.metricName) return;
            found.set(seriesKey(series.metric), series.metric);
        };
        if (filter.namespace !== undefined && filter.metricName !== undefined) {
            const keys = this.keysByMetric.get(metricKey({ ...filter } as MetricIdentity)) ?? [];
            for (const key of keys) consider(this.seriesByKey.get(key));
        } else {
            for (const series of this.seriesByKey.values()) consider(series);
        }
        return [...found.entries()].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, metric]) => metric);
    }
}

interface Series {
    readonly metric: MetricIdentity;
    readonly unit: string;
    readonly chunks: Map<number, Chunk>;
    newestMinute: number;
}

/** Four hours of one series. A minute without data has a sample count of 0. */
class Chunk {
    readonly sum = new Float64Array(minutesPerChunk);
    readonly sampleCount = new Float64Array(minutesPerChunk);
    readonly minimum = new Float64Array(minutesPerChunk);
    readonly maximum = new Float64Array(minutesPerChunk);
}

/** Adds the minutes of a series to the windows in which they start. */
function addWindows(
    series: Series,
    windows: Windows,
    visibleMinutes: number,
    result: (Statistics | undefined)[],
): void {
    const firstMinute = Math.ceil(windows.startMs / minuteMs);
    const endMinute = Math.min(
        Math.ceil((windows.startMs + windows.count * windows.periodMs) / minuteMs),
        visibleMinutes,
        series.newestMinute + 1,
    );
    const oldestChunk = Math.min(...series.chunks.keys());
    let minute = Math.max(firstMinute, oldestChunk * minutesPerChunk);
    while (minute < endMinute) {
        const chunkIndex = Math.floor(minute / minutesPerChunk);
        const chunk = series.chunks.get(chunkIndex);
        const chunkEnd = Math.min(endMinute, (chunkIndex + 1) * minutesPerChunk);
        if (!chunk) {
            minute = chunkEnd;
            continue;
        }
        for (; minute < chunkEnd; minute++) {
            const slot = minute - chunkIndex * minutesPerChunk;
            const sampleCount = chunk.sampleCount[slot]!;
            if (sampleCount === 0) continue;
            const window = Math.floor((minute * minuteMs - windows.startMs) / windows.periodMs);
            result[window] = merge(result[window], {
                sum: chunk.sum[slot]!,
                sampleCount,
                minimum: chunk.minimum[slot]!,
                maximum: chunk.maximum[slot]!,
            });
        }
    }
}

/** Two sets of observations as one. */
export function merge(left: Statistics | undefined, right: Statistics): Statistics {
    if (!left) return right;
    return {
        sum: left.sum + right.sum,
        sampleCount: left.sampleCount + right.sampleCount,
        minimum: Math.min(left.minimum, right.minimum),
        maximum: Math.max(left.maximum, right.maximum),
    };
}

/** Whether a metric has exactly these dimensions; undefined: any will do. */
export function hasExactly(dimensions: Dimensions, names: readonly string[] | undefined): boolean {
    if (!names) return true;
    return Object.keys(dimensions).length === names.length && names.every((name) => name in dimensions);
}

export function floorToMinute(timeMs: number): number {
    return Math.floor(timeMs / minuteMs) * minuteMs;
}

function metricKey(metric: Pick<MetricIdentity, "namespace" | "metricName">): string {
    return `${metric.namespace}\u0000${metric.metricName}`;
}

export function seriesKey(metric: MetricIdentity, unit = ""): string {
    let key = `${metric.namespace}\u0000${metric.metricName}\u0000${unit}`;
    for (const name of Object.keys(metric.dimensions).sort()) key += `\u0000${name}\u0000${metric.dimensions[name]}`;
    return key;
}
