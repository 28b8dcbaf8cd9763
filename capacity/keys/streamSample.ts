/**
 * A running stream as a sample on which fixes are tried: the loads of its shards from their metrics, its heavy keys from the shards that were sampled.
 */
import { mean, sum } from "../sums";
import { certainShare, shareOf } from "./evidence";
import { type HashRing } from "./hashRing";
import { type KeySample, type SampleKey } from "./sample";
import { type ShardReport } from "./shardReports";

/** Records that were read from one shard, counted on the stream's own ring. */
export interface ShardSample {
    /** The shard. */
    readonly shardId: string;
    /** What was read of it. */
    readonly sample: KeySample;
}

/** A key counts by itself from this part of an average shard's load on. */
const namedOverAverage = 0.1;

/** Weights are parts of the stream's load. What was not sampled lies evenly over the range of its shard. */
export function streamSampleOf(
    reports: readonly ShardReport[],
    ring: HashRing,
    samples: readonly ShardSample[],
): KeySample {
    const shards = reports.length;
    const shardWeights = reports.map((report) => report.overAverage / shards);
    const sampled = samples.flatMap(({ shardId, sample }) => {
        const shard = ring.shardIds.indexOf(shardId);
        const isByKey = sample.shardWeights[shard]! > sample.weight / 2;
        return isByKey ? [{ shard, sample, scale: shardWeights[shard]! / sample.shardWeights[shard]! }] : [];
    });
    const keys = sampled
        .flatMap(({ shard, sample, scale }) => heavyKeysOf(sample, shard, scale, shards))
        .sort((left, right) => right.weight - left.weight);
    const partsPerShard = sampled[0]?.sample.partsPerShard ?? 1;
    const cellWeights = new Float64Array(shards * partsPerShard);
    shardWeights.forEach((weight, shard) => {
        const known = sampled.find((one) => one.shard === shard);
        for (let part = 0; part < partsPerShard; part++) {
            const cell = shard * partsPerShard + part;
            cellWeights[cell] =
                known === undefined ? weight / partsPerShard : known.sample.cellWeights[cell]! * known.scale;
        }
    });
    const records = sum(samples.map(({ sample }) => sample.records));
    return {
        ring,
        records: Math.max(1, records),
        weight: sum(shardWeights),
        shardRecords: shardWeights.map((weight) => weight * records),
        shardWeights,
        cellWeights,
        partsPerShard,
        keys,
        allKeys: false,
        weightError: 0,
        distinctKeys: Math.max(1, ...samples.map(({ sample }) => sample.distinctKeys)),
        seenOnce: undefined,
        seenTwice: undefined,
        keyWeightSquares: sum(keys.map((key) => key.weight ** 2)) + otherSquares(reports, ring, sampled),
        recordWeightSquares: 0,
        isWhole: false,
        explicitRecords: 0,
        inOrder: undefined,
    };
}

function heavyKeysOf(sample: KeySample, shard: number, scale: number, shards: number): SampleKey[] {
    return sample.keys
        .filter((key) => {
            const certain = certainShare(shareOf(key, sample), sample.records);
            return key.shard === shard && certain * sample.weight * scale * shards >= namedOverAverage;
        })
        .map((key) => ({ ...key, weight: key.weight * scale }));
}

/** How unequally all other keys spread shows in the shards that are not hot. */
function otherSquares(
    reports: readonly ShardReport[],
    ring: HashRing,
    sampled: readonly { readonly shard: number }[],
): number {
    const shards = reports.length;
    const others = reports.filter((report, shard) => !report.hot && !sampled.some((one) => one.shard === shard));
    if (others.length < 2) return 0;
    const shares = others.map(({ overAverage, widthOverAverage }) => overAverage / widthOverAverage / shards);
    const average = mean(shares);
    const variance = sum(shares.map((share) => (share - average) ** 2)) / (shares.length - 1);
    return variance / ((1 / shards) * (1 - 1 / ring.starts.length));
}
