/** The sandbox as a process: what it prints, and that it ends with nothing left listening. */
import { KinesisClient, ListStreamsCommand } from "@aws-sdk/client-kinesis";
import * as assert from "node:assert/strict";
import { fork, type ForkOptions, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";

import { refusal } from "./kinesis/streams";

const entry = path.join(__dirname, "../../sandbox/main.ts");
const execArgv = ["-r", path.join(__dirname, "../setup.js")];

describe("the sandbox as a process", function () {
    this.timeout(120_000);
    const start = (args: string[], options: ForkOptions = {}) => {
        const child = fork(entry, args, { execArgv, stdio: ["ignore", "pipe", "inherit", "ipc"], ...options });
        let printed = "";
        child.stdout!.setEncoding("utf8").on("data", (text: string) => (printed += text));
        const ready = once(child, "message") as Promise<[{ endpoint: string; env: Record<string, string> }]>;
        // "close" does not come once the channel has been cut from this side.
        const ended = Promise.all([once(child, "exit"), once(child.stdout!, "end")]).then(
            ([status]) => status as unknown,
        );
        return { child, ready, ended, printed: () => printed };
    };

    const listStreams = async (env: Record<string, string>) => {
        const client = new KinesisClient({
            endpoint: env.AWS_ENDPOINT_URL!,
            region: env.AWS_REGION!,
            credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID!, secretAccessKey: env.AWS_SECRET_ACCESS_KEY! },
            maxAttempts: 1,
        });
        try {
            return (await client.send(new ListStreamsCommand({}))).StreamNames;
        } finally {
            client.destroy();
        }
    };

    it("prints lines for a shell, answers, and stops on SIGINT", async () => {
        const { child, ready, ended, printed } = start([]);
        const [{ endpoint, env }] = await ready;
        assert.deepEqual(await listStreams(env), []);
        child.kill("SIGINT");
        assert.deepEqual(await ended, [0, null]);
        const lines = printed().split("\n");
        assert.ok(lines[0]!.endsWith(`listens on ${endpoint}. Ctrl-C stops it.`), lines[0]);
        assert.ok(lines.includes(`export AWS_ENDPOINT_URL=${endpoint}`));
        assert.ok(lines.includes("unset AWS_PROFILE AWS_SESSION_TOKEN"));
        assert.match((await refusal(listStreams(env))).message, /ECONNREFUSED/);
    });

    it("prints one document on --json, points a stack's file here, and stops when whoever forked it is gone", async () => {
        const stack = path.join(mkdtempSync(path.join(tmpdir(), "stack-")), "Pulumi.sandbox.yaml");
        writeFileSync(stack, "config:\n  shop:size: 3\n");
        const args = ["--json", "--region", "eu-west-1", "--speed", "60", "--pulumi-config", stack];
        const { child, ready, ended, printed } = start(args);
        const [{ endpoint, env }] = await ready;
        assert.equal(env.AWS_REGION, "eu-west-1");
        assert.match(readFileSync(stack, "utf8"), new RegExp(`kinesis: ${endpoint}\n[^]* shop:size: 3\n$`));
        child.disconnect();
        assert.deepEqual(await ended, [0, null]);
        assert.deepEqual(JSON.parse(printed()), { endpoint, region: "eu-west-1", accountId: "123456789012", env });
    });

    it("ends where its port is taken, also for who forked it and waits", async () => {
        const { child, ready, ended } = start([]);
        const [{ endpoint }] = await ready;
        const { port } = new URL(endpoint);
        const second = start(["--port", port], { stdio: ["ignore", "pipe", "pipe", "ipc"] });
        let told = "";
        second.child.stderr!.setEncoding("utf8").on("data", (text: string) => (told += text));
        // It never gets ready.
        second.ready.catch(() => undefined);
        assert.deepEqual(await second.ended, [1, null]);
        assert.equal(told, "The sandbox could not start. That port is taken; leave --port out for any free one.\n");
        child.kill("SIGINT");
        assert.deepEqual(await ended, [0, null]);
    });

    it("says on one line all that is wrong with its options, and exits with 2", () => {
        const wrong = ["now", "--speed", "0", "--port=x", "--spede", "3", "--pulumi-config", "--call-rates"];
        const { status, stderr, stdout } = spawnSync(process.execPath, [...execArgv, entry, ...wrong], {
            encoding: "utf8",
        });
        assert.deepEqual([status, stdout], [2, ""]);
        assert.equal(
            stderr,
            "now: no option; all of them begin with --. --spede: no option of the sandbox; see --help. Did you mean --speed? --pulumi-config: a value must follow, not --call-rates; one that begins so is written --pulumi-config=--call-rates. " +
                '--port: "x" is not a whole number of at least 0 and at most 65535. --speed: "0" is not a number above 0 and at most 1000000.\n',
        );
    });
});
