/**
 * What the terminal can show: colour, tables, bars and progress there, plain lines everywhere else.
 */
import Table from "cli-table3";
import pico from "picocolors";
import { count } from "../capacity/text";

export interface Terminal {
    /** A person looks at it: tables with borders and charts. Otherwise tab-separated lines that scripts can cut. */
    readonly interactive: boolean;
    readonly columns: number;
    readonly colours: ReturnType<typeof pico.createColors>;
}

/** The terminal behind a stream. NO_COLOR switches colour off, FORCE_COLOR on. */
export function terminalOf(stream: NodeJS.WriteStream, environment: NodeJS.ProcessEnv): Terminal {
    const interactive = stream.isTTY === true;
    const forced = environment.FORCE_COLOR !== undefined && environment.FORCE_COLOR !== "0";
    const colour = !environment.NO_COLOR && environment.TERM !== "dumb" && (interactive || forced);
    return { interactive, columns: stream.columns || 100, colours: pico.createColors(colour) };
}

/** A table: with lines on a terminal, tab-separated elsewhere. Columns of numbers are aligned to the right. */
export function table(
    terminal: Terminal,
    head: readonly string[],
    rows: readonly (readonly string[])[],
    numbers: readonly number[] = [],
): string {
    if (!terminal.interactive) return [head, ...rows].map((row) => row.join("\t")).join("\n");
    const drawn = new Table({
        head: head.map((title) => terminal.colours.bold(title)),
        colAligns: head.map((_, column) => (numbers.includes(column) ? "right" : "left")),
        style: { head: [], border: terminal.colours.dim("x") === "x" ? [] : ["gray"], compact: true },
    });
    drawn.push(...rows.map((row) => [...row]));
    return drawn.toString();
}

/** Text out of data, on one line: what would break a line or steer the terminal is written as in JSON. */
export function printable(text: string): string {
    return text.replace(/[\p{Cc}\u2028\u2029]/gu, (character) => {
        const json = JSON.stringify(character).slice(1, -1);
        return json === character ? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}` : json;
    });
}

/** How long something takes, as people say it. */
export function minutes(seconds: number): string {
    if (seconds < 120) return count(Math.round(seconds), "second");
    if (seconds < 5_400) return count(Math.round(seconds / 60), "minute");
    return count(Math.round(seconds / 360) / 10, "hour");
}

const eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** A horizontal bar of a fraction of the width, in eighths of a character. */
export function bar(fraction: number, width: number): string {
    const units = Math.round(Math.max(0, Math.min(1, fraction)) * width * 8);
    return "█".repeat(Math.floor(units / 8)) + eighths[units % 8];
}

const levels = "▁▂▃▄▅▆▇█";

/** A series as one line of characters, from 0 to its maximum (or the given one). */
export function sparkline(values: readonly number[], maximum = Math.max(...values, 0)): string {
    return values.map((value) => levels[maximum > 0 ? Math.min(7, Math.floor((value / maximum) * 8)) : 0]).join("");
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
