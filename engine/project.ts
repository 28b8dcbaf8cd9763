/**
 * What the sandbox itself needs to know of a Pulumi project: its name, its stacks' files, and for the embedded engine how to start it.
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

/** A project or a stack that cannot be rehearsed as it stands: one line that says why and what to do. */
export class UserStackError extends Error {
    override readonly name = "UserStackError";
}

export type Mapping = Readonly<Record<string, unknown>>;

export function readProject(projectDir: string): Project {
    const file = projectFile(projectDir);
    const { name, main, runtime } = readMapping(file);
    if (typeof name !== "string" || name === "") throw new UserStackError(`${file} has no name.`);
    const { name: language, options = {} } =
        typeof runtime === "string" ? { name: runtime } : ((runtime ?? {}) as { name?: string; options?: Mapping });
    if (typeof language !== "string" || language === "") throw new UserStackError(`${file} has no runtime.`);
    return {
        name,
        language,
        runtimeOptions: options,
        ...entryPoint(path.resolve(projectDir), main as string | undefined),
    };
}

function projectFile(projectDir: string): string {
    const file = ["Pulumi.yaml", "Pulumi.yml"]
        .map((name) => path.join(projectDir, name))
        .find((name) => fs.existsSync(name));
    if (file === undefined) throw new UserStackError(`${projectDir} has no Pulumi.yaml.`);
    return file;
}

/** Where Pulumi looks for the settings of a stack: `stackConfigDir`, or beside the project's file, with the extension of that. */
export function stackFile(projectDir: string, stack: string): string {
    const file = projectFile(projectDir);
    const { stackConfigDir } = readMapping(file);
    const folder = typeof stackConfigDir === "string" ? stackConfigDir : ".";
    return path.resolve(projectDir, folder, `Pulumi.${stack}${path.extname(file)}`);
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
    const declared = configIn(projectFile(projectDir));
    const given = configIn(configFile ?? stackFile(projectDir, stack));
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
        Object.entries(config).map(([key, value]) => [withProject(key, project), configText(value)]),
    );
}

export function withProject(key: string, project: string): string {
    return key.includes(":") ? key : `${project}:${key}`;
}

/** `config` of a project's or a stack's file. */
export function configIn(file: string): Mapping {
    const { config } = readMapping(file);
    return mappingOf(config, `config of ${file}`);
}

/** A YAML file of Pulumi's; empty where there is none. @throws UserStackError of one line that names the file */
export function readMapping(file: string): Mapping {
    return fs.existsSync(file) ? mappingOf(parsed(file), file) : {};
}

function mappingOf(value: unknown, what: string): Mapping {
    if (value === undefined || value === null) return {};
    if (typeof value === "object" && !Array.isArray(value)) return value as Mapping;
    throw new UserStackError(`${what} is no mapping of keys to values, such as name: shop.`);
}

function parsed(file: string): unknown {
    try {
        return load(fs.readFileSync(file, "utf8"));
    } catch (error) {
        if (!(error instanceof YAMLException)) throw error;
        // Its message has an excerpt of several lines.
        const where = (error.mark as { line: number } | undefined) && `line ${error.mark.line + 1}: `;
        throw new UserStackError(`${file} is no YAML: ${where ?? ""}${error.reason}.`);
    }
}
