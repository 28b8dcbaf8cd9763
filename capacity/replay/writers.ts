/**
 * The producers of a replay: what they offer each second, what is accepted, and what they write again.
 */
import { refusedOf, type Worth } from "./shards";

/** Load in what a shard takes in a second, summed over a minute. */
export interface WrittenMinute {
    /** New records. */
    offered: number;
    accepted: number;
    /** Attempts: a record that is refused three times counts three times, as in CloudWatch. */
    refused: number;
    /** Records that were refused until nobody tried any more. */
    lost: number;
    /** The most that was offered in one of the seconds. */
    highest: number;
}

const factorMin = 1e-100;

export class Writers {
    readonly #retrySeconds: number;
    /** Refused records by the second in which they were new, over a factor; and their sum. */
    readonly #waiting: Float64Array;
    #factor = 1;
    #waits = 0;
    #second = 0;
    #minute = emptyMinute();

    constructor(retrySeconds: number) {
        this.#retrySeconds = retrySeconds;
        this.#waiting = new Float64Array(retrySeconds);
    }

    /** One second of new records, and of those that wait. */
    write(offered: number, worth: Worth): void {
        const minute = this.#minute;
        minute.offered += offered;
        if (offered > minute.highest) minute.highest = offered;
        const attempted = offered + this.#waits;
        const refused = refusedOf(attempted, worth);
        minute.accepted += attempted - refused;
        minute.refused += refused;
        if (this.#retrySeconds === 0) minute.lost += refused;
        else if (attempted > 0) this.#keep(offered, refused / attempted);
        this.#second++;
    }

    /**
     * What is refused is so in the same part of the new records and of those that waited; the oldest are given up. The part of all is kept once,
     * as a factor: an hour of seconds, each multiplied in each second, would be most of a replay.
     */
    #keep(offered: number, refusedPart: number): void {
        if (refusedPart === 0) {
            if (this.#waits > 0) this.#forget();
            return;
        }
        const waiting = this.#waiting;
        const newest = this.#second % this.#retrySeconds;
        const oldest = waiting[newest]! * this.#factor;
        this.#minute.lost += oldest * refusedPart;
        waiting[newest] = offered / this.#factor;
        this.#factor *= refusedPart;
        this.#waits = Math.max(0, this.#waits - oldest + offered) * refusedPart;
        if (newest === 0 || this.#factor < factorMin) this.#settle();
    }

    #forget(): void {
        this.#waiting.fill(0);
        this.#factor = 1;
        this.#waits = 0;
    }

    /** Before the factor is too small for a double, and once in a while, so that the sum does not drift. */
    #settle(): void {
        const waiting = this.#waiting;
        let waits = 0;
        for (let age = 0; age < waiting.length; age++) waits += waiting[age]! *= this.#factor;
        this.#waits = waits;
        this.#factor = 1;
    }

    /** The minute since the last call. */
    takeMinute(): WrittenMinute {
        const minute = this.#minute;
        this.#minute = emptyMinute();
        return minute;
    }

    /** Records that still waited at the end. */
    get waiting(): number {
        return this.#waits;
    }
}

function emptyMinute(): WrittenMinute {
    return { offered: 0, accepted: 0, refused: 0, lost: 0, highest: 0 };
}
