/**
 * `sharded-stream rehearse`, and `npm start`: reads the options, plays the rehearsal, and is the only place here that prints errors and exits.
 */
import { CommanderError } from "commander";
import { TraceError } from "../capacity/trace/columns";
import { UserStackError } from "../engine/index";
import { failAtExit, onStopSignals, outliveReaders } from "../programs/ending";
import { readOptions, RehearsalError } from "./options";
import { rehearse } from "./rehearsal";
import { View } from "./view";

// The installed SDK takes this Node.js; its announcement about later versions is for developers, not for who runs a command.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

/** As the person who reads an error has called it. */
const calledAs = process.env.SHARDED_STREAM_CALLED_AS ?? "sharded-stream rehearse";
const exitCodes = { unwritable: 1, badInput: 2, interrupted: 130 } as const;

void main(process.argv);

async function main(argv: readonly string[]): Promise<void> {
    const interrupted = new AbortController();
    let stoppedWith: number = exitCodes.interrupted;
    // The first time everything is undone; a second one ends it as it is.
    const stop = (): void => interrupted.abort();
    onStopSignals({ first: stop, again: () => process.exit(exitCodes.interrupted) });
    outliveReaders({
        gone: stop,
        unwritable: (sentence) => {
            say(sentence);
            failAtExit();
            stoppedWith = exitCodes.unwritable;
            stop();
        },
    });
    try {
        const options = readOptions(argv);
        const view = new View({ stream: options.json ? process.stderr : process.stdout, environment: process.env });
        const summary = await rehearse(options, view, interrupted.signal);
        const { exitCode = 0, ...document } = summary ?? {};
        if (options.json && summary !== undefined) process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
        // With --keep, Ctrl-C is how it ends, once the day is over.
        const isOver = options.keep && summary !== undefined && summary.interrupted !== true;
        process.exitCode = interrupted.signal.aborted && !isOver ? stoppedWith : exitCode;
    } catch (error) {
        process.exitCode = report(error);
    }
}

/** One line on stderr and an exit code. A defect keeps its stack trace. */
function report(error: unknown): number {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    if (error instanceof CommanderError || error instanceof TraceError || error instanceof UserStackError)
        return refusedWith(error.message.replace(/^error: /, ""), exitCodes.badInput);
    if (error instanceof RehearsalError) return refusedWith(error.message, error.exitCode);
    throw error;
}

function refusedWith(message: string, exitCode: number): number {
    say(message);
    return exitCode;
}

function say(message: string): void {
    process.stderr.write(`${calledAs}: ${message.replace(/\s*\n\s*/g, " ")}\n`);
}
