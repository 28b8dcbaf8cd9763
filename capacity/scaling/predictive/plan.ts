/**
 * The plan of the next day: the outlook, priced, and the cheapest way through it.
 */
import { updateCallsLeft } from "../ledger";
import { minuteMs } from "../load";
import { limits } from "../../limits";
import { type Emergency } from "./emergency";
import { levelsOf, lossTable } from "./levels";
import { type ScalerMemory } from "./memory";
import { minutesPerDay } from "./minutes";
import { loadBins, type OutlookPart, outlookOf } from "./outlook";
import { cheapestWay } from "./program";
import { scenariosOf } from "./scenarios";
import { callPriceShardMinutes, type Plan, type Situation } from "./situation";
import { viewOf } from "./view";
import { walksAreFree, walksOf } from "./walks";

/** What the last call is worth more, as a part of the declared peak; each one before it a third of that. */
const lastCallShardMinutes = 75;
const callPriceFade = 0.35;

/** Calls of a day that no plan foresees. */
const unforeseenCalls = 3;

/** A load that does not fit is expected to last at least so long. */
const emergencyMinutes = 8;

/** Makes the plan anew, and leaves it in the memory. */
export function planFor(situation: Situation, memory: ScalerMemory, emergency?: Emergency): Plan {
    const { observation, settings, minutes, open, effective, lagMinutes, sigma, budget } = situation;
    const { peakShards } = settings;
    const levels = levelsOf(settings, open, walksAreFree(settings));
    const worth = levels.map((level) => (level === open ? effective : level));
    const scenarios = scenariosOf(minutes);
    const floor = emergency && { ...emergency, minutes: emergencyMinutes };
    const parts = outlookOf(minutes, scenarios, { peakShards, lagMinutes, floor });
    const losses = lossesOf(parts, levels.length, memory.of(settings).losses(worth, sigma, lossTable));
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
        callsAfter: levels.map((level) => callsBack(level, peakShards)),
        callPrices: Array.from(
            { length: limits.updateShardCountCallsPer24Hours + 1 },
            (_, after) => callPriceShardMinutes + lastCallShardMinutes * peakShards * callPriceFade ** after,
        ),
        walks,
        // Splits are slow; a load that does not fit is not.
        firstWalks: emergency !== undefined && left[0]! > 0 ? [] : firstWalks,
    });
    const plan = {
        open,
        target: levels[program.path[0]!]!,
        walksFirst: program.walksFirst,
        view: viewOf(situation, { parts, levels, losses, path: program.path, scenarios }),
    };
    memory.of(settings).plan = plan;
    return plan;
}

/** Calls that must be left after going down to a count: the way back to the declared peak, doubling. */
function callsBack(level: number, peakShards: number): number {
    const doublings = Math.log2(peakShards / level) / Math.log2(limits.updateShardCountGrowthFactorMax);
    return Math.max(0, Math.ceil(doublings - 1e-9));
}

/** Load refused in an average minute of each part at each level, in shards: [part][level] in one array. */
function lossesOf(parts: readonly OutlookPart[], levels: number, table: Float64Array): Float64Array {
    const losses = new Float64Array(parts.length * levels);
    for (const [part, { probability }] of parts.entries()) {
        const from = part * levels;
        for (let bin = 0; bin < loadBins; bin++) {
            const weight = probability[bin]!;
            if (weight < 1e-9) continue;
            const row = bin * levels;
            for (let level = 0; level < levels; level++) losses[from + level]! += weight * table[row + level]!;
        }
    }
    return losses;
}
