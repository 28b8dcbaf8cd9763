/**
 * The time of a function: Date, performance.now and timers that go as the parent says.
 *
 * While the function works, time passes as it really does, or stands still on a clock that a test moves; a real timer stands behind each of
 * its timers. While it waits, time is frozen until the parent has moved on to the moment that it waits for.
 *
 * `virtualTime` is sent to the child as text: it must not use anything from outside its own body.
 */

type Callback = (...args: unknown[]) => void;

export function virtualTime(workingSpeed: 0 | 1) {
    /* eslint-disable @typescript-eslint/no-require-imports -- this text runs in the child, outside any module of the project */
    const util = require("node:util") as typeof import("node:util");
    const timersModule = require("node:timers") as Record<string, unknown>;
    const timersPromises = require("node:timers/promises") as Record<string, unknown>;
    const realSetTimeout = setTimeout;
    const realClearTimeout = clearTimeout;
    const realNow = performance.now.bind(performance);
    let baseMs = 0;
    let baseRealMs = realNow();
    const preciseNow = (): number => baseMs + workingSpeed * (realNow() - baseRealMs);
    const now = (): number => Math.floor(preciseNow());
    const setNow = (nowMs: number): void => {
        baseMs = nowMs;
        baseRealMs = realNow();
    };
    // From any origin: what a function measures is the time between two.
    performance.now = preciseNow;
    const RealDate = Date;
    globalThis.Date = new Proxy(RealDate, {
        construct: (target, args, newTarget) =>
            Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as object,
        apply: () => new RealDate(now()).toString(),
        get: (target, name, receiver) => (name === "now" ? now : (Reflect.get(target, name, receiver) as unknown)),
    });

    let nextId = 1;
    let frozen = true;
    const timers = new Map<number, VirtualTimer>();
    class VirtualTimer {
        readonly id = nextId++;
        dueMs = 0;
        real: NodeJS.Timeout | undefined;
        referenced = true;
        constructor(
            readonly callback: Callback,
            readonly delayMs: number,
            readonly args: unknown[],
            readonly repeats: boolean,
        ) {
            this.refresh();
        }
        refresh(): this {
            this.dueMs = now() + this.delayMs;
            timers.set(this.id, this);
            this.arm();
            return this;
        }
        arm(): void {
            realClearTimeout(this.real);
            if (frozen) return;
            this.real = realSetTimeout(() => this.fire(), Math.max(0, this.dueMs - now()));
            if (!this.referenced) this.real.unref();
        }
        fire(): void {
            // Where time stands still while the function works, the timer itself moves it.
            if (now() < this.dueMs) setNow(this.dueMs);
            if (this.repeats) {
                this.dueMs = now() + Math.max(1, this.delayMs);
                this.arm();
            } else {
                timers.delete(this.id);
            }
            this.callback(...this.args);
        }
        ref(): this {
            this.referenced = true;
            this.real?.ref();
            return this;
        }
        unref(): this {
            this.referenced = false;
            this.real?.unref();
            return this;
        }
        hasRef(): boolean {
            return this.referenced;
        }
        close(): this {
            timers.delete(this.id);
            realClearTimeout(this.real);
            return this;
        }
        [Symbol.toPrimitive](): number {
            return this.id;
        }
    }
    const delayOf = (delay: unknown): number => {
        const ms = Number(delay);
        return ms >= 1 && ms <= 2 ** 31 - 1 ? Math.trunc(ms) : 1;
    };
    const virtualSetTimeout = (callback: Callback, delay?: number, ...args: unknown[]): VirtualTimer =>
        new VirtualTimer(callback, delayOf(delay), args, false);
    const virtualSetInterval = (callback: Callback, delay?: number, ...args: unknown[]): VirtualTimer =>
        new VirtualTimer(callback, delayOf(delay), args, true);
    const virtualClear = (timer: unknown): void => {
        const id = timer instanceof VirtualTimer ? timer.id : Number(timer as number);
        if (timers.has(id)) timers.get(id)!.close();
        // A timer that Node itself made.
        else if (typeof timer === "object" && timer !== null) realClearTimeout(timer as NodeJS.Timeout);
    };
    const sleep = (delay?: number, value?: unknown, options?: { signal?: AbortSignal }): Promise<unknown> =>
        new Promise((resolve, reject) => {
            const signal = options?.signal;
            if (signal?.aborted) {
                reject(signal.reason as Error);
                return;
            }
            const timer = virtualSetTimeout(() => {
                signal?.removeEventListener("abort", abort);
                resolve(value);
            }, delay);
            const abort = (): void => {
                timer.close();
                reject(signal!.reason as Error);
            };
            signal?.addEventListener("abort", abort);
        });
    Object.defineProperty(virtualSetTimeout, util.promisify.custom, { value: sleep });
    const replaced = {
        setTimeout: virtualSetTimeout,
        setInterval: virtualSetInterval,
        clearTimeout: virtualClear,
        clearInterval: virtualClear,
    };
    Object.assign(globalThis, replaced);
    Object.assign(timersModule, replaced);
    timersPromises.setTimeout = sleep;

    return {
        now,
        freeze: () => {
            frozen = true;
            for (const timer of timers.values()) realClearTimeout(timer.real);
        },
        thaw: (nowMs: number) => {
            setNow(nowMs);
            frozen = false;
            for (const timer of [...timers.values()].sort((left, right) => left.dueMs - right.dueMs)) timer.arm();
        },
        /** Infinity if nothing is waited for. */
        nextDueMs: () => [...timers.values()].reduce((least, { dueMs }) => Math.min(least, dueMs), Infinity),
    };
}
