/**
 * What a replay asks once a minute, and the scaler as one who answers.
 */
import { decide } from "../scaling/decide";
import {
    type Decision,
    type MinuteSample,
    type ReshardEvent,
    type ScalingSettings,
    type ShardRange,
} from "../scaling/observation";
import { ScalerMemory } from "../scaling/predictive/memory";

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
    /** Where its rule is published. */
    readonly source?: string;
    /** Minutes between two runs, by the clock, of a rule that has its own period; the scaler is asked as often as the model says. */
    readonly everyMinutes?: number;
    decide(view: ReplayView): ReplayDecision;
}

/** What others use: how often it runs is a part of its rule. */
export type PeerPolicy = ReplayPolicy & { readonly everyMinutes: number };

/** Nothing is changed. */
export const still: ReplayDecision = { action: { kind: "none" } };

/** An update to a count, where it is another one. */
export function towards(target: number, open: number): ReplayDecision {
    return target === open ? still : { action: { kind: "update", targetShardCount: target } };
}

/** The scaler itself, as the Lambda runs it. */
export function scalerPolicy(settings: ScalingSettings): ReplayPolicy {
    const memory = new ScalerMemory();
    return {
        name: settings.mode,
        decide: ({ updating, ...view }) =>
            decide(
                { ...view, capacityMode: "provisioned", status: updating ? "UPDATING" : "ACTIVE", iteratorAgeMs: null },
                settings,
                memory,
            ),
    };
}
