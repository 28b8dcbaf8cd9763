/**
 * Where a Pulumi CLI may be on this machine, PATH and the cache, and whether what is there works.
 */
import * as fs from "node:fs";
import { type Environment, pathFolders, scrubbedEnvironment } from "./environment";
import { removeFolder, temporaryFolder } from "./folders";
import { engineFolder, engineVersion, executable } from "./release";
import { type InstallTools, lastLines } from "./tools";

export interface FoundCli {
    readonly kind: "real";
    readonly executable: string;
    /** Without a leading v. */
    readonly version: string;
    readonly source: "from PATH" | "from the cache" | "downloaded";
}

/** What a step found, and its line for people. */
export interface Step {
    readonly line: string;
    readonly found?: FoundCli;
}

export async function onPath(environment: Environment, tools: InstallTools): Promise<Step> {
    const candidate = pathFolders(environment)
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

/** Older CLIs do not run the policy packs and components of the SDK that this project needs. */
const oldestVersion = "3.210.0";

export const versionSecondsMax = 20;

export async function versionOf(
    file: string,
    tools: InstallTools,
): Promise<{ version: string; problem?: undefined } | { version?: undefined; problem: string }> {
    const home = temporaryFolder();
    try {
        const { exitCode, output } = await tools.run(file, ["version"], {
            environment: scrubbedEnvironment(process.env, { PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: "true" }),
            secondsMax: versionSecondsMax,
        });
        const version = /^v?(\d+\.\d+\.\d+\S*)/m.exec(output)?.[1];
        return exitCode === 0 && version !== undefined ? { version } : { problem: lastLines(output) || "no answer" };
    } finally {
        removeFolder(home);
    }
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
