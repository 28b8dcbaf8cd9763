/**
 * Where the package sharded-stream-sandbox is installed, which brings the local AWS and what runs in it.
 */
import { type ChildProcess } from "node:child_process";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stopSignals } from "../programs/ending";
import { UsageError } from "./command";

const sandboxPackage = "sharded-stream-sandbox";

/** A program of the installed sandbox: of the project that the user stands in, else beside this package. */
export function sandboxProgram(room: "sandbox" | "demo"): string {
    const manifest = found(`${sandboxPackage}/package.json`, process.cwd(), __dirname);
    if (manifest === undefined) {
        throw new UsageError(
            `the local AWS is a package of its own; install it with: npm install --save-dev ${sandboxPackage}`,
        );
    }
    const folder = path.dirname(manifest);
    if (room === "demo" && found("@pulumi/pulumi/package.json", folder) === undefined)
        throw new UsageError("rehearse speaks to Pulumi through its SDK: npm install --save-dev @pulumi/pulumi");
    return path.join(folder, "bin", room, "main.js");
}

/** On a machine at work, what was started may be ended by a signal to both this long before this process hears it. */
const heardWithinMs = 500;

/** Ctrl-C on a terminal reaches what was started, too; a signal to this process alone is passed on. @returns whether there was one, or is one in a moment */
export function passSignals(child: ChildProcess): () => Promise<boolean> {
    let isTold = false;
    for (const signal of stopSignals) {
        process.on(signal, () => {
            isTold = true;
            child.kill(signal);
        });
    }
    return async () => {
        const untilMs = performance.now() + heardWithinMs;
        while (!isTold && performance.now() < untilMs) await sleep(10);
        return isTold;
    };
}

function found(file: string, ...folders: readonly string[]): string | undefined {
    try {
        return require.resolve(file, { paths: [...folders] });
    } catch {
        return undefined;
    }
}
