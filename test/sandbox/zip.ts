/** Makes a zip archive of texts, deflated: a deployment package for a test. */
import { crc32, deflateRawSync } from "node:zlib";

export function zipOf(files: Readonly<Record<string, string>>): Buffer {
    const locals: Buffer[] = [];
    const directory: Buffer[] = [];
    let offset = 0;
    for (const [name, text] of Object.entries(files)) {
        const content = Buffer.from(text);
        const packed = deflateRawSync(content);
        // Version, flags, method, time, date, checksum, sizes, lengths of name and extra field.
        const common = Buffer.alloc(26);
        common.writeUInt16LE(20, 0);
        common.writeUInt16LE(8, 4);
        common.writeUInt32LE(checksum(content), 10);
        common.writeUInt32LE(packed.length, 14);
        common.writeUInt32LE(content.length, 18);
        common.writeUInt16LE(Buffer.byteLength(name), 22);
        const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, Buffer.from(name), packed]);
        const tail = Buffer.alloc(14);
        tail.writeUInt32LE(offset, 10);
        directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00"), common, tail, Buffer.from(name)]));
        locals.push(local);
        offset += local.length;
    }
    const entries = Buffer.concat(directory);
    const end = Buffer.alloc(22);
    end.write("PK\x05\x06", 0, "latin1");
    end.writeUInt16LE(directory.length, 8);
    end.writeUInt16LE(directory.length, 10);
    end.writeUInt32LE(entries.length, 12);
    end.writeUInt32LE(offset, 16);
    return Buffer.concat([...locals, entries, end]);
}

/** zlib.crc32 came with Node 20.15; before it the sandbox's reader, which checks none, is served with 0. */
function checksum(content: Buffer): number {
    return typeof crc32 === "function" ? crc32(content) : 0;
}
