/**
 * How many suffixes spread the heavy keys of a stream, all of them together, beside the other keys that it has.
 *
 * A salt is sized for placements by chance, since tomorrow's heavy keys have other names; that it holds for the names of today is tried by
 * whoever asks for it (`accepts`).
 */
import { sum } from "../sums";
import { evenOverAverageMax } from "./chance";
import { chanceThatWeightsFit, equalWeights, roundingSlack } from "./keyWeights";
import { keysForEvenShards, smallest } from "./spread";

/** The load of a stream by its keys, as parts of the whole. */
export interface LoadByKeys {
    /** Keys that are known one by one, the heaviest first. */
    readonly shares: readonly number[];
    /** All others together, and the sum of their squared shares: how unequally they spread. */
    readonly others: number;
    readonly otherSquares: number;
}

export interface Salt {
    /** Whether a few heavy keys get suffixes, or so many are heavy that every key does. */
    readonly of: "heavy-keys" | "every-key";
    /** Suffixes of each key, the heaviest first; a key that is not in the list, or has 1, stays as it is. Of every key: one number. */
    readonly suffixes: readonly number[];
    /** Whether it was accepted: by the names of today. */
    readonly accepted: boolean;
}

type Accepts = (salt: Pick<Salt, "of" | "suffixes">) => boolean;

/** What is promised is 95 of 100; the estimate is off by a point, and the search takes the first number that looks good. */
const computedChance = 0.975;
/** More keys than this are no list to keep in a producer: then every key gets suffixes. */
const keysSaltedMost = 20;
const suffixesMost = 1_000;
/** Another key is salted where that leaves so much of the suffixes of all keys, or less. */
const worthAnotherKey = 0.75;
/** Names that were unlucky get others: so many larger numbers are tried. */
const luckyNumbers = 8;
/** Where so many choices of keys found no lucky number, the rest of the load is what stays hot. */
const unluckyMost = 3;
/** Pieces thrown one by one; the lighter ones count as so many equal keys as spread like them. */
const thrownMost = 300;
const waterFromKeys = 1e9;

/** The chance that the hottest of uniform shards stays below what counts as even, when every key falls where chance puts it. */
function chanceEven({ shares, others, otherSquares }: LoadByKeys, shards: number): number {
    const mostOfShard = shards / evenOverAverageMax;
    const light = shares.slice(thrownMost);
    const rest = light.reduce((sum, share) => sum + share, others);
    const squares = light.reduce((sum, share) => sum + share ** 2, otherSquares);
    const alike = squares > 0 ? Math.max(1, Math.round(rest ** 2 / squares)) : Infinity;
    return chanceThatWeightsFit(
        {
            heavy: shares.slice(0, thrownMost).map((share) => share * mostOfShard),
            rest: rest * mostOfShard,
            restKeys: rest > 0 && alike < waterFromKeys ? alike : undefined,
        },
        shards,
    );
}

/**
 * Few keys to salt and, for these, the fewest suffixes.
 *
 * @returns undefined if no salt does; one that is not `accepted` does by chance, but not with the names of today
 */
export function saltOf(load: LoadByKeys, shards: number, accepts: Accepts): Salt | undefined {
    const heavy = saltOfHeavyKeys(load, shards, accepts);
    if (heavy?.accepted) return heavy;
    const every = saltOfEveryKey(load, shards, accepts);
    return every?.accepted ? every : (heavy ?? every);
}

function saltOfHeavyKeys(load: LoadByKeys, shards: number, accepts: Accepts): Salt | undefined {
    const { shares } = load;
    const keysMost = Math.min(keysSaltedMost, shares.length);
    if (keysMost === 0) return undefined;
    const holdsAsWater = (keys: number) => chanceEven(dissolved(load, keys), shards) >= computedChance;
    const fewest = smallest(1, keysMost, holdsAsWater);
    if (fewest === undefined) return undefined;
    let partsMost = 4 * keysForEvenShards(shards);
    let best: Salt | undefined;
    let unlucky = 0;
    for (let keys = fewest; keys <= keysMost; keys++) {
        const suffixesFor = (parts: number) => proportionalSuffixes(shares.slice(0, keys), parts);
        const chanceWith = (parts: number) => chanceEven(salted(load, suffixesFor(parts)), shards);
        const most = Math.min(suffixesMost, mostParts(partsMost, suffixesFor));
        if (most < 2 || chanceWith(most) < computedChance) {
            if (best?.accepted) break;
            continue;
        }
        const parts = smallest(2, most, (tried) => chanceWith(tried) >= computedChance)!;
        const found = firstAccepted("heavy-keys", parts, most, suffixesFor, accepts);
        if (!found.accepted) {
            best ??= found;
            if (++unlucky === unluckyMost) break;
            continue;
        }
        best = found;
        partsMost = Math.floor(sum(found.suffixes) * worthAnotherKey);
    }
    return best;
}

/** Every key with the same number: no list of heavy keys has to be kept. */
function saltOfEveryKey(load: LoadByKeys, shards: number, accepts: Accepts): Salt | undefined {
    const chanceWith = (parts: number) => chanceEven(everySalted(load, parts), shards);
    const parts = smallest(2, suffixesMost, (tried) => chanceWith(tried) >= computedChance);
    if (parts === undefined) return undefined;
    return firstAccepted("every-key", parts, suffixesMost, (tried) => [tried], accepts);
}

function firstAccepted(
    of: Salt["of"],
    least: number,
    most: number,
    suffixesFor: (parts: number) => readonly number[],
    accepts: Accepts,
): Salt {
    let parts = least;
    for (let tries = 0; tries < luckyNumbers && parts <= most; tries++) {
        const suffixes = suffixesFor(parts);
        if (accepts({ of, suffixes })) return { of, suffixes, accepted: true };
        parts += Math.max(1, Math.floor(parts / 16));
    }
    return { of, suffixes: suffixesFor(least), accepted: false };
}

/**
 * The suffixes of each key, so that no part is heavier than the others are: the heavier the key, the more.
 *
 * @param shares the heaviest first
 * @param parts of the heaviest
 */
export function proportionalSuffixes(shares: readonly number[], parts: number): number[] {
    return shares.map((share) => Math.max(1, Math.ceil((share * parts) / shares[0]! - roundingSlack)));
}

function mostParts(partsMost: number, suffixesFor: (parts: number) => readonly number[]): number {
    return smallest(1, suffixesMost + 1, (parts) => sum(suffixesFor(parts)) > partsMost || parts > suffixesMost)! - 1;
}

/** With so many suffixes that the heaviest keys spread like water: the best that salting them can do. */
function dissolved({ shares, others, otherSquares }: LoadByKeys, keys: number): LoadByKeys {
    const water = sum(shares.slice(0, keys));
    return { shares: shares.slice(keys), others: others + water, otherSquares };
}

function salted(load: LoadByKeys, suffixes: readonly number[]): LoadByKeys {
    const parts = suffixes.flatMap((number, key) => equalWeights(load.shares[key]!, number));
    const shares = [...parts, ...load.shares.slice(suffixes.length)].sort((left, right) => right - left);
    return { ...load, shares };
}

function everySalted({ shares, others, otherSquares }: LoadByKeys, parts: number): LoadByKeys {
    const thrown = shares.slice(0, Math.ceil(thrownMost / parts));
    const light = shares.slice(thrown.length);
    return {
        shares: thrown.flatMap((share) => equalWeights(share, parts)),
        others: light.reduce((sum, share) => sum + share, others),
        otherSquares: light.reduce((sum, share) => sum + share ** 2, otherSquares) / parts,
    };
}
