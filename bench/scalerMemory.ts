/**
 * Whether the scaler's process keeps anything from one run to the next: a run each minute of 24 simulated days, with a daily rhythm that
 * makes it scale, and the live heap after each fourth day.
 *
 *     node --expose-gc -r ts-node/register bench/scalerMemory.ts [DAYS]
 */
import { runScaler } from "../scaler/run";
import { minuteMs, World } from "../test/scaler/world";

async function main(days: number): Promise<void> {
    const world = new World(4);
    const environment = world.environment({ minShards: 2, maxShards: 16, peakShards: 12 });
    const beganMs = world.nowMs;
    const minutesOfDay = 24 * 60;
    let calls = 0;
    for (let minute = 0; minute <= days * minutesOfDay; minute++) {
        if (minute % (4 * minutesOfDay) === 0) report(minute / minutesOfDay, calls);
        if (minute % 10 === 0) world.load(5 - 4 * Math.cos((2 * Math.PI * minute) / minutesOfDay));
        await runScaler(world.ports(), environment, `run-${minute}`);
        calls += world.calls.length;
        // What the world notes for tests is not the scaler's.
        for (const noted of [world.calls, world.lines, world.sleepsMs, world.ledger.entries]) noted.length = 0;
        world.passes(Math.max(0, beganMs + (minute + 1) * minuteMs - world.nowMs));
    }
}

function report(day: number, calls: number): void {
    if (global.gc === undefined) throw new Error("Start it with node --expose-gc.");
    global.gc();
    const { heapUsed, rss } = process.memoryUsage();
    const mib = (bytes: number): string => (bytes / 1_048_576).toFixed(1).padStart(6);
    console.log(`day ${String(day).padStart(2)}: heap ${mib(heapUsed)} MiB, resident ${mib(rss)} MiB, ${calls} calls`);
}

void main(Number(process.argv[2] ?? 24));
