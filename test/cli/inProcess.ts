/**
 * Runs a command in this process against a sandbox: as fast as a function call, with everything but main.ts.
 */
import { Command } from "commander";
import { type Act, type CommandResult, type DefineCommand } from "../../cli/command";
import { fitted, type Terminal, terminalOf } from "../../cli/terminal";

export interface InProcessRun {
    readonly document: Record<string, unknown>;
    readonly text: string;
    readonly exitCode: number;
    /** Lines that were printed on the way. */
    readonly printed: readonly string[];
}

/** @throws what the command throws: UsageError, AwsRefusedError, InvalidInputError */
export async function runInProcess(
    define: DefineCommand,
    args: readonly string[],
    options: {
        readonly env: Readonly<Record<string, string>>;
        readonly signal?: AbortSignal;
        readonly json?: boolean;
        /** @default a file, in which a script looks */
        readonly terminal?: Terminal;
        readonly onPrint?: (lines: number) => void;
    },
): Promise<InProcessRun> {
    const terminal = options.terminal ?? terminalOf({ isTTY: false } as NodeJS.WriteStream, {});
    const printed: string[] = [];
    let result: CommandResult | number | undefined;
    const act: Act =
        (run) =>
        async (...commanderArguments) => {
            const command = commanderArguments.at(-1) as Command;
            result = await run(command.opts() as never, command.args, {
                terminal,
                progress: { update: () => undefined, end: () => undefined },
                json: options.json ?? false,
                print: (line) => {
                    printed.push(fitted(terminal, line));
                    options.onPrint?.(printed.length);
                },
                endUnread: () => undefined,
                signal: options.signal ?? new AbortController().signal,
            });
        };
    const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
    define(program, act);
    for (const command of program.commands) command.exitOverride();
    const before = { ...process.env };
    Object.assign(process.env, options.env);
    try {
        await program.parseAsync(["node", "sharded-stream", ...args]);
    } finally {
        for (const name of Object.keys(options.env)) Reflect.deleteProperty(process.env, name);
        Object.assign(process.env, before);
    }
    const { document, exitCode, isVerbatim, text: textFor } = result as CommandResult;
    const text = textFor(terminal);
    return {
        document: document as Record<string, unknown>,
        text: isVerbatim ? text : fitted(terminal, text),
        exitCode,
        printed,
    };
}
