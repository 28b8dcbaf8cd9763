/**
 * The load of a trace, as the options say that `replay` and `advise` share.
 */
import { formatPercent } from "../../capacity/text";
import { type CommandContext } from "../command";
import { type Load, loadDefaults, loadOf } from "../trace/load";
import { type GapFill } from "../trace/seconds";
import { readTrace, type Trace } from "../trace/trace";
import { type TraceUnit } from "../trace/units";
import { type ReplayFlags } from "./options";

/** @param again the command that reads the same from stdin */
export async function readLoad(
    file: string,
    flags: ReplayFlags,
    again: string,
    { progress, signal }: Pick<CommandContext, "progress" | "signal">,
): Promise<{ readonly trace: Trace; readonly load: Load }> {
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
    return { trace, load };
}
