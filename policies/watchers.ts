/**
 * Which alarms of a stack watch something of a stream, and whether each of them counts: it can fire, speaks of trouble, and tells somebody.
 */
import { kinesisMetrics, type KinesisMetricRow, kinesisNamespace } from "../capacity/metrics";
import { judgeWatched } from "./alarmJudges";
import { Every, watchedBy } from "./alarmQueries";
import { type WatchedMetric } from "./alarms";
import { alarmMatch } from "./matches";
import { alarmTypes, andRelease, entryOf, ofTypes, type ResourceView, Unknown, valueAt } from "./resources";
import { telling } from "./telling";
import { breaches } from "./thresholds";
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
        watchedBy(alarm).flatMap((metric): Verdict[] => {
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
                    : together([
                          verdict,
                          tell(() => speaksOfTrouble(alarm, metric, metricName)),
                          telling(alarm, metricName, resources),
                      ]),
            ];
        }),
    );
}

/** Whether a metric is of that consumer, or may be. */
export function isOfConsumer({ dimensions }: WatchedMetric, consumer: string): boolean {
    if (dimensions instanceof Unknown) return true;
    const { ConsumerName: name } = dimensions;
    return name instanceof Unknown || (name instanceof Every ? name.includes(consumer) : name === consumer);
}

function pathsIn(value: unknown): string[] {
    if (value instanceof Unknown) return [value.path];
    return typeof value === "object" && value !== null ? Object.values(value).flatMap(pathsIn) : [];
}

/** What is 0 while all is well is told of by an alarm that does not speak then. */
function speaksOfTrouble(alarm: ResourceView, { isCompared }: WatchedMetric, metricName: string): Verdict {
    const row = entryOf<KinesisMetricRow>(kinesisMetrics, metricName);
    if (!isCompared || row?.isWellAtZero !== true) return compliant;
    const operator = valueAt(alarm, "comparisonOperator");
    const isBelow = typeof operator === "string" && !operator.includes("GreaterThan");
    if (!isBelow && !breaches(alarm, 0)) return compliant;
    return violation(
        `The alarm ${alarm.name} speaks while ${metricName} is ${isBelow ? "low" : "0"}, which is while all is well, so it does not count.`,
        isBelow
            ? `Set its comparisonOperator to "GreaterThanThreshold"${andRelease(alarm, ["comparisonOperator"])}.`
            : `Raise its threshold above 0${andRelease(alarm, ["threshold"])}.`,
    );
}

function mute({ name }: ResourceView, metricName: string): Verdict {
    return violation(
        `The alarm ${name} on ${metricName} can never fire, so it does not count.`,
        "Mend it as alarm-can-fire says.",
    );
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
