/**
 * What no shard count can mend about declared requirements, what costs more than the load itself, and what deserves a look.
 */
import { ceilOfProduct } from "../decimal";
import { type Finding } from "../findings";
import { explicitHashKey } from "../keys/hashRing";
import { keysForShards, loadInShards, shardsForKeys, suffixesForDeclaredHottestKey } from "../keys/spread";
import { limits } from "../limits";
import { averageRecordKiB, type CompleteRequirements } from "../requirements";
import { count, formatNumber, formatPercent, formatRate } from "../text";
import { type Bound, withHeadroom } from "./bounds";

export function findingsOf(
    requirements: CompleteRequirements,
    recommendedShards: number,
    bounds: readonly Bound[],
): Finding[] {
    return [
        ...pollFindings(requirements),
        ...keyFindings(requirements, recommendedShards, bounds),
        ...recordSizeFindings(requirements),
        ...fanOutFindings(requirements),
        ...laneFindings(requirements, recommendedShards),
        ...quotaFindings(recommendedShards),
    ];
}

function pollFindings({ sharedConsumers, pollsPerSecondPerConsumer }: CompleteRequirements): Finding[] {
    const allowed = limits.shardGetRecordsCallsPerSecond;
    if (ceilOfProduct([sharedConsumers, pollsPerSecondPerConsumer]) <= allowed) return [];
    const polls = sharedConsumers * pollsPerSecondPerConsumer;
    const slower = Math.floor((allowed / sharedConsumers) * 100) / 100;
    const consumersThatFit = Math.floor(allowed / pollsPerSecondPerConsumer);
    return [
        {
            code: "too-many-polls",
            severity: "error",
            property: "pollsPerSecondPerConsumer",
            message: `${count(sharedConsumers, "shared consumer")} poll each shard ${formatRate(polls)} times a second in all; a shard answers ${allowed} GetRecords calls a second, however many shards there are.`,
            fix: `Poll at most ${formatNumber(slower)} times a second per consumer, or move ${count(sharedConsumers - consumersThatFit, "consumer")} to enhanced fan-out.`,
        },
    ];
}

/** What the keys make impossible, or more expensive than the load itself. */
function keyFindings(
    requirements: CompleteRequirements,
    recommendedShards: number,
    bounds: readonly Bound[],
): Finding[] {
    const { distinctKeys, hottestKeyShare = 0 } = requirements;
    const shards = shardsForKeys(requirements);
    const withoutHottest = shardsForKeys({ ...requirements, hottestKeyShare: undefined });
    if (loadInShards(requirements) * hottestKeyShare > 1 || (shards === undefined && withoutHottest !== undefined))
        return [hottestKeyFinding(requirements, hottestKeyShare, recommendedShards)];
    if (shards === undefined) return [tooFewKeysFinding(requirements, distinctKeys ?? 1, bounds)];
    const otherwise = Math.max(1, ...bounds.filter(isNotOfKeys).map((bound) => bound.shards));
    if (shards <= otherwise) return [];
    return withoutHottest !== undefined && withoutHottest <= otherwise
        ? [hottestKeyRaisesFinding(requirements, hottestKeyShare, shards, otherwise)]
        : [fewKeysRaiseFinding(requirements, distinctKeys ?? 1, shards, otherwise)];
}

function isNotOfKeys({ constraint }: Bound): boolean {
    return constraint !== "keySkew";
}

function hottestKeyFinding(requirements: CompleteRequirements, share: number, recommendedShards: number): Finding {
    const keyLoad = loadInShards(requirements) * share;
    const suffixes = suffixesForDeclaredHottestKey(requirements, recommendedShards) ?? Math.ceil(keyLoad);
    const spread = `Spread it over ${count(Math.max(2, suffixes), "key")} by a suffix (key-0, key-1, ...)`;
    const carries = `The hottest partition key carries ${formatRate(requirements.writeMiBPerSecond * share)} MiB/s and ${formatRate(requirements.recordsPerSecond * share)} records/s`;
    const shard = `${limits.shardWriteMiBPerSecond} MiB/s and ${formatNumber(limits.shardWriteRecordsPerSecond)} records/s`;
    const property = "hottestKeyShare";
    if (keyLoad > 1) {
        const fits = formatPercent(Math.floor((share / keyLoad) * 1e3) / 1e3, 1);
        return {
            code: "hottest-key-exceeds-shard",
            severity: "error",
            property,
            message: `${carries}; one key never gets more than one shard's ${shard}, whatever the shard count.`,
            fix: `${spread}, or lower its share to ${fits}.`,
        };
    }
    return {
        code: "keys-raise-shards",
        severity: "error",
        property,
        message: `${carries}, of one shard's ${shard}: on any number of shards the other keys that share its shard have no room.`,
        fix: `${spread}.`,
    };
}

function tooFewKeysFinding(
    requirements: CompleteRequirements,
    distinctKeys: number,
    bounds: readonly Bound[],
): Finding {
    return {
        code: "too-few-keys",
        severity: "error",
        property: "distinctKeys",
        message: `${count(distinctKeys, "partition key")} cannot spread ${formatRate(requirements.writeMiBPerSecond)} MiB/s and ${formatRate(requirements.recordsPerSecond)} records/s: on any number of shards one of them is likely to get more than it takes.`,
        fix: `Use a partition key with ${keysWanted(requirements, bounds)}, or give each key a shard by explicit hash keys.`,
    };
}

/** The keys that are enough for the shards which the other constraints recommend. */
function keysWanted(requirements: CompleteRequirements, bounds: readonly Bound[]): string {
    const otherwise = Math.max(1, ...bounds.filter(isNotOfKeys).map((bound) => bound.shards));
    return moreValues(keysEnoughFor(requirements, withHeadroom(otherwise, requirements.headroom)));
}

function keysEnoughFor(requirements: CompleteRequirements, shards: number): number | undefined {
    return keysForShards(shards, shards / loadInShards(requirements) - 1);
}

function moreValues(keys: number | undefined): string {
    return keys === undefined ? "more distinct values" : `${formatNumber(keys)} or more distinct values`;
}

function fewKeysRaiseFinding(
    requirements: CompleteRequirements,
    distinctKeys: number,
    shards: number,
    otherwise: number,
): Finding {
    const fewer = withHeadroom(otherwise, requirements.headroom);
    const enough = keysEnoughFor(requirements, fewer);
    const keys = enough === undefined ? "more distinct values" : moreValues(Math.max(enough, distinctKeys + 1));
    return {
        code: "keys-raise-shards",
        severity: "warning",
        property: "distinctKeys",
        message: `${count(distinctKeys, "partition key")} need ${count(shards, "shard")} to keep the hottest shard within its limits at the 95th percentile; the load itself needs ${formatNumber(otherwise)}.`,
        fix: `Use a partition key with ${keys} (enough for ${count(fewer, "shard")}), or give each key a shard by explicit hash keys.`,
    };
}

function hottestKeyRaisesFinding(
    requirements: CompleteRequirements,
    share: number,
    shards: number,
    otherwise: number,
): Finding {
    const fewer = withHeadroom(otherwise, requirements.headroom);
    const suffixes = suffixesForDeclaredHottestKey(requirements, fewer);
    const salt =
        suffixes === undefined
            ? "Spread the hottest key over several by a suffix (key-0, key-1, ...)"
            : `Spread the hottest key over ${count(Math.max(2, suffixes), "key")} by a suffix (key-0, key-1, ...), enough for ${count(fewer, "shard")}`;
    return {
        code: "keys-raise-shards",
        severity: "warning",
        property: "hottestKeyShare",
        message: `The hottest partition key with ${formatPercent(share, 1)} of the load needs ${count(shards, "shard")}, so that its own shard has little else to carry; the load itself needs ${formatNumber(otherwise)}.`,
        fix: `${salt}.`,
    };
}

function recordSizeFindings(requirements: CompleteRequirements): Finding[] {
    const { writeMiBPerSecond, recordsPerSecond, maxRecordKiB } = requirements;
    const averageKiB = averageRecordKiB(requirements);
    if (averageKiB <= maxRecordKiB) return [];
    const raise =
        averageKiB <= limits.recordKiBMax
            ? `declare maxRecordKiB ${Math.ceil(averageKiB)} or more`
            : "store the payloads in S3 and write their keys";
    const leastRecordsPerSecond = (writeMiBPerSecond * limits.bytesPerMiB) / limits.bytesPerKiB / maxRecordKiB;
    return [
        {
            code: "record-too-large",
            severity: "error",
            property: "maxRecordKiB",
            message: `${formatRate(writeMiBPerSecond)} MiB/s in ${formatRate(recordsPerSecond)} records/s means records of ${formatRate(averageKiB)} KiB on average; the largest record is ${formatNumber(maxRecordKiB)} KiB.`,
            fix: `Split the payload over at least ${formatRate(leastRecordsPerSecond)} records/s, or ${raise}.`,
        },
    ];
}

function fanOutFindings({ fanOutConsumers }: CompleteRequirements): Finding[] {
    if (fanOutConsumers <= limits.fanOutConsumersMax) return [];
    return [
        {
            code: "too-many-fan-out-consumers",
            severity: "error",
            property: "fanOutConsumers",
            message: `${count(fanOutConsumers, "fan-out consumer")} on one stream; a stream accepts ${limits.fanOutConsumersMax} (${limits.fanOutConsumersOnDemandAdvantageMax} in On-demand Advantage).`,
            fix: `Register at most ${limits.fanOutConsumersMax} and let the others share one consumer's records, or copy the stream.`,
        },
    ];
}

function laneFindings({ orderedLanes }: CompleteRequirements, shards: number): Finding[] {
    if (orderedLanes <= 1) return [];
    const apart = Array.from({ length: orderedLanes }, (_, lane) => 1 - lane / shards).reduce(
        (chance, step) => chance * step,
        1,
    );
    const shown = Array.from({ length: Math.min(orderedLanes, 4) }, (_, lane) => explicitHashKey(lane, shards)).join(
        ", ",
    );
    return [
        {
            code: "ordered-lanes-collide",
            severity: "warning",
            property: "orderedLanes",
            message: `${count(orderedLanes, "ordered lane")} on ${count(shards, "shard")} all land on shards of their own ${formatPercent(apart)} of the time; otherwise two of them share a shard.`,
            fix: `Give each lane an ExplicitHashKey, the first hash key of its shard: ${shown}${orderedLanes > 4 ? ", ... (explicitHashKeys computes them all)" : ""}.`,
        },
    ];
}

function quotaFindings(shards: number): Finding[] {
    const quota = limits.accountShardsOtherRegionsMin;
    if (shards <= quota) return [];
    const updateMax = limits.updateShardCountTargetMax;
    const beyondUpdate = shards > updateMax ? ` UpdateShardCount goes to ${formatNumber(updateMax)} by default.` : "";
    return [
        {
            code: "shard-quota",
            severity: "warning",
            property: "writeMiBPerSecond",
            message: `${count(shards, "shard")} may exceed the account's shard quota: ${formatNumber(limits.accountShardsDefaultMax)} in us-east-1, us-west-2 and eu-west-1, as few as ${formatNumber(quota)} elsewhere.${beyondUpdate}`,
            fix: "Ask for a higher shard quota in Service Quotas before the deployment.",
        },
    ];
}
