/**
 * Walks: one split or one merge of a way that takes several, outside the ten UpdateShardCount calls and within `maxReshardsPerDay`.
 *
 * A walk is not remembered: each step is decided anew, from the shards that are there, by whoever still wants to go that way.
 */
import { acting, callUnanswered, consumersBehind, nothing, quotaReached, splitNotAllowed, type Wish } from "./allowed";
import { splitsAndMerges } from "./ledger";
import { type Decision, type Observation, type ScalingSettings } from "./observation";
import { nextMerge, nextSplit } from "./walk";
import { formatNumber } from "../text";
import { walksSpent } from "./words";

/** The next split of a way to more shards: the widest one, in the middle. */
export function walkOut(observation: Observation, settings: ScalingSettings, wish: Wish): Decision {
    const waits =
        quotaReached(observation, wish) ??
        callUnanswered(observation, wish) ??
        splitNotAllowed(observation, settings, wish, `${wish.why}, but`);
    if (waits !== undefined) return waits;
    const split = nextSplit(observation.shards);
    const what = `${split.shardId}, the widest shard, is split in two`;
    return acting(wish, "walk-out", { kind: "split", ...split }, `${wish.why}: ${what}${onTheWay(observation, wish)}.`);
}

/** The next merge of a way to fewer shards, while readers keep up: the two neighbours that together are the narrowest. */
export function walkIn(observation: Observation, settings: ScalingSettings, wish: Wish): Decision {
    const waits =
        callUnanswered(observation, wish) ??
        mergesSpent(observation, settings, wish) ??
        consumersBehind(observation, wish);
    if (waits !== undefined) return waits;
    const merge = nextMerge(observation.shards);
    const what = `${merge.shardId} and ${merge.adjacentShardId}, the narrowest neighbours, are merged`;
    return acting(wish, "walk-in", { kind: "merge", ...merge }, `${wish.why}: ${what}${onTheWay(observation, wish)}.`);
}

function mergesSpent({ reshards, nowMs }: Observation, settings: ScalingSettings, wish: Wish): Decision | undefined {
    const made = splitsAndMerges(reshards, nowMs);
    if (made < settings.maxReshardsPerDay) return undefined;
    return nothing(wish, "splits-spent", `${wish.why}, but ${walksSpent(made, settings.maxReshardsPerDay)}.`);
}

function onTheWay({ shards }: Observation, { targetShards }: Wish): string {
    const isLast = Math.abs(targetShards - shards.length) <= 1;
    return isLast ? "" : `, on the way to ${formatNumber(targetShards)} shards`;
}
