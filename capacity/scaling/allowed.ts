/**
 * What is allowed: Kinesis's limits, the budget of calls, one step at a time.
 *
 * A mode says where it wants to go and why; these functions say how far it gets now.
 */
import { minuteMs } from "../calendar";
import { nextUpdateCallMs, splitsAndMerges, updateCallsLeft } from "./ledger";
import { type ReasonCode } from "./reasons";
import { fewestAfterOneCall, isQuarterStep, mostAfterOneCall, widestCount } from "./shards";
import { type Decision, type Observation, type ScalingAction, type ScalingSettings } from "./observation";
import { count, formatNumber, formatRateThat, formatTime } from "../text";
import { waitAfterUnanswered } from "./unanswered";
import { nextSplit } from "./walk";
import { walksSpent } from "./words";

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
const scaleInIteratorAgeMinutesMax = 10;

/** More shards, as far as one call and the budget go. With no call left, and records refused, the widest shard is split. */
export function grow(
    observation: Observation,
    settings: ScalingSettings,
    wish: Wish,
    { recordsRefused }: { readonly recordsRefused: boolean },
): Decision {
    const open = observation.shards.length;
    const waits = quotaReached(observation, wish) ?? callUnanswered(observation, wish);
    if (waits !== undefined) return waits;
    const spent = updatesSpent(observation);
    if (spent === undefined) {
        const target = Math.min(wish.targetShards, mostAfterOneCall(open));
        return updating(wish, target, target < wish.targetShards ? "doubling-limit" : undefined);
    }
    if (!recordsRefused) return nothing(wish, spent.reason, `${wish.why}, but ${spent.why}.`);
    return splitting(observation, settings, wish, spent.why);
}

/** Even ranges are worth a call where the stream then takes at least so many times what it takes now. */
const evenGainMin = 1.1;

interface Unevenness {
    readonly open: number;
    /** Even shards that the open ones are worth. */
    readonly effective: number;
    readonly need: number;
    readonly recordsRefused: boolean;
    readonly updateCallsLeft: number;
    readonly settings: ScalingSettings;
}

export interface EvenStep {
    readonly targetShards: number;
    /** What it is good for, as the end of a sentence. */
    readonly gain: string;
}

/**
 * The count to make uneven ranges even with, where the stream then takes enough more: what is wanted, within the range and one call. As many
 * as are open may be no change for AWS: then one less, or more where one less would not do and records are refused. Where one less takes just
 * as much, it is a step on the way back to as many, even ones.
 */
export function evenStep(uneven: Unevenness, wanted: number): EvenStep | undefined {
    const { open, effective, need, recordsRefused, updateCallsLeft: calls, settings } = uneven;
    if (effective >= open) return undefined;
    const least = Math.max(settings.minShards, fewestAfterOneCall(open));
    const within = (shards: number): number => Math.max(least, Math.min(settings.maxShards, shards));
    const candidates = [wanted, open - 1, ...(recordsRefused ? [ladderCount(open + 1, open)] : [])];
    const counts = candidates.map(within).filter((shards) => shards !== open);
    const even = counts.find((shards) => shards >= need) ?? Math.max(...counts);
    const gains = (shards: number): boolean => shards >= effective * evenGainMin;
    if (gains(even)) return { targetShards: even, gain: `${formatNumber(even)} even ones take more` };
    const isOnTheWay = even >= effective && even < need && gains(open) && (calls === 0 || calls >= 2);
    if (!isOnTheWay) return undefined;
    return {
        targetShards: even,
        gain: `${formatNumber(even)} even ones take no less, and ${formatNumber(open)} after them more`,
    };
}

/**
 * Even ranges instead of more shards: the widest shard is full first, and UpdateShardCount leaves none wider than another. It takes a call
 * to another count than the open one, and counts as scaling out.
 */
export function evenOut(
    observation: Observation,
    wish: Omit<Wish, "targetShards">,
    { targetShards, gain }: EvenStep,
): Decision {
    const waits = quotaReached(observation, wish) ?? callUnanswered(observation, wish);
    if (waits !== undefined) return waits;
    const why = `${wish.why}; ${gain}`;
    const spent = updatesSpent(observation);
    if (spent !== undefined) return nothing(wish, spent.reason, `${why}, but ${spent.why}.`);
    return updating({ ...wish, targetShards, why }, targetShards);
}

function splitting(observation: Observation, settings: ScalingSettings, wish: Wish, spent: string): Decision {
    const notAllowed = splitNotAllowed(observation, settings, wish, `${wish.why}, but ${spent}, and`);
    if (notAllowed !== undefined) return notAllowed;
    const split = nextSplit(observation.shards);
    return acting(
        wish,
        "split-widest",
        { kind: "split", ...split },
        `${wish.why}, and ${spent}: ${split.shardId}, the widest shard, is split in two.`,
    );
}

/**
 * Why no split can be made now, by `maxReshardsPerDay`. A uniform stream takes no more before the last of its shards is split: where the
 * splits of the day end before, none is begun.
 */
export function splitNotAllowed(
    { reshards, shards, nowMs }: Observation,
    settings: ScalingSettings,
    wish: Wish,
    whyNot: string,
): Decision | undefined {
    const made = splitsAndMerges(reshards, nowMs);
    const left = settings.maxReshardsPerDay - made;
    if (left <= 0) return nothing(wish, "splits-spent", `${whyNot} ${walksSpent(made, settings.maxReshardsPerDay)}.`);

    const asWide = widestCount(shards);
    if (asWide <= left) return undefined;
    return nothing(
        wish,
        "splits-too-few",
        `${whyNot} the ${count(left, "split")} that maxReshardsPerDay leaves would not do: ${formatNumber(asWide)} shards are as wide as the widest, and the stream takes more only once all of them are split.`,
    );
}

/** Fewer shards, as far as one call goes, while calls are left that are not kept for scaling out, and readers keep up. */
export function shrink(observation: Observation, wish: Wish, callsKept = updateCallsKept): Decision {
    const open = observation.shards.length;
    const left = updateCallsLeft(observation.reshards, observation.nowMs);
    const waits =
        quotaReached(observation, wish, ", and scaling in opens shards before it closes others") ??
        callUnanswered(observation, wish);
    if (waits !== undefined) return waits;
    const spent = updatesSpent(observation);
    if (spent !== undefined) return nothing(wish, spent.reason, `${wish.why}, but ${spent.why}.`);
    if (left <= callsKept) {
        return nothing(
            wish,
            "calls-kept",
            `${wish.why}, but ${count(left, "UpdateShardCount call")} left in these 24 h ${left === 1 ? "is" : "are"} kept for scaling out.`,
        );
    }
    const behind = consumersBehind(observation, wish);
    if (behind !== undefined) return behind;
    const target = Math.max(wish.targetShards, fewestAfterOneCall(open));
    return updating(wish, target, target > wish.targetShards ? "halving-limit" : undefined);
}

/** Fewer shards are read more slowly: scaling in waits for readers, and for the word how far they are. */
export function consumersBehind({ iteratorAgeMs }: Observation, wish: Wish): Decision | undefined {
    if (iteratorAgeMs === undefined) {
        return {
            ...nothing(wish, "consumers-behind", `${wish.why}, if the readers keep up.`),
            needsIteratorAge: true,
        };
    }
    const ageMinutes = (iteratorAgeMs ?? 0) / minuteMs;
    const isBehind = (minutes: number) => minutes > scaleInIteratorAgeMinutesMax;
    if (!isBehind(ageMinutes)) return undefined;
    const whole = Math.round(ageMinutes);
    const shown = isBehind(whole) ? formatNumber(whole) : formatRateThat(ageMinutes, isBehind);
    return nothing(
        wish,
        "consumers-behind",
        `${wish.why}, but a reader is ${shown} minutes behind; scaling in waits until it is at most ${scaleInIteratorAgeMinutesMax}.`,
    );
}

export function quotaReached(
    observation: Observation,
    wish: Omit<Wish, "targetShards">,
    why = "",
): Decision | undefined {
    const { growthBlockedUntilMs = 0, nowMs } = observation;
    if (growthBlockedUntilMs <= nowMs) return undefined;
    const until = formatTime(growthBlockedUntilMs);
    const advice = why === "" ? " Ask for a higher quota in Service Quotas." : "";
    return nothing(
        wish,
        "shard-quota",
        `${wish.why}, but the account's shard quota is reached${why}; asking again after ${until}.${advice}`,
    );
}

/** Calls without an answer are asked again later and later, and never take the last calls, which are for scaling out. */
export function callUnanswered(
    { reshards, nowMs }: Observation,
    wish: Omit<Wish, "targetShards">,
): Decision | undefined {
    const wait = waitAfterUnanswered(reshards, nowMs, updateCallsLeft(reshards, nowMs) - updateCallsKept);
    if (wait === undefined) return undefined;
    return nothing(
        wish,
        "call-unanswered",
        `${wish.why}, but the call of ${formatTime(wait.atMs)} has no answer; asking again after ${formatTime(wait.untilMs)}.`,
    );
}

/** Why no UpdateShardCount call can be made now; undefined if one can. */
function updatesSpent(
    observation: Observation,
): { readonly reason: "updates-blocked" | "calls-spent"; readonly why: string } | undefined {
    const { reshards, nowMs, updatesBlockedUntilMs = 0, updatesBlockedSaying } = observation;
    if (updatesBlockedUntilMs > nowMs) {
        const because =
            updatesBlockedSaying === undefined ? "since others spent its calls" : `saying "${updatesBlockedSaying}"`;
        const why = `AWS refuses UpdateShardCount until about ${formatTime(updatesBlockedUntilMs)}, ${because}`;
        return { reason: "updates-blocked", why };
    }
    if (updateCallsLeft(reshards, nowMs) > 0) return undefined;
    const next = formatTime(nextUpdateCallMs(reshards, nowMs)!);
    return { reason: "calls-spent", why: `no UpdateShardCount call is left before ${next}` };
}

function updating(wish: Wish, target: number, limit?: "doubling-limit" | "halving-limit"): Decision {
    const action: ScalingAction = { kind: "update", targetShardCount: target };
    if (limit === undefined) return acting(wish, wish.reason, action, `${wish.why}: to ${formatNumber(target)}.`);
    const end = limit === "doubling-limit" ? "most" : "fewest";
    return acting(
        wish,
        limit,
        action,
        `${wish.why}: to ${formatNumber(target)} now, the ${end} that one call allows, then on to ${formatNumber(wish.targetShards)}.`,
    );
}

export function nothing(wish: Pick<Wish, "wantedShards" | "numbers">, reason: ReasonCode, message: string): Decision {
    return acting(wish, reason, { kind: "none" }, message);
}

export function acting(
    wish: Pick<Wish, "wantedShards" | "numbers">,
    reason: ReasonCode,
    action: ScalingAction,
    message: string,
): Decision {
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
