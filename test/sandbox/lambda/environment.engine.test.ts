/** The processes of functions: no signal to the sandbox's group reaches them, and they end with the sandbox, in whatever way it ends. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

/** A sandbox's process with one function at work. It exits when nobody writes to it any more. */
const owner = `
    const { RunningClock } = require("./sandbox/index.ts");
    const { ExecutionEnvironment } = require("./sandbox/lambda/environment.ts");
    const [taskRoot] = process.argv.slice(1);
    const variables = { LAMBDA_TASK_ROOT: taskRoot, _HANDLER: "index.handler" };
    const options = { taskRoot, variables, functionArn: "arn", memoryMiB: 128, timeoutSeconds: 60, onLog: () => undefined };
    const environment = new ExecutionEnvironment({ ...options, clock: new RunningClock() });
    void environment.invoke("1", "{}").then(console.log);
    process.on("SIGINT", () => console.log("interrupted"));
    process.stdin.on("data", () => environment.stop()).on("end", () => process.exit(3));
`;

describe("the process of a function", () => {
    let folder: string;
    let server: Server;
    let sandbox: ChildProcess;

    beforeEach(async () => {
        folder = mkdtempSync(path.join(tmpdir(), "environment-"));
        mkdirSync(path.join(folder, "code"));
        server = createServer().listen(0, "127.0.0.1");
        await once(server, "listening");
    });

    afterEach(() => {
        sandbox.kill("SIGKILL");
        server.close();
        rmSync(folder, { recursive: true });
    });

    /** Starts it. The function reaches the test as the source says; `port` is where. Its end is the end of the connection. */
    async function started(source: string): Promise<Socket> {
        const { port } = server.address() as AddressInfo;
        const code = `const port = ${port}; exports.handler = () => new Promise((resolve) => { ${source} });`;
        writeFileSync(path.join(folder, "code/index.js"), code);
        sandbox = spawn(process.execPath, ["-r", "./test/setup.js", "-e", owner, path.join(folder, "code")], {
            stdio: ["pipe", "pipe", "inherit"],
            detached: true,
        });
        const [socket] = (await once(server, "connection")) as [Socket];
        socket.on("error", () => undefined).resume();
        return socket;
    }

    const works = `require("node:net").connect(port, "127.0.0.1").on("data", () => resolve("done"));`;
    const spins = `require("node:net").connect(port, "127.0.0.1", () => { for (;;); });`;
    const starts = `require("node:child_process").spawn(process.execPath, ["-e", 'require("node:net").connect(' + port + ', "127.0.0.1")']);`;

    it("does not hear the Ctrl-C that the sandbox hears: the function ends as usual", async () => {
        const socket = await started(works);
        process.kill(-sandbox.pid!, "SIGINT");
        const [heard] = (await once(sandbox.stdout!, "data")) as [Buffer];
        assert.equal(heard.toString(), "interrupted\n");
        socket.write("go on");
        const [outcome] = (await once(sandbox.stdout!, "data")) as [Buffer];
        assert.match(outcome.toString(), /^\{ payload: '"done"', /);
    });

    for (const [title, source] of [
        ["that waits", works],
        ["that never pauses", spins],
        ["with what it has started", starts],
    ] as const) {
        it(`ends when it is stopped: a function ${title}`, async () => {
            const socket = await started(source);
            sandbox.stdin!.write("stop");
            await once(socket, "close");
        });

        it(`ends when the sandbox's process exits: a function ${title}`, async () => {
            const socket = await started(source);
            sandbox.stdin!.end();
            await Promise.all([once(socket, "close"), once(sandbox, "exit")]);
        });
    }

    it("ends when the sandbox's process is killed", async () => {
        const socket = await started(works);
        sandbox.kill("SIGKILL");
        await once(socket, "close");
    });
});
