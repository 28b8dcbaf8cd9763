/**
 * A small world for the scaler's runs: a stream whose updates take virtual time, metrics that a test writes, a ledger in memory, and a
 * clock that only moves when somebody sleeps or the test says so.
 */
import { uniformShards } from "../../bench/replay";
import { emptyLedger, type LedgerEntry, type LedgerState, type LedgerStore } from "../../capacity/scaling/ledger";
import { completeScaling, type ScalerEnvironment } from "../../capacity/scaling/settings";
import { type ScalerMessage } from "../../capacity/scaling/messages";
import { type MinuteSample, type Observation, type ShardRange } from "../../capacity/scaling/observation";
import { type Ports } from "../../scaler/run";

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const midnightMs = Date.UTC(2026, 10, 2);

export function awsError(name: string, message = name): Error {
    return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 } });
}

/** Writes as DynamoDB does on a condition: one of two writers of the same version wins. */
export class MemoryLedger implements LedgerStore {
    readonly states = new Map<string, LedgerState>();
    readonly entries: (LedgerEntry & { streamKey: string })[] = [];
    unavailable: Error | undefined;

    read(streamKey: string): Promise<LedgerState> {
        if (this.unavailable) return Promise.reject(this.unavailable);
        return Promise.resolve(this.states.get(streamKey) ?? emptyLedger);
    }

    write(streamKey: string, next: LedgerState): Promise<boolean> {
        if (this.unavailable) return Promise.reject(this.unavailable);
        if ((this.states.get(streamKey)?.version ?? 0) !== next.version - 1) return Promise.resolve(false);
        this.states.set(streamKey, JSON.parse(JSON.stringify(next)) as LedgerState);
        return Promise.resolve(true);
    }

    append(streamKey: string, entry: LedgerEntry): Promise<void> {
        if (this.unavailable) return Promise.reject(this.unavailable);
        this.entries.push({ ...entry, streamKey });
        return Promise.resolve();
    }

    /** The only stream's state. */
    get state(): LedgerState {
        return [...this.states.values()].at(-1) ?? emptyLedger;
    }
}

export class World {
    nowMs = midnightMs + 12 * hourMs;
    createdMs = midnightMs - 30 * 24 * hourMs;
    readonly ledger = new MemoryLedger();
    readonly lines: Record<string, unknown>[] = [];
    /** Calls that change the stream, as they were made: `update 4`, `split shardId-000000000001`. */
    readonly calls: string[] = [];
    readonly sleepsMs: number[] = [];
    /** What the topic was told. */
    readonly messages: ScalerMessage[] = [];
    status: Observation["status"] = "ACTIVE";
    capacityMode: Observation["capacityMode"] = "provisioned";
    shards: ShardRange[];
    samples: MinuteSample[] = [];
    iteratorAgeMs: number | null = null;
    updateSeconds = 60;
    exists = true;
    /** Thrown by the next calls of an operation, in order; undefined lets a call through. */
    readonly faults: Record<string, (Error | undefined)[]> = {};
    private nextShardNumber: number;
    private activeAtMs = 0;

    constructor(openShards: number) {
        this.shards = uniformShards(openShards, 0);
        this.nextShardNumber = openShards;
    }

    environment(
        scaling: Partial<ScalerEnvironment> & { minShards?: number; maxShards?: number; peakShards?: number } = {},
    ) {
        return {
            streamName: "orders",
            streamArn: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
            ledgerTable: "orders-scaler-ledger",
            paused: false,
            dryRun: false,
            settings: completeScaling({
                minShards: scaling.minShards ?? 2,
                maxShards: scaling.maxShards ?? 16,
                peakShards: scaling.peakShards,
            }),
            ...scaling,
        };
    }

    /** Constant load over the last minutes, in shards, and records refused in the newest of them. */
    load(shards: number, { minutes = 24 * 60, refusedRecords = 0, untilMs = this.nowMs } = {}): void {
        const newest = Math.floor(untilMs / minuteMs) - 1;
        this.samples = Array.from({ length: minutes }, (_, index) => ({
            startMs: (newest - minutes + 1 + index) * minuteMs,
            acceptedBytes: shards * 1_048_576 * 60,
            acceptedRecords: shards * 1_000 * 60,
            refusedRecords: index === minutes - 1 ? refusedRecords : 0,
        }));
    }

    passes(ms: number): void {
        this.nowMs += ms;
    }

    /** Somebody else's UpdateShardCount, long done. */
    foreignUpdate(target: number): void {
        this.shards = uniformShards(target, this.nextShardNumber);
        this.nextShardNumber += target;
    }

    ports(): Ports {
        return {
            stream: {
                describe: () =>
                    this.answer("describe", () => {
                        this.settle();
                        if (!this.exists) throw awsError("ResourceNotFoundException");
                        return {
                            streamArn: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
                            createdMs: this.createdMs,
                            status: this.status,
                            capacityMode: this.capacityMode,
                            openShards: this.shards.length,
                            nowMs: this.nowMs,
                        };
                    }),
                openShards: () => this.answer("openShards", () => this.shards),
                updateShardCount: (target) =>
                    this.answer("update", () => {
                        this.calls.push(`update ${target}`);
                        this.foreignUpdate(target);
                        this.startUpdating();
                    }),
                splitShard: (shardId, newStartingHashKey) =>
                    this.answer("split", () => {
                        this.calls.push(`split ${shardId}`);
                        const middle = BigInt(newStartingHashKey);
                        this.shards = this.shards.flatMap((shard) =>
                            shard.shardId !== shardId
                                ? [shard]
                                : [
                                      { ...shard, shardId: this.newShardId(), endingHashKey: middle - 1n },
                                      { ...shard, shardId: this.newShardId(), startingHashKey: middle },
                                  ],
                        );
                        this.startUpdating();
                    }),
                mergeShards: () => Promise.reject(new Error("No test merges.")),
            },
            metrics: {
                samples: (fromMs, toMs) =>
                    this.answer("samples", () =>
                        this.samples.filter(
                            ({ startMs }) => startMs >= fromMs - minuteMs && startMs + minuteMs <= toMs,
                        ),
                    ),
                iteratorAgeMs: () => this.answer("iteratorAge", () => this.iteratorAgeMs),
            },
            ledger: this.ledger,
            notify: (message) => this.answer("notify", () => void this.messages.push(message)),
            elapsedMs: () => this.nowMs,
            sleep: (ms) => {
                this.sleepsMs.push(ms);
                this.nowMs += ms;
                return Promise.resolve();
            },
            random: () => 0.5,
            log: (line) => void this.lines.push(JSON.parse(line) as Record<string, unknown>),
        };
    }

    private newShardId(): string {
        return `shardId-${String(this.nextShardNumber++).padStart(12, "0")}`;
    }

    private startUpdating(): void {
        this.status = "UPDATING";
        this.activeAtMs = this.nowMs + this.updateSeconds * 1_000;
    }

    private settle(): void {
        if (this.status === "UPDATING" && this.activeAtMs > 0 && this.nowMs >= this.activeAtMs) this.status = "ACTIVE";
    }

    private answer<Value>(operation: string, value: () => Value): Promise<Value> {
        const fault = this.faults[operation]?.shift();
        if (fault !== undefined) return Promise.reject(fault);
        return Promise.resolve().then(value);
    }
}
