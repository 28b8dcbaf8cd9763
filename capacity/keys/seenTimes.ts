/**
 * How many of more keys than are counted one by one came once, and how many twice: as many as among those of them with the lowest hashes,
 * each of which is counted from its first record on (Gibbons, "Distinct Sampling", 2001).
 */
import { type DigestBatch } from "./md5";

/** With so many the parts are within about 3 %. */
const countedMost = 4_096;
const words32 = 2 ** 32;
/** Of the next word of a hash, so that two keys are told apart. */
const besideBits = 21;
/** Standard deviations by which the keys that came twice may be more than were counted. */
const chanceDeviations = 2;
/** Where none of those that were counted came twice, so many of them may still have been expected to (the rule of three). */
const unseenMost = 3;

export class SeenTimes {
    /** A hash below it is counted. */
    #below: number;
    readonly #counts = new Map<number, number>();

    /** @param part of the keys that is counted to begin with */
    constructor(part: number) {
        this.#below = part * words32;
    }

    count({ words, size }: DigestBatch): void {
        for (let key = 0, at = 2; key < size; key++, at += 4) {
            const hash = words[at]! >>> 0;
            if (hash < this.#below) this.#add(hash * 2 ** besideBits + (words[at + 1]! >>> (32 - besideBits)));
        }
    }

    #add(hash: number): void {
        this.#counts.set(hash, (this.#counts.get(hash) ?? 0) + 1);
        while (this.#counts.size > countedMost) {
            this.#below /= 2;
            for (const counted of this.#counts.keys())
                if (counted >= this.#below * 2 ** besideBits) this.#counts.delete(counted);
        }
    }

    /** Of so many keys. Those that came twice are as many as they may be, so what follows for keys that never came is a lower bound. */
    of(distinctKeys: number): { readonly seenOnce: number; readonly seenTwice: number } | undefined {
        const { size } = this.#counts;
        if (size === 0) return undefined;
        let [once, twice] = [0, 0];
        for (const times of this.#counts.values()) {
            if (times === 1) once++;
            else if (times === 2) twice++;
        }
        const twiceMost = twice + chanceDeviations * Math.sqrt(twice) + unseenMost;
        const ofAll = (counted: number) => Math.round((counted / size) * distinctKeys);
        return { seenOnce: ofAll(once), seenTwice: ofAll(twiceMost) };
    }
}
