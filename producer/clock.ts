/**
 * Time as the producer needs it: a test, or a sandbox with a speed, puts its own in.
 */
import { formatNumber } from "../capacity/text";
import { Interruption } from "../stream/interruption";

/** The time that a producer lives by. @default the machine's, monotonic */
export interface ProducerClock {
    /** Milliseconds since 1970. */
    nowMs(): number;
    /** Calls `action` once at that time, or as soon as it is past. */
    at(timeMs: number, action: () => void): Timer;
}

/** A call that is to come. */
export interface Timer {
    /** Takes it back. */
    cancel(): void;
}

/** The machine's time. Monotonic, so that a clock that is set back delays nothing. */
export const systemClock: ProducerClock = {
    nowMs: () => performance.timeOrigin + performance.now(),
    at(timeMs, action) {
        let handle: NodeJS.Timeout;
        const arm = (): void => {
            const leftMs = Math.max(0, timeMs - this.nowMs());
            handle = leftMs > longestTimeoutMs ? setTimeout(arm, longestTimeoutMs) : setTimeout(action, leftMs);
        };
        arm();
        return { cancel: () => clearTimeout(handle) };
    },
};

/** setTimeout fires at once for anything longer. */
const longestTimeoutMs = 2 ** 31 - 1;

/** One timer for all that waits: of the times it is set to, it goes off at the first. */
export class Alarm {
    #timer: Timer | undefined;
    #atMs = Infinity;

    constructor(
        readonly clock: ProducerClock,
        readonly goesOff: () => void,
    ) {}

    set(atMs: number): void {
        if (atMs >= this.#atMs) return;
        this.#timer?.cancel();
        this.#atMs = atMs;
        this.#timer = this.clock.at(atMs, () => {
            this.#atMs = Infinity;
            this.goesOff();
        });
    }

    /** For good. */
    stop(): void {
        this.#timer?.cancel();
        this.#atMs = -Infinity;
    }
}

/** A failure that the producer itself brings about. */
export function failure(code: string, message: string): Error {
    return Object.assign(new Error(message), { name: code });
}

/** Settles in time, whatever the other side does, or when the call is aborted. */
export async function answerInTime<Answer extends object>(
    { clock }: { readonly clock: ProducerClock },
    timeoutSeconds: number,
    call: AbortController,
    send: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
    const timer = clock.at(clock.nowMs() + timeoutSeconds * 1_000, () => {
        call.abort(failure("CallTimeout", `no answer within ${formatNumber(timeoutSeconds)} s`));
    });
    const aborted = new Interruption(call.signal);
    try {
        const answer = await aborted.wait(send(call.signal));
        if (answer === undefined) throw call.signal.reason as Error;
        return answer;
    } finally {
        aborted.end();
        timer.cancel();
    }
}
