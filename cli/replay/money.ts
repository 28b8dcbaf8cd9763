/**
 * What each policy would have cost, beside the modes that have no shards.
 */
import { costOf, onDemandChoices, type Case } from "../../capacity/advice/choices";
import { type ChoiceKind } from "../../capacity/advice/advice";
import { limits } from "../../capacity/limits";
import { cents } from "../../capacity/sizing/costItems";
import { hoursPerMonth } from "../../capacity/sizing/prices";
import { type Played } from "./play";

export interface Money {
    /** Dollars for the time of the trace, shards by the second. */
    readonly cost: number;
    /** The same where each started hour of a shard is billed in full. */
    readonly costStartedHours: number;
    /** Dollars a month that goes on like the trace. */
    readonly monthly: number;
    readonly monthlyStartedHours: number;
}

export function moneyOf({ outcome, kind, mode }: Played, judged: Case, everyMinutes: number): Money {
    const hours = judged.seconds.length / limits.secondsPerHour;
    const monthly = (averageShards: number) => {
        const cost = costOf(judged, averageShards, kind === "scaled" ? everyMinutes : undefined, mode);
        return cost.provisioned.monthly + cost.surroundings.monthly;
    };
    const ofTrace = (dollarsAMonth: number) => cents((dollarsAMonth * hours) / hoursPerMonth);
    const { shardHours, startedShardHours } = outcome;
    return {
        cost: ofTrace(monthly(shardHours / hours)),
        costStartedHours: ofTrace(monthly(startedShardHours / hours)),
        monthly: cents(monthly(shardHours / hours)),
        // A month has 730 hours to start, whether or not the trace ends within one; and started ones cost no less than seconds do.
        monthlyStartedHours: cents(monthly(Math.max(shardHours / hours, startedShardHours / Math.ceil(hours)))),
    };
}

export interface OnDemand {
    readonly name: string;
    readonly kind: ChoiceKind;
    readonly refusedPercent: number;
    readonly cost: number;
    readonly monthly: number;
}

export function onDemandOf(judged: Case): OnDemand[] {
    const months = judged.seconds.length / limits.secondsPerHour / hoursPerMonth;
    return onDemandChoices(judged).map(({ choice, kind, monthly, refusedPercent }) => ({
        name: choice,
        kind,
        refusedPercent,
        cost: cents(monthly * months),
        monthly: cents(monthly),
    }));
}
