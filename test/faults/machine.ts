/**
 * The machine under the code: its clock, timers, chance, environment and log are taken over for as long as a schedule is played, so the real
 * handler and the real commands run unchanged in virtual time.
 */
import { type Timer } from "./clock";

export interface Machine {
    /** What the machine takes for the time: it may be set back or forth. */
    dateMs(): number;
    /** Time that only ever goes on. */
    monotonicMs(): number;
    random(): number;
    timer(ms: number, action: () => void): Timer;
    /** A line on stdout. */
    write(text: string): void;
}

/** Plays on the machine, and gives the process its own back. The play must not wait for anything that is not the machine's. */
export async function onMachine<Result>(machine: Machine, play: () => Promise<Result>): Promise<Result> {
    const own = { setTimeout, clearTimeout, random: Math.random, dateNow: Date.now, performanceNow: performance.now };
    const { write } = process.stdout;
    const { env } = process;
    const timers = new WeakSet<object>();
    Object.assign(globalThis, {
        setTimeout: (action: () => void, ms = 0) => {
            const timer = machine.timer(ms, action);
            timers.add(timer);
            return timer;
        },
        clearTimeout: (timer: object | undefined) => {
            if (timer !== undefined && timers.has(timer)) (timer as Timer).isCancelled = true;
            else own.clearTimeout.call(globalThis, timer as NodeJS.Timeout);
        },
    });
    Math.random = () => machine.random();
    Date.now = () => machine.dateMs();
    performance.now = () => machine.monotonicMs();
    // A plain object: to write the real one is a call of the system.
    process.env = { ...env };
    process.stdout.write = ((text: string) => (machine.write(text), true)) as typeof process.stdout.write;
    try {
        return await play();
    } finally {
        Object.assign(globalThis, { setTimeout: own.setTimeout, clearTimeout: own.clearTimeout });
        Object.assign(Math, { random: own.random });
        Object.assign(Date, { now: own.dateNow });
        performance.now = own.performanceNow;
        process.stdout.write = write;
        process.env = env;
    }
}

/** Resolves when everything that can go on has gone on: a tick comes after the last promise that is settled. */
export function quiet(): Promise<void> {
    return new Promise((resolve) => process.nextTick(resolve));
}
