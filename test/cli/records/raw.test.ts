/** The bytes of a file come whole, in memory that does not grow with it. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { PassThrough } from "node:stream";
import { gzipSync } from "node:zlib";
import { openInput } from "../../../cli/records/open";
import { rawInput } from "../../../cli/records/raw";

const bytes = randomBytes(3_000_000);

describe("the bytes of a file", () => {
    let folder: string;
    let file: string;
    before(() => {
        folder = mkdtempSync(path.join(tmpdir(), "raw-"));
        file = path.join(folder, "bytes");
        writeFileSync(file, bytes);
    });
    after(() => rmSync(folder, { recursive: true }));

    const noStdin = new PassThrough();
    const openFiles = (): string[] =>
        readdirSync("/proc/self/fd").flatMap((descriptor) => {
            try {
                return readlinkSync(`/proc/self/fd/${descriptor}`) === file ? [descriptor] : [];
            } catch {
                return [];
            }
        });

    it("come whole and are counted, through two buffers however many they are", async () => {
        const told: (readonly [number, number | undefined])[] = [];
        const raw = rawInput(file, noStdin, (read, all) => told.push([read, all]));
        const read: Buffer[] = [];
        const memory = new Set<ArrayBufferLike>();
        for await (const chunk of raw.chunks) {
            read.push(Buffer.from(chunk));
            memory.add(chunk.buffer);
        }
        assert.deepEqual(Buffer.concat(read), bytes);
        assert.equal(memory.size, 2);
        assert.equal(read.length, 12);
        assert.deepEqual([told.length, told[0], told.at(-1)], [12, [1 << 18, 3_000_000], [3_000_000, 3_000_000]]);
        assert.equal(raw.bytes(), 3_000_000);
    });

    it("are let go of by who has enough of them", async () => {
        const raw = rawInput(file, noStdin, () => undefined);
        for await (const chunk of raw.chunks) {
            assert.equal(chunk.length, 1 << 18);
            assert.equal(openFiles().length, 1);
            break;
        }
        raw.close();
        await settled(() => openFiles().length === 0);
    });

    it("end at once where the signal is aborted", async () => {
        const stop = new AbortController();
        const raw = rawInput(file, noStdin, () => undefined, stop.signal);
        let chunks = 0;
        for await (const _ of raw.chunks) {
            chunks++;
            stop.abort();
        }
        assert.deepEqual([chunks, raw.bytes()], [1, 1 << 18]);
        await settled(() => openFiles().length === 0);
    });
});

describe("what is opened", () => {
    const lines = Buffer.from(Array.from({ length: 5_000 }, (_, line) => `${bytes.readUInt32LE(4 * line)}\n`).join(""));
    const name = { file: "keys.txt", again: { takes: "json", command: () => "" } } as const;

    /** Pieces that all lie in the same memory. */
    async function* inPieces(whole: Buffer, size: number): AsyncGenerator<Buffer> {
        const memory = Buffer.alloc(size);
        for (let at = 0; at < whole.length; at += size) {
            const copied = whole.copy(memory, 0, at, at + size);
            yield memory.subarray(0, copied);
        }
    }

    for (const [title, whole] of [
        ["text", lines],
        ["text with a byte order mark", Buffer.concat([Buffer.from("\ufeff"), lines])],
        ["UTF-16", Buffer.from(`\ufeff${lines.toString()}`, "utf16le")],
        ["gzip", gzipSync(lines)],
        ["gzip in gzip", gzipSync(gzipSync(lines))],
    ] as const) {
        for (const size of [3, 1_000, 1 << 18]) {
            it(`is the same for ${title} in pieces of ${size} bytes, each of which is taken before the next one`, async () => {
                const opened = await openInput(inPieces(whole, size), name);
                const read: Buffer[] = [];
                for await (const chunk of opened.chunks) read.push(Buffer.from(chunk));
                assert.equal(Buffer.concat(read).toString(), lines.toString());
            });
        }
    }
});

/** The system closes a file when it has the time. */
async function settled(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise(setImmediate);
}
