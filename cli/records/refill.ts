/**
 * What is left of the bytes that came, and the next ones behind it: in one buffer that is filled again and again. A buffer for each chunk is
 * not in JavaScript's heap, so tens of megabytes of them lie about before the garbage collector sees a reason to run.
 */
export class Refill {
    #buffer: Buffer = Buffer.alloc(0);
    #length = 0;

    get length(): number {
        return this.#length;
    }

    /** The bytes, valid until the next `refill`. */
    get bytes(): Buffer {
        return this.#buffer.subarray(0, this.#length);
    }

    /** The same with what may lie behind them, and means nothing. */
    get buffer(): Buffer {
        return this.#buffer;
    }

    /** Keeps the bytes from there on, and puts the chunk behind them. */
    refill(from: number, chunk: Uint8Array): void {
        const kept = this.#length - from;
        this.#length = kept + chunk.length;
        const buffer = this.#buffer;
        if (this.#length > buffer.length) this.#buffer = Buffer.allocUnsafe(Math.max(this.#length, 2 * buffer.length));
        // What stays where it is is not copied: a line over many chunks would be as often as it has chunks.
        if (from > 0 || buffer !== this.#buffer) buffer.copy(this.#buffer, 0, from, from + kept);
        this.#buffer.set(chunk, kept);
    }
}
