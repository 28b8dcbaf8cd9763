/**
 * Whether an engine can run a project's language: it brings a host for nodejs, and takes those of an installed Pulumi CLI for all others.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { type Environment, pathFolders } from "./environment";
import { type FoundEngine } from "./find";
import { bringsLanguageHost, hostOf } from "./languageHostScript";
import { readProject } from "./project";

/** Why an engine cannot run a project for its language, and what to do; undefined where it can. */
export function missingLanguageHost(
    found: FoundEngine,
    projectDir: string,
    environment: Environment,
): string | undefined {
    const { language } = readProject(projectDir);
    if (language === "nodejs") return undefined;
    const fix = "Install the Pulumi CLI (it brings the hosts): https://www.pulumi.com/docs/install.";
    if (found.kind === "embedded")
        return `${projectDir}: runtime ${language}; the embedded engine runs nodejs programs alone. ${fix}`;
    const beside = path.dirname(fs.realpathSync(found.executable));
    const places = [beside, ...pathFolders(environment)];
    if (places.some((place) => bringsLanguageHost(place, language))) return undefined;
    return `${projectDir}: runtime ${language}; there is no ${hostOf(language)} beside ${found.executable} or on PATH. ${fix}`;
}
