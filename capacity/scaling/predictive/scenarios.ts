/**
 * What the next day may look like: the stream's own last days, each half hour of them a scenario, the likelier the more its last hours were
 * like those of now.
 */
import { minutesPerDay } from "../../calendar";
import { type LoadMinutes, quarterMinutes } from "./minutes";
import { meanLog, type Shift } from "./shift";

/** Every so many minutes of the past begin a scenario: batches and spikes keep to half hours. */
const shiftMinutes = 30;

/** The past is compared with now by its last quarters of hours, the newest of them counting more. */
const comparedQuarters = 12;
const newestQuarters = 4;
const newestWeight = 1.5;

/** A mean difference of the logarithms by so much makes a scenario e times less likely; so does being so far away in the time of the day. */
const likenessScale = 0.08;
const clockMinutesScale = 90;

/** The same time of day, and the same weekday, are that many times likelier. */
const wholeDayFactor = 6.7;
const weekdayFactor = 1.5;

/** The last minutes count by their difference in parts of this. */
const lastMinutesScale = 0.25;

const scenariosMax = 140;

/** Scenarios of less than this part of the likeliest one do not show. */
const weightShareMin = 0.003;

/** A course that the load may take from the newest minute on: that of the past after `anchor`, scaled. */
export interface Scenario {
    readonly weight: number;
    /** Index of the minute that corresponds to the newest. */
    readonly anchor: number;
    /** Logarithm of the load of the last hour over that of then. */
    readonly logRatio: number;
    /** What a level that has just shifted adds to it; 0 where none has. */
    readonly logShift: number;
    readonly isWholeDay: boolean;
}

export function scenariosOf(minutes: LoadMinutes, shift?: Shift): Scenario[] {
    const now = minutes.count - 1;
    const oldest = minutes.oldest + comparedQuarters * quarterMinutes - 1;
    const weights: number[] = [];
    for (let back = shiftMinutes; now - back >= oldest; back += shiftMinutes)
        weights.push(weightOf(minutes, now, back));
    const least = weightShareMin * weights.reduce((most, weight) => Math.max(most, weight), 0);
    const hour = lastHour(minutes, now);
    const found: Scenario[] = [];
    for (const [index, weight] of weights.entries()) {
        const back = (index + 1) * shiftMinutes;
        const isWholeDay = back % minutesPerDay === 0;
        if (weight < least && !isWholeDay) continue;
        const anchor = now - back;
        const logRatio = hour - lastHour(minutes, anchor);
        const logShift =
            shift === undefined
                ? 0
                : meanLog(minutes, now, shift.minutes) - meanLog(minutes, anchor, shift.minutes) - logRatio;
        found.push({ weight, anchor, isWholeDay, logRatio, logShift });
    }
    found.sort((left, right) => right.weight - left.weight);
    return found.filter(({ isWholeDay }, index) => isWholeDay || index < scenariosMax);
}

function weightOf(minutes: LoadMinutes, now: number, back: number): number {
    const days = back / minutesPerDay;
    const nearest = Math.round(days);
    const fromDay = Math.abs(days - nearest) * minutesPerDay;
    let weight = Math.exp(-unlikeness(minutes, now, now - back) / likenessScale - fromDay / clockMinutesScale);
    if (days === nearest) weight *= wholeDayFactor;
    if (nearest % 7 === 0 && days > 1) weight *= weekdayFactor;
    return weight;
}

/** Mean difference of the logarithms of the last quarters of hours, and of the last minutes. */
function unlikeness({ logMinute, logQuarter }: LoadMinutes, now: number, anchor: number): number {
    let [sum, weights] = [0, 0];
    for (let quarter = 0; quarter < comparedQuarters; quarter++) {
        const weight = quarter < newestQuarters ? newestWeight : 1;
        const back = quarter * quarterMinutes;
        sum += weight * Math.abs(logQuarter[now - back]! - logQuarter[anchor - back]!);
        weights += weight;
    }
    let last = 0;
    for (let back = 0; back < 3; back++) last += Math.abs(logMinute[now - back]! - logMinute[anchor - back]!);
    return sum / weights + (likenessScale * last) / 3 / lastMinutesScale;
}

function lastHour(minutes: LoadMinutes, at: number): number {
    let sum = 0;
    for (let back = 0; back < 60; back += 15) sum += minutes.logQuarter[at - back]!;
    return sum / 4;
}
