/**
 * A shard's limits on a clock: a token bucket that is refilled once a second.
 *
 * Refilled by the second rather than continuously, counted from the first use after a rest, it admits exactly rate * seconds under steady
 * overload: no opening bonus blurs what a stream of N shards takes.
 */
export class TokenBucket {
    readonly #capacity: number;
    readonly #refillMs: number;
    readonly #refillTokens: number;
    #tokens: number;
    #refilledMs: number;

    /**
     * @param ratePerSecond tokens that come back per second
     * @param burstSeconds depth of the bucket in seconds of its rate; it starts full
     */
    constructor(ratePerSecond: number, burstSeconds: number, nowMs: number) {
        this.#capacity = ratePerSecond * burstSeconds;
        this.#refillMs = Math.min(1, burstSeconds) * 1_000;
        this.#refillTokens = (ratePerSecond * this.#refillMs) / 1_000;
        this.#tokens = this.#capacity;
        this.#refilledMs = nowMs;
    }

    /** Whether the tokens are there. What costs more than the bucket holds passes once it is full, and leaves a debt. */
    has(tokens: number, nowMs: number): boolean {
        this.#refill(nowMs);
        return this.#tokens >= Math.min(tokens, this.#capacity);
    }

    /** Takes tokens that `has` said are there, or that are owed afterwards. */
    take(tokens: number): void {
        this.#tokens -= tokens;
    }

    /** Takes the tokens if they are there. */
    tryTake(tokens: number, nowMs: number): boolean {
        if (!this.has(tokens, nowMs)) return false;
        this.take(tokens);
        return true;
    }

    #refill(nowMs: number): void {
        if (this.#tokens >= this.#capacity) {
            // Rested: the second begins with the next use.
            this.#refilledMs = nowMs;
            return;
        }
        const refills = Math.floor((nowMs - this.#refilledMs) / this.#refillMs);
        if (refills === 0) return;
        const needed = Math.ceil((this.#capacity - this.#tokens) / this.#refillTokens);
        this.#tokens = Math.min(this.#capacity, this.#tokens + refills * this.#refillTokens);
        // In use, seconds follow one another without a gap, however late the first record of a second comes.
        this.#refilledMs = refills > needed ? nowMs : this.#refilledMs + refills * this.#refillMs;
    }
}
