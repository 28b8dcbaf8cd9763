/**
 * Judges of what a ShardedStream deploys: its own declaration, and the stream that it makes, which a transform may change and a hold keeps.
 *
 * The stream speaks only where its ShardedStream does not: one message for one cause.
 */
import { limits } from "../capacity/limits";
import { InvalidInputError } from "../capacity/problems";
import { type CapacityPlan } from "../capacity/sizing/plan";
import { count, formatNumber } from "../capacity/text";
import { judgeCapacity } from "./counts";
import {
    attemptPlan,
    countAt,
    countLeftOut,
    declaredRequirements,
    isHeld,
    isOnDemand,
    isScaled,
    loadMinimum,
    need,
    soundPlan,
} from "./declared";
import { judgeDeployedKeys, judgeKeys, type KeyConfig } from "./keys";
import {
    andRelease,
    ignores,
    isOwnStream,
    numberAt,
    propertyOf,
    type ResourceView,
    shardedStreamType,
    Unknown,
} from "./resources";
import { judgeAccepted, judgeRecords, judgeRetention, type RetentionConfig, retentionOf } from "./streams";
import { compliant, tell, type Verdict, violation } from "./verdict";

export function judgeDeployment(view: ResourceView): Verdict {
    if (view.type === shardedStreamType) return judgeCapacity(view);
    const { component } = view;
    if (component === undefined || !setsItsShards(view, component)) return compliant;
    const declared = tell(() => judgeCapacity(component)).verdict;
    const isSaid = declared === "violation" || (declared === "cannot-tell" && view.props.shardCount instanceof Unknown);
    if (isSaid) return compliant;
    const { requirements, unknown } = declaredRequirements(component);
    const plan = attemptPlan(requirements, unknown);
    if (plan instanceof InvalidInputError) return compliant;
    const shards = numberAt(view, "shardCount");
    const enough = loadMinimum(plan);
    if (shards === undefined || shards >= Math.min(enough, declaredShards(component, plan))) return compliant;
    const wanted = `at least ${formatNumber(enough)}`;
    if (isHeld(component)) {
        return violation(
            `${need(plan, unknown)}; hold keeps the stream as it is, with ${formatNumber(shards)}.`,
            `Scale the stream to ${wanted} (sharded-stream scale, then pulumi refresh), or remove hold${unknown.length > 0 ? "" : `: the plan deploys ${formatNumber(countLeftOut(component, "shardCount", plan))}`}.`,
        );
    }
    return violation(
        `${need(plan, unknown)}; the stream of the ShardedStream is changed to a shardCount of ${formatNumber(shards)}.`,
        `Let the transform that changes it set ${wanted}, or leave shardCount to the ShardedStream${andRelease(view, ["shardCount"])}.`,
    );
}

/** As judgeDeployment, of the keys: what they need beyond the load. */
export function judgeDeploymentKeys(view: ResourceView, config: KeyConfig): Verdict {
    if (view.type === shardedStreamType) return judgeKeys(view, config);
    const { component } = view;
    if (component === undefined || !setsItsShards(view, component)) return compliant;
    const { requirements, unknown } = declaredRequirements(component);
    // What of the requirements is not known yet, the ShardedStream says.
    if (unknown.length > 0 || tell(() => judgeKeys(component, config)).verdict !== "compliant") return compliant;
    const plan = attemptPlan(requirements, unknown);
    if (plan instanceof InvalidInputError || plan.findings.some(({ severity }) => severity === "error"))
        return compliant;
    const isDeclared = (numberAt(view, "shardCount") ?? Infinity) >= declaredShards(component, plan);
    return isDeclared ? compliant : judgeDeployedKeys(view, "shardCount", plan);
}

/** The shards that the declaration asks for: a stream with as many is judged there. Nothing asks for those of a held one. */
function declaredShards(component: ResourceView, plan: CapacityPlan): number {
    if (isHeld(component) || isOnDemand(component)) return Infinity;
    return countAt(component, "shardCount") ?? countLeftOut(component, "shardCount", plan);
}

/** Whether the count of the resource is what will be there. Beside a scaler it is what was there once. */
function setsItsShards(stream: ResourceView, component: ResourceView): boolean {
    if (!isOwnStream(stream) || isOnDemand(stream)) return false;
    return !isScaled(component) || !ignores(stream, "shardCount");
}

/** As judgeDeployment, of the hours that records are kept. A longer retention than the declared one is judged there. */
export function judgeDeployedRetention(view: ResourceView, config: RetentionConfig): Verdict {
    if (view.type === shardedStreamType) return judgeRetention(view, config);
    const { component } = view;
    if (component === undefined || !isOwnStream(view)) return compliant;
    const property = propertyOf(view, "retentionHours");
    const declaredHours = retentionOf(component);
    const hours = numberAt(view, property) ?? limits.retentionHoursDefault;
    // What of the requirements is not known yet, or too short as it is declared, the ShardedStream says.
    if (hours >= declaredHours || tell(() => judgeRetention(component, config)).verdict !== "compliant")
        return compliant;
    const changed = { ...component, props: { ...component.props, retentionHours: hours } };
    if (judgeRetention(changed, config).verdict === "compliant") return compliant;
    return violation(
        `retentionHours declares ${formatNumber(declaredHours)}; the stream of the ShardedStream keeps records for ${count(hours, "hour")}, too short for an outage of its consumers and the catching up after it.`,
        leaveFix(view, component, property),
    );
}

/** As judgeDeployment, of the largest record. */
export function judgeDeployedRecords(view: ResourceView): Verdict {
    if (view.type === shardedStreamType) return judgeRecords(view);
    const { component } = view;
    if (component === undefined || !isOwnStream(view)) return compliant;
    if (tell(() => judgeRecords(component)).verdict !== "compliant") return compliant;
    const declaredKiB = soundPlan(component)?.requirements.maxRecordKiB ?? 0;
    const property = propertyOf(view, "maxRecordKiB");
    const acceptedKiB = numberAt(view, property) ?? limits.recordKiBDefaultMax;
    return judgeAccepted(declaredKiB, acceptedKiB, leaveFix(view, component, property));
}

/** What makes a stream other than it is declared: a hold, or else a transform. */
export function leaveFix(stream: ResourceView, component: ResourceView, property: string): string {
    return isHeld(component)
        ? "Remove hold, which keeps the stream as it is: the ShardedStream sets what it declares."
        : `Let no transform change ${property}${andRelease(stream, [property])}: the ShardedStream sets what it declares.`;
}
