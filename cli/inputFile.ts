/**
 * The file, or stdin, that a command reads: how large it is, and what is wrong with it.
 */
import { statSync } from "node:fs";
import { UsageError } from "./command";

/** What stands for stdin where a file is named. */
export const stdinName = "-";

/** What an input is called in a sentence. */
export function inputWords(file: string): string {
    return file === stdinName ? "stdin" : file;
}

const causes: Readonly<Record<string, string>> = {
    ENOENT: "there is no such file",
    EACCES: "no permission to read it",
    EISDIR: "it is a directory",
    Z_BUF_ERROR: "the gzip data ends early",
    Z_DATA_ERROR: "the gzip data is damaged",
    ZSTD_error_corruption_detected: "the zstd data is damaged",
    ERR_FS_FILE_TOO_LARGE: "it is larger than 2 GiB",
    ERR_STRING_TOO_LONG: "it is larger than 512 MiB",
};

/** As a variable of a shell may leave it. */
export const unnamed = "The name of the file is empty: name a file";

/** In bytes; undefined for stdin and for every other pipe, also one that is named like a file: nobody knows what is still to come. */
export function sizeOf(file: string): number | undefined {
    if (file === stdinName) return undefined;
    if (file === "") throw new UsageError(`${unnamed}, or - for stdin.`);
    try {
        const stats = statSync(file);
        if (stats.isDirectory()) throw new UsageError(`${file} is a directory; name a file, or - for stdin.`);
        return stats.isFile() ? stats.size : undefined;
    } catch (error) {
        throw unreadable(error, file);
    }
}

/** What the system or zlib said, in one line; anything else comes back as it is. */
export function unreadable(error: unknown, name: string): unknown {
    const { code = "", errno, message } = error as NodeJS.ErrnoException;
    const cause = causes[code] ?? (errno === undefined ? undefined : message);
    return cause === undefined ? error : new UsageError(`${name} cannot be read: ${cause}.`);
}
