/**
 * Counters by hash key: what a tally looks up for each record.
 */
import { fits } from "../checks";
import { refuse } from "../problems";
import { formatNumber } from "../text";
import { type Locator } from "./hashRing";
import {
    lengthWord,
    placeWord,
    recordsNumber,
    rowNumbers,
    rowWords,
    slotWords,
    takenBeforeNumber,
    weightNumber,
} from "./keyRow";
import { type DigestBatch } from "./md5";
import { type Words } from "./words";

const fullAt = 0.75;
const purgeSample = 1_024;
const utf8 = new TextDecoder();

const slotsMax = 2 ** 24;

/** A key is looked for from a part of its hash on: of other numbers of slots some would never be reached, and the search not end. */
const slotsCheck = fits(
    (value) => typeof value === "number" && value >= 2 && value <= slotsMax && Number.isInteger(Math.log2(value)),
    `a power of two from 2 to ${formatNumber(slotsMax)}`,
    "Leave it out for 16,384.",
);

/**
 * Counters by hash key, open addressing. Rows, and the keys' texts, lie one behind the other as the keys came: most keys of a large sample are
 * new, and a processor writes ahead faster than to and fro.
 */
export class KeyTable {
    used = 0;
    readonly usedMax: number;
    private readonly slots: Int32Array;
    private readonly mask: number;
    private readonly words: Int32Array;
    private readonly numbers: Float64Array;
    private readonly texts = new TextArena();

    constructor(slots: number) {
        refuse("KeyTally", slotsCheck("slots", slots));
        this.usedMax = Math.floor(slots * fullAt);
        this.mask = slots - 1;
        this.slots = new Int32Array(slots * slotWords);
        this.words = new Int32Array(this.usedMax * rowWords);
        this.numbers = new Float64Array(this.words.buffer);
    }

    /** The slot of the hash key whose four words stand there, or the free slot where it belongs. */
    find(of: Int32Array, at: number): number {
        const { slots, mask } = this;
        const tag = of[at + 1]! | 1;
        let slot = of[at + 1]! & mask;
        for (;;) {
            const found = slots[slotWords * slot]!;
            if (found === 0 || (found === tag && this.has(slots[slotWords * slot + 1]!, of, at))) return slot;
            slot = (slot + 1) & mask;
        }
    }

    private has(row: number, of: Int32Array, at: number): boolean {
        const { words } = this;
        const from = row * rowWords;
        return (
            words[from] === of[at] &&
            words[from + 1] === of[at + 1] &&
            words[from + 2] === of[at + 2] &&
            words[from + 3] === of[at + 3]
        );
    }

    isFree(slot: number): boolean {
        return this.slots[slotWords * slot] === 0;
    }

    /** One more record of a key that is there. */
    add(slot: number, weight: number): void {
        const row = this.slots[slotWords * slot + 1]! * rowNumbers;
        this.numbers[row + weightNumber]! += weight;
        this.numbers[row + recordsNumber]!++;
    }

    /** The first record of a key. */
    insert(slot: number, batch: DigestBatch, key: number, takenBefore: number, source: Words): void {
        const { words, numbers } = this;
        const row = this.used++;
        this.place(row, slot, batch.words[4 * key + 1]!);
        const from = row * rowWords;
        for (let word = 0; word < 4; word++) words[from + word] = batch.words[4 * key + word]!;
        const length = batch.lengths[key]!;
        numbers[row * rowNumbers + weightNumber] = batch.weights[key]!;
        numbers[row * rowNumbers + takenBeforeNumber] = takenBefore;
        numbers[row * rowNumbers + recordsNumber] = 1;
        words[from + placeWord] = this.texts.add(source, batch.starts[key]!, length);
        words[from + lengthWord] = length;
    }

    private place(row: number, slot: number, hashWord: number): void {
        this.slots[slotWords * slot] = hashWord | 1;
        this.slots[slotWords * slot + 1] = row;
    }

    /** Takes so much off each key. Those that have no more than that leave, and the others move up, each with its text. */
    takeOff(off: number): void {
        const { words, numbers, texts, used } = this;
        this.used = 0;
        this.slots.fill(0);
        texts.clear();
        for (let row = 0; row < used; row++) {
            const weight = this.weight(row);
            if (weight <= off) continue;
            const kept = this.used++;
            const from = kept * rowWords;
            words.copyWithin(from, row * rowWords, (row + 1) * rowWords);
            numbers[kept * rowNumbers + weightNumber] = weight - off;
            words[from + placeWord] = texts.moveUp(words[from + placeWord]!, words[from + lengthWord]!);
            this.place(kept, this.find(words, from), words[from + 1]!);
        }
    }

    /** The median of some of the counts: any value would do for the bound, the middle makes room at the least cost. */
    sampledMedian(): number {
        const { slots } = this;
        const values = new Float64Array(Math.min(purgeSample, this.used));
        let filled = 0;
        // By the slots, which are in no order of time: the first rows have been there for long, and are heavier.
        for (let slot = 0; filled < values.length; slot++)
            if (!this.isFree(slot)) values[filled++] = this.weight(slots[slotWords * slot + 1]!);
        return values.sort()[filled >>> 1]!;
    }

    /** What is left of a key's weight. */
    weight(row: number): number {
        return this.numbers[row * rowNumbers + weightNumber]!;
    }

    /** What had been taken off every key when this one came in. */
    takenBefore(row: number): number {
        return this.numbers[row * rowNumbers + takenBeforeNumber]!;
    }

    records(row: number): number {
        return this.numbers[row * rowNumbers + recordsNumber]!;
    }

    /** The weight of a key with what was taken off since it came in. */
    counted(row: number, taken: number): number {
        return this.weight(row) + taken - this.takenBefore(row);
    }

    /** All keys that weigh anything, the heaviest first. */
    rowsByWeight(taken: number): number[] {
        return Array.from({ length: this.used }, (_, row) => row)
            .filter((row) => this.weight(row) > 0)
            .sort((left, right) => this.counted(right, taken) - this.counted(left, taken) || this.compare(left, right));
    }

    text(row: number): string {
        const from = row * rowWords;
        return this.texts.text(this.words[from + placeWord]!, this.words[from + lengthWord]!);
    }

    hashKey(row: number): bigint {
        const from = row * rowWords;
        return this.words.subarray(from, from + 4).reduce((hash, word) => (hash << 32n) | BigInt(word >>> 0), 0n);
    }

    locate(row: number, locator: Locator): number {
        return locator.locate(this.words, row * rowWords);
    }

    /** Order by hash key, so that keys of equal weight come out in the same order whatever the order of the records. */
    private compare(left: number, right: number): number {
        for (let word = 0; word < 4; word++) {
            const [one, other] = [this.words[left * rowWords + word]!, this.words[right * rowWords + word]!];
            if (one !== other) return (one >>> 0) - (other >>> 0);
        }
        return 0;
    }
}

/** Texts, one after another in one buffer; each begins at a whole word. */
class TextArena {
    private arena = new Int32Array(1 << 18);
    private used = 0;

    clear(): void {
        this.used = 0;
    }

    /** @returns where the text stands now, in bytes */
    add(source: Words, start: number, length: number): number {
        const textWords = (length + 3) >>> 2;
        if (this.used + textWords > this.arena.length) this.grow(textWords);
        const { arena, used } = this;
        for (let word = 0; word < textWords; word++) arena[used + word] = source.at(start + 4 * word);
        this.used += textWords;
        return 4 * used;
    }

    /** Keeps a text that was there before `clear`, and is behind all that were kept since. @returns where it stands now, in bytes */
    moveUp(place: number, length: number): number {
        const { arena, used } = this;
        const textWords = (length + 3) >>> 2;
        arena.copyWithin(used, place >>> 2, (place >>> 2) + textWords);
        this.used += textWords;
        return 4 * used;
    }

    private grow(words: number): void {
        const larger = new Int32Array(Math.max(this.arena.length * 2, this.used + words));
        larger.set(this.arena);
        this.arena = larger;
    }

    text(place: number, length: number): string {
        return utf8.decode(new Uint8Array(this.arena.buffer, place, length));
    }
}
