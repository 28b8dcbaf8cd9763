/** Time as the producer needs it: a test, or a sandbox with a speed, puts its own in. */
export interface ProducerClock {
    nowMs(): number;
    at(timeMs: number, action: () => void): { cancel(): void };
}

/** The machine's time. Monotonic, so that a clock that is set back delays nothing. */
export const systemClock: ProducerClock = {
    nowMs: () => performance.timeOrigin + performance.now(),
    at(timeMs, action) {
        const handle = setTimeout(action, Math.max(0, timeMs - this.nowMs()));
        return { cancel: () => clearTimeout(handle) };
    },
};
