/**
 * A cost, item by item: dollars an hour and a month, and their sum.
 */
import { sum } from "../sums";
import { hoursPerMonth } from "./prices";

/** One thing that is billed. */
export interface CostItem {
    /** What is billed, such as `shardHours`. */
    readonly item: string;
    /** Dollars per hour. */
    readonly hourly: number;
    /** Dollars per month of 730 hours. */
    readonly monthly: number;
}

/** A cost, item by item. */
export interface ItemizedCost {
    readonly hourly: number;
    readonly monthly: number;
    /** What it is made of. */
    readonly items: readonly CostItem[];
}

export function item(name: string, hourly: number): CostItem {
    return { item: name, hourly: money(hourly), monthly: money(hourly * hoursPerMonth) };
}

/** Items that cost nothing are left out, the first aside: it says what the mode bills by. */
export function itemize(items: readonly CostItem[]): ItemizedCost {
    const billed = items.filter((row, index) => index === 0 || row.hourly > 0 || row.monthly > 0);
    const together = (of: "hourly" | "monthly") => money(sum(billed.map((row) => row[of])));
    return { hourly: together("hourly"), monthly: together("monthly"), items: billed };
}

/** Dollars to the cent. */
export function cents(dollars: number): number {
    return Math.round(dollars * 100) / 100;
}

/** Dollars without a binary remainder, to the millionth. */
export function money(dollars: number): number {
    return Math.round(dollars * 1_000_000) / 1_000_000;
}
