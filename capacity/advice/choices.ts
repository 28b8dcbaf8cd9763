/**
 * What a stream could run with, each played against the days that it had: what it costs a month, and what it would have refused.
 */
import { limits } from "../limits";
import { fewestShards, lostOf } from "../replay/lost";
import { replaying, replayModel, scalerPolicy } from "../replay/replay";
import { type CompleteRequirements, type Requirements } from "../requirements";
import { type ScalingMode } from "../scaling/observation";
import { scalingRange, withinRange } from "../scaling/range";
import { completeScaling, scalingDefaults } from "../scaling/settings";
import { estimateCost, type CostEstimate } from "../sizing/cost";
import { type OnDemandModeName } from "../sizing/capacityModes";
import { money } from "../sizing/costItems";
import { planCapacity } from "../sizing/plan";
import { type PriceList, priceList } from "../sizing/prices";
import { count, formatNumber } from "../text";
import { type Choice } from "./advice";

/** What every choice is judged by. */
export interface Case {
    /** The load in shards, one number a second. */
    readonly seconds: Float64Array;
    /** Seconds for which producers write a refused record again. @default 0 */
    readonly retrySeconds?: number | undefined;
    /** When the first of them was, at a full minute: a plan knows weekdays. Default: a Monday. */
    readonly startMs?: number | undefined;
    /** The mean load, whole. */
    readonly meanMiBPerSecond: number;
    readonly meanRecordsPerSecond: number;
    /** The requirements to declare. */
    readonly requirements: Requirements;
    readonly retentionHours: number;
    /** Shards that a stream has when it is switched to on-demand. Default: it is created so, with what AWS gives every new one. */
    readonly switchedShards?: number | undefined;
    /** The part of the records that may be refused, 0 to 1. */
    readonly refusedShareSlo: number;
    /** Splits and merges that a scaler may spend in 24 hours. */
    readonly maxReshardsPerDay: number;
    readonly prices?: PriceList;
}

/** How a choice is deployed. */
export type Deployment =
    | { readonly kind: "static"; readonly shards: number }
    | { readonly kind: "scaled"; readonly mode: ScalingMode; readonly minShards: number; readonly maxShards: number }
    | { readonly kind: OnDemandModeName };

export interface JudgedChoice extends Choice {
    readonly deployment: Deployment;
    /** Open shards on average; null: on-demand. */
    readonly averageShards: number | null;
    readonly updateCalls: number;
    readonly splitsAndMerges: number;
    /** What is to be known of it. */
    readonly note?: string;
}

/** A size for the declared peak with headroom, and the fewest shards that would have been enough, if they are others. */
export function staticChoices(judged: Case): JudgedChoice[] {
    const declared = planCapacity(judged.requirements).recommendedShards;
    const enough = fewestShards(judged, offeredOf(judged) * judged.refusedShareSlo);
    const hindsight = Math.max(enough, readShards(judged.requirements));
    const note = "known in hindsight, with nothing to spare";
    const choice = (shards: number, more: Partial<JudgedChoice>): JudgedChoice => ({
        kind: "static",
        choice: `static at ${count(shards, "shard")}`,
        monthly: provisioned(judged, shards),
        refusedPercent: refusedPercent(judged, () => shards),
        deployment: { kind: "static", shards },
        averageShards: shards,
        updateCalls: 0,
        splitsAndMerges: 0,
        ...more,
    });
    return [
        choice(declared, { note: "the peak with its headroom" }),
        ...(hindsight === declared ? [] : [choice(hindsight, { note })]),
    ];
}

/**
 * The scaler in one of its modes, as it would have run from the first of these days on. It takes seconds, and pauses now and then for who
 * shows how far it is: the second that is reached.
 */
export function* scaledChoice(judged: Case, mode: ScalingMode): Generator<number, JudgedChoice> {
    const plan = planCapacity(judged.requirements);
    const { maxShards, peakShards } = scalingRange(plan);
    const floor = Math.min(floorOf(judged.seconds), plan.minimumShards);
    // What readers need in shards, beside what is written, no scaler sees.
    const minShards = plan.binding === "sharedReadBytes" ? Math.max(floor, readShards(judged.requirements)) : floor;
    const { maxReshardsPerDay, refusedShareSlo, seconds, startMs } = judged;
    const settings = completeScaling({ mode, minShards, maxShards, peakShards, maxReshardsPerDay, refusedShareSlo });
    const startShards = withinRange({ minShards, maxShards }, plan.recommendedShards);
    const model = { ...replayModel, startShards, startMs };
    const outcome = yield* replaying(seconds, scalerPolicy(settings), model);
    const averageShards = outcome.shardHours / (seconds.length / limits.secondsPerHour);
    const scaler = costOf(judged, averageShards, scalingDefaults.everyMinutes, mode).surroundings.monthly;
    return {
        kind: "scaled",
        choice: `scaled (${mode}, ${formatNumber(minShards)} to ${count(maxShards, "shard")})`,
        monthly: money(provisioned(judged, averageShards) + scaler),
        refusedPercent: outcome.rejectedPercent,
        deployment: { kind: "scaled", mode, minShards, maxShards },
        averageShards,
        updateCalls: outcome.updateCalls,
        splitsAndMerges: outcome.splitsAndMerges,
    };
}

/** Both kinds of on-demand, which refuse alike. */
export function onDemandChoices(judged: Case): JudgedChoice[] {
    const refused = refusedPercent(judged, onDemandCapacity(judged));
    const cost = costOf(judged, planCapacity(judged.requirements).recommendedShards);
    const choice = (kind: OnDemandModeName, name: string, note?: string): JudgedChoice => ({
        kind,
        choice: name,
        monthly: cost[kind].monthly,
        refusedPercent: refused,
        deployment: { kind },
        averageShards: null,
        updateCalls: 0,
        splitsAndMerges: 0,
        ...(note !== undefined && { note }),
    });
    return [
        choice("onDemandStandard", "on-demand Standard"),
        choice("onDemandAdvantage", "on-demand Advantage", "the account's floor, as if for this stream alone"),
    ];
}

/** Not below what a quiet hour needs: a floor that costs nothing, for the minutes in which metrics are late. */
function floorOf(seconds: Float64Array): number {
    const hour = limits.secondsPerHour;
    let least = Infinity;
    for (let from = 0; from + hour <= seconds.length; from += hour) {
        let sum = 0;
        for (let at = from; at < from + hour; at++) sum += seconds[at]!;
        least = Math.min(least, sum / hour);
    }
    return Number.isFinite(least) ? Math.max(1, Math.ceil(least)) : 1;
}

/** The shards that readers and lanes need, the written load aside. */
function readShards(requirements: Requirements): number {
    const { bounds } = planCapacity({ ...requirements, headroom: 0 });
    const others = bounds.filter(({ constraint }) => !["writeBytes", "records", "keySkew"].includes(constraint));
    return Math.max(1, ...others.map(({ shards }) => shards));
}

function refusedPercent(judged: Case, room: (second: number) => number): number {
    const offered = offeredOf(judged);
    return offered === 0 ? 0 : (100 * lostOf(judged, room)) / offered;
}

function offeredOf({ seconds }: Case): number {
    let offered = 0;
    for (const load of seconds) offered += load;
    return offered;
}

/** What AWS gives every new on-demand stream, in shards' worth. */
export const onDemandShardsMin = 4;
const onDemandGrowth = 2;
const onDemandGrowthSeconds = 15 * 60;

/**
 * Twice the highest minute until a quarter of an hour ago, as AWS describes it; at first the shards that a stream keeps when it is switched
 * to on-demand, at least those of a new one.
 */
function onDemandCapacity({ seconds, switchedShards = 0 }: Case): (second: number) => number {
    const start = Math.max(onDemandShardsMin, switchedShards);
    let peak = 0;
    let seenUntil = 0;
    let sum = 0;
    return (second) => {
        while (seenUntil < second - onDemandGrowthSeconds) {
            sum += seconds[seenUntil]!;
            seenUntil++;
            if (seenUntil % 60 !== 0) continue;
            peak = Math.max(peak, sum / 60);
            sum = 0;
        }
        return Math.max(start, onDemandGrowth * peak);
    };
}

function provisioned(judged: Case, shards: number): number {
    return costOf(judged, shards).provisioned.monthly;
}

export function costOf(
    judged: Case,
    shards: number,
    scalerEveryMinutes?: number,
    scalerMode: ScalingMode = scalingDefaults.mode,
): CostEstimate {
    const { sharedConsumers, fanOutConsumers } = judged.requirements;
    // At the mean load all month: what each record is billed for does not depend on when it comes.
    const requirements: Pick<CompleteRequirements, "writeMiBPerSecond" | "recordsPerSecond"> & Requirements = {
        writeMiBPerSecond: judged.meanMiBPerSecond,
        recordsPerSecond: judged.meanRecordsPerSecond,
        ...(sharedConsumers !== undefined && { sharedConsumers }),
        ...(fanOutConsumers !== undefined && { fanOutConsumers }),
    };
    return estimateCost({
        requirements,
        shards,
        retentionHours: judged.retentionHours,
        prices: judged.prices ?? priceList,
        ...(scalerEveryMinutes !== undefined && { scalerEveryMinutes, scalerMode }),
    });
}
