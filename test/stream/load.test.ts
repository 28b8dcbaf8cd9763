/** An answer of CloudWatch that is not Complete is no load. */
import assert from "node:assert/strict";
import {
    type CloudWatchClient,
    type GetMetricDataCommandInput,
    type GetMetricDataCommandOutput,
    type MetricDataResult,
} from "@aws-sdk/client-cloudwatch";
import { fiveMinutesOf, keptFiveMinutes, keptMinutes } from "../../stream/days";
import { cloudWatchMetrics } from "../../stream/load";
import { shardLoads } from "../../stream/shardLoad";

const noonMs = Date.UTC(2026, 10, 2, 12);
const at = (minute: number) => new Date(noonMs + minute * 60_000);

/** Answers page by page, and notes what was asked for. */
function answering(...pages: readonly (readonly MetricDataResult[])[]): {
    client: CloudWatchClient;
    tokens: unknown[];
} {
    const tokens: unknown[] = [];
    const send = (command: { input: { NextToken?: string } }): Promise<Partial<GetMetricDataCommandOutput>> => {
        tokens.push(command.input.NextToken);
        const page = tokens.length - 1;
        const next = page + 1 < pages.length ? `page ${page + 1}` : undefined;
        return Promise.resolve({
            MetricDataResults: [...pages[page]!],
            ...(next !== undefined && { NextToken: next }),
        });
    };
    return { client: { send } as unknown as CloudWatchClient, tokens };
}

const complete = (Id: string, ...values: readonly [minute: number, value: number][]): MetricDataResult => ({
    Id,
    StatusCode: "Complete",
    Timestamps: values.map(([minute]) => at(minute)),
    Values: values.map(([, value]) => value),
});
const all = ["acceptedBytes", "acceptedRecords", "refusedRecords"] as const;

describe("the load of a stream", () => {
    it("is a sample for each minute that has a datapoint, over all pages", async () => {
        const { client, tokens } = answering(
            [
                { ...complete("acceptedBytes", [0, 60]), StatusCode: "PartialData" },
                complete("acceptedRecords", [0, 6], [2, 8]),
                complete("refusedRecords"),
            ],
            [complete("acceptedBytes", [2, 80])],
        );
        assert.deepEqual(await cloudWatchMetrics(client, "orders").samples(noonMs, noonMs + 180_000), [
            { startMs: noonMs, acceptedBytes: 60, acceptedRecords: 6, refusedRecords: 0 },
            { startMs: noonMs + 120_000, acceptedBytes: 80, acceptedRecords: 8, refusedRecords: 0 },
        ]);
        assert.deepEqual(tokens, [undefined, "page 1"]);
    });

    it("has the open shards of each minute that is one, where they are asked for", async () => {
        const { client } = answering([
            complete("acceptedBytes", [0, 60], [1, 60]),
            complete("acceptedRecords", [0, 6], [1, 6]),
            complete("refusedRecords"),
            complete("openShards", [0, 4], [2, 4]),
        ]);
        assert.deepEqual(
            await cloudWatchMetrics(client, "orders").samples(noonMs, noonMs + 180_000, { openShards: true }),
            [
                { startMs: noonMs, acceptedBytes: 60, acceptedRecords: 6, refusedRecords: 0, openShards: 4 },
                { startMs: noonMs + 60_000, acceptedBytes: 60, acceptedRecords: 6, refusedRecords: 0 },
            ],
        );
    });

    for (const status of ["InternalError", "Forbidden", "PartialData"] as const) {
        it(`is unknown, not zero, where CloudWatch answers ${status}`, async () => {
            const { client } = answering([
                complete("acceptedBytes"),
                { Id: "acceptedRecords", StatusCode: status, Timestamps: [], Values: [] },
                complete("refusedRecords"),
            ]);
            await assert.rejects(cloudWatchMetrics(client, "orders").samples(noonMs, noonMs + 60_000), {
                name: "MetricsIncomplete",
                message: `CloudWatch answered ${status} for IncomingRecords of orders.`,
            });
        });
    }

    it("is unknown where CloudWatch leaves a metric out", async () => {
        const { client } = answering([all.slice(0, 2).map((id) => complete(id))].flat());
        await assert.rejects(cloudWatchMetrics(client, "orders").samples(noonMs, noonMs + 60_000), {
            message: "CloudWatch answered nothing for WriteProvisionedThroughputExceeded of orders.",
        });
    });

    it("of each shard is unknown if that of one is", async () => {
        const shards = [0n, 1n].map((key) => ({ shardId: `shard-${key}`, startingHashKey: key, endingHashKey: key }));
        const { client } = answering([
            ...["m0s0", "m1s0", "m2s0", "m0s1", "m1s1"].map((id) => complete(id, [0, 60])),
            { Id: "m2s1", StatusCode: "InternalError" },
        ]);
        await assert.rejects(
            shardLoads(client, "orders", shards, { nowMs: noonMs + 60_000, fromMs: noonMs - 240_000 }),
            {
                name: "MetricsIncomplete",
                message: "CloudWatch answered InternalError for WriteProvisionedThroughputExceeded of orders, shard-1.",
            },
        );
    });

    it("knows nobody who reads from an age of nothing", async () => {
        const silent = answering([complete("iteratorAge")]).client;
        assert.equal(await cloudWatchMetrics(silent, "orders").iteratorAgeMs(noonMs), null);
        const read = answering([complete("iteratorAge", [0, 5], [1, 9])]).client;
        assert.equal(await cloudWatchMetrics(read, "orders").iteratorAgeMs(noonMs), 9);
    });

    it("of five minutes is asked for in one call of five metrics, over all pages", async () => {
        const inputs: GetMetricDataCommandInput[] = [];
        const { client } = answering(
            [
                { ...complete("acceptedBytes", [0, 300]), StatusCode: "PartialData" },
                complete("acceptedRecords", [0, 30], [5, 40]),
                complete("refusedRecords"),
                complete("readBytes", [5, 800]),
                complete("iteratorAgeMs", [0, 9]),
            ],
            [complete("acceptedBytes", [5, 400])],
        );
        const send = (command: { input: GetMetricDataCommandInput }) => {
            inputs.push(command.input);
            return (client.send as (command: unknown) => unknown)(command);
        };
        const span = { fromMs: noonMs, toMs: noonMs + 600_000 };
        assert.deepEqual(await fiveMinutesOf({ send } as unknown as CloudWatchClient, "orders", span), {
            samples: [
                { startMs: noonMs, acceptedBytes: 300, acceptedRecords: 30, refusedRecords: 0 },
                { startMs: noonMs + 300_000, acceptedBytes: 400, acceptedRecords: 40, refusedRecords: 0 },
            ],
            readBytes: [[noonMs + 300_000, 800]],
            iteratorAgeMs: [[noonMs, 9]],
        });
        assert.deepEqual(
            inputs.map(({ MetricDataQueries, NextToken }) => [
                NextToken,
                MetricDataQueries!.map(({ MetricStat }) => [MetricStat!.Metric!.MetricName, MetricStat!.Period]),
            ]),
            [undefined, "page 1"].map((token) => [
                token,
                [
                    ["IncomingBytes", 300],
                    ["IncomingRecords", 300],
                    ["WriteProvisionedThroughputExceeded", 300],
                    ["GetRecords.Bytes", 300],
                    ["GetRecords.IteratorAgeMilliseconds", 300],
                ],
            ]),
        );
    });

    it("of 63 days by five minutes fits a page", () =>
        assert.ok((keptFiveMinutes / 5) * 5 <= 100_800 && keptMinutes * 3 <= 100_800));
});
