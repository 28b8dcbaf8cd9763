/** Whatever fails: no record is lost between the stream and its function, and none overtakes another of its key. */
import { deepEqual, ok } from "node:assert/strict";
import * as fc from "fast-check";

import { type EventRecord, type FedCloud, queueArn, startFed, streamActions, statement, streamArn } from "./fed";

/** What happens to a mapping on the way, at a second of the run. */
const incident = fc.record({
    second: fc.integer({ min: 0, max: 20 }),
    kind: fc.constantFrom("split", "merge", "disable", "revoke", "throttle", "batchSize"),
});

const night = fc.record({
    shards: fc.integer({ min: 1, max: 3 }),
    settings: fc.record({
        ParallelizationFactor: fc.integer({ min: 1, max: 3 }),
        BatchSize: fc.integer({ min: 1, max: 6 }),
        MaximumBatchingWindowInSeconds: fc.constantFrom(0, 0, 3),
        BisectBatchOnFunctionError: fc.boolean(),
        FunctionResponseTypes: fc.constantFrom([], ["ReportBatchItemFailures"]),
        MaximumRetryAttempts: fc.constantFrom(0, 1, 3, -1),
        MaximumRecordAgeInSeconds: fc.constantFrom(60, 90),
    }),
    /** The key of each record, and how often the function fails on it. */
    records: fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.constantFrom(0, 0, 0, 0, 1, 2, Infinity)), {
        minLength: 1,
        maxLength: 30,
    }),
    incidents: fc.array(incident, { maxLength: 3 }),
    seconds: fc.integer({ min: 0, max: 3 }),
});

type Night = typeof night extends fc.Arbitrary<infer Value> ? Value : never;

describe("whatever fails between a stream and its function", () => {
    it("every record is handed to a function that succeeded, or is told to the destination; each key in order", async () => {
        await fc.assert(
            fc.asyncProperty(night, async (plan) => {
                const fed = await startFed(plan.shards);
                try {
                    await play(fed, plan);
                } finally {
                    await fed.stop();
                }
            }),
            { numRuns: 25 },
        );
    }).timeout(60_000);
});

async function play(fed: FedCloud, { settings, records, incidents, seconds }: Night): Promise<void> {
    const failing = new Map(records.map(([, failures], index) => [String(index), failures]));
    const done: string[] = [];
    fed.handle((batch) => {
        const failed = batch.filter((record) => fails(failing, dataOf(record)));
        const reports = settings.FunctionResponseTypes.length > 0;
        const first = batch.indexOf(failed[0]!);
        if (failed.length === 0 || reports) done.push(...batch.slice(0, first < 0 ? batch.length : first).map(dataOf));
        if (failed.length > 0 && !reports) throw new Error("failed");
        const batchItemFailures = failed.reverse().map(({ kinesis }) => ({ itemIdentifier: kinesis.sequenceNumber }));
        return reports ? { batchItemFailures } : "whatever";
    });
    await fed.call("sqs", "CreateQueue", { QueueName: "failures" });
    const DestinationConfig = { OnFailure: { Destination: queueArn } };
    const uuid = await fed.map({ ...settings, DestinationConfig });
    const sent = new Map<string, string>();
    for (let second = 0; second <= 24; second++) {
        for (const { kind } of incidents.filter((each) => each.second === second)) await happen(fed, uuid, kind);
        const due = Math.min(records.length, Math.ceil(((second + 1) * 5) / (seconds + 1)));
        while (sent.size < due) {
            const text = String(sent.size);
            sent.set(text, await put(fed, `key-${records[sent.size]![0]}`, text));
        }
        await fed.clock.advance(1_000);
    }
    ok(sent.size === records.length);
    await recover(fed, uuid);
    const lost = (): string[] =>
        [...sent.keys()].filter((data) => !done.includes(data) && !isTold(fed, sent.get(data)!));
    for (let minutes = 0; minutes < 12 && lost().length > 0; minutes++) await fed.clock.advance(30_000);
    deepEqual(lost(), []);
    for (const key of new Set(records.map(([each]) => each))) {
        const numbers = [...new Set(done)].map(Number).filter((number) => records[number]![0] === key);
        deepEqual(
            numbers,
            [...numbers].sort((left, right) => left - right),
            `the order of key ${key}`,
        );
    }
}

const dataOf = ({ kinesis }: EventRecord): string => Buffer.from(kinesis.data, "base64").toString();

function fails(failing: Map<string, number>, data: string): boolean {
    const left = failing.get(data)!;
    failing.set(data, left - 1);
    return left > 0;
}

/** @returns shard and sequence number */
async function put(fed: FedCloud, PartitionKey: string, text: string): Promise<string> {
    const Data = Buffer.from(text).toString("base64");
    const { ShardId, SequenceNumber } = await fed.call("kinesis", "PutRecord", {
        StreamName: "orders",
        PartitionKey,
        Data,
    });
    return `${ShardId}:${SequenceNumber}`;
}

interface Told {
    readonly KinesisBatchInfo: { shardId: string; startSequenceNumber: string; endSequenceNumber: string };
}

function isTold(fed: FedCloud, place: string): boolean {
    const [shard, number] = place.split(":") as [string, string];
    return fed.cloud.sqs.bodiesIn("failures").some((body) => {
        const { KinesisBatchInfo: info } = JSON.parse(body) as Told;
        return info.shardId === shard && info.startSequenceNumber <= number && number <= info.endSequenceNumber;
    });
}

const admitted = [statement("kinesis", streamActions, streamArn), statement("sqs", ["SendMessage"], queueArn)];

async function happen(fed: FedCloud, UUID: string, kind: Night["incidents"][number]["kind"]): Promise<void> {
    const { StreamDescriptionSummary } = await fed.call("kinesis", "DescribeStreamSummary", { StreamName: "orders" });
    const open: number = StreamDescriptionSummary.OpenShardCount;
    const scale = { StreamName: "orders", ScalingType: "UNIFORM_SCALING" };
    const update = (input: object) =>
        fed.call("lambda", "UpdateEventSourceMapping", { UUID, ...input }).catch(() => undefined);
    if (kind === "split") await fed.call("kinesis", "UpdateShardCount", { ...scale, TargetShardCount: open * 2 });
    if (kind === "merge")
        await fed.call("kinesis", "UpdateShardCount", { ...scale, TargetShardCount: Math.ceil(open / 2) });
    if (kind === "disable") await update({ Enabled: false });
    if (kind === "batchSize") await update({ BatchSize: 2, ParallelizationFactor: 1 });
    if (kind === "revoke") fed.putRole(admitted[1]!);
    if (kind === "throttle") {
        const input = { FunctionName: "worker", ReservedConcurrentExecutions: 0 };
        await fed.call("lambda", "PutFunctionConcurrency", input);
    }
}

/** Somebody has mended it all. */
async function recover(fed: FedCloud, UUID: string): Promise<void> {
    fed.putRole(...admitted);
    await fed.call("lambda", "DeleteFunctionConcurrency", { FunctionName: "worker" });
    await fed.call("lambda", "UpdateEventSourceMapping", { UUID, Enabled: true });
}
