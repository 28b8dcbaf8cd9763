/** Lines are cut out of a stream whatever its chunks, and a line over many chunks is put together once. */
import assert from "node:assert/strict";
import { wholeLines } from "../../../cli/records/lines";

async function* chunksOf(text: Buffer, bytes: number): AsyncGenerator<Buffer> {
    for (let at = 0; at < text.length; at += bytes) yield text.subarray(at, at + bytes);
}

/** What the pieces hold, a line each; what is cut off with its length. */
async function linesOf(chunks: AsyncIterable<Buffer>, lineBytesMax: number): Promise<string[]> {
    const lines: string[] = [];
    for await (const { buffer, end, cut } of wholeLines(chunks, lineBytesMax)) {
        if (cut) lines.push(`cut at ${buffer.length}`);
        else lines.push(...buffer.subarray(0, end).toString().split("\n").slice(0, -1));
    }
    return lines;
}

describe("whole lines", () => {
    const text = Buffer.from("a\nbcdefghij\n\nkl\nmnopqrstuvw");
    for (const bytes of [1, 2, 3, 5, 7, 100]) {
        it(`out of chunks of ${bytes} bytes`, async () =>
            assert.deepEqual(await linesOf(chunksOf(text, bytes), 20), ["a", "bcdefghij", "", "kl", "mnopqrstuvw"]));
    }

    it("but one that is too long", async () =>
        assert.deepEqual(await linesOf(chunksOf(text, 2), 6), ["a", "cut at 8", "", "kl", "cut at 8"]));

    it("of 48 MiB in chunks of 16 KiB without copying it three thousand times", async function () {
        this.timeout(20_000);
        const began = performance.now();
        const [line] = await linesOf(chunksOf(Buffer.alloc(48 << 20, "x"), 1 << 14), 1 << 26);
        assert.equal(line?.length, 48 << 20);
        // Some 75 GB were copied before.
        assert.ok(performance.now() - began < 5_000, `${performance.now() - began} ms`);
    });
});
