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
import { type UnknownTypes } from "./providers/unknown";
import { openRealEngine } from "./real";

export * from "./engine";
export { findEngine, type FindOptions, type FoundEngine } from "./find";
export { installEngine } from "./install";
export { missingLanguageHost } from "./languageHosts";
export { UserStackError } from "./project";
export { keyAndValue, readUserStack, type UserStack } from "./userStack";
export { unknownValue } from "./values";
export { UnknownTypes } from "./providers/unknown";
export { engineFolder, engineVersion } from "./release";

export interface OpenOptions extends FindOptions {
    /** The sandbox in which the stand-in providers create things. */
    readonly target: Target;
    /** Notes and mocks what the stand-in providers do not know. @default it is refused */
    readonly unknown?: UnknownTypes;
}

export async function openEngine(options: OpenOptions): Promise<Engine> {
    const found = await findEngine(options);
    const { target, unknown } = options;
    return found.kind === "real" ? openRealEngine(found, target, unknown) : openEmbeddedEngine(target, unknown);
}
