/** The calendar has its days and moments, and no others: what JavaScript's dates say of any moment, read back from its text. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { daysInMonth, isMoment, missingDay } from "../../capacity/calendar";

describe("the calendar", () => {
    it("has the days that the months of a year have, with its leap days", () => {
        const days = [2023, 2024, 1900, 2000].map((year) => daysInMonth(year, 2));
        assert.deepEqual(days, [28, 29, 28, 29]);
        assert.deepEqual([missingDay("2024-02-29"), missingDay("2023-02-29")], [undefined, "2023-02 has 28 days"]);
    });

    const rows: readonly (readonly [text: string, isThere: boolean])[] = [
        ["2026-11-02T12:00:00Z", true],
        ["2026-11-02T12:00:00.125+05:30", true],
        ["2024-02-29T23:59:59-12:00", true],
        ["2026-02-29T00:00:00Z", false],
        ["2026-02-30T25:61:61Z", false],
        ["2026-13-01T00:00:00Z", false],
        ["2026-11-00T00:00:00Z", false],
        ["2026-11-32T00:00:00Z", false],
        ["2026-11-02T24:00:00Z", false],
        ["2026-11-02T12:60:00Z", false],
        ["2026-11-02T12:00:60Z", false],
        ["2026-11-02T12:00:00+24:00", false],
        ["2026-11-02T12:00:00", false],
        ["2026-11-02", false],
    ];
    for (const [text, isThere] of rows)
        it(`${text} is ${isThere ? "a" : "no"} moment`, () => assert.equal(isMoment(text), isThere));

    it("has every moment that a date can be, and no day that a date writes otherwise", () => {
        const years = { min: new Date("0001-01-01T00:00:00Z"), max: new Date("9999-12-31T23:59:59.999Z") };
        fc.assert(fc.property(fc.date({ ...years, noInvalidDate: true }), (date) => isMoment(date.toISOString())));
        const days = fc.tuple(
            fc.integer({ min: 1970, max: 2100 }),
            fc.integer({ min: 1, max: 12 }),
            fc.integer({ min: 1, max: 31 }),
        );
        fc.assert(
            fc.property(days, ([year, month, day]) => {
                const written = [year, month, day].map((part) => String(part).padStart(2, "0")).join("-");
                const text = `${written}T00:00:00.000Z`;
                assert.equal(isMoment(text), new Date(text).toISOString() === text);
            }),
        );
    });
});
