/**
 * What holds after any sequence of reshards: the open ranges tile the hash key space, and every shard's range went to its children.
 */
import * as fc from "fast-check";
import * as assert from "node:assert/strict";

import { hashKeySpace } from "../../../capacity/keys/hashRing";
import { stepsToUniform, uniformRanges } from "../../../sandbox/kinesis/ranges";
import { atOnce, type LocalKinesis, startKinesis } from "./streams";

describe("uniform ranges", () => {
    it("tile the hash key space for any count, no two widths further apart than the remainder", () => {
        fc.assert(
            fc.property(fc.integer({ min: 1, max: 500 }), (count) => {
                const ranges = uniformRanges(count);
                assertTiles(ranges);
                const widths = ranges.map(({ start, end }) => end - start + 1n);
                assert.ok(widths.slice(0, -1).every((width) => width === hashKeySpace / BigInt(count)));
                assert.equal(widths.at(-1)! - hashKeySpace / BigInt(count), hashKeySpace % BigInt(count));
            }),
            { numRuns: 50 },
        );
    });

    it("come out of splits and merges, whatever ranges there were, and what is right already is left alone", () => {
        const cuts = fc.uniqueArray(fc.bigInt({ min: 1n, max: hashKeySpace - 1n }), { maxLength: 30 });
        fc.assert(
            fc.property(cuts, fc.integer({ min: 1, max: 40 }), (at, count) => {
                const starts = [0n, ...at].sort((left, right) => (left < right ? -1 : 1));
                const open = starts.map((start, index) => ({ start, end: (starts[index + 1] ?? hashKeySpace) - 1n }));
                const ranges = [...open];
                for (const step of stepsToUniform(open, count)) {
                    const { start, end } = ranges[step.index]!;
                    if (step.kind === "split") {
                        assert.ok(start < step.at && step.at <= end);
                        ranges.splice(step.index, 1, { start, end: step.at - 1n }, { start: step.at, end });
                    } else {
                        ranges.splice(step.index, 2, { start, end: ranges[step.index + 1]!.end });
                    }
                }
                assert.deepEqual(ranges, uniformRanges(count));
                assert.deepEqual(stepsToUniform(ranges, count), []);
            }),
            { numRuns: 200 },
        );
    });

    it("are doubled by splits alone and halved by merges alone", () => {
        for (const count of [1, 2, 4, 8, 64]) {
            assert.deepEqual(
                new Set(stepsToUniform(uniformRanges(count), 2 * count).map(({ kind }) => kind)),
                new Set(["split"]),
            );
            assert.deepEqual(
                new Set(stepsToUniform(uniformRanges(2 * count), count).map(({ kind }) => kind)),
                new Set(["merge"]),
            );
        }
    });
});

interface ShardAnswer {
    ShardId: string;
    ParentShardId?: string;
    AdjacentParentShardId?: string;
    HashKeyRange: { StartingHashKey: string; EndingHashKey: string };
    SequenceNumberRange: { StartingSequenceNumber: string; EndingSequenceNumber?: string };
}

type Act =
    | { kind: "split"; pick: number; part: number }
    | { kind: "merge"; pick: number }
    | { kind: "update"; factor: number };

const act: fc.Arbitrary<Act> = fc.oneof(
    fc.record({ kind: fc.constant("split" as const), pick: fc.nat(), part: fc.integer({ min: 1, max: 999 }) }),
    fc.record({ kind: fc.constant("merge" as const), pick: fc.nat() }),
    fc.record({ kind: fc.constant("update" as const), factor: fc.double({ min: 0.5, max: 2, noNaN: true }) }),
);

describe("after any sequence of splits, merges and updates", () => {
    let kinesis: LocalKinesis;
    before(async () => {
        kinesis = await startKinesis({ durations: atOnce });
    });
    after(() => kinesis.stop());

    it("the open shards tile the space, parents cover what their children got, and every record is found once, in order", async () => {
        let run = 0;
        const history = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.array(act, { maxLength: 8 }));
        await fc.assert(
            fc.asyncProperty(history, async ([shards, acts]) => {
                const StreamName = `law-${run++}`;
                kinesis.call("CreateStream", { StreamName, ShardCount: shards });
                let number = 0;
                const put = (): void => {
                    const records = Array.from({ length: 10 }, (_, key) => ({
                        Data: Buffer.from(String(number++)).toString("base64"),
                        PartitionKey: `key-${key}`,
                    }));
                    assert.equal(kinesis.call("PutRecords", { StreamName, Records: records }).FailedRecordCount, 0);
                };
                put();
                for (const next of acts) {
                    apply(StreamName, next);
                    put();
                    // Rates are not what this is about.
                    await kinesis.clock.advance(1_000);
                }
                const all = list(StreamName);
                assertTiles(openOf(all).map(rangeOf));
                assertLineage(all);
                assertInOrder(StreamName, all, number);
                kinesis.call("DeleteStream", { StreamName });
            }),
            { numRuns: 60 },
        );
    });

    const list = (StreamName: string, ShardFilter?: object): ShardAnswer[] =>
        kinesis.call("ListShards", { StreamName, ...(ShardFilter && { ShardFilter }) }).Shards;

    function apply(StreamName: string, next: Act): void {
        const open = openOf(list(StreamName));
        if (next.kind === "update") {
            const TargetShardCount = Math.max(1, Math.ceil(open.length * next.factor));
            kinesis.call("UpdateShardCount", { StreamName, TargetShardCount, ScalingType: "UNIFORM_SCALING" });
        } else if (next.kind === "merge") {
            if (open.length < 2) return;
            const index = next.pick % (open.length - 1);
            const [left, right] = [open[index]!, open[index + 1]!];
            const input = { StreamName, ShardToMerge: left.ShardId, AdjacentShardToMerge: right.ShardId };
            kinesis.call("MergeShards", input);
        } else {
            const shard = open[next.pick % open.length]!;
            const { start, end } = rangeOf(shard);
            const at = start + ((end - start) * BigInt(next.part)) / 1_000n;
            kinesis.call("SplitShard", { StreamName, ShardToSplit: shard.ShardId, NewStartingHashKey: String(at) });
        }
    }

    /** Readers who finish the parents before the children see each key's records in the order in which they were written. */
    function assertInOrder(StreamName: string, all: readonly ShardAnswer[], written: number): void {
        const seen = new Map<string, number[]>();
        for (const { ShardId } of all) {
            const { ShardIterator } = kinesis.call("GetShardIterator", {
                StreamName,
                ShardId,
                ShardIteratorType: "TRIM_HORIZON",
            });
            for (const { PartitionKey, Data } of kinesis.call("GetRecords", { ShardIterator }).Records) {
                const numbers = seen.get(PartitionKey) ?? [];
                numbers.push(Number(Buffer.from(Data, "base64").toString()));
                seen.set(PartitionKey, numbers);
            }
        }
        const expected = Array.from({ length: 10 }, (_, key) => [
            `key-${key}`,
            Array.from({ length: written / 10 }, (__, index) => index * 10 + key),
        ]);
        assert.deepEqual([...seen].sort(), expected.sort());
    }
});

const rangeOf = ({ HashKeyRange }: ShardAnswer) => ({
    start: BigInt(HashKeyRange.StartingHashKey),
    end: BigInt(HashKeyRange.EndingHashKey),
});

const openOf = (shards: readonly ShardAnswer[]): ShardAnswer[] =>
    shards
        .filter(({ SequenceNumberRange }) => SequenceNumberRange.EndingSequenceNumber === undefined)
        .sort((left, right) => (rangeOf(left).start < rangeOf(right).start ? -1 : 1));

function assertTiles(ranges: readonly { start: bigint; end: bigint }[]): void {
    let next = 0n;
    for (const { start, end } of ranges) {
        assert.equal(start, next);
        assert.ok(end >= start);
        next = end + 1n;
    }
    assert.equal(next, hashKeySpace);
}

/** A child lies within its parents, comes after them in ids and in sequence numbers, and its parents are closed. */
function assertLineage(all: readonly ShardAnswer[]): void {
    const byId = new Map(all.map((shard) => [shard.ShardId, shard]));
    for (const child of all) {
        const parents = [child.ParentShardId, child.AdjacentParentShardId].flatMap((id) => (id ? [byId.get(id)!] : []));
        for (const parent of parents) {
            assert.ok(parent.ShardId < child.ShardId);
            const { EndingSequenceNumber } = parent.SequenceNumberRange;
            assert.ok(EndingSequenceNumber !== undefined);
            assert.ok(BigInt(EndingSequenceNumber) < BigInt(child.SequenceNumberRange.StartingSequenceNumber));
        }
        if (parents.length === 1) {
            const [inner, outer] = [rangeOf(child), rangeOf(parents[0]!)];
            assert.ok(inner.start >= outer.start && inner.end <= outer.end);
        }
        if (parents.length === 2) {
            const ranges = parents.map(rangeOf).sort((left, right) => (left.start < right.start ? -1 : 1));
            assert.deepEqual(rangeOf(child), { start: ranges[0]!.start, end: ranges[1]!.end });
        }
    }
}
