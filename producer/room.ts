/**
 * Who may come into the buffer, and who waits for room.
 *
 * A lane may hold four times what is left free, as the queues of a network switch share its memory: the lane of one hot key takes four
 * fifths of the buffer, two such lanes four ninths each, and the others always find some room. Who waits, waits behind those of the same lane alone.
 */
import { count } from "../capacity/text";
import { type Books } from "./books";
import { ProducerStoppedError } from "./events";
import { Fifo } from "./fifo";
import { type Lane, type Pending } from "./lane";
import { byIndex, type Lanes } from "./lanes";
import { type NumericOption, type ProducerOptions } from "./options";

const timesFreeMax = 4;

interface Waiter<T> {
    readonly record: Pending<T>;
    readonly enter: () => void;
}

/** What room depends on. */
interface RoomParts<T> {
    readonly options: ProducerOptions<T>;
    readonly numbers: Readonly<Record<NumericOption, number>>;
    readonly books: Books<T>;
    readonly lanes: Lanes<T>;
}

export class Room<T> {
    /** By lane, undefined for all lanes in one queue. No queue is empty. */
    #queues = new Map<Lane<T> | undefined, Fifo<Waiter<T>>>();
    #waiting = 0;
    #isShared = false;

    constructor(readonly parts: RoomParts<T>) {}

    /** Several callers put records. Until then all of it is for any lane: a single source comes to a halt with its first record that waits. */
    share(): void {
        if (this.#isShared) return;
        this.#isShared = true;
        this.requeue();
    }

    /** @throws ProducerStoppedError if too many wait already */
    check(hash: string): void {
        const lane = this.#laneOf(hash);
        const { bufferRecordsMax } = this.parts.numbers;
        const behind = this.#queues.get(lane)?.length ?? 0;
        if (this.#waiting >= bufferRecordsMax) {
            throw new ProducerStoppedError(
                `${count(this.#waiting, "put() call")} wait for room already. Await put() before you call it again.`,
            );
        }
        if (lane !== undefined && behind >= timesFreeMax * (bufferRecordsMax - this.#waiting)) {
            throw new ProducerStoppedError(
                `${count(behind, "put() call")} wait for room for ${nameOf(lane)} already. Await put() before you call it again.`,
            );
        }
    }

    /** Whether a record may come in at once: there is room, and nobody of its lane waits before it. */
    admits(record: Pending<T>): boolean {
        const lane = this.#laneOf(record.hash);
        return !this.#queues.has(lane) && this.#fits(record, lane);
    }

    /** Resolves when the record was let in, or handed back. */
    wait(record: Pending<T>): Promise<void> {
        return new Promise((resolve) => this.#queue({ record, enter: resolve }));
    }

    /** Takes out the one who waits longest of those for whom there is room. */
    next(): Waiter<T> | undefined {
        let first: Waiter<T> | undefined;
        let from: Lane<T> | undefined;
        for (const [lane, queue] of this.#queues) {
            const waiter = queue.peek()!;
            if (first !== undefined && first.record.index < waiter.record.index) continue;
            if (!this.#fits(waiter.record, lane)) continue;
            first = waiter;
            from = lane;
        }
        if (first === undefined) return undefined;
        const queue = this.#queues.get(from)!;
        queue.shift();
        this.#waiting -= 1;
        if (queue.length === 0) this.#queues.delete(from);
        return first;
    }

    /** Somebody waits whom it helps if what is ready leaves at once. */
    get isPressing(): boolean {
        for (const [lane, queue] of this.#queues)
            if (lane === undefined || lane.state === "ready" || this.#laneFits(queue.peek()!.record, lane)) return true;
        return false;
    }

    /** The lanes were cut anew: everybody waits for the new ones, in the order of put(). */
    requeue(): void {
        for (const waiter of this.clear()) this.#queue(waiter);
    }

    /** Removes and returns all who wait, in the order of put(). */
    clear(): Waiter<T>[] {
        const waiters = [...this.#queues.values()].flatMap((queue) => queue.remove(() => true));
        this.#queues = new Map();
        this.#waiting = 0;
        return waiters.sort((left, right) => byIndex(left.record, right.record));
    }

    #queue(waiter: Waiter<T>): void {
        const lane = this.#laneOf(waiter.record.hash);
        const queue = this.#queues.get(lane) ?? new Fifo();
        queue.push(waiter);
        this.#queues.set(lane, queue);
        this.#waiting += 1;
    }

    /** The lane whose part counts, if lanes have parts: not where a key's records may be on several lanes and have to keep their order. */
    #laneOf(hash: string): Lane<T> | undefined {
        const { lanes, options } = this.parts;
        const keysSpread = options.ordered === true && options.explicitHashKey !== undefined;
        return !this.#isShared || lanes.count < 2 || keysSpread ? undefined : lanes.laneOf(hash);
    }

    /** A record larger than the whole buffer still passes, alone. */
    #fits(record: Pending<T>, lane: Lane<T> | undefined): boolean {
        const { books, numbers } = this.parts;
        const { buffered, bufferedBytes } = books.counts;
        if (buffered === 0) return true;
        const fits = buffered < numbers.bufferRecordsMax && bufferedBytes + record.bytes <= numbers.bufferBytesMax;
        return fits && (lane === undefined || this.#laneFits(record, lane));
    }

    #laneFits({ bytes }: Pending<T>, { held, heldBytes }: Lane<T>): boolean {
        const { books, numbers } = this.parts;
        const freeRecords = numbers.bufferRecordsMax - books.counts.buffered;
        const freeBytes = numbers.bufferBytesMax - books.counts.bufferedBytes;
        return held === 0 || (held < timesFreeMax * freeRecords && heldBytes + bytes <= timesFreeMax * freeBytes);
    }
}

/** The shard's, or that of the range where shards are not known. */
function nameOf<T>({ range }: Lane<T>): string {
    return range.shardId ?? `the hash keys from ${range.start}`;
}
