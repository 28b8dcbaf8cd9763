/**
 * The scaler's modes on the traces: cost over the oracle's and over the clairvoyant's, refused percent, and the index.
 *
 *     npx ts-node -T bench/scaling/main.ts [--traces bursts,rhythm] [--set tuning|heldOut|beyond] [--shards 10,40] [--reshards 0,48,10000]
 *         [--modes reactive,predictive] [--days N] [--part all|first|second] [--folder FOLDER]
 *
 * FOLDER has the CSVs of the Numenta Anomaly Benchmark; without it those traces are left out.
 */
import { parseArgs } from "node:util";
import { type ReplayPolicy, scalerPolicy } from "../../capacity/replay/replay";
import { completeScaling } from "../../capacity/scaling/settings";
import { type Case, clairvoyanceOf, elasticityIndex, judged } from "./cases";
import { chosenTraces, type Part, type TraceSet } from "./traces";

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
    const traces = chosenTraces({
        ...(values.traces === undefined ? {} : { names: values.traces.split(",") }),
        set: values.set as TraceSet,
        shards: values.shards.split(",").map(Number),
        days: values.days === undefined ? undefined : Number(values.days),
        part: values.part as Part,
        folder: values.folder,
    });
    const settings = values.modes
        .split(",")
        .flatMap((mode) => values.reshards.split(",").map((maxReshardsPerDay) => ({ mode, maxReshardsPerDay })));
    const cases: Case[] = [];
    for (const trace of traces) {
        const best = clairvoyanceOf(trace, false);
        console.log(
            `${trace.name}: the clairvoyant ${best === undefined ? "cannot" : best.shardHours.toFixed(0)} shard-hours`,
        );
        for (const { mode, maxReshardsPerDay } of settings) {
            const one = judged(trace, modePolicy(mode, Number(maxReshardsPerDay), trace.shards));
            console.log(lineOf(one));
            cases.push(one);
        }
    }
    for (const policy of new Set(cases.map((one) => one.policy))) {
        const { index, counts } = elasticityIndex(cases.filter((one) => one.policy === policy));
        console.log(`index ${index.toFixed(3)}${counts ? "" : " (does not count: too much refused)"}  ${policy}`);
    }
}

function modePolicy(mode: string, maxReshardsPerDay: number, shards: number): ReplayPolicy {
    const settings = { mode, minShards: 1, maxShards: 2 * shards, peakShards: shards, maxReshardsPerDay };
    return { ...scalerPolicy(completeScaling(settings)), name: `${mode}, ${maxReshardsPerDay} splits and merges` };
}

function lineOf({ policy, days, cost, overClairvoyant, outcome, cpuSeconds }: Case): string {
    return [
        `  ${policy.padEnd(34)}`,
        `cost ${cost.toFixed(3)} x oracle, ${overClairvoyant?.toFixed(3) ?? "-"} x clairvoyant`,
        `refused ${outcome.rejectedPercent.toFixed(4)} %`,
        `${(outcome.updateCalls / days).toFixed(1)} calls, ${(outcome.splitsAndMerges / days).toFixed(1)} splits and merges a day`,
        ...(outcome.illegalCalls > 0 ? [`${outcome.illegalCalls} illegal`] : []),
        `${cpuSeconds.toFixed(1)} s CPU`,
    ].join("  ");
}

main();
