/**
 * A small world for the scaler's runs: a stream whose updates take virtual time, metrics that a test writes, a ledger in memory, and a
 * clock that only moves when somebody sleeps or the test says so.
 */
import { uniformShards } from "../../capacity/replay/replay";
import { stepsToUniform } from "../../sandbox/kinesis/ranges";
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

/** Shards and the number of the next one. */
export interface Lineage {
    readonly shards: readonly ShardRange[];
    readonly nextNumber: number;
}

/** What a split, a merge or an UpdateShardCount makes of shards: new ones under the next numbers, as Kinesis counts them. */
export function resharded(
    { shards, nextNumber }: Lineage,
    steps: ReturnType<typeof stepsToUniform>,
): { readonly shards: ShardRange[]; readonly nextNumber: number } {
    const open = [...shards].sort((left, right) => (left.startingHashKey < right.startingHashKey ? -1 : 1));
    const opened = (startingHashKey: bigint, endingHashKey: bigint): ShardRange => ({
        shardId: `shardId-${String(nextNumber++).padStart(12, "0")}`,
        startingHashKey,
        endingHashKey,
    });
    for (const step of steps) {
        const { startingHashKey, endingHashKey } = open[step.index]!;
        if (step.kind === "merge")
            open.splice(step.index, 2, opened(startingHashKey, open[step.index + 1]!.endingHashKey));
        else open.splice(step.index, 1, opened(startingHashKey, step.at - 1n), opened(step.at, endingHashKey));
    }
    return { shards: open, nextNumber };
}

export function updatedTo(lineage: Lineage, target: number): ReturnType<typeof resharded> {
    const ranges = lineage.shards.map(({ startingHashKey: start, endingHashKey: end }) => ({ start, end }));
    ranges.sort((left, right) => (left.start < right.start ? -1 : 1));
    return resharded(lineage, stepsToUniform(ranges, target));
}

export function splitAt(lineage: Lineage, index: number): ReturnType<typeof resharded> {
    const { startingHashKey, endingHashKey } = lineage.shards[index]!;
    return resharded(lineage, [{ kind: "split", index, at: (startingHashKey + endingHashKey + 1n) / 2n }]);
}

export function mergedAt(lineage: Lineage, index: number): ReturnType<typeof resharded> {
    return resharded(lineage, [{ kind: "merge", index }]);
}

/** `u8`: UpdateShardCount to 8; `s2`: the third shard is split; `m0`: the first shard is merged with the second. */
export type Act = `${"u" | "s" | "m"}${number}`;

export const acted = (start: Lineage, acts: readonly Act[]): Lineage =>
    acts.reduce<Lineage>((lineage, act) => {
        const number = Number(act.slice(1));
        return { u: updatedTo, s: splitAt, m: mergedAt }[act[0] as "u" | "s" | "m"](lineage, number);
    }, start);
/** So many even shards, as a new stream has them. */
export const even = (count: number): Lineage => ({ shards: uniformShards(count, 0), nextNumber: count });

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
    nextNumber: number;
    private activeAtMs = 0;

    constructor(openShards: number) {
        this.shards = uniformShards(openShards, 0);
        this.nextNumber = openShards;
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
                mode: "reactive",
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
        this.become(updatedTo(this, target));
    }

    /** Somebody else's split or merge, long done. */
    foreignSplit(index: number): void {
        this.become(splitAt(this, index));
    }

    foreignMerge(index: number): void {
        this.become(mergedAt(this, index));
    }

    private become({ shards, nextNumber }: ReturnType<typeof resharded>): void {
        this.shards = shards;
        this.nextNumber = nextNumber;
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
                        const index = this.shards.findIndex((shard) => shard.shardId === shardId);
                        this.become(resharded(this, [{ kind: "split", index, at: BigInt(newStartingHashKey) }]));
                        this.startUpdating();
                    }),
                mergeShards: (shardId) =>
                    this.answer("merge", () => {
                        this.calls.push(`merge ${shardId}`);
                        this.foreignMerge(this.shards.findIndex((shard) => shard.shardId === shardId));
                        this.startUpdating();
                    }),
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
