/**
 * What a sample of records tells about its partition keys: the load of each shard to the record, the heaviest keys, and how many keys
 * there are, in bounded memory however long the sample is.
 */
import { type HashRing, type Locator, locatorOf } from "./hashRing";
import { type DigestBatch, KeyHasher } from "./md5";

/** One partition key of a sample. */
export interface SampleKey {
    readonly key: string;
    /** Its load, exact unless `weightError` is above 0: then at most that much too low. In records, or in the unit of the weights. */
    readonly weight: number;
    readonly weightError: number;
    readonly records: number;
    readonly hashKey: bigint;
    /** Index of its shard in the ring. */
    readonly shard: number;
}

/** A sample, counted. */
export interface KeySample {
    readonly ring: HashRing;
    readonly records: number;
    /** Sum of the records' weights; the records themselves where no weight was given. */
    readonly weight: number;
    readonly shardRecords: readonly number[];
    readonly shardWeights: readonly number[];
    /** Weight of each cell: every shard's range in `partsPerShard` equal parts, one after another. */
    readonly cellWeights: Float64Array;
    readonly partsPerShard: number;
    /** The heaviest keys, heaviest first. All keys, exactly, where `allKeys`. */
    readonly keys: readonly SampleKey[];
    readonly allKeys: boolean;
    /** A key that is not among `keys`, or the part of one that was counted late, weighs at most this. */
    readonly weightError: number;
    /** Different keys in the sample: exact where `allKeys`, otherwise within about 2 %. */
    readonly distinctKeys: number;
    /** Keys seen once and twice, of which follows how many were not seen at all; undefined where not all keys are known. */
    readonly seenOnce: number | undefined;
    readonly seenTwice: number | undefined;
    /** Sum of the squared weights of the keys: exact where `allKeys`, otherwise within about 5 %. */
    readonly keyWeightSquares: number;
    /** Sum of the squared weights of the records. */
    readonly recordWeightSquares: number;
    /** Records that carry an explicit hash key. */
    readonly explicitRecords: number;
}

export interface KeyTallyOptions {
    /** Keys that are counted one by one; a key above 2 / counters of the load is never lost. A power of two; default 16,384, 2 MB. */
    readonly slots?: number;
}

const fullAt = 0.75;
/** Cells of all shards together: enough to find a split point, few enough for the processor's cache. */
const cellsAtLeast = 16_384;
const partsPerShardMin = 16;
const registerBits = 14;
const balanceCounters = 4_096;
const purgeSample = 1_024;
const keysInAnswerMax = 10_000;
const utf8 = new TextDecoder();

/**
 * Counts keys. Keys are handed over by their place in a buffer (`read`, then `add` for each), as text (`addKey`), or with their hash key.
 *
 * Heavy keys are counted with the Frequent Items sketch of Misra and Gries in the form of Anderson et al. ("A High-Performance Algorithm
 * for Identifying Frequent Items in Data Streams", 2017): when the table is full, the median count is taken off all, and those at zero
 * leave. What was taken before a key came in bounds its error.
 */
export class KeyTally {
    private readonly hasher = new KeyHasher((batch) => this.countBatch(batch));
    private readonly locator: Locator;
    private readonly cells: Float64Array;
    private readonly shardRecords: Float64Array;
    private readonly registers = new Uint8Array(1 << registerBits);
    private readonly balance = new Float64Array(balanceCounters);
    private readonly scratch = new Uint8Array(1 << 16);
    private scratchUsed = 0;
    private source: Uint8Array = this.scratch;
    private table: KeyTable;
    private spare: KeyTable;
    private taken = 0;
    private records = 0;
    private weight = 0;
    private weightSquares = 0;
    private explicitRecords = 0;

    constructor(
        readonly ring: HashRing,
        { slots = 16_384 }: KeyTallyOptions = {},
    ) {
        this.locator = locatorOf(ring, Math.max(partsPerShardMin, Math.ceil(cellsAtLeast / ring.starts.length)));
        this.cells = new Float64Array(this.locator.starts.length);
        this.shardRecords = new Float64Array(ring.starts.length);
        this.table = new KeyTable(slots);
        this.spare = new KeyTable(slots);
        this.hasher.read(this.scratch);
    }

    /** Keys that are added from now on lie in this buffer, as UTF-8. It may be reused after the next `read` or `flush`. */
    read(source: Uint8Array): void {
        this.hasher.flush();
        this.scratchUsed = 0;
        this.source = source;
        this.hasher.read(source);
    }

    add(start: number, length: number, weight = 1): void {
        this.hasher.add(start, length, weight);
    }

    flush(): void {
        this.hasher.flush();
    }

    addKey(key: string, weight = 1): void {
        const start = this.place(key);
        this.hasher.add(start, this.scratchUsed - start, weight);
    }

    /** A record whose place on the ring does not follow from its key. The key is its name only; keys with the same hash key are one. */
    addHashKey(hashKey: bigint, key: string, weight = 1): void {
        const start = this.place(key);
        const word = (shift: bigint) => Number((hashKey >> shift) & 0xffffffffn);
        this.explicitRecords++;
        this.count(word(96n), word(64n), word(32n), word(0n), start, this.scratchUsed - start, weight);
    }

    private place(key: string): number {
        const room = key.length * 3;
        if (room > this.scratch.length) throw new RangeError("A partition key has at most 256 characters.");
        if (this.source !== this.scratch || this.scratchUsed + room > this.scratch.length) this.read(this.scratch);
        const start = this.scratchUsed;
        this.scratchUsed += encoder.encodeInto(key, this.scratch.subarray(start)).written;
        return start;
    }

    private countBatch({ words, stride, size, starts, lengths, weights }: DigestBatch): void {
        for (let lane = 0; lane < size; lane++) {
            this.count(
                words[lane]!,
                words[lane + stride]!,
                words[lane + 2 * stride]!,
                words[lane + 3 * stride]!,
                starts[lane]!,
                lengths[lane]!,
                weights[lane]!,
            );
        }
    }

    private count(
        word0: number,
        word1: number,
        word2: number,
        word3: number,
        start: number,
        length: number,
        weight: number,
    ): void {
        const cell = this.locator.locate(word0, word1, word2, word3);
        this.cells[cell]! += weight;
        this.shardRecords[(cell / this.locator.partsPerShard) | 0]!++;
        this.records++;
        this.weight += weight;
        this.weightSquares += weight * weight;
        // Distinct keys: the longest run of zeros seen in each register (HyperLogLog).
        const register = word3 >>> (32 - registerBits);
        const zeros = Math.clz32(word2) + 1;
        if (zeros > this.registers[register]!) this.registers[register] = zeros;
        // Squared weights: keys add to or take off a counter by a coin of their own (Alon, Matias and Szegedy).
        this.balance[word3 & (balanceCounters - 1)]! += (word3 & balanceCounters) === 0 ? weight : -weight;
        const table = this.table;
        const slot = table.find(word0, word1, word2, word3);
        table.records[slot]!++;
        if (table.weights[slot] !== 0) {
            table.weights[slot]! += weight;
            return;
        }
        if (weight === 0) return;
        table.insert(slot, word0, word1, word2, word3, weight, this.taken, this.source, start, length);
        if (table.used >= table.usedMax) this.purge();
    }

    /** Takes the median count off all keys; those that have nothing left make room. */
    private purge(): void {
        const { table, spare } = this;
        const median = table.sampledMedian();
        spare.clear();
        for (let slot = 0; slot < table.slots; slot++)
            if (table.weights[slot]! > median) spare.adopt(table, slot, table.weights[slot]! - median);

        this.taken += median;
        this.table = spare;
        this.spare = table;
    }

    /** Records counted so far, for a progress display. */
    get recordsRead(): number {
        return this.records;
    }

    sample(): KeySample {
        this.hasher.flush();
        const { ring, locator, table, taken } = this;
        const shards = ring.starts.length;
        const allKeys = taken === 0;
        const used = Array.from(table.weights.keys()).filter((slot) => table.weights[slot]! > 0);
        const counted = (slot: number) => table.weights[slot]! + taken - table.takenBefore[slot]!;
        const heaviest = used
            .sort((left, right) => counted(right) - counted(left) || table.compare(left, right))
            .slice(0, keysInAnswerMax);
        const seen = (times: number) => used.reduce((sum, slot) => sum + (table.records[slot] === times ? 1 : 0), 0);
        return {
            ring,
            records: this.records,
            weight: this.weight,
            shardRecords: Array.from(this.shardRecords),
            shardWeights: Array.from({ length: shards }, (_, shard) =>
                this.cells
                    .subarray(shard * locator.partsPerShard, (shard + 1) * locator.partsPerShard)
                    .reduce((sum, weight) => sum + weight, 0),
            ),
            cellWeights: this.cells,
            partsPerShard: locator.partsPerShard,
            keys: heaviest.map((slot) => ({
                key: table.text(slot),
                weight: counted(slot),
                weightError: table.takenBefore[slot]!,
                records: table.records[slot]!,
                hashKey: table.hashKey(slot),
                shard: Math.floor(table.locate(slot, locator) / locator.partsPerShard),
            })),
            allKeys: allKeys && used.length <= keysInAnswerMax,
            weightError: used.length > keysInAnswerMax && allKeys ? counted(heaviest.at(-1) ?? 0) : taken,
            distinctKeys: allKeys ? used.length : Math.round(distinctEstimate(this.registers)),
            seenOnce: allKeys ? seen(1) : undefined,
            seenTwice: allKeys ? seen(2) : undefined,
            keyWeightSquares: allKeys
                ? used.reduce((sum, slot) => sum + table.weights[slot]! ** 2, 0)
                : this.balance.reduce((sum, weight) => sum + weight * weight, 0),
            recordWeightSquares: this.weightSquares,
            explicitRecords: this.explicitRecords,
        };
    }
}

const encoder = new TextEncoder();

/** Counters by hash key, open addressing in typed arrays; the keys' bytes lie in one arena. */
class KeyTable {
    used = 0;
    readonly usedMax: number;
    readonly words: Uint32Array;
    readonly weights: Float64Array;
    readonly takenBefore: Float64Array;
    readonly records: Float64Array;
    private readonly places: Int32Array;
    private readonly lengths: Int32Array;
    private arena = new Uint8Array(1 << 20);
    private arenaUsed = 0;

    constructor(readonly slots: number) {
        this.usedMax = Math.floor(slots * fullAt);
        this.words = new Uint32Array(slots * 4);
        this.weights = new Float64Array(slots);
        this.takenBefore = new Float64Array(slots);
        this.records = new Float64Array(slots);
        this.places = new Int32Array(slots);
        this.lengths = new Int32Array(slots);
    }

    clear(): void {
        this.used = 0;
        this.arenaUsed = 0;
        this.weights.fill(0);
        this.records.fill(0);
    }

    /** The slot of a hash key, or the free slot where it belongs. */
    find(word0: number, word1: number, word2: number, word3: number): number {
        const { words, weights } = this;
        const mask = this.slots - 1;
        let slot = word1 & mask;
        while (weights[slot] !== 0) {
            const at = slot << 2;
            if (words[at + 1] === word1 && words[at] === word0 && words[at + 2] === word2 && words[at + 3] === word3)
                return slot;

            slot = (slot + 1) & mask;
        }
        return slot;
    }

    insert(
        slot: number,
        word0: number,
        word1: number,
        word2: number,
        word3: number,
        weight: number,
        takenBefore: number,
        source: Uint8Array,
        start: number,
        length: number,
    ): void {
        const at = slot << 2;
        this.words[at] = word0;
        this.words[at + 1] = word1;
        this.words[at + 2] = word2;
        this.words[at + 3] = word3;
        this.weights[slot] = weight;
        this.takenBefore[slot] = takenBefore;
        if (this.arenaUsed + length > this.arena.length) this.growArena(length);
        const { arena, arenaUsed } = this;
        for (let byte = 0; byte < length; byte++) arena[arenaUsed + byte] = source[start + byte]!;
        this.places[slot] = arenaUsed;
        this.lengths[slot] = length;
        this.arenaUsed += length;
        this.used++;
    }

    private growArena(length: number): void {
        const larger = new Uint8Array(Math.max(this.arena.length * 2, this.arenaUsed + length));
        larger.set(this.arena);
        this.arena = larger;
    }

    adopt(other: KeyTable, from: number, weight: number): void {
        const at = from << 2;
        const [word0, word1] = [other.words[at]!, other.words[at + 1]!];
        const [word2, word3] = [other.words[at + 2]!, other.words[at + 3]!];
        const slot = this.find(word0, word1, word2, word3);
        this.records[slot] = other.records[from]!;
        const taken = other.takenBefore[from]!;
        const [start, length] = [other.places[from]!, other.lengths[from]!];
        this.insert(slot, word0, word1, word2, word3, weight, taken, other.arena, start, length);
    }

    /** The median of some of the counts: any value would do for the bound, the middle makes room at the least cost. */
    sampledMedian(): number {
        const values = new Float64Array(purgeSample);
        let filled = 0;
        for (let slot = 0; slot < this.slots && filled < purgeSample; slot++)
            if (this.weights[slot]! > 0) values[filled++] = this.weights[slot]!;

        return values.subarray(0, filled).sort()[filled >>> 1]!;
    }

    text(slot: number): string {
        const start = this.places[slot]!;
        return utf8.decode(this.arena.subarray(start, start + this.lengths[slot]!));
    }

    hashKey(slot: number): bigint {
        return this.words.subarray(slot << 2, (slot << 2) + 4).reduce((hash, word) => (hash << 32n) | BigInt(word), 0n);
    }

    locate(slot: number, locator: Locator): number {
        const at = slot << 2;
        return locator.locate(this.words[at]!, this.words[at + 1]!, this.words[at + 2]!, this.words[at + 3]!);
    }

    /** Order by hash key, so that keys of equal weight come out in the same order whatever the order of the records. */
    compare(left: number, right: number): number {
        for (let word = 0; word < 4; word++) {
            const difference = this.words[(left << 2) + word]! - this.words[(right << 2) + word]!;
            if (difference !== 0) return difference;
        }
        return 0;
    }
}

/** Distinct keys from HyperLogLog registers, without bias from one to billions (Ertl, arXiv 1702.01284, algorithm 6). */
function distinctEstimate(registers: Uint8Array): number {
    const size = registers.length;
    const longest = 33;
    const histogram = new Float64Array(longest + 1);
    for (const zeros of registers) histogram[zeros]!++;
    let sum = size * tau(1 - histogram[longest]! / size);
    for (let zeros = longest - 1; zeros >= 1; zeros--) sum = (sum + histogram[zeros]!) / 2;
    sum += size * sigma(histogram[0]! / size);
    return (size * size) / (2 * Math.LN2 * sum);
}

function sigma(fraction: number): number {
    if (fraction === 1) return Infinity;
    let [power, factor, sum, before] = [fraction, 1, fraction, -1];
    while (sum !== before) {
        power *= power;
        before = sum;
        sum += power * factor;
        factor += factor;
    }
    return sum;
}

function tau(fraction: number): number {
    if (fraction === 0 || fraction === 1) return 0;
    let [root, factor, sum, before] = [fraction, 1, 1 - fraction, -1];
    while (sum !== before) {
        root = Math.sqrt(root);
        before = sum;
        factor /= 2;
        sum -= (1 - root) ** 2 * factor;
    }
    return sum / 3;
}
