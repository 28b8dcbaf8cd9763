/**
 * The scaler against its peers on the same loads, the CPU of one decision as it is deployed, and the preview of many scaled streams.
 *
 *     npx ts-node -T bench/scaler.ts [--traces FOLDER] [--slow] [--no-replay] [--json]
 *
 * Cost is shard-hours over those of somebody who knows each minute in advance; refused is in percent of the records. `--slow` lets
 * metrics come two minutes late, updates take 180 s and splits 45 s. `--traces` adds the Numenta Anomaly Benchmark's CSVs of a folder.
 */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parseArgs } from "node:util";
import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as dynamodb from "@pulumi/aws/dynamodb";
import * as iam from "@pulumi/aws/iam";
import * as lambda from "@pulumi/aws/lambda";
import * as scheduler from "@pulumi/aws/scheduler";
import * as pulumi from "@pulumi/pulumi";
import { replay, replayModel, type ReplayPolicy, scalerPolicy, uniformShards } from "../capacity/replay/replay";
import { type decide } from "../capacity/scaling/decide";
import { completeScaling } from "../capacity/scaling/settings";
import { type Observation } from "../capacity/scaling/observation";
import { scalerArchive } from "../components/scalerCode";
import { StreamAutoscaler } from "../components/streamAutoscaler";
import { run } from "../test/components/mocks";
import { median } from "./bar";
import { doubleHalvePolicy, oracleShardHours, staticPolicy, targetTrackingPolicy } from "../capacity/replay/rules";
import { benchTraces, type Trace } from "./scalerTraces";

async function main(): Promise<void> {
    const { values } = parseArgs({
        options: {
            traces: { type: "string" },
            slow: { type: "boolean" },
            json: { type: "boolean" },
            "no-replay": { type: "boolean" },
        },
    });
    const replays = values["no-replay"] ? [] : replayAll(values.traces, values.slow ?? false);
    const decisionCpuMs = await decisionCpu();
    const preview = await previewOfMany();
    if (values.json) console.log(JSON.stringify({ replays, decisionCpuMs, preview }));
    else print(replays, decisionCpuMs, preview);
}

export interface Row {
    readonly trace: string;
    readonly policy: string;
    readonly cost: number;
    readonly refusedPercent: number;
    readonly updatesPerDay: number;
    readonly splitsPerDay: number;
    readonly illegalCalls: number;
}

export function replayAll(folder: string | undefined, slow: boolean): Row[] {
    const model = slow ? { metricsLateMinutes: 2, updateSecondsMin: 180, splitSeconds: 45 } : {};
    return [10, 40].flatMap((shards) =>
        benchTraces(shards, folder).flatMap((trace) => {
            const oracle = oracleShardHours(trace.loadPerSecond);
            return policies(shards).map((policy) => replayed(trace, policy, { oracle, shards, model }));
        }),
    );
}

function replayed(
    trace: Trace,
    policy: ReplayPolicy,
    given: { oracle: number; shards: number; model: Partial<typeof replayModel> },
): Row {
    // Everybody starts at 1.2 times the declared peak; the static size stays there.
    const model = { ...replayModel, ...given.model, startShards: Math.ceil(given.shards * 1.2) };
    const outcome = replay(trace.loadPerSecond, policy, model);
    const days = trace.loadPerSecond.length / 86_400;
    return {
        trace: trace.name,
        policy: outcome.name,
        cost: outcome.shardHours / given.oracle,
        refusedPercent: outcome.rejectedPercent,
        updatesPerDay: outcome.updateCalls / days,
        splitsPerDay: outcome.splitsAndMerges / days,
        illegalCalls: outcome.illegalCalls,
    };
}

function policies(shards: number): ReplayPolicy[] {
    const bounds = { minShards: 1, maxShards: 2 * shards };
    const settings = { ...bounds, peakShards: shards };
    return [
        scalerPolicy(completeScaling(settings)),
        { ...scalerPolicy(completeScaling({ ...settings, maxReshardsPerDay: 0 })), name: "reactive, no splits" },
        staticPolicy("static, peak x 1.2"),
        doubleHalvePolicy(bounds),
        targetTrackingPolicy({ ...bounds, target: 0.7, lookBackMinutes: 60, callsKept: 3 }),
        targetTrackingPolicy({ ...bounds, target: 0.6, lookBackMinutes: 240, callsKept: 3 }),
    ];
}

/** CPU of one decision with 14 days of one-minute samples, in the form that Pulumi serialises: inside a `with` statement. */
export async function decisionCpu(): Promise<number> {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { factoryText } = require("../scripts/bundle-scaler.js") as {
        factoryText(entry: string, exportName: string, result: string): string;
    };
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "scaler-bench-"));
    try {
        const bundle = path.join(folder, "bundle.js");
        fs.writeFileSync(bundle, factoryText("capacity/scaling/decide.ts", "createDecide", "decide"));
        // eslint-disable-next-line @typescript-eslint/no-require-imports
        const { createDecide } = require(bundle) as { createDecide: () => unknown };
        const { text } = await pulumi.runtime.serializeFunction(createDecide, {
            exportName: "decide",
            isFactoryFunction: true,
        });
        const file = path.join(folder, "index.js");
        fs.writeFileSync(file, text);
        // eslint-disable-next-line @typescript-eslint/no-require-imports
        const serialized = (require(file) as { decide: typeof decide }).decide;
        const started = process.cpuUsage();
        // The first call, as after a cold start: nothing is compiled yet.
        serialized(fourteenDays(), completeScaling({ minShards: 2, maxShards: 400, peakShards: 200 }));
        const used = process.cpuUsage(started);
        return (used.user + used.system) / 1_000;
    } finally {
        fs.rmSync(folder, { recursive: true });
    }
}

function fourteenDays(): Observation {
    const nowMs = Date.UTC(2026, 10, 15);
    const minutes = 14 * 24 * 60;
    return {
        nowMs,
        capacityMode: "provisioned",
        status: "ACTIVE",
        createdMs: 0,
        shards: uniformShards(200, 0),
        samples: Array.from({ length: minutes }, (_, index) => {
            const load = 60 + 40 * Math.sin((index / 1_440) * 2 * Math.PI) + (index % 7);
            return {
                startMs: nowMs - (minutes - index) * 60_000,
                acceptedBytes: load * 60 * 1_048_576,
                acceptedRecords: load * 60_000,
                refusedRecords: index % 500 === 0 ? 100 : 0,
            };
        }),
        iteratorAgeMs: 0,
        reshards: [],
    };
}

export interface Preview {
    readonly scaledMs: number;
    readonly plainMs: number;
    readonly ratio: number;
}

const streams = 100;
const pairs = 5;

/** CPU to preview 100 scalers against the same resources by hand with a ready zip, on mocks of the engine, in pairs; medians. */
export async function previewOfMany(): Promise<Preview> {
    const ready = pulumi.output(await outputValue(scalerArchive()));
    const declareScaled = () => {
        for (let index = 0; index < streams; index++) {
            new StreamAutoscaler(`stream${index}`, {
                streamName: `stream${index}`,
                streamArn: `arn:aws:kinesis:us-east-1:123456789012:stream/stream${index}`,
                minShards: 2,
                maxShards: 16,
            });
        }
    };
    const declarePlain = () => {
        for (let index = 0; index < streams; index++) declareByHand(`stream${index}`, ready);
    };
    const [scaled, plain]: [number[], number[]] = [[], []];
    for (let pair = 0; pair < pairs; pair++) {
        plain.push(await timed(declarePlain));
        scaled.push(await timed(declareScaled));
    }
    const [scaledMs, plainMs] = [median(scaled), median(plain)];
    return { scaledMs, plainMs, ratio: scaledMs / plainMs };
}

/** The same resources, written by hand around a function with a ready zip. */
function declareByHand(name: string, code: pulumi.Input<pulumi.asset.Archive>): void {
    const child = { parent: new pulumi.ComponentResource("bench:index:Plain", name) };
    const role = (suffix: string) => new iam.Role(`${name}-${suffix}`, { assumeRolePolicy: "{}" }, child);
    const policy = (suffix: string, to: iam.Role) =>
        new iam.RolePolicy(`${name}-${suffix}`, { role: to.name, policy: "{}" }, child);
    const attributes = [
        { name: "stream", type: "S" },
        { name: "entry", type: "S" },
    ];
    new dynamodb.Table(`${name}-ledger`, { hashKey: "stream", rangeKey: "entry", attributes }, child);
    new cloudwatch.LogGroup(`${name}-log`, { retentionInDays: 30 }, child);
    const [own, schedulers] = [role("role"), role("scheduler-role")];
    policy("policy", own);
    policy("scheduler-policy", schedulers);
    const fn = new lambda.Function(
        name,
        { code, handler: "index.handler", runtime: lambda.Runtime.NodeJS22dX, role: own.arn },
        child,
    );
    new lambda.FunctionEventInvokeConfig(`${name}-invoke`, { functionName: fn.name }, child);
    new scheduler.Schedule(
        `${name}-schedule`,
        {
            scheduleExpression: "rate(1 minute)",
            flexibleTimeWindow: { mode: "OFF" },
            target: { arn: fn.arn, roleArn: schedulers.arn },
        },
        child,
    );
}

/** CPU, not time: what else the machine does is not the preview's. */
async function timed(program: () => void): Promise<number> {
    const started = process.cpuUsage();
    await run(program, { preview: true });
    const { user, system } = process.cpuUsage(started);
    return (user + system) / 1_000;
}

function outputValue<Value>(output: pulumi.Output<Value>): Promise<Value> {
    return (output as unknown as { promise(): Promise<Value> }).promise();
}

function print(replays: readonly Row[], decisionCpuMs: number, preview: Preview): void {
    const names = [...new Set(replays.map(({ policy }) => policy))];
    const traces = [...new Set(replays.map(({ trace }) => trace))];
    if (replays.length > 0) {
        console.log(
            `cost / refused %\n\n| policy | ${traces.join(" | ")} |\n|---|${traces.map(() => "---|").join("")}`,
        );
    }
    for (const name of names) {
        const cells = traces.map((trace) => {
            const row = replays.find((one) => one.policy === name && one.trace === trace)!;
            const illegal = row.illegalCalls > 0 ? ` (${row.illegalCalls} illegal)` : "";
            return `${row.cost.toFixed(2)} / ${row.refusedPercent.toFixed(3)}${illegal}`;
        });
        console.log(`| ${name} | ${cells.join(" | ")} |`);
    }
    console.log(`\none decision, 14 days of history, serialised, first call: ${decisionCpuMs.toFixed(1)} ms CPU`);
    console.log(
        `${streams} scaled streams: ${preview.scaledMs.toFixed(0)} ms CPU; by hand with a ready zip: ${preview.plainMs.toFixed(0)} ms CPU; ratio ${preview.ratio.toFixed(2)}`,
    );
}

if (require.main === module) void main();
