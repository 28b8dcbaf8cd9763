/**
 * Reads one shard and hands its records to the function, in as many lanes as the mapping's parallelization factor.
 */
import { randomUUID } from "node:crypto";

import { limits } from "../../capacity/limits";
import { AwsError } from "../service";
import { type Attempt, backoffMs, type Batch, judge, tooOld } from "./batches";
import { Bell } from "./bell";
import { discard } from "./destination";
import { Lane } from "./lane";
import { eventOf, type GivenUp, isTooLarge, laneOf, type Origin, type PendingRecord, pendingRecord } from "./records";
import { type Run } from "./run";
import { type ChildShard, Polls, type Source, Subscription } from "./sources";
import { type Checkpoint, count, countEvents, type Outcome } from "./state";

/** While there is more, a shard is asked as often as it lets itself be. */
const pollSoonMs = 200;
/** Records that are read ahead of the function at most: the largest batch. */
const waitingMax = limits.eventSourceBatchRecordsMax;

export class ShardReader {
    readonly #lanes: readonly Lane[];
    readonly #source: Source;
    readonly #origin: Origin;
    /** Rings when records have left for the function: there is room for more. */
    readonly #room: Bell;
    /** How far it is read; the checkpoint follows once the records are dealt with. */
    readonly #position: Pick<Checkpoint, "shardId" | "place">;
    /** Where the shard goes on, once it has been read to its end. */
    children: readonly ChildShard[] | undefined;

    constructor(
        private readonly run: Run,
        private readonly checkpoint: Checkpoint,
    ) {
        const { account, mapping } = run;
        const { clock, region } = account.ambient;
        const { arn, streamArn, isConsumer } = mapping.source;
        const { shardId, place } = checkpoint;
        this.#origin = { shardId, eventSourceArn: arn, streamArn, region };
        this.#position = { shardId, place };
        this.#source = isConsumer
            ? new Subscription(run.call, arn, this.#position)
            : new Polls(run.call, streamArn, this.#position);
        this.#room = new Bell(clock);
        this.#lanes = Array.from({ length: mapping.settings.ParallelizationFactor }, () => new Lane(clock));
    }

    /** Lets it see that the run is stopped, whatever it waits for. */
    wake(): void {
        this.#room.ring();
        for (const { bell } of this.#lanes) bell.ring();
    }

    /** Until every record is dealt with, or the run is stopped; the checkpoint then says how far it came. */
    async read(): Promise<void> {
        await Promise.all([this.#fill(), ...this.#lanes.map((lane) => this.#empty(lane))]);
        this.#source.close();
        if (this.#lanes.every(({ isDone }) => isDone)) this.checkpoint.finished = true;
        else this.checkpoint.place = this.#unfinished() ?? this.#position.place;
    }

    #unfinished(): Checkpoint["place"] | undefined {
        const [oldest] = this.#lanes.flatMap(({ oldest }) => oldest?.sequenceNumber ?? []).sort();
        return oldest === undefined ? undefined : { Type: "AT_SEQUENCE_NUMBER", SequenceNumber: oldest };
    }

    async #fill(): Promise<void> {
        for (let failures = 0; !this.run.stopped;) {
            if (this.#hasEnough()) {
                await this.#room.wait();
                continue;
            }
            try {
                const { roleArn } = this.run.target();
                const { records, children, isCaughtUp } = await this.#source.next(this.run.nowMs());
                failures = 0;
                this.run.heard(records.length);
                this.#put(records.map((record) => pendingRecord(record, this.#origin, roleArn)));
                this.children = children;
                if (children) return this.#close();
                if (this.#source instanceof Polls) await this.run.pause(isCaughtUp ? this.run.pollMs : pollSoonMs);
            } catch (error) {
                if (!(error instanceof AwsError)) throw error;
                if (isGone(error)) return this.#close();
                this.run.failed(error);
                await this.run.pause(backoffMs(++failures));
            }
        }
    }

    /** Each lane has its next batch; one that is held up lets the others go on, for a while. */
    #hasEnough(): boolean {
        const { BatchSize } = this.run.mapping.settings;
        const waiting = this.#lanes.reduce((sum, lane) => sum + lane.waiting, 0);
        return waiting >= waitingMax || this.#lanes.every((lane) => lane.waiting >= BatchSize);
    }

    #put(records: readonly PendingRecord[]): void {
        const nowMs = this.run.nowMs();
        const shares = this.#lanes.map((): PendingRecord[] => []);
        for (const record of records) shares[laneOf(record.partitionKey, shares.length)]!.push(record);
        for (const [index, lane] of this.#lanes.entries()) lane.put(shares[index]!, nowMs);
    }

    #close(): void {
        for (const lane of this.#lanes) lane.close();
    }

    async #empty(lane: Lane): Promise<void> {
        while (!this.run.stopped && !lane.isDone) {
            const taken = lane.take(this.run.mapping.settings, this.run.nowMs());
            if (typeof taken === "number") {
                await lane.bell.wait(taken);
                continue;
            }
            lane.underWay = [taken];
            this.#room.ring();
            await this.#deliver(lane);
        }
    }

    /** Hands over what the lane has under way, until nothing of it is left. */
    async #deliver(lane: Lane): Promise<void> {
        const { account, mapping } = this.run;
        for (let failures = 0; !this.run.stopped;) {
            const [batch, ...others] = lane.underWay;
            if (!batch) return;
            const old = tooOld(batch.records, mapping.settings, this.run.retentionHours, this.run.nowMs());
            if (old > 0) {
                await this.#giveUp({ ...batch, records: batch.records.slice(0, old) }, "RecordAgeExceeded");
                const fresh = { ...batch, records: batch.records.slice(old) };
                lane.underWay = fresh.records.length > 0 ? [fresh, ...others] : others;
                continue;
            }
            const tried = { ...batch, last: await this.#attempt(batch) };
            const { next, exhausted, failed } = judge(tried, mapping.settings);
            if (exhausted) await this.#giveUp(exhausted, "RetryAttemptsExhausted");
            lane.underWay = [...next, ...others];
            failures = failed ? failures + 1 : 0;
            if (failed) countEvents(account, mapping, "FailedInvokeEventCount", batch.records.length);
            if (failed && lane.underWay.length > 0) await this.run.pause(backoffMs(failures));
        }
    }

    async #attempt({ records }: Batch): Promise<Attempt> {
        const { account, mapping } = this.run;
        const requestId = randomUUID();
        const event = eventOf(records);
        count(account, mapping, "IteratorAge", Math.max(0, Math.floor(this.run.nowMs()) - records.at(-1)!.arrivalMs));
        try {
            if (isTooLarge(event)) return { requestId, outcome: tooLarge };
            const outcome = await account.invoke(mapping.functionArn, event, requestId);
            countEvents(account, mapping, "InvokedEventCount", records.length);
            mapping.lastResult = outcome.functionError ? "PROBLEM: Function call failed" : "OK";
            return { requestId, outcome };
        } catch (error) {
            if (!(error instanceof AwsError)) throw error;
            mapping.lastResult = `PROBLEM: ${error.message}`;
            return { requestId, outcome: undefined };
        }
    }

    #giveUp({ records, invokes, last }: Batch, condition: GivenUp): Promise<void> {
        const { functionArn } = this.run.mapping;
        const { requestId, outcome } = last ?? { requestId: randomUUID(), outcome: undefined };
        const failure = { condition, functionArn, requestId, invokeCount: invokes, outcome };
        return discard(this.run, records, this.#origin, failure);
    }
}

/** The shard's retention is over, and with it that of all its records. */
const isGone = ({ code, message }: AwsError): boolean =>
    code === "ResourceNotFoundException" && message.startsWith("Shard ");

/** A record that no function can be handed: as if it had failed. */
const tooLarge: Outcome = { payload: "null", functionError: true };
