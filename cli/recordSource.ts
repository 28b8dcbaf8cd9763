/**
 * What `produce` sends: the lines of a file or of stdin, or made-up events, with the keys in them.
 */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { formatNumber } from "../capacity/text";
import { fieldOf } from "../producer";
import { stdinName } from "./inputFile";

/** A record to send: its JSON text, and where it stood. */
export interface Line {
    readonly text: string;
    readonly line: number;
}

/** How far a source was read: of a file in bytes, of a sample in events; `of` is undefined for stdin. */
export interface Reading {
    done: number;
    readonly of: number | undefined;
}

/** @param ended aborted when no more lines are wanted: a stdin that stays open would keep the process waiting */
export async function* linesOf(file: string, reading: Reading, ended: AbortSignal): AsyncGenerator<Line> {
    const input = file === stdinName ? process.stdin : createReadStream(file);
    ended.addEventListener("abort", () => input.destroy(), { once: true });
    let line = 0;
    for await (const text of createInterface({ input, crlfDelay: Infinity })) {
        line += 1;
        reading.done += Buffer.byteLength(text) + 1;
        if (text.trim() !== "") yield { text, line };
    }
}

const sampleUsers = 10_000;
const sampleTypes = ["view", "search", "add_to_cart", "purchase"] as const;

export function* sampleLines(events: number, reading: Reading): Generator<Line> {
    for (let line = 1; line <= events; line++) {
        reading.done = line;
        const event = {
            user: `user-${Math.floor(Math.random() * sampleUsers)}`,
            type: sampleTypes[Math.floor(Math.random() * sampleTypes.length)],
            time: new Date().toISOString(),
            value: Math.round(Math.random() * 10_000) / 100,
        };
        yield { text: JSON.stringify(event), line };
    }
}

/** Hands over no more than so many records a second, in portions of a twentieth of a second. */
export async function* paced(
    lines: Iterable<Line> | AsyncIterable<Line>,
    recordsPerSecond: number,
    signal: AbortSignal,
): AsyncGenerator<Line> {
    const startMs = performance.now();
    let handed = 0;
    for await (const line of lines) {
        for (;;) {
            const dueMs = startMs + (handed / recordsPerSecond) * 1_000;
            if (performance.now() >= dueMs || signal.aborted) break;
            await new Promise((resolve) => setTimeout(resolve, Math.min(50, dueMs - performance.now() + 1)));
        }
        handed += 1;
        yield line;
    }
}

/** The key and the explicit hash key are taken from the line's JSON; the line itself is sent as it is. */
export function keysFrom(key: string | undefined, explicitHashKey: string | undefined) {
    let parsed: { line: Line; document: unknown } | undefined;
    const documentOf = (line: Line): unknown => {
        if (parsed?.line !== line) parsed = { line, document: parseLine(line) };
        return parsed.document;
    };
    return {
        key: key === undefined ? undefined : (line: Line) => keyOf(line, documentOf(line), key),
        explicitHashKey:
            explicitHashKey === undefined
                ? undefined
                : (line: Line) => fieldOf(documentOf(line), explicitHashKey) as string | bigint | undefined,
    };
}

function parseLine({ text, line }: Line): unknown {
    try {
        return JSON.parse(text);
    } catch (error) {
        throw new Error(`line ${formatNumber(line)} is not JSON: ${(error as Error).message}`);
    }
}

function keyOf({ line }: Line, document: unknown, name: string): string | number {
    const found = typeof document === "object" ? fieldOf(document, name) : undefined;
    if (typeof found === "string" || typeof found === "number") return found;
    throw new Error(
        `line ${formatNumber(line)} has no text or number in the field ${JSON.stringify(name)} for the partition key`,
    );
}
