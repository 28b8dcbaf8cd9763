/**
 * Where the package sharded-stream-sandbox is installed, which brings the local AWS and what runs in it.
 */
import path from "node:path";
import { UsageError } from "./command";

const sandboxPackage = "sharded-stream-sandbox";

/** A program of the installed sandbox: of the project that the user stands in, else beside this package. */
export function sandboxProgram(room: "sandbox" | "demo"): string {
    try {
        const manifest = require.resolve(`${sandboxPackage}/package.json`, { paths: [process.cwd(), __dirname] });
        return path.join(path.dirname(manifest), "bin", room, "main.js");
    } catch {
        throw new UsageError(
            `the local AWS is a package of its own; install it with: npm install --save-dev ${sandboxPackage}`,
        );
    }
}
