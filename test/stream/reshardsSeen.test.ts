/** The reshards of the last day where no ledger counted them: found between the shards of two times. */
import assert from "node:assert/strict";
import { reshardsSeen } from "../../stream/reshardsSeen";
import { hourMs, midnightMs, minuteMs, World } from "../scaler/world";

describe("where no ledger counts, the shards of the last day show", () => {
    const nowMs = midnightMs + 24 * hourMs;
    const rows: readonly (readonly [title: string, open: number, act: (world: World) => void, seen: string])[] = [
        ["nothing where nothing was done", 4, () => undefined, ""],
        ["a call", 4, (world) => world.foreignUpdate(8), "update"],
        ["a split by hand", 4, (world) => world.foreignSplit(1), "split"],
        ["a split of one of two shards", 2, (world) => world.foreignSplit(1), "split"],
        ["a merge by hand", 4, (world) => world.foreignMerge(1), "merge"],
        ["a call where a split of the only shard looks the same", 1, (world) => world.foreignSplit(0), "update"],
    ];
    for (const [title, open, act, expected] of rows) {
        it(title, async () => {
            const world = new World(open);
            const before = world.shards;
            act(world);
            const actMs = nowMs - 10 * hourMs - 7 * minuteMs;
            const stream = {
                openShards: () => Promise.resolve(world.shards),
                openShardsAt: (atMs: number) => Promise.resolve(atMs < actMs ? before : world.shards),
            };
            const seen = await reshardsSeen(stream, { createdMs: midnightMs, nowMs });
            assert.equal(seen.map(({ kind }) => kind).join(), expected);
            for (const { atMs } of seen) assert.ok(atMs >= actMs && atMs < actMs + 20_000);
        });
    }
});
