/**
 * Judges of what stands together in a stack: an alarm and its stream, a scaler and its stream.
 */
import { kinesisNamespace } from "../capacity/metrics";
import { judgeAlarm, judgeWatched } from "./alarmJudges";
import { metricsOf, type WatchedMetric } from "./alarms";
import { isOnDemand, onDemandWords } from "./declared";
import { alarmMatch, areSiblings, type Judgement, scalerOf, streamElsewhere, streamsOf } from "./matches";
import {
    alarmTypes,
    andRelease,
    ignores,
    isOwnStream,
    ofTypes,
    type ResourceView,
    stashType,
    Unknown,
} from "./resources";
import { cannotTell, compliant, strictest, tell, type Verdict, violation } from "./verdict";

/** An alarm together with its stream: what it asks for exists there, and its threshold is within what that stream can reach. */
export function judgeAlarmsOnStreams(resources: readonly ResourceView[]): Judgement[] {
    const streams = streamsOf(resources);
    return ofTypes(resources, alarmTypes).map((alarm) => {
        // What an alarm says by itself it has said already.
        const metrics = judgeAlarm(alarm).verdict === "violation" ? [] : metricsOf(alarm);
        const verdicts = metrics.flatMap((metric) => [
            judgeRegion(alarm, metric, resources),
            ...streams.map((stream) => {
                const match = alarmMatch(alarm, metric, stream, resources);
                const verdict = match === "no" ? compliant : judgeWatched(alarm, metric, stream);
                return match === "maybe" && verdict.verdict === "violation" ? cannotTell([metric.property]) : verdict;
            }),
        ]);
        return { urn: alarm.urn, verdict: strictest(verdicts) };
    });
}

/** An alarm sees the metrics of its own region, whatever the stream is called whose name it was given. */
function judgeRegion(alarm: ResourceView, metric: WatchedMetric, resources: readonly ResourceView[]): Verdict {
    const missed = metric.namespace === kinesisNamespace ? streamElsewhere(alarm, metric, resources) : undefined;
    if (missed === undefined) return compliant;
    const { stream, region, alarmRegion } = missed;
    return violation(
        `The alarm watches ${String(metric.metricName)} in ${alarmRegion}; the stream ${stream.name} is in ${region}, so the alarm never has data.`,
        `Make it where its stream is: set its region to ${JSON.stringify(region)}${andRelease(alarm, ["region"])}.`,
    );
}

/** Each stream that a scaler scales, and what is said about it; it is not known yet of which a scaler is whose name is not. */
function judgeScaled(
    resources: readonly ResourceView[],
    judge: (stream: ResourceView, scaler: ResourceView) => Verdict,
): Judgement[] {
    return streamsOf(resources).flatMap((stream) => {
        const scaler = scalerOf(stream, resources);
        if (scaler === undefined) return [];
        const verdict = scaler instanceof Unknown ? cannotTell([scaler.path]) : tell(() => judge(stream, scaler));
        return [{ urn: stream.urn, verdict }];
    });
}

export function judgeScaledStreams(resources: readonly ResourceView[]): Judgement[] {
    return judgeScaled(resources, (stream, scaler) => {
        if (ignores(stream, "shardCount") || isOnDemand(stream)) return compliant;
        // The one deployment that turns an on-demand ShardedStream into a scaled one has to set the count; its stash remembers the mode before.
        const wasOnDemand = resources.some(
            (resource) =>
                resource.type === stashType && resource.props.output === true && areSiblings(resource, stream),
        );
        if (wasOnDemand) return compliant;
        return violation(
            "A scaler changes the shards of this stream, and the next deployment would set them back to shardCount: ignoreChanges does not name it.",
            ignoringFix(stream, scaler),
        );
    });
}

/** A resource option of a component does not reach its children: a ShardedStream's own stream ignores what its `scaling` makes it ignore. */
function ignoringFix(stream: ResourceView, scaler: ResourceView): string {
    if (areSiblings(scaler, stream)) return "Let no transform take shardCount out of its ignoreChanges.";
    if (isOwnStream(stream)) return "Declare `scaling` of the ShardedStream instead of a StreamAutoscaler.";
    return 'Add the resource option ignoreChanges: ["shardCount"].';
}

/** A ShardedStream's own declaration of both is judged by itself. */
export function judgeScalersOnDemand(resources: readonly ResourceView[]): Judgement[] {
    return judgeScaled(resources, (stream, scaler) => {
        const isDeclared = isOwnStream(stream) && stream.component !== undefined && isOnDemand(stream.component);
        if (isDeclared || !isOnDemand(stream)) return compliant;
        return violation(
            `${onDemandWords(stream)}, where Kinesis refuses UpdateShardCount; the scaler ${scaler.name} cannot act.`,
            "Remove the scaler, or use provisioned mode.",
        );
    });
}
