/**
 * What the next day may look like: the stream's own last days, each half hour of them a scenario, the likelier the more its last hours were
 * like those of now.
 */
import { minutesPerDay } from "../../calendar";
import { historyMinutes, type LoadMinutes } from "./minutes";
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
    const oldest = Math.max(0, minutes.count - historyMinutes);
    const found: Scenario[] = [];
    for (let back = shiftMinutes; now - back - (comparedQuarters * 15 - 1) >= oldest; back += shiftMinutes) {
        const anchor = now - back;
        const days = back / minutesPerDay;
        const fromDay = Math.abs(days - Math.round(days)) * minutesPerDay;
        const isWholeDay = Number.isInteger(days);
        let weight = Math.exp(-unlikeness(minutes, now, anchor) / likenessScale - fromDay / clockMinutesScale);
        if (isWholeDay) weight *= wholeDayFactor;
        if (Math.round(days) % 7 === 0 && days > 1) weight *= weekdayFactor;
        const logRatio = lastHour(minutes, now) - lastHour(minutes, anchor);
        const since = shift && meanLog(minutes, now, shift.minutes) - meanLog(minutes, anchor, shift.minutes);
        found.push({ weight, anchor, isWholeDay, logRatio, logShift: since === undefined ? 0 : since - logRatio });
    }
    found.sort((left, right) => right.weight - left.weight);
    const least = (found[0]?.weight ?? 0) * weightShareMin;
    return found.filter(({ weight, isWholeDay }, index) => isWholeDay || (index < scenariosMax && weight >= least));
}

/** Mean difference of the logarithms of the last quarters of hours, and of the last minutes. */
function unlikeness(minutes: LoadMinutes, now: number, anchor: number): number {
    let [sum, weights] = [0, 0];
    for (let quarter = 0; quarter < comparedQuarters; quarter++) {
        const weight = quarter < newestQuarters ? newestWeight : 1;
        const back = quarter * 15;
        sum += weight * Math.abs(minutes.logQuarter[now - back]! - minutes.logQuarter[anchor - back]!);
        weights += weight;
    }
    let last = 0;
    for (let back = 0; back < 3; back++)
        last += Math.abs(minutes.logMinute[now - back]! - minutes.logMinute[anchor - back]!);
    return sum / weights + (likenessScale * last) / 3 / lastMinutesScale;
}

function lastHour(minutes: LoadMinutes, at: number): number {
    let sum = 0;
    for (let back = 0; back < 60; back += 15) sum += minutes.logQuarter[at - back]!;
    return sum / 4;
}
