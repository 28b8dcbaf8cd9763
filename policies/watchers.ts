/**
 * Which alarms of a stack watch something of a stream, and whether each of them counts: it can fire, and tells somebody.
 */
import { kinesisNamespace } from "../capacity/metrics";
import { judgeWatched } from "./alarmJudges";
import { metricsOf, type WatchedMetric } from "./alarms";
import { alarmMatch } from "./matches";
import { alarmTypes, compositeAlarmTypes, ofTypes, type ResourceView, Unknown, valueAt } from "./resources";
import { cannotTell, compliant, strictest, tell, together, type Verdict, violation } from "./verdict";

/** Of each alarm on a metric of the stream, whether it counts. */
export function watchersOf(
    stream: ResourceView,
    metricName: string,
    resources: readonly ResourceView[],
    consumer?: string,
): Verdict[] {
    const mayBe = (value: unknown, wanted: string) => value instanceof Unknown || value === wanted;
    return ofTypes(resources, alarmTypes).flatMap((alarm) =>
        metricsOf(alarm).flatMap((metric): Verdict[] => {
            const { namespace, metricName: watched } = metric;
            if (!mayBe(namespace, kinesisNamespace) || !mayBe(watched, metricName)) return [];
            if (consumer !== undefined && !isOfConsumer(metric, consumer)) return [];
            const match = alarmMatch(alarm, metric, stream, resources);
            if (match === "no") return [];
            const unknown = [namespace, watched, ...(match === "maybe" ? [metric.dimensions] : [])].flatMap(pathsIn);
            if (unknown.length > 0) return [cannotTell([...new Set(unknown)])];
            if (match === "maybe") return [cannotTell([metric.property])];
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

/** Whether a metric is of that consumer, or may be. */
export function isOfConsumer({ dimensions }: WatchedMetric, consumer: string): boolean {
    if (dimensions instanceof Unknown) return true;
    const { ConsumerName: name } = dimensions;
    return name instanceof Unknown || name === consumer;
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
export function telling(alarm: ResourceView, metricName: string, resources: readonly ResourceView[]): Verdict {
    const own = judgeActions(alarm, metricName);
    if (own.verdict === "compliant") return own;
    const combined = ofTypes(resources, compositeAlarmTypes)
        .filter((one) => combines(one, alarm))
        .map((one) => judgeActions(one, metricName));
    return combined.find(({ verdict }) => verdict !== "violation") ?? own;
}

/** Whether an alarm has actions of a kind that are carried out. */
export function judgeActions(
    alarm: ResourceView,
    metricName: string,
    kind: "alarmActions" | "insufficientDataActions" = "alarmActions",
): Verdict {
    return tell(() => {
        const { name } = alarm;
        // What of the list is not known yet is an action none the less: the ARN of a topic that does not exist yet.
        const actions = valueAt(alarm, kind);
        if (!Array.isArray(actions) || actions.length === 0) {
            return violation(
                `The alarm ${name} on ${metricName} has no action, so it tells nobody.`,
                `Set its ${kind}, to the ARN of an SNS topic for example.`,
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

/** Something that somebody should be told, and of each alarm on it whether it counts. */
interface Watched {
    readonly verdicts: readonly Verdict[];
}

/** What no alarm is about, and what keeps alarms from counting. */
export function unheard<Part extends Watched>(parts: readonly Part[]): { missing: Part[]; others: Verdict[] } {
    const unmet = parts.filter(({ verdicts }) => verdicts.every(({ verdict }) => verdict !== "compliant"));
    return {
        missing: unmet.filter(({ verdicts }) => verdicts.length === 0),
        // Of several alarms that do not count one is enough to mend, and one that is not known yet may count.
        others: unmet.flatMap(
            ({ verdicts }) => verdicts.find(({ verdict }) => verdict === "cannot-tell") ?? verdicts.slice(0, 1),
        ),
    };
}

export function leaveOn(switches: readonly string[]): string {
    return `Leave ${switches.map((name) => `alarms.${name}`).join(" and ")} of the ShardedStream switched on.`;
}

/** The clause that attaches alarms to a stream, and to a consumer that is registered elsewhere. */
export function attachAlarms({ name }: ResourceView, consumer?: string): string {
    const consumers = consumer === undefined ? "" : `, consumers: [${JSON.stringify(consumer)}]`;
    return `attach them: new StreamAlarms(${JSON.stringify(name)}, { stream: <the stream's name or ARN>${consumers} })`;
}

/** Whether a composite alarm speaks while the alarm is on: its rule says so, or was computed from it. */
function combines(composite: ResourceView, alarm: ResourceView): boolean {
    const rule = composite.props.alarmRule;
    const name = alarm.props.name ?? alarm.props.alarmName;
    const names = typeof rule === "string" && typeof name === "string" && name !== "" && wordsOf(rule).includes(name);
    return names || (composite.propertyDependencies?.alarmRule ?? []).includes(alarm.urn);
}

/** The names in `ALARM("a") OR ALARM(b)`; one by its ARN ends with it. What is asked for another state is not waited for. */
function wordsOf(rule: string): string[] {
    const words = [...rule.matchAll(/\bALARM\s*\(\s*["']?([^()"']+?)["']?\s*\)/g)];
    return words.map(([, word]) => word!.split(":alarm:").at(-1)!);
}
