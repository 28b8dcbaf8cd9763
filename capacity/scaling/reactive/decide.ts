/**
 * The reactive mode: follows the load of the last minutes upwards at once, and of the last hours downwards.
 *
 * In this order: the floor; a load that comes near what is open, or records that are refused; the ceiling; a load that has fallen.
 */
import { burstRoomFactor } from "../../keys/shardReports";
import { count, formatNumber, formatRate, formatRateThat } from "../../text";
import { evenOut, evenStep, grow, ladderCount, nothing, shrink, updateCallsKept, type Wish } from "../allowed";
import { recentPeak, shardsForLoad } from "../load";
import { type Decision, type Observation, type ScalingSettings } from "../observation";
import { aboveCeiling, needWords, openShards } from "../words";
import { scaleIn } from "./scaleIn";
import { reactiveHistoryMinutes, type Situation, situationOf } from "./situation";

/** Scaling out goes at least this far, if yesterday's peak needed it: a rise of hours takes few calls. */
const growthFactor = 1.5;

/** The calls that are kept for scaling out go further, so that the last one is seldom needed. */
const lastGrowthFactor = 2;

/** While records are refused, at least so many times what the open shards are worth. */
const refusedGrowthFactor = 1.25;

export function decideReactively(observation: Observation, settings: ScalingSettings): Decision {
    const situation = situationOf(observation, settings);
    return (
        toFloor(situation) ??
        withoutMetrics(situation) ??
        scaleOut(situation) ??
        toCeiling(situation) ??
        scaleIn(situation)
    );
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
    const needText = formatRateThat(need, (shown) => shown > effective === full);
    const refusedShare = recordsRefused ? situation.history.refusedShare : 0;
    const why = `${needWords({ load: level, need: needText, open, refusedShare })}${shardText}`;
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
            `${why}, ${open > settings.maxShards ? "more than" : "the most that"} maxShards allows. ${aboveCeiling(settings.maxShards)}.`,
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

function growing(situation: Situation, to: Pick<Wish, "targetShards" | "reason" | "why">): Decision {
    return grow(situation.observation, situation.settings, { ...situation, ...to }, situation);
}
