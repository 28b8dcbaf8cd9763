/**
 * Counters by hash key: what a tally looks up for each record.
 */
import { fits } from "../checks";
import { refuse } from "../problems";
import { formatNumber } from "../text";
import { type Locator } from "./hashRing";
import { Words } from "./words";

const fullAt = 0.75;
const purgeSample = 1_024;
const utf8 = new TextDecoder();

/** A slot's row, in words: the hash key, three numbers of two words each, and where the key's text lies. All of it is near each other, for the processor's cache. */
const rowWords = 12;
const rowNumbers = rowWords / 2;
const numberOf = { weight: 2, takenBefore: 3, records: 4 } as const;
const wordOf = { place: 10, length: 11 } as const;

const slotsMax = 2 ** 24;

/** A key is looked for from a part of its hash on: of other numbers of slots some would never be reached, and the search not end. */
const slotsCheck = fits(
    (value) => typeof value === "number" && value >= 2 && value <= slotsMax && Number.isInteger(Math.log2(value)),
    `a power of two from 2 to ${formatNumber(slotsMax)}`,
    "Leave it out for 16,384.",
);

/** Counters by hash key, open addressing; the keys' texts lie in one arena. */
export class KeyTable {
    used = 0;
    readonly usedMax: number;
    /** 0 where a slot is free, else a part of its hash key: most of the keys that are not the wanted one differ in it. */
    private readonly tags: Int32Array;
    private readonly words: Int32Array;
    private readonly numbers: Float64Array;
    private readonly texts = new TextArena();

    constructor(readonly slots: number) {
        refuse("KeyTally", slotsCheck("slots", slots));
        this.usedMax = Math.floor(slots * fullAt);
        this.tags = new Int32Array(slots);
        this.words = new Int32Array(slots * rowWords);
        this.numbers = new Float64Array(this.words.buffer);
    }

    /** Becomes what another table has left when so much is taken off each of its keys. */
    takeOver(other: KeyTable, off: number): void {
        this.used = 0;
        this.texts.clear();
        this.tags.fill(0);
        const texts = other.texts.words();
        for (let slot = 0; slot < other.slots; slot++)
            if (other.weight(slot) > off) this.adopt(other, texts, slot, other.weight(slot) - off);
    }

    /** The slot of the hash key whose four words stand there, or the free slot where it belongs. */
    find(of: Int32Array, at: number): number {
        const { tags } = this;
        const mask = this.slots - 1;
        const tag = of[at + 1]! | 1;
        let slot = of[at + 1]! & mask;
        while (tags[slot] !== 0 && !(tags[slot] === tag && this.has(slot, of, at))) slot = (slot + 1) & mask;
        return slot;
    }

    private has(slot: number, of: Int32Array, at: number): boolean {
        const { words } = this;
        const row = slot * rowWords;
        return (
            words[row] === of[at] &&
            words[row + 1] === of[at + 1] &&
            words[row + 2] === of[at + 2] &&
            words[row + 3] === of[at + 3]
        );
    }

    isFree(slot: number): boolean {
        return this.tags[slot] === 0;
    }

    /** One more record of a key that is there. */
    add(slot: number, weight: number): void {
        const row = slot * rowNumbers;
        this.numbers[row + numberOf.weight]! += weight;
        this.numbers[row + numberOf.records]!++;
    }

    /** The first record of a key. */
    insert(
        slot: number,
        of: Int32Array,
        at: number,
        weight: number,
        takenBefore: number,
        source: Words,
        start: number,
        length: number,
    ): void {
        const { words, numbers } = this;
        const row = slot * rowWords;
        this.tags[slot] = of[at + 1]! | 1;
        for (let word = 0; word < 4; word++) words[row + word] = of[at + word]!;
        numbers[slot * rowNumbers + numberOf.weight] = weight;
        numbers[slot * rowNumbers + numberOf.takenBefore] = takenBefore;
        numbers[slot * rowNumbers + numberOf.records] = 1;
        words[row + wordOf.place] = this.texts.add(source, start, length);
        words[row + wordOf.length] = length;
        this.used++;
    }

    private adopt(other: KeyTable, texts: Words, from: number, weight: number): void {
        const row = from * rowWords;
        const slot = this.find(other.words, row);
        const start = other.words[row + wordOf.place]!;
        const length = other.words[row + wordOf.length]!;
        this.insert(slot, other.words, row, weight, other.takenBefore(from), texts, start, length);
        this.numbers[slot * rowNumbers + numberOf.records] = other.records(from);
    }

    /** The median of some of the counts: any value would do for the bound, the middle makes room at the least cost. */
    sampledMedian(): number {
        const values = new Float64Array(purgeSample);
        let filled = 0;
        for (let slot = 0; slot < this.slots && filled < purgeSample; slot++)
            if (this.tags[slot] !== 0) values[filled++] = this.weight(slot);

        return values.subarray(0, filled).sort()[filled >>> 1]!;
    }

    /** What is left of a key's weight; 0 in a free slot. */
    weight(slot: number): number {
        return this.tags[slot] === 0 ? 0 : this.numbers[slot * rowNumbers + numberOf.weight]!;
    }

    /** What had been taken off every key when this one came in. */
    takenBefore(slot: number): number {
        return this.numbers[slot * rowNumbers + numberOf.takenBefore]!;
    }

    records(slot: number): number {
        return this.numbers[slot * rowNumbers + numberOf.records]!;
    }

    /** The weight of a key with what was taken off since it came in. */
    counted(slot: number, taken: number): number {
        return this.weight(slot) + taken - this.takenBefore(slot);
    }

    /** All keys, the heaviest first. */
    slotsByWeight(taken: number): number[] {
        return Array.from(this.tags.keys())
            .filter((slot) => this.weight(slot) > 0)
            .sort((left, right) => this.counted(right, taken) - this.counted(left, taken) || this.compare(left, right));
    }

    text(slot: number): string {
        const row = slot * rowWords;
        return this.texts.text(this.words[row + wordOf.place]!, this.words[row + wordOf.length]!);
    }

    hashKey(slot: number): bigint {
        const row = slot * rowWords;
        return this.words.subarray(row, row + 4).reduce((hash, word) => (hash << 32n) | BigInt(word >>> 0), 0n);
    }

    locate(slot: number, locator: Locator): number {
        return locator.locate(this.words, slot * rowWords);
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

    private grow(words: number): void {
        const larger = new Int32Array(Math.max(this.arena.length * 2, this.used + words));
        larger.set(this.arena);
        this.arena = larger;
    }

    words(): Words {
        return new Words(new Uint8Array(this.arena.buffer));
    }

    text(place: number, length: number): string {
        return utf8.decode(new Uint8Array(this.arena.buffer, place, length));
    }
}
