/**
 * Rises of the last days that were like the one of now: what followed them is what may follow it. A spike that has come and gone a dozen times
 * needs no call that arrives when it ebbs.
 */
import { historyMinutes, type LoadMinutes } from "./minutes";

/** Differences of logarithms within which a minute, the one before it, and its rise over the quarter of an hour before that are alike. */
const minuteAlike = 0.2;
const minuteBeforeAlike = 0.4;
const riseAlike = 0.5;
const riseMinutes = 5;

/** Minutes that are nearer to each other belong to one rise; so do those to the one of now. */
const apartMinutes = 20;
const ownMinutes = 30;

/** Fewer rises prove nothing; with so many more than none, what followed them is believed by half. */
const risesMin = 12;
const risesHalf = 8;

export interface Precedents {
    /** Indexes of the minutes that were like the newest. */
    readonly anchors: readonly number[];
    /** How far they are believed, from 0 to 1. */
    readonly trust: number;
}

export function precedentsOf(minutes: LoadMinutes): Precedents | undefined {
    const { logMinute, logQuarter } = minutes;
    const now = minutes.count - 1;
    const riseAt = (at: number) => logMinute[at]! - logQuarter[at - riseMinutes]!;
    const rise = riseAt(now);
    const oldest = Math.max(apartMinutes, minutes.count - historyMinutes);
    const anchors: number[] = [];
    let [rises, last] = [0, Infinity];
    for (let at = now - ownMinutes; at >= oldest; at--) {
        if (Math.abs(logMinute[at]! - logMinute[now]!) > minuteAlike) continue;
        if (Math.abs(logMinute[at - 1]! - logMinute[now - 1]!) > minuteBeforeAlike) continue;
        if (Math.abs(riseAt(at) - rise) > riseAlike) continue;
        anchors.push(at);
        if (last - at > apartMinutes) rises++;
        last = at;
    }
    return rises < risesMin ? undefined : { anchors, trust: rises / (rises + risesHalf) };
}
