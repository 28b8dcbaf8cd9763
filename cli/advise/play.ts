/**
 * Plays the scaler against the days that are known, for `advise` and for `status --advise`.
 */
import { type AdviceReport, type AdviceWish, adviseOn, type KnownDays } from "../../capacity/advice/report";
import { formatPercent } from "../../capacity/text";
import { type CommandContext, UsageError } from "../command";

/** There are no days to advise from. */
export class NothingKnown extends UsageError {}

export class NothingWritten extends NothingKnown {
    constructor(name: string, when: string) {
        super(`${name}: nothing was written in ${when}, so there is nothing to advise from.`);
    }
}

/** Who waits sees how far it is, and Ctrl-C ends it. */
export async function reportOn(
    known: KnownDays,
    wish: AdviceWish,
    { progress, signal }: Pick<CommandContext, "progress" | "signal">,
): Promise<AdviceReport> {
    const advising = adviseOn(known, wish);
    for (;;) {
        const step = advising.next();
        if (step.done === true) {
            if (step.value !== undefined) return step.value;
            throw new NothingWritten(known.name, "the days that are known");
        }
        const { mode, part } = step.value;
        progress.update(`playing the scaler, ${mode}: ${formatPercent(part)}`);
        await new Promise((resolve) => setImmediate(resolve));
        if (signal.aborted) throw new UsageError("interrupted before the days were played to their end.");
    }
}
