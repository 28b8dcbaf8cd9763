/**
 * ARCHITECTURE.md is true: its tables are what the imports are held to, and the house has the measures that it names.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import path from "node:path";
import ts from "typescript";

const root = path.join(__dirname, "..");
const document = readFileSync(path.join(root, "ARCHITECTURE.md"), "utf8");

interface Row {
    readonly place: string;
    /** What stands in the row's last cell in code spans: rooms end with a slash, packages and node: modules do not. */
    readonly allowed: readonly string[];
}

/** The rows of the table under a heading. */
function tableUnder(heading: string): Row[] {
    const section = document.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
    return section
        .split("\n")
        .filter((line) => line.startsWith("| `"))
        .map((line) => {
            const cells = line.split("|").slice(1, -1);
            const spans = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);
            return { place: spans(cells[0]!)[0]!, allowed: spans(cells.at(-1)!) };
        });
}

function sourcesOf(place: string): string[] {
    if (!place.endsWith("/")) return [place];
    return readdirSync(path.join(root, place), { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts") && !name.includes("node_modules"))
        .map((name) => path.posix.join(place, name))
        .sort();
}

const rooms = tableUnder("The rooms");
const sources = rooms.flatMap(({ place }) => sourcesOf(place));
const texts = new Map(sources.map((source) => [source, readFileSync(path.join(root, source), "utf8")]));

/** The modules that a source names in import, export ... from, require(), require.resolve() and import(); types count too. */
function importsOf(source: string): string[] {
    const text = texts
        .get(source)!
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

/** The file of the project behind a relative import. */
function fileOf(source: string, imported: string): string {
    const target = path.posix.join(path.posix.dirname(source), imported);
    return [`${target}.ts`, `${target}/index.ts`, `${target}.d.ts`].find((file) => texts.has(file)) ?? `${target}.ts`;
}

const edges = new Map(
    sources.map((source) => [
        source,
        importsOf(source)
            .filter((imported) => imported.startsWith("."))
            .map((imported) => fileOf(source, imported)),
    ]),
);

const within = (file: string, place: string): boolean =>
    place.endsWith("/") ? file.startsWith(place) : file === place;

describe("the rooms import what ARCHITECTURE.md says", () => {
    it("of every folder with sources", () => {
        const folders = [
            "index.ts",
            ...readdirSync(root, { withFileTypes: true })
                .filter(
                    (entry) =>
                        entry.isDirectory() &&
                        !/^(\..*|bin|node_modules|coverage|report|test|bench|examples|docs|scripts|packages)$/.test(
                            entry.name,
                        ),
                )
                .map((entry) => `${entry.name}/`),
        ];
        assert.deepEqual(rooms.map(({ place }) => place).sort(), folders.sort());
    });

    for (const { place, allowed } of rooms) {
        it(`${place} imports ${allowed.join(", ")} and nothing else`, () => {
            const isAllowed = (source: string, imported: string): boolean => {
                if (imported.startsWith(".")) {
                    const file = fileOf(source, imported);
                    return within(file, place) || allowed.some((room) => /\/|\.ts$/.test(room) && within(file, room));
                }
                const builtin = imported.replace(/^node:/, "");
                if (builtinModules.includes(builtin))
                    return allowed.includes("node:*") || allowed.includes(`node:${builtin}`);
                // The package's own name reaches its package.json, for the version and the examples; never its code.
                if (imported === "sharded-stream/package.json") return true;
                return allowed.some((known) => imported === known || imported.startsWith(`${known}/`));
            };
            const faults = sourcesOf(place).flatMap((source) =>
                importsOf(source).flatMap((imported) =>
                    isAllowed(source, imported) ? [] : [`${source} imports ${imported}`],
                ),
            );
            assert.deepEqual(faults, []);
        });
    }

    for (const heading of ["Inside capacity", "Inside the sandbox"]) {
        const rows = tableUnder(heading);
        it(`${heading}: each place imports what its row names`, () => {
            assert.ok(rows.length > 3);
            const faults = rows.flatMap(({ place, allowed }) =>
                sourcesOf(place).flatMap((source) =>
                    edges
                        .get(source)!
                        .filter((file) => rows.some((row) => within(file, row.place)))
                        .filter((file) => !within(file, place) && !allowed.some((room) => within(file, room)))
                        .map((file) => `${source} imports ${file}`),
                ),
            );
            assert.deepEqual(faults, []);
        });
    }

    it("and the folders of test/ mirror the rooms", () => {
        const folders = readdirSync(path.join(root, "test"), { withFileTypes: true })
            .filter((entry) => entry.isDirectory())
            .map((entry) => `${entry.name}/`);
        const known = [...rooms.map(({ place }) => place), "package/", "faults/", "kcl/", "go/", "docs/"];
        assert.deepEqual(
            folders.filter((folder) => !known.includes(folder)),
            [],
        );
    });

    it("Inside capacity: every file is in a row, and no row names one below it", () => {
        const rows = tableUnder("Inside capacity");
        const homeless = sourcesOf("capacity/").filter((source) => !rows.some(({ place }) => within(source, place)));
        assert.deepEqual(homeless, []);
        rows.forEach(({ allowed }, at) => {
            const above = rows.slice(0, at).map((row) => row.place);
            assert.deepEqual(
                allowed.filter((room) => !above.includes(room)),
                [],
            );
        });
    });
});

describe("no import goes in a circle", () => {
    it("between files, types included", () => {
        const done = new Set<string>();
        const circles: string[] = [];
        const walk = (file: string, way: readonly string[]): void => {
            if (way.includes(file)) circles.push([...way.slice(way.indexOf(file)), file].join(" -> "));
            if (way.includes(file) || done.has(file)) return;
            for (const next of edges.get(file) ?? []) walk(next, [...way, file]);
            done.add(file);
        };
        for (const source of sources) walk(source, []);
        assert.deepEqual(circles, []);
    });

    it("and no command imports a command, but a group its own", () => {
        const isCommand = (file: string): boolean => /^export (const|function) define\w+/m.test(texts.get(file) ?? "");
        const faults = sourcesOf("cli/")
            .filter(isCommand)
            .flatMap((source) =>
                edges
                    .get(source)!
                    .filter(isCommand)
                    .map((file) => `${source} imports ${file}`),
            );
        assert.deepEqual(faults, ["cli/keys.ts imports cli/keysAnalyze.ts"]);
    });
});

describe("a command loads what it runs", () => {
    /** What is loaded with a source: no types, and nothing that a function requires when it is called. */
    const loadedBy = (source: string): string[] =>
        [...texts.get(source)!.matchAll(/^import\s([^;]*?)\sfrom\s+"([^"]+)"/gm)]
            .filter(([, names]) => !/^type\s/.test(names!))
            .filter(([, names]) => !/^\{(\s*type\s[^,}]+,?)+\s*\}$/.test(names!))
            .map(([, , imported]) => imported!);

    for (const start of ["cli/main.ts", "cli/keys.ts", "cli/plan.ts", "cli/review.ts", "cli/replay.ts"]) {
        it(`${start} no AWS SDK, which takes longer than most of its work`, () => {
            const loaded = new Set<string>([start]);
            const sdk: string[] = [];
            for (const source of loaded) {
                for (const imported of loadedBy(source)) {
                    if (imported.startsWith(".")) loaded.add(fileOf(source, imported));
                    if (imported.startsWith("@aws-sdk")) sdk.push(`${source} imports ${imported}`);
                }
            }
            assert.ok(loaded.size > 5);
            assert.deepEqual(sdk, []);
        });
    }
});

describe("capacity is pure", () => {
    it("knows no clock, no randomness of its own, no environment and no output", () => {
        const impure =
            /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bprocess\.|\bconsole\.|\bsetTimeout\(|\bperformance\.now\(/;
        const faults = sourcesOf("capacity/").filter((source) =>
            texts
                .get(source)!
                .split("\n")
                .some((line) => impure.test(line) && !/^\s*(\*|\/\/)/.test(line)),
        );
        assert.deepEqual(faults, []);
    });
});

describe("the house has these measures", () => {
    const lines = (text: string): number => text.split("\n").length - 1;
    const part = (values: readonly number[], of: number): number =>
        [...values].sort((left, right) => left - right)[Math.floor(values.length * of)]!;
    const lengths = sources.map((source) => lines(texts.get(source)!));
    const total = lengths.reduce((sum, length) => sum + length, 0);

    it("files: the median is below 150 lines, nine of ten are below 300", () => {
        assert.ok(part(lengths, 0.5) < 150, `${part(lengths, 0.5)}`);
        assert.ok(part(lengths, 0.9) < 300, `${part(lengths, 0.9)}`);
    });

    it("rooms: the largest holds at most a third of the lines", () => {
        const largest = Math.max(
            ...rooms.map(({ place }) => sourcesOf(place).reduce((sum, source) => sum + lines(texts.get(source)!), 0)),
        );
        assert.ok(largest <= total / 3, `${largest} of ${total}`);
    });

    it("functions: nine of ten are below 30 lines; no function and no class is above 150 without a written reason", () => {
        const named: number[] = [];
        const long: string[] = [];
        for (const [source, text] of texts) {
            const file = ts.createSourceFile(source, text, ts.ScriptTarget.Latest, true);
            const visit = (node: ts.Node): void => {
                const isBody = ts.isFunctionLike(node) || ts.isClassLike(node);
                const length = lines(node.getText()) + 1;
                if (isBody && isNamedFunction(node)) named.push(length);
                const reason = /Long because /.test(text.slice(node.getFullStart(), node.getStart()));
                if (isBody && length > 150 && !reason) long.push(`${source}: ${length} lines`);
                ts.forEachChild(node, visit);
            };
            visit(file);
        }
        assert.ok(part(named, 0.9) < 30, `${part(named, 0.9)}`);
        assert.deepEqual(long, []);
    });
});

function isNamedFunction(node: ts.Node): boolean {
    if (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) return node.body !== undefined;
    const { parent } = node;
    return (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) && ts.isVariableDeclaration(parent);
}

describe("every file", () => {
    it("opens with what it is for", () => {
        const others = ["test/", "bench/", "examples/"].flatMap(sourcesOf);
        const silent = [...sources, ...others].filter(
            (source) => !/^(#!.*\n)?\/\*\*\n? \*? ?\S|^\/\*\* /.test(readFileSync(path.join(root, source), "utf8")),
        );
        assert.deepEqual(silent, []);
    });
});
