/**
 * Whether an alarm tells somebody that it is on: by actions of its own, or through composite alarms whose rules say so.
 */
import { type CompositeRule, parseRule } from "../capacity/cloudwatch/compositeRule";
import { given } from "./alarms";
import { comesFrom } from "./matches";
import { onceOfEach } from "./once";
import { isInPlace, placeOf } from "./places";
import { andRelease, compositeAlarmTypes, ofTypes, type ResourceView, Unknown, valueAt } from "./resources";
import { compliant, tell, type Verdict, violation } from "./verdict";

/** Whether an alarm tells somebody, itself or through one that combines it with others. */
export function telling(alarm: ResourceView, metricName: string, resources: readonly ResourceView[]): Verdict {
    const own = judgeActions(alarm, metricName);
    if (own.verdict === "compliant") return own;
    const { speakers, others } = speakersFor(alarm, resources);
    const verdicts = speakers.map((one) => judgeActions(one, metricName));
    const wanted = (["compliant", "cannot-tell"] as const).map((kind) =>
        verdicts.find(({ verdict }) => verdict === kind),
    );
    const found = wanted.find((one) => one !== undefined);
    if (found !== undefined) return found;
    const [other] = others;
    if (other === undefined || own.verdict !== "violation") return own;
    const alone = `The composite alarm ${other.name} does not speak while this alarm alone is in ALARM: joined by OR its rule would.`;
    return { ...own, message: `${own.message} ${alone}` };
}

/**
 * The composite alarms that are on while the alarm is and no other one, and those that are on while one of these is. Others name it, and ask for
 * more beside it.
 */
function speakersFor(
    alarm: ResourceView,
    resources: readonly ResourceView[],
): { readonly speakers: readonly ResourceView[]; readonly others: readonly ResourceView[] } {
    const heard = [alarm];
    let left = ofTypes(resources, compositeAlarmTypes);
    for (;;) {
        const speakers = left.filter((composite) => speaksFor(composite, heard));
        if (speakers.length === 0) break;
        heard.push(...speakers);
        left = left.filter((composite) => !speakers.includes(composite));
    }
    return { speakers: heard.slice(1), others: left.filter((composite) => namedIn(composite, heard).length > 0) };
}

/** By what its rule says of the alarms that are on; by what that was computed from only while it is not known. */
function speaksFor(composite: ResourceView, heard: readonly ResourceView[]): boolean {
    if (composite.props.alarmRule instanceof Unknown)
        return heard.some((alarm) => comesFrom(composite, ["alarmRule"], alarm));
    const names = namedIn(composite, heard);
    return names.length > 0 && ruleOf(composite)!.holds((child) => (names.includes(child) ? "ALARM" : "OK"));
}

/** The names of those alarms of which its rule says that they are in ALARM. */
function namedIn(composite: ResourceView, heard: readonly ResourceView[]): string[] {
    const raisedBy = ruleOf(composite)?.raisedBy ?? [];
    return heard.flatMap((alarm) => {
        const name = alarm.props.name ?? alarm.props.alarmName;
        const isNamed = typeof name === "string" && raisedBy.includes(name);
        return isNamed && isInPlace(placeOf(composite), placeOf(alarm)) !== "no" ? [name] : [];
    });
}

/** Undefined where the rule is not known, or CloudWatch refuses it. */
const ruleOf = onceOfEach(({ props: { alarmRule } }: ResourceView): CompositeRule | undefined => {
    if (typeof alarmRule !== "string") return undefined;
    try {
        return parseRule(alarmRule, alarmNameOf, (message) => new Error(message));
    } catch {
        return undefined;
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
        if (!Array.isArray(actions) || actions.every((action) => given(action) === undefined)) {
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
