/** The MD5 of many keys at once is the MD5 of each. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { KeyHasher } from "../../../capacity/keys/md5";
import { Words } from "../../../capacity/keys/words";

describe("MD5 of many keys at once", () => {
    it("equals node's for every length up to 1,100 bytes, in any mixture of lengths", () => {
        const source = Buffer.alloc(300_000);
        for (let byte = 0; byte < source.length; byte++) source[byte] = (byte * 7_919 + byte * byte) % 256;
        const found = new Map<number, string>();
        const order: number[] = [];
        const hasher = new KeyHasher(({ size, words, starts }) => {
            for (let key = 0; key < size; key++) {
                const digest = [0, 1, 2, 3].map((word) => (words[4 * key + word]! >>> 0).toString(16).padStart(8, "0"));
                found.set(starts[key]!, digest.join(""));
                order.push(starts[key]!);
            }
        });
        const keys = Array.from({ length: 2_202 }, (_, index) => ({
            start: index * 100,
            length: (index * 37) % 1_101,
        }));
        hasher.read(new Words(source));
        for (const { start, length } of keys) hasher.add(start, length, 1);
        hasher.flush();
        assert.deepEqual(
            order,
            keys.map(({ start }) => start),
            "in their order",
        );
        for (const { start, length } of keys) {
            const expected = createHash("md5")
                .update(source.subarray(start, start + length))
                .digest("hex");
            assert.equal(found.get(start), expected, `length ${length}`);
        }
    });
});
