/**
 * MD5 of many short keys at once: eight side by side in the lanes of two vector registers.
 *
 * Kinesis hashes every partition key with MD5, and a sample has millions of them. A call into a hashing library costs several times
 * the hash itself; here eight keys share one pass of the 64 rounds, written as a WebAssembly module of two functions. Two registers
 * rather than one, because each round waits for the one before it, and the second register fills the wait.
 */

import { Words } from "./words";

/** The part of the WebAssembly interface that is used; the compiler's libraries declare it for browsers only. */
declare const WebAssembly: {
    Module: new (bytes: Uint8Array) => object;
    Instance: new (module: object) => { readonly exports: Record<string, unknown> };
};

const lanes = 8;
const vectors = 2;
const vectorBytes = 16;
const wordBytes = vectors * vectorBytes;
const blockBytes = 64;
/** A 0x80 byte and the length in 8 bytes end every message. */
const paddingBytes = 9;
/** The module's memory: the state, then the block of all keys word by word (word 0 of each lane, word 1 of each lane, ...), then the digests. */
const stateOffset = 0;
const blockOffset = stateOffset + 4 * wordBytes;
const digestOffset = blockOffset + 16 * wordBytes;

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
    private readonly blockWords: Int32Array;
    private readonly digests: Int32Array;
    private readonly first: () => void;
    private readonly next: () => void;
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

    constructor(private readonly receive: (batch: DigestBatch) => void) {
        const { exports } = new WebAssembly.Instance(compiledModule());
        const memory = (exports.memory as { readonly buffer: ArrayBuffer }).buffer;
        this.blockWords = new Int32Array(memory, blockOffset, 16 * lanes);
        this.digests = new Int32Array(memory, digestOffset, 4 * lanes);
        this.first = exports.first as () => void;
        this.next = exports.next as () => void;
    }

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
        if (batch.size === batchKeys) this.flush();
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
        const { group, digests } = this;
        const { starts, lengths, words } = this.batch;
        for (let block = 0; block < blocks; block++) {
            for (let lane = 0; lane < size; lane++)
                this.fill(lane, starts[group[lane]!]!, lengths[group[lane]!]!, block, blocks);
            if (block === 0) this.first();
            else this.next();
        }
        for (let lane = 0; lane < size; lane++) {
            const at = 4 * group[lane]!;
            words[at] = digests[lane]!;
            words[at + 1] = digests[lane + lanes]!;
            words[at + 2] = digests[lane + 2 * lanes]!;
            words[at + 3] = digests[lane + 3 * lanes]!;
        }
        return 0;
    }

    /** Writes a block of a key into its lane, which is empty: the text, the byte 0x80 behind it, and its length in bits. */
    private fill(lane: number, start: number, length: number, block: number, blocks: number): void {
        const { blockWords, source } = this;
        const left = length - block * blockBytes;
        const whole = left >= blockBytes ? blockBytes : left & ~3;
        let at = start + block * blockBytes;
        let word = lane;
        for (const end = at + whole; at < end; at += 4, word += lanes) blockWords[word] = source.at(at);
        if (left >= 0 && left < blockBytes) {
            const bits = (left & 3) << 3;
            blockWords[word] = (source.at(at) & ((1 << bits) - 1)) | (0x80 << bits);
        }
        if (block === blocks - 1) blockWords[lane + 14 * lanes] = length << 3;
    }
}

let module_: object | undefined;

function compiledModule(): object {
    return (module_ ??= new WebAssembly.Module(Uint8Array.from(moduleBytes())));
}

/** Opcodes of the WebAssembly binary format, as far as the rounds need them. Source: webassembly.github.io/spec/core/binary. */
const op = {
    localGet: (local: number) => [0x20, local],
    localSet: (local: number) => [0x21, local],
    load: (offset: number) => [0x41, 0, 0xfd, 0x00, 4, ...leb128(offset)],
    store: (offset: number, value: number[]) => [0x41, 0, ...value, 0xfd, 0x0b, 4, ...leb128(offset)],
    constant: (word: number) => [0xfd, 0x0c, ...Array.from({ length: 4 }, () => littleEndian(word)).flat()],
    add: [0xfd, 0xae, 0x01],
    shiftLeft: (bits: number) => [0x41, bits, 0xfd, 0xab, 0x01],
    shiftRight: (bits: number) => [0x41, bits, 0xfd, 0xad, 0x01],
    not: [0xfd, 0x4d],
    or: [0xfd, 0x50],
    xor: [0xfd, 0x51],
    bitSelect: [0xfd, 0x52],
    /** Reverses the bytes of each word; it takes two vectors and here chooses from the first alone. */
    swapBytes: [0xfd, 0x0d, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12],
} as const;

const initialState = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
const rotations = [
    [7, 12, 17, 22],
    [5, 9, 14, 20],
    [4, 11, 16, 23],
    [6, 10, 15, 21],
];
/** The message word of each round, in the four quarters of the algorithm (RFC 1321). */
const messageWord = [
    (round: number) => round,
    (round: number) => (5 * round + 1) % 16,
    (round: number) => (3 * round + 5) % 16,
    (round: number) => (7 * round) % 16,
];
const mix = [
    (b: number, c: number, d: number) => [op.localGet(c), op.localGet(d), op.localGet(b), op.bitSelect],
    (b: number, c: number, d: number) => [op.localGet(b), op.localGet(c), op.localGet(d), op.bitSelect],
    (b: number, c: number, d: number) => [op.localGet(b), op.localGet(c), op.xor, op.localGet(d), op.xor],
    (b: number, c: number, d: number) => [op.localGet(c), op.localGet(b), op.localGet(d), op.not, op.or, op.xor],
];

/** Locals: of each vector the four words of the state before the block, the four that the rounds turn, and the mixed word. */
const localsPerVector = 9;

function functionBytes(isFirst: boolean): number[] {
    const code: number[] = [];
    const emit = (...parts: (readonly number[])[]) => parts.forEach((part) => code.push(...part));
    const before = (vector: number, part: number) => vector * localsPerVector + part;
    const state = (vector: number, part: number) => vector * localsPerVector + 4 + (part % 4);
    const mixed = (vector: number) => vector * localsPerVector + 8;
    const at = (vector: number, offset: number, word: number) => offset + word * wordBytes + vector * vectorBytes;
    const eachVector = (write: (vector: number) => void) =>
        Array.from({ length: vectors }, (_, vector) => write(vector));

    eachVector((vector) => {
        for (let part = 0; part < 4; part++) {
            emit(isFirst ? op.constant(initialState[part]!) : op.load(at(vector, stateOffset, part)));
            emit(op.localSet(before(vector, part)));
            emit(op.localGet(before(vector, part)), op.localSet(state(vector, part)));
        }
    });
    for (let round = 0; round < 64; round++) {
        const quarter = round >> 4;
        const word = messageWord[quarter]!(round);
        const bits = rotations[quarter]![round % 4]!;
        const sine = Math.floor(Math.abs(Math.sin(round + 1)) * 2 ** 32);
        eachVector((vector) => {
            const [a, b, c, d] = [64, 65, 66, 67].map((part) => state(vector, part - round)) as Four;
            const sum = mixed(vector);
            emit(op.load(at(vector, blockOffset, word)), op.constant(sine), op.add, op.localGet(a), op.add);
            emit(...mix[quarter]!(b, c, d), op.add, op.localSet(sum));
            emit(op.localGet(sum), op.shiftLeft(bits), op.localGet(sum), op.shiftRight(32 - bits), op.or);
            emit(op.localGet(b), op.add, op.localSet(a));
        });
    }
    eachVector((vector) => {
        for (let part = 0; part < 4; part++) {
            const word = op.localGet(state(vector, part));
            emit(word, op.localGet(before(vector, part)), op.add, op.localSet(state(vector, part)));
            emit(op.store(at(vector, stateOffset, part), word));
            emit(op.store(at(vector, digestOffset, part), [...word, ...word, ...op.swapBytes]));
        }
        // The next keys find the block empty.
        for (let word = 0; word < 16; word++) emit(op.store(at(vector, blockOffset, word), op.constant(0)));
    });
    const body = [1, vectors * localsPerVector, 0x7b, ...code, 0x0b];
    return [...leb128(body.length), ...body];
}

type Four = [number, number, number, number];

function moduleBytes(): number[] {
    const section = (id: number, content: number[]) => [id, ...leb128(content.length), ...content];
    const exported = (name: string, kind: number, index: number) => [name.length, ...ascii(name), kind, index];
    return [
        ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
        ...section(1, [1, 0x60, 0, 0]),
        ...section(3, [2, 0, 0]),
        ...section(5, [1, 0, 1]),
        ...section(7, [3, ...exported("memory", 2, 0), ...exported("first", 0, 0), ...exported("next", 0, 1)]),
        ...section(10, [2, ...functionBytes(true), ...functionBytes(false)]),
    ];
}

function leb128(value: number): number[] {
    return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb128(value >>> 7)];
}

function littleEndian(word: number): number[] {
    return [word & 0xff, (word >>> 8) & 0xff, (word >>> 16) & 0xff, word >>> 24];
}

function ascii(text: string): number[] {
    return Array.from(text, (character) => character.charCodeAt(0));
}
