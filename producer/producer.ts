/**
 * A producer that loses nothing: every record that it takes is delivered, or handed back with the reason.
 *
 * Records wait in lanes, one for each open shard. Calls are filled from all lanes that may send; what a shard refuses goes back to its
 * lane, which then backs off alone. The invariant, checked by the tests: put = sent + undelivered + buffered.
 */
import { EventEmitter } from "node:events";
import { count, formatNumber } from "../capacity/text";
import { type ProducerClock, systemClock } from "./clock";
import { type Failure, judgeFailure } from "./failures";
import { Fifo } from "./fifo";
import { type HashRange, type Lane, Lanes, rangesWithoutShards } from "./lanes";
import {
    completeOptions,
    type Delivery,
    type NumericOption,
    type ProducerEvents,
    type ProducerOptions,
    type ProducerProgress,
    type ProducerSummary,
    type Undelivered,
    type UndeliveredReason,
} from "./options";
import { prepareRecord, type PreparedRecord } from "./records";
import { type EntryAnswer, kinesisTransport, type Transport } from "./transport";

/** The producer takes no more records: it was closed, aborted, or stopped by an error that no retry mends. */
export class ProducerStoppedError extends Error {
    override readonly name = "ProducerStoppedError";
}

/** What deliver() rejects with. */
export class UndeliveredError<T> extends Error {
    override readonly name = "UndeliveredError";
    constructor(readonly undelivered: Undelivered<T>) {
        super(undelivered.message);
    }
}

interface Pending<T> extends PreparedRecord {
    readonly value: T;
    readonly index: number;
    readonly acceptedMs: number;
    readonly deadlineMs: number;
    readonly settle: Settle<T> | undefined;
    lane: Lane<Pending<T>> | undefined;
    attempts: number;
    mayBeWritten: boolean;
    lastRefusal: string | undefined;
}

interface Settle<T> {
    readonly resolve: (delivery: Delivery<T>) => void;
    readonly reject: (error: UndeliveredError<T>) => void;
}

interface Stop {
    readonly reason: UndeliveredReason;
    readonly message: string;
    readonly error: Error | undefined;
}

type LaneSet<T> = ReadonlySet<Lane<Pending<T>>>;

/** After an abort, calls in flight get so long to be answered. */
const abortGraceMs = 2_000;
const progressEveryMs = 1_000;
/** Sending starts without the list of shards if it takes longer. */
const listTimeoutSeconds = 5;
/** ListShards is asked again at most so often, and after failures less and less often. */
const relistMinMs = 5_000;
const relistMaxMs = 60_000;
/** So many records refused one by one as malformed, and none ever taken, means that the records are not the problem. */
const rejectionsBeforeStop = 10;

/**
 * @example
 * const producer = new Producer({ stream: "orders", key: "customerId" });
 * for (const order of orders) await producer.put(order); // waits while the buffer is full
 * const { sent, undelivered } = await producer.close();
 */
export class Producer<T = unknown> extends EventEmitter<ProducerEvents<T>> {
    readonly #options: ProducerOptions<T>;
    readonly #numbers: Record<NumericOption, number>;
    readonly #clock: ProducerClock;
    readonly #random: () => number;
    readonly #transport: Transport;
    readonly #onAbort = (): void => this.#abort();

    readonly #lanes: Lanes<Pending<T>>;
    /** Where order is kept: the keys with a record under way, and the records that wait behind it. */
    readonly #behind = new Map<string, Fifo<Pending<T>> | undefined>();
    /** Parts of a call that Kinesis found malformed, each to be sent alone. */
    readonly #suspects: Pending<T>[][] = [];
    /** Callers of put() that wait for room. */
    readonly #waiters = new Fifo<{ pending: Pending<T>; resolve: () => void }>();
    readonly #calls = new Set<AbortController>();
    readonly #flushes: { upTo: number; remaining: number; resolve: () => void }[] = [];

    #put = 0;
    #sent = 0;
    #sentBytes = 0;
    #undeliveredCount = 0;
    #buffered = 0;
    #bufferedBytes = 0;
    #callCount = 0;
    #callsFailed = 0;
    #retries = 0;
    #refusals = 0;
    #possibleDuplicates = 0;
    #rejections = 0;
    #firstPutMs: number | undefined;
    #lastDoneMs = 0;
    #progressMs = 0;
    readonly #undelivered: Undelivered<T>[] = [];
    #undeliveredBytes = 0;

    #alarm: { cancel(): void } | undefined;
    #alarmMs = Infinity;
    #grace: { cancel(): void } | undefined;
    /** When what is ready leaves although it does not fill a call. */
    #lingerMs = Infinity;
    /** When the buffer is next searched for records that are out of time. */
    #sweepMs = Infinity;
    /** What is ready leaves at once. */
    #due = false;
    /** An answer is being worked through: calls start when the books are in order again. */
    #busy = false;
    #listing: AbortController | undefined;
    #relistMs = -Infinity;
    #relistWaitMs = relistMinMs;
    #stop: Stop | undefined;
    #announceStop: () => void = () => undefined;
    readonly #stopped = new Promise<void>((resolve) => (this.#announceStop = resolve));
    #closing: Promise<ProducerSummary<T>> | undefined;

    /** @throws InvalidInputError with every malformed option at once */
    constructor(options: ProducerOptions<T>) {
        super();
        this.#numbers = completeOptions(options);
        this.#options = options;
        this.#clock = options.clock ?? systemClock;
        this.#random = options.random ?? Math.random;
        this.#transport = options.transport ?? kinesisTransport(options.stream, options.client);
        const { backoffMinMs, backoffMaxMs, shardRateMax } = this.#numbers;
        this.#lanes = new Lanes({ backoffMinMs, backoffMaxMs, shardRateMax, random: this.#random });
        if (options.signal?.aborted) this.#abort();
        else options.signal?.addEventListener("abort", this.#onAbort, { once: true });
    }

    /**
     * Takes a record. Resolves when there is room for it in memory, which is not yet its delivery.
     *
     * A record that Kinesis would never take (too large, no key) is handed back at once, like any other that cannot be delivered.
     *
     * @throws ProducerStoppedError if the producer takes no more records: then this one was not taken
     */
    async put(value: T): Promise<void> {
        await this.#take(value, undefined);
    }

    /**
     * Takes a record and resolves when Kinesis acknowledged it.
     *
     * @throws UndeliveredError if it is given up
     */
    deliver(value: T): Promise<Delivery<T>> {
        return new Promise((resolve, reject) => {
            this.#take(value, { resolve, reject }).catch(reject);
        });
    }

    /**
     * Takes everything from a source, no faster than there is room. Resolves when all was taken, or when the producer stopped:
     * then the source is told to return, and a value that was read but not taken is handed back.
     */
    async send(source: Iterable<T> | AsyncIterable<T>): Promise<void> {
        const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
        while (this.#stop === undefined) {
            const next = iterator.next();
            // Only a source that makes us wait is raced against the stop.
            const result = next instanceof Promise ? await Promise.race([next, this.#stopped]) : next;
            if (result === undefined) break;
            if ((result as IteratorResult<T>).done === true) return;
            const { value } = result as IteratorYieldResult<T>;
            if (this.#stop === undefined) await this.#take(value, undefined);
            else this.#handBack(value, this.#stop);
        }
        void iterator.return?.();
    }

    /** Resolves when everything taken so far is delivered or handed back. */
    flush(): Promise<void> {
        const remaining = this.#buffered + this.#waiters.length;
        if (remaining === 0) return Promise.resolve();
        return new Promise((resolve) => {
            this.#flushes.push({ upTo: this.#put, remaining, resolve });
            this.#due = true;
            this.#dispatch();
        });
    }

    /** Takes no more, delivers what it holds, and tells what was sent and what was not. */
    close(): Promise<ProducerSummary<T>> {
        this.#closing ??= this.flush().then(() => this.#closed());
        return this.#closing;
    }

    progress(): ProducerProgress {
        const untilMs = this.#buffered > 0 ? this.#clock.nowMs() : this.#lastDoneMs;
        const seconds = this.#firstPutMs === undefined ? 0 : Math.max(0, untilMs - this.#firstPutMs) / 1_000;
        return {
            put: this.#put,
            sent: this.#sent,
            sentBytes: this.#sentBytes,
            undelivered: this.#undeliveredCount,
            buffered: this.#buffered,
            bufferedBytes: this.#bufferedBytes,
            calls: this.#callCount,
            callsInFlight: this.#calls.size,
            callsFailed: this.#callsFailed,
            retries: this.#retries,
            refusals: this.#refusals,
            possibleDuplicates: this.#possibleDuplicates,
            seconds,
            recordsPerSecond: seconds > 0 ? this.#sent / seconds : 0,
        };
    }

    // Taking

    async #take(value: T, settle: Settle<T> | undefined): Promise<void> {
        if (this.#closing !== undefined) throw new ProducerStoppedError("The producer is closed.");
        if (this.#stop !== undefined) throw new ProducerStoppedError(this.#stop.message, { cause: this.#stop.error });
        const { bufferRecordsMax, deadlineSeconds } = this.#numbers;
        if (this.#waiters.length >= bufferRecordsMax) {
            const waiting = count(this.#waiters.length, "put() call");
            throw new ProducerStoppedError(`${waiting} wait for room already. Await put() before you call it again.`);
        }
        const nowMs = this.#clock.nowMs();
        this.#firstPutMs ??= nowMs;
        const index = ++this.#put;
        const prepared = prepareRecord(value, index, this.#options);
        if ("reason" in prepared) {
            const { partitionKey, reason, message } = prepared;
            this.#report({ value, index, partitionKey, reason, message, attempts: 0, mayBeWritten: false }, 0, settle);
            return;
        }
        const deadlineMs = nowMs + deadlineSeconds * 1_000;
        const untried = { lane: undefined, attempts: 0, mayBeWritten: false, lastRefusal: undefined };
        const pending: Pending<T> = { ...prepared, value, index, acceptedMs: nowMs, deadlineMs, settle, ...untried };
        if (this.#waiters.length === 0 && this.#hasRoom(pending.bytes)) {
            this.#accept(pending, nowMs);
        } else {
            await new Promise<void>((resolve) => {
                this.#waiters.push({ pending, resolve });
                this.#due = true;
                this.#dispatch();
            });
        }
    }

    /** A record larger than the whole buffer still passes, alone. */
    #hasRoom(bytes: number): boolean {
        const { bufferRecordsMax, bufferBytesMax } = this.#numbers;
        if (this.#buffered === 0) return true;
        return this.#buffered < bufferRecordsMax && this.#bufferedBytes + bytes <= bufferBytesMax;
    }

    #accept(pending: Pending<T>, nowMs: number): void {
        if (this.#sweepMs === Infinity) {
            this.#sweepMs = nowMs + this.#sweepEveryMs();
            this.#arm(this.#sweepMs);
        }
        this.#buffered += 1;
        this.#bufferedBytes += pending.bytes;
        if (this.#options.ordered === true) {
            const key = pending.entry.PartitionKey;
            if (this.#behind.has(key)) {
                let queue = this.#behind.get(key);
                if (queue === undefined) this.#behind.set(key, (queue = new Fifo()));
                queue.push(pending);
                return;
            }
            this.#behind.set(key, undefined);
        }
        this.#enqueue(pending, nowMs);
    }

    #enqueue(pending: Pending<T>, nowMs: number): void {
        const lane = this.#lanes.place(pending, nowMs);
        if (lane === undefined) {
            void this.#listShards(nowMs);
        } else if (lane.state === "waiting") {
            this.#arm(lane.readyAtMs);
        } else if (this.#callIsFull()) {
            this.#dispatch();
        } else if (lane.state === "ready" && this.#lingerMs === Infinity) {
            this.#lingerMs = nowMs + this.#numbers.lingerMs;
            this.#arm(this.#lingerMs);
        }
    }

    #admitWaiters(): void {
        for (let next = this.#waiters.peek(); next !== undefined; next = this.#waiters.peek()) {
            if (!this.#hasRoom(next.pending.bytes)) return;
            this.#waiters.shift();
            this.#accept(next.pending, this.#clock.nowMs());
            next.resolve();
        }
    }

    // Sending

    #callIsFull(): boolean {
        const { batchRecordsMax, batchBytesMax } = this.#numbers;
        return this.#lanes.readyRecords >= batchRecordsMax || this.#lanes.readyBytes >= batchBytesMax;
    }

    /** Starts as many calls as may be in flight and are worth making. */
    #dispatch(): void {
        if (this.#busy) return;
        const { callsInFlightMax, batchRecordsMax, batchBytesMax } = this.#numbers;
        while (this.#calls.size < callsInFlightMax && this.#stop === undefined) {
            const nowMs = this.#clock.nowMs();
            const suspects = this.#suspects.shift();
            if (suspects !== undefined) {
                this.#send(suspects, nowMs);
            } else if (this.#lanes.anyReady && (this.#due || this.#callIsFull())) {
                const batch = this.#lanes.fillCall(nowMs, batchRecordsMax, batchBytesMax);
                const inTime = batch.filter((record) => record.deadlineMs > nowMs);
                if (inTime.length > 0) this.#send(inTime, nowMs);
                for (const record of batch) {
                    if (record.deadlineMs > nowMs) continue;
                    record.lane!.forget();
                    this.#expire(record);
                }
            } else {
                break;
            }
        }
        if (!this.#lanes.anyReady) {
            this.#due = this.#flushes.length > 0 || this.#waiters.length > 0;
            this.#lingerMs = Infinity;
        }
        this.#arm(this.#lanes.nextMs());
    }

    #send(batch: Pending<T>[], nowMs: number): void {
        const lanes = new Set<Lane<Pending<T>>>();
        for (const record of batch) {
            if (record.attempts > 0) this.#retries += 1;
            record.attempts += 1;
            lanes.add(record.lane!);
        }
        for (const lane of lanes) lane.sent();
        const call = new AbortController();
        this.#calls.add(call);
        this.#callCount += 1;
        const entries = batch.map((record) => record.entry);
        const { callTimeoutSeconds } = this.#numbers;
        const end = (settle: () => void): void => {
            this.#calls.delete(call);
            this.#busy = true;
            settle();
            this.#busy = false;
            this.#afterCall(lanes);
        };
        this.#bounded(call, nowMs, callTimeoutSeconds, (signal) => this.#transport.putRecords(entries, signal)).then(
            (answers) => end(() => this.#answered(batch, answers, lanes)),
            (error: unknown) => end(() => this.#failed(batch, error, lanes)),
        );
    }

    /** Settles in time, whatever the transport does. */
    #bounded<Answer>(
        call: AbortController,
        nowMs: number,
        timeoutSeconds: number,
        send: (signal: AbortSignal) => Promise<Answer>,
    ): Promise<Answer> {
        return new Promise<Answer>((resolve, reject) => {
            const timer = this.#clock.at(nowMs + timeoutSeconds * 1_000, () => {
                this.#transport.timedOut?.();
                call.abort(named("CallTimeout", `no answer within ${formatNumber(timeoutSeconds)} s`));
            });
            call.signal.addEventListener("abort", () => {
                timer.cancel();
                reject(call.signal.reason as Error);
            });
            send(call.signal).then(
                (answer) => {
                    timer.cancel();
                    resolve(answer);
                },
                (error: unknown) => {
                    timer.cancel();
                    reject(error as Error);
                },
            );
        });
    }

    #answered(batch: readonly Pending<T>[], answers: readonly EntryAnswer[], lanes: LaneSet<T>): void {
        if (answers.length !== batch.length) {
            const error = new Error(`PutRecords answered for ${answers.length} of ${batch.length} records`);
            return this.#failed(batch, error, lanes);
        }
        const nowMs = this.#clock.nowMs();
        const deliveries: Delivery<T>[] = [];
        const refused: Pending<T>[] = [];
        const counts = new Map([...lanes].map((lane) => [lane, { taken: 0, refused: 0, refusedBytes: 0, failed: 0 }]));
        let ringIsStale = false;
        batch.forEach((record, at) => {
            const lane = record.lane!;
            const {
                ShardId: shardId,
                SequenceNumber: sequenceNumber,
                ErrorCode: code,
                ErrorMessage: text,
            } = answers[at]!;
            if (shardId === undefined || sequenceNumber === undefined || code !== undefined) {
                if (code === "ProvisionedThroughputExceededException") {
                    counts.get(lane)!.refused += 1;
                    counts.get(lane)!.refusedBytes += record.bytes;
                    this.#refusals += 1;
                } else {
                    counts.get(lane)!.failed += 1;
                }
                record.lastRefusal = `${code ?? "no answer"}${text === undefined ? "" : ` (${text})`}`;
                refused.push(record);
                return;
            }
            counts.get(lane)!.taken += 1;
            if (lane.range.shardId !== shardId) ringIsStale = true;
            const { value, index, attempts } = record;
            const delivery = {
                value,
                index,
                partitionKey: record.entry.PartitionKey,
                shardId,
                sequenceNumber,
                attempts,
            };
            deliveries.push(delivery);
            this.#sent += 1;
            this.#sentBytes += record.bytes;
            if (record.mayBeWritten) this.#possibleDuplicates += 1;
            this.#release(record, nowMs);
            record.settle?.resolve(delivery);
        });
        for (const [lane, seen] of counts) lane.answered(nowMs, seen);
        this.#sendAgain(refused, nowMs);
        if (ringIsStale) void this.#listShards(nowMs);
        if (deliveries.length > 0) this.#tell("delivered", deliveries);
    }

    #failed(batch: readonly Pending<T>[], error: unknown, lanes: LaneSet<T>): void {
        const nowMs = this.#clock.nowMs();
        const failure = judgeFailure(error);
        const { kind, code, message } = failure;
        this.#callsFailed += 1;
        for (const record of batch) {
            record.lastRefusal = `${code} (${message})`;
            if (failure.mayBeWritten) record.mayBeWritten = true;
        }
        if (kind === "stop") this.#stopFor(failure, error);
        if (kind === "isolate") {
            for (const lane of lanes) lane.sentInParts();
            this.#isolate(batch, failure, error);
        } else {
            const counts = new Map<Lane<Pending<T>>, number>();
            for (const { lane } of batch) counts.set(lane!, (counts.get(lane!) ?? 0) + 1);
            for (const [lane, records] of counts) lane.failed(nowMs, records);
            this.#sendAgain(batch, nowMs);
        }
        const willRetry = this.#stop === undefined && (kind === "again" || batch.length > 1);
        this.#tell("callFailed", { code, message, records: batch.length, willRetry });
    }

    /** Kinesis refused the whole call because of one record: halves it, until that record is alone and is handed back. */
    #isolate(batch: readonly Pending<T>[], failure: Failure, error: unknown): void {
        if (batch.length > 1 && this.#stop === undefined) {
            const half = Math.ceil(batch.length / 2);
            this.#suspects.push(batch.slice(0, half), batch.slice(half));
            return;
        }
        for (const { lane } of batch) lane!.forget();
        if (this.#stop !== undefined) return this.#sendAgain(batch, this.#clock.nowMs());
        this.#rejections += 1;
        const record = batch[0]!;
        this.#giveUp(record, "rejected", `${nameOf(record)}: ${failure.code}: ${failure.message}`);
        if (this.#sent === 0 && this.#rejections >= rejectionsBeforeStop) this.#stopFor(failure, error);
    }

    /** Back to their lanes; what is out of time, or met a stopped producer, is handed back. */
    #sendAgain(records: readonly Pending<T>[], nowMs: number): void {
        for (const record of records) {
            if (this.#stop !== undefined) this.#giveUpFor(record, this.#stop);
            else if (record.deadlineMs <= nowMs) this.#expire(record);
            else this.#enqueue(record, nowMs);
        }
    }

    #afterCall(lanes: LaneSet<T>): void {
        const nowMs = this.#clock.nowMs();
        for (const lane of lanes) this.#lanes.settle(lane, nowMs);
        this.#admitWaiters();
        if (this.#flushes.length > 0) this.#due = true;
        this.#dispatch();
        if (nowMs - this.#progressMs < progressEveryMs) return;
        this.#progressMs = nowMs;
        this.#tell("progress", this.progress());
    }

    // Time: one alarm for all that waits

    #arm(atMs: number): void {
        if (atMs >= this.#alarmMs) return;
        this.#alarm?.cancel();
        this.#alarmMs = atMs;
        this.#alarm = this.#clock.at(atMs, () => this.#onAlarm());
    }

    #onAlarm(): void {
        this.#alarm = undefined;
        this.#alarmMs = Infinity;
        const nowMs = this.#clock.nowMs();
        if (this.#lanes.wake(nowMs)) this.#due = true;
        if (this.#lingerMs <= nowMs) {
            this.#due = true;
            this.#lingerMs = Infinity;
        }
        if (this.#sweepMs <= nowMs) {
            this.#sweep(nowMs);
            this.#sweepMs = this.#buffered > 0 ? nowMs + this.#sweepEveryMs() : Infinity;
        }
        this.#dispatch();
        this.#arm(Math.min(this.#lingerMs, this.#sweepMs));
    }

    #sweepEveryMs(): number {
        return Math.max(50, (this.#numbers.deadlineSeconds * 1_000) / 20);
    }

    /** Hands back what is out of time. Where order is kept, the next of a key may be out of time too, hence the loop. */
    #sweep(nowMs: number): void {
        for (;;) {
            const late = this.#lanes.remove((record) => record.deadlineMs <= nowMs);
            if (late.length === 0) break;
            for (const record of late.sort(byIndex)) this.#expire(record);
        }
        this.#admitWaiters();
    }

    // Giving up

    #expire(record: Pending<T>): void {
        const seconds = formatNumber(this.#numbers.deadlineSeconds);
        const last = record.lastRefusal === undefined ? "it was never sent" : `the last answer: ${record.lastRefusal}`;
        const attempts = count(record.attempts, "attempt");
        this.#giveUp(
            record,
            "deadline",
            `${nameOf(record)}: not delivered within ${seconds} s in ${attempts}; ${last}`,
        );
    }

    #giveUpFor(record: Pending<T>, stop: Stop): void {
        this.#giveUp(record, stop.reason, `${nameOf(record)}: ${stop.message}`);
    }

    #giveUp(record: Pending<T>, reason: UndeliveredReason, message: string): void {
        this.#release(record, this.#clock.nowMs());
        this.#reportPending(record, reason, message);
    }

    #reportPending(record: Pending<T>, reason: UndeliveredReason, message: string): void {
        const { value, index, attempts, mayBeWritten } = record;
        const partitionKey = record.entry.PartitionKey;
        const undelivered = { value, index, partitionKey, reason, message, attempts, mayBeWritten };
        this.#report(undelivered, record.bytes, record.settle);
    }

    /** A value that was read from a source and met a stopped producer. */
    #handBack(value: T, stop: Stop): void {
        const index = ++this.#put;
        const message = `record ${formatNumber(index)}: ${stop.message}`;
        const untried = { partitionKey: undefined, attempts: 0, mayBeWritten: false };
        this.#report({ value, index, reason: stop.reason, message, ...untried }, 0, undefined);
    }

    #report(undelivered: Undelivered<T>, bytes: number, settle: Settle<T> | undefined): void {
        this.#undeliveredCount += 1;
        const { onUndelivered } = this.#options;
        if (onUndelivered === undefined) {
            this.#undelivered.push(undelivered);
            this.#undeliveredBytes += bytes;
            this.#boundUndelivered();
        } else {
            this.#guard(() => onUndelivered(undelivered));
        }
        settle?.reject(new UndeliveredError(undelivered));
        this.#tell("undelivered", undelivered);
    }

    /** What is kept for close() is bounded like the buffer: beyond it the producer stops rather than fill the memory. */
    #boundUndelivered(): void {
        const { bufferRecordsMax, bufferBytesMax } = this.#numbers;
        if (this.#undelivered.length < bufferRecordsMax && this.#undeliveredBytes < bufferBytesMax) return;
        if (this.#stop !== undefined) return;
        const kept = count(this.#undelivered.length, "undelivered record");
        const message = `stopped, since ${kept} are kept for close(); pass onUndelivered to take them as they come`;
        this.#stopAll({ reason: "stopped", message, error: new ProducerStoppedError(message) });
    }

    /** Frees a record's room, and lets the next one of its key go where order is kept. */
    #release(record: Pending<T>, nowMs: number): void {
        this.#buffered -= 1;
        this.#bufferedBytes -= record.bytes;
        this.#lastDoneMs = nowMs;
        this.#countFlushed(record);
        if (this.#options.ordered !== true) return;
        const key = record.entry.PartitionKey;
        const next = this.#stop === undefined ? this.#behind.get(key)?.shift() : undefined;
        if (next === undefined) this.#behind.delete(key);
        else this.#enqueue(next, nowMs);
    }

    #countFlushed(record: Pending<T>): void {
        for (const flush of [...this.#flushes]) {
            if (record.index > flush.upTo || --flush.remaining > 0) continue;
            this.#flushes.splice(this.#flushes.indexOf(flush), 1);
            flush.resolve();
        }
    }

    // Stopping

    #stopFor(failure: Failure, error: unknown): void {
        const message = `${failure.code}: ${failure.message}`;
        this.#stopAll({ reason: "stopped", message, error: error instanceof Error ? error : new Error(message) });
    }

    #abort(): void {
        this.#stopAll({ reason: "aborted", message: "the producer was aborted", error: undefined });
        if (this.#calls.size === 0) return;
        this.#grace = this.#clock.at(this.#clock.nowMs() + abortGraceMs, () => {
            for (const call of this.#calls) call.abort(named("CallAborted", "aborted before an answer came"));
        });
    }

    /** Hands back everything but what is in flight; that follows with its answer. */
    #stopAll(stop: Stop): void {
        if (this.#stop !== undefined) return;
        this.#stop = stop;
        const held = [...this.#lanes.remove(() => true), ...this.#suspects.splice(0).flat()];
        for (const queue of this.#behind.values()) if (queue !== undefined) held.push(...queue.remove(() => true));
        for (const record of held.sort(byIndex)) this.#giveUpFor(record, stop);
        for (let next = this.#waiters.shift(); next !== undefined; next = this.#waiters.shift()) {
            this.#countFlushed(next.pending);
            this.#reportPending(next.pending, stop.reason, `${nameOf(next.pending)}: ${stop.message}`);
            next.resolve();
        }
        this.#announceStop();
    }

    #closed(): ProducerSummary<T> {
        this.#alarm?.cancel();
        this.#grace?.cancel();
        this.#alarmMs = -Infinity;
        this.#listing?.abort(named("Closed", "the producer was closed"));
        this.#options.signal?.removeEventListener("abort", this.#onAbort);
        this.#transport.close();
        const { undelivered: undeliveredCount, ...progress } = this.progress();
        this.#undelivered.sort((left, right) => left.index - right.index);
        return { ...progress, undelivered: this.#undelivered, undeliveredCount, stoppedBy: this.#stop?.error };
    }

    // Shards

    /** Learns which shards are open, and cuts the lanes to match. */
    async #listShards(nowMs: number): Promise<void> {
        if (this.#listing !== undefined || nowMs < this.#relistMs || this.#stop !== undefined) return;
        const listing = (this.#listing = new AbortController());
        try {
            const ranges = await this.#bounded(listing, nowMs, listTimeoutSeconds, (signal) =>
                this.#transport.listShards(signal),
            );
            if (ranges.length === 0) throw new Error("ListShards named no open shard");
            this.#relistWaitMs = relistMinMs;
            this.#cutLanes(ranges);
        } catch (error) {
            if (this.#stop !== undefined || this.#alarmMs === -Infinity) return;
            // Sending needs no list; if the stream or the permission to send is missing, PutRecords says so.
            if (!this.#lanes.known) this.#cutLanes(rangesWithoutShards());
            this.#relistWaitMs = Math.min(relistMaxMs, this.#relistWaitMs * 2);
            const { code, message } = judgeFailure(error);
            this.#tell(
                "warning",
                `The shards cannot be listed (${code}: ${message}): their limits are learned from refusals. Allow kinesis:ListShards to send evenly.`,
            );
        } finally {
            this.#listing = undefined;
            this.#relistMs = this.#clock.nowMs() + this.#relistWaitMs * (0.5 + 0.5 * this.#random());
        }
        this.#dispatch();
    }

    #cutLanes(ranges: readonly HashRange[]): void {
        const nowMs = this.#clock.nowMs();
        const displaced = this.#lanes.recut(ranges);
        if (this.#stop !== undefined) for (const record of displaced) this.#giveUpFor(record, this.#stop);
        else for (const record of displaced.sort(byIndex)) this.#enqueue(record, nowMs);
        const shards = ranges.flatMap(({ shardId }) => shardId ?? []);
        if (shards.length > 0) this.#tell("shards", shards);
    }

    // Telling

    #tell<Name extends keyof ProducerEvents<T>>(name: Name, ...args: ProducerEvents<T>[Name]): void {
        this.#guard(() => (this as EventEmitter).emit(name, ...args));
    }

    /** A listener's exception is the application's: it surfaces there, and cannot upset the books. */
    #guard(call: () => void): void {
        try {
            call();
        } catch (error) {
            queueMicrotask(() => {
                throw error;
            });
        }
    }
}

/** Sends everything from a source and closes: `await produce(orders, { stream: "orders", key: "customerId" })`. */
export async function produce<T>(
    source: Iterable<T> | AsyncIterable<T>,
    options: ProducerOptions<T>,
): Promise<ProducerSummary<T>> {
    const producer = new Producer<T>(options);
    try {
        await producer.send(source);
    } catch (error) {
        // The source failed: what it gave so far is still delivered.
        await producer.close();
        throw error;
    }
    return producer.close();
}

function nameOf<T>(record: Pending<T>): string {
    return `record ${formatNumber(record.index)} (key ${JSON.stringify(record.entry.PartitionKey)})`;
}

function byIndex<T>(left: Pending<T>, right: Pending<T>): number {
    return left.index - right.index;
}

function named(name: string, message: string): Error {
    const error = new Error(message);
    error.name = name;
    return error;
}
