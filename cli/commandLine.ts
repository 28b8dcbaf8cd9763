/**
 * Commands that are printed to be run: with the options that were given, each word as a shell reads it.
 */
import { quoted } from "../programs/shell";

/**
 * @example commandLine(["plan"], { writeMib: 3.5, sample: "-", column: "user id" }) // sharded-stream plan --write-mib 3.5 --sample - --column 'user id'
 *
 * @param words the command and its arguments
 * @param options as the command got them, under commander's names for their flags
 * @param defaults what needs not be written
 */
export function commandLine(words: readonly string[], options: object = {}, defaults: object = {}): string {
    const usual = new Map<string, unknown>(Object.entries(defaults));
    const written = Object.entries(options).flatMap(([name, value]: [string, unknown]) => {
        if (value === undefined || value === usual.get(name)) return [];
        return value === true ? [flagOf(name)] : [flagOf(name), textOf(value)];
    });
    return ["sharded-stream", ...words, ...written].map(quoted).join(" ");
}

/** `writeMib` -> `--write-mib` */
function flagOf(name: string): string {
    return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** What a value was read from: 0.12,0.05 is a list, 0.2:0.5 are two numbers that belong together. */
function textOf(value: unknown): string {
    if (Array.isArray(value)) return value.map(textOf).join(",");
    return typeof value === "object" && value !== null ? Object.values(value).map(textOf).join(":") : String(value);
}
