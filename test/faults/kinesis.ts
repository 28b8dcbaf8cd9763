/**
 * Kinesis's control plane: one stream, its shards, and AWS's rules for whoever changes them, with AWS's own clock.
 */
import { awsError, inUse, invalid, limitExceeded, notFound } from "./awsErrors";
import { lastThat } from "./clock";
import {
    type AcceptedCall,
    type Caller,
    type Input,
    type KinesisOptions,
    type Moment,
    shardsMost,
    streamArn,
    streamName,
} from "./kinesisStream";
import { type ModelShard, ShardTree } from "./shards";

const dayMs = 24 * 3_600_000;
const callsPerDay = 10;

export class KinesisModel {
    tree: ShardTree;
    createdMs: number;
    accountShards: number;
    /** UpdateShardCount calls that AWS took of the stream that is there now. */
    accepted: AcceptedCall[] = [];
    /** Who resharded, while the stream is UPDATING. */
    busyBy: Caller | undefined;
    /** The stream is UPDATING still, and its new shards are there already. */
    hasNewShards = false;
    /** Counts the changes of the open shards. */
    epoch = 0;
    readonly timeline: Moment[];
    #changes = 0;

    constructor(readonly options: KinesisOptions) {
        this.tree = new ShardTree(options.shards, options.createdMs);
        for (let split = 0; split < options.splits; split++) {
            const { start, end } = this.tree.open[0]!;
            this.tree.split(this.tree.open[0]!, start + (end - start + 1n) / 2n, options.createdMs);
        }
        this.createdMs = options.createdMs;
        this.accountShards = options.accountShards;
        const { createdMs: atMs } = options;
        this.timeline = [{ atMs, status: "ACTIVE", mode: "PROVISIONED", open: this.tree.open }];
    }

    get now(): Moment {
        return this.timeline.at(-1)!;
    }

    /** The stream as it was so long ago; of the stream that is there now. */
    ago(ms: number): Moment {
        const atMs = Math.max(this.options.clock.nowMs - ms, this.createdMs);
        return lastThat(this.timeline, (moment) => moment.atMs <= atMs) ?? this.now;
    }

    tell(change: Partial<Moment>): void {
        const { clock } = this.options;
        if (change.open !== undefined) this.epoch++;
        this.timeline.push({ ...this.now, ...change, atMs: clock.nowMs });
    }

    /** The calls that change something. */
    change(operation: string, input: Input, by: Caller): object {
        switch (operation) {
            case "UpdateShardCount":
                return this.update(Number(input.TargetShardCount), by, input);
            case "SplitShard":
                return this.split(input.ShardToSplit as string, BigInt(input.NewStartingHashKey as string), by, input);
            case "MergeShards":
                return this.merge(input.ShardToMerge as string, input.AdjacentShardToMerge as string, by, input);
            default:
                throw awsError("UnknownOperationException", `The model of Kinesis has no ${operation}.`);
        }
    }

    callsOfTheDay(atMs: number): AcceptedCall[] {
        return this.accepted.filter((call) => call.atMs > atMs - dayMs);
    }

    update(target: number, by: Caller, input: Input = {}): object {
        const { clock, random, updateSeconds } = this.options;
        const open = this.#reshardable(input).length;
        const counts = `Current open shard count: ${open} Target shard count: ${target}`;
        if (!Number.isInteger(target) || target < 1) throw invalid(`TargetShardCount ${target} is not valid.`);
        if (target > shardsMost) throw limitExceeded(`Target shard count cannot be greater than 10000. ${counts}`);
        if (target > 2 * open) {
            throw limitExceeded(
                `UpdateShardCount cannot scale up over double your current open shard count. ${counts}`,
            );
        }
        if (2 * target < open) {
            throw limitExceeded(
                `UpdateShardCount cannot scale down below half your current open shard count. ${counts}`,
            );
        }
        if (this.callsOfTheDay(clock.nowMs).length >= callsPerDay) {
            throw limitExceeded(
                `UpdateShardCount cannot be called more than 10 times in a rolling 24 hour period for stream ${streamName}.`,
            );
        }
        this.#checkAccount(target);
        this.accepted.push({ atMs: clock.nowMs, by, from: open, to: target });
        const seconds = updateSeconds * (0.5 + random(`update ${this.#changes}`)) + Math.abs(target - open);
        this.#change(by, seconds, () => this.tree.update(target, clock.nowMs));
        return { StreamName: streamName, CurrentShardCount: open, TargetShardCount: target, StreamARN: streamArn };
    }

    split(shardId: string, at: bigint, by: Caller, input: Input = {}): object {
        const { clock, random } = this.options;
        const open = this.#reshardable(input);
        const shard = this.tree.find(shardId);
        if (shard === undefined) throw notFound(`Could not find shard ${shardId} in stream ${streamName}.`);
        if (at <= shard.start + 1n || at >= shard.end) throw invalid(`NewStartingHashKey ${at} is not inside.`);
        this.#checkAccount(open.length + 1);
        this.#change(by, 10 + 30 * random(`split ${this.#changes}`), () => this.tree.split(shard, at, clock.nowMs));
        return {};
    }

    merge(shardId: string, adjacentId: string, by: Caller, input: Input = {}): object {
        const { clock, random } = this.options;
        this.#reshardable(input);
        const [low, high] = [this.tree.find(shardId), this.tree.find(adjacentId)];
        if (low === undefined || high === undefined) throw notFound(`Could not find ${shardId} or ${adjacentId}.`);
        if (low.end + 1n !== high.start) throw invalid(`${shardId} and ${adjacentId} are not adjacent.`);
        this.#change(by, 10 + 30 * random(`merge ${this.#changes}`), () => this.tree.merge(low, high, clock.nowMs));
        return {};
    }

    /** Deleting takes half a minute. */
    delete(): void {
        this.tell({ status: "GONE" });
        this.busyBy = undefined;
        this.#changes++;
    }

    create(shards: number): void {
        const { clock } = this.options;
        this.createdMs = clock.nowMs;
        this.accepted = [];
        this.tree = new ShardTree(shards, clock.nowMs);
        this.tell({ status: "CREATING", mode: "PROVISIONED", open: this.tree.open });
        const change = ++this.#changes;
        clock.in(20_000, () => {
            if (this.#changes === change) this.tell({ status: "ACTIVE" });
        });
    }

    switchTo(mode: Moment["mode"]): void {
        const { clock } = this.options;
        const by = { own: false } as const;
        this.#change(by, 60, () => {
            this.tell({ mode });
            if (mode === "ON_DEMAND" && this.tree.open.length < 4) this.tree.update(4, clock.nowMs);
        });
    }

    #change(by: Caller, seconds: number, apply: () => void): void {
        const { clock, random } = this.options;
        const change = ++this.#changes;
        const isCurrent = (): boolean => this.#changes === change;
        this.tell({ status: "UPDATING" });
        this.hasNewShards = false;
        this.busyBy = by;
        // The new shards are there before the stream says that it is done.
        const shardsMs = seconds * 1_000 * (0.3 + 0.6 * random(`shards ${change}`));
        clock.in(shardsMs, () => {
            if (!isCurrent()) return;
            apply();
            this.hasNewShards = true;
            this.tell({ open: this.tree.open });
        });
        clock.in(seconds * 1_000, () => {
            if (!isCurrent()) return;
            this.busyBy = undefined;
            this.tell({ status: "ACTIVE" });
        });
    }

    /** @throws ResourceNotFoundException */
    check({ StreamARN: arn, StreamName: name }: Input, { status } = this.now): void {
        const meant = (arn === undefined && name === undefined) || arn === streamArn || name === streamName;
        if (!meant || status === "GONE") throw notFound(`Stream ${streamName} under account 123456789012 not found.`);
    }

    #reshardable(input: Input): readonly ModelShard[] {
        this.check(input);
        const { mode, status } = this.now;
        if (mode === "ON_DEMAND") throw invalid("Request is invalid for a stream in ON_DEMAND mode.");
        if (status !== "ACTIVE") throw inUse(`Stream ${streamName} under account 123456789012 not ACTIVE.`);
        return this.tree.open;
    }

    #checkAccount(open: number): void {
        if (open <= this.tree.open.length || open <= this.accountShards) return;
        throw limitExceeded(
            `This request would exceed the shard limit for the account 123456789012 in us-east-1. Limit: ${this.accountShards}.`,
        );
    }
}
