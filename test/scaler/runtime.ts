/**
 * Lambda's runtime as far as the scaler's archive sees it: a process in a bare folder, an SDK of some day beside it, one invocation after
 * the other. And SDKs of other days, each installed once per machine.
 */
import { execFileSync, fork } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { engineFolder } from "../../engine/release";

export interface Runtime {
    /** What the handler gives, or how it fails. */
    invoke(): Promise<unknown>;
    stop(): void;
}

/** Between invocations the process lives on; within one only what the handler waits for keeps it alive, as in Lambda. */
const program = `
    const { handler } = require("./index.js");
    process.on("message", async (awsRequestId) => {
        process.channel.unref();
        const answer = await handler({}, { awsRequestId }).catch(({ name, message }) => ({ failed: name + ": " + message }));
        process.channel.ref();
        process.send(answer);
    });
`;

/** @param modules the folder in which the process finds the SDK */
export function startRuntime(text: string, env: Readonly<Record<string, string>>, modules: string): Runtime {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "scaler-runtime-"));
    fs.writeFileSync(path.join(folder, "index.js"), text);
    fs.writeFileSync(path.join(folder, "runtime.js"), program);
    const child = fork(path.join(folder, "runtime.js"), {
        cwd: folder,
        execArgv: [],
        stdio: ["ignore", "ignore", "inherit", "ipc"],
        env: { PATH: process.env.PATH, NODE_NO_WARNINGS: "1", NODE_PATH: modules, ...env },
    });
    let invocations = 0;
    return {
        invoke: () =>
            new Promise((resolve, reject) => {
                const ended = (code: number | null): void =>
                    reject(new Error(`the process ended (${code}), and said nothing`));
                child.once("exit", ended);
                child.once("message", (answer) => {
                    child.off("exit", ended);
                    resolve(answer);
                });
                child.send(`request-${++invocations}`);
            }),
        stop() {
            child.kill();
            fs.rmSync(folder, { recursive: true });
        },
    };
}

const fixtures = path.join(__dirname, "sdks");

/** The SDK releases that the archive is tried against, by month, with every package at its version of that day. */
export const sdkMonths: readonly string[] = fs.readdirSync(fixtures).sort();

/** Where a month's SDK is installed. The first time on a machine that takes seconds and 25 MB. */
export function sdkOf(month: string): string {
    const lock = fs.readFileSync(path.join(fixtures, month, "package-lock.json"));
    const hash = createHash("sha256").update(lock).digest("hex").slice(0, 8);
    const folder = path.join(path.dirname(engineFolder(process.env)), `sdk-${month}-${hash}`);
    if (!fs.existsSync(folder)) {
        const partial = `${folder}.${process.pid}`;
        fs.cpSync(path.join(fixtures, month), partial, { recursive: true });
        const flags = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
        execFileSync("npm", ["ci", ...flags], { cwd: partial, stdio: ["ignore", "ignore", "inherit"] });
        fs.renameSync(partial, folder);
    }
    return path.join(folder, "node_modules");
}
