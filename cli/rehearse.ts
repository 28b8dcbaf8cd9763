/**
 * `sharded-stream rehearse`: the user's own Pulumi program and a day of traffic in the local AWS of the package sharded-stream-sandbox.
 */
import { spawn } from "node:child_process";
import { exitCodeOf } from "../programs/ending";
import { type DefineCommand } from "./command";
import { passSignals, sandboxProgram } from "./sandboxPackage";

/** Its options are the sandbox's, and so is their --help. */
export const defineRehearse: DefineCommand = (program, act) => {
    program
        .command("rehearse")
        .description("deploy your own Pulumi program into a local AWS and play a day of traffic through its streams")
        .helpOption(false)
        .allowUnknownOption()
        .allowExcessArguments()
        .action(
            act((_given, _args, { signal }) =>
                runRehearsal(process.argv.slice(process.argv.indexOf("rehearse") + 1), signal),
            ),
        );
};

/** It prints everything itself. */
async function runRehearsal(args: readonly string[], stopped: AbortSignal): Promise<number> {
    if (stopped.aborted) return exitCodeOf("SIGINT");
    const child = spawn(process.execPath, [sandboxProgram("demo"), ...args], { stdio: "inherit" });
    passSignals(child);
    return new Promise((resolve) => child.on("exit", (exitCode, signal) => resolve(exitCode ?? exitCodeOf(signal!))));
}
