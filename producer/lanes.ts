/**
 * All lanes of a stream: where a record waits, which lanes may send now, and when the next one may.
 */
import { Fifo } from "./fifo";
import { type HashRange, Lane, type LaneSettings, type Pending } from "./lane";

export class Lanes<T> {
    /** In ring order; empty until the shards are known. */
    #lanes: Lane<T>[] = [];
    /** Lanes that may send now, in turn. */
    readonly #ready = new Set<Lane<T>>();
    readonly #waiting = new Set<Lane<T>>();
    /** Records that came before the shards were known. */
    readonly #unplaced = new Fifo<Pending<T>>();
    readyRecords = 0;
    readyBytes = 0;

    constructor(readonly settings: LaneSettings) {}

    get known(): boolean {
        return this.#lanes.length > 0;
    }

    get count(): number {
        return this.#lanes.length;
    }

    /** The lane of a hash key; there has to be one. */
    laneOf(hash: string): Lane<T> {
        return laneAt(this.#lanes, hash);
    }

    get anyReady(): boolean {
        return this.#ready.size > 0;
    }

    /** Puts a record where its hash belongs. Returns its lane, undefined as long as the shards are not known. */
    place(record: Pending<T>, nowMs: number): Lane<T> | undefined {
        if (!this.known) {
            this.#unplaced.push(record);
            return undefined;
        }
        const before = record.lane?.state === "retired" ? undefined : record.lane;
        const lane = before ?? this.laneOf(record.hash);
        lane.push(record);
        if (lane.state === "ready") this.#countReady(1, record.bytes);
        else if (lane.state === "idle") this.settle(lane, nowMs);
        return lane;
    }

    /** Puts a lane where it belongs now: ready, waiting for its time, or idle. */
    settle(lane: Lane<T>, nowMs: number): void {
        if (lane.state === "retired") return;
        const sendsAtMs = lane.sendsAtMs(nowMs);
        const state = sendsAtMs === undefined ? "idle" : sendsAtMs <= nowMs ? "ready" : "waiting";
        if (lane.state === "ready" && state === "ready") return;
        this.#leave(lane);
        lane.state = state;
        if (state === "ready") {
            this.#ready.add(lane);
            this.#countReady(lane.length, lane.bytes);
        } else if (state === "waiting") {
            lane.readyAtMs = sendsAtMs!;
            this.#waiting.add(lane);
        }
    }

    /** Fills a call from the lanes that may send: an equal part of each, then what is left. */
    fillCall(nowMs: number, recordsMax: number, bytesMax: number): Pending<T>[] {
        const batch: Pending<T>[] = [];
        let bytes = 0;
        let turns = [...this.#ready];
        this.#ready.clear();
        this.readyRecords = this.readyBytes = 0;
        for (const lane of turns) lane.state = "idle";
        while (turns.length > 0 && batch.length < recordsMax) {
            const before = batch.length;
            const part = Math.ceil((recordsMax - before) / turns.length);
            for (const lane of turns) {
                const room = Math.min(part, recordsMax - batch.length);
                // A record above the bytes of a call, where those were set low, goes alone.
                const taken = lane.take(nowMs, room, bytesMax - bytes, batch.length === 0);
                bytes += bytesOf(taken);
                batch.push(...taken);
            }
            turns = turns.filter((lane) => {
                const sendsMore = (lane.sendsAtMs(nowMs) ?? Infinity) <= nowMs;
                if (!sendsMore) this.settle(lane, nowMs);
                return sendsMore;
            });
            // What is left in these lanes is too large for the bytes that are left.
            if (batch.length === before) break;
        }
        for (const lane of turns) this.settle(lane, nowMs);
        return batch;
    }

    /** Looks at the lanes whose time has come. True if one of them may send. */
    wake(nowMs: number): boolean {
        let woken = false;
        for (const lane of this.#waiting) {
            if (lane.readyAtMs > nowMs) continue;
            this.settle(lane, nowMs);
            if (!this.#waiting.has(lane)) woken = true;
        }
        return woken;
    }

    /** When the next waiting lane may send. */
    nextMs(): number {
        let nextMs = Infinity;
        for (const lane of this.#waiting) nextMs = Math.min(nextMs, lane.readyAtMs);
        return nextMs;
    }

    /** Removes and returns everything that the predicate picks. */
    remove(picks: (record: Pending<T>) => boolean): Pending<T>[] {
        const fromLanes = this.#lanes.flatMap((lane) => {
            const removed = lane.remove(picks);
            if (lane.state === "ready") this.#countReady(-removed.length, -bytesOf(removed));
            return removed;
        });
        return [...this.#unplaced.remove(picks), ...fromLanes];
    }

    /** Cuts the ring anew. Returns the records that have to be placed again, in the order of put(); lanes of shards that stay open keep theirs. */
    recut(ranges: readonly HashRange[]): Pending<T>[] {
        const idOf = ({ shardId, start }: HashRange): string => `${start} ${shardId ?? ""}`;
        const old = new Map(this.#lanes.map((lane) => [idOf(lane.range), lane]));
        this.#lanes = ranges.map((range) => old.get(idOf(range)) ?? new Lane<T>(range, this.settings));
        for (const lane of this.#lanes) old.delete(idOf(lane.range));
        const displaced = [...old.values()].flatMap((lane) => {
            this.#leave(lane);
            lane.state = "retired";
            return lane.remove(() => true);
        });
        return [...this.#unplaced.remove(() => true), ...displaced].sort(byIndex);
    }

    #leave(lane: Lane<T>): void {
        if (this.#ready.delete(lane)) this.#countReady(-lane.length, -lane.bytes);
        this.#waiting.delete(lane);
    }

    #countReady(records: number, bytes: number): void {
        this.readyRecords += records;
        this.readyBytes += bytes;
    }
}

export function byIndex<T>(left: Pending<T>, right: Pending<T>): number {
    return left.index - right.index;
}

function bytesOf<T>(records: readonly Pending<T>[]): number {
    return records.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** The lane of a hash key, found by bisection. */
function laneAt<T>(lanes: readonly Lane<T>[], hash: string): Lane<T> {
    let low = 0;
    let high = lanes.length - 1;
    while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (lanes[middle]!.range.start <= hash) low = middle;
        else high = middle - 1;
    }
    return lanes[low]!;
}
