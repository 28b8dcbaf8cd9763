/**
 * What a live stream is to whoever meets one: the narrow view of AWS, of time and of chance that scaler, command line and tests are written against.
 */
import { type MinuteSample, type ShardRange, type StreamStatus } from "../capacity/scaling/observation";

export interface StreamSummary {
    readonly streamArn: string;
    readonly createdMs: number;
    readonly status: StreamStatus;
    readonly capacityMode: "provisioned" | "on-demand";
    readonly openShards: number;
    /** AWS's own time when it answered: the clock of every decision. The machine's may be wrong, or jump. */
    readonly nowMs: number;
}

export interface StreamPort {
    describe(): Promise<StreamSummary>;
    openShards(): Promise<ShardRange[]>;
    updateShardCount(targetShardCount: number): Promise<void>;
    splitShard(shardId: string, newStartingHashKey: string): Promise<void>;
    mergeShards(shardId: string, adjacentShardId: string): Promise<void>;
}

export interface MetricsPort {
    /**
     * The minutes from one time to another, oldest first; one without a datapoint is absent.
     *
     * @param more whether to ask for the open shards, too, which are there where a scaler published them
     * @throws MetricsIncomplete
     */
    samples(fromMs: number, toMs: number, more?: { readonly openShards?: boolean }): Promise<MinuteSample[]>;
    /** The highest iterator age of the last minutes; null: nobody reads with GetRecords. @throws MetricsIncomplete */
    iteratorAgeMs(nowMs: number): Promise<number | null>;
}

/** Time and chance. */
export interface Pace {
    /** Milliseconds since any fixed moment: measures how long something takes, never when it is. */
    elapsedMs(): number;
    /** Rejects where whoever waits was interrupted. */
    sleep(ms: number): Promise<void>;
    /** A number in [0, 1). */
    random(): number;
}
