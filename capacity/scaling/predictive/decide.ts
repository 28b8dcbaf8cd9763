/**
 * The predictive mode: plans the next day from the stream's own last fourteen.
 */
import { limits } from "../../limits";
import { count, formatNumber, formatRate } from "../../text";
import { grow, nothing, shrink } from "../allowed";
import { updateCallsLeft } from "../ledger";
import { loadLevel } from "../load";
import { type Decision, type Observation, type ScalingSettings } from "../observation";
import { decideReactively } from "../reactive";
import { effectiveShards } from "../shards";
import { type ErrorBudget, errorBudget } from "./budget";
import { levelsOf, lossTable } from "./levels";
import { ScalerMemory } from "./memory";
import { historyMinutes, type LoadMinutes, minuteMs, minutesPerDay } from "./minutes";
import { expectedLoss } from "./noise";
import { loadBins, outlookOf } from "./outlook";
import { cheapestWay, type Program } from "./program";
import { scenariosOf } from "./scenarios";

export const predictiveHistoryMinutes = historyMinutes;

export const knobs = {
    everyMinutes: 3,
    callPrice: 40,
    spare: 0,
    unforeseen: 3,
    severePlan: 1,
    g6: 1.15,
    g4: 1.3,
    g2: 1.5,
    g1: 2,
    last: 100,
    lastFade: 0.35,
    floorMinutes: 8,
    severeFactor: 1.3,
    mildMinutes: 8,
};

const levelMinutes = 60;
const settledMinutes = 15;

export function decidePredictively(
    observation: Observation,
    settings: ScalingSettings,
    memory: ScalerMemory = new ScalerMemory(),
): Decision {
    const open = observation.shards.length;
    if (observation.metricsProblem !== undefined || open < settings.minShards || open > settings.maxShards)
        return decideReactively(observation, settings);
    const { minutes, noise } = memory.of(settings);
    const effective = effectiveShards(observation.shards);
    minutes.extend(observation.samples, effective);
    const nowMinute = Math.floor(observation.nowMs / minuteMs);
    const lagMinutes = nowMinute - 1 - minutes.newest;
    if (minutes.count < minutesPerDay || lagMinutes > 10) return decideReactively(observation, settings);
    noise.extend(minutes, minutes.newest - settledMinutes);
    const situation: Situation = {
        observation,
        settings,
        minutes,
        open,
        effective,
        lagMinutes,
        level: loadLevel(Array.from(minutes.load.subarray(Math.max(0, minutes.count - levelMinutes), minutes.count))),
        sigma: noise.sigma(),
        budget: errorBudget(minutes, settings.refusedShareSlo),
    };
    return act(situation, memory, nowMinute);
}

interface Situation {
    readonly observation: Observation;
    readonly settings: ScalingSettings;
    readonly minutes: LoadMinutes;
    readonly open: number;
    readonly effective: number;
    readonly lagMinutes: number;
    readonly level: number;
    readonly sigma: number;
    readonly budget: ErrorBudget;
}

function act(situation: Situation, memory: ScalerMemory, nowMinute: number): Decision {
    const { observation, settings, open, effective, level, sigma, budget, minutes } = situation;
    const peak = settings.peakShards;
    const refusing = minutes.refused[minutes.count - 1]! > 0;
    const levels = levelsOf(settings.minShards, settings.maxShards, open);
    const costAt = (shards: number) => shards + budget.price * expectedLoss(level, shards, sigma, peak);
    let best = open;
    let bestCost = open + budget.price * expectedLoss(level, effective, sigma, peak);
    const staying = bestCost;
    for (const shards of levels) {
        if (shards <= open || costAt(shards) >= bestCost) continue;
        best = shards;
        bestCost = costAt(shards);
    }
    const isEmergency = (staying - bestCost) * knobs.mildMinutes > knobs.callPrice && best > open;
    const base = { wantedShards: best, numbers: { openShards: open, loadShards: level, errorBudgetDays: budget.days } };
    const isSevere = isEmergency && (level > knobs.severeFactor * effective || level > peak || longRefused(minutes));
    const left = updateCallsLeft(observation.reshards, observation.nowMs);
    const atPeak = peak * (1 + 2 * sigma);
    function further(): number {
        const factor = left >= 6 ? knobs.g6 : left >= 4 ? knobs.g4 : left >= 2 ? knobs.g2 : knobs.g1;
        return Math.max(best, Math.ceil(Math.min(best * factor, atPeak, 2 * open)));
    }
    if (isSevere) {
        best = Math.min(further(), settings.maxShards);
        if (knobs.severePlan) {
            const way = plan(situation, memory, levels, { load: level, minutes: knobs.floorMinutes });
            if (way.target > best && way.target <= Math.max(2 * open, best)) best = way.target;
        }
        return grow(
            observation,
            settings,
            {
                ...base,
                targetShards: best,
                reason: refusing ? "records-refused" : "load-rises",
                why: `The load of ${formatRate(level)} needs ${best}; ${open} are open`,
            },
            { recordsRefused: refusing },
        );
    }
    if (!isEmergency && nowMinute % knobs.everyMinutes !== 0)
        return nothing(base, "load-fits", `The plan holds; ${count(open, "shard")} open.`);
    const floor = isEmergency ? { load: level, minutes: knobs.floorMinutes } : undefined;
    const planned = plan(situation, memory, levels, floor);
    const { program } = planned;
    const target = isEmergency && planned.target > open ? Math.max(planned.target, further()) : planned.target;
    if (target > open) {
        return grow(
            observation,
            settings,
            { ...base, targetShards: Math.min(target, settings.maxShards), reason: "load-rises", why: `The plan wants ${formatNumber(target)}` },
            { recordsRefused: refusing },
        );
    }
    if (target < open)
        return shrink(
            observation,
            { ...base, targetShards: target, reason: "load-fell", why: `The plan wants ${formatNumber(target)}` },
            knobs.spare,
        );
    void program;
    return nothing(base, "load-fits", `The plan holds; ${count(open, "shard")} open.`);
}

function longRefused(minutes: LoadMinutes): boolean {
    for (let back = 1; back <= 3; back++) {
        const at = minutes.count - back;
        if (!(minutes.refused[at]! > 0.06 * minutes.load[at]!)) return false;
    }
    return true;
}

function plan(
    { observation, settings, minutes, open, effective, lagMinutes, sigma, budget }: Situation,
    memory: ScalerMemory,
    levels: readonly number[],
    floor: { load: number; minutes: number } | undefined,
): { program: Program; target: number } {
    const { peakShards } = settings;
    const worth = levels.map((level) => (level === open ? effective : level));
    const remembered = memory.of(settings);
    const key = `${sigma} ${worth.join(" ")}`;
    if (remembered.table?.key !== key) remembered.table = { key, losses: lossTable(worth, sigma, peakShards) };
    const table = remembered.table.losses;
    const parts = outlookOf(minutes, scenariosOf(minutes), { peakShards, lagMinutes, ...(floor ? { floor } : {}) });
    const losses = new Float64Array(parts.length * levels.length);
    for (const [part, { probability }] of parts.entries()) {
        for (let bin = 0; bin < loadBins; bin++) {
            const weight = probability[bin]!;
            if (weight < 1e-9) continue;
            for (let level = 0; level < levels.length; level++)
                losses[part * levels.length + level]! += weight * table[bin * levels.length + level]!;
        }
    }
    const left = parts.map(({ fromMinute }) =>
        updateCallsLeft(observation.reshards, observation.nowMs + fromMinute * minuteMs),
    );
    const calls = parts.map(({ fromMinute }, part) => {
        return Math.max(0, Math.floor(left[part]! - (knobs.unforeseen * fromMinute) / minutesPerDay - knobs.spare + 1e-9));
    });
    const callsAfter = levels.map((level) =>
        Math.max(0, Math.ceil(Math.log2(peakShards / level) / Math.log2(limits.updateShardCountGrowthFactorMax))),
    );
    const program = cheapestWay({
        parts,
        levels,
        losses,
        start: levels.indexOf(open),
        price: budget.price,
        calls,
        callsAfter,
        left,
        callPrices: Array.from(
            { length: 11 },
            (_, after) => knobs.callPrice + knobs.last * peakShards * knobs.lastFade ** after,
        ),
    });
    return { program, target: levels[program.path[0]!]! };
}
