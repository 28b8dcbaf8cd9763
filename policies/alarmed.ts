/**
 * Judge of whether somebody is told about a stream: an alarm counts that belongs to it, can fire, and has an action.
 */
import { kinesisNamespace } from "../capacity/metrics";
import { alarmNames, alarmRows } from "../capacity/watching/alarms";
import { judgeWatched } from "./alarmJudges";
import { metricsOf } from "./alarms";
import { alarmMatch, type Judgement, streamsOf } from "./matches";
import { alarmTypes, compositeAlarmTypes, isOwnStream, type ResourceView, Unknown, valueAt } from "./resources";
import { cannotTell, compliant, strictest, tell, type Verdict, violation } from "./verdict";

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
        return together([...(missing.length > 0 ? [unwatched(stream, missing)] : []), ...others]);
    };
    return streamsOf(resources).map((stream) => ({ urn: stream.urn, verdict: watch(stream) }));
}

/** All violations as one message, since all of them have to be mended. */
function together(verdicts: readonly Verdict[]): Verdict {
    const messages = verdicts.flatMap((one) => (one.verdict === "violation" ? [one.message] : []));
    return messages.length === 0 ? strictest(verdicts) : { verdict: "violation", message: messages.join(" ") };
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

/** Of each alarm on a metric of the stream, whether it counts. */
function watchersOf(stream: ResourceView, metricName: string, resources: readonly ResourceView[]): Verdict[] {
    const mayBe = (value: unknown, wanted: string) => value instanceof Unknown || value === wanted;
    return resources
        .filter(({ type }) => alarmTypes.includes(type))
        .flatMap((alarm) =>
            metricsOf(alarm).flatMap((metric): Verdict[] => {
                const { namespace, metricName: watched } = metric;
                if (!mayBe(namespace, kinesisNamespace) || !mayBe(watched, metricName)) return [];
                const match = alarmMatch(alarm, metric, stream, resources);
                if (match === "no") return [];
                const unknown = [namespace, watched, ...(match === "maybe" ? [metric.dimensions] : [])].flatMap(
                    pathsIn,
                );
                if (unknown.length > 0) return [cannotTell([...new Set(unknown)])];
                const fires = [undefined, stream].map((one) => judgeWatched(alarm, metric, one));
                const verdict = strictest(fires);
                return [
                    verdict.verdict === "violation"
                        ? mute(alarm, metricName)
                        : together([verdict, telling(alarm, metricName, resources)]),
                ];
            }),
        );
}

function pathsIn(value: unknown): string[] {
    if (value instanceof Unknown) return [value.path];
    return typeof value === "object" && value !== null ? Object.values(value).flatMap(pathsIn) : [];
}

function mute({ name }: ResourceView, metricName: string): Verdict {
    return violation(
        `The alarm ${name} on ${metricName} can never fire, so it does not count.`,
        "Mend it as alarm-can-fire says.",
    );
}

/** Whether an alarm tells somebody, itself or through one that combines it with others. */
function telling(alarm: ResourceView, metricName: string, resources: readonly ResourceView[]): Verdict {
    const own = judgeActions(alarm, metricName);
    if (own.verdict === "compliant") return own;
    const combined = resources
        .filter((one) => compositeAlarmTypes.includes(one.type) && combines(one, alarm))
        .map((one) => judgeActions(one, metricName));
    return combined.find(({ verdict }) => verdict !== "violation") ?? own;
}

function judgeActions(alarm: ResourceView, metricName: string): Verdict {
    return tell(() => {
        const { name } = alarm;
        // What of the list is not known yet is an action none the less: the ARN of a topic that does not exist yet.
        const actions = valueAt(alarm, "alarmActions");
        if (!Array.isArray(actions) || actions.length === 0) {
            return violation(
                `The alarm ${name} on ${metricName} has no action, so it tells nobody.`,
                "Set its alarmActions, to the ARN of an SNS topic for example.",
            );
        }
        const enabled = valueAt(alarm, "actionsEnabled");
        if (enabled !== false && enabled !== "false") return compliant;
        return violation(
            `The actions of the alarm ${name} on ${metricName} are disabled, so it tells nobody.`,
            "Remove its actionsEnabled: false.",
        );
    });
}

/** Whether the rule of a composite alarm names the alarm, or was computed from it. */
function combines(composite: ResourceView, alarm: ResourceView): boolean {
    const rule = composite.props.alarmRule;
    const name = alarm.props.name ?? alarm.props.alarmName;
    const names = typeof rule === "string" && typeof name === "string" && name !== "" && wordsOf(rule).includes(name);
    return names || (composite.propertyDependencies?.alarmRule ?? []).includes(alarm.urn);
}

/** The names in `ALARM("a") OR ALARM(b)`; one by its ARN ends with it. */
function wordsOf(rule: string): string[] {
    return [...rule.matchAll(/\(\s*["']?([^()"']+?)["']?\s*\)/g)].map(([, word]) => word!.split(":alarm:").at(-1)!);
}
