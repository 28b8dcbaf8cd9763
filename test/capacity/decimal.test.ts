/** Sums and products of decimals come out as on paper, with no binary remainder that costs a shard. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { addDecimals, ceilOfProduct } from "../../capacity/decimal";

describe("a product of decimals is rounded up without a binary remainder", () => {
    const rows: readonly [factors: readonly number[], divisor: number, expected: number][] = [
        [[1.1, 10], 1, 11],
        [[5, 1.2], 1, 6],
        [[0.1, 3], 0.3, 1],
        [[0.1, 0.2], 0.01, 2],
        [[1e-7], 1, 1],
        [[1e21], 1e20, 10],
        [[2.5], 1, 3],
        [[0], 1, 0],
    ];
    for (const [factors, divisor, expected] of rows) {
        it(`${factors.join(" x ")} / ${divisor} -> ${expected}`, () =>
            assert.equal(ceilOfProduct(factors, divisor), expected));
    }
    it("whole numbers are what BigInt says", () => {
        fc.assert(
            fc.property(
                fc.integer({ min: 0, max: 1e6 }),
                fc.integer({ min: 0, max: 1e6 }),
                fc.integer({ min: 1, max: 1e3 }),
                (left, right, divisor) => {
                    assert.equal(
                        ceilOfProduct([left, right], divisor),
                        Number((BigInt(left) * BigInt(right) + BigInt(divisor) - 1n) / BigInt(divisor)),
                    );
                },
            ),
        );
    });
    it("1 + 0.07 is 1.07", () => assert.equal(addDecimals(1, 0.07), 1.07));
});
