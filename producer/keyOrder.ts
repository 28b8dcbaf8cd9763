/**
 * Order per key: one record of a key is under way, the others wait behind it.
 */
import { Fifo } from "./fifo";

export class KeyOrder<R> {
    readonly #behind = new Map<string, Fifo<R> | undefined>();

    /** True if the record may go; otherwise it is kept until its turn comes. */
    enter(key: string, record: R): boolean {
        if (!this.#behind.has(key)) {
            this.#behind.set(key, undefined);
            return true;
        }
        let queue = this.#behind.get(key);
        if (queue === undefined) this.#behind.set(key, (queue = new Fifo()));
        queue.push(record);
        return false;
    }

    /** The record of this key that is under way has its fate: returns the one whose turn it is. */
    leave(key: string): R | undefined {
        const next = this.#behind.get(key)?.shift();
        if (next === undefined) this.#behind.delete(key);
        return next;
    }

    /** Removes and returns all that wait. */
    clear(): R[] {
        const waiting = [...this.#behind.values()].flatMap((queue) => queue?.remove(() => true) ?? []);
        this.#behind.clear();
        return waiting;
    }
}
