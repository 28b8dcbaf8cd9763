/**
 * The whole way from one shard count to another, within what Kinesis allows: UpdateShardCount calls while there are any, splits and merges
 * where there are none.
 *
 * A walk can be planned anew after each of its steps: the rest comes out the same. So nothing has to be remembered to go on with one.
 */
import { limits } from "../limits";
import { InvalidInputError, problem } from "../problems";
import { fewestAfterOneCall, middleHashKey, mostAfterOneCall, widestShard } from "./shards";
import { type ShardRange } from "./observation";
import { reshardSeconds } from "./times";
import { sum } from "../sums";
import { formatNumber } from "../text";

export interface WalkStep {
    readonly kind: "update" | "split" | "merge";
    readonly from: number;
    readonly to: number;
    /** How long the step takes, as far as anybody knows: AWS says minutes for UpdateShardCount. */
    readonly seconds: number;
}

export interface Walk {
    readonly from: number;
    readonly to: number;
    readonly steps: readonly WalkStep[];
    readonly updateCalls: number;
    readonly splitsAndMerges: number;
    readonly seconds: number;
}

export interface WalkInput {
    readonly openShards: number;
    readonly targetShards: number;
    /** UpdateShardCount calls that may be spent, 0 to 10. */
    readonly updateCalls: number;
}

/**
 * Plans a walk. With too few calls for the whole way, splits come before the calls that double, and merges after those that halve:
 * a call moves the more shards, the more there are.
 *
 * @example planWalk({ openShards: 4, targetShards: 37, updateCalls: 8 }).steps.map(({ to }) => to) // [8, 16, 32, 37]
 * @throws InvalidInputError if the target is not a count that a stream can have
 */
export function planWalk({ openShards, targetShards, updateCalls }: WalkInput): Walk {
    checkTarget(targetShards);
    const steps: WalkStep[] = [];
    let at = openShards;
    let calls = updateCalls;
    while (at !== targetShards) {
        const step = nextStep(at, targetShards, calls);
        steps.push(step);
        at = step.to;
        if (step.kind === "update") calls -= 1;
    }
    const updates = steps.filter(({ kind }) => kind === "update").length;
    return {
        from: openShards,
        to: targetShards,
        steps,
        updateCalls: updates,
        splitsAndMerges: steps.length - updates,
        seconds: sum(steps.map(({ seconds }) => seconds)),
    };
}

function checkTarget(targetShards: number): void {
    const most = limits.updateShardCountTargetMax;
    if (Number.isInteger(targetShards) && targetShards >= 1 && targetShards <= most) return;
    const allowed = `a whole number from 1 to ${formatNumber(most)}`;
    throw new InvalidInputError("walk", [
        problem("targetShards", targetShards, allowed, "Name the open shards that the stream should have."),
    ]);
}

function nextStep(at: number, target: number, calls: number): WalkStep {
    if (target > at) {
        // From here on doubling reaches the target with the calls that are left; until then only splits get closer.
        const doublesFrom = Math.ceil(target / limits.updateShardCountGrowthFactorMax ** calls);
        return at < doublesFrom
            ? step("split", at, at + 1)
            : step("update", at, Math.min(target, mostAfterOneCall(at)));
    }
    return calls === 0 ? step("merge", at, at - 1) : step("update", at, Math.max(target, fewestAfterOneCall(at)));
}

function step(kind: WalkStep["kind"], from: number, to: number): WalkStep {
    return { kind, from, to, seconds: reshardSeconds(kind, from, to) };
}

/**
 * The counts of a walk that takes UpdateShardCount calls alone, the target last; none where there is nowhere to go.
 *
 * @example countsBetween(4, 20) // [8, 16, 20]
 * @throws InvalidInputError if the target is not a count that a stream can have
 */
export function countsBetween(from: number, to: number): number[] {
    return planWalk({ openShards: from, targetShards: to, updateCalls: Infinity }).steps.map((step) => step.to);
}

/** The split that evens out a stream the most: the widest shard, in the middle. */
export function nextSplit(shards: readonly ShardRange[]): { shardId: string; newStartingHashKey: string } {
    const widest = widestShard(shards);
    return { shardId: widest.shardId, newStartingHashKey: middleHashKey(widest) };
}

/** The merge that keeps a stream the most even: of all neighbours the two that together are the narrowest. */
export function nextMerge(shards: readonly ShardRange[]): { shardId: string; adjacentShardId: string } {
    const ring = inRingOrder(shards);
    let best: { shardId: string; adjacentShardId: string; width: bigint } | undefined;
    for (let at = 1; at < ring.length; at++) {
        const [left, right] = [ring[at - 1]!, ring[at]!];
        const width = right.endingHashKey - left.startingHashKey;
        if (best === undefined || width < best.width)
            best = { shardId: left.shardId, adjacentShardId: right.shardId, width };
    }
    if (best === undefined) throw new Error("A single shard has no neighbour to merge with.");
    return { shardId: best.shardId, adjacentShardId: best.adjacentShardId };
}

/** The shards whose ranges touch a shard's: the ones that it can be merged with, the lower one first. */
export function neighboursOf(shards: readonly ShardRange[], shardId: string): ShardRange[] {
    const ring = inRingOrder(shards);
    const at = ring.findIndex((shard) => shard.shardId === shardId);
    return at === -1 ? [] : [ring[at - 1], ring[at + 1]].filter((shard) => shard !== undefined);
}

/** Shards by their hash key ranges. */
export function inRingOrder(shards: readonly ShardRange[]): ShardRange[] {
    return [...shards].sort((left, right) => (left.startingHashKey < right.startingHashKey ? -1 : 1));
}
