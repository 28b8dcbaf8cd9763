/**
 * Whether an alarm tells somebody that it is on: by actions of its own, or through composite alarms whose rules say so.
 */
import { parseRule } from "../capacity/cloudwatch/compositeRule";
import { comesFrom } from "./matches";
import { onceOfEach } from "./once";
import { isInPlace, placeOf } from "./places";
import { andRelease, compositeAlarmTypes, ofTypes, type ResourceView, Unknown, valueAt } from "./resources";
import { compliant, tell, type Verdict, violation } from "./verdict";

/** Whether an alarm tells somebody, itself or through one that combines it with others. */
export function telling(alarm: ResourceView, metricName: string, resources: readonly ResourceView[]): Verdict {
    const own = judgeActions(alarm, metricName);
    if (own.verdict === "compliant") return own;
    const verdicts = speakersFor(alarm, resources).map((one) => judgeActions(one, metricName));
    const wanted = (["compliant", "cannot-tell"] as const).map((kind) =>
        verdicts.find(({ verdict }) => verdict === kind),
    );
    return wanted.find((found) => found !== undefined) ?? own;
}

/** The composite alarms that are on while the alarm is, and those that are on while one of these is. */
function speakersFor(alarm: ResourceView, resources: readonly ResourceView[]): ResourceView[] {
    const composites = ofTypes(resources, compositeAlarmTypes);
    const found = new Set<ResourceView>();
    const heard = [alarm];
    for (const one of heard) {
        const speakers = composites.filter((composite) => !found.has(composite) && speaksFor(composite, one));
        for (const speaker of speakers) found.add(speaker);
        heard.push(...speakers);
    }
    return [...found];
}

/** By what its rule says of the alarm; by what that was computed from only while it is not known. */
function speaksFor(composite: ResourceView, alarm: ResourceView): boolean {
    if (composite.props.alarmRule instanceof Unknown) return comesFrom(composite, ["alarmRule"], alarm);
    const name = alarm.props.name ?? alarm.props.alarmName;
    if (typeof name !== "string" || !raisedBy(composite).includes(name)) return false;
    return isInPlace(placeOf(composite), placeOf(alarm)) !== "no";
}

/** The alarms of which a composite alarm says that they are in ALARM; none, where CloudWatch refuses the rule. */
const raisedBy = onceOfEach(({ props: { alarmRule } }: ResourceView): readonly string[] => {
    if (typeof alarmRule !== "string") return [];
    try {
        return parseRule(alarmRule, alarmNameOf, (message) => new Error(message)).raisedBy;
    } catch {
        return [];
    }
});

/** One that is given by its ARN ends with its name. */
function alarmNameOf(written: string): string {
    return written.split(":alarm:").at(-1)!;
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
                `Set its ${kind}, to the ARN of an SNS topic for example${andRelease(alarm, [kind])}.`,
            );
        }
        const enabled = valueAt(alarm, "actionsEnabled");
        if (enabled !== false && enabled !== "false") return compliant;
        return violation(
            `The actions of the alarm ${name} on ${metricName} are disabled, so it tells nobody.`,
            `Remove its actionsEnabled: false${andRelease(alarm, ["actionsEnabled"])}.`,
        );
    });
}
