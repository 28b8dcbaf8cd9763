/**
 * What the predictive mode knows when it decides, and what a plan is.
 */
import { type HeldCount, type Observation, type ScalingSettings, type ShardPlan } from "../observation";
import { type ErrorBudget } from "./budget";
import { type LoadMinutes } from "./minutes";

/** Shard-minutes that a call is worth, however many are left. */
export const callPriceShardMinutes = 40;

export interface Situation {
    readonly observation: Observation;
    readonly settings: ScalingSettings;
    readonly minutes: LoadMinutes;
    readonly open: number;
    /** Even shards that the open ones are worth. */
    readonly effective: number;
    /** Minutes between the newest one that is known and now. */
    readonly lagMinutes: number;
    /** The load now, in shards. */
    readonly level: number;
    /** The scatter of the seconds. */
    readonly sigma: number;
    readonly budget: ErrorBudget;
}

export interface Plan {
    /** Shards that were open when it was made. */
    readonly open: number;
    /** Shards to go to now. */
    readonly target: number;
    /** By splits or merges. */
    readonly walksFirst: boolean;
    readonly view: ShardPlan;
}

/** A count that would have done all along. */
export interface Steady {
    /** Of the level. */
    readonly index: number;
    /** Shards and the price of what it would have refused. */
    readonly costPerMinute: number;
    readonly why: HeldCount;
}
