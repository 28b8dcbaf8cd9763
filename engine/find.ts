/**
 * Finds an engine: `pulumi` on PATH, the cache, a download, and where none of them is to be had, the embedded engine.
 * Every step says in one line what it found or why not; none of them throws.
 */
import { type Environment } from "./environment";
import { download } from "./install";
import { type FoundCli, inCache, onPath, type Step } from "./places";
import { engineFolder, engineVersion, executable } from "./release";
import { type InstallTools, installTools } from "./tools";

export type FoundEngine = FoundCli | { readonly kind: "embedded" };

export interface FindOptions {
    /**
     * `real` finds a CLI or fails, `embedded` looks for none.
     * @default "auto"
     */
    readonly prefer?: "auto" | "real" | "embedded";
    /** @default process.env */
    readonly environment?: Environment;
    /** May a step download? @default true */
    readonly mayDownload?: boolean;
    /** Told one line for each step. */
    readonly say?: (line: string) => void;
    /** What the steps do outside of this process; tests bring their own. */
    readonly tools?: InstallTools;
}

/** `npm run engine` is a script of the checkout: who has the package alone has none. */
const howToGetOne = "Install one (https://www.pulumi.com/docs/install), or in a checkout `npm run engine`.";

export const embeddedBanner =
    "Embedded engine: the Pulumi SDK's own protocol without the Pulumi CLI. It registers resources and runs policies; " +
    `it keeps no state and shows no diff. ${howToGetOne.replace("one", "the CLI")}`;

export async function findEngine(options: FindOptions = {}): Promise<FoundEngine> {
    const { prefer = "auto", environment = process.env, say = () => undefined, tools = installTools } = options;
    if (prefer === "embedded") {
        say(embeddedBanner);
        return { kind: "embedded" };
    }
    const steps = [onPath, inCache, ...(options.mayDownload === false ? [] : [byDownload])];
    for (const step of steps) {
        const { line, found } = await step(environment, tools, say);
        say(line);
        if (found !== undefined) return found;
    }
    if (prefer === "real") throw new Error(`There is no Pulumi CLI. ${howToGetOne}`);

    say(embeddedBanner);
    return { kind: "embedded" };
}

async function byDownload(environment: Environment, tools: InstallTools, say: (line: string) => void): Promise<Step> {
    const folder = engineFolder(environment);
    const { done, line } = await download(folder, environment, tools, say);
    const cli = { kind: "real", executable: executable(folder), version: engineVersion, source: "downloaded" } as const;
    return done ? { line, found: cli } : { line };
}
