/**
 * What a policy is, and what the policies are called. Apart from the judges, so that what users' editors load of the package is this alone.
 */
import { type EnforcementLevel, type PolicyConfigSchema } from "@pulumi/policy";
import { type FindingCode } from "../capacity/findings";
import { type Judgement } from "./matches";
import { type Remedy } from "./remedies";
import { type ResourceView } from "./resources";
import { type Verdict } from "./verdict";

/** A policy: a judge of single resources, of what stands together in a stack, or of both. */
export interface PolicyRow {
    /** What the policy asks for, as a sentence. */
    readonly description: string;
    /** The level unless a configuration sets another. */
    readonly enforcementLevel: EnforcementLevel;
    /** What a configuration may set, with its default. */
    readonly configSchema?: PolicyConfigSchema;
    /** The findings of capacity/ that this policy voices. */
    readonly findings?: readonly FindingCode[];
    /** The resource types that `judge` takes. */
    readonly types?: readonly string[];
    /** What it says of one resource. */
    readonly judge?: (view: ResourceView, config: never) => Verdict;
    /** What it says of all resources together. */
    readonly judgeStack?: (views: readonly ResourceView[], config: never) => readonly Judgement[];
    /** The type of resource without which `judgeStack` has nothing to say. */
    readonly stackNeeds?: string;
    /** What the level `remediate` changes, where the right value is certain. Without one that level is `mandatory`. */
    readonly remedy?: Remedy;
}

/** The policies that judge; the one beside them says what these cannot tell. */
export type JudgedPolicyName =
    | "capacity-covers-requirements"
    | "enough-partition-keys"
    | "hottest-key-fits-a-shard"
    | "on-demand-has-no-shard-count"
    | "scaled-stream-ignores-shard-count"
    | "floor-below-requirements"
    | "lanes-have-shards"
    | "keys-cost-no-shards"
    | "keys-are-declared"
    | "polls-fit-a-shard"
    | "records-fit-the-stream"
    | "consumers-fit-fan-out"
    | "retention-covers-recovery"
    | "warm-throughput-is-accepted"
    | "functions-keep-up"
    | "cheaper-capacity-mode"
    | "stream-is-encrypted"
    | "stream-is-alarmed"
    | "alarm-can-fire"
    | "alarm-is-meaningful"
    | "raw-stream-is-sized";

/** The name of a policy. */
export type PolicyName = JudgedPolicyName | "requirements-are-known";
