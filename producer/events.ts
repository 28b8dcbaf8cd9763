/**
 * What a producer tells: the fate of each record, how far it is, and what it ends with.
 */

/** The producer takes no more records: it was closed, aborted, or stopped by an error that no retry mends. */
export class ProducerStoppedError extends Error {
    override readonly name = "ProducerStoppedError";
}

/** What deliver() rejects with. */
export class UndeliveredError<T> extends Error {
    override readonly name = "UndeliveredError";
    /** @param undelivered the record, with its reason */
    constructor(readonly undelivered: Undelivered<T>) {
        super(undelivered.message);
    }
}

/**
 * Why a record was given up. `invalid` and `too-large`: never sent. `rejected`: Kinesis refuses this very record.
 * `deadline`: not delivered in time. `aborted`: the signal. `stopped`: no call can succeed, or close() came before it was taken (the message says).
 */
export type UndeliveredReason = "invalid" | "too-large" | "rejected" | "deadline" | "aborted" | "stopped";

/** A record that was given up, and why. */
export interface Undelivered<T> {
    /** What was put, as it was. */
    readonly value: T;
    /** Its place in the order of put(), from 1. */
    readonly index: number;
    /** Its partition key; undefined where it has none. */
    readonly partitionKey: string | undefined;
    /** Why. */
    readonly reason: UndeliveredReason;
    /** The same in a sentence. */
    readonly message: string;
    /** Calls that carried it. */
    readonly attempts: number;
    /** A call that carried it got no answer, so it may be in the stream all the same. */
    readonly mayBeWritten: boolean;
}

/** A record that Kinesis has acknowledged. */
export interface Delivery<T> {
    /** What was put, as it was. */
    readonly value: T;
    /** Its place in the order of put(), from 1. */
    readonly index: number;
    /** Its partition key. */
    readonly partitionKey: string;
    /** The shard that has it. */
    readonly shardId: string;
    /** Its place in the shard. */
    readonly sequenceNumber: string;
    /** Calls that carried it. */
    readonly attempts: number;
}

/** What the producer did so far. */
export interface ProducerProgress {
    /** Records taken by put(). */
    readonly put: number;
    /** Records that Kinesis acknowledged. */
    readonly sent: number;
    /** Bytes of those, keys included. */
    readonly sentBytes: number;
    /** Records given up. */
    readonly undelivered: number;
    /** Records held in memory, waiting or in flight. */
    readonly buffered: number;
    /** Bytes of those, keys included. */
    readonly bufferedBytes: number;
    /** PutRecords calls that were made. */
    readonly calls: number;
    /** Calls under way. */
    readonly callsInFlight: number;
    /** Calls that failed as a whole. */
    readonly callsFailed: number;
    /** Records that were sent again. */
    readonly retries: number;
    /** Times that a full shard refused a record. */
    readonly refusals: number;
    /** Delivered records of which an earlier call got no answer: they may be in the stream twice. */
    readonly possibleDuplicates: number;
    /** Seconds since the first put(). */
    readonly seconds: number;
    /** Records delivered per second since the first put(). */
    readonly recordsPerSecond: number;
}

/** What close() tells. */
export interface ProducerSummary<T> extends Omit<
    ProducerProgress,
    "undelivered" | "buffered" | "bufferedBytes" | "callsInFlight"
> {
    /** Every record that was given up, with its reason, in the order of put(); empty where onUndelivered took them. */
    readonly undelivered: readonly Undelivered<T>[];
    /** Records that were given up. */
    readonly undeliveredCount: number;
    /** What made further sending pointless: no such stream, no permission, no credentials; see `outageSeconds`. */
    readonly stoppedBy: Error | undefined;
}

/** What a producer emits, each with what its listeners get. */
export interface ProducerEvents<T> {
    /** The records that one call delivered. */
    delivered: [deliveries: readonly Delivery<T>[]];
    /** A record was given up. */
    undelivered: [undelivered: Undelivered<T>];
    /** A call failed as a whole; its records are sent again unless `willRetry` is false. */
    callFailed: [failure: { code: string; message: string; records: number; willRetry: boolean }];
    /**
     * Records were delivered before, and now AWS refuses every call for a reason that only a person can mend, such as expired credentials.
     * The producer keeps its records, asks again now and then, and stops after so many seconds.
     */
    waiting: [wait: { code: string; message: string; advice: string | undefined; stopsAfterSeconds: number }];
    /** What it waited for is over: records are delivered again, after so many seconds. */
    resumed: [wait: { seconds: number }];
    /** The open shards changed, or became known. */
    shards: [shards: readonly string[]];
    /** What a person should know, such as a missing permission that costs efficiency. */
    warning: [message: string];
    /** At most once a second. */
    progress: [progress: ProducerProgress];
}

export type Tell<T> = <Name extends keyof ProducerEvents<T>>(name: Name, ...args: ProducerEvents<T>[Name]) => void;

/** A listener's exception is the application's: it surfaces there, and cannot upset the books. */
export function guarded(call: () => void): void {
    try {
        call();
    } catch (error) {
        queueMicrotask(() => {
            throw error;
        });
    }
}
