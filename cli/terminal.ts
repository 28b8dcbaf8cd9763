/**
 * What the terminal can show: colour, tables, bars and progress there, plain lines everywhere else.
 */
import Table from "cli-table3";
import pico from "picocolors";
import { type Severity } from "../capacity/findings";
import { sum } from "../capacity/sums";
import { count, formatNumber, sparkColumns } from "../capacity/text";
import { fittedWidths, widthOf, wordsOf, wrapped } from "./layout";

export interface Terminal {
    /** A person looks at it: tables with borders and charts. Otherwise tab-separated lines that scripts can cut. */
    readonly interactive: boolean;
    /** What tables and lines fit into where a person looks; elsewhere nothing is broken. */
    readonly columns: number;
    readonly colours: ReturnType<typeof pico.createColors>;
}

/** The terminal behind a stream. NO_COLOR switches colour off, FORCE_COLOR on. */
export function terminalOf(stream: NodeJS.WriteStream, environment: NodeJS.ProcessEnv): Terminal {
    const interactive = stream.isTTY === true;
    const forced = environment.FORCE_COLOR !== undefined && environment.FORCE_COLOR !== "0";
    const colour = !environment.NO_COLOR && environment.TERM !== "dumb" && (interactive || forced);
    return {
        interactive,
        // A window may be made narrower while a command runs.
        get columns() {
            return stream.columns || columnsDefault;
        },
        colours: pico.createColors(colour),
    };
}

const columnsDefault = 80;

/** A cell that a person sees as a bar, and nobody else: a fraction of the widest one. */
export interface Bar {
    readonly fraction: number;
    readonly colour: (text: string) => string;
}

type Cell = string | Bar;

/** Bars are as wide as there is room, up to this; where there is none for the least, the column is left out. */
const barWidths = { least: 6, most: 30 } as const;

/**
 * A table: with lines on a terminal, into which it fits, tab-separated elsewhere. Columns of numbers are aligned to the right. A terminal that is
 * too narrow for them has each row as a list: a number on two lines reads as two.
 */
export function table(
    terminal: Terminal,
    head: readonly string[],
    rows: readonly (readonly Cell[])[],
    numbers: readonly number[] = [],
): string {
    const isBar = head.map((_, column) => rows.some((row) => typeof row[column] === "object"));
    if (!terminal.interactive)
        return [head, ...rows].map((row) => row.filter((_, at) => !isBar[at]).join("\t")).join("\n");
    const shown = layOut(terminal, head, rows, numbers, isBar);
    if (shown.some(({ column, width, narrow }) => numbers.includes(column) && width < narrow))
        return listOf(terminal, head, rows, numbers);
    const drawn = new Table({
        head: shown.map(({ column, width }) => inHead(terminal.colours.bold(head[column]!), width)),
        colAligns: shown.map(({ column }) => (numbers.includes(column) ? "right" : "left")),
        style: { head: [], border: terminal.colours.dim("x") === "x" ? [] : ["gray"], compact: true },
    });
    drawn.push(...rows.map((row) => shown.map(({ column, width }) => inCell(row[column]!, width))));
    return drawn.toString();
}

/** A row below the other: its first cell, then the others that say something, each behind its title. A number has a title there, too. */
function listOf(
    { colours, columns }: Terminal,
    head: readonly string[],
    rows: readonly (readonly Cell[])[],
    numbers: readonly number[],
): string {
    const titled = (cell: Cell, title: string) =>
        typeof cell !== "string" || cell === "" ? [] : [title === "" ? cell : `${title}: ${cell}`];
    const lines = rows.flatMap(([name, ...others]) => [
        colours.bold(wrapped(numbers.includes(0) ? `${head[0]}: ${name as string}` : (name as string), columns)),
        ...others.flatMap((cell, at) => titled(cell, head[at + 1]!)).map((line) => wrapped(`  ${line}`, columns)),
    ]);
    // What the first cells are stands above them; where they are numbers, in front of each.
    const title = numbers.includes(0) || head[0] === "" ? [] : [colours.dim(wrapped(head[0]!, columns))];
    return [...title, ...lines].join("\n");
}

interface ShownColumn {
    readonly column: number;
    readonly width: number;
    /** Below it, words or numbers are broken. */
    readonly narrow: number;
}

/** The columns that are shown, each with its width: bars have what the others leave. */
function layOut(
    terminal: Terminal,
    head: readonly string[],
    rows: readonly (readonly Cell[])[],
    numbers: readonly number[],
    isBar: readonly boolean[],
): ShownColumn[] {
    const columns = head.map((title, column) => {
        const cells = rows.map((row) => row[column]!).filter((cell) => typeof cell === "string");
        const texts = numbers.includes(column) ? cells : cells.flatMap(wordsOf);
        return {
            column,
            natural: Math.max(...[title, ...cells].map(widthOf)),
            narrow: Math.max(...[...wordsOf(brokenTitle(title)), ...texts].map(widthOf)),
        };
    });
    const texts = columns.filter(({ column }) => !isBar[column]);
    const bars = columns.filter(({ column }) => isBar[column]);
    // Each column has a blank on both sides and a line to its left; the last one has a line to its right too.
    const roomBeside = (count: number) => terminal.columns - 3 * count - 1;
    const leftBy = (of: "narrow" | "natural") =>
        Math.floor((roomBeside(head.length) - sum(texts.map((text) => text[of]))) / bars.length);
    const barWidth = Math.min(barWidths.most, Math.max(barWidths.least, leftBy("natural")));
    const withBars = bars.length > 0 && leftBy("narrow") >= barWidths.least;
    const shown = withBars ? columns : texts;
    const room = roomBeside(shown.length) - (withBars ? barWidth * bars.length : 0);
    const widths = fittedWidths(texts, room);
    return shown.map(({ column }) => {
        const at = texts.findIndex((text) => text.column === column);
        return at === -1
            ? { column, width: barWidth, narrow: 1 }
            : { column, width: widths[at]!, narrow: texts[at]!.narrow };
    });
}

/** A title may break before a slash too: "records /s". */
function brokenTitle(title: string): string {
    return title.replace(/(\S)\//g, "$1 /");
}

function inHead(title: string, width: number): string {
    return widthOf(title) <= width ? title : wrapped(brokenTitle(title), width);
}

function inCell(cell: Cell, width: number): string {
    return typeof cell === "string" ? wrapped(cell, width) : cell.colour(bar(cell.fraction, width));
}

/** Text as a person reads it: no line is longer than the terminal is wide. */
export function fitted({ interactive, columns }: Terminal, text: string): string {
    return interactive ? wrapped(text, columns) : text;
}

/** Text out of data, on one line: what would break a line or steer the terminal is written as in JSON. */
export function printable(text: string): string {
    return text.replace(/[\p{Cc}\u2028\u2029]/gu, (character) => {
        const json = JSON.stringify(character).slice(1, -1);
        return json === character ? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}` : json;
    });
}

/** What has line breaks in it, on one line. */
export function oneLine(text: string): string {
    return text.replace(/\s*\n\s*/g, " ");
}

/** The heading of a finding, in the colour of how bad it is. */
export function findingHead({ colours }: Terminal, severity: Severity, text: string): string {
    const colour = { error: colours.red, warning: colours.yellow, info: colours.blue }[severity];
    return colours.bold(colour(`${severity} ${text}`));
}

/** How long something takes, as people say it. */
export function minutes(seconds: number): string {
    if (seconds < 120) return count(Math.round(seconds), "second");
    if (seconds < 5_400) return count(Math.round(seconds / 60), "minute");
    return count(Math.round(seconds / 360) / 10, "hour");
}

/** How long a load goes on: in days where it is two or more. */
export function daysText(seconds: number): string {
    return seconds < 2 * daySeconds ? minutes(seconds) : `${formatNumber(seconds / daySeconds, 1)} days`;
}

const daySeconds = 86_400;

const eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** A horizontal bar of a fraction of the width, in eighths of a character. */
function bar(fraction: number, width: number): string {
    const units = Math.round(Math.max(0, Math.min(1, fraction)) * width * 8);
    return "█".repeat(Math.floor(units / 8)) + eighths[units % 8];
}

/**
 * A series as one line of characters, from 0 to its maximum (or the given one).
 *
 * @param width characters that there is room for: of several values in one, the largest is shown
 */
export function sparkline(
    values: readonly number[],
    maximum = Math.max(...values, 0),
    width: number = values.length,
): string {
    return sparkColumns(values, maximum, width)
        .map(({ level }) => level)
        .join("");
}

/** Progress on stderr: one line that is rewritten on a terminal, a line every few seconds elsewhere. */
export interface Progress {
    update(message: string): void;
    /** Removes the line from a terminal. */
    end(): void;
}

const linesEveryMs = 5_000;

/** @param nowMs the clock that spaces the lines */
export function progressOn(stream: NodeJS.WriteStream, nowMs: () => number): Progress {
    // What is over within seconds leaves no line in a log.
    let lastMs = stream.isTTY ? -Infinity : nowMs();
    let shown = false;
    return {
        update(message) {
            const now = nowMs();
            if (now - lastMs < (stream.isTTY ? 100 : linesEveryMs)) return;
            lastMs = now;
            if (stream.isTTY) {
                stream.write(`\r\u001b[2K${message.slice(0, (stream.columns || 100) - 1)}`);
                shown = true;
            } else {
                stream.write(`${message}\n`);
            }
        },
        end() {
            if (shown) stream.write("\r\u001b[2K");
            shown = false;
        },
    };
}
