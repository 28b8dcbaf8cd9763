/**
 * The count that would have done all along, seen from now. Where plans were not cheaper than to hold it, it is held, and a load that was as
 * high before is left to it: each change takes a call, shards that stay open for hours, and a change of shards for every reader.
 */
import { logBinOf, loadBins, loadOfBin } from "./outlook";
import { lossesOf } from "./levels";
import { historyMinutes, type LoadMinutes, minutesPerDay } from "./minutes";
import { type Situation, type Steady } from "./situation";

/** Fewer days prove nothing. */
const knownDaysMin = 3;

/** The part of what may be refused that the count would have refused: what comes is a little worse than what was. */
const refusedPart = 0.2;

/** The open shards of so many days are compared with it; they were not cheaper where they were more than this part of it. */
const comparedDays = 3;
const openPart = 0.98;

/** Times that a load was as high before, at least an hour apart and before the last one. */
const timesUsual = 2;
const apartMinutes = 60;

/** The lowest count that keeps to its part of the refusals, if the shards of the last days were not fewer. */
export function steadyCount(
    { minutes, settings, budget }: Situation,
    levels: readonly number[],
    table: Float64Array,
): Steady | undefined {
    if (minutes.count < knownDaysMin * minutesPerDay) return undefined;
    const shares = sharesOf(minutes, settings.peakShards);
    const offered = shares.reduce((sum, share, bin) => sum + share * loadOfBin(bin, settings.peakShards), 0);
    const losses = lossesOf([shares], levels.length, table);
    const index = losses.findIndex((lost) => lost <= refusedPart * settings.refusedShareSlo * offered);
    if (index === -1 || offered === 0) return undefined;
    const meanOpenShards = meanOpen(minutes);
    if (!(meanOpenShards >= openPart * levels[index]!)) return undefined;
    return {
        index,
        costPerMinute: levels[index]! + budget.price * losses[index]!,
        why: {
            refusedShare: losses[index]! / offered,
            days: Math.floor(Math.min(minutes.count, historyMinutes) / minutesPerDay),
            meanOpenShards,
        },
    };
}

/** Whether the load has been as high as now at other times. */
export function isUsualHeight({ load, count }: LoadMinutes): boolean {
    let [times, last] = [0, Infinity];
    for (let at = count - 1 - apartMinutes; at >= Math.max(0, count - historyMinutes) && times < timesUsual; at--) {
        if (load[at]! < load[count - 1]!) continue;
        if (last - at > apartMinutes) times++;
        last = at;
    }
    return times >= timesUsual;
}

/** How often each load was there in the history. */
function sharesOf({ logMinute, count }: LoadMinutes, peakShards: number): Float64Array {
    const [shares, binOf] = [new Float64Array(loadBins), logBinOf(peakShards)];
    const known = Math.min(count, historyMinutes);
    for (let at = count - known; at < count; at++) shares[binOf(logMinute[at]!)]! += 1 / known;
    return shares;
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
