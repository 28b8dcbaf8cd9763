/**
 * How a shard is read: by polls that share its throughput with other readers, or by a consumer's subscription with a throughput of its own.
 */
import { type StreamingAnswer } from "../service";
import { decodeEvent } from "../wire/eventstream";
import { type ReadRecord } from "./records";
import { type Place } from "./state";

/** Calls Kinesis as the function's role. @throws AwsError */
export type KinesisCall = (operation: string, input: object) => Promise<unknown>;

/** Where a reader stands; it moves on with what is read. */
export interface Position {
    readonly shardId: string;
    place: Place;
}

export interface Read {
    readonly records: readonly ReadRecord[];
    readonly isCaughtUp: boolean;
    /** The shards that go on where this one has ended; undefined while it may have more. */
    readonly children: readonly ChildShard[] | undefined;
}

export interface ChildShard {
    readonly ShardId: string;
    readonly ParentShards: readonly string[];
}

export interface Source {
    /** What comes next; a poll answers at once, a subscription when there is something to tell. @throws AwsError */
    next(nowMs: number): Promise<Read>;
    close(): void;
}

interface Answer {
    readonly Records: readonly ReadRecord[];
    readonly MillisBehindLatest: number;
    readonly ChildShards?: readonly ChildShard[];
    readonly NextShardIterator?: string;
}

export class Polls implements Source {
    #iterator: string | undefined;

    constructor(
        private readonly call: KinesisCall,
        private readonly streamArn: string,
        private readonly position: Position,
    ) {}

    async next(nowMs: number): Promise<Read> {
        this.#iterator ??= await this.#newIterator(nowMs);
        const iterator = this.#iterator;
        // Whatever refuses it: the next poll starts from the position.
        this.#iterator = undefined;
        const input = { ShardIterator: iterator, StreamARN: this.streamArn };
        const answer = (await this.call("GetRecords", input)) as Answer;
        this.#iterator = answer.NextShardIterator;
        return readOf(answer, this.position);
    }

    close(): void {
        this.#iterator = undefined;
    }

    async #newIterator(nowMs: number): Promise<string> {
        const { shardId: ShardId, place } = this.position;
        const input = {
            StreamARN: this.streamArn,
            ShardId,
            ShardIteratorType: place.Type,
            StartingSequenceNumber: place.SequenceNumber,
            Timestamp: place.Timestamp,
        };
        const { ShardIterator } = (await this.call("GetShardIterator", input)) as { ShardIterator: string };
        stay(this.position, nowMs);
        return ShardIterator;
    }
}

export class Subscription implements Source {
    #events: AsyncIterator<Buffer> | undefined;

    constructor(
        private readonly call: KinesisCall,
        private readonly consumerArn: string,
        private readonly position: Position,
    ) {}

    async next(nowMs: number): Promise<Read> {
        this.#events ??= await this.#subscribe(nowMs);
        for (;;) {
            const { done, value } = await this.#events.next();
            if (done) {
                // It lasts five minutes; the next one goes on where it ended.
                this.#events = undefined;
                return { records: [], isCaughtUp: false, children: undefined };
            }
            const { type, payload } = decodeEvent(value);
            if (type === "SubscribeToShardEvent") return readOf(payload as Answer, this.position);
        }
    }

    close(): void {
        void this.#events?.return?.();
        this.#events = undefined;
    }

    async #subscribe(nowMs: number): Promise<AsyncIterator<Buffer>> {
        const { shardId: ShardId, place: StartingPosition } = this.position;
        const answer = await this.call("SubscribeToShard", {
            ConsumerARN: this.consumerArn,
            ShardId,
            StartingPosition: { ...StartingPosition },
        });
        stay(this.position, nowMs);
        return (answer as StreamingAnswer).chunks[Symbol.asyncIterator]();
    }
}

/** Whoever has begun at the latest record goes on from that moment, however often it begins again. */
function stay(position: Position, nowMs: number): void {
    if (position.place.Type === "LATEST") position.place = { Type: "AT_TIMESTAMP", Timestamp: nowMs / 1_000 };
}

function readOf({ Records, MillisBehindLatest, ChildShards }: Answer, position: Position): Read {
    const last = Records.at(-1);
    if (last) position.place = { Type: "AFTER_SEQUENCE_NUMBER", SequenceNumber: last.SequenceNumber };
    return { records: Records, isCaughtUp: MillisBehindLatest === 0, children: ChildShards };
}
