/**
 * The error budget: how much may be refused is a promise over weeks, and what is left of it sets the price of a refused record now.
 */
import { historyMinutes, type LoadMinutes, minutesPerDay } from "./minutes";

/** What one shard's load of a minute costs when it is refused, in shard-minutes, with a budget that is just kept. */
const priceAtPar = 120;

/** The part of the promise that is planned with; the rest is for what no plan sees. */
const plannedPart = 0.85;

const bankMax = 8;
const bankMin = -6;
/** How much a day of savings lowers the price, as an exponent. */
const boldness = 0.25;

/** A young stream has saved nothing, and its plans know little. */
const startBank = -3;
const startDays = 7;

export interface ErrorBudget {
    /** Days of allowed refusals that are saved up; negative: overdrawn. */
    readonly days: number;
    /** Shard-minutes that a refused unit-minute costs. */
    readonly price: number;
}

export function errorBudget(minutes: LoadMinutes, slo: number): ErrorBudget {
    const to = minutes.count - 1;
    const from = Math.max(0, minutes.count - historyMinutes) - 1;
    const since = (sums: Float64Array) => Math.max(0, sums[to]! - (from >= 0 ? sums[from]! : 0));
    const [offered, refused] = [since(minutes.loadSum), since(minutes.refusedSum)];
    const knownDays = (to - from) / minutesPerDay;
    const perDay = (plannedPart * slo * offered) / knownDays;
    const saved = perDay > 0 ? (plannedPart * slo * offered - refused) / perDay : 0;
    const young = startBank * Math.max(0, 1 - knownDays / startDays);
    const days = Math.min(bankMax, Math.max(bankMin, saved + young));
    return { days, price: priceAtPar * Math.exp(-boldness * days) };
}
