/**
 * The days of a trace, as `replay` reads it.
 */
import { minuteSeconds } from "../../capacity/advice/measure";
import { type KnownDays } from "../../capacity/advice/report";
import { limits } from "../../capacity/limits";
import { type CommandContext } from "../command";
import { readLoad } from "../replay/load";
import { type ReplayFlags } from "../replay/options";
import { type Load, minuteOf } from "../trace/load";
import { type Trace } from "../trace/trace";

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
    context: Pick<CommandContext, "progress" | "signal">,
): Promise<TraceDays> {
    const { trace, load } = await readLoad(file, flags, again, context);
    return {
        known: {
            name: "stream",
            series: seriesOfLoad(load, trace),
            seconds: { shards: load.perSecond, sigma: load.sigma },
            reads: {},
            retentionHours: flags.retentionHours ?? limits.retentionHoursDefault,
        },
        source: { trace: trace.name },
        told: load.told,
    };
}

function seriesOfLoad({ minutes }: Load, { startMs = 0, stretches, at }: Trace): KnownDays["series"] {
    const rows = stretches.map(({ firstRow, periodSeconds }) => ({
        fromPeriod: Math.floor(at[firstRow]! / minuteSeconds),
        rowSeconds: periodSeconds,
    }));
    return {
        startMs: minuteOf(startMs),
        periodSeconds: minuteSeconds,
        ...(rows.some(({ rowSeconds }) => rowSeconds > minuteSeconds) && { rows }),
        ...minutes,
        refusedPerSecond: new Float64Array(minutes.bytesPerSecond.length),
    };
}
