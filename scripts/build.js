"use strict";
/*
 * Compiles both packages to bin/, bundles the scaler's handler, and puts the sandbox's share into its own package. `npm run build`, also
 * before packing, checks the types and makes the declarations; `npm start` needs neither (`--if-changed`: only where a source is newer than
 * the last build), and `npm test` makes them from its own check of everything (`--types`).
 */
const fs = require("node:fs");
const path = require("node:path");
const { requireNode, root, run, timed } = require("./run");

/** What no TypeScript source stands behind. */
const generated = [path.join("bin", "scaler", "bundle.js")];
/** What users import, as `exports` of the two package.json name it. */
const publicEntries = [
  "index",
  "capacity/index",
  "policies/policies",
  "producer/index",
  "testing/index",
  "sandbox/index",
];
const stamp = path.join(root, "bin", ".built");
/** The rooms of sharded-stream-sandbox; capacity is in both packages, because every room asks it. */
const sandboxRooms = ["sandbox", "engine", "demo", "capacity"];
const sources = [
  "index.ts",
  "capacity",
  "stream",
  "scaler",
  "components",
  "policies",
  "producer",
  "testing",
  "plugin",
  "cli",
  "sandbox",
  "engine",
  "demo",
  "scripts",
  "tsconfig.json",
  "tsconfig.build.json",
  "package-lock.json",
];

function newestChangeMs(file) {
  const stats = fs.statSync(file, { throwIfNoEntry: false });
  if (!stats) return 0;
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(
    stats.mtimeMs,
    ...fs
      .readdirSync(file)
      .filter((name) => name !== "node_modules")
      .map((name) => newestChangeMs(path.join(file, name))),
  );
}

function buildIfChanged() {
  const builtMs = fs.statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? -1;
  if (Math.max(...sources.map((source) => newestChangeMs(path.join(root, source)))) <= builtMs) return;
  compile();
}

function compile() {
  timed("Compiling", transpileSources);
  run("Bundling the scaler", process.execPath, [path.join(__dirname, "bundle-scaler.js")]);
  removeOrphans(path.join(root, "bin"));
  writeSchema();
  for (const command of ["bin/cli/main.js", "bin/plugin/main.js", "bin/sandbox/main.js"])
    fs.chmodSync(path.join(root, command), 0o755);
  fillSandboxPackage(path.join(root, "packages/sandbox"));
  fs.writeFileSync(stamp, "");
}

/** Each file by itself, without its types, comments, spaces and the names of what is local: what users read are the declarations. */
function transpileSources() {
  const ts = require("typescript");
  const { transformSync } = require("esbuild");
  const config = ts.readConfigFile(path.join(root, "tsconfig.build.json"), ts.sys.readFile).config;
  const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const compilerOptions = { ...options, removeComments: true, sourceMap: false };
  for (const fileName of fileNames.filter((name) => !name.endsWith(".d.ts"))) {
    const compiled = path.join(root, "bin", path.relative(root, fileName).replace(/ts$/, "js"));
    const { outputText } = ts.transpileModule(fs.readFileSync(fileName, "utf8"), { compilerOptions, fileName });
    fs.mkdirSync(path.dirname(compiled), { recursive: true });
    fs.writeFileSync(compiled, transformSync(outputText, { minifyWhitespace: true, minifyIdentifiers: true }).code);
  }
}

/** What the plugin serves, without the spaces that are for those who read it. */
function writeSchema() {
  const schema = JSON.parse(fs.readFileSync(path.join(root, "plugin/schema.json"), "utf8"));
  fs.writeFileSync(path.join(root, "bin/plugin/schema.json"), JSON.stringify(schema));
}

/** Checks the types, and writes the declarations of what is public. */
function declare(project) {
  const tsc = path.join(root, "node_modules/typescript/bin/tsc");
  const flags = ["--emitDeclarationOnly", "--incremental", "false"];
  run("Checking the types", process.execPath, [tsc, "-p", project, ...flags]);
  trimDeclarations(path.join(root, "bin"));
  // What is not a room of the packages has no place in bin/.
  for (const folder of ["test", "bench", "examples"])
    fs.rmSync(path.join(root, "bin", folder), { recursive: true, force: true });
  fillSandboxPackage(path.join(root, "packages/sandbox"));
}

/** The compiled rooms as they stand in bin/, so that their imports of each other hold. */
function fillSandboxPackage(folder) {
  fs.rmSync(path.join(folder, "bin"), { recursive: true, force: true });
  for (const room of sandboxRooms)
    fs.cpSync(path.join(root, "bin", room), path.join(folder, "bin", room), {
      recursive: true,
      filter: (file) => !file.endsWith(".map"),
    });
  fs.copyFileSync(path.join(root, "LICENSE"), path.join(folder, "LICENSE"));
}

/** A compiled file whose source is gone must not stay in the package. */
function removeOrphans(folder) {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const compiled = path.join(folder, entry.name);
    if (entry.isDirectory()) removeOrphans(compiled);
    else if (/\.(js|d\.ts)(\.map)?$/.test(entry.name) && !generated.includes(path.relative(root, compiled))) {
      const source = path
        .join(root, path.relative(path.join(root, "bin"), compiled))
        .replace(/\.(js|d\.ts)(\.map)?$/, ".ts");
      if (!fs.existsSync(source)) fs.rmSync(compiled);
    }
  }
}

/**
 * Only what the public entries tell of is declared, and explained only what they export: what is inside has no types for anybody else, and
 * weighs nothing in the packages.
 */
function trimDeclarations(bin) {
  const entries = publicEntries.map((entry) => path.join(bin, `${entry}.d.ts`));
  const told = new Set();
  const follow = (file) => {
    if (told.has(file)) return;
    told.add(file);
    for (const named of declarationsNamed(file, /(?:from|import\()\s*"(\.[^"]+)"/g)) follow(named);
  };
  for (const entry of entries) follow(entry);
  const exported = entries.flatMap((entry) => [entry, ...declarationsNamed(entry, /export[^;]*?from "(\.[^"]+)"/g)]);
  for (const name of fs.readdirSync(bin, { recursive: true })) {
    const file = path.join(bin, name);
    if (!file.endsWith(".d.ts")) continue;
    if (!told.has(file)) {
      fs.rmSync(file);
      continue;
    }
    // What a file is for is for those who read its source.
    const comment = /^ *\/\*\*[\s\S]*?\*\/\n/;
    const own = exported.includes(file) ? comment : new RegExp(comment, "gm");
    fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace(own, ""));
  }
}

/** The declarations that a file names. */
function declarationsNamed(file, pattern) {
  return [...fs.readFileSync(file, "utf8").matchAll(pattern)]
    .map(([, named]) => path.join(path.dirname(file), named))
    .flatMap((target) => [`${target}.d.ts`, path.join(target, "index.d.ts")])
    .filter((target) => fs.existsSync(target));
}

module.exports = { buildIfChanged };

if (require.main === module) {
  requireNode();
  if (process.argv.includes("--if-changed")) buildIfChanged();
  else if (process.argv.includes("--types")) declare("tsconfig.json");
  else {
    compile();
    declare("tsconfig.build.json");
  }
}
