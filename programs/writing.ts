/**
 * What programs write no faster than it is taken.
 */
import { type Writable } from "node:stream";

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
