/**
 * The hash ring of a stream: which shard a partition key belongs to.
 *
 * Kinesis takes the MD5 of the partition key's UTF-8 bytes as a 128-bit integer and looks up the shard whose hash key range holds it.
 * It is never `hash mod shards`.
 */
import { createHash } from "node:crypto";
import { fits, whole } from "../checks";
import { InvalidInputError, problem, refuse } from "../problems";
import { formatNumber } from "../text";

/** The size of the hash key space: partition keys hash to 0 .. 2^128 - 1. */
export const hashKeySpace = 1n << 128n;

/** A shard's range as ListShards gives it: decimal, both ends included. */
export interface HashKeyRange {
    readonly startingHashKey: string;
    readonly endingHashKey: string;
}

/** A shard with its range, as far as the ring needs it. */
export interface RingShard extends HashKeyRange {
    /** Its ID; without one it is named after its place. */
    readonly shardId?: string | undefined;
}

/** Ranges that follow one another without gap from 0 to 2^128 - 1. */
export interface HashRing {
    /** The shards, in the order of their ranges. */
    readonly shardIds: readonly string[];
    /** The first hash key of each shard, ascending. */
    readonly starts: readonly bigint[];
    /** The part of the hash key space that each shard owns, 0 to 1. */
    readonly widths: readonly number[];
}

/** The hash key of a partition key. */
export function hashKeyOf(partitionKey: string): bigint {
    return BigInt(`0x${createHash("md5").update(partitionKey, "utf8").digest("hex")}`);
}

/**
 * The ranges of a stream of that many shards as Kinesis cuts them at creation: equal, the last one taking the remainder.
 *
 * @throws InvalidInputError where it is no count of shards
 * @example uniformRing(3).starts[1] // 113427455640312821154458202477256070485n
 */
export function uniformRing(shards: number): HashRing {
    refuse("uniformRing", shardsCheck("shards", shards));
    const width = hashKeySpace / BigInt(shards);
    return ringOf(Array.from({ length: shards }, (_, index) => width * BigInt(index)));
}

/**
 * The ring of a real stream's open shards, in the order of their ranges.
 *
 * @throws InvalidInputError if the ranges overlap or leave a gap: closed shards among them, or a page of ListShards missing
 */
export function ringOfShards(shards: readonly RingShard[]): HashRing {
    const sorted = shards
        .map((shard) => ({ shard, start: BigInt(shard.startingHashKey), end: BigInt(shard.endingHashKey) }))
        .sort((left, right) => (left.start < right.start ? -1 : left.start > right.start ? 1 : 0));
    let next = 0n;
    for (const { shard, start, end } of sorted) {
        if (start !== next || end < start) throw gap(shard, next);
        next = end + 1n;
    }
    if (next !== hashKeySpace) throw gap(sorted.at(-1)?.shard, next);
    return ringOf(
        sorted.map(({ start }) => start),
        sorted.map(({ shard }) => shard.shardId),
    );
}

function gap(shard: RingShard | undefined, next: bigint): InvalidInputError {
    const found = shard ? `${shard.shardId ?? "a shard"} ${shard.startingHashKey}..${shard.endingHashKey}` : undefined;
    return new InvalidInputError("shards", [
        problem(
            "hashKeyRange",
            found,
            `ranges that follow one another from 0 to 2^128 - 1; the next one starts at ${next}`,
            "Pass the open shards only, all of them: those without an EndingSequenceNumber, from every page of ListShards.",
        ),
    ]);
}

function ringOf(starts: bigint[], shardIds: (string | undefined)[] = []): HashRing {
    return {
        shardIds: starts.map((_, index) => shardIds[index] ?? shardIdOf(index)),
        starts,
        widths: starts.map((start, index) => fractionOf((starts[index + 1] ?? hashKeySpace) - start)),
    };
}

/** How Kinesis names the shards that it opens, one after the other from 0 on. */
export function shardIdOf(number: number): string {
    return `shardId-${String(number).padStart(12, "0")}`;
}

/** A part of the hash key space as a fraction of it. */
export function fractionOf(hashKeys: bigint): number {
    return Number(hashKeys) / 2 ** 128;
}

/** The last hash key of a shard. */
export function endOf(ring: HashRing, shard: number): bigint {
    return (ring.starts[shard + 1] ?? hashKeySpace) - 1n;
}

/** The index of the shard that holds a hash key. */
export function shardOfHashKey(ring: HashRing, hashKey: bigint): number {
    let low = 0;
    let high = ring.starts.length - 1;
    while (low < high) {
        const middle = (low + high + 1) >>> 1;
        if (ring.starts[middle]! <= hashKey) low = middle;
        else high = middle - 1;
    }
    return low;
}

/** The index of the shard that a record with that partition key goes to. */
export function shardOf(ring: HashRing, partitionKey: string): number {
    return shardOfHashKey(ring, hashKeyOf(partitionKey));
}

/**
 * The first hash key of a uniform shard, as Kinesis cuts the space: as an ExplicitHashKey it gives a lane that shard, as long as there are
 * so many. Lanes that are to stay apart beside a scaler take `laneHashKeys`.
 *
 * @param index 0 for the first of `shards` shards
 * @throws InvalidInputError where there is no such shard: Kinesis would refuse each record with that key
 * @example explicitHashKey(1, 2) // "170141183460469231731687303715884105728"
 */
export function explicitHashKey(index: number, shards: number): string {
    const counted = shardsCheck("shards", shards);
    refuse("explicitHashKey", counted.length > 0 ? counted : indexCheck(shards)("index", index));
    return ((hashKeySpace / BigInt(shards)) * BigInt(index)).toString();
}

const shardsCheck = fits(
    (value) => Number.isSafeInteger(value) && (value as number) >= 1,
    "a whole number, at least 1",
    "Give the open shards of the stream.",
);

const indexCheck = (shards: number) =>
    whole(0, shards - 1, `The first of ${formatNumber(shards)} shards is 0, the last is ${formatNumber(shards - 1)}.`);

/** The first hash key of every uniform shard. @throws InvalidInputError where it is no count of shards */
export function explicitHashKeys(shards: number): string[] {
    refuse("explicitHashKeys", shardsCheck("shards", shards));
    return Array.from({ length: shards }, (_, index) => explicitHashKey(index, shards));
}

/**
 * An explicit hash key for each of N lanes, each lane on a shard of its own, in the middle of its range: a later split or merge of
 * other shards leaves the lane where it is. Undefined if there are more lanes than shards.
 *
 * Those of a ring of as many shards as lanes keep the lanes apart on every uniform stream with so many shards or more.
 *
 * @example laneHashKeys(uniformRing(4), 4) // on 4, 5 or 300 uniform shards no two of them are on one
 */
export function laneHashKeys(ring: HashRing, lanes: number): string[] | undefined {
    const shards = ring.starts.length;
    if (lanes > shards) return undefined;
    return Array.from({ length: lanes }, (_, lane) => {
        const shard = Math.floor((lane * shards) / lanes);
        return ((ring.starts[shard]! + endOf(ring, shard)) / 2n).toString();
    });
}

/** Finds the cell of a 128-bit hash key among many, fast: the ring of a tally, its shards cut into equal parts. */
export interface Locator {
    /** Index of the cell of the hash key whose four words, big-endian, stand there. */
    readonly locate: (words: Int32Array, at: number) => number;
    readonly cells: number;
    readonly partsPerShard: number;
}

/** The cell of a hash key is `shard * partsPerShard + part`. */
export function locatorOf(ring: HashRing, partsPerShard: number): Locator {
    const starts = cellStarts(ring, partsPerShard);
    const cells = starts.length >>> 2;
    const first = firstCells(starts);
    function startsBy(cell: number, words: Int32Array, at: number): boolean {
        for (let word = 0; word < 4; word++) {
            const start = starts[4 * cell + word]! ^ signBit;
            const other = words[at + word]! ^ signBit;
            if (start !== other) return start < other;
        }
        return true;
    }
    function locate(words: Int32Array, at: number): number {
        const prefix = words[at]! >>> 16;
        const found = first[prefix]!;
        let cell = found >> 1;
        if ((found & 1) === 0) return cell;
        let last = prefix === 0xffff ? cells - 1 : first[prefix + 1]! >> 1;
        while (cell < last) {
            const middle = (cell + last + 1) >>> 1;
            if (startsBy(middle, words, at)) cell = middle;
            else last = middle - 1;
        }
        return cell;
    }
    return { locate, cells, partsPerShard };
}

/** Of each value of the leading 16 bits twice the last cell that starts at or before the first hash key with it, and 1 more where others start behind that. */
function firstCells(starts: Int32Array): Int32Array {
    const cells = starts.length >>> 2;
    const first = new Int32Array(1 << 16);
    const prefixOf = (cell: number): number => starts[4 * cell]! >>> 16;
    const isAtFront = (cell: number): boolean =>
        ((starts[4 * cell]! & 0xffff) | starts[4 * cell + 1]! | starts[4 * cell + 2]! | starts[4 * cell + 3]!) === 0;
    const reachedBy = (cell: number): number => (isAtFront(cell) ? prefixOf(cell) : prefixOf(cell) + 1);
    for (let cell = 0; cell < cells; cell++)
        first.fill(2 * cell, reachedBy(cell), cell + 1 < cells ? reachedBy(cell + 1) : first.length);
    for (let cell = 0; cell < cells; cell++) if (!isAtFront(cell)) first[prefixOf(cell)]! |= 1;
    return first;
}

/** Words are signed, since only those are small numbers to the engine; with this bit turned they have the order of unsigned ones. */
const signBit = 1 << 31;

/** The first hash key of each cell, in four big-endian words: part p of a shard starts at its start + floor(its width * p / parts). */
function cellStarts(ring: HashRing, parts: number): Int32Array {
    const starts = new Int32Array(4 * ring.starts.length * parts);
    const halves = new BigUint64Array(2);
    const words = new Int32Array(halves.buffer);
    let at = 0;
    ring.starts.forEach((shardStart, shard) => {
        const width = endOf(ring, shard) + 1n - shardStart;
        const whole = width / BigInt(parts);
        const rest = Number(width % BigInt(parts));
        let start = shardStart;
        // Step by step, without a division of 128 bits for each of the cells.
        for (let part = 0, remainder = 0; part < parts; part++) {
            halves[0] = start;
            halves[1] = start >> 64n;
            for (let word = 3; word >= 0; word--) starts[at++] = words[word]!;
            remainder += rest;
            start += remainder < parts ? whole : whole + 1n;
            if (remainder >= parts) remainder -= parts;
        }
    });
    return starts;
}
