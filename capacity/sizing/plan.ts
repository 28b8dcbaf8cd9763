/**
 * How many shards declared requirements need, which constraint needs them, and what no shard count can mend.
 */
import { type Finding } from "../findings";
import { limits } from "../limits";
import { type CompleteRequirements, completeRequirements, type Requirements } from "../requirements";
import { type Bound, type Constraint } from "./bounds";
import { findingsOf } from "./findings";
import { type PriceList, priceList } from "./prices";
import { sizeOf } from "./size";

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
 * Plans the shards for declared requirements. What a finding says in dollars is of the list of prices.
 *
 * @throws InvalidInputError listing every malformed property with its value, the allowed range and the fix
 * @example planCapacity({ writeMiBPerSecond: 3.5, recordsPerSecond: 2500, orderedLanes: 4 }).recommendedShards // 5
 */
export function planCapacity(requirements: Requirements, prices: PriceList = priceList): CapacityPlan {
    const size = sizeOf(completeRequirements(requirements));
    return {
        requirements: size.requirements,
        minimumShards: size.minimumShards,
        recommendedShards: size.recommendedShards,
        binding: size.binding,
        bounds: size.bounds,
        utilization: utilizationAt(size.requirements, size.recommendedShards),
        findings: findingsOf(size, prices),
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
