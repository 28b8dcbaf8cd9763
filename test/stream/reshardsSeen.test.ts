/** The reshards of the last day where no ledger counted them: found between the shards of two times. */
import assert from "node:assert/strict";
import { openSince, reshardsSeen } from "../../stream/reshardsSeen";
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

describe("the open shards are these", () => {
    const [fromMs, nowMs] = [midnightMs, midnightMs + 180 * minuteMs];
    const since = async (changes: readonly number[]): Promise<{ readonly sinceMs: number; readonly looks: number }> => {
        const world = new World(4);
        let looks = 0;
        const openShardsAt = (atMs: number) => {
            looks++;
            const changesSince = changes.filter((changedMs) => changedMs > atMs).length;
            return Promise.resolve(changesSince === 0 ? world.shards : world.shards.slice(changesSince));
        };
        return { sinceMs: await openSince({ openShardsAt }, world.shards, { fromMs, nowMs }), looks };
    };

    it("from the first on where nothing changed, which one look tells", async () =>
        assert.deepEqual(await since([fromMs - 1]), { sinceMs: fromMs, looks: 1 }));

    it("from the last change on, to 20 seconds", async () => {
        const lastMs = nowMs - 37 * minuteMs - 1_234;
        const { sinceMs, looks } = await since([lastMs - 50 * minuteMs, lastMs]);
        assert.ok(sinceMs >= lastMs && sinceMs < lastMs + 20_000, String(sinceMs - lastMs));
        assert.ok(looks <= 12, String(looks));
    });

    it("from the first on where the stream was being made then", async () => {
        const world = new World(4);
        const openShardsAt = (atMs: number) => Promise.resolve(atMs < fromMs + minuteMs ? [] : world.shards);
        assert.equal(await openSince({ openShardsAt }, world.shards, { fromMs, nowMs }), fromMs);
    });
});
