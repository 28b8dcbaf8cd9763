/**
 * CBOR, the binary twin of JSON, which the AWS SDKs for Java and Go speak where others speak JSON.
 *
 * Services know the JSON form alone, so it is what comes out and what goes in: bytes are base64 text, times are seconds since 1970.
 *
 * Source: RFC 8949; https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html, read 2026-11.
 */

/** What a time counts in: Kinesis's older dialect (application/x-amz-cbor-1.1) says milliseconds, rpc-v2-cbor seconds. */
export interface Dialect {
    readonly ticksPerSecond: 1 | 1_000;
}

/** @throws Error for bytes that are no CBOR */
export function fromCbor(bytes: Buffer, dialect: Dialect): unknown {
    const reader = new Reader(bytes, dialect);
    const value = reader.value();
    if (!reader.atEnd) throw new Error("There are bytes after the value.");
    return value;
}

/** A member that is undefined is left out, as in JSON. */
export function toCbor(value: unknown, dialect: Dialect): Buffer {
    const parts: Buffer[] = [];
    write(parts, value, "", dialect);
    return Buffer.concat(parts);
}

/** The kinds of value, as the first three bits tell them. */
const kinds = { unsigned: 0, negative: 1, bytes: 2, text: 3, list: 4, map: 5, tag: 6, simple: 7 } as const;
const epochTag = 1;
const indefinite = 31;
const breakByte = 0xff;

class Reader {
    #at = 0;

    constructor(
        private readonly bytes: Buffer,
        private readonly dialect: Dialect,
    ) {}

    get atEnd(): boolean {
        return this.#at === this.bytes.length;
    }

    value(): unknown {
        const first = this.#take(1)[0]!;
        const kind = first >> 5;
        const low = first & 0x1f;
        switch (kind) {
            case kinds.unsigned:
                return this.#length(low);
            case kinds.negative:
                return -1 - this.#length(low);
            case kinds.bytes:
                return this.#chunks(low).toString("base64");
            case kinds.text:
                return this.#chunks(low).toString("utf8");
            case kinds.list:
                return this.#items(low, () => this.value());
            case kinds.map:
                return Object.fromEntries(this.#items(low, () => [String(this.value()), this.value()] as const));
            case kinds.tag: {
                const tag = this.#length(low);
                const value = this.value();
                return tag === epochTag ? Number(value) / this.dialect.ticksPerSecond : value;
            }
            default:
                return this.#simple(low);
        }
    }

    #take(count: number): Buffer {
        if (this.#at + count > this.bytes.length) throw new Error("The value is cut off.");
        return this.bytes.subarray(this.#at, (this.#at += count));
    }

    /** The number in the first byte, or in the one, two, four or eight bytes behind it. */
    #length(low: number): number {
        if (low < 24) return low;
        if (low > 27) throw new Error(`${low} is no length.`);
        const bytes = this.#take(2 ** (low - 24));
        return low === 27 ? Number(bytes.readBigUInt64BE()) : bytes.readUIntBE(0, bytes.length);
    }

    #chunks(low: number): Buffer {
        if (low !== indefinite) return this.#take(this.#length(low));
        const chunks: Buffer[] = [];
        while (!this.#ends()) chunks.push(this.#chunks(this.#take(1)[0]! & 0x1f));
        return Buffer.concat(chunks);
    }

    #items<Item>(low: number, item: () => Item): Item[] {
        const items: Item[] = [];
        if (low === indefinite) while (!this.#ends()) items.push(item());
        else for (let left = this.#length(low); left > 0; left--) items.push(item());
        return items;
    }

    #ends(): boolean {
        if (this.bytes[this.#at] !== breakByte) return false;
        this.#at++;
        return true;
    }

    #simple(low: number): unknown {
        switch (low) {
            case 20:
                return false;
            case 21:
                return true;
            case 22:
            case 23:
                return null;
            case 25:
                return halfFloat(this.#take(2).readUInt16BE());
            case 26:
                return this.#take(4).readFloatBE();
            case 27:
                return this.#take(8).readDoubleBE();
            default:
                throw new Error(`${low} is no simple value.`);
        }
    }
}

/** One bit of sign, five of exponent, ten of fraction. */
function halfFloat(bits: number): number {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    return sign * (1 + fraction / 1_024) * 2 ** (exponent - 15);
}

/** Which members of an answer are times, and which bytes: the JSON form does not tell them from numbers and text. */
const isTime = (member: string): boolean => /(Timestamps?|[a-z]At)$|^LastModified$/.test(member);
const isBytes = (member: string): boolean => member === "Data";

/** @param member the name of the member that the value, or the list around it, is */
function write(parts: Buffer[], value: unknown, member: string, dialect: Dialect): void {
    switch (typeof value) {
        case "number":
            parts.push(...(isTime(member) ? timeOf(value, dialect) : [numberOf(value)]));
            return;
        case "string": {
            const bytes = Buffer.from(value, isBytes(member) ? "base64" : "utf8");
            parts.push(head(isBytes(member) ? kinds.bytes : kinds.text, bytes.length), bytes);
            return;
        }
        case "object":
            if (value !== null) {
                writeItems(parts, value, member, dialect);
                return;
            }
    }
    parts.push(head(kinds.simple, value === true ? 21 : value === false ? 20 : 22));
}

function writeItems(parts: Buffer[], value: object, member: string, dialect: Dialect): void {
    if (Array.isArray(value)) {
        parts.push(head(kinds.list, value.length));
        for (const item of value) write(parts, item, member, dialect);
        return;
    }
    const members = Object.entries(value).filter(([, item]) => item !== undefined);
    parts.push(head(kinds.map, members.length));
    for (const [name, item] of members) {
        write(parts, name, "", dialect);
        write(parts, item, name, dialect);
    }
}

function timeOf(seconds: number, { ticksPerSecond }: Dialect): Buffer[] {
    const ticks = ticksPerSecond === 1 ? seconds : Math.round(seconds * ticksPerSecond);
    return [head(kinds.tag, epochTag), numberOf(ticks)];
}

function numberOf(value: number): Buffer {
    if (Number.isSafeInteger(value)) return value < 0 ? head(kinds.negative, -1 - value) : head(kinds.unsigned, value);
    const double = Buffer.alloc(9, (kinds.simple << 5) | 27);
    double.writeDoubleBE(value, 1);
    return double;
}

/** The first byte and the number that goes with it, in as few bytes as it takes. */
function head(kind: number, number: number): Buffer {
    const first = kind << 5;
    if (number < 24) return Buffer.from([first | number]);
    const size = number < 2 ** 8 ? 1 : number < 2 ** 16 ? 2 : number < 2 ** 32 ? 4 : 8;
    const bytes = Buffer.alloc(1 + size, first | (24 + Math.log2(size)));
    if (size === 8) bytes.writeBigUInt64BE(BigInt(number), 1);
    else bytes.writeUIntBE(number, 1, size);
    return bytes;
}
