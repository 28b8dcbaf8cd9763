/**
 * How many shards declared requirements need, which constraint needs them, and what no shard count can mend.
 */
import { fits } from "../checks";
import { type Finding } from "../findings";
import { limits } from "../limits";
import { refuse } from "../problems";
import { type CompleteRequirements, completeRequirements, type Requirements } from "../requirements";
import { type Bound, type Constraint } from "./bounds";
import { type CatchUp, catchUpsAt, type Outage } from "./catchUp";
import { findingsOf } from "./findings";
import { type PriceList, priceList } from "./prices";
import { type Size, sizeOf } from "./size";

/** How many shards a declaration needs, why, and what is wrong with it. */
export interface CapacityPlan {
    /** The declaration with its defaults. */
    readonly requirements: CompleteRequirements;
    /** The fewest shards that carry the declared peak. */
    readonly minimumShards: number;
    /** The minimum with the declared headroom, rounded up. */
    readonly recommendedShards: number;
    /** The constraint that needs the minimum; of several, the first in the order of `bounds`. */
    readonly binding: Constraint;
    /** What each constraint needs by itself, in a fixed order. */
    readonly bounds: readonly Bound[];
    /**
     * Share of each capacity that the declared peak uses at the recommended count, 0 to 1; of the reads of fan-out consumers, each of which
     * has as much, only where some are declared.
     */
    readonly utilization: Readonly<
        Record<"writeBytes" | "records" | "sharedReadBytes", number> & Partial<Record<"fanOutReadBytes", number>>
    >;
    /** What consumers need after the declared outage, at the minimum and at the recommended shards; absent where none is declared or nobody says how long records are kept. */
    readonly catchUp?: CatchUpPlan;
    /** What no shard count can mend, and what deserves a look. */
    readonly findings: readonly Finding[];
}

/** Each kind of consumer at each of the two shard counts; the declared peak goes on being written while they catch up. */
export interface CatchUpPlan extends Outage {
    /** Each kind of consumer at the minimum, then at the recommended shards. */
    readonly rows: readonly CatchUp[];
}

/**
 * Plans the shards for declared requirements. What a finding says in dollars is of the list of prices, what it says of a declared outage is of
 * records that are kept for `retentionHours`: nothing where that is not given.
 *
 * @throws InvalidInputError listing every malformed property with its value, the allowed range and the fix
 * @example planCapacity({ writeMiBPerSecond: 3.5, recordsPerSecond: 2500, orderedLanes: 4 }).recommendedShards // 5
 */
export function planCapacity(
    requirements: Requirements,
    prices: PriceList = priceList,
    retentionHours?: number,
): CapacityPlan {
    const size = sizeOf(completeRequirements(requirements));
    const catchUp = catchUpOf(size, retentionHours);
    return {
        requirements: size.requirements,
        minimumShards: size.minimumShards,
        recommendedShards: size.recommendedShards,
        binding: size.binding,
        bounds: size.bounds,
        utilization: utilizationOf(size.requirements, size.recommendedShards),
        ...(catchUp && { catchUp }),
        findings: findingsOf(size, prices, retentionHours),
    };
}

function catchUpOf({ requirements, minimumShards, recommendedShards }: Size, retentionHours: number | undefined) {
    const { consumerOutageHours: outageHours } = requirements;
    if (outageHours === undefined || retentionHours === undefined) return undefined;
    const outage = { outageHours, retentionHours };
    const rows = [...new Set([minimumShards, recommendedShards])].flatMap((shards) =>
        catchUpsAt(requirements, shards, outage),
    );
    return { ...outage, rows };
}

/** A floor that somebody set, and whether a scaler works from it upwards or it is the count itself. */
export interface SetFloor {
    readonly isScaled: boolean;
    readonly floor: number | undefined;
}

/**
 * The shards that are there for sure at the declared peak: a scaler goes by what is written, not by what is to be read, so that only its floor
 * is. That a set count is below the minimum is a finding of its own.
 */
export function sureShards(
    { minimumShards, recommendedShards }: Pick<CapacityPlan, "minimumShards" | "recommendedShards">,
    { isScaled, floor }: SetFloor,
): number {
    return Math.max(minimumShards, floor ?? (isScaled ? minimumShards : recommendedShards));
}

/**
 * Share of a stream's capacity that a declared peak uses on that many shards. Above 1 the stream refuses records.
 *
 * @throws InvalidInputError listing every malformed property with its value, the allowed range and the fix
 * @example utilizationAt({ writeMiBPerSecond: 3.5, recordsPerSecond: 2500 }, 5).writeBytes // 0.7
 */
export function utilizationAt(requirements: Requirements, shards: number): CapacityPlan["utilization"] {
    refuse("utilization", shardsCheck("shards", shards));
    return utilizationOf(completeRequirements(requirements), shards);
}

/** May be an average. */
const shardsCheck = fits(
    (value) => typeof value === "number" && value > 0 && value < Infinity,
    "a number above 0",
    "Give the open shards.",
);

export function utilizationOf(requirements: CompleteRequirements, shards: number): CapacityPlan["utilization"] {
    const eachReads = requirements.writeMiBPerSecond * requirements.catchUpFactor;
    return {
        writeBytes: requirements.writeMiBPerSecond / (shards * limits.shardWriteMiBPerSecond),
        records: requirements.recordsPerSecond / (shards * limits.shardWriteRecordsPerSecond),
        sharedReadBytes: (eachReads * requirements.sharedConsumers) / (shards * limits.shardReadMiBPerSecond),
        ...(requirements.fanOutConsumers > 0 && {
            fanOutReadBytes: eachReads / (shards * limits.fanOutReadMiBPerSecond),
        }),
    };
}
