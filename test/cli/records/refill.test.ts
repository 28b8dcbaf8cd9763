/** What is left of a chunk and the next one are one piece, in memory that is used again. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { Refill } from "../../../cli/records/refill";

describe("a buffer that is filled again", () => {
    it("has what was kept, and the chunk behind it", () => {
        const text = new Refill();
        const pieces: string[] = [];
        for (const [from, chunk] of [
            [0, "one\ntw"],
            [4, "o\nthree"],
            [4, ""],
            [0, "\n"],
            [6, "four"],
        ] as const) {
            text.refill(from, Buffer.from(chunk));
            pieces.push(text.bytes.toString());
        }
        assert.deepEqual(pieces, ["one\ntw", "two\nthree", "three", "three\n", "four"]);
    });

    it("whatever the sizes", () => {
        const steps = fc.array(fc.tuple(fc.nat(100), fc.uint8Array({ maxLength: 40 })), { maxLength: 40 });
        fc.assert(
            fc.property(steps, (all) => {
                const text = new Refill();
                let wanted = Buffer.alloc(0);
                for (const [at, chunk] of all) {
                    const from = Math.min(at, wanted.length);
                    text.refill(from, chunk);
                    wanted = Buffer.concat([wanted.subarray(from), chunk]);
                    assert.deepEqual(text.bytes, wanted);
                }
            }),
        );
    });

    it("takes new memory only where more is kept than ever", () => {
        const text = new Refill();
        const memory = new Set<ArrayBufferLike>();
        for (let chunk = 0; chunk < 1_000; chunk++) {
            text.refill(Math.max(0, text.length - 100), Buffer.alloc(1 << 16));
            memory.add(text.buffer.buffer);
        }
        assert.equal(memory.size, 2);
        assert.equal(text.buffer.length, 1 << 17);
    });
});
