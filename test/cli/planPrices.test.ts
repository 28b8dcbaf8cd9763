/** `plan` with what a price depends on beside load and shards, as it is typed. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type CostEstimate } from "../../capacity/sizing/cost";
import { priceList } from "../../capacity/sizing/prices";
import { definePlan } from "../../cli/plan";
import { runInProcess } from "./inProcess";

describe("sharded-stream plan prices", () => {
    const run = async (...args: string[]) => {
        const result = await runInProcess(definePlan, ["plan", ...args], { env: {} });
        return { ...result, cost: result.document.cost as CostEstimate, lines: result.text.split("\n") };
    };
    const load = ["--write-mib", "1", "--records", "1024"];

    it("a mix of record sizes", async () => {
        const { cost, document, lines } = await run(...load, "--record-sizes", "0.2:0.5,1.8:0.5");
        assert.deepEqual((document.requirements as { recordSizes: object }).recordSizes, [
            { sizeKiB: 0.2, share: 0.5 },
            { sizeKiB: 1.8, share: 0.5 },
        ]);
        // 1.5 KiB a record: 1.5 MiB/s * 3,600 s * 730 h / 1,024 = 3,849.609375 GiB at $0.08
        assert.deepEqual(cost.onDemandStandard.items[1], { item: "dataIn", hourly: 0.421875, monthly: 307.96875 });
        assert.ok(!lines.some((line) => line.includes("of one size")));
    });

    it("records of one size where no mix is declared, and says so", async () => {
        const { cost, lines } = await run(...load);
        assert.equal(cost.onDemandStandard.items[1]?.monthly, 205.3125);
        assert.ok(
            lines.includes(
                "Assumed: All records are taken to be of one size, 1 KiB, each billed as 1 KiB on demand and as 1 PUT payload unit; a mix of sizes is declared as recordSizes.",
            ),
        );
    });

    it("an average load, another shard count and streams that share a floor", async () => {
        const { cost, document, lines, exitCode } = await run(
            ...[...load, "--average-load", "0.25", "--shards", "1", "--streams", "4"],
        );
        // 1 * $0.015 * 730; a quarter of 2,691,072,000 units at $0.014 a million; a quarter of the floors.
        assert.deepEqual(
            [...cost.provisioned.items, ...cost.onDemandAdvantage.items].map(({ item, monthly }) => [item, monthly]),
            [
                ["shardHours", 10.95],
                ["putPayloadUnits", 9.418752],
                ["dataIn", 513.28125],
                ["dataOut", 256.640625],
            ],
        );
        assert.deepEqual([cost.shards, cost.averageLoad, document.recommendedShards, exitCode], [1, 0.25, 3, 0]);
        assert.ok(lines.includes("Provisioned, 1 shard (cheapest)\t\t$0.0279\t$20.37"));
        assert.ok(lines.includes("1 shard is priced as asked; the declared peak needs 2."));
        assert.equal(lines.at(-1), "Prices: us-east-1, November 2026, at 25 % of the declared peak all month (730 h).");
    });

    it("the alarms that are there by default, and those of each fan-out consumer", async () => {
        const alarms = ({ surroundings }: CostEstimate) =>
            surroundings.items.find(({ item }) => item === "alarms")!.monthly;
        // Eleven metrics at $0.10 and an alarm that combines others at $0.50; three more and one more for each consumer.
        assert.equal(alarms((await run(...load)).cost), 1.6);
        assert.equal(alarms((await run(...load, "--fan-out-consumers", "2")).cost), 1.6 + 2 * 0.8);
    });

    it("old records that are read again", async () => {
        const { cost } = await run(...load, "--retention-hours", "192", "--long-term-reads", "730");
        // 730 GiB at $0.021
        assert.equal(cost.provisioned.items.find(({ item }) => item === "longTermRetrieval")?.monthly, 15.33);
    });

    it("refuses what cannot be priced, all of it at once, in the words of the options", async () => {
        const args = [...load, "--shards", "0.5", "--average-load", "2", "--streams", "0", "--long-term-reads", "3"];
        await assert.rejects(run(...args, "--record-sizes", "1"), {
            name: "InvalidInputError",
            message: [
                "plan: --record-sizes[0].share: missing; it must be a number above 0, at most 1. Declare sizes and shares of the records, such as 0.2:0.5,1.8:0.5, or leave it out.",
                "--shards: 0.5 is not allowed; it must be a whole number from 1 to 10,000. Name the shards to price.",
                "--average-load: 2 is not allowed; it must be a number from 0 to 1. Give a fraction: 0.5 for half of the declared peak.",
                "--streams: 0 is not allowed; it must be a whole number from 1 to 1,000,000. Give the streams that share the floor of On-demand Advantage.",
                "--long-term-reads: 3 is not allowed; it must be 0 where records are kept for 24 hours, 7 days or less. Leave it out, or give a longer retention.",
            ].join("\n"),
        });
    });
});

describe("what plan says of a requirement is as it is typed on the command line", () => {
    const rows: readonly (readonly [args: string, message: string])[] = [
        [
            "--record-sizes 2000:1",
            "--record-sizes[0].sizeKiB: 2,000 is not allowed; it must be a number above 0, at most the 1,024 of --max-record-kib. Declare sizes and shares of the records, such as 0.2:0.5,1.8:0.5, or leave it out.",
        ],
        [
            "--record-sizes 1:1",
            '--record-sizes: [{"sizeKiB":1,"share":1}] is not allowed; it must be sizes of 1.43 KiB on average, as --write-mib and --records tell, within 25 %. These are 1 KiB on average: correct the sizes (in KiB), their shares (of the records), or the load.',
        ],
        [
            "--heaviest-key-shares 3",
            "--heaviest-key-shares[0]: 3 is not allowed; it must be a number above 0, at most 1. Declare fractions, such as 0.12,0.05; `sharded-stream keys analyze FILE` measures them.",
        ],
        [
            "--lanes 5 --distinct-keys 3",
            "--lanes: 5 is not allowed; it must be no more than the 3 --distinct-keys. Each lane is a partition key of its own: declare at least as many --distinct-keys, or fewer lanes.",
        ],
        [
            "--headroom 1e308",
            "--headroom: 1e+308 is not allowed; it must be a number from 0 to 10. Declare a fraction: 0.2 for 20 % more capacity than the minimum.",
        ],
    ];
    for (const [args, message] of rows) {
        it(args, () =>
            assert.rejects(
                runInProcess(definePlan, ["plan", "--write-mib", "3.5", "--records", "2500", ...args.split(" ")], {
                    env: {},
                }),
                {
                    name: "InvalidInputError",
                    message: `plan: ${message}`,
                },
            ),
        );
    }
});

describe("plan --prices", () => {
    let folder: string;
    before(() => (folder = mkdtempSync(path.join(tmpdir(), "plan-prices-"))));
    after(() => rmSync(folder, { recursive: true }));

    const load = ["plan", "--write-mib", "3.5", "--records", "2500"];
    const withFile = (text: string, ...args: string[]) => {
        const file = path.join(folder, "prices.json");
        writeFileSync(file, text);
        return runInProcess(definePlan, [...load, "--prices", file, ...args], { env: {} });
    };
    const other = { region: "eu-west-1", date: "May 2026", prices: { ...priceList.prices, shardHour: 0.016 } };

    it("takes the file's prices, and names its region and date as text, as JSON and in findings", async () => {
        const { document, text } = await withFile(`\uFEFF${JSON.stringify(other)}`, "--distinct-keys", "40");
        const { region, pricesOf, provisioned, shards } = document.cost as CostEstimate;
        assert.deepEqual([region, pricesOf], ["eu-west-1", "May 2026"]);
        // 10 * $0.016 * 730
        assert.deepEqual([shards, provisioned.items[0]?.monthly], [10, 116.8]);
        assert.match(text, /\nPrices: eu-west-1, May 2026, at the declared peak all month \(730 h\)\.$/);
        // The load itself needs 4, with headroom 5: 5 more shards at $0.016 * 730.
        assert.match(text, /so the keys cost 5 more shards, \$58\.40 a month \(eu-west-1, May 2026\)/);
        assert.ok(!text.includes("us-east-1"));
    });

    it("refuses a file that is none, or no JSON, in one line", async () => {
        const file = path.join(folder, "prices.json");
        await assert.rejects(withFile("shardHour: 0.0165"), (error: Error) => {
            assert.equal(error.name, "UsageError");
            assert.ok(error.message.startsWith(`${file} is not JSON: `), error.message);
            return true;
        });
        await assert.rejects(runInProcess(definePlan, [...load, "--prices", path.join(folder, "none")], { env: {} }), {
            name: "UsageError",
            message: `${path.join(folder, "none")} cannot be read: there is no such file.`,
        });
    });

    it("refuses a file with every problem at once", async () => {
        const { logsGiB, ...prices } = other.prices;
        const file = path.join(folder, "prices.json");
        await assert.rejects(withFile(JSON.stringify({ region: "eu-west-1", prices: { ...prices, shardHour: -1 } })), {
            name: "InvalidInputError",
            message: [
                `plan: ${file}.date: missing; it must be text on one line. Tell when the prices were read, such as November 2026.`,
                `${file}.prices.shardHour: -1 is not allowed; it must be a number from 0 to 1.5. Give dollars for one; in us-east-1 it is 0.015.`,
                `${file}.prices.logsGiB: missing; it must be a number from 0 to 50. Give dollars for one; in us-east-1 it is ${logsGiB}.`,
            ].join("\n"),
        });
    });
});
