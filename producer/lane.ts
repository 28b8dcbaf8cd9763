/**
 * A lane is a range of the hash ring, one for each open shard: its records wait, back off and are paced together, apart from other lanes'.
 *
 * A full shard therefore slows down its own records and no others.
 */
import { limits } from "../capacity/limits";
import { type BookedRecord } from "./books";
import { type Delivery, type UndeliveredError } from "./events";
import { Fifo } from "./fifo";
import { type PreparedRecord } from "./records";

/** A part of the hash ring and the shard that owns it, if known. */
export interface HashRange {
    /** The shard; undefined until it is known. */
    readonly shardId: string | undefined;
    /** First hash key as 32 hexadecimal digits. */
    readonly start: string;
}

export interface LaneSettings {
    readonly backoffMinMs: number;
    readonly backoffMaxMs: number;
    /** Times a shard's write limit that is offered at most. */
    readonly shardRateMax: number;
    readonly random: () => number;
}

/** A record from put() to its fate. */
export interface Pending<T> extends PreparedRecord, BookedRecord {
    readonly bytes: number;
    readonly value: T;
    readonly deadlineMs: number;
    readonly settle: Settle<T> | undefined;
    /** Where it waits, or waited last; undefined until it is in the buffer and the shards are known. */
    lane: Lane<T> | undefined;
    /** Calls that carried it. */
    attempts: number;
    mayBeWritten: boolean;
    lastRefusal: string | undefined;
}

/** The promise of deliver(). */
export interface Settle<T> {
    readonly resolve: (delivery: Delivery<T>) => void;
    readonly reject: (error: UndeliveredError<T>) => void;
}

/** A lane that used up its allowance sends again on a grid of time, so that many lanes are ready at once and share a call. */
const gridMs = 50;

/** The unused rate that a lane may catch up on after a pause of the process, the network or the shard; a full allowance is one second. */
const burstMs = 500;

/** What a lane that begins may send at once. */
const firstBurstMs = 100;

/** A full shard is full for less than a second, so the wait for it grows no further than this. */
const refusalBackoffMaxMs = 100;

/**
 * A lane that ran into its shard's limit goes on this much later. Sending early in the shard's second and idling at its end would otherwise
 * repeat itself every second; so it shifts until the second is filled evenly and nothing is refused.
 */
const lateAfterRefusalMs = 10;

/** What became of a lane's records in one call. */
export interface LaneAnswer {
    readonly taken: number;
    /** Refused because the shard was full. */
    readonly refused: number;
    readonly refusedBytes: number;
    /** Failed for any other reason, or with the whole call. */
    readonly failed: number;
}

export class Lane<T> {
    /** Records that were refused; they go before the others. */
    readonly #retries = new Fifo<Pending<T>>();
    readonly #fresh = new Fifo<Pending<T>>();
    bytes = 0;
    /** What of the buffer is this lane's: records that wait here or behind another one of their key, or are in flight. */
    held = 0;
    heldBytes = 0;
    /** Nothing to send, one that may send, waiting for a time, or no longer part of the ring. */
    state: "idle" | "ready" | "waiting" | "retired" = "idle";
    readyAtMs = 0;
    #callsInFlight = 0;
    /** Refusals and failures since the shard last took everything. */
    #failures = 0;
    #notBeforeMs = 0;
    /** Records that were taken and are not answered. */
    #outstanding = 0;
    /**
     * The most records outstanding: as many as the shard took between its last two refusals, never less than half of what it was before,
     * and twice what it has taken since.
     */
    #window = Infinity;
    #takenSinceRefusal = 0;
    /** The shard is full, so a single record asks whether it takes any again. */
    #probing = false;
    readonly #pace: Pace;

    constructor(
        readonly range: HashRange,
        readonly settings: LaneSettings,
    ) {
        this.#pace = new Pace(settings.shardRateMax);
    }

    get length(): number {
        return this.#retries.length + this.#fresh.length;
    }

    push(record: Pending<T>): void {
        hold(record, this);
        (record.attempts > 0 ? this.#retries : this.#fresh).push(record);
        this.bytes += record.bytes;
    }

    remove(picks: (record: Pending<T>) => boolean): Pending<T>[] {
        if (this.length === 0) return [];
        const removed = [...this.#retries.remove(picks), ...this.#fresh.remove(picks)];
        for (const record of removed) this.bytes -= record.bytes;
        return removed;
    }

    /** When the lane may send: undefined if it has nothing to send, or waits for an answer before it tries again. */
    sendsAtMs(nowMs: number): number | undefined {
        if (this.length === 0 || this.#room() === 0) return undefined;
        return Math.max(nowMs, this.#pace.usedUpUntilMs, this.#notBeforeMs);
    }

    /**
     * Takes up to `recordsMax` records and `bytesMax` bytes for a call, as far as back-off and pace allow.
     *
     * @param atLeastOne the first record is taken whatever its bytes
     */
    take(nowMs: number, recordsMax: number, bytesMax: number, atLeastOne: boolean): Pending<T>[] {
        const taken: Pending<T>[] = [];
        let bytes = 0;
        const most = Math.min(recordsMax, this.#room());
        this.#pace.begin(nowMs);
        while (taken.length < most && this.#pace.usedUpUntilMs <= nowMs) {
            const queue = this.#retries.length > 0 ? this.#retries : this.#fresh;
            const record = queue.peek();
            if (record === undefined) break;
            if (bytes + record.bytes > bytesMax && !(atLeastOne && taken.length === 0)) break;
            queue.shift();
            taken.push(record);
            bytes += record.bytes;
            this.#pace.use(nowMs, 1, record.bytes);
        }
        this.bytes -= bytes;
        this.#outstanding += taken.length;
        return taken;
    }

    /** Records that may be taken before an answer comes. */
    #room(): number {
        // After a refusal one call at a time finds out whether the shard takes records again.
        if (this.#failures > 0 && this.#callsInFlight > 0) return 0;
        return Math.max(0, (this.#probing ? 1 : this.#window) - this.#outstanding);
    }

    /** A record that was taken, but is given up instead of sent, or after an answer that says nothing about the shard. */
    forget(): void {
        this.#outstanding -= 1;
    }

    /** Counts a call of which the lane's records are a part. */
    sent(): void {
        this.#callsInFlight += 1;
    }

    /** The shard's answer to one call: what it took of what was sent decides how much it is offered next, and when. */
    answered(nowMs: number, { taken, refused, refusedBytes, failed }: LaneAnswer): void {
        this.#callsInFlight -= 1;
        this.#outstanding -= taken + refused + failed;
        this.#takenSinceRefusal += taken;
        if (taken > 0) this.#probing = false;
        if (refused === 0 && failed === 0) {
            this.#failures = 0;
            this.#window = Math.max(this.#window, this.#takenSinceRefusal * 2);
            return;
        }
        // A shard that took some is at its limit, not out of order: the wait grows only while nothing passes.
        this.#failures = taken > 0 ? 1 : this.#failures + 1;
        // A fault inside Kinesis says nothing about how full the shard is.
        if (refused === 0) return this.#backOff(nowMs, this.settings.backoffMaxMs);
        if (this.#takenSinceRefusal > 0) {
            const most = limits.shardWriteRecordsPerSecond * this.settings.shardRateMax;
            const least = this.#window === Infinity ? 1 : Math.ceil(this.#window / 2);
            this.#window = Math.min(most, Math.max(this.#takenSinceRefusal, least));
            this.#pace.shift(lateAfterRefusalMs);
        }
        this.#takenSinceRefusal = 0;
        this.#probing = true;
        this.#pace.use(nowMs, -refused, -refusedBytes);
        this.#backOff(nowMs, Math.min(this.settings.backoffMaxMs, refusalBackoffMaxMs));
    }

    /** The call did not come as far as the shards: it says nothing about them. */
    notReached(records: number): void {
        this.#callsInFlight -= 1;
        this.#outstanding -= records;
    }

    /** The call failed for a malformed record, so that its records are sent once more in parts: no fault of the shard. */
    sentInParts(): void {
        this.#callsInFlight -= 1;
    }

    #backOff(nowMs: number, longestMs: number): void {
        this.#notBeforeMs = nowMs + backOffMs(this.settings, this.#failures, longestMs);
    }
}

/** Counts a record of the buffer as this lane's; the lane whose it was has it no more. */
export function hold<T>(record: Pending<T>, lane: Lane<T>): void {
    if (record.lane === lane) return;
    release(record);
    record.lane = lane;
    lane.held += 1;
    lane.heldBytes += record.bytes;
}

/** A record leaves the buffer, or its lane. */
export function release<T>({ lane, bytes }: Pending<T>): void {
    if (lane === undefined) return;
    lane.held -= 1;
    lane.heldBytes -= bytes;
}

/** Exponential with "equal jitter": between half the wait and all of it. */
export function backOffMs(
    { backoffMinMs, random }: Pick<LaneSettings, "backoffMinMs" | "random">,
    failures: number,
    longestMs: number,
): number {
    const waitMs = Math.min(longestMs, backoffMinMs * 2 ** Math.min(failures - 1, 30));
    return waitMs * (0.5 + 0.5 * random());
}

/** The allowance of a shard, as far as this producer uses it. */
class Pace {
    usedUpUntilMs = 0;
    /** When records and bytes are next free. */
    #recordsFreeMs = 0;
    #bytesFreeMs = 0;

    constructor(readonly shardRateMax: number) {}

    begin(nowMs: number): void {
        if (this.#recordsFreeMs === 0) this.#recordsFreeMs = this.#bytesFreeMs = nowMs - firstBurstMs;
    }

    /** Uses up allowance, or gives back that of records which the shard did not take. */
    use(nowMs: number, records: number, bytes: number): void {
        const earliestMs = nowMs - burstMs;
        const msPerRecord = 1_000 / (limits.shardWriteRecordsPerSecond * this.shardRateMax);
        const msPerByte = 1_000 / (limits.shardWriteBytesPerSecond * this.shardRateMax);
        this.#recordsFreeMs = Math.max(this.#recordsFreeMs, earliestMs) + msPerRecord * records;
        this.#bytesFreeMs = Math.max(this.#bytesFreeMs, earliestMs) + msPerByte * bytes;
        const freeMs = Math.max(this.#recordsFreeMs, this.#bytesFreeMs);
        this.usedUpUntilMs = freeMs > nowMs ? Math.ceil(freeMs / gridMs) * gridMs : nowMs;
    }

    shift(ms: number): void {
        this.#recordsFreeMs += ms;
        this.#bytesFreeMs += ms;
    }
}
