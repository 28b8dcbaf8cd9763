/** A queue with constant-time ends, for hundreds of thousands of records: an array's shift() copies. */
export class Fifo<T> {
    #items: (T | undefined)[] = [];
    #head = 0;

    get length(): number {
        return this.#items.length - this.#head;
    }

    push(item: T): void {
        this.#items.push(item);
    }

    peek(): T | undefined {
        return this.#items[this.#head];
    }

    shift(): T | undefined {
        if (this.#head === this.#items.length) return undefined;
        const item = this.#items[this.#head];
        this.#items[this.#head++] = undefined;
        if (this.#head === this.#items.length || (this.#head >= 1_024 && this.#head * 2 >= this.#items.length)) {
            this.#items = this.#items.slice(this.#head);
            this.#head = 0;
        }
        return item;
    }

    /** Removes and returns everything that the predicate picks; the rest keeps its order. */
    remove(picks: (item: T) => boolean): T[] {
        const picked: T[] = [];
        const kept: T[] = [];
        for (let at = this.#head; at < this.#items.length; at++) {
            const item = this.#items[at] as T;
            (picks(item) ? picked : kept).push(item);
        }
        this.#items = kept;
        this.#head = 0;
        return picked;
    }
}
