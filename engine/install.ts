/**
 * Fills the cache with the Pulumi CLI: by the official npm package's download, or built from the Go module proxy. Either
 * is made ready in a temporary folder beside its place and renamed into it, so that a half-filled cache is never found.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { type Environment } from "./environment";
import { removeFolder, temporaryFolder } from "./folders";
import { writeLanguageHostScript } from "./languageHostScript";
import { inCache, onPath, versionOf, versionSecondsMax } from "./places";
import { engineFolder, engineVersion, executable } from "./release";
import { type InstallTools, installTools, lastLines } from "./tools";

type Say = (line: string) => void;

export interface Outcome {
    readonly done: boolean;
    readonly line: string;
}

// What the npm package `pulumi` asks first.
const downloadSite = "https://get.pulumi.com/install.sh";
const reachSecondsMax = 15;
const downloadSecondsMax = 600;
const buildSecondsMax = 3_600;
const tickMs = 15_000;
const goModule = "github.com/pulumi/pulumi";

/** What `npm run engine` does. */
export async function installEngine(
    say: Say,
    environment: Environment = process.env,
    tools: InstallTools = installTools,
): Promise<Outcome> {
    const folder = engineFolder(environment);
    for (const step of [onPath, inCache]) {
        const { line, found } = await step(environment, tools);
        if (found !== undefined) return { done: true, line };
        say(line);
    }
    for (const way of [download, build]) {
        const outcome = await way(folder, environment, tools, say);
        if (outcome.done) return outcome;
        say(outcome.line);
    }
    return {
        done: false,
        line: "No Pulumi CLI could be had. Everything but the tests of the real engine works with the embedded engine.",
    };
}

/** The npm package `pulumi` runs Pulumi's install script; without a connection to its site nothing is asked for. */
export async function download(
    folder: string,
    environment: Environment,
    tools: InstallTools,
    say: Say,
): Promise<Outcome> {
    const problem = await tools.unreachable(downloadSite, reachSecondsMax);
    if (problem !== undefined) return { done: false, line: `Pulumi's download site cannot be reached: ${problem}` };
    say(`Downloading pulumi v${engineVersion} with the npm package "pulumi" ...`);
    return filling(folder, "download", tools, say, async (staging) => {
        const npm = environment.npm_execpath;
        const args = ["exec", "--yes", `--package=pulumi@${engineVersion}`, "--", "pulumi", "version"];
        const [command, ...rest] = npm?.endsWith(".js") ? [process.execPath, npm, ...args] : ["npm", ...args];
        const { exitCode, output } = await tools.run(command ?? "npm", rest, {
            environment: { ...defined(environment), PULUMI_HOME: staging, PULUMI_SKIP_UPDATE_CHECK: "true" },
            secondsMax: downloadSecondsMax,
        });
        const filled = path.join(staging, "versions", engineVersion, "bin");
        return exitCode === 0 && fs.existsSync(executable(filled)) ? { filled } : { problem: lastLines(output) };
    });
}

/** A real CLI from the Go module proxy alone; it brings no language host, so ours goes beside it. */
export async function build(folder: string, environment: Environment, tools: InstallTools, say: Say): Promise<Outcome> {
    const go = await tools.run("go", ["version"], { environment: defined(environment), secondsMax: versionSecondsMax });
    if (go.exitCode !== 0)
        return { done: false, line: "Go is not installed, so pulumi cannot be built (https://go.dev/dl)." };
    say(`Building pulumi v${engineVersion} from the Go module proxy; the first time takes some minutes ...`);
    return filling(folder, "build", tools, say, async (staging) => {
        const modules = ["pkg", "sdk"].map((part) => `    ${goModule}/${part}/v3 v${engineVersion}`);
        fs.writeFileSync(path.join(staging, "go.mod"), `module engine\n\nrequire (\n${modules.join("\n")}\n)\n`);
        const filled = path.join(staging, "bin");
        const version = `-X ${goModule}/sdk/v3/go/common/version.Version=v${engineVersion}`;
        const { exitCode, output } = await tools.run(
            "go",
            [
                "build",
                "-mod=mod",
                "-tags=osusergo,grpcnotrace",
                `-ldflags=-s -w ${version}`,
                "-o",
                executable(filled),
                `${goModule}/pkg/v3/cmd/pulumi`,
            ],
            {
                cwd: staging,
                environment: { ...defined(environment), GOFLAGS: "", GOWORK: "off" },
                secondsMax: buildSecondsMax,
            },
        );
        if (exitCode !== 0) return { problem: lastLines(output) };
        writeLanguageHostScript(filled);
        return { filled };
    });
}

async function filling(
    folder: string,
    what: string,
    tools: InstallTools,
    say: Say,
    fill: (staging: string) => Promise<{ filled: string } | { problem: string }>,
): Promise<Outcome> {
    const startedMs = tools.nowMs();
    const elapsed = () => durationText(tools.nowMs() - startedMs);
    const ticking = setInterval(() => say(`... the ${what} goes on (${elapsed()})`), tickMs);
    let staging: string | undefined;
    try {
        fs.mkdirSync(path.dirname(folder), { recursive: true });
        staging = temporaryFolder(path.dirname(folder));
        const result = await fill(staging);
        if ("problem" in result) return { done: false, line: `The ${what} failed: ${result.problem}` };
        const { version, problem } = await versionOf(executable(result.filled), tools);
        if (version !== engineVersion)
            return { done: false, line: `The ${what} gave no working pulumi: ${problem ?? `it says v${version}`}` };
        // Whatever stands there was found not to work; a folder cannot be renamed onto another.
        removeFolder(folder);
        fs.renameSync(result.filled, folder);
        return { done: true, line: `pulumi v${engineVersion} is in the cache (${elapsed()}).` };
    } catch (error) {
        return { done: false, line: `The ${what} failed: ${(error as Error).message}` };
    } finally {
        clearInterval(ticking);
        if (staging !== undefined) removeFolder(staging);
    }
}

function durationText(durationMs: number): string {
    const seconds = Math.round(durationMs / 1000);
    return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

function defined(environment: Environment): Record<string, string> {
    return Object.fromEntries(
        Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
}
