/**
 * How many shards each constraint needs by itself.
 */
import { addDecimals, ceilOfProduct } from "../decimal";
import { shardsForKeys } from "../keys/spread";
import { limits } from "../limits";
import { type CompleteRequirements } from "../requirements";
import { count, formatNumber, formatPercent, formatRate } from "../text";

/** A limit of a shard that the declared load runs into. `fanOutReadBytes` appears only where fan-out consumers are declared. */
export type Constraint = "writeBytes" | "records" | "orderedLanes" | "sharedReadBytes" | "fanOutReadBytes" | "keySkew";

export interface Bound {
    readonly constraint: Constraint;
    /** The shards that this constraint alone needs. */
    readonly shards: number;
    /** One sentence with the numbers behind it. */
    readonly sentence: string;
}

/** What every constraint that applies to the requirements needs, in a fixed order. */
export function boundsOf(requirements: CompleteRequirements): Bound[] {
    return (Object.keys(constraints) as Constraint[]).flatMap((constraint) => {
        const need = constraints[constraint](requirements);
        return need === undefined ? [] : [{ constraint, ...need }];
    });
}

/** The shards with spare capacity, rounded up without floating-point surprises. */
export function withHeadroom(shards: number, headroom: number): number {
    return ceilOfProduct([shards, addDecimals(1, headroom)]);
}

type Need = Omit<Bound, "constraint">;

const constraints: Readonly<Record<Constraint, (requirements: CompleteRequirements) => Need | undefined>> = {
    writeBytes: ({ writeMiBPerSecond }) => ({
        shards: ceilOfProduct([writeMiBPerSecond], limits.shardWriteMiBPerSecond),
        sentence: `${formatRate(writeMiBPerSecond)} MiB/s written, ${limits.shardWriteMiBPerSecond} MiB/s a shard.`,
    }),
    records: ({ recordsPerSecond }) => ({
        shards: ceilOfProduct([recordsPerSecond], limits.shardWriteRecordsPerSecond),
        sentence: `${formatRate(recordsPerSecond)} records/s written, ${formatNumber(limits.shardWriteRecordsPerSecond)} records/s a shard.`,
    }),
    orderedLanes: ({ orderedLanes }) => ({
        shards: orderedLanes,
        sentence: `${count(orderedLanes, "ordered lane")} side by side, one shard each.`,
    }),
    sharedReadBytes: ({ writeMiBPerSecond, catchUpFactor, sharedConsumers }) => ({
        shards: Math.max(
            1,
            ceilOfProduct([writeMiBPerSecond, catchUpFactor, sharedConsumers], limits.shardReadMiBPerSecond),
        ),
        sentence: `${count(sharedConsumers, "shared consumer")} reading ${formatRate(writeMiBPerSecond * catchUpFactor)} MiB/s each, ${limits.shardReadMiBPerSecond} MiB/s a shard for all of them.`,
    }),
    fanOutReadBytes: ({ writeMiBPerSecond, catchUpFactor, fanOutConsumers }) =>
        fanOutConsumers === 0
            ? undefined
            : {
                  shards: ceilOfProduct([writeMiBPerSecond, catchUpFactor], limits.fanOutReadMiBPerSecond),
                  sentence: `${count(fanOutConsumers, "fan-out consumer")} reading ${formatRate(writeMiBPerSecond * catchUpFactor)} MiB/s each, ${limits.fanOutReadMiBPerSecond} MiB/s a shard for each of them.`,
              },
    keySkew: keySkewNeed,
};

function keySkewNeed(requirements: CompleteRequirements): Need {
    const { distinctKeys, hottestKeyShare } = requirements;
    // Where no count helps, the finding says so, and the keys do not raise the count: the other constraints still size the stream.
    const shards = shardsForKeys(requirements);
    const keys = distinctKeys === undefined ? "any number of partition keys" : count(distinctKeys, "partition key");
    const hottest =
        hottestKeyShare === undefined ? "" : `, the hottest with ${formatPercent(hottestKeyShare, 1)} of the load`;
    return {
        shards: shards ?? 1,
        sentence:
            shards === undefined
                ? `${keys}${hottest}; no number of shards keeps the hottest shard within its limits.`
                : `${keys}${hottest}; at the 95th percentile the hottest shard stays within its limits.`,
    };
}
