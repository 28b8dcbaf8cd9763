/**
 * How the scaler's sentences speak of loads and shards.
 */
import { count, formatNumber, formatRate } from "../text";

/** A load for people: "3.2 shards", "1 shard". */
export function shardLoad(load: number): string {
    const text = formatRate(load);
    return `${text} ${text === "1" ? "shard" : "shards"}`;
}

/** "1 is open", "12 are open". */
export function openAre(open: number): string {
    return `${formatNumber(open)} ${open === 1 ? "is" : "are"} open`;
}

export function openShards(open: number): string {
    return `${count(open, "shard")} ${open === 1 ? "is" : "are"} open`;
}

/** A number as decisions tell it. */
export function rounded(value: number): number {
    return Number(value.toPrecision(4));
}
