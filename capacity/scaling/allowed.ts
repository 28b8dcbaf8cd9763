/**
 * What is allowed: Kinesis's limits, the budget of calls, one step at a time.
 *
 * A mode says where it wants to go and why; these functions say how far it gets now.
 */
import { nextUpdateCallMs, splitsAndMerges, updateCallsLeft } from "./ledger";
import { type ReasonCode } from "./reasons";
import { fewestAfterOneCall, isQuarterStep, middleHashKey, mostAfterOneCall, widestShard } from "./shards";
import { type Decision, type Observation, type ScalingAction, type ScalingSettings } from "./observation";
import { count, formatNumber } from "../text";

/** Where a mode wants to go. */
export interface Wish {
    /** Shards to go to, within minShards and maxShards. */
    readonly targetShards: number;
    /** Shards that the load asks for, before any limit. */
    readonly wantedShards: number;
    readonly reason: ReasonCode;
    /** Why, as the beginning of a sentence: "The load of 4.6 shards needs 5.4 with room for its noise; 4 are open". */
    readonly why: string;
    readonly numbers: Readonly<Record<string, number>>;
}

/** UpdateShardCount calls that only scaling out may use. */
export const updateCallsKept = 3;

/** Scaling in waits while the slowest shared reader is further behind than this: fewer shards would be read more slowly. */
export const scaleInIteratorAgeMinutesMax = 10;

/** More shards, as far as one call and the budget go. With no call left, and records refused, the widest shard is split. */
export function grow(
    observation: Observation,
    settings: ScalingSettings,
    wish: Wish,
    { recordsRefused }: { readonly recordsRefused: boolean },
): Decision {
    const open = observation.shards.length;
    if ((observation.growthBlockedUntilMs ?? 0) > observation.nowMs) {
        const until = formatTime(observation.growthBlockedUntilMs!);
        return nothing(
            wish,
            "shard-quota",
            `${wish.why}, but the account's shard quota is reached; asking again after ${until}. Ask for a higher quota in Service Quotas.`,
        );
    }
    const blocked = (observation.updatesBlockedUntilMs ?? 0) > observation.nowMs;
    if (!blocked && updateCallsLeft(observation.reshards, observation.nowMs) > 0) {
        const target = Math.min(wish.targetShards, mostAfterOneCall(open));
        const limited = target < wish.targetShards;
        return acting(
            wish,
            limited ? "doubling-limit" : wish.reason,
            { kind: "update", targetShardCount: target },
            limited
                ? `${wish.why}: to ${formatNumber(target)} now, the most that one call allows, then on to ${formatNumber(wish.targetShards)}.`
                : `${wish.why}: to ${formatNumber(target)}.`,
        );
    }
    const splits = splitsAndMerges(observation.reshards, observation.nowMs);
    const spent = blocked
        ? `AWS refuses UpdateShardCount until about ${formatTime(observation.updatesBlockedUntilMs!)}, since others spent its calls`
        : `no UpdateShardCount call is left before ${formatTime(nextUpdateCallMs(observation.reshards, observation.nowMs)!)}`;
    if (!recordsRefused)
        return nothing(wish, blocked ? "updates-blocked" : "calls-spent", `${wish.why}, but ${spent}.`);
    if (splits >= settings.maxReshardsPerDay) {
        return nothing(
            wish,
            "splits-spent",
            `${wish.why}, but ${spent}, and ${count(splits, "split")} of the ${formatNumber(settings.maxReshardsPerDay)} that maxReshardsPerDay allows are made.`,
        );
    }
    const widest = widestShard(observation.shards);
    return acting(
        wish,
        "split-widest",
        { kind: "split", shardId: widest.shardId, newStartingHashKey: middleHashKey(widest) },
        `${wish.why}, and ${spent}: ${widest.shardId}, the widest shard, is split in two.`,
    );
}

/** Fewer shards, as far as one call goes, while calls are left that are not kept for scaling out, and readers keep up. */
export function shrink(observation: Observation, wish: Wish): Decision {
    const open = observation.shards.length;
    const left = updateCallsLeft(observation.reshards, observation.nowMs);
    if ((observation.updatesBlockedUntilMs ?? 0) > observation.nowMs) {
        const until = formatTime(observation.updatesBlockedUntilMs!);
        return nothing(
            wish,
            "updates-blocked",
            `${wish.why}, but AWS refuses UpdateShardCount until about ${until}, since others spent its calls.`,
        );
    }
    if ((observation.growthBlockedUntilMs ?? 0) > observation.nowMs) {
        const until = formatTime(observation.growthBlockedUntilMs!);
        return nothing(
            wish,
            "shard-quota",
            `${wish.why}, but the account's shard quota is reached, and scaling in opens shards before it closes others; asking again after ${until}.`,
        );
    }
    if (left === 0) {
        const next = formatTime(nextUpdateCallMs(observation.reshards, observation.nowMs)!);
        return nothing(wish, "calls-spent", `${wish.why}, but no UpdateShardCount call is left before ${next}.`);
    }
    if (left <= updateCallsKept) {
        return nothing(
            wish,
            "calls-kept",
            `${wish.why}, but ${count(left, "UpdateShardCount call")} left in these 24 h ${left === 1 ? "is" : "are"} kept for scaling out.`,
        );
    }
    if (observation.iteratorAgeMs === undefined) {
        return {
            ...nothing(wish, "consumers-behind", `${wish.why}, if the readers keep up.`),
            needsIteratorAge: true,
        };
    }
    const ageMinutes = (observation.iteratorAgeMs ?? 0) / 60_000;
    if (ageMinutes > scaleInIteratorAgeMinutesMax) {
        return nothing(
            wish,
            "consumers-behind",
            `${wish.why}, but a reader is ${formatNumber(ageMinutes, 0)} minutes behind; scaling in waits until it is at most ${scaleInIteratorAgeMinutesMax}.`,
        );
    }
    const target = Math.max(wish.targetShards, fewestAfterOneCall(open));
    const limited = target > wish.targetShards;
    return acting(
        wish,
        limited ? "halving-limit" : wish.reason,
        { kind: "update", targetShardCount: target },
        limited
            ? `${wish.why}: to ${formatNumber(target)} now, the fewest that one call allows, then on to ${formatNumber(wish.targetShards)}.`
            : `${wish.why}: to ${formatNumber(target)}.`,
    );
}

export function nothing(
    wish: Omit<Wish, "targetShards" | "reason" | "why">,
    reason: ReasonCode,
    message: string,
): Decision {
    return { action: { kind: "none" }, reason, message, wantedShards: wish.wantedShards, numbers: wish.numbers };
}

function acting(wish: Wish, reason: ReasonCode, action: ScalingAction, message: string): Decision {
    return { action, reason, message, wantedShards: wish.wantedShards, numbers: wish.numbers };
}

/**
 * The count to go to for a need: rounded up to one that can be halved again (even, above 6 a multiple of 4: an emergency to 11 shards
 * would freeze a stream for hours), or to a lower one that AWS reaches faster, a multiple of 25 % of the open shards.
 */
export function ladderCount(needShards: number, openShards: number): number {
    const least = Math.max(1, Math.ceil(needShards - 1e-9));
    const step = least <= 2 ? 1 : least <= 6 ? 2 : 4;
    const rung = Math.ceil(least / step) * step;
    for (let candidate = least; candidate < rung; candidate++)
        if (candidate % 2 === 0 && isQuarterStep(openShards, candidate)) return candidate;

    return rung;
}

/** A time for people, to the minute: "2026-11-02 12:00 UTC". */
export function formatTime(timeMs: number): string {
    return `${new Date(timeMs).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
