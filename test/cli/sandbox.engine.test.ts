/** `sandbox` prints an environment that other commands can use, and leaves nothing behind. */
import assert from "node:assert/strict";
import { type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { leaveOut } from "../leaveOut";
import { runCli, runCliBeside, startCli } from "./run";

interface Started {
    readonly endpoint: string;
    readonly env: Record<string, string>;
}

describe("sharded-stream sandbox", () => {
    let child: ChildProcess | undefined;
    afterEach(() => void child?.kill("SIGKILL"));

    it("prints an environment that points other commands at it, and ends on Ctrl-C with nothing listening", async () => {
        const started = (child = startCli(["sandbox", "--json", "--speed", "10"], {}));
        const exit = new Promise<number | null>((resolve) => started.on("exit", resolve));
        const { endpoint, env } = await new Promise<Started>((resolve) => {
            let text = "";
            started.stdout!.setEncoding("utf8").on("data", (more: string) => {
                text += more;
                if (text.trimEnd().endsWith("}")) resolve(JSON.parse(text) as Started);
            });
        });
        assert.match(endpoint, /^http:\/\/127\.0\.0\.1:\d+$/);
        assert.equal(env.AWS_ENDPOINT_URL, endpoint);
        const status = await runCliBeside(["status", "no-such-stream"], env);
        assert.equal(status.exitCode, 3);
        assert.match(status.stderr, /^sharded-stream: .*no-such-stream.*\n$/);
        started.kill("SIGINT");
        assert.equal(await exit, 0);
        await assert.rejects(fetch(endpoint));
    });

    const moments: readonly (readonly [title: string, isReached: (pid: number) => boolean])[] = [
        ["while it still starts", hasForked],
        ["before there is a sandbox", hearsHangUp],
    ];
    for (const [title, isReached] of moments) {
        it(`ends on Ctrl-C of a terminal, which reaches all of its processes, ${title}: no failure, no word`, async function () {
            if (process.platform !== "linux")
                leaveOut(this, "The moment is read from /proc", "only Linux tells which signals a process hears.");
            const started = (child = startCli(["sandbox"], {}, { detached: true }));
            const said: string[] = [];
            started.stderr!.setEncoding("utf8").on("data", (text: string) => said.push(text));
            const exit = new Promise<number | null>((resolve) => started.on("close", resolve));
            while (!isReached(started.pid!)) await sleep(5);
            process.kill(-started.pid!, "SIGINT");
            assert.deepEqual([await exit, said], [0, []]);
        });
    }

    it("answers a value that cannot be used with one line and exit code 2", () => {
        assert.deepEqual(runCli("sandbox", "--speed", "0"), {
            stdout: "",
            stderr: 'sharded-stream: --speed: "0" is not a number above 0 and at most 1000000.\n',
            exitCode: 2,
        });
    });
});

/** It is a process of its own. */
function hasForked(pid: number): boolean {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8") !== "";
}

/** Before that: Node.js hears SIGINT and SIGTERM from its start on, SIGHUP only where a program does. */
function hearsHangUp(pid: number): boolean {
    const [, caught] = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))!;
    return (BigInt(`0x${caught}`) & 1n) === 1n;
}
