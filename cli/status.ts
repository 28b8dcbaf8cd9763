/**
 * `sharded-stream status`: shards, load, refusals, calls left, the scaler's last decisions and the cost of a stream, at a glance.
 */
import { count } from "../capacity/text";
import { liveDays } from "./advise/live";
import { NothingKnown, reportOn } from "./advise/play";
import {
    type CommandContext,
    type CommandResult,
    type DefineCommand,
    examples,
    UsageError,
    wholeNumber,
} from "./command";
import { type Live, namedAs, NotThere, withStream } from "./live";
import { commandLine } from "./commandLine";
import { look, metricsProblem, type Seen } from "./statusLook";
import { notThereResult, statusResult } from "./statusText";
import { type Look, watch } from "./statusWatch";

interface StatusFlags {
    readonly watch?: number | true;
    readonly advise?: true;
}

const watchSecondsDefault = 10;

export const defineStatus: DefineCommand = (program, act) => {
    program
        .command("status")
        .argument("<stream>", "name or ARN of the stream")
        .description("show a stream's shards, load, refusals, calls left, last decisions and cost")
        .option(
            "--watch [seconds]",
            `again every so many seconds (default ${watchSecondsDefault})`,
            wholeNumber(1, 3_600),
        )
        .option("--advise", "say whether scaling pays: plays the last 15 days, and takes as long as advise does")
        .addHelpText(
            "after",
            examples(
                "sharded-stream status orders",
                "sharded-stream status orders --watch",
                "sharded-stream status orders --advise",
                "sharded-stream status orders --json",
            ),
        )
        .action(act(async (flags: StatusFlags, [stream], context) => status(stream!, flags, context)));
};

async function status(stream: string, flags: StatusFlags, context: CommandContext): Promise<CommandResult> {
    if (flags.watch !== undefined && context.json)
        throw new UsageError("status: --watch and --json exclude each other; call it again for another document");
    if (flags.watch !== undefined && flags.advise) {
        throw new UsageError(
            "status: --watch and --advise exclude each other; what days say does not change in seconds",
        );
    }
    return withStream(stream, context, async (live) => {
        if (flags.watch === undefined) return (await lookAt(live, context, flags.advise)).result;
        const seconds = flags.watch === true ? watchSecondsDefault : flags.watch;
        return watch({ live, seconds, context, look: () => lookAt(live, context) });
    });
}

async function lookAt(live: Live, context: CommandContext, advise = false): Promise<Look> {
    try {
        const seen = await look(live, context);
        const told = advise ? { ...seen, advice: await adviceFor(live, context) } : seen;
        return { result: statusResult(told), atMs: seen.stream.nowMs };
    } catch (error) {
        if (error instanceof NotThere) return { result: notThereResult(error), atMs: error.stream.nowMs };
        throw error;
    }
}

async function adviceFor(live: Live, context: CommandContext): Promise<Seen["advice"]> {
    try {
        const { known } = await liveDays(live, undefined, context);
        const { advice, warnings } = await reportOn(known, {}, context);
        const more =
            warnings.length === 0
                ? ""
                : ` ${count(warnings.length, "warning")}: ${commandLine(["advise", namedAs(live)])} has them.`;
        return `${advice.sentence}${more}`;
    } catch (error) {
        if (error instanceof NothingKnown) return error.message;
        const problem = metricsProblem(error, "days");
        if (problem === undefined) throw error;
        return { problem };
    }
}
