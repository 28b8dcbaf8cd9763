/** Runs of the scaler that tell a topic, and what they told it. */
import { type NotifyLevel } from "../../capacity/scaling/settings";
import { runScaler } from "../../scaler/run";
import { type World } from "./world";

const topicArn = "arn:aws:sns:us-east-1:123456789012:oncall";

export interface Settings {
    readonly level?: NotifyLevel;
    readonly maxShards?: number;
    readonly dryRun?: boolean;
}

export const environment = (world: World, { level = "all", maxShards = 16, dryRun = false }: Settings) =>
    world.environment({
        minShards: 2,
        maxShards,
        peakShards: 8,
        dryRun,
        ...(level === "off" ? {} : { notify: { level, topicArn } }),
    });

let runs = 0;

/** One run; whether it failed. */
export async function run(world: World, settings: Settings = {}): Promise<boolean> {
    try {
        await runScaler(world.ports(), environment(world, settings), `run-${++runs}`);
        return false;
    } catch {
        return true;
    }
}

export const subjects = (world: World): string[] => world.messages.map(({ subject }) => subject);
