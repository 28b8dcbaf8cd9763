/**
 * From days of load to what to declare, what to run with, and the program to paste.
 */
import { type Requirements } from "../requirements";
import { type ScalingMode, scalingModes } from "../scaling/observation";
import { scalingRange, withinRange } from "../scaling/range";
import { scalingDefaults } from "../scaling/settings";
import { loadInShards } from "../keys/spread";
import { planCapacity } from "../sizing/plan";
import { type PriceList } from "../sizing/prices";
import { type Advice, adviceOf } from "./advice";
import { type Case, costOf, type JudgedChoice, onDemandChoices, scaledChoice, staticChoices } from "./choices";
import { type Reads, requirementsOf } from "./declare";
import { measure, type Measured } from "./measure";
import { demandOf, type LoadSeries, type Seconds, secondsOf } from "./series";
import { snippetOf } from "./snippet";
import { assumptionsOf, hindsightText, impossibleText, readsBindText, warningsOf } from "./told";

/** What is known of a stream. */
export interface KnownDays {
    /** Its name, in the program to paste. */
    readonly name: string;
    readonly series: LoadSeries;
    /** Coarser periods of a longer time, for older peaks. */
    readonly older?: LoadSeries;
    /** The same load second by second, where it is known or made already. */
    readonly seconds?: Seconds;
    readonly reads: Reads;
    readonly retentionHours: number;
    /** The shards of a stream that exists. */
    readonly openShards?: number;
}

/** What is wished for; each has a default. */
export interface AdviceWish {
    readonly headroom?: number | undefined;
    readonly sharedConsumers?: number | undefined;
    readonly fanOutConsumers?: number | undefined;
    readonly refusedShareSlo?: number | undefined;
    readonly maxReshardsPerDay?: number | undefined;
    readonly prices?: PriceList | undefined;
}

export interface AdviceReport {
    readonly measured: Measured;
    readonly requirements: Requirements;
    readonly choices: readonly JudgedChoice[];
    readonly advice: Advice;
    readonly snippet: string;
    readonly warnings: readonly string[];
    readonly assumptions: readonly string[];
}

/** How far a replay is. */
export interface AdviceProgress {
    readonly mode: ScalingMode;
    /** Of 1. */
    readonly part: number;
}

/** Takes seconds, and pauses now and then. @returns undefined where nothing was written */
export function* adviseOn(days: KnownDays, wish: AdviceWish = {}): Generator<AdviceProgress, AdviceReport | undefined> {
    const measured = measure(days.series, days.older, days.seconds);
    if (measured === undefined) return undefined;
    const judged = caseOf(days, measured, wish);
    const { requirements, retentionHours } = judged;
    const choices = staticChoices(judged);
    for (const mode of scalingModes) {
        const playing = scaledChoice(judged, mode);
        let step = playing.next();
        while (step.done !== true) {
            yield { mode, part: step.value / judged.seconds.length };
            step = playing.next();
        }
        choices.push(step.value);
    }
    choices.push(...onDemandChoices(judged));
    const advice = adviceOf(choices, judged.refusedShareSlo);
    const advised = choices.find(({ kind, choice }) => kind === advice.kind && choice === advice.choice)!;
    const { maxReshardsPerDay, refusedShareSlo } = wish;
    const plan = planCapacity(requirements, wish.prices, retentionHours);
    return {
        measured,
        requirements,
        choices,
        advice,
        snippet: snippetOf({
            name: days.name,
            requirements,
            retentionHours,
            deployment: advised.deployment,
            ...(maxReshardsPerDay !== undefined && { maxReshardsPerDay }),
            ...(refusedShareSlo !== undefined && { refusedShareSlo }),
        }),
        warnings: [
            ...warningsOf(measured, days.reads, retentionHours),
            ...impossibleText(plan),
            ...readsBindText(plan),
            ...hindsightText(advised, choices),
        ],
        assumptions: [
            ...assumptionsOf({
                seriesPeriodSeconds: days.seconds === undefined ? days.series.periodSeconds : 1,
                startShards: withinRange(scalingRange(plan), plan.recommendedShards),
                switchedShards: judged.switchedShards,
            }),
            ...costOf(judged, plan.recommendedShards).notPriced,
        ],
    };
}

function caseOf(days: KnownDays, measured: Measured, wish: AdviceWish): Case {
    const { headroom, sharedConsumers, fanOutConsumers } = wish;
    const requirements = {
        ...requirementsOf(measured, days.reads, headroom),
        ...(sharedConsumers !== undefined && { sharedConsumers }),
        ...(fanOutConsumers !== undefined && { fanOutConsumers }),
    };
    const peakShards = loadInShards(requirements);
    const { series, retentionHours, openShards } = days;
    return {
        seconds: days.seconds?.shards ?? secondsOf(demandOf(series).shards, series.periodSeconds, peakShards),
        startMs: series.startMs,
        meanMiBPerSecond: measured.writeMiBPerSecond.mean,
        meanRecordsPerSecond: measured.recordsPerSecond.mean,
        requirements,
        retentionHours,
        switchedShards: openShards,
        refusedShareSlo: wish.refusedShareSlo ?? scalingDefaults.refusedShareSlo,
        maxReshardsPerDay: wish.maxReshardsPerDay ?? scalingDefaults.maxReshardsPerDay,
        ...(wish.prices !== undefined && { prices: wish.prices }),
    };
}
