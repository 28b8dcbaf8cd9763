/**
 * What separates the cells of a trace, and which column is what.
 */
import { columnsOf, rowsLooked, type TraceColumns, TraceError, type WantedColumns } from "../../capacity/trace/columns";
import { UsageError } from "../command";
import { CsvRows, delimiterOf } from "../records/csv";

/** What the user says of a trace. */
export interface TraceSource extends WantedColumns {
    /** A path, or - for stdin. */
    readonly file: string;
    /** Seconds of a row, where no times tell them. */
    readonly periodSeconds?: number | undefined;
}

export interface TraceLayout extends TraceColumns {
    readonly delimiter: number;
    /** Rows above the first one that counts: what a spreadsheet is told of the separator, and the header. */
    readonly rowsAbove: number;
}

export const rowBytesMax = 1 << 16;
/** So much is looked at, or all where there is less. */
export const layoutBytes = 1 << 16;

/** @param name the file's in messages */
export function layoutOf(first: Buffer, source: TraceSource, name: string): TraceLayout {
    const delimiter = delimiterOf(source.file, first);
    const rows = firstRows(first, delimiter);
    if (rows.length === 0 && first.length >= layoutBytes) {
        throw new UsageError(
            `${name} begins with a row longer than 64 KiB; a trace has a row for each second, minute or hour.`,
        );
    }
    const rowsTold = rows[0]?.[0]?.toLowerCase() === "sep=" ? 1 : 0;
    try {
        const columns = columnsOf(name, rows.slice(rowsTold), source);
        return { delimiter, rowsAbove: rowsTold + (columns.hasHeader ? 1 : 0), ...columns };
    } catch (error) {
        throw error instanceof TraceError ? new UsageError(error.message) : error;
    }
}

function firstRows(first: Buffer, delimiter: number): string[][] {
    const rows = new CsvRows(delimiter, rowBytesMax);
    rows.read(first, true);
    const found: string[][] = [];
    while (found.length <= rowsLooked && rows.next())
        found.push(Array.from({ length: rows.fields }, (_, field) => rows.textOf(field)!.trim()));
    // The last one may be cut off.
    return first.length >= layoutBytes && found.length <= rowsLooked ? found.slice(0, -1) : found;
}
