/** The command line as it is shipped holds every limit of Kinesis: with no option at all, and those that take a day on a faster clock. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import { missedLimits } from "../sandbox/kinesis/askLimits";
import { limitRows } from "../sandbox/kinesis/limitRows";
import { projectWithSandbox } from "./packed";

describe("sharded-stream sandbox as it is shipped", () => {
    let running: ChildProcess | undefined;
    afterEach(async () => {
        const ended = new Promise((resolve) => running!.on("exit", resolve));
        running!.kill("SIGTERM");
        assert.equal(await ended, 0);
    });

    const start = async (...flags: readonly string[]): Promise<string> => {
        const { folder } = projectWithSandbox();
        const tool = path.join(folder, "node_modules/.bin/sharded-stream");
        const env = { PATH: process.env.PATH, HOME: process.env.HOME };
        const child = (running = spawn(tool, ["sandbox", "--json", ...flags], { cwd: folder, env }));
        let text = "";
        for await (const more of child.stdout.setEncoding("utf8") as AsyncIterable<string>)
            if ((text += more).trimEnd().endsWith("}")) break;
        return (JSON.parse(text) as { endpoint: string }).endpoint;
    };

    it("holds the limits of Kinesis with its default options", async () => {
        const rows = limitRows.filter(({ slowSeconds }) => slowSeconds === undefined);
        assert.deepEqual(await missedLimits(rows, { endpoint: await start(), atOnce: 12 }), []);
    });

    it("holds those that take up to a day on a clock where that is nine seconds", async () => {
        // Five minutes would be 30 ms there: that an iterator expires is asked in virtual time, and for real in bench/sandboxPeers.ts.
        const rows = limitRows.filter(({ slowSeconds, title }) => slowSeconds !== undefined && !/expires/.test(title));
        const speed = 10_000;
        assert.deepEqual(await missedLimits(rows, { endpoint: await start("--speed", String(speed)), speed }), []);
    });
});
