/**
 * An engine for the sandbox: the real Pulumi CLI where one is to be had, else the embedded one.
 *
 * @example
 * const sandbox = await startSandbox();
 * const engine = await openEngine({ target: sandbox, say: (line) => console.error(line) });
 * const result = await engine.up({ projectDir: "examples/consumer", policyPacks: ["policies"] });
 * await engine.close();
 */
import { openEmbeddedEngine } from "./embedded";
import { type Engine, type Target } from "./engine";
import { type FindOptions, findEngine } from "./find";
import { openRealEngine } from "./real";

export * from "./engine";
export { findEngine, type FindOptions, type FoundEngine } from "./find";
export { installEngine } from "./install";
export { engineFolder, engineVersion } from "./release";

export interface OpenOptions extends FindOptions {
    /** The sandbox in which the stand-in providers create things. */
    readonly target: Target;
}

export async function openEngine(options: OpenOptions): Promise<Engine> {
    const found = await findEngine(options);
    return found.kind === "real" ? openRealEngine(found, options.target) : openEmbeddedEngine(options.target);
}
