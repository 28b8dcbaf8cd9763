/**
 * The file that keeps what could not be delivered, each record with its reason.
 */
import { isUtf8 } from "node:buffer";
import {
    accessSync,
    closeSync,
    constants,
    fstatSync,
    openSync,
    statSync,
    type Stats,
    unlinkSync,
    writeFileSync,
} from "node:fs";
import { dirname, parse } from "node:path";
import { type Undelivered } from "../producer";
import { whyUnwritten } from "../programs/writing";
import { UsageError } from "./command";
import { unnamed } from "./inputFile";
import { type Line, textOf } from "./recordSource";
import { parseJson } from "./records/jsonText";

/** Text is written in portions of about so many characters: a record may have 10 MiB, and a thousand of them are too long for one text. */
const portionCharacters = 1 << 20;

/** Undelivered records, a JSON document a line; the file is made with the first portion of them. */
export class UndeliveredFile {
    readonly reasons: Record<string, number> = {};
    records = 0;
    /** What was said of the first record. */
    firstMessage: string | undefined;
    /** Why no more can be written, such as a full disk; what came from then on is in no file. */
    fault: UsageError | undefined;
    #recordsWritten = 0;
    #file: OpenFile | undefined;
    #unwritten: string[] = [];
    #unwrittenCharacters = 0;
    #writtenBytes = 0;
    #isClosed = false;

    /**
     * @param asked where a file with something in it is there already, the next name that is free is taken: it may hold what an earlier run
     * could not deliver, or what another one cannot, or be what this one reads
     * @param onFault called when no more can be written
     * @throws UsageError if nothing could be written there, before anything is sent
     */
    constructor(
        readonly asked: string,
        readonly onFault: () => void = () => undefined,
    ) {
        checkWritable(asked);
    }

    get recordsInNoFile(): number {
        return this.records - this.#recordsWritten;
    }

    /** Where the records are; undefined as long as nothing is written. */
    get path(): string | undefined {
        return this.#file?.path;
    }

    /** What comes when it is closed was never taken, and is a part of the input that was not read. */
    add({ value, reason, message, attempts, mayBeWritten, partitionKey }: Undelivered<Line>): void {
        if (this.#isClosed) return;
        this.records += 1;
        this.firstMessage ??= message;
        this.reasons[reason] = (this.reasons[reason] ?? 0) + 1;
        if (this.fault !== undefined) return;
        const about = { line: value.line, reason, message, attempts, mayBeWritten, partitionKey };
        const line = `${JSON.stringify(about).slice(0, -1)},"record":${jsonOf(textOf(value.bytes))}${exactly(value.bytes)}}\n`;
        this.#unwritten.push(line);
        this.#unwrittenCharacters += line.length;
        if (this.#unwrittenCharacters >= portionCharacters) this.#write();
    }

    close(): void {
        this.#isClosed = true;
        this.#write();
        if (this.#file !== undefined) closeSync(this.#file.descriptor);
    }

    /** Closes it, and leaves no file of these records; what was there before, or is another run's, stays. */
    discard(): void {
        this.#isClosed = true;
        this.#unwritten = [];
        if (this.#file === undefined) return;
        const { descriptor, path, isMade } = this.#file;
        const isOurs = isMade && fstatSync(descriptor).size === this.#writtenBytes;
        closeSync(descriptor);
        if (isOurs) unlinkSync(path);
    }

    #write(): void {
        if (this.#unwritten.length === 0) return;
        const portion = Buffer.from(this.#unwritten.join(""));
        const records = this.#unwritten.length;
        this.#unwritten = [];
        this.#unwrittenCharacters = 0;
        try {
            this.#file ??= openFree(this.asked);
            writeFileSync(this.#file.descriptor, portion);
            this.#writtenBytes += portion.length;
            this.#recordsWritten += records;
        } catch (error) {
            this.fault = unwritable(this.path ?? this.asked, error);
            this.onFault();
        }
    }
}

/** Bytes that no text gives back. */
function exactly(bytes: Uint8Array): string {
    return isUtf8(bytes) ? "" : `,"recordBase64":"${Buffer.from(bytes).toString("base64")}"`;
}

/** A document as it stands, its digits too, on one line; other text as JSON. */
function jsonOf(text: string): string {
    return parseJson(text) === undefined ? JSON.stringify(text) : text.replace(/[\r\n]+/g, " ");
}

interface OpenFile {
    readonly path: string;
    readonly descriptor: number;
    /** It was not there before. */
    readonly isMade: boolean;
}

/** Opens the path itself, or the next one that is free, in one step: two runs that look at the same time never have the same file. */
function openFree(asked: string): OpenFile {
    const { dir, name, ext } = parse(asked);
    for (let number = 1; ; number++) {
        const path = number === 1 ? asked : `${dir === "" ? "" : `${dir}/`}${name}-${number}${ext}`;
        try {
            return { path, descriptor: openSync(path, "wx"), isMade: true };
        } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
        }
        // Such as one that mktemp made, or a pipe. If another run writes there as well, its lines stay.
        if (takesLines(statSync(path, { throwIfNoEntry: false })))
            return { path, descriptor: openSync(path, "a"), isMade: false };
    }
}

/** What is there may be written to: nothing that anybody has written would be touched. */
function takesLines(stats: Stats | undefined): boolean {
    return stats !== undefined && !stats.isDirectory() && (!stats.isFile() || stats.size === 0);
}

function checkWritable(path: string): void {
    if (path === "") throw new UsageError(`--undelivered: ${unnamed}.`);
    const stats = statSync(path, { throwIfNoEntry: false });
    try {
        if (stats?.isDirectory() === true) throw Object.assign(new Error(), { code: "EISDIR" });
        accessSync(takesLines(stats) ? path : dirname(path), constants.W_OK);
    } catch (error) {
        throw unwritable(path, error);
    }
}

const causes: Readonly<Record<string, string>> = {
    ENOENT: "there is no such folder",
    EACCES: "permission denied",
    EISDIR: "it is a folder",
};

function unwritable(path: string, error: unknown): UsageError {
    const cause = causes[(error as NodeJS.ErrnoException).code ?? ""] ?? whyUnwritten(error as NodeJS.ErrnoException);
    return new UsageError(`--undelivered: ${path} cannot be written: ${cause}`);
}
