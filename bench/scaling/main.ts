/**
 * The scaler, and what teams use instead of it, on the traces: cost over the oracle, refused percent, and the elasticity index, which is the geometric
 * mean of cost over the clairvoyant's and counts only where every case refuses at most .1 % and asks for nothing illegal (else in brackets).
 *
 *     npx ts-node -T bench/scaling/main.ts [--set tuning|heldOut|services|beyond] [--traces bursts,rhythm] [--shards 10,40] [--reshards 0,48,10000]
 *         [--modes reactive,predictive] [--others] [--sensitivity] [--days N] [--part all|first|second] [--folder FOLDER]
 *
 * FOLDER has CSVs that others published (csv.ts says which); without it those traces are left out. `--others` adds a static size, rules and
 * published scalers; `--sensitivity` plays each mode under each change of the model. Progress goes to stderr.
 */
import { parseArgs } from "node:util";
import { type Case, type Course, courseOf, judged } from "./cases";
import { modePolicy, otherPolicies, reshardsPerDay } from "./policies";
import { sensitivities } from "./sensitivity";
import { costsBesideTable, costTable, sensitivityTable } from "./tables";
import { chosenTraces, oneOf, parts, traceNames, traceSets } from "./traces";

function main(): void {
    const { values } = parseArgs({
        options: {
            set: { type: "string", default: "tuning" },
            traces: { type: "string" },
            shards: { type: "string", default: "10,40" },
            reshards: { type: "string", default: reshardsPerDay.join(",") },
            modes: { type: "string", default: "reactive,predictive" },
            others: { type: "boolean", default: false },
            sensitivity: { type: "boolean", default: false },
            days: { type: "string" },
            part: { type: "string", default: "all" },
            folder: { type: "string" },
        },
    });
    const traces = chosenTraces({
        ...(values.traces === undefined ? {} : { names: values.traces.split(",").map(oneOf(traceNames)) }),
        set: oneOf(traceSets)(values.set),
        shards: values.shards.split(",").map(Number),
        days: values.days === undefined ? undefined : Number(values.days),
        part: oneOf(parts)(values.part),
        folder: values.folder,
    });
    const settings = values.modes
        .split(",")
        .filter((mode) => mode !== "")
        .flatMap((mode) => values.reshards.split(",").map((reshards) => [mode, Number(reshards)] as const));
    const courses: Omit<Course, "loadPerSecond">[] = [];
    const changed: Record<string, Case[]> = {};
    for (const trace of traces) {
        const { loadPerSecond, ...course } = courseOf(trace);
        courses.push(course);
        for (const [name, changes] of Object.entries(sensitivities).slice(0, values.sensitivity ? undefined : 1)) {
            const modes = settings.map(([mode, reshards]) => modePolicy(mode, reshards, trace.shards));
            const policies = [...(values.others && name === "as usual" ? otherPolicies(trace.shards) : []), ...modes];
            for (const policy of policies) {
                const one = judged({ ...course, loadPerSecond }, policy, changes);
                say(one, name);
                (changed[name] ??= []).push(one);
            }
        }
    }
    const usual = changed["as usual"] ?? [];
    console.log(`${costTable(usual, courses)}\n\n${costsBesideTable(usual)}`);
    if (values.sensitivity) console.log(`\n${sensitivityTable(changed, "as usual")}`);
}

function say({ trace, policy, cost, overBest, refusedPercent, cpuSeconds }: Case, change: string): void {
    const over = overBest === undefined ? "" : `, ${overBest.toFixed(3)} x the clairvoyant`;
    const found = `cost ${cost.toFixed(3)} x the oracle${over}, refused ${refusedPercent.toFixed(4)} %`;
    process.stderr.write(`${trace} ${policy} (${change}): ${found}, ${cpuSeconds.toFixed(1)} s CPU\n`);
}

main();
