/**
 * The reactive mode: follows the load of the last minutes upwards at once, and of the last hours downwards.
 *
 * In this order: the floor; a load that comes near what is open, or records that are refused; the ceiling; a load that has fallen.
 */
import { burstRoomFactor, refusedShareMin } from "../keys/shardReports";
import { limits } from "../limits";
import { count, formatNumber, formatPercent, formatRate } from "../text";
import { evenOut, evenStep, grow, ladderCount, nothing, shrink, updateCallsKept, type Wish } from "./allowed";
import { updateCallsLeft } from "./ledger";
import {
    jumpMargin,
    lateMinutesMax,
    loadHistory,
    type LoadHistory,
    loadLevel,
    minuteMs,
    recentPeak,
    shardsForLoad,
} from "./load";
import { effectiveShards } from "./shards";
import { type Decision, type Observation, type ScalingSettings } from "./observation";

/** A day: the jumps of yesterday say how much room today's need. */
export const reactiveHistoryMinutes = 24 * 60;

/** Scaling in looks at the highest load of so many minutes. */
const lookBackMinutes = 120;

/** Silence could be CloudWatch's rather than the producers'; after so many minutes it is the producers'. */
const silenceMinutesMax = 6 * 60;

/** Scaling in is worth a call from this part of the open shards on. */
const scaleInSavingMin = 0.25;

/** Scaling out goes at least this far, if yesterday's peak needed it: a rise of hours takes few calls. */
const growthFactor = 1.5;

/** The calls that are kept for scaling out go further, so that the last one is seldom needed. */
const lastGrowthFactor = 2;

/** While records are refused, at least so many times what the open shards are worth. */
const refusedGrowthFactor = 1.25;

export function decideReactively(observation: Observation, settings: ScalingSettings): Decision {
    const situation = read(observation, settings);
    return (
        toFloor(situation) ??
        withoutMetrics(situation) ??
        scaleOut(situation) ??
        toCeiling(situation) ??
        scaleIn(situation)
    );
}

interface Situation {
    readonly observation: Observation;
    readonly settings: ScalingSettings;
    readonly history: LoadHistory;
    readonly open: number;
    readonly effective: number;
    /** The load now, in shards. */
    readonly level: number;
    /** Shards, not rounded, that carry it. */
    readonly need: number;
    readonly recordsRefused: boolean;
    readonly wantedShards: number;
    readonly numbers: Readonly<Record<string, number>>;
}

function read(observation: Observation, settings: ScalingSettings): Situation {
    const open = observation.shards.length;
    const effective = effectiveShards(observation.shards);
    const history = loadHistory(observation.samples, {
        nowMs: observation.nowMs,
        peakShards: settings.peakShards,
        effectiveShards: effective,
        capacityChangedMs: observation.capacityChangedMs ?? 0,
        historyMinutes: reactiveHistoryMinutes,
    });
    const level = loadLevel(history.loadShards);
    const need = shardsForLoad(level, settings.peakShards);
    return {
        observation,
        settings,
        history,
        open,
        effective,
        level,
        need,
        recordsRefused: history.refusedShare > refusedShareMin,
        wantedShards: Math.max(1, Math.ceil(need - 1e-9)),
        numbers: {
            openShards: open,
            effectiveShards: rounded(effective),
            loadShards: rounded(level),
            neededShards: rounded(need),
            refusedPercent: rounded(history.refusedShare * 100),
            updateCallsLeft: updateCallsLeft(observation.reshards, observation.nowMs),
        },
    };
}

/** Fewer shards than the floor: somebody raised it, or took shards away. */
function toFloor(situation: Situation): Decision | undefined {
    const { open, settings } = situation;
    if (open >= settings.minShards) return undefined;
    const target = Math.min(settings.maxShards, Math.max(settings.minShards, outTarget(situation)));
    const why = `${openShards(open)}, and the floor is ${formatNumber(settings.minShards)}`;
    return growing(situation, { targetShards: target, reason: "below-floor", why });
}

function withoutMetrics(situation: Situation): Decision | undefined {
    const { open, observation } = situation;
    if (observation.metricsProblem === undefined) return undefined;
    const stay = open === 1 ? "stays as it is" : "stay as they are";
    const why = `CloudWatch gave no metrics (${observation.metricsProblem}); the ${count(open, "open shard")} ${stay}.`;
    return nothing({ wantedShards: open, numbers: { openShards: open } }, "metrics-missing", why);
}

/** The level needs more than is open, or records are refused: at once. */
function scaleOut(situation: Situation): Decision | undefined {
    const { open, effective, level, need, recordsRefused, settings } = situation;
    const full = need > effective;
    if (!full && !recordsRefused) return undefined;
    const shardText = effective === open ? "" : ` (worth ${formatRate(effective)} by the widest hash key range)`;
    const needs = `load of ${shardLoad(level)} needs ${formatRate(need)} with room for its noise; ${openAre(open)}${shardText}`;
    const why = recordsRefused
        ? `${formatPercent(situation.history.refusedShare, 1)} of the last minute's records were refused; the ${needs}`
        : `The ${needs}`;
    const target = outTarget(situation);
    if (target > open && open < settings.maxShards) {
        return growing(situation, {
            targetShards: Math.min(target, settings.maxShards),
            reason: recordsRefused ? "records-refused" : "load-rises",
            why,
        });
    }
    const even = evenStep({ ...situation, updateCallsLeft: situation.numbers.updateCallsLeft! }, target);
    if (even !== undefined) return evenOut(situation.observation, { ...situation, reason: "ranges-evened", why }, even);
    if (target > open) {
        return nothing(
            situation,
            "at-ceiling",
            `${why}, ${open > settings.maxShards ? "more than" : "the most that"} maxShards allows. Raise maxShards, or the declared requirements.`,
        );
    }
    if (!full) {
        return nothing(
            situation,
            "uneven-load",
            `${why}, so more shards do not help: the load is uneven over the hash keys or over the seconds. "sharded-stream hot-shards" tells which.`,
        );
    }
    return nothing(
        situation,
        "at-peak",
        `${why}, as many as the declared peak needs; more only when records are refused.`,
    );
}

/** Where scaling out goes: to what the level needs, further if yesterday's peak says that it will go on, at most to the declared peak. */
function outTarget(situation: Situation): number {
    const { open, need, recordsRefused, history, settings, effective } = situation;
    const yesterday = shardsForLoad(recentPeak(history.loadShards, reactiveHistoryMinutes), settings.peakShards);
    const atPeak = shardsForLoad(settings.peakShards, settings.peakShards);
    const few = situation.numbers.updateCallsLeft! <= updateCallsKept;
    let want = few
        ? Math.max(need, Math.min(open * lastGrowthFactor, Math.max(yesterday, atPeak)))
        : Math.max(need, Math.min(open * growthFactor, yesterday));
    if (recordsRefused) {
        want = Math.max(want, effective * (few ? lastGrowthFactor : refusedGrowthFactor));
        // Refused although the load fits: a hot key or a burst of seconds. More shards help a little, and then no more.
        if (need <= effective) want = Math.min(want, need * burstRoomFactor);
    } else {
        want = Math.min(want, Math.ceil(atPeak));
    }
    return ladderCount(want, open);
}

/** More shards than the ceiling: somebody lowered it, or added shards. */
function toCeiling(situation: Situation): Decision | undefined {
    const { open, settings, observation } = situation;
    if (open <= settings.maxShards) return undefined;
    return shrink(observation, {
        ...situation,
        targetShards: settings.maxShards,
        reason: "above-ceiling",
        why: `${openShards(open)}, and the ceiling is ${formatNumber(settings.maxShards)}`,
    });
}

/** The load has been low for long enough. */
function scaleIn(situation: Situation): Decision {
    const { observation, settings, history, open, level } = situation;
    const fits = `The load of ${shardLoad(level)} fits; ${openAre(open)}`;
    const peakNow = ladderCount(shardsForLoad(level, settings.peakShards), open);
    if (!worthACall(Math.max(peakNow, settings.minShards), open)) return nothing(situation, "load-fits", `${fits}.`);

    const peak = recentPeak(history.loadShards, lookBackMinutes);
    const needAtPeak = shardsForLoad(peak, settings.peakShards);
    const afterPeak = Math.max(ladderCount(needAtPeak, open), settings.minShards);
    if (!worthACall(afterPeak, open)) {
        return nothing(
            situation,
            "recent-peak",
            `${fits}, since the peak of ${formatRate(peak)} in the last ${formatNumber(lookBackMinutes)} minutes needs ${formatRate(needAtPeak)}.`,
        );
    }
    const late = lateOrYoung(situation, fits);
    if (late !== undefined) return late;
    const jumps = jumpMargin(history.loadShards);
    const target = Math.max(afterPeak, Math.min(open, ladderCount(level + jumps, open)));
    if (!worthACall(target, open)) {
        return nothing(
            situation,
            "recent-jumps",
            `${fits}, since the load of the last day jumped by up to ${shardLoad(jumps)} faster than new ones could have come.`,
        );
    }
    const wayBack = fewestWithAWayBack(situation);
    const left = situation.numbers.updateCallsLeft!;
    if (left > 0 && !worthACall(Math.max(target, wayBack), open)) {
        return nothing(
            situation,
            "calls-kept",
            `${fits}; ${count(left, "UpdateShardCount call")} left in these 24 h would not bring fewer shards back to the declared peak.`,
        );
    }
    return shrink(observation, {
        ...situation,
        targetShards: Math.max(target, wayBack),
        reason: "load-fell",
        why: `The load has stayed below ${shardLoad(Math.max(peak, 0.01))} for ${formatNumber(lookBackMinutes)} minutes and needs at most ${formatRate(Math.max(needAtPeak, level + jumps, 0.01))} with room for noise and jumps; ${openAre(open)}`,
    });
}

/** The fewest shards from which the calls that are left after this one reach the declared peak, each doubling. */
function fewestWithAWayBack({ open, settings, numbers }: Situation): number {
    const callsAfter = Math.max(0, numbers.updateCallsLeft! - 1);
    const atPeak = shardsForLoad(settings.peakShards, settings.peakShards);
    return Math.min(open, ladderCount(atPeak / limits.updateShardCountGrowthFactorMax ** callsAfter, open));
}

/** What is not known counts against scaling in. */
function lateOrYoung(situation: Situation, fits: string): Decision | undefined {
    const { observation, history } = situation;
    const { silentMinutes } = history;
    const ageMinutes = (observation.nowMs - observation.createdMs) / minuteMs;
    const first = observation.samples[0];
    const knownMinutes = Math.min(
        ageMinutes,
        first === undefined ? Infinity : (observation.nowMs - first.startMs) / minuteMs,
    );
    if (knownMinutes < lookBackMinutes) {
        return nothing(
            situation,
            "too-young",
            `${fits}; the load is known for ${count(Math.max(0, Math.floor(knownMinutes)), "minute")}, and fewer shards are considered after ${lookBackMinutes}.`,
        );
    }
    if (silentMinutes > lateMinutesMax && Math.min(silentMinutes, ageMinutes) < silenceMinutesMax) {
        return nothing(
            situation,
            "metrics-late",
            `${fits}; CloudWatch has no datapoint of the last ${count(Math.floor(Math.min(silentMinutes, ageMinutes)), "minute")}. After ${silenceMinutesMax} minutes of silence the stream counts as idle.`,
        );
    }
    return undefined;
}

function worthACall(target: number, open: number): boolean {
    return target <= open * (1 - scaleInSavingMin);
}

function growing(situation: Situation, to: Pick<Wish, "targetShards" | "reason" | "why">): Decision {
    return grow(situation.observation, situation.settings, { ...situation, ...to }, situation);
}

/** A load for people: "3.2 shards", "1 shard". */
function shardLoad(load: number): string {
    const text = formatRate(load);
    return `${text} ${text === "1" ? "shard" : "shards"}`;
}

/** "1 is open", "12 are open". */
export function openAre(open: number): string {
    return `${formatNumber(open)} ${open === 1 ? "is" : "are"} open`;
}

function openShards(open: number): string {
    return `${count(open, "shard")} ${open === 1 ? "is" : "are"} open`;
}

/** A number as decisions tell it. */
export function rounded(value: number): number {
    return Number(value.toPrecision(4));
}
