/**
 * What the readers of partition keys share, whatever the format: where the key stands, what a good record is, and the bad lines.
 */
import { hashKeySpace } from "../capacity/keys/hashRing";
import { type KeyTally, recordWeights } from "../capacity/keys/sample";
import { limits } from "../capacity/limits";
import { noSuch } from "../capacity/text";
import { UsageError } from "./command";
import { type RecordFormat, recordFormats as keyFormats } from "./records/format";
import { type Again, type Converted } from "./records/open";

/** What a file of keys may be, in the help texts. */
export const keyForms = "a key a line, CSV or JSON in any arrangement, also packed (gzip, zstd); - for stdin";

export { recordFormats as keyFormats, type RecordFormat as KeyFormat } from "./records/format";

export interface KeySource {
    /** A path, or - for stdin. */
    readonly file: string;
    /** Undefined: by the file's name, then by its first bytes. */
    readonly format?: RecordFormat | undefined;
    /** Name of the CSV column, or path of the JSON field such as detail.userId. */
    readonly column?: string | undefined;
    readonly weight?: string | undefined;
    readonly explicitHashKey?: string | undefined;
    /** How the command reads what the file is converted to. @default sharded-stream keys analyze - */
    readonly again?: Again["command"] | undefined;
}

/** What was given for --format. @throws UsageError where there is no such format */
export function formatNamed(format: string | undefined): RecordFormat | undefined {
    const found = keyFormats.find((name) => name === format);
    if (format !== undefined && found === undefined)
        throw new UsageError(`--format: there is no ${JSON.stringify(format)}; there are ${keyFormats.join(", ")}.`);
    return found;
}

/** The same for what a file is converted to: a table comes as JSON, and stdin has no name that tells CSV. */
export function formatAfter(
    converted: Converted,
    { file, format }: { readonly file: string; readonly format?: string | undefined },
): string | undefined {
    if (converted !== "text") return undefined;
    return format ?? (/\.(csv|tsv)(\.\w+)?$/i.test(file) ? "csv" : undefined);
}

export interface BadLine {
    readonly line: number;
    readonly reason: string;
    readonly text: string;
}

/** "line 3 (empty)" */
export function lineWords({ line, reason }: BadLine): string {
    return `line ${line} (${reason})`;
}

export class BadLines {
    count = 0;
    readonly first: BadLine[] = [];

    add(line: number, reason: string, text: string): void {
        this.count++;
        if (this.first.length >= badLinesShown) return;
        const clean = text.replace(/\p{Cc}/gu, "\ufffd");
        this.first.push({
            line,
            reason,
            text: clean.length > badTextShown ? `${clean.slice(0, badTextShown)}...` : clean,
        });
    }
}

/** What a reader works with; `name` is the file's in messages. */
export interface KeyReader {
    readonly source: KeySource;
    readonly tally: KeyTally;
    readonly bad: BadLines;
    readonly name: string;
}

export const lineBytesMax = 1 << 20;
const badLinesShown = 5;
export const badTextShown = 60;
/** So much of a bad line is made text: a part of it is shown. */
export const badBytesLooked = 256;

/** The values of one record, by what they are for. */
interface RecordValues {
    readonly key: string | undefined;
    readonly weight: string | undefined;
    readonly explicitHashKey: string | undefined;
}

export function addRecord(
    values: RecordValues,
    source: KeySource,
    tally: KeyTally,
    fail: (reason: string) => void,
): void {
    const { key, explicitHashKey: explicit } = values;
    const fault = key === undefined ? `no ${source.column ?? "key"}` : faultOf(key);
    if (key === undefined || fault !== undefined) return fail(fault ?? "empty");
    const weight = source.weight === undefined ? 1 : weightOf(values.weight);
    if (weight === undefined) return fail(`${source.weight} ${weightFault(values.weight)}`);
    if (explicit === undefined || explicit === "") return tally.addKey(key, weight);
    if (!/^\d{1,39}$/.test(explicit) || BigInt(explicit) >= hashKeySpace)
        return fail(`${source.explicitHashKey} is not a whole number below 2^128`);
    tally.addHashKey(BigInt(explicit), key, weight);
}

/** Undefined where it is none. */
export function weightOf(text: string | undefined): number | undefined {
    const number = text === undefined || text.trim() === "" ? NaN : Number(text);
    return number === 0 || (number >= recordWeights.least && number <= recordWeights.most) ? number : undefined;
}

function weightFault(text: string | undefined): string {
    const number = Number(text);
    if (number > recordWeights.most) return "is above 1e15";
    return number > 0 ? "is below 1e-15 and not 0" : "is not a number of 0 or more";
}

/** By a name in these files: asking another layer of the bundle for it at each key takes a tenth of the time. */
export const keyCharactersMax = limits.partitionKeyCharactersMax;

export const tooLong = `longer than the ${keyCharactersMax} characters of a partition key`;

export function faultOf(key: string): string | undefined {
    if (key.length === 0) return "empty";
    if (key.length > keyCharactersMax && Array.from(key).length > keyCharactersMax) return tooLong;
    return undefined;
}

export function noSuchColumn(name: string, column: string, names: readonly string[], noun: string): UsageError {
    return new UsageError(noSuch(name, noun, column, names));
}
