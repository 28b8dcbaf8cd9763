/**
 * The bytes of a Pulumi archive, as a zip: what a Lambda function's `code` is.
 */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { deflateRawSync } from "node:zlib";
import { crc32 } from "../../sandbox/wire/crc32";
import { type Asset, isAsset } from "../values";

export function zipOf(archive: unknown): Buffer {
    if (!isAsset(archive)) throw new Error("code: an archive is expected (pulumi.asset.AssetArchive or FileArchive).");
    if (archive.path !== undefined && fs.statSync(archive.path).isFile()) return fs.readFileSync(archive.path);
    const files: [string, Buffer][] = [];
    collect("", archive, files);
    return zip(files.sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** A value as an engine hands it on: files of assets found from the program's folder, and each archive with the hash of its content. */
export function withContentHashes(value: unknown, programDirectory: string): unknown {
    const inner = (item: unknown) => withContentHashes(item, programDirectory);
    if (Array.isArray(value)) return value.map(inner);
    if (typeof value !== "object" || value === null) return value;
    const copy = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inner(item)]));
    if (!isAsset(value)) return copy;
    const found = { ...copy, ...(value.path && { path: path.resolve(programDirectory, value.path) }) };
    const hasContent = value.hash === undefined && value.text === undefined && value.uri === undefined;
    return hasContent ? { ...found, hash: createHash("sha256").update(zipOf(found)).digest("hex") } : found;
}

function collect(name: string, asset: Asset, files: [string, Buffer][]): void {
    if (asset.uri !== undefined)
        throw new Error(`${name || "code"}: an asset from ${asset.uri} cannot be had in the sandbox.`);
    if (asset.assets !== undefined) {
        for (const [entry, value] of Object.entries(asset.assets))
            collect(name ? `${name}/${entry}` : entry, value, files);
    } else if (asset.text !== undefined) {
        files.push([name, Buffer.from(asset.text)]);
    } else if (asset.path !== undefined) {
        collectPath(name, asset.path, files);
    }
}

function collectPath(name: string, from: string, files: [string, Buffer][]): void {
    if (!fs.statSync(from).isDirectory()) {
        files.push([name, fs.readFileSync(from)]);
        return;
    }
    for (const entry of fs.readdirSync(from))
        collectPath(name ? `${name}/${entry}` : entry, path.join(from, entry), files);
}

/** The plain form of the format: local headers with deflated data, a central directory, its end. Same input, same bytes. */
function zip(files: readonly [string, Buffer][]): Buffer {
    const deflate = 8;
    const utf8Names = 0x0800;
    const startOf1980 = 0x0021;
    const locals: Buffer[] = [];
    const directory: Buffer[] = [];
    let offset = 0;
    for (const [file, content] of files) {
        const name = Buffer.from(file);
        const data = deflateRawSync(content);
        // What local header and central directory say alike, from "version needed" to "extra field length".
        const common = Buffer.alloc(26);
        common.writeUInt16LE(20, 0);
        common.writeUInt16LE(utf8Names, 2);
        common.writeUInt16LE(deflate, 4);
        common.writeUInt16LE(startOf1980, 8);
        common.writeUInt32LE(crc32(content), 10);
        common.writeUInt32LE(data.length, 14);
        common.writeUInt32LE(content.length, 18);
        common.writeUInt16LE(name.length, 22);
        const tail = Buffer.alloc(14);
        tail.writeUInt32LE((0o100644 << 16) >>> 0, 6);
        tail.writeUInt32LE(offset, 10);
        const madeByUnix = Buffer.from([20, 3]);
        const local = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), common, name, data]);
        directory.push(Buffer.concat([Buffer.from("PK\x01\x02", "latin1"), madeByUnix, common, tail, name]));
        locals.push(local);
        offset += local.length;
    }
    const central = Buffer.concat(directory);
    const end = Buffer.alloc(22);
    end.write("PK\x05\x06", "latin1");
    end.writeUInt16LE(files.length, 8);
    end.writeUInt16LE(files.length, 10);
    end.writeUInt32LE(central.length, 12);
    end.writeUInt32LE(offset, 16);
    return Buffer.concat([...locals, central, end]);
}
