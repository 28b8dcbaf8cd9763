/**
 * The 64 rounds of MD5 over eight keys side by side, in the lanes of two vector registers: a WebAssembly module of two functions. Two
 * registers rather than one, because each round waits for the one before it, and the second register fills the wait.
 *
 * Imports nothing: from such files alone esbuild writes the numbers into the loops that name them, which run for each key of millions. The
 * numbers of other files are variables in the bundle.
 */

/** The part of the WebAssembly interface that is used; the compiler's libraries declare it for browsers only. */
declare const WebAssembly: {
    Module: new (bytes: Uint8Array) => object;
    Instance: new (module: object) => { readonly exports: Record<string, unknown> };
};

/** Keys that are hashed side by side. */
export const lanes = 8;
const vectors = 2;
const vectorBytes = 16;
const wordBytes = vectors * vectorBytes;
export const blockBytes = 64;
/** A 0x80 byte and the length in 8 bytes end every message. */
export const paddingBytes = 9;
/** The module's memory: the state, then the block of all keys word by word (word 0 of each lane, word 1 of each lane, ...), then the digests. */
const stateOffset = 0;
const blockOffset = stateOffset + 4 * wordBytes;
const digestOffset = blockOffset + 16 * wordBytes;

/** A block of each of so many keys, as there are lanes, goes in, and their digests come out. */
export interface Md5Lanes {
    /** Word w of the block of lane l is `block[l + w * lanes]`. All words are 0 after a pass. */
    readonly block: Int32Array;
    /** Word w of the digest of lane l is `digests[l + w * lanes]`, big-endian. */
    readonly digests: Int32Array;
    /** Passes the first block of the keys, or the next one of the same keys. */
    readonly first: () => void;
    readonly next: () => void;
}

export function md5Lanes(): Md5Lanes {
    const { exports } = new WebAssembly.Instance(compiledModule());
    const memory = (exports.memory as { readonly buffer: ArrayBuffer }).buffer;
    return {
        block: new Int32Array(memory, blockOffset, 16 * lanes),
        digests: new Int32Array(memory, digestOffset, 4 * lanes),
        first: exports.first as () => void,
        next: exports.next as () => void,
    };
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
