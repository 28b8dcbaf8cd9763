/** The published scalers act when and as their own rules say. */
import assert from "node:assert/strict";
import { publishedScalers } from "../../../capacity/replay/peers";
import { replay, type ReplayModel, replayModel } from "../../../capacity/replay/replay";
import { doubleHalvePolicy, targetTrackingPolicy } from "../../../capacity/replay/rules";

const bounds = { minShards: 1, maxShards: 40 };
const tracking = { ...bounds, target: 0.7, lookBackMinutes: 60, callsKept: 3 };

const [samples, substation, utils] = publishedScalers(bounds).map(({ name }) => name);

describe("a published scaler keeps to its rule", () => {
    type Row = readonly [
        scaler: string | undefined,
        shards: number,
        usedPercent: number,
        first: { readonly minute: number; readonly to: number } | undefined,
    ];
    const rows: readonly Row[] = [
        // Five of five periods of five minutes, seen a minute late.
        [samples, 4, 75, { minute: 26, to: 8 }],
        [samples, 4, 74, undefined],
        [samples, 4, 24, { minute: 301, to: 2 }],
        [samples, 4, 25, undefined],
        [samples, 30, 90, { minute: 26, to: 40 }],
        [substation, 4, 70, { minute: 6, to: 8 }],
        [substation, 4, 69, undefined],
        [substation, 12, 80, { minute: 6, to: 21 }],
        [substation, 20, 80, { minute: 6, to: 30 }],
        [substation, 36, 80, { minute: 6, to: 40 }],
        [substation, 4, 34, { minute: 61, to: 2 }],
        [substation, 12, 34, { minute: 61, to: 7 }],
        [substation, 4, 35, undefined],
        // Looked at every five minutes.
        [utils, 5, 76, { minute: 10, to: 8 }],
        [utils, 5, 74, undefined],
        [utils, 8, 24, { minute: 20, to: 6 }],
        [utils, 3, 20, undefined],
    ];
    for (const [scaler, shards, usedPercent, first] of rows) {
        const does = first === undefined ? "leaves them" : `goes to ${first.to} after ${first.minute} minutes`;
        it(`${scaler}: ${shards} shards used to ${usedPercent} %: ${does}`, () => {
            const policy = publishedScalers(bounds).find(({ name }) => name === scaler)!;
            const load = new Array<number>(310 * 60).fill((shards * usedPercent) / 100 + 1e-12);
            const [decision] = replay(load, policy, { ...replayModel, startShards: shards }).decisions;
            assert.deepEqual(decision && { minute: decision.minute, to: decision.to }, first);
        });
    }

    // Half of ten shards for six hours, nothing for six, and half of ten again: shards at the end of each hour from the gap on.
    const gaps: readonly (readonly [scaler: string | undefined, told: string, shards: readonly number[]])[] = [
        [samples, "fills 0", [10, 10, 10, 10, 5, 5, 10, 10]],
        [substation, "repeats the last use", [10, 10, 10, 10, 10, 10, 10, 10]],
        [utils, "counts it as low", [8, 6, 5, 4, 3, 3, 8, 8]],
    ];
    for (const [scaler, told, shards] of gaps) {
        it(`${scaler}, without a datapoint: ${told}`, () => {
            const policy = publishedScalers(bounds).find(({ name }) => name === scaler)!;
            const hours = [5, 5, 5, 5, 5, 5, 0, 0, 0, 0, 0, 0, 5, 5];
            const load = hours.flatMap((each) => new Array<number>(3_600).fill(each));
            const { shardsByMinute } = replay(load, policy, { ...replayModel, startShards: 10 });
            assert.deepEqual(
                hours.slice(6).map((_, hour) => shardsByMinute[(7 + hour) * 60 - 1]),
                shards,
            );
        });
    }

    it("brexhq/substation scales in by the use that it repeats, as long as its alarm still sees it", () => {
        const policy = publishedScalers(bounds).find(({ name }) => name === substation)!;
        const parts = [
            [60, 5],
            [10, 2],
            [300, 0],
        ] as const;
        const load = parts.flatMap(([minutes, each]) => new Array<number>(minutes * 60).fill(each));
        const { decisions } = replay(load, policy, { ...replayModel, startShards: 10 });
        assert.deepEqual(
            decisions.map(({ minute, from, to }) => ({ minute, from, to })),
            [{ minute: 121, from: 10, to: 6 }],
        );
    });

    it("runs as often as its rule says, by the clock, however often the scaler does", () => {
        // 00:01 to 06:01, and ten shards of which one is used.
        const start = { ...replayModel, startShards: 10, startMs: replayModel.startMs + 60_000 };
        const load = new Array<number>(360 * 60).fill(1);
        const first = (model: ReplayModel) =>
            [...publishedScalers(bounds), doubleHalvePolicy(bounds), targetTrackingPolicy(tracking)].map(
                (policy) => replay(load, policy, model).decisions[0]?.minute,
            );
        for (const everyMinutes of [1, 5, 7]) assert.deepEqual(first({ ...start, everyMinutes }), [301, 61, 19, 4, 2]);
    });

    it("and names where that is published", () => {
        for (const { name, source } of publishedScalers({ minShards: 1, maxShards: 2 }))
            assert.ok(source.startsWith(`https://github.com/${name} (`), source);
    });
});
