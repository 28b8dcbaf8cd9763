/**
 * Judge of whether somebody is told about a stream: an alarm counts that belongs to it, can fire, and has an action.
 */
import { alarmNames, alarmRows } from "../capacity/watching/alarms";
import { fanOutUnwatched } from "./alarmedConsumers";
import { type Judgement, streamsOf } from "./matches";
import { isOwnStream, type ResourceView } from "./resources";
import { together, type Verdict, violation } from "./verdict";
import { watchersOf } from "./watchers";

export interface AlarmedConfig {
    /** The metrics of which each must have an alarm. */
    readonly metrics: readonly string[];
}

export function judgeAlarmed(resources: readonly ResourceView[], { metrics }: AlarmedConfig): Judgement[] {
    const watch = (stream: ResourceView) => {
        const found = metrics.map((metric) => ({ metric, verdicts: watchersOf(stream, metric, resources) }));
        const unmet = found.filter(({ verdicts }) => verdicts.every(({ verdict }) => verdict !== "compliant"));
        const missing = unmet.flatMap(({ metric, verdicts }) => (verdicts.length === 0 ? [metric] : []));
        // Of several alarms that do not count one is enough to mend, and one that is not known yet may count.
        const others = unmet.flatMap(
            ({ verdicts }) => verdicts.find(({ verdict }) => verdict === "cannot-tell") ?? verdicts.slice(0, 1),
        );
        return together([
            ...(missing.length > 0 ? [unwatched(stream, missing)] : []),
            ...others,
            ...fanOutUnwatched(stream, resources),
        ]);
    };
    return streamsOf(resources).map((stream) => ({ urn: stream.urn, verdict: watch(stream) }));
}

function unwatched(stream: ResourceView, missing: readonly string[]): Verdict {
    const fix = isOwnStream(stream)
        ? `Leave ${switchesOf(missing).join(" and ")} of the ShardedStream switched on.`
        : `Attach them: new StreamAlarms(${JSON.stringify(stream.name)}, { stream: <the stream's name or ARN> }).`;
    return violation(`No alarm of this stack watches ${missing.join(" or ")} of the stream.`, fix);
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
