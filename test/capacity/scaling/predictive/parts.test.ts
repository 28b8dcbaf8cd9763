/** The parts of a plan, each with exact values: the noise, the error budget, the counts, the walks, the cheapest way. */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { loadBins } from "../../../../capacity/scaling/predictive/bins";
import { errorBudget } from "../../../../capacity/scaling/predictive/budget";
import { Courses } from "../../../../capacity/scaling/predictive/courses";
import { levelsOf, lossTable } from "../../../../capacity/scaling/predictive/levels";
import { LoadMinutes } from "../../../../capacity/scaling/predictive/minutes";
import { expectedLoss, NoiseWitness } from "../../../../capacity/scaling/predictive/noise";
import { outlookOf } from "../../../../capacity/scaling/predictive/outlook";
import { cheapestWay, type ProgramInput } from "../../../../capacity/scaling/predictive/program";
import { scenariosOf } from "../../../../capacity/scaling/predictive/scenarios";
import { walksOf } from "../../../../capacity/scaling/predictive/walks";
import { at, daily, halfWay, hourMs, planning, sample, seen } from "./history";

function minutesOf(count: number, loadOf: (minute: number) => number, refused = 0, open?: number): LoadMinutes {
    const minutes = new LoadMinutes(8);
    minutes.extend(
        Array.from({ length: count }, (_, minute) => sample(minute, loadOf(minute), refused, open)),
        8,
    );
    return minutes;
}

describe("what a load is refused on average", () => {
    it("is the part of a normal distribution that is above the shards", () => {
        const rows: [load: number, shards: number, sigma: number][] = [
            [4, 4, 0.06],
            [4, 5, 0.06],
            [4, 4.5, 0.2],
            [6, 4, 0.1],
        ];
        for (const [load, shards, sigma] of rows) {
            const scatter = sigma * Math.sqrt(load * 8);
            let integral = 0;
            const step = scatter / 500;
            for (let x = shards + step / 2; x < load + 9 * scatter; x += step) {
                const density = Math.exp(-(((x - load) / scatter) ** 2) / 2) / (scatter * Math.sqrt(2 * Math.PI));
                integral += (x - shards) * density * step;
            }
            assert.ok(Math.abs(expectedLoss(load, shards, sigma, 8) - integral) < 1e-6, `${load} at ${shards}`);
        }
    });

    it("without noise is what is above, and far away too", () => {
        assert.equal(expectedLoss(5, 4, 0, 8), 1);
        assert.equal(expectedLoss(3, 4, 0, 8), 0);
        assert.equal(expectedLoss(0, 4, 0.1, 8), 0);
        assert.equal(expectedLoss(1, 8, 0.01, 8), 0);
        assert.equal(expectedLoss(8, 2, 0.01, 8), 6);
    });

    it("falls with more shards", () => {
        fc.assert(
            fc.property(
                fc.double({ min: 0.003, max: 0.2, noNaN: true }),
                fc.integer({ min: 2, max: 30 }),
                (sigma, most) => {
                    const levels = Array.from({ length: most }, (_, index) => index + 1);
                    const table = lossTable(levels, sigma, most / 2);
                    for (let index = 0; index < table.length; index++) {
                        assert.ok(table[index]! >= -1e-9);
                        if (index % most > 0) assert.ok(table[index]! <= table[index - 1]! + 1e-9);
                    }
                },
            ),
            { numRuns: 20 },
        );
    });
});

describe("the noise is learned", () => {
    const learned = (load: number, refused: number): number => {
        const minutes = minutesOf(1_440, () => load, refused, 8);
        const noise = new NoiseWitness(8);
        noise.extend(minutes, minutes.newest);
        return noise.sigma();
    };

    it("as little where steady minutes near the capacity refuse nothing, as much where they do", () => {
        assert.ok(learned(7.5, 0) < 0.02);
        assert.ok(learned(7.5, 0.01) > 0.05);
    });

    it("as nobody knows better where the capacity is far", () => {
        assert.equal(Number(learned(1, 0).toFixed(5)), 0.06229);
    });

    it("the same in one look as in many", () => {
        const minutes = minutesOf(2_000, (minute) => 6 + Math.sin(minute / 50), 0, 8);
        const [once, often] = [new NoiseWitness(8), new NoiseWitness(8)];
        once.extend(minutes, minutes.newest);
        for (let until = minutes.first; until <= minutes.newest; until += 7) often.extend(minutes, until);
        often.extend(minutes, minutes.newest);
        assert.equal(often.sigma(), once.sigma());
    });
});

describe("the error budget", () => {
    const rows: [title: string, days: number, load: number, refused: number, slo: number, expected: number][] = [
        ["is four days at most", 14, 8, 0, 0.001, 4],
        ["of a young stream is less: it has saved nothing", 1, 8, 0, 0.001, 1 - 3 * (6 / 7)],
        ["is spent by what is refused, by a part of the promise", 10, 8, 0.0028, 0.001, 0],
        ["and overdrawn", 10, 8, 0.0042, 0.001, -5],
        ["by eight days at most", 10, 8, 1, 0.001, -8],
        ["of no promise is none", 10, 8, 0, 0, 0],
        ["of no promise is overdrawn by anything", 10, 8, 0.001, 0, -8],
        ["of a stream without load is none", 10, 0, 0, 0.001, 0],
    ];
    for (const [title, days, load, refused, slo, expected] of rows) {
        it(title, () => {
            const minutes = minutesOf(days * 1_440, () => load, refused);
            const budget = errorBudget(minutes, slo);
            assert.ok(Math.abs(budget.days - expected) < 0.05, `${budget.days}`);
            assert.ok(Math.abs(budget.price - 120 * Math.exp(-budget.days / 4)) < 1e-6);
        });
    }

    it("counts a bad day for more than as much spread over all of them: the standard error of their average", () => {
        const refusedOn = (days: readonly number[]) => {
            const minutes = new LoadMinutes(8);
            const samples = Array.from({ length: 10 * 1_440 }, (_, minute) =>
                sample(minute, 8, days.includes(Math.floor(minute / 1_440)) ? 0.028 / days.length : 0),
            );
            minutes.extend(samples, 8);
            return errorBudget(minutes, 0.001).days.toFixed(2);
        };
        assert.equal(refusedOn([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), "0.00");
        assert.equal(refusedOn([0, 2, 4, 6, 8]), "-3.33");
        assert.equal(refusedOn([0, 5]), "-6.66");
        assert.equal(refusedOn([4]), "-8.00");
    });

    it("is within its ends, and a promise of less costs no more", () => {
        const share = fc.double({ min: 0, max: 0.1, noNaN: true });
        fc.assert(
            fc.property(
                fc.nat(3_000),
                fc.constantFrom(0, 1e-6, 0.001, 3),
                share,
                share,
                (more, refused, one, other) => {
                    const minutes = minutesOf(1 + more, () => 3, refused);
                    const [low, high] = [
                        errorBudget(minutes, Math.min(one, other)),
                        errorBudget(minutes, Math.max(one, other)),
                    ];
                    assert.ok(high.price <= low.price + 1e-9);
                    for (const { days } of [low, high]) assert.ok(days >= -12 && days <= 4);
                },
            ),
            { numRuns: 40 },
        );
    });
});

describe("the counts that a plan considers", () => {
    const rows: [title: string, min: number, max: number, open: number, expected: number[]][] = [
        ["any up to 12, even ones to 24", 2, 20, 4, [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16, 18, 20]],
        ["then steps of a twentieth", 24, 32, 24, [24, 26, 28, 30, 32]],
        ["the open one, and the ends", 14, 17, 15, [14, 15, 16, 17]],
        ["one, where there is no choice", 5, 5, 5, [5]],
    ];
    for (const [title, minShards, maxShards, open, expected] of rows)
        it(title, () => assert.deepEqual(levelsOf({ minShards, maxShards }, open), expected));
});

describe("the walks of a plan", () => {
    const nowMs = at(3, "12:00");
    const levels = [1, 2, 3, 4, 5, 6, 7, 8];
    const first = (open: number, maxReshardsPerDay: number, merges = 0, shards = halfWay(open, open)) => {
        const reshards = Array.from({ length: merges }, () => ({ atMs: nowMs - hourMs, kind: "merge" as const }));
        const { firstWalks } = walksOf(
            seen(nowMs, open, [], { shards, reshards }),
            planning({ maxReshardsPerDay }),
            levels,
        );
        return firstWalks.map(({ to, minutes, price }) => [levels[to], minutes, price]);
    };
    it("lead to half and to twice as many", () => {
        assert.deepEqual(first(4, 48), [
            [2, 2, 200],
            [8, 4, 400],
        ]);
        assert.deepEqual(first(4, 10_000), [
            [2, 2, 40],
            [8, 4, 80],
        ]);
        assert.deepEqual(first(3, 48), [[6, 3, 300]]);
    });
    it("are none without splits and merges, or where the way back would not be left", () => {
        assert.deepEqual(first(4, 0), []);
        assert.deepEqual(first(4, 48, 44), [[2, 2, 200]]);
        assert.deepEqual(first(4, 48, 45), []);
    });
    it("from half-way lead to either end", () => {
        assert.deepEqual(first(6, 48, 0, halfWay(6, 4)), [
            [4, 2, 200],
            [8, 2, 200],
        ]);
        assert.deepEqual(first(3, 48, 0, halfWay(3, 2)), [
            [2, 1, 100],
            [4, 1, 100],
        ]);
    });
});

describe("the cheapest way", () => {
    /** Six parts of three minutes; the load is 1.5 shards and rises to 4 with the fourth. */
    const way = (more: Partial<ProgramInput> = {}, rises = 3) => {
        const levels = [2, 4];
        const parts = Array.from({ length: 6 }, (_, index) => ({
            fromMinute: 3 * index,
            minutes: 3,
            probability: new Float64Array(0),
        }));
        const losses = Float64Array.from(
            parts.flatMap((_, part) => levels.map((level) => Math.max(0, (part < rises ? 1.5 : 4) - level))),
        );
        return cheapestWay({
            parts,
            levels,
            losses,
            start: 0,
            price: 100,
            left: parts.map(() => 10),
            calls: parts.map(() => 10),
            callsAfter: [1, 0],
            callPrices: new Array<number>(11).fill(40),
            walks: [[], []],
            firstWalks: [],
            ...more,
        });
    };
    const low = [0, 0, 0, 0, 0, 0];

    it("goes just before a certain rise, since a call takes its minute", () => {
        // 2 shards for six minutes, three minutes that begin at 2 and end at 4, 4 for nine; a call.
        assert.deepEqual(way(), {
            path: [0, 0, 1, 1, 1, 1],
            walksFirst: false,
            cost: 12 + 2 + 8 + 36 + 40,
            costOfStaying: 36 + 9 * 200,
        });
        assert.deepEqual(way({}, 1).path, [1, 1, 1, 1, 1, 1]);
    });
    it("stays where no call is left, or none would pay", () => {
        assert.deepEqual(way({ calls: [0, 0, 0, 0, 0, 0], left: [0, 0, 0, 0, 0, 0] }).path, low);
        assert.deepEqual(way({ price: 1 }).path, low);
        assert.deepEqual(way({ callPrices: new Array<number>(11).fill(5_000) }).path, low);
    });
    it("waits for a call that comes back", () => {
        assert.deepEqual(way({ calls: [0, 0, 0, 0, 1, 1], left: [0, 0, 0, 0, 1, 1] }).path, [0, 0, 0, 0, 1, 1]);
    });
    it("goes in only with enough calls for the way back", () => {
        const falls = { start: 1, price: 100, callPrices: new Array<number>(11).fill(1) };
        assert.deepEqual(way(falls, 6).path, low);
        assert.deepEqual(
            way({ ...falls, calls: [1, 1, 1, 1, 1, 1], left: [1, 1, 1, 1, 1, 1] }, 6).path,
            [1, 1, 1, 1, 1, 1],
        );
    });
    it("takes a small step out now only where the calls left after it lead to the declared peak, and later ones as it likes", () => {
        // With one call of two left, 4 shards are no place to be: 8 are. A step that is planned for later is planned anew before it is made.
        const peaks = { levels: [2, 4, 8], callsAfter: [2, 1, 0], walks: [[], [], []], start: 0 };
        const rises = (at: number) =>
            Float64Array.from({ length: 18 }, (_, index) => (index < 3 * at || index % 3 > 0 ? 0 : 2));
        const calls = (most: number) => ({
            calls: new Array<number>(6).fill(most),
            left: new Array<number>(6).fill(most),
        });
        assert.deepEqual(way({ ...peaks, losses: rises(0), ...calls(2) }).path, [1, 1, 1, 1, 1, 1]);
        assert.deepEqual(way({ ...peaks, losses: rises(0), ...calls(1) }).path, [0, 1, 1, 1, 1, 1]);
        assert.deepEqual(way({ ...peaks, losses: rises(1), ...calls(1) }).path, [0, 1, 1, 1, 1, 1]);
    });
    it("walks where that is the only way, and says so", () => {
        const walks = [[{ to: 1, minutes: 2, price: 20 }], []];
        const none = { calls: [0, 0, 0, 0, 0, 0], left: [0, 0, 0, 0, 0, 0] };
        assert.deepEqual(way({ ...none, walks }).path, [0, 0, 1, 1, 1, 1]);
        assert.deepEqual(way({ ...none, walks, firstWalks: walks[0]! }, 0).walksFirst, true);
        assert.deepEqual(way({ ...none, walks }, 0).path, [0, 1, 1, 1, 1, 1]);
        // 2 shards for six minutes, 3 on average for the two of the walk, 4 for ten; the walk.
        assert.equal(way({ ...none, walks }).cost, 12 + 6 + 40 + 20);
        // A load of 4 from the start: until the walk has ended the shards take what two of them take.
        assert.equal(way({ ...none, walks }, 0).cost, 3 * 202 + 2 * 203 + 13 * 4 + 20);
    });
});

describe("the outlook", () => {
    const minutes = minutesOf(3 * 1_440 + 700, daily);
    const scenarios = scenariosOf(minutes);

    it("has the days before as its likeliest courses, at the same time", () => {
        assert.deepEqual(
            scenarios.slice(0, 2).map(({ anchor }) => (minutes.count - 1 - anchor) % 1_440),
            [0, 0],
        );
        for (const { weight, logRatio } of scenarios)
            assert.ok(Number.isFinite(weight) && weight >= 0 && Number.isFinite(logRatio));
    });

    it("is a distribution in each of its parts, and none is below a load that does not fit", () => {
        const floor = { load: 7, minutes: 8, precedents: undefined };
        const parts = outlookOf(minutes, new Courses(minutes, 8, 2), { peakShards: 8, lagMinutes: 2, floor });
        assert.equal(parts.length, 52);
        for (const { probability } of parts) {
            assert.equal(probability.length, loadBins);
            assert.ok(probability.every((share) => share >= 0));
            assert.ok(Math.abs(probability.reduce((sum, share) => sum + share, 0) - 1) < 1e-9);
        }
        const below = Math.round(Math.log(7 / 0.08) / 0.03);
        assert.equal(
            parts[0]!.probability.subarray(0, below - 1).reduce((sum, share) => sum + share, 0),
            0,
        );
    });
});
