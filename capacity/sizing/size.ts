/**
 * The shards of a complete declaration, constraint by constraint.
 */
import { type CompleteRequirements } from "../requirements";
import { type Bound, type Constraint, keyBoundOf, loadBoundsOf, withHeadroom } from "./bounds";
import { type KeyNeed, keyNeedOf } from "./keyNeed";

export interface Size {
    readonly requirements: CompleteRequirements;
    readonly minimumShards: number;
    readonly recommendedShards: number;
    readonly binding: Constraint;
    readonly bounds: readonly Bound[];
    readonly keyNeed: KeyNeed;
}

export function sizeOf(requirements: CompleteRequirements): Size {
    const loadBounds = loadBoundsOf(requirements);
    const keyNeed = keyNeedOf(requirements, Math.max(1, ...loadBounds.map(({ shards }) => shards)));
    const bounds = [...loadBounds, keyBoundOf(requirements, keyNeed)];
    const binding = bounds.reduce((most, bound) => (bound.shards > most.shards ? bound : most));
    return {
        requirements,
        minimumShards: binding.shards,
        recommendedShards: withHeadroom(binding.shards, requirements.headroom),
        binding: binding.constraint,
        bounds,
        keyNeed,
    };
}
