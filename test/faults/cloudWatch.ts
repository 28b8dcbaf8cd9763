/**
 * CloudWatch: what the stream took and refused in each minute, from the shards that were open then, and how it may be told late or wrong.
 */
import { awsError } from "./awsErrors";
import { lastThat, type VirtualClock } from "./clock";
import { type KinesisModel } from "./kinesis";
import { type Moment, streamName } from "./kinesisStream";
import { type FaultKind } from "./schedule";
import { type ModelShard, sharesOf } from "./shards";

export interface CloudWatchOptions {
    readonly clock: VirtualClock;
    readonly random: (about: string) => number;
    readonly kinesis: KinesisModel;
    readonly fromMs: number;
    readonly lateMs: number;
    /** Offered load in shards at a time. */
    readonly loadAt: (timeMs: number) => number;
}

interface Minute {
    readonly start: Date;
    readonly accepted: number;
    readonly refused: number;
    readonly openShards: number;
    /** A number from 0 up to 1 that decides where gaps are. */
    readonly gap: number;
}

interface Query {
    readonly Id: string;
    readonly MetricStat: { readonly Metric: { readonly MetricName: string; readonly Dimensions: { Value: string }[] } };
}

const minuteMs = 60_000;
const recordsPerShardMinute = 60_000;
const bytesPerRecord = 700;

export class CloudWatchModel {
    readonly #minutes: Minute[] = [];

    constructor(private readonly options: CloudWatchOptions) {}

    answer(operation: string, input: Readonly<Record<string, unknown>>, fault: FaultKind | undefined): object {
        if (operation !== "GetMetricData")
            throw awsError("UnknownOperationException", `The model of CloudWatch has no ${operation}.`);
        const { clock, lateMs } = this.options;
        this.#goOn();
        const [fromMs, toMs] = [input.StartTime, input.EndTime].map((time) => (time as Date).getTime()) as [
            number,
            number,
        ];
        const late = fault === "metrics-late" ? 20 * minuteMs : lateMs;
        const untilMs = Math.min(toMs - 1, clock.nowMs - late - minuteMs);
        const shown = this.#minutes.slice(this.#at(fromMs - 1) + 1, Math.max(0, this.#at(untilMs) + 1));
        const queries = input.MetricDataQueries as Query[];
        return { MetricDataResults: queries.flatMap((query, at) => resultOf(query, at, shown, fault)) };
    }

    /** The part of the offered records that is refused, as the stream is now. */
    refusedShare(load: number): number {
        const { now } = this.options.kinesis;
        if (now.mode === "ON_DEMAND") return 0;
        return refusedOf(load, now.open) / Math.max(load, 1e-9);
    }

    /** The last minute that begins at a time or before it. */
    #at(timeMs: number): number {
        return Math.max(-1, Math.floor(timeMs / minuteMs) - Math.floor(this.options.fromMs / minuteMs));
    }

    /** Ends the minutes that have passed since somebody asked. */
    #goOn(): void {
        const { clock, fromMs, loadAt, random, kinesis } = this.options;
        for (;;) {
            const startMs = Math.floor(fromMs / minuteMs + this.#minutes.length) * minuteMs;
            if (startMs + minuteMs > clock.nowMs) return;
            const moment = lastThat(kinesis.timeline, ({ atMs }) => atMs <= startMs) ?? kinesis.timeline[0]!;
            const load = loadAt(startMs) * (0.98 + 0.04 * random(`load ${startMs}`));
            const refused = refusedIn(moment, load);
            const accepted = moment.status === "GONE" ? 0 : load - refused;
            const { length: openShards } = moment.open;
            const gap = random(`gap ${startMs}`);
            this.#minutes.push({ start: new Date(startMs), accepted, refused, openShards, gap });
        }
    }
}

function refusedIn({ status, mode, open }: Moment, load: number): number {
    return status === "GONE" || mode === "ON_DEMAND" ? 0 : refusedOf(load, open);
}

const shares = new WeakMap<readonly ModelShard[], number[]>();

/** Load is spread evenly over the hash keys, so the widest shard is full first. */
function refusedOf(load: number, open: readonly ModelShard[]): number {
    let known = shares.get(open);
    if (known === undefined) shares.set(open, (known = sharesOf(open)));
    let refused = 0;
    for (const share of known) refused += Math.max(0, load * share - 1);
    return refused;
}

function resultOf(query: Query, at: number, shown: readonly Minute[], fault: FaultKind | undefined): object[] {
    const { MetricName: metric, Dimensions: dimensions } = query.MetricStat.Metric;
    const valueOf = values[metric];
    const isKnown = valueOf !== undefined && dimensions.every(({ Value }) => Value === streamName);
    let minutes = isKnown ? shown.filter((minute) => valueOf(minute) !== undefined) : [];
    if (fault === "metrics-gaps") minutes = minutes.filter(({ gap }) => gap > 0.4);
    if (fault === "metrics-failed" || (fault === "metrics-partial" && at > 0)) minutes = [];
    if (fault === "truncated" && at === 0) return [];
    const factor = fault === "metrics-zero" ? 0 : fault === "metrics-doubled" ? 2 : 1;
    const status = fault === "metrics-failed" ? "InternalError" : "PartialData";
    return [
        {
            Id: query.Id,
            Label: metric,
            Timestamps: minutes.map(({ start }) => start),
            Values: minutes.map((minute) => valueOf!(minute)! * factor),
            StatusCode: fault === "metrics-failed" || fault === "metrics-partial" ? status : "Complete",
        },
    ];
}

/** A metric has no datapoint where nothing was put, or nobody reads. */
const values: Readonly<Record<string, (minute: Minute) => number | undefined>> = {
    IncomingRecords: ({ accepted }) => someOf(accepted),
    IncomingBytes: ({ accepted }) => {
        const records = someOf(accepted);
        return records === undefined ? undefined : records * bytesPerRecord;
    },
    WriteProvisionedThroughputExceeded: ({ accepted, refused }) =>
        accepted + refused > 0 ? Math.round(refused * recordsPerShardMinute) : undefined,
    "GetRecords.IteratorAgeMilliseconds": () => 800,
    OpenShards: ({ openShards }) => openShards,
};

function someOf(accepted: number): number | undefined {
    const records = Math.round(accepted * recordsPerShardMinute);
    return records > 0 ? records : undefined;
}
