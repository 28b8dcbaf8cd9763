/** Numbers in messages: short, and never so short that what is said of them does not hold. */
import assert from "node:assert/strict";
import { formatRate, formatRatesApart, formatRateThat } from "../../capacity/text";

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
