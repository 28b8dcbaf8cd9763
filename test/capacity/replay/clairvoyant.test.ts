/** The clairvoyant of the bench is what it says: between the best of all plans, tried one by one, and what it calls its bound. */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { clairvoyant, clairvoyantModel, clairvoyantOnAverage } from "../../../bench/scaling/clairvoyant";
import { rhythm, rhythmNoise } from "../../../bench/scaling/shapes";

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

    it("needs fewer than somebody who knows of each minute only what it draws on average", () => {
        // Each minute has two units or none, at even chances.
        const model = { ...clairvoyantModel, refusedShare: 0.1, startShards: 2, maxShards: 2 };
        const least = clairvoyantOnAverage(
            100,
            (_, levels, refused) => {
                for (let level = 0; level < levels.length; level++)
                    refused[level] = 30 * Math.max(0, 2 - levels[level]!);
                return 60;
            },
            model,
        )!;
        // One shard refuses half of it: so in one minute of five.
        assert.equal(Math.round(least.boundShardHours * 60), 180);
        const drawn = new Array<number>(6_000).fill(0, 0, 3_000).fill(2, 3_000);
        assert.ok(clairvoyant(drawn, model)!.shardHours < least.boundShardHours);
    });

    it("a rhythm without what its minutes draw anew is the rhythm over draws of that scatter", () => {
        const [load, base] = [rhythm({ days: 4, seed: 2 }), rhythm({ days: 4, seed: 2, isSmooth: true })];
        const draws = Array.from({ length: 4 * 1_440 }, (_, minute) =>
            Math.log(load[minute * 60]! / base[minute * 60]!),
        );
        const known = draws.filter(Number.isFinite);
        const mean = known.reduce((sum, draw) => sum + draw, 0) / known.length;
        const deviation = Math.sqrt(known.reduce((sum, draw) => sum + (draw - mean) ** 2, 0) / known.length);
        assert.ok(Math.abs(mean) < 0.02 && Math.abs(deviation - rhythmNoise) < 0.01, `${mean} ${deviation}`);
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
