/**
 * What a command is: it declares its arguments, computes a result, and prints nothing itself. Only main.ts prints and exits.
 */
import { type Command, InvalidArgumentError } from "commander";
import { type Progress, type Terminal } from "./terminal";

/** What a command found: the same fields as one JSON document and as text for people. */
export interface CommandResult {
    /** Printed with --json. */
    readonly document: object;
    /** Printed otherwise; colour, tables and charts as the terminal allows. */
    readonly text: (terminal: Terminal) => string;
    /** The text is to be copied as it is, such as a query: no line of it is broken. */
    readonly isVerbatim?: true;
    /** 0: done. 1: something of severity error was found. */
    readonly exitCode: 0 | 1;
}

export interface CommandContext {
    readonly terminal: Terminal;
    readonly progress: Progress;
    /** True when the result is printed as JSON: then nothing but progress goes to stderr, and nothing is asked. */
    readonly json: boolean;
    /** Prints a line at once, for commands that run on, such as --watch; silent with --json. */
    readonly print: (line: string) => void;
    /** Called by a command that only tells, such as --watch: when nobody reads it any more, it ends as by Ctrl-C. What changes a stream goes on. */
    readonly endUnread: () => void;
    /** Aborted by Ctrl-C, SIGTERM and SIGHUP, so that a command can stop cleanly and tell what it did. Whoever never asks for it is ended by them. */
    readonly signal: AbortSignal;
}

/** Turns a command's function into a commander action; undefined, or an exit code, where everything is printed already: `command.action(act(async (options, args, context) => result))`. */
export type Act = <Options>(
    run: (
        options: Options,
        args: readonly string[],
        context: CommandContext,
    ) => Promise<CommandResult | number | undefined> | CommandResult,
) => (...commanderArguments: unknown[]) => Promise<void>;

/** Adds one command to the program. Every command gets --json and --help. */
export type DefineCommand = (program: Command, act: Act) => void;

/** A value on the command line that cannot be used: one line on stderr, exit code 2. */
export class UsageError extends Error {
    override readonly name = "UsageError";
}

/** AWS answered with an error: one line on stderr, exit code 3. */
export class AwsRefusedError extends Error {
    override readonly name = "AwsRefusedError";
}

/** Reads a number, and leaves to the planning functions to say what is allowed: what is not a number stays the text that came. */
export function numeric(text: string): number {
    const value = Number(text);
    return text.trim() === "" || (Number.isNaN(value) && text !== "NaN") ? (text as unknown as number) : value;
}

/** Reads a whole number of at least `minimum`. */
export function wholeNumber(minimum: number, maximum = Number.MAX_SAFE_INTEGER): (text: string) => number {
    return (text) => {
        const value = Number(text);
        if (text.trim() === "" || !Number.isInteger(value) || value < minimum || value > maximum) {
            const range = maximum === Number.MAX_SAFE_INTEGER ? `${minimum} or more` : `from ${minimum} to ${maximum}`;
            throw new InvalidArgumentError(`It must be a whole number, ${range}.`);
        }
        return value;
    };
}

const exampleColumnsMax = 78;

/** The examples below a command's --help; a long one goes on below, as a shell reads it. */
export function examples(...lines: readonly string[]): string {
    return `\nExamples:\n${lines.map((line) => `  ${continued(line)}`).join("\n")}\n`;
}

function continued(line: string): string {
    if (line.length <= exampleColumnsMax) return line;
    const at = line.lastIndexOf(" --", exampleColumnsMax - 2);
    return `${line.slice(0, at)} \\\n    ${continued(line.slice(at + 1))}`;
}
