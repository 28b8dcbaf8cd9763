/**
 * The plan of the next day: the outlook, priced, and the cheapest way through it.
 */
import { updateCallsLeft } from "../ledger";
import { minuteMs, minutesPerDay } from "../../calendar";
import { limits } from "../../limits";
import { Courses } from "./courses";
import { type Emergency } from "./emergency";
import { forecastPast } from "./forecasts";
import { levelsOf, lossesOf, lossTable } from "./levels";
import { type ScalerMemory } from "./memory";
import { outlookOf } from "./outlook";
import { cheapestWay } from "./program";
import { callPriceShardMinutes, type Plan, type Situation } from "./situation";
import { steadyCount } from "./steady";
import { viewOf } from "./view";
import { walksOf } from "./walks";

/** What the last call is worth more, as a part of the declared peak; each one before it a third of that. */
const lastCallShardMinutes = 75;
const callPriceFade = 0.35;

/** Calls of a day that no plan foresees. */
const unforeseenCalls = 3;

/** A plan that promises to cost less than this part of a steady count is followed. */
const promisePart = 0.8;

/** A load that does not fit is expected to last at least so long. */
const emergencyMinutes = 8;

/** Makes the plan anew, and leaves it in the memory. */
export function planFor(situation: Situation, memory: ScalerMemory, emergency?: Emergency): Plan {
    const { observation, settings, minutes, open, effective, lagMinutes, sigma, budget } = situation;
    const { peakShards } = settings;
    const levels = levelsOf(settings, open);
    const worth = levels.map((level) => (level === open ? effective : level));
    forecastPast(minutes, peakShards);
    const courses = new Courses(minutes, peakShards, lagMinutes);
    const floor = emergency && { ...emergency, minutes: emergencyMinutes };
    const parts = outlookOf(minutes, courses, { peakShards, lagMinutes, floor });
    const table = memory.of(settings).losses(worth, sigma, lossTable);
    const losses = lossesOf(
        parts.map(({ probability }) => probability),
        levels.length,
        table,
    );
    const left = parts.map(({ fromMinute }) =>
        updateCallsLeft(observation.reshards, observation.nowMs + fromMinute * minuteMs),
    );
    const { walks, firstWalks } = walksOf(observation, settings, levels);
    const program = cheapestWay({
        parts,
        levels,
        losses,
        start: levels.indexOf(open),
        price: budget.price,
        left,
        calls: parts.map(({ fromMinute }, part) => {
            const unforeseen = (unforeseenCalls * fromMinute) / minutesPerDay;
            return Math.max(0, Math.floor(left[part]! - unforeseen + 1e-9));
        }),
        callsAfter: levels.map((level) => callsToPeak(level, peakShards)),
        callPrices: Array.from(
            { length: limits.updateShardCountCallsPer24Hours + 1 },
            (_, after) => callPriceShardMinutes + lastCallShardMinutes * peakShards * callPriceFade ** after,
        ),
        walks,
        // Splits are slow; a load that does not fit is not.
        firstWalks: emergency !== undefined && left[0]! > 0 ? [] : firstWalks,
    });
    const steady = emergency === undefined || mayHold(emergency) ? steadyCount(situation, levels, table) : undefined;
    const promised = program.cost / parts.reduce((sum, { minutes }) => sum + minutes, 0);
    const isHeld = steady !== undefined && promised >= promisePart * steady.costPerMinute;
    const path = isHeld ? parts.map(() => steady.index) : program.path;
    const plan = {
        open,
        target: levels[path[0]!]!,
        walksFirst: program.walksFirst && !isHeld,
        view: viewOf(situation, {
            parts,
            levels,
            losses,
            path,
            scenarios: courses.scenarios,
            held: isHeld ? steady.why : undefined,
        }),
    };
    memory.of(settings).plan = plan;
    return plan;
}

/** Whether a load may be left to a count that is held. One that was never so high, or is refused for long, is answered whatever would have done until now. */
export function mayHold({ isSevere, isUsual }: Emergency): boolean {
    return !isSevere || isUsual;
}

/** Calls that must be left after going to a count: the way to the declared peak, doubling. */
function callsToPeak(level: number, peakShards: number): number {
    const doublings = Math.log2(peakShards / level) / Math.log2(limits.updateShardCountGrowthFactorMax);
    return Math.max(0, Math.ceil(doublings - 1e-9));
}
