/**
 * A stream in memory and a clock that jumps from timer to timer: years of bad network in a second, the same each time for the same seed.
 */
import { hash } from "node:crypto";
import { limits } from "../../capacity/limits";
import { type HashRange } from "../../producer/lane";
import { type Entry, hashText } from "../../producer/records";
import { type EntryAnswer, type Transport } from "../../producer/transport";

interface Timer {
    readonly timeMs: number;
    readonly action: () => void;
}

/** Time that stands still until `run` goes on to the next timer. */
export class SimulatedClock {
    #nowMs = Date.UTC(2026, 10, 1);
    readonly #timers = new Set<Timer>();

    nowMs(): number {
        return this.#nowMs;
    }

    at(timeMs: number, action: () => void): { cancel(): void } {
        const timer = { timeMs: Math.max(timeMs, this.#nowMs), action };
        this.#timers.add(timer);
        return { cancel: () => void this.#timers.delete(timer) };
    }

    sleep(ms: number): Promise<void> {
        return new Promise((resolve) => this.at(this.#nowMs + ms, resolve));
    }

    /** Runs timers in their order until the promise settles. Fails if nothing is left that could settle it, or nothing does in a week. */
    async run<T>(promise: Promise<T>): Promise<T> {
        const untilMs = this.#nowMs + 7 * 24 * 3_600_000;
        let settled = false;
        const watched = promise.finally(() => (settled = true));
        watched.catch(() => undefined);
        for (;;) {
            await new Promise((resolve) => setImmediate(resolve));
            if (settled) return watched;
            let next: Timer | undefined;
            // The set keeps the order of arming, so of equal times the first armed wins.
            for (const timer of this.#timers) if (next === undefined || timer.timeMs < next.timeMs) next = timer;
            if (next === undefined || next.timeMs > untilMs)
                throw new Error("nothing is left that could settle the promise: records are stuck");
            this.#timers.delete(next);
            this.#nowMs = next.timeMs;
            next.action();
        }
    }
}

/** A small generator of numbers from 0 up to 1 (mulberry32): the same seed, the same numbers. */
export function seeded(seed: number): () => number {
    let state = seed >>> 0;
    return () => {
        state = (state + 0x6d2b79f5) >>> 0;
        let mixed = Math.imul(state ^ (state >>> 15), state | 1);
        mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
}

/** What may happen to a call. Shares of 0 to 1; the rest of the calls go well. */
export interface Faults {
    /** Answered with a 500, nothing written. */
    readonly serverError?: number;
    /** Written, but the connection is reset before the answer. */
    readonly resetAfterWrite?: number;
    /** Never answered; half of them are written, some of those only when the producer has given up on them. */
    readonly timeout?: number;
    /** Some records fail with InternalFailure. */
    readonly partialFailure?: number;
    /** A call takes up to so long. */
    readonly latencyMs?: number;
}

export interface Written {
    readonly shardId: string;
    readonly key: string;
    readonly value: string;
    readonly timeMs: number;
}

export interface StreamOptions {
    readonly clock: SimulatedClock;
    readonly random: () => number;
    readonly shards: number;
    readonly faults?: Faults;
    /** Answers a whole call with this error, if it returns one. */
    readonly refuse?: (entries: readonly Entry[], callNumber: number) => Error | undefined;
    readonly listShards?: () => Promise<HashRange[]>;
    /** Whether a shard's allowance comes back all the time, or once a second. */
    readonly allowance?: "continuous" | "each-second";
    /** The part of its limit that a shard takes, as if others wrote to it as well. */
    readonly shardPart?: number;
}

/** A stream whose shards take 1 MiB and 1,000 records a second, from allowances of one second. */
export class SimulatedStream implements Transport {
    readonly log: Written[] = [];
    readonly calls: { timeMs: number; records: number; bytes: number }[] = [];
    inFlight = 0;
    inFlightMost = 0;
    refusedRecords = 0;
    /** For each value, how often it was sent in a call whose answer did not arrive. */
    readonly unanswered = new Map<string, number>();
    ranges: HashRange[];
    readonly #allowances = new Map<string, { records: number; bytes: number; timeMs: number }>();

    constructor(readonly options: StreamOptions) {
        this.ranges = uniformRanges(options.shards, "shardId-");
    }

    listShards(): Promise<HashRange[]> {
        return this.options.listShards?.() ?? Promise.resolve(this.ranges);
    }

    async putRecords(entries: readonly Entry[], signal: AbortSignal): Promise<EntryAnswer[]> {
        const { clock, random, faults = {} } = this.options;
        const bytes = entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
        this.calls.push({ timeMs: clock.nowMs(), records: entries.length, bytes });
        this.inFlight += 1;
        this.inFlightMost = Math.max(this.inFlightMost, this.inFlight);
        let ended = false;
        const end = (): void => {
            if (!ended) this.inFlight -= 1;
            ended = true;
        };
        signal.addEventListener("abort", end);
        return this.#answer(entries, signal, faults, random, clock).finally(end);
    }

    close(): void {
        return;
    }

    async #answer(
        entries: readonly Entry[],
        signal: AbortSignal,
        faults: Faults,
        random: () => number,
        clock: SimulatedClock,
    ): Promise<EntryAnswer[]> {
        const latencyMs = 1 + random() * (faults.latencyMs ?? 5);
        await clock.sleep(latencyMs / 2);
        const refusal = this.options.refuse?.(entries, this.calls.length);
        if (refusal !== undefined) throw refusal;
        let dice = random();
        const happens = (share = 0): boolean => (dice -= share) < 0;
        if (happens(faults.serverError)) throw serverError();
        if (happens(faults.resetAfterWrite)) {
            this.#count(entries);
            this.#write(entries);
            throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
        }
        if (happens(faults.timeout)) {
            this.#count(entries);
            if (random() < 0.5) clock.at(clock.nowMs() + random() * 20_000, () => void this.#write(entries));
            return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
        }
        const fails = happens(faults.partialFailure) ? () => random() < 0.3 : () => false;
        const answers = this.#write(entries, fails);
        await clock.sleep(latencyMs / 2);
        return answers;
    }

    #count(entries: readonly Entry[]): void {
        for (const entry of entries) {
            const value = Buffer.from(entry.Data).toString();
            this.unanswered.set(value, (this.unanswered.get(value) ?? 0) + 1);
        }
    }

    #write(entries: readonly Entry[], fails: () => boolean = () => false): EntryAnswer[] {
        const timeMs = this.options.clock.nowMs();
        return entries.map((entry) => {
            const range = this.#rangeOf(entry);
            const shardId = range.shardId!;
            if (fails()) return { ErrorCode: "InternalFailure", ErrorMessage: "Internal service failure." };
            if (!this.#admits(shardId, sizeOf(entry), timeMs)) {
                this.refusedRecords += 1;
                return {
                    ErrorCode: "ProvisionedThroughputExceededException",
                    ErrorMessage: `Rate exceeded for shard ${shardId}`,
                };
            }
            this.log.push({ shardId, key: entry.PartitionKey, value: Buffer.from(entry.Data).toString(), timeMs });
            return { ShardId: shardId, SequenceNumber: String(this.log.length) };
        });
    }

    #rangeOf(entry: Entry): HashRange {
        const hashKey =
            entry.ExplicitHashKey === undefined
                ? hash("md5", entry.PartitionKey, "hex")
                : hashText(BigInt(entry.ExplicitHashKey));
        return this.ranges.filter((range) => range.start <= hashKey).at(-1)!;
    }

    #admits(shardId: string, bytes: number, timeMs: number): boolean {
        const { shardPart = 1, allowance = "continuous" } = this.options;
        const bytesMax = limits.shardWriteBytesPerSecond * shardPart;
        const recordsMax = limits.shardWriteRecordsPerSecond * shardPart;
        const had = this.#allowances.get(shardId) ?? { records: recordsMax, bytes: bytesMax, timeMs };
        const elapsed = (timeMs - had.timeMs) / 1_000;
        const seconds = allowance === "continuous" ? elapsed : Math.floor(elapsed);
        const records = Math.min(recordsMax, had.records + seconds * recordsMax);
        const allowedBytes = Math.min(bytesMax, had.bytes + seconds * bytesMax);
        const admitted = records >= 1 && allowedBytes > 0;
        this.#allowances.set(shardId, {
            records: admitted ? records - 1 : records,
            bytes: admitted ? allowedBytes - bytes : allowedBytes,
            timeMs: had.timeMs + seconds * 1_000,
        });
        return admitted;
    }
}

export function uniformRanges(shards: number, prefix: string): HashRange[] {
    const width = 2n ** 128n / BigInt(shards);
    return Array.from({ length: shards }, (_, at) => ({
        shardId: `${prefix}${String(at).padStart(12, "0")}`,
        start: hashText(width * BigInt(at)),
    }));
}

export function serverError(): Error {
    return Object.assign(new Error("Internal Server Error"), {
        name: "InternalFailure",
        $metadata: { httpStatusCode: 500 },
    });
}

export function awsError(name: string, message: string): Error {
    return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 } });
}

function sizeOf(entry: Entry): number {
    return entry.Data.byteLength + Buffer.byteLength(entry.PartitionKey);
}
