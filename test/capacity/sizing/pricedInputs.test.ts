/** What a price takes into account beside load and shards: sizes, an average, shared floors, old records, keys, other regions. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { type RecordSize } from "../../../capacity/requirementLists";
import { planCapacity } from "../../../capacity/sizing/plan";
import { type CostInput, estimateCost } from "../../../capacity/sizing/cost";
import { type ItemizedCost } from "../../../capacity/sizing/costItems";
import { type PriceList, priceList, priceListCheck, prices } from "../../../capacity/sizing/prices";

/** 1 MiB/s in records of 1 KiB: 3.515625 GiB an hour. */
const load = { writeMiBPerSecond: 1, recordsPerSecond: 1_024 };
const mix = (...sizes: [sizeKiB: number, share: number][]): RecordSize[] =>
    sizes.map(([sizeKiB, share]) => ({ sizeKiB, share }));

const monthly = ({ items }: ItemizedCost) => Object.fromEntries(items.map((row) => [row.item, row.monthly]));

describe("a mix of record sizes is billed record by record", () => {
    it("half 0.2 KiB and half 1.8 KiB are 1.5 KiB each on demand, not the 1 KiB of their mean", () => {
        const mixed = estimateCost({
            requirements: { ...load, recordSizes: mix([0.2, 0.5], [1.8, 0.5]) },
            shards: 2,
        });
        // 1.5 * 3.515625 GiB * 730 h = 3,849.609375 GiB: $0.08 in, $0.04 out.
        assert.deepEqual(monthly(mixed.onDemandStandard), {
            streamHours: 29.2,
            dataIn: 307.96875,
            dataOut: 153.984375,
        });
        // 3.515625 GiB * 730 h = 2,566.40625 GiB
        assert.deepEqual(monthly(estimateCost({ requirements: load, shards: 2 }).onDemandStandard), {
            streamHours: 29.2,
            dataIn: 205.3125,
            dataOut: 102.65625,
        });
        // Each of them is one PUT payload unit: 1,024 * 3,600 * 730 = 2,691,072,000 units at $0.014 a million.
        assert.equal(monthly(mixed.provisioned).putPayloadUnits, 37.675008);
    });
    it("three of 20 KiB and one of 40 KiB are 1.25 PUT payload units each, not the 1 of their mean", () => {
        // 25 KiB on average: 25.6 MiB/s in 1,048.576 records/s; 1,048.576 * 3,600 * 730 = 2,755,657,728 records.
        const requirements = { writeMiBPerSecond: 25.6, recordsPerSecond: 1_048.576 };
        const units = (recordSizes?: RecordSize[]) =>
            monthly(
                estimateCost({ requirements: { ...requirements, ...(recordSizes && { recordSizes }) }, shards: 30 })
                    .provisioned,
            ).putPayloadUnits;
        assert.deepEqual([units(mix([20, 0.75], [40, 0.25])), units()], [48.22401, 38.579208]);
    });
    it("a size that decimals describe is of no unit more: 100 x 1.1 KiB are 110", () => {
        const requirements = (sizeKiB: number) => ({ writeMiBPerSecond: 10, recordsPerSecond: 10_240 / sizeKiB });
        for (const [typed, computed] of [
            [110, 100 * 1.1],
            [25, 25 * (1 + Number.EPSILON)],
        ] as const) {
            const priced = (sizeKiB: number) =>
                estimateCost({ requirements: { ...requirements(typed), recordSizes: mix([sizeKiB, 1]) }, shards: 12 });
            assert.ok(computed > typed);
            assert.deepEqual(priced(computed), priced(typed));
        }
    });
    it("the shards are those of the load", () => {
        const counts = [load, { ...load, recordSizes: mix([0.2, 0.5], [1.8, 0.5]) }].map(
            (requirements) => planCapacity(requirements).recommendedShards,
        );
        assert.deepEqual(counts, [3, 3]);
    });
    it("and where none is declared, the price says that it takes all records as of one size", () => {
        const reads =
            "On-demand reads are taken to be rounded up to the KiB as writes are, the most that they can be; AWS describes it for writes.";
        const requirements = { writeMiBPerSecond: 3.5, recordsPerSecond: 2_500 };
        assert.deepEqual(estimateCost({ requirements, shards: 5 }).assumptions, [
            "All records are taken to be of one size, 1.43 KiB, each billed as 2 KiB on demand and as 1 PUT payload unit; a mix of sizes is declared as recordSizes.",
            reads,
        ]);
        const mixed = { ...requirements, recordSizes: mix([1, 0.5], [2, 0.5]) };
        assert.deepEqual(estimateCost({ requirements: mixed, shards: 5 }).assumptions, [reads]);
    });
});

describe("other things that a price depends on", () => {
    const small = { requirements: load, shards: 2 };
    it("an average load of a quarter is a quarter of what goes by the record, and all of the shards", () => {
        const { provisioned, averageLoad } = estimateCost({ ...small, averageLoad: 0.25 });
        // 2 * $0.015 * 730; 37.675008 / 4
        assert.deepEqual([monthly(provisioned), averageLoad], [{ shardHours: 21.9, putPayloadUnits: 9.418752 }, 0.25]);
    });
    it("streams share the floor of On-demand Advantage, each as far as it needs no more", () => {
        // 25 MiB/s are 87.890625 GiB an hour; * 730 h * $0.032 in, $0.016 out.
        const advantage = (input: Partial<CostInput>) =>
            monthly(estimateCost({ ...small, ...input }).onDemandAdvantage);
        assert.deepEqual(advantage({}), { dataIn: 2_053.125, dataOut: 1_026.5625 });
        assert.deepEqual(advantage({ streams: 4 }), { dataIn: 513.28125, dataOut: 256.640625 });
        // The 50th part of the floor, 0.5 MiB/s, is less than what the stream itself takes: 2,566.40625 GiB.
        assert.deepEqual(advantage({ streams: 50 }), { dataIn: 82.125, dataOut: 41.0625 });
        assert.equal(
            estimateCost({ ...small, streams: 4 }).assumptions.at(-1),
            "The floor of On-demand Advantage is taken to be shared by 4 streams in equal parts.",
        );
    });
    it("with a shared floor On-demand Advantage breaks even where its price says so", () => {
        const large = {
            requirements: { writeMiBPerSecond: 50, recordsPerSecond: 51_200 },
            shards: 80,
            streams: 10,
            retentionHours: 200,
            longTermReadGiBPerMonth: 500,
        };
        const { to } = estimateCost(large).breakEven.onDemandAdvantage!;
        const at = estimateCost({ ...large, averageLoad: to });
        assert.ok(to > 0 && to < 1 && Math.abs(at.provisioned.hourly - at.onDemandAdvantage.hourly) < 1e-5);
    });
    it("records that are read again after 7 days cost by the GB, on demand as all reads", () => {
        // 730 GiB a month are 1 GiB an hour: $0.021 provisioned; $0.04 on demand beside the 102.65625 of the consumer.
        const long = { ...small, retentionHours: 192, longTermReadGiBPerMonth: 730 };
        const { provisioned, onDemandStandard, notPriced } = estimateCost(long);
        assert.equal(monthly(provisioned).longTermRetrieval, 15.33);
        assert.equal(monthly(onDemandStandard).dataOut, 131.85625);
        assert.equal(notPriced.length, 1);
    });
    it("KMS asks for a data key every five minutes, and what depends on the clients is named", () => {
        const { surroundings, notPriced } = estimateCost({ ...small, encrypted: true });
        // 12 an hour at $0.03 per 10,000
        assert.deepEqual(surroundings.items.at(-1), { item: "kmsRequests", hourly: 0.000036, monthly: 0.02628 });
        assert.deepEqual(notPriced, [
            "KMS bills a customer-managed key by the month, and a request about every five minutes for each set of credentials of producers and consumers: how many there are is not known here.",
        ]);
        assert.deepEqual(estimateCost(small).notPriced, []);
    });
    it("prices of another region are taken with its name and date", () => {
        const other: PriceList = { region: "eu-west-1", date: "May 2026", prices: { ...prices, shardHour: 0.0165 } };
        const cost = estimateCost({ ...small, prices: other });
        // 2 * $0.0165 * 730
        assert.deepEqual(
            [cost.region, cost.pricesOf, monthly(cost.provisioned).shardHours],
            ["eu-west-1", "May 2026", 24.09],
        );
    });
});

describe("a malformed price is named", () => {
    const small = { requirements: load, shards: 2 };
    const rows: readonly [title: string, input: object, message: string][] = [
        [
            "no streams",
            { streams: 0 },
            "cost: streams: 0 is not allowed; it must be a whole number from 1 to 1,000,000. Give the streams that share the floor of On-demand Advantage.",
        ],
        [
            "old records of a stream that keeps none",
            { retentionHours: 168, longTermReadGiBPerMonth: 1 },
            "cost: longTermReadGiBPerMonth: 1 is not allowed; it must be 0 where records are kept for 168 hours, 7 days or less. Leave it out, or give a longer retention.",
        ],
        [
            "a negative amount of them",
            { retentionHours: 192, longTermReadGiBPerMonth: -1 },
            "cost: longTermReadGiBPerMonth: -1 is not allowed; it must be a number 0 or more. Give the GiB a month that are read again after more than 7 days.",
        ],
    ];
    for (const [title, input, message] of rows) {
        it(title, () =>
            assert.throws(() => estimateCost({ ...small, ...input }), { name: "InvalidInputError", message }),
        );
    }
});

describe("a list of prices", () => {
    const messages = (list: unknown) => priceListCheck("eu.json", list).map(({ message }) => message);
    it("is complete, so that no price of us-east-1 is taken for another", () => {
        const { shardHour, ...others } = prices;
        assert.deepEqual(messages({ region: "eu-west-1", date: "May 2026", prices: others }), [
            `eu.json.prices.shardHour: missing; it must be a number from 0 to 1.5. Give dollars for one; in us-east-1 it is ${shardHour}.`,
        ]);
        assert.deepEqual(messages(priceList), []);
    });
    it("is judged with all problems at once", () => {
        const wrong = { region: " ", prices: { ...prices, putPayloadUnit: 0.014, logsGiB: "0.5", shardHours: 1 } };
        assert.deepEqual(messages(wrong), [
            'eu.json.region: " " is not allowed; it must be text on one line. Name the region, such as eu-west-1.',
            "eu.json.date: missing; it must be text on one line. Tell when the prices were read, such as November 2026.",
            "eu.json.prices.putPayloadUnit: 0.014 is not allowed; it must be a number from 0 to 0.0000014. Give dollars for one; in us-east-1 it is 1.4e-8.",
            'eu.json.prices.logsGiB: "0.5" is not allowed; it must be a number from 0 to 50. Give dollars for one; in us-east-1 it is 0.5.',
            ...messages({ ...priceList, prices: { ...prices, shardHours: 1 } }),
        ]);
    });
    it("has a region and a date that steer no terminal, since every output names them", () => {
        for (const text of ["eu-west-1\u001b[2J", "eu\nwest", "\u009b2J", "\t"]) {
            assert.match(
                messages({ ...priceList, region: text }).join(" "),
                /^eu\.json\.region: .* text on one line\./s,
            );
        }
        assert.deepEqual(messages({ ...priceList, region: "Europe (Irland), ü" }), []);
    });
    it("is shown whole in the docs", () => {
        const text = readFileSync(path.join(__dirname, "../../../docs/costs.md"), "utf8");
        const [, json] = /```json\n(.*?)```/s.exec(text)!;
        // 0.2 / 1,000,000 has a binary remainder that nobody wants to read.
        const rounded = (_: string, value: unknown) =>
            typeof value === "number" ? Number(value.toPrecision(12)) : value;
        assert.deepEqual(JSON.parse(json!), JSON.parse(JSON.stringify(priceList), rounded));
    });
});

describe("a warm throughput", () => {
    const load = { requirements: { writeMiBPerSecond: 3.5, recordsPerSecond: 2500 }, shards: 5 };
    it("changes no price that is known, and is named as not priced", () => {
        const { notPriced, ...warm } = estimateCost({ ...load, warmThroughputMiBps: 100 });
        const { notPriced: before, ...cold } = estimateCost(load);
        assert.deepEqual(warm, cold);
        assert.deepEqual(
            notPriced.filter((left) => !before.includes(left)),
            [
                "A warm throughput of 100 MiB/s, which only On-demand Advantage has: for the throughput itself there is no price in this list, beside the floor of 25 MiB/s in and out that an account with On-demand Advantage pays at least.",
            ],
        );
    });
    it("is refused beyond what AWS accepts", () =>
        assert.throws(
            () => estimateCost({ ...load, warmThroughputMiBps: 10_241 }),
            /warmThroughputMiBps: 10,241 is not allowed; it must be a whole number from 1 to 10,240\./,
        ));
});

const anyInput = fc.record({
    records: fc.integer({ min: 1, max: 50_000 }),
    small: fc.integer({ min: 1, max: 40 }),
    large: fc.integer({ min: 1, max: 400 }),
    share: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
    shards: fc.integer({ min: 0, max: 500 }),
    averageLoad: fc.double({ min: 0, max: 1, noNaN: true }),
    streams: fc.integer({ min: 1, max: 100 }),
    read: fc.double({ min: 0, max: 10_000, noNaN: true }),
    consumers: fc.integer({ min: 0, max: 5 }),
});

describe("laws of a price", () => {
    const modesOf = (input: CostInput) => {
        const { provisioned, onDemandStandard, onDemandAdvantage } = estimateCost(input);
        return [provisioned, onDemandStandard, onDemandAdvantage];
    };
    it("no item is negative, and the items are the total", () => {
        fc.assert(
            fc.property(anyInput, (any) => {
                const recordSizes = mix([any.small / 10, any.share], [any.large / 10, 1 - any.share]);
                const meanKiB = recordSizes.reduce((sum, { sizeKiB, share }) => sum + sizeKiB * share, 0);
                const input: CostInput = {
                    requirements: {
                        writeMiBPerSecond: (any.records * meanKiB) / 1_024,
                        recordsPerSecond: any.records,
                        recordSizes,
                        sharedConsumers: any.consumers,
                        fanOutConsumers: 5 - any.consumers,
                    },
                    shards: any.shards,
                    averageLoad: any.averageLoad,
                    streams: any.streams,
                    retentionHours: 200,
                    longTermReadGiBPerMonth: any.read,
                    encrypted: true,
                };
                for (const { items, monthly: total, hourly } of [...modesOf(input), estimateCost(input).surroundings]) {
                    assert.ok(items.every((row) => row.hourly >= 0 && row.monthly >= 0));
                    assert.ok(Math.abs(items.reduce((sum, row) => sum + row.monthly, 0) - total) < 1e-5);
                    assert.ok(Math.abs(items.reduce((sum, row) => sum + row.hourly, 0) - hourly) < 1e-5);
                }
            }),
        );
    });
    it("a mix of one size is priced as that size", () => {
        fc.assert(
            fc.property(fc.integer({ min: 1, max: 20_000 }), fc.integer({ min: 1, max: 4_000 }), (records, tenths) => {
                const requirements = {
                    writeMiBPerSecond: (records * tenths) / 10 / 1_024,
                    recordsPerSecond: records,
                };
                const recordSizes = mix([tenths / 10, 1]);
                assert.deepEqual(
                    modesOf({ requirements: { ...requirements, recordSizes }, shards: 3 }),
                    modesOf({ requirements, shards: 3 }),
                );
            }),
        );
    });
    it("more streams that share the floor never cost one of them more", () => {
        fc.assert(
            fc.property(fc.integer({ min: 1, max: 50_000 }), fc.integer({ min: 1, max: 50 }), (records, streams) => {
                const requirements = { writeMiBPerSecond: records / 1_024, recordsPerSecond: records };
                const monthlyAt = (count: number) =>
                    estimateCost({ requirements, shards: 3, streams: count }).onDemandAdvantage.monthly;
                assert.ok(monthlyAt(streams + 1) <= monthlyAt(streams));
            }),
        );
    });
});
