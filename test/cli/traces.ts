/** A trace as its tests write it: a file of its own for each, and the words of what is refused. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { readTrace, type Trace, type TraceSource } from "../../cli/trace/trace";

/** Of this process: hooks of a module that two test files share would run around the first of them alone. */
export const folder = mkdtempSync(path.join(tmpdir(), "traces-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

export function read(content: string | Buffer, given: Partial<TraceSource> = {}): Promise<Trace> {
    const file = path.join(folder, "t.csv");
    writeFileSync(file, content);
    return readTrace({ file, ...given }, "sharded-stream replay -", Readable.from([]));
}

/** Rows of so many seconds each, one behind the other from the first Monday of 2026 on, and what each counts. */
export function rowsEvery(
    spells: readonly (readonly [seconds: number, rows: number])[],
    value: number | "sum",
): string {
    let atMs = Date.UTC(2026, 0, 5);
    const rows = spells.flatMap(([seconds, count]) =>
        Array.from({ length: count }, () => {
            const row = `${new Date(atMs).toISOString()},${value === "sum" ? seconds * 5 * 1_048_576 : value}`;
            atMs += seconds * 1_000;
            return row;
        }),
    );
    return `${rows.join("\n")}\n`;
}

/** The words of an error, the folder left out. */
export async function refusal(reading: Promise<unknown>): Promise<string> {
    const error = await reading.then(
        () => undefined,
        (reason: unknown) => reason as Error,
    );
    assert.equal(error?.name, "UsageError");
    return error.message.replaceAll(`${folder}/`, "");
}
