/**
 * Judge of whether somebody is told about the registered consumers of a stream: that one falls behind, and that one is gone. The metrics of a
 * consumer that has died have no more data, so an alarm on its lag alone does not tell.
 */
import { type KinesisMetricName, kinesisNamespace } from "../capacity/metrics";
import { sentence } from "../capacity/sizing/drafts";
import { judgeWatched } from "./alarmJudges";
import { metricsOf, type WatchedMetric } from "./alarms";
import { alarmMatch, consumerMatch } from "./matches";
import { alarmTypes, consumerTypes, isOwnStream, ofTypes, type ResourceView, Unknown, valueAt } from "./resources";
import { breaches } from "./thresholds";
import { cannotTell, compliant, tell, type Verdict, violation } from "./verdict";
import { judgeActions, telling } from "./telling";
import { attachAlarms, isOfConsumer, leaveOn, unheard, watchersOf } from "./watchers";

const lagMetric = "SubscribeToShardEvent.MillisBehindLatest" satisfies KinesisMetricName;

/** What is said about those consumers of the stream of which nobody is told. */
export function fanOutUnwatched(stream: ResourceView, resources: readonly ResourceView[]): Verdict[] {
    return ofTypes(resources, consumerTypes).flatMap((consumer) => {
        const match = consumerMatch(consumer, stream, resources);
        if (match !== "yes") return match === "maybe" ? [cannotTell(["streamArn"])] : [];
        const name = consumer.props.name ?? consumer.props.consumerName;
        if (name instanceof Unknown) return [cannotTell([name.path])];
        return typeof name === "string" ? unwatched(stream, name, resources) : [];
    });
}

function unwatched(stream: ResourceView, consumer: string, resources: readonly ResourceView[]): Verdict[] {
    const parts = [
        {
            told: "falls behind",
            alarm: "fanOutLag",
            verdicts: watchersOf(stream, lagMetric, resources, consumer),
        },
        { told: "falls silent", alarm: "fanOutSilent", verdicts: tellingOfSilence(stream, consumer, resources) },
    ];
    const { missing, others } = unheard(parts);
    if (missing.length === 0) return others;
    const what = missing.map(({ told }) => told).join(" or ");
    const alarms = missing.map(({ alarm }) => alarm);
    return [
        violation(
            `No alarm of this stack tells when the fan-out consumer ${consumer} ${what}.`,
            unwatchedFix(stream, consumer, alarms),
        ),
        ...others,
    ];
}

/** A ShardedStream makes alarms for the consumers that it registers, and for no others. */
function unwatchedFix(stream: ResourceView, consumer: string, alarms: readonly string[]): string {
    const attach = attachAlarms(stream, consumer);
    if (!isOwnStream(stream)) return sentence([attach]);
    const registered = stream.component?.props.consumers;
    if (Array.isArray(registered) && registered.includes(consumer)) return leaveOn(alarms);
    return `The ShardedStream does not register it: add ${JSON.stringify(consumer)} to its consumers instead of a StreamConsumer, or ${attach}.`;
}

/** Of each alarm that speaks when the consumer gets no more data, whether it tells somebody. */
function tellingOfSilence(stream: ResourceView, consumer: string, resources: readonly ResourceView[]): Verdict[] {
    return ofTypes(resources, alarmTypes).flatMap((alarm) => {
        const metrics = metricsOf(alarm).filter((metric) => alarmMatch(alarm, metric, stream, resources) !== "no");
        const own = metrics.find((metric) => isOfFanOut(metric) && isOfConsumer(metric, consumer));
        if (own === undefined) return [];
        if (own.metricName instanceof Unknown) return [cannotTell([own.metricName.path])];
        if (judgeWatched(alarm, own, stream).verdict === "violation") return [];
        let spoken: Verdict | undefined;
        const told = tell(() => (spoken = inSilence(alarm, own, metrics, resources)) ?? compliant);
        return told.verdict === "cannot-tell" ? [told] : (spoken ?? []);
    });
}

function isOfFanOut({ namespace, metricName }: WatchedMetric): boolean {
    if (metricName instanceof Unknown) return true;
    return (
        namespace === kinesisNamespace && typeof metricName === "string" && /^SubscribeToShardEvent\./.test(metricName)
    );
}

/** Whether somebody is told when there are no data points of the consumer; undefined where the alarm says nothing about that. */
function inSilence(
    alarm: ResourceView,
    own: WatchedMetric,
    metrics: readonly WatchedMetric[],
    resources: readonly ResourceView[],
): Verdict | undefined {
    const rule = valueAt(alarm, "treatMissingData") ?? "missing";
    // Metric math of what comes in and of what goes out tells the one without the other.
    const isWithInput = metrics.some(({ metricName }) => /^Incoming(Records|Bytes)$/.test(String(metricName)));
    if (isWithInput || rule === "breaching" || (own.isCompared && breaches(alarm, own.missingIs)))
        return telling(alarm, String(own.metricName), resources);
    const told = valueAt(alarm, "insufficientDataActions");
    if (rule !== "missing" || !Array.isArray(told) || told.length === 0) return undefined;
    return judgeActions(alarm, String(own.metricName), "insufficientDataActions");
}
