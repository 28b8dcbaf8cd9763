/**
 * The metrics of the local CloudWatch: one-minute buckets of Sum, SampleCount, Minimum and Maximum, and of the values that percentiles need.
 *
 * Everything that flows in the sandbox is recorded here, and everything that asks CloudWatch reads from here. Memory is bounded: one-minute data is
 * kept for 15 days, as in AWS, and the series that was fed longest ago goes first when there are too many.
 */
import { minuteMs, minutesPerDay } from "../../capacity/calendar";
import { type MetricDatum, type MetricSink, type Warn } from "../service";
import { Chunk, merge, minutesPerChunk, type Statistics } from "./chunk";

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
    /** Different values kept at most, over all minutes, for percentiles. Default 250,000. */
    readonly valuesMax?: number;
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

/** One-minute data is kept for 15 days. */
const retentionMinutes = 15 * minutesPerDay;

export class MetricStore implements MetricSink {
    /** How late a minute appears after it has ended; may be set at any time. */
    publicationDelayMs: number;
    private readonly seriesMax: number;
    private readonly valuesMax: number;
    private valuesKept = 0;
    private readonly warn: Warn | undefined;
    /** By key, in the order in which chunks were last added: the first one was fed longest ago. */
    private readonly seriesByKey = new Map<string, Series>();
    /** Keys by namespace and metric name, so that a search does not read every series. */
    private readonly keysByMetric = new Map<string, Set<string>>();

    constructor(options: MetricStoreOptions = {}) {
        this.publicationDelayMs = options.publicationDelayMs ?? 0;
        this.seriesMax = options.seriesMax ?? 100_000;
        this.valuesMax = options.valuesMax ?? 250_000;
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

    private add(metric: Omit<MetricDatum, "value">, statistics: Statistics): void {
        if (statistics.sampleCount <= 0) return;
        const { unit, timeMs } = metric;
        const key = seriesKey(metric, unit);
        const minute = Math.floor(timeMs / minuteMs);
        const series = this.seriesByKey.get(key) ?? this.addSeries(key, metric, unit);
        series.newestMinute = Math.max(series.newestMinute, minute);
        const chunkIndex = Math.floor(minute / minutesPerChunk);
        const chunk = series.chunks.get(chunkIndex) ?? this.addChunk(key, series, chunkIndex);
        this.valuesKept += chunk.add(minute - chunkIndex * minutesPerChunk, statistics);
        if (this.valuesKept > this.valuesMax) this.forgetValues();
    }

    private addChunk(key: string, series: Series, chunkIndex: number): Chunk {
        const chunk = new Chunk();
        series.chunks.set(chunkIndex, chunk);
        for (const [index, old] of series.chunks) {
            if ((index + 1) * minutesPerChunk > series.newestMinute - retentionMinutes) continue;
            this.valuesKept -= old.forgetValues();
            series.chunks.delete(index);
            this.warn?.(
                "metrics by age",
                "metrics that are older than 15 days are forgotten; CloudWatch keeps them longer, by periods of five minutes and more.",
            );
        }
        this.seriesByKey.delete(key);
        this.seriesByKey.set(key, series);
        return chunk;
    }

    /** The oldest, until a tenth of the room is free again. */
    private forgetValues(): void {
        this.warn?.(
            "metrics by value",
            `the oldest values of metrics are forgotten, so that they have no percentiles: ${this.valuesMax} of them are kept.`,
        );
        const chunks = [...this.seriesByKey.values()].flatMap((series) => [...series.chunks]);
        for (const [, chunk] of chunks.sort(([left], [right]) => left - right)) {
            if (this.valuesKept <= this.valuesMax * 0.9) return;
            this.valuesKept -= chunk.forgetValues();
        }
    }

    private addSeries(key: string, metric: MetricIdentity, unit: string): Series {
        if (this.seriesByKey.size >= this.seriesMax) {
            const [oldestKey, oldest] = this.seriesByKey.entries().next().value!;
            this.warn?.(
                "metrics by number",
                `the metrics that were fed longest ago are forgotten: CloudWatch has ${this.seriesMax} of them here at most, by their dimensions.`,
            );
            for (const chunk of oldest.chunks.values()) this.valuesKept -= chunk.forgetValues();
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
        const result = new Array<Statistics | undefined>(windows.count).fill(undefined);
        this.eachMinute(metric, unit, windows, nowMs, (window, chunk, slot) => {
            result[window] = merge(result[window], chunk.statisticsOf(slot));
        });
        return result;
    }

    /** Looks at each minute with data that is published, with the window in which it starts. */
    eachMinute(metric: MetricIdentity, unit: string | undefined, windows: Windows, nowMs: number, look: Look): void {
        const delayMs = this.publicationDelayMs;
        // Minutes before this one are published.
        const visible = delayMs <= 0 ? Infinity : Math.floor((nowMs - delayMs) / minuteMs);
        for (const each of unit === undefined ? standardUnits : [unit]) {
            const series = this.seriesByKey.get(seriesKey(metric, each));
            if (series) lookInto(series, windows, visible, look);
        }
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

type Look = (window: number, chunk: Chunk, slot: number) => void;

function lookInto(series: Series, windows: Windows, visibleMinutes: number, look: Look): void {
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
            if (chunk.isEmptyAt(slot)) continue;
            look(Math.floor((minute * minuteMs - windows.startMs) / windows.periodMs), chunk, slot);
        }
    }
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
