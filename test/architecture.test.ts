import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { builtinModules } from "node:module";
import path from "node:path";

const root = path.join(__dirname, "..");

/** What each folder may import: other folders of the project, and packages by prefix. node:* builtins are free except where `builtins` lists them. */
interface Room {
    readonly folders: readonly string[];
    readonly packages: readonly string[];
    readonly builtins?: readonly string[];
}

const rooms: Readonly<Record<string, Room>> = {
    "index.ts": { folders: ["components", "capacity"], packages: [] },
    capacity: { folders: [], packages: [], builtins: ["crypto"] },
    stream: { folders: ["capacity"], packages: ["@aws-sdk/"] },
    scaler: { folders: ["capacity", "stream"], packages: ["@aws-sdk/"] },
    components: { folders: ["capacity", "scaler"], packages: ["@pulumi/"] },
    policies: { folders: ["capacity"], packages: ["@pulumi/policy", "@pulumi/pulumi"] },
    producer: { folders: ["capacity", "stream"], packages: ["@aws-sdk/"] },
    cli: {
        folders: ["capacity", "stream", "producer"],
        packages: ["@aws-sdk/", "commander", "cli-table3", "picocolors", "csv-parse"],
    },
    sandbox: { folders: ["capacity"], packages: ["@aws-sdk/", "@smithy/", "dynalite", "commander"] },
    engine: {
        folders: ["sandbox", "capacity"],
        packages: ["@aws-sdk/", "@pulumi/", "@grpc/grpc-js", "google-protobuf", "js-yaml", "typescript"],
    },
    demo: {
        folders: ["capacity", "sandbox", "engine"],
        packages: ["@aws-sdk/", "@pulumi/", "picocolors", "commander", "csv-parse"],
    },
};

function sourcesOf(place: string): string[] {
    const full = path.join(root, place);
    if (!statSync(full).isDirectory()) return [place];
    return readdirSync(full).flatMap((name) => {
        const inner = path.join(place, name);
        return statSync(path.join(root, inner)).isDirectory()
            ? name === "node_modules"
                ? []
                : sourcesOf(inner)
            : name.endsWith(".ts")
              ? [inner]
              : [];
    });
}

/** The modules that a source names in import, export ... from, require() and import(); type-only imports count too. */
function importsOf(source: string): string[] {
    const text = readFileSync(path.join(root, source), "utf8")
        .replace(/\/\*[\s\S]*?\*\//g, "")
        .replace(/^\s*\/\/.*$/gm, "");
    const patterns = [
        /^\s*(?:import|export)\s[^;]*?from\s+"([^"]+)"/gm,
        /^\s*import\s+"([^"]+)"/gm,
        /\b(?:require|import)\(\s*"([^"]+)"\s*\)/g,
        /require\.resolve\(\s*"([^"]+)"/g,
    ];
    return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1]!));
}

function faultOf(source: string, imported: string, roomName: string, room: Room): string | undefined {
    const fault = `${source} imports ${imported}`;
    if (imported.startsWith(".")) {
        const target = path.relative(root, path.resolve(root, path.dirname(source), imported)).split(path.sep)[0]!;
        return target === roomName || room.folders.includes(target) ? undefined : fault;
    }
    const builtin = imported.replace(/^node:/, "");
    if (builtinModules.includes(builtin))
        return room.builtins === undefined || room.builtins.includes(builtin) ? undefined : fault;
    // The package's own name reaches its package.json, for the version; never its code.
    if (imported === "sharded-stream/package.json") return undefined;
    return room.packages.some(
        (allowed) => imported === allowed || imported.startsWith(allowed.endsWith("/") ? allowed : `${allowed}/`),
    )
        ? undefined
        : fault;
}

describe("the rooms import only what the house allows", () => {
    for (const [roomName, room] of Object.entries(rooms)) {
        it(`${roomName} imports ${[...room.folders, ...room.packages, ...(room.builtins ?? [])].join(", ")} and nothing else`, () => {
            const sources = sourcesOf(roomName);
            assert.ok(sources.length > 0);
            const faults = sources.flatMap((source) =>
                importsOf(source).flatMap((imported) => faultOf(source, imported, roomName, room) ?? []),
            );
            assert.deepEqual(faults, []);
        });
    }
});

describe("capacity is pure", () => {
    it("knows no clock, no randomness of its own, no environment and no output", () => {
        const impure =
            /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bprocess\.|\bconsole\.|\bsetTimeout\(|\bperformance\.now\(/;
        const faults = sourcesOf("capacity").filter((source) =>
            readFileSync(path.join(root, source), "utf8")
                .split("\n")
                .some((line) => impure.test(line) && !/^\s*(\*|\/\/)/.test(line)),
        );
        assert.deepEqual(faults, []);
    });
});
