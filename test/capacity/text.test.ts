/** Numbers in messages: short, and never so short that what is said of them does not hold. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
    closest,
    didYouMean,
    formatNumber,
    formatPercent,
    formatRate,
    formatRatesApart,
    formatRateThat,
    sparkColumns,
} from "../../capacity/text";

describe("a rate that is read", () => {
    const rows: readonly [rate: number, most: number, text: string][] = [
        [5.2, 5, "5.2"],
        [5.0025, 5, "5.003"],
        [5.00000000001, 5, "5.00000000001"],
        [1_024.2, 1_024, "1,024.2"],
        [12_345.6, 1_024, "12,346"],
        [12_345.4, 12_345, "12,345.4"],
        [123_456.04, 123_456, "123,456.04"],
    ];
    for (const [rate, most, text] of rows) {
        it(`is ${text} where it is ${rate} and that is more than ${most}`, () =>
            assert.equal(
                formatRateThat(rate, (shown) => shown > most),
                text,
            ));
    }

    it("is as short as any other where nothing is said of it that is not so", () => {
        for (const rate of [3.5, 2_500, 0.00025, 99.96, 1e-9]) {
            assert.equal(
                formatRateThat(rate, () => true),
                formatRate(rate),
            );
        }
    });

    it("is larger than another, where it is, in as many digits as that takes", () => {
        assert.deepEqual(formatRatesApart(2_600, 2_500), ["2,600", "2,500"]);
        assert.deepEqual(formatRatesApart(2_500.3, 2_499.6), ["2,500.3", "2,499.6"]);
        assert.deepEqual(formatRatesApart(12_345.4, 12_344.6), ["12,345.4", "12,344.6"]);
        assert.deepEqual(formatRatesApart(2.004, 2.001), ["2.004", "2.001"]);
    });
});

describe("a part of a whole that is read", () => {
    const rows: readonly [fraction: number, digits: number, text: string][] = [
        [0, 0, "0 %"],
        [0.0009, 0, "0.09 %"],
        [0.0049, 0, "0.5 %"],
        [0.005, 0, "1 %"],
        [0.994, 0, "99 %"],
        [0.995, 0, "99.5 %"],
        [0.9996, 0, "99.96 %"],
        [1, 0, "100 %"],
        [1.004, 0, "100.4 %"],
        [12.345, 0, "1,235 %"],
        [0.0001, 1, "0.01 %"],
        [0.99995, 2, "99.995 %"],
        [-0.0001, 1, "-0.01 %"],
        // A remainder of floating-point numbers.
        [1e-10, 0, "0 %"],
        [-1e-10, 0, "0 %"],
        [1 - 1e-10, 0, "100 %"],
    ];
    for (const [fraction, digits, text] of rows) {
        it(`is ${text} where it is ${fraction}, in ${digits} decimals`, () =>
            assert.equal(formatPercent(fraction, digits), text));
    }

    it("is 0 or 100 % only where it is nothing or all", () => {
        fc.assert(
            fc.property(fc.double({ min: 1e-7, max: 1 - 1e-7, noNaN: true }), fc.nat(4), (fraction, digits) => {
                assert.doesNotMatch(formatPercent(fraction, digits), /^(0|100) %$/);
            }),
        );
    });
});

it("a number that rounds to nothing has no sign", () => {
    assert.deepEqual(
        [formatNumber(-0), formatNumber(-1e-9), formatNumber(-0.4, 0), formatNumber(-0.6, 0)],
        ["0", "0", "0", "-1"],
    );
});

describe("a name that somebody mistyped", () => {
    const rows: readonly (readonly [name: string, meant: string | undefined])[] = [
        ["laod", "load"],
        ["LOAD", "load"],
        ["maximum-load", undefined],
        ["dist", "distinctKeys"],
        ["foo", undefined],
        ["", undefined],
    ];
    for (const [name, meant] of rows) {
        it(`${JSON.stringify(name)} is ${meant === undefined ? "like none" : `like ${meant}`}`, () => {
            assert.equal(closest(name, ["time", "load", "distinctKeys"]), meant);
            assert.equal(didYouMean(name, ["time", "load", "distinctKeys"]), meant ? `Did you mean ${meant}?` : "");
        });
    }
});

describe("a series as columns", () => {
    const rows: readonly (readonly [title: string, values: number[], maximum: number, width: number, line: string])[] =
        [
            ["from nothing to the maximum", [0, 1, 2, 3, 4, 5, 6, 7, 8], 8, 9, "▁▂▃▄▅▆▇██"],
            ["beyond the maximum is full", [4, 9], 8, 2, "▅█"],
            ["of nothing at all", [0, 0], 0, 2, "▁▁"],
            ["with the largest of those in one column", [1, 8, 2, 0, 4], 8, 3, "█▃▅"],
            ["in one column where there is no room", [1, 8], 8, 0, "█"],
            ["of no values", [], 8, 3, ""],
        ];
    for (const [title, values, maximum, width, line] of rows) {
        it(title, () => {
            const columns = sparkColumns(values, maximum, width);
            assert.equal(columns.map(({ level }) => level).join(""), line);
        });
    }
    it("tells the value of each column", () =>
        assert.deepEqual(sparkColumns([1, 8, 2], 8, 2), [
            { value: 8, level: "█" },
            { value: 2, level: "▃" },
        ]));
});
