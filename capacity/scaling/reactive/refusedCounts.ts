/**
 * Counts that refused a load which fits them by the minute: its seconds scatter more than is assumed, or a key is hot. Whoever goes back to such
 * a count comes out again within the hour, call after call.
 */
import { minuteMs } from "../../calendar";
import { refusedShareMin } from "../../keys/shardReports";
import { refusedShareOf, shardsForLoad } from "../load";
import { reactiveHistoryMinutes, type Situation } from "./situation";

/** What was refused in so many minutes before the shards were changed. */
const beforeMinutes = 5;

/** A load of more than this part of the one that was refused is like it. */
const alikePart = 0.8;

/** The most shards at which a load of the last day was refused that was no higher than so much and fitted them; 0 where none was. */
export function shardsRefusing({ observation, settings, history }: Situation, loadShards: number): number {
    const { reshards } = observation;
    const samples = observation.samples.slice(-reactiveHistoryMinutes);
    const { loadShards: loads, newestMs } = history;
    let most = 0;
    for (const [nth, { atMs, from = 0 }] of reshards.entries()) {
        const sinceMs = atMs - beforeMinutes * minuteMs;
        if (from <= most || reshards.some((other, at) => at !== nth && other.atMs > sinceMs && other.atMs <= atMs))
            continue;
        const before = samples.filter(({ startMs }) => startMs >= sinceMs && startMs + minuteMs <= atMs);
        if (!before.some((sample) => refusedShareOf(sample) > refusedShareMin)) continue;
        const highest = Math.max(
            ...before.map(({ startMs }) => loads[loads.length - 1 - Math.round((newestMs - startMs) / minuteMs)] ?? 0),
        );
        const fitted = shardsForLoad(highest, settings.peakShards) <= from;
        if (fitted && loadShards >= alikePart * highest) most = from;
    }
    return most;
}
