/**
 * How the scaler's sentences speak of loads and shards.
 */
import { limits } from "../limits";
import { capitalized, count, countRate, formatNumber, formatSmallPercent } from "../text";

/** A load for people: "3.2 shards", "1 shard". */
export function shardLoad(load: number): string {
    return countRate(load, "shard");
}

/** A part of the last minute's records, which is more than nothing, as the beginning of a sentence. */
export function wereRefused(share: number): string {
    return `${capitalized(formatSmallPercent(share))} of the last minute's records were refused`;
}

/** The splits and merges of a day that are made, where none is left; others may have made more than are allowed. */
export function walksSpent(made: number, allowedADay: number): string {
    if (allowedADay === 0) return "maxReshardsPerDay allows no split and no merge";
    const are = made === 1 ? "is" : "are";
    return `${count(made, "split or merge", "splits and merges")} of the ${formatNumber(allowedADay)} that maxReshardsPerDay allows ${are} made`;
}

/** "1 is open", "12 are open". */
export function openAre(open: number): string {
    return `${formatNumber(open)} ${open === 1 ? "is" : "are"} open`;
}

export function openShards(open: number): string {
    return `${count(open, "shard")} ${open === 1 ? "is" : "are"} open`;
}

/** What somebody can do about a ceiling that holds a scaler back, as the beginning of a sentence. */
export function aboveCeiling(maxShards: number): string {
    return maxShards < limits.updateShardCountTargetMax
        ? "Raise maxShards, or the declared requirements"
        : "Spread the load over several streams, since no scaler opens more";
}

/** A number as decisions tell it. */
export function rounded(value: number): number {
    return Number(value.toPrecision(4));
}
