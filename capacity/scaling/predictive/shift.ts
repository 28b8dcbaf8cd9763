/**
 * A level that has shifted: an event of half an hour hardly shows in the load of the last hours before it is half over. How long it stays is
 * read from the shifts of the last days that were like it.
 */
import { usualScatter } from "../load";
import { historyMinutes, type LoadMinutes, type Stretch } from "./minutes";

/** The newest minutes, 2 to 12 of them, are held against the half hour before them. */
const newestMinutesMin = 2;
const newestMinutesMax = 12;
const beforeMinutes = 30;

/** They are another level where they differ by so many times what chance would make of it. */
const significantSigmas = 3;

/** The usual scatter of a minute is that of the last two hours, at least a tenth. */
const scatterMinutes = 120;
const scatterLeast = 0.1;

/** Shifts are alike up to these parts of each other, and are different ones if they are so far apart. */
const alikeMin = 0.6;
const alikeMax = 1.7;
const apartMinutes = 30;

/** Before any is known, a shift is expected to fade over three quarters of an hour; that counts like so many known ones. */
const fadeMinutes = 45;
const fadeCounts = 4;

/** What one of them can say: gone to the other side by half, or grown by half. */
const leftMin = -0.5;
const leftMax = 1.5;

/** A level over the half hour before it. */
interface LevelChange {
    /** Index of its newest minute. */
    readonly at: number;
    /** Mean logarithm of the load before. */
    readonly before: number;
    /** Of the logarithms: the level over the one before. */
    readonly logRatio: number;
}

export interface Shift {
    /** So many newest minutes are the new level. */
    readonly minutes: number;
    /** Those of the last days that were alike. */
    readonly others: readonly LevelChange[];
}

/** The most significant shift that has just come, up or down; undefined where there is none. */
export function shiftOf(minutes: LoadMinutes): Shift | undefined {
    const { logMinute, count } = minutes;
    if (count <= scatterMinutes) return undefined;
    const scatter = Math.max(scatterLeast, usualScatter(logMinute.subarray(count - scatterMinutes, count)));
    let since: number | undefined;
    let most = significantSigmas;
    for (let newest = newestMinutesMin; newest <= newestMinutesMax; newest++) {
        const { logRatio } = changeAt(minutes, count - 1, newest);
        const sigmas = Math.abs(logRatio) / (scatter * Math.sqrt(1 / newest + 1 / beforeMinutes));
        if (sigmas <= most) continue;
        [most, since] = [sigmas, newest];
    }
    return since === undefined ? undefined : { minutes: since, others: othersLike(minutes, since) };
}

/** The part of a shift that is still there on average in the minutes after so many from now. */
export function leftOfShift(minutes: LoadMinutes, { others }: Shift, { fromMinute, minutes: length }: Stretch): number {
    let sum = fadeCounts * Math.max(0, 1 - (fromMinute + (length + 1) / 2) / fadeMinutes);
    let weight = fadeCounts;
    for (const { at, before, logRatio } of others) {
        const until = at + fromMinute + length;
        if (until >= minutes.count) continue;
        const left = (meanLog(minutes, until, length) - before) / logRatio;
        sum += Math.max(leftMin, Math.min(leftMax, left));
        weight++;
    }
    return Math.max(0, sum / weight);
}

function othersLike(minutes: LoadMinutes, newest: number): LevelChange[] {
    const now = changeAt(minutes, minutes.count - 1, newest);
    const oldest = Math.max(beforeMinutes + newest, minutes.count - historyMinutes);
    const others: LevelChange[] = [];
    for (let at = now.at - apartMinutes; at >= oldest; at--) {
        const change = changeAt(minutes, at, newest);
        const part = change.logRatio / now.logRatio;
        if (part < alikeMin || part > alikeMax) continue;
        others.push(change);
        at -= apartMinutes - 1;
    }
    return others;
}

function changeAt(minutes: LoadMinutes, at: number, newest: number): LevelChange {
    const before = meanLog(minutes, at - newest, beforeMinutes);
    return { at, before, logRatio: meanLog(minutes, at, newest) - before };
}

/** Mean logarithm of the load of so many minutes, the last of them at an index. */
export function meanLog({ logMinuteSum }: LoadMinutes, at: number, minutes: number): number {
    return (logMinuteSum[at]! - (at >= minutes ? logMinuteSum[at - minutes]! : 0)) / minutes;
}
