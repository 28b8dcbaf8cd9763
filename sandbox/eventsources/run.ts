/**
 * A mapping at work, as those see it who read its shards and deliver what they read.
 */
import { type Session } from "../iam/state";
import { type AwsError } from "../service";
import { type KinesisCall } from "./sources";
import { type Account, type Mapping, type Target } from "./state";

export interface Run {
    readonly account: Account;
    readonly mapping: Mapping;
    readonly stopped: boolean;
    readonly retentionHours: number;
    /** Milliseconds between two polls of a shard that has nothing more. */
    readonly pollMs: number;
    readonly call: KinesisCall;
    readonly session: () => Session;
    readonly nowMs: () => number;
    /** @throws AwsError if the function is gone */
    target(): Target;
    /** Waits, unless the run is stopped. */
    pause(ms: number): Promise<void>;
    /** So many records have been read. */
    heard(records: number): void;
    /** Something could not be read. */
    failed(error: AwsError): void;
}
