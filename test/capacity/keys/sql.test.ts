/** The query over a lake counts what `keys analyze` counts of the same records, whatever the table is called and whatever lies in it. */
import assert from "node:assert/strict";
import { DuckDBInstance } from "@duckdb/node-api";
import { uniformRing } from "../../../capacity/keys/hashRing";
import { KeyTally } from "../../../capacity/keys/sample";
import { type KeyQuery, keyQuery } from "../../../capacity/keys/sql";
import { addRecord } from "../../../cli/keyRecords";

type Rows = Record<string, unknown>[];

async function rowsOf(setUp: string, query: Partial<KeyQuery>): Promise<Rows> {
    const instance = await DuckDBInstance.create();
    const connection = await instance.connect();
    try {
        await connection.run(setUp);
        const all = { dialect: "duckdb", ring: uniformRing(4), table: "orders", column: "id", keys: 5 } as const;
        const answer = await connection.run(keyQuery({ ...all, ...query }));
        return (await answer.getRowObjects()) as Rows;
    } finally {
        connection.closeSync();
        instance.closeSync();
    }
}

/** Records and weight of each shard. */
function loadsOf(rows: Rows): (readonly [records: number, weight: number])[] {
    const byShard = new Map(rows.map((row) => [row.shard_id, [Number(row.records), Number(row.weight)] as const]));
    return [...byShard.values()];
}

describe("the query of keys sql", () => {
    for (const table of ["orders", "keys", "ranges", "hashed", "placed", "shards", "total"]) {
        it(`reads a table of the name ${table}`, async () => {
            const rows = await rowsOf(`CREATE TABLE ${table} AS SELECT 'u-' || range AS id FROM range(100)`, { table });
            const tally = new KeyTally(uniformRing(4));
            for (let user = 0; user < 100; user++) tally.addKey(`u-${user}`);
            assert.deepEqual(
                loadsOf(rows),
                tally.sample().shardWeights.map((weight) => [weight, weight]),
            );
        });
    }

    it("leaves out the keys and weights that keys analyze leaves out", async () => {
        const records: readonly (readonly [key: string | null, weight: string | null])[] = [
            ["a", "1"],
            ["a", "0"],
            ["a", null],
            ["b", "-1"],
            ["b", "NaN"],
            ["b", "Infinity"],
            ["b", "1e-15"],
            ["b", "9e-16"],
            ["b", "1e15"],
            ["b", "1.1e15"],
            ["c".repeat(256), "2"],
            ["c".repeat(257), "2"],
            ["\u{1f600}".repeat(256), "3"],
            ["\u{1f600}".repeat(257), "3"],
            ["", "4"],
            [null, "4"],
        ];
        const tally = new KeyTally(uniformRing(4));
        for (const [key, weight] of records) {
            const values = { key: key ?? undefined, weight: weight ?? undefined, explicitHashKey: undefined };
            addRecord(values, { file: "orders.csv", weight: "n" }, tally, () => undefined);
        }
        const quoted = (text: string | null) => (text === null ? "NULL" : `'${text}'`);
        const values = records.map(([key, weight]) => `(${quoted(key)}, ${quoted(weight)})`).join(", ");
        const rows = await rowsOf(`CREATE TABLE orders AS SELECT * FROM (VALUES ${values}) AS of (id, n)`, {
            weight: "n",
        });
        const { shardRecords, shardWeights } = tally.sample();
        assert.deepEqual(
            loadsOf(rows),
            shardWeights.map((weight, shard) => [shardRecords[shard], weight]),
        );
    });

    it("tells no share of a table without a record, and divides nothing by zero", async () => {
        const rows = await rowsOf("CREATE TABLE orders (id VARCHAR)", {});
        assert.deepEqual(
            rows.map(({ records, share, over_average: over }) => [Number(records), share, over]),
            Array(4).fill([0, null, null]),
        );
    });
});
