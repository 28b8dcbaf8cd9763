/**
 * Rows of CSV (RFC 4180) as places in a buffer, without a text for each field: a file has millions of rows, of which one or two columns count.
 *
 * A quote that does not close its field is part of the field; it never swallows the rows after it.
 */
import { carriageReturn, comma, newline, quote, semicolon } from "./bytes";
import { plainName } from "./format";
import { longerThan } from "./lines";

const [tab, bar] = [9, 124];
const delimiters = [comma, semicolon, tab, bar];

/** By the name, then by what there is the most of in the header. */
export function delimiterOf(file: string, first: Buffer): number {
    if (plainName(file).endsWith(".tsv")) return tab;
    const end = first.indexOf(newline);
    const header = first
        .subarray(0, end < 0 ? first.length : end)
        .toString("latin1")
        .replace(/"[^"]*"/g, "");
    const count = (delimiter: number): number => header.split(String.fromCharCode(delimiter)).length;
    return delimiters.reduce((most, delimiter) => (count(delimiter) > count(most) ? delimiter : most));
}

/** How a field stands in the row: as it is, in quotes, or in quotes with quotes inside, each written twice. */
const [plain, quoted, doubled] = [0, 1, 2];

export class CsvRows {
    /** The line on which the row begins. */
    line = 0;
    /** Up to here the buffer was read; what follows is to be given again, with what comes after it. */
    end = 0;
    fields = 0;
    /** Why the row cannot be read. */
    fault: string | undefined;
    buffer: Buffer = Buffer.alloc(0);
    starts = new Int32Array(64);
    ends = new Int32Array(64);
    #forms = new Uint8Array(64);
    #nextLine = 1;
    #rowStart = 0;
    #rowLines = 1;
    #isLast = false;
    #skipping = false;

    constructor(
        readonly delimiter: number,
        readonly rowBytesMax: number,
    ) {}

    /** @param isLast nothing comes after it: its last row may lack the newline */
    read(buffer: Buffer, isLast: boolean): void {
        this.buffer = buffer;
        this.end = 0;
        this.#isLast = isLast;
    }

    /** Goes to the next row; false where there is no whole one. Blank lines are none. */
    next(): boolean {
        this.#skip();
        this.#rowStart = this.end;
        this.line = this.#nextLine;
        this.fields = 0;
        this.fault = undefined;
        this.#rowLines = 1;
        const { buffer, delimiter } = this;
        let at = this.end;
        if (at >= buffer.length) return false;
        for (;;) {
            const closed = buffer[at] === quote ? this.#closingQuote(at) : undefined;
            if (closed === waits) return false;
            const form = closed?.form ?? plain;
            const from = closed === undefined ? at : at + 1;
            if (closed !== undefined) at = closed.at + 1;
            else while (at < buffer.length && buffer[at] !== delimiter && buffer[at] !== newline) at++;
            if (at >= buffer.length && !this.#isLast) return this.#tooLong();
            const end =
                closed?.at ??
                (buffer[at] === delimiter || buffer[at - 1] !== carriageReturn || at === from ? at : at - 1);
            this.#add(from, end, form);
            if (buffer[at] === delimiter) {
                at++;
                continue;
            }
            if (buffer[at] === carriageReturn) at++;
            this.end = Math.min(at + 1, buffer.length);
            this.#nextLine += this.#rowLines;
            return true;
        }
    }

    /** Over blank lines, and the rest of a row that was too long. */
    #skip(): void {
        const { buffer } = this;
        if (this.#skipping) {
            const at = buffer.indexOf(newline, this.end);
            this.end = at < 0 ? buffer.length : at + 1;
            this.#skipping = at < 0;
            if (at >= 0) this.#nextLine++;
        }
        for (;;) {
            const at = buffer[this.end] === carriageReturn ? this.end + 1 : this.end;
            if (buffer[at] !== newline) return;
            this.end = at + 1;
            this.#nextLine++;
        }
    }

    /** The row goes on after the buffer. */
    #tooLong(): boolean {
        if (this.buffer.length - this.#rowStart <= this.rowBytesMax) return false;
        this.fault = longerThan(this.rowBytesMax);
        this.end = this.buffer.length;
        this.#skipping = true;
        return true;
    }

    #add(start: number, end: number, form: number): void {
        const field = this.fields++;
        if (field === this.starts.length) {
            this.starts = grown(this.starts);
            this.ends = grown(this.ends);
            const forms = new Uint8Array(2 * field);
            forms.set(this.#forms);
            this.#forms = forms;
        }
        this.starts[field] = start;
        this.ends[field] = end;
        this.#forms[field] = form;
    }

    /** Undefined where the quote at the front of a field does not close it. */
    #closingQuote(open: number): { at: number; form: number } | typeof waits | undefined {
        const { buffer, delimiter } = this;
        const more = this.#isLast || buffer.length - this.#rowStart > this.rowBytesMax ? undefined : waits;
        let form = quoted;
        let lines = 0;
        for (let at = open + 1; at < buffer.length; at++) {
            if (buffer[at] === newline) lines++;
            if (buffer[at] !== quote) continue;
            if (at + 1 === buffer.length && more === waits) return waits;
            const after = buffer[at + 1] === carriageReturn ? at + 2 : at + 1;
            if (after === buffer.length && more === waits) return waits;
            if (after >= buffer.length || buffer[after] === newline || buffer[at + 1] === delimiter) {
                this.#rowLines += lines;
                return { at, form };
            }
            if (buffer[at + 1] !== quote) return undefined;
            form = doubled;
            at++;
        }
        return more;
    }

    /** Whether the field's bytes are its text. */
    isPlain(field: number): boolean {
        return field < this.fields && this.#forms[field] !== doubled;
    }

    textOf(field: number): string | undefined {
        if (field >= this.fields) return undefined;
        const text = this.buffer.toString("utf8", this.starts[field], this.ends[field]);
        return this.#forms[field] === doubled ? text.replaceAll('""', '"') : text;
    }

    /** The row as it stands, or its beginning. */
    rowText(bytesMax: number): string {
        const end = Math.min(this.end, this.#rowStart + bytesMax);
        return this.buffer.toString("utf8", this.#rowStart, end).trimEnd();
    }
}

const waits = "waits";

function grown(places: Int32Array): Int32Array<ArrayBuffer> {
    const larger = new Int32Array(2 * places.length);
    larger.set(places);
    return larger;
}
