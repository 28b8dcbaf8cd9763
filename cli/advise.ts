/**
 * `sharded-stream advise`: what to declare for a stream, and whether to scale it, from its own days or from a trace.
 */
import { liveDays } from "./advise/live";
import { reportOn } from "./advise/play";
import { adviceResult } from "./advise/result";
import { traceDays } from "./advise/trace";
import { type CommandContext, type CommandResult, type DefineCommand, examples, UsageError } from "./command";
import { commandLine } from "./commandLine";
import { stdinName } from "./inputFile";
import { withStream } from "./live";
import { pricesOf } from "./priceFile";
import { addReplayOptions, readReplayFlags, type ReplayFlags, writtenAs } from "./replay/options";

/** What a trace needs to be read, beside the stream's own. */
const traceOptions = [
    "column",
    "recordsColumn",
    "timeColumn",
    "unit",
    "periodSeconds",
    "gaps",
    "scaleToShards",
    "recordKiB",
    "noise",
] as const satisfies readonly (keyof ReplayFlags)[];

const options = [
    "refusedShareSlo",
    "maxReshardsPerDay",
    "headroom",
    "retentionHours",
    "sharedConsumers",
    "fanOutConsumers",
    "prices",
    ...traceOptions,
] as const satisfies readonly (keyof ReplayFlags)[];

/** What is declared, and not for the price alone. */
const declared = {
    headroom: "spare capacity to declare, as a fraction (default: by how the load scatters)",
    retentionHours: "hours that records stay readable (default: those of the stream; of a trace 24)",
    sharedConsumers: "consumers that read with GetRecords (default: by what was read; of a trace 1)",
    fanOutConsumers: "consumers with enhanced fan-out (default: those that are registered; of a trace 0)",
} as const;

export const defineAdvise: DefineCommand = (program, act) => {
    const command = program
        .command("advise")
        .argument("[stream]", "name or ARN of the stream, whose last 15 days are read from CloudWatch")
        .description("what to declare for a stream, and whether to scale it, with money and refusals of each choice")
        .option("--trace <file>", "a CSV of load instead of a stream, as replay reads it; - for stdin");
    addReplayOptions(command, options, declared)
        .addHelpText(
            "after",
            `
Of a stream two GetMetricData calls are made, of eight metrics; then the scaler
is played against the days in both modes, which takes 5 to 20 seconds.
${examples(
    "sharded-stream advise orders",
    "sharded-stream advise orders --refused-slo 0.0001 --json",
    "sharded-stream advise --trace load.csv --column IncomingBytes --records-column IncomingRecords",
    "sharded-stream advise --trace requests.csv --unit records-per-period --record-kib 2",
    "sharded-stream advise --trace load.csv --scale-to-shards 12 --prices eu-west-1.json",
)}`,
        )
        .action(act(async (flags: AdviseFlags, [stream], context) => advise(stream, flags, context)));
};

interface AdviseFlags {
    readonly trace?: string;
}

async function advise(stream: string | undefined, given: AdviseFlags, context: CommandContext): Promise<CommandResult> {
    const flags = readReplayFlags({ ...given }, "advise");
    const prices = pricesOf(flags.prices);
    const { headroom, sharedConsumers, fanOutConsumers, refusedShareSlo, maxReshardsPerDay } = flags;
    const wish = { headroom, sharedConsumers, fanOutConsumers, refusedShareSlo, maxReshardsPerDay, prices };
    const days = await daysOf(stream, given, flags, context);
    const report = await reportOn(days.known, wish, context);
    return adviceResult({ ...days, wish, report, prices });
}

async function daysOf(
    stream: string | undefined,
    given: AdviseFlags,
    flags: ReplayFlags,
    context: CommandContext,
): Promise<Pick<Parameters<typeof adviceResult>[0], "known" | "source" | "told">> {
    const { trace } = given;
    if (stream !== undefined && trace !== undefined)
        throw new UsageError("advise: name a stream or a --trace, not both");
    if (trace !== undefined) {
        const again = commandLine(["advise"], { ...given, trace: stdinName });
        return traceDays(trace, flags, again, context);
    }
    if (stream === undefined) throw new UsageError("advise: name a stream, or a CSV of its load with --trace FILE");
    const stray = writtenAs(traceOptions.filter((name) => flags[name] !== undefined));
    if (stray.length > 0) {
        throw new UsageError(
            `advise: how a --trace is read has no meaning for a stream; leave out ${stray.join(", ")}`,
        );
    }
    return withStream(stream, context, (live) => liveDays(live, flags.retentionHours, context));
}
