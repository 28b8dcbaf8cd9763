/** The MD5 of many keys at once is the MD5 of each. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { KeyHasher } from "../../../capacity/keys/md5";

describe("MD5 of many keys at once", () => {
    it("equals node's for every length up to 1,100 bytes, in any mixture of lengths", () => {
        const source = Buffer.alloc(300_000);
        for (let byte = 0; byte < source.length; byte++) source[byte] = (byte * 7_919 + byte * byte) % 256;
        const found = new Map<number, string>();
        const hasher = new KeyHasher(({ size, words, stride, starts }) => {
            for (let key = 0; key < size; key++) {
                const digest = [0, 1, 2, 3].map((word) => words[key + word * stride]!.toString(16).padStart(8, "0"));
                found.set(starts[key]!, digest.join(""));
            }
        });
        const keys = Array.from({ length: 2_202 }, (_, index) => ({
            start: index * 100,
            length: (index * 37) % 1_101,
        }));
        hasher.read(source);
        for (const { start, length } of keys) hasher.add(start, length, 1);
        hasher.flush();
        assert.equal(found.size, keys.length);
        for (const { start, length } of keys) {
            const expected = createHash("md5")
                .update(source.subarray(start, start + length))
                .digest("hex");
            assert.equal(found.get(start), expected, `length ${length}`);
        }
    });
});
