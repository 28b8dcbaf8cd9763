/**
 * What one decision takes in the form that Pulumi serialises, inside a `with` statement, with fourteen days of history.
 */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { uniformShards } from "../../capacity/replay/replay";
import { type decide } from "../../capacity/scaling/decide";
import { type Observation, type ScalingMode } from "../../capacity/scaling/observation";
import { type ScalerMemory } from "../../capacity/scaling/predictive/memory";
import { completeScaling } from "../../capacity/scaling/settings";
import { median } from "../bar";

export interface DecisionCpu {
    /** The first of a process, as after a cold start: nothing is compiled yet, nothing remembered, and a plan is made. */
    readonly firstMs: number;
    /** Of the ten minutes after it, with its memory: the usual one, and the dearest, which plans anew. */
    readonly usualMs: number;
    readonly dearestMs: number;
    /** The eleventh minute without any memory. */
    readonly forgetfulMs: number;
}

/** CPU of a mode's decisions about a stream of 200 shards. */
export async function decisionCpu(mode: ScalingMode): Promise<DecisionCpu> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "scaler-bench-"));
    try {
        const { decide, ScalerMemory } = await serializedScaler(folder);
        const settings = completeScaling({ mode, minShards: 2, maxShards: 400, peakShards: 200 });
        const memory = new ScalerMemory();
        const measured = (minute: number, remembered?: ScalerMemory) => {
            const seen = fourteenDays(minute);
            const began = process.cpuUsage();
            decide(seen, settings, remembered);
            const { user, system } = process.cpuUsage(began);
            return (user + system) / 1_000;
        };
        const firstMs = measured(0, memory);
        const next = Array.from({ length: 10 }, (_, index) => measured(index + 1, memory));
        return { firstMs, usualMs: median(next), dearestMs: Math.max(...next), forgetfulMs: measured(11) };
    } finally {
        fs.rmSync(folder, { recursive: true });
    }
}

interface Serialized {
    readonly decide: typeof decide;
    readonly ScalerMemory: typeof ScalerMemory;
}

async function serializedScaler(folder: string): Promise<Serialized> {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { factoryText } = require("../../scripts/bundle-scaler.js") as {
        factoryText(entry: string, exportName: string, result: string): string;
    };
    const serialized = async (entry: string, name: string) => {
        const bundle = path.join(folder, `${name}-bundle.js`);
        fs.writeFileSync(bundle, factoryText(entry, "create", name));
        // eslint-disable-next-line @typescript-eslint/no-require-imports
        const { create } = require(bundle) as { create: () => unknown };
        const { text } = await pulumi.runtime.serializeFunction(create, { exportName: name, isFactoryFunction: true });
        const file = path.join(folder, `${name}.js`);
        fs.writeFileSync(file, text);
        // eslint-disable-next-line @typescript-eslint/no-require-imports
        return require(file) as Serialized;
    };
    const { ScalerMemory } = await serialized("capacity/scaling/predictive/memory.ts", "ScalerMemory");
    const { decide } = await serialized("capacity/scaling/decide.ts", "decide");
    return { decide, ScalerMemory };
}

/** Days with a rhythm, noise, a burst now and then and refusals, so many minutes on. */
function fourteenDays(minutesOn: number): Observation {
    const minutes = 14 * 24 * 60;
    const nowMs = Date.UTC(2026, 10, 15, 9) + minutesOn * 60_000;
    return {
        nowMs,
        capacityMode: "provisioned",
        status: "ACTIVE",
        createdMs: 0,
        shards: uniformShards(200, 0),
        samples: Array.from({ length: minutes }, (_, index) => {
            const minute = index + minutesOn;
            const load =
                60 + 40 * Math.sin((minute / 1_440) * 2 * Math.PI) + (minute % 7) + (minute % 450 < 10 ? 70 : 0);
            return {
                startMs: nowMs - (minutes - index) * 60_000,
                acceptedBytes: load * 60 * 1_048_576,
                acceptedRecords: load * 60_000,
                refusedRecords: minute % 500 === 0 ? 100 : 0,
                openShards: 200,
            };
        }),
        iteratorAgeMs: 0,
        reshards: [],
    };
}
