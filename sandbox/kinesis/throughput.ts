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

    /** Whether its next use is as the first one of a new bucket: it is full, and has been for longer than the refill that filled it. */
    isRested(nowMs: number): boolean {
        return this.#tokens >= this.#capacity || this.#refillsUntil(nowMs) > this.#refillsToFull();
    }

    #refill(nowMs: number): void {
        if (this.isRested(nowMs)) {
            // The second begins with the next use.
            this.#tokens = this.#capacity;
            this.#refilledMs = nowMs;
            return;
        }
        const refills = this.#refillsUntil(nowMs);
        this.#tokens = Math.min(this.#capacity, this.#tokens + refills * this.#refillTokens);
        // In use, seconds follow one another without a gap, however late the first record of a second comes.
        this.#refilledMs += refills * this.#refillMs;
    }

    #refillsUntil(nowMs: number): number {
        return Math.floor((nowMs - this.#refilledMs) / this.#refillMs);
    }

    #refillsToFull(): number {
        return Math.ceil((this.#capacity - this.#tokens) / this.#refillTokens);
    }
}

/** Buckets by what they count. One that is rested is as one that nobody has used yet: it is forgotten. */
export class TokenBuckets {
    readonly #buckets = new Map<string, TokenBucket>();
    #lookedMs = -Infinity;

    /** Those that are remembered. */
    get size(): number {
        return this.#buckets.size;
    }

    /** Takes a token of those that come back at a rate, if one is there. */
    tryTake(key: string, ratePerSecond: number, nowMs: number): boolean {
        if (nowMs - this.#lookedMs >= 1_000) this.#forgetRested(nowMs);
        const bucket = this.#buckets.get(key) ?? new TokenBucket(ratePerSecond, 1, nowMs);
        this.#buckets.set(key, bucket);
        return bucket.tryTake(1, nowMs);
    }

    #forgetRested(nowMs: number): void {
        this.#lookedMs = nowMs;
        for (const [key, bucket] of this.#buckets) if (bucket.isRested(nowMs)) this.#buckets.delete(key);
    }
}
