/**
 * What would have happened: a policy played against a load, second by second.
 *
 * The model (model.ts) is kept apart from the policies, so that the scaler's own `decide`, the rules that teams write for themselves, published
 * scalers and a static size meet the same stream. A stream is as old as its replay: it has no metrics at the start, and is not taken for idle.
 */
import { minuteMs, minutesPerDay } from "../calendar";
import { limits } from "../limits";
import { type MinuteSample, type ReshardEvent } from "../scaling/observation";
import { sum } from "../sums";
import { completeModel, type ReplayModel } from "./model";
import { type ReplayPolicy } from "./policy";
import { ReplayedStream } from "./stream";
import { type WrittenMinute, Writers } from "./writers";

export { type ReplayModel, replayModel } from "./model";
export { type PeerPolicy, type ReplayDecision, type ReplayPolicy, type ReplayView, scalerPolicy } from "./policy";
export { uniformShards } from "./shards";

/** A reshard that a policy decided. */
export interface ReplayedReshard {
    readonly minute: number;
    readonly kind: ReshardEvent["kind"];
    readonly from: number;
    readonly to: number;
    readonly reason?: string | undefined;
    readonly message?: string | undefined;
}

/** Load is in shards: what one takes in a second, or summed over seconds. */
export interface ReplayOutcome {
    readonly name: string;
    readonly shardHours: number;
    /** Shard-hours where each started hour is billed in full for the most shards open in it. */
    readonly startedShardHours: number;
    /** Of new records; each is accepted or lost in the end. */
    readonly offered: number;
    readonly accepted: number;
    readonly lost: number;
    /** Attempts that were refused; more than what is lost where producers write again. */
    readonly refused: number;
    /** Of the new records, those that were lost. */
    readonly rejectedPercent: number;
    readonly updateCalls: number;
    readonly splitsAndMerges: number;
    /** Most of them in any 24 hours. */
    readonly mostSplitsAndMergesPerDay: number;
    /** Most closed shards that the retention time kept at once: consumers have to go through them. */
    readonly mostClosedShards: number;
    /** Calls that AWS, or the cap on splits and merges, would have refused, and why. */
    readonly illegalCalls: number;
    readonly illegal: Readonly<Record<string, number>>;
    /** Shards at the end of each minute. */
    readonly shardsByMinute: readonly number[];
    /** Refused attempts in each minute. */
    readonly refusedByMinute: readonly number[];
    /** New records a second: the minute's mean, and its highest second. */
    readonly meanLoadByMinute: readonly number[];
    readonly highestLoadByMinute: readonly number[];
    readonly decisions: readonly ReplayedReshard[];
}

const samplesKeptMinutes = 14 * minutesPerDay;
const yieldEverySeconds = 6 * limits.secondsPerHour;

/** Plays a load (shards' worth per second, one number a second) against a policy. */
export function replay(loadPerSecond: ArrayLike<number>, policy: ReplayPolicy, model: ReplayModel): ReplayOutcome {
    const playing = replaying(loadPerSecond, policy, model);
    for (;;) {
        const step = playing.next();
        if (step.done === true) return step.value;
    }
}

/** The same, with a pause now and then, for who shows how far it is or wants to stop: the second that is reached. */
export function* replaying(
    loadPerSecond: ArrayLike<number>,
    policy: ReplayPolicy,
    given: ReplayModel,
): Generator<number, ReplayOutcome> {
    const model = completeModel(given);
    const stream = new ReplayedStream(model);
    const writers = new Writers(model.retrySeconds);
    const metrics = new Metrics(model.metricsLateMinutes);
    const books = new Books();
    for (let second = 0; second < loadPerSecond.length; second++) {
        stream.passTo(model.startMs + second * 1_000);
        if (second % yieldEverySeconds === 0) yield second;
        writers.write(loadPerSecond[second]!, stream.worth);
        books.passSecond(second, stream.shards.length);
        if (second % 60 !== 59) continue;

        const nowMs = model.startMs + (second + 1) * 1_000;
        const minute = writers.takeMinute();
        books.passMinute(minute, stream.shards.length);
        metrics.add(sampleOf(nowMs - minuteMs, minute, stream.shards.length));
        stream.forget(nowMs);
        if (isDue(policy, model, (second + 1) / 60)) {
            const decided = asked(policy, stream, metrics.samples, nowMs, model.startMs);
            if (decided !== undefined) books.decisions.push({ minute: (second + 1) / 60, ...decided });
        }
    }
    books.passMinute(writers.takeMinute(), undefined);
    return outcomeOf(policy.name, stream, books, writers.waiting);
}

function isDue({ everyMinutes }: ReplayPolicy, model: ReturnType<typeof completeModel>, minute: number): boolean {
    if (everyMinutes === undefined) return minute % model.everyMinutes === 0;
    return (model.startMs / minuteMs + minute) % everyMinutes === 0;
}

/** Asks the policy, and does what it says. */
function asked(
    policy: ReplayPolicy,
    stream: ReplayedStream,
    samples: readonly MinuteSample[],
    nowMs: number,
    createdMs: number,
): Omit<ReplayedReshard, "minute"> | undefined {
    const { shards, updating, reshards, capacityChangedMs } = stream;
    const view = { nowMs, shards, updating, samples, reshards, capacityChangedMs, createdMs };
    const { action, reason, message } = policy.decide(view);
    if (action.kind === "none") return undefined;
    const begun = stream.act(action, nowMs);
    return begun && { kind: action.kind, from: shards.length, to: begun.to, reason, message };
}

/** A minute of load as CloudWatch would tell it: records that are worth exactly their share of a shard in bytes, too; of nothing it tells nothing. */
function sampleOf(startMs: number, minute: WrittenMinute, openShards: number): MinuteSample | undefined {
    if (minute.accepted + minute.refused === 0) return undefined;
    return {
        startMs,
        acceptedBytes: minute.accepted * limits.shardWriteBytesPerSecond,
        acceptedRecords: minute.accepted * limits.shardWriteRecordsPerSecond,
        refusedRecords: minute.refused * limits.shardWriteRecordsPerSecond,
        openShards,
    };
}

/** The minutes that can be seen, some time after they ended. */
class Metrics {
    readonly samples: MinuteSample[] = [];
    readonly #late: (MinuteSample | undefined)[] = [];
    readonly #lateMinutes: number;

    constructor(lateMinutes: number) {
        this.#lateMinutes = lateMinutes;
    }

    add(sample: MinuteSample | undefined): void {
        this.#late.push(sample);
        while (this.#late.length > this.#lateMinutes) {
            const seen = this.#late.shift();
            if (seen !== undefined) this.samples.push(seen);
        }
        // A day at a time: taking off one a minute would move all the others.
        if (this.samples.length > samplesKeptMinutes + minutesPerDay) this.samples.splice(0, minutesPerDay);
    }
}

/** What is added up. */
class Books {
    readonly total = { shardSeconds: 0, startedShardHours: 0, offered: 0, accepted: 0, refused: 0, lost: 0 };
    readonly shardsByMinute: number[] = [];
    readonly refusedByMinute: number[] = [];
    readonly meanLoadByMinute: number[] = [];
    readonly highestLoadByMinute: number[] = [];
    readonly decisions: ReplayedReshard[] = [];
    #mostInHour = 0;

    /** While an update runs, its old shards alone are open, and billed. */
    passSecond(second: number, openShards: number): void {
        this.total.shardSeconds += openShards;
        if (second % limits.secondsPerHour === 0) this.#mostInHour = 0;
        if (openShards <= this.#mostInHour) return;
        this.total.startedShardHours += openShards - this.#mostInHour;
        this.#mostInHour = openShards;
    }

    /** Of the seconds after the last full minute there is no minute to tell, but a sum. */
    passMinute(minute: WrittenMinute, openShards: number | undefined): void {
        for (const part of ["offered", "accepted", "refused", "lost"] as const) this.total[part] += minute[part];
        if (openShards === undefined) return;
        this.shardsByMinute.push(openShards);
        this.refusedByMinute.push(minute.refused);
        this.meanLoadByMinute.push(minute.offered / 60);
        this.highestLoadByMinute.push(minute.highest);
    }
}

function outcomeOf(name: string, stream: ReplayedStream, books: Books, waiting: number): ReplayOutcome {
    const { total, shardsByMinute, refusedByMinute, meanLoadByMinute, highestLoadByMinute, decisions } = books;
    const lost = total.lost + waiting;
    const illegal = Object.fromEntries(stream.illegal);
    return {
        name,
        shardHours: total.shardSeconds / limits.secondsPerHour,
        startedShardHours: total.startedShardHours,
        offered: total.offered,
        accepted: total.accepted,
        lost,
        refused: total.refused,
        rejectedPercent: total.offered === 0 ? 0 : (100 * lost) / total.offered,
        updateCalls: stream.counts.updates,
        splitsAndMerges: stream.counts.splitsAndMerges,
        mostSplitsAndMergesPerDay: stream.counts.mostSplitsAndMergesPerDay,
        mostClosedShards: stream.counts.mostClosedShards,
        illegalCalls: sum(stream.illegal.values()),
        illegal,
        shardsByMinute,
        refusedByMinute,
        meanLoadByMinute,
        highestLoadByMinute,
        decisions,
    };
}
