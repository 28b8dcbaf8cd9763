/**
 * What a sample of records tells about its partition keys: the load of each shard to the record, the heaviest keys, and how many keys
 * there are, in bounded memory however long the sample is.
 */
import { sum } from "../sums";
import { type HashRing, type Locator, locatorOf } from "./hashRing";
import { exactNumbers, type KeyNumbers, Sketches } from "./keyNumbers";
import { KeyTable } from "./keyTable";
import { type DigestBatch, KeyHasher } from "./md5";
import { Words } from "./words";
import { KeyWindows, type WindowSpread } from "./windows";

/** One partition key of a sample. */
export interface SampleKey {
    /** The key. */
    readonly key: string;
    /** Its load, exact unless `weightError` is above 0: then at most that much too low. In records, or in the unit of the weights. */
    readonly weight: number;
    readonly weightError: number;
    /** Records that have it. */
    readonly records: number;
    /** Its MD5, or the explicit hash key that came with it. */
    readonly hashKey: bigint;
    /** Index of its shard in the ring. */
    readonly shard: number;
}

/** A sample, counted. */
export interface KeySample extends KeyNumbers {
    /** The shards that it was counted for. */
    readonly ring: HashRing;
    readonly records: number;
    /** Sum of the records' weights; the records themselves where no weight was given. */
    readonly weight: number;
    /** Records of each shard, in the order of the ring. */
    readonly shardRecords: readonly number[];
    /** Weight of each shard, in the order of the ring. */
    readonly shardWeights: readonly number[];
    /** Weight of each cell: every shard's range in `partsPerShard` equal parts, one after another. */
    readonly cellWeights: Float64Array;
    /** Cells of each shard. */
    readonly partsPerShard: number;
    /** The heaviest keys, heaviest first. All keys, exactly, where `allKeys`. */
    readonly keys: readonly SampleKey[];
    /** Whether every key was counted by itself. */
    readonly allKeys: boolean;
    /** A key that is not among `keys`, or the part of one that was counted late, weighs at most this. */
    readonly weightError: number;
    /** Sum of the squared weights of the records, which chance adds to how unequal keys look; 0 of the whole. */
    readonly recordWeightSquares: number;
    /** Whether these are all keys with their totals: nothing in it is chance, and no key is unseen. See `wholeOf`. */
    readonly isWhole: boolean;
    /** Records that carry an explicit hash key. */
    readonly explicitRecords: number;
    /** The same records in the order in which they came; undefined where they are too few. */
    readonly inOrder: WindowSpread | undefined;
}

/** How much memory a count takes. */
export interface KeyTallyOptions {
    /** Keys that are counted one by one; a key above 2 / counters of the load is never lost. A power of two, 2 to 16,777,216; default 16,384, 2 MB. */
    readonly slots?: number;
}

/** Cells of all shards together: enough to find a split point, few enough for the processor's cache. */
const cellsAtLeast = 16_384;
const partsPerShardMin = 16;
const keysInAnswerMax = 10_000;
const encoder = new TextEncoder();

/** What a record may weigh, beside 0: far beyond the bytes of any record or total, on both sides; the squares of what is further out are more, or less, than a number holds. */
export const recordWeights = { least: 1e-15, most: 1e15 } as const;

/**
 * Counts keys. Keys are handed over by their place in a buffer (`read`, then `add` for each), as text (`addKey`), or with their hash key.
 *
 * Heavy keys are counted with the Frequent Items sketch of Misra and Gries in the form of Anderson et al. ("A High-Performance Algorithm
 * for Identifying Frequent Items in Data Streams", 2017): when the table is full, the median count is taken off all, and those at zero
 * leave. What was taken before a key came in bounds its error.
 *
 * @throws InvalidInputError where the slots are no power of two
 */
export class KeyTally {
    private readonly hasher = new KeyHasher((batch) => this.countBatch(batch));
    private readonly locator: Locator;
    private readonly cells: Float64Array;
    private readonly shardRecords: Float64Array;
    private readonly sketches: Sketches;
    private readonly windows: KeyWindows;
    private readonly scratch = new Uint8Array(1 << 16);
    private scratchUsed = 0;
    private source: Uint8Array = this.scratch;
    private words = new Words(this.scratch);
    private readonly table: KeyTable;
    /** In an array, since a field that turns from a whole number into another would have all the loops compiled anew. */
    private readonly takenBox = new Float64Array(1);
    private records = 0;
    private weight = 0;
    private weightSquares = 0;
    private explicitRecords = 0;

    constructor(
        readonly ring: HashRing,
        { slots = 16_384 }: KeyTallyOptions = {},
    ) {
        this.locator = locatorOf(ring, Math.max(partsPerShardMin, Math.ceil(cellsAtLeast / ring.starts.length)));
        this.cells = new Float64Array(this.locator.cells);
        this.shardRecords = new Float64Array(ring.starts.length);
        this.windows = new KeyWindows(ring.starts.length);
        this.sketches = new Sketches(slots);
        this.table = new KeyTable(slots);
        this.hasher.read(this.words);
    }

    /** Keys that are added from now on lie in this buffer, as UTF-8. It may be reused after the next `read` or `flush`. */
    read(source: Uint8Array): void {
        this.hasher.flush();
        this.scratchUsed = 0;
        this.source = source;
        this.words = new Words(source);
        this.hasher.read(this.words);
    }

    /** Counts the key that lies there in the buffer, for a record of that weight. */
    add(start: number, length: number, weight = 1): void {
        this.hasher.add(start, length, weight);
    }

    /** Counts what was added, so that the buffer may be reused. */
    flush(): void {
        this.hasher.flush();
    }

    /** Counts a key that is text, for a record of that weight. */
    addKey(key: string, weight = 1): void {
        const start = this.place(key);
        this.hasher.add(start, this.scratchUsed - start, weight);
    }

    /** A record whose place on the ring does not follow from its key. The key is its name only; keys with the same hash key are one. */
    addHashKey(hashKey: bigint, key: string, weight = 1): void {
        const start = this.place(key);
        this.explicitRecords++;
        const words = Int32Array.from([96n, 64n, 32n, 0n], (shift) => Number((hashKey >> shift) & 0xffffffffn));
        this.hasher.addHashed(words, start, this.scratchUsed - start, weight);
    }

    private place(key: string): number {
        const room = key.length * 3;
        if (room > this.scratch.length) throw new RangeError("A partition key has at most 256 characters.");
        if (this.source !== this.scratch || this.scratchUsed + room > this.scratch.length) this.read(this.scratch);
        const start = this.scratchUsed;
        this.scratchUsed += encoder.encodeInto(key, this.scratch.subarray(start)).written;
        return start;
    }

    /** Each loop does one thing for all keys: so the processor has the memory of the next keys fetched while it works on one. */
    private countBatch(batch: DigestBatch): void {
        this.countPlaces(batch);
        this.sketches.count(batch);
        this.countKeys(batch);
    }

    private countPlaces({ words, size, weights }: DigestBatch): void {
        const { cells, shardRecords, windows } = this;
        const { locate, partsPerShard } = this.locator;
        for (let key = 0, at = 0; key < size; key++, at += 4) {
            const weight = weights[key]!;
            const cell = locate(words, at);
            cells[cell]! += weight;
            shardRecords[(cell / partsPerShard) | 0]!++;
            if (++this.records === windows.fullAt) windows.close(shardRecords);
            this.weight += weight;
            this.weightSquares += weight * weight;
        }
    }

    private countKeys(batch: DigestBatch): void {
        const { table } = this;
        const { words, size, weights } = batch;
        for (let key = 0; key < size; key++) {
            const slot = table.find(words, 4 * key);
            if (table.isFree(slot)) {
                table.insert(slot, batch, key, this.taken, this.words);
                if (table.used >= table.usedMax) this.purge();
            } else {
                table.add(slot, weights[key]!);
            }
        }
    }

    /** Takes the median count off all keys; those that have nothing left make room. */
    private purge(): void {
        const median = this.table.sampledMedian();
        this.table.takeOff(median);
        this.takenBox[0]! += median;
    }

    /** What was taken off every key so far. */
    private get taken(): number {
        return this.takenBox[0]!;
    }

    /** Records so far, those that wait to be counted among them. */
    get recordsRead(): number {
        return this.records + this.hasher.waiting;
    }

    /** What was counted so far. */
    sample(): KeySample {
        this.hasher.flush();
        const { table, taken } = this;
        const rows = table.rowsByWeight(taken);
        return {
            ring: this.ring,
            records: this.records,
            weight: this.weight,
            shardRecords: Array.from(this.shardRecords),
            ...weightsOf(this.cells, this.locator),
            ...heaviestOf(table, rows, taken, this.locator),
            ...(taken === 0 ? exactNumbers(table, rows) : this.sketches.numbers(this.records, table, rows, taken)),
            recordWeightSquares: this.weightSquares,
            isWhole: false,
            explicitRecords: this.explicitRecords,
            inOrder: this.windows.spread(),
        };
    }
}

/**
 * What was counted, taken not as a sample but as the whole: each record is a key's total, as a table of tenants and their bytes has it. How
 * often a key came then says nothing, nor does the order.
 */
export function wholeOf(sample: KeySample): KeySample {
    return {
        ...sample,
        isWhole: true,
        recordWeightSquares: 0,
        seenOnce: undefined,
        seenTwice: undefined,
        inOrder: undefined,
    };
}

function weightsOf(
    cells: Float64Array,
    { partsPerShard }: Locator,
): Pick<KeySample, "shardWeights" | "cellWeights" | "partsPerShard"> {
    const shardWeights = Array.from({ length: cells.length / partsPerShard }, (_, shard) =>
        sum(cells.subarray(shard * partsPerShard, (shard + 1) * partsPerShard)),
    );
    return { shardWeights, cellWeights: cells, partsPerShard };
}

/** The heaviest keys, and what a key that is not among them weighs at most. */
function heaviestOf(
    table: KeyTable,
    rows: readonly number[],
    taken: number,
    locator: Locator,
): Pick<KeySample, "keys" | "allKeys" | "weightError"> {
    const heaviest = rows.slice(0, keysInAnswerMax);
    const leftOut = rows.length > keysInAnswerMax;
    return {
        keys: heaviest.map((row) => ({
            key: table.text(row),
            weight: table.counted(row, taken),
            weightError: table.takenBefore(row),
            records: table.records(row),
            hashKey: table.hashKey(row),
            shard: Math.floor(table.locate(row, locator) / locator.partsPerShard),
        })),
        allKeys: taken === 0 && !leftOut,
        weightError: leftOut && taken === 0 ? table.counted(heaviest.at(-1) ?? 0, taken) : taken,
    };
}
