/** A run of the scaler's archive with two weeks of metrics, beside a reactive one: processor time and memory of its process. */
import { type Bench, type BenchOptions, type Measured } from "../bar";
import { type MeasuredRun, measureRuns } from "../scalerRun";

const alternative = "the mode reactive";

export const bench: Bench = {
    about: "a run of a scaler that plans, with 14 days of minutes",
    bars: [
        { what: "processor time, the slowest of 15 runs", alternative, most: 300, unit: "ms" },
        { what: "processor time, a process until its first run is done", alternative, most: 2_000, unit: "ms" },
        { what: "resident memory", alternative, most: 256, unit: "MiB" },
    ],
    measure,
};

async function measure({ say }: BenchOptions): Promise<Measured[]> {
    const own = await measureRuns("predictive");
    say(`a plan: ${told(own.first)} at first, then ${told(own.usual)}, at most ${told(own.slowest)}`);
    const other = await measureRuns("reactive");
    const row = (
        of: keyof MeasuredRun & ("cpuMs" | "residentMiB"),
        which: "first" | "slowest",
        unit: string,
    ): Measured => ({
        ours: `${own[which][of].toFixed(0)} ${unit}`,
        theirs: `${other[which][of].toFixed(0)} ${unit}`,
        figure: own[which][of],
    });
    return [row("cpuMs", "slowest", "ms"), row("cpuMs", "first", "ms"), row("residentMiB", "slowest", "MiB")];
}

function told({ cpuMs, residentMiB, reason }: MeasuredRun): string {
    return `${cpuMs.toFixed(0)} ms, ${residentMiB.toFixed(0)} MiB (${reason})`;
}
