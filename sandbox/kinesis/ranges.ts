/**
 * The hash key space and how reshards cut it: pure arithmetic on ranges, no stream, no time.
 */
import { endOf, uniformRing } from "../../capacity/keys/hashRing";

/** Hash keys from start to end, both included. */
export interface HashKeyRange {
    readonly start: bigint;
    readonly end: bigint;
}

/** The ranges of N uniform shards, as Kinesis cuts them. */
export function uniformRanges(count: number): HashKeyRange[] {
    const ring = uniformRing(count);
    return ring.starts.map((start, index) => ({ start, end: endOf(ring, index) }));
}

/** One act on a list of open ranges, sorted by start: cut the range at an index, or join it with its right neighbour. */
export type ReshardStep =
    | { readonly kind: "split"; readonly index: number; readonly at: bigint }
    | { readonly kind: "merge"; readonly index: number };

/**
 * The splits, then the merges, that turn open ranges into N uniform ones; a range that is right already is left alone.
 *
 * A shard has at most two parents, so UpdateShardCount too goes through short-lived shards where the old and the new cuts do not meet.
 *
 * @param open sorted by start, tiling the whole space
 */
export function stepsToUniform(open: readonly HashKeyRange[], count: number): ReshardStep[] {
    const targetStarts = uniformRing(count).starts;
    const steps: ReshardStep[] = [];
    const starts = open.map((range) => range.start);
    let index = 0;
    for (const at of targetStarts) {
        while (index < starts.length && starts[index]! < at) index++;
        if (starts[index] === at) continue;
        steps.push({ kind: "split", index: index - 1, at });
        starts.splice(index, 0, at);
    }
    const wanted = new Set(targetStarts);
    for (index = 0; index + 1 < starts.length;) {
        if (wanted.has(starts[index + 1]!)) {
            index++;
            continue;
        }
        steps.push({ kind: "merge", index });
        starts.splice(index + 1, 1);
    }
    return steps;
}

/** A hash key as 32 hexadecimal digits: compares like the number, and is what MD5 gives. */
export function toHex(hashKey: bigint): string {
    return hashKey.toString(16).padStart(32, "0");
}
