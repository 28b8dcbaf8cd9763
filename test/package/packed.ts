/**
 * The package as users get it: packed, and installed from the tarball into an empty project with its peers.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const root = path.join(__dirname, "../..");

export interface PackedProject {
    /** An empty project with the package, @pulumi/pulumi, @pulumi/aws, @pulumi/policy and TypeScript installed. */
    readonly folder: string;
    /** The package inside it. */
    readonly packageFolder: string;
    /** Paths in the tarball, without the leading `package/`. */
    readonly files: readonly string[];
}

let packed: PackedProject | undefined;

/** Packs and installs once per test run; the folder is removed when the process ends. */
export function packedProject(): PackedProject {
    return (packed ??= packAndInstall());
}

function packAndInstall(): PackedProject {
    const folder = mkdtempSync(path.join(tmpdir(), "sharded-stream-packed-"));
    process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
    // Scripts are left out: the test run has compiled already.
    npm(root, "pack", "--ignore-scripts", "--pack-destination", folder);
    const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"))!;
    const files = execFileSync("tar", ["-tzf", path.join(folder, tarball)], { encoding: "utf8" })
        .trim()
        .split("\n")
        .map((file) => file.replace(/^package\//, ""));
    const versions = (JSON.parse(
        execFileSync(process.execPath, ["-p", "JSON.stringify(require('./package.json').devDependencies)"], {
            cwd: root,
            encoding: "utf8",
        }),
    ) ?? {}) as Record<string, string>;
    const peers = ["@pulumi/pulumi", "@pulumi/aws", "@pulumi/policy", "typescript", "@types/node"].map(
        (name) => `${name}@${versions[name]}`,
    );
    writeFileSync(
        path.join(folder, "package.json"),
        JSON.stringify({ name: "empty", version: "1.0.0", private: true }),
    );
    npm(folder, "install", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", `./${tarball}`, ...peers);
    return { folder, packageFolder: path.join(folder, "node_modules/sharded-stream"), files };
}

/** npm as it was started, or the one on PATH. */
function npm(folder: string, ...args: readonly string[]): void {
    const script = process.env.npm_execpath;
    const [command, before] = script ? [process.execPath, [script]] : ["npm", []];
    execFileSync(command, [...before, ...args, "--loglevel=error"], {
        cwd: folder,
        stdio: ["ignore", "ignore", "inherit"],
    });
}
