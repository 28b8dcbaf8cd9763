/**
 * The scaler's modes on the traces, in seconds to minutes: cost over the oracle and over the clairvoyant, refused percent, and the index.
 *
 *     npx ts-node -T bench/scaling/main.ts [--traces bursts,rhythm] [--set tuning|heldOut|beyond] [--shards 10,40] [--reshards 0,48,10000]
 *         [--modes reactive,predictive] [--days N] [--part all|first|second] [--folder FOLDER]
 *
 * FOLDER has the CSVs of the Numenta Anomaly Benchmark; without it those traces are left out.
 */
import { parseArgs } from "node:util";
import { replay, replayModel, scalerPolicy } from "../../capacity/replay/replay";
import { oracleShardHours } from "../../capacity/replay/rules";
import { completeScaling } from "../../capacity/scaling/settings";
import { chosenTraces, type Part, type Trace, type TraceSet } from "./traces";

function main(): void {
    const { values } = parseArgs({
        options: {
            traces: { type: "string" },
            set: { type: "string", default: "tuning" },
            shards: { type: "string", default: "10,40" },
            reshards: { type: "string", default: "0,48,10000" },
            modes: { type: "string", default: "reactive,predictive" },
            days: { type: "string" },
            part: { type: "string", default: "all" },
            folder: { type: "string" },
        },
    });
    const choice = {
        ...(values.traces === undefined ? {} : { names: values.traces.split(",") }),
        set: values.set as TraceSet,
        shards: values.shards.split(",").map(Number),
        days: values.days === undefined ? undefined : Number(values.days),
        part: values.part as Part,
        folder: values.folder,
    };
    for (const trace of chosenTraces(choice)) {
        for (const mode of values.modes.split(",")) {
            for (const maxReshardsPerDay of values.reshards.split(",").map(Number))
                played(trace, mode, maxReshardsPerDay);
        }
    }
}

function played(trace: Trace, mode: string, maxReshardsPerDay: number): void {
    const { shards, loadPerSecond, name } = trace;
    const policy = scalerPolicy(
        completeScaling({ mode, minShards: 1, maxShards: 2 * shards, peakShards: shards, maxReshardsPerDay }),
    );
    const began = process.cpuUsage();
    const outcome = replay(loadPerSecond, policy, { ...replayModel, startShards: Math.ceil(1.2 * shards) });
    const cpu = process.cpuUsage(began);
    const days = loadPerSecond.length / 86_400;
    const cells = [
        name.padEnd(14),
        mode.padEnd(10),
        String(maxReshardsPerDay).padStart(6),
        `cost ${(outcome.shardHours / oracleShardHours(loadPerSecond)).toFixed(3)}`,
        `refused ${outcome.rejectedPercent.toFixed(4)} %`,
        `calls ${(outcome.updateCalls / days).toFixed(1)}/d`,
        `splits ${(outcome.splitsAndMerges / days).toFixed(1)}/d`,
        `illegal ${outcome.illegalCalls}`,
        `${((cpu.user + cpu.system) / 1e6).toFixed(1)} s CPU`,
    ];
    console.log(cells.join("  "));
}

main();
