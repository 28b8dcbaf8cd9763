/** What the sandbox forgets because its memory is bounded, it tells: once for each thing, in a sentence that says what to do. */
import { deepEqual, equal } from "node:assert/strict";
import { PutRecordCommand, PutRecordsCommand } from "@aws-sdk/client-kinesis";

import { MetricStore } from "../../sandbox/cloudwatch/store";
import { warnOnce } from "../../sandbox/index";
import { startCloud } from "./cloud";
import { atOnce, type LocalKinesis, refusal, startKinesis } from "./kinesis/streams";

describe("what the sandbox forgets", () => {
    const Data = Buffer.alloc(800);
    const records = (count: number) => Array.from({ length: count }, () => ({ Data, PartitionKey: "k" }));
    const full = async (settings: object): Promise<{ kinesis: LocalKinesis; heard: string[] }> => {
        const heard: string[] = [];
        const warn = (sentence: string) => void heard.push(sentence);
        const kinesis = await startKinesis({ durations: atOnce, storedBytesMax: 100_000, warn, ...settings });
        for (const StreamName of ["orders", "clicks"]) kinesis.call("CreateStream", { StreamName, ShardCount: 1 });
        return { kinesis, heard };
    };

    it("is told for each stream that loses records before their time, once", async () => {
        const { kinesis, heard } = await full({});
        for (const StreamName of ["orders", "clicks", "clicks", "clicks"]) {
            await kinesis.client.send(new PutRecordsCommand({ StreamName, Records: records(60) }));
            await kinesis.clock.advance(1_000);
        }
        await kinesis.stop();
        const sentence = (stream: string) =>
            `stream ${stream} loses its oldest records before its 24 hours of retention are over: the sandbox keeps 100,000 bytes of records in ` +
            "memory, and those are full. Start it with more storage, or so that it refuses writes when that is full.";
        deepEqual(heard, [sentence("orders"), sentence("clicks")]);
    });

    it("is nothing where writes are refused instead, as an internal failure of each record", async () => {
        const { kinesis, heard } = await full({ whenFull: "refuse" });
        const put = async () => {
            const { FailedRecordCount, Records } = await kinesis.client.send(
                new PutRecordsCommand({ StreamName: "orders", Records: records(60) }),
            );
            await kinesis.clock.advance(1_000);
            return [FailedRecordCount, Records!.at(-1)!.ErrorCode];
        };
        deepEqual(
            [await put(), await put()],
            [
                [0, undefined],
                [20, "InternalFailure"],
            ],
        );
        const one = new PutRecordCommand({ StreamName: "orders", Data, PartitionKey: "k" });
        const { name, message } = await refusal(kinesis.client.send(one));
        deepEqual(
            [name, message],
            ["InternalFailureException", "Internal service failure: the sandbox's memory is full."],
        );
        const failed = kinesis.metrics.filter(({ metricName }) => metricName === "PutRecords.FailedRecords");
        deepEqual(
            failed.map(({ value }) => value),
            [0, 20],
        );
        await kinesis.stop();
        deepEqual(heard, []);
    });

    it("is told of log events, of metrics by age and of metrics by number", async () => {
        const heard: string[] = [];
        const warn = (sentence: string) => void heard.push(sentence);
        const { cloud, stop } = await startCloud({ warn });
        const events = Array.from({ length: 25_001 }, () => ({ timeMs: 0, message: "" }));
        for (let times = 0; times < 3; times++) cloud.logs.append("group", "stream", events);
        equal(cloud.logs.eventsOf("group").length, 50_000);
        await stop();
        const store = new MetricStore({ seriesMax: 2, warn: warnOnce(warn) });
        const datum = { namespace: "Shop", metricName: "Orders", value: 1, unit: "Count" };
        for (const shop of ["one", "two", "three", "four"]) {
            for (const days of [0, 8, 16, 24])
                store.record({ ...datum, dimensions: { shop }, timeMs: days * 24 * 60 * 60_000 });
        }
        deepEqual(heard, [
            "log stream stream loses its oldest events: 50000 of them are kept.",
            "metrics that are older than 15 days are forgotten; CloudWatch keeps them longer, by periods of five minutes and more.",
            "the metrics that were fed longest ago are forgotten: CloudWatch has 2 of them here at most, by their dimensions.",
        ]);
    });
});
