/** What holds for every decision of the predictive mode, whatever the stream has seen. */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { replay, replayModel, scalerPolicy, uniformShards } from "../../../../capacity/replay/replay";
import { decide } from "../../../../capacity/scaling/decide";
import { splitsAndMerges, updateCallsLeft } from "../../../../capacity/scaling/ledger";
import { type MinuteSample, type Observation, type ScalingSettings } from "../../../../capacity/scaling/observation";
import { ScalerMemory } from "../../../../capacity/scaling/predictive/memory";
import { daily, dayMs, halfWay, hourMs, minuteMs, planning, sample, seen, startMs } from "./history";

interface Course {
    readonly days: number;
    readonly low: number;
    readonly high: number;
    /** Minutes. */
    readonly period: number;
    readonly noise: number;
    readonly gaps: readonly (readonly [minute: number, minutes: number])[];
    readonly refusals: readonly (readonly [minute: number, minutes: number])[];
    readonly openShards: number;
}

const stretch = fc.tuple(fc.nat(3 * 1_440), fc.integer({ min: 1, max: 240 }));

const courses: fc.Arbitrary<Course> = fc.record({
    days: fc.double({ min: 0.8, max: 3, noNaN: true }),
    low: fc.double({ min: 0, max: 4, noNaN: true }),
    high: fc.double({ min: 0, max: 20, noNaN: true }),
    period: fc.constantFrom(60, 1_440, 997),
    noise: fc.constantFrom(0, 0.1, 0.5),
    gaps: fc.array(stretch, { maxLength: 3 }),
    refusals: fc.array(stretch, { maxLength: 2 }),
    openShards: fc.integer({ min: 1, max: 16 }),
});

/** The minutes of a course; the newest is always one of them. */
function samplesOf(course: Course): MinuteSample[] {
    const minutes = Math.floor(course.days * 1_440);
    const isIn = (minute: number, stretches: Course["gaps"]) =>
        stretches.some(([from, length]) => minute >= from && minute < from + length);
    const samples: MinuteSample[] = [];
    for (let minute = 0; minute < minutes; minute++) {
        if (minute < minutes - 1 && isIn(minute, course.gaps)) continue;
        const wave = (1 + Math.sin((2 * Math.PI * minute) / course.period)) / 2;
        const scatter = 1 + course.noise * Math.sin(minute ** 2);
        const load = (course.low + (course.high - course.low) * wave) * scatter;
        const accepted = Math.min(load, course.openShards);
        const refused = load - accepted + (isIn(minute, course.refusals) ? 0.2 : 0);
        samples.push(sample(minute, accepted, refused, course.openShards));
    }
    return samples;
}

const observations: fc.Arbitrary<Observation> = fc
    .record({
        course: courses,
        lateMinutes: fc.nat(12),
        evenShards: fc.integer({ min: 1, max: 16 }),
        splits: fc.nat(16),
        isHalfWay: fc.boolean(),
        updates: fc.nat(10),
        walked: fc.nat(50),
        iteratorAgeMs: fc.constantFrom(undefined, null, 0, hourMs),
    })
    .map(({ course, lateMinutes, evenShards, splits, isHalfWay, updates, walked, iteratorAgeMs }) => {
        const samples = samplesOf(course);
        const nowMs = samples.at(-1)!.startMs + (1 + lateMinutes) * minuteMs;
        const before = (count: number, kind: "update" | "merge") =>
            Array.from({ length: count }, (_, index) => ({ atMs: nowMs - (index + 1) * 20 * minuteMs, kind }));
        const shards = isHalfWay
            ? halfWay(evenShards + (splits % (evenShards + 1)), evenShards)
            : uniformShards(evenShards, 0);
        const reshards = [...before(updates, "update"), ...before(walked, "merge")];
        const observed = seen(nowMs, shards.length, samples, { shards, reshards, createdMs: startMs });
        return iteratorAgeMs === undefined ? withoutAge(observed) : { ...observed, iteratorAgeMs };
    });

function withoutAge({ iteratorAgeMs: _, ...observed }: Observation): Observation {
    return observed;
}

const allSettings: fc.Arbitrary<ScalingSettings> = fc
    .record({
        minShards: fc.integer({ min: 1, max: 4 }),
        maxShards: fc.integer({ min: 4, max: 20 }),
        peakShards: fc.double({ min: 1, max: 16, noNaN: true }),
        maxReshardsPerDay: fc.constantFrom(0, 5, 48, 10_000),
        refusedShareSlo: fc.constantFrom(0, 0.0001, 0.001, 0.1),
    })
    .map((declared) => planning(declared));

describe("whatever a stream has seen", () => {
    it("the predictive mode does only what is allowed, and its plan is one", () => {
        fc.assert(
            fc.property(observations, allSettings, (observed, settings) => {
                const decision = decide(observed, settings);
                assertLegal(decision.action, observed, settings);
                assert.ok(decision.message.length > 20 && decision.message.endsWith("."), decision.message);
                assert.ok(!/NaN|Infinity|undefined/.test(decision.message), decision.message);
                for (const [name, value] of Object.entries(decision.numbers)) assert.ok(Number.isFinite(value), name);
                if (decision.plan !== undefined) assertPlan(decision.plan, observed, settings);
            }),
            { numRuns: 60 },
        );
    });

    it("a decision that remembers is one that does not", () => {
        const jumps = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 4, maxLength: 6 });
        fc.assert(
            fc.property(courses, allSettings, jumps, (course, settings, steps) => {
                const samples = samplesOf(course);
                const memory = new ScalerMemory();
                let minute = Math.floor(samples.length * 0.8);
                for (const tens of steps) {
                    // A plan that is a few minutes old holds; from ten minutes on it is made anew.
                    minute = Math.min(samples.length, minute + 10 * tens);
                    const known = samples.slice(0, minute);
                    const nowMs = Math.ceil((known.at(-1)!.startMs + 2 * minuteMs) / (10 * minuteMs)) * 10 * minuteMs;
                    const observed = seen(nowMs, course.openShards, known);
                    const [remembers, forgets] = [decide(observed, settings, memory), decide(observed, settings)];
                    const { action, reason, message, plan } = forgets;
                    assert.deepEqual(
                        [remembers.action, remembers.reason, remembers.message],
                        [action, reason, message],
                    );
                    assert.deepEqual(remembers.plan?.steps, plan?.steps);
                    if (minute === samples.length) return;
                }
            }),
            { numRuns: 25 },
        );
    });
});

function assertLegal(
    action: ReturnType<typeof decide>["action"],
    { shards, reshards, nowMs, iteratorAgeMs }: Observation,
    { minShards, maxShards, maxReshardsPerDay }: ScalingSettings,
): void {
    const open = shards.length;
    if (action.kind === "none") return;
    if (action.kind === "update") {
        const target = action.targetShardCount;
        assert.ok(Number.isInteger(target) && target !== open);
        assert.ok(target >= Math.ceil(open / 2) && target <= 2 * open, `${open} to ${target}`);
        assert.ok(target >= Math.min(minShards, 2 * open) && target <= Math.max(maxShards, Math.ceil(open / 2)));
        assert.ok(updateCallsLeft(reshards, nowMs) > 0);
        if (target < open && open <= maxShards) assert.ok(iteratorAgeMs === null || iteratorAgeMs === 0);
        return;
    }
    assert.ok(splitsAndMerges(reshards, nowMs) < maxReshardsPerDay);
    const shard = shards.find(({ shardId }) => shardId === action.shardId)!;
    if (action.kind === "split") {
        assert.ok(open < maxShards);
        const cut = BigInt(action.newStartingHashKey);
        assert.ok(cut > shard.startingHashKey && cut <= shard.endingHashKey);
        return;
    }
    assert.ok(open > minShards);
    const beside = shards.find(({ shardId }) => shardId === action.adjacentShardId)!;
    assert.equal(beside.startingHashKey, shard.endingHashKey + 1n);
}

function assertPlan(
    plan: NonNullable<ReturnType<typeof decide>["plan"]>,
    { nowMs }: Observation,
    { minShards, maxShards, peakShards }: ScalingSettings,
): void {
    assert.equal(plan.madeMs, nowMs);
    assert.equal(plan.steps[0]!.fromMs, nowMs);
    assert.ok(plan.steps.at(-1)!.untilMs >= nowMs + 23 * hourMs && plan.steps.at(-1)!.untilMs <= nowMs + dayMs);
    let hours = 0;
    for (const [index, { fromMs, untilMs, shards, expectedLoadShards, highLoadShards }] of plan.steps.entries()) {
        if (index > 0) assert.equal(fromMs, plan.steps[index - 1]!.untilMs);
        assert.ok(untilMs > fromMs);
        assert.ok(Number.isInteger(shards) && shards >= minShards && shards <= maxShards);
        assert.ok(expectedLoadShards >= 0 && Number.isFinite(highLoadShards) && highLoadShards > 0);
        hours += ((Math.ceil(peakShards) - shards) * (untilMs - fromMs)) / hourMs;
    }
    assert.ok(plan.expectedRefusedShare >= 0 && plan.expectedRefusedShare <= 1);
    assert.ok(Math.abs(plan.savedShardHours - hours) < 1e-6);
    assert.ok(plan.errorBudgetDays >= -12 && plan.errorBudgetDays <= 4);
    for (const day of plan.fromDaysMs) assert.equal(day % dayMs, 0);
    assert.equal(new Set(plan.fromDaysMs).size, plan.fromDaysMs.length);
}

describe("a replay of two days and a morning", () => {
    const load = Float64Array.from({ length: 57 * 3_600 }, (_, second) => {
        const jump = second > 180_000 && second < 181_200 ? 3 : 0;
        return 0.6 * daily(Math.floor(second / 60)) * (1 + 0.05 * Math.sin(1.7 * second)) + jump;
    });
    for (const maxReshardsPerDay of [0, 48, 10_000]) {
        it(`makes no call that AWS or a cap of ${maxReshardsPerDay} refuses, and refuses little`, () => {
            const settings = planning({ minShards: 1, maxShards: 9, peakShards: 6, maxReshardsPerDay });
            const model = { ...replayModel, startShards: 4, startMs, maxReshardsPerDay };
            const outcome = replay(load, scalerPolicy(settings), model);
            assert.deepEqual(outcome.illegal, {});
            assert.ok(outcome.decisions.some(({ reason }) => reason === "plan-in"));
            assert.ok(outcome.updateCalls <= 24 && outcome.mostSplitsAndMergesPerDay <= maxReshardsPerDay);
            assert.ok(outcome.rejectedPercent < 1, `${outcome.rejectedPercent} %`);
            assert.ok(outcome.shardHours < 57 * 6 * 0.9, `${outcome.shardHours} shard-hours`);
        });
    }
});
