/**
 * The walks that a plan considers: to half as many shards by merges, to twice as many by splits, and from half-way to either end.
 */
import { splitsAndMerges } from "../ledger";
import { type Observation, type ScalingSettings, type ShardRange } from "../observation";
import { effectiveShards } from "../shards";
import { type WalkTo } from "./program";

/** A cap from which on splits and merges are as good as free. */
const freeFrom = 500;

/** Whether splits and merges are as good as free. */
function walksAreFree({ maxReshardsPerDay }: ScalingSettings): boolean {
    return maxReshardsPerDay >= freeFrom;
}

/** Shard-minutes that a split or a merge is worth: each leaves closed shards behind and makes consumers follow. */
const freePrice = 20;
const cappedPrice = 100;

/** A walk takes at most this part of the day's splits and merges. */
const walkPart = 1 / 6;

/** A run makes one or two steps a minute. */
const minutesEach = 1;

interface Walks {
    readonly walks: readonly (readonly WalkTo[])[];
    readonly firstWalks: readonly WalkTo[];
}

export function walksOf(observation: Observation, settings: ScalingSettings, levels: readonly number[]): Walks {
    const { maxReshardsPerDay: most } = settings;
    const none = { walks: levels.map(() => []), firstWalks: [] };
    if (most <= 0) return none;
    const left = most - splitsAndMerges(observation.reshards, observation.nowMs);
    const stepsMax = walksAreFree(settings) ? Infinity : most * walkPart;
    const price = walksAreFree(settings) ? freePrice : cappedPrice;
    const open = observation.shards.length;
    const ends = endsOf(observation.shards);
    const walk = (from: number, toShards: number): WalkTo[] => {
        const to = levels.indexOf(toShards);
        const steps = Math.abs(toShards - from);
        if (to === -1 || steps === 0 || steps > stepsMax) return [];
        return [{ to, minutes: steps * minutesEach, price: steps * price }];
    };
    // What is half-way is finished or turned back now: no later part counts on it.
    const walks = levels.map((count) =>
        count === open && !ends.isEven ? [] : [count / 2, count * 2].flatMap((end) => walk(count, end)),
    );
    // Whoever sets out must be able to turn back.
    const needed = ends.isEven ? 2 : 1;
    const firstWalks = ends.counts
        .flatMap((count) => walk(open, count))
        .filter(({ to }) => needed * Math.abs(levels[to]! - open) <= left);
    return { walks, firstWalks };
}

/** Where walks lead from these shards: an even count is halved and doubled; half-way, it is finished or turned back. */
function endsOf(shards: readonly ShardRange[]): { readonly isEven: boolean; readonly counts: readonly number[] } {
    const open = shards.length;
    const coarse = effectiveShards(shards);
    if (coarse === open) return { isEven: true, counts: [open / 2, open * 2] };
    const isHalfWay = Number.isInteger(coarse) && open < 2 * coarse;
    return { isEven: false, counts: isHalfWay ? [coarse, 2 * coarse] : [] };
}
