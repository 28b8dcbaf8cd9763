/**
 * Judge of whether somebody is told about a stream: an alarm counts that belongs to it, can fire, and has an action.
 */
import { alarmNames, alarmRows } from "../capacity/watching/alarms";
import { sentence } from "../capacity/sizing/drafts";
import { fanOutUnwatched } from "./alarmedConsumers";
import { type Judgement, streamsOf } from "./matches";
import { isOwnStream, type ResourceView } from "./resources";
import { together, type Verdict, violation } from "./verdict";
import { attachAlarms, leaveOn, unheard, watchersOf } from "./watchers";

export interface AlarmedConfig {
    /** The metrics of which each must have an alarm. */
    readonly metrics: readonly string[];
}

export function judgeAlarmed(resources: readonly ResourceView[], { metrics }: AlarmedConfig): Judgement[] {
    const watch = (stream: ResourceView) => {
        const found = metrics.map((metric) => ({ metric, verdicts: watchersOf(stream, metric, resources) }));
        const { missing, others } = unheard(found);
        return together([
            ...(missing.length > 0
                ? [
                      unwatched(
                          stream,
                          missing.map(({ metric }) => metric),
                      ),
                  ]
                : []),
            ...others,
            ...fanOutUnwatched(stream, resources),
        ]);
    };
    return streamsOf(resources).map((stream) => ({ urn: stream.urn, verdict: watch(stream) }));
}

function unwatched(stream: ResourceView, missing: readonly string[]): Verdict {
    const fix = isOwnStream(stream) ? leaveOn(switchesOf(missing)) : sentence([attachAlarms(stream)]);
    return violation(`No alarm of this stack watches ${missing.join(" or ")} of the stream.`, fix);
}

/** The alarms on those metrics. */
function switchesOf(metrics: readonly string[]): string[] {
    return alarmNames.filter((name) => {
        const { watches: watched } = alarmRows[name];
        return "metricName" in watched && metrics.includes(watched.metricName);
    });
}
