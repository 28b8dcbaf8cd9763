/**
 * Plays a day of load into a stream, through the real Kinesis client, on the sandbox's clock.
 *
 * A day at full size is hundreds of gigabytes, so each record that is sent stands for `recordWeight` records of its size: the sandbox counts it
 * so in the shards' capacity and in every metric. What a producer would get refused, this one gets refused; it does not retry.
 */
import {
    type CloudWatchClient,
    type CompositeAlarm,
    DescribeAlarmsCommand,
    type MetricAlarm,
} from "@aws-sdk/client-cloudwatch";
import {
    DescribeStreamSummaryCommand,
    type KinesisClient,
    PutRecordsCommand,
    type PutRecordsRequestEntry,
} from "@aws-sdk/client-kinesis";
import { limits } from "../capacity/limits";
import { type ManualClock } from "../sandbox/clock";
import { type Day, loadAt } from "./trace";

export interface DayOptions {
    readonly clock: ManualClock;
    readonly kinesis: KinesisClient;
    readonly cloudWatch: CloudWatchClient;
    readonly streamName: string;
    readonly day: Day;
    /** Records per second that one unit of the trace means. */
    readonly recordsPerUnit: number;
    readonly recordBytes: number;
    readonly recordWeight: number;
    readonly signal: AbortSignal;
    /** Told after every few minutes of the day. */
    readonly onMoment: (moment: Moment) => void;
    /** Told when an alarm changes its state. */
    readonly onAlarm: (alarm: AlarmChange) => void;
}

/** What happened since the moment before. */
export interface Moment {
    readonly timeMs: number;
    readonly offeredRecordsPerSecond: number;
    readonly acceptedRecords: number;
    readonly refusedRecords: number;
    readonly openShards: number;
    readonly shardHours: number;
}

export interface AlarmChange {
    readonly timeMs: number;
    readonly alarmName: string;
    readonly state: string;
    readonly reason: string;
}

/** Seconds of the day between two calls; the sandbox's shards average their capacity over as long. */
export const stepSeconds = 30;
const momentMinutes = 5;

/** Plays the day; resolves early, after the current step, once the signal is aborted. */
export async function playDay(options: DayOptions): Promise<void> {
    const { clock, day, signal } = options;
    await clock.advanceTo(Math.max(day.startMs, clock.nowMs()));
    const producer = new Producer(options);
    const alarms = new AlarmWatch(options);
    let lastMomentMs = clock.nowMs();
    while (clock.nowMs() < day.endMs && !signal.aborted) {
        const recordsPerSecond = loadAt(day, clock.nowMs()) * options.recordsPerUnit;
        await producer.send(recordsPerSecond);
        await clock.advance(stepSeconds * 1_000);
        if (clock.nowMs() < lastMomentMs + momentMinutes * 60_000) continue;
        const openShards = await readOpenShards(options);
        const shardHours = (openShards * (clock.nowMs() - lastMomentMs)) / 3_600_000;
        lastMomentMs = clock.nowMs();
        options.onMoment({
            timeMs: lastMomentMs,
            offeredRecordsPerSecond: recordsPerSecond,
            ...producer.take(),
            openShards,
            shardHours,
        });
        await alarms.look();
    }
}

class Producer {
    #accepted = 0;
    #refused = 0;
    #owed = 0;
    #sent = 0;
    readonly #data: Buffer;

    constructor(readonly options: DayOptions) {
        this.#data = Buffer.alloc(options.recordBytes - keyBytes, "x");
    }

    async send(recordsPerSecond: number): Promise<void> {
        this.#owed += (recordsPerSecond * stepSeconds) / this.options.recordWeight;
        while (this.#owed >= 1) {
            const count = Math.min(Math.floor(this.#owed), limits.putRecordsRecordsMax);
            const Records = Array.from({ length: count }, () => this.#record());
            const answer = await this.options.kinesis.send(
                new PutRecordsCommand({ StreamName: this.options.streamName, Records }),
            );
            const refused = answer.FailedRecordCount ?? 0;
            this.#refused += refused * this.options.recordWeight;
            this.#accepted += (count - refused) * this.options.recordWeight;
            this.#owed -= count;
        }
    }

    /** What was sent since the last call. */
    take(): { acceptedRecords: number; refusedRecords: number } {
        const taken = { acceptedRecords: this.#accepted, refusedRecords: this.#refused };
        this.#accepted = this.#refused = 0;
        return taken;
    }

    /** One record for many, so its hash key steps evenly through the hash space (golden ratio) as the many keys together would. */
    #record(): PutRecordsRequestEntry {
        const turn = (this.#sent++ * 0.618033988749895) % 1;
        const explicitHashKey = (BigInt(Math.floor(turn * 2 ** 52)) << 76n).toString();
        return {
            Data: this.#data,
            PartitionKey: `order-${String(this.#sent % 1e6).padStart(6, "0")}`,
            ExplicitHashKey: explicitHashKey,
        };
    }
}

const keyBytes = "order-000000".length;

async function readOpenShards({ kinesis, streamName }: DayOptions): Promise<number> {
    const { StreamDescriptionSummary } = await kinesis.send(
        new DescribeStreamSummaryCommand({ StreamName: streamName }),
    );
    return StreamDescriptionSummary?.OpenShardCount ?? 0;
}

/** Looks at all alarms and tells each change of state once. */
class AlarmWatch {
    readonly #states = new Map<string, string>();

    constructor(readonly options: DayOptions) {}

    async look(): Promise<void> {
        const { cloudWatch, clock, onAlarm } = this.options;
        const { MetricAlarms = [], CompositeAlarms = [] } = await cloudWatch.send(
            new DescribeAlarmsCommand({ AlarmTypes: ["MetricAlarm", "CompositeAlarm"], MaxRecords: 100 }),
        );
        // One without actions is told of by one that combines it with others.
        const telling = [...MetricAlarms, ...CompositeAlarms].filter(
            ({ AlarmActions = [] }) => AlarmActions.length > 0,
        );
        const transitionMs = (alarm: MetricAlarm | CompositeAlarm) => alarm.StateTransitionedTimestamp?.getTime() ?? 0;
        const inOrder = telling.sort((left, right) => transitionMs(left) - transitionMs(right));
        for (const { AlarmName = "", StateValue = "", StateReason = "", StateTransitionedTimestamp } of inOrder) {
            const before = this.#states.get(AlarmName);
            this.#states.set(AlarmName, StateValue);
            if (before === StateValue || (before === undefined && StateValue !== "ALARM")) continue;
            onAlarm({
                timeMs: StateTransitionedTimestamp?.getTime() ?? clock.nowMs(),
                alarmName: AlarmName,
                state: StateValue,
                reason: StateReason,
            });
        }
    }
}
