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
    /**
     * While anybody holds the clock, time passes no faster than real time: what a function computes for 300 ms must not cost it minutes of a
     * day that is played fast. Returns what releases it.
     */
    hold(): () => void;
    /** Sandbox seconds per real second at most, while the clock is held. */
    readonly heldSpeed: 0 | 1;
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
    readonly heldSpeed = 1;
    /** Since the last change of pace: the sandbox's time, the machine's, and the pace. */
    #base: { readonly timeMs: number; readonly realMs: number; readonly pace: number };
    readonly #armed = new Set<() => void>();
    readonly #holds = new Holds();

    constructor(options: RunningClockOptions = {}) {
        this.speed = options.speed ?? 1;
        if (!(this.speed > 0 && Number.isFinite(this.speed)))
            throw new RangeError(`speed: ${this.speed} must be a finite number above 0. Use 1 for real time.`);

        this.#base = { timeMs: options.startMs ?? Date.now(), realMs: performance.now(), pace: this.speed };
    }

    nowMs(): number {
        return this.#base.timeMs + (performance.now() - this.#base.realMs) * this.#base.pace;
    }

    /** The timer does not keep the process alive: what is only waiting must not. */
    at(timeMs: number, action: () => void | Promise<void>): Timer {
        return this.#arm(timeMs, action, false);
    }

    sleep(ms: number): Promise<void> {
        return new Promise((resolve) => this.#arm(this.nowMs() + ms, resolve, true));
    }

    hold(): () => void {
        const release = this.#holds.take();
        this.#setPace();
        return () => {
            release();
            this.#setPace();
        };
    }

    #setPace(): void {
        const pace = this.#holds.any ? Math.min(this.heldSpeed, this.speed) : this.speed;
        if (pace === this.#base.pace) return;
        this.#base = { timeMs: this.nowMs(), realMs: performance.now(), pace };
        for (const rearm of this.#armed) rearm();
    }

    #arm(timeMs: number, action: () => void | Promise<void>, keepsProcessAlive: boolean): Timer {
        let handle: NodeJS.Timeout | undefined;
        const arm = (): void => {
            clearTimeout(handle);
            const realMs = Math.ceil(Math.max(0, timeMs - this.nowMs()) / this.#base.pace);
            handle = setTimeout(fire, Math.min(realMs, longestTimeoutMs));
            if (!keepsProcessAlive) handle.unref();
        };
        const fire = (): void => {
            // Too early after a timeout that was cut to the longest one, or by a rounded microsecond.
            if (this.nowMs() < timeMs) return arm();
            this.#armed.delete(arm);
            void action();
        };
        this.#armed.add(arm);
        arm();
        return {
            cancel: () => {
                this.#armed.delete(arm);
                clearTimeout(handle);
            },
        };
    }
}

/** setTimeout fires at once for anything longer. */
const longestTimeoutMs = 2 ** 31 - 1;

/** Who holds a clock. Each lets go once, however often it says so. */
class Holds {
    readonly #taken = new Set<object>();
    #waiting: (() => void)[] = [];

    get any(): boolean {
        return this.#taken.size > 0;
    }

    take(): () => void {
        const hold = {};
        this.#taken.add(hold);
        return () => {
            this.#taken.delete(hold);
            if (this.any) return;
            for (const resume of this.#waiting.splice(0)) resume();
        };
    }

    /** Resolves once nobody holds the clock. */
    async none(): Promise<void> {
        while (this.any) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
}

interface DueAction {
    readonly timeMs: number;
    readonly action: () => void | Promise<void>;
}

/** A clock that moves only when told, and runs what is due on the way, in order of time. */
export class ManualClock implements Clock {
    #nowMs: number;
    /** Sorted by time; equal times in the order of their registration. */
    readonly #due: DueAction[] = [];
    readonly #holds = new Holds();
    readonly heldSpeed = 0;

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

    /** While it is held, `advanceTo` waits. */
    hold(): () => void {
        return this.#holds.take();
    }

    /** Moves to a time; each due action sees its own time and is awaited before the next. Time never goes back. */
    async advanceTo(timeMs: number): Promise<void> {
        await this.#everybodyIsWaiting();
        while (this.#due.length > 0 && this.#due[0]!.timeMs <= timeMs) {
            const next = this.#due.shift()!;
            this.#nowMs = Math.max(this.#nowMs, next.timeMs);
            await next.action();
            await this.#everybodyIsWaiting();
        }
        this.#nowMs = Math.max(this.#nowMs, timeMs);
    }

    advance(ms: number): Promise<void> {
        return this.advanceTo(this.#nowMs + ms);
    }

    /** Whoever slept until now goes on, and sleeps again or lets go of the clock, before it moves further. */
    async #everybodyIsWaiting(): Promise<void> {
        for (let held = true; held;) {
            await new Promise((resolve) => setImmediate(resolve));
            held = this.#holds.any;
            await this.#holds.none();
        }
    }
}
