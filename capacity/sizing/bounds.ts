/**
 * How many shards each constraint needs by itself.
 */
import { addDecimals, ceilOfProduct } from "../decimal";
import { limits } from "../limits";
import { type CompleteRequirements } from "../requirements";
import { sum } from "../sums";
import { count, formatNumber, formatPercent, formatRateThat } from "../text";
import { type KeyNeed, largestKey } from "./keyNeed";

/** A limit of a shard that the declared load runs into. `fanOutReadBytes` appears only where fan-out consumers are declared. */
export type Constraint = "writeBytes" | "records" | "orderedLanes" | "sharedReadBytes" | "fanOutReadBytes" | "keySkew";

/** What one constraint needs. */
export interface Bound {
    /** The limit that the load runs into. */
    readonly constraint: Constraint;
    /** The shards that this constraint alone needs. */
    readonly shards: number;
    /** One sentence with the numbers behind it. */
    readonly sentence: string;
}

/** What every constraint of the load itself needs, in a fixed order. */
export function loadBoundsOf(requirements: CompleteRequirements): Bound[] {
    return (Object.keys(constraints) as (keyof typeof constraints)[]).flatMap((constraint) => {
        const need = constraints[constraint](requirements);
        return need === undefined ? [] : [{ constraint, ...need }];
    });
}

/** The shards with spare capacity, rounded up without floating-point surprises. */
export function withHeadroom(shards: number, headroom: number): number {
    return ceilOfProduct([shards, addDecimals(1, headroom)]);
}

type Need = Omit<Bound, "constraint">;

const constraints: Readonly<
    Record<Exclude<Constraint, "keySkew">, (requirements: CompleteRequirements) => Need | undefined>
> = {
    writeBytes: ({ writeMiBPerSecond }) => ({
        shards: writeShards.bytes(writeMiBPerSecond),
        sentence: `${formatWrites("bytes", writeMiBPerSecond)} written, ${limits.shardWriteMiBPerSecond} MiB/s a shard.`,
    }),
    records: ({ recordsPerSecond }) => ({
        shards: writeShards.records(recordsPerSecond),
        sentence: `${formatWrites("records", recordsPerSecond)} written, ${formatNumber(limits.shardWriteRecordsPerSecond)} records/s a shard.`,
    }),
    orderedLanes: ({ orderedLanes }) => ({
        shards: orderedLanes,
        sentence: `${count(orderedLanes, "ordered lane")} side by side, one shard each.`,
    }),
    sharedReadBytes: ({ writeMiBPerSecond, catchUpFactor, sharedConsumers }) => {
        const shardsFor = (...read: number[]) =>
            Math.max(1, ceilOfProduct([...read, sharedConsumers], limits.shardReadMiBPerSecond));
        const shards = shardsFor(writeMiBPerSecond, catchUpFactor);
        const read = formatRateThat(writeMiBPerSecond * catchUpFactor, (shown) => shardsFor(shown) === shards);
        const sentence = `${count(sharedConsumers, "shared consumer")} reading ${read} MiB/s each, ${limits.shardReadMiBPerSecond} MiB/s a shard for all of them.`;
        return { shards, sentence };
    },
    fanOutReadBytes: ({ writeMiBPerSecond, catchUpFactor, fanOutConsumers }) => {
        if (fanOutConsumers === 0) return undefined;
        const shardsFor = (...read: number[]) => ceilOfProduct(read, limits.fanOutReadMiBPerSecond);
        const shards = shardsFor(writeMiBPerSecond, catchUpFactor);
        const read = formatRateThat(writeMiBPerSecond * catchUpFactor, (shown) => shardsFor(shown) === shards);
        const sentence = `${count(fanOutConsumers, "fan-out consumer")} reading ${read} MiB/s each, ${limits.fanOutReadMiBPerSecond} MiB/s a shard for each of them.`;
        return { shards, sentence };
    },
};

/** The shards that what is written asks for. */
const writeShards = {
    bytes: (miBPerSecond: number) => ceilOfProduct([miBPerSecond], limits.shardWriteMiBPerSecond),
    records: (recordsPerSecond: number) => ceilOfProduct([recordsPerSecond], limits.shardWriteRecordsPerSecond),
} as const;

const writeUnits = { bytes: "MiB/s", records: "records/s" } as const;

/** A rate of writes that needs, as it is read, the shards that it needs as it is declared. */
function formatWrites(of: keyof typeof writeShards, perSecond: number): string {
    const shardsFor = writeShards[of];
    const shards = shardsFor(perSecond);
    return `${formatRateThat(perSecond, (shown) => shardsFor(shown) === shards)} ${writeUnits[of]}`;
}

/** "3.5 MiB/s and 2,500 records/s" */
export function loadText({
    writeMiBPerSecond,
    recordsPerSecond,
}: Pick<CompleteRequirements, "writeMiBPerSecond" | "recordsPerSecond">): string {
    return `${formatWrites("bytes", writeMiBPerSecond)} and ${formatWrites("records", recordsPerSecond)}`;
}

/** What the keys ask for. Where that is more than they may, the finding says so, and the other constraints size the stream. */
export function keyBoundOf(requirements: CompleteRequirements, need: KeyNeed): Bound {
    const shards = need.verdict === "rejected" ? 1 : need.shards!;
    const sentence = `${keysText(requirements)}; ${withinText(requirements, need)}.`;
    return { constraint: "keySkew", shards, sentence };
}

function withinText(requirements: CompleteRequirements, { verdict, shards, most, looked }: KeyNeed): string {
    if (shards === undefined) {
        return largestKey(requirements).inShards > 1
            ? "no number of shards keeps the hottest shard within its limits"
            : `not even ${formatNumber(looked)} shards keep the hottest one within its limits`;
    }
    if (verdict === "rejected")
        return `${formatNumber(shards)} shards would keep the hottest one within its limits, more than the ${formatNumber(most)} that keys may ask for`;
    return requirements.explicitHashKeys
        ? "placed by ExplicitHashKey, they leave each shard within its limits"
        : "at the 95th percentile the hottest shard stays within its limits";
}

/** "30 partition keys, the hottest with 10 % of the load" */
export function keysText(requirements: CompleteRequirements): string {
    const { distinctKeys } = requirements;
    const keys = distinctKeys === undefined ? "any number of partition keys" : count(distinctKeys, "partition key");
    return `${keys}${heavyText(requirements)}`;
}

function heavyText({ hottestKeyShare, heaviestKeyShares: shares = [] }: CompleteRequirements): string {
    if (hottestKeyShare !== undefined) return `, the hottest with ${formatPercent(hottestKeyShare, 1)} of the load`;
    if (shares.length === 0) return "";
    return `, the ${count(shares.length, "heaviest", "heaviest")} with ${formatPercent(sum(shares), 1)} of the load`;
}
