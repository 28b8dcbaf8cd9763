/**
 * A sample's skew as requirements: the heaviest keys as they are, and as many equal ones as spread like all others.
 */
import { floorToDigits } from "../decimal";
import { sum } from "../sums";
import { arePlaced, isOneRecord, keysAtLeast } from "./evidence";
import { type KeySample } from "./sample";
import { type KeysAtOnce, keysAtOnceOf } from "./timeKeys";

/** What a sample of keys tells a plan. */
export interface KeyRequirements {
    /** Where most keys of the sample came once: at least so many, rounded down. */
    readonly distinctKeys: number;
    /** Absent where no key is heavier than the others. */
    readonly heaviestKeyShares?: number[];
    /** Where most records of the sample have an explicit hash key; absent otherwise. */
    readonly explicitHashKeys?: true;
}

/** Heavy keys that are named; more make a declaration long and the plan no better. */
const namedMost = 30;
/** A key is named if it is so many times as heavy as one of the equal keys that stand for the rest. */
const heavyOverRest = 1.2;
/** Standard deviations by which chance makes a key look heavier than it is. */
const chanceDeviations = 4;
const digits = 4;
const distinctKeysMost = 100_000_000_000;

/** What a sample declares, and what speaks for it. */
export interface DeclaredKeys extends KeysAtOnce {
    readonly requirements: KeyRequirements;
    /** Whether there are more keys than the requirements say: most of the sample came once. */
    readonly isLowerBound: boolean;
}

/**
 * The requirements about keys that a sample shows.
 *
 * Keys of unequal weight spread worse than equal ones. So the keys that are not named count as fewer: as many equal ones as have the same
 * sum of squared weights, of which what chance adds in a sample is taken off. Where few keys are written to at one moment, such as one that
 * is made from the time, only these count.
 *
 * @param keysAtOnce how many keys that are, where it was said; Infinity: as many as the sample shows, whatever they look like
 * @example keyRequirementsOf(sample) // { distinctKeys: 4632, heaviestKeyShares: [0.12, 0.051] }
 */
export function keyRequirementsOf(sample: KeySample, keysAtOnce?: number): KeyRequirements {
    return declaredKeysOf(sample, keysAtOnce).requirements;
}

/** The same, with what speaks for it. */
export function declaredKeysOf(sample: KeySample, said?: number): DeclaredKeys {
    const atOnce = keysAtOnceOf(sample, said);
    const measured = measuredKeys(sample);
    const most = atOnce.keysAtOnce ?? Infinity;
    const keys = measured.distinctKeys > most ? { distinctKeys: most } : measured;
    return {
        requirements: { ...keys, ...(arePlaced(sample) && { explicitHashKeys: true }) },
        isLowerBound: keys === measured && wereMostKeysSeenOnce(sample),
        ...atOnce,
    };
}

/** All keys of the sample, whenever they are written to. */
function measuredKeys(sample: KeySample): KeyRequirements {
    const named = namedKeys(sample);
    const rest = restOf(sample, named);
    const shares = sample.keys
        .slice(0, named)
        .map(({ weight }) => Number((weight / sample.weight).toPrecision(digits)));
    const distinctKeys = named + (named < sample.distinctKeys ? Math.max(1, Math.round(rest.keys)) : 0);
    const declared = Math.min(distinctKeysMost, Math.max(1, distinctKeys));
    return {
        // No more than two digits are known of a number that is a lower bound.
        distinctKeys: wereMostKeysSeenOnce(sample)
            ? Math.max(sample.distinctKeys, floorToDigits(declared, 2))
            : declared,
        ...(named > 0 && { heaviestKeyShares: shares }),
    };
}

/** Then what is said of those that did not come at all is a lower bound (Chao). */
function wereMostKeysSeenOnce({ seenOnce = 0, distinctKeys }: KeySample): boolean {
    return 2 * seenOnce > distinctKeys;
}

/** How many keys stand out: the lightest of them is still heavy beside what is left without all of them, so that hot keys do not hide each other. */
function namedKeys(sample: KeySample): number {
    // The last of the keys has no others to stand out from.
    const most = Math.min(namedMost, sample.keys.length, sample.distinctKeys - 1);
    for (let named = most; named > 0; named--) {
        const rest = restOf(sample, named);
        const lightest = provenWeight(sample, named - 1);
        if (lightest > 0 && lightest * rest.keys >= heavyOverRest * rest.weight) return named;
    }
    return 0;
}

/** What a key weighs at least, given how few records it has. */
function provenWeight(sample: KeySample, key: number): number {
    const { weight } = sample.keys[key]!;
    if (isOneRecord(sample.keys[key]!, sample)) return 0;
    const recordWeight = sample.recordWeightSquares / sample.weight;
    return weight - chanceDeviations * Math.sqrt(weight * recordWeight);
}

/** What is left without the heaviest keys: its weight, and as many equal keys as it spreads like. */
function restOf(sample: KeySample, named: number): { readonly weight: number; readonly keys: number } {
    const heaviest = sample.keys.slice(0, named);
    const weight = sample.weight - sum(heaviest.map((key) => key.weight));
    const squares = sample.keyWeightSquares - sum(heaviest.map((key) => key.weight ** 2));
    // Two records fall on one key by chance as well: the squares of the records alone are no skew.
    const bySkew = squares - sample.recordWeightSquares * (weight / sample.weight);
    const known = Math.max(1, sample.distinctKeys - named);
    const behind = Math.max(known, Math.min(distinctKeysMost, keysAtLeast(sample)) - named);
    return { weight, keys: bySkew > 0 ? Math.max(1, Math.min(behind, weight ** 2 / bySkew)) : behind };
}
