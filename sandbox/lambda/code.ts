/**
 * Deployment packages: a function's zip, unpacked to a folder where its processes find it.
 */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { inflateRawSync } from "node:zlib";

import { invalid } from "../eventsources/errors";
import { type Account, type Code } from "./state";

const unpackedBytesMax = 262_144_000;

export function unpack(account: Account, zipFile: string | undefined): Code {
    if (zipFile === undefined) {
        throw invalid(
            "The sandbox takes the code of a function as a zip file in the request, not from S3 or an image.",
        );
    }
    const zip = Buffer.from(zipFile, "base64");
    const entries = filesOf(zip);
    account.codeFolder ??= fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "sharded-stream-functions-")));
    const folder = fs.mkdtempSync(path.join(account.codeFolder, "code-"));
    const task = taskRootOf({ folder });
    fs.mkdirSync(task);
    for (const { name, content } of entries) {
        const file = path.join(task, name);
        fs.mkdirSync(path.dirname(file), { recursive: true });
        fs.writeFileSync(file, content);
    }
    const sha256 = createHash("sha256").update(zip).digest("base64");
    return { zip, sha256, folder, processes: 0, isDone: false };
}

/** The folder goes with its function, or with its next code: at once, or with the last process that runs it. */
export function discard(code: Code): void {
    code.isDone = true;
    removeUnused(code);
}

/** @param exited resolves when the process is gone */
export function runIn(code: Code, exited: Promise<void>): void {
    code.processes++;
    void exited.then(() => {
        code.processes--;
        removeUnused(code);
    });
}

function removeUnused({ folder, processes, isDone }: Code): void {
    if (isDone && processes === 0) fs.rmSync(folder, { recursive: true, force: true });
}

/** The function's own files; beside them lies what the sandbox adds. */
export function taskRootOf({ folder }: Pick<Code, "folder">): string {
    return path.join(folder, "task");
}

function filesOf(zip: Buffer): ZipEntry[] {
    try {
        return readZip(zip, unpackedBytesMax);
    } catch (error) {
        throw invalid(
            `Could not unzip uploaded file. Please check your file, then try to upload again. (${(error as Error).message})`,
        );
    }
}

interface ZipEntry {
    /** With forward slashes, relative, never outside the archive. */
    readonly name: string;
    readonly content: Buffer;
}

const endOfDirectory = 0x06054b50;
const directoryEntry = 0x02014b50;
const stored = 0;
const deflated = 8;

/** The files of an archive, by its central directory. @throws Error if it is no zip, or unpacks to more than a function may have */
function readZip(archive: Buffer, bytesMax: number): ZipEntry[] {
    const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
    if (end < 0 || archive.readUInt32LE(end) !== endOfDirectory) throw new Error("no end of central directory");
    const entries: ZipEntry[] = [];
    let offset = archive.readUInt32LE(end + 16);
    let bytes = 0;
    for (let count = archive.readUInt16LE(end + 10); count > 0; count--) {
        if (archive.readUInt32LE(offset) !== directoryEntry) throw new Error("a broken central directory");
        const method = archive.readUInt16LE(offset + 10);
        const packedSize = archive.readUInt32LE(offset + 20);
        const size = archive.readUInt32LE(offset + 24);
        const nameLength = archive.readUInt16LE(offset + 28);
        const local = archive.readUInt32LE(offset + 42);
        const name = archive.toString("utf8", offset + 46, offset + 46 + nameLength).replace(/\\/g, "/");
        offset += 46 + nameLength + archive.readUInt16LE(offset + 30) + archive.readUInt16LE(offset + 32);
        if (name.endsWith("/")) continue;
        if (name.startsWith("/") || name.split("/").includes("..")) throw new Error(`a path outside: ${name}`);
        bytes += size;
        if (bytes > bytesMax) throw new Error("too large when unpacked");
        const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
        const packed = archive.subarray(start, start + packedSize);
        if (method !== stored && method !== deflated) throw new Error(`compression method ${method}`);
        entries.push({
            name,
            content: method === stored ? packed : inflateRawSync(packed, { maxOutputLength: size || 1 }),
        });
    }
    return entries;
}
