/** What a producer keeps of records that have their fate: nothing. */
import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { produce, type Transport } from "../../producer";
import { hashText } from "../../producer/records";
import { seeded } from "./simulation";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Takes all but two records of a thousand. */
function takingTransport(): Transport {
    const random = seeded(1);
    return {
        async putRecords(entries) {
            await new Promise((resolve) => setImmediate(resolve));
            return entries.map(() =>
                random() < 0.002
                    ? { ErrorCode: "InternalFailure" }
                    : { ShardId: "shardId-000000000000", SequenceNumber: "1" },
            );
        },
        listShards: () => Promise.resolve([{ shardId: "shardId-000000000000", start: hashText(0n) }]),
        close: () => undefined,
    };
}

/** Bytes in use once everything that nobody holds is gone. */
async function bytesKept(): Promise<number> {
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    return process.memoryUsage().heapUsed;
}

describe("a producer's memory", () => {
    it("is the same after 50,000 and after 200,000 records of an async source", async () => {
        const kept: number[] = [];
        const source = async function* () {
            for (let id = 1; id <= 200_000; id++) {
                if (id === 50_000 || id === 200_000) kept.push(await bytesKept());
                yield { id, padding: "x".repeat(200) };
            }
        };
        const { sent, undeliveredCount } = await produce(source(), {
            stream: "orders",
            key: "id",
            transport: takingTransport(),
            bufferRecordsMax: 1_000,
            shardRateMax: Infinity,
            backoffMinMs: 1,
        });
        assert.deepEqual([sent, undeliveredCount], [200_000, 0]);
        const growth = kept[1]! - kept[0]!;
        // The buffer holds a thousand records at either time; a reaction left behind by each record would be 30 MB.
        assert.ok(growth < 2_000_000, `${growth} bytes more`);
    });
});
