/** The floor and the ceiling that follow from requirements where they are not declared. */
import * as assert from "node:assert/strict";
import { planCapacity } from "../../../capacity/sizing/plan";
import { scalingRange } from "../../../capacity/scaling/range";
import { scalingProblems } from "../../../capacity/scaling/settings";

const plan = (writeMiBPerSecond: number, recordsPerSecond = 1) => planCapacity({ writeMiBPerSecond, recordsPerSecond });

describe("between which counts a scaler works", () => {
    const rows: [title: string, MiBPerSecond: number, declared: object, expected: [number, number, number]][] = [
        ["the plan's minimum and twice its recommended count", 3.5, {}, [4, 10, 3.5]],
        ["a raised requirement raises both", 7, {}, [7, 18, 7]],
        ["a declared floor stays", 3.5, { minShards: 2 }, [2, 10, 3.5]],
        ["a floor above the ceiling's default lifts it", 3.5, { minShards: 30 }, [30, 30, 3.5]],
        ["a ceiling below the floor's default lowers it", 3.5, { maxShards: 3 }, [3, 3, 3.5]],
        ["the most shards that a stream gets end it", 9_000, {}, [9_000, 10_000, 9_000]],
        ["a load of next to nothing has a peak, too", 1e-6, {}, [1, 4, 0.001]],
    ];
    for (const [title, MiBPerSecond, declared, [minShards, maxShards, peakShards]] of rows) {
        it(title, () => {
            const range = scalingRange(plan(MiBPerSecond), declared);
            assert.deepEqual(range, { minShards, maxShards, peakShards });
            assert.deepEqual(scalingProblems(range), []);
        });
    }
});
