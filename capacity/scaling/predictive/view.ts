/**
 * A plan as people read it: shards and expected load by the hour, from which days, what it saves and what it may refuse.
 */
import { minuteMs, minutesPerDay } from "../../calendar";
import { type HeldCount, type PlannedStep, type ShardPlan } from "../observation";
import { loadBins, loadOfBin, topOfBin } from "./bins";
import { type OutlookPart } from "./outlook";
import { type Scenario } from "./scenarios";
import { type Situation } from "./situation";

/** What only one case in twenty exceeds. */
const highShare = 0.95;

/** Days of less than this part of the likeliest one's weight are not named. */
const namedShareMin = 0.1;

interface Planned {
    readonly parts: readonly OutlookPart[];
    readonly levels: readonly number[];
    readonly losses: Float64Array;
    /** Index of the level in each part. */
    readonly path: readonly number[];
    readonly scenarios: readonly Scenario[];
    /** What speaks for the count that the path holds, if it holds one. */
    readonly held: HeldCount | undefined;
}

export function viewOf(situation: Situation, { parts, levels, losses, path, scenarios, held }: Planned): ShardPlan {
    const { observation, settings, budget } = situation;
    const steps: PlannedStep[] = [];
    let [offered, refused, shardMinutes, minutesInAll] = [0, 0, 0, 0];
    for (const [index, { fromMinute, minutes, probability }] of parts.entries()) {
        const level = path[index]!;
        const [mean, high] = loadOf(probability, settings.peakShards);
        offered += minutes * mean;
        refused += minutes * losses[index * levels.length + level]!;
        shardMinutes += minutes * levels[level]!;
        minutesInAll += minutes;
        steps.push({
            fromMs: observation.nowMs + fromMinute * minuteMs,
            untilMs: observation.nowMs + (fromMinute + minutes) * minuteMs,
            shards: levels[level]!,
            expectedLoadShards: mean,
            highLoadShards: high,
        });
    }
    return {
        madeMs: observation.nowMs,
        steps,
        fromDaysMs: daysOf(situation, scenarios),
        expectedRefusedShare: offered > 0 ? refused / offered : 0,
        savedShardHours: (Math.ceil(settings.peakShards) * minutesInAll - shardMinutes) / 60,
        errorBudgetDays: budget.days,
        ...(held && { held }),
    };
}

function loadOf(probability: Float64Array, peakShards: number): readonly [mean: number, high: number] {
    let [mean, below, highest] = [0, 0, 0];
    for (let bin = 0; bin < loadBins; bin++) {
        mean += probability[bin]! * loadOfBin(bin, peakShards);
        if (below < highShare) highest = bin;
        below += probability[bin]!;
    }
    return [mean, topOfBin(highest, peakShards)];
}

/** The days that the scenarios come from, the likeliest first. */
function daysOf({ minutes }: Situation, scenarios: readonly Scenario[]): number[] {
    const weights = new Map<number, number>();
    for (const { anchor, weight } of scenarios) {
        const day = Math.floor((minutes.first + anchor) / minutesPerDay) * minutesPerDay * minuteMs;
        weights.set(day, (weights.get(day) ?? 0) + weight);
    }
    const sorted = [...weights].sort(([, left], [, right]) => right - left);
    const least = namedShareMin * (sorted[0]?.[1] ?? 0);
    return sorted.filter(([, weight]) => weight >= least).map(([day]) => day);
}
