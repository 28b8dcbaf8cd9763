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

export async function traceDays(
    file: string,
    flags: ReplayFlags,
    { progress, signal }: Pick<CommandContext, "progress" | "signal">,
): Promise<TraceDays> {
    const { column, recordsColumn, timeColumn, periodSeconds } = flags;
    const source = { file, column, recordsColumn, timeColumn, periodSeconds };
    const onProgress = (read: number, all: number | undefined) =>
        progress.update(`reading${all === undefined ? "" : ` ${formatPercent(read / all)}`}`);
    const trace = await readTrace(source, "sharded-stream advise --trace -", process.stdin, onProgress, signal);
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
            seconds: load.perSecond,
            reads: {},
            retentionHours: flags.retentionHours ?? limits.retentionHoursDefault,
        },
        source: { trace: trace.name },
        told: load.told,
    };
}

/** Minutes, each with bytes and records at the trace's average of both. */
function seriesOfLoad({ perSecond, startMs = 0, worth }: Load): KnownDays["series"] {
    const shards = Float64Array.from({ length: perSecond.length / minuteSeconds }, (_, minute) => {
        let sum = 0;
        for (let at = minute * minuteSeconds; at < (minute + 1) * minuteSeconds; at++) sum += perSecond[at]!;
        return sum / minuteSeconds;
    });
    return {
        startMs,
        periodSeconds: minuteSeconds,
        bytesPerSecond: shards.map((load) => load * worth.miBPerSecond * limits.bytesPerMiB),
        recordsPerSecond: shards.map((load) => load * worth.recordsPerSecond),
        refusedPerSecond: new Float64Array(shards.length),
    };
}
