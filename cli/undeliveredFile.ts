/**
 * The file that keeps what could not be delivered, each record with its reason.
 */
import { accessSync, closeSync, constants, openSync, statSync, type Stats, unlinkSync, writeSync } from "node:fs";
import { dirname, parse } from "node:path";
import { type Undelivered } from "../producer";
import { UsageError } from "./command";
import { type Line, textOf } from "./recordSource";
import { parseJson } from "./records/jsonText";

/** Undelivered records, a JSON document a line; the file is made with the first one. */
export class UndeliveredFile {
    readonly reasons: Record<string, number> = {};
    records = 0;
    #file: number | undefined;
    #unwritten: string[] = [];

    constructor(readonly path: string) {}

    add({ value, reason, message, attempts, mayBeWritten, partitionKey }: Undelivered<Line>): void {
        this.records += 1;
        this.reasons[reason] = (this.reasons[reason] ?? 0) + 1;
        const about = { line: value.line, reason, message, attempts, mayBeWritten, partitionKey };
        this.#unwritten.push(`${JSON.stringify(about).slice(0, -1)},"record":${jsonOf(textOf(value.bytes))}}\n`);
        if (this.#unwritten.length >= 1_000) this.#write();
    }

    close(): void {
        this.#write();
        if (this.#file !== undefined) closeSync(this.#file);
    }

    remove(): void {
        if (this.#file !== undefined) unlinkSync(this.path);
    }

    #write(): void {
        if (this.#unwritten.length === 0) return;
        this.#file ??= openSync(this.path, "w");
        writeSync(this.#file, this.#unwritten.join(""));
        this.#unwritten = [];
    }
}

/** A document as it stands, its digits too, on one line; other text as JSON. */
function jsonOf(text: string): string {
    return parseJson(text) === undefined ? JSON.stringify(text) : text.replace(/[\r\n]+/g, " ");
}

/**
 * The path itself, or where a file with something in it is there already the next one that is free: it may hold what an earlier run could
 * not deliver, or be what this one reads.
 *
 * @throws UsageError if nothing could be written there, before anything is sent
 */
export function freePath(path: string): string {
    const { dir, name, ext } = parse(path);
    for (let number = 1; ; number++) {
        const candidate = number === 1 ? path : `${dir === "" ? "" : `${dir}/`}${name}-${number}${ext}`;
        const stats = statSync(candidate, { throwIfNoEntry: false });
        if (stats?.isFile() === true && stats.size > 0) continue;
        checkWritable(candidate, stats);
        return candidate;
    }
}

function checkWritable(path: string, stats: Stats | undefined): void {
    try {
        if (stats?.isDirectory() === true) throw Object.assign(new Error(), { code: "EISDIR" });
        accessSync(stats === undefined ? dirname(path) : path, constants.W_OK);
    } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        const why = { ENOENT: "there is no such folder", EACCES: "permission denied", EISDIR: "it is a folder" }[
            code ?? ""
        ];
        throw new UsageError(`--undelivered: ${path} cannot be written: ${why ?? message}`);
    }
}
