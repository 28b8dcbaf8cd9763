/**
 * Plays a day of load into the streams of a stack, through the real Kinesis client, on the sandbox's clock.
 *
 * A day at full size is hundreds of gigabytes, so each record that is sent stands for many: the sandbox counts it so in the shards' capacity and
 * in every metric. What a producer would get refused, this one gets refused; it does not retry.
 */
import {
    type AlarmType,
    type CompositeAlarm,
    type MetricAlarm,
    paginateDescribeAlarms,
} from "@aws-sdk/client-cloudwatch";
import {
    DescribeStreamSummaryCommand,
    type KinesisClient,
    PutRecordsCommand,
    type PutRecordsRequestEntry,
} from "@aws-sdk/client-kinesis";
import { limits } from "../capacity/limits";
import { type Aws } from "../engine/providers/aws";
import { type ManualClock } from "../sandbox/clock";
import { keysOf, type NextKey, type WeightedKey } from "./keys";
import { type DeployedStream } from "./streams";
import { type Day, loadAt, stepSeconds } from "./trace";

export interface DayOptions {
    readonly clock: ManualClock;
    readonly aws: Aws;
    readonly streams: readonly DeployedStream[];
    readonly keys: readonly WeightedKey[] | undefined;
    readonly day: Day;
    readonly signal: AbortSignal;
    /** Told after every few minutes of the day and at its end: a moment of each stream, in their order. */
    readonly onMoment: (moments: readonly Moment[], timeMs: number) => void | Promise<void>;
    /** Told when an alarm changes its state, before the moment in which it did. */
    readonly onAlarm: (alarm: AlarmChange) => void;
}

/** What happened in a stream since the moment before. */
export interface Moment {
    readonly timeMs: number;
    readonly offeredRecordsPerSecond: number;
    readonly acceptedRecords: number;
    readonly refusedRecords: number;
    readonly openShards: number;
    readonly hours: number;
}

export interface AlarmChange {
    readonly timeMs: number;
    readonly alarmName: string;
    readonly state: string;
    readonly reason: string;
}

const momentMinutes = 5;

/** Plays the day; resolves early, after the current step, once the signal is aborted. */
export async function playDay(options: DayOptions): Promise<void> {
    const { aws, clock, day, signal, streams } = options;
    await clock.advanceTo(Math.max(day.startMs, clock.nowMs()));
    const peak = Math.max(...day.points.map(({ load }) => load));
    const producers = streams.map((stream) => new Producer(aws, stream, options.keys));
    const alarms = new AlarmWatch(options);
    let lastMomentMs = clock.nowMs();
    while (clock.nowMs() < day.endMs && !signal.aborted) {
        const part = loadAt(day, clock.nowMs()) / peak;
        for (const producer of producers) await producer.send(part);
        await clock.advance(stepSeconds * 1_000);
        // Where the day ends, or is stopped, what was sent is told too.
        const goesOn = clock.nowMs() < day.endMs && !signal.aborted;
        if (goesOn && clock.nowMs() < lastMomentMs + momentMinutes * 60_000) continue;
        const hours = (clock.nowMs() - lastMomentMs) / 3_600_000;
        lastMomentMs = clock.nowMs();
        const moments = await Promise.all(producers.map((producer) => producer.moment(lastMomentMs, hours)));
        await alarms.look();
        await options.onMoment(moments, lastMomentMs);
    }
}

class Producer {
    #accepted = 0;
    #refused = 0;
    #owed = 0;
    #sent = 0;
    #offered = 0;
    readonly #kinesis: KinesisClient;
    readonly #nextKey: NextKey;

    constructor(
        aws: Aws,
        readonly stream: DeployedStream,
        keys: readonly WeightedKey[] | undefined,
    ) {
        this.#kinesis = aws.inRegion(stream.region).kinesis;
        this.#nextKey = keysOf(stream.declared ?? {}, keys);
    }

    /** @param part of the peak, for a step of the day */
    async send(part: number): Promise<void> {
        const { peakRecordsPerSecond, recordsPerSent, sentBytes, sentPerStep } = this.stream.load;
        this.#offered = part * peakRecordsPerSecond;
        this.#owed += part * sentPerStep;
        const most = Math.min(limits.putRecordsRecordsMax, Math.floor(limits.putRecordsBytesMax / (2 * sentBytes)));
        while (this.#owed >= 1) {
            const count = Math.min(Math.floor(this.#owed), most);
            const Records = Array.from({ length: count }, () => this.#record());
            const answer = await this.#kinesis.send(new PutRecordsCommand({ StreamName: this.stream.name, Records }));
            const refused = answer.FailedRecordCount ?? 0;
            this.#refused += refused * recordsPerSent;
            this.#accepted += (count - refused) * recordsPerSent;
            this.#owed -= count;
        }
    }

    /** What was sent since the last call, and what the stream is now. */
    async moment(timeMs: number, hours: number): Promise<Moment> {
        const { StreamDescriptionSummary } = await this.#kinesis.send(
            new DescribeStreamSummaryCommand({ StreamName: this.stream.name }),
        );
        const sent = { acceptedRecords: this.#accepted, refusedRecords: this.#refused };
        this.#accepted = this.#refused = 0;
        const openShards = StreamDescriptionSummary?.OpenShardCount ?? 0;
        return { timeMs, offeredRecordsPerSecond: this.#offered, ...sent, openShards, hours };
    }

    /** JSON of the size that a record is to have, so that functions that read it find what they can parse. */
    #record(): PutRecordsRequestEntry {
        const key = this.#nextKey();
        const head = `{"id":${++this.#sent},"key":${JSON.stringify(key.PartitionKey)}`;
        const room = this.stream.load.sentBytes - Buffer.byteLength(key.PartitionKey + head) - `,"fill":""}`.length;
        const text = room < 0 ? `${head}}` : `${head},"fill":"${"x".repeat(room)}"}`;
        return { Data: Buffer.from(text), ...key };
    }
}

/** Looks at all alarms of the streams' regions, and tells each change of state once. */
class AlarmWatch {
    readonly #states = new Map<string, string>();
    readonly #regions: readonly string[];

    constructor(readonly options: DayOptions) {
        this.#regions = [...new Set(options.streams.map(({ region }) => region))];
    }

    async look(): Promise<void> {
        const found = await Promise.all(this.#regions.map((region) => this.#telling(region)));
        const transitionMs = (alarm: MetricAlarm | CompositeAlarm) => alarm.StateTransitionedTimestamp?.getTime() ?? 0;
        const inOrder = found.flat().sort((left, right) => transitionMs(left) - transitionMs(right));
        for (const { AlarmName = "", AlarmArn = "", StateValue = "", StateReason = "", ...alarm } of inOrder) {
            const before = this.#states.get(AlarmArn);
            this.#states.set(AlarmArn, StateValue);
            if (before === StateValue || (before === undefined && StateValue !== "ALARM")) continue;
            this.options.onAlarm({
                timeMs: alarm.StateTransitionedTimestamp?.getTime() ?? this.options.clock.nowMs(),
                alarmName: AlarmName,
                state: StateValue,
                reason: StateReason,
            });
        }
    }

    /** One without actions is told of by one that combines it with others. */
    async #telling(region: string): Promise<(MetricAlarm | CompositeAlarm)[]> {
        const { cloudwatch: client } = this.options.aws.inRegion(region);
        const alarms: (MetricAlarm | CompositeAlarm)[] = [];
        const every = { AlarmTypes: ["MetricAlarm", "CompositeAlarm"] as AlarmType[], MaxRecords: 100 };
        for await (const page of paginateDescribeAlarms({ client }, every))
            alarms.push(...(page.MetricAlarms ?? []), ...(page.CompositeAlarms ?? []));
        return alarms.filter(({ AlarmActions = [] }) => AlarmActions.length > 0);
    }
}
