// The little that the sandbox itself needs to know of a Pulumi project file. YAML is read by the engine, not here: only
// the keys that the embedded engine acts on, in the forms that `pulumi new` and people write them.
import * as fs from "node:fs";
import * as path from "node:path";

export function projectName(projectDir: string): string {
    const name = topLevelKey(projectText(projectDir), "name");
    if (name === undefined) {
        throw new Error(`${path.join(projectDir, "Pulumi.yaml")} has no name.`);
    }
    return name;
}

/** The text behind `key:` at the start of a line, without quotes and comment; undefined where the key is absent. */
export function topLevelKey(text: string, key: string): string | undefined {
    const value = new RegExp(`^${key}:[ \\t]*(.*)$`, "m").exec(text)?.[1];
    return value
        ?.replace(/\s+#.*$/, "")
        .trim()
        .replace(/^(["'])(.*)\1$/, "$2");
}

export function projectText(projectDir: string): string {
    for (const name of ["Pulumi.yaml", "Pulumi.yml"]) {
        const file = path.join(projectDir, name);
        if (fs.existsSync(file)) {
            return fs.readFileSync(file, "utf8");
        }
    }
    throw new Error(`${projectDir} has no Pulumi.yaml.`);
}
