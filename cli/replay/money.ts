/**
 * What each policy would have cost, beside the modes that have no shards.
 */
import { costOf, onDemandChoices, type Case } from "../../capacity/advice/choices";
import { type ChoiceKind } from "../../capacity/advice/advice";
import { limits } from "../../capacity/limits";
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
    const monthly = (shardHours: number) => {
        const cost = costOf(judged, shardHours / hours, kind === "scaled" ? everyMinutes : undefined, mode);
        return cost.provisioned.monthly + cost.surroundings.monthly;
    };
    const [bySecond, byHour] = [monthly(outcome.shardHours), monthly(outcome.startedShardHours)];
    return {
        cost: cents((bySecond * hours) / hoursPerMonth),
        costStartedHours: cents((byHour * hours) / hoursPerMonth),
        monthly: cents(bySecond),
        monthlyStartedHours: cents(byHour),
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

function cents(dollars: number): number {
    return Math.round(dollars * 100) / 100;
}
