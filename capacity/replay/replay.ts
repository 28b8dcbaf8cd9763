/**
 * What would have happened: a policy played against a load, second by second.
 *
 * The model (a shard takes 1 unit/s, no carry-over, load in proportion to hash range, resharding takes time) is kept apart from the policies,
 * so that the scaler's own `decide`, the rules that teams write for themselves and a static size meet the same stream.
 */
import { hashKeySpace } from "../keys/hashRing";
import { limits } from "../limits";
import { decide } from "../scaling/decide";
import { ScalerMemory } from "../scaling/predictive/memory";
import {
    type Decision,
    type MinuteSample,
    type ReshardEvent,
    type ScalingAction,
    type ScalingSettings,
    type ShardRange,
} from "../scaling/observation";
import { reshardSeconds, type ReshardTimes, reshardTimes } from "../scaling/times";

export interface ReplayModel extends ReshardTimes {
    /** Shards at the start. */
    readonly startShards: number;
    /** Minutes between the end of a minute and the sight of its metrics. */
    readonly metricsLateMinutes: number;
    /** Minutes between two runs of the policy. */
    readonly everyMinutes: number;
    /** When the load begins, at a full minute: a plan knows weekdays and times of day. @default a Monday */
    readonly startMs?: number | undefined;
}

export const replayModel: ReplayModel = { ...reshardTimes, startShards: 1, metricsLateMinutes: 1, everyMinutes: 1 };

/** What a policy sees once a minute. */
export interface ReplayView {
    readonly nowMs: number;
    readonly shards: readonly ShardRange[];
    readonly updating: boolean;
    readonly samples: readonly MinuteSample[];
    readonly reshards: readonly ReshardEvent[];
    readonly capacityChangedMs: number;
    readonly createdMs: number;
}

/** What a policy answers: a decision, or its action alone. */
export type ReplayDecision = Pick<Decision, "action"> & Partial<Decision>;

export interface ReplayPolicy {
    readonly name: string;
    decide(view: ReplayView): ReplayDecision;
}

/** A reshard that a policy decided. */
export interface ReplayedReshard {
    readonly minute: number;
    readonly kind: ReshardEvent["kind"];
    readonly from: number;
    readonly to: number;
    readonly reason?: string | undefined;
    readonly message?: string | undefined;
}

export interface ReplayOutcome {
    readonly name: string;
    readonly shardHours: number;
    /** Shard-hours where each started hour is billed in full for the most shards open in it. */
    readonly startedShardHours: number;
    readonly offered: number;
    readonly refused: number;
    readonly rejectedPercent: number;
    readonly updateCalls: number;
    readonly splitsAndMerges: number;
    /** Calls that AWS would have refused: an 11th in 24 h, above double, below half, while another is under way. */
    readonly illegalCalls: number;
    /** Shards at the end of each minute. */
    readonly shardsByMinute: readonly number[];
    /** Load refused in each minute, in what a shard takes in a second. */
    readonly refusedByMinute: readonly number[];
    readonly decisions: readonly ReplayedReshard[];
}

const samplesKeptMinutes = 14 * 24 * 60;
const startMsDefault = Date.UTC(2026, 0, 5);
const yieldEverySeconds = 6 * 3_600;

/** Plays a load (shards' worth per second, one number a second) against a policy. */
export function replay(loadPerSecond: ArrayLike<number>, policy: ReplayPolicy, model: ReplayModel): ReplayOutcome {
    const playing = replaying(loadPerSecond, policy, model);
    for (;;) {
        const step = playing.next();
        if (step.done === true) return step.value;
    }
}

/** The same, with a pause now and then, for who shows how far it is or wants to stop: the second that is reached. */
export function* replaying(
    loadPerSecond: ArrayLike<number>,
    policy: ReplayPolicy,
    model: ReplayModel,
): Generator<number, ReplayOutcome> {
    const startMs = model.startMs ?? startMsDefault;
    let shards: readonly ShardRange[] = uniformShards(model.startShards, 0);
    let worth = shares(shards);
    let nextShardNumber = model.startShards;
    let pending: { shards: readonly ShardRange[]; atSecond: number } | undefined;
    let capacityChangedMs = startMs;
    const reshards: ReshardEvent[] = [];
    const samples: MinuteSample[] = [];
    const late: MinuteSample[] = [];
    const shardsByMinute: number[] = [];
    const refusedByMinute: number[] = [];
    const decisions: ReplayedReshard[] = [];
    const total = { shardSeconds: 0, startedShardHours: 0, offered: 0, refused: 0, updates: 0, splits: 0, illegal: 0 };
    let mostInHour = shards.length;
    let minute = { offered: 0, refused: 0 };

    for (let second = 0; second < loadPerSecond.length; second++) {
        if (pending !== undefined && second >= pending.atSecond) {
            shards = pending.shards;
            worth = shares(shards);
            pending = undefined;
            capacityChangedMs = startMs + second * 1_000;
        }
        if (second % yieldEverySeconds === 0) yield second;
        const offered = loadPerSecond[second]!;
        const refused = refusedOf(offered, worth);
        minute.offered += offered;
        minute.refused += refused;
        // While an update runs, old and new shards are not both billed as open; AWS bills what is open.
        total.shardSeconds += shards.length;
        mostInHour = Math.max(mostInHour, shards.length);
        if (second % 3_600 === 3_599) {
            total.startedShardHours += mostInHour;
            mostInHour = shards.length;
        }
        if (second % 60 !== 59) continue;

        const endMs = startMs + (second + 1) * 1_000;
        total.offered += minute.offered;
        total.refused += minute.refused;
        late.push(sampleOf(endMs - 60_000, minute, shards.length));
        refusedByMinute.push(minute.refused);
        minute = { offered: 0, refused: 0 };
        while (late.length > model.metricsLateMinutes) samples.push(late.shift()!);
        if (samples.length > samplesKeptMinutes + 1_440) samples.splice(0, 1_440);
        shardsByMinute.push(shards.length);
        if (((second + 1) / 60) % model.everyMinutes !== 0) continue;

        while (reshards.length > 0 && reshards[0]!.atMs <= endMs - 24 * 3_600_000) reshards.shift();
        const view = {
            nowMs: endMs,
            shards,
            updating: pending !== undefined,
            samples,
            reshards,
            capacityChangedMs,
            createdMs: startMs,
        };
        const { action, reason, message } = policy.decide(view);
        if (action.kind === "none") continue;
        if (pending !== undefined || !isLegal(action, shards.length, reshards)) {
            total.illegal++;
            continue;
        }
        reshards.push({ atMs: endMs, kind: action.kind });
        const after = applied(action, shards, nextShardNumber);
        nextShardNumber += after.length;
        const change = { kind: action.kind, from: shards.length, to: after.length, reason, message };
        decisions.push({ minute: (second + 1) / 60, ...change });
        if (action.kind === "update") total.updates++;
        else total.splits++;
        const seconds = reshardSeconds(action.kind, shards.length, after.length, model);
        pending = { shards: after, atSecond: second + 1 + seconds };
    }
    if (loadPerSecond.length % 3_600 !== 0) total.startedShardHours += mostInHour;
    return {
        name: policy.name,
        shardHours: total.shardSeconds / 3_600,
        startedShardHours: total.startedShardHours,
        offered: total.offered,
        refused: total.refused,
        rejectedPercent: total.offered === 0 ? 0 : (100 * total.refused) / total.offered,
        updateCalls: total.updates,
        splitsAndMerges: total.splits,
        illegalCalls: total.illegal,
        shardsByMinute,
        refusedByMinute,
        decisions,
    };
}

/** The scaler itself, as the Lambda runs it. */
export function scalerPolicy(settings: ScalingSettings): ReplayPolicy {
    const memory = new ScalerMemory();
    return {
        name: settings.mode,
        decide: (view) =>
            decide(
                {
                    nowMs: view.nowMs,
                    capacityMode: "provisioned",
                    status: view.updating ? "UPDATING" : "ACTIVE",
                    createdMs: view.createdMs,
                    shards: view.shards,
                    samples: view.samples,
                    iteratorAgeMs: null,
                    reshards: view.reshards,
                    capacityChangedMs: view.capacityChangedMs,
                },
                settings,
                memory,
            ),
    };
}

/** Shards as UpdateShardCount leaves them: equal parts of the hash key space. */
export function uniformShards(count: number, firstNumber: number): ShardRange[] {
    const width = hashKeySpace / BigInt(count);
    return Array.from({ length: count }, (_, index) => ({
        shardId: shardIdOf(firstNumber + index),
        startingHashKey: width * BigInt(index),
        endingHashKey: index === count - 1 ? hashKeySpace - 1n : width * BigInt(index + 1) - 1n,
    }));
}

function shardIdOf(number: number): string {
    return `shardId-${String(number).padStart(12, "0")}`;
}

/** A minute of load as CloudWatch would tell it: records that are worth exactly their share of a shard in bytes, too. */
function sampleOf(minuteMs: number, minute: { offered: number; refused: number }, openShards: number): MinuteSample {
    const accepted = minute.offered - minute.refused;
    return {
        startMs: minuteMs,
        acceptedBytes: accepted * limits.shardWriteBytesPerSecond,
        acceptedRecords: accepted * limits.shardWriteRecordsPerSecond,
        refusedRecords: minute.refused * limits.shardWriteRecordsPerSecond,
        openShards,
    };
}

function shares(shards: readonly ShardRange[]): number[] {
    const scale = 2 ** 53;
    const widths = shards.map((shard) => Number(shard.endingHashKey - shard.startingHashKey + 1n) / 2 ** 128);
    const uniform = widths.every((width) => Math.abs(width - widths[0]!) * scale < 16);
    return uniform ? [1 / shards.length] : widths;
}

/** The load above what each shard takes. One share stands for as many equal ones as fit. */
function refusedOf(offered: number, widths: readonly number[]): number {
    if (widths.length === 1) return Math.max(0, offered - 1 / widths[0]!);
    let refused = 0;
    for (const width of widths) refused += Math.max(0, offered * width - 1);
    return refused;
}

function isLegal(action: ScalingAction, open: number, reshards: readonly ReshardEvent[]): boolean {
    if (action.kind !== "update") return true;
    const target = action.targetShardCount;
    const calls = reshards.filter((event) => event.kind === "update").length;
    return (
        calls < limits.updateShardCountCallsPer24Hours &&
        target !== open &&
        target <= open * limits.updateShardCountGrowthFactorMax &&
        target >= Math.ceil(open * limits.updateShardCountShrinkFactorMin)
    );
}

function applied(action: ScalingAction, shards: readonly ShardRange[], nextNumber: number): readonly ShardRange[] {
    switch (action.kind) {
        case "none":
            return shards;
        case "update":
            return uniformShards(action.targetShardCount, nextNumber);
        case "split": {
            const middle = BigInt(action.newStartingHashKey);
            return shards.flatMap((shard) =>
                shard.shardId !== action.shardId
                    ? [shard]
                    : [
                          { ...shard, shardId: shardIdOf(nextNumber), endingHashKey: middle - 1n },
                          { ...shard, shardId: shardIdOf(nextNumber + 1), startingHashKey: middle },
                      ],
            );
        }
        case "merge": {
            const [first, second] = [action.shardId, action.adjacentShardId].map((id) =>
                shards.find((shard) => shard.shardId === id)!,
            );
            const merged = {
                shardId: shardIdOf(nextNumber),
                startingHashKey:
                    first!.startingHashKey < second!.startingHashKey ? first!.startingHashKey : second!.startingHashKey,
                endingHashKey:
                    first!.endingHashKey > second!.endingHashKey ? first!.endingHashKey : second!.endingHashKey,
            };
            return [...shards.filter((shard) => shard !== first && shard !== second), merged];
        }
    }
}
