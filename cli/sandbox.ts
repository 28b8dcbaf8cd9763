/**
 * `sharded-stream sandbox`: the local AWS of the package sharded-stream-sandbox in a process of its own, until Ctrl-C.
 */
import { fork } from "node:child_process";
import { type DefineCommand, examples, UsageError } from "./command";
import { passSignals, sandboxProgram } from "./sandboxPackage";

export const defineSandbox: DefineCommand = (program, act) => {
    program
        .command("sandbox")
        .description("start a local AWS on the loopback and print the environment that points at it; runs until Ctrl-C")
        // The sandbox knows its options, checks them, and prints their help.
        .argument("[options...]", "passed on to the sandbox; --help lists them where it is installed")
        .allowUnknownOption()
        .helpOption(false)
        .addHelpText(
            "after",
            examples(
                "sharded-stream sandbox",
                "sharded-stream sandbox --port 4566 --speed 60",
                "sharded-stream sandbox --pulumi-config Pulumi.sandbox.yaml",
                "sharded-stream sandbox --json",
            ),
        )
        .action(act((_given, args, { json, signal }) => runSandbox([...args, ...(json ? ["--json"] : [])], signal)));
};

/** The sandbox prints its environment itself, as soon as it listens; there is nothing to print after it has ended. */
async function runSandbox(flags: readonly string[], stopped: AbortSignal): Promise<number | undefined> {
    if (stopped.aborted) return undefined;
    const child = fork(sandboxProgram("sandbox"), [...flags], { stdio: ["ignore", "inherit", "pipe", "ipc"] });
    // What it says before it listens is why it does not; after that it tells where it is not as AWS is.
    let errors = "";
    let listens = false;
    child.once("message", () => (listens = true));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
        if (listens) process.stderr.write(text);
        else errors += text;
    });
    const wasTold = passSignals(child);
    const [exitCode, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
        child.on("close", (...ended) => resolve(ended)),
    );
    // Before it can hear a signal, and after it has closed, a signal ends it: as asked, if it was.
    if (exitCode === 0 || (signal !== null && (await wasTold()))) return undefined;
    // What ended it once it listened, it has told.
    if (listens && exitCode !== null) return exitCode;
    const ended = signal === null ? `with exit code ${exitCode}` : `by ${signal}`;
    throw new UsageError(errors.trim().split("\n")[0] || `the sandbox ended ${ended}`);
}
