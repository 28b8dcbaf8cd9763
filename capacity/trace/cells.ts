/**
 * What a cell of a trace is, by its text: a time, a number, nothing, or what is said of one that is none of them.
 */
import { missingDay } from "../calendar";

const isoTime = /^\d{4}[-/]\d\d[-/]\d\d([ T]\d\d:\d\d(:\d\d([.,]\d+)?)?)?( ?(Z|UTC|[+-]\d\d:?\d\d))?$/;

/** Any time that a trace may have: ISO 8601, in UTC where it names no zone, or seconds, ms, µs or ns since 1970 by their size. */
export function timeMsOf(text: string): number | undefined {
    const number = numberOf(text);
    if (number !== undefined && number >= 0) return dateMs(number / perMs(number));
    if (!isoTime.test(text) || missingDay(text) !== undefined) return undefined;
    const [date, rest = ""] = [text.slice(0, 10).replaceAll("/", "-"), text.slice(11)];
    const [, time = "", zone = ""] = /^([^Z U+-]*) ?(.*)$/.exec(rest) ?? [];
    return dateMs(Date.parse(`${date}T${time.replace(",", ".") || "00:00"}${zone === "UTC" ? "Z" : zone || "Z"}`));
}

/** What is later than a date can be is none. */
function dateMs(timeMs: number): number | undefined {
    return timeMs <= latestMs ? timeMs : undefined;
}

const latestMs = 8.64e15;

function perMs(number: number): number {
    return number < 1e11 ? 0.001 : number < 1e14 ? 1 : number < 1e17 ? 1e3 : 1e6;
}

/** What is written as a number, thousands separators aside; undefined where it is none. */
export function numberOf(text: string): number | undefined {
    const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
    return Number.isFinite(number) ? number : undefined;
}

/** What spreadsheets and exports write where nothing was measured. */
export function isMissing(text: string): boolean {
    return /^(|-|na|n\/a|nan|null|none|undefined)$/i.test(text);
}

/** What is said of a cell that is no time: why, and what to write instead. */
export function noTime(text: string): string {
    const missing = missingDay(text);
    const why = missing === undefined ? "" : `, for ${missing}`;
    return `is no time${why}; write it such as 2026-01-05 10:00:00, 2026-01-05T10:00:00Z, or seconds or ms since 1970, or name the column with --time.`;
}

/** A date as it stands in many languages, in a form that is not read: `05.01.2026 10:00`, `1/5/2026`. */
export function isOtherDate(text: string): boolean {
    return /^\d{1,2}[./-]\d{1,2}[./-]\d{4}(?=[ ,T]|$)/.test(text);
}

/** What is said of a cell that is no number. */
export function noNumber(text: string): string {
    const row = otherNumbers.find(({ form }) => form.test(text));
    return row === undefined
        ? "is no number; write it such as 1234.5, or leave the cell empty where nothing was measured."
        : row.told(text);
}

/** Numbers in forms that are not read, since one may be meant as another. */
const otherNumbers: readonly { readonly form: RegExp; readonly told: (text: string) => string }[] = [
    {
        form: /^[1-9]\d{0,2},\d{3}$/,
        told: (text) =>
            `has a thousands separator or a decimal comma; write it as ${text.replace(",", "")} or as ${text.replace(",", ".")}.`,
    },
    {
        form: /^[1-9]\d{0,2}([,'\u00a0\u202f ]\d{3})+(\.\d+)?$/,
        told: (text) => separated(text.replace(/[^\d.]/g, "")),
    },
    {
        form: /^[1-9]\d{0,2}(\.\d{3})+(,\d+)$|^[1-9]\d{0,2}(\.\d{3}){2,}$/,
        told: (text) => separated(text.replaceAll(".", "").replace(",", ".")),
    },
    {
        form: /^\d{1,3}([\u00a0\u202f ]\d{3})+,\d+$/,
        told: (text) => separated(text.replace(/[^\d,]/g, "").replace(",", ".")),
    },
    { form: /^\d+,\d+$/, told: (text) => `has a decimal comma; write it as ${text.replace(",", ".")}.` },
    {
        form: /^\d[\d.,]* ?[A-Za-zµ%][A-Za-z/%]*$/,
        told: () => "has a unit; write the number alone, in the same unit in all rows.",
    },
];

function separated(meant: string): string {
    return `has thousands separators; write it as ${meant}.`;
}
