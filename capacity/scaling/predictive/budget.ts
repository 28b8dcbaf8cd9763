/**
 * The error budget: how much may be refused is a promise over weeks, and what is left of it sets the price of a refused record now.
 */
import { minutesPerDay } from "../../calendar";
import { standardError } from "../../sums";
import { historyMinutes, type LoadMinutes } from "./minutes";

/** What one shard's load of a minute costs when it is refused, in shard-minutes, with a budget that is just kept. */
const priceAtPar = 120;

/** How much a day of savings lowers the price, as an exponent. */
const boldness = 0.25;

/** The part of the promise that is planned with; the rest is for what no plan sees. */
const plannedPart = 0.35;

/** Fewer whole days do not tell how far their average is to be trusted. */
const trustedDaysMin = 3;

/** Days of planned refusals that can be saved up, and be owed. */
const savedDaysMax = 4;
const savedDaysMin = -8;

/** A stream that is known for a short time has saved nothing, and its plans know little. */
const youngDays = 7;
const youngSaved = -3;

export interface ErrorBudget {
    /** Days of planned refusals that are saved up; negative: owed. */
    readonly days: number;
    /** Shard-minutes that a refused unit-minute costs. */
    readonly price: number;
}

export function errorBudget(minutes: LoadMinutes, slo: number): ErrorBudget {
    const known = Math.min(minutes.count, historyMinutes);
    const [offered, refusedSoFar] = minutes.recent(known);
    const refused = refusedSoFar + uncertainty(minutes, known);
    const allowed = plannedPart * slo * offered;
    const knownDays = known / minutesPerDay;
    const overspent = refused > 0 ? savedDaysMin : 0;
    const saved = allowed > 0 ? (1 - refused / allowed) * knownDays : overspent;
    const days = Math.max(
        savedDaysMin,
        Math.min(savedDaysMax, saved + youngSaved * Math.max(0, 1 - knownDays / youngDays)),
    );
    return { days, price: priceAtPar * Math.exp(-boldness * days) };
}

/** Refusals of a few days may become as many more: the standard error of what an average day refused, for all of them. */
function uncertainty(minutes: LoadMinutes, known: number): number {
    const days = Math.floor(known / minutesPerDay);
    if (days < trustedDaysMin) return 0;
    const refusedSince = (day: number) => minutes.recent(day * minutesPerDay)[1];
    return days * standardError(Array.from({ length: days }, (_, day) => refusedSince(day + 1) - refusedSince(day)));
}

/** Load that may be refused on an average day, in shards' minutes. */
export function allowedADay(minutes: LoadMinutes, slo: number): number {
    const known = Math.min(minutes.count, historyMinutes);
    return (plannedPart * slo * minutes.recent(known)[0] * minutesPerDay) / known;
}
