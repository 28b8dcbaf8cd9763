/**
 * The two packages as users get them: packed, and installed from their tarballs into empty projects, each once per test run.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const root = path.join(__dirname, "../..");

export type PackageName = "sharded-stream" | "sharded-stream-sandbox";

export interface Tarball {
    readonly name: PackageName;
    readonly file: string;
    readonly bytes: number;
    /** Paths inside. */
    readonly files: readonly string[];
}

export interface PackedProject {
    readonly folder: string;
    /** sharded-stream inside it. */
    readonly packageFolder: string;
    /** What the tarballs brought along, themselves included: by path, whether npm would run a script to install it. */
    readonly added: readonly { readonly path: string; readonly hasInstallScript: boolean }[];
}

/** Both packages, packed. */
export const tarballs = once((): Readonly<Record<PackageName, Tarball>> => {
    const folder = temporaryFolder();
    // Scripts are left out: the test run has compiled already.
    const flags = ["--workspaces", "--include-workspace-root", "--ignore-scripts", "--json"];
    const packed = JSON.parse(npm(root, "pack", ...flags, "--pack-destination", folder)) as {
        name: PackageName;
        filename: string;
        size: number;
        files: { path: string }[];
    }[];
    const rows = packed.map(({ name, filename, size, files }) => [
        name,
        { name, file: path.join(folder, filename), bytes: size, files: files.map((entry) => entry.path) },
    ]);
    return Object.fromEntries(rows) as Record<PackageName, Tarball>;
});

/** A project that has @pulumi/pulumi, @pulumi/aws, @pulumi/policy and TypeScript, and then gets the module. */
export const packedProject = once(() => {
    const { devDependencies } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
        devDependencies: Record<string, string>;
    };
    const names = ["@pulumi/pulumi", "@pulumi/aws", "@pulumi/policy", "typescript", "@types/node"];
    return projectWith(
        ["sharded-stream"],
        names.map((name) => `${name}@${devDependencies[name]}`),
    );
});

/** A project with the module and nothing else: an application that only produces. */
export const projectWithoutPulumi = once(() => projectWith(["sharded-stream"]));

/** The project with Pulumi and the module, once it has the sandbox, too. */
export const projectWithSandbox = once((): PackedProject => {
    const project = packedProject();
    installIn(project.folder, [tarballs()["sharded-stream-sandbox"].file]);
    return project;
});

/** @param before what the project has before the tarballs come */
function projectWith(names: readonly PackageName[], before: readonly string[] = []): PackedProject {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, "package.json"), '{ "name": "empty", "version": "1.0.0", "private": true }');
    const had = before.length > 0 ? installIn(folder, before) : {};
    const tarballsOf = names.map((name) => tarballs()[name].file);
    const added = Object.entries(installIn(folder, tarballsOf))
        .filter(([place]) => !(place in had))
        .map(([place, { hasInstallScript = false }]) => ({ path: place, hasInstallScript }));
    return { folder, packageFolder: path.join(folder, "node_modules/sharded-stream"), added };
}

function installIn(folder: string, packages: readonly string[]): Installed {
    npm(folder, "install", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", ...packages);
    const lock = readFileSync(path.join(folder, "node_modules/.package-lock.json"), "utf8");
    return (JSON.parse(lock) as { packages: Installed }).packages;
}

/** By path, as npm has noted them. */
type Installed = Record<string, { readonly hasInstallScript?: boolean }>;

function once<T>(make: () => T): () => T {
    let made: T | undefined;
    return () => (made ??= make());
}

function temporaryFolder(): string {
    const folder = mkdtempSync(path.join(tmpdir(), "sharded-stream-packed-"));
    process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
    return folder;
}

/** npm as it was started, or the one on PATH; gives what it prints. */
function npm(folder: string, ...args: readonly string[]): string {
    const script = process.env.npm_execpath;
    const [command, before] = script ? [process.execPath, [script]] : ["npm", []];
    return execFileSync(command, [...before, ...args, "--loglevel=error"], {
        cwd: folder,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "inherit"],
    });
}
