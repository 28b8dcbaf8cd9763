/**
 * The lengths of time, and the days and moments that the Gregorian calendar has. Date.parse takes 30 February for 2 March.
 */

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
/** Of UTC, which knows no summer time. */
export const dayMs = 24 * hourMs;
export const minutesPerDay = dayMs / minuteMs;

/** @param month 1 to 12 */
export function daysInMonth(year: number, month: number): number {
    const isLeapYear = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
    return month === 2 && isLeapYear ? 29 : usualDays[month - 1]!;
}

const usualDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Why no day is the one that a text begins with: `2025-02 has 28 days`. Undefined where there is such a day, or no date of this form. */
export function missingDay(text: string): string | undefined {
    const [, year = "", month = "", day = ""] = /^(\d{4})[-/](0[1-9]|1[0-2])[-/](\d\d)/.exec(text) ?? [];
    if (day === "") return undefined;
    const days = daysInMonth(Number(year), Number(month));
    return Number(day) <= days ? undefined : `${year}-${month} has ${days} days`;
}

const moment =
    /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/** Whether a text names a moment as RFC 3339 spells it, `2026-11-02T12:00:00Z`, with its zone. */
export function isMoment(text: string): boolean {
    return moment.test(text) && missingDay(text) === undefined;
}
