/**
 * What the scaler needs from outside: the narrow view of AWS, time and chance that a run is written against.
 */
import { type LedgerStore } from "../capacity/scaling/ledger";
import { type MinuteSample, type Observation, type ShardRange } from "../capacity/scaling/observation";

export interface StreamSummary {
    readonly streamArn: string;
    readonly createdMs: number;
    readonly status: Observation["status"];
    readonly capacityMode: Observation["capacityMode"];
    readonly openShards: number;
    /** AWS's own time when it answered: the clock of every decision. */
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
    /** The minutes from one time to another, oldest first. */
    samples(fromMs: number, toMs: number): Promise<MinuteSample[]>;
    /** The highest iterator age of the last minutes; null: nobody reads with GetRecords. */
    iteratorAgeMs(nowMs: number): Promise<number | null>;
}

export interface Ports {
    readonly stream: StreamPort;
    readonly metrics: MetricsPort;
    readonly ledger: LedgerStore;
    /** Milliseconds since any fixed moment: measures how long something takes, never when it is. */
    elapsedMs(): number;
    sleep(ms: number): Promise<void>;
    /** A number in [0, 1). */
    random(): number;
    /** One line of the log. */
    log(line: string): void;
}
