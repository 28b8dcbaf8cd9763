/** The bar of a reader: 32,000 records over a reshard, each once and in the order of its key, with the rights of its ready policy alone. */
import { deepEqual, equal, ok } from "node:assert/strict";

import { eventSourcePolicy } from "../../../components/grants/documents";
import { type GuardedCall } from "../../../sandbox/index";
import { type EventRecord, type FedCloud, startFed, streamArn } from "./fed";

const recordCount = 32_000;
const keys = 400;

describe("a function is fed 32,000 records over a reshard", () => {
    let fed: FedCloud;
    beforeEach(async () => {
        fed = await startFed(4);
    });
    afterEach(() => fed.stop());

    /** Eight calls of 500 records a second, until all are in; the stream is resharded on the way. */
    const produce = async (): Promise<void> => {
        for (let first = 0; first < recordCount; first += 500) {
            const numbers = Array.from({ length: 500 }, (_, index) => first + index);
            const { FailedRecordCount } = await fed.call("kinesis", "PutRecords", {
                StreamName: "orders",
                Records: numbers.map((number) => ({
                    PartitionKey: `key-${number % keys}`,
                    Data: Buffer.from(String(number)).toString("base64"),
                })),
            });
            equal(FailedRecordCount, 0);
            if (first === 8_000 || first === 20_000) {
                const TargetShardCount = first === 8_000 ? 8 : 4;
                const input = { StreamName: "orders", TargetShardCount, ScalingType: "UNIFORM_SCALING" };
                await fed.call("kinesis", "UpdateShardCount", input);
            }
            await fed.clock.advance(250);
        }
    };

    it("each once, and in the order of its key", async () => {
        const last = new Map<string, number>();
        let seen = 0;
        fed.handle(async (records: EventRecord[]) => {
            for (const { kinesis } of records) {
                const number = Number(Buffer.from(kinesis.data, "base64").toString());
                ok(number > (last.get(kinesis.partitionKey) ?? -1), `${number} came late`);
                last.set(kinesis.partitionKey, number);
                seen++;
            }
            await fed.clock.sleep(50);
        });
        const calls = new Set<string>();
        fed.sandbox.guards.push(({ service, operation, request }: GuardedCall) => {
            if (request.accessKeyId.startsWith("ASIA")) calls.add(`${service}:${operation}`);
        });
        const ready = JSON.parse(eventSourcePolicy({ streamArn })) as { Statement: object[] };
        fed.putRole(...ready.Statement);
        await fed.map({ BatchSize: 500, ParallelizationFactor: 2 });
        await produce();
        await fed.clock.advance(30_000);
        equal(seen, recordCount);
        deepEqual(
            [...last.values()].sort((a, b) => a - b),
            Array.from({ length: keys }, (_, index) => recordCount - keys + index),
        );
        deepEqual([...calls].sort(), [
            "kinesis:DescribeStream",
            "kinesis:DescribeStreamSummary",
            "kinesis:GetRecords",
            "kinesis:GetShardIterator",
            "kinesis:ListShards",
        ]);
        equal(Math.max(...fed.values("AWS/Lambda", "IteratorAge")) <= 1_000, true, "a poll is at most a second away");
    });
});
