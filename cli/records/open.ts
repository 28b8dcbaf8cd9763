/**
 * Opens a file of records as UTF-8 text: gzip and zstd are unpacked and UTF-16 is converted, told by the first bytes rather than by the name.
 * What cannot be read is refused with the command that converts it.
 */
import { type Transform, type Writable } from "node:stream";
import * as zlib from "node:zlib";
import { quoted } from "../../programs/shell";
import { written } from "../../programs/writing";
import { UsageError } from "../command";
import { inputWords, stdinName } from "../inputFile";
import { carriageReturn, newline } from "./bytes";

export interface OpenInput {
    readonly chunks: AsyncIterable<Buffer>;
    /** The first of the same bytes, to see what they are. */
    readonly first: Buffer;
}

/** What a conversion puts out: the text that was packed, or the records of a table in a form of text. */
export type Converted = "text" | TableText;

type TableText = "json" | "csv";

/** How the same command reads what a conversion puts out. */
export interface Again {
    /** What it takes the records of a table in. */
    readonly takes: TableText;
    readonly command: (converted: Converted) => string;
}

/** What is opened, as messages name it. */
export interface InputName {
    /** A path, or - for stdin. */
    readonly file: string;
    readonly again: Again;
    /** It is read line by line: text that has no lines is refused. */
    readonly byLines?: true;
}

/** Of what is unpacked. Each is memory of its own, and those that outlive a collection wait for a much later one: of 1 MiB each, they were 100 MB. */
const chunkBytes = 1 << 16;
/** So much is looked at to tell a format, or less where the first line ends before. */
const lookBytes = 1 << 16;
/** A file may be packed twice: logs of CloudWatch are, when Firehose packs them again. */
const layersMax = 3;

export async function openInput(raw: AsyncIterable<Buffer>, name: InputName): Promise<OpenInput> {
    let input = await peek(raw, 8);
    const unpacked: Packing[] = [];
    while (unpacked.length < layersMax) {
        const packing = packings.find(({ magic }) => begins(input.first, magic));
        if (packing === undefined) break;
        const unpack = packing.unpack?.();
        if (unpack === undefined) throw refusal(name, packing, unpacked);
        unpacked.push(packing);
        input = await peek(through(input.chunks, unpack), 8);
    }
    // A look at a line for text, at more for what has no lines.
    input = await peek(input.chunks, lookBytes);
    const encoding = encodingOf(input.first);
    if (encoding === "utf-32") throw refusal(name, utf32, unpacked);

    if (encoding !== "utf-8") return peek(decoded(input.chunks, encoding), lookBytes);
    if (input.first.includes(0))
        throw new UsageError(`${inputWords(name.file)} cannot be read: it is binary data, not text.`);
    if (name.byLines && hasReturnsAlone(input.first)) throw refusal(name, returnsAlone, unpacked);
    return begins(input.first, byteOrderMark) ? peek(skip(input.chunks, byteOrderMark.length), lookBytes) : input;
}

interface Packing {
    readonly magic: readonly number[];
    readonly is: string;
    /** Undefined, or without a result, where Node.js cannot. */
    readonly unpack?: () => Transform | undefined;
    readonly convert: (file: string, into: TableText) => string;
    /** It holds a table, and no text. */
    readonly isTable?: true;
    /** Its command reads a file, and no pipe. */
    readonly seeks?: true;
}

const ascii = (text: string): number[] => [...Buffer.from(text, "latin1")];

/** Node.js has it from 22.15 and 23.8 on. */
function zstdUnpacker(): Transform | undefined {
    const { createZstdDecompress } = zlib as { createZstdDecompress?: (options: object) => Transform };
    return createZstdDecompress?.({ chunkSize: chunkBytes });
}

const packings: readonly Packing[] = [
    {
        magic: [0x1f, 0x8b],
        is: "gzip",
        unpack: () => zlib.createGunzip({ chunkSize: chunkBytes }),
        convert: (file) => `gzip -dc ${quoted(file)}`,
    },
    {
        magic: [0x28, 0xb5, 0x2f, 0xfd],
        is: `zstd, which Node.js unpacks from 22.15 on (this is ${process.version})`,
        unpack: zstdUnpacker,
        convert: (file) => `zstd -dc ${quoted(file)}`,
    },
    { magic: ascii("BZh"), is: "bzip2", convert: (file) => `bzip2 -dc ${quoted(file)}` },
    { magic: [0xfd, ...ascii("7zXZ"), 0], is: "xz", convert: (file) => `xz -dc ${quoted(file)}` },
    { magic: [0x04, 0x22, 0x4d, 0x18], is: "lz4", convert: (file) => `lz4 -dc ${quoted(file)}` },
    { magic: ascii("PK\x03\x04"), is: "a zip archive", convert: (file) => `unzip -p ${quoted(file)}`, seeks: true },
    { magic: ascii("PAR1"), is: "Parquet", isTable: true, convert: parquetQuery, seeks: true },
    { magic: ascii("ORC"), is: "ORC", isTable: true, convert: fromJson("orc-contents"), seeks: true },
    { magic: ascii("Obj\x01"), is: "Avro", isTable: true, convert: fromJson("avro-tools tojson") },
];

const utf32: Packing = {
    magic: [],
    is: "UTF-32 text",
    convert: (file) => `iconv -f UTF-32 -t UTF-8 ${quoted(file)}`,
};

const returnsAlone: Packing = {
    magic: [],
    is: "text of which each line ends with a carriage return alone",
    convert: (file) => `tr '\\r' '\\n'${file === stdinName ? "" : ` < ${quoted(file)}`}`,
};

/** As old Macs wrote lines, and Excel still does. JSON may be written so, too: there it is a blank like any other. */
function hasReturnsAlone(first: Buffer): boolean {
    const at = first.indexOf(carriageReturn);
    if (at < 0 || at === first.length - 1 || first.includes(newline)) return false;
    return !/^[\ufeff\s]*[[{]/.test(first.subarray(0, at + 1).toString());
}

function parquetQuery(file: string, into: TableText): string {
    return `duckdb -c "${copy("read_parquet", file, into).replace(/[\\"$`]/g, "\\$&")}"`;
}

/** A tool that puts out JSON, of which another one makes CSV. */
function fromJson(tool: string): Packing["convert"] {
    return (file, into) =>
        `${tool} ${quoted(file)}${into === "json" ? "" : ` | duckdb -c "${copy("read_json", "/dev/stdin", into)}"`}`;
}

function copy(read: string, file: string, into: TableText): string {
    return `COPY (SELECT * FROM ${read}('${file.replaceAll("'", "''")}')) TO '/dev/stdout' (FORMAT ${into})`;
}

const byteOrderMark = [0xef, 0xbb, 0xbf];

function begins(bytes: Buffer, magic: readonly number[]): boolean {
    return bytes.length >= magic.length && magic.every((byte, at) => bytes[at] === byte);
}

type Encoding = "utf-8" | "utf-16le" | "utf-16be" | "utf-32";

/** By the mark at the front, or by where the zeros of Latin letters stand. */
function encodingOf(first: Buffer): Encoding {
    if (begins(first, [0xff, 0xfe, 0, 0]) || begins(first, [0, 0, 0xfe, 0xff])) return "utf-32";
    if (begins(first, [0xff, 0xfe])) return "utf-16le";
    if (begins(first, [0xfe, 0xff])) return "utf-16be";
    const looked = first.subarray(0, 64);
    const zerosAt = (odd: number): number => looked.filter((byte, at) => byte === 0 && at % 2 === odd).length;
    const [even, odd] = [zerosAt(0), zerosAt(1)];
    const most = looked.length / 2;
    if (looked.length >= 8 && even === 0 && odd > 0.8 * most) return "utf-16le";
    return looked.length >= 8 && odd === 0 && even > 0.8 * most ? "utf-16be" : "utf-8";
}

async function* decoded(chunks: AsyncIterable<Buffer>, encoding: Encoding): AsyncGenerator<Buffer> {
    const decoder = new TextDecoder(encoding);
    for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }));
    yield Buffer.from(decoder.decode());
}

async function* skip(chunks: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Buffer> {
    let left = bytes;
    for await (const chunk of chunks) {
        yield chunk.subarray(left);
        left = Math.max(0, left - chunk.length);
    }
}

/**
 * The file and what it is, and the command that makes it readable.
 *
 * @param unpacked what was around it, from outside in
 */
function refusal(name: InputName, packing: Packing, unpacked: readonly Packing[]): UsageError {
    const { takes, command } = name.again;
    const again = command(packing.isTable ? takes : "text");
    return new UsageError(
        `${inputWords(name.file)} is ${packing.is}; convert it: ${conversion(name.file, packing, unpacked, takes)} | ${again}`,
    );
}

function conversion(file: string, packing: Packing, unpacked: readonly Packing[], takes: TableText): string {
    const { convert, seeks } = packing;
    if (unpacked.length === 0) return convert(file === stdinName && seeks ? someFile : file, takes);
    const unpack = unpacked.map((outer, at) => outer.convert(at === 0 ? file : stdinName, takes)).join(" | ");
    return seeks
        ? `${unpack} > ${someFile} && ${convert(someFile, takes)}`
        : `${unpack} | ${convert(stdinName, takes)}`;
}

/** Stands for a file that has to be there. */
const someFile = "FILE";

/** The first bytes: at least so many, or up to the end of the first line, or all. */
async function peek(chunks: AsyncIterable<Buffer>, least: number): Promise<OpenInput> {
    const rest = chunks[Symbol.asyncIterator]();
    let first: Buffer = Buffer.alloc(0);
    while (first.length < least && !first.includes(newline)) {
        const next = await rest.next();
        if (next.done === true) break;
        first = Buffer.concat([first, next.value]);
    }
    return { first, chunks: joined(first, rest) };
}

async function* joined(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
    try {
        if (first.length > 0) yield first;
        for (;;) {
            const next = await rest.next();
            if (next.done === true) return;
            yield next.value;
        }
    } finally {
        await rest.return?.();
    }
}

function through(chunks: AsyncIterable<Buffer>, unpack: Transform): AsyncIterable<Buffer> {
    pour(chunks, unpack);
    return unpack as AsyncIterable<Buffer>;
}

/** Writes all of it, no faster than it is taken: a chunk is valid until the next one. What fails on the way ends both sides. */
function pour(chunks: AsyncIterable<Buffer>, into: Writable): void {
    const poured = (async () => {
        for await (const chunk of chunks) {
            await written(into, chunk);
            if (into.destroyed) return;
        }
        into.end();
    })();
    poured.catch((error: unknown) => into.destroy(error as Error));
}
