/** The price of a month in each capacity mode, item by item. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type CostEstimate, type CostInput, estimateCost } from "../../../capacity/sizing/cost";
import { limits } from "../../../capacity/limits";
import { completeRequirements } from "../../../capacity/requirements";
import { scalerMonthlyCost } from "../../../capacity/sizing/surroundings";

const bytesPerMiB = limits.bytesPerMiB;

function input(
    recordsPerSecond: number,
    recordBytes: number,
    shards: number,
    more: Partial<CostInput> = {},
): CostInput {
    const writeMiBPerSecond = (recordsPerSecond * recordBytes) / bytesPerMiB;
    return { requirements: completeRequirements({ writeMiBPerSecond, recordsPerSecond }), shards, ...more };
}

const monthlyOf = ({ onDemandStandard }: CostEstimate) =>
    onDemandStandard.items.find(({ item }) => item === "dataIn")!.monthly;
const cents = (dollars: number) => Math.round(dollars * 100) / 100;

describe("the worked prices of a month (730 h, one shared consumer, 24 h retention)", () => {
    const rows: readonly [
        recordsPerSecond: number,
        recordBytes: number,
        shards: number,
        provisioned: number,
        standard: number,
        advantage: number,
    ][] = [
        [1_000, 1_024, 2, 58.69, 329.95, 3_079.69],
        [5_000, 2_048, 12, 315.36, 3_036.71, 3_079.69],
        [100_000, 1_024, 120, 4_993.2, 30_104.27, 12_030.03],
        [2_500, 1_468, 5, 146.73, 1_532.95, 3_079.69],
    ];
    for (const [recordsPerSecond, recordBytes, shards, provisioned, standard, advantage] of rows) {
        it(`${recordsPerSecond} records/s of ${recordBytes} bytes on ${shards} shards`, () => {
            const cost = estimateCost(input(recordsPerSecond, recordBytes, shards));
            assert.deepEqual(
                [cost.provisioned, cost.onDemandStandard, cost.onDemandAdvantage].map((mode) => cents(mode.monthly)),
                [provisioned, standard, advantage],
            );
            assert.equal(cost.cheapest, "provisioned");
        });
    }
});

describe("each item is priced by its own rule", () => {
    const shardHours = { item: "shardHours", hourly: 0.075, monthly: 54.75 };
    const putPayloadUnits = { item: "putPayloadUnits", hourly: 0.0504, monthly: 36.792 };
    it("24 hours of retention and no fan-out cost shard-hours and PUT units only", () => {
        assert.deepEqual(estimateCost(input(1_000, 1_024, 5)).provisioned.items, [shardHours, putPayloadUnits]);
    });
    it("a record of 25 KiB is one PUT unit, one byte more is two", () => {
        const units = (bytes: number) => estimateCost(input(1, bytes, 1)).provisioned.items[1]?.monthly;
        assert.deepEqual([units(25 * 1_024), units(25 * 1_024 + 1)], [0.036792, 0.073584]);
    });
    it("a record of 25 KiB that decimals describe is one PUT unit, too", () => {
        const requirements = completeRequirements({ writeMiBPerSecond: 0.9, recordsPerSecond: 36.864 });
        const [, units] = estimateCost({ requirements, shards: 1 }).provisioned.items;
        assert.deepEqual(units, { item: "putPayloadUnits", hourly: 0.001858, monthly: 1.3563 });
    });
    it("so is one that the sums of half a million minutes describe, and a byte more of the largest record is more", () => {
        const meanOf = (value: number) => {
            let total = 0;
            for (let minute = 0; minute < 527_040; minute++) total += value;
            return total / 527_040;
        };
        const recordsPerSecond = 0.1;
        const [miB, records] = [meanOf((recordsPerSecond * 75) / 1_024), meanOf(recordsPerSecond)];
        assert.ok(((miB * 1_024) / records - 75) / 75 > 5e-12);
        const summed = estimateCost({ requirements: { writeMiBPerSecond: miB, recordsPerSecond: records }, shards: 1 });
        const exact = estimateCost(input(recordsPerSecond, 75 * 1_024, 1));
        for (const mode of ["provisioned", "onDemandStandard"] as const)
            assert.equal(summed[mode].monthly.toFixed(4), exact[mode].monthly.toFixed(4));
        const requirements = (bytes: number) => ({
            writeMiBPerSecond: bytes / bytesPerMiB,
            recordsPerSecond: 1,
            maxRecordKiB: 10_240,
        });
        const billed = (bytes: number) => monthlyOf(estimateCost({ requirements: requirements(bytes), shards: 1 }));
        assert.ok(billed(10_239 * 1_024 + 1) > billed(10_239 * 1_024));
    });
    it("25 hours of retention adds a price per shard-hour", () => {
        assert.deepEqual(estimateCost(input(1_000, 1_024, 5, { retentionHours: 25 })).provisioned.items[2], {
            item: "extendedRetention",
            hourly: 0.1,
            monthly: 73,
        });
    });
    it("retention beyond 7 days adds the GiB that are stored longer", () => {
        // 1 MiB/s is 3.515625 GiB an hour; 24 h more than 7 days keep 84.375 GiB, at $0.023 a month.
        const cost = estimateCost(input(1_024, 1_024, 2, { retentionHours: 192 }));
        assert.equal(cents(cost.provisioned.items[3]!.monthly), 1.94);
        assert.equal(cost.provisioned.items[3]!.item, "longTermRetention");
        assert.deepEqual(cost.notPriced, [
            "On-demand modes bill the storage between 24 hours and 7 days by the GB-month; that price is not in this list.",
            "Reading records again more than 7 days after they were written costs $0.021 a GB in provisioned mode, beside the rest; how much that is was not declared.",
        ]);
    });
    it("a fan-out consumer pays for each shard-hour and each GiB", () => {
        const requirements = completeRequirements({
            writeMiBPerSecond: 1,
            recordsPerSecond: 1_000,
            fanOutConsumers: 2,
        });
        assert.deepEqual(estimateCost({ requirements, shards: 3 }).provisioned.items.slice(2), [
            { item: "fanOutShardHours", hourly: 0.09, monthly: 65.7 },
            { item: "fanOutData", hourly: 0.091406, monthly: 66.726563 },
        ]);
    });
    it("alarms, dashboard, shard-level metrics and the scaler stand beside the modes", () => {
        const { surroundings } = estimateCost(
            input(1_000, 1_024, 4, {
                alarmMetrics: 9,
                compositeAlarms: 2,
                dashboards: 1,
                shardLevelMetrics: ["IncomingBytes", "IncomingRecords"],
                scalerEveryMinutes: 1,
            }),
        );
        assert.deepEqual(surroundings.items.map(({ item, monthly }) => [item, cents(monthly)]).slice(0, 3), [
            ["alarms", 1.9],
            ["dashboard", 3],
            ["shardLevelMetrics", 2.4],
        ]);
        const scaler = surroundings.items[3]!;
        assert.equal(scaler.item, "scaler");
        assert.equal(cents(scaler.monthly), 2.89);
    });
    it("a scaler that plans reads one metric more a run", () => {
        assert.deepEqual(
            [
                scalerMonthlyCost({ everyMinutes: 1, mode: "reactive" }),
                scalerMonthlyCost({ everyMinutes: 1 }),
                scalerMonthlyCost({ everyMinutes: 1, mode: "predictive" }),
                scalerMonthlyCost({ everyMinutes: 5, mode: "predictive" }),
            ].map(cents),
            [2.39, 2.89, 2.89, 1.3],
        );
    });
    it("every output names region and date", () => {
        const { region, pricesOf } = estimateCost(input(1, 1, 1));
        assert.deepEqual([region, pricesOf], ["us-east-1", "November 2026"]);
    });
});

describe("a malformed input is named with property, value, allowed range and fix", () => {
    const requirements = { writeMiBPerSecond: 1, recordsPerSecond: 1_000 };
    const rows: readonly [title: string, input: object, message: string][] = [
        [
            "shards that are no number",
            { requirements, shards: Number.NaN },
            "cost: shards: NaN is not allowed; it must be a number 0 or more. Give the shards that are paid for.",
        ],
        [
            "no shards",
            { requirements },
            "cost: shards: missing; it must be a number 0 or more. Give the shards that are paid for.",
        ],
        [
            "an average above the peak",
            { requirements, shards: 1, averageLoad: 1.5 },
            "cost: averageLoad: 1.5 is not allowed; it must be a number from 0 to 1. Give a fraction: 0.5 for half of the declared peak.",
        ],
        [
            "every problem at once",
            { requirements: { ...requirements, recordsPerSecond: -1 }, shards: -1, retentionHours: 12 },
            [
                "cost: requirements.recordsPerSecond: -1 is not allowed; it must be a number above 0, at most 100,000,000. Declare the records per second written at peak.",
                "shards: -1 is not allowed; it must be a number 0 or more. Give the shards that are paid for.",
                "retentionHours: 12 is not allowed; it must be a number from 24 to 8,760. Give the hours that records stay readable.",
            ].join("\n"),
        ],
    ];
    for (const [title, malformed, message] of rows) {
        it(title, () =>
            assert.throws(() => estimateCost(malformed as CostInput), { name: "InvalidInputError", message }),
        );
    }
    it("requirements take their defaults", () => {
        const complete = completeRequirements(requirements);
        assert.deepEqual(
            estimateCost({ requirements, shards: 2 }),
            estimateCost({ requirements: complete, shards: 2 }),
        );
    });
});

describe("where the modes break even", () => {
    it("On-demand Standard costs less than 5 idle shards until the load grows", () => {
        const cost = estimateCost(input(2_500, 1_468, 5));
        const { from, to } = cost.breakEven.onDemandStandard!;
        assert.equal(from, 0);
        const at = estimateCost(input(2_500, 1_468, 5, { averageLoad: to }));
        assert.ok(Math.abs(at.provisioned.hourly - at.onDemandStandard.hourly) < 1e-5);
    });
    it("On-demand Advantage never pays for a small stream", () => {
        assert.equal(estimateCost(input(2_500, 1_468, 5)).breakEven.onDemandAdvantage, null);
    });
    it("On-demand Advantage pays for a large stream that mostly idles, floor included", () => {
        const { from, to } = estimateCost(input(1_000_000, 1_024, 1_000)).breakEven.onDemandAdvantage!;
        assert.equal(from, 0);
        for (const [averageLoad, cheaper] of [
            [to - 0.001, true],
            [to + 0.001, false],
        ] as const) {
            const cost = estimateCost(input(1_000_000, 1_024, 1_000, { averageLoad }));
            assert.equal(cost.onDemandAdvantage.hourly < cost.provisioned.hourly, cheaper);
        }
    });
});

describe("laws of a price", () => {
    it("provisioned cost grows with shards", () => {
        fc.assert(
            fc.property(
                fc.integer({ min: 1, max: 9_999 }),
                fc.integer({ min: 24, max: 8_760 }),
                (shards, retentionHours) => {
                    const cost = (count: number) =>
                        estimateCost(input(1_000, 1_024, count, { retentionHours })).provisioned.monthly;
                    assert.ok(cost(shards + 1) > cost(shards));
                },
            ),
        );
    });
    it("more load never costs less, in any mode, and twice of all that goes by load and shards costs at most twice", () => {
        fc.assert(
            fc.property(
                fc.integer({ min: 1, max: 50_000 }),
                fc.integer({ min: 1, max: 1_000_000 }),
                fc.integer({ min: 1, max: 5_000 }),
                fc.integer({ min: 24, max: 8_760 }),
                (records, bytes, shards, retentionHours) => {
                    const once = estimateCost(input(records, bytes, shards, { retentionHours }));
                    const twice = estimateCost(input(2 * records, bytes, 2 * shards, { retentionHours }));
                    for (const mode of ["provisioned", "onDemandStandard", "onDemandAdvantage"] as const) {
                        assert.ok(twice[mode].monthly >= once[mode].monthly, mode);
                        assert.ok(twice[mode].monthly <= 2 * once[mode].monthly + 1e-4, mode);
                    }
                },
            ),
        );
    });
    it("a month is 730 times its hour, in each item", () => {
        fc.assert(
            fc.property(fc.integer({ min: 1, max: 50_000 }), fc.integer({ min: 1, max: 500 }), (records, shards) => {
                const cost = estimateCost(
                    input(records, 2_048, shards, { retentionHours: 200, scalerEveryMinutes: 1 }),
                );
                const { provisioned, onDemandStandard, onDemandAdvantage, surroundings } = cost;
                for (const { items } of [provisioned, onDemandStandard, onDemandAdvantage, surroundings])
                    // Both are told to the millionth of a dollar.
                    for (const { hourly, monthly } of items) assert.ok(Math.abs(730 * hourly - monthly) < 730e-6);
            }),
        );
    });
    it("a total is the sum of its items", () => {
        fc.assert(
            fc.property(
                fc.integer({ min: 1, max: 50_000 }),
                fc.integer({ min: 1, max: 1_000_000 }),
                fc.integer({ min: 1, max: 500 }),
                (records, bytes, shards) => {
                    const cost = estimateCost(input(records, bytes, shards, { retentionHours: 200 }));
                    for (const mode of [cost.provisioned, cost.onDemandStandard, cost.onDemandAdvantage]) {
                        const sum = mode.items.reduce((total, row) => total + row.monthly, 0);
                        assert.ok(Math.abs(mode.monthly - sum) < 1e-5);
                    }
                },
            ),
        );
    });
});
