/** The statistics that CloudWatch makes of a minute's data: five by name, and percentiles. */
import { type Statistics } from "./chunk";
import { type Points } from "./series";
import { type MetricIdentity, type MetricStore, type Windows } from "./store";
import { percentile, type WindowValues } from "./values";

const rows = {
    Sum: ({ sum }: Statistics) => sum,
    SampleCount: ({ sampleCount }: Statistics) => sampleCount,
    Average: ({ sum, sampleCount }: Statistics) => sum / sampleCount,
    Minimum: ({ minimum }: Statistics) => minimum,
    Maximum: ({ maximum }: Statistics) => maximum,
} as const;

export type Statistic = keyof typeof rows;

export const statisticNames = Object.keys(rows) as Statistic[];

export function isStatistic(name: string): boolean {
    return Object.hasOwn(rows, name) || percentOf(name) !== undefined;
}

export function statisticOf(name: Statistic, statistics: Statistics): number {
    return rows[name](statistics);
}

/** `p99.9` is 99.9; undefined for what is no percentile. */
export function percentOf(statistic: string): number | undefined {
    const [, digits] = /^p(\d{1,3}(?:\.\d{1,10})?)$/.exec(statistic) ?? [];
    return Number(digits) <= 100 ? Number(digits) : undefined;
}

/** Where data lies: a metric, of one unit or of all, in windows that some time sees. */
export interface Selection {
    readonly metric: MetricIdentity;
    readonly unit: string | undefined;
    readonly windows: Windows;
    readonly nowMs: number;
}

/** A statistic in each window. @param statistic one that `isStatistic` */
export function pointsOf(store: MetricStore, selection: Selection, statistic: string): Points {
    const { metric, unit, windows, nowMs } = selection;
    const percent = percentOf(statistic);
    return percent === undefined
        ? store
              .statistics(metric, unit, windows, nowMs)
              .map((each) => each && statisticOf(statistic as Statistic, each))
        : valuesOf(store, selection).map((each) => each && percentile(each, percent));
}

/** The values in each window, undefined where there are none yet, or not all are known: some came as a set of statistics. */
function valuesOf(store: MetricStore, { metric, unit, windows, nowMs }: Selection): (WindowValues | undefined)[] {
    const counts = Array.from({ length: windows.count }, () => new Map<number, number>());
    const unknown = new Set<number>();
    store.eachMinute(metric, unit, windows, nowMs, (window, chunk, slot) => {
        const found = chunk.valuesOf(slot);
        if (found === undefined) unknown.add(window);
        for (const [value, count] of found ?? []) counts[window]!.set(value, (counts[window]!.get(value) ?? 0) + count);
    });
    return store
        .statistics(metric, unit, windows, nowMs)
        .map((each, window) =>
            each === undefined || unknown.has(window)
                ? undefined
                : { minimum: each.minimum, maximum: each.maximum, counts: counts[window]! },
        );
}
