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
import { Interrupted, type Live, namedAs, NotThere, withStream } from "./live";
import { commandLine } from "./commandLine";
import { look } from "./statusLook";
import { notThereResult, statusResult } from "./statusText";

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
    return withStream(stream, context.signal, async (live) => {
        let shown = await resultOf(live, context, flags.advise);
        if (flags.watch === undefined) return shown;
        const seconds = flags.watch === true ? watchSecondsDefault : flags.watch;
        context.endUnread();
        while (!context.signal.aborted) {
            const clear = context.terminal.interactive ? "\u001b[2J\u001b[H" : "";
            context.print(`${clear}${shown.text(context.terminal)}`);
            try {
                await live.pace.sleep(seconds * 1_000);
                shown = await resultOf(live, context);
            } catch (error) {
                if (!(error instanceof Interrupted)) throw error;
            }
        }
        return { ...shown, text: () => "" };
    });
}

async function resultOf(live: Live, context: CommandContext, advise = false): Promise<CommandResult> {
    try {
        const seen = await look(live, context);
        return statusResult(advise ? { ...seen, advice: await adviceFor(live, context) } : seen);
    } catch (error) {
        if (error instanceof NotThere) return notThereResult(error);
        throw error;
    }
}

async function adviceFor(live: Live, context: CommandContext): Promise<string> {
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
        throw error;
    }
}
