/**
 * How the scaler's sentences speak of loads and shards.
 */
import { limits } from "../limits";
import { capitalized, count, countRate, formatNumber, formatSmallPercent } from "../text";

/** A load for people: "3.2 shards", "1 shard". */
export function shardLoad(load: number): string {
    return countRate(load, "shard");
}

interface Need {
    readonly load: number;
    /** As it is told. */
    readonly need: string;
    readonly open: number;
    /** Of the last minute's records; 0 where none is told of. */
    readonly refusedShare: number;
}

/** Why more shards are needed, as the beginning of a sentence. */
export function needWords({ load, need, open, refusedShare }: Need): string {
    const needs = `load of ${shardLoad(load)} needs ${need} with room for its noise; ${openAre(open)}`;
    return refusedShare > 0
        ? `${capitalized(formatSmallPercent(refusedShare))} of the last minute's records were refused; the ${needs}`
        : `The ${needs}`;
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
