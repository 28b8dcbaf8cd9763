/**
 * Loads to play against the scaler: two synthetic ones that have what makes real ones hard, and any CSV with a number a row.
 *
 * Every load is in shards per second, scaled so that the 99.9th percentile of its seconds needs the wanted number of shards.
 */
import * as fs from "node:fs";
import * as path from "node:path";

export interface Trace {
    readonly name: string;
    readonly loadPerSecond: Float64Array;
}

/** A generator of numbers in [0, 1) that gives the same ones for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
    let state = seed >>> 0;
    return () => {
        state = (state + 0x6d2b79f5) >>> 0;
        let mixed = Math.imul(state ^ (state >>> 15), state | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
    };
}

function gaussian(random: () => number): number {
    return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Bursts of minutes at irregular half hours over a quiet rhythm of days. */
export function burstyTrace(days: number, seed: number): Float64Array {
    const random = seededRandom(seed);
    const seconds = days * 86_400;
    const load = new Float64Array(seconds);
    for (let second = 0; second < seconds; second++) {
        const hour = (second / 3_600) % 24;
        load[second] = 0.22 + 0.08 * Math.sin(((hour - 9) / 24) * 2 * Math.PI);
    }
    for (let halfHour = 0; halfHour < days * 48; halfHour++) {
        const hour = (halfHour / 2) % 24;
        const chance = hour > 7 && hour < 20 ? 0.3 : 0.1;
        if (random() > chance) continue;
        const start = Math.floor(halfHour * 1_800 + gaussian(random) * 20);
        const length = Math.floor(120 + 900 * random() ** 2);
        const height = 0.15 + 0.75 * random() ** 1.5;
        const ramp = 10 + 100 * random();
        for (let second = Math.max(0, start); second < Math.min(seconds, start + length); second++) {
            load[second] =
                load[second]! + height * Math.min(1, (second - start) / ramp, (start + length - second) / 30);
        }
    }
    return withNoise(load, random, 0.05);
}

/** A rhythm of days and weeks with wandering height, one day at nearly twice the usual peak, and a day without any load. */
export function rhythmicTrace(days: number, seed: number): Float64Array {
    const random = seededRandom(seed);
    const seconds = days * 86_400;
    const load = new Float64Array(seconds);
    const unusualDay = Math.floor(days * 0.6);
    const silentDay = Math.floor(days * 0.8);
    let wander = 0;
    for (let day = 0; day < days; day++) {
        const weekend = day % 7 >= 5 ? 0.6 : 1;
        const height = weekend * (0.85 + 0.2 * random()) * (day === unusualDay ? 1.9 : 1);
        const peakHour = 14 + 2 * gaussian(random) * 0.5;
        for (let second = 0; second < 86_400; second++) {
            if (second % 60 === 0) wander = 0.98 * wander + 0.02 * gaussian(random);
            const hour = second / 3_600;
            const wave = Math.max(0, Math.cos(((hour - peakHour) / 24) * 2 * Math.PI));
            const evening = Math.exp(-(((hour - 20.5) / 1.2) ** 2));
            const shape = 0.06 + 0.7 * wave ** 1.6 + 0.25 * evening;
            load[day * 86_400 + second] = day === silentDay ? 0 : Math.max(0.01, height * shape * (1 + wander));
        }
    }
    for (let event = 0; event < days * 1.5; event++) {
        const start = Math.floor(random() * seconds);
        if (Math.floor(start / 86_400) === silentDay) continue;
        const length = 120 + Math.floor(random() * 1_500);
        const factor = 1.2 + 0.8 * random();
        for (let second = start; second < Math.min(seconds, start + length); second++) load[second]! *= factor;
    }
    return withNoise(load, random, 0.03);
}

/** The rows of a CSV, played one after the other with a straight line between them. */
export function csvTrace(file: string, secondsPerRow: number, seed: number): Float64Array {
    const values = fs
        .readFileSync(file, "utf8")
        .split("\n")
        .slice(1)
        .filter((line) => line.trim() !== "")
        .map((line) => Number(line.split(",")[1]))
        .slice(0, (daysMax * 86_400) / secondsPerRow);
    const highest = Math.max(...values);
    const load = new Float64Array((values.length - 1) * secondsPerRow);
    for (let second = 0; second < load.length; second++) {
        const row = Math.floor(second / secondsPerRow);
        const part = (second % secondsPerRow) / secondsPerRow;
        load[second] = (values[row]! * (1 - part) + values[row + 1]! * part) / highest;
    }
    return withNoise(load, seededRandom(seed), 0.03);
}

/** Seconds scatter around their mean, relatively less at a high load. */
function withNoise(load: Float64Array, random: () => number, relativeAtPeak: number): Float64Array {
    for (let second = 0; second < load.length; second++) {
        const mean = load[second]!;
        if (mean > 0) load[second] = Math.max(0, mean + relativeAtPeak * Math.sqrt(mean) * gaussian(random));
    }
    return load;
}

/** The load with its 99.9th percentile at that many shards. */
export function scaledTo(load: Float64Array, shards: number): Float64Array {
    const sorted = Float64Array.from(load).sort();
    const reference = sorted[Math.floor(sorted.length * 0.999)]!;
    return load.map((value) => (value * shards) / reference);
}

/** The longest that a trace is played. */
const daysMax = 21;

const csvFiles: readonly { readonly file: string; readonly secondsPerRow: number }[] = [
    { file: "Twitter_volume_AMZN.csv", secondsPerRow: 300 },
    { file: "elb_request_count_8c0756.csv", secondsPerRow: 300 },
    { file: "nyc_taxi.csv", secondsPerRow: 1_800 },
];

/** The synthetic loads, and those of a folder with the Numenta Anomaly Benchmark's CSVs where one is given. */
export function benchTraces(shards: number, folder?: string): Trace[] {
    const traces = [
        { name: "bursts", load: burstyTrace(daysMax, 1) },
        { name: "rhythm", load: rhythmicTrace(daysMax, 2) },
        ...csvFiles
            .filter(({ file }) => folder !== undefined && fs.existsSync(path.join(folder, file)))
            .map(({ file, secondsPerRow }, index) => ({
                name: file.replace(".csv", ""),
                load: csvTrace(path.join(folder!, file), secondsPerRow, 10 + index),
            })),
    ];
    return traces.map(({ name, load }) => ({ name: `${name}@${shards}`, loadPerSecond: scaledTo(load, shards) }));
}
