/**
 * What the scaler sees, what it may be told, and what it answers.
 */
import { type ReasonCode } from "./reasons";

/** How the scaler decides. `reactive` follows the load of the last minutes and hours; `predictive` plans the next day from the last fourteen. */
export const scalingModes = ["reactive", "predictive"] as const;

export type ScalingMode = (typeof scalingModes)[number];

export interface ScalingSettings {
    readonly mode: ScalingMode;
    /** The scaler never aims below this count. */
    readonly minShards: number;
    /** The scaler never aims above this count. */
    readonly maxShards: number;
    /** The declared peak in shards, headroom left out: the normal ceiling, and the scale of the load's noise. */
    readonly peakShards: number;
    /** SplitShard and MergeShards calls in a rolling 24 h; each leaves closed shards behind for the retention time. */
    readonly maxReshardsPerDay: number;
    /** The part of the records that may be refused over the weeks, 0 to 1: what the predictive mode spends on fewer shards. */
    readonly refusedShareSlo: number;
}

/** An open shard and its part of the hash key space, both ends included. */
export interface ShardRange {
    readonly shardId: string;
    readonly startingHashKey: bigint;
    readonly endingHashKey: bigint;
}

/** What CloudWatch says about one minute. A minute without a datapoint is absent. */
export interface MinuteSample {
    /** Start of the minute. */
    readonly startMs: number;
    readonly acceptedBytes: number;
    readonly acceptedRecords: number;
    /** Put attempts that a full shard refused; a record that is retried is in here more than once. */
    readonly refusedRecords: number;
    /** Shards that were open in the minute, where the scaler's own metric tells it. */
    readonly openShards?: number;
}

export type StreamStatus = "ACTIVE" | "UPDATING" | "CREATING" | "DELETING";

/**
 * `reserved`: about to be called, or without an answer, or by a run that died since. `called`: AWS took it. `done`: the shards show it.
 * `foreign`: noticed, made by somebody else. All of them count; a call that AWS refused, or that the stream disproves, is struck out again.
 */
export type ReshardStatus = "reserved" | "called" | "done" | "foreign";

/** A change of the shards that happened, or that was reserved and may have happened. */
export interface ReshardEvent {
    readonly atMs: number;
    /** `update` counts to the ten UpdateShardCount calls; split and merge do not. */
    readonly kind: "update" | "split" | "merge";
    /** Shards that were open before it, where that is known. */
    readonly from?: number;
    /** How certain it is. @default it happened */
    readonly status?: ReshardStatus;
    /** The how manieth it is after calls without an answer. @default 1 */
    readonly attempt?: number;
}

export interface Observation {
    readonly nowMs: number;
    readonly capacityMode: "provisioned" | "on-demand";
    readonly status: StreamStatus;
    readonly createdMs: number;
    /** Open shards only, in any order. */
    readonly shards: readonly ShardRange[];
    /** One-minute samples, oldest first; minutes that have not ended are left out. */
    readonly samples: readonly MinuteSample[];
    /** Why there are no samples, if CloudWatch did not answer. An empty list alone means that nothing was written. */
    readonly metricsProblem?: string;
    /** Age of the last record of the slowest shared reader; undefined: not asked; null: nobody reads with GetRecords. */
    readonly iteratorAgeMs?: number | null;
    /** The reshards of the last 24 h, own and foreign, as the ledger knows them. */
    readonly reshards: readonly ReshardEvent[];
    /** AWS refused a call for the account's shard quota or a foreign caller's spending; no growth, or no update, before these times. */
    readonly growthBlockedUntilMs?: number;
    readonly updatesBlockedUntilMs?: number;
    /** AWS's words, where it is not known what the refused UpdateShardCount call ran into. */
    readonly updatesBlockedSaying?: string;
    /** When the capacity last changed; what was refused before says nothing about the shards of now. */
    readonly capacityChangedMs?: number;
}

export type ScalingAction =
    | { readonly kind: "none" }
    | { readonly kind: "update"; readonly targetShardCount: number }
    | { readonly kind: "split"; readonly shardId: string; readonly newStartingHashKey: string }
    | { readonly kind: "merge"; readonly shardId: string; readonly adjacentShardId: string };

export interface Decision {
    readonly action: ScalingAction;
    readonly reason: ReasonCode;
    /** One sentence for whoever is woken at night. */
    readonly message: string;
    /** Shards that the load asks for, before any limit; the scaler publishes it as TargetShards. */
    readonly wantedShards: number;
    /** The numbers behind the sentence. */
    readonly numbers: Readonly<Record<string, number>>;
    /** The iterator age would decide and was not asked for: ask, and decide again. */
    readonly needsIteratorAge?: true;
    /** What the predictive mode means to do in the next hours, where it has a plan. */
    readonly plan?: ShardPlan;
}

/** The shards of the next hours, as a plan has them. */
export interface ShardPlan {
    readonly madeMs: number;
    /** A part of the day ahead each, oldest first, without gap; shorter ones first. */
    readonly steps: readonly PlannedStep[];
    /** The days, at UTC midnight, whose course the next hours are expected to take, the likeliest first. */
    readonly fromDaysMs: readonly number[];
    /** Part of the records expected to be refused in these hours. */
    readonly expectedRefusedShare: number;
    /** Shard-hours that the plan takes less than the declared peak would, until its end. */
    readonly savedShardHours: number;
    /** Days of planned refusals that are saved up; negative: owed. */
    readonly errorBudgetDays: number;
    /** Where one count is held instead of a plan that would not be cheaper. */
    readonly held?: HeldCount;
}

/** What speaks for holding one count. */
export interface HeldCount {
    /** The part of the last days' records that it would have refused. */
    readonly refusedShare: number;
    readonly days: number;
    /** Shards that were open on average in the newest three of them. */
    readonly meanOpenShards: number;
}

export interface PlannedStep {
    readonly fromMs: number;
    readonly untilMs: number;
    readonly shards: number;
    /** Load in shards: the mean, and what only one scenario in twenty exceeds. */
    readonly expectedLoadShards: number;
    readonly highLoadShards: number;
}
