/**
 * `sharded-stream rehearse`: the user's own Pulumi program and a day of traffic in the local AWS of the package sharded-stream-sandbox.
 */
import { spawn } from "node:child_process";
import { type DefineCommand } from "./command";
import { sandboxProgram } from "./sandboxPackage";

/** Its options are the sandbox's, and so is their --help. */
export const defineRehearse: DefineCommand = (program, act) => {
    program
        .command("rehearse")
        .description("deploy your own Pulumi program into a local AWS and play a day of traffic through its streams")
        .helpOption(false)
        .allowUnknownOption()
        .allowExcessArguments()
        .action(act(() => runRehearsal(process.argv.slice(process.argv.indexOf("rehearse") + 1))));
};

/** It prints everything itself. */
async function runRehearsal(args: readonly string[]): Promise<number> {
    const child = spawn(process.execPath, [sandboxProgram("demo"), ...args], { stdio: "inherit" });
    // Ctrl-C on a terminal reaches the child too, which destroys what it made; a signal to this process alone is passed on.
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
    return new Promise((resolve) => child.on("exit", (exitCode) => resolve(exitCode ?? 1)));
}
