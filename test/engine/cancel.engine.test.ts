/** A run that is cancelled or killed ends its program, and the next start removes what is left of it. */
import * as assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout } from "node:timers/promises";
import { removeStaleFolders } from "../../engine/folders";
import { onEngine } from "./harness";

// A program that never ends, and tells its process.
const program = `
require("@pulumi/pulumi");
console.log("program " + process.pid + " runs");
module.exports = () => new Promise(() => setInterval(() => undefined, 1000));
`;

for (const kind of ["real", "embedded"] as const) {
    describe(`cancelling on the ${kind} engine`, () => {
        const world = onEngine(kind);

        it("ends the program and says so by the exit code", async () => {
            const abort = new AbortController();
            let output = "";
            const result = await world.engine.up({
                projectDir: world.project(program),
                signal: abort.signal,
                onOutput: (text) => {
                    output += text;
                    if (/program \d+ runs/.test(output)) abort.abort();
                },
            });
            assert.notEqual(result.exitCode, 0);
            await ended(Number(/program (\d+) runs/.exec(output)?.[1]));
        });

        it("does not begin when it is cancelled before", async () => {
            const result = await world.engine.up({
                projectDir: world.project(program),
                signal: AbortSignal.abort(),
            });
            assert.notEqual(result.exitCode, 0);
            assert.doesNotMatch(result.stdout, /program \d+ runs/);
        });

        it("leaves nothing when the process that runs it is killed: the next start removes the rest", async () => {
            const child = spawn(process.execPath, ["-e", killed(kind, world.project(program))], {
                cwd: path.resolve(__dirname, "../.."),
                env: { ...process.env, TS_NODE_TRANSPILE_ONLY: "1" },
                stdio: ["ignore", "pipe", "inherit"],
            });
            const pid = Number(await match(child, /program (\d+) runs/));
            child.kill("SIGKILL");
            await once(child, "exit");
            const stale = removeStaleFolders();
            assert.notEqual(stale.length, 0);
            assert.equal(stale.some(fs.existsSync), false);
            await ended(pid);
        });
    });
}

/** A process that opens an engine and runs the program until it is killed. */
function killed(kind: string, projectDir: string): string {
    return `
require("ts-node").register({ transpileOnly: true });
const { openWorld } = require("./test/engine/harness");
openWorld(${JSON.stringify(kind)}).then(({ engine }) =>
    engine.up({ projectDir: ${JSON.stringify(projectDir)}, onOutput: (text) => process.stdout.write(text) }));`;
}

function match(child: ChildProcess, pattern: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
        let output = "";
        child.stdout?.setEncoding("utf8").on("data", (text: string) => {
            output += text;
            const found = pattern.exec(output)?.[1];
            if (found !== undefined) resolve(found);
        });
        child.on("exit", () => reject(new Error(`It ended too early: ${output}`)));
    });
}

/** A process ends in its own time after the signal: asked at a bounded pace, failing after ten seconds. */
async function ended(pid: number): Promise<void> {
    const [asksMax, pauseMs] = [200, 50];
    for (let asks = 0; isRunning(pid); asks++) {
        assert.ok(asks < asksMax, `process ${pid} still runs`);
        await setTimeout(pauseMs);
    }
}

function isRunning(pid: number): boolean {
    try {
        process.kill(pid, 0);
    } catch {
        return false;
    }
    // One that its new parent has not collected yet has ended.
    return !(fs.existsSync(`/proc/${pid}/stat`) && / Z /.test(fs.readFileSync(`/proc/${pid}/stat`, "utf8")));
}
