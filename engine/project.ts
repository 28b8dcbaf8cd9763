/**
 * What the sandbox itself needs to know of a Pulumi project: its name, and for the embedded engine how to start it.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { load, YAMLException } from "js-yaml";
import { configText, type Operation } from "./engine";

export interface Project {
    readonly name: string;
    /** The language of the program: nodejs, yaml, python, ... */
    readonly language: string;
    /** The working directory of the program. */
    readonly programDirectory: string;
    /** Relative to it; "." where package.json decides. */
    readonly entryPoint: string;
    /** The options of `runtime`. */
    readonly runtimeOptions: Readonly<Record<string, unknown>>;
}

export type Mapping = Readonly<Record<string, unknown>>;

export function readProject(projectDir: string): Project {
    const file = ["Pulumi.yaml", "Pulumi.yml"]
        .map((name) => path.join(projectDir, name))
        .find((name) => fs.existsSync(name));
    if (file === undefined) throw new Error(`${projectDir} has no Pulumi.yaml.`);
    const { name, main, runtime } = readMapping(file);
    if (typeof name !== "string" || name === "") throw new Error(`${file} has no name.`);
    const { name: language, options = {} } =
        typeof runtime === "string" ? { name: runtime } : ((runtime ?? {}) as { name?: string; options?: Mapping });
    if (typeof language !== "string" || language === "") throw new Error(`${file} has no runtime.`);
    return {
        name,
        language,
        runtimeOptions: options,
        ...entryPoint(path.resolve(projectDir), main as string | undefined),
    };
}

/** As the engine reads `main`: a folder is where the program runs, a file is run in its folder. */
function entryPoint(root: string, main: string | undefined): Pick<Project, "programDirectory" | "entryPoint"> {
    const resolved = path.resolve(root, main ?? ".");
    return fs.existsSync(resolved) && !fs.statSync(resolved).isDirectory()
        ? { programDirectory: path.dirname(resolved), entryPoint: path.basename(resolved) }
        : { programDirectory: resolved, entryPoint: "." };
}

/** Pulumi.STACK.yaml and the defaults of Pulumi.yaml, as `project:key` -> text. Encrypted values are left out. */
export function stackConfig(
    { projectDir, configFile }: Pick<Operation, "projectDir" | "configFile">,
    project: string,
    stack: string,
): Record<string, string> {
    const declared = (readMapping(path.join(projectDir, "Pulumi.yaml")).config ?? {}) as Mapping;
    const own = configFile ?? path.join(projectDir, `Pulumi.${stack}.yaml`);
    const given = (readMapping(own).config ?? {}) as Mapping;
    const defaults = Object.entries(declared).map(([key, value]) => {
        const described = typeof value === "object" && value !== null ? (value as Mapping) : undefined;
        return [key, described ? (described.default ?? described.value) : value] as const;
    });
    const known = [...defaults, ...Object.entries(given)].filter(
        ([, value]) => value !== undefined && !(value as Mapping | null)?.secure,
    );
    return configOf(project, Object.fromEntries(known));
}

/** `project:key` -> text. */
export function configOf(project: string, config: Mapping): Record<string, string> {
    return Object.fromEntries(
        Object.entries(config).map(([key, value]) => [
            key.includes(":") ? key : `${project}:${key}`,
            configText(value),
        ]),
    );
}

/** A YAML file of Pulumi's; empty where there is none. @throws Error of one line that names the file */
export function readMapping(file: string): Mapping {
    if (!fs.existsSync(file)) return {};
    const value = parsed(file) ?? {};
    if (typeof value === "object" && !Array.isArray(value)) return value as Mapping;
    throw new Error(`${file} is no mapping of keys to values, such as name: shop.`);
}

function parsed(file: string): unknown {
    try {
        return load(fs.readFileSync(file, "utf8"));
    } catch (error) {
        if (!(error instanceof YAMLException)) throw error;
        // Its message has an excerpt of several lines.
        const where = (error.mark as { line: number } | undefined) && `line ${error.mark.line + 1}: `;
        throw new Error(`${file} is no YAML: ${where ?? ""}${error.reason}.`);
    }
}
