/**
 * Cuts a stream of JSON into its records, wherever the lines break: documents one after another, with or without a newline between them
 * (Firehose), pretty-printed ones, the elements of an array, and those of the array "Records" (CloudTrail, get-records, Lambda events).
 *
 * Only brackets and quotes are looked at; whether a piece is JSON is for its reader to say.
 */
import { backslash, closeBrace, closeBracket, comma, newline, openBrace, openBracket, quote } from "./bytes";
import { type JsonPath, notJson } from "./jsonText";
import { beginningOf } from "./lines";
import { Refill } from "./refill";

export interface JsonPiece {
    /** Valid until the next chunk is pushed. */
    readonly bytes: Buffer;
    /** On which it begins. */
    readonly line: number;
    /** Why it is none. */
    readonly fault?: string;
}

/** A record of Kinesis has at most 10 MiB, a third more in base64. */
export const jsonBytesMax = 16 << 20;

const bytesOf = (bytes: readonly number[]): Uint8Array =>
    new Uint8Array(256).map((_, byte) => (bytes.includes(byte) ? 1 : 0));
const endsText = bytesOf([quote, backslash, newline]);
const isStructure = bytesOf([quote, newline, openBracket, closeBracket, openBrace, closeBrace]);
const recordsMember = /[{,]\s*"Records"\s*:\s*$/;
const memberBytesMax = 64;
const none = -1;
/** The rest of a value that is too long. */
const skipped = -2;

export class JsonSplitter {
    /** With what is under way from the last chunk. */
    readonly #text = new Refill();
    #start = none;
    #startLine = 1;
    #line = 1;
    /** Brackets that are open. */
    #depth = 0;
    /** The depth at which records stand; -1 in what follows an array of records up to its own bracket. */
    #level = 0;
    /** The depths at which arrays of records were opened. */
    #outer: number[] = [];
    #inText = false;
    #escaped = false;
    readonly #unwraps: boolean;

    /** @param path where the key is looked for: a path into "Records" is taken at its word */
    constructor(path?: JsonPath) {
        this.#unwraps = path === undefined || !/^Records\b/.test(path);
    }

    *push(chunk: Buffer): Generator<JsonPiece> {
        this.#text.refill(this.#restFrom, chunk);
        const buffer = this.#text.bytes;
        const from = buffer.length - chunk.length;
        if (this.#start >= 0) this.#start = 0;
        for (let at = this.#next(buffer, from); at < buffer.length; at = this.#next(buffer, at + 1)) {
            const byte = buffer[at]!;
            if (byte === newline) this.#line++;
            const piece = this.#inText ? this.#inside(buffer, at, byte) : this.#structure(buffer, at, byte);
            if (piece !== undefined) yield piece;
        }
        if (this.#start >= 0 && buffer.length - this.#start > jsonBytesMax) {
            const { bytes, fault } = beginningOf(buffer.subarray(this.#start), jsonBytesMax);
            yield this.#fault(bytes, fault);
            this.#start = skipped;
        }
    }

    get #restFrom(): number {
        return this.#start >= 0 ? this.#start : this.#text.length;
    }

    /** The next byte that changes anything. */
    #next(buffer: Buffer, from: number): number {
        let at = from;
        if (this.#inText && !this.#escaped) while (at < buffer.length && !endsText[buffer[at]!]) at++;
        else if (!this.#inText && this.#depth !== this.#level)
            while (at < buffer.length && !isStructure[buffer[at]!]) at++;

        return at;
    }

    /** What is left at the end of the input. */
    end(): JsonPiece | undefined {
        const bytes = this.#text.bytes.subarray(this.#restFrom);
        const isScalar = this.#start >= 0 && this.#depth === this.#level && !this.#inText;
        if (isScalar && this.#depth === 0) return { bytes, line: this.#startLine };
        if (this.#depth === 0 && !this.#inText) return undefined;
        this.#startLine = this.#start >= 0 ? this.#startLine : this.#line;
        return this.#fault(bytes, "the input ends inside it");
    }

    #inside(buffer: Buffer, at: number, byte: number): JsonPiece | undefined {
        if (this.#escaped) {
            this.#escaped = false;
        } else if (byte === backslash) {
            this.#escaped = true;
        } else if (byte === quote) {
            this.#inText = false;
            if (this.#depth === this.#level) return this.#finish(buffer, at + 1);
        } else if (byte === newline) {
            // No text of JSON holds a line break: a quote is missing. What comes next may be good again.
            this.#inText = false;
            if (this.#level < 0) return undefined;
            this.#depth = this.#level;
            const bytes = this.#start >= 0 ? buffer.subarray(this.#start, at) : Buffer.alloc(0);
            this.#start = none;
            return this.#fault(bytes, notJson);
        }
        return undefined;
    }

    #structure(buffer: Buffer, at: number, byte: number): JsonPiece | undefined {
        const atRecords = this.#depth === this.#level;
        if (byte === quote) {
            this.#inText = true;
            if (atRecords) this.#begin(at);
        } else if (byte === openBrace || byte === openBracket) {
            return this.#open(buffer, at, byte, atRecords);
        } else if (byte === closeBrace || byte === closeBracket) {
            return this.#close(buffer, at, atRecords);
        } else if (byte === comma || byte <= 32) {
            return atRecords ? this.#finish(buffer, at) : undefined;
        } else if (atRecords) {
            this.#begin(at);
        }
        return undefined;
    }

    #begin(at: number): void {
        if (this.#start !== none) return;
        this.#start = at;
        this.#startLine = this.#line;
    }

    #open(buffer: Buffer, at: number, byte: number, atRecords: boolean): JsonPiece | undefined {
        const finished = atRecords ? this.#finish(buffer, at) : undefined;
        const depth = this.#depth++;
        const isMember = this.#unwraps && depth === this.#level + 1;
        if (atRecords && byte === openBracket && depth === 0) this.#enter(depth);
        else if (atRecords) this.#begin(at);
        else if (isMember && byte === openBracket && opensRecords(buffer, this.#start, at)) this.#enter(this.#level);
        return finished;
    }

    #enter(outer: number): void {
        this.#outer.push(outer);
        this.#level = this.#depth;
        this.#start = none;
    }

    #close(buffer: Buffer, at: number, atRecords: boolean): JsonPiece | undefined {
        if (!atRecords) {
            this.#depth--;
            if (this.#level < 0 && this.#depth === this.#outer.at(-1)) this.#level = this.#outer.pop()!;
            return this.#depth === this.#level ? this.#finish(buffer, at + 1) : undefined;
        }
        const finished = this.#finish(buffer, at);
        if (this.#depth === 0) {
            this.#startLine = this.#line;
            return finished ?? this.#fault(buffer.subarray(at, at + 1), "a bracket that was never opened");
        }
        this.#depth--;
        const outer = this.#outer.at(-1)!;
        this.#level = this.#depth === outer ? this.#outer.pop()! : -1;
        return finished;
    }

    #finish(buffer: Buffer, end: number): JsonPiece | undefined {
        const start = this.#start;
        this.#start = none;
        return start >= 0 ? { bytes: buffer.subarray(start, end), line: this.#startLine } : undefined;
    }

    #fault(bytes: Buffer, fault: string): JsonPiece {
        return { bytes, line: this.#startLine, fault };
    }
}

/** Whether the bracket that opens there is that of the array "Records" in the document that starts at `start`. */
function opensRecords(buffer: Buffer, start: number, at: number): boolean {
    return start >= 0 && recordsMember.test(buffer.toString("latin1", Math.max(start, at - memberBytesMax), at));
}
