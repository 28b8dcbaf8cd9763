/**
 * Waits for promises, each until it settles or a signal is aborted.
 *
 * Promise.race would keep a reaction, and with it the value, of every one of them until the signal is aborted at last: a source of ten
 * million records would stay in memory as a whole.
 */
export class Interruption {
    #interrupt: (() => void) | undefined;
    readonly #onAbort = (): void => this.#interrupt?.();

    /** One listener for all that is waited for; call end() when nothing more is. */
    constructor(readonly signal: AbortSignal | undefined) {
        signal?.addEventListener("abort", this.#onAbort, { once: true });
    }

    /** Undefined if the signal was aborted first. One promise at a time. */
    wait<Value>(promise: Promise<Value>): Promise<Value | undefined> {
        return new Promise((resolve, reject) => {
            this.#interrupt = () => resolve(undefined);
            promise.then(resolve, reject);
            if (this.signal?.aborted === true) resolve(undefined);
        });
    }

    end(): void {
        this.signal?.removeEventListener("abort", this.#onAbort);
        this.#interrupt = undefined;
    }
}
