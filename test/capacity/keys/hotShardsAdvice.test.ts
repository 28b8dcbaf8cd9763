/**
 * Advice on a running stream is obeyed here: its traffic written with the suffixes, or on the shards, that `hot-shards` names. Then nothing is hot.
 */
import assert from "node:assert/strict";
import { endOf, type HashRing, ringOfShards, shardOf, uniformRing } from "../../../capacity/keys/hashRing";
import { type HotShardJudgement, judgeShards } from "../../../capacity/keys/hotShards";
import { type KeySample, KeyTally } from "../../../capacity/keys/sample";
import { type ShardLoad } from "../../../capacity/keys/shardReports";

const seconds = 60;

function counted(ring: HashRing, keys: readonly string[]): KeySample {
    const tally = new KeyTally(ring);
    for (const key of keys) tally.addKey(key);
    return tally.sample();
}

/** What CloudWatch says of a minute of these records, of 100 bytes each. */
function loadsOf(ring: HashRing, keys: readonly string[]): ShardLoad[] {
    return counted(ring, keys).shardRecords.map((records, shard) => ({
        shardId: ring.shardIds[shard]!,
        startingHashKey: `${ring.starts[shard]!}`,
        endingHashKey: `${endOf(ring, shard)}`,
        bytesPerSecond: (100 * records) / seconds,
        recordsPerSecond: records / seconds,
        refusedPerSecond: 0,
        peakBytesPerSecond: (100 * records) / seconds,
        peakRecordsPerSecond: records / seconds,
    }));
}

/** The verdict with a sample of every hot shard. */
function judged(ring: HashRing, keys: readonly string[]): HotShardJudgement {
    const loads = loadsOf(ring, keys);
    const samples = judgeShards(loads)
        .shards.filter((shard) => shard.hot)
        .slice(0, 3)
        .map(({ shardId }) => ({
            shardId,
            sample: counted(
                ring,
                keys.filter((key) => ring.shardIds[shardOf(ring, key)] === shardId),
            ),
        }));
    return judgeShards(loads, samples);
}

const others = Array.from({ length: 12_000 }, (_, index) => `user-${index % 6_000}`);
const times = (records: number, key: string) => Array<string>(records).fill(key);
const ring = uniformRing(8);
const onThird = Array.from({ length: 300 }, (_, index) => `warm-${index}`).filter((key) => shardOf(ring, key) === 3);

describe("advice on a running stream, obeyed", () => {
    const hot: readonly (readonly [title: string, keys: readonly string[]])[] = [
        ["one key of 40 %", [...times(8_000, "tenant-7"), ...others]],
        ["two keys on one shard", [...times(3_000, onThird[0]!), ...times(2_000, onThird[1]!), ...others]],
    ];
    for (const [title, keys] of hot) {
        it(`spreads ${title} with the suffixes that it names`, () => {
            const { verdict, hotKeys, tried, recommendation } = judged(ring, keys);
            assert.equal(verdict, "hot-key");
            const suffixes = new Map(hotKeys.map((fix) => [fix.key, fix.suffixes]));
            const salted = keys.map((key, index) => (suffixes.has(key) ? `${key}-${index % suffixes.get(key)!}` : key));
            const after = judged(ring, salted);
            assert.equal(after.verdict, "even", `${recommendation} ${after.message}`);
            const said = tried.find(({ kind }) => kind === "salt")!;
            assert.ok(said.reached && Math.abs(after.shards[0]!.overAverage - said.hottestOverAverage) < 0.02);
            assert.match(
                recommendation,
                /: the hottest shard then has 1\.\d+ times the average, and at most 1\.43 times/,
            );
        });
    }

    it("splits a shard of many keys where it says, as often as it says", () => {
        const crowded = [...onThird.flatMap((key) => times(110, key)), ...others];
        const { verdict, splits, tried } = judged(ring, crowded);
        assert.equal(verdict, "hot-range");
        const starts = [...ring.starts, ...splits.map(({ newStartingHashKey }) => BigInt(newStartingHashKey))];
        starts.sort((left, right) => (left < right ? -1 : 1));
        const after = ringOfShards(
            starts.map((start, shard) => ({
                startingHashKey: `${start}`,
                endingHashKey: `${(starts[shard + 1] ?? 1n << 128n) - 1n}`,
            })),
        );
        const { verdict: then, shards } = judged(after, crowded);
        assert.deepEqual([then, tried[0]!.reached], ["even", true]);
        assert.ok(Math.abs(shards[0]!.overAverage - tried[0]!.hottestOverAverage) < 0.1);
    });

    it("names a shard of its own for keys that share one, and none for a key that has one or fills one", () => {
        const candidates = Array.from({ length: 99 }, (_, index) => `region-${index}`);
        const [first, second] = candidates.filter((key) => shardOf(ring, key) === 3);
        const other = candidates.find((key) => shardOf(ring, key) === 5)!;
        const advice = (keys: readonly string[], records: number) => {
            const { verdict, recommendation } = judged(
                ring,
                keys.flatMap((key) => times(records, key)),
            );
            assert.equal(verdict, "too-few-keys");
            return recommendation;
        };
        const own =
            ", or give each key the explicit hash key of a shard of its own (the heaviest then has 2.67 times the average)";
        const rest = "Use a partition key with 264 or more values of about equal weight for 8 shards";
        assert.equal(advice([first!, second!, other], 20_000), `${rest}${own}. More shards do not help.`);
        assert.equal(advice([first!, other], 20_000), `${rest}. More shards do not help.`);
        assert.equal(advice([first!, second!, other], 59_000), `${rest}. More shards do not help.`);
    });
});
