/**
 * When calls start: filled from all lanes that may send, as many at once as are allowed, at once where they are full.
 */
import { progressOf } from "./books";
import { type Parts, type RecordBuffer } from "./buffer";
import { type Calls } from "./calls";
import { type Pending } from "./lane";
import { type Ring } from "./ring";

const progressEveryMs = 1_000;

export class Dispatcher<T> {
    /** When what is ready leaves although it does not fill a call. */
    #lingerMs = Infinity;
    /** What is ready leaves at once. */
    #isDue = false;
    /** An answer is being worked through: calls start when the books are in order again. */
    #isBusy = false;
    #progressMs = 0;

    constructor(
        readonly parts: Parts<T>,
        readonly buffer: RecordBuffer<T>,
        readonly ring: Ring<T>,
        readonly calls: Calls<T>,
    ) {}

    /** A record was put: a full call leaves at once, another one when it has waited for others. */
    offered(): void {
        const { books, clock, lanes } = this.parts;
        if (books.counts.buffered === 0) return;
        if (!lanes.known) void this.#learnShards(clock.nowMs());
        else if (this.buffer.room.isPressing || this.#callIsFull()) this.dispatch();
        else if (lanes.anyReady) this.#linger();
    }

    /** Starts as many calls as may be in flight and are worth making, and sees to it that the rest has its time. */
    dispatch(): void {
        if (this.#isBusy) return;
        const { alarm, books, clock, lanes, outage } = this.parts;
        if (books.flushes.length > 0 || outage.isOn || this.buffer.room.isPressing) this.#isDue = true;
        while (books.counts.callsInFlight < this.#callsInFlightMax() && books.stop === undefined) {
            const nowMs = clock.nowMs();
            if (outage.nextCallMs > nowMs) break;
            const suspects = this.buffer.suspects.shift();
            if (suspects !== undefined) void this.#send(suspects);
            else if (lanes.anyReady && (this.#isDue || this.#callIsFull())) this.#sendReady(nowMs);
            else break;
        }
        if (!lanes.anyReady) {
            this.#isDue = false;
            this.#lingerMs = Infinity;
        } else if (!this.#isDue) {
            this.#linger();
        }
        alarm.set(lanes.nextMs());
        if (outage.nextCallMs > clock.nowMs()) alarm.set(outage.nextCallMs);
    }

    /** The alarm went off: sends what its time has come for. */
    wake(nowMs: number): void {
        const { alarm, lanes } = this.parts;
        if (lanes.wake(nowMs) || this.#lingerMs <= nowMs) this.#isDue = true;
        if (this.#lingerMs <= nowMs) this.#lingerMs = Infinity;
        this.dispatch();
        alarm.set(this.#lingerMs);
    }

    #callsInFlightMax(): number {
        return this.parts.outage.isOn ? 1 : this.parts.numbers.callsInFlightMax;
    }

    #callIsFull(): boolean {
        const { lanes, numbers } = this.parts;
        return lanes.readyRecords >= numbers.batchRecordsMax || lanes.readyBytes >= numbers.batchBytesMax;
    }

    #linger(): void {
        const { alarm, clock, numbers } = this.parts;
        if (this.#lingerMs === Infinity) alarm.set((this.#lingerMs = clock.nowMs() + numbers.lingerMs));
    }

    async #learnShards(nowMs: number): Promise<void> {
        if (await this.ring.list(nowMs)) this.dispatch();
    }

    #sendReady(nowMs: number): void {
        const { lanes, numbers } = this.parts;
        const batch = lanes.fillCall(nowMs, numbers.batchRecordsMax, numbers.batchBytesMax);
        const inTime = batch.filter((record) => record.deadlineMs > nowMs);
        if (inTime.length > 0) void this.#send(inTime);
        for (const record of batch) {
            if (record.deadlineMs > nowMs) continue;
            record.lane!.forget();
            this.buffer.expire(record);
        }
    }

    async #send(batch: readonly Pending<T>[]): Promise<void> {
        const settle = await this.calls.send(batch);
        const { books, clock, lanes, tell } = this.parts;
        this.#isBusy = true;
        const ringIsStale = settle();
        this.#isBusy = false;
        const nowMs = clock.nowMs();
        if (ringIsStale) void this.#learnShards(nowMs);
        for (const lane of new Set(batch.map((record) => record.lane!))) lanes.settle(lane, nowMs);
        this.buffer.admit();
        this.dispatch();
        if (nowMs - this.#progressMs < progressEveryMs) return;
        this.#progressMs = nowMs;
        tell("progress", progressOf(books, nowMs));
    }
}
