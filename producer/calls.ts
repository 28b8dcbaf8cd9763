/**
 * The calls that carry records: what each takes along, and what becomes of its records.
 */
import { apply } from "./books";
import { type RecordBuffer } from "./buffer";
import { answerInTime, type Timer } from "./clock";
import { type Delivery } from "./events";
import { type Failure, failure as failureOf, judgeFailure } from "./failures";
import { type Lane } from "./lane";
import { nameOf, type Parts, type Pending } from "./parts";
import { type EntryAnswer } from "./transport";

export type LaneSet<T> = ReadonlySet<Lane<Pending<T>>>;

/** After an abort, calls in flight get so long to be answered. */
const abortGraceMs = 2_000;
/** So many records refused one by one as malformed, and none ever taken, means that the records are not the problem. */
const rejectionsBeforeStop = 10;

export class Calls<T> {
    readonly #inFlight = new Set<AbortController>();
    #grace: Timer | undefined;

    constructor(
        readonly parts: Parts<T>,
        readonly buffer: RecordBuffer<T>,
    ) {}

    /**
     * Sends a call.
     *
     * @param end works through its outcome, which returns true if the answers show that the ring was cut anew
     */
    send(batch: readonly Pending<T>[], end: (lanes: LaneSet<T>, settle: () => boolean) => void): void {
        const { books, numbers, transport } = this.parts;
        const lanes = new Set(batch.map(({ lane }) => lane!));
        apply(books, { type: "called", retries: batch.filter(({ attempts }) => attempts > 0).length });
        for (const record of batch) record.attempts += 1;
        for (const lane of lanes) lane.sent();
        const call = new AbortController();
        this.#inFlight.add(call);
        const entries = batch.map(({ entry }) => entry);
        const settled = (settle: () => boolean): void => {
            this.#inFlight.delete(call);
            end(lanes, settle);
        };
        const put = (signal: AbortSignal) => transport.putRecords(entries, signal);
        answerInTime(this.parts, numbers.callTimeoutSeconds, call, put).then(
            (answers) => settled(() => this.#answered(batch, answers, lanes)),
            (error: unknown) => settled(() => this.#failed(batch, error, lanes)),
        );
    }

    #answered(batch: readonly Pending<T>[], answers: readonly EntryAnswer[], lanes: LaneSet<T>): boolean {
        if (answers.length !== batch.length) {
            const error = new Error(`PutRecords answered for ${answers.length} of ${batch.length} records`);
            return this.#failed(batch, error, lanes);
        }
        const { books, clock, tell } = this.parts;
        const nowMs = clock.nowMs();
        const { delivered, refused, byLane } = outcomeOf(batch, answers, lanes);
        const refusals = [...byLane.values()].reduce((sum, answer) => sum + answer.refused, 0);
        apply(books, { type: "answered", refusals });
        for (const { record, delivery } of delivered) this.buffer.deliver(record, delivery, nowMs);
        for (const [lane, answer] of byLane) lane.answered(nowMs, answer);
        this.buffer.placeAgain(refused, nowMs);
        const ringIsStale = delivered.some(({ record, delivery }) => record.lane!.range.shardId !== delivery.shardId);
        if (delivered.length > 0) {
            tell(
                "delivered",
                delivered.map(({ delivery }) => delivery),
            );
        }
        return ringIsStale;
    }

    #failed(batch: readonly Pending<T>[], error: unknown, lanes: LaneSet<T>): boolean {
        const { books, clock, tell } = this.parts;
        const failure = judgeFailure(error);
        const { kind, code, message } = failure;
        apply(books, { type: "failed" });
        for (const record of batch) {
            record.lastRefusal = `${code} (${message})`;
            if (failure.mayBeWritten) record.mayBeWritten = true;
        }
        if (kind === "stop") this.#stopFor(failure, error);
        if (kind === "isolate") {
            for (const lane of lanes) lane.sentInParts();
            this.#isolate(batch, failure, error);
        } else {
            const nowMs = clock.nowMs();
            for (const lane of lanes) lane.failed(nowMs, batch.filter((record) => record.lane === lane).length);
            this.buffer.placeAgain(batch, nowMs);
        }
        const willRetry = books.stop === undefined && (kind === "again" || batch.length > 1);
        tell("callFailed", { code, message, records: batch.length, willRetry });
        return false;
    }

    /** Kinesis refused the whole call because of one record: halves it, until that record is alone and is handed back. */
    #isolate(batch: readonly Pending<T>[], failure: Failure, error: unknown): void {
        const { books, clock } = this.parts;
        if (batch.length > 1 && books.stop === undefined) {
            const half = Math.ceil(batch.length / 2);
            this.buffer.suspects.push(batch.slice(0, half), batch.slice(half));
            return;
        }
        for (const { lane } of batch) lane!.forget();
        if (books.stop !== undefined) return this.buffer.placeAgain(batch, clock.nowMs());
        const record = batch[0]!;
        this.buffer.giveUp(record, "rejected", `${nameOf(record)}: ${failure.code}: ${failure.message}`);
        if (books.counts.sent === 0 && books.rejected >= rejectionsBeforeStop) this.#stopFor(failure, error);
    }

    #stopFor({ code, message }: Failure, error: unknown): void {
        const said = `${code}: ${message}`;
        this.buffer.stop({
            reason: "stopped",
            message: said,
            error: error instanceof Error ? error : new Error(said),
        });
    }

    /** Gives the calls in flight a last moment. */
    abort(): void {
        const { clock } = this.parts;
        if (this.#inFlight.size === 0) return;
        this.#grace = clock.at(clock.nowMs() + abortGraceMs, () => {
            for (const call of this.#inFlight) call.abort(failureOf("CallAborted", "aborted before an answer came"));
        });
    }

    close(): void {
        this.#grace?.cancel();
    }
}

/** What became of each record of a call, and what each lane's shard took of it. */
function outcomeOf<T>(batch: readonly Pending<T>[], answers: readonly EntryAnswer[], lanes: LaneSet<T>) {
    const byLane = new Map([...lanes].map((lane) => [lane, { taken: 0, refused: 0, refusedBytes: 0, failed: 0 }]));
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
