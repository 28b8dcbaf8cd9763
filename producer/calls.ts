/**
 * The calls that carry records: what each takes along, and what becomes of its records.
 */
import { sum } from "../capacity/sums";
import { formatNumber } from "../capacity/text";
import { type Refusal, refusalOf } from "../stream/refusals";
import { apply } from "./books";
import { type Parts, type RecordBuffer } from "./buffer";
import { answerInTime, failure, type Timer } from "./clock";
import { type Delivery } from "./events";
import { type Lane, type Pending } from "./lane";
import { type EntryAnswer } from "./transport";

/** A call that has left. */
interface Sent<T> {
    readonly batch: readonly Pending<T>[];
    readonly lanes: ReadonlySet<Lane<T>>;
    /** Its place in the order of calls, from 1. */
    readonly number: number;
}

/** After an abort, calls in flight get so long to be answered. */
const abortGraceMs = 2_000;
/** So many records refused one by one as malformed, and none ever taken, means that the records are not the problem. */
const rejectionsBeforeStop = 10;
const nothing = { taken: 0, refused: 0, refusedBytes: 0, failed: 0 };

export class Calls<T> {
    readonly #inFlight = new Set<AbortController>();
    #grace: Timer | undefined;

    constructor(
        readonly parts: Parts<T>,
        readonly buffer: RecordBuffer<T>,
    ) {}

    /** Sends a call. Resolves to what works through its outcome, and tells whether the answers show that the ring was cut anew. */
    async send(batch: readonly Pending<T>[]): Promise<() => boolean> {
        const { books, numbers, transport } = this.parts;
        const lanes = new Set(batch.map(({ lane }) => lane!));
        apply(books, { type: "called", retries: batch.filter(({ attempts }) => attempts > 0).length });
        for (const record of batch) record.attempts += 1;
        for (const lane of lanes) lane.sent();
        const sent = { batch, lanes, number: books.counts.calls };
        const call = new AbortController();
        this.#inFlight.add(call);
        const entries = batch.map(({ entry }) => entry);
        const put = (signal: AbortSignal) => transport.putRecords(entries, signal);
        try {
            const answers = await answerInTime(this.parts, numbers.callTimeoutSeconds, call, put);
            return () => this.#answered(sent, answers);
        } catch (error) {
            return () => this.#failed(sent, error);
        } finally {
            this.#inFlight.delete(call);
        }
    }

    #answered(sent: Sent<T>, answers: readonly EntryAnswer[]): boolean {
        const { books, clock, outage, tell } = this.parts;
        const { batch, lanes, number } = sent;
        if (answers.length !== batch.length) {
            const error = new Error(`PutRecords answered for ${answers.length} of ${batch.length} records`);
            return this.#failed(sent, error);
        }
        const nowMs = clock.nowMs();
        outage.answered(number, nowMs);
        const { delivered, refused, byLane } = outcomeOf(batch, answers, lanes);
        const refusals = sum([...byLane.values()].map((answer) => answer.refused));
        apply(books, { type: "answered", refusals });
        for (const { record, delivery } of delivered) this.buffer.deliver(record, delivery, nowMs);
        for (const [lane, answer] of byLane) lane.answered(nowMs, answer);
        this.buffer.placeAgain(refused, nowMs);
        const ringIsStale = delivered.some(({ record, delivery }) => record.lane!.range.shardId !== delivery.shardId);
        const deliveries = delivered.map(({ delivery }) => delivery);
        if (deliveries.length > 0) tell("delivered", deliveries);
        return ringIsStale;
    }

    #failed({ batch, lanes, number }: Sent<T>, error: unknown): boolean {
        const { books, clock, outage, tell } = this.parts;
        const nowMs = clock.nowMs();
        const refusal = refusalOf(error, "put");
        const { meaning, name: code, message } = refusal;
        apply(books, { type: "failed" });
        for (const record of batch) {
            record.lastRefusal = `${code} (${message})`;
            // Kinesis may have taken the records although no answer came: a connection was lost or a call timed out.
            if (!refusal.certain) record.mayBeWritten = true;
        }
        const countIn = (lane: Lane<T>): number => batch.filter((record) => record.lane === lane).length;
        if (meaning === "malformed") {
            for (const lane of lanes) lane.sentInParts();
            this.#isolate(batch, refusal, error);
        } else if (outage.concerns(refusal)) {
            for (const lane of lanes) lane.notReached(countIn(lane));
            const seconds = outage.refused(refusal, number, nowMs);
            if (seconds !== undefined) this.#stopFor(refusal, error, seconds);
            this.buffer.placeAgain(batch, nowMs);
        } else {
            for (const lane of lanes) lane.answered(nowMs, { ...nothing, failed: countIn(lane) });
            this.buffer.placeAgain(batch, nowMs);
        }
        const willRetry = books.stop === undefined && (meaning !== "malformed" || batch.length > 1);
        tell("callFailed", { code, message, records: batch.length, willRetry });
        return false;
    }

    /** Kinesis refused the whole call because of one record: halves it, until that record is alone and is handed back. */
    #isolate(batch: readonly Pending<T>[], refusal: Refusal, error: unknown): void {
        const { books, clock } = this.parts;
        if (batch.length > 1 && books.stop === undefined) {
            const half = Math.ceil(batch.length / 2);
            this.buffer.suspects.push(batch.slice(0, half), batch.slice(half));
            return;
        }
        for (const { lane } of batch) lane!.forget();
        if (books.stop !== undefined) return this.buffer.placeAgain(batch, clock.nowMs());
        this.buffer.giveUp(batch[0]!, { reason: "rejected", message: said(refusal) });
        if (books.counts.sent === 0 && books.rejected >= rejectionsBeforeStop) this.#stopFor(refusal, error);
    }

    #stopFor(refusal: Refusal, error: unknown, seconds = 0): void {
        const message = said(refusal) + (seconds === 0 ? "" : ` (for ${formatNumber(seconds, 1)} s)`);
        this.buffer.stop({ reason: "stopped", message, error: error instanceof Error ? error : new Error(message) });
    }

    /** Gives the calls in flight a last moment. */
    abort(): void {
        const { clock } = this.parts;
        if (this.#inFlight.size === 0) return;
        this.#grace = clock.at(clock.nowMs() + abortGraceMs, () => {
            for (const call of this.#inFlight) call.abort(failure("CallAborted", "aborted before an answer came"));
        });
    }

    close(): void {
        this.#grace?.cancel();
    }
}

function said({ name, message }: Refusal): string {
    return `${name}: ${message}`;
}

/** What became of each record of a call, and what each lane's shard took of it. */
function outcomeOf<T>(batch: readonly Pending<T>[], answers: readonly EntryAnswer[], lanes: ReadonlySet<Lane<T>>) {
    const byLane = new Map([...lanes].map((lane) => [lane, { ...nothing }]));
    const delivered: { record: Pending<T>; delivery: Delivery<T> }[] = [];
    const refused: Pending<T>[] = [];
    batch.forEach((record, at) => {
        const { ShardId: shardId, SequenceNumber: sequenceNumber, ErrorCode: code, ErrorMessage: text } = answers[at]!;
        const seen = byLane.get(record.lane!)!;
        if (shardId !== undefined && sequenceNumber !== undefined && code === undefined) {
            const { value, index, attempts, entry } = record;
            const partitionKey = entry.PartitionKey;
            delivered.push({ record, delivery: { value, index, partitionKey, shardId, sequenceNumber, attempts } });
            seen.taken += 1;
            return;
        }
        if (code === "ProvisionedThroughputExceededException") {
            seen.refused += 1;
            seen.refusedBytes += record.bytes;
        } else {
            seen.failed += 1;
        }
        record.lastRefusal = `${code ?? "no answer"}${text === undefined ? "" : ` (${text})`}`;
        refused.push(record);
    });
    return { delivered, refused, byLane };
}
