/**
 * What a file of records is: by its name, then by its first bytes.
 */
import { parseJson } from "./jsonText";

/** ndjson: a document a line. json: documents that do not keep to lines, an array, or records in an envelope. */
export const recordFormats = ["lines", "csv", "ndjson", "json"] as const;

export type RecordFormat = (typeof recordFormats)[number];

/** @param first the first bytes of the text, up to the end of a line at least */
export function formatOf(file: string, column: string | undefined, first: Buffer): RecordFormat {
    const name = plainName(file);
    if (/\.(csv|tsv)$/.test(name)) return "csv";
    const text = first.subarray(0, lookBytes).toString();
    if (/\.(ndjson|jsonl|json)$/.test(name) || looksLikeJson.test(text)) return framingOf(text);
    return column === undefined ? "lines" : "csv";
}

/** The name without the ending of what it is packed with. */
export function plainName(file: string): string {
    return file.toLowerCase().replace(/\.(gz|zst|zstd)$/, "");
}

const lookBytes = 1 << 16;
const linesLooked = 20;
const looksLikeJson = /^\s*(?:\{|\[\s*(?:[{["\]]|-?\d))/;
const envelope = /^\s*\{\s*"Records"\s*:\s*\[/;

function framingOf(text: string): "ndjson" | "json" {
    if (envelope.test(text)) return "json";
    const lines = text
        .split("\n")
        .slice(0, -1)
        .filter((line) => line.trim() !== "")
        .slice(0, linesLooked);
    if (lines.length === 0 || (lines.length === 1 && lines[0]!.trimStart().startsWith("["))) return "json";
    const alone = lines.filter((line) => parseJson(line) !== undefined);
    return 2 * alone.length >= lines.length ? "ndjson" : "json";
}
