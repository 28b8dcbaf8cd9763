#!/usr/bin/env node
/**
 * The command line. The only place that prints results and errors, and that exits.
 */
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { InvalidInputError } from "../capacity/problems";
import { exitCodeOf, failAtExit, onStopSignals, outliveReaders, type StopSignal } from "../programs/ending";
import { type Act, AwsRefusedError, type CommandContext, type DefineCommand, UsageError } from "./command";
import { fitted, oneLine, printable, progressOn, terminalOf } from "./terminal";

// The installed SDK takes this Node.js; its announcement about later versions is for developers, not for who runs a command.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

/* eslint-disable @typescript-eslint/no-require-imports */
/** By their names, in the order of --help. The named one alone is loaded: AWS's SDK, which some need, takes longer to load than a million keys to count. */
const commands: Readonly<Record<string, () => DefineCommand>> = {
    plan: () => (require("./plan") as typeof import("./plan")).definePlan,
    review: () => (require("./review") as typeof import("./review")).defineReview,
    keys: () => (require("./keys") as typeof import("./keys")).defineKeys,
    advise: () => (require("./advise") as typeof import("./advise")).defineAdvise,
    "hot-shards": () => (require("./hotShards") as typeof import("./hotShards")).defineHotShards,
    produce: () => (require("./produce") as typeof import("./produce")).defineProduce,
    status: () => (require("./status") as typeof import("./status")).defineStatus,
    scale: () => (require("./scale") as typeof import("./scale")).defineScale,
    split: () => (require("./reshard") as typeof import("./reshard")).defineSplit,
    merge: () => (require("./reshard") as typeof import("./reshard")).defineMerge,
    replay: () => (require("./replay") as typeof import("./replay")).defineReplay,
    sandbox: () => (require("./sandbox") as typeof import("./sandbox")).defineSandbox,
    rehearse: () => (require("./rehearse") as typeof import("./rehearse")).defineRehearse,
};
/* eslint-enable @typescript-eslint/no-require-imports */

const exitCodes = { badInput: 2, awsRefused: 3 } as const;

async function main(argv: readonly string[]): Promise<void> {
    const interrupted = new AbortController();
    let endsUnread = false;
    const gone = (): void => {
        if (endsUnread) interrupted.abort();
    };
    // What changes a stream goes on; that its result is nowhere to be read is told by the exit code.
    outliveReaders({
        gone,
        unwritable: (sentence) => {
            say(sentence);
            failAtExit();
            gone();
        },
    });
    const program = new Command("sharded-stream")
        .description("Size, price and operate Amazon Kinesis Data Streams.")
        .version(packageVersion())
        .configureHelp({ sortSubcommands: false, showGlobalOptions: false })
        .configureOutput({ writeErr: () => undefined })
        .exitOverride()
        .addHelpText(
            "after",
            "\nExit codes: 0 done, 1 stopped, found something of severity error, or could not write what it prints, 2 bad input, 3 AWS refused.\n",
        );
    const act = actOn({ stopSignal: hearing(interrupted), endUnread: () => (endsUnread = true) });
    for (const load of commandsFor(argv)) load()(program, act);
    for (const command of allCommands(program)) command.exitOverride().option("--json", "print one JSON document");
    try {
        await program.parseAsync([...argv]);
    } catch (error) {
        process.exitCode = report(error, argv);
    }
}

/** Who asks for the signal is told to stop, and stops cleanly. A command that never asks has nothing to leave undone: what wants it to end ends it. */
function hearing(interrupted: AbortController): () => AbortSignal {
    let isHeard = false;
    return () => {
        if (!isHeard) onStopSignals({ first: () => interrupted.abort(), again: endAtOnce });
        isHeard = true;
        return interrupted.signal;
    };
}

/** A sandbox or a rehearsal that was started hears the signal as well, and is waited for. */
function endAtOnce(signal: StopSignal): void {
    if (process.listenerCount(signal) === 1) process.exit(exitCodeOf(signal));
}

/** The command that the line names; all of them where it names none that there is, for --help and the advice on a misspelt one. */
function commandsFor(argv: readonly string[]): readonly (() => DefineCommand)[] {
    const name = commandNamed(argv);
    return name === undefined ? Object.values(commands) : [commands[name]!];
}

function commandNamed(argv: readonly string[]): string | undefined {
    const name = argv.slice(2).find((argument) => !argument.startsWith("-"));
    return name !== undefined && Object.hasOwn(commands, name) ? name : undefined;
}

function packageVersion(): string {
    return (JSON.parse(readFileSync(require.resolve("sharded-stream/package.json"), "utf8")) as { version: string })
        .version;
}

function actOn({ stopSignal, endUnread }: { stopSignal(): AbortSignal; endUnread(): void }): Act {
    return (run) =>
        async (...commanderArguments) => {
            const command = commanderArguments.at(-1) as Command;
            const options = command.optsWithGlobals();
            const json = options.json === true;
            const progress = progressOn(process.stderr, Date.now);
            const terminal = terminalOf(process.stdout, process.env);
            const context: CommandContext = {
                terminal,
                progress,
                json,
                print: (line) => {
                    progress.end();
                    if (!json) process.stdout.write(`${fitted(terminal, line)}\n`);
                },
                endUnread,
                get signal() {
                    return stopSignal();
                },
            };
            try {
                const result = await run(options as never, command.args, context);
                context.progress.end();
                if (typeof result === "number") process.exitCode = result;
                if (result === undefined || typeof result === "number") return;
                const text = () => result.text(terminal);
                const printed = json
                    ? JSON.stringify(result.document, null, 2)
                    : result.isVerbatim
                      ? text()
                      : fitted(terminal, text());
                if (printed !== "") process.stdout.write(`${printed}\n`);
                process.exitCode = result.exitCode;
            } finally {
                context.progress.end();
            }
        };
}

/** Says on one line what was wrong. A defect of this program keeps its stack trace, so that it can be reported. */
function report(error: unknown, argv: readonly string[]): number {
    if (error instanceof CommanderError) {
        // Help and version were asked for, and are printed already.
        if (error.exitCode === 0) return 0;
        if (error.code === "commander.help") {
            const group = commandNamed(argv);
            const listing = group === undefined ? "sharded-stream" : `sharded-stream ${group}`;
            const asked = group === undefined && argv[2] === "help" ? argv[3] : undefined;
            const what = asked === undefined ? "name a command" : `unknown command '${asked}'`;
            return refusedWith(`${what}; ${listing} --help lists them`, exitCodes.badInput);
        }
        return refusedWith(error.message.replace(/^error: /, ""), exitCodes.badInput);
    }
    if (error instanceof InvalidInputError)
        return refusedWith(error.problems.map((problem) => problem.message).join(" "), exitCodes.badInput);
    if (error instanceof UsageError) return refusedWith(error.message, exitCodes.badInput);
    if (error instanceof AwsRefusedError) return refusedWith(error.message, exitCodes.awsRefused);
    throw error;
}

function refusedWith(message: string, exitCode: number): number {
    say(message);
    return exitCode;
}

function say(message: string): void {
    process.stderr.write(`sharded-stream: ${printable(oneLine(message))}\n`);
}

function allCommands(command: Command): Command[] {
    return command.commands.flatMap((child) => (child.commands.length > 0 ? allCommands(child) : [child]));
}

void main(process.argv);
