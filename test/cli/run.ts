/**
 * Runs the command line as a user does, in a process of its own.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import path from "node:path";

const root = path.join(__dirname, "../..");
// `npm test` compiles first, and compiled it starts four times faster; a single test file run by hand takes the source.
const argv = process.env.SHARDED_STREAM_TEST_RESULTS
    ? [path.join(root, "bin/cli/main.js")]
    : ["-r", "ts-node/register/transpile-only", path.join(root, "cli/main.ts")];

export interface CliRun {
    readonly stdout: string;
    readonly stderr: string;
    readonly exitCode: number | null;
}

/** Nothing of the shell that runs the tests: no AWS credentials, no colour. */
function environmentWith(environment: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
    return { PATH: process.env.PATH, HOME: process.env.HOME, AWS_EC2_METADATA_DISABLED: "true", ...environment };
}

export function runCli(...args: readonly string[]): CliRun {
    const { stdout, stderr, status } = spawnSync(process.execPath, [...argv, ...args], {
        cwd: root,
        env: environmentWith({}),
        encoding: "utf8",
    });
    return { stdout, stderr, exitCode: status };
}

/** With the output of the command in a file. */
export function runCliInto(file: string, ...args: readonly string[]): Omit<CliRun, "stdout"> {
    const output = openSync(file, "w");
    const { stderr, status } = spawnSync(process.execPath, [...argv, ...args], {
        cwd: root,
        env: environmentWith({}),
        encoding: "utf8",
        stdio: ["ignore", output, "pipe"],
    });
    closeSync(output);
    return { stderr, exitCode: status };
}

/** Without blocking this process, which may be the sandbox that the command talks to. */
export async function runCliBeside(
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
    input = "",
): Promise<CliRun> {
    const child = startCli(args, environment);
    const output = { stdout: "", stderr: "" };
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
    child.stdin?.end(input);
    const exitCode = await new Promise<number | null>((resolve) => child.on("close", resolve));
    return { ...output, exitCode };
}

/** A running command, to be interrupted or killed by the test. */
export function startCli(
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
    { detached = false } = {},
): ChildProcess {
    return spawn(process.execPath, [...argv, ...args], {
        cwd: root,
        env: environmentWith(environment),
        stdio: ["pipe", "pipe", "pipe"],
        detached,
    });
}
