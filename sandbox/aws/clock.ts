/**
 * The sandbox's time: every service of the local AWS reads and waits on one clock, so that a day can pass in a minute.
 *
 * RunningClock follows real time, times a speed; ManualClock stands still until a test advances it.
 */
export interface Clock {
    /** Milliseconds since 1970, in the sandbox's time. */
    nowMs(): number;
    /** Runs an action once the clock reaches a time; a time that has passed is due at once. */
    at(timeMs: number, action: () => void | Promise<void>): Timer;
    /** Resolves after so many milliseconds of the sandbox's time. */
    sleep(ms: number): Promise<void>;
}

export interface Timer {
    cancel(): void;
}

export interface RunningClockOptions {
    /** The time at which the clock starts. @default the machine's time */
    readonly startMs?: number;
    /** Seconds of sandbox time per real second, above 0. @default 1 */
    readonly speed?: number;
}

/** Sandbox time = start + real time since then * speed. */
export class RunningClock implements Clock {
    readonly speed: number;
    readonly #startMs: number;
    readonly #realStartMs = performance.now();

    constructor(options: RunningClockOptions = {}) {
        this.speed = options.speed ?? 1;
        if (!(this.speed > 0 && Number.isFinite(this.speed))) {
            throw new RangeError(`speed: ${this.speed} must be a finite number above 0. Use 1 for real time.`);
        }
        this.#startMs = options.startMs ?? Date.now();
    }

    nowMs(): number {
        return this.#startMs + (performance.now() - this.#realStartMs) * this.speed;
    }

    /** The timer does not keep the process alive: what is only waiting must not. */
    at(timeMs: number, action: () => void | Promise<void>): Timer {
        let handle: NodeJS.Timeout;
        let cancelled = false;
        const arm = (): void => {
            const realMs = Math.max(0, (timeMs - this.nowMs()) / this.speed);
            handle = setTimeout(
                () => {
                    if (cancelled) return;
                    if (this.nowMs() < timeMs) arm();
                    else void action();
                },
                Math.min(Math.ceil(realMs), longestTimeoutMs),
            );
            handle.unref();
        };
        arm();
        return {
            cancel: () => {
                cancelled = true;
                clearTimeout(handle);
            },
        };
    }

    async sleep(ms: number): Promise<void> {
        const untilMs = this.nowMs() + ms;
        while (this.nowMs() < untilMs) {
            const realMs = Math.ceil((untilMs - this.nowMs()) / this.speed);
            await new Promise((resolve) => setTimeout(resolve, Math.min(realMs, longestTimeoutMs)));
        }
    }
}

/** setTimeout fires at once for anything longer. */
const longestTimeoutMs = 2 ** 31 - 1;

interface DueAction {
    readonly timeMs: number;
    readonly action: () => void | Promise<void>;
}

/** A clock that moves only when told, and runs what is due on the way, in order of time. */
export class ManualClock implements Clock {
    #nowMs: number;
    /** Sorted by time; equal times in the order of their registration. */
    readonly #due: DueAction[] = [];

    /** @param startMs @default 2026-11-01T00:00:00Z */
    constructor(startMs = Date.UTC(2026, 10, 1)) {
        this.#nowMs = startMs;
    }

    nowMs(): number {
        return this.#nowMs;
    }

    at(timeMs: number, action: () => void | Promise<void>): Timer {
        const entry = { timeMs, action };
        const after = this.#due.findIndex((other) => other.timeMs > timeMs);
        this.#due.splice(after < 0 ? this.#due.length : after, 0, entry);
        return {
            cancel: () => {
                const index = this.#due.indexOf(entry);
                if (index >= 0) this.#due.splice(index, 1);
            },
        };
    }

    sleep(ms: number): Promise<void> {
        return new Promise((resolve) => this.at(this.#nowMs + ms, resolve));
    }

    /** Moves to a time; each due action sees its own time and is awaited before the next. Time never goes back. */
    async advanceTo(timeMs: number): Promise<void> {
        await letPromisesSettle();
        while (this.#due.length > 0 && this.#due[0]!.timeMs <= timeMs) {
            const next = this.#due.shift()!;
            this.#nowMs = Math.max(this.#nowMs, next.timeMs);
            await next.action();
            await letPromisesSettle();
        }
        this.#nowMs = Math.max(this.#nowMs, timeMs);
    }

    advance(ms: number): Promise<void> {
        return this.advanceTo(this.#nowMs + ms);
    }
}

/** Whoever slept until now goes on, and may sleep again, before the clock moves further. */
function letPromisesSettle(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
}
