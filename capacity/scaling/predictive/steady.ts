/**
 * The count that would have done all along, seen from now. Where plans were not cheaper than to hold it, it is held, and a load that was as
 * high before is left to it: each change takes a call, shards that stay open for hours, and a change of shards for every reader.
 */
import { minutesPerDay } from "../../calendar";
import { mean, standardError } from "../../sums";
import { logBinOf, loadBins, loadOfBin } from "./bins";
import { lossesOf } from "./levels";
import { historyMinutes, type LoadMinutes } from "./minutes";
import { type Situation, type Steady } from "./situation";

/** Fewer days prove nothing. */
const knownDaysMin = 3;

/**
 * The part of what may be refused that the count would have refused on an average day, with so many standard errors of that average on top: what
 * comes is a little worse than what was, and a single day that refused it all tells little of the next ones. An open count may have refused more before
 * it is left.
 */
const refusedPart = 0.6;
const refusedPartOfOpen = 0.9;
const standardErrors = 2;

/** The open shards of so many days are compared with it; they were not cheaper where they were more than this part of it. */
const comparedDays = 3;
const openPart = 0.98;

/** Times that a load was as high before, at least an hour apart and before the last one. */
const timesUsual = 2;
const apartMinutes = 60;

/** The lowest count that would have kept to its part of the refusals, if the shards of the last days were not fewer. */
export function steadyCount(
    { minutes, settings, budget, open }: Situation,
    levels: readonly number[],
    table: Float64Array,
): Steady | undefined {
    if (minutes.count < knownDaysMin * minutesPerDay) return undefined;
    const days = sharesByDay(minutes, settings.peakShards);
    const ofDays = lossesOf(days, levels.length, table);
    const losses = levels.map((_, level) => days.map((_, day) => ofDays[day * levels.length + level]!));
    const offered = mean(days.map((shares) => loadOf(shares, settings.peakShards)));
    const allowed = settings.refusedShareSlo * offered;
    const index = losses.findIndex((lost, level) => {
        const part = levels[level] === open ? refusedPartOfOpen : refusedPart;
        return mean(lost) + standardErrors * standardError(lost) <= part * allowed;
    });
    if (index === -1 || offered === 0) return undefined;
    const meanOpenShards = meanOpen(minutes);
    if (!(meanOpenShards >= openPart * levels[index]!)) return undefined;
    return {
        index,
        costPerMinute: levels[index]! + budget.price * mean(losses[index]!),
        why: { refusedShare: mean(losses[index]!) / offered, days: days.length, meanOpenShards },
    };
}

/** Whether the load has been as high as now at other times. */
export function isUsualHeight({ load, count, oldest }: LoadMinutes): boolean {
    let [times, last] = [0, Infinity];
    for (let at = count - 1 - apartMinutes; at >= oldest && times < timesUsual; at--) {
        if (load[at]! < load[count - 1]!) continue;
        if (last - at > apartMinutes) times++;
        last = at;
    }
    return times >= timesUsual;
}

/** How often each load was there on each whole day of the history, the newest first. */
function sharesByDay({ logMinute, count }: LoadMinutes, peakShards: number): Float64Array[] {
    const binOf = logBinOf(peakShards);
    const days = Math.floor(Math.min(count, historyMinutes) / minutesPerDay);
    return Array.from({ length: days }, (_, day) => {
        const shares = new Float64Array(loadBins);
        const end = count - day * minutesPerDay;
        for (let at = end - minutesPerDay; at < end; at++) shares[binOf(logMinute[at]!)]! += 1 / minutesPerDay;
        return shares;
    });
}

function loadOf(shares: Float64Array, peakShards: number): number {
    return shares.reduce((sum, share, bin) => sum + share * loadOfBin(bin, peakShards), 0);
}

/** NaN where nobody told. */
function meanOpen({ open, count }: LoadMinutes): number {
    let [sum, told] = [0, 0];
    for (let at = Math.max(0, count - comparedDays * minutesPerDay); at < count; at++) {
        if (Number.isNaN(open[at]!)) continue;
        sum += open[at]!;
        told++;
    }
    return sum / told;
}
