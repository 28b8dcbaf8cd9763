/**
 * What runs while a mapping is enabled: finds the stream's shards, reads each once its parents are done with, and follows every reshard.
 */
import { limits } from "../../capacity/limits";
import { RunningClock } from "../clock";
import { type Session } from "../iam/state";
import { AwsError, inBackground } from "../service";
import { backoffMs } from "./batches";
import { Bell } from "./bell";
import { type Run } from "./run";
import { ShardReader } from "./shardReader";
import { type KinesisCall } from "./sources";
import {
    type Account,
    type Checkpoint,
    countEvents,
    lambdaPrincipal,
    type Mapping,
    type Place,
    type Start,
    type Target,
} from "./state";

/** Lambda asks a shard once a second. */
const pollMs = 1_000;
/** A clock that runs through the day in a minute leaves the machine time for something else than polls. */
const pollRealMs = 10;
/** How often the stream is asked for its retention. */
const lookMs = 60_000;

interface Summary {
    readonly StreamDescriptionSummary: { readonly RetentionPeriodHours: number };
}

interface ListedShard {
    readonly ShardId: string;
    readonly ParentShardId?: string;
    readonly AdjacentParentShardId?: string;
    readonly SequenceNumberRange: { readonly EndingSequenceNumber?: string };
}

export class Poller implements Run {
    stopped = false;
    readonly pollMs: number;
    retentionHours: number = limits.retentionHoursDefault;
    readonly #pauses: Bell;
    readonly #underWay = new Set<Promise<void>>();
    /** By the id of the shard that each reads now. */
    readonly #readers = new Map<string, ShardReader>();
    #session: (Session & { readonly roleArn: string }) | undefined;
    /** What could not be read, and the result that stood there before. */
    #refusal: { readonly result: string; readonly before: string } | undefined;

    constructor(
        readonly account: Account,
        readonly mapping: Mapping,
    ) {
        const { clock } = account.ambient;
        this.#pauses = new Bell(clock);
        this.pollMs = Math.max(pollMs, clock instanceof RunningClock ? clock.speed * pollRealMs : 0);
        inBackground(this.#underWay, this.#run());
    }

    /** Ends after what the function is at work on. */
    async stop(): Promise<void> {
        this.stopped = true;
        this.#pauses.ring();
        for (const reader of this.#readers.values()) reader.wake();
        while (this.#underWay.size > 0) await Promise.all(this.#underWay);
        this.#closeSession();
    }

    readonly call: KinesisCall = (operation, input) => this.account.callAs(this.session(), "kinesis", operation, input);

    readonly nowMs = (): number => this.account.ambient.clock.nowMs();

    /** Of the role that the function has now. */
    readonly session = (): Session => {
        const { roleArn } = this.target();
        if (this.#session?.roleArn === roleArn) return this.#session;
        this.#closeSession();
        const name = `awslambda_${this.mapping.uuid.slice(0, 8)}`;
        this.#session = { ...this.account.iam.assume(roleArn, lambdaPrincipal, name), roleArn };
        return this.#session;
    };

    target(): Target {
        return this.account.functionOf(this.mapping.functionArn);
    }

    async pause(ms: number): Promise<void> {
        if (!this.stopped) await this.#pauses.wait(ms);
    }

    heard(records: number): void {
        if (records > 0) countEvents(this.account, this.mapping, "PolledEventCount", records);
        // What was refused until now is not any more.
        if (this.#refusal && this.mapping.lastResult === this.#refusal.result)
            this.mapping.lastResult = this.#refusal.before;
        this.#refusal = undefined;
    }

    failed(error: AwsError): void {
        // Both are of the day's business, and come again.
        if (["ProvisionedThroughputExceededException", "ExpiredIteratorException"].includes(error.code)) return;
        const before = this.#refusal?.before ?? this.mapping.lastResult;
        this.#refusal = { result: `PROBLEM: ${error.message}`, before };
        this.mapping.lastResult = this.#refusal.result;
    }

    #closeSession(): void {
        if (this.#session) this.account.iam.sessions.close(this.#session.accessKeyId);
        this.#session = undefined;
    }

    /** Asks the stream now and then how long it keeps its records: before it reads, so that none is taken for too old. */
    async #run(): Promise<void> {
        for (let isFirst = true; !this.stopped; isFirst = false) {
            const input = { StreamARN: this.mapping.source.streamArn };
            const answer = (await this.#insist(() => this.call("DescribeStreamSummary", input))) as Summary | undefined;
            if (answer) this.retentionHours = answer.StreamDescriptionSummary.RetentionPeriodHours;
            if (isFirst) await this.#find();
            await this.pause(lookMs);
        }
    }

    /** Looks for shards that are not known yet, and reads those whose turn it is. */
    async #find(): Promise<void> {
        const listed = await this.#insist(() => this.#list());
        if (listed) learn(this.mapping, listed);
        this.#readNext();
    }

    async #list(): Promise<ListedShard[]> {
        const shards: ListedShard[] = [];
        for (let NextToken: string | undefined, isFirst = true; isFirst || NextToken !== undefined; isFirst = false) {
            const input = NextToken === undefined ? { StreamARN: this.mapping.source.streamArn } : { NextToken };
            const page = (await this.call("ListShards", input)) as { Shards: ListedShard[]; NextToken?: string };
            shards.push(...page.Shards);
            ({ NextToken } = page);
        }
        return shards;
    }

    /** Until the call is answered; undefined if the run is stopped before. */
    async #insist<Result>(ask: () => Promise<Result>): Promise<Result | undefined> {
        for (let failures = 1; !this.stopped; failures++) {
            try {
                return await ask();
            } catch (error) {
                if (!(error instanceof AwsError)) throw error;
                this.failed(error);
                await this.pause(backoffMs(failures));
            }
        }
        return undefined;
    }

    #readNext(): void {
        const { shards } = this.mapping;
        const isDone = (shardId: string): boolean => shards.get(shardId)?.finished ?? true;
        for (const checkpoint of shards.values()) {
            const { shardId, finished, parentIds } = checkpoint;
            if (this.stopped || finished || this.#readers.has(shardId) || !parentIds.every(isDone)) continue;
            const reader = new ShardReader(this, checkpoint);
            this.#readers.set(shardId, reader);
            inBackground(this.#underWay, this.#read(checkpoint, reader));
        }
    }

    async #read(checkpoint: Checkpoint, reader: ShardReader): Promise<void> {
        await reader.read();
        this.#readers.delete(checkpoint.shardId);
        if (this.stopped || !checkpoint.finished) return;
        // A shard that is gone cannot tell its children any more.
        if (!reader.children) return this.#find();
        for (const { ShardId, ParentShards } of reader.children) {
            if (!this.mapping.shards.has(ShardId))
                this.mapping.shards.set(ShardId, checkpointOf(ShardId, ParentShards, { Type: "TRIM_HORIZON" }));
        }
        this.#readNext();
    }
}

function checkpointOf(shardId: string, parentIds: readonly string[], place: Place): Checkpoint {
    return { shardId, parentIds, place, finished: false };
}

/** A shard that is there when the mapping begins is read from the mapping's start, a later one from its own. */
function learn({ shards, start }: Mapping, listed: readonly ListedShard[]): void {
    const place: Place = shards.size > 0 ? { Type: "TRIM_HORIZON" } : placeOf(start);
    for (const { ShardId, ParentShardId, AdjacentParentShardId, SequenceNumberRange } of listed) {
        if (shards.has(ShardId)) continue;
        const parentIds = [ParentShardId, AdjacentParentShardId].filter((id) => id !== undefined);
        // Nothing comes after the latest record of a closed shard.
        const finished = place.Type === "LATEST" && SequenceNumberRange.EndingSequenceNumber !== undefined;
        shards.set(ShardId, { ...checkpointOf(ShardId, parentIds, place), finished });
    }
}

function placeOf({ type, timestampSeconds }: Start): Place {
    return type === "AT_TIMESTAMP" ? { Type: type, Timestamp: timestampSeconds! } : { Type: type };
}
