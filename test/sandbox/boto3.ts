/** A second, independent client: boto3, in a process of its own. Installs it into the user's cache once. */
import * as assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import * as path from "node:path";

import { type Sandbox } from "../../sandbox/index";

/** A call that agree.py makes. */
export interface Step {
    /** As boto3 names it: `cloudwatch`. */
    readonly service: string;
    readonly operation: string;
    readonly input: object;
    /** The answer is a stream; only so many of its events are looked at. */
    readonly events?: number;
}

/** Asks from another process while the sandbox answers in this one. */
export async function askedByPython(python: string, sandbox: Sandbox, steps: readonly Step[]): Promise<unknown[]> {
    const child = spawn(python, [path.join(__dirname, "agree.py")], {
        env: { ...process.env, ...sandbox.env },
        stdio: ["pipe", "pipe", "inherit"],
    });
    child.stdin.end(JSON.stringify({ endpoint: sandbox.endpoint, steps }));
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    const exitCode = await new Promise((resolve) => child.once("close", resolve));
    assert.equal(exitCode, 0, "agree.py failed; its error is above");
    return JSON.parse(output) as unknown[];
}

/** The interpreter of an environment that has boto3; undefined where none can be made, which is an error in CI. */
export function pythonWithBoto3(): string | undefined {
    const cache = path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), ".cache"), "sharded-stream");
    const environment = path.join(cache, "boto3");
    const bin = path.join(environment, process.platform === "win32" ? "Scripts" : "bin");
    const python = path.join(bin, "python");
    const ready = () => existsSync(bin) && spawnSync(python, ["-c", "import boto3"]).status === 0;
    if (ready()) return python;
    mkdirSync(cache, { recursive: true });
    const made = [
        ["python3", ["-m", "venv", "--clear", environment]],
        [python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "boto3"]],
    ] as const;
    let said = "";
    for (const [command, args] of made) {
        const { status, error, stderr } = spawnSync(command, args, { encoding: "utf8", timeout: 240_000 });
        if (status === 0) continue;
        said = `${command} ${args.join(" ")}: ${error?.message ?? stderr}`;
        break;
    }
    if (ready()) return python;
    if (process.env.CI === "true")
        assert.fail(`boto3 must ask the sandbox in CI, and python3 with boto3 could not be had. ${said}`);

    return undefined;
}
