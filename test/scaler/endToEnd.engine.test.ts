/** The deployed scaler follows a day of load in the sandbox, within its ten calls. */
import assert from "node:assert/strict";
import { limits } from "../../capacity/limits";
import { ManualClock } from "../../sandbox/index";
import { type Moment, playDay } from "../../demo/day";
import { type ScalerDecision, ScalerLogs } from "../../demo/decisions";
import { stepSeconds } from "../../demo/trace";
import { deployedScalers, deployedStreams } from "../../demo/streams";
import { type OperationResult } from "../../engine/index";
import { Aws } from "../../engine/providers/aws";
import { onEngine } from "../engine/harness";

const hourMs = 3_600_000;
const startMs = Date.UTC(2026, 0, 5, 8);
const hours = 8;
const declared = 1_500;

/** An hour of usual load, an hour and a half of three times as much, and a night of nearly nothing. */
const loads: readonly (readonly [hour: number, recordsPerSecond: number])[] = [
    [0, 1_500],
    [1, 1_500],
    [1.02, 4_500],
    [2.5, 4_500],
    [2.52, 100],
    [hours, 100],
];

const program = `
    const { ShardedStream } = require("sharded-stream");
    const orders = new ShardedStream("orders", {
        streamName: "orders",
        requirements: { writeMiBPerSecond: 1.5, recordsPerSecond: ${declared}, headroom: 0 },
        scaling: { minShards: 1, maxShards: 8, mode: "predictive" },
    });
    module.exports = { streamName: orders.streamName, scalerFunctionName: orders.scalerFunctionName };`;

describe("the deployed scaler, on the sandbox's clock", () => {
    const clock = new ManualClock(startMs - hourMs);
    let weight = { records: 1, bytes: 1 };
    const recordWeight = () => weight;
    const world = onEngine("real", { clock, recordWeight, burstSeconds: stepSeconds, inOneProcess: true });
    const moments: Moment[] = [];
    const decisions: ScalerDecision[] = [];
    /** Hours of metrics that each look asked for. */
    const asked: number[] = [];
    let projectDir: string;

    /** Lets the sandbox's clock run while the engine waits for streams and tables to become active. */
    async function whileTimePasses(work: Promise<OperationResult>): Promise<OperationResult> {
        let working = true;
        const done = work.finally(() => (working = false));
        while (working) {
            await clock.advance(500);
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
        const result = await done;
        assert.equal(result.exitCode, 0, result.stdout + result.stderr);
        return result;
    }

    before(async () => {
        world.sandbox.guards.push(({ operation, input }) => {
            if (operation !== "GetMetricData") return;
            const { StartTime, EndTime, MetricDataQueries } = input as Record<"StartTime" | "EndTime", number> & {
                MetricDataQueries: readonly unknown[];
            };
            if (MetricDataQueries.length === 4) asked.push(Math.round((EndTime - StartTime) / 3_600));
        });
        projectDir = world.project(program);
        const up = await whileTimePasses(world.engine.up({ projectDir }));
        const aws = new Aws(world.sandbox);
        const peak = Math.max(...loads.map(([, load]) => load)) / declared;
        const streams = await deployedStreams(up, aws, { only: [], peak });
        const { recordsPerSent, recordBytes, sentBytes } = streams[0]!.load;
        weight = { records: recordsPerSent, bytes: (recordsPerSent * recordBytes) / sentBytes };
        const logs = new ScalerLogs(aws, deployedScalers(up));
        const points = loads.map(([hour, load]) => ({ timeMs: startMs + hour * hourMs, load }));
        await playDay({
            clock,
            aws,
            streams,
            keys: undefined,
            day: { startMs, endMs: startMs + hours * hourMs, column: "load", points, skippedRows: 0 },
            signal: new AbortController().signal,
            onMoment: async ([moment], timeMs) => {
                moments.push(moment!);
                decisions.push(...(await logs.until(timeMs)));
            },
            onAlarm: () => undefined,
        });
        aws.close();
    });

    const at = (hour: number) => moments.find(({ timeMs }) => timeMs >= startMs + hour * hourMs)!;
    const refusedBetween = (fromHour: number, toHour: number) =>
        moments
            .filter(({ timeMs }) => timeMs > startMs + fromHour * hourMs && timeMs <= startMs + toHour * hourMs)
            .reduce((sum, moment) => sum + moment.refusedRecords, 0);

    it("keeps the planned shards while the load is as declared, and refuses nothing", () => {
        assert.equal(at(0.9).openShards, 2);
        assert.equal(refusedBetween(0, 0.9), 0);
    });

    it("answers three times the load with more shards until refusals end", () => {
        assert.ok(refusedBetween(0.9, 1.3) > 0);
        assert.ok(decisions.some(({ reason, outcome }) => reason === "records-refused" && outcome === "acted"));
        assert.ok(at(1.3).openShards >= 5, `${at(1.3).openShards} shards`);
        assert.equal(refusedBetween(1.4, 2.5), 0);
    });

    it("brings the shards back to the floor at night", () => {
        assert.equal(moments.at(-1)!.openShards, 1);
    });

    it("never makes more than ten UpdateShardCount calls", () => {
        const calls = world.sandbox.cloud.lambda.invocations.length;
        assert.ok(calls > 400, `${calls} runs in ${hours} hours`);
        assert.ok(decisions.length <= limits.updateShardCountCallsPer24Hours, JSON.stringify(decisions, null, 1));
        assert.deepEqual(
            decisions.filter(({ outcome }) => outcome !== "acted"),
            [],
        );
    });

    it("asks CloudWatch for two weeks, and for three hours once it knows any minute", () => {
        const [older, newest, ...others] = asked;
        assert.deepEqual([older, newest], [13 * 24, 24]);
        const known = others.slice(others.lastIndexOf(14 * 24) + 1);
        assert.ok(known.length > 400, `${known.length} of ${asked.length} looks`);
        assert.deepEqual([...new Set(known)], [3]);
    });

    it("leaves nothing for the next deployment to change", async () => {
        const again = await whileTimePasses(world.engine.up({ projectDir }));
        assert.deepEqual(Object.keys(again.changes), ["same"]);
        assert.equal(moments.at(-1)!.openShards, 1);
        await whileTimePasses(world.engine.destroy({ projectDir }));
    });
});
