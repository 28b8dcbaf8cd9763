/**
 * The loads that the next day may bring: for each part of it, how likely each load is in a minute of it.
 */
import { minutesPerDay } from "../../calendar";
import { historyMinutes, type LoadMinutes } from "./minutes";
import { type Precedents } from "./precedents";
import { type Scenario } from "./scenarios";
import { leftOfShift, type Shift } from "./shift";

/** Short parts first: what a call now decides; then hours. */
const shortMinutes = 3;
const shortParts = 30;
const longMinutes = 60;
const longParts = 22;

/** Loads are told apart by bins of a width of 3 %, from a hundredth of the declared peak to six times it. */
const binWidth = 0.03;
const lowestShare = 0.01;
const highestShare = 6;
export const loadBins = Math.ceil(Math.log(highestShare / lowestShare) / binWidth) + 1;

/** A scenario's load is scaled to that of now, fading over four hours; to a level that has just shifted, as long as others have stayed. */
const fadeMinutes = 240;
const logRatioMax = Math.log(2);
const logShiftMax = 1.2;

/** Part of the outlook that comes from the phase of the hour and the level half an hour before, by days known. */
const phaseWeightMax = 0.4;
const phaseWeightStart = 0.05;
const phaseWeightDays = 0.3;
const phaseBackMinutes = 30;
/** Levels of half an hour before are alike within this difference of logarithms. */
const phaseAlike = 0.3;

/** Part of the outlook that comes from what followed a level like that of now at any time, by days known. */
const tailWeightLeast = 0.1;
const tailWeightDays = 0.2;
const tailEveryMinutes = 7;
/** It counts like so many scenarios: where few are like the last hours, what they do not show may still come. */
const tailScenarios = 5;

export interface OutlookPart {
    /** Minutes from now. */
    readonly fromMinute: number;
    readonly minutes: number;
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

/** Each bin over the lowest. */
const factors = Float64Array.from({ length: loadBins }, (_, bin) => Math.exp(bin * binWidth));

/** The load of a bin in shards. */
export function loadOfBin(bin: number, peakShards: number): number {
    return bin === 0 ? 0 : peakShards * lowestShare * factors[bin]!;
}

/** The bin of a load's natural logarithm. */
export function logBinOf(peakShards: number): (log: number) => number {
    const logLowest = Math.log(peakShards * lowestShare);
    return (log) => {
        const bin = ((log - logLowest) / binWidth + 0.5) | 0;
        return bin < 0 ? 0 : bin >= loadBins ? loadBins - 1 : bin;
    };
}

/** The highest load that counts as this bin's. */
export function topOfBin(bin: number, peakShards: number): number {
    return peakShards * lowestShare * Math.exp((bin + 0.5) * binWidth);
}

/**
 * @param lagMinutes minutes between the newest one that is known and now
 * @param shift of the level, if there is one
 * @param floor a load that the first minutes have at least, and what followed rises like the one to it
 */
export function outlookOf(
    minutes: LoadMinutes,
    scenarios: readonly Scenario[],
    given: {
        readonly peakShards: number;
        readonly lagMinutes: number;
        readonly floor?: Floor | undefined;
        readonly shift?: Shift | undefined;
    },
): OutlookPart[] {
    const binOf = logBinOf(given.peakShards);
    const now = minutes.count - 1;
    const knownDays = Math.min(14, minutes.count / minutesPerDay);
    const phaseWeight = Math.min(phaseWeightMax, phaseWeightStart + phaseWeightDays / Math.max(1, knownDays));
    const tail = anyTime();
    const tailWeight = Math.max(tailWeightLeast + tailWeightDays / Math.max(1, knownDays), tailWeightOf(scenarios));
    const parts: OutlookPart[] = [];
    for (let index = 0; index < shortParts; index++) {
        const fromMinute = index * shortMinutes;
        const probability = new Float64Array(loadBins);
        const sum = addScenarios(probability, fromMinute, shortMinutes);
        scale(probability, sum > 0 ? (1 - phaseWeight) / sum : 0);
        addPhase(probability, fromMinute);
        scale(probability, (1 - tailWeight) / total(probability));
        for (let bin = 0; bin < loadBins; bin++) probability[bin]! += tailWeight * tail[bin]!;
        raise(probability, fromMinute);
        parts.push({ fromMinute, minutes: shortMinutes, probability });
    }
    for (let index = 0; index < longParts; index++) {
        const fromMinute = shortParts * shortMinutes + index * longMinutes;
        const probability = new Float64Array(loadBins);
        addDays(probability, fromMinute);
        const sum = total(probability);
        if (sum > 0) scale(probability, 1 / sum);
        else probability[binOf(minutes.logQuarter[now]!)] = 1;
        parts.push({ fromMinute, minutes: longMinutes, probability });
    }
    return parts;

    /** Every scenario that is as long. */
    function addScenarios(into: Float64Array, fromMinute: number, length: number): number {
        let sum = 0;
        const left = given.shift === undefined ? 0 : leftOfShift(minutes, given.shift, fromMinute, length);
        for (const { anchor, weight, logRatio, logShift } of scenarios) {
            const ratio = within(logRatioMax, logRatio);
            const shift = left * within(logShiftMax, logShift);
            for (let minute = fromMinute + 1; minute <= fromMinute + length; minute++) {
                const ahead = minute + given.lagMinutes;
                if (anchor + ahead > now) break;
                const fade = Math.max(0, 1 - ahead / fadeMinutes);
                const bin = binOf(minutes.logMinute[anchor + ahead]! + fade * ratio + shift);
                into[bin]! += weight;
                sum += weight;
            }
        }
        return sum;
    }

    /** Whole days only, by the highest of each five minutes. */
    function addDays(into: Float64Array, fromMinute: number): void {
        for (const { anchor, weight, logRatio, isWholeDay } of scenarios) {
            if (!isWholeDay) continue;
            const ratio = within(logRatioMax, logRatio);
            for (let minute = fromMinute + 5; minute <= fromMinute + longMinutes; minute += 5) {
                const ahead = minute + given.lagMinutes;
                if (anchor + ahead > now) break;
                const fade = Math.max(0, 1 - ahead / fadeMinutes);
                into[binOf(minutes.logHighest[anchor + ahead]! + fade * ratio)]! += weight;
            }
        }
    }

    /** The same minutes of the hour, where the level half an hour before was like the one before this part. */
    function addPhase(into: Float64Array, fromMinute: number): void {
        const ahead = fromMinute + 1 + given.lagMinutes;
        const base = minutes.logQuarter[Math.max(0, now + Math.min(0, ahead - phaseBackMinutes))]!;
        const found = new Float64Array(loadBins);
        let sum = 0;
        const oldest = Math.max(phaseBackMinutes, minutes.count - historyMinutes);
        for (let start = now + ahead - 60 * Math.ceil(ahead / 60); start >= oldest; start -= 60) {
            const difference = base - minutes.logQuarter[start - phaseBackMinutes]!;
            const weight = 1 - Math.abs(difference) / phaseAlike;
            if (weight <= 0) continue;
            for (let at = start; at < start + shortMinutes && at <= now; at++) {
                found[binOf(minutes.logMinute[at]! + difference)]! += weight;
                sum += weight;
            }
        }
        if (sum === 0) return;
        const factor = phaseWeight / sum;
        for (let bin = 0; bin < loadBins; bin++) into[bin]! += factor * found[bin]!;
    }

    /** What came half an hour after a level like that of now, at whatever time. */
    function anyTime(): Float64Array {
        const found = new Float64Array(loadBins);
        const base = minutes.logQuarter[now]!;
        let sum = 0;
        for (let at = now; at >= Math.max(phaseBackMinutes, minutes.count - historyMinutes); at -= tailEveryMinutes) {
            const difference = base - minutes.logQuarter[at - phaseBackMinutes]!;
            const weight = 1 - Math.abs(difference) / phaseAlike;
            if (weight <= 0) continue;
            found[binOf(minutes.logMinute[at]! + difference)]! += weight;
            sum += weight;
        }
        if (sum > 0) scale(found, 1 / sum);
        return found;
    }

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
        const followed = afterOthers(precedents.anchors, fromMinute);
        const sum = total(followed);
        if (sum === 0) return;
        scale(probability, 1 - precedents.trust);
        for (let bin = 0; bin < loadBins; bin++) probability[bin]! += (precedents.trust * followed[bin]!) / sum;
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

function within(most: number, value: number): number {
    return Math.max(-most, Math.min(most, value));
}

function scale(values: Float64Array, factor: number): void {
    for (let index = 0; index < values.length; index++) values[index]! *= factor;
}

function total(values: Float64Array): number {
    let sum = 0;
    for (const value of values) sum += value;
    return sum;
}
