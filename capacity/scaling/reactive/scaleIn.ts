/**
 * Downwards: a load that has been low for hours.
 */
import { minuteMs } from "../../calendar";
import { limits } from "../../limits";
import { count, formatNumber, formatRate } from "../../text";
import { ladderCount, nothing, shrink } from "../allowed";
import { jumpMargin, lateMinutesMax, recentPeak, shardsForLoad } from "../load";
import { type Decision } from "../observation";
import { openAre, shardLoad } from "../words";
import { shardsRefusing } from "./refusedCounts";
import { type Situation } from "./situation";

/** Scaling in looks at the highest load of so many minutes. */
const lookBackMinutes = 120;

/** Silence could be CloudWatch's rather than the producers'; after so many minutes it is the producers'. */
const silenceMinutesMax = 6 * 60;

/** Scaling in is worth a call from this part of the open shards on. */
const scaleInSavingMin = 0.25;

/** The load has been low for long enough. */
export function scaleIn(situation: Situation): Decision {
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
    const refusing = shardsRefusing(situation, peak);
    const aboveRefusing = refusing === 0 ? target : Math.max(target, Math.min(open, ladderCount(refusing + 1, open)));
    if (!worthACall(aboveRefusing, open)) {
        return nothing(
            situation,
            "recent-refusals",
            `${fits}, since records were refused at ${count(refusing, "shard")} in the last day, at a load like that of the last ${formatNumber(lookBackMinutes)} minutes.`,
        );
    }
    const wayBack = fewestWithAWayBack(situation);
    const left = situation.numbers.updateCallsLeft!;
    if (left > 0 && !worthACall(Math.max(aboveRefusing, wayBack), open)) {
        return nothing(
            situation,
            "calls-kept",
            `${fits}; ${count(left, "UpdateShardCount call")} left in these 24 h would not bring fewer shards back to the declared peak.`,
        );
    }
    return shrink(observation, {
        ...situation,
        targetShards: Math.max(aboveRefusing, wayBack),
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
        const minutes = count(Math.max(0, Math.floor(knownMinutes)), "minute");
        const known = first === undefined ? `the stream is ${minutes} old` : `the load is known for ${minutes}`;
        return nothing(
            situation,
            "too-young",
            `${fits}; ${known}, and fewer shards are considered after ${lookBackMinutes}.`,
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
