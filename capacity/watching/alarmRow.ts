/**
 * What a row of the table of alarms holds, and the parts that rows share: what is watched, over which time, from when on it speaks.
 *
 * Every alarm has the statistic that gives its metric a meaning (../metrics), and a stated rule for missing data.
 */
import { limits } from "../limits";
import { kinesisMetrics, kinesisNamespace, type MetricRow, type MetricUnit } from "../metrics";
import { count } from "../text";
import { type HotShardMetric, type MetricQuery } from "./queries";

/** What is known about a stream that decides on its alarms. A fact that is not given leaves out the alarms that need it. */
export interface StreamFacts {
    /** Records per second that the declared peak has. */
    readonly recordsPerSecond: number;
    /** Open shards, where no scaler changes them. */
    readonly shards: number;
    readonly retentionHours: number;
    /** The shard-level metric that tells a hot shard: the one that the declared load uses more of. */
    readonly hotShardMetric: HotShardMetric;
    /** A scaler publishes the open shards. */
    readonly scaled: true;
    /** The alarm on utilization invokes that scaler. */
    readonly invokesScaler: true;
    readonly shardSource: ShardSource;
    /** One of the consumers with enhanced fan-out, each of which has alarms of its own. */
    readonly consumer: string;
    /** A function that an event source mapping feeds. */
    readonly functionName: string;
    /** Seconds after which that mapping gives a record up; -1 is never. */
    readonly recordAgeSeconds: number;
    /** After which Lambda ends an invocation. */
    readonly functionTimeoutSeconds: number;
    /** The queue of what it gave up. */
    readonly queueName: string;
}

/** Who decides on the shards of a stream, and so what opens more: `elsewhere` is whoever manages a stream that is not ours, or is held. */
export type ShardSource = "requirements" | "shardCount" | "scaler" | "onDemand" | "elsewhere";

export type StreamFactName = keyof StreamFacts;

export const missingDataRules = ["missing", "ignore", "notBreaching", "breaching"] as const;

/** What CloudWatch makes of a period without a data point. */
export type MissingDataRule = (typeof missingDataRules)[number];

/** Over which time an alarm looks, and how much of it must breach. */
export interface AlarmWindow {
    /** Seconds of one data point. */
    readonly periodSeconds: number;
    /** The last data points that count. */
    readonly evaluationPeriods: number;
    /** How many of those must breach. */
    readonly datapointsToAlarm: number;
    readonly treatMissingData: MissingDataRule;
}

/** What can be set about an alarm; what is not set is as its row says. */
export interface AlarmSettings extends Partial<AlarmWindow> {
    readonly threshold?: number;
}

/** @typeParam Name the alarms of the table */
export interface AlarmRow<Name extends string = string> {
    /** The alarm is called `<stream>-<suffix>`, and more where it is of a consumer or has an owner of its own (../names). */
    readonly suffix: string;
    /** The alarm exists where all of these are given; a fact that only its default threshold needs can be replaced by a threshold. */
    readonly needs: readonly StreamFactName[];
    /** Further facts that it goes by where they are given. */
    readonly uses?: readonly StreamFactName[];
    readonly watches: WatchedMetric | WatchedQueries | WatchedGroups;
    readonly periodSeconds: number;
    /** The last data points that count; a function where they cover a time. */
    readonly evaluationPeriods: number | EvaluationPeriods;
    /** How many of those must breach, where it is not all of them. */
    readonly datapointsToAlarm?: number;
    readonly comparisonOperator: "GreaterThanThreshold" | "LessThanThreshold";
    readonly treatMissingData: MissingDataRule;
    /** The rules under which the alarm still tells what it is there for, where that is not all of them. */
    readonly missingDataRules?: readonly MissingDataRule[];
    /** Beside ALARM, the state that is told. */
    readonly alsoTells: "ok" | "insufficientData";
    readonly threshold: AlarmThreshold;
    /** Where it would speak too early: then a composite alarm speaks for it, and not before another alarm has seen data. */
    readonly onlyAfter?: FirstSeen<Name>;
    /** What happened, and what to do, for the threshold and the window as they were set. */
    describe(stream: string, threshold: number, facts: Partial<StreamFacts>, window: AlarmWindow): string;
}

type EvaluationPeriods = (threshold: number, periodSeconds: number, facts: Partial<StreamFacts>) => number;

/**
 * The memory of an alarm that has seen data: with missing data ignored it never goes back to INSUFFICIENT_DATA, in which it began. So a
 * composite alarm of both tells a reader that has died from one that never was.
 */
interface FirstSeen<Name extends string> {
    readonly alarm: Name;
    /** What the alarm itself is called then, which has no actions; the composite one has the row's own suffix. */
    readonly suffix: string;
    describe(stream: string, facts: Partial<StreamFacts>): string;
}

export interface WatchedMetric {
    readonly namespace: string;
    readonly metricName: string;
    readonly row: MetricRow;
    /** Left open on the scaler's metrics: nothing else publishes them in another unit. */
    readonly unit?: MetricUnit;
    readonly dimensions: Readonly<Record<string, (stream: string, facts: Partial<StreamFacts>) => string>>;
    /**
     * A count: where nothing happens nothing is published, and that is 0. Over periods that slide by a minute CloudWatch would otherwise
     * look further back for data, and find one burst several times.
     */
    readonly isCount?: true;
}

/** Metric math, over metrics that exist whatever the stream is called. */
type WatchedQueries = <Name>(stream: Name, facts: Partial<StreamFacts>, periodSeconds: number) => MetricQuery<Name>[];

/** A Metrics Insights query, each group of which is watched by itself. */
interface WatchedGroups {
    readonly id: string;
    expressionFor(stream: string, facts: Partial<StreamFacts>): string;
    labelFor(facts: Partial<StreamFacts>): string;
}

/** The threshold as people set it, in its own unit, and as CloudWatch compares it. */
export interface AlarmThreshold {
    readonly unit: string;
    readonly minimum: number;
    readonly maximum: number;
    /** Nobody sets it: the metric is yes or no. */
    readonly isFixed?: true;
    /** It is the time that the evaluation periods cover. */
    readonly isWindow?: true;
    /** Where the default comes from a fact, the alarm needs that fact, or a threshold. */
    readonly defaultFrom?: StreamFactName;
    default(facts: Partial<StreamFacts>): number;
    /** The number that CloudWatch compares the metric with. */
    toMetric(threshold: number, facts: Partial<StreamFacts>, window: Pick<AlarmWindow, "periodSeconds">): number;
}

const asIs = (threshold: number) => threshold;

export const { secondsPerHour } = limits;

export const ofStream: WatchedMetric["dimensions"] = { StreamName: (stream) => stream };

export function kinesis(metricName: keyof typeof kinesisMetrics): WatchedMetric {
    const row = kinesisMetrics[metricName];
    return { namespace: kinesisNamespace, metricName, row, unit: row.unit, dimensions: ofStream };
}

/** What is counted in each period, 0 where nothing is published. */
export function counted(metricName: keyof typeof kinesisMetrics): WatchedMetric {
    return { ...kinesis(metricName), isCount: true };
}

/** How most alarms compare: a number that is exceeded for ten minutes, and none where there are no data points. */
export const exceeded = {
    periodSeconds: 300,
    evaluationPeriods: 2,
    comparisonOperator: "GreaterThanThreshold",
    treatMissingData: "notBreaching",
    alsoTells: "ok",
} as const;

/** A threshold of what should not happen at all. */
export const none = (unit: string): AlarmThreshold => ({
    unit,
    minimum: 0,
    maximum: 1e12,
    default: () => 0,
    toMetric: asIs,
});

/** A threshold in percent, by default high enough for the noise of an hour and low enough to act in time. */
export const percent = (unit: string, toMetric: AlarmThreshold["toMetric"] = asIs): AlarmThreshold => ({
    unit,
    minimum: 1,
    maximum: 100,
    default: () => 80,
    toMetric,
});

/** How a reader falls silent: records come in, and nothing of what it does is seen. */
export const silence = {
    ...exceeded,
    periodSeconds: 600,
    // Without records nothing is known, and a reader that was dead is not alive for that.
    treatMissingData: "ignore",
    missingDataRules: ["ignore"],
    threshold: { unit: "", minimum: 0, maximum: 0, isFixed: true, default: () => 0, toMetric: () => 0 },
} as const;

const millisecondsPerSecond = 1_000;

/** How far a reader may be behind, in seconds; its metric is in milliseconds. */
export const ageThreshold = (byDefault: Pick<AlarmThreshold, "default" | "defaultFrom">): AlarmThreshold => ({
    unit: "seconds",
    minimum: 1,
    maximum: limits.retentionHoursMax * secondsPerHour,
    ...byDefault,
    toMetric: (seconds) => seconds * millisecondsPerSecond,
});

/** Over which time an alarm looks: as it is set, and else as its row says. */
export function windowOf(
    row: AlarmRow,
    settings: AlarmSettings,
    threshold: number,
    facts: Partial<StreamFacts>,
): AlarmWindow {
    const periodSeconds = settings.periodSeconds ?? row.periodSeconds;
    const usual =
        typeof row.evaluationPeriods === "number"
            ? row.evaluationPeriods
            : row.evaluationPeriods(threshold, periodSeconds, facts);
    const evaluationPeriods = settings.evaluationPeriods ?? usual;
    const usualDatapoints = settings.evaluationPeriods === undefined ? row.datapointsToAlarm : undefined;
    return {
        periodSeconds,
        evaluationPeriods,
        datapointsToAlarm: settings.datapointsToAlarm ?? usualDatapoints ?? evaluationPeriods,
        treatMissingData: settings.treatMissingData ?? row.treatMissingData,
    };
}

/** The seconds that a window spans. */
export function secondsOf({ periodSeconds, evaluationPeriods }: AlarmWindow): number {
    return periodSeconds * evaluationPeriods;
}

/** How long it has been so: over the whole window, or in as many of its periods as are enough. */
export function howLong(window: AlarmWindow, whole: "for" | "for more than" = "for"): string {
    const { periodSeconds, evaluationPeriods: periods, datapointsToAlarm: breaching } = window;
    if (breaching < periods) return `in ${breaching} of the last ${periods} periods of ${duration(periodSeconds)}`;
    return `${whole} ${duration(secondsOf(window))}${whole === "for" ? " now" : ""}`;
}

export function duration(seconds: number): string {
    if (seconds >= 2 * secondsPerHour) return count(Number((seconds / secondsPerHour).toFixed(1)), "hour");
    if (seconds >= 120) return count(Number((seconds / 60).toFixed(1)), "minute");
    return count(seconds, "second");
}
