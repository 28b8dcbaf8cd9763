/**
 * What only a person can mend: credentials that expired, a permission that was taken away, a stream or a key that is gone, a wrong clock.
 *
 * Before the first delivery it means that the producer is set up wrongly: it stops at once. Afterwards records were welcome a moment ago:
 * it keeps them, asks again with one call at a time, and stops only if the state lasts.
 */
import { type Meaning, type Refusal } from "../stream/refusals";
import { type Books } from "./books";
import { type Tell } from "./events";
import { backOffMs } from "./lane";
import { type NumericOption } from "./options";

/** No call can succeed until somebody changes something. Everything else may succeed later: the deadline bounds how long that is believed. */
const hopeless: readonly Meaning[] = ["gone", "not-allowed", "skewed"];

interface OutageParts<T> {
    readonly numbers: Readonly<Record<NumericOption, number>>;
    readonly random: () => number;
    readonly books: Books<T>;
    readonly tell: Tell<T>;
}

interface State {
    readonly sinceMs: number;
    /** Calls that had left when the last refusal came: their answers tell nothing new. */
    callsBefore: number;
    /** Refusals of calls that asked again. */
    refusals: number;
    nextCallMs: number;
    isTold: boolean;
}

export class Outage<T> {
    #state: State | undefined;

    constructor(readonly parts: OutageParts<T>) {}

    /** While it is, one call at a time asks whether it is over. */
    get isOn(): boolean {
        return this.#state !== undefined;
    }

    /** When the next call may leave. */
    get nextCallMs(): number {
        return this.#state?.nextCallMs ?? -Infinity;
    }

    /** Whether a refusal is of this kind. */
    concerns({ meaning }: Refusal): boolean {
        return hopeless.includes(meaning);
    }

    /** A call was refused. Returns for how many seconds all have been, if the producer has to stop; undefined if it asks again. */
    refused(refusal: Refusal, call: number, nowMs: number): number | undefined {
        const { books, numbers } = this.parts;
        const outageMs = numbers.outageSeconds * 1_000;
        const state = this.#state;
        if (state === undefined) {
            // The SDK has just learned the time from this refusal: the same call, made again, succeeds.
            const isSkewed = refusal.meaning === "skewed";
            if (!isSkewed && (books.counts.sent === 0 || outageMs === 0)) return 0;
            this.#state = { sinceMs: nowMs, callsBefore: 0, refusals: 0, nextCallMs: nowMs, isTold: false };
            if (isSkewed) this.#state.callsBefore = books.counts.calls;
            else this.#wait(this.#state, refusal, nowMs);
            return undefined;
        }
        if (call <= state.callsBefore) return undefined;
        if (books.counts.sent === 0) return 0;
        const lastedMs = nowMs - state.sinceMs;
        if (lastedMs >= outageMs) return lastedMs / 1_000;
        this.#wait(state, refusal, nowMs);
        return undefined;
    }

    /** A call was answered: if it left since, the state is over. */
    answered(call: number, nowMs: number): void {
        const state = this.#state;
        if (state === undefined || call <= state.callsBefore) return;
        this.#state = undefined;
        if (state.isTold) this.parts.tell("resumed", { seconds: (nowMs - state.sinceMs) / 1_000 });
    }

    #wait(state: State, { name: code, message, advice }: Refusal, nowMs: number): void {
        const { books, numbers, random, tell } = this.parts;
        state.callsBefore = books.counts.calls;
        state.refusals += 1;
        const endMs = state.sinceMs + numbers.outageSeconds * 1_000;
        const waitMs = backOffMs({ ...numbers, random }, state.refusals, numbers.backoffMaxMs);
        state.nextCallMs = Math.min(nowMs + waitMs, Math.max(nowMs, endMs));
        if (!state.isTold) tell("waiting", { code, message, advice, stopsAfterSeconds: numbers.outageSeconds });
        state.isTold = true;
    }
}
