/**
 * Partition keys from CSV.
 */
import { parse } from "csv-parse";
import { UsageError } from "./command";
import { addRecord, type KeyReader, type KeySource, lineBytesMax, noSuchColumn, pour } from "./keyRecords";

/** CSV with a header; fields may be quoted and hold commas, quotes and newlines. */
export async function readCsv(chunks: AsyncIterable<Buffer>, { source, tally, bad, name }: KeyReader): Promise<void> {
    let columns: CsvColumns | undefined;
    const parser = parse({
        bom: true,
        delimiter: source.file.toLowerCase().replace(/\.gz$/, "").endsWith(".tsv") ? "\t" : [",", ";", "\t"],
        info: true,
        // A stray quote costs at most its own field; without this it would swallow the lines up to the next one.
        relax_quotes: true,
        max_record_size: lineBytesMax,
        relax_column_count: true,
        skip_empty_lines: true,
        skip_records_with_error: true,
        on_skip: (error) => {
            if (error !== undefined) bad.add(error.lines as number, csvReason(error.code), String(error.raw ?? ""));
        },
    });
    pour(chunks, parser);
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
        if (columns === undefined) {
            columns = columnsOf(record, source, name);
            continue;
        }
        const values = {
            key: record[columns.key],
            weight: columns.weight === undefined ? undefined : record[columns.weight],
            explicitHashKey: columns.explicitHashKey === undefined ? undefined : record[columns.explicitHashKey],
        };
        addRecord(values, source, tally, (reason) => bad.add(info.lines, reason, record.join(",")));
    }
}

const csvReasons: Readonly<Record<string, string>> = {
    CSV_MAX_RECORD_SIZE: "longer than 1 MiB: a quote that is not closed?",
    CSV_QUOTE_NOT_CLOSED: "a quote that is not closed",
    INVALID_OPENING_QUOTE: "a quote inside a field",
    CSV_INVALID_CLOSING_QUOTE: "a quote that is closed too early",
};

function csvReason(code: string): string {
    return csvReasons[code] ?? code.toLowerCase().replaceAll("_", " ");
}

interface CsvColumns {
    readonly key: number;
    readonly weight: number | undefined;
    readonly explicitHashKey: number | undefined;
}

function columnsOf(header: readonly string[], source: KeySource, name: string): CsvColumns {
    const names = header.map((title) => title.trim());
    const indexOf = (column: string) => {
        const index = names.indexOf(column);
        if (index < 0) throw noSuchColumn(name, column, names, "column");
        return index;
    };
    if (source.column === undefined && names.length > 1) {
        throw new UsageError(
            `${name} has ${names.length} columns; name the partition key's with --column: ${names.join(", ")}.`,
        );
    }
    return {
        key: source.column === undefined ? 0 : indexOf(source.column),
        weight: source.weight === undefined ? undefined : indexOf(source.weight),
        explicitHashKey: source.explicitHashKey === undefined ? undefined : indexOf(source.explicitHashKey),
    };
}
