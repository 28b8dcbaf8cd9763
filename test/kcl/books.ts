/**
 * What the workers read, held against what was written: every record at least once, and each key's in the order in which they were written.
 */
export class Books {
    /** Shards that a worker has begun with. */
    readonly begun = new Set<string>();
    /** Workers that read. */
    readonly readers = new Set<string>();
    readonly #seen = new Set<number>();
    readonly #lastOfKey = new Map<string, number>();
    readonly #faults: string[] = [];
    #again = 0;

    constructor(private readonly records: number) {}

    get isComplete(): boolean {
        return this.#seen.size >= this.records;
    }

    get sentence(): string {
        const [read, all, again] = [this.#seen.size, this.records, this.#again].map((count) =>
            count.toLocaleString("en"),
        );
        return `${read} of ${all} records read, ${again} of them again, of ${this.#lastOfKey.size} keys, from ${this.begun.size} shards, by ${this.readers.size} workers`;
    }

    /** A line of a worker: `begin SHARD` or `record SHARD KEY SEQUENCE-NUMBER NUMBER`. */
    enter(worker: string, line: string): void {
        const [what, shard = "", key = "", , number] = line.split("\t");
        if (what === "begin") this.begun.add(shard);
        if (what !== "record") return;
        this.readers.add(worker);
        this.#read(key, Number(number));
    }

    faults(): string[] {
        const missing = this.records - this.#seen.size;
        return [...(missing > 0 ? [`${missing} records were not read.`] : []), ...this.#faults.slice(0, 5)];
    }

    #read(key: string, number: number): void {
        if (this.#seen.has(number)) {
            this.#again++;
            return;
        }
        this.#seen.add(number);
        const last = this.#lastOfKey.get(key) ?? -1;
        if (number < last) this.#faults.push(`Record ${number} of ${key} was read after record ${last}.`);
        this.#lastOfKey.set(key, Math.max(last, number));
    }
}
