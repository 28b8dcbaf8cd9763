/**
 * How many shards declared requirements need, which constraint needs them, and what no shard count can mend.
 */
import { type Finding } from "../findings";
import { limits } from "../limits";
import { type CompleteRequirements, completeRequirements, type Requirements } from "../requirements";
import { type Bound, boundsOf, type Constraint, withHeadroom } from "./bounds";
import { findingsOf } from "./findings";

export interface CapacityPlan {
    readonly requirements: CompleteRequirements;
    /** The fewest shards that carry the declared peak. */
    readonly minimumShards: number;
    /** The minimum with the declared headroom, rounded up. */
    readonly recommendedShards: number;
    /** The constraint that needs the minimum; of several, the first in the order of `bounds`. */
    readonly binding: Constraint;
    readonly bounds: readonly Bound[];
    /** Share of each capacity that the declared peak uses at the recommended count, 0 to 1. */
    readonly utilization: Readonly<Record<"writeBytes" | "records" | "sharedReadBytes", number>>;
    /** What no shard count can mend, and what deserves a look. */
    readonly findings: readonly Finding[];
}

/**
 * Plans the shards for declared requirements.
 *
 * @throws InvalidInputError listing every malformed property with its value, the allowed range and the fix
 * @example planCapacity({ writeMiBPerSecond: 3.5, recordsPerSecond: 2500, orderedLanes: 4 }).recommendedShards // 5
 */
export function planCapacity(requirements: Requirements): CapacityPlan {
    const complete = completeRequirements(requirements);
    const bounds = boundsOf(complete);
    const binding = bounds.reduce((most, bound) => (bound.shards > most.shards ? bound : most));
    const minimumShards = binding.shards;
    const recommendedShards = withHeadroom(minimumShards, complete.headroom);
    return {
        requirements: complete,
        minimumShards,
        recommendedShards,
        binding: binding.constraint,
        bounds,
        utilization: utilizationAt(complete, recommendedShards),
        findings: findingsOf(complete, recommendedShards, bounds),
    };
}

/** Share of a stream's capacity that a declared peak uses on that many shards. Above 1 the stream refuses records. */
export function utilizationAt(requirements: CompleteRequirements, shards: number): CapacityPlan["utilization"] {
    const read = requirements.writeMiBPerSecond * requirements.catchUpFactor * requirements.sharedConsumers;
    return {
        writeBytes: requirements.writeMiBPerSecond / (shards * limits.shardWriteMiBPerSecond),
        records: requirements.recordsPerSecond / (shards * limits.shardWriteRecordsPerSecond),
        sharedReadBytes: read / (shards * limits.shardReadMiBPerSecond),
    };
}
