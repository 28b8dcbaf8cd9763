/**
 * What programs write no faster than it is taken, and what they say of it where it cannot be written.
 */
import { type Writable } from "node:stream";

const causes: Readonly<Record<string, string>> = {
    ENOSPC: "no space is left",
    EDQUOT: "the quota of the disk is used up",
    EFBIG: "the file is as large as it may be",
};

/** Why something could not be written, in a few words; what the system says where no better ones are known. */
export function whyUnwritten({ code = "", message }: NodeJS.ErrnoException): string {
    return causes[code] ?? message;
}

/** Resolves when the other side takes more, or is gone. One listener of each kind at a time: those that did not come would pile up. */
export function drained(into: Writable): Promise<void> {
    return new Promise((resolve) => {
        const done = (): void => {
            into.off("drain", done).off("close", done);
            resolve();
        };
        into.on("drain", done).on("close", done);
    });
}

/** Writes it, and resolves when the other side has done with it, or is gone: its memory may be used again. */
export function written(into: Writable, chunk: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
        const done = (): void => {
            into.off("close", done);
            resolve();
        };
        into.on("close", done);
        into.write(chunk, done);
    });
}
