/**
 * Plays the scaler against the days that are known, for `advise` and for `status --advise`.
 */
import { type AdviceReport, type AdviceWish, adviseOn, type KnownDays } from "../../capacity/advice/report";
import { formatPercent } from "../../capacity/text";
import { type CommandContext, UsageError } from "../command";
import { inSteps } from "../inSteps";

/** There are no days to advise from. */
export class NothingKnown extends UsageError {}

export class NothingWritten extends NothingKnown {
    constructor(name: string, when: string) {
        super(`${name}: nothing was written in ${when}, so there is nothing to advise from.`);
    }
}

export async function reportOn(
    known: KnownDays,
    wish: AdviceWish,
    { progress, signal }: Pick<CommandContext, "progress" | "signal">,
): Promise<AdviceReport> {
    const report = await inSteps(
        adviseOn(known, wish),
        ({ mode, part }) => progress.update(`playing the scaler, ${mode}: ${formatPercent(part)}`),
        signal,
        "interrupted before the days were played to their end.",
    );
    if (report === undefined) throw new NothingWritten(known.name, "the days that are known");
    return report;
}
