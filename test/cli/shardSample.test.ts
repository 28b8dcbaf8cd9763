/** Where `hot-shards --sample` reads: in places with as much load between them, so that no minute speaks for all. */
import assert from "node:assert/strict";
import { samplePlaces } from "../../cli/shardSample";

const minute = (startMs: number, records: number) => ({ startMs, records });

describe("a sample of a shard is read", () => {
    const rows: readonly (readonly [title: string, minutes: ReturnType<typeof minute>[], places: number[]])[] = [
        ["whole, from its first record, where it has no more", [minute(0, 0), minute(60_000, 100)], [60_000]],
        ["in five places of an even minute", [minute(0, 1_000)], [0, 12_000, 24_000, 36_000, 48_000]],
        [
            "where the load is, and not where it is silent",
            [minute(0, 200), minute(60_000, 0), minute(120_000, 800)],
            [0, 120_000, 135_000, 150_000, 165_000],
        ],
        ["nowhere without load", [minute(0, 0)], []],
    ];
    for (const [title, minutes, places] of rows) it(title, () => assert.deepEqual(samplePlaces(minutes, 100), places));
});
