/**
 * Between which shard counts a scaler works, where the declaration leaves it to the plan.
 */
import { loadInShards } from "../keys/spread";
import { limits } from "../limits";
import { type CapacityPlan } from "../sizing/plan";
import { peakShardsRange } from "./settings";

/** How much of the recommended count the scaler may open at most: room for a peak that nobody declared. */
const ceilingOverRecommended = 2;

export interface ScalingRange {
    readonly minShards: number;
    readonly maxShards: number;
    /** The declared peak in shards, headroom left out. */
    readonly peakShards: number;
}

/**
 * The fewest shards are the plan's minimum, the most twice its recommended count; a raised requirement raises both.
 *
 * A declared end moves the other one's default: what cannot carry the declared peak is for the policies to judge, not malformed.
 */
export function scalingRange(
    plan: Pick<CapacityPlan, "requirements" | "minimumShards" | "recommendedShards">,
    declared: { readonly minShards?: number | undefined; readonly maxShards?: number | undefined } = {},
): ScalingRange {
    const most = Math.min(limits.updateShardCountTargetMax, ceilingOverRecommended * plan.recommendedShards);
    const maxShards = declared.maxShards ?? Math.max(most, declared.minShards ?? 1);
    return {
        minShards: declared.minShards ?? Math.min(plan.minimumShards, maxShards),
        maxShards,
        peakShards: Math.min(
            peakShardsRange.maximum,
            Math.max(peakShardsRange.minimum, loadInShards(plan.requirements)),
        ),
    };
}

/** The count with which a scaler takes over: the planned one, inside its range. */
export function withinRange(
    { minShards, maxShards }: Pick<ScalingRange, "minShards" | "maxShards">,
    shards: number,
): number {
    return Math.min(maxShards, Math.max(minShards, shards));
}
