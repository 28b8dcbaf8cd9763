/**
 * Judges of what stands together in a stack: whether somebody is told about a stream, and whether a scaled stream keeps its shards.
 */
import { alarmNames, alarmRows } from "../capacity/watching/alarms";
import { kinesisNamespace } from "../capacity/metrics";
import { limits } from "../capacity/limits";
import { count, formatNumber } from "../capacity/text";
import { metricsOf, type WatchedMetric } from "./alarms";
import {
    alarmTypes,
    entryOf,
    isInside,
    isRecord,
    numberAt,
    type ResourceView,
    shardedStreamType,
    stashType,
    streamAutoscalerType,
    streamTypes,
    valueAt,
} from "./resources";
import { compliant, tell, type Verdict, violation } from "./verdict";

export interface Judgement {
    readonly urn: string;
    readonly verdict: Verdict;
}

export interface AlarmedConfig {
    /** The metrics of which each must have an alarm. */
    readonly metrics: readonly string[];
}

export function judgeAlarmed(resources: readonly ResourceView[], { metrics }: AlarmedConfig): Judgement[] {
    const alarms = resources.filter(({ type }) => alarmTypes.includes(type));
    return streamsOf(resources).map((stream) => ({
        urn: stream.urn,
        verdict: tell(() => {
            const missing = metrics.filter((metric) => !alarms.some((alarm) => watches(alarm, stream, metric)));
            if (missing.length === 0) return compliant;
            const fix = isInside(stream, shardedStreamType)
                ? `Leave ${switchesOf(missing).join(" and ")} of the ShardedStream switched on.`
                : `Attach them: new StreamAlarms(${JSON.stringify(stream.name)}, { stream: <the stream's name or ARN> }).`;
            return violation(`No alarm of this stack watches ${missing.join(" or ")} of the stream.`, fix);
        }),
    }));
}

function watches(alarm: ResourceView, stream: ResourceView, metricName: string): boolean {
    return metricsOf(alarm).some((metric) => metric.metricName === metricName && isOf(metric, alarm, stream));
}

function isOf(metric: WatchedMetric, alarm: ResourceView, stream: ResourceView): boolean {
    if (metric.namespace !== kinesisNamespace) return false;
    const name = metric.dimensions.StreamName;
    return (typeof name === "string" && name === nameOf(stream)) || dependsOn(alarm, stream);
}

/** The arguments that switch the alarms on those metrics on and off. */
function switchesOf(metrics: readonly string[]): string[] {
    return alarmNames
        .filter((name) => {
            const { watches: watched } = alarmRows[name];
            return "metricName" in watched && metrics.includes(watched.metricName);
        })
        .map((name) => `alarms.${name}`);
}

/** What a stream accepts a second, at most, for each metric that counts what was accepted. */
const acceptedPerShardAndSecond: Readonly<Record<string, number>> = {
    IncomingBytes: limits.shardWriteBytesPerSecond,
    IncomingRecords: limits.shardWriteRecordsPerSecond,
};

/** Incoming* counts what was accepted, so it never gets above the capacity, whatever producers send: nor does an alarm above it fire. */
export function judgeThresholds(resources: readonly ResourceView[]): Judgement[] {
    const alarms = resources.filter(({ type }) => alarmTypes.includes(type));
    return streamsOf(resources).flatMap((stream) =>
        alarms.map((alarm) => ({ urn: alarm.urn, verdict: tell(() => judgeThreshold(alarm, stream)) })),
    );
}

function judgeThreshold(alarm: ResourceView, stream: ResourceView): Verdict {
    if (valueAt(alarm, "metricName") === undefined) return compliant;
    const metric = metricsOf(alarm)[0]!;
    const name = metric.metricName ?? "";
    const perSecond = entryOf(acceptedPerShardAndSecond, name);
    const fixedCount = !stream.ignoreChanges.includes("shardCount") && metric.dimensions.ShardId === undefined;
    if (perSecond === undefined || metric.statistic !== "Sum" || !fixedCount || !isOf(metric, alarm, stream))
        return compliant;
    const shards = numberAt(stream, "shardCount");
    const threshold = numberAt(alarm, "threshold");
    const periodSeconds = numberAt(alarm, "period");
    if (!shards || threshold === undefined || periodSeconds === undefined) return compliant;
    const most = shards * perSecond * periodSeconds;
    const operator = valueAt(alarm, "comparisonOperator");
    const reachable =
        operator === "GreaterThanThreshold"
            ? threshold < most
            : operator !== "GreaterThanOrEqualToThreshold" || threshold <= most;
    if (reachable) return compliant;
    return violation(
        `The alarm watches ${name} above ${formatNumber(threshold)} in ${count(periodSeconds, "second")}; the stream's ${count(shards, "shard")} ${shards === 1 ? "accepts" : "accept"} at most ${formatNumber(most)}, and what is refused is not counted, so the alarm never fires.`,
        `Lower its threshold below ${formatNumber(most)}, or watch WriteProvisionedThroughputExceeded.`,
    );
}

export function judgeScaledStreams(resources: readonly ResourceView[]): Judgement[] {
    const scalers = resources.filter(({ type }) => type === streamAutoscalerType);
    return streamsOf(resources)
        .filter((stream) => scalers.some((scaler) => scales(scaler, stream)))
        .map((stream) => ({ urn: stream.urn, verdict: judgeScaledStream(stream, resources) }));
}

function judgeScaledStream(stream: ResourceView, resources: readonly ResourceView[]): Verdict {
    if (stream.ignoreChanges.some((path) => path === "shardCount" || path === "*")) return compliant;
    // The one deployment that turns an on-demand ShardedStream into a scaled one has to set the count; its stash remembers the mode before.
    const wasOnDemand = resources.some(
        (resource) => resource.type === stashType && resource.props.output === true && areSiblings(resource, stream),
    );
    if (wasOnDemand) return compliant;
    return violation(
        "A scaler changes the shards of this stream, and the next deployment would set them back to shardCount: ignoreChanges does not name it.",
        'Add the resource option ignoreChanges: ["shardCount"].',
    );
}

function scales(scaler: ResourceView, stream: ResourceView): boolean {
    const sameName = typeof scaler.props.streamName === "string" && scaler.props.streamName === nameOf(stream);
    return areSiblings(scaler, stream) || sameName || dependsOn(scaler, stream);
}

/** Whether both are parts of the same ShardedStream. */
function areSiblings(resource: ResourceView, stream: ResourceView): boolean {
    return resource.parent !== undefined && resource.parent === stream.parent && isInside(stream, shardedStreamType);
}

/** Whether a property of the resource was computed from the stream: holds in a preview too, where the stream's name is not known yet. */
function dependsOn(resource: ResourceView, stream: ResourceView): boolean {
    return Object.values(resource.propertyDependencies ?? {}).some((urns) => urns.includes(stream.urn));
}

function nameOf(stream: ResourceView): unknown {
    return isRecord(stream.props) ? stream.props.name : undefined;
}

function streamsOf(resources: readonly ResourceView[]): ResourceView[] {
    return resources.filter(({ type }) => streamTypes.includes(type));
}
