/**
 * What a process remembers of a stream from one run to the next, so that a plan from fourteen days costs as much as a look at one: the
 * minutes that CloudWatch told, and what the last decision computed. Nothing of it is knowledge: a new process asks again.
 */
import { type MinuteSample } from "../capacity/scaling/observation";
import { ScalerMemory } from "../capacity/scaling/predictive/memory";
import { minuteMs, startOfMinute } from "./load";
import { type MetricsPort } from "./ports";
import { mayPass } from "./refusals";

const hourMs = 60 * minuteMs;

/** A datapoint may come late, or be put right: so much before the newest one is asked for again, at the same price. */
const askedAgainMs = 3 * hourMs;

/** The end without which nothing is decided. What is before it comes in a call of its own, and may stay away. */
const newestPartMs = 24 * hourMs;

/** What is too old is kept for so long: a clock that is put back a little asks for nothing anew. */
const keptBeyondMs = hourMs;

/** One stream at a time, as a scaler and a command have: another one, or one that was made anew, starts afresh. */
export class StreamMemory {
    #of: string | undefined;
    #scaler = new ScalerMemory();
    #history = new MinuteHistory();

    /** What is remembered of a stream, by its key in the ledger. */
    of(streamKey: string): { readonly scaler: ScalerMemory; readonly history: MinuteHistory } {
        if (this.#of !== streamKey) {
            this.#of = streamKey;
            this.#scaler = new ScalerMemory();
            this.#history = new MinuteHistory();
        }
        return { scaler: this.#scaler, history: this.#history };
    }
}

/** The minutes that CloudWatch told, oldest first. */
export class MinuteHistory {
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
        const before = older?.filter(({ startMs }) => startMs >= keptFromMs && startMs < askedFromMs);
        this.#kept = [...(before ?? []), ...newest];
        this.#fromMs = before === undefined ? Infinity : keptFromMs;
        return this.#kept.filter(({ startMs }) => startMs >= fromMs);
    }
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
