/**
 * What a process remembers of a stream from one run to the next, so that a plan from fourteen days costs as much as a look at one: the
 * minutes that CloudWatch told, and what the last decision computed. Nothing of it is knowledge: a new process asks again.
 */
import { dayMs, hourMs, minuteMs } from "../capacity/calendar";
import { type MinuteSample } from "../capacity/scaling/observation";
import { ScalerMemory } from "../capacity/scaling/predictive/memory";
import { startOfMinute } from "./load";
import { type MetricsPort } from "./ports";
import { mayPass } from "./refusals";

/** A datapoint may come late, or be put right: so much before the newest one is asked for again, at the same price. */
const askedAgainMs = 3 * hourMs;

/** The end without which nothing is decided. What is before it comes in a call of its own, and may stay away. */
const newestPartMs = dayMs;

/** What is too old is kept for so long: a clock that is put back a little asks for nothing anew. */
const keptBeyondMs = hourMs;

/** Decisions mind what changes in so many of the newest minutes; what changes before them, they would not see. */
const settledMs = 10 * minuteMs;

/** One stream at a time, as a scaler and a command have: another one, or one that was made anew, starts afresh. */
export class StreamMemory {
    #of: string | undefined;
    #history = new MinuteHistory();

    /** What is remembered of a stream, by its key in the ledger. */
    of(streamKey: string): MinuteHistory {
        if (this.#of !== streamKey) this.#history = new MinuteHistory();
        this.#of = streamKey;
        return this.#history;
    }
}

/** The minutes that CloudWatch told, oldest first, and what decisions computed from them. */
export class MinuteHistory {
    /** Begun anew where the past has changed: a datapoint came hours late, or the older part after all. */
    scaler = new ScalerMemory();
    #kept: readonly MinuteSample[] = [];
    /** From here on all was asked for. */
    #fromMs = Infinity;

    /**
     * The same as the port says, asking only for what is new.
     *
     * Where less is kept than is wanted, the older part comes first, in a call of its own: fourteen days are about as many datapoints as
     * one call may give. Where it stays away, for a reason that passes, the newest day has to do until the next time.
     *
     * @throws what the port throws about the newest part; then nothing is kept that was not before
     */
    async samples(metrics: MetricsPort, fromMs: number, toMs: number): Promise<readonly MinuteSample[]> {
        const isKnown = this.#fromMs <= fromMs;
        const newestMs = this.#kept.at(-1)?.startMs ?? -Infinity;
        const againMs = isKnown ? Math.min(newestMs, toMs) - askedAgainMs : toMs - newestPartMs;
        const askedFromMs = startOfMinute(Math.max(fromMs, againMs));
        const older = isKnown ? this.#kept : await olderPart(metrics, fromMs, askedFromMs);
        const newest = await metrics.samples(askedFromMs, toMs, { openShards: true });
        const keptFromMs = isKnown ? Math.max(this.#fromMs, fromMs - keptBeyondMs) : fromMs;
        const before = older && between(older, keptFromMs, askedFromMs);
        if (!isKnown || !isSame(this.#kept, newest, askedFromMs, newestMs - settledMs))
            this.scaler = new ScalerMemory();
        this.#kept = (before ?? []).concat(newest);
        this.#fromMs = before === undefined ? Infinity : keptFromMs;
        return between(this.#kept, fromMs);
    }
}

/** The samples, which are in order, from one time to before another. */
function between(samples: readonly MinuteSample[], fromMs: number, untilMs = Infinity): MinuteSample[] {
    return samples.slice(firstFrom(samples, fromMs), firstFrom(samples, untilMs));
}

function firstFrom(samples: readonly MinuteSample[], timeMs: number): number {
    let [low, high] = [0, samples.length];
    while (low < high) {
        const middle = (low + high) >> 1;
        if (samples[middle]!.startMs < timeMs) low = middle + 1;
        else high = middle;
    }
    return low;
}

/** Whether two tellings agree from one time to another. */
function isSame(
    before: readonly MinuteSample[],
    now: readonly MinuteSample[],
    fromMs: number,
    untilMs: number,
): boolean {
    const [was, is] = [between(before, fromMs, untilMs), between(now, fromMs, untilMs)];
    return was.length === is.length && was.every((sample, at) => isEqual(sample, is[at]!));
}

function isEqual(left: MinuteSample, right: MinuteSample): boolean {
    return (
        left.startMs === right.startMs &&
        left.acceptedBytes === right.acceptedBytes &&
        left.acceptedRecords === right.acceptedRecords &&
        left.refusedRecords === right.refusedRecords &&
        left.openShards === right.openShards
    );
}

/** Undefined where CloudWatch does not give it now. */
async function olderPart(
    metrics: MetricsPort,
    fromMs: number,
    untilMs: number,
): Promise<readonly MinuteSample[] | undefined> {
    if (untilMs <= fromMs) return [];
    try {
        return await metrics.samples(fromMs, untilMs, { openShards: true });
    } catch (error) {
        if (!mayPass(error)) throw error;
        return undefined;
    }
}
