/**
 * Counters by hash key in typed arrays: what a tally looks up for each record.
 */
import { type Locator } from "./hashRing";

const fullAt = 0.75;
const purgeSample = 1_024;
const utf8 = new TextDecoder();

/** Counters by hash key, open addressing in typed arrays; the keys' bytes lie in one arena. */
export class KeyTable {
    used = 0;
    readonly usedMax: number;
    readonly words: Uint32Array;
    readonly weights: Float64Array;
    readonly takenBefore: Float64Array;
    readonly records: Float64Array;
    private readonly places: Int32Array;
    private readonly lengths: Int32Array;
    private arena = new Uint8Array(1 << 20);
    private arenaUsed = 0;

    constructor(readonly slots: number) {
        this.usedMax = Math.floor(slots * fullAt);
        this.words = new Uint32Array(slots * 4);
        this.weights = new Float64Array(slots);
        this.takenBefore = new Float64Array(slots);
        this.records = new Float64Array(slots);
        this.places = new Int32Array(slots);
        this.lengths = new Int32Array(slots);
    }

    /** Becomes what another table has left when so much is taken off each of its keys. */
    takeOver(other: KeyTable, off: number): void {
        this.used = 0;
        this.arenaUsed = 0;
        this.weights.fill(0);
        this.records.fill(0);
        for (let slot = 0; slot < other.slots; slot++)
            if (other.weights[slot]! > off) this.adopt(other, slot, other.weights[slot]! - off);
    }

    /** The slot of a hash key, or the free slot where it belongs. */
    find(word0: number, word1: number, word2: number, word3: number): number {
        const { words, weights } = this;
        const mask = this.slots - 1;
        let slot = word1 & mask;
        while (weights[slot] !== 0) {
            const at = slot << 2;
            if (words[at + 1] === word1 && words[at] === word0 && words[at + 2] === word2 && words[at + 3] === word3)
                return slot;

            slot = (slot + 1) & mask;
        }
        return slot;
    }

    insert(
        slot: number,
        word0: number,
        word1: number,
        word2: number,
        word3: number,
        weight: number,
        takenBefore: number,
        source: Uint8Array,
        start: number,
        length: number,
    ): void {
        const at = slot << 2;
        this.words[at] = word0;
        this.words[at + 1] = word1;
        this.words[at + 2] = word2;
        this.words[at + 3] = word3;
        this.weights[slot] = weight;
        this.takenBefore[slot] = takenBefore;
        if (this.arenaUsed + length > this.arena.length) this.growArena(length);
        const { arena, arenaUsed } = this;
        for (let byte = 0; byte < length; byte++) arena[arenaUsed + byte] = source[start + byte]!;
        this.places[slot] = arenaUsed;
        this.lengths[slot] = length;
        this.arenaUsed += length;
        this.used++;
    }

    private growArena(length: number): void {
        const larger = new Uint8Array(Math.max(this.arena.length * 2, this.arenaUsed + length));
        larger.set(this.arena);
        this.arena = larger;
    }

    private adopt(other: KeyTable, from: number, weight: number): void {
        const at = from << 2;
        const [word0, word1] = [other.words[at]!, other.words[at + 1]!];
        const [word2, word3] = [other.words[at + 2]!, other.words[at + 3]!];
        const slot = this.find(word0, word1, word2, word3);
        this.records[slot] = other.records[from]!;
        const taken = other.takenBefore[from]!;
        const [start, length] = [other.places[from]!, other.lengths[from]!];
        this.insert(slot, word0, word1, word2, word3, weight, taken, other.arena, start, length);
    }

    /** The median of some of the counts: any value would do for the bound, the middle makes room at the least cost. */
    sampledMedian(): number {
        const values = new Float64Array(purgeSample);
        let filled = 0;
        for (let slot = 0; slot < this.slots && filled < purgeSample; slot++)
            if (this.weights[slot]! > 0) values[filled++] = this.weights[slot]!;

        return values.subarray(0, filled).sort()[filled >>> 1]!;
    }

    /** The weight of a key with what was taken off since it came in. */
    counted(slot: number, taken: number): number {
        return this.weights[slot]! + taken - this.takenBefore[slot]!;
    }

    /** All keys, the heaviest first. */
    slotsByWeight(taken: number): number[] {
        return Array.from(this.weights.keys())
            .filter((slot) => this.weights[slot]! > 0)
            .sort((left, right) => this.counted(right, taken) - this.counted(left, taken) || this.compare(left, right));
    }

    text(slot: number): string {
        const start = this.places[slot]!;
        return utf8.decode(this.arena.subarray(start, start + this.lengths[slot]!));
    }

    hashKey(slot: number): bigint {
        return this.words.subarray(slot << 2, (slot << 2) + 4).reduce((hash, word) => (hash << 32n) | BigInt(word), 0n);
    }

    locate(slot: number, locator: Locator): number {
        const at = slot << 2;
        return locator.locate(this.words[at]!, this.words[at + 1]!, this.words[at + 2]!, this.words[at + 3]!);
    }

    /** Order by hash key, so that keys of equal weight come out in the same order whatever the order of the records. */
    private compare(left: number, right: number): number {
        for (let word = 0; word < 4; word++) {
            const difference = this.words[(left << 2) + word]! - this.words[(right << 2) + word]!;
            if (difference !== 0) return difference;
        }
        return 0;
    }
}
