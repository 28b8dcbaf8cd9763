/**
 * AWS's time, which jumps from timer to timer. It is the only true time in a schedule; what a machine believes is in machine.ts.
 */

export interface Timer {
    readonly timeMs: number;
    readonly action: () => void;
    isCancelled: boolean;
}

export class VirtualClock {
    /** By time; of equal times the first armed goes first. */
    readonly #timers: Timer[] = [];

    constructor(public nowMs: number) {}

    at(timeMs: number, action: () => void): Timer {
        const timer = { timeMs: Math.max(timeMs, this.nowMs), action, isCancelled: false };
        let low = 0;
        let high = this.#timers.length;
        while (low < high) {
            const middle = (low + high) >> 1;
            if (this.#timers[middle]!.timeMs > timer.timeMs) low = middle + 1;
            else high = middle;
        }
        // The next timer stands last, where taking it costs nothing.
        this.#timers.splice(low, 0, timer);
        return timer;
    }

    in(ms: number, action: () => void): Timer {
        return this.at(this.nowMs + ms, action);
    }

    /** Goes on to the next timer and does what it was armed for; false if there is none up to that time. */
    step(untilMs: number): boolean {
        for (;;) {
            const next = this.#timers.at(-1);
            if (next === undefined || next.timeMs > untilMs) return false;
            this.#timers.pop();
            if (next.isCancelled) continue;
            this.nowMs = next.timeMs;
            next.action();
            return true;
        }
    }
}

/** The last of a list that fits: what was so from then on. */
export function lastThat<Of>(list: readonly Of[], fits: (of: Of) => boolean): Of | undefined {
    for (let at = list.length - 1; at >= 0; at--) if (fits(list[at]!)) return list[at];
    return undefined;
}
