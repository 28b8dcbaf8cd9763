/**
 * The rows of a trace as columns of numbers: times in ms since 1970, loads as they stand, NaN where a row has none.
 */
import { type Readable } from "node:stream";
import { isMissing, noNumber, noTime, numberOf, timeMsOf } from "../../capacity/trace/cells";
import { UsageError } from "../command";
import { inputWords, unreadable } from "../inputFile";
import { semicolon } from "../records/bytes";
import { CsvRows } from "../records/csv";
import { openInput } from "../records/open";
import { type OnProgress, rawInput } from "../records/raw";
import { Refill } from "../records/refill";
import { printable } from "../terminal";
import { plainNumber, plainTimeMs } from "./cells";
import { refuseJson } from "./json";
import { layoutBytes, layoutOf, rowBytesMax, type TraceLayout, type TraceSource } from "./layout";
import { DottedNumbers } from "./thousands";

export interface TraceRows {
    readonly name: string;
    readonly layout: TraceLayout;
    /** Undefined without a column of times. */
    readonly timesMs: Float64Array | undefined;
    readonly loads: Float64Array;
    readonly records: Float64Array | undefined;
    /** Lines of rows without a load: how many, and the first. */
    readonly missing: { readonly count: number; readonly firstLine: number };
}

/** A year and a half by the second, or a file that is no trace. */
const rowsMax = 50_000_000;

/** Far above any load in any unit, and far below what sums cannot hold. */
const loadMax = 1e30;

/** Reads all of it. @throws UsageError at the first cell that is none: a load that is guessed would be worse than none */
export async function readRows(
    source: TraceSource,
    again: string,
    stdin: Readable,
    onProgress: OnProgress,
    signal?: AbortSignal,
): Promise<TraceRows> {
    const name = inputWords(source.file);
    const raw = rawInput(source.file, stdin, onProgress, signal);
    try {
        const { chunks } = await openInput(raw.chunks, {
            file: source.file,
            again: { takes: "csv", command: () => again },
            byLines: true,
        });
        const reader = new RowReader(source, name, again);
        const text = new Refill();
        let done = 0;
        for await (const chunk of chunks) {
            text.refill(done, chunk);
            done = text.length < layoutBytes && reader.isFresh ? 0 : reader.read(text.bytes, false);
        }
        reader.read(text.bytes.subarray(done), true);
        if (signal?.aborted === true) throw new UsageError(`${name}: interrupted before all of it was read.`);
        return reader.rows();
    } catch (error) {
        throw unreadable(error, name);
    } finally {
        raw.close();
    }
}

class RowReader {
    #layout: TraceLayout | undefined;
    #csv: CsvRows | undefined;
    #rowsSkipped = 0;
    readonly #dotted = new Map<number, DottedNumbers>();
    readonly #times = new Numbers();
    readonly #loads = new Numbers();
    readonly #records = new Numbers();
    readonly #missing = { count: 0, firstLine: 0 };

    constructor(
        readonly source: TraceSource,
        readonly name: string,
        readonly again: string,
    ) {}

    get isFresh(): boolean {
        return this.#layout === undefined;
    }

    /** @returns how many bytes of the buffer are done with */
    read(buffer: Buffer, isLast: boolean): number {
        const layout = (this.#layout ??= this.#layoutOf(buffer));
        const csv = (this.#csv ??= new CsvRows(layout.delimiter, rowBytesMax));
        csv.read(buffer, isLast);
        while (this.#rowsSkipped < layout.rowsAbove && csv.next()) this.#rowsSkipped++;
        while (csv.next()) this.#add(csv, layout);
        return csv.end;
    }

    #layoutOf(first: Buffer): TraceLayout {
        refuseJson(first, this.source.file, this.name, this.again);
        const layout = layoutOf(first, this.source, this.name);
        const columns = layout.delimiter === semicolon ? [layout.load, layout.records] : [];
        for (const column of columns) if (column !== undefined) this.#dotted.set(column, new DottedNumbers());
        return layout;
    }

    #add(csv: CsvRows, layout: TraceLayout): void {
        if (csv.fault !== undefined) throw new UsageError(`${this.name} line ${csv.line} is ${csv.fault}.`);
        if (csv.fields > layout.names.length) this.#mayHaveMore(csv, layout.names.length);
        const { time, timeSeconds, load, records } = layout;
        if (time !== undefined) this.#times.push(this.#time(csv, time) * timeSeconds);
        const value = this.#number(csv, load);
        if (Number.isNaN(value)) {
            this.#missing.count++;
            this.#missing.firstLine ||= csv.line;
        }
        this.#loads.push(value);
        if (records !== undefined) this.#records.push(this.#number(csv, records));
        if (this.#loads.length > rowsMax)
            throw new UsageError(`${this.name} has more than 50 million rows; take a part of it, or a longer period.`);
    }

    /** A comma in a number makes two cells of it, and the first would be read as all of it. */
    #mayHaveMore(csv: CsvRows, columns: number): void {
        for (let field = columns; field < csv.fields; field++) {
            if (csv.textOf(field)!.trim() === "") continue;
            throw new UsageError(
                `${this.name} line ${csv.line} has ${csv.fields} cells, more than the ${columns} of the first line; quote a cell that has the separator in it, and write numbers such as 1234.5.`,
            );
        }
    }

    #time(csv: CsvRows, column: number): number {
        const plain = column < csv.fields ? plainTimeMs(csv.buffer, csv.starts[column]!, csv.ends[column]!) : undefined;
        if (plain !== undefined) return plain;
        const text = csv.textOf(column)?.trim() ?? "";
        const timeMs = timeMsOf(text);
        if (timeMs !== undefined) return timeMs;
        throw new UsageError(`${this.#cell(csv, column)} ${noTime(text)}`);
    }

    #number(csv: CsvRows, column: number): number {
        const dotted = this.#dotted.get(column);
        if (dotted?.isOpen) dotted.see(csv.textOf(column)?.trim() ?? "", csv.line);
        const plain = column < csv.fields ? plainNumber(csv.buffer, csv.starts[column]!, csv.ends[column]!) : undefined;
        if (plain !== undefined) return plain;
        const text = csv.textOf(column)?.trim() ?? "";
        if (isMissing(text)) return NaN;
        const number = numberOf(text);
        if (number !== undefined && number >= 0 && number <= loadMax) return number;
        const cell = this.#cell(csv, column);
        if (number !== undefined && number > loadMax)
            throw new UsageError(`${cell} is more than anything could write; correct it, or leave the cell empty.`);
        if (number !== undefined) throw new UsageError(`${cell} is below 0; a load is 0 or more.`);
        throw new UsageError(`${cell} ${noNumber(text)}`);
    }

    #cell(csv: CsvRows, column: number): string {
        const text = csv.textOf(column);
        const shown = text === undefined ? "nothing" : printable(JSON.stringify(text.slice(0, 40)));
        return `${this.name} line ${csv.line}, ${printable(this.#layout!.names[column]!)}: ${shown}`;
    }

    rows(): TraceRows {
        const layout = this.#layout!;
        for (const [column, numbers] of this.#dotted) numbers.refuse(this.name, printable(layout.names[column]!));
        return {
            name: this.name,
            layout,
            timesMs: layout.time === undefined ? undefined : this.#times.all(),
            loads: this.#loads.all(),
            records: layout.records === undefined ? undefined : this.#records.all(),
            missing: this.#missing,
        };
    }
}

/** Numbers without a box for each. */
class Numbers {
    #values = new Float64Array(1 << 12);
    length = 0;

    push(value: number): void {
        if (this.length === this.#values.length) {
            const larger = new Float64Array(2 * this.length);
            larger.set(this.#values);
            this.#values = larger;
        }
        this.#values[this.length++] = value;
    }

    all(): Float64Array {
        return this.#values.slice(0, this.length);
    }
}
