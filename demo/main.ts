/**
 * What `npm start` runs: reads the options, plays the demo, and is the only place here that prints errors and exits.
 */
import path from "node:path";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { limits } from "../capacity/limits";
import { formatNumber } from "../capacity/text";
import { playDemo } from "./demo";
import { DemoError, type DemoOptions, root } from "./options";
import { readDay, TraceError } from "./trace";
import { View } from "./view";

// The installed SDK takes this Node.js; its announcement about later versions is for developers, not for who runs a command.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

const optionDefaults = {
    trace: path.join(root, "examples/traces/day.csv"),
    report: path.join("report", "day.html"),
} as const;

void main(process.argv);

async function main(argv: readonly string[]): Promise<void> {
    const interrupted = new AbortController();
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => interrupted.abort());
    try {
        const options = readOptions(argv);
        const day = readDay({ file: options.trace, column: options.column, timeColumn: options.time });
        const view = new View({ stream: options.json ? process.stderr : process.stdout, environment: process.env });
        const summary = await playDemo(options, day, view, interrupted.signal);
        if (options.json && summary !== undefined) process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
        process.exitCode = interrupted.signal.aborted && !options.keep ? 130 : 0;
    } catch (error) {
        process.exitCode = report(error);
    }
}

function readOptions(argv: readonly string[]): DemoOptions {
    const command = new Command("npm start --")
        .description(
            "Plays a day of traffic through a stream in a local AWS. No account is needed, and nothing outside this machine is touched.",
        )
        .exitOverride()
        .configureOutput({ outputError: () => undefined })
        .option("--json", "print only a summary document", false)
        .option("--keep", "leave the sandbox running afterwards, until Ctrl-C", false)
        .addOption(
            new Option("--engine <which>", "the Pulumi engine").choices(["auto", "real", "embedded"]).default("auto"),
        )
        .option("--trace <file.csv>", "the CSV file whose busiest day is played", optionDefaults.trace)
        .option("--column <name>", "its column with the load (default: the first with numbers)")
        .option("--time <name>", "its column with the time (default: the first with times)")
        .option(
            "--scale-to-shards <n>",
            "scale the day so that its peak needs n shards (default for another --trace: 1.3 times the planned shards)",
            shards,
        )
        .option("--report <file.html>", "where the report goes", optionDefaults.report);
    return command.parse([...argv]).opts<DemoOptions>();
}

function shards(text: string): number {
    const value = Number(text);
    if (value > 0 && value <= limits.updateShardCountTargetMax) return value;
    throw new InvalidArgumentError(
        `It must be a number above 0, at most ${formatNumber(limits.updateShardCountTargetMax)}.`,
    );
}

/** One line on stderr and an exit code: 2 for input that cannot be used, 1 for a demo that could not be played. A defect keeps its stack trace. */
function report(error: unknown): number {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    if (error instanceof CommanderError || error instanceof TraceError)
        return say(error.message.replace(/^error: /, ""), 2);
    if (error instanceof DemoError) return say(error.message, 1);
    throw error;
}

function say(message: string, exitCode: number): number {
    process.stderr.write(`npm start: ${message.replace(/\s*\n\s*/g, " ")}\n`);
    return exitCode;
}
