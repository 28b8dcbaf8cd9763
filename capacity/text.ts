/**
 * How numbers, names and series read in messages: the same everywhere, whatever the machine's locale.
 */
import { dayMs } from "./calendar";

/** By decimals. toLocaleString makes a format at each call: fifty thousand undelivered records were seconds of it, each plan milliseconds. */
const formats = new Map<number, Intl.NumberFormat>();
const rateFormat = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 3 });
const dollarFormat = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const smallDollarFormat = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 5 });

/** A number with thousands separators and at most `digits` decimals: 10485760 is "10,485,760". */
export function formatNumber(value: number, digits = 6): string {
    let format = formats.get(digits);
    if (format === undefined) {
        format = new Intl.NumberFormat("en-US", { maximumFractionDigits: digits, useGrouping: true });
        formats.set(digits, format);
    }
    const text = format.format(value);
    // What rounds to nothing has no sign.
    return text === "-0" ? "0" : text;
}

/** A rate for people: three significant digits below 100, whole numbers above. */
export function formatRate(value: number): string {
    if (value >= 100) return formatNumber(value, 0);
    if (value < 1e-6) return String(Number(value.toPrecision(3)));
    return rateFormat.format(value);
}

/** A rate in as many more digits as it takes for what is said of it to hold of what is read: 10.04 need 11 shards, and 10 do not. */
export function formatRateThat(value: number, holds: (shown: number) => boolean): string {
    return formatRatesThat([value], ([shown]) => holds(shown!))[0]!;
}

/** A rate that is more than a limit, and reads so: 1.0003 is not 1. */
export function formatRateAbove(value: number, limit: number): string {
    return formatRateThat(value, (shown) => shown > limit);
}

/** Two rates of which the first is larger, as they are read too. */
export function formatRatesApart(larger: number, smaller: number): readonly [string, string] {
    const [first, second] = formatRatesThat([larger, smaller], ([more, less]) => more! > less!);
    return [first!, second!];
}

function formatRatesThat(values: readonly number[], holds: (shown: readonly number[]) => boolean): string[] {
    const usual = values.map((value) => (value >= 100 ? Math.round(value) : Number(value.toPrecision(3))));
    if (holds(usual)) return values.map(formatRate);
    // Fewer digits than the whole numbers above would be a guess: 12,345.4 is not 12,350.
    const wholeDigits = Math.max(...values.map((value) => Math.trunc(value).toString().length));
    for (let digits = Math.max(4, wholeDigits + 1); digits < exactDigits; digits++) {
        const shown = values.map((value) => Number(value.toPrecision(digits)));
        if (holds(shown)) return shown.map((value) => formatNumber(value, exactDigits));
    }
    return values.map(String);
}

/** So many digits tell any two numbers apart. */
const exactDigits = 17;

/** A fraction as percent: 0.2 is "20 %". More than nothing does not read as nothing, nor less than all as all: 0.9996 is "99.96 %". */
export function formatPercent(fraction: number, digits = 0): string {
    const percent = fraction * 100;
    const shown = Number(percent.toFixed(digits));
    const apart = Math.abs(percent - shown);
    const isRoundedAway = (shown === 0 || shown === 100) && apart > leastPercent;
    return `${formatNumber(percent, isRoundedAway ? Math.ceil(-Math.log10(apart)) : digits)} %`;
}

/** What is less may be the remainder of a sum. */
const leastPercent = 1e-6;

/** Dollars: cents above ten cents, otherwise up to five decimals, since an hour of a shard costs less than two cents. */
export function formatDollars(value: number): string {
    return `$${(value >= 0.1 || value === 0 ? dollarFormat : smallDollarFormat).format(value)}`;
}

/** "1 shard", "2 shards". */
export function count(value: number, noun: string, plural = `${noun}s`): string {
    return `${formatNumber(value)} ${value === 1 ? noun : plural}`;
}

/** A rate of things: "1 shard", "3.2 shards". */
export function countRate(value: number, noun: string): string {
    const text = formatRate(value);
    return `${text} ${text === "1" ? noun : `${noun}s`}`;
}

/** A part that is more than nothing, to a tenth of a percent: "9.1 %", "less than 0.1 %". */
export function formatSmallPercent(fraction: number): string {
    return fraction < 0.001 ? "less than 0.1 %" : formatPercent(fraction, 1);
}

/** As it begins a sentence. */
export function capitalized(text: string): string {
    return text.charAt(0).toUpperCase() + text.slice(1);
}

/** As it stands within a sentence. */
export function uncapitalized(text: string): string {
    return text.charAt(0).toLowerCase() + text.slice(1);
}

/** "out, in or to", of one word or more. */
export function enumerated(words: readonly string[], last: "and" | "or"): string {
    return words.length === 1 ? words[0]! : `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)!}`;
}

const levels = "▁▂▃▄▅▆▇█";

/**
 * A series as one line of columns, from 0 to a maximum: of several values in one column the largest is shown.
 *
 * @param width columns that there is room for
 */
export function sparkColumns(
    values: readonly number[],
    maximum: number,
    width: number,
): { readonly value: number; readonly level: string }[] {
    const step = Math.max(1, Math.ceil(values.length / Math.max(1, width)));
    return Array.from({ length: Math.ceil(values.length / step) }, (_, at) => {
        const value = Math.max(...values.slice(at * step, (at + 1) * step));
        const level = maximum > 0 ? Math.min(levels.length - 1, Math.floor((value / maximum) * levels.length)) : 0;
        return { value, level: levels[level]! };
    });
}

/**
 * The candidate with the smallest edit distance to a name that somebody mistyped. Undefined where it has nothing in common with any: to
 * be asked for `random` after `foo` helps nobody.
 */
export function closest(name: string, candidates: readonly string[]): string | undefined {
    const distance = (candidate: string) => editDistance(name.toLowerCase(), candidate.toLowerCase());
    const best = candidates.reduce((best, candidate) => (distance(candidate) < distance(best) ? candidate : best));
    return distance(best) <= Math.max(name.length, best.length) / 2 ? best : beginningOf(name, candidates);
}

function beginningOf(name: string, candidates: readonly string[]): string | undefined {
    return name === "" ? undefined : candidates.find((one) => one.toLowerCase().startsWith(name.toLowerCase()));
}

/** `Did you mean load?`, if there is anything like it. */
export function didYouMean(name: string, candidates: readonly string[], before = ""): string {
    const found = closest(name, candidates);
    return found === undefined ? "" : `Did you mean ${before}${found}?`;
}

/** `load.csv has no column "laod"; it has: time, load. Did you mean load?` */
export function noSuch(name: string, noun: string, wanted: string, has: readonly string[]): string {
    return `${name} has no ${noun} ${JSON.stringify(wanted)}; it has: ${has.join(", ")}. ${didYouMean(wanted, has)}`.trimEnd();
}

/** `load.csv has 2 columns "load": nothing tells which of them is meant.` */
export function severalSuch(name: string, noun: string, wanted: string, has: readonly string[]): string {
    const several = has.filter((one) => one === wanted).length;
    return `${name} has ${count(several, noun)} ${JSON.stringify(wanted)}: nothing tells which of them is meant.`;
}

function editDistance(left: string, right: string): number {
    let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
    for (let row = 1; row <= left.length; row++) {
        const current = [row];
        for (let column = 1; column <= right.length; column++) {
            const substitution = previous[column - 1]! + (left[row - 1] === right[column - 1] ? 0 : 1);
            current.push(Math.min(substitution, previous[column]! + 1, current[column - 1]! + 1));
        }
        previous = current;
    }
    return previous[right.length]!;
}

/** A time for people, to the minute: "2026-11-02 12:00 UTC". */
export function formatTime(timeMs: number): string {
    return `${new Date(timeMs).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** What is less than two years after 1970 is no date: a trace counts its minutes or seconds from about 0, or has no times. */
export function isDate(timeMs: number): boolean {
    return timeMs >= 731 * dayMs;
}

/** A time of a load: a date, or the day of a trace that counts: "day 2, 02:05". */
export function timeText(timeMs: number): string {
    if (isDate(timeMs)) return formatTime(timeMs);
    return `day ${Math.floor(timeMs / dayMs) + 1}, ${new Date(timeMs).toISOString().slice(11, 16)}`;
}
