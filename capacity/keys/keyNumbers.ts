/**
 * How many keys a sample has and how unequal they are: exactly, where every key was counted by itself, and else from two sketches.
 */
import { sum } from "../sums";
import { distinctEstimate } from "./distinct";
import { type KeyTable } from "./keyTable";
import { type DigestBatch } from "./md5";
import { SeenTimes } from "./seenTimes";

const registerBits = 14;
const balanceCounters = 4_096;
/** As many keys as fill so many slots are enough to tell how often the others come. */
const slotsCounted = 1_024;
/** A key's count is as good as exact with at most this part of it missing. */
const countedError = 0.01;

/** What a sample tells about all of its keys. */
export interface KeyNumbers {
    /** Different keys in the sample: exact where `allKeys`, otherwise within about 2 %. */
    readonly distinctKeys: number;
    /** Keys seen once, of which follows how many were not seen at all: exact where `allKeys`, otherwise within about 5 %; undefined where the sample is the whole. */
    readonly seenOnce: number | undefined;
    /** Keys seen twice: exact where `allKeys`, otherwise as many as there may be; undefined in the same case. */
    readonly seenTwice: number | undefined;
    /** Sum of the squared weights of the keys: exact where `allKeys`, otherwise within about 5 %. */
    readonly keyWeightSquares: number;
}

/** Where no key had to leave the table. */
export function exactNumbers(table: KeyTable, rows: readonly number[]): KeyNumbers {
    const seen = (times: number) => rows.filter((row) => table.records(row) === times).length;
    return {
        distinctKeys: rows.length,
        seenOnce: seen(1),
        seenTwice: seen(2),
        keyWeightSquares: sum(rows.map((row) => table.weight(row) ** 2)),
    };
}

/** What is known of all keys where some had to leave the table. */
export class Sketches {
    private readonly registers = new Uint8Array(1 << registerBits);
    private readonly balance = new Float64Array(balanceCounters);
    private readonly seenTimes: SeenTimes;

    /** @param slots of the table that has no room for all keys */
    constructor(slots: number) {
        this.seenTimes = new SeenTimes(Math.min(1, slotsCounted / slots));
    }

    count(batch: DigestBatch): void {
        this.seenTimes.count(batch);
        this.countSketches(batch);
    }

    private countSketches({ words, size, weights }: DigestBatch): void {
        const { registers, balance } = this;
        for (let key = 0, at = 2; key < size; key++, at += 4) {
            const word3 = words[at + 1]!;
            // Distinct keys: the longest run of zeros seen in each register (HyperLogLog).
            const register = word3 >>> (32 - registerBits);
            const zeros = Math.clz32(words[at]!) + 1;
            if (zeros > registers[register]!) registers[register] = zeros;
            // Squared weights: keys add to or take off a counter by a coin of their own (Alon, Matias and Szegedy).
            balance[counterOf(word3)]! += coinOf(word3) * weights[key]!;
        }
    }

    numbers(records: number, table: KeyTable, rows: readonly number[], taken: number): KeyNumbers {
        // An estimate may be a little too high, but there are never more keys than records.
        const distinctKeys = Math.min(records, Math.round(distinctEstimate(this.registers)));
        const { seenOnce, seenTwice } = { ...this.seenTimes.of(distinctKeys) };
        return {
            distinctKeys,
            seenOnce,
            seenTwice,
            keyWeightSquares: this.squares(table, rows, taken),
        };
    }

    /** Keys that were counted by themselves are taken out of the counters first: beside a very heavy key the error would drown all others. */
    private squares(table: KeyTable, rows: readonly number[], taken: number): number {
        const balance = Float64Array.from(this.balance);
        let known = 0;
        for (const row of rows) {
            const weight = table.counted(row, taken);
            if (table.takenBefore(row) > countedError * weight) continue;
            const word3 = Number(BigInt.asIntN(32, table.hashKey(row)));
            balance[counterOf(word3)]! -= coinOf(word3) * weight;
            known += weight ** 2;
        }
        return balance.reduce((squares, weight) => squares + weight * weight, known);
    }
}

function counterOf(word3: number): number {
    return word3 & (balanceCounters - 1);
}

function coinOf(word3: number): number {
    return (word3 & balanceCounters) === 0 ? 1 : -1;
}
