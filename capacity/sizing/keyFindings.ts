/**
 * What the declared keys make impossible, or more expensive than the load itself: one finding for one cause.
 */
import { roundingSlack } from "../keys/keyWeights";
import { loadInShards } from "../keys/spread";
import { limits } from "../limits";
import { type CompleteRequirements } from "../requirements";
import { sum } from "../sums";
import { count, formatDollars, formatNumber, formatPercent, formatRateThat } from "../text";
import { loadText, withHeadroom } from "./bounds";
import { estimateCost } from "./cost";
import { type Draft, type Fix } from "./drafts";
import { moreKeys, passing, placement, smallerShare, suffixes } from "./keyFixes";
import { keyCause, keyLoadsOf, type KeyNeed, largestKey, withoutHeavyKeys } from "./keyNeed";
import { type PriceList } from "./prices";
import { type Size } from "./size";

const spreadHottest = "Spread the hottest key over several by suffixes (key-0, key-1, ...).";
const useMoreKeys = "Use a partition key with more distinct values.";

export function keyDrafts({ requirements, keyNeed }: Size, prices: PriceList): Draft[] {
    if (keyNeed.verdict === "fits") return [];
    const hottest = keyCause(requirements, keyNeed) === "hottest";
    if (keyNeed.verdict === "raises")
        return [(hottest ? hottestKeyRaises : fewKeysRaise)(requirements, keyNeed, prices)];
    return [hottest ? hottestKeyRejected(requirements, keyNeed) : fewKeysRejected(requirements, keyNeed)];
}

const oneShard = `one shard's ${limits.shardWriteMiBPerSecond} MiB/s and ${formatNumber(limits.shardWriteRecordsPerSecond)} records/s`;

function hottestKeyRejected(requirements: CompleteRequirements, need: KeyNeed): Draft {
    const { inShards } = largestKey(requirements);
    const carries = heavyKeysText(requirements, inShards);
    return {
        code: "hottest-key-exceeds-shard",
        severity: "error",
        property: heavyProperty(requirements),
        message:
            inShards > 1
                ? `${carries}; one key never gets more than ${oneShard}, whatever the shard count.`
                : `${carries} of ${oneShard}: ${beyondReach(requirements, need, "so that the keys beside it have room")}.`,
        fixes: () => [
            ...passing(suffixes, requirements, need),
            ...passing(smallerShare, requirements, need),
            ...placement(requirements),
        ],
        withoutFix: spreadHottest,
    };
}

function heavyKeysText(requirements: CompleteRequirements, inShards: number): string {
    const { heaviestKeyShares = [] } = requirements;
    const carries = `The hottest partition key carries ${loadOf(requirements, inShards)}`;
    if (heaviestKeyShares.length < 2) return carries;
    return `The ${heaviestKeyShares.length} heaviest partition keys carry ${formatPercent(sum(heaviestKeyShares), 1)} of the load, the hottest of them ${loadOf(requirements, inShards)}`;
}

function fewKeysRejected(requirements: CompleteRequirements, need: KeyNeed): Draft {
    const { distinctKeys = 1 } = requirements;
    const { inShards } = largestKey(requirements);
    const cannot = `${count(distinctKeys, "partition key")} cannot spread ${loadOf(requirements)}`;
    return {
        code: "too-few-keys",
        severity: "error",
        property: "distinctKeys",
        message:
            inShards > 1
                ? `${cannot}: ${eachCarries(requirements)}, and one key never gets more than ${oneShard}, whatever the shard count.`
                : `${cannot}: ${beyondReach(requirements, need, "so that no shard gets more of them than it takes")}.`,
        fixes: () => [...passing(moreKeys, requirements, need), ...placement(requirements)],
        withoutFix: useMoreKeys,
    };
}

/** "each carries 2 MiB/s and 20 records/s", or what the hottest carries, and what each of the others does */
function eachCarries(requirements: CompleteRequirements): string {
    const { distinctKeys = 1 } = requirements;
    const { heaviest, heavyKeys, light } = keyLoadsOf(requirements);
    const lightLoad = loadOf(requirements, light);
    if (heavyKeys === 0) return `${distinctKeys === 1 ? "it" : "each"} carries ${lightLoad}`;
    const others = distinctKeys - heavyKeys;
    // Measured shares may be below what is left for each of few other keys.
    if (light >= heaviest)
        return `${others === 1 ? "one of them carries" : `each of ${formatNumber(others)} carries`} ${lightLoad}`;
    const beside = heavyKeys === 1 ? "" : ` beside the ${formatNumber(heavyKeys)} heaviest`;
    const who = others === 1 ? "the other" : `each of the ${formatNumber(others)} others`;
    return `the hottest carries ${loadOf(requirements, heaviest)}, ${who}${beside} ${lightLoad}`;
}

/** "it takes 119 shards so that ...; the load itself needs 4, and keys may raise that to 8 at most (keysMayRaiseShards 2)" */
function beyondReach(
    { keysMayRaiseShards }: CompleteRequirements,
    { shards, otherwise, most, looked }: KeyNeed,
    purpose: string,
): string {
    const wanted =
        shards === undefined ? `${count(looked, "shard")} are not enough` : `it takes ${count(shards, "shard")}`;
    const raised = most > otherwise ? `may raise that to ${formatNumber(most)} at most` : "may not raise that";
    return `${wanted} ${purpose}; the load itself needs ${formatNumber(otherwise)}, and keys ${raised} (keysMayRaiseShards ${formatNumber(keysMayRaiseShards)})`;
}

function fewKeysRaise(requirements: CompleteRequirements, need: KeyNeed, prices: PriceList): Draft {
    const { distinctKeys = 1 } = requirements;
    return {
        code: "keys-raise-shards",
        severity: "warning",
        property: "distinctKeys",
        message: `${count(distinctKeys, "partition key")} need ${count(need.shards!, "shard")} to keep the hottest shard within its limits${requirements.explicitHashKeys ? "" : " at the 95th percentile"}; ${costOf(requirements, need, prices)}.`,
        fixes: () => [
            moreKeys(requirements, need.otherwise) ?? fewerShards(requirements, need),
            ...placement(requirements),
        ],
        withoutFix: useMoreKeys,
    };
}

function hottestKeyRaises(requirements: CompleteRequirements, need: KeyNeed, prices: PriceList): Draft {
    const { hottestKeyShare, heaviestKeyShares = [] } = requirements;
    const who =
        hottestKeyShare === undefined
            ? `The ${count(heaviestKeyShares.length, "heaviest partition key")} with up to ${formatPercent(Math.max(...heaviestKeyShares), 1)} of the load ${heaviestKeyShares.length === 1 ? "needs" : "need"}`
            : `The hottest partition key with ${formatPercent(hottestKeyShare, 1)} of the load needs`;
    return {
        code: "keys-raise-shards",
        severity: "warning",
        property: heavyProperty(requirements),
        message: `${who} ${count(need.shards!, "shard")}, so that ${heaviestKeyShares.length > 1 ? "their own shards have" : "its own shard has"} little else to carry; ${costOf(requirements, need, prices)}.`,
        fixes: () => [...lighterKeys(requirements, need), ...placement(requirements)],
        withoutFix: spreadHottest,
    };
}

function lighterKeys(requirements: CompleteRequirements, need: KeyNeed): Fix[] {
    const lighter = [suffixes, smallerShare].flatMap((find) => find(requirements, need.otherwise) ?? []);
    return lighter.length > 0 ? lighter : [keepShards(requirements, need)];
}

/** Where no number of keys fits the shards of the load itself, more may still need fewer than these do. */
function fewerShards(requirements: CompleteRequirements, need: KeyNeed): Fix {
    const lowered = moreKeys(requirements, need.shards! - 1) !== undefined;
    return lowered ? { text: "use more distinct values, which need fewer shards" } : keepShards(requirements, need);
}

function keepShards(requirements: CompleteRequirements, { otherwise }: KeyNeed): Fix {
    const full = formatPercent(loadInShards(requirements) / otherwise, 1);
    const shards = otherwise === 1 ? "its shard" : `its ${count(otherwise, "shard")}`;
    return {
        text: `keep the shards, since the load fills ${full} of ${shards} and leaves keys no room to fall unevenly`,
    };
}

/** "the load itself needs 4; with headroom these are 10 instead of 5, so the keys cost 5 more shards, $54.75 a month (us-east-1, November 2026)" */
function costOf(requirements: CompleteRequirements, { shards, otherwise }: KeyNeed, prices: PriceList): string {
    const [withKeys, without] = [shards!, otherwise].map((needed) => withHeadroom(needed, requirements.headroom));
    // Which keys carry the load makes no difference to its price.
    const priced = { ...withoutHeavyKeys(requirements), distinctKeys: undefined };
    const monthly = (open: number) => estimateCost({ requirements: priced, shards: open, prices }).provisioned.monthly;
    const more = withKeys! - without!;
    // What is deployed and paid for has the headroom on top; without any the two counts of before are compared.
    const compared =
        withKeys === shards && without === otherwise
            ? ""
            : `; with headroom these are ${formatNumber(withKeys!)} instead of ${formatNumber(without!)}`;
    return `the load itself needs ${formatNumber(otherwise)}${compared}, so the keys cost ${count(more, "more shard")}, ${formatDollars(monthly(withKeys!) - monthly(without!))} a month (${prices.region}, ${prices.date})`;
}

function heavyProperty({ hottestKeyShare }: CompleteRequirements): "hottestKeyShare" | "heaviestKeyShares" {
    return hottestKeyShare === undefined ? "heaviestKeyShares" : "hottestKeyShare";
}

/** The declared rates, or the part of them that is so many shards' worth: exact enough to tell just below a shard from just above. */
function loadOf(requirements: CompleteRequirements, inShards = loadInShards(requirements)): string {
    const part = inShards / loadInShards(requirements);
    if (part === 1) return loadText(requirements);
    const { writeMiBPerSecond, recordsPerSecond } = requirements;
    const bytes = besideLimit(writeMiBPerSecond * part, limits.shardWriteMiBPerSecond);
    return `${bytes} MiB/s and ${besideLimit(recordsPerSecond * part, limits.shardWriteRecordsPerSecond)} records/s`;
}

/** A rate that reads as more than a limit only where it is more, and as less where it is less. */
function besideLimit(rate: number, limit: number): string {
    const side = (of: number) => (Math.abs(of - limit) <= roundingSlack * limit ? 0 : Math.sign(of - limit));
    return formatRateThat(rate, (shown) => side(rate) === 0 || side(shown) === side(rate));
}
