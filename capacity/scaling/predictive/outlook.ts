/**
 * The loads that the next day may bring: for each part of it, how likely each load is in a minute of it.
 */
import { minutesPerDay } from "../../calendar";
import { addPart, loadBins, logBinOf, medianLog, scaleTo } from "./bins";
import { type Courses } from "./courses";
import { ForecastErrors } from "./forecasts";
import { type LoadMinutes, type Stretch } from "./minutes";
import { type Precedents } from "./precedents";
import { type Scenario } from "./scenarios";

/** Short parts first: what a call now decides; then hours. */
const shortMinutes = 3;
const shortParts = 30;
const longMinutes = 60;
const longParts = 22;

/** Part of the outlook that comes from how forecasts of the same minutes of the hour erred, by days known. */
const phaseWeightMax = 0.4;
const phaseWeightStart = 0.05;
const phaseWeightDays = 0.3;

/** Part of it that comes from how forecasts erred at any time, by days known. */
const tailWeightLeast = 0.1;
const tailWeightDays = 0.2;
/** It counts like so many scenarios: where few are like the last hours, what they do not show may still come. */
const tailScenarios = 5;

export interface OutlookPart extends Stretch {
    /** Probability of each bin of load. */
    readonly probability: Float64Array;
}

/** A load that is there, and lasts so many minutes at least, unless rises like this one ended sooner. */
interface Floor {
    readonly load: number;
    readonly minutes: number;
    readonly precedents: Precedents | undefined;
}

/** What followed other rises is told for so long. */
const precedentMinutes = 30;

/**
 * @param lagMinutes minutes between the newest one that is known and now
 * @param floor a load that the first minutes have at least, and what followed rises like the one to it
 */
export function outlookOf(
    minutes: LoadMinutes,
    courses: Courses,
    given: { readonly peakShards: number; readonly lagMinutes: number; readonly floor?: Floor | undefined },
): OutlookPart[] {
    const binOf = logBinOf(given.peakShards);
    const now = minutes.count - 1;
    const knownDays = Math.max(1, Math.min(14, minutes.count / minutesPerDay));
    const phaseWeight = Math.min(phaseWeightMax, phaseWeightStart + phaseWeightDays / knownDays);
    const tailWeight = Math.max(tailWeightLeast + tailWeightDays / knownDays, tailWeightOf(courses.scenarios));
    const errors = new ForecastErrors(minutes, given.peakShards);
    const parts: OutlookPart[] = [];
    for (let index = 0; index < shortParts; index++) {
        const stretch = { fromMinute: index * shortMinutes, minutes: shortMinutes };
        const probability = courses.near(stretch);
        const median = medianLog(probability, given.peakShards);
        const first = now + given.lagMinutes + stretch.fromMinute + 1;
        mix(probability, phaseWeight, errors.inSameMinutes(median, first, shortMinutes));
        mix(probability, tailWeight, errors.anyTime(median));
        raise(probability, stretch.fromMinute);
        parts.push({ ...stretch, probability });
    }
    for (let index = 0; index < longParts; index++) {
        const stretch = { fromMinute: shortParts * shortMinutes + index * longMinutes, minutes: longMinutes };
        parts.push({ ...stretch, probability: courses.far(stretch) });
    }
    return parts;

    function raise(probability: Float64Array, fromMinute: number): void {
        if (given.floor === undefined) return;
        const { load, minutes: floorMinutes, precedents } = given.floor;
        if (fromMinute < floorMinutes) {
            const least = binOf(Math.log(Math.max(1e-9, load)));
            for (let bin = 0; bin < least; bin++) {
                probability[least]! += probability[bin]!;
                probability[bin] = 0;
            }
        }
        if (precedents === undefined || fromMinute >= precedentMinutes) return;
        mix(probability, precedents.trust, afterOthers(precedents.anchors, fromMinute));
    }

    /** What came after other minutes, as if they had been as high as the newest. */
    function afterOthers(anchors: readonly number[], fromMinute: number): Float64Array {
        const found = new Float64Array(loadBins);
        for (const anchor of anchors) {
            const difference = minutes.logMinute[now]! - minutes.logMinute[anchor]!;
            const first = anchor + fromMinute + given.lagMinutes + 1;
            for (let at = first; at < first + shortMinutes && at <= now; at++)
                found[binOf(minutes.logMinute[at]! + difference)]!++;
        }
        return found;
    }
}

/** By the number of scenarios of equal weight that would tell as much. */
function tailWeightOf(scenarios: readonly Scenario[]): number {
    let [sum, squares] = [0, 0];
    for (const { weight } of scenarios) {
        sum += weight;
        squares += weight * weight;
    }
    return sum > 0 ? tailScenarios / (tailScenarios + (sum * sum) / squares) : 0;
}

/** Makes so much of a distribution another one. */
function mix(probability: Float64Array, part: number, other: Float64Array): void {
    scaleTo(1 - part, probability);
    if (!addPart(probability, part, other)) scaleTo(1, probability);
}
