/**
 * Judge of whether somebody is told about a stream: an alarm counts that belongs to it, can fire, and has an action.
 */
import { type KinesisMetricName } from "../capacity/metrics";
import { sentence } from "../capacity/sizing/drafts";
import { type StreamFactName } from "../capacity/watching/alarmRow";
import { alarmNames, alarmOn } from "../capacity/watching/alarms";
import { fanOutUnwatched } from "./alarmedConsumers";
import { isOnDemand, registeredConsumers } from "./declared";
import { type Judgement, streamsOf } from "./matches";
import { isOwnStream, type ResourceView } from "./resources";
import { tell, together, type Verdict, violation } from "./verdict";
import { attachAlarms, leaveOn, unheard, watchersOf } from "./watchers";

export interface AlarmedConfig {
    /** The metrics of which each must have an alarm. */
    readonly metrics: readonly KinesisMetricName[];
}

export function judgeAlarmed(resources: readonly ResourceView[], { metrics }: AlarmedConfig): Judgement[] {
    const watch = (stream: ResourceView) => {
        const found = [...new Set(metrics)].map((metric) => ({
            metric,
            verdicts: watchersOf(stream, metric, resources),
        }));
        const { missing, others } = unheard(found);
        const unheardOf = missing.map(({ metric }) => metric);
        return together([
            ...(unheardOf.length > 0 ? [tell(() => unwatched(stream, unheardOf))] : []),
            ...others,
            ...fanOutUnwatched(stream, resources),
        ]);
    };
    return streamsOf(resources).map((stream) => ({ urn: stream.urn, verdict: watch(stream) }));
}

function unwatched(stream: ResourceView, missing: readonly KinesisMetricName[]): Verdict {
    return violation(
        `No alarm of this stack watches ${missing.join(" or ")} of the stream.`,
        unwatchedFix(stream, missing),
    );
}

/** What a component has an alarm for is left to it; any other metric needs an alarm of the program's own. */
function unwatchedFix(stream: ResourceView, missing: readonly KinesisMetricName[]): string {
    const given = factsOf(stream);
    const alarms = missing.map((metric) => alarmOn(metric, given));
    const switches = alarmNames.filter((name) => alarms.includes(name));
    const others = missing.filter((_, nth) => alarms[nth] === undefined);
    const made = isOwnStream(stream) ? leaveOn(switches) : sentence([attachAlarms(stream)]);
    const which = switches.length > 0 ? others.join(" and on ") : others.length === 1 ? "it" : "each of them";
    return [
        ...(switches.length > 0 ? [made] : []),
        ...(others.length > 0 ? [`Declare a MetricAlarm on ${which}, with an action.`] : []),
    ].join(" ");
}

/** What the alarms of a ShardedStream are told, or StreamAlarms of which nothing but the stream is said. */
function factsOf(stream: ResourceView): ReadonlySet<StreamFactName> {
    if (!isOwnStream(stream)) return new Set<StreamFactName>(["retentionHours"]);
    const registers = stream.component !== undefined && registeredConsumers(stream.component) > 0;
    return new Set<StreamFactName>([
        "retentionHours",
        "recordsPerSecond",
        ...(isOnDemand(stream) ? [] : (["shards"] as const)),
        ...(registers ? (["consumer"] as const) : []),
    ]);
}
