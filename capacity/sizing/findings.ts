/**
 * What no shard count can mend about declared requirements, what costs more than the load itself, and what deserves a look.
 *
 * No fix is printed that was not tried: the changed declaration is sized again, the finding must be gone, and no error may have come.
 */
import { ceilOfProduct, ceilToDigits, floorToDigits } from "../decimal";
import { type Finding } from "../findings";
import { laneHashKeys, uniformRing } from "../keys/hashRing";
import { limits } from "../limits";
import { averageRecordKiB } from "../requirementLists";
import { type CompleteRequirements, requirementProblems } from "../requirements";
import { count, formatNumber, formatPercent, formatRate, formatRateAbove } from "../text";
import { movedText, withMoved } from "./catchUp";
import { type Draft, triedFindings } from "./drafts";
import { keyDrafts } from "./keyFindings";
import { type PriceList } from "./prices";
import { recoveryDrafts } from "./recoveryFindings";
import { type Size, sizeOf } from "./size";

/** @param setShards how many there are, where somebody set them; default: as many as are recommended, of a changed declaration too */
export function findingsOf(
    size: Size,
    prices: PriceList,
    retentionHours: number | undefined,
    setShards?: number,
): Finding[] {
    const found = (sized: Size, keptHours: number | undefined) => draftsOf(sized, prices, keptHours, setShards);
    return triedFindings(found(size, retentionHours), ({ change, retentionHours: longer }) => {
        const changed = sizeOf({ ...size.requirements, ...change });
        // Keys that are salted may be more than can be declared one by one: they are one key to who declares them.
        const heaviestKeyShares = changed.requirements.heaviestKeyShares?.slice(0, 1);
        const declared = { ...changed.requirements, heaviestKeyShares };
        if (requirementProblems(declared).length > 0) return undefined;
        return found(changed, longer ?? retentionHours);
    });
}

function draftsOf(
    size: Size,
    prices: PriceList,
    retentionHours: number | undefined,
    setShards: number | undefined,
): Draft[] {
    const shards = setShards ?? size.recommendedShards;
    return [
        ...pollDrafts(size.requirements),
        ...keyDrafts(size, prices),
        ...recordSizeDrafts(size.requirements),
        ...fanOutDrafts(size.requirements),
        ...recoveryDrafts(size, retentionHours, setShards),
        ...laneDrafts(size.requirements, shards),
        ...quotaDrafts(Math.max(size.recommendedShards, shards)),
    ];
}

function pollDrafts({ sharedConsumers, pollsPerSecondPerConsumer, fanOutConsumers }: CompleteRequirements): Draft[] {
    const allowed = limits.shardGetRecordsCallsPerSecond;
    if (ceilOfProduct([sharedConsumers, pollsPerSecondPerConsumer]) <= allowed) return [];
    const polls = sharedConsumers * pollsPerSecondPerConsumer;
    const slower = floorToDigits(allowed / sharedConsumers, 2);
    const moved = sharedConsumers - Math.floor(allowed / pollsPerSecondPerConsumer);
    return [
        {
            code: "too-many-polls",
            severity: "error",
            property: "pollsPerSecondPerConsumer",
            message: `${count(sharedConsumers, "shared consumer")} ${sharedConsumers === 1 ? "polls" : "poll"} each shard ${formatRateAbove(polls, allowed)} times a second in all; a shard answers ${allowed} GetRecords calls a second, however many shards there are.`,
            fixes: () => [
                {
                    text: `poll at most ${formatNumber(slower)} times a second per consumer`,
                    change: { pollsPerSecondPerConsumer: slower },
                },
                ...(fanOutConsumers + moved <= limits.fanOutConsumersMax
                    ? [
                          {
                              text: movedText(moved),
                              change: withMoved({ sharedConsumers, fanOutConsumers }, moved),
                          },
                      ]
                    : []),
            ],
            withoutFix: "Poll less often, or let fewer consumers read with GetRecords.",
        },
    ];
}

function recordSizeDrafts(requirements: CompleteRequirements): Draft[] {
    const { writeMiBPerSecond, recordsPerSecond, maxRecordKiB } = requirements;
    const averageKiB = averageRecordKiB(requirements);
    if (averageKiB <= maxRecordKiB) return [];
    const largerKiB = Math.ceil(averageKiB);
    const moreRecords = ceilToDigits((writeMiBPerSecond * limits.bytesPerMiB) / limits.bytesPerKiB / maxRecordKiB, 3);
    return [
        {
            code: "record-too-large",
            severity: "error",
            property: "maxRecordKiB",
            message: `${formatRate(writeMiBPerSecond)} MiB/s in ${formatRate(recordsPerSecond)} records/s means records of ${formatRateAbove(averageKiB, maxRecordKiB)} KiB on average; the largest record is ${formatNumber(maxRecordKiB)} KiB.`,
            fixes: () => [
                {
                    text: `split the payload over at least ${formatNumber(moreRecords)} records/s`,
                    change: { recordsPerSecond: moreRecords },
                },
                ...(largerKiB <= limits.recordKiBMax
                    ? [{ text: `declare maxRecordKiB ${largerKiB} or more`, change: { maxRecordKiB: largerKiB } }]
                    : [{ text: "store the payloads in S3 and write their keys" }]),
            ],
            withoutFix: "Store the payloads in S3 and write their keys.",
        },
    ];
}

function fanOutDrafts({ fanOutConsumers }: CompleteRequirements): Draft[] {
    if (fanOutConsumers <= limits.fanOutConsumersMax) return [];
    return [
        {
            code: "too-many-fan-out-consumers",
            severity: "error",
            property: "fanOutConsumers",
            message: `${count(fanOutConsumers, "fan-out consumer")} on one stream; a stream accepts ${limits.fanOutConsumersMax} (${limits.fanOutConsumersOnDemandAdvantageMax} in On-demand Advantage).`,
            fixes: () => [
                {
                    text: `register at most ${limits.fanOutConsumersMax} and let the others share one consumer's records`,
                    change: { fanOutConsumers: limits.fanOutConsumersMax },
                },
                { text: "copy the stream" },
            ],
            withoutFix: "Let consumers share one consumer's records, or copy the stream.",
        },
    ];
}

function laneDrafts({ orderedLanes, explicitHashKeys }: CompleteRequirements, shards: number): Draft[] {
    if (orderedLanes <= 1 || explicitHashKeys) return [];
    const apart = Array.from({ length: orderedLanes }, (_, lane) => 1 - lane / shards).reduce(
        (chance, step) => chance * step,
        1,
    );
    return [
        {
            code: "ordered-lanes-collide",
            severity: "warning",
            property: "orderedLanes",
            message: `${count(orderedLanes, "ordered lane")} on ${count(shards, "shard")} all land on shards of their own ${formatPercent(apart)} of the time; otherwise two of them share a shard.`,
            fixes: () => [
                {
                    text: `give each lane an ExplicitHashKey of its own, ${laneKey} (on any ${formatNumber(orderedLanes)} or more uniform shards no two lanes then share one): ${laneKeysText(orderedLanes)}; and declare explicitHashKeys: true`,
                    change: { explicitHashKeys: true },
                },
            ],
            withoutFix: `Give each lane an ExplicitHashKey of its own, ${laneKey}.`,
        },
    ];
}

const laneKey = "the middle of its equal part of the hash keys";

/** Of as many shards as lanes, whatever the count is: a scaler changes it, and who places the keys does not know it. */
function laneKeysText(lanes: number): string {
    const hashKeys = laneHashKeys(uniformRing(lanes), lanes)!;
    const all = `, ... (laneHashKeys(uniformRing(${lanes}), ${lanes}) computes them all)`;
    return `${hashKeys.slice(0, 4).join(", ")}${lanes > 4 ? all : ""}`;
}

function quotaDrafts(shards: number): Draft[] {
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
            fixes: () => [],
            withoutFix: "Ask for a higher shard quota in Service Quotas before the deployment.",
        },
    ];
}
