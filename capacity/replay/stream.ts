/**
 * The stream of a replay: its shards, the one change that may be under way, the calls that count, and what AWS would refuse.
 */
import { dayMs, hourMs } from "../calendar";
import { limits } from "../limits";
import { type ReshardEvent, type ScalingAction, type ShardRange } from "../scaling/observation";
import { fewestAfterOneCall, mostAfterOneCall } from "../scaling/shards";
import { reshardSeconds } from "../scaling/times";
import { type completeModel } from "./model";
import { closedBy, reshaped, uniformShards, type Worth, worthOf } from "./shards";

export class ReplayedStream {
    shards: readonly ShardRange[];
    worth: Worth;
    capacityChangedMs: number;
    /** The reshards of the last 24 hours. */
    readonly reshards: ReshardEvent[] = [];
    readonly counts = { updates: 0, splitsAndMerges: 0, mostSplitsAndMergesPerDay: 0, mostClosedShards: 0 };
    /** How often AWS would have refused a call, by why. */
    readonly illegal = new Map<string, number>();
    readonly #model: ReturnType<typeof completeModel>;
    readonly #closed: { readonly atMs: number; readonly shards: number }[] = [];
    #closedNow = 0;
    #nextNumber: number;
    #pending: { readonly shards: readonly ShardRange[]; readonly atMs: number } | undefined;

    constructor(model: ReturnType<typeof completeModel>) {
        this.#model = model;
        this.shards = uniformShards(model.startShards, 0);
        this.worth = worthOf(this.shards);
        this.capacityChangedMs = model.startMs;
        this.#nextNumber = model.startShards;
    }

    get updating(): boolean {
        return this.#pending !== undefined;
    }

    /** Lets a change that is done by now take place. */
    passTo(nowMs: number): void {
        if (this.#pending === undefined || nowMs < this.#pending.atMs) return;
        this.shards = this.#pending.shards;
        this.worth = worthOf(this.shards);
        this.capacityChangedMs = nowMs;
        this.#pending = undefined;
    }

    /** Drops the reshards that no longer count. */
    forget(nowMs: number): void {
        while (this.reshards.length > 0 && this.reshards[0]!.atMs <= nowMs - dayMs) this.reshards.shift();
    }

    /** Begins what was decided; undefined where AWS, or the cap, would have refused it. The shards that it leads to count from its end on. */
    act(action: Exclude<ScalingAction, { kind: "none" }>, nowMs: number): { readonly to: number } | undefined {
        const why = this.#whyIllegal(action);
        if (why !== undefined) {
            this.illegal.set(why, (this.illegal.get(why) ?? 0) + 1);
            return undefined;
        }
        const after = reshaped(action, this.shards, this.#nextNumber);
        const seconds = reshardSeconds(action.kind, this.shards.length, after.length, this.#model);
        this.#nextNumber += after.length;
        this.#pending = { shards: after, atMs: nowMs + seconds * 1_000 };
        this.reshards.push({ atMs: nowMs, kind: action.kind, from: this.shards.length });
        this.#count(action, nowMs);
        return { to: after.length };
    }

    #count(action: ScalingAction, nowMs: number): void {
        const { counts } = this;
        if (action.kind === "update") counts.updates++;
        else counts.splitsAndMerges++;
        counts.mostSplitsAndMergesPerDay = Math.max(counts.mostSplitsAndMergesPerDay, this.#splitsAndMerges());
        this.#closed.push({ atMs: nowMs, shards: closedBy(action, this.shards.length) });
        this.#closedNow += this.#closed.at(-1)!.shards;
        const keptMs = this.#model.retentionHours * hourMs;
        while (this.#closed[0]!.atMs <= nowMs - keptMs) this.#closedNow -= this.#closed.shift()!.shards;
        counts.mostClosedShards = Math.max(counts.mostClosedShards, this.#closedNow);
    }

    #splitsAndMerges(): number {
        return this.reshards.filter(({ kind }) => kind !== "update").length;
    }

    #whyIllegal(action: ScalingAction): string | undefined {
        if (this.updating) return "another is under way";
        if (action.kind === "update") return this.#whyNoUpdate(action.targetShardCount);
        if (this.#splitsAndMerges() >= this.#model.maxReshardsPerDay)
            return "more splits and merges in 24 h than allowed";
        const shard = (id: string) => this.shards.find(({ shardId }) => shardId === id);
        if (action.kind === "split") {
            const split = shard(action.shardId);
            if (split === undefined) return "split of a shard that is not open";
            const middle = BigInt(action.newStartingHashKey);
            return middle > split.startingHashKey && middle <= split.endingHashKey
                ? undefined
                : "split outside the shard";
        }
        if (action.kind !== "merge") return undefined;
        const [one, other] = [shard(action.shardId), shard(action.adjacentShardId)];
        if (one === undefined || other === undefined) return "merge of a shard that is not open";
        const adjacent =
            one.endingHashKey + 1n === other.startingHashKey || other.endingHashKey + 1n === one.startingHashKey;
        return adjacent ? undefined : "merge of shards that are not adjacent";
    }

    #whyNoUpdate(target: number): string | undefined {
        const open = this.shards.length;
        const calls = this.reshards.length - this.#splitsAndMerges();
        if (calls >= limits.updateShardCountCallsPer24Hours) return "an eleventh UpdateShardCount call in 24 h";
        if (target === open) return "an update to the open count";
        if (target > mostAfterOneCall(open)) return "an update above double the open shards";
        return target < fewestAfterOneCall(open) ? "an update below half the open shards" : undefined;
    }
}
