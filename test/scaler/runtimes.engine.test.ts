/**
 * The scaler's archive as Lambda runs it: with the SDKs that a runtime may bring, and on a connection that has died.
 *
 * Second tier: it starts processes.
 */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { CreateStreamCommand } from "@aws-sdk/client-kinesis";
import { scalerFile } from "../../components/scalerCode";
import { closeClients, type Clients, newClients } from "../../stream/clients";
import { createLedgerTable } from "../sandbox/ledgerTable";
import { minutes, startCloud, type TestCloud } from "../sandbox/cloud";
import { type Loopback, type SilentProxy, startSilentProxy } from "../stream/loopback";
import { startFormMetrics } from "./formMetrics";
import { type Runtime, sdkMonths, sdkOf, startRuntime } from "./runtime";

const newest = path.resolve("node_modules");

interface Report {
    readonly steps: readonly { readonly outcome: string; readonly reason?: string }[];
    readonly openShards: number;
    readonly failed?: string;
}

describe("the scaler's archive in Lambda's runtime", function () {
    this.timeout(180_000);
    let cloud: TestCloud;
    let clients: Clients;
    let proxy: SilentProxy;
    let formMetrics: Loopback;
    let text: string;
    let runtime: Runtime | undefined;

    before(async () => {
        text = fs.readFileSync(await scalerFile(), "utf8");
        cloud = await startCloud({ limitsCallRates: false });
        const { endpoint, region, credentials } = cloud.sandbox;
        clients = newClients({ endpoint, region, credentials });
        await createLedgerTable(clients.dynamoDb, "ledger");
        proxy = await startSilentProxy(endpoint);
        formMetrics = await startFormMetrics(clients.cloudWatch);
    });
    afterEach(() => runtime?.stop());
    after(async () => {
        closeClients(clients);
        await proxy.stop();
        await formMetrics.stop();
        await cloud.stop();
    });

    const access = (endpoint: string): Record<string, string> => ({
        AWS_ENDPOINT_URL: endpoint,
        AWS_REGION: cloud.sandbox.region,
        AWS_ACCESS_KEY_ID: cloud.sandbox.credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: cloud.sandbox.credentials.secretAccessKey,
    });

    /** A stream of four shards whose load has just tripled, and its scaler's process. */
    async function start(streamName: string, endpoint: string, modules = newest, more = {}): Promise<Runtime> {
        await clients.kinesis.send(new CreateStreamCommand({ StreamName: streamName, ShardCount: 4 }));
        for (let minute = 0; minute < 8; minute++) {
            const shards = minute < 4 ? 1.2 : 3.6;
            for (const [metricName, value] of [
                ["IncomingBytes", shards * 60 * 1_048_576],
                ["IncomingRecords", shards * 60 * 1_000],
            ] as const) {
                cloud.cloud.store.record({
                    namespace: "AWS/Kinesis",
                    metricName,
                    dimensions: { StreamName: streamName },
                    value,
                    unit: metricName === "IncomingBytes" ? "Bytes" : "Count",
                    timeMs: cloud.clock.nowMs(),
                });
            }
            await cloud.clock.advance(minutes(1));
        }
        const env = {
            ...access(endpoint),
            STREAM_NAME: streamName,
            STREAM_ARN: `arn:aws:kinesis:${cloud.sandbox.region}:123456789012:stream/${streamName}`,
            LEDGER_TABLE: "ledger",
            MIN_SHARDS: "2",
            MAX_SHARDS: "16",
            PEAK_SHARDS: "8",
            ...more,
        };
        return (runtime = startRuntime(text, env, modules));
    }
    const outcomes = ({ steps, failed }: Report): string[] =>
        failed === undefined ? steps.map(({ outcome, reason }) => `${outcome}: ${reason}`) : [failed];

    describe("runs with the SDK of any day that it may find there", () => {
        for (const [day, modules] of [
            ...sdkMonths.map((month) => [month, () => sdkOf(month)] as const),
            ["today", () => newest] as const,
        ]) {
            it(`${day}: scales out in one run, and sees in the next that the stream is not ready`, async () => {
                const more = {
                    ...(day < "2025-12" ? { AWS_ENDPOINT_URL_CLOUDWATCH: formMetrics.endpoint } : {}),
                    // Of eight minutes nothing can be planned: it decides alike, and asks for two weeks.
                    ...(day === "2026-02" ? {} : { MODE: "predictive" }),
                };
                const { invoke } = await start(`orders-${day}`, cloud.sandbox.endpoint, modules(), more);
                assert.deepEqual(outcomes((await invoke()) as Report), ["acted: load-rises"]);
                assert.deepEqual(outcomes((await invoke()) as Report), ["nothing: stream-busy"]);
            });
        }
    });

    describe("asks Kinesis three times in a row, with nothing else that keeps the process alive", () => {
        const threeAsked = (client: string): string => `
            const { DescribeStreamSummaryCommand, KinesisClient } = require("@aws-sdk/client-kinesis");
            const { newClient } = require(${JSON.stringify(path.resolve("bin/rooms"))})["stream/connection"]();
            exports.handler = async () => {
                const client = ${client};
                const ask = () => client.send(new DescribeStreamSummaryCommand({ StreamName: "asked" }));
                return [await ask(), await ask(), await ask()].map((answer) => answer.StreamDescriptionSummary.StreamStatus);
            };`;
        before(() => clients.kinesis.send(new CreateStreamCommand({ StreamName: "asked", ShardCount: 1 })));
        const ask = (client: string, month: string): Promise<unknown> => {
            runtime = startRuntime(threeAsked(client), access(cloud.sandbox.endpoint), sdkOf(month));
            return runtime.invoke();
        };

        for (const month of sdkMonths) {
            it(`${month}`, async () =>
                assert.deepEqual(await ask("newClient(KinesisClient)", month), Array(3).fill("CREATING")));
        }

        it("which the SDK of 2025-11 by itself does not survive, once it is given a time-out", () =>
            assert.rejects(
                ask("new KinesisClient({ requestHandler: { requestTimeout: 5_000 } })", "2025-11"),
                new Error("the process ended (0), and said nothing"),
            ));
    });

    it("on connections that have died it is done within one time-out of five seconds, and the next run has new ones", async () => {
        const { invoke } = await start("orders-silent", proxy.endpoint);
        const timed = async (): Promise<{ outcomes: string[]; seconds: number }> => {
            const startMs = performance.now();
            const report = (await invoke()) as Report;
            return { outcomes: outcomes(report), seconds: (performance.now() - startMs) / 1_000 };
        };
        assert.deepEqual((await timed()).outcomes, ["acted: load-rises"]);
        const opened = proxy.connections();
        proxy.silence();
        const silent = await timed();
        assert.deepEqual(silent.outcomes, ["nothing: stream-busy"]);
        assert.ok(silent.seconds >= 5 && silent.seconds < 9, `${silent.seconds} s`);
        assert.ok(proxy.connections() > opened);
        const after = await timed();
        assert.deepEqual(after.outcomes, ["nothing: stream-busy"]);
        assert.ok(after.seconds < 4, `${after.seconds} s`);
    });
});
