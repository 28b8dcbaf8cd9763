/**
 * Waiting that can be cut short: for a time of the sandbox's clock, or until somebody rings.
 */
import { type Clock } from "../clock";

export class Bell {
    readonly #waiting = new Set<() => void>();

    constructor(private readonly clock: Clock) {}

    /** Wakes all who wait now. */
    ring(): void {
        for (const wake of [...this.#waiting]) wake();
    }

    /** @param ms of the sandbox's clock; until it is rung, if there are none */
    wait(ms = Infinity): Promise<void> {
        return new Promise((resolve) => {
            const wake = (): void => {
                timer?.cancel();
                this.#waiting.delete(wake);
                resolve();
            };
            const timer = ms < Infinity ? this.clock.at(this.clock.nowMs() + ms, wake) : undefined;
            this.#waiting.add(wake);
        });
    }
}
