/**
 * MD5 of many short keys at once: eight share one pass of the rounds (md5Module.ts).
 *
 * Kinesis hashes every partition key with MD5, and a sample has millions of them. A call into a hashing library costs several times
 * the hash itself.
 */
import { blockBytes, lanes, md5Lanes, paddingBytes } from "./md5Module";
import { Words } from "./words";

/** Keys are handed on in batches of so many, enough for the loops over them and few enough for the processor's cache. */
const batchKeys = 256;

/** Keys with their digests, in the order in which they were added. */
export interface DigestBatch {
    readonly size: number;
    /** Word w of the digest of key k is `words[4 * k + w]`, big-endian, in the order of the ring. */
    readonly words: Int32Array;
    /** Where each key lies in the source, and the weight that came with it. */
    readonly starts: Int32Array;
    readonly lengths: Int32Array;
    readonly weights: Float64Array;
}

/**
 * Hashes keys that lie in a buffer. A key is handed over by its place; keys with their digests come out in batches, and the rest with
 * `flush`, which has to be called before the buffer is reused.
 */
export class KeyHasher {
    private readonly md5 = md5Lanes();
    private readonly batch = {
        size: 0,
        words: new Int32Array(4 * batchKeys),
        starts: new Int32Array(batchKeys),
        lengths: new Int32Array(batchKeys),
        weights: new Float64Array(batchKeys),
    };
    /** Of each key of the batch the blocks that it takes; none if its digest is known. */
    private readonly blocks = new Int32Array(batchKeys);
    private blocksMax = 0;
    /** The keys of the batch that are hashed side by side. */
    private readonly group = new Int32Array(lanes);
    private source = new Words(new Uint8Array(0));

    constructor(private readonly receive: (batch: DigestBatch) => void) {}

    /** The buffer that the next keys lie in. */
    read(source: Words): void {
        this.flush();
        this.source = source;
    }

    /** Keys that were added and not handed on yet. */
    get waiting(): number {
        return this.batch.size;
    }

    add(start: number, length: number, weight: number): void {
        const blocks = (length + paddingBytes + blockBytes - 1) >>> 6;
        if (blocks > this.blocksMax) this.blocksMax = blocks;
        this.push(start, length, weight, blocks);
    }

    /** A key whose digest is not the MD5 of its text. */
    addHashed(digest: Int32Array, start: number, length: number, weight: number): void {
        this.batch.words.set(digest, 4 * this.batch.size);
        this.push(start, length, weight, 0);
    }

    private push(start: number, length: number, weight: number, blocks: number): void {
        const { batch } = this;
        const key = batch.size++;
        batch.starts[key] = start;
        batch.lengths[key] = length;
        batch.weights[key] = weight;
        this.blocks[key] = blocks;
        if (batch.size === this.blocks.length) this.flush();
    }

    flush(): void {
        const { batch, blocks, group } = this;
        if (batch.size === 0) return;
        // Side by side go keys that take as many blocks as each other.
        for (let wanted = 1; wanted <= this.blocksMax; wanted++) {
            let lane = 0;
            for (let key = 0; key < batch.size; key++) {
                if (blocks[key] !== wanted) continue;
                group[lane++] = key;
                if (lane === lanes) lane = this.hash(lane, wanted);
            }
            if (lane > 0) this.hash(lane, wanted);
        }
        this.receive(batch);
        batch.size = 0;
        this.blocksMax = 0;
    }

    /** The first keys of the group. Answers how many lanes are taken then. */
    private hash(size: number, blocks: number): 0 {
        const { group, md5 } = this;
        const { starts, lengths, words } = this.batch;
        for (let block = 0; block < blocks; block++) {
            for (let lane = 0; lane < size; lane++)
                this.fill(lane, starts[group[lane]!]!, lengths[group[lane]!]!, block, blocks);
            if (block === 0) md5.first();
            else md5.next();
        }
        for (let lane = 0; lane < size; lane++) {
            const at = 4 * group[lane]!;
            words[at] = md5.digests[lane]!;
            words[at + 1] = md5.digests[lane + lanes]!;
            words[at + 2] = md5.digests[lane + 2 * lanes]!;
            words[at + 3] = md5.digests[lane + 3 * lanes]!;
        }
        return 0;
    }

    /** Writes a block of a key into its lane, which is empty: the text, the byte 0x80 behind it, and its length in bits. */
    private fill(lane: number, start: number, length: number, block: number, blocks: number): void {
        const { source } = this;
        const words = this.md5.block;
        const left = length - block * blockBytes;
        const whole = left >= blockBytes ? blockBytes : left & ~3;
        let at = start + block * blockBytes;
        let word = lane;
        for (const end = at + whole; at < end; at += 4, word += lanes) words[word] = source.at(at);
        if (left >= 0 && left < blockBytes) {
            const bits = (left & 3) << 3;
            words[word] = (source.at(at) & ((1 << bits) - 1)) | (0x80 << bits);
        }
        if (block === blocks - 1) words[lane + 14 * lanes] = length << 3;
    }
}
