/**
 * Which shard owns which part of the hash ring: learned with ListShards, and again when the answers show that it changed.
 */
import { refusalOf } from "../stream/refusals";
import { type Parts, type RecordBuffer } from "./buffer";
import { answerInTime, failure } from "./clock";
import { type HashRange } from "./lane";

/** Sending starts without the list of shards if it takes longer. */
const listTimeoutSeconds = 5;
/** ListShards is asked again at most so often, and after failures less and less often. */
const relistMinMs = 5_000;
const relistMaxMs = 60_000;

export class Ring<T> {
    #listing: AbortController | undefined;
    #relistMs = -Infinity;
    #relistWaitMs = relistMinMs;
    #isClosed = false;

    constructor(
        readonly parts: Parts<T>,
        readonly buffer: RecordBuffer<T>,
    ) {}

    /** Learns which shards are open, and cuts the lanes to match. False if there was no need, or no use in it any more. */
    async list(nowMs: number): Promise<boolean> {
        const { books, clock, lanes, random, tell, transport } = this.parts;
        if (this.#listing !== undefined || nowMs < this.#relistMs || books.stop !== undefined) return false;
        const listing = (this.#listing = new AbortController());
        const list = (signal: AbortSignal) => transport.listShards(signal);
        let ranges: readonly HashRange[] | undefined;
        try {
            ranges = await answerInTime(this.parts, listTimeoutSeconds, listing, list).catch((error: unknown) => {
                // The SDK has just learned the time from this refusal.
                if (refusalOf(error, "put").meaning !== "skewed") throw error;
                return answerInTime(this.parts, listTimeoutSeconds, listing, list);
            });
            if (ranges.length === 0) throw new Error("ListShards named no open shard");
            this.#relistWaitMs = relistMinMs;
        } catch (error) {
            if (books.stop !== undefined || this.#isClosed) return false;
            // Sending needs no list; if the stream or the permission to send is missing, PutRecords says so.
            ranges = lanes.known ? undefined : rangesWithoutShards();
            this.#relistWaitMs = Math.min(relistMaxMs, this.#relistWaitMs * 2);
            const { name, message } = refusalOf(error, "put");
            const advice = name.startsWith("AccessDenied") ? " Allow kinesis:ListShards to send evenly." : "";
            tell(
                "warning",
                `The shards cannot be listed (${name}: ${message}): their limits are learned from refusals.${advice}`,
            );
        } finally {
            this.#listing = undefined;
            this.#relistMs = clock.nowMs() + this.#relistWaitMs * (0.5 + 0.5 * random());
        }
        if (ranges === undefined) return true;
        this.buffer.placeAgain(lanes.recut(ranges), clock.nowMs());
        this.buffer.room.requeue();
        this.buffer.admit();
        const shards = ranges.flatMap(({ shardId }) => shardId ?? []);
        if (shards.length > 0) tell("shards", shards);
        return true;
    }

    close(): void {
        this.#isClosed = true;
        this.#listing?.abort(failure("Closed", "the producer was closed"));
    }
}

/** The ring cut by the first byte of the hash: what a producer that may not list the shards works with. */
function rangesWithoutShards(): HashRange[] {
    return Array.from({ length: 256 }, (_, byte) => ({
        shardId: undefined,
        start: byte.toString(16).padStart(2, "0").padEnd(32, "0"),
    }));
}
