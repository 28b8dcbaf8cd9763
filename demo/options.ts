/**
 * What the demo is told, and how it says that it could not be played.
 */
import path from "node:path";

/** The folder of the project that is played. */
export const root = path.dirname(require.resolve("sharded-stream/package.json"));

export interface DemoOptions {
    readonly json: boolean;
    readonly keep: boolean;
    readonly engine: "auto" | "real" | "embedded";
    readonly report: string;
    readonly trace: string;
    readonly column?: string;
    readonly time?: string;
    readonly scaleToShards?: number;
}

/** The demo could not be played: one line, no stack trace. */
export class DemoError extends Error {
    override readonly name = "DemoError";
}
