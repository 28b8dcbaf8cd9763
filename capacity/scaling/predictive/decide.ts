/**
 * The predictive mode: plans the next day from the stream's own last fourteen, and follows the load where it goes another way.
 *
 * In this order: what the plan cannot know is left to the reactive mode; a load that does not fit is answered at once; then the plan.
 */
import { count, formatNumber, formatSmallPercent } from "../../text";
import { limits } from "../../limits";
import { grow, nothing, shrink, type Wish } from "../allowed";
import { minuteMs, minutesPerDay } from "../../calendar";
import { lateMinutesMax, loadLevel } from "../load";
import { type Decision, type Observation, type ScalingSettings } from "../observation";
import { decideReactively } from "../reactive/decide";
import { effectiveShards } from "../shards";
import { rounded } from "../words";
import { walkIn, walkOut } from "../walking";
import { allowedADay, errorBudget } from "./budget";
import { emergencyOf } from "./emergency";
import { abovePeakWords, grownWords, holdsWords, planWords, shardsAt, staysWords } from "./explain";
import { ScalerMemory } from "./memory";
import { historyMinutes, type LoadMinutes, settledMinutes } from "./minutes";
import { mayHold, planFor } from "./plan";
import { type Plan, type Situation } from "./situation";

export const predictiveHistoryMinutes = historyMinutes;

/** A plan is made anew after so long; until then the load is watched. Who remembers none makes one. */
const planEveryMinutes = 10;

/** So is one that holds a count: little of what speaks for it changes within an hour. */
const heldEveryMinutes = 30;

/** Shards that were just opened stay for so long: what asked for them seldom ends at once, and each way back and forth takes two calls. */
const outStaysMinutes = 12;

/** A height above the declared peak that no load had until so long ago is new: no plan knows how far it goes, and the calls are needed on the way. */
const newHeightMinutes = 3 * 60;

/** The level of the load is read from so many minutes. */
const levelMinutes = 60;

/** After so many days' allowed refusals within a few hours, the forecast was wrong. */
const wrongDays = 8;
const wrongMinutes = 6 * 60;

/** Records that are refused for so long although the load fits: the plan does not know why. */
const unevenMinutes = 3;
const unevenShareMin = 0.02;

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
    const lagMinutes = Math.floor(observation.nowMs / minuteMs) - 1 - minutes.newest;
    const why = whyNoPlan(minutes, lagMinutes, settings);
    if (why !== undefined) return reactively(observation, settings, why);
    // The noise is learned from minutes that CloudWatch does not correct any more.
    noise.extend(minutes, minutes.newest - settledMinutes);
    const recent = minutes.load.subarray(Math.max(0, minutes.count - levelMinutes), minutes.count);
    const situation: Situation = {
        observation,
        settings,
        minutes,
        open,
        effective,
        lagMinutes,
        level: loadLevel(Array.from(recent)),
        sigma: noise.sigma(),
        budget: errorBudget(minutes, settings.refusedShareSlo),
    };
    return answerLoad(situation, memory) ?? followPlan(situation, memory);
}

/** Why the reactive mode decides; undefined where there is a plan. */
function whyNoPlan(minutes: LoadMinutes, lagMinutes: number, settings: ScalingSettings): string | undefined {
    if (minutes.count === 0) return "Without a plan, since no load is known yet.";
    if (lagMinutes > lateMinutesMax)
        return `Without a plan, since the metrics are ${formatNumber(lagMinutes)} minutes late.`;
    if (minutes.count < minutesPerDay) {
        const known = count(Math.floor(minutes.count / 60), "hour");
        return `Without a plan, since the load is known for ${known} of the 24 that one needs.`;
    }
    const [offered, refused] = minutes.recent(wrongMinutes);
    if (refused > wrongDays * allowedADay(minutes, settings.refusedShareSlo)) {
        const share = formatSmallPercent(refused / offered);
        return `Without a plan, since the forecast was wrong: ${share} of the last 6 hours' records were refused.`;
    }
    return undefined;
}

function reactively(observation: Observation, settings: ScalingSettings, why: string): Decision {
    const decision = decideReactively(observation, settings);
    return { ...decision, message: `${why} ${decision.message}` };
}

/** A load that does not fit what is open. */
function answerLoad(situation: Situation, memory: ScalerMemory): Decision | undefined {
    const { observation, settings, open } = situation;
    const emergency = emergencyOf(situation);
    if (emergency === undefined) {
        if (!isUneven(situation) && !isHeldBack(situation)) return undefined;
        const although = open < settings.maxShards ? "although the load fits" : "at the ceiling";
        return reactively(observation, settings, `Without a plan while records are refused ${although}.`);
    }
    const fresh = freshPlan(situation, memory);
    const isLeft = fresh?.view.held !== undefined && fresh.target === open && mayHold(emergency);
    if (isLeft) return holds(situation, fresh);
    const plan = planFor(situation, memory, emergency);
    const isHeld = plan.view.held !== undefined;
    if ((isHeld || !emergency.isSevere) && (plan.walksFirst || plan.target <= open)) return planned(situation, plan);
    const { precedents, isSevere } = emergency;
    // What followed such rises tells the plan how far to go, and so does a count that is held; else it goes as far as the load may.
    const isToldHowFar = isHeld || (precedents !== undefined && !isSevere);
    const least = isToldHowFar ? 0 : emergency.targetShards;
    const targetShards = Math.min(settings.maxShards, Math.max(least, plan.target));
    const { reason, why, recordsRefused } = emergency;
    return {
        ...grow(observation, settings, { ...wishOf(situation, plan), targetShards, reason, why }, { recordsRefused }),
        plan: plan.view,
    };
}

/** The load asks for more than the ceiling, and records are refused: the reactive mode says so, and somebody is told. */
function isHeldBack(situation: Situation): boolean {
    const { settings, open } = situation;
    const higher = { ...settings, maxShards: limits.updateShardCountGrowthFactorMax * open };
    return open >= settings.maxShards && emergencyOf({ ...situation, settings: higher })?.recordsRefused === true;
}

/** Whether the load of now fits fewer shards. A load that no day had before is in no plan, and a call in would be followed by one out. */
function fits(situation: Situation, shards: number): boolean {
    return emergencyOf({ ...situation, open: shards, effective: shards }) === undefined;
}

/** Refused in each of the last minutes, all of them since the shards last changed: what was refused before says nothing about those of now. */
function isUneven({ minutes, observation: { capacityChangedMs = 0 } }: Situation): boolean {
    const sinceMs = (minutes.newest - unevenMinutes + 1) * minuteMs;
    return sinceMs >= capacityChangedMs && minutes.refusedMoreThan(unevenShareMin, unevenMinutes);
}

function followPlan(situation: Situation, memory: ScalerMemory): Decision {
    const plan = freshPlan(situation, memory);
    return plan === undefined ? planned(situation, planFor(situation, memory)) : holds(situation, plan);
}

/** The last plan, if it is of now: after each step of a walk, or of a way that takes several calls, the next is decided anew. */
function freshPlan({ observation, open, effective, settings }: Situation, memory: ScalerMemory): Plan | undefined {
    const { plan } = memory.of(settings);
    if (plan === undefined || effective !== open || plan.open !== open) return undefined;
    const ageMs = observation.nowMs - plan.view.madeMs;
    // Of this very moment it is the answer to a first question, asked again with more known.
    return ageMs > 0 && ageMs < everyMinutes(plan) * minuteMs ? plan : undefined;
}

function everyMinutes({ view }: Plan): number {
    return view.held === undefined ? planEveryMinutes : heldEveryMinutes;
}

function planned(situation: Situation, plan: Plan): Decision {
    const why = whyItWaits(situation, plan.target);
    if (plan.target === situation.open || why !== undefined) return holds(situation, plan, why);
    return { ...towards(situation, plan), plan: plan.view };
}

/** Why a plan's fewer shards wait; undefined where nothing speaks against them. */
function whyItWaits(situation: Situation, target: number): string | undefined {
    const { open, level, settings } = situation;
    if (target >= open) return undefined;
    if (hasJustGrown(situation)) return grownWords(target, open, outStaysMinutes);
    if (isNewHeight(situation)) return abovePeakWords(level, target, { open, peakShards: settings.peakShards });
    return fits(situation, target) ? undefined : staysWords(level, target, open);
}

/** Above the declared peak, and it was never so high before. */
function isNewHeight({ level, settings, minutes }: Situation): boolean {
    const known = minutes.load.subarray(minutes.oldest, Math.max(0, minutes.count - newHeightMinutes));
    return level > settings.peakShards && known.every((earlier) => earlier < level);
}

/** Whoever did it. */
function hasJustGrown({ open, observation: { reshards, nowMs } }: Situation): boolean {
    const sinceMs = nowMs - outStaysMinutes * minuteMs;
    return reshards.some(({ atMs, from = open }) => atMs > sinceMs && from < open);
}

function towards(situation: Situation, plan: Plan): Decision {
    const { observation, settings, open } = situation;
    const isOut = plan.target > open;
    const wish: Wish = {
        ...wishOf(situation, plan),
        targetShards: plan.target,
        reason: isOut ? "plan-out" : "plan-in",
        why: planWords(plan.view, open, plan.target),
    };
    if (plan.walksFirst) return isOut ? walkOut(observation, settings, wish) : walkIn(observation, settings, wish);
    return isOut ? grow(observation, settings, wish, { recordsRefused: false }) : shrink(observation, wish, 0);
}

function holds(
    situation: Situation,
    plan: Plan,
    why = whyItWaits(situation, shardsAt(plan.view, situation.observation.nowMs)),
): Decision {
    const { open, observation } = situation;
    const message = why ?? holdsWords(plan.view, open, observation.nowMs, everyMinutes(plan));
    const decision = nothing(wishOf(situation, plan), "plan-holds", message);
    return { ...decision, plan: plan.view };
}

function wishOf(situation: Situation, plan: Plan): Pick<Wish, "wantedShards" | "numbers"> {
    const { open, effective, level, budget, sigma } = situation;
    return {
        wantedShards: plan.target,
        numbers: {
            openShards: open,
            effectiveShards: rounded(effective),
            loadShards: rounded(level),
            noise: rounded(sigma),
            errorBudgetDays: rounded(budget.days),
            refusalPrice: rounded(budget.price),
        },
    };
}
