/**
 * What a sample of partition keys proves about a stream, and what chance alone would explain.
 */
import { mean, sum } from "../sums";
import { evenOverAverageMax } from "./chance";
import { poissonAbove } from "./poisson";
import { type KeySample, type SampleKey } from "./sample";
import { hottestOverAverage } from "./spread";

/** A single key that stands out is named earlier: from here on it costs the stream a quarter of its capacity. */
export const hotKeyOverAverage = 1.25;
/** A key is heavy with this part of an average shard's load. */
export const heavyKey = 0.5;
/** Beside a shard that is too hot anyway, lighter keys count as its cause too. */
export const contributingKey = 0.3;
/** A cause explains a hot shard with this part of what the shard has above the average. */
export const explainingPart = 0.6;
/** Chance of calling noise a hot shard. */
const falseAlarm = 0.01;
/** Standard deviations within which a hot shard is explained by how few keys there are. */
const chanceDeviations = 4;
/** A sample that names less than half of the keys it was drawn from does not tell how many there are. */
const unseenPartMax = 0.5;
/** Fewer records than this tell nothing, neither how many keys there are nor which is heavy. */
export const recordsMin = 20;
/** An estimate of how many keys there are is at most so much too low. */
const estimateAtLeast = 0.95;
/** With so many keys a shard, their number is no question. */
const keysPerShardPlenty = 1_000;

export interface Facts {
    readonly shards: number;
    readonly shares: readonly number[];
    /** Shares as multiples of the average shard's. */
    readonly overAverage: readonly number[];
    /** Records of equal weight that would tell as much as the sample does; Infinity of the whole. */
    readonly effectiveRecords: number;
    /** Keys behind the sample, seen or not; Infinity where the sample is too small to tell. */
    readonly keysBehind: number;
}

export function factsOf(sample: KeySample): Facts {
    const shards = sample.ring.starts.length;
    const shares = sample.shardWeights.map((weight) => (sample.weight > 0 ? weight / sample.weight : 0));
    return {
        shards,
        shares,
        overAverage: shares.map((share) => share * shards),
        effectiveRecords: effectiveRecords(sample),
        keysBehind: keysBehind(sample),
    };
}

/** Records of equal weight that would tell as much as these do. */
export function effectiveRecords({ isWhole, weight, recordWeightSquares }: KeySample): number {
    if (isWhole) return Infinity;
    return recordWeightSquares > 0 ? weight ** 2 / recordWeightSquares : 0;
}

/** Keys seen and not seen: what was seen once tells how much was not seen at all (Good and Turing; Chao's lower bound). */
function keysBehind(sample: KeySample): number {
    if ((!sample.isWhole && sample.records < recordsMin) || areMostRecordsOfKeysSeenOnce(sample)) return Infinity;
    return keysAtLeast(sample);
}

/** Whether the sample tells no more than that there are many keys. */
function areMostRecordsOfKeysSeenOnce({ seenOnce = 0, records }: KeySample): boolean {
    return seenOnce > unseenPartMax * records;
}

/** Whether each key came once, as in a table of totals; of more keys than are counted one by one, as far as their estimate tells. */
export function isEachKeyOnce({ records, distinctKeys, seenOnce = distinctKeys }: KeySample): boolean {
    return distinctKeys >= estimateAtLeast * records && seenOnce === distinctKeys;
}

export function keysAtLeast({ distinctKeys, seenOnce, seenTwice }: KeySample): number {
    if (seenOnce === undefined || seenTwice === undefined) return distinctKeys;
    return distinctKeys + (seenOnce * (seenOnce - 1)) / (2 * (seenTwice + 1));
}

/** Whether most records have an explicit hash key: they are put where they are, and luck has no part in it. */
export function arePlaced({ explicitRecords, records }: KeySample): boolean {
    return explicitRecords > records / 2;
}

/** So few keys that even equal ones would be expected to overload a shard; where they happen to fall evenly it is luck. */
export function areTooFew(keys: number, shards: number, sample: KeySample): boolean {
    if (arePlaced(sample)) return false;
    if (keys >= shards * keysPerShardPlenty) return false;
    return hottestOverAverage(Math.max(1, Math.round(keys)), shards).mean > evenOverAverageMax;
}

/** Keys that in one case of twenty overload a shard although each weighs about the same: then it is their number. */
export function areFewAndAlike(sample: KeySample, facts: Facts): boolean {
    if (arePlaced(sample) || !(facts.keysBehind < facts.shards * keysPerShardPlenty)) return false;
    const { p95 } = hottestOverAverage(Math.max(1, Math.round(facts.keysBehind)), facts.shards);
    return p95 > evenOverAverageMax && !outweighsOthers(sample);
}

/** One key among few is the trouble if the others are many times lighter, and it is an exception or the load were even without it. */
export function oneStandsOut(heavy: readonly SampleKey[], sample: KeySample, facts: Facts): boolean {
    const top = heavy[0];
    if (!top || !outweighsOthers(sample)) return false;
    if (heavy.length <= sample.distinctKeys / 4) return true;
    const share = shareOf(top, sample);
    const salted = facts.overAverage.map(
        (over, shard) => over + share - (shard === top.shard ? share * facts.shards : 0),
    );
    const most = Math.max(...facts.overAverage);
    return most - Math.max(...salted) >= explainingPart * (most - 1);
}

/** Whether the heaviest key has many times the weight of the others, on average. */
function outweighsOthers({ keys, weight, distinctKeys }: KeySample): boolean {
    const top = keys[0];
    return top !== undefined && distinctKeys > 1 && top.weight * (distinctKeys - 1) >= 4 * (weight - top.weight);
}

/** The ring itself gives the shard more than its part: no sample has to prove it. */
export function isWide(sample: KeySample, shard: number): boolean {
    return sample.ring.widths[shard]! * sample.ring.starts.length > evenOverAverageMax;
}

/** Keys with at least that part of an average shard's load, heaviest first, as far as the sample proves it. */
export function heavyKeys(sample: KeySample, facts: Facts, part: number): SampleKey[] {
    return sample.keys.filter((key) => {
        const [share, proven] = [shareOf(key, sample), provenShare(key, sample, facts)];
        return share * facts.shards >= part && proven * facts.shards >= part / 2;
    });
}

/** The share that a key has at least, given how small the sample is. */
function provenShare(key: SampleKey, sample: KeySample, { effectiveRecords }: Facts): number {
    return lowerShare(shareOf(key, sample), effectiveRecords);
}

/** Whether a key's weight is one record's, which may be the only one that it ever has: that says nothing about the key. */
export function isOneRecord({ records }: SampleKey, { isWhole }: KeySample): boolean {
    return records === 1 && !isWhole;
}

/** The heaviest key that is proven to be more than one shard takes. */
export function keyAboveShard(sample: KeySample, facts: Facts, loadInShards: number): SampleKey | undefined {
    return sample.keys.find((key) => !isOneRecord(key, sample) && provenShare(key, sample, facts) * loadInShards > 1);
}

/** What of a share is certain whatever chance did, at three standard deviations; below 0 where so few records prove nothing. */
export function certainShare(share: number, records: number): number {
    return share - 3 * Math.sqrt((share * (1 - share)) / records);
}

/** Wilson's lower bound at three standard deviations. */
function lowerShare(share: number, records: number): number {
    const squared = 9 / records;
    const spread = 3 * Math.sqrt((share * (1 - share)) / records + squared / (4 * records));
    return (share + squared / 2 - spread) / (1 + squared);
}

/** The heavy keys of a shard if without them it would not be hot; none otherwise. */
export function explainingKeys(sample: KeySample, facts: Facts, shard: number, over: number): SampleKey[] {
    const onShard = heavyKeys(sample, facts, over > evenOverAverageMax ? contributingKey : heavyKey).filter(
        (key) => key.shard === shard,
    );
    const load = sum(onShard.map((key) => shareOf(key, sample) * facts.shards));
    const wider = sample.ring.widths[shard]! * facts.shards - 1;
    return load >= explainingPart * (over - 1) && load >= wider ? onShard : [];
}

/** Whether a shard has significantly more than the average, given the size of the sample, all shards looked at. */
export function isAboveChance(over: number, facts: Pick<Facts, "shards" | "effectiveRecords">): boolean {
    if (facts.effectiveRecords === Infinity) return over > 1;
    // Records fall on a shard or beside it, which spreads less than a Poisson count does: by this much on few shards.
    const narrower = 1 - 1 / facts.shards;
    const expected = facts.effectiveRecords / facts.shards / narrower;
    const seen = Math.floor(expected + ((over - 1) * facts.effectiveRecords) / facts.shards / narrower);
    return seen > 0 && poissonAbove(seen - 1, expected) * facts.shards < falseAlarm;
}

/** Whether so few keys, of the weights that the sample shows, would put as much on a shard by chance. */
export function isExplainedByFewKeys(sample: KeySample, facts: Facts, shard: number, over: number): boolean {
    if (arePlaced(sample)) return false;
    const width = sample.ring.widths[shard]!;
    const shareVariance = keyShareSquares(sample) + 1 / facts.effectiveRecords;
    const deviation = facts.shards * Math.sqrt(width * (1 - width) * shareVariance);
    return over - width * facts.shards <= chanceDeviations * deviation && width * facts.shards <= evenOverAverageMax;
}

/** Sum of the squared shares of the keys, freed of what the size of the sample adds to it. */
function keyShareSquares({ keyWeightSquares, recordWeightSquares, weight }: KeySample): number {
    return Math.max(0, (keyWeightSquares - recordWeightSquares) / Math.max(weight ** 2 - recordWeightSquares, 1e-300));
}

export function shareOf(key: SampleKey, sample: KeySample): number {
    return key.weight / sample.weight;
}

/** How even shares are, over all shards, hit or not: standard deviation over average in percent, hottest over average. */
export function evennessOf(shares: readonly number[]): { cv: number; hottestOverAverage: number } {
    const average = mean(shares);
    if (!(average > 0)) return { cv: 0, hottestOverAverage: 1 };
    const variance = mean(shares.map((share) => (share - average) ** 2));
    return { cv: (Math.sqrt(variance) / average) * 100, hottestOverAverage: Math.max(...shares) / average };
}
