/**
 * A stream as the model of Kinesis knows it: its moments, the calls that AWS took, and what it is made with.
 */
import { type VirtualClock } from "./clock";
import { type ModelShard } from "./shards";

/** Who asked AWS for a change: one of ours, or somebody else. */
export type Caller = { readonly own: true; readonly actor: string } | { readonly own: false };

export interface AcceptedCall {
    readonly atMs: number;
    readonly by: Caller;
    readonly from: number;
    readonly to: number;
}

/** The stream as it was from a time on. */
export interface Moment {
    readonly atMs: number;
    readonly status: "ACTIVE" | "UPDATING" | "CREATING" | "GONE";
    readonly mode: "PROVISIONED" | "ON_DEMAND";
    readonly open: readonly ModelShard[];
}

export interface KinesisOptions {
    readonly clock: VirtualClock;
    readonly random: (about: string) => number;
    readonly shards: number;
    /** Splits of the first shard by hand. */
    readonly splits: number;
    readonly createdMs: number;
    readonly accountShards: number;
    readonly updateSeconds: number;
    readonly shardsPerPage: number;
    readonly tags: Readonly<Record<string, string>>;
}

export type Input = Readonly<Record<string, unknown>>;

export const shardsMost = 10_000;
export const streamName = "orders";
export const streamArn = `arn:aws:kinesis:us-east-1:123456789012:stream/${streamName}`;
