/** The clairvoyant of the bench is what it says: between the best of all plans, tried one by one, and what it calls its bound. */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { clairvoyant, clairvoyantModel } from "../../../bench/scaling/clairvoyant";

const maxShards = 4;
const minutes = 6;

describe("somebody who knows the future", () => {
    it("reaches what the best of all plans reaches, up to the price of a last refused unit, and never bounds it too high", () => {
        const loads = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: minutes, maxLength: minutes });
        fc.assert(
            fc.property(loads, fc.double({ min: 0.001, max: 0.3, noNaN: true }), (loadOfMinute, refusedShare) => {
                const load = loadOfMinute.flatMap((units) => new Array<number>(60).fill(units));
                const found = clairvoyant(load, { ...clairvoyantModel, refusedShare, startShards: 3, maxShards });
                const best = leastShardMinutes(loadOfMinute, refusedShare);
                assert.equal(found === undefined, best === Infinity);
                if (found === undefined) return;
                assert.ok(
                    found.boundShardHours * 60 <= best + 1e-6,
                    `bound ${found.boundShardHours * 60}, best ${best}`,
                );
                assert.ok(found.shardHours * 60 >= best - 1e-6, `found ${found.shardHours * 60}, best ${best}`);
                assert.ok(found.refusedPercent <= 100 * refusedShare + 1e-9);
            }),
            { numRuns: 60 },
        );
    });

    it("has ten calls a day: of twelve hours that each need two shards for half of it, it follows the first ten changes it likes", () => {
        const load = Array.from({ length: 12 * 3_600 }, (_, second) => (second % 3_600 < 1_800 ? 2 : 1));
        const found = clairvoyant(load, { ...clairvoyantModel, refusedShare: 0, startShards: 2, maxShards: 2 })!;
        // Five half hours of one shard, each a minute shorter, since a call takes one, and the last half hour, which needs no way back.
        assert.equal(found.refusedPercent, 0);
        assert.equal(Math.round(found.shardHours * 60), 12 * 120 - 5 * 30);
    });

    it("cannot where the most shards are too few", () => {
        const model = { ...clairvoyantModel, startShards: 2, maxShards: 2 };
        assert.equal(clairvoyant(new Array<number>(600).fill(3), model), undefined);
    });
});

/** By trying all: the count of each minute, from three on; a change begins in the minute before. */
function leastShardMinutes(loadOfMinute: readonly number[], refusedShare: number): number {
    const allowed = refusedShare * 60 * loadOfMinute.reduce((sum, load) => sum + load, 0) + 1e-9;
    const cost = (minute: number, shards: number, refused: number): number => {
        const refusedHere = refused + 60 * Math.max(0, loadOfMinute[minute]! - shards);
        if (refusedHere > allowed) return Infinity;
        if (minute === minutes - 1) return shards;
        let least = Infinity;
        for (let next = Math.ceil(shards / 2); next <= Math.min(2 * shards, maxShards); next++)
            least = Math.min(least, cost(minute + 1, next, refusedHere));

        return shards + least;
    };
    return cost(0, 3, 0);
}
