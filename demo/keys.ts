/**
 * The partition keys of a day. Few records stand for many, so they are not drawn by chance: over any stretch of records each part of the hash
 * space, and with it each shard, gets the share of the load that its keys have.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { limits } from "../capacity/limits";
import { formatNumber } from "../capacity/text";
import { whyUnreadable } from "./files";
import { RehearsalError } from "./options";

/** A key with its part of the load; parts need not be 1 together. */
export interface WeightedKey {
    readonly key: string;
    readonly weight: number;
}

export interface PlacedKey {
    readonly PartitionKey: string;
    readonly ExplicitHashKey?: string;
}

/** What a stream may declare about its keys. */
export interface DeclaredKeys {
    readonly distinctKeys?: number;
    readonly hottestKeyShare?: number;
    readonly heaviestKeyShares?: readonly number[];
    readonly explicitHashKeys?: boolean;
}

/** So many make no difference to the shards any more. */
const madeKeysMax = 10_000;
const goldenRatio = (Math.sqrt(5) - 1) / 2;

/** Keys one after the other, without end. */
export type NextKey = () => PlacedKey;

/** Keys as a stream declares them, or those that were given. */
export function keysOf(declared: DeclaredKeys, given: readonly WeightedKey[] | undefined): NextKey {
    const keys = given ?? madeKeys(declared);
    return declared.explicitHashKeys === true ? placedEvenly(keys) : inProportion(keys);
}

/** As `distinctKeys` and the declared shares say. */
export function madeKeys({ distinctKeys, hottestKeyShare, heaviestKeyShares }: DeclaredKeys): WeightedKey[] {
    const heavy = heaviestKeyShares ?? (hottestKeyShare === undefined ? [] : [hottestKeyShare]);
    const count = Math.max(heavy.length, Math.min(distinctKeys ?? madeKeysMax, madeKeysMax));
    const others = count - heavy.length;
    const rest = Math.max(0, 1 - heavy.reduce((sum, share) => sum + share, 0));
    return Array.from({ length: count }, (_, index) => ({
        key: `key-${String(index + 1).padStart(6, "0")}`,
        weight: heavy[index] ?? rest / others,
    }));
}

/** One key a line, as often as it occurs. */
export function readKeys(file: string): WeightedKey[] {
    let text: string;
    try {
        text = readFileSync(file, "utf8");
    } catch (error) {
        throw new RehearsalError(`--keys: ${file} cannot be read: ${whyUnreadable(error)}.`, 2);
    }
    const counts = new Map<string, number>();
    for (const line of text.split(/\r?\n/)) if (line !== "") counts.set(line, (counts.get(line) ?? 0) + 1);
    if (counts.size === 0) throw new RehearsalError(`--keys: ${file} is empty; write one partition key a line.`, 2);
    const long = [...counts.keys()].find((key) => [...key].length > limits.partitionKeyCharactersMax);
    if (long !== undefined) {
        throw new RehearsalError(
            `--keys: ${file} has a key of ${formatNumber([...long].length)} characters, "${long.slice(0, 20)}..."; Kinesis takes at most ${limits.partitionKeyCharactersMax}.`,
            2,
        );
    }
    return [...counts].map(([key, weight]) => ({ key, weight }));
}

/** Steps evenly through the load of all keys in the order of their hashes. */
function inProportion(keys: readonly WeightedKey[]): NextKey {
    const hashOf = (key: string) => createHash("md5").update(key, "utf8").digest("hex");
    const sorted = keys
        .map(({ key, weight }) => ({ key, weight, hash: hashOf(key) }))
        .sort((left, right) => (left.hash < right.hash ? -1 : 1));
    let sum = 0;
    const ends = sorted.map(({ weight }) => (sum += weight));
    const next = turns();
    return () => {
        const at = next() * sum;
        let [low, high] = [0, ends.length - 1];
        while (low < high) {
            const middle = (low + high) >> 1;
            if (ends[middle]! > at) high = middle;
            else low = middle + 1;
        }
        return { PartitionKey: sorted[low]!.key };
    };
}

/** Producers that place their keys by ExplicitHashKey place them as evenly as they can. */
function placedEvenly(keys: readonly WeightedKey[]): NextKey {
    const next = turns();
    let index = 0;
    return () => ({
        PartitionKey: keys[index++ % keys.length]!.key,
        ExplicitHashKey: (BigInt(Math.floor(next() * 2 ** 52)) << 76n).toString(),
    });
}

/** 0 to 1, each stretch of them spread evenly. */
function turns(): () => number {
    let count = 0;
    return () => (count++ * goldenRatio) % 1;
}
