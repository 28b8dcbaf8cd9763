/**
 * Judges of the shard counts that a ShardedStream sets in the place of the planned ones: the first, and the range of a scaler.
 */
import { limits } from "../capacity/limits";
import { InvalidInputError } from "../capacity/problems";
import { type CapacityPlan } from "../capacity/sizing/plan";
import { formatNumber } from "../capacity/text";
import {
    attemptPlan,
    countAt,
    countLeftOut,
    type CountProperty,
    countProperties,
    declaredRequirements,
    isOnDemand,
    isScaled,
    loadMinimum,
    malformed,
    need,
} from "./declared";
import { ifShown } from "./hidden";
import { type ResourceView } from "./resources";
import { cannotTell, compliant, orNotKnown, type Verdict, violation } from "./verdict";

/** Both what is deployed and, with a scaler, what it may grow to: a stream that starts too small refuses records until the scaler has acted. */
export function judgeCapacity(stream: ResourceView): Verdict {
    return ifShown(stream, () => judgeCounts(stream));
}

function judgeCounts(stream: ResourceView): Verdict {
    if (isOnDemand(stream)) return compliant;
    const { requirements, unknown } = declaredRequirements(stream);
    const plan = attemptPlan(requirements, unknown);
    if (plan instanceof InvalidInputError) return malformed(plan);
    const counts = countProperties(stream);
    if (isScaled(stream) && loadMinimum(plan) > limits.updateShardCountTargetMax)
        return beyondScalers(stream, plan, unknown);
    // Shards that only the keys ask for are enough-partition-keys' matter.
    const tooLow = counts.filter((property) => isTooLow(stream, property, loadMinimum(plan)));
    if (tooLow.length > 0) return belowNeed(stream, tooLow, plan, unknown);
    const notKnown = [
        ...counts.filter((property) => orNotKnown(() => countAt(stream, property) ?? 0) === undefined),
        ...unknown,
    ];
    return notKnown.length > 0 ? cannotTell(notKnown) : compliant;
}

/** No scaler opens so many, whatever its maxShards; a stream may be made with them. */
function beyondScalers(stream: ResourceView, plan: CapacityPlan, unknown: readonly string[]): Verdict {
    const andCount = isTooLow(stream, "shardCount", loadMinimum(plan)) ? " and shardCount" : "";
    return violation(
        `${need(plan, unknown)}; a scaler goes to ${formatNumber(limits.updateShardCountTargetMax)} at most.`,
        `Remove scaling${andCount}, or spread the load over several streams.`,
    );
}

const countSays: Readonly<Record<CountProperty, string>> = {
    shardCount: "shardCount deploys",
    "scaling.maxShards": "the scaler stops at scaling.maxShards",
};

const planDoes: Readonly<Record<CountProperty, string>> = {
    shardCount: "deploys",
    "scaling.maxShards": "lets it go up to",
};

/** All counts that are too low in one: whoever raises one of them alone is refused for the other. */
function belowNeed(
    stream: ResourceView,
    tooLow: readonly CountProperty[],
    plan: CapacityPlan,
    unknown: readonly string[],
): Verdict {
    const each = (say: (property: CountProperty) => string) => tooLow.map(say).join(" and ");
    const it = tooLow.length === 1 ? "it" : "them";
    const planned = orNotKnown(() =>
        each((property) => `${planDoes[property]} ${formatNumber(countLeftOut(stream, property, plan, tooLow))}`),
    );
    const properties = each((property) => property);
    const canBeSet = plan.minimumShards <= limits.updateShardCountTargetMax;
    return violation(
        `${need(plan, unknown)}; ${each((property) => `${countSays[property]} ${formatNumber(countAt(stream, property)!)}`)}.`,
        `${canBeSet ? `Set ${properties} to ${formatNumber(plan.minimumShards)} or more, or leave ${it} out` : `Leave out ${properties}`}: the plan ${(unknown.length > 0 ? undefined : planned) ?? `sets ${it}`}.`,
    );
}

/** Whether a count is set, is known and is below what is wanted. */
function isTooLow(stream: ResourceView, property: CountProperty, wanted: number): boolean {
    return (orNotKnown(() => countAt(stream, property)) ?? wanted) < wanted;
}

export function judgeFloor(stream: ResourceView): Verdict {
    const minShards = isOnDemand(stream) ? undefined : countAt(stream, "scaling.minShards");
    if (minShards === undefined) return compliant;
    const { requirements, unknown } = declaredRequirements(stream);
    const plan = attemptPlan(requirements, unknown);
    // Beyond what any scaler opens is capacity-covers-requirements' matter.
    if (plan instanceof InvalidInputError || plan.minimumShards > limits.updateShardCountTargetMax) return compliant;
    if (minShards >= plan.minimumShards) return unknown.length > 0 ? cannotTell(unknown) : compliant;
    const raised = isTooLow(stream, "scaling.maxShards", plan.minimumShards)
        ? "scaling.minShards and scaling.maxShards"
        : "scaling.minShards";
    return violation(
        `${need(plan, unknown)}; the scaler may go down to scaling.minShards ${formatNumber(minShards)}, and records are refused until it is back.`,
        `Set ${raised} to ${formatNumber(plan.minimumShards)} or more, or keep it if the saving is worth that.`,
    );
}
