/**
 * A load that the open shards do not carry: whether it is answered at once, and how far.
 */
import { formatNumber } from "../../text";
import { limits } from "../../limits";
import { updateCallsLeft } from "../ledger";
import { reshardSeconds } from "../times";
import { needWords } from "../words";
import { type ReasonCode } from "../reasons";
import { levelsOf } from "./levels";
import { expectedLoss } from "./noise";
import { type Precedents, precedentsOf } from "./precedents";
import { callPriceShardMinutes, type Situation } from "./situation";
import { isUsualHeight } from "./steady";

/** More shards are worth a call where they would pay for it within so many minutes. */
const payBackMinutes = 8;

/** A load of more than so many times the capacity is answered without asking the plan. */
const severeFactor = 1.3;

/** So are refusals of more than this share, for so many minutes. */
const severeRefusedShare = 0.06;
const severeMinutes = 3;

/** Rises above the declared peak have no precedents: neither those whose newest minute is above it, nor those that would be by this part of their level. */
const knownPart = 0.9;

/** With fewer calls left, each goes further, so that a rise of hours takes few: the factor by the least calls left. */
const furtherByCalls: readonly (readonly [callsLeft: number, factor: number])[] = [
    [6, 1.15],
    [4, 1.3],
    [2, 1.5],
    [0, 2],
];

/** A load that has been as high as this part of the declared peak for so long is no spike, and may rise for hours. */
const highPart = 0.8;
const highMinutes = 30;

/** A minute's rise goes on as far as it is at most so many times that of the minute before. */
const risesFurther = 1.5;

export interface Emergency {
    /** The shards that the load of now needs, and some more. */
    readonly targetShards: number;
    /** It is answered whatever the plan says. */
    readonly isSevere: boolean;
    /** The load was as high at other times, and not much is refused for long: a count that is held may be left to it. */
    readonly isUsual: boolean;
    readonly recordsRefused: boolean;
    readonly reason: ReasonCode;
    readonly why: string;
    /** The load that the plan has to expect to last. */
    readonly load: number;
    /** What followed rises like this one; undefined where it is like no others. */
    readonly precedents: Precedents | undefined;
}

export function emergencyOf(situation: Situation): Emergency | undefined {
    const { observation, settings, open, effective, level, sigma, budget, minutes } = situation;
    const { peakShards, maxShards } = settings;
    const levels = levelsOf(settings, open);
    const costAt = (shards: number, worth: number) =>
        shards + budget.price * expectedLoss(level, worth, sigma, peakShards);
    const costNow = costAt(open, effective);
    let [best, bestCost] = [open, costNow];
    for (const shards of levels) {
        if (shards <= open || costAt(shards, shards) >= bestCost) continue;
        [best, bestCost] = [shards, costAt(shards, shards)];
    }
    if (best <= open || (costNow - bestCost) * payBackMinutes <= callPriceShardMinutes) return undefined;
    const left = updateCallsLeft(observation.reshards, observation.nowMs);
    const factor = furtherByCalls.find(([calls]) => left >= calls)![1];
    const atPeak = peakShards * (1 + 2 * sigma);
    const further = best * factor;
    const abovePeak = Math.max(comingLoad(situation), isNoSpike(situation) ? further : best);
    const aim = level > peakShards ? abovePeak : Math.min(further, atPeak);
    const wanted = Math.max(best, Math.ceil(Math.min(aim, limits.updateShardCountGrowthFactorMax * open)));
    const share = refusedShare(situation);
    const isRefused = minutes.refusedMoreThan(severeRefusedShare, severeMinutes);
    const isKnown = Math.max(knownPart * level, minutes.load[minutes.count - 1]!) <= peakShards;
    const precedents = isKnown ? precedentsOf(minutes) : undefined;
    return {
        targetShards: levels.find((shards) => shards >= wanted) ?? maxShards,
        isSevere: isRefused || (precedents === undefined && (level > severeFactor * effective || level > peakShards)),
        isUsual: !isRefused && isUsualHeight(minutes),
        recordsRefused: share > 0,
        reason: share > 0 ? "records-refused" : "load-rises",
        why: needWords({ load: level, need: formatNumber(best), open, refusedShare: share }),
        load: level,
        precedents,
    };
}

/** The load when more shards are there, where it has risen for two minutes and goes on so: above the declared peak nobody knows where it ends. */
function comingLoad({ minutes, level, lagMinutes, open }: Situation): number {
    const [newest, before, first] = [1, 2, 3].map((back) => minutes.load[minutes.count - back]!) as [
        number,
        number,
        number,
    ];
    if (level <= newest) return level;
    const rise = Math.max(0, Math.min(newest - before, risesFurther * (before - first)));
    const shards = Math.min(limits.updateShardCountGrowthFactorMax * open, Math.ceil(level));
    const aheadMinutes = lagMinutes + 0.5 + reshardSeconds("update", open, shards) / 60;
    return newest + rise * aheadMinutes;
}

function isNoSpike({ minutes, settings }: Situation): boolean {
    return minutes.mean(minutes.count - 1, highMinutes) > highPart * settings.peakShards;
}

function refusedShare({ minutes }: Situation): number {
    const at = minutes.count - 1;
    return minutes.load[at]! > 0 ? minutes.refused[at]! / minutes.load[at]! : 0;
}
