/**
 * The smallest changes of declared keys with which a given number of shards is enough for them.
 */
import { floorToDigits } from "../decimal";
import { equalWeights } from "../keys/keyWeights";
import { proportionalSuffixes } from "../keys/salt";
import { doKeysFit, fewestKeys, smallest, weightsOf } from "../keys/spread";
import { type CompleteRequirements } from "../requirements";
import { sum } from "../sums";
import { formatNumber, formatPercent } from "../text";
import { type Fix } from "./drafts";
import { type KeyNeed, withoutHeavyKeys } from "./keyNeed";

/** More keys a shard than this are no advice: the load fills its shards, and nothing but more shards makes room for uneven keys. */
const keysPerShardMax = 10_000;
/** Nor are more keys than this for one, or for some together. */
const suffixesMax = 1_000;

/** A fix whose number can stand alone, beside that of another fix of the same way. */
interface NumberedFix extends Fix {
    readonly number: string;
    readonly way: "more keys" | "more equal keys" | "smaller share" | "suffixes";
}

type Find = (requirements: CompleteRequirements, shards: number) => NumberedFix | undefined;

/** More keys of equal weight, beside the heavy ones, or instead of them where these need more shards by themselves. */
export const moreKeys: Find = (requirements, shards) => {
    const beside = { ...requirements, distinctKeys: undefined };
    const isHeavyKeyInTheWay = !doKeysFit(beside, shards);
    const base = isHeavyKeyInTheWay ? withoutHeavyKeys(beside) : beside;
    const keys = fewestKeys(
        Math.max(1e-6, weightsOf(base).rest),
        (distinctKeys) => doKeysFit({ ...base, distinctKeys }, shards),
        // Each lane is a key.
        Math.max(requirements.orderedLanes, (requirements.distinctKeys ?? 0) + 1),
        keysPerShardMax * shards,
    );
    if (keys === undefined) return undefined;
    const alike = isHeavyKeyInTheWay ? " of about equal weight" : "";
    const change = { ...(isHeavyKeyInTheWay && withoutHeavyKeys(requirements)), distinctKeys: keys };
    const number = formatNumber(keys);
    const way = isHeavyKeyInTheWay ? "more equal keys" : "more keys";
    return { way, text: `use a partition key with ${number} or more distinct values${alike}`, number, change };
};

/** A smaller share than this of one key cannot be told from that of any other. */
const leastShare = 1e-6;

/** A smaller part of the load on the one key that stands out. */
export const smallerShare: Find = (requirements, shards) => {
    const { hottestKeyShare: share } = requirements;
    if (share === undefined) return undefined;
    let [enough, tooMuch] = [0, share];
    for (let step = 0; step < 40; step++) {
        const middle = (enough + tooMuch) / 2;
        if (doKeysFit({ ...requirements, hottestKeyShare: middle }, shards)) enough = middle;
        else tooMuch = middle;
    }
    if (enough < leastShare) return undefined;
    const fraction = floorToDigits(enough, 3);
    const number = formatPercent(fraction, 6);
    return {
        way: "smaller share",
        text: `lower its share to ${number}`,
        number,
        change: { hottestKeyShare: fraction },
    };
};

/** Each heavy key over several by a suffix, the heavier the more, so that no part is heavier than the lightest whole one that is left. */
export const suffixes: Find = (requirements, shards) => {
    const { hottestKeyShare, heaviestKeyShares = [] } = requirements;
    const shares = hottestKeyShare === undefined ? [...heaviestKeyShares] : [hottestKeyShare];
    shares.sort((left, right) => right - left);
    if (shares.length === 0) return undefined;
    const salted = (parts: number) => proportionalSuffixes(shares, parts);
    const change = (parts: number) => saltedKeys(requirements, shares, salted(parts));
    const parts = fewestParts(requirements, shards, (tried) => {
        const keys = sum(salted(tried));
        return keys <= shares.length + suffixesMax && doKeysFit({ ...requirements, ...change(tried) }, shards);
    });
    if (parts === undefined) return undefined;
    const [text, number] = suffixesText(salted(parts));
    return { way: "suffixes", text, number, change: change(parts) };
};

/** Where the chance is computed it goes up in a sawtooth; where keys are thrown there is none to see. */
function fewestParts(
    requirements: CompleteRequirements,
    shards: number,
    enough: (parts: number) => boolean,
): number | undefined {
    const { heavy, rest, restKeys } = weightsOf(requirements);
    if (heavy.length === 0) return undefined;
    if (heavy.length > 1 || restKeys !== undefined) return smallest(2, suffixesMax, enough);
    return fewestKeys(heavy[0]! / Math.max(1e-6, 1 - rest / shards), enough, 2, suffixesMax);
}

function saltedKeys(
    { distinctKeys }: CompleteRequirements,
    shares: readonly number[],
    parts: readonly number[],
): Partial<CompleteRequirements> {
    const heaviestKeyShares = shares.flatMap((share, index) => equalWeights(share, parts[index]!));
    const added = heaviestKeyShares.length - shares.length;
    return {
        hottestKeyShare: undefined,
        heaviestKeyShares,
        ...(distinctKeys !== undefined && { distinctKeys: distinctKeys + added }),
    };
}

const keysNamed = 8;

function suffixesText(parts: readonly number[]): [text: string, number: string] {
    const split = parts.filter((number) => number > 1).map((number) => formatNumber(number));
    const bySuffix = "by suffixes (key-0, key-1, ...)";
    if (split.length === 1) return [`spread the hottest key ${bySuffix} over at least ${split[0]!} keys`, split[0]!];
    const last = split.length > keysNamed ? "..." : split.at(-1)!;
    const number = `${split.slice(0, Math.min(keysNamed, split.length - 1)).join(", ")} and ${last}`;
    return [`spread the ${split.length} heaviest keys ${bySuffix} over at least ${number} keys`, number];
}

/** Places instead of luck. */
export function placement({ explicitHashKeys }: CompleteRequirements): Fix[] {
    const text = "place the keys by ExplicitHashKey (and declare explicitHashKeys)";
    return explicitHashKeys ? [] : [{ text, change: { explicitHashKeys: true } }];
}

/** The smallest change for as many shards as keys may ask for, and beside it the one with which they ask for none. */
export function passing(find: Find, requirements: CompleteRequirements, { most, otherwise }: KeyNeed): Fix[] {
    const passes = find(requirements, most);
    const free = find(requirements, otherwise);
    if (passes === undefined) return [];
    if (free === undefined || free.way !== passes.way || free.number === passes.number) return [passes];
    return [
        { ...passes, more: { text: `${free.number} for no more shards than the load needs`, change: free.change } },
    ];
}
