/**
 * AWS: the three models, and what each answers to a request; truncated and stale answers are made here, since they are wrong about AWS.
 */
import { lastThat, type VirtualClock } from "./clock";
import { CloudWatchModel } from "./cloudWatch";
import { DynamoModel, type Item } from "./dynamo";
import { KinesisModel } from "./kinesis";
import { KinesisReader } from "./kinesisReader";
import { streamName } from "./kinesisStream";
import { type LawBook } from "./laws";
import { chance } from "./random";
import { type StreamSchedule } from "./schedule";
import { type Request } from "./wire";

const minuteMs = 60_000;
const dayMinutes = 1_440;
const ledgerTag = "sharded-stream:ledger-table";
const otherTags = { "cost-centre": "42", environment: "production", owner: "orders" };

export class Aws {
    readonly kinesis: KinesisModel;
    readonly cloudWatch: CloudWatchModel;
    readonly dynamo = new DynamoModel();
    readonly ledgerTable: string;
    readonly #reader: KinesisReader;
    /** Which of the stream's changes a true answer has. */
    readonly #epochs = new WeakMap<object, number>();

    constructor(
        private readonly schedule: StreamSchedule,
        clock: VirtualClock,
    ) {
        const { historyMinutes, ledger, metricsLateSeconds, seed } = schedule;
        const startMs = clock.nowMs;
        const random = (about: string): number => chance(seed, about);
        const createdMs = startMs - historyMinutes * minuteMs;
        this.ledgerTable = ledger === "shared" ? "shared-ledgers" : `${streamName}-scaler-ledger`;
        const tags = ledger === "shared" ? { ...otherTags, [ledgerTag]: this.ledgerTable } : otherTags;
        this.kinesis = new KinesisModel({ ...schedule, clock, random, createdMs, tags });
        this.#reader = new KinesisReader(this.kinesis);
        const loadAt = (timeMs: number): number => this.loadAt((timeMs - startMs) / minuteMs);
        const about = { clock, random, loadAt, kinesis: this.kinesis };
        this.cloudWatch = new CloudWatchModel({ ...about, fromMs: createdMs, lateMs: metricsLateSeconds * 1_000 });
        if (ledger !== "none") this.dynamo.tables.set(this.ledgerTable, new Map());
    }

    /** Offered load in shards. */
    loadAt(minute: number): number {
        const { load, isDaily } = this.schedule;
        const ofDay = minute < 0 && isDaily === true ? (minute % dayMinutes) + dayMinutes : minute;
        return (lastThat(load, ({ fromMinute }) => fromMinute <= ofDay) ?? load[0]!).shards;
    }

    /** @throws what AWS answers to a request that it refuses */
    answer(request: Request, laws: LawBook): object {
        const { actor, service, operation, input, fault, roll } = request;
        if (service === "cloudWatch") return this.cloudWatch.answer(operation, input, fault);
        let output: object;
        if (service === "dynamoDb") {
            output = this.dynamo.answer(operation, input);
            const item = input.Item as Item | undefined;
            if (item?.entry?.S === "state") laws.wrote(actor, String(item.state?.S));
        } else {
            laws.arrives(request);
            const staleMs = fault === "stale" ? 15_000 * roll("stale") : 0;
            const read = this.#reader.answer(operation, input, staleMs);
            output = read ?? this.kinesis.change(operation, input, { own: true, actor: actor.id });
            if (fault === undefined) this.#epochs.set(output, this.kinesis.epoch);
        }
        return fault === "truncated" ? truncated(operation, output, roll) : output;
    }

    /** Undefined of an answer that is not true. */
    epochOf(output: object): number | undefined {
        return this.#epochs.get(output);
    }
}

/** An answer with less in it than AWS sent. */
function truncated(operation: string, output: object, roll: (about: string) => number): object {
    const part = roll("truncated");
    if (operation === "ListShards" && part < 0.5) {
        const { Shards: shards } = output as { Shards: unknown[] };
        return { Shards: shards.slice(0, Math.ceil(shards.length / 2)) };
    }
    if (operation === "GetItem" && part < 0.5) {
        const { Item: item } = output as { Item?: Item };
        return item === undefined ? {} : { Item: { stream: item.stream, entry: item.entry } };
    }
    // A stream without tags is no fault that anybody could see.
    return operation === "ListTagsForStream" ? output : {};
}
