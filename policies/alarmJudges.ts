/**
 * Judges of CloudWatch alarms on Kinesis metrics: whether they ever get data, whether their threshold is in reach, and what they mean.
 */
import { consumerNameIn, isArn, streamNameIn } from "../capacity/arns";
import { kinesisNamePattern } from "../capacity/identifiers";
import {
    dimensionsOf,
    kinesisMetrics,
    type KinesisMetricRow,
    kinesisNamespace,
    type MetricSubject,
    shortAlarmPeriodsSeconds,
} from "../capacity/metrics";
import { capitalized, closest, count, formatNumber } from "../capacity/text";
import { lookBackSecondsMax, looksBack } from "../capacity/watching/alarmSettings";
import { andReleaseMetric, knownDimensions, knownNumber, knownText, metricsOf, type WatchedMetric } from "./alarms";
import {
    andRelease,
    entryOf,
    ignores,
    isOwnStream,
    numberAt,
    propertyOf,
    type ResourceView,
    Unknown,
    valueAt,
} from "./resources";
import { judgeReach, type KinesisWatch } from "./thresholds";
import { compliant, NotKnownYet, orNotKnown, strictest, tell, type Verdict, violation } from "./verdict";

/** An alarm by itself: everything that holds whatever its stream is. */
export function judgeAlarm(alarm: ResourceView): Verdict {
    return strictest(metricsOf(alarm).map((metric) => judgeWatched(alarm, metric)));
}

/** One of the metrics of an alarm, with its stream where that is known. */
export function judgeWatched(alarm: ResourceView, metric: WatchedMetric, stream?: ResourceView): Verdict {
    return tell(() => judgeMetric(alarm, metric, stream));
}

function judgeMetric(alarm: ResourceView, metric: WatchedMetric, stream: ResourceView | undefined): Verdict {
    const name = knownText(metric.metricName);
    const namespace = knownText(metric.namespace);
    const row = name === undefined ? undefined : entryOf<KinesisMetricRow>(kinesisMetrics, name);
    const release: Release = (...properties) => andReleaseMetric(alarm, metric, properties);
    if (namespace !== kinesisNamespace) return row ? judgeNamespace(name!, namespace, metric, release) : compliant;
    if (name === undefined) return compliant;
    if (row === undefined) return noSuchMetric(name, release);
    const dimensions = knownDimensions(metric);
    const given = Object.keys(dimensions);
    const subject = row.of.find((one) => sameNames(dimensionsOf[one], given));
    if (subject === undefined) return wrongDimensions(name, row, given, release);
    const misnamed = judgeNames(name, dimensions, release);
    if (misnamed) return misnamed;
    const statistic = knownText(metric.statistic);
    const refused =
        judgeStatistic(name, row, statistic, release) ?? judgeUnit(name, row, knownText(metric.unit), release);
    if (refused || statistic === undefined) return refused ?? compliant;
    const periodSeconds = knownNumber(metric.periodSeconds);
    const watch: KinesisWatch = { name, row, subject, statistic, periodSeconds };
    return (
        judgePeriod(watch, release) ??
        judgeWindow(alarm, watch, release) ??
        judgeShardLevel(watch, stream, release) ??
        judgeReach(alarm, metric, watch, stream)
    );
}

/** The clause of a fix that lets changes of such properties of the metric be deployed. */
type Release = (...properties: readonly string[]) => string;

/** A metric of that name in a namespace that only AWS can fill, or in one that is Kinesis's but for its spelling. */
function judgeNamespace(name: string, namespace: string | undefined, metric: WatchedMetric, release: Release): Verdict {
    const letters = (namespace ?? "").toLowerCase().replace(/[^a-z]/g, "");
    const isMeant = namespace === undefined || /^(aws)?kinesis((data)?streams?)?$/.test(letters);
    const isReserved = (namespace ?? "").startsWith("AWS/") && "StreamName" in knownDimensions(metric);
    if (!isMeant && !isReserved) return compliant;
    return violation(
        `The alarm watches ${name} in ${namespace === undefined ? "no namespace" : `the namespace ${namespace}`}; Kinesis publishes it in ${kinesisNamespace}, so the alarm never has data.`,
        `Set its namespace to ${JSON.stringify(kinesisNamespace)}${release("namespace")}.`,
    );
}

function noSuchMetric(name: string, release: Release): Verdict {
    const near = closest(name, Object.keys(kinesisMetrics));
    return violation(
        `The alarm watches ${name}, which Kinesis does not publish in ${kinesisNamespace}, so the alarm never has data.`,
        `Watch a metric that it publishes${near === undefined ? "" : `; the closest name is ${near}`}${release("metricName")}.`,
    );
}

function sameNames(wanted: readonly string[], given: readonly string[]): boolean {
    return wanted.length === given.length && wanted.every((name) => given.includes(name));
}

/** What makes the dimensions of another subject than the stream, in words. */
const subjectFixes: Readonly<
    Record<MetricSubject, { readonly only: string; readonly fix: (release: Release) => string }>
> = {
    stream: { only: "", fix: () => "" },
    shard: {
        only: "per shard only",
        fix: (release) =>
            `Add ShardId to its dimensions and switch the shard-level metric on${release("dimensions")}, or watch a metric of the stream${release("metricName")}.`,
    },
    consumer: {
        only: "per fan-out consumer only",
        fix: (release) =>
            `Add ConsumerName, the name of the registered consumer, to its dimensions${release("dimensions")}.`,
    },
};

function wrongDimensions(name: string, row: KinesisMetricRow, given: readonly string[], release: Release): Verdict {
    if (!given.includes("StreamName")) {
        return violation(
            `The alarm watches ${name} ${given.length === 0 ? "without a dimension" : `with ${given.join(", ")} and no StreamName`}; Kinesis publishes it for each StreamName only, so the alarm never has data.`,
            `Add StreamName, the name of the stream, to its dimensions${release("dimensions")}.`,
        );
    }
    const [first] = row.of;
    if (first !== "stream" && given.length === 1) {
        const { only, fix } = subjectFixes[first!];
        return violation(
            `The alarm watches ${name} of the whole stream; Kinesis publishes it ${only}, so the alarm never has data.`,
            fix(release),
        );
    }
    const sets = row.of.map((subject) => dimensionsOf[subject]);
    const wanted = sets.find((names) => names.every((one) => given.includes(one))) ?? sets.at(-1)!;
    const extra = given.filter((one) => !(wanted as readonly string[]).includes(one));
    const absent = wanted.filter((one) => !given.includes(one));
    const fixes = [
        ...(extra.length > 0 ? [`remove ${extra.join(", ")} from its dimensions`] : []),
        ...(absent.length > 0 ? [`add ${absent.join(", ")} to its dimensions`] : []),
    ].join(", and ");
    return violation(
        `The alarm watches ${name} with ${given.join(", ")}; Kinesis publishes it with ${sets.map((names) => names.join(" and ")).join(", or with ")}, so the alarm never has data.`,
        `${capitalized(fixes)}${release("dimensions")}.`,
    );
}

/** An ARN is no name, and the id of a stream of the aws provider is its ARN. */
function judgeNames(
    name: string,
    dimensions: Readonly<Record<string, unknown>>,
    release: Release,
): Verdict | undefined {
    for (const [dimension, value] of Object.entries(dimensions)) {
        if (typeof value !== "string" || kinesisNamePattern.test(value)) continue;
        const meant = nameInArn[dimension]?.(value);
        const is = isArn(value) ? "an ARN and no name" : "no name that Kinesis gives";
        return violation(
            `The alarm watches ${name} of the ${dimension} ${JSON.stringify(value)}, which is ${is}, so the alarm never has data.`,
            `Set its ${dimension} to ${meant === undefined ? "" : `${JSON.stringify(meant)}, `}the name of the resource, not its id or arn${release("dimensions")}.`,
        );
    }
    return undefined;
}

const nameInArn: Readonly<Partial<Record<string, (arn: string) => string | undefined>>> = {
    StreamName: streamNameIn,
    ConsumerName: consumerNameIn,
};

const statistics = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"];
/** Percentiles, trimmed and winsorized means and their kin, as CloudWatch spells them. */
const extendedStatistic = /^(IQM|(p|tm|tc|ts|wm)\d+(\.\d+)?|(PR|TM|TC|TS|WM)\(.*\))$/;

function judgeStatistic(
    name: string,
    row: KinesisMetricRow,
    statistic: string | undefined,
    release: Release,
): Verdict | undefined {
    if (statistic !== undefined && (statistics.includes(statistic) || extendedStatistic.test(statistic)))
        return undefined;
    return violation(
        `The alarm asks for ${statistic === undefined ? "no statistic" : `the statistic ${statistic}`} of ${name}, and CloudWatch refuses it.`,
        setStatistic(row, release),
    );
}

function setStatistic({ statistic }: KinesisMetricRow, release: Release): string {
    return `Set its statistic to ${JSON.stringify(statistic)}${release("statistic", "extendedStatistic")}.`;
}

function judgeUnit(
    name: string,
    row: KinesisMetricRow,
    unit: string | undefined,
    release: Release,
): Verdict | undefined {
    if (unit === undefined || unit === row.unit) return undefined;
    return violation(
        `The alarm asks for ${name} in ${unit}; Kinesis publishes it in ${row.unit}, so the alarm never has data.`,
        `Remove its unit, or set it to ${JSON.stringify(row.unit)}${release("unit")}.`,
    );
}

function judgePeriod({ name, periodSeconds }: KinesisWatch, release: Release): Verdict | undefined {
    if (periodSeconds === undefined || shortAlarmPeriodsSeconds.includes(periodSeconds)) return undefined;
    if (periodSeconds > 0 && periodSeconds % 60 === 0) return undefined;
    return violation(
        `The alarm watches ${name} in periods of ${count(periodSeconds, "second")}; CloudWatch accepts ${shortAlarmPeriodsSeconds.join(", ")} and multiples of 60, and refuses the alarm.`,
        `Set its period to ${formatNumber(Math.max(60, Math.round(periodSeconds / 60) * 60))}${release("period")}.`,
    );
}

/** Over how many periods it looks, and how many of them must breach. What is not known yet CloudWatch judges itself. */
function judgeWindow(
    alarm: ResourceView,
    { name, periodSeconds = 0 }: KinesisWatch,
    release: Release,
): Verdict | undefined {
    const [periods, wanted] = ["evaluationPeriods", "datapointsToAlarm"].map((property) =>
        orNotKnown(() => numberAt(alarm, property)),
    );
    if (periods === undefined) return undefined;
    const most = Math.floor(lookBackSecondsMax(periodSeconds) / periodSeconds);
    if (periods > most) {
        return violation(
            `The alarm watches ${name} over ${count(periods, "period")} of ${count(periodSeconds, "second")}; ${looksBack}, and refuses the alarm.`,
            most === 0
                ? `Set a shorter period${release("period")}.`
                : `Set its evaluationPeriods to ${formatNumber(most)} or less${andRelease(alarm, ["evaluationPeriods"])}.`,
        );
    }
    if (wanted === undefined || wanted <= periods) return undefined;
    const orMore =
        wanted > most
            ? ""
            : `, or its evaluationPeriods to ${formatNumber(wanted)} or more${andRelease(alarm, ["evaluationPeriods"])}`;
    return violation(
        `The alarm on ${name} waits for ${formatNumber(wanted)} of ${count(periods, "data point")} to breach, and CloudWatch refuses it.`,
        `Set its datapointsToAlarm to ${formatNumber(periods)} or less${andRelease(alarm, ["datapointsToAlarm"])}${orMore}.`,
    );
}

/** A metric of one shard has data only where its stream switches it on. */
function judgeShardLevel(
    { name, row, subject }: KinesisWatch,
    stream: ResourceView | undefined,
    release: Release,
): Verdict | undefined {
    if (subject !== "shard" || stream === undefined) return undefined;
    const property = propertyOf(stream, "shardLevelMetrics");
    if (ignores(stream, property)) return undefined;
    const listed = valueAt(stream, property);
    const on: unknown[] = Array.isArray(listed) ? listed : [];
    if (on.includes(name) || on.includes("ALL")) return undefined;
    const notKnown = on.flatMap((one) => (one instanceof Unknown ? [one.path] : []));
    if (notKnown.length > 0) throw new NotKnownYet(notKnown);
    const orElse = row.of.includes("stream")
        ? `remove ShardId from the alarm's dimensions${release("dimensions")}`
        : `watch a metric of the stream${release("metricName", "dimensions")}`;
    return violation(
        `The alarm watches ${name} of one shard; the stream publishes ${on.length === 0 ? "no shard-level metrics" : `${on.join(", ")} per shard`}, so the alarm never has data.`,
        `Add ${JSON.stringify(name)} to the ${isOwnStream(stream) ? "ShardedStream's shardLevelMetrics" : `stream's ${property}`} ($0.30 a month and shard), or ${orElse}.`,
    );
}

/** What fires, and misleads who is woken by it. What cannot fire is another policy's matter. */
export function judgeMeaning(alarm: ResourceView): Verdict {
    return strictest(metricsOf(alarm).map((metric) => tell(() => judgeMetricMeaning(alarm, metric))));
}

function judgeMetricMeaning(alarm: ResourceView, metric: WatchedMetric): Verdict {
    if (judgeWatched(alarm, metric).verdict !== "compliant") return compliant;
    const name = knownText(metric.metricName) ?? "";
    const row = entryOf<KinesisMetricRow>(kinesisMetrics, name);
    const statistic = knownText(metric.statistic) ?? "";
    if (row === undefined || knownText(metric.namespace) !== kinesisNamespace) return compliant;
    const release: Release = (...properties) => andReleaseMetric(alarm, metric, properties);
    if (!isMeaningful(row, statistic)) {
        return violation(
            `The alarm watches the ${statistic} of ${name}; the one with a meaning is ${row.statistic}: ${row.meaning}.`,
            setStatistic(row, release),
        );
    }
    const periodSeconds = knownNumber(metric.periodSeconds);
    if (periodSeconds === undefined || periodSeconds >= 60) return compliant;
    return violation(
        `The alarm watches ${name} in periods of ${count(periodSeconds, "second")}; Kinesis publishes one data point a minute, so most periods have none.`,
        `Set its period to 60${release("period")}.`,
    );
}

/** A sum is a count of what flowed; of a state such as an age or a latency, percentiles have a meaning too. */
function isMeaningful(row: KinesisMetricRow, statistic: string): boolean {
    if (statistic === row.statistic || row.also?.includes(statistic)) return true;
    return row.statistic !== "Sum" && !statistics.includes(statistic);
}
