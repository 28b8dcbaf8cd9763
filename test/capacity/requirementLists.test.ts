/** The mix of record sizes: what it may be, and what an average record of it is billed as. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { notYetKnown } from "../../capacity/checks";
import { billedUnitsPerRecord } from "../../capacity/requirementLists";
import { requirementProblems, requirementsCheck } from "../../capacity/requirements";

/** 1 KiB a record. */
const load = { writeMiBPerSecond: 1, recordsPerSecond: 1_024 };
const mix = (...sizes: [sizeKiB: number, share: number][]) => sizes.map(([sizeKiB, share]) => ({ sizeKiB, share }));
const halves = mix([0.2, 0.5], [1.8, 0.5]);

const fix =
    "Declare sizes and shares of the records, such as [{ sizeKiB: 0.2, share: 0.5 }, { sizeKiB: 1.8, share: 0.5 }], or leave it out.";

describe("a mix of record sizes", () => {
    const rows: readonly [title: string, recordSizes: unknown, messages: string[], more?: object][] = [
        ["of a mean that rate and count tell", halves, []],
        ["a quarter off that mean, as bars of a histogram are", mix([1.25, 1]), []],
        ["shares that were rounded", mix([0.5, 0.333], [1, 0.333], [1.5, 0.333]), []],
        ["not known yet", notYetKnown, []],
        ["of which a size is not known yet", [{ sizeKiB: notYetKnown, share: 1 }], []],
        ["beside a rate that is not known yet", mix([5, 1]), [], { writeMiBPerSecond: notYetKnown }],
        [
            "further off the mean",
            mix([1.26, 1]),
            [
                'requirements.recordSizes: [{"sizeKiB":1.26,"share":1}] is not allowed; it must be sizes of 1 KiB on average, as writeMiBPerSecond and recordsPerSecond tell, within 25 %. These are 1.26 KiB on average: correct the sizes (in KiB), their shares (of the records), or the load.',
            ],
        ],
        [
            "no list",
            "0.2:1",
            [
                `requirements.recordSizes: "0.2:1" is not allowed; it must be 1 to 100 sizes whose shares are 1 together. ${fix}`,
            ],
        ],
        [
            "an empty list",
            [],
            [
                `requirements.recordSizes: [] is not allowed; it must be 1 to 100 sizes whose shares are 1 together. ${fix}`,
            ],
        ],
        [
            "shares that are not all",
            mix([1, 0.5]),
            [
                `requirements.recordSizes: [{"sizeKiB":1,"share":0.5}] is not allowed; it must be 1 to 100 sizes whose shares are 1 together. ${fix}`,
            ],
        ],
        [
            "everything wrong at once",
            [7, { sizeKiB: 0, share: 2 }, { sizeKiB: 1, share: 1, kib: 3 }],
            [
                `requirements.recordSizes[0]: 7 is not allowed; it must be an object of sizeKiB and share. ${fix}`,
                `requirements.recordSizes[1].sizeKiB: 0 is not allowed; it must be a number above 0, at most the 1,024 of maxRecordKiB. ${fix}`,
                `requirements.recordSizes[1].share: 2 is not allowed; it must be a number above 0, at most 1. ${fix}`,
                `requirements.recordSizes[2].kib: 3 is not allowed; it must be one of sizeKiB, share. ${fix}`,
            ],
        ],
        [
            "a record above the largest that is declared",
            mix([2, 0.5], [0.2, 0.5]),
            [
                `requirements.recordSizes[0].sizeKiB: 2 is not allowed; it must be a number above 0, at most the 1 of maxRecordKiB. ${fix}`,
            ],
            { maxRecordKiB: 1 },
        ],
    ];
    for (const [title, recordSizes, messages, more] of rows) {
        it(title, () => {
            const problems = requirementsCheck("requirements", { ...load, recordSizes, ...more });
            assert.deepEqual(
                problems.map(({ message }) => message),
                messages,
            );
        });
    }
});

describe("an average record is billed as the mean of its rounded sizes", () => {
    const rows: readonly [sizes: [number, number][], unitKiB: number, units: number][] = [
        // 0.5 * ceil(0.2) + 0.5 * ceil(1.8) = 0.5 + 1
        [[[0.2, 0.5], [1.8, 0.5]], 1, 1.5], // prettier-ignore
        // 0.5 * ceil(0.9) + 0.5 * ceil(1.1) = 0.5 + 1, where one size of 1 KiB would be 1
        [[[0.9, 0.5], [1.1, 0.5]], 1, 1.5], // prettier-ignore
        // 0.75 * ceil(20 / 25) + 0.25 * ceil(40 / 25) = 0.75 + 0.5, where one size of 25 KiB would be 1
        [[[20, 0.75], [40, 0.25]], 25, 1.25], // prettier-ignore
        // Boundaries: a whole unit is one, the next is two.
        [[[25, 1]], 25, 1],
        [[[25.001, 1]], 25, 2],
    ];
    for (const [sizes, unitKiB, units] of rows) {
        it(`${JSON.stringify(sizes)} in units of ${unitKiB} KiB are ${units}`, () => {
            assert.equal(billedUnitsPerRecord({ ...load, recordSizes: mix(...sizes) }, unitKiB), units);
        });
    }
    it("and without a mix the mean is rounded up", () => {
        assert.equal(billedUnitsPerRecord({ writeMiBPerSecond: 1.1, recordsPerSecond: 1_024 }, 1), 2);
    });
    it("never below the mean size, and less than a unit above it", () => {
        const sizes = fc.array(
            fc.tuple(fc.double({ min: 0.01, max: 100, noNaN: true }), fc.integer({ min: 1, max: 9 })),
            {
                minLength: 1,
                maxLength: 8,
            },
        );
        fc.assert(
            fc.property(sizes, fc.constantFrom(1, 25), (parts, unitKiB) => {
                const all = parts.reduce((sum, [, part]) => sum + part, 0);
                const recordSizes = mix(...parts.map(([size, part]): [number, number] => [size, part / all]));
                const mean = recordSizes.reduce((sum, { sizeKiB, share }) => sum + sizeKiB * share, 0) / unitKiB;
                const units = billedUnitsPerRecord({ ...load, recordSizes }, unitKiB);
                assert.ok(units >= mean - 1e-9 && units < mean + 1 + 1e-9, `${units} for a mean of ${mean}`);
            }),
        );
    });
});

describe("a mix decides the price alone", () => {
    it("and is well-formed with every other requirement at its default", () => {
        assert.deepEqual(requirementProblems({ ...load, recordSizes: halves }), []);
    });
});
