/**
 * The days of a trace, as `replay` reads it.
 */
import { minuteSeconds } from "../../capacity/advice/measure";
import { type KnownDays } from "../../capacity/advice/report";
import { limits } from "../../capacity/limits";
import { formatPercent } from "../../capacity/text";
import { type CommandContext } from "../command";
import { type ReplayFlags } from "../replay/options";
import { type Load, loadDefaults, loadOf } from "../trace/load";
import { type GapFill } from "../trace/seconds";
import { readTrace } from "../trace/trace";
import { type TraceUnit } from "../trace/units";

export interface TraceDays {
    readonly known: KnownDays;
    readonly source: { readonly trace: string };
    /** What is to be known of the trace. */
    readonly told: readonly string[];
}

/** @param again the command that reads the same from stdin */
export async function traceDays(
    file: string,
    flags: ReplayFlags,
    again: string,
    { progress, signal }: Pick<CommandContext, "progress" | "signal">,
): Promise<TraceDays> {
    const { column, recordsColumn, timeColumn, periodSeconds } = flags;
    const source = { file, column, recordsColumn, timeColumn, periodSeconds };
    const onProgress = (read: number, all: number | undefined) =>
        progress.update(`reading${all === undefined ? "" : ` ${formatPercent(read / all)}`}`);
    const trace = await readTrace(source, again, process.stdin, onProgress, signal);
    const load = loadOf(trace, {
        ...loadDefaults,
        unit: flags.unit as TraceUnit | undefined,
        ...(flags.scaleToShards !== undefined && { scaleToShards: flags.scaleToShards }),
        ...(flags.recordKiB !== undefined && { recordKiB: flags.recordKiB }),
        ...(flags.gaps !== undefined && { gaps: flags.gaps as GapFill }),
        ...(flags.noise !== undefined && { noise: flags.noise }),
    });
    return {
        known: {
            name: "stream",
            series: seriesOfLoad(load),
            seconds: { shards: load.perSecond, sigma: load.sigma },
            reads: {},
            retentionHours: flags.retentionHours ?? limits.retentionHoursDefault,
        },
        source: { trace: trace.name },
        told: load.told,
    };
}

function seriesOfLoad({ minutes, startMs = 0 }: Load): KnownDays["series"] {
    const refusedPerSecond = new Float64Array(minutes.bytesPerSecond.length);
    return { startMs, periodSeconds: minuteSeconds, ...minutes, refusedPerSecond };
}
