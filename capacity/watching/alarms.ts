/**
 * The alarms of a stream: what each watches, from when on it speaks, and what it tells someone who was woken by it. Those about readers and
 * about the scaler are beside this file; what all rows are made of is in alarmRow.ts.
 */
import { limits } from "../limits";
import { type KinesisMetricName, kinesisNamespace } from "../metrics";
import { sum } from "../sums";
import { count, formatNumber, formatRate } from "../text";
import {
    type AlarmRow,
    counted,
    duration,
    exceeded,
    none,
    percent,
    type ShardSource,
    type StreamFactName,
    type StreamFacts,
    type WatchedMetric,
} from "./alarmRow";
import { type FunctionAlarmName, functionAlarmRows } from "./functionAlarms";
import { type MetricQuery, shardLimitPerSecond, shardQuery, utilizationQueries } from "./queries";
import { readerAlarmRows } from "./readerAlarms";
import { type ScalerAlarmName, scalerAlarmNames, scalerAlarmRows } from "./scalerAlarms";

/** The alarms on a stream, which StreamAlarms make. */
export const streamAlarmNames = [
    "highIncomingRecords",
    "writeThrottling",
    "readThrottling",
    "iteratorAge",
    "writeUtilization",
    "hotShard",
    "consumerSilent",
] as const;

/** The alarms on each fan-out consumer, which StreamAlarms make. */
export const consumerAlarmNames = ["fanOutLag", "fanOutSilent"] as const;

export { type ScalerAlarmName, scalerAlarmNames } from "./scalerAlarms";

export const alarmNames = [...streamAlarmNames, ...consumerAlarmNames, ...scalerAlarmNames];

/** An alarm on a stream. */
export type StreamAlarmName = (typeof streamAlarmNames)[number];
/** An alarm on each consumer with enhanced fan-out. */
export type ConsumerAlarmName = (typeof consumerAlarmNames)[number];
export type AlarmName = StreamAlarmName | ConsumerAlarmName | ScalerAlarmName | FunctionAlarmName;

const utilizationPeriodSeconds = 60;

export const alarmRows: Readonly<Record<AlarmName, AlarmRow<AlarmName>>> = {
    ...readerAlarmRows,
    ...scalerAlarmRows,
    ...functionAlarmRows,
    highIncomingRecords: {
        suffix: "HighIncomingRecords",
        needs: ["recordsPerSecond"],
        uses: ["shards", "shardSource"],
        watches: counted("IncomingRecords"),
        ...exceeded,
        threshold: {
            unit: "records per second",
            minimum: 0,
            maximum: 100_000_000,
            defaultFrom: "recordsPerSecond",
            // What is refused is not counted: above what the shards accept the alarm would never fire.
            default: (facts) => Math.min(facts.recordsPerSecond ?? 0, nearlyAccepted(facts)),
            // Incoming* counts per put call; a rate is Sum / period.
            toMetric: (recordsPerSecond, _, { periodSeconds }) => recordsPerSecond * periodSeconds,
        },
        describe: (stream, recordsPerSecond, facts) =>
            `${stream} takes in more than ${formatRate(recordsPerSecond)} records/s${whichRate(recordsPerSecond, facts)}. ` +
            `If this load is to stay, ${loadToStay(stream, recordsPerSecond, facts)}; if not, find the producer that sends more.`,
    },
    writeThrottling: {
        suffix: "WriteThrottling",
        needs: [],
        uses: ["shardSource"],
        watches: counted("WriteProvisionedThroughputExceeded"),
        ...exceeded,
        threshold: none("refused records in one period"),
        describe: (stream, refused, { shardSource = "elsewhere" }, { periodSeconds }) =>
            `${stream} refuses ${refused === 0 ? "records" : `more than ${formatNumber(refused)} records in ${duration(periodSeconds)}`}: shards are full, and a producer that does not retry loses them. ` +
            `Look at sharded-stream hot-shards ${stream}: if one shard is hot, spread its keys; if all are full, ${moreShards[shardSource](stream)}.` +
            // Nobody says of a stream that is not ours in which mode it is.
            (shardSource === "elsewhere" ? " On demand AWS opens more by itself." : ""),
    },
    readThrottling: {
        suffix: "ReadThrottling",
        needs: [],
        watches: counted("ReadProvisionedThroughputExceeded"),
        ...exceeded,
        threshold: none("refused GetRecords calls in one period"),
        describe: (stream, refused, _, { periodSeconds }) =>
            `${stream} refuses ${refused === 0 ? "GetRecords calls" : `more than ${formatNumber(refused)} GetRecords calls in ${duration(periodSeconds)}`}: all shared consumers together poll a shard more than ${limits.shardGetRecordsCallsPerSecond} times a second or read more than ${limits.shardReadMiBPerSecond} MiB/s from it. ` +
            "Poll less often with larger batches, or give a consumer enhanced fan-out.",
    },
    writeUtilization: {
        suffix: "WriteUtilization",
        needs: ["shards"],
        uses: ["invokesScaler", "shardSource"],
        watches: (stream, facts, periodSeconds) => utilizationQueries(stream, periodSeconds, facts),
        ...exceeded,
        periodSeconds: utilizationPeriodSeconds,
        evaluationPeriods: 3,
        threshold: percent("percent of the open shards' capacity"),
        describe: (stream, part, { shards, scaled, invokesScaler, shardSource = "elsewhere" }) =>
            scaled
                ? `${stream} uses more than ${formatNumber(part)} % of its open shards, by bytes or by records. The scaler ${invokesScaler ? "is called at once" : "sees it in its next run"}. ` +
                  `If the alarm stays on, ${moreShards.scaler(stream)}.`
                : `${stream} uses more than ${formatNumber(part)} % of what ${shards === undefined ? "its shards take" : taking(shards)}, by bytes or by records; at 100 % it refuses records. ` +
                  `To end it, ${moreShards[shardSource](stream)}.`,
    },
    hotShard: {
        suffix: "HotShard",
        needs: ["hotShardMetric"],
        uses: ["shardSource"],
        watches: {
            id: "hottest",
            expressionFor: (stream, { hotShardMetric = "IncomingBytes" }) => shardQuery(stream, hotShardMetric),
            labelFor: ({ hotShardMetric = "IncomingBytes" }) => `${hotShardMetric} of each shard`,
        },
        ...exceeded,
        periodSeconds: utilizationPeriodSeconds,
        evaluationPeriods: 5,
        threshold: percent(
            "percent of one shard's own limit",
            (part, { hotShardMetric = "IncomingBytes" }, { periodSeconds }) =>
                Math.floor((part / 100) * shardLimitPerSecond(hotShardMetric) * periodSeconds),
        ),
        describe: (stream, part, { hotShardMetric, shardSource }) =>
            `A shard of ${stream} is above ${formatNumber(part)} % of what one shard takes (${hotShardMetric ?? "bytes or records"}), and more shards alone may not help. ` +
            `Run sharded-stream hot-shards ${stream}: it tells a hot key, which has to be spread, from a hot range, which ${shardSource === "onDemand" ? "AWS splits by itself" : "can be split"}.`,
    },
};

/** What opens more shards, in words that end a sentence. */
const moreShards: Readonly<Record<ShardSource, (stream: string) => string>> = {
    requirements: (stream) => `run sharded-stream scale ${stream} out and raise the declared requirements`,
    shardCount: (stream) => `run sharded-stream scale ${stream} out and raise the declared shardCount`,
    scaler: (stream) =>
        `see why it does not scale: sharded-stream status ${stream} shows its decisions, its maximum and the calls that are left`,
    onDemand: () =>
        "AWS opens more by itself, but not for a load that more than doubles in 15 minutes: slow the producers down until then, or declare a warmThroughputMiBps (with On-demand Advantage)",
    elsewhere: (stream) => `run sharded-stream scale ${stream} out and raise the count where the stream is declared`,
};

const nearlyAllPercent = 99;

/** The records per second at which the shards are all but full. */
function nearlyAccepted({ shards = Infinity }: Partial<StreamFacts>): number {
    return (shards * limits.shardWriteRecordsPerSecond * nearlyAllPercent) / 100;
}

function whichRate(recordsPerSecond: number, facts: Partial<StreamFacts>): string {
    if (recordsPerSecond === facts.recordsPerSecond) return ", the declared peak";
    if (facts.shards === undefined || recordsPerSecond !== nearlyAccepted(facts)) return "";
    return `, ${nearlyAllPercent} % of what ${taking(facts.shards)}`;
}

function taking(shards: number): string {
    return `${count(shards, "shard")} ${shards === 1 ? "takes" : "take"}`;
}

/** What is to be declared for a load that is to stay. Where the shards take less than was declared, it is they that have to be more. */
function loadToStay(stream: string, recordsPerSecond: number, facts: Partial<StreamFacts>): string {
    const { shardSource, recordsPerSecond: declared = Infinity } = facts;
    if (shardSource === "shardCount" || shardSource === "elsewhere") {
        if (recordsPerSecond === nearlyAccepted(facts) && recordsPerSecond < declared)
            return moreShards[shardSource](stream);
    }
    const also = shardSource === "shardCount" ? ", and shardCount with it," : "";
    return `raise requirements.recordsPerSecond${also} and deploy`;
}

/** Whether an alarm exists for a stream about which these facts are given, and for which this threshold may be set. */
export function alarmExists(name: AlarmName, given: ReadonlySet<StreamFactName>, hasThreshold: boolean): boolean {
    const { needs, threshold, onlyAfter } = alarmRows[name];
    if (onlyAfter !== undefined && !alarmExists(onlyAfter.alarm, given, false)) return false;
    // A scaler publishes the open shards, so they need not be given.
    return needs.every(
        (fact) =>
            given.has(fact) ||
            (fact === threshold.defaultFrom && hasThreshold) ||
            (fact === "shards" && given.has("scaled")),
    );
}

/** The alarm that watches a metric of Kinesis where these facts are given: on the metric itself, or else in metric math. */
export function alarmOn(metricName: KinesisMetricName, given: ReadonlySet<StreamFactName>): AlarmName | undefined {
    const existing = alarmNames.filter((name) => alarmExists(name, given, false));
    const itself = existing.find((name) => {
        const { watches } = alarmRows[name];
        return watchesOneMetric(watches) && watches.metricName === metricName;
    });
    const isIn = ({ metric }: MetricQuery) =>
        metric?.namespace === kinesisNamespace && metric.metricName === metricName;
    const facts = given.has("consumer") ? { consumer: "" } : {};
    return (
        itself ??
        existing.find((name) => {
            const { watches, periodSeconds } = alarmRows[name];
            return typeof watches === "function" && watches("", facts, periodSeconds).some(isIn);
        })
    );
}

/** Whether an alarm watches one metric, with a statistic of its own, rather than metric math or a query. */
export function watchesOneMetric(watched: AlarmRow["watches"]): watched is WatchedMetric {
    return "metricName" in watched;
}

/**
 * What CloudWatch bills of some alarms: each metric that one watches, and each composite alarm. A query watches one of each shard.
 *
 * @param openShards 0 where nobody knows how many there are: then its query is left out
 */
export function billedAlarms(
    names: readonly AlarmName[],
    facts: Partial<StreamFacts>,
    openShards = 0,
): { alarmMetrics: number; compositeAlarms: number } {
    const rows = names.map((name) => alarmRows[name]);
    const metrics = rows.map(({ watches, periodSeconds }) => {
        if (typeof watches === "function")
            return watches("", facts, periodSeconds).filter(({ metric }) => metric).length;
        return watchesOneMetric(watches) ? 1 : openShards;
    });
    return {
        alarmMetrics: sum(metrics),
        compositeAlarms: rows.filter(({ onlyAfter }) => onlyAfter !== undefined).length,
    };
}
