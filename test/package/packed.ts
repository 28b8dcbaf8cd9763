/**
 * The two packages as users get them: packed, and installed from their tarballs into empty projects, each once per test run.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
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

/**
 * A project that has @pulumi/pulumi, @pulumi/aws and @pulumi/policy beside the module. What npm would add to it is asked of npm; the files are
 * those of the project without them and links to Pulumi's packages in this checkout, since npm takes longer over these than all tests over the rest.
 */
export const packedProject = once((): PackedProject => {
    const { folder: without } = projectWithoutPulumi();
    const folder = temporaryFolder();
    cpSync(without, folder, { recursive: true, verbatimSymlinks: true });
    linkPulumi(folder);
    const { devDependencies } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
        devDependencies: Record<string, string>;
    };
    return {
        ...projectIn(folder),
        added: addedTo(
            pulumi.map((name) => `${name}@${devDependencies[name]}`),
            ["sharded-stream"],
        ),
    };
});

const pulumi = ["@pulumi/pulumi", "@pulumi/aws", "@pulumi/policy", "@types/node"];

function linkPulumi(folder: string, ...more: readonly string[]): void {
    for (const name of [...pulumi, ...more]) {
        const place = path.join(folder, "node_modules", name);
        mkdirSync(path.dirname(place), { recursive: true });
        rmSync(place, { recursive: true, force: true });
        symlinkSync(path.join(root, "node_modules", name), place);
    }
}

/** A project with the module and nothing else: an application that only produces. */
export const projectWithoutPulumi = once((): PackedProject => {
    const folder = emptyProject();
    const added = installed(folder, ["sharded-stream"], "node_modules/.package-lock.json");
    return { ...projectIn(folder), added: rowsOf(added) };
});

/** The module and the sandbox, in a project that has Pulumi. */
export const projectWithSandbox = once((): PackedProject => {
    const folder = temporaryFolder();
    cpSync(projectWithoutPulumi().folder, folder, { recursive: true, verbatimSymlinks: true });
    const added = installed(folder, ["sharded-stream-sandbox"], "node_modules/.package-lock.json");
    // What both speak the engine's protocol with is one, as where npm installs both.
    linkPulumi(folder, "google-protobuf", "@grpc/grpc-js");
    return { ...projectIn(folder), added: rowsOf(added) };
});

/** What npm would add to a project that has `before`, by its own account: nothing is unpacked. */
function addedTo(before: readonly string[], names: readonly PackageName[]): PackedProject["added"] {
    const folder = emptyProject();
    npm(folder, "install", "--package-lock-only", ...quiet, ...before);
    const had = lockOf(folder, "package-lock.json");
    const has = installed(folder, names, "package-lock.json", "--package-lock-only");
    return rowsOf(has).filter((row) => !(row.path in had));
}

const quiet = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];

function installed(folder: string, names: readonly PackageName[], lock: string, ...flags: readonly string[]): Locked {
    npm(folder, "install", ...flags, ...quiet, ...names.map((name) => tarballs()[name].file));
    return lockOf(folder, lock);
}

function projectIn(folder: string): Omit<PackedProject, "added"> {
    return { folder, packageFolder: path.join(folder, "node_modules/sharded-stream") };
}

function emptyProject(): string {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, "package.json"), '{ "name": "empty", "version": "1.0.0", "private": true }');
    return folder;
}

function lockOf(folder: string, lock: string): Locked {
    return (JSON.parse(readFileSync(path.join(folder, lock), "utf8")) as { packages: Locked }).packages;
}

/** The project itself stands in its lockfile, too, under no path. */
function rowsOf(locked: Locked): PackedProject["added"] {
    return Object.entries(locked)
        .filter(([place]) => place !== "")
        .map(([place, { hasInstallScript = false }]) => ({ path: place, hasInstallScript }));
}

/** By path, as npm has noted them. */
type Locked = Record<string, { readonly hasInstallScript?: boolean }>;

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
