/**
 * Where to split a shard that gets more than its part.
 */
import { formatPercent } from "../text";
import { endOf, type HashRing } from "./hashRing";
import { type KeySample } from "./sample";

export interface SplitFix {
    readonly shardId: string;
    /** The NewStartingHashKey of SplitShard: the first hash key of the second half. */
    readonly newStartingHashKey: string;
    /** Part of the shard's load below that hash key: 0.5 where it halves. */
    readonly leftShare: number;
}

/**
 * Where to split a shard so that the load halves, heavy keys and all. Undefined if the shard had no load, or its range is one hash key.
 */
export function splitOf(sample: KeySample, shard: number): SplitFix | undefined {
    const total = sample.shardWeights[shard]!;
    const start = sample.ring.starts[shard]!;
    const end = endOf(sample.ring, shard);
    if (!(total > 0) || end === start) return undefined;
    const { hashKey, below } = halfOf(piecesOf(sample, shard, start, end + 1n), total);
    // NewStartingHashKey lies inside the range and is not its first hash key.
    const newStart = hashKey <= start ? start + 1n : hashKey > end ? end : hashKey;
    return {
        shardId: sample.ring.shardIds[shard]!,
        newStartingHashKey: newStart.toString(),
        leftShare: Math.min(1, below / total),
    };
}

/** The middle of a shard's range, where nothing is known about its load. */
export function middleOf(ring: HashRing, shard: number): SplitFix | undefined {
    const start = ring.starts[shard]!;
    const end = ring.starts[shard + 1] ?? 1n << 128n;
    if (end - start < 2n) return undefined;
    return {
        shardId: ring.shardIds[shard]!,
        newStartingHashKey: ((start + end) / 2n).toString(),
        leftShare: 0.5,
    };
}

/** How to split a shard, as the AWS CLI and this one say it. */
export function splitAdvice(split: SplitFix): string {
    return `Split ${split.shardId} at hash key ${split.newStartingHashKey}: ${formatPercent(split.leftShare, 1)} of its load lies below, ${formatPercent(1 - split.leftShare, 1)} from there on.`;
}

/** Load between two hash keys: even over them, or all of it on the first where they are one apart. */
interface Piece {
    readonly from: bigint;
    readonly to: bigint;
    readonly weight: number;
}

/** A shard's load as known keys and, between them, what their cell has beside them. */
function piecesOf(sample: KeySample, shard: number, start: bigint, end: bigint): Piece[] {
    const points = sample.keys
        .filter((key) => key.shard === shard)
        .map((key) => ({ from: key.hashKey, to: key.hashKey + 1n, weight: key.weight }))
        .sort((left, right) => (left.from < right.from ? -1 : 1));
    if (sample.allKeys) return points;
    const parts = BigInt(sample.partsPerShard);
    const cellStart = (part: bigint) => start + ((end - start) * part) / parts;
    let next = 0;
    return Array.from({ length: sample.partsPerShard }, (_, part) => {
        const [from, to] = [cellStart(BigInt(part)), cellStart(BigInt(part + 1))];
        const first = next;
        while (next < points.length && points[next]!.from < to) next++;
        const inside = points.slice(first, next);
        const known = inside.reduce((sum, point) => sum + point.weight, 0);
        const rest = Math.max(0, sample.cellWeights[shard * sample.partsPerShard + part]! - known);
        return between(inside, from, to, rest);
    }).flat();
}

function between(points: readonly Piece[], from: bigint, to: bigint, rest: number): Piece[] {
    const width = Number(to - from);
    const pieces: Piece[] = [];
    let at = from;
    for (const point of [...points, { from: to, to, weight: 0 }]) {
        if (point.from > at && width > 0)
            pieces.push({ from: at, to: point.from, weight: (rest * Number(point.from - at)) / width });
        if (point.weight > 0) pieces.push(point);
        at = point.to;
    }
    return pieces;
}

/** The hash key with as near as possible half of the weight below it. */
function halfOf(pieces: readonly Piece[], total: number): { hashKey: bigint; below: number } {
    const half = total / 2;
    let below = 0;
    for (const { from, to, weight } of pieces) {
        if (below + weight < half) {
            below += weight;
            continue;
        }
        if (to - from > 1n) {
            const part = weight > 0 ? (half - below) / weight : 0;
            return { hashKey: from + (BigInt(Math.round(part * 1e9)) * (to - from)) / 1_000_000_000n, below: half };
        }
        // A key goes to one side whole: to the one that comes nearer to the half.
        return half - below <= below + weight - half
            ? { hashKey: from, below }
            : { hashKey: to, below: below + weight };
    }
    return { hashKey: pieces.at(-1)?.to ?? 0n, below };
}
