/** Sends a million records through a small buffer to a stream that takes a part of each call, and reports the memory that it took. */
import { getHeapStatistics } from "node:v8";
import { produce, type Transport } from "../../producer";
import { hashText } from "../../producer/records";
import { seeded } from "./simulation";

const records = 1_000_000;
let peakHeapBytes = 0;
let calls = 0;
const random = seeded(1);

const transport: Transport = {
    async putRecords(entries) {
        await new Promise((resolve) => setImmediate(resolve));
        if (++calls % 100 === 0) peakHeapBytes = Math.max(peakHeapBytes, getHeapStatistics().used_heap_size);
        return entries.map(() =>
            random() < 0.002
                ? { ErrorCode: "InternalFailure" }
                : { ShardId: "shardId-000000000000", SequenceNumber: "1" },
        );
    },
    listShards: () => Promise.resolve([{ shardId: "shardId-000000000000", start: hashText(0n) }]),
    close: () => undefined,
};

function* source(): Generator<{ id: number; padding: string }> {
    for (let id = 1; id <= records; id++) yield { id, padding: "x".repeat(200) };
}

async function main(): Promise<void> {
    const { sent, undeliveredCount: undelivered } = await produce(source(), {
        stream: "orders",
        key: "id",
        transport,
        bufferRecordsMax: 10_000,
        shardRateMax: Infinity,
        backoffMinMs: 1,
    });
    process.send!({ sent, undelivered, peakHeapMiB: Math.round(peakHeapBytes / 2 ** 20) });
}

void main();
