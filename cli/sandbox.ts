/**
 * `sharded-stream sandbox`: the local AWS of the package sharded-stream-sandbox in a process of its own, until Ctrl-C.
 */
import { fork } from "node:child_process";
import { type Command, Option } from "commander";
import { type DefineCommand, examples, UsageError } from "./command";
import { sandboxProgram } from "./sandboxPackage";

/** Passed on to the sandbox's own process, which checks them. */
const options = [
    new Option("--port <n>", "listen on this port (default: any free one)"),
    new Option("--region <name>", "region that ARNs carry (default: us-east-1)"),
    new Option("--speed <factor>", "sandbox seconds per real second (default: 1)"),
    new Option("--record-weight <n>", "each record written counts as n records of its size (default: 1)"),
    new Option("--burst-seconds <n>", "seconds over which a shard averages its write limits (default: 1)"),
];

export const defineSandbox: DefineCommand = (program, act) => {
    const command = program
        .command("sandbox")
        .description("start a local AWS on the loopback and print the environment that points at it; runs until Ctrl-C")
        .addHelpText(
            "after",
            examples(
                "sharded-stream sandbox",
                "sharded-stream sandbox --port 4566 --speed 60",
                "sharded-stream sandbox --json",
            ),
        );
    for (const option of options) command.addOption(option);
    command.action(
        act(async (given: Readonly<Record<string, string>>, _args, { json }) => runSandbox(command, given, json)),
    );
};

/** The sandbox prints its environment itself, as soon as it listens; there is nothing to print after it has ended. */
async function runSandbox(
    command: Command,
    given: Readonly<Record<string, string>>,
    json: boolean,
): Promise<undefined> {
    const flags = command.options.flatMap((option) => {
        const value = given[option.attributeName()];
        return option.long === "--json" || value === undefined ? [] : [option.long!, value];
    });
    const child = fork(sandboxProgram("sandbox"), [...flags, ...(json ? ["--json"] : [])], {
        stdio: ["ignore", "inherit", "pipe", "ipc"],
    });
    let errors = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (errors += text));
    // Ctrl-C on a terminal reaches the child too, which then ends; a signal to this process alone is passed on.
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
    const exitCode = await new Promise<number | null>((resolve) => child.on("exit", resolve));
    if (exitCode !== 0) throw new UsageError(errors.split("\n")[0] ?? `the sandbox ended with exit code ${exitCode}`);
    return undefined;
}
