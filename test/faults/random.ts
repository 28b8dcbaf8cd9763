/**
 * Chance that depends on nothing but a seed and what it is asked for: taking one fault out of a schedule leaves every other throw as it was.
 */

/** A number from 0 up to 1, the same each time for the same seed and the same question. */
export function chance(seed: number, about: string): number {
    let hash = 0x811c9dc5 ^ seed;
    for (let at = 0; at < about.length; at++) hash = Math.imul(hash ^ about.charCodeAt(at), 0x01000193);
    hash ^= Math.imul(seed, 0x9e3779b1);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** Throws one after the other, for whoever makes up a schedule. */
export class Dice {
    #throws = 0;

    constructor(
        readonly seed: number,
        readonly about: string,
    ) {}

    next(): number {
        return chance(this.seed, `${this.about} ${this.#throws++}`);
    }

    /** True in that part of the throws. */
    flip(part: number): boolean {
        return this.next() < part;
    }

    between(least: number, most: number): number {
        return least + this.next() * (most - least);
    }

    /** A whole number from `least` to `most`, both included. */
    whole(least: number, most: number): number {
        return Math.floor(this.between(least, most + 1));
    }

    pick<Of>(options: readonly Of[]): Of {
        return options[Math.floor(this.next() * options.length)]!;
    }

    /** So many times what `make` makes. */
    list<Of>(count: number, make: (at: number) => Of): Of[] {
        return Array.from({ length: count }, (_, at) => make(at));
    }
}
