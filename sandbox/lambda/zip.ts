/** Reads a zip archive: what a deployment package is. */
import { inflateRawSync } from "node:zlib";

export interface ZipEntry {
    /** With forward slashes, relative, never outside the archive. */
    readonly name: string;
    readonly content: Buffer;
}

const endOfDirectory = 0x06054b50;
const directoryEntry = 0x02014b50;
const stored = 0;
const deflated = 8;

/** The files of an archive, by its central directory. @throws Error if it is no zip, or unpacks to more than a function may have */
export function readZip(archive: Buffer, bytesMax: number): ZipEntry[] {
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
