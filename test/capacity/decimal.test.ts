/** Sums and products of decimals come out as on paper, with no binary remainder that costs a shard. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { addDecimals, ceilOfProduct, ceilToDigits, floorToDigits, withoutRemainder } from "../../capacity/decimal";

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

describe("a number is said in so many digits", () => {
    const rows: readonly [value: number, digits: number, most: number, least: number][] = [
        [0.18367, 3, 0.183, 0.184],
        [0.57, 2, 0.57, 0.57],
        [4.35, 3, 4.35, 4.35],
        [5 / 6, 2, 0.83, 0.84],
        [999.5, 3, 999, 1_000],
        [12_345, 3, 12_300, 12_400],
        [4, 2, 4, 4],
        [4_632, 2, 4_600, 4_700],
        [1e11, 2, 1e11, 1e11],
        [1e-6, 3, 1e-6, 1e-6],
        [0.1 + 0.2, 3, 0.3, 0.3],
    ];
    for (const [value, digits, most, least] of rows) {
        it(`${value} in ${digits}: at most ${most}, at least ${least}`, () =>
            assert.deepEqual([floorToDigits(value, digits), ceilToDigits(value, digits)], [most, least]));
    }
    it("and lies between the two, which are alike where it has no more digits", () => {
        const numbers = fc.double({ min: 1e-6, max: 1e11, noNaN: true });
        fc.assert(
            fc.property(numbers, fc.integer({ min: 1, max: 4 }), (value, digits) => {
                const [most, least] = [floorToDigits(value, digits), ceilToDigits(value, digits)];
                assert.ok(most <= value * (1 + 1e-11) && least >= value * (1 - 1e-11), `${most} ${value} ${least}`);
                assert.deepEqual([floorToDigits(most, digits), ceilToDigits(least, digits)], [most, least]);
            }),
        );
    });
    it("and a quotient without the last bits of its division", () => {
        assert.equal(withoutRemainder(1.1 * 10), 11);
        assert.equal(withoutRemainder(Infinity), Infinity);
    });
});
