/**
 * MD5 of many short keys at once: eight side by side in the lanes of two vector registers.
 *
 * Kinesis hashes every partition key with MD5, and a sample has millions of them. A call into a hashing library costs several times
 * the hash itself; here eight keys share one pass of the 64 rounds, written as a WebAssembly module of two functions. Two registers
 * rather than one, because each round waits for the one before it, and the second register fills the wait.
 */

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

/** Keys with their digests: digest word w of key k is `words[w * stride + k]`, big-endian, in the order of the ring. */
export interface DigestBatch {
    readonly size: number;
    readonly words: Uint32Array;
    readonly stride: number;
    /** Where each key lies in the source, and the weight that came with it. */
    readonly starts: Int32Array;
    readonly lengths: Int32Array;
    readonly weights: Float64Array;
}

/**
 * Hashes keys that lie in a buffer. A key is handed over by its place; digests come out in groups of eight, in no particular order,
 * and the rest with `flush`, which has to be called before the buffer is reused.
 */
export class KeyHasher {
    private readonly bytes: Uint8Array;
    private readonly words: Int32Array;
    private readonly digests: Uint32Array;
    private readonly first: () => void;
    private readonly next: () => void;
    private readonly queues: Queue[] = [];
    private source: Uint8Array = new Uint8Array(0);

    constructor(private readonly receive: (batch: DigestBatch) => void) {
        const { exports } = new WebAssembly.Instance(compiledModule());
        const memory = (exports.memory as { readonly buffer: ArrayBuffer }).buffer;
        this.bytes = new Uint8Array(memory);
        this.words = new Int32Array(memory);
        this.digests = new Uint32Array(memory, digestOffset, 4 * lanes);
        this.first = exports.first as () => void;
        this.next = exports.next as () => void;
    }

    /** The buffer that the next keys lie in. */
    read(source: Uint8Array): void {
        this.flush();
        this.source = source;
    }

    add(start: number, length: number, weight: number): void {
        // Keys wait in the company of keys with as many blocks as they have.
        const blocks = (length + paddingBytes + blockBytes - 1) >>> 6;
        const queue = (this.queues[blocks] ??= new Queue(this.digests));
        queue.starts[queue.size] = start;
        queue.lengths[queue.size] = length;
        queue.weights[queue.size] = weight;
        if (++queue.size === lanes) this.hash(queue, blocks);
    }

    flush(): void {
        this.queues.forEach((queue, blocks) => {
            if (queue.size > 0) this.hash(queue, blocks);
        });
    }

    private hash(queue: Queue, blocks: number): void {
        const { bytes, source, words } = this;
        for (let block = 0; block < blocks; block++) {
            for (let lane = 0; lane < queue.size; lane++) {
                const start = queue.starts[lane]! + block * blockBytes;
                const left = queue.lengths[lane]! - block * blockBytes;
                const taken = Math.max(0, Math.min(left, blockBytes));
                const to = blockOffset + (lane << 2);
                // Whole words first: they are most of a key, and a word is written in one piece.
                const whole = taken & ~3;
                for (let byte = 0, at = start, word = to >>> 2; byte < whole; byte += 4, at += 4, word += lanes) {
                    words[word] =
                        source[at]! | (source[at + 1]! << 8) | (source[at + 2]! << 16) | (source[at + 3]! << 24);
                }
                for (let byte = whole; byte < taken; byte++)
                    bytes[to + ((byte >>> 2) << 5) + (byte & 3)] = source[start + byte]!;

                if (left >= 0 && left < blockBytes) bytes[to + ((left >>> 2) << 5) + (left & 3)] = 0x80;
                if (block === blocks - 1) words[(to >>> 2) + 14 * lanes] = queue.lengths[lane]! << 3;
            }
            if (block === 0) this.first();
            else this.next();
        }
        this.receive(queue);
        queue.size = 0;
    }
}

class Queue implements DigestBatch {
    size = 0;
    readonly stride = lanes;
    readonly starts = new Int32Array(lanes);
    readonly lengths = new Int32Array(lanes);
    readonly weights = new Float64Array(lanes);

    constructor(readonly words: Uint32Array) {}
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
