// Finds an engine: `pulumi` on PATH, the cache, a download, and where none of them is to be had, the embedded engine.
// Every step says in one line what it found or why not; none of them throws.
import * as fs from "node:fs";
import * as path from "node:path";
import { download, type InstallTools, installTools, versionOf } from "./install";
import { engineFolder, engineVersion, executable } from "./release";

export interface FoundCli {
    readonly kind: "real";
    readonly executable: string;
    /** Without a leading v. */
    readonly version: string;
    readonly source: "from PATH" | "from the cache" | "downloaded";
}

export interface FoundEmbedded {
    readonly kind: "embedded";
}

export type FoundEngine = FoundCli | FoundEmbedded;

export interface FindOptions {
    /**
     * `real` finds a CLI or fails, `embedded` looks for none.
     * @default "auto"
     */
    readonly prefer?: "auto" | "real" | "embedded";
    /** @default process.env */
    readonly environment?: Readonly<Record<string, string | undefined>>;
    /** May a step download? @default true */
    readonly mayDownload?: boolean;
    /** Told one line for each step. */
    readonly say?: (line: string) => void;
    /** What the steps do outside of this process; tests bring their own. */
    readonly tools?: InstallTools;
}

/** Older CLIs do not run the policy packs and components of the SDK that this project needs. */
const oldestVersion = "3.210.0";

export const embeddedBanner =
    "Embedded engine: the Pulumi SDK's own protocol without the Pulumi CLI. It registers resources and runs policies; " +
    "it keeps no state and shows no diff. `npm run engine` gets the real one.";

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
    if (prefer === "real") {
        throw new Error(
            "There is no Pulumi CLI. Install one (https://www.pulumi.com/docs/install) or `npm run engine`.",
        );
    }
    say(embeddedBanner);
    return { kind: "embedded" };
}

interface Step {
    readonly line: string;
    readonly found?: FoundCli;
}

type Environment = Readonly<Record<string, string | undefined>>;

export async function onPath(environment: Environment, tools: InstallTools): Promise<Step> {
    const candidate = (environment.PATH ?? environment.Path ?? "")
        .split(path.delimiter)
        .filter((folder) => folder !== "")
        .map((folder) => executable(folder))
        .find(isExecutable);
    if (candidate === undefined) return { line: "PATH has no pulumi." };

    const { version, problem } = await versionOf(candidate, tools);
    if (version === undefined) return { line: `pulumi on PATH (${candidate}) does not work: ${problem}` };

    if (isOlder(version, oldestVersion))
        return { line: `pulumi on PATH is v${version}; v${oldestVersion} or newer is needed.` };

    return {
        line: `Using pulumi v${version} from PATH.`,
        found: { kind: "real", executable: candidate, version, source: "from PATH" },
    };
}

export async function inCache(environment: Environment, tools: InstallTools): Promise<Step> {
    const cached = executable(engineFolder(environment));
    if (!fs.existsSync(cached)) return { line: "The cache has no pulumi." };

    const { version, problem } = await versionOf(cached, tools);
    if (version !== engineVersion)
        return { line: `The cached pulumi does not work and is set aside: ${problem ?? `it says it is v${version}`}` };

    return {
        line: `Using pulumi v${version} from the cache.`,
        found: { kind: "real", executable: cached, version, source: "from the cache" },
    };
}

async function byDownload(environment: Environment, tools: InstallTools, say: (line: string) => void): Promise<Step> {
    const outcome = await download(engineFolder(environment), environment, tools, say);
    return outcome.done
        ? {
              line: outcome.line,
              found: {
                  kind: "real",
                  executable: executable(engineFolder(environment)),
                  version: engineVersion,
                  source: "downloaded",
              },
          }
        : { line: outcome.line };
}

function isExecutable(file: string): boolean {
    try {
        fs.accessSync(file, fs.constants.X_OK);
        return fs.statSync(file).isFile();
    } catch {
        return false;
    }
}

function isOlder(version: string, than: string): boolean {
    const [left, right] = [version, than].map((text) => text.split(/[.-]/).slice(0, 3).map(Number));
    const difference = [0, 1, 2].map((index) => (left?.[index] ?? 0) - (right?.[index] ?? 0)).find((d) => d !== 0);
    return (difference ?? 0) < 0;
}
