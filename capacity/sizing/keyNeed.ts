/**
 * What the declared partition keys ask of a plan: nothing beyond the load, some shards more, or more than they may.
 */
import { addDecimals } from "../decimal";
import { doKeysFit, mostShardsLooked, shardsForKeys, weightsOf } from "../keys/spread";
import { type CompleteRequirements } from "../requirements";

export interface KeyNeed {
    /** `fits`: the shards of the load are enough. `raises`: more are needed, and planned. `rejected`: more than keys may ask for, if any count does. */
    readonly verdict: "fits" | "raises" | "rejected";
    /** The fewest shards that keep the hottest one within its limits; undefined if no count does. */
    readonly shards: number | undefined;
    /** The shards that the load needs without regard to its keys. */
    readonly otherwise: number;
    /** The most shards that the keys may ask for. */
    readonly most: number;
    /** The most shards that were looked at. */
    readonly looked: number;
}

export function withoutHeavyKeys(requirements: CompleteRequirements): CompleteRequirements {
    return { ...requirements, hottestKeyShare: undefined, heaviestKeyShares: undefined };
}

export function keyNeedOf(requirements: CompleteRequirements, otherwise: number): KeyNeed {
    const most = mostShards(requirements, otherwise);
    const verdict = keyVerdict(requirements, otherwise);
    const looked = verdict === "rejected" ? Math.max(most, mostShardsLooked(requirements)) : most;
    return { verdict, shards: shardsForKeys(requirements, looked), otherwise, most, looked };
}

/** Whether the keys may have what they ask for: the short answer, without the count. */
function keyVerdict(requirements: CompleteRequirements, otherwise: number): KeyNeed["verdict"] {
    if (doKeysFit(requirements, otherwise)) return "fits";
    return doKeysFit(requirements, mostShards(requirements, otherwise)) ? "raises" : "rejected";
}

function mostShards({ keysMayRaiseShards }: CompleteRequirements, otherwise: number): number {
    return Math.floor(addDecimals(otherwise * keysMayRaiseShards, 0));
}

/** What of the keys asks for more than the load does: that one or some are heavy, or that they are few. */
export function keyCause(requirements: CompleteRequirements, need: KeyNeed): "hottest" | "few" {
    if (largestKey(requirements).isHeavy) return "hottest";
    const alike = withoutHeavyKeys(requirements);
    const better = keyVerdict(alike, need.otherwise);
    return better === "fits" || (better === "raises" && need.verdict === "rejected") ? "hottest" : "few";
}

/** What the largest key carries, of what one shard takes, and whether it is one that alone is more than that while others are not. */
export function largestKey(requirements: CompleteRequirements): {
    readonly inShards: number;
    readonly isHeavy: boolean;
} {
    const { heaviest, light } = keyLoadsOf(requirements);
    return { inShards: Math.max(light, heaviest), isHeavy: heaviest > 1 && light <= 1 };
}

/** What keys carry, of what one shard takes: the heaviest of those whose shares are declared, and each of the others. */
export function keyLoadsOf(requirements: CompleteRequirements): {
    /** 0 where no key stands out. */
    readonly heaviest: number;
    readonly heavyKeys: number;
    readonly light: number;
} {
    const { heavy, rest, restKeys } = weightsOf(requirements);
    const light = restKeys === undefined || restKeys === 0 ? 0 : rest / restKeys;
    return { heaviest: heavy[0] ?? 0, heavyKeys: heavy.length, light };
}
