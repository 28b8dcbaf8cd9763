/**
 * What a run of the scaler's archive takes in Lambda's runtime: processor time and memory of its process, with two weeks of metrics in the
 * sandbox's CloudWatch, for the first run of a process and for those after it.
 *
 *     node -r ts-node/register/transpile-only bench/scalerRun.ts [MONTH]
 *
 * MONTH is that of an SDK in test/scaler/sdks; without it the newest is taken, as this tree has it. Lambda gives 256 MiB and about a seventh
 * of a processor, so a second of processor time is seven of waiting there.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { CreateStreamCommand } from "@aws-sdk/client-kinesis";
import { kinesisMetrics, kinesisNamespace, scalerNamespace } from "../capacity/metrics";
import { type ScalingMode } from "../capacity/scaling/observation";
import { scalerFile } from "../components/scalerCode";
import { closeClients, newClients } from "../stream/clients";
import { createLedgerTable } from "../test/sandbox/ledgerTable";
import { minutes, startCloud, type TestCloud } from "../test/sandbox/cloud";
import { startFormMetrics } from "../test/scaler/formMetrics";
import { sdkOf, startRuntime } from "../test/scaler/runtime";

export interface MeasuredRun {
    /** Of the process since its start for the first run, of the run itself for the others. */
    readonly cpuMs: number;
    /** The most that the process had resident until then. */
    readonly residentMiB: number;
    readonly reason: string | undefined;
}

export interface MeasuredRuns {
    readonly first: MeasuredRun;
    /** Those after it by processor time: the median, and the slowest, which plans. */
    readonly usual: MeasuredRun;
    readonly slowest: MeasuredRun;
    /** Of all runs after the first. */
    readonly meanCpuMs: number;
}

const historyDays = 14;
const warmRuns = 15;

/** Adds up what a run takes, inside the process. */
const measuring = `
    const inner = exports.handler;
    let before = { user: 0, system: 0 };
    exports.handler = async (event, context) => {
        const report = await inner(event, context);
        const now = process.cpuUsage();
        const cpuMs = (now.user + now.system - before.user - before.system) / 1_000;
        before = now;
        return { cpuMs, residentMiB: process.resourceUsage().maxRSS / 1_024, reason: report.steps.at(-1).reason };
    };`;

export async function measureRuns(mode: ScalingMode, month?: string): Promise<MeasuredRuns> {
    const cloud = await startCloud({ limitsCallRates: false });
    const { endpoint, region, credentials } = cloud.sandbox;
    const clients = newClients({ endpoint, region, credentials });
    await createLedgerTable(clients.dynamoDb, "ledger");
    await cloud.clock.advance(minutes(historyDays * 24 * 60));
    await clients.kinesis.send(new CreateStreamCommand({ StreamName: "orders", ShardCount: 8 }));
    await cloud.clock.advance(minutes(1));
    for (let minute = 1; minute <= historyDays * 24 * 60 + 10; minute++)
        record(cloud, cloud.clock.nowMs() - minutes(minute));
    const form = await startFormMetrics(clients.cloudWatch);
    const text = fs.readFileSync(await scalerFile(), "utf8") + measuring;
    const env = {
        AWS_ENDPOINT_URL: endpoint,
        ...(month !== undefined && month < "2025-12" ? { AWS_ENDPOINT_URL_CLOUDWATCH: form.endpoint } : {}),
        AWS_REGION: region,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        STREAM_NAME: "orders",
        STREAM_ARN: `arn:aws:kinesis:${region}:123456789012:stream/orders`,
        LEDGER_TABLE: "ledger",
        MIN_SHARDS: "2",
        MAX_SHARDS: "32",
        PEAK_SHARDS: "12",
        MODE: mode,
        DRY_RUN: "true",
    };
    const runtime = startRuntime(text, env, month === undefined ? path.resolve("node_modules") : sdkOf(month));
    try {
        const first = (await runtime.invoke()) as MeasuredRun;
        const warm: MeasuredRun[] = [];
        for (let run = 0; run < warmRuns; run++) {
            record(cloud, cloud.clock.nowMs());
            await cloud.clock.advance(minutes(1));
            warm.push((await runtime.invoke()) as MeasuredRun);
        }
        warm.sort((left, right) => left.cpuMs - right.cpuMs);
        const meanCpuMs = warm.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / warmRuns;
        return { first, usual: warm[Math.floor(warmRuns / 2)]!, slowest: warm.at(-1)!, meanCpuMs };
    } finally {
        runtime.stop();
        closeClients(clients);
        await form.stop();
        await cloud.stop();
    }
}

/** A minute of a daily rhythm, with bursts that come at any time. */
function record({ cloud }: TestCloud, timeMs: number): void {
    const minute = timeMs / minutes(1);
    const burst = (minute * 7_919) % 97 < 3 ? 3 : 0;
    const shards = 4 - 2 * Math.cos((2 * Math.PI * minute) / (24 * 60)) + burst + ((minute * 31) % 17) / 40;
    const of = { dimensions: { StreamName: "orders" }, timeMs };
    for (const [metricName, value] of [
        ["IncomingBytes", Math.round(shards * 60 * 1_000_003)],
        ["IncomingRecords", Math.round(shards * 60 * 997)],
        ["WriteProvisionedThroughputExceeded", burst > 0 ? 40 : 0],
    ] as const) {
        cloud.store.record({
            ...of,
            namespace: kinesisNamespace,
            metricName,
            value,
            unit: kinesisMetrics[metricName].unit,
        });
    }

    cloud.store.record({ ...of, namespace: scalerNamespace, metricName: "OpenShards", value: 8, unit: "Count" });
}

async function main(month: string | undefined): Promise<void> {
    for (const mode of ["reactive", "predictive"] as const) {
        const { meanCpuMs, ...runs } = await measureRuns(mode, month);
        console.log(`${mode}, mean of the runs after the first: ${meanCpuMs.toFixed(0)} ms`);
        for (const [which, { cpuMs, residentMiB, reason }] of Object.entries(runs)) {
            console.log(
                `${mode}, ${which} run: ${cpuMs.toFixed(0)} ms of processor time, ${residentMiB.toFixed(0)} MiB (${reason})`,
            );
        }
    }
}

if (require.main === module) void main(process.argv[2]);
