/**
 * Where to split a shard that gets more than its part.
 */
import { sum } from "../sums";
import { formatPercent } from "../text";
import { endOf, type HashRing, ringOfShards, shardOfHashKey } from "./hashRing";
import { type KeySample } from "./sample";

/** A split that halves the load of a shard. */
export interface SplitFix {
    /** The shard to split. */
    readonly shardId: string;
    /** The NewStartingHashKey of SplitShard: the first hash key of the second half. */
    readonly newStartingHashKey: string;
    /** Part of the shard's load below that hash key: 0.5 where it halves. */
    readonly leftShare: number;
}

interface SplitBounds {
    readonly least: bigint;
    readonly most: bigint;
}

/**
 * Where AWS splits a range from a first to a last hash key: NewStartingHashKey is "greater than one plus the shard's StartingHashKey and less
 * than the shard's EndingHashKey". Undefined of a range that is too narrow.
 */
export function splitBounds(first: bigint, last: bigint): SplitBounds | undefined {
    return last - first < 3n ? undefined : { least: first + 2n, most: last - 1n };
}

/** The nearest hash key at which AWS splits. */
export function withinBounds(hashKey: bigint, { least, most }: SplitBounds): bigint {
    return hashKey < least ? least : hashKey > most ? most : hashKey;
}

/** The middle of a shard's range, where nothing is known about its load. */
export function middleOf(ring: HashRing, shard: number): SplitFix | undefined {
    const start = ring.starts[shard]!;
    const end = endOf(ring, shard) + 1n;
    if (splitBounds(start, end - 1n) === undefined) return undefined;
    return {
        shardId: ring.shardIds[shard]!,
        newStartingHashKey: ((start + end) / 2n).toString(),
        leftShare: 0.5,
    };
}

/** More splits than this are no advice for a night: the keys have to change. */
const splitsMost = 16;
/** A half with less of a shard's load than this makes no difference. */
const halfLeast = 0.01;

interface TriedSplits {
    /** In the order in which they are made. A shard that comes from a split before carries the id of the one that it was part of. */
    readonly splits: readonly SplitFix[];
    /** The sample on the shards that there are then. */
    readonly after: KeySample;
}

/** A shard, or a part of one, with what lies on it. */
interface Part {
    readonly shardId: string;
    readonly start: bigint;
    /** The first hash key beyond it. */
    readonly end: bigint;
    readonly weight: number;
    readonly pieces: readonly Piece[] | undefined;
}

/**
 * Splits the hottest shard, and again the one that is then the hottest, until it is enough or its halves do not differ from the whole.
 * Undefined if already the first split would leave all load on one side.
 */
export function splitsUntil(sample: KeySample, enough: (after: KeySample) => boolean): TriedSplits | undefined {
    let parts = wholeShards(sample);
    const splits: SplitFix[] = [];
    let after = sample;
    while (splits.length < splitsMost) {
        const hottest = parts.reduce((left, right) => (right.weight > left.weight ? right : left));
        const halves = halvesOf(hottest, sample);
        if (halves === undefined) break;
        parts = parts.flatMap((part) => (part === hottest ? halves : [part]));
        const leftShare = halves[0].weight / hottest.weight;
        splits.push({ shardId: hottest.shardId, newStartingHashKey: halves[1].start.toString(), leftShare });
        after = onParts(sample, parts);
        if (enough(after)) break;
    }
    return splits.length === 0 ? undefined : { splits, after };
}

function wholeShards({ ring, shardWeights }: KeySample): Part[] {
    return ring.starts.map((start, shard) => ({
        shardId: ring.shardIds[shard]!,
        start,
        end: endOf(ring, shard) + 1n,
        weight: shardWeights[shard]!,
        pieces: undefined,
    }));
}

function halvesOf(part: Part, sample: KeySample): [Part, Part] | undefined {
    const { shardId, start, end, weight } = part;
    const bounds = splitBounds(start, end - 1n);
    if (!(weight > 0) || bounds === undefined) return undefined;
    const shard = shardOfHashKey(sample.ring, start);
    const pieces = part.pieces ?? piecesOf(sample, shard, sample.ring.starts[shard]!, endOf(sample.ring, shard) + 1n);
    const half = halfOf(pieces, weight);
    const at = withinBounds(half, bounds);
    const [left, right] = [cut(pieces, start, at), cut(pieces, at, end)];
    const [below, above] = [weightOf(left), weightOf(right)];
    if (Math.min(below, above) < halfLeast * (below + above)) return undefined;
    return [
        { shardId, start, end: at, weight: below, pieces: left },
        { shardId, start: at, end, weight: above, pieces: right },
    ];
}

function weightOf(pieces: readonly Piece[]): number {
    return sum(pieces.map(({ weight }) => weight));
}

/** What of the pieces lies between two hash keys. */
function cut(pieces: readonly Piece[], from: bigint, to: bigint): Piece[] {
    return pieces.flatMap((piece): Piece[] => {
        const [start, end] = [piece.from > from ? piece.from : from, piece.to < to ? piece.to : to];
        if (end <= start) return [];
        const part = Number(end - start) / Number(piece.to - piece.from);
        return [{ from: start, to: end, weight: piece.weight * part }];
    });
}

function onParts(sample: KeySample, parts: readonly Part[]): KeySample {
    const ring = ringOfShards(
        parts.map(({ shardId, start, end }) => ({
            shardId,
            startingHashKey: start.toString(),
            endingHashKey: (end - 1n).toString(),
        })),
    );
    const recordsPerWeight = sample.records / sample.weight;
    return {
        ...sample,
        ring,
        shardWeights: parts.map(({ weight }) => weight),
        shardRecords: parts.map(({ weight }) => weight * recordsPerWeight),
        keys: sample.keys.map((key) => ({ ...key, shard: shardOfHashKey(ring, key.hashKey) })),
        inOrder: undefined,
    };
}

/** The sample once one shard was split, of which only `leftShare` is known. */
export function onSplit(sample: KeySample, shard: number, { newStartingHashKey, leftShare }: SplitFix): KeySample {
    const middle = BigInt(newStartingHashKey);
    const parts = wholeShards(sample).flatMap((part, index) => {
        if (index !== shard) return [part];
        return [
            { ...part, end: middle, weight: part.weight * leftShare },
            { ...part, start: middle, weight: part.weight * (1 - leftShare) },
        ];
    });
    return onParts(sample, parts);
}

/** How to split, as the AWS CLI and this one say it. */
export function splitsAdvice(splits: readonly SplitFix[]): string {
    const [first, ...more] = splits;
    if (more.length === 0) {
        const { shardId, newStartingHashKey, leftShare } = first!;
        return `Split ${shardId} at hash key ${newStartingHashKey}: ${formatPercent(leftShare, 1)} of its load lies below, ${formatPercent(1 - leftShare, 1)} from there on.`;
    }
    const steps = splits.map(({ shardId, newStartingHashKey }, step) => {
        const isPart = splits.slice(0, step).some((before) => before.shardId === shardId);
        return `${isPart ? "the part of " : ""}${shardId} at hash key ${newStartingHashKey}`;
    });
    return `Split in this order: ${steps.join(", ")}.`;
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
        const known = weightOf(inside);
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
function halfOf(pieces: readonly Piece[], total: number): bigint {
    const half = total / 2;
    let below = 0;
    for (const { from, to, weight } of pieces) {
        if (below + weight < half) {
            below += weight;
            continue;
        }
        if (to - from > 1n) {
            const part = weight > 0 ? (half - below) / weight : 0;
            return from + (BigInt(Math.round(part * 1e9)) * (to - from)) / 1_000_000_000n;
        }
        // A key goes to one side whole: to the one that comes nearer to the half.
        return half - below <= below + weight - half ? from : to;
    }
    return pieces.at(-1)?.to ?? 0n;
}
