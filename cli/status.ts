/**
 * `sharded-stream status`: shards, load, refusals, calls left, the scaler's last decisions and the cost of a stream, at a glance.
 */
import {
    type CommandContext,
    type CommandResult,
    type DefineCommand,
    examples,
    UsageError,
    wholeNumber,
} from "./command";
import { Interrupted, withStream } from "./live";
import { look } from "./statusLook";
import { statusResult, statusText } from "./statusText";

interface StatusFlags {
    readonly watch?: number | true;
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
        .addHelpText(
            "after",
            examples(
                "sharded-stream status orders",
                "sharded-stream status orders --watch",
                "sharded-stream status orders --json",
            ),
        )
        .action(act(async (flags: StatusFlags, [stream], context) => status(stream!, flags, context)));
};

async function status(stream: string, flags: StatusFlags, context: CommandContext): Promise<CommandResult> {
    if (flags.watch !== undefined && context.json)
        throw new UsageError("status: --watch and --json exclude each other; call it again for another document");
    return withStream(stream, context.signal, async (live) => {
        let seen = await look(live, context);
        if (flags.watch === undefined) return statusResult(seen);
        const seconds = flags.watch === true ? watchSecondsDefault : flags.watch;
        while (!context.signal.aborted) {
            const clear = context.terminal.interactive ? "\u001b[2J\u001b[H" : "";
            context.print(`${clear}${statusText(seen, context.terminal)}`);
            try {
                await live.pace.sleep(seconds * 1_000);
                seen = await look(live, context);
            } catch (error) {
                if (!(error instanceof Interrupted)) throw error;
            }
        }
        return { ...statusResult(seen), text: () => "" };
    });
}
