/**
 * Sequence numbers in AWS's layout, and the names of shards that they encode.
 *
 * A number has 47 hexadecimal digits: a 2, the second in which the shard opened (9), the last digit of the shard's index (1), the how-manieth record
 * of the shard it is (16), two zeros, the second in which the record came (9), the shard's index (8), and the layout's version, 2 (1). Two older
 * layouts are still read. Clients may compare numbers of one shard; all else in them is AWS's own.
 *
 * Source: kinesalite 3.3.3, whose tests ran against AWS (read 2026-11).
 */

/** What a sequence number says. */
export interface Sequence {
    readonly version: 0 | 1 | 2;
    /** The second since 1970 in which the shard opened. */
    readonly openedSecond: number;
    readonly shardIndex: number;
    /** The how-manieth record of the shard, from 1; 0 is before the first. Older layouts do not tell. */
    readonly number: bigint;
    /** The second in which the record came; the oldest layout does not tell. */
    readonly arrivedSecond: number;
}

/** What the end of a shard says, after any record. */
export const lastNumber = 2n ** 63n - 1n;

/** The part of a sequence number that all records of a shard share. */
export function sequenceBase(openedSecond: number, shardIndex: number): bigint {
    const index = BigInt(shardIndex);
    return (2n << 184n) | (BigInt(openedSecond) << 148n) | ((index & 0xfn) << 144n) | (index << 4n) | 2n;
}

export function sequenceOf(base: bigint, number: number | bigint, arrivedMs: number): string {
    return (base + (BigInt(number) << 80n) + (BigInt(Math.floor(arrivedMs / 1_000)) << 36n)).toString();
}

/** What a number says, as AWS reads it; undefined for one that no shard can have given. */
export function readSequence(sequence: string): Sequence | undefined {
    const value = BigInt(sequence);
    // The oldest layout goes without its leading 1 where that is all that is missing: 5 is of the shard with the index 5.
    const hex = (value < 1n << 124n ? value + (1n << 124n) : value).toString(16);
    const bits = (from: number, to: number): bigint => BigInt(`0x${hex.slice(from, to)}`);
    const openedSecond = Number(bits(1, 10));
    if (openedSecond >= openedSecondsMax) return undefined;
    if (hex.length === 32)
        return { version: 0, openedSecond, shardIndex: Number(bits(28, 32)), number: 0n, arrivedSecond: 0 };
    if (hex.length !== 47 || !hex.startsWith("2")) return undefined;
    const shardIndex = Number(BigInt.asIntN(32, bits(38, 46)));
    if (hex.endsWith("1"))
        return { version: 1, openedSecond, shardIndex, number: 0n, arrivedSecond: Number(bits(13, 22)) };
    const number = bits(11, 27);
    if (!hex.endsWith("2") || number > lastNumber) return undefined;
    return { version: 2, openedSecond, shardIndex, number, arrivedSecond: Number(bits(29, 38)) };
}

/** AWS takes no second from the year 2477 on. */
const openedSecondsMax = 16_025_175_000;

const shardIndexMax = 2 ** 31 - 1;

/** `shardId-000000000007` */
export function shardIdOf(index: number): string {
    const digits = String(Math.abs(index));
    return index < 0 ? `shardId--${digits.padStart(11, "0")}` : `shardId-${digits.padStart(12, "0")}`;
}

/** The index that a caller means: AWS takes `7`, `shardId-7` and `any-007` for the same shard. */
export function shardIndexOf(shardId: string): number | undefined {
    const [, behindDash] = shardId.split("-");
    const digits = behindDash ? behindDash : shardId;
    const index = /^\d+$/.test(digits) ? Number(digits) : NaN;
    return index <= shardIndexMax ? index : undefined;
}
