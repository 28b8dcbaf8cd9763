/**
 * Schedule expressions: rate(5 minutes), cron(0 12 * * ? *), at(2026-11-01T12:00:00).
 *
 * Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html, read 2026-11. Times are UTC.
 */
import { isMoment } from "../../capacity/calendar";
import { AwsError } from "../service";

export interface Schedule {
    /** The first time after another one at which the schedule is due; undefined if there is none. */
    next(afterMs: number): number | undefined;
}

const unitMs: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** @param startMs when the schedule was made: a rate counts from there */
export function parseSchedule(expression: string, startMs: number): Schedule {
    const [, kind, inner = ""] = /^(rate|cron|at)\((.*)\)$/.exec(expression) ?? [];
    if (kind === "rate") return rate(inner, startMs, expression);
    if (kind === "cron") return cron(inner, expression);
    if (kind === "at") return at(inner, expression);
    throw invalid(expression);
}

function rate(inner: string, startMs: number, expression: string): Schedule {
    const [, digits, unit, plural] = /^(\d+) (minute|hour|day)(s?)$/.exec(inner) ?? [];
    const count = Number(digits);
    if (!unit || count < 1 || (count === 1) !== (plural === "")) throw invalid(expression);
    const periodMs = count * unitMs[unit]!;
    return { next: (afterMs) => startMs + Math.max(1, Math.floor((afterMs - startMs) / periodMs) + 1) * periodMs };
}

function at(inner: string, expression: string): Schedule {
    if (!/:\d\d$/.test(inner) || !isMoment(`${inner}Z`)) throw invalid(expression);
    const timeMs = Date.parse(`${inner}Z`);
    return { next: (afterMs) => (timeMs > afterMs ? timeMs : undefined) };
}

const monthNames = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const dayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/** minutes hours day-of-month month day-of-week year */
function cron(inner: string, expression: string): Schedule {
    const fields = inner.trim().split(/\s+/);
    const [minutes, hours, monthDays, months, weekDays, years] = fields;
    if (fields.length !== 6 || (monthDays === "?") === (weekDays === "?")) throw invalid(expression);
    const read = (field: string, min: number, max: number, names: readonly string[] = []): ReadonlySet<number> =>
        readField(field, min, max, names, expression);
    const minuteSet = read(minutes!, 0, 59);
    const hourSet = read(hours!, 0, 23);
    const monthSet = read(months!, 1, 12, monthNames);
    const yearSet = read(years!, 1970, 2199);
    const monthDaySet = monthDays === "?" || monthDays === "L" ? undefined : read(monthDays!, 1, 31);
    const weekDaySet = weekDays === "?" ? undefined : read(weekDays!, 1, 7, dayNames);
    const dayMatches = (day: Date): boolean => {
        if (!yearSet.has(day.getUTCFullYear()) || !monthSet.has(day.getUTCMonth() + 1)) return false;
        if (weekDaySet) return weekDaySet.has(day.getUTCDay() + 1);
        if (monthDaySet) return monthDaySet.has(day.getUTCDate());
        return new Date(day.getTime() + unitMs.day!).getUTCDate() === 1;
    };
    return {
        next(afterMs) {
            const dayMs = unitMs.day!;
            const firstMs = Math.floor(afterMs / 60_000) * 60_000 + 60_000;
            // Four years hold every date that there is.
            for (let day = 0; day <= 4 * 366; day++) {
                const midnightMs = Math.floor(firstMs / dayMs) * dayMs + day * dayMs;
                if (!dayMatches(new Date(midnightMs))) continue;
                for (let minute = 0; minute < 1_440; minute++) {
                    const timeMs = midnightMs + minute * 60_000;
                    if (timeMs < firstMs) continue;
                    if (hourSet.has(Math.floor(minute / 60)) && minuteSet.has(minute % 60)) return timeMs;
                }
            }
            return undefined;
        },
    };
}

/**
 * A field of a cron expression: `*`, `5`, `1-5`, `0/15`, `MON-FRI`, and lists of these.
 *
 * @param names of 1, 2, ...
 */
function readField(
    field: string,
    min: number,
    max: number,
    names: readonly string[],
    expression: string,
): ReadonlySet<number> {
    const values = new Set<number>();
    const number = (text: string): number => {
        const named = names.indexOf(text.toUpperCase());
        const value = /^\d+$/.test(text) ? Number(text) : named < 0 ? NaN : named + 1;
        if (!(value >= min && value <= max)) throw invalid(expression);
        return value;
    };
    for (const part of field.split(",")) {
        const [range = "", stepText] = part.split("/");
        const step = stepText === undefined ? 1 : Number(stepText);
        if (!(Number.isInteger(step) && step >= 1)) throw invalid(expression);
        const [from, to] = range === "*" ? [String(min), String(max)] : range.split("-");
        const first = number(from!);
        const last = to !== undefined ? number(to) : stepText !== undefined ? max : first;
        for (let value = first; value <= last; value += step) values.add(value);
    }
    return values;
}

function invalid(expression: string): AwsError {
    return new AwsError("ValidationException", `Invalid Schedule Expression ${expression}.`);
}
